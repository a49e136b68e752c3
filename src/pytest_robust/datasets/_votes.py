"""What people said they see: counts of votes, checked, from an array or a file."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.errors import DataError

Votes = NDArray[np.int64]
"""(n, K): how many people saw class k in row i."""

COUNTS = "give counts of votes: whole numbers of shape (rows, classes)"


def checked_votes(found: Any, ids: NDArray[np.str_], classes: Sequence[str] | None, where: str) -> Votes:
    """Votes (n, K) as int64. Raises DataError for another shape, for what are no counts, and for a row without votes.

    >>> checked_votes([[3, 1], [0, 2]], np.array(["a", "b"]), ["cat", "dog"], "here").tolist()
    [[3, 1], [0, 2]]
    """
    votes = np.asarray(found)
    if not np.issubdtype(votes.dtype, np.integer) or votes.ndim != 2:
        raise DataError(f"{where}: votes are {votes.dtype} of shape {votes.shape}; {COUNTS}")
    if len(votes) != len(ids):
        raise DataError(f"{where}: votes for {len(votes)} rows, and there are {len(ids)}; give them in the rows' order")
    if classes is not None and votes.shape[1] != len(classes):
        raise DataError(
            f"{where}: votes for {votes.shape[1]} classes, and there are {len(classes)}; give one column a class"
        )
    for row in np.flatnonzero((votes < 0).any(axis=1) | ~votes.any(axis=1))[:1]:
        told = "a negative number of votes" if votes[row].min() < 0 else "no votes"
        raise DataError(f"{where}: row {row} (id {ids[row]}) has {told}; {COUNTS}, at least one vote a row")
    return votes.astype(np.int64)


def with_votes(fingerprint: str, votes: Votes | None) -> str:
    """The fingerprint of rows with these votes; unchanged for rows without."""
    if votes is None:
        return fingerprint
    return hashlib.sha256(f"{fingerprint} {votes.shape}".encode() + np.ascontiguousarray(votes).tobytes()).hexdigest()


def votes_from_file(path: Path, ids: NDArray[np.str_], classes: Sequence[str] | None) -> Votes:
    """Votes for the rows of these ids, from a `.npy` in their order or a CSV by their ids. Raises DataError.

    The CSV has a column `file` and one column a class, in any order, by name or, where `classes` is None, by number.
    Files that are no row are passed over.
    """
    if path.suffix.lower() == ".npy":
        try:
            found = np.load(path, allow_pickle=False)
        except Exception as error:
            raise DataError(f"{path} cannot be read as a .npy file: {type(error).__name__}: {error}") from error
    else:
        found = _from_csv(path, ids, classes)
    return checked_votes(found, ids, classes, str(path))


def _from_csv(path: Path, ids: NDArray[np.str_], classes: Sequence[str] | None) -> NDArray[Any]:
    import pandas as pd

    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False, skipinitialspace=True)
    except Exception as error:
        raise DataError(f"{path} cannot be read as CSV: {type(error).__name__}: {error}") from error
    columns = [str(column).strip() for column in table.columns]
    given = [column for column in columns if column != "file"]
    wanted = [str(number) for number in range(len(given))] if classes is None else list(classes)
    if "file" not in columns or sorted(given) != sorted(wanted):
        raise DataError(
            f"{path}:1: the columns are {', '.join(columns)}; name one `file` and one for each class: "
            f"{', '.join(wanted) or '0, 1, ...'}"
        )
    table.columns = pd.Index(columns)
    rows: dict[str, list[int]] = {}
    for line, (name, *counts) in enumerate(table[["file", *wanted]].fillna("").to_numpy(dtype=str).tolist(), start=2):
        if name in rows:
            raise DataError(f"{path}:{line}: {name!r} is named twice; keep one of the rows")
        wrong = [count for count in counts if not count.strip().isdecimal()]
        if wrong:
            raise DataError(f"{path}:{line}: {wrong[0]!r} is no count of votes; give whole numbers")
        rows[name] = [int(count) for count in counts]
    missing = [name for name in ids.tolist() if name not in rows]
    if missing:
        raise DataError(f"{path} has no votes for {missing[0]!r}; give a row for each picture, named as in the folder")
    return np.array([rows[name] for name in ids.tolist()], dtype=np.int64)
