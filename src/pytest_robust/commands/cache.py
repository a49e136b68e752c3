"""`robust cache`: how much evidence is kept, and making room."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from pytest_robust.engine.room import Kept, kept, removed, written_size
from pytest_robust.errors import RobustError
from pytest_robust.pytest_support import outside, settings
from pytest_robust.report.words import count


def info(cache: Path | None = None) -> Iterator[str]:
    """What is kept, in `cache` or where a run would keep it. Raises RobustError."""
    config = outside.configuration()
    folder = cache or outside.cache_folder(config)
    cells = kept(folder)
    yield f"{settings.shown(folder, config)}: {told(cells)}"
    if cells:
        used = sorted(cells, key=lambda one: one.used)
        yield f"last used between {day(used[0])} and {day(used[-1])} (UTC)"
    if foreign := [one for one in cells if not one.readable]:
        yield f"of another version, never read: {told(foreign)}"
    yield f"limit {written_size(settings.cache_size(config))} (robust_cache_size): what was used longest ago makes room"


def prune(cache: Path | None = None, most: int | None = None) -> str:
    """Remove what was used longest ago until `most` bytes are left, or as many as the setting allows.

    Raises RobustError where more are left.
    """
    config = outside.configuration()
    folder = cache or outside.cache_folder(config)
    limit = settings.cache_size(config) if most is None else most
    gone = list(removed(kept(folder), limit))
    left = kept(folder)
    done = f"removed {told(gone)}; {told(left)} left"
    if sum(one.bytes for one in left) > limit:
        shown = settings.shown(folder, config)
        raise RobustError(f"{done}, which cannot be removed: a run is making it, or {shown} cannot be written")
    return done


def clear(cache: Path | None = None) -> str:
    """Remove all evidence. The ledger of looks stays. Raises RobustError where some is left."""
    return prune(cache, 0)


def told(cells: Sequence[Kept]) -> str:
    """How many, and how much."""
    return f"{count(len(cells), 'cell')} of evidence, {written_size(sum(one.bytes for one in cells))}"


def day(one: Kept) -> str:
    """When a cell was last used."""
    return datetime.fromtimestamp(one.used, UTC).date().isoformat()
