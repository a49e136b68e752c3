"""Slices of a data set: which rows belong together, by what is known of them before any model is asked.

`class` is the label; `brightness` and `contrast` are thirds by the mean and the standard deviation of the luma of the
clean images; `size` is thirds by height x width as the images are stored; any other name is a column of metadata. A
slice is of base images: what a generator makes of an image stays in its slice, and of two parents the first one counts.

No answer of a model moves a row to another slice, so the tests of `statistics.slices` hold for the slices as they were
cut: given the cuts, the rows between them are a sample of the population between them (order statistics), but for the
two rows that stand at the cuts themselves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Columns, Images
from pytest_robust.datasets import Dataset
from pytest_robust.datasets._metadata import metadata_of, sizes_of
from pytest_robust.errors import DataError, nearest

Floats = NDArray[np.float64]

MOST = 50
"""Slices that a claim may have: of more, hardly any holds enough rows."""
FEW = 10
"""Numbers with so many distinct values are sliced by value, others in thirds."""
UNKNOWN = "unknown"
"""The slice of rows of which nothing is known."""

LUMA = np.array([0.299, 0.587, 0.114])
"""Of red, green and blue (ITU-R BT.601)."""

DIGITS = 6
"""What is equal but for the rounding of sums is equal."""

BUILT_IN = ("class", "brightness", "contrast", "size")


@dataclass(frozen=True)
class Slices:
    """The slices of one data set: their names, and the number of each row's, (n,)."""

    names: tuple[str, ...]
    of: NDArray[np.intp]


def slices_by(by: str, dataset: Dataset, data: str, classes: Sequence[str], light: Callable[[], Columns]) -> Slices:
    """The slices of a data set, called `data` in messages, by one of the names above.

    `classes` are the model's; `light()` gives columns `brightness` and `contrast` (n,). Raises DataError for
    an unknown name, and where all rows are alike or there are more than `MOST` slices.
    """
    metadata = metadata_of(dataset, f"data {data!r}")
    if by in BUILT_IN and by in metadata:
        raise DataError(f"data {data!r} has a column {by!r}, and `by {by}` means something else; rename the column")
    if by == "class":
        named = np.array([*classes, ""], dtype=np.str_)  # -1 is the last one
        found = by_value(named[dataset.labels], by, order=[*classes, UNKNOWN])
    elif by in ("brightness", "contrast"):
        found = in_thirds(light()[by], by)
    elif by == "size":
        sizes = sizes_of(dataset)
        if sizes is None:
            raise DataError(f"data {data!r} does not tell the size of its images before they were resized")
        found = in_thirds(sizes.prod(axis=1).astype(np.float64), by)
    elif by in metadata:
        found = by_column(metadata[by], by)
    else:
        raise DataError(f"data {data!r} cannot be sliced by {by!r}; {nearest(by, [*BUILT_IN, *metadata])}")
    if len(found.names) == 1:
        raise DataError(f"data {data!r} is one slice by {by!r}: {found.names[0]}; leave `by {by}` out")
    if len(found.names) > MOST:
        few = "choose classes with `only:` under `data:`" if by == "class" else "slice by something coarser"
        raise DataError(f"data {data!r} has {len(found.names):,} slices by {by!r}, and a claim takes {MOST}; {few}")
    return found


def by_column(column: NDArray[Any], by: str) -> Slices:
    """Slices by a column of metadata (n,): by value, or in thirds where there are many numbers.

    >>> by_column(np.array(["rear", "front", "", "rear"]), "camera").names
    ('camera front', 'camera rear', 'camera unknown')
    """
    if column.dtype.kind == "U":
        return by_value(column, by, order=[*sorted(set(column.tolist()) - {"", UNKNOWN}), UNKNOWN])
    distinct = np.unique(column[~np.isnan(column)])
    if len(distinct) > FEW:
        return in_thirds(column, by)
    words = np.array([number(value) for value in distinct.tolist()] + [""], dtype=np.str_)
    return by_value(words[np.searchsorted(distinct, column)], by, order=[*words[:-1].tolist(), UNKNOWN])


def by_value(column: NDArray[np.str_], by: str, order: Sequence[str]) -> Slices:
    """One slice for each value (n,) that occurs, "" being unknown, in this order."""
    values = np.where(column == "", UNKNOWN, column)
    present = set(values.tolist())
    names = [value for value in dict.fromkeys(order) if value in present]
    places = {value: place for place, value in enumerate(names)}
    return Slices(tuple(f"{by} {name}" for name in names), np.array([places[one] for one in values.tolist()], np.intp))


def in_thirds(values: Floats, by: str) -> Slices:
    """Slices of about equally many rows by value (n,), NaN being unknown; fewer than three where values are equal.

    >>> found = in_thirds(np.array([0.1, 0.2, 0.3, 0.4, 0.5, 0.6]), "brightness")
    >>> found.names, found.of.tolist()
    (('brightness low (<= 0.2)', 'brightness middle (to 0.4)', 'brightness high (> 0.4)'), [0, 0, 1, 1, 2, 2])
    """
    known = values[~np.isnan(values)]
    cuts = np.unique(np.quantile(known, [1 / 3, 2 / 3], method="inverted_cdf")) if len(known) else known
    cuts = cuts[cuts < known.max(initial=-np.inf)]
    told = [number(cut) for cut in cuts.tolist()]
    if told:
        middle = [f"middle (to {told[-1]})"] if len(told) == 2 else []
        words = [f"low (<= {told[0]})", *middle, f"high (> {told[-1]})"]
    else:
        words = [number(value) for value in known[:1].tolist()]
    place = np.where(np.isnan(values), len(words), np.searchsorted(cuts, values))
    return by_value(np.array([*words, ""], dtype=np.str_)[place], by, order=[*words, UNKNOWN])


def number(value: float) -> str:
    """A value in a slice's name: three digits, and all of a whole number or of a large one.

    >>> number(0.31416), number(150528.0), number(2024.25)
    ('0.314', '150528', '2024.25')
    """
    return f"{value:.10g}" if value == round(value) or abs(value) >= 1000 else f"{value:.3g}"


def luma(images: Images) -> Floats:
    """The luma of images (n, h, w, c), from 0 to 1: (n, h, w). Of other than three channels, their mean."""
    pixels = images / 255.0
    return np.asarray(pixels @ LUMA if images.shape[3] == 3 else pixels.mean(axis=3), dtype=np.float64)


def light(parts: Iterable[Images]) -> Columns:
    """Mean and standard deviation of the luma of images, in parts (n, h, w, c), as columns (n,).

    >>> light([np.zeros((2, 4, 4, 3), np.uint8), np.full((1, 4, 4, 1), 255, np.uint8)])["brightness"].tolist()
    [0.0, 0.0, 1.0]
    """
    found = [(one.mean(axis=(1, 2)), one.std(axis=(1, 2))) for one in map(luma, parts)]
    brightness, contrast = (np.concatenate(column).round(DIGITS) for column in zip(*found, strict=True))
    return {"brightness": brightness, "contrast": contrast}


def light_key(fingerprint: str) -> str:
    """Under which key the light of a data set's images is kept."""
    return hashlib.sha256(f"luma BT.601 {fingerprint}".encode()).hexdigest()
