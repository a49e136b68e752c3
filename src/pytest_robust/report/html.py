"""The HTML report: one file, no script to run, no address to fetch, made from the record alone."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pytest_robust.record import CellSummary, Counterexample, Record, Verdict
from pytest_robust.report import cells, checks, decision, heat, pictures, words
from pytest_robust.report.figures import coverage, interval, reliability

LARGEST = 2_000_000
"""Bytes of a page, whatever the suite."""


@dataclass
class Limits:
    """What a page may hold; what is left out is counted on it."""

    pictures: int = 900_000
    """Characters of picture addresses."""
    record: int = 900_000
    """Characters of the embedded record."""
    checks: int = 3_000
    """Checks listed one by one in each section, and cells drawn or listed."""
    spent: int = field(default=0, init=False)

    def halved(self) -> Limits:
        """Half of everything."""
        return Limits(self.pictures // 2, self.record // 2, max(self.checks // 2, 1))

    def admits(self, example: Counterexample) -> bool:
        """Whether the pictures of one more counterexample fit; if so, they are counted."""
        weight = pictures.weight(example)
        fits = self.spent + weight <= self.pictures
        self.spent += weight if fits else 0
        return fits


def render(record: Record) -> str:
    """The report of a record as one HTML document of at most 2 MB.

    A document that would be larger is made again with half of the pictures, of the embedded record and of the longest
    tables, until it fits; it says what it leaves out.
    """
    limits = Limits()
    while True:
        page = document(record, limits)
        if len(page.encode()) <= LARGEST or limits.checks == 1:
            return page
        limits = limits.halved()


def document(record: Record, limits: Limits) -> str:
    """The report within the given limits."""
    style = (files("pytest_robust.report") / "style.css").read_text(encoding="utf-8")
    embedded, embedding = embed(record, limits.record)
    worst = cells.worst_calibrated(record)
    return environment().get_template("page.html").render(
        record=record,
        style=Markup(style),  # noqa: S704  (our own file)
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        decision=decision.answer(record),
        groups=checks.grouped(record.verdicts),
        heat=heat.heat_map(record),
        curves=cells.curves(record)[: limits.checks],
        clean=cells.clean_cell(record),
        worst=worst,
        uncertain=[cell for cell in (cells.clean_cell(record), worst) if cell and cell.reliability],
        examples=list(examples(record, limits)),
        embedded=embedded,
        embedding=embedding,
        limits=limits,
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


def embed(record: Record, largest: int) -> tuple[Markup | None, str]:
    """The record for the page as JSON that no HTML parser can leave, and how whole it is: `whole`, `bare` or `absent`."""
    for found, how in ((record, "whole"), (pictures.without_pictures(record), "bare")):
        written = json.dumps(json.loads(found.model_dump_json()), indent=1)
        safe = written.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
        if len(safe) <= largest:
            return Markup(safe), how  # noqa: S704  (nothing in it can end the element)
    return None, "absent"


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
        signed=words.signed,
        ends=words.ends,
        small=words.small,
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
        reliability_figure=reliability_figure,
        coverage_figure=coverage_figure,
        picture=Markup,  # of an address that `safe_picture` let through
        whole=whole,
    )
    return made
