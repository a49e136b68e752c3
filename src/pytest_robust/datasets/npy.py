"""Images in one numpy array, as CIFAR-10-C and CIFAR-10.1 are published."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pytest_robust.datasets import ArrayDataset, from_arrays, reader
from pytest_robust.errors import DataError
from pytest_robust.sources import Roots

SEVERITIES = 5

Severity = Annotated[int, Field(ge=1, le=SEVERITIES)]


@reader(accepts=lambda source: source.endswith(".npy"))
def npy(
    source: str,
    *,
    labels: str | None = "labels.npy",
    severity: Severity | None = None,
    classes: list[str] | None = None,
    votes: str | None = None,
    roots: Roots,
) -> ArrayDataset:
    """A `.npy` array of images; see `from_arrays` for what it holds. It is mapped, not loaded.

        data:
          foggy: {source: CIFAR-10-C/fog.npy, severity: 3}

    `labels` and `votes` name further arrays, looked for beside the images and then where all paths are; `labels: null`
    where the images belong to no class. `severity` takes that fifth of images and labels, as CIFAR-10-C is laid
    out; labels for one fifth alone are as good, and so are votes. Rows are numbered within what is taken, so that they
    have the ids of the unperturbed ones. Nothing is ever unpickled. Raises SourceError for a missing file, DataError
    for anything else.
    """
    path = roots.find(source)
    images = mapped(path)
    count = len(images)
    part = slice(None)
    if severity is not None:
        count, rest = divmod(len(images), SEVERITIES)
        if rest:
            raise DataError(f"{path} has {len(images)} rows, which do not make five severities; leave `severity` out")
        part = slice((severity - 1) * count, severity * count)

    def beside(name: str | None) -> NDArray[Any] | None:
        if name is None:
            return None
        near = path.parent / name
        found = mapped(near if near.is_file() else roots.find(name))
        return found if len(found) == count else found[part]

    return from_arrays(images[part], beside(labels), classes=classes, votes=beside(votes), where=str(path))


def mapped(path: Path) -> NDArray[Any]:
    """An array on disk. Raises DataError."""
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        pickled = "; pickled objects are not read, save numbers" if "allow_pickle" in str(error) else ""
        raise DataError(f"{path} cannot be read as a .npy array: {type(error).__name__}: {error}{pickled}") from error
    if not isinstance(found, np.ndarray) or not found.ndim:
        raise DataError(f"{path} is not one array of rows; save one with numpy.save, or name a .npz file")
    return found
