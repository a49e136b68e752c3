"""The run record: one documented model a concept. A report is a rendering of it and of nothing else.

Everything in a `Record` but its `run` section is a function of the suite, the model, the data and the
versions: two runs of one seed write the same bytes there, whatever was cached, killed or run in parallel.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from pytest_robust.record.lineage import File, Lineage
from pytest_robust.record.part import Interval, Part, Place
from pytest_robust.record.profile import Profile
from pytest_robust.record.risk import Hazard, Risk, Waiver
from pytest_robust.record.sections import Section

SCHEMA_VERSION = "1.3"

Outcome = Literal["PASS", "FAIL", "INCONCLUSIVE", "NOT RUN", "ERROR"]
Trend = Literal["REGRESSED", "IMPROVED", "NOT PROVEN"]
Settled = Literal["PASS", "FAIL", "INCONCLUSIVE"]
Gate = Literal["regression", "release"]


class Guess(Part):
    """One class with the probability that the model gave it."""

    label: str
    probability: float | None
    """Between 0 and 1; null where the model's answer was not finite."""


class Region(Part):
    """A rectangle of an image, in pixels from its top left corner."""

    top: int
    left: int
    height: int
    width: int
    image_height: int
    image_width: int


class Smallest(Part):
    """The simplest input made of a row that still contradicts the claim."""

    level: str
    """The lowest severity or epsilon found at which it does, as the suite would write it; of a chain, the steps needed,
    each at its lowest: `fog-2+jpeg_compression-1`."""
    region: Region | None = None
    """Where the image differs from the original, if a part of the change is enough; null where it is not at most half
    of the image, where the change moves what is shown, and before schema 1.3."""
    after: list[Guess]
    """The three highest answers to it."""
    perturbed: str | None = None
    """The image, see `Counterexample`; null where it is the original."""
    difference: str | None = None


class Counterexample(Part):
    """One input that contradicts a claim, worst first, with what a person needs to see it."""

    row: str
    """The id of the base image in its data set; of both parents, joined by `+`, where there are two."""
    cell: str | None = None
    """Of a claim about several cells the one that is shown, such as `fog-3`."""
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
    position: int | None = None
    """Where the row stands in its cell, in the order drawn, counted from 0: as in `CellSummary.right_rows`."""
    level: str | None = None
    """The smallest epsilon or severity that was found to fool the model on this row, as the suite would write it; null
    where none was looked for, or found."""
    smallest: Smallest | None = None
    """Null where there is no level to lower, where the row fails unperturbed too, and before schema 1.3."""


class SliceResult(Part):
    """One slice of the data that a claim is about."""

    name: str
    """Such as `class 7`, `brightness low (<= 0.31)` or `camera front`."""
    n: int
    """How many of the verdict's base images are in it."""
    estimate: float | None = None
    """The observed value over these; null where there are none."""
    interval: Interval | None = None
    """A confidence interval for the property in this slice, at the protocol's `interval_confidence`."""
    outcome: Settled
    """Whether the claim holds in this slice, with the errors that the verdict is stated with."""


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
    family: str | None = None
    """The way to fail gracefully that the property is about, such as `Holds back`; null where it is none of those."""
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
    """How many base images the verdict rests on; of what is measured, how many questions."""
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
    by: str | None = None
    """What slices the data, where the claim is of every slice. The estimate is then that of the worst slice, and the
    interval is for the worst slice's value, whichever it is; n counts the images of all slices."""
    slices: list[SliceResult] = []
    """All slices, worst estimate first; those without images last."""
    counterexamples: list[Counterexample] = []
    """At most five."""


class Bin(Part):
    """One bin of a reliability diagram."""

    confidence: float
    """Mean confidence of the bin's rows."""
    accuracy: float
    """Share of them that are right."""
    count: int


class Scores(Part):
    """How familiar the images of this cell, and the familiar ones, look to a score: higher is more unfamiliar."""

    score: str
    """`msp`, `max_logit`, `energy`, `knn` or `mahalanobis`."""
    edges: list[float]
    """Of equal-width bins over both, one more than counts."""
    familiar: list[int]
    """Counts a bin."""
    unfamiliar: list[int]
    auroc: float
    """P(an unfamiliar image scores above a familiar one), ties counted half."""
    threshold: float | None = None
    """The highest score that 95 % of the unfamiliar images reach; null where these are fewer than 20."""
    fpr_at_tpr95: float | None = None
    """Share of familiar images that reach it too."""


