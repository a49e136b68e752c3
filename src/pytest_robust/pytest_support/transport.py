"""What a report carries from the process that ran an item to the controller: a small dictionary of JSON values.

It stands in an attribute of the report, which pytest-xdist serialises with it, and not in `user_properties`: these
end up in the JUnit file, and are for what people read there.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from pytest_robust import record
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.plan import Check
from pytest_robust.pytest_support.examples import Told

ATTRIBUTE = "robust"

SETTLED = ("PASS", "FAIL", "INCONCLUSIVE")
"""The outcomes that rest on evidence."""


@dataclass(frozen=True, slots=True)
class Packet:
    """What one item reports."""

    verdict: record.Verdict
    cell: record.CellSummary | None
    """The cell's evidence as it stood after this item; None where there is none."""
    model: record.Model | None
    weights: tuple[record.File, ...]
    data: tuple[record.DataSet, ...]
    predictions: int
    """Rows that the model was asked about for this item."""
    cached: int
    """Rows of evidence read from the cache for this item."""
    warnings: tuple[str, ...]
    """All that the process has to say so far."""
    told: Told
    """What became of the check's kept counterexamples."""
    spent: record.Spent | None
    """Where the time for this item went; None where nobody asked."""


def pack(
    engine: Engine,
    check: Check,
    verdict: record.Verdict,
    *,
    since: tuple[int, int],
    told: Told,
    spent: record.Spent | None,
) -> dict[str, Any]:
    """A packet as JSON values. `since` are the engine's counters, predictions and cached, before the item."""
    evident = verdict.outcome in SETTLED
    return {
        "verdict": verdict.model_dump_json(),
        "cell": engine.summary(check.cell).model_dump_json() if evident else None,
        "model": engine.model().model_dump_json() if engine.loaded else None,
        "weights": [file.model_dump_json() for file in engine.weights()] if engine.loaded else [],
        "data": [data.model_dump_json() for data in engine.data()],
        "predictions": engine.predictions - since[0],
        "cached": engine.cached - since[1],
        "warnings": list(engine.warnings),
        "told": asdict(told),
        "spent": None if spent is None else spent.model_dump_json(),
    }


def unpack(packed: dict[str, Any]) -> Packet:
    """The packet that was packed."""
    return Packet(
        verdict=record.Verdict.model_validate_json(packed["verdict"]),
        cell=None if packed["cell"] is None else record.CellSummary.model_validate_json(packed["cell"]),
        model=None if packed["model"] is None else record.Model.model_validate_json(packed["model"]),
        weights=tuple(record.File.model_validate_json(file) for file in packed["weights"]),
        data=tuple(record.DataSet.model_validate_json(data) for data in packed["data"]),
        predictions=packed["predictions"],
        cached=packed["cached"],
        warnings=tuple(packed["warnings"]),
        told=Told(**packed["told"]),
        spent=None if packed["spent"] is None else record.Spent.model_validate_json(packed["spent"]),
    )
