"""Section 8 on the page: who attacks, what stands, and what makes an attack's number look better than it is."""

from __future__ import annotations

import pytest
from pages import Node, read, rows_of
from sample import record

from pytest_robust.record import Record
from pytest_robust.report import adversarial
from pytest_robust.report.html import render

SAMPLE = record()


def section_of(one: Record) -> Node:
    return read(render(one)).one("section", id="adversarial")


@pytest.fixture(scope="module")
def section() -> Node:
    return section_of(SAMPLE)


def attacked_with(**change: object) -> Record:
    cells = [cell.model_copy(update=change) if cell.kind == "attack" else cell for cell in SAMPLE.cells]
    return SAMPLE.model_copy(update={"cells": cells})


def test_the_threat_model_says_what_each_attack_knows_may_and_tries(section: Node) -> None:
    pgd, fmn, square = rows_of(section, "Threat model")
    assert pgd[0].startswith("attack::pgdSomeone who knows the model")
    linf = "L∞, the most that any value changes"
    assert pgd[1:] == ["white box: follows its gradients", linf, "2/255, 8/255", "steps: 20, restarts: 1"]
    assert fmn[1:] == ["white box: follows its gradients", linf, "2/255, 8/255", "steps: 50"]
    assert square[1:] == ["black box: asks it, and sees its answers", linf, "8/255", "queries: 200"]
    assert "before any preprocessing" in section.words
    assert "a real 8-bit image" in section.words


def test_what_an_older_record_does_not_tell_is_not_made_up() -> None:
    section = section_of(attacked_with(options={}, needs=[], risk=None, data=None))
    assert rows_of(section, "Threat model")[0] == ["attack::pgd", *["not recorded"] * 2, "2/255, 8/255", "not recorded"]
    assert [svg.one("title").words for svg in section.all("svg", **{"class": "figure"})] == [
        "attacks: accuracy against epsilon"
    ]


def test_an_attack_that_sees_nothing_of_the_model_is_told_as_one(section: Node) -> None:
    seen = {one.access for one in adversarial.threats(attacked_with(needs=["labels"]))}
    assert seen == {"none of it"}


def test_every_cell_under_attack_stands_with_its_claims(section: Node) -> None:
    found = {row[0]: row[1:] for row in rows_of(section, "What stands under attack")}
    assert list(found) == [cell.id for cell in SAMPLE.cells if cell.kind == "attack"]
    images, accuracy, claims = found["attack::pgd-8/255"]
    assert images == "500"
    assert accuracy.startswith("0.380 0.337 to 0.423")
    assert claims == "FAIL accuracy >= 0.5 observed 0.380"


def test_one_figure_holds_all_attacks_of_a_norm_the_one_at_every_epsilon_first() -> None:
    (reach,) = adversarial.reaches(SAMPLE)
    assert [attack.name for attack in reach.attacks] == ["attack::fmn", "attack::pgd", "attack::square"]
    assert len(reach.attacks[0].steps) == 24
    assert (reach.clean, reach.chance, reach.grey) == (0.984, 0.1, True)
    other = attacked_with(options={"norm": "l2"})
    both = SAMPLE.model_copy(update={"cells": [*SAMPLE.cells, *(c for c in other.cells if c.kind == "attack")]})
    assert [one.name for one in adversarial.reaches(both)] == ["attacks on “test”, L∞", "attacks on “test”, L2"]


def test_a_search_has_a_curve_over_its_severities_in_this_section_and_not_among_the_corruptions() -> None:
    fogs = [cell for cell in SAMPLE.cells if cell.generator == "fog"]
    search = {"kind": "search", "generator": "worst_chain", "scenario": "search"}
    names = [cell.cell.replace("fog", "worst_chain") for cell in fogs]
    told = [{"id": f"search::{name}", "cell": name, **search} for name in names]
    chains = [cell.model_copy(update=one) for cell, one in zip(fogs, told, strict=True)]
    page = read(render(SAMPLE.model_copy(update={"cells": [*SAMPLE.cells, *chains]})))
    title = "search::worst_chain: accuracy against severity"
    for anchor, many in (("adversarial", 1), ("corruptions", 0)):
        found = [svg.one("title").words for svg in page.one("section", id=anchor).all("svg", **{"class": "figure"})]
        assert found.count(title) == many
    assert "search::worst_chain-5" in [row[0] for row in rows_of(page, "What stands under attack")]


def test_the_clean_line_is_that_of_the_same_data() -> None:
    (reach,) = adversarial.reaches(attacked_with(data="other"))
    assert reach.clean is None


def test_one_attack_at_one_epsilon_is_no_figure() -> None:
    square = [cell for cell in SAMPLE.cells if cell.kind != "attack" or cell.generator == "square"]
    assert adversarial.reaches(SAMPLE.model_copy(update={"cells": square})) == []


def test_what_casts_doubt_on_an_attack_stands_beside_its_number(section: Node) -> None:
    assert section.one("h3", id="cautions").words == "Checks of the attacks themselves"
    assert "The number may overstate robustness in 1 of 5 cells under attack" in section.words
    (told,) = section.one("ul", **{"class": "cautions"}).children
    assert told.words.startswith("attack::pgd-8/255, accuracy 0.380")
    assert [line.words for line in told.all("li")] == next(cell.cautions for cell in SAMPLE.cells if cell.cautions)
    page = read(render(SAMPLE))
    marked = [row for row in page.one("section", id="checks").all("tr") if "may overstate robustness" in row.words]
    assert [row.all("code")[0].words for row in marked] == ["attack::pgd-8/255::accuracy"]
    assert marked[0].one("a", **{"class": "doubtful"}).attributes["href"] == "#cautions"


def test_where_nothing_casts_doubt_the_report_says_what_was_looked_for() -> None:
    words = section_of(attacked_with(cautions=[])).words
    assert "Nothing was seen in 5 cells under attack for which the number may overstate robustness." in words
    assert "Looked for were gradients" in words
    assert "not looked at" not in words


def test_attacks_of_a_record_from_before_there_were_cautions_are_said_to_be_unchecked() -> None:
    words = section_of(attacked_with(cautions=[], right_rows=None)).words
    assert "5 cells were not looked at" in words
    assert "Nothing was seen" not in words


def test_where_nothing_was_attacked_the_section_is_absent_and_named() -> None:
    cells = [cell for cell in SAMPLE.cells if cell.kind != "attack"]
    page = read(render(SAMPLE.model_copy(update={"cells": cells})))
    assert "adversarial" not in [node.attributes["id"] for node in page.all("section")]
    assert "8 Adversarial: nobody attacked the model." in page.one("section", id="limits").words


def test_epsilons_that_are_no_numbers_are_drawn_nowhere() -> None:
    nan = float("nan")
    section = section_of(
        attacked_with(accuracy_by_epsilon=[(0.0, 0.9), (nan, 0.5), (0.02, nan)], accuracy_interval=(nan, 1.0))
    )
    drawn = [value for svg in section.all("svg") for node in svg.all() for value in node.attributes.values()]
    assert not [value for value in drawn if "nan" in value]
