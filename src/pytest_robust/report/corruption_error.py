"""Mean corruption errors for section 5: the value, and the errors in whose units it is given."""

from __future__ import annotations

import re

from pytest_robust.record import Record, Verdict

PROPERTIES = frozenset({"mce", "relative_mce"})
REFERENCE = re.compile(r"\breference\s*=\s*([^,)]+)")
KNOWN = {
    "alexnet": "AlexNet’s published errors on ImageNet-C; 1 is as good as AlexNet, the paper writes 100",
    "none": "none: the plain mean over corruptions, from 0 to 1",
}


def corruption_errors(record: Record) -> list[tuple[Verdict, str]]:
    """The verdicts on a mean corruption error, each with its reference in words."""
    return [(verdict, reference(verdict.claim)) for verdict in record.verdicts if verdict.property in PROPERTIES]


def reference(claim: str) -> str:
    """Whose errors the value is divided by.

    >>> reference("mce(reference=errors.csv) <= 0.9")
    'the errors in errors.csv'
    """
    found = REFERENCE.search(claim)
    named = found[1].strip() if found else ""
    return KNOWN.get(named) or (f"the errors in {named}" if named else "not recorded")
