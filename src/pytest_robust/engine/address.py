"""The address of a cell's evidence: a hash of everything that decides what the evidence is.

A threshold is no part of it, so that changing one asks the model nothing; a weight is, and the generator's source.
"""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Callable
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

from pytest_robust.adapters import Model
from pytest_robust.datasets import Dataset
from pytest_robust.engine.draw import Draw
from pytest_robust.engine.plan import Cell
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
)
"""What pixels and answers are made with. All that are installed count, used or not: better a few cells made again for
nothing than one that is stale."""


def address(cell: Cell, *, dataset: Dataset, draw: Draw, model: Model, suite_seed: int, batch: int) -> str:
    """The SHA-256 under which evidence of this cell is kept.

    Covered: model, device, data, rows and their order, generator with source and options, level, seed and scenario (the
    source of randomness), rows a chunk, versions. Not covered: the content of files that a generator reads.
    """
    told = {
        "model": model.fingerprint,
        "device": model.description.get("device"),
        "data": dataset.fingerprint,
        "rows": draw.digest,
        "generator": cell.generator.name,
        "truth": cell.generator.truth,
        "source": source_digest(cell.generator.make),
        "options": dict(cell.options),
        "level": None if cell.level is None else cell.level.value,
        "seed": suite_seed,
        "scenario": cell.scenario,
        "batch": batch,
        "versions": versions(),
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=repr).encode()).hexdigest()


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


def source_digest(function: Callable[..., Any]) -> str:
    """SHA-256 over the file that a function stands in, the files beside it that it imports, and what it closes over."""
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
