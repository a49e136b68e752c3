"""How unfamiliar an input looks to a model: scores, of which a suite chooses one by name.

All rise with unfamiliarity. Those made of an answer need nothing else; `knn` and `mahalanobis` measure how far the
features of an input lie from those of familiar inputs, which they are given as a bank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence
from pytest_robust.errors import DataError
from pytest_robust.properties import Column

Floats = NDArray[np.float64]
Score = Literal["msp", "max_logit", "energy", "knn", "mahalanobis"]

NEIGHBOURS = 10
"""The neighbour whose distance is the score of `knn`; of smaller banks a tenth of their rows."""
SHRINKAGE = 1e-3
"""What is added to the covariance, in shares of its mean variance, so that it can be inverted."""
BLOCK = 1 << 22
"""Distances that are held at a time."""


@dataclass(frozen=True)
class Scorer:
    """A score (n,) of evidence, and what it needs of it; `bank` is other, familiar, evidence where it is asked for."""

    columns: frozenset[Column]
    banked: bool
    function: Callable[[Evidence, Evidence], Floats]


def columns_of(*, score: Score = "msp", **_: object) -> frozenset[Column]:
    """What a score needs of the model's answers."""
    return SCORERS[score].columns


def scores(evidence: Evidence, familiar: Evidence, score: Score = "msp") -> tuple[Floats, Floats]:
    """The scores of unfamiliar rows (m,) and of familiar ones (n,), higher for what looks less familiar.

    Where a score needs a bank, the first half of the familiar rows, in the order drawn, is the bank and the other half
    is compared: a row is always its own nearest neighbour. Raises DataError where there are too few familiar rows.
    """
    scorer = SCORERS[score]
    bank = familiar
    if scorer.banked:
        half = len(familiar) // 2
        if half < 2:
            raise DataError(f"the score {score} needs at least 4 familiar rows, half of them as a bank, not {half * 2}")
        bank, familiar = familiar.take(slice(half)), familiar.take(slice(half, None))
    return scorer.function(evidence, bank), scorer.function(familiar, bank)


def msp(evidence: Evidence, _: Evidence) -> Floats:
    """Minus the highest softmax probability (Hendrycks & Gimpel 2017)."""
    return -evidence.confidence


def max_logit(evidence: Evidence, _: Evidence) -> Floats:
    """Minus the highest logit (Hendrycks et al. 2022)."""
    return np.asarray(-evidence["logits"].max(axis=1), dtype=np.float64)


def energy(evidence: Evidence, _: Evidence) -> Floats:
    """Minus the log of the sum of exponentials of the logits, temperature 1 (Liu et al. 2020)."""
    return -np.asarray(scipy.special.logsumexp(evidence["logits"].astype(np.float64), axis=1))


def knn(evidence: Evidence, bank: Evidence) -> Floats:
    """The Euclidean distance to the k-th nearest of the bank, features brought to length 1 (Sun et al. 2022)."""
    rows, known = normalised(evidence), normalised(bank)
    k = min(NEIGHBOURS, max(1, len(known) // NEIGHBOURS))
    block = max(1, BLOCK // len(known))
    found = []
    for start in range(0, len(rows), block):
        squares = 2.0 - 2.0 * rows[start : start + block] @ known.T
        found.append(np.partition(squares, k - 1, axis=1)[:, k - 1])
    return np.asarray(np.sqrt(np.maximum(np.concatenate(found), 0.0)))


def mahalanobis(evidence: Evidence, bank: Evidence) -> Floats:
    """The squared Mahalanobis distance to the nearest class (Lee et al. 2018), features brought to length 1 first

    (Mahalanobis++: Mueller & Hein 2025). Classes share one covariance, that of the bank's rows about their class means.
    """
    rows, known = normalised(evidence), normalised(bank)
    _, place = np.unique(bank.labels, return_inverse=True)
    counts = np.bincount(place).astype(np.float64)
    means = np.stack([np.bincount(place, column) for column in known.T], axis=1) / counts[:, None]
    spread = known - means[place]
    covariance = spread.T @ spread / len(known)
    covariance += SHRINKAGE * max(float(np.trace(covariance)) / len(covariance), 1e-12) * np.eye(len(covariance))
    root = np.linalg.cholesky(np.linalg.inv(covariance))
    whitened, centres = rows @ root, means @ root
    squares = np.square(whitened).sum(axis=1)[:, None] - 2.0 * whitened @ centres.T + np.square(centres).sum(axis=1)
    return np.asarray(np.maximum(squares, 0.0).min(axis=1))


def normalised(evidence: Evidence) -> Floats:
    """The features (n, d) brought to length 1; those that are all zero stay."""
    features = evidence["features"].astype(np.float64)
    return np.asarray(features / np.maximum(np.linalg.norm(features, axis=1, keepdims=True), 1e-12))


SCORERS: dict[Score, Scorer] = {
    "msp": Scorer(frozenset(), False, msp),
    "max_logit": Scorer(frozenset({"logits"}), False, max_logit),
    "energy": Scorer(frozenset({"logits"}), False, energy),
    "knn": Scorer(frozenset({"features"}), True, knn),
    "mahalanobis": Scorer(frozenset({"features"}), True, mahalanobis),
}
