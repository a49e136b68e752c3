"""Section 15: for which clause of which standard this record gives evidence, and in which section.

Never more than that: whether a clause is fulfilled is for those to say who know the whole system.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pytest_robust.record import Record
from pytest_robust.report import evidence


@dataclass(frozen=True, slots=True)
class Clause:
    """What a clause is about, in our words, and where the page has something for it."""

    standard: str
    clause: str
    subject: str
    sections: tuple[str, ...]
    """Anchors."""
    found: Callable[[Record], str]
    """What there is in a record."""


NIST, EU = "NIST AI RMF 1.0", "EU AI Act (2024/1689)"
CLAUSES = (
    Clause(
        NIST,
        "MEASURE 1.1",
        "metrics for the gravest risks, and what is not measured",
        ("requirements", "limits"),
        evidence.chosen,
    ),
    Clause(NIST, "MEASURE 1.3", "assessors who did not develop the system", ("decision",), evidence.independent),
    Clause(
        NIST,
        "MEASURE 2.1",
        "test sets, metrics and tools are written down",
        ("identity", "reproduce"),
        evidence.documented,
    ),
    Clause(
        NIST,
        "MEASURE 2.3",
        "performance under conditions like those of use",
        ("corruptions", "checks"),
        evidence.measured,
    ),
    Clause(NIST, "MEASURE 2.5", "valid and reliable, and how far that carries", ("failures", "limits"), evidence.valid),
    Clause(
        NIST,
        "MEASURE 2.6",
        "safe, within the risk accepted, and failing safely beyond its knowledge",
        ("decision", "unfamiliar", "residual"),
        evidence.safe,
    ),
    Clause(NIST, "MEASURE 2.13", "whether the measuring itself works", ("protocol",), evidence.errors),
    Clause(NIST, "MANAGE 1.1", "whether it serves its purpose and should go on", ("decision",), evidence.decided),
    Clause(
        EU,
        "Article 9(8)",
        "tests before release, against metrics and probabilistic thresholds set beforehand",
        ("requirements", "protocol"),
        evidence.thresholds,
    ),
    Clause(
        EU,
        "Article 15",
        "accuracy, robustness and cybersecurity",
        ("corruptions", "adversarial", "uncertainty"),
        evidence.robust,
    ),
    Clause(
        EU,
        "Annex IV, 2(g)",
        "validation and testing: data, metrics, logs, reports dated and signed",
        ("identity", "decision", "checks"),
        evidence.identity,
    ),
    Clause(
        EU,
        "Annex IV, 3",
        "capabilities and limits, accuracy for groups, foreseeable unintended outcomes",
        ("slices", "limits", "residual"),
        evidence.groups,
    ),
    Clause(EU, "Annex IV, 4", "why these performance metrics fit", ("protocol", "requirements"), evidence.chosen),
    Clause(
        "ISO/IEC 24029",
        "parts 1 and 2",
        "robustness of neural networks; of its methods, statistical and empirical ones",
        ("corruptions", "adversarial"),
        evidence.measured,
    ),
    Clause(
        "AMLAS",
        "stages 2, 3 and 5",
        "safety requirements, data management, verification of the model",
        ("requirements", "slices", "checks"),
        evidence.data_managed,
    ),
    Clause(
        "ISO 21448",
        "SOTIF",
        "hazards from insufficient performance: known and unknown triggering conditions",
        ("requirements", "corruptions", "unfamiliar"),
        evidence.known_unknown,
    ),
    Clause(
        "UL 4600",
        "safety case",
        "arguments and evidence that a reviewer can follow, and what is left",
        ("requirements", "residual", "reproduce"),
        evidence.decided,
    ),
)
"""In the order of the specification. Subjects are in our words; the standards' own are binding."""
