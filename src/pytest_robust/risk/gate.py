"""What a verdict means for a run and for a release. Two gates read the same verdicts."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pytest_robust.record import Gate, Verdict

Word = Literal["GO", "NO-GO", "NOT PROVEN"]


def turns_red(verdict: Verdict, gate: Gate) -> bool:
    """Whether this verdict alone fails the run.

    `regression`, for a pull request: FAIL and ERROR are red; a weakness that its owner wrote down (`xfail`) is red when
    it begins to hold, so that the suite is kept true. `release`, for a sign-off: only PASS is green.
    """
    if gate == "release":
        return verdict.outcome != "PASS"
    if verdict.outcome == "ERROR":
        return True
    return verdict.outcome == ("FAIL" if verdict.xfail is None else "PASS")


def decide(verdicts: Iterable[Verdict]) -> Word:
    """The word for a release: GO when every claim is proven, NO-GO when any is disproved, else NOT PROVEN.

    A known weakness is still a weakness; a check that ended in ERROR or did not run proves nothing.
    """
    outcomes = {verdict.outcome for verdict in verdicts}
    if "FAIL" in outcomes:
        return "NO-GO"
    return "GO" if outcomes == {"PASS"} else "NOT PROVEN"
