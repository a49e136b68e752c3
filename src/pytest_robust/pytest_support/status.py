"""The words and letters of pytest's progress: INCONCLUSIVE is neither passed nor failed, and has its own."""

from __future__ import annotations

from typing import Any

import pytest

from pytest_robust.pytest_support.transport import ATTRIBUTE, unpack

AGAIN: Any = "again"
"""The outcome of a check whose worker died, in a report that is no verdict: it is judged once more."""


def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """`?` for a claim that the gate lets pass though it is not proven; `A` for what is judged again."""
    if report.outcome == AGAIN:
        return "judged again", "A", ("AGAIN", {"yellow": True})
    packed = getattr(report, ATTRIBUTE, None)
    if packed is None or report.when != "call" or not report.passed or unpack(packed).verdict.outcome != "INCONCLUSIVE":
        return None
    return "inconclusive", "?", ("INCONCLUSIVE", {"yellow": True})
