"""Which rows an attack has to fool, and when one is fooled."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images, Predictions
from pytest_robust.errors import GenerationError

Ask = Callable[[Images], Predictions]
"""The model, for attacks that only ask: a row's answer depends on that row alone."""

CLEAR = 1e-4
"""By how much, in logits, another class must lead for a row to count as fooled: enough to last when the model is asked
again in another batch, where it rounds differently."""


def standing(attack: str, labels: NDArray[np.int64], answers: NDArray[np.float32]) -> NDArray[np.intp]:
    """The rows that the model answers right when clean. The others are fooled as they are, at no cost.

    `labels` (n,), `answers` (n, K) the clean probabilities. Raises GenerationError for rows without a label.

    >>> standing("pgd", np.array([0, 0]), np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)).tolist()
    [0]
    """
    if labels.min() < 0:
        raise GenerationError(f"{attack}: some rows have no label; an attack needs the right class of each")
    return np.flatnonzero(answers.argmax(axis=1) == labels)


def lead(answers: Predictions, labels: NDArray[np.int64]) -> NDArray[np.float32]:
    """By how much the best other class leads the label, in logits, (n,): above `CLEAR` where the model is fooled.

    For attacks that only ask. Where the model tells no logits the logarithms of its probabilities serve, whose
    differences are the same.

    >>> answers = Predictions(np.array([[0.2, 0.8], [0.5, 0.5]], np.float32))
    >>> [round(value, 3) for value in lead(answers, np.array([0, 0])).tolist()]
    [1.386, 0.0]
    """
    logits = answers.logits
    if logits is None:
        logits = np.log(answers.probabilities.clip(np.finfo(np.float32).tiny))
    rows = np.arange(len(labels))
    others = logits.copy()
    others[rows, labels] = -np.inf
    return np.asarray(others.max(axis=1) - logits[rows, labels], dtype=np.float32)
