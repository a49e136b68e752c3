"""What is known of the training data, and which test rows are among them: the lineage of a run, told at its end."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pytest_robust import record
from pytest_robust.carriers import Columns
from pytest_robust.engine.address import digest_of
from pytest_robust.engine.inputs import batches
from pytest_robust.engine.lineage import sha256_of
from pytest_robust.engine.loading import load_data
from pytest_robust.engine.plan import Plan
from pytest_robust.engine.readable import readable
from pytest_robust.engine.recording import portable
from pytest_robust.engine.store import Store
from pytest_robust.errors import RobustError
from pytest_robust.training._rows import Rows, rows_of
from pytest_robust.training._twins import ALIKE, EXACT, WITHIN, twins

MOST_TWINS = 20
"""So many are told."""
MOST_FACTS, LONGEST_FACT = 50, 500
"""Of what a file says: entries, and characters of each."""
RULE = "1"
"""To be raised when rows are compared in another way: what was found in the old one is then found anew."""


@dataclass(frozen=True)
class Origin:
    """The training data of a plan."""

    told: record.Training
    rows: Callable[[], Rows] | None
    """Read when they are needed; None where they are not known."""


def lineage(
    plan: Plan,
    *,
    weights: Sequence[record.File],
    data: Mapping[str, record.DataSet],
    store: Store,
    interrupted: bool = False,
) -> record.Lineage:
    """Where model and data came from. `data` are the data sets that the run has read.

    Their rows are read again, and compared with the training rows, unless the store holds what came of it before.
    Raises nothing: why no overlap was looked for is told in `unlooked`.
    """
    found: list[record.Overlap] = []
    reasons: list[str] = []
    origin: Origin | None = None
    try:
        origin = origin_of(plan)
    except (RobustError, OSError) as error:
        reasons.append(f"the training data cannot be read: {error}")
    if origin is None:
        reasons = reasons or ["the suite names no training data"]
    elif interrupted:
        reasons.append("the run was interrupted")
    elif origin.rows is None:
        reasons.append(f"a file of format {origin.told.format} does not tell of single rows")
    else:
        for name in dict.fromkeys(check.cell.data for check in plan.checks):
            if name not in data:
                reasons.append(f"data {name!r} was not read in this run")
                continue
            try:
                found.append(overlap(plan, data[name], origin.told, origin.rows, store))
            except RobustError as error:
                reasons.append(str(error))
    return record.Lineage(
        weights=list(weights),
        training=None if origin is None else origin.told,
        overlaps=found,
        unlooked=portable(plan, "; ".join(reasons)) or None,
    )


def origin_of(plan: Plan) -> Origin | None:
    """The training data that the suite names. Raises OSError, or what a data set raises that cannot be read."""
    suite = plan.file.suite
    assert suite is not None
    if plan.training is not None:
        file = plan.training
        told = record.Training(
            source=file.source,
            format=file.format,
            sha256=sha256_of(file.path),
            rows=None if file.told.rows is None else len(file.told.rows),
            description=shortened(file.told.description),
        )
        rows = file.told.rows
        return Origin(told, None if rows is None else lambda: rows)
    if suite.training is None or suite.training.data is None:
        return None
    name = suite.training.data
    dataset = load_data(plan, name, None)
    told = record.Training(
        source=name,
        format="data set",
        sha256=dataset.fingerprint,
        rows=len(dataset),
        description={"source": suite.data[name].source},
    )
    return Origin(told, lambda: rows_of(batches(dataset, name)))


def shortened(description: Mapping[str, str]) -> dict[str, str]:
    """What a file says, as far as a record holds it: some files hold thousands of lines.

    >>> shortened({"datasets": "a" * 505})["datasets"][-25:]
    'aaaa… (5 characters more)'
    """
    told = {name[:LONGEST_FACT]: value for name, value in list(description.items())[:MOST_FACTS]}
    if len(description) > MOST_FACTS:
        told["left out"] = f"{len(description) - MOST_FACTS:,} entries more"
    return {
        name: value
        if len(value) <= LONGEST_FACT
        else f"{value[:LONGEST_FACT]}… ({len(value) - LONGEST_FACT:,} characters more)"
        for name, value in told.items()
    }


def overlap(
    plan: Plan, data: record.DataSet, training: record.Training, training_rows: Callable[[], Rows], store: Store
) -> record.Overlap:
    """What a data set shares with the training rows. Raises what a data set raises that cannot be read."""
    key = digest_of({"data": data.sha256, "training": training.sha256, "within": WITHIN, "alike": ALIKE, "rule": RULE})
    found = store.read(key, "twins")
    if found is None:
        found = compared(plan, data.name, training_rows(), store)
        with store.lock(key):
            store.write(key, "twins", found)
    distances = found["distances"]
    first = (found[name][:MOST_TWINS].tolist() for name in ("rows", "training_rows", "distances"))
    return record.Overlap(
        data=data.name,
        rows=data.rows,
        training_rows=training.rows or 0,
        exact=int((distances == EXACT).sum()),
        near=int((distances != EXACT).sum()),
        within=WITHIN,
        correlation=ALIKE,
        twins=[
            record.Twin(row=row, training_row=other, distance=bits) for row, other, bits in zip(*first, strict=True)
        ],
    )


def compared(plan: Plan, name: str, training: Rows, store: Store) -> Columns:
    """The ids of rows with a twin and of their twins, and how far these are apart. Unreadable rows have none."""
    test = rows_of(batches(readable(load_data(plan, name, None), name, store), name))
    found = twins(test, training)
    return {
        "rows": test.ids[found.rows],
        "training_rows": training.ids[found.training_rows],
        "distances": found.distances,
    }
