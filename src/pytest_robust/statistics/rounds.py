"""Bets on the mean over K classes of q_k, the share that is right among the rows of class k.

Given the labels, rows are independent and those of class k are right, Y = 1, with probability q_k. Against H0 "the mean
of the q_k is at most m" one bets in rounds that hold at least a row of each class. In a round with g_k rows of class k
each of these multiplies the wealth by

    1 + L / g_k (Y - d_k - m),

where the d_k, guessed from earlier rounds, have a mean of 0 over the classes, and L > 0, chosen before the round, is so
small that no factor is negative. Expect the round to multiply the wealth by prod_k (1 + L/g_k (q_k - d_k - m))^g_k. The
log of that is concave in (q_1, ..., q_K), and where every q_k is m + d_k it is 0 and its slope is L in each
coordinate alike: no q whose mean is at most m takes it above 0. So the wealth is a supermartingale at any labels, and
valid on average over them.

The d_k say how far each class lies from the mean: guessed well, bets vary as the rows of a class do, and not as classes
differ. A class of many rows speaks with all of them, and one of few rows costs no more than that it is known less well.

Counts of rows that are right and of rows that are held are (R, K). For H0 "the mean is at least m" pass counts of rows
that are wrong, and 1 - m.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.betting import FRACTIONS, largest_rejected, mix
from pytest_robust.statistics.exact import BOLDEST
from pytest_robust.statistics.fixed import Procedure
from pytest_robust.statistics.planning import betting_rows

Floats = NDArray[np.float64]
Labels = NDArray[np.intp]

PSEUDO_ROWS = 4.0
"""How many rows, right as often as the classes are on average, a class is taken to have had before its first."""


def first_rounds(labels: Labels, count: Labels) -> Labels:
    """The rows of each round (R, K) while rows come in: in round j the j-th of each class."""
    by_class = np.argsort(labels, kind="stable")
    place: Labels = np.cumsum(count) - count + np.arange(count.min())[:, None]
    return np.asarray(by_class[place])


def even_rounds(labels: Labels, count: Labels) -> Labels:
    """The round (n,) of each row when all are there: as many, each class split among them as evenly as can be."""
    by_class = np.argsort(labels, kind="stable")
    rank = np.empty_like(labels)
    rank[by_class] = np.arange(len(labels)) - np.repeat(np.cumsum(count) - count, count)
    return np.asarray(rank * count.min() // count[labels])


def log_e_path(right: Floats, mean: float) -> Floats:
    """log of the e-process (R,) against "the mean is at most `mean`", after each round of one row of each class."""
    held = np.ones_like(right)
    return mix(np.cumsum(log_factors(right, held, known_before(right, held), FRACTIONS, math.inf, mean), axis=1))


def lower_limit(right: Floats, alpha: float) -> float:
    """The largest mean that the e-process rejects at the last round; above the true one, ever, with alpha at most."""
    held = np.ones_like(right)
    known = known_before(right, held)

    def excess(mean: float) -> float:
        return float(mix(log_factors(right, held, known, FRACTIONS, math.inf, mean).sum(axis=1))) + math.log(alpha)

    return largest_rejected(excess, float(np.mean(right)))


def class_test(labels: Labels, count: Labels) -> Procedure:
    """The fixed-n test of values 0 or 1 of rows with these labels, of each of which there are `count`, at least one.

    Its stakes are tuned to n as those of `exact.betting_limit` are: L = sqrt(2 ln(1/alpha) / (R v)) with v the variance
    of a round's sum over classes, as far as it is known from the rounds before. It rejects m where the wealth ever
    reached 1/alpha.
    """
    classes, rounds = len(count), int(count.min())
    place = even_rounds(labels, count) * classes + labels
    held = np.bincount(place).reshape(rounds, classes).astype(np.float64)

    def observed(values: Floats) -> float:
        return float(np.mean(np.bincount(labels, values) / count))

    def best_log_wealth(values: Floats, alpha: float) -> Callable[[float], float]:
        right = np.bincount(place, values).reshape(rounds, classes).astype(np.float64)
        known = known_before(right, held)
        wished = np.sqrt(2.0 * math.log(1.0 / alpha) / (rounds * np.sum(known * (1.0 - known) / held, axis=1)))
        return lambda mean: float(
            np.cumsum(log_factors(right, held, known, np.array(BOLDEST), wished, mean)).max(initial=0.0)
        )

    def limit(values: Floats, alpha: float) -> float:
        reached = best_log_wealth(values, alpha)
        return largest_rejected(lambda mean: reached(mean) + math.log(alpha), observed(values))

    def p_value(values: Floats, mean: float, alpha: float) -> float:
        if observed(values) <= mean:
            return 1.0 if mean > 0.0 or not values.any() else 0.0
        return min(1.0, math.exp(-best_log_wealth(values, alpha)(mean)))

    def rows(values: Floats, mean: float, alpha: float) -> int | None:
        share = np.bincount(labels, values) / count
        spread = math.sqrt(len(labels) * float(np.sum(share * (1.0 - share) / count))) / classes
        # The boldest stake is on rows of the rarest class.
        boldness = len(labels) / (classes * rounds)
        return betting_rows(observed(values) - mean, spread, mean * boldness, alpha)

    return Procedure("fixed-n betting over classes", limit, p_value, rows)


def known_before(right: Floats, held: Floats) -> Floats:
    """What is known before each round of the share right of each class: (R, K), between 0 and 1."""
    seen, total = (np.cumsum(part, axis=0) - part for part in (held, right))
    overall = (0.5 + np.sum(total / np.maximum(seen, 1.0), axis=1)) / (1.0 + np.count_nonzero(seen, axis=1))
    return np.asarray((total + PSEUDO_ROWS * overall[:, None]) / (seen + PSEUDO_ROWS))


def log_factors(
    right: Floats, held: Floats, known: Floats, fraction: Floats, wished: Floats | float, mean: float
) -> Floats:
    """The log of what each round multiplies the wealth by: (R,), or (J, R) for fractions (J,).

    L is what is `wished` (R,), but at most such that no row can lose more than the fraction of the wealth. The factors
    fall as `mean` grows, for every L is bounded by the class that lies highest.
    """
    if mean <= 0.0:
        return np.broadcast_to(np.where(right.any(axis=1), np.inf, 0.0), (*fraction.shape, len(right)))
    centre = mean + known - known.mean(axis=1, keepdims=True)
    bets = np.minimum(wished, np.multiply.outer(fraction, held.min(axis=1) / centre.max(axis=1)))
    stakes = bets[..., None] / held
    gains, losses = right * np.log1p(stakes * (1.0 - centre)), (held - right) * np.log1p(-stakes * centre)
    return np.asarray(np.sum(gains + losses, axis=-1))
