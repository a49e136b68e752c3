"""The report as SARIF 2.1.0, for code scanning and editors: what is red or open, at its line of the suite file.

A rule is a property; a result is a check. What turns the run red under its gate is an `error`; a known weakness that
the gate lets pass is a suppressed `warning`; what is not proven is `open`, whose level the standard wants to be `none`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from pytest_robust.record import Change, Outcome, Place, Record, Verdict
from pytest_robust.report import checks
from pytest_robust.report.words import bound, count, ends, harmless, moment, number, roughly, signed
from pytest_robust.risk.gate import red_checks, regressed, unsupported
from pytest_robust.risk.requirements import evaluate, missing
from pytest_robust.risk.waivers import day_of, expired, holds

MOST_RESULTS = 5_000
"""Code scanning on GitHub shows so many of a run, and refuses files of more than 25,000."""

ROOT = "%SRCROOT%"
"""What paths start at: the project's root, wherever it lies."""

WORSE = "worse-than-baseline"
EXPIRED = "expired-waiver"
UNSUPPORTED = "requirement-without-a-check"
LACKING = "requirement-of-the-tier"
RULES = {
    WORSE: "No cell is proven to be worse than in the baseline.",
    EXPIRED: "A waiver that is over is removed or renewed.",
    UNSUPPORTED: "Every requirement of a hazard has a check.",
    LACKING: "What the tier requires is there.",
}
"""The rules that are no property's."""

ORDER = ("fail", "open", "pass")
LEVELS = ("error", "warning", "note", "none")

LINKING = re.compile(r"\](?=\()")
"""What makes a link of the text before it, in a message."""


