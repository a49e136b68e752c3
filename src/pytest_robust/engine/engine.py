"""The engine: asks for evidence until a claim is settled, and says what was found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from pytest_robust import record
from pytest_robust.carriers import Evidence, Images, Series
from pytest_robust.datasets import Dataset
from pytest_robust.datasets._classes import balance
from pytest_robust.datasets._metadata import Metadata, metadata_of, with_metadata
from pytest_robust.engine import cautions
from pytest_robust.engine.address import digest_of, inputs_of, source_digest
from pytest_robust.engine.bench import Bench
from pytest_robust.engine.clock import timed
from pytest_robust.engine.counterexamples import describe, most_telling, worst_rows
from pytest_robust.engine.evidence import WITH_LABELS
from pytest_robust.engine.examples import Example
from pytest_robust.engine.lineage import data_file, weights
from pytest_robust.engine.loading import Once
from pytest_robust.engine.pictures import can_draw
from pytest_robust.engine.plan import Cell, Check, Plan
from pytest_robust.engine.progress import Observer, unobserved
from pytest_robust.engine.readable import unread_of
from pytest_robust.engine.recording import judged, portable, verdict
from pytest_robust.engine.replaying import Asked, Replayed, named, replay, why_not, worth_keeping
from pytest_robust.engine.scores import scored
from pytest_robust.engine.site import Site
from pytest_robust.engine.slices import Slices
from pytest_robust.engine.smallest import Smallest, smallest
from pytest_robust.engine.summary import summarise
from pytest_robust.errors import DataError, ModelError, RobustError, SourceError
from pytest_robust.sources import where_raised
from pytest_robust.statistics import Decision
from pytest_robust.statistics.slices import SliceResult

MOST_UNREAD = 20
"""So many rows that cannot be read are named."""


@dataclass(frozen=True)
class Finding:
    """A claim's outcome, what it rests on, and what was found in each slice of it."""

    decision: Decision
    evidence: Evidence | Series
    slices: Sequence[SliceResult] = ()
    bad: NDArray[np.bool_] | None = None
    """Which rows are in slices in which the claim is disproved, (n,); None where there are no slices."""


