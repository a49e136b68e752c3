"""The engine: asks for evidence until a claim is settled, and says what was found."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from pytest_robust import record
from pytest_robust.carriers import Evidence
from pytest_robust.engine.bench import Bench, Site
from pytest_robust.engine.counterexamples import describe, worst_rows
from pytest_robust.engine.pictures import can_draw
from pytest_robust.engine.plan import Cell, Check, Plan
from pytest_robust.engine.recording import judged, verdict
from pytest_robust.engine.summary import summarise
from pytest_robust.errors import DataError, ModelError, RobustError, SourceError
from pytest_robust.sources import where_raised
from pytest_robust.statistics import Decision


class Engine:
    """Judges the checks of one plan. Nothing is loaded before the first check that needs it.

    `cache` is the folder of the evidence store; None keeps evidence in memory only.
    """

    def __init__(self, plan: Plan, *, cache: Path | None) -> None:
        self.plan = plan
        self.warnings: list[str] = []
        """For the summary: a cache that cannot be written, pictures that cannot be made."""
        self._bench = Bench(plan, cache, self.warnings)
        self._summaries: dict[str, record.CellSummary] = {}

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
        site = self._bench.site(check.cell)
        reference = self._reference(check, site)
        decision, evidence = self._settle(check, site, reference)
        self._note(check.cell, evidence)
        found: list[record.Counterexample] = []
        if decision.outcome == "FAIL":
            found = self._counterexamples(check, site, evidence.take(slice(decision.n)), reference)
        return judged(self.plan, check, decision, found)

    def summary(self, cell: Cell) -> record.CellSummary:
        """What the figures need of the evidence that the verdicts in this cell asked for so far.

        Of several processes that judged checks of one cell, the summary with the largest n is the one to keep.
        """
        return self._summaries.get(cell.id) or summarise(cell, None, self.plan.levels.interval_confidence)

    def model(self) -> record.Model:
        """The identity of the model; loads it. Raises ModelError, SourceError or OptionError, the same each time."""
        model = self._bench.witness().model
        try:
            classes = self._bench.classes()
        except RobustError:  # its checks tell; a model that cannot answer has an identity all the same
            classes = model.classes or ()
        return record.Model(
            adapter=self.plan.adapter.name,
            source=str(self.plan.adapter_options.get("source", self.plan.adapter.name)),
            sha256=model.fingerprint,
            classes=list(classes),
            description=dict(model.description),
        )

    def data(self) -> list[record.DataSet]:
        """The identity of the data sets loaded so far."""
        return [
            record.DataSet(
                name=name,
                source=self._bench.suite.data[name].source,
                rows=len(once.value),
                classes=None if once.value.classes is None else list(once.value.classes),
                sha256=once.value.fingerprint,
            )
            for name, once in self._bench.datasets.items()
            if once.value is not None
        ]

    def _available(self, site: Site) -> int:
        """How many rows a claim may rest on: the suite's budget, or all."""
        budget = self._bench.suite.statistics.rows
        return len(site.draw) if budget is None else min(budget, len(site.draw))

    def _reference(self, check: Check, site: Site) -> Evidence | None:
        """The clean evidence that the property compares with."""
        wish = check.property_.reference
        if wish is None:
            return None
        clean = self._bench.clean(check.cell.data if wish == "same rows" else self._bench.familiar)
        # A row stands at one place in its cell and in the clean one: the budget for the one is enough for the other.
        alike = wish == "same rows" and site.draw.second is None
        reference = clean.evidence.rows(self._available(site) if alike else len(clean.draw))
        if wish == "familiar":
            clean.refuse_strange_labels()
        clean.refuse_malformed(len(reference))
        return reference

    def _settle(self, check: Check, site: Site, reference: Evidence | None) -> tuple[Decision, Evidence]:
        """One chunk more until the claim has an outcome; the last time, the property must give one."""
        property_, available = check.property_, self._available(site)
        step = self._bench.suite.batch if self.plan.levels.early_stopping else available
        count = 0
        while True:
            count = min(count + step, available)
            evidence = site.evidence.rows(count)
            if evidence.truth != "unfamiliar":
                site.refuse_strange_labels()
            if not property_.accepts_malformed:
                site.refuse_malformed(count)
            self._refuse_unfit(check, evidence)
            decision = self._ask(check, evidence, reference, final=count == available)
            if decision.outcome is not None:
                return decision, evidence
            if count == available:
                raise SourceError(
                    f"property {property_.name!r} gave no outcome in {check.id} though no rows remain; "
                    "its judge must say PASS, FAIL or INCONCLUSIVE when `final`"
                )

    def _ask(self, check: Check, evidence: Evidence, reference: Evidence | None, *, final: bool) -> Decision:
        claim = check.spec.claim
        try:
            return check.property_.judge(
                evidence, reference, claim.operator, claim.threshold, self.plan.levels, final=final
            )
        except RobustError:
            raise
        except Exception as error:
            where = where_raised(error, self.plan.file.path)
            raise SourceError(
                f"{where}: property {check.property_.name!r} raised {type(error).__name__} in {check.id}: {error}"
            ) from error

    def _note(self, cell: Cell, evidence: Evidence) -> None:
        """Bring the cell's summary up to date. Rows that only other cells asked for are no part of it."""
        if len(evidence) > self.summary(cell).n:
            self._summaries[cell.id] = summarise(cell, evidence, self.plan.levels.interval_confidence)

    def _refuse_unfit(self, check: Check, evidence: Evidence) -> None:
        """Refuse what the plan could not foresee: outputs declared but not given, rows without the label needed."""
        name, property_ = check.property_.name, check.property_
        missing = sorted(column for column in property_.columns if column not in evidence)
        if missing:
            raise ModelError(
                f"property {name!r} needs the model's {' and '.join(missing)}, which its adapter declares but its "
                "answers lack; let `predict` give them"
            )
        if evidence.truth == "label" and "unfamiliar" not in property_.truths and (evidence.labels < 0).any():
            row = str(evidence.ids[int(np.argmin(evidence.labels))])
            raise DataError(
                f"data {check.cell.data!r}: row {row!r} has no label, which {name!r} needs; "
                "for input of no class, generate with `unfamiliar`"
            )

    def _counterexamples(
        self, check: Check, site: Site, evidence: Evidence, reference: Evidence | None
    ) -> list[record.Counterexample]:
        clean = self._bench.clean(check.cell.data)
        place = np.argsort(clean.draw.first)[site.draw.first[: len(evidence)]]
        before = clean.evidence.rows(int(place.max()) + 1).take(place)
        labelled = evidence.truth == "label"
        turned = before.correct & ~evidence.correct if labelled else np.zeros(len(evidence), np.bool_)
        rows = worst_rows(check.property_, evidence, reference, turned)
        drawable = can_draw()
        if not drawable:
            self._warn("counterexamples have no pictures, for want of Pillow; `pip install pillow`")
        return [
            describe(
                evidence,
                row,
                classes=self._bench.classes(),
                before=before.probabilities[row],
                pixels=self._bench.pixels(site, row) if drawable else None,
            )
            for row in rows
        ]

    def _warn(self, message: str) -> None:
        if message not in self.warnings:
            self.warnings.append(message)