class Disagreement(Part):
    """Images on which people disagree about as much."""

    people: float
    """Mean entropy of their votes, in units of ln K."""
    model: float
    """Mean entropy of the model's answers, likewise."""
    interval: Interval | None = None
    """For the latter, at the protocol's `interval_confidence`."""
    count: int


class Suspect(Part):
    """A row whose label may be wrong: the model is sure of another class, surer than it usually is of that class."""

    row: str
    label: str
    answer: str
    probability: float
    """Of the answer."""


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
    accuracy_by_epsilon: list[tuple[float, float]] = []
    """For attacks that look for the smallest change: (epsilon, share of rows that no smaller change was found to fool),
    for all epsilons from 0 on, whatever the cell's own; at most 50 points."""
    confidence_histogram: list[int] = []
    """Counts of confidence in 20 equal-width bins over 0 to 1."""
    data: str | None = None
    """The name of the data set that its rows are of."""
    rows: int | None = None
    """How many rows it has within the suite's budget: n is less where every claim was settled before."""
    rows_sha256: str | None = None
    """Over the ids of all its rows in the order drawn."""
    inputs_sha256: str | None = None
    """Over what turns those rows into inputs: the generator's name and options, level, scenario and seed."""
    code_sha256: str | None = None
    """Over the code of the generator."""
    right_rows: str | None = None
    """Where there is one right class: which of the n rows are right, in the order drawn, see `record.rows`."""
    cautions: list[str] = []
    """For attacks and searches: what was seen that makes their accuracy look higher than it is, a sentence each."""
    risk: str | None = None
    """What in the field the generator stands for."""
    options: dict[str, str] = {}
    """The generator's options, those at their defaults included, as the suite would write them."""
    needs: list[str] = []
    """What it needs of the model: `gradients` for an attack that sees inside."""
    scores: list[Scores] = []
    """Of unfamiliar images, each score that a claim asks for, against the clean images of the model's own classes."""
    disagreement: list[Disagreement] = []
    """Of images with votes: equal-mass bins by how much people disagree, at most ten."""
    suspects: list[Suspect] = []
    """Of clean images: labels that look wrong, the surest first, at most twenty."""
    suspected: int = 0
    """How many labels look wrong in all."""


class Failure(Part):
    """One row that was right in the baseline and is wrong now."""

    row: str
    """The id of the base image in its data set."""
    label: str | None
    """The right class."""


class Change(Part):
    """The rows of one cell, before and now."""

    id: str
    """`scenario::cell`."""
    trend: Trend
    """What is proven, at the comparison's error: REGRESSED, IMPROVED or NOT PROVEN."""
    n: int
    """How many rows were compared: those that both runs have evidence of."""
    newly_wrong: int
    newly_right: int
    difference: float
    """Share of rows right now minus share of rows right before: below 0 is worse."""
    interval: Interval
    """A confidence interval for the difference, at the protocol's `interval_confidence`."""
    p_value: float
    """Against "it is not worse" where the difference is below 0, else against "it is not better"."""
    method: str
    """The test: of rows whose number was fixed beforehand, or of rows at which one of the runs stopped early."""
    failures: list[Failure] = []
    """The first rows that are newly wrong, in the order drawn; at most twenty."""


class Uncompared(Part):
    """A cell that could not be compared."""

    id: str
    reason: str


class Baseline(Part):
    """The earlier run that this one is compared with."""

    digest: str
    """That of its record."""
    suite: str
    """Its suite's path."""
    started: str
    """UTC, ISO 8601."""
    model: str
    """The source of its model."""
    model_sha256: str


class CheckChange(Part):
    """One check, before and now."""

    id: str
    before: Outcome | None
    """Null where the earlier suite had no such check."""
    now: Outcome | None
    """Null where this suite has none."""
    estimate_before: float | None = None
    estimate_now: float | None = None
    claim_before: str | None = None
    """What was claimed before, where it is not what is claimed now: the two outcomes are of different claims then."""


