"""What is known of each image besides its class: a camera, an hour, a place. Columns of text or numbers, (n,)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.errors import DataError

Metadata = Mapping[str, NDArray[Any]]
"""Name of the column -> (n,) text, "" where nothing is known; or float64, NaN where nothing is known."""


def checked_metadata(found: Any, rows: int, where: str) -> Metadata:
    """Columns by name, as text or float64. Raises DataError for what is neither, and for another number of rows.

    >>> checked_metadata({"hour": [7, 8], "night": [False, True]}, 2, "here")
    {'hour': array([7., 8.]), 'night': array(['no', 'yes'], dtype='<U3')}
    """
    if not isinstance(found, Mapping):
        raise DataError(f"{where}: metadata are {type(found).__name__}; give a mapping from names to columns")
    columns: dict[str, NDArray[Any]] = {}
    for name, written in found.items():
        column = np.asarray(written)
        if column.shape != (rows,):
            raise DataError(
                f"{where}: metadata {name!r} have the shape {column.shape}; give {rows} values, one an image"
            )
        if column.dtype == np.bool_:
            column = np.where(column, "yes", "no")
        elif np.issubdtype(column.dtype, np.integer) or np.issubdtype(column.dtype, np.floating):
            column = column.astype(np.float64)
        elif column.dtype == object and all(isinstance(value, str) for value in column.tolist()):
            column = column.astype(np.str_)
        if column.dtype.kind not in "fU":
            raise DataError(f"{where}: metadata {name!r} are {column.dtype}; give text or numbers")
        columns[str(name)] = column
    return columns


def from_text(columns: Mapping[str, Sequence[str]]) -> Metadata:
    """Columns of a CSV file: numbers where all that is written is numbers, else text.

    >>> from_text({"hour": ["7", "", "8.5"], "camera": ["front", " rear", ""]})
    {'hour': array([7. , nan, 8.5]), 'camera': array(['front', 'rear', ''], dtype='<U5')}
    """
    found: dict[str, NDArray[Any]] = {}
    for name, written in columns.items():
        words = [word.strip() for word in written]
        numbers = [_number(word) for word in words]
        known = any(words) and all(number is not None for word, number in zip(words, numbers, strict=True) if word)
        found[name] = np.array([np.nan if n is None else n for n in numbers]) if known else np.array(words, np.str_)
    return found


def _number(word: str) -> float | None:
    try:
        number = float(word)
    except ValueError:
        return None
    return number if np.isfinite(number) else None


def metadata_of(dataset: Any, where: str) -> Metadata:
    """The metadata of a data set, none where it has none. Raises DataError as `checked_metadata` does."""
    return checked_metadata(getattr(dataset, "metadata", {}), len(dataset), where)


def sizes_of(dataset: Any) -> NDArray[np.int64] | None:
    """Height and width (n, 2) of the images as they are stored, before they are resized; None where that is unknown."""
    found = getattr(dataset, "sizes", None)
    return None if found is None else np.asarray(found, dtype=np.int64)


def with_metadata(fingerprint: str, metadata: Metadata) -> str:
    """The fingerprint of rows with these columns; unchanged where there are none."""
    if not metadata:
        return fingerprint
    digest = hashlib.sha256(fingerprint.encode())
    for name, column in sorted(metadata.items()):
        content = repr(column.tolist()) if column.dtype.kind == "U" else np.ascontiguousarray(column).tobytes().hex()
        digest.update(f"\0{name}\0{content}".encode())
    return digest.hexdigest()
