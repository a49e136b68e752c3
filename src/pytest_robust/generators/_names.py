"""Names of cells that say which of its options a generator was given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any


def with_option(name: str, option: str) -> Callable[[Mapping[str, Any]], str]:
    """The generator's name and the value of one option, so that two values can stand in one scenario.

    >>> with_option("flip", "direction")({"direction": "vertical"})
    'flip-vertical'
    """
    return lambda options: f"{name}-{options[option]}"
