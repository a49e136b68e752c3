"""Where the time of a run went, under `--robust-profile`: gathered check by check, told after the summary."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pytest_robust.pytest_support.words import count, harmless
from pytest_robust.record import Profile, Spent

MOST = 20
"""Cells that the record has."""
SHOWN = 5
"""Cells that the terminal tells."""
INDENT = " " * 4


def profile(spent: Mapping[str, Spent]) -> Profile | None:
    """The profile of a run, by what was spent in each check; None where nobody asked."""
    if not spent:
        return None
    cells: dict[str, Spent] = {}
    for check, one in spent.items():
        cell = check.rpartition("::")[0]
        cells[cell] = cells.get(cell, Spent()) + one
    slowest = sorted(cells, key=lambda cell: -cells[cell].all)[:MOST]
    whole = sum(spent.values(), Spent())
    return Profile(checks=len(spent), spent=whole, cells={cell: cells[cell] for cell in slowest})


def told(found: Profile) -> Iterator[str]:
    """A table: the whole in seconds and percent, then the slowest cells in seconds.

    >>> for line in told(Profile(checks=2, spent=Spent(model=3, disk=1), cells={"fog::fog-3": Spent(model=3)})):
    ...     print(line)
        seconds      data  generation  model  judging  disk  rest   all
        2 checks     0.00        0.00   3.00     0.00  1.00  0.00  4.00
        percent         0           0     75        0    25     0   100
        fog::fog-3   0.00        0.00   3.00     0.00  0.00  0.00  3.00
    """
    sections = tuple(Spent.model_fields)
    whole = found.spent.all or 1.0
    share = [100 * value / whole for value in (*found.spent.model_dump().values(), found.spent.all)]
    rows = [
        ("seconds", (*sections, "all")),
        (count(found.checks, "check"), _seconds(found.spent)),
        ("percent", [f"{value:.0f}" for value in share]),
        *((harmless(cell), _seconds(one)) for cell, one in list(found.cells.items())[:SHOWN]),
    ]
    names = max(len(name) for name, _ in rows)
    room = [max(len(row[place]) for _, row in rows) for place in range(len(sections) + 1)]
    for name, row in rows:
        yield f"{INDENT}{name:{names}} " + "".join(f"  {text:>{width}}" for text, width in zip(row, room, strict=True))


@dataclass(slots=True)
class Passing:
    """A run as its controller sees it pass, in seconds of one clock."""

    start: float
    workers: int = 0
    """Those that were started; none where the controller judges by itself."""
    first: float | None = None
    """When the first check began."""
    last: float | None = None
    """When the last one ended, of those so far."""

    def told(self, now: float) -> str:
        """The whole run in three parts: what a table of checks leaves out, too.

        >>> Passing(start=10.0, workers=2, first=11.5, last=12.0).told(12.25)
        '2.25 s in all: 1.50 before the first check, 0.50 for checks (the table adds up 2 workers), 0.25 after the last'
        >>> Passing(start=10.0).told(10.5)
        '0.50 s in all: 0.50 before the first check, 0.00 for checks, 0.00 after the last'
        """
        first = now if self.first is None else self.first
        last = first if self.last is None else self.last
        by = f" (the table adds up {count(self.workers, 'worker')})" if self.workers else ""
        before, during, after = (f"{part:.2f}" for part in (first - self.start, last - first, now - last))
        parts = f"{before} before the first check, {during} for checks{by}, {after} after the last"
        return f"{now - self.start:.2f} s in all: {parts}"


def _seconds(spent: Spent) -> list[str]:
    return [f"{value:.2f}" for value in (*spent.model_dump().values(), spent.all)]
