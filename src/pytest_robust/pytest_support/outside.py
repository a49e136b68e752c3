"""A project as a run of pytest would see it, for commands that are no run."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_robust.errors import RobustError
from pytest_robust.pytest_support import settings

QUIETLY = ("--assert=plain", "--capture=no")
"""Nothing is tested: what is loaded already cannot be rewritten, and the terminal is the command's."""


def configuration(suite: Path | None = None, *options: str) -> pytest.Config:
    """What pytest would be configured with here, for a suite. Raises RobustError where it cannot be."""
    try:
        config = pytest.Config.fromdictargs({}, [*QUIETLY, *options, *([] if suite is None else [str(suite)])])
        config._ensure_unconfigure()  # lets go of what plug-ins hold for a run
    except Exception as error:  # of whatever a configuration file or a conftest.py holds
        raise RobustError(f"pytest cannot be configured here: {error}") from error
    return config


def cache_folder(config: pytest.Config) -> Path:
    """Where a run would keep evidence, unless its command line says otherwise. Nothing is made.

    Raises RobustError where the setting says that none is kept.
    """
    asked: str = config.getini("robust_cache")
    if asked == "none":
        raise RobustError("robust_cache is `none`: nothing is kept; name the folder with --cache")
    if asked:
        return config.rootpath / Path(asked).expanduser()
    folder = Path(os.path.expandvars(config.getini("cache_dir"))).expanduser()
    return config.rootpath / folder / "d" / settings.CACHE
