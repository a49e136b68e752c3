"""From parts of a record to their figures."""

from __future__ import annotations

from markupsafe import Markup

from pytest_robust.record import CellSummary, Scores, Verdict
from pytest_robust.report.adversarial import Reach
from pytest_robust.report.cells import Curve
from pytest_robust.report.figures import coverage, curve, disagreement, doubt, epsilon, interval, reliability, scores
from pytest_robust.report.unfamiliar import Ladder
from pytest_robust.report.words import finite, harmless, span


def interval_bar(verdict: Verdict) -> Markup | None:
    """The bar of a claim whose value and bound are known."""
    estimate, threshold = finite(verdict.estimate), finite(verdict.threshold)
    if estimate is None or threshold is None or verdict.operator is None:
        return None
    return interval.draw(
        estimate=estimate,
        interval=span(verdict.interval),
        threshold=threshold,
        operator=verdict.operator,
        name=harmless(verdict.id),
        unit=harmless(verdict.property),
    )


def curve_figure(one: Curve) -> Markup:
    """The accuracy-level curve of a series."""
    return curve.draw(one.levels, name=harmless("::".join(one.series)), scale_name=one.scale_name, clean=one.clean)


def reliability_figure(cell: CellSummary) -> Markup:
    """The reliability diagram of a cell."""
    return reliability.draw(cell.reliability, cell.calibrated_band, cell.confidence_histogram, name=harmless(cell.id))


def coverage_figure(cell: CellSummary) -> Markup:
    """The risk-coverage curve of a cell."""
    return coverage.draw(cell.risk_coverage, name=harmless(cell.id))


def score_figure(cell: CellSummary, found: Scores) -> Markup | None:
    """The histograms of a score, where they can be drawn."""
    if not scores.drawable(found):
        return None
    return scores.draw(found.model_copy(update={"score": harmless(found.score)}), name=harmless(cell.id))


def disagreement_figure(cell: CellSummary) -> Markup:
    """Doubt of the model against that of people."""
    finite_bins = [one for one in cell.disagreement if disagreement.drawable(one)]
    return disagreement.draw(finite_bins, name=harmless(cell.id))


def doubt_figure(one: Ladder) -> Markup:
    """Entropy against the level of an ambiguous series."""
    return doubt.draw(one.rungs, name=harmless("::".join(one.series)), scale_name=one.scale_name)


def epsilon_figure(one: Reach) -> Markup:
    """Accuracy against epsilon."""
    return epsilon.draw(
        one.attacks,
        name=harmless(one.name),
        scale_name=harmless(one.scale_name),
        clean=one.clean,
        chance=one.chance,
        grey=one.grey,
    )
