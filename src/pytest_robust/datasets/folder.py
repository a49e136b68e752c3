"""Pictures in a folder: one directory a class, or a CSV file of labels."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Batch
from pytest_robust.datasets import Dataset, check_labels, reader
from pytest_robust.datasets._images import GRAY, Channels, Size, check_mode, check_sizes, to_pixels
from pytest_robust.datasets._metadata import Metadata, from_text
from pytest_robust.datasets._votes import Votes, votes_from_file, with_votes
from pytest_robust.errors import DataError
from pytest_robust.sources import Roots, is_reference

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".webp", ".tif", ".tiff", ".ppm", ".pgm", ".gif"})


@dataclass(frozen=True)
class FolderDataset:
    """Pictures that are decoded when they are asked for."""

    root: Path
    ids: NDArray[np.str_]
    labels: NDArray[np.int64]
    classes: tuple[str, ...] | None
    fingerprint: str
    channels: Channels
    size: Size | None
    votes: Votes | None
    metadata: Metadata
    sizes: NDArray[np.int64]
    """Height and width of each picture as it lies there, (n, 2)."""

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, indices: NDArray[np.intp]) -> Batch:
        """See `Dataset.rows`."""
        from PIL import Image

        decoded = []
        for name in self.ids[indices]:
            with readable(self.root / name), Image.open(self.root / name) as picture:
                decoded.append(to_pixels(picture, self.channels, self.size))
        told = {} if self.votes is None else {"votes": self.votes[indices]}
        return Batch(np.stack(decoded), self.ids[indices], self.labels[indices], columns=told)


def is_folder(source: str) -> bool:
    """Whether a source looks like a folder: a path without an ending. A bare capitalised word is a torchvision name.

    >>> is_folder("photos"), is_folder("./CIFAR10"), is_folder("v1.2/"), is_folder("CIFAR10"), is_folder("a.npz")
    (True, True, True, False, False)
    """
    if source.endswith("/"):
        return True
    return not is_reference(source) and not Path(source).suffix and ("/" in source or not source[:1].isupper())


@reader(accepts=is_folder)
def folder(
    source: str,
    *,
    labels: str | None = None,
    classes: list[str | int] | None = None,
    size: Size | None = None,
    channels: Channels | None = None,
    votes: str | None = None,
    roots: Roots,
) -> Dataset:
    """A folder of pictures; ids are their paths in it, and pixels are read on demand.

    Without `labels`, each directory is a class, in the order of `classes` or else of the alphabet. With `labels`, a CSV
    file (in the folder, or where other paths are looked for) with the columns `file` and `label`: labels are names out
    of `classes`; without `classes` they are class numbers where all are numbers, else names in the order of the
    alphabet. Its other columns are metadata, for claims on slices. `size: [height, width]` resizes pictures that differ
    in size. `channels` is `gray` where all pictures are gray and `rgb` otherwise, unless given. `votes` says how many
    people saw which class: a CSV file with the column `file` and one column a class, or a `.npy` (n, K) in the order of
    the pictures; looked for like `labels`. Like torchvision's ImageFolder it does not turn pictures as their EXIF data
    says.

    Raises SourceError for a missing folder, DataError for anything else.
    """
    root = roots.find(source)
    if not root.is_dir():
        raise DataError(f"{root} is not a folder; give the folder in which the pictures lie")
    beside = replace(roots, folders=(root, *roots.folders))
    order = None if classes is None else [str(name) for name in classes]
    metadata: Metadata = {}
    if labels is None:
        names, words = from_directories(root)
        numeric = False
    else:
        names, words, metadata = from_csv(beside.find(labels), root)
        numeric = order is None and all(word.isdecimal() for word in words)
    if not names:
        raise DataError(
            f"{root} has no images; looked for {', '.join(sorted(ENDINGS))}, in one directory a class; "
            "pictures without such directories need a CSV file of `labels`"
        )
    if numeric:
        order, numbers = None, [int(word) for word in words]
    else:
        order = sorted({*words, *class_directories(root)} if labels is None else {*words}) if order is None else order
        numbers = to_numbers(words, order, names, root)
    ids, found = np.array(names, dtype=np.str_), np.array(numbers, dtype=np.int64)
    check_labels(found, ids, order, str(root))
    gray, sizes = inspect_headers(root, names, size)
    chosen: Channels = channels or ("gray" if gray else "rgb")
    digest = hashlib.sha256(repr((names, numbers, size, chosen)).encode())
    for name in names:
        with (root / name).open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    counts = None if votes is None else votes_from_file(beside.find(votes), ids, order)
    fingerprint = with_votes(digest.hexdigest(), counts)
    known = None if order is None else tuple(order)
    return FolderDataset(root, ids, found, known, fingerprint, chosen, size, counts, metadata, sizes)


def class_directories(root: Path) -> list[str]:
    """The directories of a folder that are classes, sorted."""
    return sorted(path.name for path in root.iterdir() if path.is_dir() and not path.name.startswith("."))


def from_directories(root: Path) -> tuple[list[str], list[str]]:
    """Relative paths and class names of all pictures, by class and path."""
    names, words = [], []
    for word in class_directories(root):
        for path in sorted((root / word).rglob("*")):
            if path.suffix.lower() in ENDINGS and not path.name.startswith(".") and path.is_file():
                names.append(path.relative_to(root).as_posix())
                words.append(word)
    return names, words


def from_csv(csv: Path, root: Path) -> tuple[list[str], list[str], Metadata]:
    """Relative paths, labels and all other columns, in the order of the file. Raises DataError naming the line."""
    import pandas as pd

    try:
        table = pd.read_csv(csv, dtype=str, keep_default_na=False, skipinitialspace=True, skip_blank_lines=False)
    except Exception as error:
        raise DataError(f"{csv} cannot be read as CSV: {type(error).__name__}: {error}") from error
    if not {"file", "label"} <= set(table.columns):
        raise DataError(f"{csv}:1: the columns are {', '.join(map(str, table.columns))}; name two `file` and `label`")
    names, words, kept = [], [], []
    seen: set[str] = set()
    others = [str(column) for column in table.columns if column not in ("file", "label")]
    cells = table[["file", "label", *others]].fillna("").to_numpy(dtype=str).tolist()
    for line, (name, word, *further) in enumerate(cells, start=2):
        if not name and not word:
            continue
        if not word.strip():
            raise DataError(f"{csv}:{line}: no label for {name!r}; give one, or take the row out")
        if name in seen:
            raise DataError(f"{csv}:{line}: {name!r} is named twice; keep one of the rows")
        if not (root / name).is_file():
            raise DataError(f"{csv}:{line}: {root / name} does not exist; paths start at {root}")
        seen.add(name)
        names.append(name)
        words.append(word.strip())
        kept.append(further)
    columns = {name: [row[place] for row in kept] for place, name in enumerate(others)}
    return names, words, from_text(columns)


def to_numbers(words: Sequence[str], order: Sequence[str], names: Sequence[str], root: Path) -> list[int]:
    """Class numbers of class names. Raises DataError naming the picture whose class is not among them."""
    places = {word: place for place, word in enumerate(order)}
    for word, name in zip(words, names, strict=True):
        if word not in places:
            raise DataError(f"{root / name}: its class {word!r} is not among `classes`: {', '.join(order)}")
    return [places[word] for word in words]


def inspect_headers(root: Path, names: Sequence[str], size: Size | None) -> tuple[bool, NDArray[np.int64]]:
    """Whether all pictures are gray; height and width of each, (n, 2), 0 where its header is damaged.

    Raises DataError where no header is whole, or, without `size`, for different sizes.
    """
    from PIL import Image

    gray, first, extents = True, None, []
    damage: DataError | None = None
    for name in names:
        try:
            with readable(root / name), Image.open(root / name) as picture:
                mode, extent = picture.mode, picture.size
        except DataError as error:  # `rows` will raise it again, for this row alone
            damage = damage or error
            extents.append((0, 0))
            continue
        check_mode(mode, str(root / name))
        gray = gray and mode in GRAY
        first = first or (name, extent)
        extents.append(extent[::-1])
        if size is None:
            check_sizes(first, (name, extent))
    if first is None and damage is not None:
        raise damage
    return gray, np.array(extents, dtype=np.int64)


@contextmanager
def readable(path: Path) -> Iterator[None]:
    """Make whatever Pillow says of a damaged file a DataError that names it."""
    try:
        yield
    except Exception as error:
        raise DataError(f"{path} is not a readable image ({error}); replace it, or take it out") from error
