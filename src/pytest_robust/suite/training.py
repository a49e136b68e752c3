"""What a suite says of the data that the model was trained on."""

from __future__ import annotations

from typing import Any

from pydantic import GetJsonSchemaHandler, model_validator
from pydantic_core import core_schema

from pytest_robust.suite.document import WithOptions


class TrainingSpec(WithOptions):
    """The data that the model was trained on: a file that tells of them, or a data set of the suite. A string is short
    for `{source: string}`; other keys are options of the file's reader, such as `stage` of a `dvc.lock`."""

    source: str | None = None
    """A manifest of `robust manifest`, a `.dvc` file, a `dvc.lock`, a `.safetensors` file or a model card, `.md`."""
    data: str | None = None
    """The name of a data set under `data:`, instead of a file: the training rows themselves."""

    @model_validator(mode="after")
    def one_source(self) -> TrainingSpec:
        if (self.source is None) == (self.data is None):
            raise ValueError(
                "training data are a file or a data set of the suite; write `training: training.json` or "
                "`training: {data: train}`"
            )
        if self.data is not None and self.options:
            raise ValueError(f"`data` has no options here; write {', '.join(map(repr, self.options))} under `data:`")
        return self

    @model_validator(mode="before")
    @classmethod
    def from_string(cls, value: Any) -> Any:
        return {"source": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        long = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [{"type": "string"}, {**long, "oneOf": [{"required": ["source"]}, {"required": ["data"]}]}]}
