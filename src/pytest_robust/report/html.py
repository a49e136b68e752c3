"""The HTML report: one file that reads whole with scripts off, no address to fetch, made from the record alone."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from pytest_robust.record import Record, Section
from pytest_robust.record.signatures import Signature, again, signers
from pytest_robust.report import (
    adversarial,
    cells,
    changes,
    checks,
    corruption_error,
    counterexamples,
    data,
    decision,
    drawing,
    heat,
    lineage,
    matrix,
    pictures,
    residual,
    slices,
    standards,
    unfamiliar,
    words,
)
from pytest_robust.report.budget import LARGEST, MOST_CHECKS, SPARE, Limits, share, weigh_picture
from pytest_robust.report.sections import PARTS
from pytest_robust.report.signoff import signoff
from pytest_robust.risk.tier import warnings

STYLES = ("style.css", "figures.css", "media.css")
LONGEST_COPIED = 100_000
"""Characters of a text that is to be copied, such as a command."""


def render(record: Record, signatures: Sequence[Signature] = ()) -> str:
    """The report of a record, and of the signatures beside it, as one HTML document of at most 2 MB.

    It is first made without pictures and without the embedded record, to see how much room is left for them. Where the
    lists of a large suite leave none, they are shortened until they do. What is left out is counted on the page.
    """
    told = contents(record, signatures)
    checks = MOST_CHECKS
    while (room := LARGEST - SPARE - len(document(told, Limits(checks)).encode())) <= 0 and checks > 1:
        checks = shortened(checks, by=-room)
    return document(told, share(record, room, checks))


def shortened(checks: int, *, by: int) -> int:
    """About as many checks as fit into a page that is too long by so many bytes.

    >>> shortened(2_000, by=LARGEST)
    886
    """
    fits = LARGEST - SPARE
    return max(int(checks * 0.9 * fits / (fits + by)), 1)


def document(told: dict[str, Any], limits: Limits) -> str:
    """The report within the given limits."""
    record: Record = told["record"]
    return (
        environment()
        .get_template("page.html")
        .render(
            told,
            examples=counterexamples.examples(record, told["contradicted"], limits),
            added=list(added(record, limits)),
            embedded=limits.embedded,
            limits=limits,
        )
    )


def contents(record: Record, signatures: Sequence[Signature]) -> dict[str, Any]:
    """What the templates show of a record, by the names that they call it, whatever the limits."""
    worst = cells.worst_calibrated(record)
    decided = decision.answer(record, signers(signatures))
    return {
        "record": record,
        "parts": [part for part in PARTS if part.present(record)],
        "absent": [part for part in PARTS if part.absent and not part.present(record)],
        "style": Inlined.of(*STYLES),
        "script": Inlined.of("page.js"),
        "version": version("pytest-robust"),
        "decision": decided,
        "signoff": signoff(record, signatures, decided.word),
        "groups": checks.grouped(record.verdicts),
        "heat": heat.heat_map(record),
        "curves": cells.curves(record, cells.CORRUPTING),
        "corruption_errors": corruption_error.corruption_errors(record),
        "clean": cells.clean_cell(record),
        "worst": worst,
        "attacked": cells.attacked(record),
        "uncertain": [cell for cell in (cells.clean_cell(record), worst) if cell and cell.reliability],
        "unfamiliar": unfamiliar.of_truths(record, unfamiliar.UNFAMILIAR),
        "ambiguous": unfamiliar.of_truths(record, unfamiliar.AMBIGUOUS),
        "ladders": unfamiliar.ladders(record),
        "threats": adversarial.threats(record),
        "stood": adversarial.stood(record),
        "reaches": adversarial.reaches(record),
        "searched": cells.curves(record, frozenset({"search"})),
        "doubts": checks.of_families(record.verdicts, ("Knows what it knows", "Holds back")),
        "contradicted": counterexamples.contradicted(record),
        "balances": data.balances(record),
        "doubted": data.doubted(record),
        "shared": lineage.shared(record),
        "sliced": slices.sliced(record),
    }


@dataclass(frozen=True, slots=True)
class Inlined:
    """Files of ours that stand in the page as one, with the hash by which the page's policy knows it."""

    text: Markup
    hash: str

    @classmethod
    def of(cls, *names: str) -> Inlined:
        text = "".join((files("pytest_robust.report") / name).read_text(encoding="utf-8") for name in names)
        return cls(Markup(text), base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())


@dataclass(frozen=True, slots=True)
class Added:
    """A section of a plug-in's with the pictures that fit, and how many did not or are none."""

    section: Section
    pictures: list[tuple[str, str]]
    left_out: int


def added(record: Record, limits: Limits) -> Iterator[Added]:
    """The sections of plug-ins, in their order."""
    for section in record.sections:
        weights = [weigh_picture(address, shows) for shows, address in section.pictures]
        shown = [one for one, weight in zip(section.pictures, weights, strict=True) if weight and limits.admits(weight)]
        yield Added(section, shown, len(section.pictures) - len(shown))


def whole(text: str) -> Markup:
    """A text of the user's that is to be copied: harmless, and cut only where no page could hold it."""
    cut = words.cut(text, LONGEST_COPIED)
    return escape(cut if cut.isprintable() else "".join(map(words.visible, cut)))


def coded(text: str) -> Markup:
    """A text of ours in which what stands between backticks is code, and every part harmless.

    >>> coded("write `a < b`")
    Markup('write <code>a &lt; b</code>')
    """
    parts = (escape(words.harmless(part)) for part in text.split("`"))
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if place % 2 else part for place, part in enumerate(parts)
    )


def finalise(value: Any) -> Any:
    """What every expression of a template goes through: no text of a user's reaches the page unlooked at."""
    return words.harmless(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def prepare() -> None:
    """Compile the templates, which takes longer than to fill them in for most records: while nothing else is to do."""
    for name in environment().list_templates(extensions=("html",)):
        environment().get_template(name)


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
        coded=coded,
        ends=words.ends,
        small=words.small,
        roughly=words.roughly,
        duration=words.duration,
        truth=words.truth,
    )
    made.globals.update(
        again=again,
        beyond=words.beyond,
        bound=words.bound,
        changed=changes.changed,
        count=words.count,
        margin=checks.margin,
        clauses=standards.CLAUSES,
        replay=checks.replay,
        requirement_matrix=matrix.matrix,
        residual_risk=residual.residual,
        rests_on=data.rests_on,
        tier_warnings=warnings,
        safe_picture=pictures.safe,
        gap=cells.gap,
        guessing=unfamiliar.guessing,
        interval_bar=drawing.interval_bar,
        curve_figure=drawing.curve_figure,
        reliability_figure=drawing.reliability_figure,
        coverage_figure=drawing.coverage_figure,
        score_figure=drawing.score_figure,
        disagreement_figure=drawing.disagreement_figure,
        doubt_figure=drawing.doubt_figure,
        epsilon_figure=drawing.epsilon_figure,
        picture=Markup,  # of an address that `safe_picture` let through
        whole=whole,
    )
    return made
