"""The tier of a deployment: how much has to be shown, from the harm of a mistake and the model's freedom to make it.

A convention of this project, made from IEC 61508-7 Annex D (failure-free tests), EASA's levels of AI, and severity and
control of ISO 26262. It gives evidence for what those ask; it is none of them.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from pytest_robust.record import Risk
from pytest_robust.statistics.exact import binomial_p

SEVERITIES = ("nuisance", "reversible", "serious", "irreversible or life")
"""Of the worst credible mistake, from 0."""
AUTONOMIES = ("advisory", "a human confirms", "acts, but a human can stop it in time", "acts unchecked")
"""Of the model, from 0."""

MOST_ROWS = 10**7


@dataclass(frozen=True, slots=True)
class Tier:
    """What one tier asks of numbers. What it asks besides is in `requirements`."""

    number: int
    bound: float | None
    """Upper bound on P(catastrophic), which has to be proven."""
    confidence: float
    """At which it has to be proven."""
    signers: int = 0
    """How many people have to sign."""

    def rows(self, failures: int) -> int:
        """The least number of rows that prove the bound with so many catastrophes among them; a sample where none is
        asked.

        >>> [TIERS[1].rows(failures) for failures in range(3)]
        [299, 473, 628]
        """
        return SAMPLE if self.bound is None else least_rows(self.bound, 1.0 - self.confidence, failures)


SAMPLE = 200
"""Rows of clean data that tier 0 asks for: its least n."""

TIERS = (
    Tier(0, None, 0.95),
    Tier(1, 1e-2, 0.95),
    Tier(2, 1e-3, 0.95),
    Tier(3, 1e-4, 0.95, signers=2),
    Tier(4, 1e-4, 0.99, signers=2),
)


def tier_of(risk: Risk) -> Tier:
    """0 where severity is 0, else severity + autonomy - 1, at most 4; rare exposure takes one off.

    >>> from pytest_robust.record import Place
    >>> place = Place(path="s.yaml", line=1, column=1)
    >>> [tier_of(Risk(severity=severity, autonomy=1, place=place)).number for severity in range(4)]
    [0, 1, 2, 3]
    """
    return TIERS[_graded(risk) - taken_off(risk)]


def taken_off(risk: Risk) -> bool:
    """Whether rare exposure takes a tier off: there is none below 0."""
    return risk.rare is not None and _graded(risk) > 0


def _graded(risk: Risk) -> int:
    return min(risk.severity + risk.autonomy - 1, len(TIERS) - 1) if risk.severity else 0


def derivation(risk: Risk) -> str:
    """How the tier came about, in words.

    >>> from pytest_robust.record import Place
    >>> derivation(Risk(severity=2, autonomy=1, place=Place(path="s.yaml", line=1, column=1)))
    'severity 2 (serious), autonomy 1 (a human confirms)'
    """
    told = (
        f"severity {risk.severity} ({SEVERITIES[risk.severity]}), "
        f"autonomy {risk.autonomy} ({AUTONOMIES[risk.autonomy]})"
    )
    return f"{told}, one less for rare exposure" if taken_off(risk) else told


def warnings(tier: Tier) -> list[str]:
    """What no number of tests can make good, for tiers that are near it."""
    found = []
    if tier.number >= 3:
        found.append(
            "Never multiply P(model wrong) by P(guard misses) without evidence that they are independent: "
            "test the joint event."
        )
    if tier.number == len(TIERS) - 1:
        found.append(
            "The bound is of model and guard together. Tests alone cannot justify a rate of less than about 1e-5."
        )
    return found


def least_rows(bound: float, alpha: float, failures: int) -> int:
    """The least n at which so many failures among n rows reject "the rate is above the bound" at alpha, exactly.

    That is the least n with P(at most so many failures | n, bound) <= alpha: Clopper and Pearson's upper limit is then
    at most the bound. Without a failure it is ln alpha / ln(1 - bound), rounded up.

    >>> least_rows(1e-3, 0.05, 0)
    2995
    """

    def enough(n: int) -> bool:
        return n > failures and binomial_p(n - failures, n, 1.0 - bound) <= alpha

    return bisect_left(range(MOST_ROWS), True, key=enough)
