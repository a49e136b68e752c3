"""Data under DVC: a `.dvc` file, or a stage of `dvc.lock` (https://dvc.org/doc/user-guide/project-structure)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pytest_robust.errors import DataError, nearest
from pytest_robust.training import Told, reader
from pytest_robust.training._open import number_of, text_of, yaml_of

HASHES = ("md5", "checksum", "etag", "version_id")
"""The keys under which DVC writes what identifies a file; of a folder it is the MD5 of a list of its files."""


@reader(accepts=lambda name: name.endswith(".dvc") or name == "dvc.lock", written="NAME.dvc or dvc.lock")
def dvc(path: Path, *, stage: str | None = None) -> Told:
    """Files with their hashes: those that a `.dvc` file stands for, or those that a stage of `dvc.lock` read.

        training: {source: dvc.lock, stage: train}

    Rows of these files are not known, so that no overlap can be looked for. Raises DataError.
    """
    content = yaml_of(text_of(path), path.name).plain()
    if path.name == "dvc.lock":
        read = entries(chosen(content, stage, path.name), "deps")
        what = f"what stage {stage!r} read"
    elif stage is not None:
        raise DataError(f"`stage` goes with dvc.lock; {path.name} has none, leave it out")
    else:
        read, what = entries(content, "outs"), "what it tracks"
    found = {str(entry["path"]): identity(entry) for entry in read if "path" in entry}
    if not found:
        raise DataError(f"{path.name}: no path in it says {what}; name a file that `dvc add` or `dvc repro` wrote")
    return Told({**found, **dict(origins(content))})


def chosen(content: Any, stage: str | None, name: str) -> Any:
    """A stage of `dvc.lock`. Raises DataError that names those there are."""
    stages = content.get("stages") if isinstance(content, dict) else None
    if not isinstance(stages, dict) or not stages:
        raise DataError(f"{name}: there are no `stages` in it; name the file that `dvc repro` wrote")
    if stage is None:
        raise DataError(f"which stage of {name} trained the model? write `stage:`; there are: {', '.join(stages)}")
    if stage not in stages:
        raise DataError(f"{name} has no stage {stage!r}; {nearest(stage, stages)}")
    return stages[stage]


def entries(content: Any, key: str) -> list[dict[str, Any]]:
    """The entries of a list under a key; none where there is no such list."""
    found = content.get(key) if isinstance(content, dict) else None
    return [entry for entry in found if isinstance(entry, dict)] if isinstance(found, list) else []


def identity(entry: dict[str, Any]) -> str:
    """What identifies a file or folder, and how large it is.

    >>> identity({"path": "data", "md5": "a304.dir", "size": 1204, "nfiles": 3})
    'md5 a304.dir, 1,204 bytes, 3 files'
    """
    hashes = [f"{name} {entry[name]}" for name in HASHES if name in entry]
    sizes = [number_of(entry.get("size"), "bytes"), number_of(entry.get("nfiles"), "files")]
    return ", ".join(word for word in (*hashes, *sizes) if word) or "no hash"


def origins(content: Any) -> Iterator[tuple[str, str]]:
    """Where the files of a `.dvc` file were imported from, as `dvc import` and `dvc import-url` write it."""
    for entry in entries(content, "deps"):
        repository = entry.get("repo")
        if isinstance(repository, dict):
            revision = repository.get("rev_lock") or repository.get("rev") or "no revision"
            yield "imported from", f"{entry.get('path', '')} of {repository.get('url', 'a repository')} at {revision}"
        elif "path" in entry:
            yield "imported from", f"{entry['path']}, {identity(entry)}"
