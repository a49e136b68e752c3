"""What a test is allowed, and what it answers. Shared by every procedure of this package."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

Settled = Literal["PASS", "FAIL", "INCONCLUSIVE"]
Operator = Literal[">=", "<="]

NO_ROWS = "there are no rows to judge"


class NotEstimableError(ValueError):
    """These rows say nothing of the quantity, whatever they are: there are none, or none of a kind that it needs.

    A metric raises it rather than make up a number; a claim is INCONCLUSIVE for this reason.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"not estimable: {reason}")


@dataclass(frozen=True, slots=True)
class Levels:
    """The errors allowed to one claim, and how they are spent.

    `alpha_pass` bounds P(PASS | claim false), `alpha_fail` bounds P(FAIL | claim true). Of each, the share
    `sequential_share` is spent on the e-process, looked at after every row, and the rest on the fixed-n test, run once
    at the end. Without early stopping nothing is spent on the e-process.
    """

    alpha_pass: float = 0.05
    alpha_fail: float = 0.01
    sequential_share: float = 0.25
    early_stopping: bool = True
    interval_confidence: float = 0.95

    def sequential(self, alpha: float) -> float:
        """What of an alpha is spent on the e-process."""
        return alpha * self.sequential_share if self.early_stopping else 0.0

    def fixed(self, alpha: float) -> float:
        """What of an alpha is left for the fixed-n test."""
        return alpha - self.sequential(alpha)

    def at_the_end(self) -> Levels:
        """What is left for a test of other values than those that the e-process has followed.

        >>> round(Levels(alpha_pass=0.08).at_the_end().alpha_pass, 3)
        0.06
        """
        return replace(
            self,
            alpha_pass=self.fixed(self.alpha_pass),
            alpha_fail=self.fixed(self.alpha_fail),
            interval_confidence=1.0 - self.fixed(1.0 - self.interval_confidence),
            early_stopping=False,
        )


@dataclass(frozen=True, slots=True)
class Decision:
    """What a procedure says of a claim after n rows. `outcome` is None while it asks for more rows.

    The other fields are those of `record.Verdict`.
    """

    outcome: Settled | None
    n: int
    estimate: float | None = None
    interval: tuple[float, float] | None = None
    method: str | None = None
    log10_e_value: float | None = None
    p_value: float | None = None
    rows_needed: int | None = None
    reason: str | None = None
    rows: int | None = None
    """How many rows of evidence were looked at, where only some of them count: those of one class, say."""


def too_close(estimate: float, threshold: float) -> str:
    """Why no number of rows is named for a claim that is not settled."""
    return f"at the estimate {estimate:.4g} no number of rows would settle a claim about {threshold:.4g}"
