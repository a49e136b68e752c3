"""What all parts of a suite file share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import core_schema

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}$"

Name = Annotated[str, Field(pattern=NAME)]
"""A name that fits into a pytest node id: no `::`, no brackets, no blanks."""


class OneOrMany:
    """Annotates a list that may be written as its only item: `fog` is as good as `[fog]`."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        def as_list(value: Any) -> Any:
            return list(value) if isinstance(value, list | tuple) else [value]

        return core_schema.no_info_before_validator_function(as_list, handler(source))

    def __get_pydantic_json_schema__(
        self, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        many = handler(core)
        return {"anyOf": [many["items"], many]}


class Document(BaseModel):
    """Immutable; nothing is converted silently, and a key that is not known is a mistake.

    Docstrings of fields go into the JSON Schema.
    """

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", use_attribute_docstrings=True)


class WithOptions(Document):
    """All keys that it does not know are options, of an adapter or of a reader."""

    model_config = ConfigDict(extra="allow")

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})
