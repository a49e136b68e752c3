"""The words and letters of pytest's progress: INCONCLUSIVE is neither passed nor failed, and has its own."""

from __future__ import annotations

import pytest

from pytest_robust.pytest_support.transport import ATTRIBUTE, unpack


def pytest_report_teststatus(
    report: pytest.CollectReport | pytest.TestReport,
) -> tuple[str, str, tuple[str, dict[str, bool]]] | None:
    """`?` and INCONCLUSIVE for a claim that the gate lets pass though it is not proven."""
    packed = getattr(report, ATTRIBUTE, None)
    if packed is None or report.when != "call" or not report.passed or unpack(packed).verdict.outcome != "INCONCLUSIVE":
        return None
    return "inconclusive", "?", ("INCONCLUSIVE", {"yellow": True})
