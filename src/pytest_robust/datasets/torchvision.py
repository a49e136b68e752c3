"""Data sets that torchvision knows by name, from a folder in which they lie already."""

from __future__ import annotations

import hashlib
import inspect
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Batch, Images
from pytest_robust.datasets import Dataset, check_labels, reader
from pytest_robust.datasets._images import GRAY, Channels, Size, check_mode, check_sizes, to_pixels
from pytest_robust.datasets._votes import Votes, votes_from_file, with_votes
from pytest_robust.errors import DataError, OptionError, SourceError, nearest
from pytest_robust.sources import Roots

UNPICKLED = frozenset({"CIFAR10", "CIFAR100", "LSUN", "LSUNClass"})
"""Data sets that torchvision reads by unpickling; of CIFAR it compares the MD5 sums first."""

OURS = frozenset({"root", "train", "download", "transform", "target_transform", "transforms"})
"""Arguments of torchvision's that are not for `arguments`."""


@dataclass(frozen=True)
class TorchvisionDataset:
    """Rows of a torchvision data set, read when they are asked for."""

    items: Any
    ids: NDArray[np.str_]
    labels: NDArray[np.int64]
    classes: tuple[str, ...] | None
    fingerprint: str
    channels: Channels
    size: Size | None
    votes: Votes | None

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, indices: NDArray[np.intp]) -> Batch:
        """See `Dataset.rows`."""
        pixels = [read(self.items, int(row), self.channels, self.size)[0] for row in indices]
        told = {} if self.votes is None else {"votes": self.votes[indices]}
        return Batch(np.stack(pixels), self.ids[indices], self.labels[indices], columns=told)


def is_name(source: str) -> bool:
    """Whether a source looks like a torchvision name: a bare word with a capital letter.

    >>> is_name("CIFAR10"), is_name("photos")
    (True, False)
    """
    return source.isidentifier() and source[0].isupper()


@reader(accepts=is_name)
def torchvision(
    source: str,
    *,
    root: str = "data",
    split: str | None = None,
    size: Size | None = None,
    channels: Channels | None = None,
    trust_pickle: bool = False,
    arguments: dict[str, Any] | None = None,
    votes: str | None = None,
    roots: Roots,
) -> Dataset:
    """A classification data set of `torchvision.datasets` by name, `CIFAR10` say. Nothing is downloaded.

    `root` is the folder that torchvision calls so. `split` is `test` unless given, for sets that have splits. `size:
    [height, width]` resizes pictures that differ in size. `channels` is `gray` where the first picture is gray and
    `rgb` otherwise, unless given. `trust_pickle: true` is needed for the sets that torchvision reads by unpickling,
    `CIFAR10` and `CIFAR100` among them: unpickling can run any code. `arguments` are further arguments of the data set,
    such as `{split: letters}` of EMNIST, which has a split beside train and test. `votes` is a `.npy` file (n, K) of
    how many people saw which class, in the order of the rows, as the counts of CIFAR-10H are. Opening reads every
    picture once, for its label and the fingerprint; for a large set of files the reader `folder` is faster.

    Raises OptionError or DataError.
    """
    if source in UNPICKLED and not trust_pickle:
        raise OptionError(
            f"torchvision reads {source} by unpickling, and that can run any code; "
            "write `trust_pickle: true` if you trust where the files come from"
        )
    items = construct(source, root, split, arguments or {}, roots)
    first = first_picture(items)
    if first is None:
        raise DataError(f"{source}: no images; a verdict needs at least one")
    chosen: Channels = channels or ("gray" if first.mode in GRAY else "rgb")
    digest, labels = hashlib.sha256(repr((source, size, chosen)).encode()), []
    for row in range(len(items)):
        try:
            pixels, label = read(items, row, chosen, size)
        except UnreadableError:  # `rows` will raise it again, for this row alone
            digest.update(b"unreadable")
            labels.append(label_told(items, row))
            continue
        if size is None:
            check_sizes(("the first", first.size), (f"row {row}", pixels.shape[1::-1]))
        digest.update(hashlib.sha256(repr((pixels.shape, label)).encode() + pixels.tobytes()).digest())
        labels.append(label)
    ids = np.array([str(row) for row in range(len(items))], dtype=np.str_)
    numbers, classes = np.array(labels, dtype=np.int64), class_names(items)
    check_labels(numbers, ids, classes, source)
    counts = None if votes is None else votes_from_file(roots.find(votes), ids, classes)
    fingerprint = with_votes(digest.hexdigest(), counts)
    return TorchvisionDataset(items, ids, numbers, classes, fingerprint, chosen, size, counts)


