"""Who signed: the table of section 2, the line above the page, and the word across it."""

from __future__ import annotations

import pytest
from pages import Node, read
from sample import ATTACKS, record

from pytest_robust.record import Place, Risk
from pytest_robust.record.signatures import Signature
from pytest_robust.report.html import render

ANNA = Signature("Safety engineer", "Anna", "release", "NO-GO", "2026-11-26T02:00:00Z", "a" * 64)
BEN = Signature("Release manager", "Ben", "release", "NO-GO", "2026-11-26T03:00:00Z", "b" * 64)
HELD = Signature("Release manager", "Ben", "do not release", "NO-GO", "2026-11-26T04:00:00Z", "b" * 64)
OTHER = Signature("Safety engineer", "Anna", "release", "GO", "2026-11-25T02:00:00Z", "a" * 64, "for another record")


def page(*signatures: Signature, severity: int | None = None) -> Node:
    one = record()
    if severity is not None:
        risk = Risk(severity=severity, autonomy=1, place=Place(path="suites/vision.yaml", line=2, column=1))
        one = one.model_copy(update={"risk": risk})
    return read(render(one, signatures))


def line(found: Node) -> str:
    return found.one("header").all("p")[0].words


def across(found: Node) -> list[str]:
    return [node.attributes["data-words"] for node in found.all("div", **{"class": "watermark"})]


def rows(found: Node) -> list[str]:
    table = found.one("section", id="decision").one("table", **{"class": "signatures"})
    return [row.words for row in table.one("tbody").all("tr")]


def test_without_a_signature_it_is_a_draft_to_be_signed_on_paper() -> None:
    found = page()
    assert line(found) == "UNSIGNED DRAFT: no release decision until the table of section 2 is signed."
    assert across(found) == ["UNSIGNED DRAFT"]
    assert rows(found) == ["Release manager", "Safety engineer", "Second signer"]
    assert "robust sign" in found.one("section", id="decision").words


def test_a_valid_signature_fills_the_table_and_takes_the_mark_off() -> None:
    found = page(ANNA)
    assert across(found) == []
    assert line(found) == "SIGNED for release, although the record says NO-GO, by Anna (Safety engineer)."
    assert rows(found) == [
        f"Safety engineer Anna 2026-11-26 02:00:00 release saw NO-GO valid for this digest key {'a' * 64}"
    ]
    assert "DRAFT" not in found.words


def test_a_signature_for_another_record_leaves_it_a_draft() -> None:
    found = page(OTHER)
    assert across(found) == ["UNSIGNED DRAFT"]
    assert line(found) == "UNSIGNED DRAFT: no signature of section 2 is valid for this record."
    (row,) = rows(found)
    assert "not valid for another record key aaaa" in row
    assert "valid for this digest" not in row


def test_a_decision_against_a_release_stands_across_the_page() -> None:
    found = page(ANNA, BEN, HELD)
    assert across(found) == ["DO NOT RELEASE"]
    assert line(found) == "SIGNED: DO NOT RELEASE, by Ben (Release manager)."
    assert "the role has signed again since" in rows(found)[1]
    assert "signed again" not in rows(found)[0] + rows(found)[2]


def test_a_role_that_signs_again_with_another_key_is_pointed_out() -> None:
    other = Signature("SAFETY ENGINEER", "Anna", "release", "NO-GO", "2026-11-26T05:00:00Z", "c" * 64)
    first, second = rows(page(HELD, other, BEN, ANNA))[3], rows(page(BEN, HELD))[0]
    assert "the role has signed again since, with another key" in first
    assert "with another key" not in second


@pytest.mark.parametrize("pair", [(ANNA,), (ANNA, OTHER)])
def test_tier_3_takes_two_signers(pair) -> None:
    found = page(*pair, severity=3)
    assert across(found) == ["UNSIGNED DRAFT"]
    assert line(found).startswith("UNSIGNED DRAFT: 1 of 2 have signed")
    assert across(page(*pair, BEN, severity=3)) == []


def test_one_key_in_two_roles_is_one_signer() -> None:
    again = Signature("Release manager", "Anna", "release", "NO-GO", "2026-11-26T02:00:00Z", "a" * 64)
    assert across(page(ANNA, again, severity=3)) == ["UNSIGNED DRAFT"]
    assert across(page(ANNA, again, severity=2)) == []


def test_what_cannot_be_read_is_a_row_too() -> None:
    (row,) = rows(page(Signature(problem="not a signature of `robust sign`, or damaged")))
    assert row == "unreadable not valid not a signature of `robust sign`, or damaged"


def test_hostile_names_stay_text() -> None:
    attack = "".join(ATTACKS)
    found = page(Signature(attack, attack, "release", attack, attack, attack), Signature(problem=attack))
    assert "<script>alert(1)</script>" in found.one("section", id="decision").words
    assert "\u202e" not in found.text
    assert found.one("section", id="decision").all("script") == []


def test_many_signatures_are_cut_and_counted() -> None:
    many = [
        Signature(f"role {n}", f"name {n}", "release", "GO", "2026-11-26T02:00:00Z", f"{n:064x}") for n in range(3000)
    ]
    text = render(record(), many)
    assert len(text.encode()) <= 2_000_000
    found = read(text)
    assert "and 2,995 more" in line(found)
    shown = len(rows(found))
    assert f"{3000 - shown:,} signatures more left out here" in found.one("section", id="decision").words


def test_what_says_go_is_to_be_signed_and_then_to_be_acted_on() -> None:
    good = [one for one in record().verdicts if one.outcome == "PASS" and not one.xfail]
    proven = record().model_copy(update={"verdicts": good, "comparison": None})
    assert "then sign below" in read(render(proven)).one("header").words
    signed = read(render(proven, [ANNA])).one("header").words
    assert "SIGNED for release, by Anna (Safety engineer)." in signed
    assert "Next Act on the decision that is signed in section 2." in signed
