"""Claims about a rate and what a curve makes of another one: P(now) - curve(P(before)), over the same rows.

With a curve that nowhere falls, the difference is at least a - curve(c) where P(now) is at least a and P(before) at
most c. Clopper & Pearson's limits a and c each err with probability at most alpha / 2, so together they err with at
most alpha, however the two depend on each other: the union bound. So a claim is judged without error beyond its alpha
at every n and for every pair of rates; it is conservative, as it makes nothing of the pairing.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.statistics.decision import Decision, Levels, NotEstimableError, Operator
from pytest_robust.statistics.exact import binomial_limit
from pytest_robust.statistics.looks import decide_at_looks

Curve = Callable[[float], float]

BOUNDS = (-1.0, 1.0)
LEAST = 1e-100
"""The smallest p-value that is told; limits at much smaller ones are beyond the inverse of the beta distribution."""


@dataclass(frozen=True)
class AboveCurve:
    """How many of n rows are right now, and how many of them were before."""

    now: int
    before: int
    n: int
    curve: Curve
    method: str = "Clopper-Pearson, for both rates"

    @property
    def estimate(self) -> float:
        """The difference of the shares that were seen."""
        return self.now / self.n - self.curve(self.before / self.n)

    def limit(self, operator: Operator, alpha: float) -> float:
        """What the difference lies below, or above for `<=`, with probability at most alpha.

        >>> limits = [AboveCurve(90, 95, 100, lambda rate: rate).limit(way, 0.05) for way in (">=", "<=")]
        >>> [round(limit, 3) for limit in limits]
        [-0.16, 0.064]
        """
        now, before = (self.now, self.n - self.before) if operator == ">=" else (self.n - self.now, self.before)
        lowest, far = (float(limit) for limit in binomial_limit(np.array([now, before]), self.n, alpha / 2))
        return lowest - self.curve(1.0 - far) if operator == ">=" else 1.0 - lowest - self.curve(far)

    def p_value(self, operator: Operator, bound: float, alpha: float) -> float:  # noqa: ARG002  (valid at any)
        """The least alpha at which the limit leaves the bound out."""

        def excess(log_alpha: float) -> float:
            limit = self.limit(operator, math.exp(log_alpha))
            return limit - bound if operator == ">=" else bound - limit

        least = math.log(LEAST)
        if excess(0.0) <= 0 or excess(least) >= 0:
            return 1.0 if excess(0.0) <= 0 else LEAST
        return math.exp(float(scipy.optimize.brentq(excess, least, 0.0, xtol=1e-9)))

    def grown(self, copies: int) -> AboveCurve:
        """As of `looks.Sample`."""
        return replace(self, now=self.now * copies, before=self.before * copies, n=self.n * copies)


def decide_above_curve(
    now: NDArray[np.bool_],
    before: NDArray[np.bool_],
    curve: Curve,
    operator: Operator,
    threshold: float,
    levels: Levels,
    *,
    final: bool,
) -> Decision:
    """Judge `P(now) - curve(P(before)) operator threshold` on i.i.d. pairs, (n,) each, in the order drawn.

    `curve` maps [0, 1] to [0, 1] and nowhere falls. For early stopping see `looks`. Raises ValueError for two lengths,
    and for a threshold outside [-1, 1].

    >>> right = np.ones(200, bool)
    >>> decision = decide_above_curve(right, right, lambda rate: rate / 2, ">=", 0.3, Levels(), final=False)
    >>> decision.outcome, decision.n, decision.estimate
    ('PASS', 100, 0.5)
    """
    if now.shape != before.shape or now.ndim != 1:
        raise ValueError(f"the two have shapes {now.shape} and {before.shape}; give one of each a row")

    def sample(n: int) -> AboveCurve:
        if not n:
            raise NotEstimableError("there are no rows")
        return AboveCurve(int(now[:n].sum()), int(before[:n].sum()), n, curve)

    return decide_at_looks(sample, len(now), operator, threshold, levels, bounds=BOUNDS, final=final)
