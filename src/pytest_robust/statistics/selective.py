"""A model that answers its most confident rows first: metrics of its risk, and claims about them.

The metrics and what they mean under ties are in `risks`; the claims in `risk_areas` and `coverage`, each with its test
and the proof of its errors.
"""

from pytest_robust.statistics.coverage import decide_coverage_at_risk, decide_risk_at_coverage
from pytest_robust.statistics.risk_areas import decide_augrc, decide_aurc, decide_e_aurc
from pytest_robust.statistics.risks import augrc, aurc, coverage_at_risk, e_aurc, risk_at_coverage

__all__ = [
    "augrc",
    "aurc",
    "coverage_at_risk",
    "decide_augrc",
    "decide_aurc",
    "decide_coverage_at_risk",
    "decide_e_aurc",
    "decide_risk_at_coverage",
    "e_aurc",
    "risk_at_coverage",
]
