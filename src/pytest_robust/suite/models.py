"""A suite as its author writes it. Whether the plug-ins it names exist is checked later, by the plan."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from pytest_robust.suite.claims import Claim, parse_claim
from pytest_robust.suite.numbers import Level, parse_level

NAME = r"^[A-Za-z0-9][A-Za-z0-9_.\-]*$"

Name = Annotated[str, Field(pattern=NAME, max_length=80)]
"""A name that fits into a pytest node id: no `::`, no brackets, no blanks."""

ParsedLevel = Annotated[Level, BeforeValidator(parse_level)]
ParsedClaim = Annotated[Claim, BeforeValidator(lambda text: parse_claim(str(text)))]


def one_or_many(value: Any) -> Any:
    """`fog` is as good as `[fog]`."""
    return list(value) if isinstance(value, list | tuple) else [value]


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

    @property
    def options(self) -> dict[str, Any]:
        return dict(self.model_extra or {})


class GeneratorSpec(Document):
    """A generator with its options: `fog`, or `{blend: {pairs: confusable}}`."""

    name: str
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


class ClaimSpec(Document):
    """A claim; the long form `{claim: ..., xfail: ...}` marks a weakness that the owner knows of."""

    claim: ParsedClaim
    xfail: Annotated[str, Field(min_length=1)] | None = None
    """Why the claim is known not to hold. Strict: when it begins to hold, that is reported."""

    @model_validator(mode="before")
    @classmethod
    def from_string(cls, value: Any) -> Any:
        return {"claim": value} if isinstance(value, str) else value


class Scenario(Document):
    """One family of hard inputs and what must hold for it."""

    description: str | None = None
    data: str | None = None
    """A name under `data:`; the first one where absent."""
    generate: Annotated[list[GeneratorSpec], BeforeValidator(one_or_many), Field(min_length=1)]
    severity: Annotated[list[ParsedLevel], BeforeValidator(one_or_many), Field(min_length=1)] | None = None
    """For generators on the severity scale; all that a generator declares where absent."""
    epsilon: Annotated[list[ParsedLevel], BeforeValidator(one_or_many), Field(min_length=1)] | None = None
    """For attacks: the size of the perturbation in pixel units, `8/255`."""
    weight: Annotated[list[ParsedLevel], BeforeValidator(one_or_many), Field(min_length=1)] | None = None
    """For blends: the share of the first parent."""
    require: Annotated[list[ClaimSpec], BeforeValidator(one_or_many)] = []
    """Claims, each checked in every cell that its `at` condition covers."""
    tags: Annotated[list[Name], BeforeValidator(one_or_many)] = []
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
    data: Annotated[dict[Name, DataSpec], Field(min_length=1)]
    """Data sets by name; the first is the one that scenarios use unless they say otherwise."""
    require: Annotated[list[ClaimSpec], BeforeValidator(one_or_many)] = []
    """Claims that hold in every cell of every scenario."""
    scenarios: Annotated[dict[Name, Scenario], Field(min_length=1)]
    statistics: StatisticsSpec = StatisticsSpec()
    batch: Annotated[int, Field(ge=1)] = 128
    """Rows generated and predicted at a time."""
