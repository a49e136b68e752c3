"""pytest-xdist: the checks of one cell share its evidence, so they go to one worker."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_robust.pytest_support import examples


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Take the place of `--dist load`, which `-n` implies; what the user asked for by name is left as it is."""
    if config.getvalue("dist") != "load":
        return None
    from pytest_robust.pytest_support.scheduling import CellScheduling

    if examples.checks(config):
        config.option.loadscopereorder = False  # by size; those that come first are to come first here, too
    return CellScheduling(config, log)
