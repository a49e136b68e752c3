"""What a release is signed on: the tier, the matrix, the waivers and the map, as the page shows them."""

from __future__ import annotations

import pytest
from pages import Node, read
from sample import hostile, record

from pytest_robust.record import Hazard, Lineage, Overlap, Place, Record, Requirement, Risk, Waiver
from pytest_robust.report.html import render
from pytest_robust.report.standards import CLAUSES


def place(line: int) -> Place:
    return Place(path="suites/vision.yaml", line=line, column=5)


def waiver(checks: list[str], expires: str, owner: str = "R. Roe, vision") -> Waiver:
    return Waiver(checks=checks, owner=owner, reason="The lamp is ordered.", expires=expires, place=place(120))


def accountable() -> Record:
    """The sample at tier 3, with hazards, a waiver that holds and one that is expired."""
    found = record()
    ids = [verdict.id for verdict in found.verdicts]
    weather = [one for one in ids if one.startswith("weather")]
    return found.model_copy(
        update={
            "risk": Risk(severity=2, autonomy=2, stated={"monitor": "docs/monitor.md"}, place=place(99)),
            "hazards": [
                Hazard(
                    name="wrong_amount",
                    harm="A wrong amount is booked.",
                    requirements=[
                        Requirement(text="Digits are read in any weather.", checks=weather, place=place(104)),
                        Requirement(text="Nobody forges a digit.", place=place(105)),
                    ],
                    place=place(101),
                ),
                Hazard(name="no_answer", harm="A form lies about.", place=place(107)),
            ],
            "waivers": [
                waiver([one for one in ids if "motion_blur" in one], "2027-03-01"),
                waiver(["weather::snow-5::accuracy"], "2026-10-01", "J. Doe"),
            ],
        }
    )


@pytest.fixture(scope="module")
def page() -> Node:
    return read(render(accountable()))


@pytest.fixture(scope="module")
def silent() -> Node:
    """The page of a record that states no risk, no hazards and no waivers."""
    return read(render(record()))


def rows(node: Node) -> list[str]:
    return [" ".join(cell.words for cell in row.children) for body in node.all("tbody") for row in body.all("tr")]


def proven() -> Record:
    """The sample, every claim of which is proven, compared with nothing."""
    found = record()
    verdicts = [one.model_copy(update={"outcome": "PASS", "xfail": None}) for one in found.verdicts]
    return found.model_copy(update={"verdicts": verdicts, "comparison": None})


def test_the_tier_says_how_it_came_about_and_what_it_asks_for(page: Node) -> None:
    identity, decision = page.one("section", id="identity").words, page.one("section", id="decision")
    derived = "severity 2 (serious), autonomy 2 (acts, but a human can stop it in time)"
    assert f"Risk tier3, from {derived}: what it requires" in identity
    assert f"Tier 3 of 0 to 4: {derived}." in decision.words
    assert "P(catastrophic) ≤ 0.0001 at 95 %: at least 29,956 images" in decision.words
    assert "Never multiply P(model wrong) by P(guard misses)" in decision.words
    table = decision.one("table", **{"class": "tier"})
    told = rows(table)
    assert len(told) == 20
    assert table.one("caption").words == "What tier 3 requires, all lower tiers included: 13 of 20 missing"
    assert told[0] == "sample tier 0: at least 200 rows of clean data MET 500 rows data –"
    assert any(
        one.startswith("monitor tier 3: its false alarms and its delay tested STATED not measured docs/monitor.md")
        for one in told
    )
    assert any(one.startswith("rule guard") and "MISSING not stated" in one for one in told)
    assert any(one.startswith("second signer") and "TO SIGN 0 signed" in one for one in told)
    assert any("500 rows of clean data, 29,956 needed without one catastrophe add 29,456 rows" in one for one in told)


def test_the_page_says_that_no_tier_is_assigned(silent: Node) -> None:
    assert "none assigned" in silent.one("section", id="identity").words
    assert "No tier is assigned" in silent.one("section", id="decision").words
    assert silent.all("table", **{"class": "tier"}) == []
    assert "No tier is assigned" in silent.one("section", id="residual").words


def test_what_stands_against_the_release_is_said_with_what_would_change_it(page: Node) -> None:
    why, _, following = [
        [one.words for one in found.all("li")] for found in page.one("div", **{"class": "because"}).all("ul")
    ]
    assert "1 waiver of J. Doe expired: red until removed or renewed, section 14." in why
    assert any(one.startswith("Tier 3 misses 13 of 20 requirements: clean accuracy, catastrophic rate,") for one in why)
    assert "2 requirements of section 4 without any check." in why
    assert "Remove or renew 1 expired waiver of section 14." in following
    assert "Give evidence for 2 requirements of section 4." in following
    assert following[-1] == "Have this record signed: the tier needs two signatures, see section 2."