def render(record: Record) -> str:
    """The red and the open checks of a record as one SARIF file, the worst first."""
    found = sorted(results(record), key=lambda one: (ORDER.index(one["kind"]), LEVELS.index(one["level"])))
    shown = found[:MOST_RESULTS]
    rules = list(dict.fromkeys(one["ruleId"] for one in shown))
    for one in shown:
        one["ruleIndex"] = rules.index(one["ruleId"])
    run = {
        "tool": {"driver": driver(record, rules)},
        "automationDetails": {"id": f"pytest-robust/{identifier(record.suite.path)}/", "guid": guid(record.digest)},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {ROOT: {"description": {"text": "The root of the project that the suite belongs to."}}},
        "invocations": [invocation(record, left_out=len(found) - len(shown))],
        "results": shown,
        "properties": properties(record),
    }
    if record.run.repository and record.environment.revision:
        known = {
            "repositoryUri": quote(record.run.repository, safe=":/"),
            "revisionId": record.environment.revision.commit,
        }
        run["versionControlProvenance"] = [known]
    if record.comparison is not None:
        run["baselineGuid"] = guid(record.comparison.baseline.digest)
    document = {
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def driver(record: Record, rules: list[str]) -> dict[str, Any]:
    """This program, and the rules that have results."""
    told: dict[str, Any] = {"name": "pytest-robust", "rules": [rule(name) for name in rules]}
    if version := record.environment.packages.get("pytest-robust"):
        told["version"] = version
    return told


def rule(name: str) -> dict[str, Any]:
    """A property as a rule."""
    return {
        "id": name,
        "name": identifier(name),
        "shortDescription": message(RULES.get(name) or f"A claim about {name} holds."),
        "fullDescription": message("The suite says what must hold, at the line of the result; here it is not proven."),
        "help": message(
            "The risk report of the same run shows the evidence: estimate, interval, images and counterexamples. "
            "Mend the model, add images, or claim less."
        ),
        "properties": {"tags": ["robustness"]},
    }


def results(record: Record) -> Iterator[dict[str, Any]]:
    """What is red, and every check that has no PASS."""
    places = {f"{one.scenario}::{one.cell}": one.place for one in reversed(record.verdicts)}
    for change in regressed(record):
        if change.id in places:
            seen = {"difference": change.difference, "interval": list(change.interval), "n": change.n}
            made = result(record, WORSE, change.id, places[change.id], text=worse(change), properties=seen)
            yield {**made, "kind": "fail", "level": "error", "baselineState": "new"}
    for waiver in expired(record):
        text = f"The waiver of {waiver.owner} ended on {waiver.expires}: {waiver.reason}"
        of = {"checks": waiver.checks}
        made = result(record, EXPIRED, " ".join(waiver.checks), waiver.place, text=text, properties=of)
        yield {**made, "kind": "fail", "level": "error"}
    yield from of_release(record)
    yield from of_checks(record)


def of_release(record: Record) -> Iterator[dict[str, Any]]:
    """What a release needs besides its checks, and a pull request does not."""
    release = record.run.gate == "release"
    weighed = {"kind": "fail", "level": "error"} if release else {"kind": "open", "level": "none"}
    for hazard, requirement in unsupported(record):
        lacks = "requirement" if requirement is None else f"check of: {requirement.text}"
        text = f"Hazard {hazard.name}, {hazard.harm}: no {lacks}"
        yield result(record, UNSUPPORTED, text, (requirement or hazard).place, text=text) | weighed
    for finding in missing(evaluate(record)):
        if record.risk is not None:
            text = f"The tier requires {finding.requirement.name}: {finding.found.remedy}"
            yield result(record, LACKING, finding.requirement.name, record.risk.place, text=text) | weighed


def of_checks(record: Record) -> Iterator[dict[str, Any]]:
    """The checks that are red under the gate of the run, or have no PASS."""
    reds = {verdict.id for verdict in red_checks(record, record.run.gate)}
    earlier = {one.id: one.before for one in record.comparison.checks} if record.comparison else {}
    for verdict in checks.worst_first(record.verdicts):
        red = verdict.id in reds
        if not red and verdict.outcome == "PASS":
            continue
        rule_id, text = harmless(verdict.property), told(record, verdict)
        made = result(record, rule_id, verdict.id, verdict.place, text=text, properties=evidence(verdict))
        made["kind"], made["level"] = weight(verdict, red=red)
        if verdict.id in earlier:
            made["baselineState"] = state(earlier[verdict.id], verdict)
        if excused := list(suppressions(record, verdict)):
            made["suppressions"] = excused
        yield made


def result(
    record: Record, rule_id: str, what: str, place: Place, *, text: str, properties: dict[str, Any] | None = None
) -> dict[str, Any]:
    """What all results have: rule, message, place, and fingerprints that outlive a line that moves."""
    mark = hashlib.sha256(f"{record.suite.path}::{what}::{rule_id}".encode()).hexdigest()
    return {
        "ruleId": rule_id,
        "message": message(text),
        "locations": [location(record, place)],
        "partialFingerprints": {"primaryLocationLineHash": f"{mark[:16]}:1", "pytestRobustCheck/v1": mark},
        "properties": properties or {},
    }


def location(record: Record, place: Place) -> dict[str, Any]:
    """A place in the suite file, with the text that stands there."""
    region: dict[str, Any] = {"startLine": max(place.line, 1), "startColumn": max(place.column, 1)}
    written = record.suite.text.splitlines()
    if place.path == record.suite.path and 0 < place.line <= len(written):
        region["snippet"] = {"text": harmless(written[place.line - 1][place.column - 1 :])}
    return {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.path), "uriBaseId": ROOT},
            "region": region,
        }
    }


def told(record: Record, verdict: Verdict) -> str:
    """A check in a few sentences."""
    claim = f"{verdict.outcome}: {' '.join(verdict.claim.split())} in {verdict.scenario}::{verdict.cell}"
    said = [f"{claim}."]
    if verdict.estimate is not None:
        interval = f" ({ends(verdict.interval)})" if verdict.interval else ""
        where = f" in {verdict.slices[0].name}" if verdict.slices else ""
        claimed = bound(verdict.threshold, verdict.operator)
        said.append(f"Observed {number(verdict.estimate)}{interval}{where}, claimed {claimed}, n {verdict.n:,}.")
    if verdict.outcome == "INCONCLUSIVE":
        many = "No number of" if verdict.rows_needed is None else f"About {roughly(verdict.rows_needed)} more"
        said.append(f"{many} images would settle it.")
    if verdict.outcome == "PASS":
        said.append("It is marked as a known weakness, and holds: take its xfail mark off.")
    if verdict.reason:
        said.append(verdict.reason)
    return " ".join([*said, f"Again: {checks.replay(record, verdict)}"])


