"""The address of a cell's evidence: a hash of everything that decides what the evidence is.

A threshold is no part of it, so that changing one asks the model nothing; a weight is, and the generator's source.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from pytest_robust.adapters import Model
from pytest_robust.datasets import Dataset
from pytest_robust.engine.draw import Draw
from pytest_robust.engine.plan import Cell
from pytest_robust.generators import Generator
from pytest_robust.sources import with_neighbours

PACKAGES = (
    "pytest-robust",
    "numpy",
    "scipy",
    "torch",
    "torchvision",
    "albumentations",
    "albucore",
    "opencv-python-headless",
    "opencv-python",
    "pillow",
    "pyautoattack",
)
"""What pixels and answers are made with. All that are installed count, used or not: better a few cells made again for
nothing than one that is stale."""


def address(cell: Cell, *, dataset: Dataset, draw: Draw, model: Model, suite_seed: int, batch: int) -> str:
    """The SHA-256 under which evidence of this cell is kept.

    Covered: model, device, data, rows and their order, generator with source and options, level, seed, scenario and
    draws (the source of randomness), variant, rows a chunk, versions. Of a path among the options the content is
    covered; not covered is what a generator reads without being told of it by an option.
    """
    covered = {
        "model": model.fingerprint,
        "device": model.description.get("device"),
        "data": dataset.fingerprint,
        "rows": draw.digest,
        "source": source_digest(cell.generator.make),
        **inputs_of(cell, suite_seed),
        "draws": cell.draws,
        "variant": cell.variant,
        "batch": batch,
        "versions": versions(),
    }
    return digest_of(covered)


def inputs_of(cell: Cell, suite_seed: int) -> dict[str, Any]:
    """What turns rows into the cell's inputs, by the generator's code: its options, level, seed and scenario."""
    return {
        "generator": cell.generator.name,
        "truth": cell.generator.truth,
        "options": {name: told(value) for name, value in cell.options.items()},
        "level": None if cell.level is None else cell.level.value,
        "seed": suite_seed,
        "scenario": cell.scenario,
    }


def digest_of(covered: Mapping[str, Any]) -> str:
    """The SHA-256 of values that JSON can hold; of others, of their `repr`."""
    return hashlib.sha256(json.dumps(covered, sort_keys=True, default=repr).encode()).hexdigest()


def told(value: Any) -> Any:
    """An option as JSON can hold it: a path as a digest of what lies there, a generator with its source."""
    if isinstance(value, Path):
        return content_digest(value)
    if isinstance(value, Generator):
        return [value.name, source_digest(value.make)]
    if is_dataclass(value) and not isinstance(value, type):
        return {one.name: told(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, Mapping):
        return {str(name): told(inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [told(inner) for inner in value]
    return value


@cache
def content_digest(path: Path) -> str:
    """SHA-256 over a file, or over all files of a folder and their names. Once a process."""
    digest = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            digest.update(file.relative_to(path).as_posix().encode() + b"\0")
            with file.open("rb") as stream:
                digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()


@cache
def versions() -> dict[str, str]:
    """Versions of the installed packages that make pixels and answers. Nothing is imported."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


@cache
def source_digest(function: Callable[..., Any]) -> str:
    """SHA-256 over the file that a function stands in, the files beside it that it imports, and what it closes over.

    Once a process, which runs the code that it has loaded, whatever becomes of the file.
    """
    digest = hashlib.sha256()
    written = inspect.unwrap(function)
    for enclosed in getattr(written, "__closure__", None) or ():
        value = enclosed.cell_contents
        told = source_digest(value) if inspect.isfunction(value) and value is not written else repr(value)
        digest.update(told.encode())
        if isinstance(value, np.ndarray):  # whose `repr` leaves out most of a large one
            digest.update(value.tobytes())
    path = source_file(function)
    if path is None:
        code = getattr(written, "__code__", None)
        digest.update(repr((code.co_code, code.co_consts, code.co_names) if code else written).encode())
        return digest.hexdigest()
    for file in sorted(with_neighbours(path)):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def source_file(function: Callable[..., Any]) -> Path | None:
    """The file that a function stands in; None for one that was never in a file."""
    try:
        path = inspect.getsourcefile(inspect.unwrap(function))
    except TypeError:
        return None
    return Path(path) if path is not None and Path(path).is_file() else None
