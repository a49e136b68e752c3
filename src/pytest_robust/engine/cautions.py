"""Checks of the attacks themselves: what was seen that makes the accuracy under one look higher than it is.

Each caution is a sentence that begins with what was seen. It stands beside the result and changes no verdict. It is a
function of the evidence, so every process that judges a cell finds the same ones.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence
from pytest_robust.engine.bench import Bench
from pytest_robust.engine.plan import Cell
from pytest_robust.errors import RobustError
from pytest_robust.record import CellSummary
from pytest_robust.statistics.exact import clopper_pearson

KINDS = frozenset({"attack", "search"})
"""The kinds of generators that look for what fools the model."""
PROBED_ROWS = 32
"""Rows on which an attack is tried at an epsilon that allows every image."""
CONFIDENCE = 0.9
"""Of the two-sided interval whose lower end must not lie above chance: one error in twenty."""


def noted(summary: CellSummary, cell: Cell, evidence: Evidence, bench: Bench) -> CellSummary:
    """The summary of a cell with the cautions about its evidence. May ask the model about a few rows more."""
    if cell.generator.kind not in KINDS or summary.accuracy is None:
        return summary
    found = [*_of_gradients(evidence), *_of_reach(cell, evidence, bench), *_of_answers(cell, bench)]
    return summary.model_copy(update={"cautions": found})


def _of_gradients(evidence: Evidence) -> Iterator[str]:
    blind = int((evidence["vanished"] & evidence.correct).sum()) if "vanished" in evidence else 0
    if blind:
        yield (
            f"the gradient was zero or not finite for {blind:,} of {len(evidence):,} rows, "
            "which stand where the attack was blind"
        )


def _of_reach(cell: Cell, evidence: Evidence, bench: Bench) -> Iterator[str]:
    """An attack that may change everything and does not fool the model fails for a reason of its own."""
    if cell.generator.minimal:
        seen = "no change of any size was found to fool the model for"
        yield from _above_chance(np.isinf(evidence["distance"]), evidence, seen)
        return
    level = everything(cell, bench)
    if level is None:
        return
    try:
        probe = bench.probe(cell, level, PROBED_ROWS)
    except RobustError as error:
        yield f"the attack failed when it was tried at epsilon {level:g}, which allows every image: {error}"
        return
    seen = f"at epsilon {level:g}, which allows every image, the attack did not fool the model for"
    yield from _above_chance(probe.correct, probe, seen)


def _above_chance(standing: NDArray[np.bool_], evidence: Evidence, seen: str) -> Iterator[str]:
    count, rows, chance = int(standing.sum()), len(standing), 1 / evidence.probabilities.shape[1]
    if clopper_pearson(count, rows, CONFIDENCE)[0] > chance:
        yield f"{seen} {count:,} of {rows:,} rows; chance would leave about {chance * rows:.0f}"


def _of_answers(cell: Cell, bench: Bench) -> Iterator[str]:
    if bench.answers_vary(cell.data):
        yield "the model answered differently when asked twice about the same images, so rows stand or fall by chance"


def everything(cell: Cell, bench: Bench) -> float | None:
    """An epsilon, in pixels between 0 and 1, at which the attack may hand on any image; None where none is known."""
    norm = cell.options.get("norm")
    if cell.generator.scale != "epsilon" or norm not in ("linf", "l2", "l1"):
        return None
    size = math.prod(bench.image_shape(cell.data))
    reach = {"linf": 1.0, "l2": float(math.ceil(math.sqrt(size))), "l1": float(size)}[norm]
    return min(reach, cell.generator.bounds[1])
