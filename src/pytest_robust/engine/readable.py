"""Rows of a data set that cannot be read: found before anything is made of any row, and in no evidence.

Whether a row can be read must not depend on how far a verdict had to go, on the process that asked, or on what the
cache holds: so every row is read once before the first is drawn. That all of them can be is kept in the store, and not
looked at again for the same data; that some cannot is looked at again in each run, as they may have been mended.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Batch
from pytest_robust.datasets import ArrayDataset, Dataset
from pytest_robust.datasets._classes import SomeClasses
from pytest_robust.datasets._metadata import Metadata, metadata_of, sizes_of
from pytest_robust.engine.address import digest_of
from pytest_robust.engine.draw import Positions
from pytest_robust.engine.store import Store
from pytest_robust.errors import DataError, RobustError

PART = "readable"
"""What the finding is called in the store."""
AT_A_TIME = 32
"""Rows read together; one by one where that fails."""


@dataclass(frozen=True)
class ReadableRows:
    """The rows of another data set that can be read, in its order."""

    whole: Dataset
    positions: Positions
    """Of these rows in the whole."""
    unread: Mapping[str, str]
    """Why each of the others cannot be read, by its id."""
    ids: NDArray[np.str_]
    labels: NDArray[np.int64]
    classes: tuple[str, ...] | None
    fingerprint: str
    metadata: Metadata
    sizes: NDArray[np.int64] | None

    def __len__(self) -> int:
        return len(self.positions)

    def rows(self, indices: Positions) -> Batch:
        """See `Dataset.rows`."""
        return self.whole.rows(self.positions[indices])


def readable(dataset: Dataset, name: str, store: Store) -> Dataset:
    """The data set, or as much of it as can be read. `name` is its name in messages.

    Raises DataError where more than half of the rows cannot be read: what is left would be no sample of anything.
    """
    if in_memory(dataset):
        return dataset
    key = digest_of({"data": dataset.fingerprint, "rows": len(dataset)})
    with store.lock(key):
        if store.read(key, PART) is not None:
            return dataset
        unread = unreadable(dataset, name)
        if not unread:
            store.write(key, PART, {"rows": np.array(len(dataset))})
            return dataset
    return without(dataset, unread, name)


def in_memory(dataset: Dataset) -> bool:
    """Whether nothing can go wrong when a row is read."""
    return isinstance(dataset, ArrayDataset) or (isinstance(dataset, SomeClasses) and in_memory(dataset.whole))


def unreadable(dataset: Dataset, name: str) -> dict[int, str]:
    """Positions of the rows that cannot be read, each with the reason. Raises DataError, see `readable`."""
    found: dict[int, str] = {}
    for start in range(0, len(dataset), AT_A_TIME):
        rows = np.arange(start, min(start + AT_A_TIME, len(dataset)))
        if why_not(dataset, rows) is None:
            continue
        for row in rows.tolist():
            reason = why_not(dataset, np.array([row]))
            if reason is not None:
                found[row] = reason
        if 2 * len(found) > len(dataset):
            first, reason = next(iter(found.items()))
            raise DataError(
                f"data {name!r}: more than half of its {len(dataset):,} rows cannot be read; the first, row "
                f"{str(dataset.ids[first])!r}: {reason}"
            )
    return found


def why_not(dataset: Dataset, rows: Positions) -> str | None:
    """Why these rows cannot be read together; None where they can."""
    try:
        dataset.rows(rows)
    except RobustError as error:
        return str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def without(dataset: Dataset, unread: Mapping[int, str], name: str) -> ReadableRows:
    """All rows of a data set but those at these positions, each with the reason."""
    positions = np.setdiff1d(np.arange(len(dataset)), list(unread))
    digest = hashlib.sha256(dataset.fingerprint.encode() + positions.astype(np.int64).tobytes())
    metadata = {column: values[positions] for column, values in metadata_of(dataset, f"data {name!r}").items()}
    sizes = sizes_of(dataset)
    return ReadableRows(
        whole=dataset,
        positions=positions,
        unread={str(dataset.ids[row]): reason for row, reason in unread.items()},
        ids=dataset.ids[positions],
        labels=dataset.labels[positions],
        classes=dataset.classes,
        fingerprint=digest.hexdigest(),
        metadata=metadata,
        sizes=None if sizes is None else sizes[positions],
    )


def unread_of(dataset: Dataset) -> Mapping[str, str]:
    """Why rows of a data set cannot be read, by their ids, in its order; empty where all can."""
    return dataset.unread if isinstance(dataset, ReadableRows) else {}


def in_whole(dataset: Dataset, positions: Positions) -> tuple[Positions, int]:
    """Positions as whoever made the data counts them, unreadable rows included; and how many rows there are so."""
    if isinstance(dataset, ReadableRows):
        return dataset.positions[positions], len(dataset.whole)
    return positions, len(dataset)


def warning(dataset: Dataset, name: str) -> str | None:
    """What the summary says of the rows that cannot be read; None where all can."""
    unread = unread_of(dataset)
    if not unread:
        return None
    row, reason = next(iter(unread.items()))
    more = f", and in {len(unread) - 1:,} more" if len(unread) > 1 else ""
    return (
        f"data {name!r}: ERROR in row {row!r}{more}, of {len(dataset) + len(unread):,}: cannot be read, "
        f"and in no verdict: {reason}"
    )
