"""The rows that contradict a claim most, with what a person needs to see why."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust import record
from pytest_robust.carriers import Evidence, Images
from pytest_robust.engine.pictures import data_uri, difference
from pytest_robust.properties import Property

MOST = 5
GUESSES = 3

Pixels = tuple[Images, Images]
"""One row's unperturbed and generated image, each (h, w, c)."""


def worst_rows(
    property_: Property, evidence: Evidence, reference: Evidence | None, turned: NDArray[np.bool_]
) -> list[int]:
    """Which rows contradict the property most, worst first; of equals, the first drawn. At most five.

    Those come before all others that the generator `turned` (n,) from right to wrong: they show what it does.
    """
    badness = np.asarray(property_.badness(evidence, reference), dtype=np.float64)
    order = np.lexsort((-badness, ~turned))
    return [int(row) for row in order if badness[row] > 0][:MOST]


def describe(
    evidence: Evidence,
    row: int,
    *,
    classes: Sequence[str],
    before: NDArray[Any],
    pixels: Pixels | None,
) -> record.Counterexample:
    """One row for the record. `before` (K,) is the answer to the unperturbed image; no `pixels`, no pictures."""
    label = int(evidence.labels[row])
    pictures: dict[str, str | None] = {}
    if pixels is not None:
        original, perturbed = pixels
        pictures = {"original": data_uri(original)}
        if not np.array_equal(original, perturbed):
            pictures |= {"perturbed": data_uri(perturbed), "difference": data_uri(difference(original, perturbed))}
    return record.Counterexample(
        row=str(evidence.ids[row]),
        label=classes[label] if label >= 0 else None,
        before=guesses(before, classes),
        after=guesses(evidence.probabilities[row], classes),
        **pictures,
    )


def guesses(answer: NDArray[Any], classes: Sequence[str]) -> list[record.Guess]:
    """The three highest of an answer (K,), highest first; of equals the lower class; what is not finite comes last.

    >>> [(guess.label, guess.probability) for guess in guesses(np.array([0.25, 0.75]), ["cat", "dog"])]
    [('dog', 0.75), ('cat', 0.25)]
    """
    finite = np.isfinite(answer)
    order = np.argsort(np.where(finite, -answer.astype(np.float64), np.inf), kind="stable")[:GUESSES]
    return [
        record.Guess(label=classes[place], probability=round(float(answer[place]), 6) if finite[place] else None)
        for place in order
    ]
