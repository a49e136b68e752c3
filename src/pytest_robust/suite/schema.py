"""The JSON Schema of suite files, for editors. It ships with the package as `schema.json` beside this module."""

from __future__ import annotations

from typing import Any

from pydantic.json_schema import GenerateJsonSchema

from pytest_robust.suite.models import Suite


class _Untitled(GenerateJsonSchema):
    """Without a title for each field, which would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002
        return False


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a suite file, short forms included.

    >>> json_schema()["required"]
    ['model', 'data', 'scenarios']
    """
    schema = Suite.model_json_schema(schema_generator=_Untitled)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema, "title": "A suite of pytest-robust"}
