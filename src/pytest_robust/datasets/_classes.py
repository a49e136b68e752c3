"""Some classes of a data set: those that a model knows, or those held out from it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Batch
from pytest_robust.datasets import Dataset
from pytest_robust.datasets._metadata import Metadata, metadata_of, sizes_of
from pytest_robust.errors import DataError, nearest

Names = Sequence[str | int]


@dataclass(frozen=True)
class SomeClasses:
    """Rows of another data set, perhaps in another numbering."""

    whole: Dataset
    positions: NDArray[np.intp]
    ids: NDArray[np.str_]
    labels: NDArray[np.int64]
    classes: tuple[str, ...] | None
    fingerprint: str
    columns: NDArray[np.intp] | None
    """Which column of the votes is whose, in the numbering of `labels`; None where the classes are others."""
    metadata: Metadata = field(default_factory=dict)
    sizes: NDArray[np.int64] | None = None

    def __len__(self) -> int:
        return len(self.positions)

    def rows(self, indices: NDArray[np.intp]) -> Batch:
        """See `Dataset.rows`."""
        batch = self.whole.rows(self.positions[indices])
        told = dict(batch.columns)
        votes = told.pop("votes", None)
        if votes is not None and self.columns is not None:
            told["votes"] = votes[:, self.columns]
        return replace(batch, labels=self.labels[indices], columns=told)


def some_classes(
    whole: Dataset,
    *,
    only: Names | None = None,
    without: Names | None = None,
    known: Sequence[str] | None = None,
    where: str = "data",
) -> Dataset:
    """The rows of the classes `only`, or of all but those `without`; classes by name, or else by number.

    Rows of no class are in no list: `without` keeps them, `only` does not. `known` are the classes of the model, where
    it names them. Where the data names its own too, rows are brought into the model's numbering by name, and there are
    two cases: the model knows every class that is left, or it knows none, and all labels are -1 (held out). Where one
    side names no classes, labels stay as they are. Votes stay unless data and model name different classes. Raises
    DataError for an unknown class, where nothing is left, and where the model knows a part of what is left.

    >>> from pytest_robust.datasets import from_arrays
    >>> pets = from_arrays(np.zeros((4, 1, 1, 1), np.uint8), [0, 1, 2, 1], classes=["ant", "bee", "cat"])
    >>> some_classes(pets, without=["ant"], known=["cat", "bee"]).labels.tolist()
    [1, 0, 1]
    >>> some_classes(pets, only=["ant"], known=["cat", "bee"]).labels.tolist()
    [-1]
    """
    written = only if only is not None else without
    if written is None:
        return whole
    listed = np.isin(whole.labels, [_number(name, whole, where) for name in written])
    positions = np.flatnonzero(listed if only is not None else ~listed)
    if not len(positions):
        raise DataError(f"{where}: no row is left; there must be rows of other classes than those named")
    labels, classes = whole.labels[positions], whole.classes
    columns = None if classes is None else np.arange(len(classes))
    if known is not None and classes is not None:
        columns = np.array([classes.index(name) for name in known]) if sorted(known) == sorted(classes) else None
        labels, classes = _renumbered(labels, classes, known, where)
    digest = hashlib.sha256(f"{whole.fingerprint} {classes} {columns}".encode())
    digest.update(positions.astype(np.int64).tobytes() + labels.astype(np.int64).tobytes())
    metadata = {name: column[positions] for name, column in metadata_of(whole, where).items()}
    sizes = sizes_of(whole)
    return SomeClasses(
        whole,
        positions,
        whole.ids[positions],
        labels,
        classes,
        digest.hexdigest(),
        columns,
        metadata,
        None if sizes is None else sizes[positions],
    )


def balance(dataset: Dataset, known: int = 0) -> list[int]:
    """How many rows each class has, of all that the data name, or of the `known` ones; none where no row has a class.

    >>> from pytest_robust.datasets import from_arrays
    >>> balance(from_arrays(np.zeros((3, 1, 1, 1), np.uint8), [0, 2, 2]), known=4)
    [1, 0, 2, 0]
    """
    labels = dataset.labels[dataset.labels >= 0]
    classes = known if dataset.classes is None else len(dataset.classes)
    return np.bincount(labels, minlength=classes).tolist() if len(labels) else []


def _renumbered(
    labels: NDArray[np.int64], classes: Sequence[str], known: Sequence[str], where: str
) -> tuple[NDArray[np.int64], tuple[str, ...] | None]:
    """Labels in the model's numbering with its classes; -1 and None where it knows none of them."""
    left = [classes[number] for number in np.unique(labels) if number >= 0]
    strange = [name for name in left if name not in known]
    if not strange:
        numbers = np.array([known.index(name) if name in known else -1 for name in classes] + [-1], dtype=np.int64)
        return numbers[labels], tuple(known)
    if len(strange) == len(left):
        return np.full(len(labels), -1, np.int64), None
    familiar = next(name for name in left if name in known)
    raise DataError(
        f"{where}: the model knows the class {familiar!r} and not {strange[0]!r}; "
        "make two data sets of them, one of classes that it knows and one of classes held out"
    )


def _number(written: str | int, whole: Dataset, where: str) -> int:
    """The number of a class that an author means by its name, or else by its number."""
    names = whole.classes
    if names is not None and str(written) in names:
        return names.index(str(written))
    count = len(names) if names is not None else int(whole.labels.max()) + 1
    if isinstance(written, int) and 0 <= written < count:
        return written
    if names is None:
        told = f"it names none; write a number from 0 to {count - 1}" if count else "none of its rows has a class"
    else:
        told = nearest(str(written), names)
    raise DataError(f"{where} has no class {written!r}; {told}")
