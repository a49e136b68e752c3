"""The HTML report: one file, no script to run, no address to fetch, made from the record alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pytest_robust.record import CellSummary, Counterexample, Record, Verdict
from pytest_robust.report import cells, checks, decision, heat, pictures, words
from pytest_robust.report.budget import LARGEST, MOST_CHECKS, SPARE, Limits, share
from pytest_robust.report.figures import coverage, curve, interval, reliability


def render(record: Record) -> str:
    """The report of a record as one HTML document of at most 2 MB.

    It is first made without pictures and without the embedded record, to see how much room is left for them. Where the
    lists of a large suite leave none, they are halved until they do. What is left out is counted on the page.
    """
    checks = MOST_CHECKS
    while True:
        room = LARGEST - SPARE - len(document(record, Limits(checks)).encode())
        if room > 0 or checks == 1:
            return document(record, share(record, room, checks))
        checks //= 2


def document(record: Record, limits: Limits) -> str:
    """The report within the given limits."""
    style = (files("pytest_robust.report") / "style.css").read_text(encoding="utf-8")
    worst = cells.worst_calibrated(record)
    return (
        environment()
        .get_template("page.html")
        .render(
            record=record,
            style=Markup(style),
            style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
            decision=decision.answer(record),
            groups=checks.grouped(record.verdicts),
            heat=heat.heat_map(record),
            curves=cells.curves(record),
            clean=cells.clean_cell(record),
            worst=worst,
            uncertain=[cell for cell in (cells.clean_cell(record), worst) if cell and cell.reliability],
            examples=list(examples(record, limits)),
            embedded=limits.embedded,
            limits=limits,
        )
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A check with the counterexamples that fit, and how many pictures did not."""

    verdict: Verdict
    examples: list[tuple[Counterexample, bool]]
    left_out: int


def examples(record: Record, limits: Limits) -> Iterator[Shown]:
    """The checks that are not proven to hold and have counterexamples, failed ones first, worst first."""
    for group in checks.grouped(record.verdicts):
        for verdict in group.verdicts:
            if verdict.outcome in {"FAIL", "INCONCLUSIVE", "ERROR"} and verdict.counterexamples:
                found = [(example, limits.admits(example)) for example in verdict.counterexamples]
                yield Shown(verdict, found, sum(not fits for _, fits in found))


def interval_bar(verdict: Verdict) -> Markup | None:
    """The bar of a claim whose value and bound are known."""
    estimate, threshold = words.finite(verdict.estimate), words.finite(verdict.threshold)
    if estimate is None or threshold is None or verdict.operator is None:
        return None
    return interval.draw(
        estimate=estimate,
        interval=words.span(verdict.interval),
        threshold=threshold,
        operator=verdict.operator,
        name=words.harmless(verdict.id),
        unit=words.harmless(verdict.property),
    )


def curve_figure(one: cells.Curve) -> Markup:
    """The accuracy-level curve of a series."""
    return curve.draw(
        one.levels, name=words.harmless("::".join(one.series)), scale_name=one.scale_name, clean=one.clean
    )


def reliability_figure(cell: CellSummary) -> Markup:
    """The reliability diagram of a cell."""
    return reliability.draw(
        cell.reliability, cell.calibrated_band, cell.confidence_histogram, name=words.harmless(cell.id)
    )


def coverage_figure(cell: CellSummary) -> Markup:
    """The risk-coverage curve of a cell."""
    return coverage.draw(cell.risk_coverage, name=words.harmless(cell.id))


def whole(text: str) -> Markup:
    """A text of the user's, harmless but never cut."""
    return escape("".join(words.visible(character) for character in text))


def finalise(value: Any) -> Any:
    """What every expression of a template goes through: no text of a user's reaches the page unlooked at."""
    return words.harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


@cache
def environment() -> Environment:
    """Templates that escape everything and refuse to guess at what is undefined."""
    made = Environment(
        loader=PackageLoader("pytest_robust.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalise,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(
        number=words.number,
        probability=words.probability,
        signed=words.signed,
        ends=words.ends,
        small=words.small,
        roughly=words.roughly,
        duration=words.duration,
    )
    made.globals.update(
        bound=words.bound,
        count=words.count,
        margin=checks.margin,
        replay=checks.replay,
        safe_picture=pictures.safe,
        gap=cells.gap,
        interval_bar=interval_bar,
        curve_figure=curve_figure,
        reliability_figure=reliability_figure,
        coverage_figure=coverage_figure,
        picture=Markup,  # of an address that `safe_picture` let through
        whole=whole,
    )
    return made
