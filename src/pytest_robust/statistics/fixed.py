"""The tests that are run once, when the rows are used up, by the name that a property asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics import exact, paired, planning
from pytest_robust.statistics.decision import Decision, Levels, Settled

Floats = NDArray[np.float64]

FixedTest = Literal["clopper-pearson", "discordant", "betting"]
"""The test that is run once, when the rows are used up:

- `clopper-pearson`: values are the two ends of the range only; exact.
- `discordant`: values are the two ends and the middle of the range; Berger & Boos' unconditional test, see `paired`.
- `betting`: any values in the range; valid at every n.

Student's t is not among them: where 3 rows in 100 hold the mean up, it disproved a true claim in 4 % of samples of 100,
whatever alpha (simulated).
"""


@dataclass(frozen=True, slots=True)
class Procedure:
    """A one-sided test of values (n,) in [0, 1] against "their mean is at most m"."""

    method: str
    """Its name for a reader."""
    limit: Callable[[Floats, float], float]
    """limit(values, alpha): a lower confidence limit of the mean."""
    p_value: Callable[[Floats, float, float], float]
    """p_value(values, mean, alpha); some are tuned to an alpha."""
    rows: Callable[[Floats, float, float], int | None]
    """rows(values, mean, alpha): the n that proves the mean with 80 % power if the values are typical."""

    def two_sided(self, values: Floats, alpha: float) -> tuple[float, float]:
        """A confidence interval that misses the mean with probability at most alpha."""
        return self.limit(values, alpha / 2), 1.0 - self.limit(1.0 - values, alpha / 2)


def _paired_rows(values: Floats, mean: float, alpha: float) -> int | None:
    gains, losses, n = paired.discordant(values)
    return planning.paired_rows(mean, gains / n, losses / n, alpha)


PROCEDURES: dict[FixedTest, Procedure] = {
    "clopper-pearson": Procedure(
        "Clopper-Pearson",
        exact.share_limit,
        lambda values, mean, _: exact.share_p(values, mean),
        lambda values, mean, alpha: planning.binomial_rows(mean, float(values.mean()), alpha),
    ),
    "discordant": Procedure(
        "exact paired test (Berger-Boos)",
        paired.paired_limit,
        paired.paired_p,
        _paired_rows,
    ),
    "betting": Procedure(
        "fixed-n betting",
        exact.betting_limit,
        exact.betting_p,
        lambda values, mean, alpha: planning.betting_rows(
            float(values.mean()) - mean, float(values.std()), mean, alpha
        ),
    ),
}


def decide_once(test: Procedure, values: Floats, observed: float, mean: float, levels: Levels) -> Decision:
    """Judge "the mean is at least `mean`" by one look at `values` (n,) in [0, 1], n not 0, at what is left of alpha.

    `observed` is the estimate of the mean; it says which of PASS and FAIL the rows speak for while they prove neither.
    """
    alphas = levels.fixed(levels.alpha_pass), levels.fixed(levels.alpha_fail)
    settled: Settled = "INCONCLUSIVE"
    if test.limit(values, alphas[0]) >= mean:
        settled = "PASS"
    elif test.limit(1.0 - values, alphas[1]) > 1.0 - mean:
        settled = "FAIL"
    speaks_for = settled == "PASS" or (settled == "INCONCLUSIVE" and observed >= mean)
    direction = (values, mean, alphas[0]) if speaks_for else (1.0 - values, 1.0 - mean, alphas[1])
    rows = test.rows(*direction) if settled == "INCONCLUSIVE" else None
    return Decision(
        settled,
        len(values),
        estimate=observed,
        interval=test.two_sided(values, levels.fixed(1.0 - levels.interval_confidence)),
        method=test.method,
        p_value=test.p_value(*direction),
        rows_needed=None if rows is None else max(1, rows - len(values)),
    )
