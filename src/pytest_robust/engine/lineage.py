"""What a run stood on: versions, platform, and the state of the project's checkout."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

from pytest_robust import record
from pytest_robust.engine.address import versions


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


def _git(folder: Path, *words: str) -> str | None:
    try:
        done = subprocess.run(["git", *words], cwd=folder, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
