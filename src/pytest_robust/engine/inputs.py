"""From rows of a data set to hard inputs."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import numpy as np

from pytest_robust.carriers import Batch, Columns, Images
from pytest_robust.datasets import Dataset
from pytest_robust.engine.address import source_file
from pytest_robust.engine.answers import is_out_of_memory
from pytest_robust.engine.clock import timed
from pytest_robust.engine.draw import Draw, Positions
from pytest_robust.engine.plan import Cell
from pytest_robust.engine.seeds import row_seeds
from pytest_robust.errors import DataError, GenerationError, RobustError
from pytest_robust.generators import Made
from pytest_robust.sources import where_raised

BATCH = 128
"""Rows generated and predicted at a time, where the suite has no say in it and their images are not large."""
LARGEST_BATCH = 32 * 224 * 224 * 3
"""Values of its images: with these an attack on a ResNet-50 takes some 3 GB for its gradients."""
IMAGES = "images"
"""The column of a search that holds the images found."""
SAME_SIZE = 1e-6
"""By how much a distance may exceed the level that it belongs to, by rounding."""


@timed("generation")
def hard_inputs(
    cell: Cell,
    rows: Draw,
    base: Batch,
    given: Mapping[str, Any],
    work: AbstractContextManager[None],
    suite_seed: int,
    draw: int = 0,
) -> Made:
    """What the cell's generator makes of these rows: uint8 images of their shape, and what it tells of them.

    `given` is what the generator needs, by keyword; `work` is held meanwhile. Raises GenerationError or ModelError.
    """
    generator = cell.generator
    try:
        with work:
            found = generator(
                base.inputs.copy(),  # a generator that works in place spoils nothing
                severity=level(cell),
                seeds=row_seeds(suite_seed, cell.scenario, rows.ids, draw),
                **given,
                **cell.options,
            )
    except Exception as error:
        if is_out_of_memory(error):
            raise GenerationError(
                f"generator {generator.name!r} ran out of memory in {cell.id} on {len(rows)} images at a time; write a "
                "`batch` below that in the suite. It is not halved by itself, as an attack on fewer images may round "
                "differently"
            ) from error
        if isinstance(error, RobustError):
            raise
        where = where_raised(error, source_file(generator.make) or Path(generator.name))
        raise GenerationError(
            f"{where}: generator {generator.name!r} raised {type(error).__name__} in {cell.id}: {error}"
        ) from error
    made = found if isinstance(found, Made) else Made(found)
    images: Any = made.images
    if not isinstance(images, np.ndarray) or images.dtype != np.uint8 or images.shape != base.inputs.shape:
        told = f"{images.dtype} of shape {images.shape}" if isinstance(images, np.ndarray) else type(images).__name__
        raise GenerationError(
            f"generator {generator.name!r} returned {told} in {cell.id}; "
            f"it must return uint8 of shape {base.inputs.shape}, values from 0 to 255"
        )
    return made


def batch_of(shape: tuple[int, ...]) -> int:
    """How many images of a shape (h, w, c) are generated and predicted at a time where the suite does not say.

    A power of two, and the same on any machine: it decides the last bits of an answer.

    >>> [batch_of((side, side, 3)) for side in (32, 112, 224, 384)]
    [128, 128, 32, 8]
    """
    return min(BATCH, 1 << max(1, LARGEST_BATCH // (math.prod(shape) or 1)).bit_length() - 1)


def level(cell: Cell) -> float:
    """The severity that the cell's generator is called with."""
    if cell.generator.minimal:
        return float("inf")
    return 0.0 if cell.level is None else cell.level.value


def searched(cell: Cell, made: Made) -> Columns:
    """What a search for the smallest change found, as columns to keep. Raises GenerationError."""
    distance: Any = made.columns.get("distance")
    if distance is None or np.shape(distance) != made.images.shape[:1] or not (np.asarray(distance) >= 0).all():
        raise GenerationError(
            f"generator {cell.generator.name!r} is `minimal`, and must return `Made` with a column `distance`: "
            f"{len(made.images)} numbers here, 0 or more, infinite where it found nothing"
        )
    return {IMAGES: made.images, **made.columns}


def was_searched(columns: Columns, base: Batch) -> bool:
    """Whether what was kept is what a search found for so many images of this shape."""
    shapes = {name: np.shape(columns[name]) for name in (IMAGES, "distance") if name in columns}
    return shapes == {IMAGES: base.inputs.shape, "distance": base.ids.shape}


def within(cell: Cell, base: Images, found: Columns) -> Made:
    """Of what a search found, that which lies within the cell's level; elsewhere the image as it was."""
    assert cell.level is not None
    near = found["distance"] <= cell.level.value + SAME_SIZE
    images = np.where(near[:, None, None, None], found[IMAGES], base)
    return Made(images, {name: column for name, column in found.items() if name != IMAGES})


def batches(dataset: Dataset, name: str, size: int = BATCH) -> Iterator[Batch]:
    """All rows of a data set, so many at a time. Raises DataError for a row that cannot be read."""
    for start in range(0, len(dataset), size):
        yield read_rows(dataset, name, np.arange(start, min(start + size, len(dataset))))


@timed("data")
def read_rows(dataset: Dataset, name: str, positions: Positions) -> Batch:
    """Rows of a data set. Raises DataError whatever goes wrong."""
    try:
        return dataset.rows(positions)
    except RobustError:
        raise
    except Exception as error:
        raise DataError(f"data {name!r}: cannot read its rows: {type(error).__name__}: {error}") from error
