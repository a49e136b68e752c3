"""The mean of the worst costs: conditional value at risk (Rockafellar & Uryasev 2000).

For costs X in [a, b] and a share s in (0, 1], CVaR = min_c c + E[(X - c)+] / s, reached where c is the quantile that a
share s of the costs lies beyond: the mean of the worst s, with an atom counted in part where it reaches across.

CVaR <= t is proven by any c: under "CVaR >= t", E[(X - c)+] >= s (t - c) for *every* c, hence for one that is guessed
from earlier rows. With c their quantile, the betting e-process on 1 - (X - c)+ / (b - c) against "the mean is at most
1 - s (t - c) / (b - c)" is valid, and the guess soon is right.

CVaR > t is proven by all c: under "CVaR <= t" there is a c*, unknown but fixed, with E[(X - c*)+] <= s (t - c*). Were
it known, betting on (X - c*)+ would be valid; the wealth under the *least* favourable c is no larger, so it is valid
too. For one stake f a row multiplies the wealth by 1 - f + f/s (1 - (t - X) z)+ with z = 1/(t - c), whose log is
concave in z but for a kink where c = X. So the wealth is least where c is a cost below t that was observed, or a, or t.
Costs are rounded down to at most `GRAIN` observed ones, which lowers the wealth under every c, and hardly.

A band around the distribution function (Thomas & Learned-Miller 2019) is exact too, but it takes a further share of
sqrt(ln(1/alpha) / (2n)) for rows that cost b: it proves nothing of a share s before n = ln(1/alpha) / (2 s^2) rows.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.betting import FRACTIONS, first_crossing, largest_rejected, log10_e, log_factors, mix
from pytest_robust.statistics.decision import NO_ROWS, Decision, Levels, Operator, too_close
from pytest_robust.statistics.means import as_proof
from pytest_robust.statistics.planning import MIXING, betting_rows

Floats = NDArray[np.float64]

FEWEST_IN_TAIL = 20
"""Of fewer rows in the tail nothing is said of it."""

GRAIN = 128
"""How many distinct costs the least favourable c is looked for among."""

METHOD = "bets on the tail"


def cvar(costs: Floats, share: float) -> float | None:
    """The mean of the worst `share` of `costs` (n,), the last row counted in part; None below 20 rows in that tail.

    Raises ValueError for a share outside (0, 1] or NaN costs.

    >>> cvar(np.arange(100.0), 0.25)
    87.0
    >>> cvar(np.arange(100.0), 0.1) is None
    True
    """
    if not 0.0 < share <= 1.0:
        raise ValueError(f"the share {share!r} is none of more than 0 and at most 1")
    if np.isnan(costs).any():
        raise ValueError(f"the cost of row {int(np.isnan(costs).argmax())} is NaN")
    held = _in_tail(len(costs), share)
    if held < FEWEST_IN_TAIL:
        return None
    worst = np.sort(costs)[::-1]
    whole = int(held)
    part = (held - whole) * worst[whole] if whole < len(worst) else 0.0
    return float((np.sum(worst[:whole]) + part) / held)


def decide_cvar(
    costs: Floats,
    share: float,
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    bounds: tuple[float, float],
    final: bool,
) -> Decision:
    """Judge `CVaR operator threshold` on i.i.d. `costs` (n,) within `bounds`, in the order drawn, at the end only.

    INCONCLUSIVE, "not estimable", below `FEWEST_IN_TAIL` rows in the worst `share`. Raises ValueError for a share
    outside (0, 1], costs outside the bounds or NaN and a threshold outside them.

    >>> costs = np.random.default_rng(0).beta(1, 9, 2000)  # the worst tenth costs 0.31 on average
    >>> decision = decide_cvar(costs, 0.1, "<=", 0.4, Levels(), bounds=(0.0, 1.0), final=True)
    >>> decision.outcome, round(decision.estimate, 2)
    ('PASS', 0.32)
    """
    costs = np.asarray(costs, np.float64)
    as_proof(costs, operator, threshold, bounds)  # refuses what is no cost or threshold
    estimate, n = cvar(costs, share), len(costs)
    if not final:
        return Decision(None, n, estimate=estimate)
    if estimate is None:
        reason = f"not estimable: fewer than {FEWEST_IN_TAIL} rows are in the worst {share:.4g} of {n:,}"
        missing = math.ceil(round(FEWEST_IN_TAIL / share, 9)) - n
        return Decision("INCONCLUSIVE", n, rows_needed=missing, reason=reason if n else NO_ROWS)
    lowest, width = bounds[0], bounds[1] - bounds[0]
    unit, bound = (costs - lowest) / width, (threshold - lowest) / width
    below, above = log_e_below(unit, share, bound), log_e_above(unit, share, bound)
    for_claim, against_claim = (np.array([one]) for one in ((below, above) if operator == "<=" else (above, below)))
    crossing = first_crossing(for_claim, against_claim, levels.alpha_pass, levels.alpha_fail)
    low, high = _interval(unit, share, (estimate - lowest) / width, 1.0 - levels.interval_confidence)
    alphas = (levels.alpha_pass, levels.alpha_fail) if operator == "<=" else (levels.alpha_fail, levels.alpha_pass)
    rows = None if crossing else _rows(unit, share, (estimate - lowest) / width, bound, *alphas)
    return Decision(
        crossing[1] if crossing else "INCONCLUSIVE",
        n,
        estimate=estimate,
        interval=(lowest + width * low, lowest + width * high),
        method=METHOD,
        log10_e_value=log10_e(for_claim, against_claim),
        rows_needed=None if rows is None else max(1, rows - n),
        reason=too_close(estimate, threshold) if crossing is None and rows is None else None,
    )


def log_e_below(unit: Floats, share: float, bound: float) -> float:
    """log of an e-value against "CVaR is at least `bound`", by costs (n,) in [0, 1] in the order drawn."""
    n, known = len(unit), math.ceil(1.0 / share)
    quantile = np.ones(n)
    while known < n:
        # Between one quantile and the next the rows double. Before the first there is no bet: nothing lies beyond 1.
        quantile[known : 2 * known] = np.sort(unit[:known])[::-1][min(int(share * known), known - 1)]
        known *= 2
    excess, allowed = _beyond(unit, quantile, share, bound)
    kept, room = 1.0 - excess, 1.0 - allowed
    # Without room a row that keeps anything disproves the hypothesis outright, and one that keeps nothing agrees.
    gains = np.where(kept > 0.0, np.inf, 1.0)
    np.divide(kept, room, out=gains, where=room > 0.0)
    return float(mix(log_factors(gains, 1.0).sum(axis=1)))


def log_e_above(unit: Floats, share: float, bound: float) -> float:
    """log of an e-value against "CVaR is at most `bound`", by costs (n,) in [0, 1] in any order."""
    costs, counts = _rounded_down(unit, share)
    quantile = np.union1d([0.0], costs)[:, None]
    quantile = quantile[quantile[:, 0] < bound]
    gains = np.maximum(costs - quantile, 0.0) / (share * (bound - quantile))
    gains = np.vstack([gains, np.where(costs > bound, np.inf, 0.0)])
    wealth = [float((np.log1p(fraction * (gains - 1.0)) @ counts).min()) for fraction in FRACTIONS]
    return float(mix(np.array(wealth)))


def _in_tail(n: int, share: float) -> float:
    """How many of n rows the worst share is, without the last digits that rounding adds to it."""
    return round(share * n, 9)


def _beyond(unit: Floats, quantile: Floats, share: float, bound: float) -> tuple[Floats, Floats]:
    """(X - c)+ / (1 - c) of each row, and what its mean is at least if the CVaR is at least `bound`: both (n,)."""
    room = 1.0 - quantile
    parts = np.maximum(unit - quantile, 0.0), share * np.maximum(bound - quantile, 0.0)
    excess, allowed = (np.divide(part, room, out=np.zeros_like(room), where=room > 0.0) for part in parts)
    return excess, allowed


def _rounded_down(unit: Floats, share: float) -> tuple[Floats, Floats]:
    """The distinct costs and how often each occurs: at most `GRAIN`, half of them about the tail."""
    costs, counts = np.unique(unit, return_counts=True)
    if len(costs) > GRAIN:
        ordered = np.sort(unit)
        tail = max(0, len(unit) - math.ceil(2 * _in_tail(len(unit), share)))
        places = [np.linspace(start, stop, GRAIN // 2) for start, stop in ((0, tail), (tail, len(unit) - 1))]
        costs = np.unique(ordered[np.concatenate(places).astype(np.intp)])
        counts = np.bincount(np.searchsorted(costs, unit, side="right") - 1, minlength=len(costs))
    return costs, counts.astype(np.float64)


def _interval(unit: Floats, share: float, estimate: float, alpha: float) -> tuple[float, float]:
    """What the two e-values do not reject."""

    def above(bound: float) -> float:
        return log_e_above(unit, share, bound) + math.log(alpha / 2)

    def below(room: float) -> float:
        return log_e_below(unit, share, 1.0 - room) + math.log(alpha / 2)

    return largest_rejected(above, estimate), 1.0 - largest_rejected(below, 1.0 - estimate)


def _rows(
    unit: Floats, share: float, estimate: float, bound: float, alpha_below: float, alpha_above: float
) -> int | None:
    """About how many rows would settle the claim at the present tail."""
    quantile = np.sort(unit)[::-1][min(int(_in_tail(len(unit), share)), len(unit) - 1)]
    excess, allowed = _beyond(unit, np.full(len(unit), quantile), share, bound)
    gap, spread = float(np.mean(excess - allowed)), float(np.std(excess))
    if estimate > bound:
        return betting_rows(gap, spread, float(allowed[0]), alpha_above / MIXING)
    return betting_rows(-gap, spread, 1.0 - float(allowed[0]), alpha_below / MIXING)
