"""The page of all properties: what it shows is what they declare and say, and its Markdown holds together."""

from __future__ import annotations

import inspect
import re
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_robust.cli import main
from pytest_robust.engine.mistakes import NEEDED
from pytest_robust.properties import registry
from pytest_robust.properties._catalogue import FAMILIES, FROM_THE_SUITE, OTHERS, grouped, markdown, page

ROOT = Path(__file__).parents[2]
OWN = [member for member in registry.all() if member.function.__module__.startswith("pytest_robust.properties.")]
TEXT = markdown(registry.all())


def test_the_page_is_what_the_command_prints(capsys) -> None:
    assert main(["properties", "--markdown"]) == 0
    printed = capsys.readouterr().out
    assert printed == TEXT + "\n"
    assert printed == (ROOT / "docs" / "properties.md").read_text(encoding="utf-8"), (
        "run: robust properties --markdown > docs/properties.md"
    )


def test_every_own_member_is_in_one_family() -> None:
    assert sorted(name for names in FAMILIES.values() for name in names) == sorted(member.name for member in OWN)


def test_members_of_other_packages_come_last() -> None:
    theirs = replace(registry.get("ece"), name="theirs")
    found = dict(grouped([theirs, registry.get("accuracy")]))
    assert [*found] == ["Right", OTHERS]
    assert found[OTHERS] == [theirs]


@pytest.mark.parametrize("member", OWN, ids=lambda member: member.name)
def test_a_page_says_all_that_the_member_says_and_when_to_use_it(member) -> None:
    shown = page(member)
    head, question, facts, *said = shown.split("\n\n")
    assert head == f"### {member.name}"
    assert re.fullmatch(r"\*[A-Z].*\?\*", question)
    assert facts.startswith(f"- claimed as: `{member.name}")
    leads = [part.split("**")[1] for part in said if part.startswith("**")]
    assert leads == ["Use it", "Test:", "Misleads"]
    plain = re.sub(r"\*\*(Use it|Test:|Misleads)\*\*", r"\1", " ".join(said))
    assert plain.split() == (inspect.getdoc(member.function) or "").split()


def test_what_a_suite_says_of_mistakes_is_no_option_that_a_claim_must_write() -> None:
    assert set(NEEDED) == FROM_THE_SUITE
    assert "- claimed as: `mistake_cost <= …`" in TEXT
    assert "- claimed as: `catastrophic_rate(cost=…) <= …`" in TEXT
    assert "- claimed as: `never`\n" in TEXT


def test_tables_have_as_many_cells_in_every_row() -> None:
    rows = [line for line in TEXT.splitlines() if line.startswith("| ")]
    assert {line.count("|") for line in rows} == {5}
    assert len(rows) == 2 + len(registry.all()) + len([*grouped(registry.all())])


def test_links_lead_to_headings_and_files_that_exist() -> None:
    # As GitHub makes anchors of headings: lower case, blanks as hyphens, no other signs.
    headings = re.findall(r"^#+ (.+)$", TEXT, flags=re.MULTILINE)
    anchors = [re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings]
    assert len(set(anchors)) == len(anchors), "a second heading of that name would get a number"
    links = re.findall(r"\]\(([^)]+)\)", TEXT)
    assert len(links) > len(OWN)
    for link in links:
        path, _, anchor = link.partition("#")
        assert not path or (ROOT / "docs" / path).exists(), link
        assert not anchor or anchor in anchors, link


def test_the_readme_shows_the_families_with_their_members() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| \[(.+)\]\(docs/properties\.md#(.+)\) \| (.+) \|$", readme, flags=re.MULTILINE)
    assert {family: tuple(names.split(", ")) for family, _, names in rows} == FAMILIES
    assert [anchor for _, anchor, _ in rows] == [family.lower().replace(" ", "-") for family in FAMILIES]


def test_what_a_page_points_to_exists() -> None:
    for module in re.findall(r"`statistics\.(\w+)`", TEXT):
        assert (ROOT / "src" / "pytest_robust" / "statistics" / f"{module}.py").exists(), module
    known = {member.name for member in registry.all()}
    for member in OWN:
        claimed = re.findall(r"[Cc]laim `(\w+)", inspect.getdoc(member.function) or "")
        assert set(claimed) <= known, member.name