class Engine:
    """Judges the checks of one plan. Nothing is loaded before the first check that needs it.

    `cache` is the folder of the evidence store; None keeps evidence in memory only. `observe` is told how far it is.
    """

    def __init__(self, plan: Plan, *, cache: Path | None, observe: Observer = unobserved) -> None:
        self.plan = plan
        self.warnings: list[str] = []
        """For the summary: a cache that cannot be written, pictures that cannot be made."""
        self._bench = Bench(plan, cache, self.warnings, observe)
        self._images: list[Images] = []
        """Of the counterexamples of the check judged last, at their simplest; none without Pillow."""
        self._summaries: dict[str, record.CellSummary] = {}
        self._data: dict[str, record.DataSet] = {}
        self._weights = Once(lambda: weights(self._bench.witness().model, plan.roots))

    @property
    def loaded(self) -> bool:
        """Whether there is a model."""
        return self._bench.witness.value is not None

    @property
    def predictions(self) -> int:
        """Rows that the model was asked about; that the first few are asked twice does not count."""
        witness = self._bench.witness.value
        return 0 if witness is None else witness.rows_asked

    @property
    def cached(self) -> int:
        """Rows of evidence read from the store."""
        return self._bench.cached

    def judge(self, check: Check) -> record.Verdict:
        """Ask for rows until the claim is settled or the rows are used up.

        A check that cannot run gives NOT RUN. Raises a RobustError where the model, the data, the generator or the
        property is at fault.
        """
        if check.not_run is not None:
            return verdict(self.plan, check, "NOT RUN", reason=check.not_run)
        check.property_.refuse_unknown(self._bench.classes)
        sites = self._bench.series(check.series) if check.series else [self._bench.site(check.cell)]
        reference = self._reference(check, sites[0])
        finding = self._settle(check, sites, reference)
        if isinstance(finding.evidence, Evidence):
            self._note(check.cell, sites[0], finding.evidence)
        found: list[record.Counterexample] = []
        self._images = []
        if finding.decision.outcome == "FAIL":
            found = self._counterexamples(check, sites, finding, reference)
        return judged(self.plan, check, finding.decision, found, finding.slices)

    def worth_keeping(
        self, check: Check, verdict: record.Verdict, *, suite: str, known: Collection[str]
    ) -> list[Asked]:
        """The counterexamples of the check judged last that fail when asked alone, and whose ids are not `known`."""
        found = verdict.counterexamples[: len(self._images)]
        return worth_keeping(self._bench, check, found, self._images, suite=suite, known=known)

    def named(self, check: Check, verdict: record.Verdict, *, suite: str) -> dict[str, str]:
        """By their rows, what the counterexamples of the check judged last are called where they are kept."""
        return named(self._bench, check, verdict.counterexamples[: len(self._images)], self._images, suite=suite)

    def why_not(self, check: Check, example: Example, image: Images) -> str | None:
        """Why a kept example of a check cannot be asked; None where it can. Raises as `judge` does."""
        return why_not(self._bench, check, example, image)

    def replay(self, check: Check, asked: Sequence[Asked]) -> list[Replayed]:
        """What the model answers to kept examples of a check now. Raises as `judge` does."""
        return replay(self._bench, check, asked)

    def summary(self, cell: Cell) -> record.CellSummary:
        """What the figures need of the evidence that the verdicts in this cell asked for so far.

        Of several processes that judged checks of one cell, the summary with the largest n is the one to keep.
        """
        return self._summaries.get(cell.id) or summarise(cell, None, self.plan.levels.interval_confidence)

    def model(self) -> record.Model:
        """The identity of the model; loads it. Raises ModelError, SourceError or OptionError, the same each time."""
        model = self._bench.witness().model
        return record.Model(
            adapter=self.plan.adapter.name,
            source=str(self.plan.adapter_options.get("source", self.plan.adapter.name)),
            sha256=model.fingerprint,
            classes=list(self._classes()),
            description=dict(model.description),
        )

    def weights(self) -> list[record.File]:
        """The files that the weights were read from, as far as the model tells them; loads it, as `model` does."""
        return self._weights()

    def data(self) -> list[record.DataSet]:
        """The identity of the data sets loaded so far."""
        return [self.data_set(name) for name, once in self._bench.datasets.items() if once.value is not None]

    def data_set(self, name: str) -> record.DataSet:
        """The identity of a data set; loads it, and the model. Raises what they raise."""
        source, dataset = self._bench.suite.data[name].source, self._bench.datasets[name]()
        if name not in self._data:
            unread = [(row, portable(self.plan, reason)) for row, reason in unread_of(dataset).items()]
            self._data[name] = record.DataSet(
                name=name,
                source=source,
                rows=len(dataset),
                classes=None if dataset.classes is None else list(dataset.classes),
                sha256=with_metadata(dataset.fingerprint, self._sliced_by(name, dataset)),
                file=data_file(source, self.plan.roots),
                balance=balance(dataset, len(self._classes())),
                unreadable=len(unread),
                unread=[record.Unread(row=row, reason=reason) for row, reason in unread[:MOST_UNREAD]],
                batch=self._bench.batch(name),
            )
        return self._data[name]

    def _classes(self) -> tuple[str, ...]:
        try:
            return self._bench.classes()
        except RobustError:  # its checks tell; a model that cannot answer has an identity all the same
            return self._bench.witness().model.classes or ()

    def _sliced_by(self, name: str, dataset: Dataset) -> Metadata:
        """The metadata of a data set that claims slice it by."""
        wanted = {check.spec.claim.by for check in self.plan.checks if check.cell.data == name}
        return {by: column for by, column in metadata_of(dataset, f"data {name!r}").items() if by in wanted}

    def _available(self, site: Site) -> int:
        """How many rows a claim may rest on: the suite's budget, or all."""
        budget = self._bench.suite.statistics.rows
        return len(site.draw) if budget is None else min(budget, len(site.draw))

    def _reference(self, check: Check, site: Site) -> Evidence | None:
        """The evidence that the property compares with."""
        wish = check.property_.reference
        if wish is None:
            return None
        if wish == "measured":
            return self._bench.measured(site, check.property_.options["batch"])
        if wish == "redrawn" or wish == "rebatched" or wish == "swapped":
            variant, count = self._bench.variant(site.cell, wish), self._available(site)
            if not check.property_.accepts_malformed:
                variant.refuse_malformed(count)
            return variant.evidence.rows(count)
        clean = self._bench.clean(check.cell.data if wish == "same rows" else self._bench.familiar)
        # A row stands at one place in its cell and in the clean one: the budget for the one is enough for the other.
        alike = wish == "same rows" and site.draw.second is None
        reference = clean.evidence.rows(self._available(site) if alike else len(clean.draw))
        if wish == "familiar":
            clean.refuse_strange_labels()
        clean.refuse_malformed(len(reference))
        return reference

    def _settle(self, check: Check, sites: Sequence[Site], reference: Evidence | None) -> Finding:
        """One chunk more until the claim has an outcome; the last time, the property must give one."""
        available = self._available(sites[0])
        step = sites[0].evidence.batch if self.plan.levels.early_stopping else available
        count = 0
        while True:
            count = min(count + step, available)
            cells = [self._rows(check, site, count) for site in sites]
            evidence = series_of(check, cells) if check.series else cells[0]
            slices = self._slices(check, sites[0], count)
            finding = self._ask(check, evidence, reference, slices, final=count == available)
            if finding.decision.outcome is not None:
                return finding
            if count == available:
                raise SourceError(
                    f"property {check.property_.name!r} gave no outcome in {check.id} though no rows remain; "
                    "its judge must say PASS, FAIL or INCONCLUSIVE when `final`"
                )

    def _rows(self, check: Check, site: Site, count: int) -> Evidence:
        """The first rows of a cell, fit for the property to judge."""
        evidence = site.evidence.rows(count)
        if evidence.truth != "unfamiliar":
            site.refuse_strange_labels()
        if not check.property_.accepts_malformed:
            site.refuse_malformed(count)
        self._refuse_unfit(check, evidence)
        return replace(evidence, classes=self._bench.classes())

    def _slices(self, check: Check, site: Site, count: int) -> Slices | None:
        """The slices of the first rows of a cell; None where the claim is of all rows together."""
        if check.spec.claim.by is None:
            return None
        found = self._bench.slices(check.cell.data, check.spec.claim.by)
        return replace(found, of=found.of[site.draw.first[:count]])

    @timed("judging")
    def _ask(
        self,
        check: Check,
        evidence: Evidence | Series,
        reference: Evidence | None,
        slices: Slices | None,
        *,
        final: bool,
    ) -> Finding:
        claim, property_ = check.spec.claim, check.property_
        asked = evidence, reference, claim.operator, claim.threshold, self.plan.levels
        try:
            if slices is None or property_.judge_slices is None:
                return Finding(property_.judge(*asked, final=final), evidence)
            decision, found = property_.judge_slices(*asked, slices.of, slices.names, final=final)
            bad = np.isin(slices.of, [number for number, one in enumerate(found) if one.outcome == "FAIL"])
            return Finding(decision, evidence, found, bad)
        except RobustError:
            raise
        except Exception as error:
            where = where_raised(error, self.plan.file.path)
            raise SourceError(
                f"{where}: property {check.property_.name!r} raised {type(error).__name__} in {check.id}: {error}"
            ) from error

    @timed("judging")
    def _note(self, cell: Cell, site: Site, evidence: Evidence) -> None:
        """Bring the cell's summary up to date. Rows that only other cells asked for are no part of it."""
        if len(evidence) > self.summary(cell).n:
            made_of = {
                "data": cell.data,
                "rows": self._available(site),
                "rows_sha256": site.draw.digest,
                "inputs_sha256": digest_of(inputs_of(cell, self._bench.suite.seed)),
                "code_sha256": source_digest(cell.generator.make),
            }
            summary = summarise(cell, evidence, self.plan.levels.interval_confidence).model_copy(update=made_of)
            summary = scored(summary, cell, evidence, self._bench)
            self._summaries[cell.id] = cautions.noted(summary, cell, evidence, self._bench)

    def _refuse_unfit(self, check: Check, evidence: Evidence) -> None:
        """Refuse what the plan could not foresee: outputs declared but not given, rows without the label needed."""
        name, property_ = check.property_.name, check.property_
        missing = sorted(column for column in property_.columns if column not in evidence)
        if missing:
            raise ModelError(
                f"property {name!r} needs the model's {' and '.join(missing)}, which its adapter declares but its "
                "answers lack; let `predict` give them"
            )
        needed = property_.labelled and evidence.truth in WITH_LABELS and "unfamiliar" not in property_.truths
        if needed and (evidence.labels < 0).any():
            row = str(evidence.ids[int(np.argmin(evidence.labels))])
            raise DataError(
                f"data {check.cell.data!r}: row {row!r} has no label, which {name!r} needs; "
                "for input of no class, generate with `unfamiliar`"
            )

    def _counterexamples(
        self, check: Check, sites: Sequence[Site], finding: Finding, reference: Evidence | None
    ) -> list[record.Counterexample]:
        decision = finding.decision
        judged_on = finding.evidence.take(slice(decision.n if decision.rows is None else decision.rows))
        cells = [judged_on] if isinstance(judged_on, Evidence) else list(judged_on)
        before = self._bench.before(check.cell.data, sites[0].draw.first[: len(judged_on)])
        wrong, shown = most_telling(cells)
        shunned = None if finding.bad is None else ~finding.bad[: len(judged_on)]
        rows = worst_rows(check.property_, judged_on, reference, before.correct & wrong, shunned)
        found = {} if check.series else self._smallest(check, sites[0], reference, rows)
        drawable = can_draw()
        if not drawable:
            self.warn("counterexamples have no pictures and are not kept, for want of Pillow; `pip install pillow`")
        pixels = {row: self._bench.pixels(sites[shown[row]], row) for row in rows} if drawable else {}
        self._images = [found[row].image if row in found else perturbed for row, (_, perturbed) in pixels.items()]
        return [
            describe(
                cells[shown[row]],
                row,
                classes=self._bench.classes(),
                before=before.probabilities[row],
                pixels=pixels.get(row),
                cell=sites[shown[row]].cell.label if check.series else None,
                smallest=found.get(row),
            )
            for row in rows
        ]

    def _smallest(
        self, check: Check, site: Site, reference: Evidence | None, rows: Sequence[int]
    ) -> dict[int, Smallest]:
        try:
            return smallest(self._bench, site, check.property_, reference, rows)
        except RobustError as error:  # the verdict stands all the same
            self.warn(f"{check.id}: its smallest counterexamples are not known: {error}")
            return {}

    def warn(self, message: str) -> None:
        """Note what the summary is to tell, once."""
        self._bench.warn(message)


def series_of(check: Check, cells: Sequence[Evidence]) -> Series:
    """The evidence of a check's cells as one."""
    levels = [None if cell.level is None else cell.level.value for cell in check.series]
    return Series(tuple(cells), tuple(cell.name for cell in check.series), tuple(levels))
