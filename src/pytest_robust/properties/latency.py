"""Does an answer come in time?"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pytest_robust.carriers import Evidence
from pytest_robust.properties import judged_property
from pytest_robust.properties._measured import nobody, within_budget
from pytest_robust.statistics import Decision, Levels, Operator


@judged_property(
    range=(0.0, 1e6),
    truths={"label", "order", "parents", "posterior", "votes", "unfamiliar"},
    summary="Milliseconds from an image to its answer, preprocessing included; measured on this machine.",
    operators=("<=",),
    reference="measured",
    badness=nobody,
)
def latency(
    evidence: Evidence,  # noqa: ARG001  (it is about answers, whatever they are)
    reference: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (one operator is allowed)
    threshold: float | None,
    levels: Levels,  # noqa: ARG001  (an observation has no error to share)
    *,
    final: bool,  # noqa: ARG001
    batch: Annotated[int, Field(ge=1, le=4096)] = 1,
    percentile: Annotated[float, Field(gt=0, le=100)] = 95.0,
) -> Decision:
    """The given percentile of the time of a question about `batch` images, divided by `batch`; milliseconds an image.

    Fifty questions about the same inputs of the cell, after three that do not count, one at a time, preprocessing and
    the way to the device included.
    Use it to keep a budget of time, on the machine that the model will run on.
    Test: none. It is an observation, not a claim about a population: no error is stated, it takes no part of the flake
    budget, and the figure, and with it the record's digest, differs from run to run.
    Misleads on any other machine, and where others work on this one meanwhile.
    """
    assert reference is not None
    assert threshold is not None
    return within_budget(1000.0 * reference["seconds"] / batch, percentile, threshold)