def construct(source: str, root: str, split: str | None, arguments: dict[str, Any], roots: Roots) -> Any:
    """torchvision's object. Raises OptionError or DataError."""
    from torchvision import datasets

    kind = getattr(datasets, source, None)
    if not (inspect.isclass(kind) and issubclass(kind, datasets.VisionDataset)):
        close = nearest(source, [name for name in datasets.__all__ if name != source])
        raise DataError(f"torchvision has no data set {source!r}; {close}; for a folder write './{source}'")
    takes = parameters(kind)
    free = takes - OURS - ({"split"} if "train" not in takes else set())
    unknown = [name for name in arguments if name not in free]
    if unknown:
        raise OptionError(f"`arguments` of {source} cannot have {unknown[0]!r}; {nearest(unknown[0], sorted(free))}")
    given = {**arguments, **split_of(source, takes, split)}
    if "download" in takes:
        given["download"] = False
    if "root" in takes:
        given["root"] = find_root(source, root, roots)
    try:
        return kind(**given)
    except Exception as error:
        raise DataError(
            f"torchvision cannot read {source} from {given.get('root', 'its arguments')} "
            f"({type(error).__name__}: {error}); check `root` and `split`; "
            "pytest-robust downloads nothing: put the files there yourself"
        ) from error


def parameters(kind: type) -> set[str]:
    """The names of all arguments of a class, those too that it hands on to its parent."""
    names: set[str] = set()
    for parent in kind.__mro__:
        own = inspect.signature(parent).parameters.values()
        names |= {one.name for one in own if one.kind is not one.VAR_KEYWORD}
        if all(one.kind is not one.VAR_KEYWORD for one in own):
            break
    return names


def split_of(source: str, takes: set[str], split: str | None) -> dict[str, Any]:
    """The arguments that say which part of the data is meant. Raises OptionError."""
    if "train" in takes:
        if split not in (None, "train", "test"):
            raise OptionError(f"{source} has the splits train and test, not {split!r}")
        return {"train": split == "train"}
    if "split" in takes:
        return {"split": split or "test"}
    if split is not None:
        raise OptionError(f"{source} has no splits; leave `split` out")
    return {}


def find_root(source: str, root: str, roots: Roots) -> Path:
    """The folder of the files. Raises DataError that says where to put them."""
    try:
        return roots.find(root)
    except SourceError as error:
        raise DataError(
            f"{source} needs a folder `root` with the files that torchvision expects, and {error}; "
            "pytest-robust downloads nothing: put the files there yourself"
        ) from None


class UnreadableError(DataError):
    """One row cannot be read; others may be."""


def first_picture(items: Any) -> Any:
    """The first picture that can be read; None where there are no rows. Raises DataError where no row can be read."""
    error: DataError | None = None
    for row in range(len(items)):
        try:
            return picture_of(items, row)[0]
        except UnreadableError as this:
            error = error or this
    if error is not None:
        raise error
    return None


def picture_of(items: Any, row: int) -> tuple[Any, int]:
    """One picture with its label. Raises UnreadableError or another DataError, naming the row."""
    from PIL import Image

    try:
        item = items[row]
    except Exception as error:
        what = f"{type(items).__name__}: row {row} cannot be read"
        raise UnreadableError(f"{what}: {type(error).__name__}: {error}") from error
    match item:
        case (Image.Image() as picture, int() | np.integer() as label):
            return picture, int(label)
    what = " and ".join(type(part).__name__ for part in item) if isinstance(item, tuple) else type(item).__name__
    raise DataError(
        f"{type(items).__name__}: row {row} is {what}; only classification sets can be used, "
        "with a picture and a class number a row"
    )


def label_told(items: Any, row: int) -> int:
    """The class number of a row that cannot be read, where torchvision has it in a list; -1 where it has not."""
    lists = (getattr(items, name, None) for name in ("targets", "labels", "_labels"))
    told = next((one for one in lists if one is not None and np.shape(one) == (len(items),)), None)
    return -1 if told is None else int(told[row])


def read(items: Any, row: int, channels: Channels, size: Size | None) -> tuple[Images, int]:
    """The pixels (h, w, c) and the label of a row. Raises DataError naming the row."""
    picture, label = picture_of(items, row)
    check_mode(picture.mode, f"{type(items).__name__}: row {row}")
    return to_pixels(picture, channels, size), label


def class_names(items: Any) -> tuple[str, ...] | None:
    """Class names, where the data set tells them; synonyms joined by commas."""
    names = getattr(items, "classes", None)
    if not names:
        return None
    return tuple(name if isinstance(name, str) else ", ".join(map(str, name)) for name in names)
