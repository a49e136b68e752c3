"""Why a check of a suite is not among the items of a run: what the command line left out."""

from __future__ import annotations

import pytest


def why_unselected(config: pytest.Config) -> str:
    """The selection in force, in the words of the command line.

    Made from the options alone, so that a distributed run, whose workers do the selecting, says the same.
    """
    option = config.option
    parts = [f"-k {option.keyword!r}"] if option.keyword else []
    parts += [f"-m {option.markexpr!r}"] if option.markexpr else []
    parts += [f"--deselect {nodeid}" for nodeid in option.deselect or ()]
    parts += ["--last-failed"] if getattr(option, "lf", False) else []
    parts += ["--stepwise"] if getattr(option, "stepwise", False) else []
    parts += ["the node ids given"] if any("::" in argument for argument in config.args) else []
    return f"not selected: {', '.join(parts)}" if parts else "not selected"
