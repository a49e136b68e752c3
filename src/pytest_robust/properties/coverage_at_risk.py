"""How many inputs can the model answer and keep its mistakes within bounds?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties.ece import overconfidence
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.selective import decide_coverage_at_risk


@judged_property(
    range=(0.0, 1.0),
    truths={"label", "order"},
    summary="Largest share of inputs that can be answered at a risk: `coverage_at_risk(risk=0.01)`.",
    operators=(">=", "<="),
    badness=overconfidence,
)
def coverage_at_risk(
    evidence: Evidence,
    _: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
    risk: Annotated[float, Field(gt=0, lt=1)],
) -> Decision:
    """The largest share of most confident answers of which at most `risk` are wrong, from 0 to 1.

    Use it for a system whose mistakes are bounded and whose answers are its worth (Geifman & El-Yaniv 2017).
    Test: two nested counts, see `statistics.coverage`; exact, and PASS of `>=` proves that the risk is kept at that
    coverage. Made after 100 rows, 200, 400 and so on, and at the end.
    Misleads near a risk that the model keeps everywhere or nowhere: there the coverage jumps, and so do its estimates.
    """
    assert operator is not None
    assert threshold is not None
    return decide_coverage_at_risk(
        evidence.confidence, evidence.correct, risk, operator, threshold, levels, final=final
    )
