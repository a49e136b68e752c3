"""Where the time of a run went."""

from __future__ import annotations

from pytest_robust.record.part import Part


class Spent(Part):
    """Seconds by what they were spent on. Nothing is counted twice: a model asked by a search counts as model."""

    data: float = 0.0
    """Loading data sets and reading their rows."""
    generation: float = 0.0
    """Making hard inputs; of attacks that follow gradients, these too."""
    model: float = 0.0
    """Loading the model, and its answers."""
    judging: float = 0.0
    """Statistics."""
    disk: float = 0.0
    """Reading and writing evidence, and waiting for another process that makes the same."""
    rest: float = 0.0
    """All else while checks are judged."""

    @property
    def all(self) -> float:
        """The sum.

        >>> Spent(data=1, model=2.5).all
        3.5
        """
        return float(sum(self.model_dump().values()))

    def __add__(self, other: Spent) -> Spent:
        """Section by section."""
        mine, others = self.model_dump(), other.model_dump()
        return Spent(**{name: mine[name] + others[name] for name in mine})


class Profile(Part):
    """Where the time in the checks of a run went; of several workers, the sum of theirs."""

    checks: int
    """How many checks it is about."""
    spent: Spent
    cells: dict[str, Spent] = {}
    """By the cell whose check they were spent in, the slowest first; at most twenty."""
