"""Pictures that were made elsewhere, row by row of the data."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.errors import GenerationError
from pytest_robust.generators import Rows, generator
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS

MODES = {1: "L", 3: "RGB"}
FOLDERS = ("severity-{}", "{}")
"""What the folder of a severity is called."""


def label(options: Mapping[str, Any]) -> str:
    """`premade-fog` for `fog.npy` or the folder `fog`: not to be taken for what the generator `fog` makes."""
    return f"premade-{re.sub(r'[^A-Za-z0-9_.-]', '_', options['source'].stem)}"


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    needs=("labels", "rows"),
    label=label,
    risk="A published benchmark, or shifts that the suite's author photographed, rendered or collected.",
)
def premade(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,  # noqa: ARG001
    labels: NDArray[np.int64],
    rows: Rows,
    source: Path,
) -> Images:
    """The picture of each row at a severity, from `source`, as it lies there. Nothing is computed.

        premade: {source: CIFAR-10-C/fog.npy}

    `source` is one of

    - a `.npy` array of (5 n, h, w, c) uint8, as CIFAR-10-C is published: the first n pictures are the rows of the data
      in their order at severity 1, and so on. It is mapped, not loaded. Labels in a `labels.npy` beside it, (5 n,) or
      (n,), must be the data's, where the data has some.
    - a folder with a folder for each severity, `severity-1` or `1`, in which the pictures are called by the ids of the
      rows, as ImageNet-C is published. Pictures are decoded to RGB or grey as the data is.

    ImageNet-C on disk was resized, cropped and, after the corruption, saved as JPEG of quality 85. The same corruption
    in memory is another benchmark, with other numbers; compare neither with the other.

    `images` (n, h, w, c), `labels` (n,). Raises GenerationError where pictures are missing, of another size, or of
    other rows than the data's.
    """
    if severity not in LEVELS:
        raise GenerationError(f"premade: there is no severity {severity:g}; there are 1, 2, 3, 4 and 5")
    if source.is_dir():
        return from_folder(source, int(severity), rows, images)
    return from_array(source, int(severity), rows, images, labels)


def from_array(source: Path, severity: int, rows: Rows, images: Images, labels: NDArray[np.int64]) -> Images:
    """Rows of one fifth of an array. Raises GenerationError."""
    pictures = mapped(source)
    if pictures.ndim == 3:  # grey
        pictures = pictures[..., None]
    wanted = (len(LEVELS) * rows.count, *images.shape[1:])
    if pictures.dtype != np.uint8 or pictures.shape != wanted:
        raise GenerationError(
            f"premade: {source} holds {pictures.dtype} of shape {pictures.shape}; for {rows.count} rows like the "
            f"data's at five severities it must hold uint8 of shape {wanted}"
        )
    places = (severity - 1) * rows.count + rows.positions
    beside = source.with_name("labels.npy")
    if beside != source and beside.is_file():
        theirs = mapped(beside)
        if theirs.shape not in ((rows.count,), wanted[:1]):
            raise GenerationError(
                f"premade: {beside} holds labels of shape {theirs.shape}; for {rows.count} rows it must be "
                f"{wanted[:1]} or {(rows.count,)}"
            )
        own = theirs[places % len(theirs)]
        wrong = np.flatnonzero((labels >= 0) & (own != labels))
        if len(wrong):
            row = wrong[0]
            raise GenerationError(
                f"premade: {beside} says {own[row]} for row {str(rows.ids[row])!r}, the data {labels[row]}; "
                "the pictures must be of the data's rows, in the data's order"
            )
    return np.array(pictures[places])


def mapped(path: Path) -> NDArray[Any]:
    """An array on disk. Raises GenerationError; nothing is unpickled."""
    try:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise GenerationError(f"premade: {path} cannot be read as a .npy array: {error}") from error
    if not isinstance(found, np.ndarray):
        raise GenerationError(f"premade: {path} is an archive of several arrays; save one array as .npy")
    return found


def from_folder(source: Path, severity: int, rows: Rows, images: Images) -> Images:
    """Pictures by the ids of their rows. Raises GenerationError."""
    folders = [source / name.format(severity) for name in FOLDERS]
    folder = next((one for one in folders if one.is_dir()), None)
    if folder is None:
        raise GenerationError(f"premade: {source} has no folder {' or '.join(one.name for one in folders)}")
    made = np.empty(images.shape, np.uint8)
    for name, place in zip(rows.ids.tolist(), made, strict=True):
        place[...] = decoded(folder / name, place.shape)
    return made


def decoded(path: Path, shape: tuple[int, ...]) -> NDArray[Any]:
    """A picture of this shape (h, w, 1 or 3). Raises GenerationError."""
    from PIL import Image

    height, width, channels = shape
    if channels not in MODES:
        raise GenerationError(f"premade: images have {channels} channels; give grey (1 channel) or RGB (3 channels)")
    if not path.is_file():
        raise GenerationError(f"premade: {path} does not exist; pictures are called by the ids of the data's rows")
    try:
        with Image.open(path) as picture:
            opaque = picture.convert("RGBA") if "transparency" in picture.info else picture
            found = np.asarray(opaque.convert(MODES[channels]))
    except Exception as error:
        raise GenerationError(f"premade: {path} is not a readable image ({error})") from error
    if found.shape[:2] != (height, width):
        raise GenerationError(
            f"premade: {path} is {found.shape[0]} x {found.shape[1]}, and the data {height} x {width}; "
            "give the data the size of the pictures: `size: [height, width]` under `data:`"
        )
    return found.reshape(shape)
