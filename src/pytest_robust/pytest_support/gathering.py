"""What the items of one suite reported, on the controller."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pytest_robust import record
from pytest_robust.engine.plan import Plan
from pytest_robust.engine.recording import assemble
from pytest_robust.engine.recording import verdict as unjudged
from pytest_robust.engine.store import Store
from pytest_robust.engine.training import lineage
from pytest_robust.pytest_support.examples import Told
from pytest_robust.pytest_support.transport import Packet


@dataclass
class Gathered:
    """One suite's run so far."""

    plan: Plan
    nodeid: str
    """Of the suite file."""
    collected: set[str] = field(default_factory=set)
    """Ids of the checks that this run was to judge."""
    verdicts: dict[str, record.Verdict] = field(default_factory=dict)
    skipped: dict[str, str] = field(default_factory=dict)
    """Why a check was skipped by somebody else: a marker that a conftest.py added, say."""
    cells: dict[str, record.CellSummary] = field(default_factory=dict)
    model: record.Model | None = None
    weights: tuple[record.File, ...] = ()
    data: dict[str, record.DataSet] = field(default_factory=dict)
    predictions: int = 0
    cached: int = 0
    warnings: list[str] = field(default_factory=list)
    spent: dict[str, record.Spent] = field(default_factory=dict)
    """Where the time went, by check."""

    told: Told = field(default_factory=Told)
    """What became of kept counterexamples."""
    shown: dict[str, dict[str, str]] = field(default_factory=dict)
    """The ids of kept counterexamples that verdicts show, by check and row."""

    def add(self, packet: Packet) -> None:
        """Take in what one item reported. Of a cell, the summary of the most evidence is kept."""
        self.verdicts[packet.verdict.id] = packet.verdict
        cell = packet.cell
        if cell is not None and (cell.id not in self.cells or self.cells[cell.id].n <= cell.n):
            self.cells[cell.id] = cell
        self.model = self.model or packet.model
        self.weights = self.weights or packet.weights
        self.data |= {data.name: data for data in packet.data}
        self.predictions += packet.predictions
        self.cached += packet.cached
        self.told.add(packet.told)
        self.shown[packet.verdict.id] = packet.told.shown
        self.warnings += [warning for warning in packet.warnings if warning not in self.warnings]
        if packet.spent is not None:
            self.spent[packet.verdict.id] = packet.spent

    def crash(self, check_id: str, reason: str) -> None:
        """Note a check in which the process that judged it died."""
        for check in self.plan.checks:
            if check.id == check_id:
                self.verdicts[check_id] = unjudged(self.plan, check, "ERROR", reason=reason)

    @property
    def began(self) -> bool:
        """Whether any check was reported. Of a suite that never began there is nothing to write."""
        return bool(self.verdicts)

    @property
    def kept(self) -> list[record.Kept]:
        """The kept counterexamples that the record shows, in the order of the suite whoever was first."""
        return [
            record.Kept(check=check.id, row=row, id=name)
            for check in self.plan.checks
            for row, name in self.shown.get(check.id, {}).items()
        ]

    def lineage(self, cache: Path | None, *, interrupted: bool) -> record.Lineage:
        """Where model and data came from; reads data again that were not yet compared with the training rows."""
        store = Store(cache, self.warnings)
        return lineage(self.plan, weights=self.weights, data=self.data, store=store, interrupted=interrupted)

    def assemble(self, run: record.Run, *, lineage: record.Lineage, unselected: str, stopped: str) -> record.Record:
        """The record, with a reason for every check that did not run."""
        unreached = {
            check.id: stopped if check.id in self.collected else unselected
            for check in self.plan.checks
            if check.id not in self.verdicts
        }
        return assemble(
            self.plan,
            verdicts=self.verdicts,
            cells=self.cells,
            model=self.model,
            data=self.data,
            lineage=lineage,
            run=run,
            not_run=unreached | self.skipped,
        )


def names(suites: Iterable[Gathered]) -> dict[str, str]:
    """A name for the files of each suite, by its node id: the stem, led by parent folders where that is not enough."""
    return tell_apart([suite.nodeid for suite in suites])


def tell_apart(paths: list[str]) -> dict[str, str]:
    """The shortest names, in whole parts counted from the right, that differ; endings only where nothing else does.

    >>> tell_apart(["suites/vision.yaml", "old/suites/vision.yaml", "suites/text.yaml"])
    {'suites/vision.yaml': 'suites-vision', 'old/suites/vision.yaml': 'old-suites-vision', 'suites/text.yaml': 'text'}
    >>> tell_apart(["suites/a.yaml", "suites/a.yml"])
    {'suites/a.yaml': 'suites-a.yaml', 'suites/a.yml': 'suites-a.yml'}
    """
    parts = {path: _parts(path) for path in paths}
    depth = dict.fromkeys(paths, 1)
    while True:
        found = {path: "-".join(parts[path][-depth[path] :]) for path in paths}
        taken = Counter(found.values())
        clashing = [path for path in paths if taken[found[path]] > 1]
        if not clashing:
            return found
        longer = [path for path in clashing if depth[path] < len(parts[path])]
        for path in longer:
            depth[path] += 1
        for number, path in enumerate(() if longer else clashing):
            ending = path.rpartition("/")[2]
            parts[path][-1] = ending if parts[path][-1] != ending else f"{ending}~{number}"  # a/b-c.yaml, a-b/c.yaml


def _parts(path: str) -> list[str]:
    *folders, name = [part for part in path.split("/") if part not in ("", ".", "..")]
    return [*folders, name.rpartition(".")[0]]
