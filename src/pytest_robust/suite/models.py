"""A suite as its author writes it. Whether the plug-ins it names exist is checked later, by the plan."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import core_schema

from pytest_robust.suite.claims import CLAIM, EXAMPLES, Claim, parse_claim
from pytest_robust.suite.numbers import LEVEL, Level, parse_level

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.\-]{0,79}$"

Name = Annotated[str, Field(pattern=NAME)]
"""A name that fits into a pytest node id: no `::`, no brackets, no blanks."""

ParsedLevel = Annotated[
    Level,
    BeforeValidator(parse_level),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": LEVEL}]}),
]
ParsedClaim = Annotated[
    Claim, BeforeValidator(parse_claim), WithJsonSchema({"type": "string", "pattern": CLAIM, "examples": [*EXAMPLES]})
]


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


class ModelSpec(Document):
    """Which model, and through which adapter. All other keys are options of the adapter."""

    model_config = ConfigDict(extra="allow")

    adapter: str
    """`torch`, `callable`, or `path.py:object`."""

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class DataSpec(Document):
    """Which data. A string is short for `{source: string}`; other keys are options of the reader."""

    model_config = ConfigDict(extra="allow")

    reader: str | None = None
    """`python`, `npz`, `folder`, `torchvision`; found out from the source where absent."""
    source: str
    """`path.py:object`, `file.npz`, a folder of images, or the name of a torchvision data set."""

    @model_validator(mode="before")
    @classmethod
    def from_string(cls, value: Any) -> Any:
        return {"source": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [{"type": "string"}, handler(core)]}

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class GeneratorSpec(Document):
    """A generator with its options: `fog`, or `{blend: {pairs: confusable}}`."""

    name: Annotated[str, Field(min_length=1)]
    options: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def from_short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and len(value) == 1:
            ((name, options),) = value.items()
            if options is None or isinstance(options, dict):
                return {"name": name, "options": options or {}}
        raise ValueError("a generator is a name, or one name with its options: `fog` or `{blend: {pairs: confusable}}`")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        options = {"anyOf": [{"type": "object"}, {"type": "null"}]}
        with_options = {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": options}
        return {"anyOf": [{"type": "string", "minLength": 1}, with_options], "description": cls.__doc__}


class ClaimSpec(Document):
    """A claim; the long form `{claim: ..., xfail: ...}` marks a weakness that the owner knows of."""

    claim: ParsedClaim
    xfail: Annotated[str, Field(min_length=1)] | None = None
    """Why the claim is known not to hold. Strict: when it begins to hold, that is reported."""

    @model_validator(mode="before")
    @classmethod
    def from_string(cls, value: Any) -> Any:
        return {"claim": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        long = handler.resolve_ref_schema(handler(core))
        return {"anyOf": [long["properties"]["claim"], long]}


Levels = Annotated[list[ParsedLevel], Field(min_length=1), OneOrMany()]


class Scenario(Document):
    """One family of hard inputs and what must hold for it."""

    description: str | None = None
    """What it stands for, in the report."""
    data: str | None = None
    """A name under `data:`; the first one where absent."""
    generate: Annotated[list[GeneratorSpec], Field(min_length=1), OneOrMany()]
    """Generators; each is used at each of its levels."""
    severity: Levels | None = None
    """For generators on the severity scale; all that a generator declares where absent."""
    epsilon: Levels | None = None
    """For attacks: the size of the perturbation in pixel units, `8/255`."""
    weight: Levels | None = None
    """For blends: the share of the first parent."""
    require: Annotated[list[ClaimSpec], OneOrMany()] = []
    """Claims, each checked in every cell that its `at` condition covers."""
    tags: Annotated[list[Name], OneOrMany()] = []
    """pytest markers for `-m`."""


class StatisticsSpec(Document):
    """The errors that verdicts are allowed, and what they may cost."""

    alpha_pass: Annotated[float, Field(gt=0, lt=0.5)] = 0.05
    """P(PASS | the claim is false), a claim."""
    flake_budget: Annotated[float, Field(gt=0, lt=0.5)] = 0.01
    """P(any FAIL | all claims are true), the whole suite."""
    rows: Annotated[int, Field(ge=1)] | None = None
    """At most so many rows a cell; all where absent."""
    early_stopping: bool = True
    """Stop asking for rows once a claim is settled."""


class Suite(Document):
    """The whole file."""

    name: Name | None = None
    """The file's name without its ending where absent."""
    seed: Annotated[int, Field(ge=0)] = 0
    """All randomness derives from it."""
    model: ModelSpec
    """The model under test."""
    data: Annotated[dict[Name, DataSpec], Field(min_length=1, json_schema_extra={"additionalProperties": False})]
    """Data sets by name; the first is the one that scenarios use unless they say otherwise."""
    require: Annotated[list[ClaimSpec], OneOrMany()] = []
    """Claims that hold in every cell of which they can be asked: `accuracy` where there is one right class, say."""
    scenarios: Annotated[dict[Name, Scenario], Field(min_length=1, json_schema_extra={"additionalProperties": False})]
    """Families of hard inputs by name."""
    statistics: StatisticsSpec = StatisticsSpec()
    """The errors that verdicts are allowed."""
    batch: Annotated[int, Field(ge=1)] = 128
    """Rows generated and predicted at a time."""
