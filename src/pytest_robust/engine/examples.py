"""Counterexamples that are kept from run to run, in a folder that can be committed: two small files each.

    <id>.png     the input as the model was shown it, 8 bits, lossless
    <id>.json    an `Example`: whose it is, and what the model answered

The id is a digest of the picture and its check, so that the same failure writes the same bytes, and an edited file is
recognised. The picture is written first: there is an example where there is a JSON file.
"""

from __future__ import annotations

import hashlib
import io
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import ValidationError

from pytest_robust.carriers import Images
from pytest_robust.errors import DataError
from pytest_robust.record import Guess, Region
from pytest_robust.record.files import write_atomically
from pytest_robust.record.part import Part

NAME = re.compile(r"[0-9a-f]{12}\.(json|png)")
MODES = {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}
"""What Pillow calls pictures of so many channels."""
LARGEST = 64_000_000
"""Pixels of a picture that is read."""


class Example(Part):
    """What is known of a kept counterexample. No absolute path, no time."""

    schema_version: Literal[1] = 1
    suite: str
    """The suite file, as its checks are named in pytest."""
    check: str
    """`scenario::cell::property`"""
    claim: str
    data: str
    row: str
    """The id of the base image in its data set."""
    label: str | None
    """The right class, where there is one."""
    cell: str
    """Generator and level of the cell that it was found in, such as `fog-3`."""
    level: str | None
    """The lowest that was found to be enough, as the suite would write it; of a chain its steps."""
    region: Region | None = None
    """Outside of which the picture is the original, where a part of the change was found to be enough."""
    seed: int
    """The suite's."""
    before: list[Guess]
    """The three highest answers to the unperturbed image, when it was kept."""
    after: list[Guess]
    """The three highest answers to the picture, when it was kept."""

    @property
    def nodeid(self) -> str:
        """What pytest calls its check."""
        return f"{self.suite}::{self.check}"


@dataclass(frozen=True, slots=True)
class Kept:
    """An example in its folder."""

    id: str
    example: Example
    folder: Path

    @property
    def picture(self) -> Path:
        """Where the picture is, if nobody removed it."""
        return self.folder / f"{self.id}.png"

    def pixels(self) -> Images:
        """The picture (h, w, c). Raises DataError where it is not there, not whole or another one; needs Pillow."""
        from PIL import Image

        try:
            with Image.open(self.picture, formats=["PNG"]) as picture:
                if picture.mode not in MODES.values() or picture.width * picture.height > LARGEST:
                    raise DataError(f"{self.picture.name}: not a picture that was kept: {picture.mode} {picture.size}")
                pixels = np.asarray(picture)
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
            raise DataError(f"{self.picture.name}: cannot be read: {error}") from error
        pixels = pixels[..., None] if pixels.ndim == 2 else pixels
        if identity(self.example, pixels) != self.id:
            raise DataError(f"{self.picture.name}: not what was kept: it or its JSON file was edited; restore both")
        return pixels


def identity(example: Example, pixels: Images) -> str:
    """The first 12 hexadecimal digits of a SHA-256 over the check and the picture (h, w, c) uint8."""
    shown = f"{example.nodeid}\0{pixels.shape}\0".encode() + np.ascontiguousarray(pixels).tobytes()
    return hashlib.sha256(shown).hexdigest()[:12]


def read(folder: Path) -> tuple[list[Kept], list[str]]:
    """The examples in a folder, by their ids, and what else lies there, in words. Pictures are not opened."""
    found, strange = [], []
    try:
        paths = sorted(path for path in folder.iterdir() if not path.name.startswith("."))
    except (FileNotFoundError, NotADirectoryError):
        return [], []
    except OSError as error:
        return [], [f"cannot be read: {error.strerror}"]
    for path in paths:
        if not NAME.fullmatch(path.name):
            strange.append(f"{path.name}: not a kept counterexample; left alone")
        elif path.suffix == ".json":
            try:
                example = Example.model_validate_json(path.read_bytes())
                found.append(Kept(path.stem, example, folder))
            except OSError as error:
                strange.append(f"{path.name}: cannot be read: {error.strerror}; left alone")
            except ValidationError as error:
                first = error.errors()[0]
                where = ".".join(map(str, first["loc"]))
                said = f"{where}: {first['msg']}" if where else first["msg"]
                strange.append(f"{path.name}: damaged, or of another version: {said}; left alone")
        elif path.with_suffix(".json") not in paths:
            strange.append(f"{path.name}: a picture without its JSON file; left alone")
    return found, strange


def keep(folder: Path, example: Example, pixels: Images) -> str:
    """Write an example, both files or none, and give its id. Needs Pillow. Raises OSError."""
    from PIL import Image

    name = identity(example, pixels)
    written = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)).save(written, "PNG")
    folder.mkdir(parents=True, exist_ok=True)
    picture, description = folder / f"{name}.png", folder / f"{name}.json"
    write_atomically(picture, written.getvalue())
    try:
        write_atomically(description, f"{example.model_dump_json(indent=1)}\n".encode())
    except OSError:
        if not description.exists():  # half an example is none
            picture.unlink()
        raise
    return name


def drop(kept: Kept) -> None:
    """Remove both files of an example. Raises OSError."""
    (kept.folder / f"{kept.id}.json").unlink(missing_ok=True)
    kept.picture.unlink(missing_ok=True)
