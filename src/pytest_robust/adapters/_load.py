"""From `model:` in a suite to a loaded model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_robust.adapters import Adapter, Model, registry
from pytest_robust.adapters._answers import reason
from pytest_robust.errors import ModelError, RobustError
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots, where_raised


def load_model(adapter: str | Adapter, options: Mapping[str, Any], roots: Roots) -> Model:
    """Load a model through an adapter or the adapter of this name.

    Raises ModelError, or UnknownNameError, OptionError and SourceError where the suite is at fault; nothing else.
    """
    member = registry.get(adapter, roots) if isinstance(adapter, str) else adapter
    checked = check_options(member.load, options, given=frozenset({"roots"}))
    try:
        return member(roots=roots, **checked)
    except RobustError:
        raise
    except Exception as error:
        place = where_raised(error, Path(str(options.get("source", member.name))))
        raise ModelError(f"{place}: the adapter {member.name!r} cannot load the model: {reason(error)}") from error
