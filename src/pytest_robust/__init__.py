"""pytest-robust: does your model fail gracefully?

Nothing is imported here until it is asked for: every pytest run of the environment imports this package.
"""

from importlib import import_module
from typing import Any

_HOMES = {
    "adapter": "adapters",
    "check": "api",
    "from_arrays": "datasets",
    "generator": "generators",
    "judged_property": "properties",
    "mean_property": "properties",
    "reader": "datasets",
    "run": "api",
}

__all__ = sorted([*_HOMES, "strategies"])


def __getattr__(name: str) -> Any:
    if name == "strategies":
        return import_module("pytest_robust.strategies")
    if name in _HOMES:
        return getattr(import_module(f"pytest_robust.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'pytest_robust' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__]
