"""The run record: one documented model a concept. A report is a rendering of it and of nothing else.

Everything in a `Record` but its `run` section is a function of the suite, the model, the data and the
versions: two runs of one seed write the same bytes there, whatever was cached, killed or run in parallel.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION = "1.0"

Outcome = Literal["PASS", "FAIL", "INCONCLUSIVE", "NOT RUN", "ERROR"]
Gate = Literal["regression", "release"]
Interval = tuple[float, float]


class Part(BaseModel):
    """Immutable, and strict about names it does not know; docstrings of fields go into the JSON Schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, ser_json_inf_nan="null")


class Place(Part):
    """Where in the suite file a claim stands, counted from 1."""

    path: str
    """The suite file, relative to the project's root."""
    line: int
    column: int


class Guess(Part):
    """One class with the probability that the model gave it."""

    label: str
    probability: float | None
    """Between 0 and 1; null where the model's answer was not finite."""


class Counterexample(Part):
    """One input that contradicts a claim, worst first, with what a person needs to see it."""

    row: str
    """The id of the base image in its data set; of both parents, joined by `+`, where there are two."""
    label: str | None
    """The right class, where there is one."""
    before: list[Guess]
    """The three highest answers to the unperturbed image."""
    after: list[Guess]
    """The three highest answers to the generated image."""
    original: str | None = None
    """The unperturbed image as a `data:image/webp;base64,` address of at most 12 kB."""
    perturbed: str | None = None
    """The generated image, likewise; null where it is the same."""
    difference: str | None = None
    """128 + 10 x (perturbed - original), clipped to 0-255, likewise."""


class Verdict(Part):
    """What one check found: a claim about one property in one cell, and the error it is stated with."""

    id: str
    """`scenario::cell::property`, unique within the suite."""
    outcome: Outcome
    scenario: str
    cell: str
    """Generator and severity, such as `fog-3`."""
    generator: str
    severity: float | None
    """Severity, epsilon or weight, by the generator's scale; null where it has none."""
    property: str
    claim: str
    """The claim as the suite's author wrote it."""
    threshold: float | None = None
    """The claimed bound, in the property's unit; null for a claim that holds for every row or not at all."""
    operator: Literal[">=", "<="] | None = None
    estimate: float | None = None
    """The observed value over the n rows; null where it is not estimable."""
    interval: Interval | None = None
    """A confidence interval for the property, at the protocol's `interval_confidence`; null where none exists."""
    n: int = 0
    """How many base images the verdict rests on."""
    method: str | None = None
    """The procedure that settled the claim, or failed to: `betting e-process`, `Clopper-Pearson`, ..."""
    log10_e_value: float | None = None
    """log10 of the larger e-value (for PASS or for FAIL) at n, where an e-process ran."""
    p_value: float | None = None
    """p-value of the fixed-n test in the direction of the outcome, where it ran."""
    rows_needed: int | None = None
    """For INCONCLUSIVE: about how many more base images would settle it (80 % power) at the present
    estimate; null where none would."""
    reason: str | None = None
    """Why the check did not run, what went wrong, or why it cannot be settled."""
    xfail: str | None = None
    """The owner's word on a known weakness, from the suite."""
    place: Place
    tags: list[str] = []
    counterexamples: list[Counterexample] = []
    """At most five."""


class Bin(Part):
    """One bin of a reliability diagram."""

    confidence: float
    """Mean confidence of the bin's rows."""
    accuracy: float
    """Share of them that are right."""
    count: int


class CellSummary(Part):
    """What the figures draw of one cell: a digest of its evidence, whatever was claimed of it."""

    id: str
    """`scenario::cell`."""
    scenario: str
    generator: str
    cell: str
    severity: float | None
    kind: str
    """The generator's kind: clean, corruption, attack, ambiguity, outlier, ..."""
    truth: str
    n: int
    """Rows of evidence."""
    accuracy: float | None = None
    """Share of rows that are right; null where there is no right class."""
    accuracy_interval: Interval | None = None
    mean_confidence: float | None = None
    mean_entropy: float | None = None
    """In units of ln K: 0 is certain, 1 is uniform."""
    reliability: list[Bin] = []
    """Equal-mass bins in order of confidence; empty where there is no right class."""
    calibrated_band: list[Interval] = []
    """For each of those bins, where its accuracy falls with 95 % probability if the model is calibrated."""
    risk_coverage: list[tuple[float, float]] = []
    """(coverage, error among the answered), answering the most confident rows first; at most 50 points."""
    confidence_histogram: list[int] = []
    """Counts of confidence in 20 equal-width bins over 0 to 1."""


class DataSet(Part):
    """One data set of the suite, as it was read."""

    name: str
    source: str
    rows: int
    classes: list[str] | None
    sha256: str
    """Over pixels, labels, ids and their order."""


class Model(Part):
    """The model under test, as it was loaded."""

    adapter: str
    source: str
    sha256: str
    """Over weights, code of the factory and preprocessing."""
    classes: list[str]
    description: dict[str, str] = {}
    """Device, preprocessing, parameter count and the like, for a reader."""


class Protocol(Part):
    """How the verdicts were reached and with what error."""

    alpha_pass: float
    """P(PASS | claim false), for each claim."""
    flake_budget: float
    """P(any FAIL | all claims true), for the whole suite."""
    alpha_fail: float
    """flake_budget shared equally by the suite's statistical claims."""
    claims: int
    """How many statistical claims share it."""
    sequential_share: float
    """Share of each alpha spent on the e-process; the rest goes to the fixed-n test."""
    early_stopping: bool
    rows: int | None
    """Row budget a cell; null for all rows of its data set."""
    interval_confidence: float
    """Confidence of the reported two-sided intervals."""


class SuiteIdentity(Part):
    """The suite as it stood."""

    name: str
    path: str
    sha256: str
    seed: int
    text: str
    """The suite file, whole."""


class Revision(Part):
    """The state of the project's git checkout."""

    commit: str
    dirty: bool
    """Whether tracked files differed from the commit."""


class Environment(Part):
    """What the run stood on."""

    python: str
    platform: str
    packages: dict[str, str]
    device: str | None = None
    revision: Revision | None = None


class Run(Part):
    """What differs between two runs of the same thing. Not part of the digest."""

    started: str
    """UTC, ISO 8601."""
    seconds: float
    command: str
    gate: Gate
    exit_status: int
    predictions: int = 0
    """Rows that the model was asked about in this run; the rest came from the cache."""
    cached: int = 0
    """Rows of evidence read from the cache."""
    interrupted: bool = False
    warnings: list[str] = []


class Record(Part):
    """The result of one run of one suite. Its digest covers everything but `run`."""

    schema_version: Annotated[str, Field(pattern=r"^\d+\.\d+$")] = SCHEMA_VERSION
    suite: SuiteIdentity
    model: Model | None
    """Null where it could not be loaded, or nothing ran."""
    data: list[DataSet]
    protocol: Protocol
    environment: Environment
    cells: list[CellSummary]
    verdicts: list[Verdict]
    """Every planned check, in the order of the suite, those that did not run included."""
    run: Run
    digest: str = ""
    """SHA-256 of the canonical JSON of all fields but `run` and `digest`; `record.save` fills it in."""
