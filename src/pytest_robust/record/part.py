"""What all models of the record share."""

from __future__ import annotations

import re
from typing import Any

from pydantic import BaseModel, ConfigDict, field_validator

Interval = tuple[float, float]

HALVES = re.compile("[\ud800-\udfff]")
"""Halves of characters, which no UTF-8 can hold; they come from file names that are none."""


class Part(BaseModel):
    """Immutable, and strict about names it does not know; docstrings of fields go into the JSON Schema."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        use_attribute_docstrings=True,
        ser_json_inf_nan="null",
        protected_namespaces=(),  # pydantic 2.9 warns of `model_sha256`
    )

    @field_validator("*")
    @classmethod
    def written(cls, value: Any) -> Any:
        """The value as a file can hold it."""
        return whole(value)


def whole(value: Any) -> Any:
    """The value with halves of characters in its texts as escapes.

    >>> whole(["caf\\udce9.png"])
    ['caf\\\\udce9.png']
    """
    if isinstance(value, str):
        return value if value.isascii() else HALVES.sub(lambda half: f"\\u{ord(half[0]):04x}", value)
    if isinstance(value, (list, tuple)):
        return type(value)(map(whole, value))
    if isinstance(value, dict):
        return {whole(key): whole(one) for key, one in value.items()}
    return value


class Place(Part):
    """Where in the suite file something stands, counted from 1."""

    path: str
    """The suite file, relative to the project's root."""
    line: int
    column: int
