"""The hooks that pytest-robust calls, for a conftest.py or another plug-in. Imported by every pytest run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

    from pytest_robust.record import Record, Section, Verdict


def pytest_robust_verdict(item: pytest.Item, verdict: Verdict) -> None:
    """A check was judged, or ended in ERROR.

    Called in the process that runs the item, under pytest-xdist in the worker, before pytest reports the item.
    """


def pytest_robust_sections(config: pytest.Config, record: Record) -> list[Section] | None:
    """Sections to add to the report of a suite: `pytest_robust.record.Section`, made of what the record says.

    Called once a suite, at the end, before the record is written, never in an xdist worker. The sections become part of
    the record and of its digest: make them from the record and from files, without dates and other chance, so that two
    equal runs have equal records. All text is shown as it is, none of it as HTML or Markdown.
    """


def pytest_robust_record(config: pytest.Config, record: Record, path: Path) -> None:
    """The record of a suite was written to `path`. Called once a suite, at the end, never in an xdist worker."""
