"""The data as they are, the first half of section 11: classes, rows that cannot be read, labels that look wrong."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from pytest_robust.record import CellSummary, DataSet, Record
from pytest_robust.report.figures import balance
from pytest_robust.report.words import count


@dataclass(frozen=True, slots=True)
class Balance:
    """One data set with its classes."""

    data: DataSet
    words: str
    figure: Markup | None
    """None where no row has a class."""


def balances(record: Record) -> list[Balance]:
    """The data sets whose balance is known, in the order of the suite. Records before schema 1.3 do not tell it."""
    if record.lineage is None:
        return []
    return [balanced(data, names(data, record)) for data in record.data]


def balanced(data: DataSet, classes: list[str]) -> Balance:
    """How many rows the classes of one data set have."""
    if not data.balance:
        return Balance(data, f"{count(data.rows, 'row')} of no class", None)
    fewest, most = min(data.balance), max(data.balance)
    each = f"{most:,}" if fewest == most else f"from {fewest:,} to {most:,}"
    empty = data.balance.count(0)
    without = f"; {count(empty, 'class', 'classes')} without any" if empty else ""
    words = f"{count(sum(data.balance), 'row')} of {count(len(data.balance), 'class', 'classes')}, {each} each{without}"
    return Balance(data, words, balance.draw(classes, data.balance, name=data.name))


def rests_on(data: DataSet, record: Record) -> int:
    """How many checks have verdicts that rest on rows of a data set."""
    cells = {(cell.scenario, cell.cell) for cell in record.cells if cell.data == data.name}
    return sum((verdict.scenario, verdict.cell) in cells for verdict in record.verdicts)


def names(data: DataSet, record: Record) -> list[str]:
    """The classes of a data set: its own, or the model's, or numbers."""
    known = data.classes or (record.model.classes if record.model else [])
    return [*known[: len(data.balance)], *map(str, range(len(known), len(data.balance)))]


def doubted(record: Record) -> list[CellSummary]:
    """Of each data set whose labels were looked at, the clean cell that saw most of its rows."""
    found: dict[str, CellSummary] = {}
    for cell in record.cells if record.lineage is not None else ():
        if cell.kind == "clean" and cell.data is not None and cell.accuracy is not None:
            known = found.get(cell.data)
            found[cell.data] = cell if known is None or cell.n > known.n else known
    return list(found.values())