def test_the_gates_say_what_turns_them_red_besides_checks(page: Node) -> None:
    gates = [row for row in rows(page.one("section", id="decision")) if row.startswith(("regression", "release"))]
    assert "red: 9, and 1 cell worse than in the baseline, 1 waiver expired" in gates[0]
    assert "1 waiver expired, 13 requirements of the tier missing, 2 requirements without any check" in gates[1]
    assert "3 of these waived, which turns no gate red" in page.one("section", id="decision").words


def test_a_release_with_waivers_goes_and_says_how_many() -> None:
    found = proven()
    open_ = found.verdicts[0].model_copy(update={"outcome": "INCONCLUSIVE"})
    found = found.model_copy(
        update={"verdicts": [open_, *found.verdicts[1:]], "waivers": [waiver([open_.id], "2026-12-01")]}
    )
    page = read(render(found))
    banner = page.one("div", **{"class": "banner go"})
    assert banner.one("p", **{"class": "big"}).words == "GO"
    assert "proven or waived: 1 check waived, section 14" in banner.words
    gates = [row for row in rows(page.one("section", id="decision")) if row.startswith(("regression", "release"))]
    assert all("green: 0" in one for one in gates)


def test_claims_that_are_all_proven_are_not_enough_where_the_tier_or_the_data_say_no() -> None:
    overlap = Overlap(data="test", rows=500, training_rows=9000, exact=3, near=0, within=4)
    for changed, said in (
        ({"risk": Risk(severity=3, autonomy=3, place=place(9))}, "Tier 4 misses"),
        ({"lineage": Lineage(overlaps=[overlap])}, "3 of 500 rows of test are training rows"),
    ):
        page = read(render(proven().model_copy(update=changed)))
        assert page.one("p", **{"class": "big"}).words == "NOT PROVEN"
        banner = page.one("div", **{"class": "banner open"}).words
        assert "No claim is left open, but the release needs more than its claims." in banner
        assert said in banner
    tests_alone = read(render(proven().model_copy(update={"risk": Risk(severity=3, autonomy=3, place=place(9))})))
    assert (
        "Tests alone cannot justify a rate of less than about 1e-5." in tests_alone.one("section", id="decision").words
    )


def test_the_matrix_leads_from_hazard_to_verdict_and_an_empty_cell_is_red(page: Node) -> None:
    section = page.one("section", id="requirements")
    assert "2 requirements without any check" in section.words
    first, second = section.one("table").all("tbody")
    told = rows(section.one("table"))
    assert told[0] == (
        "wrong_amount A wrong amount is booked. Digits are read in any weather. suites/vision.yaml:104 accuracy >= 0.8"
        " 0.734 (0.695 to 0.773), n 500 worst of 6: weather::fog-5::accuracy FAIL 4 of 6 PASS"
    )
    assert told[3] == "Nobody forges a digit. suites/vision.yaml:105 EMPTY: no check gives evidence"
    assert told[4] == (
        "no_answer A form lies about. no requirement is stated suites/vision.yaml:107 EMPTY: no check gives evidence"
    )
    assert [int(cell.attributes["rowspan"]) for cell in first.all("th")] == [4, 3, 1]
    assert [int(cell.attributes["rowspan"]) for cell in second.all("th")] == [1, 1]
    assert len(section.all("td", **{"class": "empty"})) == 2


def test_without_hazards_the_matrix_is_made_of_scenarios_and_says_so() -> None:
    found = record()
    cells = [one.model_copy(update={"risk": f"{one.generator} outdoors."}) for one in found.cells]
    suite = found.suite.model_copy(update={"scenarios": {"weather": "The camera stands outdoors."}})
    section = read(render(found.model_copy(update={"cells": cells, "suite": suite}))).one("section", id="requirements")
    assert "No hazards are stated" in section.words
    (weather,) = [one for one in rows(section.one("table")) if one.startswith("weather")]
    assert weather.startswith("weather The camera stands outdoors. fog outdoors. snow outdoors. accuracy >= 0.8")
    listed = {code.words for code in section.all("code")}
    assert {verdict.claim for verdict in found.verdicts} <= listed


