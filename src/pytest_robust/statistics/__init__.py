"""Pure mathematics on arrays: e-processes, exact tests, multiplicity, planning. numpy and scipy only."""

from pytest_robust.statistics.decision import Decision, Levels, Operator, Settled

__all__ = ["Decision", "Levels", "Operator", "Settled"]
