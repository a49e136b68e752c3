"""How much room the evidence store takes, and making some: what was used longest ago goes first.

Nothing in the store needs to be kept, so a cell that is removed while another run wants it is made again there. Cells
that are being made at this moment are left alone. The ledger beside them is no evidence and stays.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_robust.engine.store import FORMAT, is_locked

VERSION = re.compile(r"v\d+")
KEY = re.compile(r"[0-9a-f]{64}(-\d+)?")
"""What a cell's folder is called. A folder with another name is somebody else's, wherever it lies."""
GONE = ".gone"
SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB)\s*", re.IGNORECASE)
UNITS = {"b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12}


@dataclass(frozen=True, slots=True)
class Kept:
    """The evidence of one cell."""

    folder: Path
    bytes: int
    used: float
    """When it was last read or written, in seconds since 1970."""
    readable: bool
    """Whether this version reads it."""


def kept(folder: Path) -> list[Kept]:
    """The cells in a store, of any version of it, the one used longest ago first. Other files are not looked at."""
    found = [
        Kept(cell, sum(sizes(cell)), modified(cell), version.name == FORMAT)
        for version in inside(folder)
        if VERSION.fullmatch(version.name)
        for shelf in inside(version)
        for cell in inside(shelf)
        if KEY.fullmatch(cell.name) and cell.name[:2] == shelf.name
    ]
    return sorted(found, key=lambda one: (one.readable, one.used, one.folder.name))


def removed(cells: Iterable[Kept], down_to: int = 0) -> Iterator[Kept]:
    """Remove cells, in this order, until those that are left take `down_to` bytes at most; gives those removed.

    What cannot be removed, or is being written at this moment, stays.
    """
    cells = list(cells)
    left = sum(one.bytes for one in cells)
    for one in cells:
        if left <= down_to:
            return
        if remove(one.folder):
            left -= one.bytes
            yield one


def remove(cell: Path) -> bool:
    """Remove one cell; false where it stays. It is renamed first, so that nobody finds half of it."""
    if is_locked(cell):
        return False
    aside = cell.with_name(f".{cell.name}.{os.getpid()}{GONE}")
    try:
        cell.rename(aside)
    except OSError:
        return False
    for left_by_a_kill in cell.parent.glob(f".*{GONE}"):
        shutil.rmtree(left_by_a_kill, ignore_errors=True)
    with contextlib.suppress(OSError):  # other cells are on this shelf
        cell.parent.rmdir()
    return True


def parse_size(text: str) -> int:
    """Bytes of a size as people write it, in powers of ten. Raises ValueError.

    >>> parse_size("1.5 GB"), parse_size("200MB")
    (1500000000, 200000000)
    """
    found = SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no size; write a number with B, kB, MB, GB or TB, such as `10 GB`")
    return int(float(found[1]) * UNITS[found[2].lower()])


def written_size(size: int) -> str:
    """A size for a reader.

    >>> written_size(0), written_size(999), written_size(1_234_000), written_size(20_000_000_000)
    ('0 B', '999 B', '1.23 MB', '20 GB')
    """
    unit = next((unit for unit in ("TB", "GB", "MB", "kB") if size >= UNITS[unit.lower()]), "B")
    return f"{size / UNITS[unit.lower()]:.3g} {unit}"


def inside(folder: Path) -> list[Path]:
    """The folders in a folder; none where it cannot be read. Links are not followed."""
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return []


def sizes(cell: Path) -> Iterator[int]:
    """Of the files of a cell."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(cell):
            with contextlib.suppress(OSError):
                yield entry.stat(follow_symlinks=False).st_size


def modified(cell: Path) -> float:
    """When a chunk was last written or read, see `Store.read`."""
    try:
        return cell.stat().st_mtime
    except OSError:
        return 0.0
