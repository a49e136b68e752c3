"""How much must an attacker change?"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence, Series
from pytest_robust.properties import PerRow, judged_property
from pytest_robust.statistics import Decision, Levels, Operator
from pytest_robust.statistics.quantiles import decide_median


def sizes(series: Series, reference: Evidence | None) -> NDArray[np.float64]:
    """The smallest change found that makes each row wrong, (n,): 0 where it is wrong when clean, infinite for none.

    One search serves all levels, so any cell tells.
    """
    assert reference is not None
    right = reference.aligned(series.ids).correct
    return np.where(right, series.cells[0]["distance"].astype(np.float64), 0.0)


def closeness(series: Series, reference: Evidence | None) -> PerRow:
    """1 / (1 + size): rows that the least change makes wrong come first; 0 for those that none does."""
    return np.asarray(1.0 / (1.0 + sizes(series, reference)))


@judged_property(
    range=(0.0, float("inf")),
    truths={"label"},
    summary="Median size of the smallest change found that makes an input wrong, by fmn, boundary or fab_t.",
    operators=(">=", "<="),
    columns={"distance"},
    reference="same rows",
    scope="generator",
    badness=closeness,
)
def minimal_perturbation(
    series: Series,
    reference: Evidence | None,
    operator: Operator | None,
    threshold: float | None,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """The median over rows of the distance to the nearest image found that is answered wrong, from 0 up.

    In pixels between 0 and 1, by the attack's norm: 8/255 is 0.0314. Rows that are wrong when clean count 0; rows for
    which nothing was found count as infinitely far, which a median can take and a mean cannot. Moosavi-Dezfooli et al.
    (2016, DeepFool) report the mean of such distances over the images' norms, Brendel et al. (2018) the median of their
    squares. One claim an attack, whatever epsilons the scenario lists: its search is one for all.
    Use it with an attack that looks for the smallest change (`fmn`, `boundary`, `fab_t`), to learn how far off a
    mistake is without choosing an epsilon beforehand.
    Test: the sign test, by the betting e-process and then Clopper & Pearson (1934); exact for any distribution, see
    `statistics.quantiles`. It claims that half of the rows need a change of at least so much.
    Misleads as an attack does: what it finds is an upper bound of the smallest change there is. A median says nothing
    of the half that need less: claim `accuracy` at an epsilon beside it.
    """
    assert operator is not None
    assert threshold is not None
    return finite(decide_median(sizes(series, reference), operator, threshold, levels, final=final))


def finite(decision: Decision) -> Decision:
    """The decision with what is infinite said in words, as a record holds numbers only."""
    estimate, ends = decision.estimate, decision.interval
    low = 0.0 if ends is None else max(ends[0], 0.0)
    said = [] if decision.reason is None else [decision.reason]
    if estimate is not None and math.isinf(estimate):
        estimate = None
        said.append("for half of the rows or more nothing was found that makes them wrong")
    if ends is not None and math.isinf(ends[1]):
        said += [f"the interval is open: {low:.4g} or more"] if math.isfinite(low) else []
        ends = None
    reason = "; ".join(said) or None
    return replace(decision, estimate=estimate, interval=None if ends is None else (low, ends[1]), reason=reason)
