"""The sections of the page, in their fixed order. A section is a line here and a template of its anchor's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_robust.record import Record
from pytest_robust.report.cells import SOUGHT


@dataclass(frozen=True, slots=True)
class Part:
    """One section of the page."""

    number: int | None
    anchor: str
    title: str
    present: Callable[[Record], bool] = lambda _: True
    """Whether there is anything to tell. Section 13 names those that are absent."""
    absent: str = ""
    """What section 13 says where there is nothing to tell."""

    @property
    def template(self) -> str:
        return f"{self.anchor}.html"


PARTS = (
    Part(1, "identity", "Identity"),
    Part(2, "decision", "Decision"),
    Part(3, "failures", "What fails"),
    Part(4, "requirements", "Requirement matrix"),
    Part(5, "corruptions", "Corruptions"),
    Part(6, "uncertainty", "Uncertainty"),
    Part(
        7,
        "unfamiliar",
        "Unfamiliar and ambiguous inputs",
        present=lambda record: any(cell.truth != "label" for cell in record.cells),
        absent="the model was asked about nothing that it does not know, and nothing that could be two things.",
    ),
    Part(
        8,
        "adversarial",
        "Adversarial",
        present=lambda record: any(cell.kind in SOUGHT for cell in record.cells),
        absent="nobody attacked the model. That says nothing of what an attack would find.",
    ),
    Part(9, "counterexamples", "Counterexamples"),
    Part(
        10,
        "changes",
        "Change since the baseline",
        present=lambda record: record.comparison is not None,
        absent="this run is compared with no other.",
    ),
    Part(
        11,
        "slices",
        "Slices and data",
        present=lambda record: bool(record.data) or any(verdict.slices for verdict in record.verdicts),
        absent="no data were read.",
    ),
    Part(None, "checks", "All checks"),
    Part(12, "protocol", "Protocol"),
    Part(13, "limits", "Not measured, and limits"),
    Part(14, "residual", "Residual risk and waivers"),
    Part(15, "standards", "Standards map"),
    Part(None, "added", "Added by plug-ins", present=lambda record: bool(record.sections)),
    Part(16, "reproduce", "Reproduce"),
)
