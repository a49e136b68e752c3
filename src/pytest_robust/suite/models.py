"""A suite as its author writes it. Whether the plug-ins it names exist is checked later, by the plan."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, WithJsonSchema, model_validator
from pydantic_core import core_schema

from pytest_robust.suite.claims import CLAIM, EXAMPLES, Claim, parse_claim
from pytest_robust.suite.confusions import CONFUSION, Confusion, parse_confusion
from pytest_robust.suite.document import Document, Name, OneOrMany, WithOptions
from pytest_robust.suite.numbers import LEVEL, Level, parse_level
from pytest_robust.suite.risk import HazardSpec, RiskSpec, WaiverSpec
from pytest_robust.suite.training import TrainingSpec

ParsedLevel = Annotated[
    Level,
    BeforeValidator(parse_level),
    WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0}, {"type": "string", "pattern": LEVEL}]}),
]
ParsedClaim = Annotated[
    Claim, BeforeValidator(parse_claim), WithJsonSchema({"type": "string", "pattern": CLAIM, "examples": [*EXAMPLES]})
]


ParsedConfusion = Annotated[
    Confusion, BeforeValidator(parse_confusion), WithJsonSchema({"type": "string", "pattern": CONFUSION})
]


class ModelSpec(WithOptions):
    """Which model, and through which adapter. All other keys are options of the adapter."""

    adapter: str
    """`torch`, `callable`, or `path.py:object`."""


def name_or_number(value: Any) -> Any:
    """A class as an author writes it; raises ValueError for anything else."""
    if type(value) in (str, int):
        return value
    raise ValueError(f"{value!r} is no class; write its name in quotes, or its number")


Classes = Annotated[list[Annotated[str | int, BeforeValidator(name_or_number)]], Field(min_length=1), OneOrMany()]


class DataSpec(WithOptions):
    """Which data. A string is short for `{source: string}`; other keys are options of the reader."""

    reader: str | None = None
    """`python`, `npz`, `npy`, `folder`, `torchvision`; found out from the source where absent."""
    source: str
    """`path.py:object`, `file.npz`, `file.npy`, a folder of images, or the name of a torchvision data set."""
    only: Classes | None = None
    """The classes whose rows are used, by name or number: `[cat, dog]`. See `without`."""
    without: Classes | None = None
    """The classes whose rows are left out; all others are used. Where data and model name their classes, labels are
    then the model's numbers by name; if the model knows none of the classes that are left, they are held out: rows of
    no class, for `unfamiliar`. Otherwise labels stay as they are."""

    @model_validator(mode="after")
    def one_choice(self) -> DataSpec:
        if self.only is not None and self.without is not None:
            raise ValueError("`only` and `without` exclude each other; write one of them")
        return self

    @model_validator(mode="before")
    @classmethod
    def from_string(cls, value: Any) -> Any:
        return {"source": value} if isinstance(value, str) else value

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        # Resolved, as a reference would lead back here: pydantic 2.9 makes one for a model with two validators.
        return {"anyOf": [{"type": "string"}, handler.resolve_ref_schema(handler(core))]}


class GeneratorSpec(Document):
    """A generator with its options: `fog`, or `{blend: {pairs: confusable}}`; a list is the first option."""

    name: Annotated[str, Field(min_length=1)]
    options: dict[str, Any] | list[Any] = {}

    @model_validator(mode="before")
    @classmethod
    def from_short_form(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": value}
        if isinstance(value, dict) and len(value) == 1:
            ((name, options),) = value.items()
            if options is None or isinstance(options, dict | list):
                return {"name": name, "options": options or {}}
        raise ValueError("a generator is a name, or one name with its options: `fog` or `{blend: {pairs: confusable}}`")

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        options = {"anyOf": [{"type": "object"}, {"type": "array"}, {"type": "null"}]}
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
    draws: Annotated[int, Field(ge=1, le=100)] = 1
    """How often the randomness of each row is drawn; what is asked of a row is the mean over its draws."""
    require: Annotated[list[ClaimSpec], OneOrMany()] = []
    """Claims, each checked in every cell that its `at` condition covers."""
    tags: Annotated[list[Name], OneOrMany()] = []
    """pytest markers for `-m`."""


def tree_or_path(value: Any) -> Any:
    """A class tree as an author writes it; its inside is looked at by the plan. Raises ValueError for anything else."""
    if isinstance(value, str | dict | list) and value:
        return value
    raise ValueError(
        "'hierarchy' is a tree of classes, such as `{animals: [cat, dog], vehicles: [car, truck]}`, or the path of a "
        "YAML file that holds one"
    )


def costs_or_path(value: Any) -> Any:
    """Costs as an author writes them; their inside is looked at by the plan. Raises ValueError for anything else."""
    if isinstance(value, str | dict) and value:
        return value
    raise ValueError(
        "'costs' say what each mistake costs, such as `{stop_sign: {speed_limit_100: 10}, default: 1}`, or are the "
        "path of a CSV file that does"
    )


class MistakesSpec(Document):
    """What mistakes cost, and which must never happen: for all claims that ask for it, such as `mistake_cost <= 0.1`
    and `never`."""

    hierarchy: Annotated[
        Any,
        BeforeValidator(tree_or_path),
        WithJsonSchema({"type": ["string", "object", "array"], "examples": [{"animals": ["cat", "dog"]}]}),
    ] = None
    """A tree with every class as a leaf, or the path of a YAML file: a mistake costs the more, the further up its two
    classes meet. Instead of `costs`."""
    costs: Annotated[
        Any,
        BeforeValidator(costs_or_path),
        WithJsonSchema({"type": ["string", "object"], "examples": [{"stop_sign": {"go": 10}, "default": 1}]}),
    ] = None
    """What it costs to answer one class where another is right, by right class and answer, with `default` for what is
    not named; or the path of a CSV file: answers in its header, right classes in its first column."""
    never: Annotated[list[ParsedConfusion], OneOrMany()] = []
    """Confusions that must never happen: `right class -> answer`, with `*` for every class on one side."""

    @model_validator(mode="after")
    def one_scale(self) -> MistakesSpec:
        if self.hierarchy is not None and self.costs is not None:
            raise ValueError("`hierarchy` and `costs` both say what mistakes cost; write one of them")
        return self


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
    training: TrainingSpec | None = None
    """The data that the model was trained on, for the report, and to see that no test row is among them."""
    mistakes: MistakesSpec | None = None
    """What mistakes cost, and which must never happen."""
    require: Annotated[list[ClaimSpec], OneOrMany()] = []
    """Claims that hold in every cell of which they can be asked: `accuracy` where there is one right class, say."""
    scenarios: Annotated[dict[Name, Scenario], Field(min_length=1, json_schema_extra={"additionalProperties": False})]
    """Families of hard inputs by name."""
    risk: RiskSpec | None = None
    """How bad a mistake is and how free the model is to make it: what decides the tier."""
    hazards: Annotated[dict[Name, HazardSpec], Field(json_schema_extra={"additionalProperties": False})] = {}
    """What a mistake may lead to, by name, and what must hold so that it does not."""
    waivers: list[WaiverSpec] = []
    """Checks that need not pass for now."""
    statistics: StatisticsSpec = StatisticsSpec()
    """The errors that verdicts are allowed."""
    batch: Annotated[int, Field(ge=1)] | None = None
    """Rows generated and predicted at a time; by itself 128, and fewer of images larger than 112 x 112 pixels."""
    timeout: Annotated[float, Field(gt=0, le=86_400)] = 600
    """Seconds that the model may take to answer one batch; then it counts as hung, and its checks end in ERROR."""
