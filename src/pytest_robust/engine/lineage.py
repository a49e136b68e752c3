"""What a run stood on: versions, platform, the state of the project's checkout, and where the model came from."""

from __future__ import annotations

import hashlib
import platform
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from pytest_robust import record
from pytest_robust.adapters import Model
from pytest_robust.engine.address import versions
from pytest_robust.errors import SourceError
from pytest_robust.sources import Roots, from_root, is_reference

REMOTE = frozenset({"https", "http", "ssh", "git"})
"""Schemes of addresses that mean the same on another machine."""
SHORT = re.compile(r"(?:[^/@:]+@)?([^/@:]{2,}):(?!/)(.+)")
"""`git@host:path`, as git and nobody else writes it. A single letter before the colon is a disk of Windows."""


def environment(folder: Path, device: str | None) -> record.Environment:
    """The environment of this process; `folder` lies in the project's checkout, if there is one."""
    return record.Environment(
        python=platform.python_version(),
        platform=platform.platform(),
        packages=versions(),
        device=device,
        revision=revision(folder),
    )


def revision(folder: Path) -> record.Revision | None:
    """Commit and state of the git checkout that holds a folder; None without git, a checkout or a commit."""
    commit = _git(folder, "rev-parse", "HEAD")
    status = _git(folder, "status", "--porcelain", "--untracked-files=no")
    if commit is None or status is None:
        return None
    return record.Revision(commit=commit, dirty=bool(status))


def repository(folder: Path) -> str | None:
    """The address that the git checkout of a folder was cloned from; None where it has none that others could use."""
    address = _git(folder, "remote", "get-url", "origin")
    return None if address is None else public(address)


def public(address: str) -> str | None:
    """An address of a repository as a URL without name and password; None for a folder.

    >>> public("https://me:secret@example.org/a/b.git"), public("git@example.org:a/b.git"), public("../b.git")
    ('https://example.org/a/b.git', 'ssh://example.org/a/b.git', None)
    """
    if short := SHORT.fullmatch(address):
        address = f"ssh://{short[1]}/{short[2].lstrip('/')}"
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", "")) if host and parts.scheme in REMOTE else None


def weights(model: Model, roots: Roots) -> list[record.File]:
    """The files that a model's weights were read from, as far as its adapter tells them, in the order of the suite."""
    files: tuple[Path, ...] = getattr(model, "files", ())
    return [_file(path, roots) for path in files]


def data_file(source: str, roots: Roots) -> record.File | None:
    """The file that a source of data names, where it is one file, and no code."""
    if is_reference(source):
        return None
    try:
        path = roots.find(source)
        return _file(path, roots) if path.is_file() else None
    except (SourceError, OSError):  # a data set by name
        return None


def _file(path: Path, roots: Roots) -> record.File:
    return record.File(path=from_root(path, roots.project), sha256=sha256_of(path), bytes=path.stat().st_size)


def sha256_of(path: Path) -> str:
    """Of a file's bytes, in hexadecimal. Raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
