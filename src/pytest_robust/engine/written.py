"""Options of a generator as text, the way a suite writes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pytest_robust.generators._chain import Step
from pytest_robust.suite.numbers import number_text


def options_text(options: Mapping[str, Any]) -> dict[str, str]:
    """Checked options by name, defaults included.

    >>> options_text({"steps": 20, "random_start": False, "class_": "cat", "chain": ["fog", {"rain": {"p": 0.5}}]})
    {'steps': '20', 'random_start': 'false', 'class': 'cat', 'chain': '[fog, {rain: {p: 0.5}}]'}
    """
    return {name.removesuffix("_"): text(value) for name, value in options.items()}


def text(value: Any) -> str:
    """One value, `null` for none; of an object of a plug-in's own its type, as its text may differ from run to run."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {text(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(text, value)) + "]"
    if isinstance(value, Step):
        return "{" + f"{value.called}: {text(value.options)}" + "}" if value.options else value.called
    return str(value) if isinstance(value, str | Path) else type(value).__name__
