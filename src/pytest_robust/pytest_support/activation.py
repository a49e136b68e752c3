"""Switch the plug-in on, in a run with `--robust`."""

from __future__ import annotations

import pytest

from pytest_robust.pytest_support import collection, distribution, ending, items, settings, status
from pytest_robust.pytest_support.session import Session
from pytest_robust.pytest_support.termination import Termination


def activate(config: pytest.Config) -> None:
    """Read the settings and register the hooks. Only the controller of a distributed run gathers and writes."""
    found = settings.read(config)
    config.stash[settings.KEY] = found
    if config.args_source is pytest.Config.ArgsSource.TESTPATHS:
        config.args.extend(str(path) for path in sorted(found.suites))
    for module in (collection, items, status, distribution, ending):
        config.pluginmanager.register(module, module.__name__)
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Session(config), "robust-session")
        config.pluginmanager.register(Termination(), "robust-termination")
