"""Does an answer fit into the memory there is?"""

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
    summary="Megabytes of working memory an image while it is answered; measured on this machine.",
    operators=("<=",),
    reference="measured",
    badness=nobody,
)
def memory(
    evidence: Evidence,  # noqa: ARG001  (it is about answers, whatever they are)
    reference: Evidence | None,
    operator: Operator | None,  # noqa: ARG001  (one operator is allowed)
    threshold: float | None,
    levels: Levels,  # noqa: ARG001  (an observation has no error to share)
    *,
    final: bool,  # noqa: ARG001
    batch: Annotated[int, Field(ge=1, le=4096)] = 1,
) -> Decision:
    """The most that a question about `batch` images takes beyond what the process holds, divided by `batch`.

    In megabytes (2^20 bytes) of resident memory, by the peak that Linux keeps; elsewhere it is not estimable. What the
    weights take is held before and does not count, nor does memory on another device.
    Use it to keep a budget of memory, at the batch that you deploy.
    Test: none. It is an observation, not a claim about a population: no error is stated, it takes no part of the flake
    budget, and the figure, and with it the record's digest, differs from run to run.
    Misleads at small sizes: allocators take memory in large pieces, and keep it.
    """
    assert reference is not None
    assert threshold is not None
    return within_budget(reference["megabytes"] / batch, 100.0, threshold)
