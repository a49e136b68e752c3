"""The rows that contradict a claim most, with what a person needs to see why."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust import record
from pytest_robust.carriers import Evidence, Images, Series
from pytest_robust.engine.pictures import data_uri, difference
from pytest_robust.engine.smallest import Smallest
from pytest_robust.properties import Property
from pytest_robust.suite.numbers import number_text

MOST = 5
GUESSES = 3

Pixels = tuple[Images, Images]
"""One row's unperturbed and generated image, each (h, w, c)."""


def most_telling(cells: Sequence[Evidence]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
    """Which rows are answered wrong in some cell, and the first such cell of each row; elsewhere the last cell. (n,).

    Cells that have no right class have no wrong answers.
    """
    wrong = np.stack([~cell.correct & (cell.truth == "label") for cell in cells])
    somewhere = np.asarray(wrong.any(axis=0))
    return somewhere, np.where(somewhere, wrong.argmax(axis=0), len(cells) - 1)


def worst_rows(
    property_: Property,
    evidence: Evidence | Series,
    reference: Evidence | None,
    turned: NDArray[np.bool_],
    shunned: NDArray[np.bool_] | None = None,
) -> list[int]:
    """Which rows contradict the property most, worst first; of equals, the first drawn. At most five.

    Those come before all others that the generator `turned` (n,) from right to wrong: they show what it does. None is
    among those `shunned` (n,): rows of slices in which the claim holds.
    """
    badness = np.asarray(property_.badness(evidence, reference), dtype=np.float64)
    badness = badness if shunned is None else np.where(shunned, 0.0, badness)
    order = np.lexsort((-badness, ~turned))
    return [int(row) for row in order if badness[row] > 0][:MOST]


def describe(
    evidence: Evidence,
    row: int,
    *,
    classes: Sequence[str],
    before: NDArray[Any],
    pixels: Pixels | None,
    cell: str | None = None,
    smallest: Smallest | None = None,
) -> record.Counterexample:
    """One row for the record. `before` (K,) is the answer to the unperturbed image; no `pixels`, no pictures.

    `cell` is where it was seen, if that is not said by the claim; `smallest` the simplest input that still fails.
    """
    label = int(evidence.labels[row])
    pictures: dict[str, str | None] = {}
    if pixels is not None:
        pictures = {"original": data_uri(pixels[0]), **changed(*pixels)}
    return record.Counterexample(
        row=str(evidence.ids[row]),
        cell=cell,
        label=classes[label] if label >= 0 else None,
        before=guesses(before, classes),
        after=guesses(evidence.probabilities[row], classes),
        position=row,
        level=least(evidence, row),
        original=pictures.get("original"),
        perturbed=pictures.get("perturbed"),
        difference=pictures.get("difference"),
        smallest=None
        if smallest is None
        else record.Smallest(
            level=smallest.level,
            region=smallest.region,
            after=guesses(smallest.answer, classes),
            **({} if pixels is None else changed(pixels[0], smallest.image)),
        ),
    )


def changed(original: Images, perturbed: Images) -> dict[str, str | None]:
    """Pictures of what a generator made of an image; none where it is the same."""
    if np.array_equal(original, perturbed):
        return {}
    return {"perturbed": data_uri(perturbed), "difference": data_uri(difference(original, perturbed))}


def least(evidence: Evidence, row: int) -> str | None:
    """The least change that was found to fool the model, where its size is known.

    >>> least(Evidence({"distance": np.array([3 / 255, 0.0123456, np.inf])}), 0)
    '3/255'
    """
    distance = float(evidence["distance"][row]) if "distance" in evidence else math.inf
    exact = number_text(distance) if math.isfinite(distance) else ""
    return exact if "/" in exact else f"{distance:.4g}" if exact else None


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
