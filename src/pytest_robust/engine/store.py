"""The evidence store: chunks of evidence under the hash of everything they depend on.

    <folder>/v1/<key[:2]>/<key>/<part>.chunk     32 bytes of SHA-256, then the arrays as npz

Nothing in it needs to be trusted or kept: a chunk that is damaged is made again, a folder that cannot be written is
done without. Two processes that want the same chunk wait for one another, by a lock that dies with its owner.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

from pytest_robust.carriers import Columns
from pytest_robust.engine.clock import timed
from pytest_robust.record.files import why, write_atomically

FORMAT = "v1"


class Store:
    """Chunks by key and part. `folder` is None to keep nothing; messages for the summary go into `warnings`."""

    def __init__(self, folder: Path | None, warnings: list[str]) -> None:
        self.folder = folder
        self.warnings = warnings
        self.writable = folder is not None
        self._used: set[Path] = set()

    @timed("disk")
    def read(self, key: str, part: str, fits: Callable[[Columns], bool] = bool) -> Columns | None:
        """The arrays of a chunk; None where it is not there, is damaged, or does not fit what was asked for."""
        path = self._path(key, part)
        if path is None:
            return None
        try:
            content = path.read_bytes()
        except OSError:
            return None
        self._note_use(path.parent)
        try:
            found = unpack(content)
            if not fits(found):
                raise ValueError("of other rows, or of another form, than its name says")
            return found
        except ValueError as error:
            message = f"{path}: {error}; the evidence in it was made again"
            if message not in self.warnings:
                self.warnings.append(message)
            return None

    @timed("disk")
    def write(self, key: str, part: str, columns: Columns) -> None:
        """Keep a chunk. Where it cannot be written (full disk, read-only folder): one warning, no second try."""
        path = self._path(key, part)
        if path is None or self.folder is None or not self.writable:
            return
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(path, pack(columns), durable=False)  # a checksum tells what a power failure left
        except OSError as error:
            self.writable = False
            self.warnings.append(
                f"evidence cannot be kept in {self.folder}: {why(error, self.folder)}; went on without it, "
                "the next run makes it again"
            )

    @contextlib.contextmanager
    def lock(self, key: str) -> Iterator[None]:
        """Hold the right to make chunks of this key. Without locks, two processes may both make one: the same bytes."""
        path = self._path(key, "lock")
        file = None
        if path is not None and self.writable:
            with contextlib.suppress(OSError):
                path.parent.mkdir(parents=True, exist_ok=True)
                file = path.with_suffix("").open("ab")
        if file is None:
            yield
            return
        with file:
            with timed("disk"):
                locked = wait_for(file)
            if locked:
                for left_by_a_kill in Path(file.name).parent.glob(".*.tmp"):
                    left_by_a_kill.unlink(missing_ok=True)
            yield

    def _note_use(self, cell: Path) -> None:
        """Set a cell's time, once a run: what was used longest ago makes room for others."""
        if cell not in self._used:
            self._used.add(cell)
            with contextlib.suppress(OSError):
                os.utime(cell)

    def _path(self, key: str, part: str) -> Path | None:
        return None if self.folder is None else self.folder / FORMAT / key[:2] / key / f"{part}.chunk"


def pack(columns: Columns) -> bytes:
    """Arrays as bytes, with their checksum. Object arrays are refused: nothing is ever pickled."""
    if any(column.dtype.hasobject for column in columns.values()):
        raise TypeError("a column of Python objects cannot be kept without pickle; columns are numbers or text")
    buffer = io.BytesIO()
    np.savez(buffer, **dict(columns))  # type: ignore[arg-type]
    content = buffer.getvalue()
    return hashlib.sha256(content).digest() + content


def unpack(content: bytes) -> Columns:
    """The arrays packed by `pack`. Raises ValueError for anything else.

    >>> unpack(pack({"labels": np.array([3, 1])}))["labels"].tolist()
    [3, 1]
    >>> unpack(pack({})[:-1])
    Traceback (most recent call last):
    ValueError: damaged: checksum and content differ
    """
    checksum, payload = content[:32], content[32:]
    if hashlib.sha256(payload).digest() != checksum:
        raise ValueError("damaged: checksum and content differ")
    try:
        with np.load(io.BytesIO(payload), allow_pickle=False) as arrays:
            return dict(arrays)
    except (zipfile.BadZipFile, OSError, KeyError) as error:
        raise ValueError(f"no evidence: {error}") from None


def wait_for(file: BinaryIO) -> bool:
    """Lock a file until it is closed or the process ends, however it ends. False where there are no locks."""
    try:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
    except (ImportError, OSError):
        return False
    return True


def is_locked(cell: Path) -> bool:
    """Whether a process holds the right to make chunks of this cell at this moment."""
    try:
        import fcntl

        with (cell / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (ImportError, OSError):
        return False
    return False
