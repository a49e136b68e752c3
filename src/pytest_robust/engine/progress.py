"""How far the evidence of a cell is: told to an observer before its first batch and after each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the evidence of a cell is."""

    cell: str
    """`scenario::cell`, or the clean rows of a data set in words."""
    rows: int
    """Rows of evidence there are."""
    needed: int
    """Rows there will be, if no verdict is found before."""
    pace: float | None = None
    """Images a second in the last batch; None where there was none yet, or it came from the cache."""

    @property
    def left(self) -> float | None:
        """Seconds until all rows are there, at this pace; None where that is not known.

        >>> Progress("fog::fog-3", 300, 900, pace=200.0).left
        3.0
        """
        return None if self.pace is None else (self.needed - self.rows) / self.pace


Observer = Callable[[Progress], None]


def unobserved(progress: Progress) -> None:
    """Tell nobody."""
