"""The engine: loads the model and the data once, makes evidence, and judges checks on it."""

from __future__ import annotations

from pathlib import Path

from pytest_robust import record
from pytest_robust.engine.plan import Cell, Check, Plan


class Engine:
    """Judges the checks of one plan. Nothing is loaded before the first check that needs it.

    `cache` is the folder of the evidence store; None keeps evidence in memory only.
    """

    def __init__(self, plan: Plan, *, cache: Path | None) -> None:
        self.plan = plan
        self.warnings: list[str] = []
        """For the summary: a cache that cannot be written, pictures that cannot be made."""
        self.predictions = 0
        """Rows that the model was asked about."""
        self.cached = 0
        """Rows of evidence read from the store."""

    def judge(self, check: Check) -> record.Verdict:
        """Ask for rows until the claim is settled or the rows are used up.

        A check that cannot run gives NOT RUN. Raises a RobustError where the model, the data or the generator is at fault.
        """
        raise NotImplementedError

    def summary(self, cell: Cell) -> record.CellSummary:
        """What the figures need of the evidence made so far."""
        raise NotImplementedError

    def model(self) -> record.Model:
        """The identity of the model; loads it. Raises ModelError, SourceError or OptionError, the same one each time."""
        raise NotImplementedError

    def data(self) -> list[record.DataSet]:
        """The identity of the data sets loaded so far."""
        raise NotImplementedError