def worse(change: Change) -> str:
    """A cell that got worse, in a sentence."""
    return (
        f"REGRESSED: {change.id} is worse than in the baseline, {signed(change.difference)} ({ends(change.interval)}) "
        f"of {count(change.n, 'image')}: {change.newly_wrong:,} newly wrong, {change.newly_right:,} newly right."
    )


def weight(verdict: Verdict, *, red: bool) -> tuple[str, str]:
    """Kind and level. The standard has `none` for every kind but `fail`."""
    if red:
        return "fail", "error"
    return ("fail", "warning") if verdict.outcome == "FAIL" else ("open", "none")


def state(before: Outcome | None, verdict: Verdict) -> str:
    """What became of a result since the baseline."""
    if before is None or (before == "PASS" and verdict.outcome != "PASS"):
        return "new"
    return "unchanged" if before == verdict.outcome else "updated"


def suppressions(record: Record, verdict: Verdict) -> Iterator[dict[str, Any]]:
    """The owners' words on a check that need not hold for now. One that no longer counts is told as rejected."""
    if verdict.xfail is not None and verdict.outcome in ("FAIL", "INCONCLUSIVE"):
        accepted = record.run.gate == "regression"
        yield suppression(f"known weakness: {verdict.xfail}", accepted=accepted)
    day = day_of(record.run.started)
    for waiver in record.waivers:
        if verdict.id in waiver.checks and verdict.outcome != "PASS":
            said = f"waived by {waiver.owner} until {waiver.expires}: {waiver.reason}"
            yield {**suppression(said, accepted=holds(waiver, day)), "location": location(record, waiver.place)}


def suppression(justification: str, *, accepted: bool) -> dict[str, Any]:
    """It stands in the suite, which is the source here."""
    status = "accepted" if accepted else "rejected"
    return {"kind": "inSource", "status": status, "justification": harmless(justification)}


def evidence(verdict: Verdict) -> dict[str, Any]:
    """What a program may want to know of a check, as in the record."""
    fields = {"id", "outcome", "claim", "threshold", "operator", "estimate", "interval", "n", "method", "rows_needed"}
    known = verdict.model_dump(mode="json", include=fields, exclude_none=True)
    return {**known, "tags": verdict.tags} if verdict.tags else known


def properties(record: Record) -> dict[str, Any]:
    """What the results are of."""
    told: dict[str, Any] = {"recordDigest": record.digest, "suite": record.suite.path, "gate": record.run.gate}
    if record.model is not None:
        told["model"] = {"source": record.model.source, "sha256": record.model.sha256}
    if record.environment.revision is not None:
        told["revision"] = record.environment.revision.model_dump()
    return told


def invocation(record: Record, *, left_out: int) -> dict[str, Any]:
    """The run, with its warnings and how many results do not fit."""
    warnings = [*record.run.warnings]
    if left_out:
        warnings.append(f"{count(left_out, 'result')} more in the record, left out here: {MOST_RESULTS:,} are shown")
    errors = any(verdict.outcome == "ERROR" for verdict in record.verdicts)
    told: dict[str, Any] = {
        "executionSuccessful": not errors and not record.run.interrupted,
        "exitCode": record.run.exit_status,
        "toolExecutionNotifications": [{"level": "warning", "message": message(warning)} for warning in warnings],
    }
    if started := moment(record.run.started):
        told["startTimeUtc"] = utc(started)
        told["endTimeUtc"] = utc(started + timedelta(seconds=record.run.seconds))
    return told


def utc(when: datetime) -> str:
    """As the standard writes it.

    >>> utc(datetime.fromisoformat("2026-11-23T07:42:11+01:00"))
    '2026-11-23T06:42:11Z'
    """
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def message(text: str) -> dict[str, str]:
    """Plain text: braces doubled, as the standard asks, and no link made of what a user wrote."""
    plain = LINKING.sub(r"\\u005d", harmless(text))
    return {"text": plain.replace("{", "{{").replace("}", "}}")}


def identifier(text: str) -> str:
    """A text of the user's as a name for machines.

    >>> identifier("checks/wrong.py:confidently wrong")
    'checks/wrong.py-confidently-wrong'
    """
    return re.sub(r"[^A-Za-z0-9._/-]+", "-", text)[:200]


def guid(digest: str) -> str:
    """Of the run with a record of this digest."""
    return str(uuid5(NAMESPACE_URL, f"pytest-robust:record:{digest}"))
