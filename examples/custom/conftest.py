"""A section of one's own in the report: what the mistakes that were seen would cost in a year of reading pens."""

from __future__ import annotations

from pytest_robust.record import Section, Table

READINGS = 2_000_000
"""A year, of all pens."""
COST = 0.40
"""Euro, of a reading that is wrong and that nobody doubts."""


def pytest_robust_sections(record):
    """From the record alone, so that a run and its repetition say the same."""
    seen = [one for one in record.verdicts if one.property.endswith("confidently_wrong") and one.estimate is not None]
    rows = [[one.cell, f"{one.estimate:.3f}", f"{one.estimate * READINGS * COST:,.0f}"] for one in seen]
    return [
        Section(
            title="What mistakes cost",
            paragraphs=[f"If every reading of a year, {READINGS:,}, were made under the condition of the row."],
            tables=[Table(caption="Confident mistakes", head=["condition", "share", "euro a year"], rows=rows)],
        )
    ]
