"""pytest-xdist: the checks of one cell share its evidence, so they go to one worker."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_robust.pytest_support.collection import ENDINGS


def scope(nodeid: str) -> str:
    """What is handed to a worker in one piece: a cell of a suite, any other test by itself.

    >>> scope("suites/vision.yaml::weather::fog-3::accuracy")
    'suites/vision.yaml::weather::fog-3'
    >>> scope("tests/test_a.py::TestB::test_c")
    'tests/test_a.py::TestB::test_c'
    """
    path, _, rest = nodeid.partition("::")
    return nodeid.rpartition("::")[0] if rest and path.lower().endswith(ENDINGS) else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Take the place of `--dist load`, which `-n` implies; what the user asked for by name is left as it is."""
    if config.getvalue("dist") != "load":
        return None
    from xdist.scheduler import LoadScopeScheduling

    class CellScheduling(LoadScopeScheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return scope(nodeid)

    return CellScheduling(config, log)
