"""Labels that look wrong, by confident learning (Northcutt, Jiang and Chuang 2021, https://arxiv.org/abs/1911.00068).

The threshold of class j is the mean, over the rows labelled j, of the probability that the model gives to j: how sure
it usually is of that class. A row labelled i is suspect if

    argmax {p_j : p_j >= threshold_j}  is  some j other than i,  and  p_j > p_i.

These are the rows off the diagonal of the paper's confident joint, less those where the model itself answers the label.
A class with no rows has no threshold, and no row is suspected to be of it. The paper supposes probabilities of a model
that was not trained on these rows. Suspected is not proven: a model is as sure of its own mistakes.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust import record
from pytest_robust.carriers import Evidence

MOST_SUSPECTS = 20
"""So many are told, the surest first."""


def suspected(
    probabilities: NDArray[np.float32], labels: NDArray[np.int64]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which of n rows look mislabelled, the surest first, and the class that each looks like.

    `probabilities` (n, K) in [0, 1], `labels` (n,) from 0 to K - 1.

    >>> p = np.array([[0.9, 0.1], [0.7, 0.3], [0.2, 0.8], [0.1, 0.9]], np.float32)
    >>> [found.tolist() for found in suspected(p, np.array([0, 0, 1, 0]))]  # thresholds 0.57 and 0.8
    [[3], [1]]
    """
    p, rows = probabilities.astype(np.float64), np.arange(len(labels))
    own = p[rows, labels]
    counts = np.bincount(labels, minlength=p.shape[1])
    sums = np.bincount(labels, weights=own, minlength=p.shape[1])
    thresholds = np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)
    confident = np.where(p >= thresholds, p, -1.0)
    like = confident.argmax(axis=1)
    found = np.flatnonzero((confident.max(axis=1) >= 0) & (like != labels) & (p[rows, like] > own))
    found = found[np.argsort(-p[found, like[found]], kind="stable")]
    return found, like[found]


def suspects(evidence: Evidence) -> tuple[list[record.Suspect], int]:
    """The labels of clean rows that look wrong, the surest first, at most twenty; and how many there are in all."""
    classes = evidence.classes
    found, like = suspected(evidence.probabilities, evidence.labels)
    told = [
        record.Suspect(
            row=str(evidence.ids[row]),
            label=classes[evidence.labels[row]],
            answer=classes[answer],
            probability=float(evidence.probabilities[row, answer]),
        )
        for row, answer in zip(found[:MOST_SUSPECTS].tolist(), like[:MOST_SUSPECTS].tolist(), strict=True)
    ]
    return told, len(found)