def test_waivers_are_listed_expired_ones_first_with_owner_reason_and_days(page: Node) -> None:
    section = page.one("section", id="residual")
    gone, holds = rows(section.one("table"))
    assert gone == (
        "EXPIRED J. Doe suites/vision.yaml:120 The lamp is ordered. 1 check weather::snow-5::accuracy"
        " 2026-10-01 53 days over"
    )
    assert holds.startswith(
        "HOLDS R. Roe, vision suites/vision.yaml:120 The lamp is ordered. 7 checks, 3 of them not proven"
    )
    assert holds.endswith("and 4 more 2027-03-01 98 days left")
    excused = [one.words for one in section.all("li") if "waived by" in one.words]
    assert len(excused) == 3
    assert excused[0].endswith("accuracy_drop <= 0.06, observed 0.110; waived by R. Roe, vision")


def test_a_waived_failure_is_still_told_of_among_the_failures_with_whose_word_it_is(page: Node) -> None:
    for anchor in ("failures", "checks"):
        notes = [note.words for note in page.one("section", id=anchor).all("p", **{"class": "known"})]
        assert notes.count("Waived by R. Roe, vision until 2027-03-01: The lamp is ordered.") == 3


def test_what_is_left_open_is_listed_by_why(silent: Node) -> None:
    section, found = silent.one("section", id="residual"), record()
    assert "The suite holds no waiver." in section.words
    for verdict in found.verdicts:
        known = verdict.outcome == "FAIL" and verdict.xfail
        listed = any(verdict.id in {code.words for code in item.all("code")} for item in section.all("li"))
        assert listed is bool(known or verdict.outcome in ("INCONCLUSIVE", "NOT RUN", "ERROR")), verdict.id


def test_the_map_of_standards_gives_evidence_and_never_says_compliant(page: Node, silent: Node) -> None:
    for one in (page, silent):
        section = one.one("section", id="standards")
        assert len(rows(section)) == len(CLAUSES) == 17
        assert "compliant" not in section.words.lower()
        anchors = {node.attributes["id"] for node in one.all("section")}
        for link in section.all("a"):
            assert link.attributes["href"].removeprefix("#") in anchors
    clauses = " ".join(f"{clause.standard} {clause.clause}" for clause in CLAUSES)
    for asked in ("1.1", "1.3", "2.1", "2.3", "2.5", "2.6", "2.13", "MANAGE 1.1", "9(8)", "Article 15", "2(g)", "IV, 3",
                  "IV, 4", "24029", "AMLAS", "21448", "4600"):  # fmt: skip
        assert asked in clauses, asked
    told = rows(page.one("section", id="standards"))
    assert told[1].endswith("nothing in this record: no external review is stated")


def test_the_map_names_sections_that_are_absent() -> None:
    known = [cell for cell in record().cells if cell.kind == "clean"]
    section = read(render(record().model_copy(update={"cells": known}))).one("section", id="standards")
    assert "8 (absent)" in section.words


def test_a_record_of_many_hazards_and_waivers_is_cut_and_counted() -> None:
    found = accountable()
    hazard, one = found.hazards[0], found.waivers[0]
    hazards = [hazard.model_copy(update={"name": f"h-{number}"}) for number in range(400)]
    page = read(render(found.model_copy(update={"hazards": hazards, "waivers": [one] * 400})))
    for anchor, what in (("requirements", "row"), ("residual", "waiver")):
        section = page.one("section", id=anchor)
        assert any(f"{what}s more left out" in note.words for note in section.all("p", **{"class": "left-out"}))


def test_hostile_words_in_all_of_it_stay_words() -> None:
    attack = "<script>alert(1)</script>`</code><b>"
    found = accountable()
    told = found.model_copy(
        update={
            "risk": Risk(severity=2, autonomy=2, rare=attack, stated={"monitor": attack}, place=place(9)),
            "hazards": [
                Hazard(
                    name=attack,
                    harm=attack,
                    requirements=[Requirement(text=attack, checks=[found.verdicts[0].id], place=place(1))],
                    place=place(1),
                )
            ],
            "waivers": [
                Waiver(
                    checks=[found.verdicts[1].id, attack], owner=attack, reason=attack, expires=attack, place=place(1)
                )
            ],
        }
    )
    page = read(render(told))
    for anchor in ("decision", "requirements", "residual", "standards", "identity"):
        section = page.one("section", id=anchor)
        assert section.all("script") == section.all("b", **{"class": ""}) == []
    assert "the day cannot be told" in page.one("section", id="residual").words
    assert attack in page.one("section", id="requirements").text
    assert read(render(hostile())).one("section", id="standards")
