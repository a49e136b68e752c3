"""What an observer is told of a cell: before its first batch, and after each."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_world import Brightest, cell, check, grain, plan, right

from pytest_robust.engine.engine import Engine
from pytest_robust.engine.progress import Progress

UNTIL_THE_END: dict[str, Any] = {"early_stopping": False}


def told(cache: Path | None, **statistics: Any) -> list[Progress]:
    """What an observer is told while one check is judged."""
    made = plan(Brightest(), check(cell(grain, 1), right, "right >= 0.1"), statistics={**UNTIL_THE_END, **statistics})
    found: list[Progress] = []
    Engine(made, cache=cache, observe=found.append).judge(made.checks[0])
    return found


def test_rows_are_told_as_they_come() -> None:
    found = told(None)
    assert [one.rows for one in found] == [0, 8, 16, 24, 32, 40, 48, 56, 60]
    assert {one.needed for one in found} == {60}
    assert {one.cell for one in found} == {"s::grain-1"}
    first, *others = found
    assert first.pace is None
    assert all(one.pace is not None and one.pace > 0 for one in others)
    assert others[-1].left == 0


def test_no_more_rows_are_needed_than_the_suite_allows() -> None:
    found = told(None, rows=20)
    assert [(one.rows, one.needed) for one in found] == [(0, 20), (8, 20), (16, 20), (20, 20)]


def test_what_comes_from_the_cache_has_no_pace(tmp_path: Path) -> None:
    made, found = told(tmp_path), told(tmp_path)
    assert [one.rows for one in found] == [one.rows for one in made]
    assert {one.pace for one in found} == {None}