class Comparison(Part):
    """What changed since an earlier run, row by row, on the same inputs."""

    baseline: Baseline
    budget: float
    """P(any REGRESSED | no cell is worse), and P(any IMPROVED | no cell is better), over all cells compared, by Holm's
    correction."""
    changes: list[Change]
    """Of every cell compared: what regressed first, then by difference, worst first."""
    uncompared: list[Uncompared]
    checks: list[CheckChange] = []
    """Every check of either run: those that passed before and do not now first. Empty before schema 1.3."""


class Unread(Part):
    """A row that could not be read."""

    row: str
    """Its id."""
    reason: str


class DataSet(Part):
    """One data set of the suite, as it was read."""

    name: str
    source: str
    rows: int
    """Rows that could be read. No verdict rests on others."""
    classes: list[str] | None
    sha256: str
    """Over pixels, labels, ids and their order, and the metadata by which claims slice it."""
    file: File | None = None
    """The file that it was read from, where it is one file."""
    balance: list[int] = []
    """Rows of each class, in the order of `classes` (or of the model's); empty where rows have none."""
    unreadable: int = 0
    """Rows that could not be read, and are in no evidence."""
    unread: list[Unread] = []
    """The first of them, in the order of the data set; at most twenty."""
    batch: int | None = None
    """Rows generated and predicted at a time, which decides the last bits of an answer."""


class Model(Part):
    """The model under test, as it was loaded."""

    adapter: str
    source: str
    sha256: str
    """Over weights, code of the factory and preprocessing."""
    classes: list[str]
    description: dict[str, str] = {}
    """Device, preprocessing, parameter count and the like, for a reader."""


class Power(Part):
    """What one claim can come to with the images that there are."""

    claim: str
    """With its options and without the levels at which it is made: checks whose claims are alike are one entry."""
    checks: int
    images: int
    """Base images that a check may use, at most."""
    passes_from: float | None = None
    """The truth nearest to the bound at which 8 runs in 10 PASS, by the test at the end; null where there is none, or
    none is known."""
    fails_from: float | None = None
    """Likewise for FAIL."""
    assuming: str = ""
    """What is supposed besides the truth."""
    remark: str = ""
    """Why nothing is known."""


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
    power: list[Power] = []
    """Of the statistical claims on data that was read, by property in the order of the suite."""


class SuiteIdentity(Part):
    """The suite as it stood."""

    name: str
    path: str
    sha256: str
    seed: int
    text: str
    """The suite file, whole."""
    scenarios: dict[str, str] = {}
    """What each scenario stands for, by name, where the suite says so."""


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


class Kept(Part):
    """A counterexample that was kept where the run was made: `robust replay ID` shows it."""

    check: str
    """The id of its verdict."""
    row: str
    """As `Counterexample` has it."""
    id: str
    """The first 12 hexadecimal digits of a digest of the check and the picture."""


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
    repository: str | None = None
    """The address that the project's checkout was cloned from, without name and password; null where it has none."""
    warnings: list[str] = []
    looks: dict[str, int] = {}
    """By the name of a data set: how many models have been judged on these very rows with this cache, this one
    included. Nothing is told where no cache is kept."""
    profile: Profile | None = None
    """Where the time went; null where nobody asked."""
    kept: list[Kept] = []
    """The counterexamples of this record that lie in the folder of kept ones, in the order of the verdicts."""


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
    comparison: Comparison | None = None
    """With an earlier run; null where none was named."""
    risk: Risk | None = None
    """Null where the suite does not state it."""
    hazards: list[Hazard] = []
    """In the order of the suite."""
    waivers: list[Waiver] = []
    """In the order of the suite, expired ones included."""
    lineage: Lineage | None = None
    """Null in records of schema 1.2 and before."""
    sections: list[Section] = []
    """What plug-ins add to the report."""
    run: Run
    digest: str = ""
    """SHA-256 of the canonical JSON of all fields but `run` and `digest`; `record.save` fills it in."""
