"""Data sets: the protocol, the decorator, the registry. One file a reader.

A reader is a function from a source to a `Dataset`: labelled images with ids that are stable for life.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Batch, Images
from pytest_robust.datasets._metadata import Metadata, checked_metadata
from pytest_robust.datasets._votes import checked_votes, with_votes
from pytest_robust.errors import DataError
from pytest_robust.registry import Registry


@runtime_checkable
class Dataset(Protocol):
    """Rows with ids and labels at hand, pixels on demand. Plain attributes do: nobody sets them from outside.

    One may also have `metadata`, a mapping from names to columns (n,) of text or numbers, for claims on slices
    (`accuracy >= 0.8 by camera`); and `sizes` (n, 2), height and width of the images before they were resized.
    """

    @property
    def ids(self) -> NDArray[np.str_]:
        """(n,), unique."""
        ...

    @property
    def labels(self) -> NDArray[np.int64]:
        """(n,), -1 for rows of no class."""
        ...

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names in the order of the labels, where the source tells them."""
        ...

    @property
    def fingerprint(self) -> str:
        """SHA-256 over pixels, labels, ids, their order, and votes where there are any.

        Metadata are not in it: they slice what a model answered, and another column is no reason to ask it again.
        """
        ...

    def __len__(self) -> int: ...

    def rows(self, indices: NDArray[np.intp]) -> Batch:
        """The rows at these positions, in this order; votes of people are their column `votes`, (n, K) int64.

        Raises DataError naming the row that cannot be read.
        """
        ...


@dataclass(frozen=True)
class ArrayDataset:
    """A data set held in memory: `images` (n, h, w, c) uint8."""

    images: Images
    labels: NDArray[np.int64]
    ids: NDArray[np.str_]
    classes: tuple[str, ...] | None
    fingerprint: str
    votes: NDArray[np.int64] | None = None
    """(n, K) counts of what people said they see, where they were asked."""
    metadata: Metadata = field(default_factory=dict)
    """Columns (n,) of text or numbers by name."""

    def __len__(self) -> int:
        return len(self.images)

    def rows(self, indices: NDArray[np.intp]) -> Batch:
        """See `Dataset.rows`."""
        told = {} if self.votes is None else {"votes": self.votes[indices]}
        return Batch(self.images[indices], self.ids[indices], self.labels[indices], columns=told)


def from_arrays(
    images: Any,
    labels: Any = None,
    *,
    ids: Sequence[Any] | None = None,
    classes: Sequence[str] | None = None,
    votes: Any = None,
    metadata: Any = None,
    where: str = "data",
) -> ArrayDataset:
    """A data set from arrays, checked. `where` names the source in messages.

    `images` (n, h, w) or (n, h, w, c) uint8, not empty; `labels` (n,) integers >= 0, and below the number of classes
    where those are given, or None for rows of no class; `ids` unique, the row numbers where absent; `votes` (n, K)
    whole numbers, how many people saw which class, at least one vote a row; `metadata` a mapping from names to columns
    (n,) of text or numbers. Raises DataError.

    >>> from_arrays(np.zeros((2, 4, 4, 3), np.uint8), [0, 1]).ids.tolist()
    ['0', '1']
    """
    pixels = np.asarray(images)
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    if pixels.dtype != np.uint8 or pixels.ndim != 4:
        raise DataError(
            f"{where}: images are {pixels.dtype} of shape {pixels.shape}; "
            "give uint8 of shape (n, height, width, channels)"
        )
    if pixels.shape[3] not in (1, 3) and pixels.shape[1] in (1, 3):
        raise DataError(f"{where}: images of shape {pixels.shape} have their channels first; transpose to (n, h, w, c)")
    if not len(pixels):
        raise DataError(f"{where}: no images; a verdict needs at least one")
    numbers = np.full(len(pixels), -1, np.int64) if labels is None else np.asarray(labels)
    if numbers.shape != (len(pixels),) or not np.issubdtype(numbers.dtype, np.integer):
        raise DataError(
            f"{where}: labels are {numbers.dtype} of shape {numbers.shape}; give {len(pixels)} integers, one an image"
        )
    if labels is not None and numbers.min() < 0:
        raise DataError(f"{where}: label {numbers.min()} of row {numbers.argmin()} is negative; count classes from 0")
    names = np.array([str(name) for name in (range(len(pixels)) if ids is None else ids)], dtype=np.str_)
    if names.shape != (len(pixels),) or len(set(names.tolist())) != len(names):
        raise DataError(f"{where}: ids must be unique and one an image")
    known = None if classes is None else tuple(str(name) for name in classes)
    check_labels(numbers, names, known, where)
    digest = hashlib.sha256(repr((pixels.shape, names.tolist())).encode())
    digest.update(np.ascontiguousarray(pixels).data)
    digest.update(np.ascontiguousarray(numbers.astype(np.int64)).data)
    counts = None if votes is None else checked_votes(votes, names, known, where)
    told = checked_metadata(metadata or {}, len(pixels), where)
    fingerprint = with_votes(digest.hexdigest(), counts)
    return ArrayDataset(pixels, numbers.astype(np.int64), names, known, fingerprint, counts, told)


def check_labels(labels: NDArray[Any], ids: NDArray[np.str_], classes: Sequence[str] | None, where: str) -> None:
    """Raise DataError, naming the row, for a label that none of the classes has."""
    if classes is not None and labels.max() >= len(classes):
        row = labels.argmax()
        raise DataError(
            f"{where}: label {labels[row]} of row {row} (id {ids[row]}) is outside the {len(classes)} classes; "
            "count classes from 0, and name them all"
        )


@dataclass(frozen=True)
class Reader:
    """A reader of one kind of source."""

    name: str
    read: Callable[..., Dataset]
    accepts: Callable[[str], bool]
    """Whether a source written in a suite looks like one of this reader's, where the suite names no reader."""

    def __call__(self, source: str, **options: Any) -> Dataset:
        return self.read(source, **options)


def reader(*, accepts: Callable[[str], bool], name: str | None = None) -> Callable[[Callable[..., Dataset]], Reader]:
    """Make a function a reader: `read(source, *, roots, **options)`; keyword-only parameters are its options."""

    def register(function: Callable[..., Dataset]) -> Reader:
        return Reader(name or function.__name__, function, accepts)

    return register


registry: Registry[Reader] = Registry("reader", "pytest_robust.datasets", Reader)
