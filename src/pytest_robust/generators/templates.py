"""Inputs of which the probability of every class is known exactly."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.errors import GenerationError
from pytest_robust.generators import Made, generator
from pytest_robust.generators._pixels import rounded
from pytest_robust.generators._posterior import posteriors
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._sizes import LEVELS, Severities

SEVERITIES = Severities("templates", (4, 3, 2, 1, 0.5))  # d': distance of the two nearest templates, in sigma


@generator(
    kind="ambiguity",
    scale="severity",
    levels=LEVELS,
    truth="posterior",
    needs=("exemplars", "prior"),
    risk="Too little signal to be sure: an ideal observer doubts by a known amount, and so must the model.",
)
def templates(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    exemplars: Images,
    prior: NDArray[np.float64],
    templates: Path | None = None,
) -> Made:
    """A template plus Gaussian noise, rounded half up and cut at 0 and 255. The class is drawn from `prior`.

    Templates are the `exemplars` (K, h, w, c), one row of the data for each class, or what the file `templates` holds:
    uint8 of that shape, a `.npy`, or a `.npz` with an array `templates`. Sigma is the Euclidean distance between the
    two nearest templates, in levels, divided by d' = 4, 3, 2, 1, 0.5: between these two alone, an observer who knows
    both is wrong with probability Phi(-d' / 2), from 2 to 40 %, or a little more where the noise is cut. Such an
    observer adds up all pixels: of templates that differ in many, such as photographs, people see nothing but noise.

    Column `posterior` (n, K) float64 is exact for the pixels as they are, see `_posterior`; column `template` (n,)
    int64 is the class drawn. Class and noise come from the row's seed; nothing of `images` (n, h, w, 1 or 3) is used
    but their shape. Raises GenerationError for other channels, for severities other than 1 to 5, for templates of
    another shape or number, and where two are equal.
    """
    (apart,) = SEVERITIES.of(images, severity)
    patterns = exemplars if templates is None else read_templates(templates)
    if patterns.dtype != np.uint8 or patterns.shape != (len(prior), *images.shape[1:]):
        raise GenerationError(
            f"templates: they are {patterns.dtype} of shape {patterns.shape}; "
            f"give uint8 of shape {(len(prior), *images.shape[1:])}, one for each class"
        )
    sigma = nearest(patterns) / apart
    shares = np.cumsum(prior) / np.sum(prior)
    drawn = np.empty(len(images), np.int64)
    made = np.empty(images.shape, np.uint8)
    for row, rng in enumerate(row_generators(seeds)):
        drawn[row] = np.searchsorted(shares, rng.random(), side="right")
        made[row] = rounded(patterns[drawn[row]] + sigma * rng.standard_normal(made[row].shape))
    return Made(made, {"posterior": posteriors(made, patterns, prior, sigma), "template": drawn})


def nearest(patterns: Images) -> float:
    """The least Euclidean distance between two of (K, h, w, c), in levels. Raises GenerationError where it is none."""
    flat = patterns.reshape(len(patterns), -1).astype(np.float64)
    distances = {(a, b): float(np.linalg.norm(flat[a] - flat[b])) for a, b in combinations(range(len(flat)), 2)}
    if not distances:
        raise GenerationError("templates: there is one class only; doubt needs two")
    first, second = min(distances, key=lambda pair: distances[pair])
    if not distances[first, second]:
        raise GenerationError(f"templates: those of the classes {first} and {second} are equal; give different ones")
    return distances[first, second]


def read_templates(path: Path) -> Images:
    """The templates in a `.npy`, or in the array `templates` of a `.npz`. Raises GenerationError."""
    try:
        found = np.load(path, allow_pickle=False)
        return np.asarray(found if isinstance(found, np.ndarray) else found["templates"])
    except Exception as error:
        raise GenerationError(
            f"templates: {path} cannot be read ({type(error).__name__}: {error}); "
            "give a .npy, or a .npz with an array `templates`"
        ) from error
