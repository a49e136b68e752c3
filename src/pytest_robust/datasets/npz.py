"""Arrays in a numpy archive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from pytest_robust.datasets import ArrayDataset, from_arrays, reader
from pytest_robust.errors import DataError
from pytest_robust.sources import Roots


@reader(accepts=lambda source: source.endswith(".npz"))
def npz(
    source: str,
    *,
    images: str = "images",
    labels: str | None = "labels",
    ids: str | None = None,
    classes: str | None = None,
    votes: str | None = None,
    metadata: list[str] | None = None,
    roots: Roots,
) -> ArrayDataset:
    """A `.npz` file; the options name its arrays. See `from_arrays` for what they hold.

    `labels: null` where the images belong to no class. Arrays named `ids`, `classes` and `votes` are used where the
    file has them; `metadata: [camera, hour]` names arrays of one value a row, for claims on slices. Nothing is ever
    unpickled. Raises SourceError for a missing file, DataError for anything else.
    """
    path = roots.find(source)
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            usual = {name: name if name in archive else None for name in ("ids", "classes", "votes")}
            names = {
                "images": images,
                "labels": labels,
                "ids": ids or usual["ids"],
                "classes": classes or usual["classes"],
                "votes": votes or usual["votes"],
            }
            found = {option: pick(archive, option, name, path) for option, name in names.items() if name}
            found["metadata"] = {name: pick(archive, "metadata", name, path) for name in metadata or ()}
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as a .npz file: {type(error).__name__}: {error}") from error
    return from_arrays(**found, where=str(path))


def pick(archive: Any, option: str, name: str, path: Path) -> Any:
    """One array. Raises DataError that names those there are."""
    if name not in archive.files:
        none = ", or `labels: null` where the images belong to no class" if option == "labels" else ""
        raise DataError(
            f"{path} has no array {name!r}; it has: {', '.join(archive.files)}; "
            f"write `{option}: {'[NAME, ...]' if option == 'metadata' else 'NAME'}` with one of them{none}"
        )
    try:
        return archive[name]
    except ValueError as error:
        if "allow_pickle" not in str(error):
            raise
        raise DataError(
            f"{path}: the array {name!r} holds pickled objects, which are not read; save numbers or text"
        ) from None
