"""Data made by a user's own code."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_robust.datasets import Dataset, check_labels, from_arrays, reader
from pytest_robust.datasets._metadata import metadata_of
from pytest_robust.errors import DataError
from pytest_robust.sources import Roots, is_reference, load_object, where_raised

EXPECTED = (
    "expected (images, labels), a mapping with images and labels, perhaps ids, classes, votes and metadata, "
    "or an object that is a pytest_robust.datasets.Dataset; labels may be None"
)
KEYS = ("images", "labels", "ids", "classes", "votes", "metadata")


@reader(accepts=is_reference)
def python(source: str, *, roots: Roots) -> Dataset:
    """`path.py:object`: data, or a function without arguments that returns data.

    Data is (images, labels); or a mapping with `images`, `labels` and, if you like, `ids`, `classes`, `votes` and
    `metadata`; or an object that is a `Dataset`. See `from_arrays` for the arrays. Labels are None where the images
    belong to no class.

    Raises SourceError for a reference that cannot be loaded, DataError for anything else.
    """
    found = load_object(source, roots)
    if callable(found) and (isinstance(found, type) or not isinstance(found, Dataset)):
        try:
            found = found()
        except Exception as error:
            place = where_raised(error, Path(source))
            raise DataError(f"{place}: {source} raised {type(error).__name__}: {error}") from error
    return as_dataset(found, source)


def as_dataset(found: Any, where: str) -> Dataset:
    """Data in any of the forms above, as a `Dataset`. `where` names it in messages. Raises DataError.

    >>> import numpy as np
    >>> as_dataset((np.zeros((2, 4, 4, 3), np.uint8), [0, 1]), "here").labels.tolist()
    [0, 1]
    """
    if isinstance(found, Dataset):
        if not len(found):
            raise DataError(f"{where}: no images; a verdict needs at least one")
        check_labels(found.labels, found.ids, found.classes, where)
        metadata_of(found, where)
        return found
    if isinstance(found, tuple) and len(found) == 2:
        return from_arrays(*found, where=where)
    if isinstance(found, Mapping) and "images" in found and "labels" in found:
        unknown = [str(key) for key in found if key not in KEYS]
        if unknown:
            raise DataError(f"{where}: unknown keys {', '.join(unknown)}; there are: {', '.join(KEYS)}")
        return from_arrays(**found, where=where)
    what = f"a tuple of {len(found)}" if isinstance(found, tuple) else type(found).__name__
    what = f"a mapping with keys {', '.join(map(str, found))}" if isinstance(found, Mapping) else what
    raise DataError(f"{where}: this is {what}; {EXPECTED}")
