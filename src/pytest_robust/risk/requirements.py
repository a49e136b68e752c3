"""What a tier requires: what is asked for, what is there, and what to do where it is missing.

Requirements are cumulative: tier 2 asks for all that tiers 0 and 1 do. What a run can show is read from its verdicts:
it is there if at least one such claim is proven and every other is proven or waived. A waiver excuses a check,
but it is no evidence. What no run can show is `stated` by the suite: the owner's word, and called so.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from pytest_robust.record import Record
from pytest_robust.risk.evidence import Evidence
from pytest_robust.risk.looks import (
    Found,
    bounded,
    claimed,
    compared,
    manifest,
    nothing_open,
    reported,
    sample,
    signed,
    sliced,
    stated,
    traced,
)
from pytest_robust.risk.tier import SAMPLE, taken_off, tier_of

RIGHT = frozenset({"accuracy", "balanced_accuracy", "top_k_accuracy"})
HARD = RIGHT | {"recall", "accuracy_drop", "effective_robustness", "mce", "relative_mce", "flip_rate", "top5_distance"}
CALIBRATION = frozenset({"ece", "classwise_ece", "calibrated"})
DOUBT = frozenset({"entropy_rise", "not_random", "divergence_from_posterior", "divergence_from_votes"})
HOLDING_BACK = frozenset({"risk_at_coverage", "coverage_at_risk", "answered_risk"})
FAMILIARITY = frozenset({"ood_auroc", "ood_aupr", "fpr_id_at_tpr95"})
ATTACKED = HARD | {"robust_accuracy", "minimal_perturbation"}


CORRUPTED = frozenset({"corruption", "field", "pipeline"})


@dataclass(frozen=True, slots=True)
class Requirement:
    """One thing that a tier, and every higher one, requires."""

    tier: int
    name: str
    asks: str
    look: Callable[[Evidence], Found]
    at_the_run: bool = False
    """Whether nothing of it is known before."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A requirement and what there is of it."""

    requirement: Requirement
    found: Found


def evaluate(record: Record, signers: int = 0) -> tuple[Finding, ...]:
    """Every requirement of the record's tier, tier by tier; none where the suite states no risk.

    `signers` is how many people have signed the record.
    """
    if record.risk is None:
        return ()
    tier = tier_of(record.risk)
    evidence = Evidence(record, tier, signers)
    asked = [one for one in REQUIREMENTS if one.tier <= tier.number]
    if taken_off(record.risk):
        asked.append(RARE)
    return tuple(Finding(one, one.look(evidence)) for one in asked)


def missing(findings: Collection[Finding]) -> list[Finding]:
    """Those that keep a release from GO."""
    return [one for one in findings if one.found.status == "missing"]


def to_sign(findings: Collection[Finding]) -> list[Finding]:
    """Those that come after the run."""
    return [one for one in findings if one.found.status == "to sign"]


REQUIREMENTS = (
    Requirement(0, "sample", f"at least {SAMPLE} rows of clean data", sample),
    Requirement(
        0,
        "clean accuracy",
        "a claim on accuracy on clean data",
        partial(claimed, properties=RIGHT, kinds={"clean"}, write="accuracy >= 0.95"),
    ),
    Requirement(
        0,
        "output bounds",
        "every answer is a finite probability",
        partial(claimed, properties={"finite_outputs"}, write="finite_outputs"),
    ),
    Requirement(0, "report", "a record and its report", reported, at_the_run=True),
    Requirement(1, "catastrophic rate", "an upper bound on P(catastrophic), proven on clean or natural data", bounded),
    Requirement(
        1,
        "corruptions",
        "claims under corruption, in the field or on the way to the model",
        partial(claimed, properties=HARD, kinds=CORRUPTED, write="accuracy >= 0.8 at severity <= 3"),
    ),
    Requirement(
        1,
        "calibration",
        "a claim on the error of its confidence",
        partial(claimed, properties=CALIBRATION, write="ece <= 0.05"),
    ),
    Requirement(
        1,
        "doubt",
        "a claim on entropy on ambiguous inputs",
        partial(claimed, properties=DOUBT, kinds={"ambiguity"}, write="entropy_rise >= 0.1"),
    ),
    Requirement(1, "data manifest", "rows and hash of every data set", manifest, at_the_run=True),
    Requirement(
        2,
        "abstention",
        "a claim on the risk of what is answered",
        partial(claimed, properties=HOLDING_BACK, write="risk_at_coverage(coverage=0.8) <= 0.02"),
    ),
    Requirement(
        2,
        "unfamiliar input",
        "a claim on telling unfamiliar input",
        partial(claimed, properties=FAMILIARITY, write="ood_auroc >= 0.9"),
    ),
    Requirement(2, "last release", "compared with it row by row, and nowhere proven worse", compared, at_the_run=True),
    Requirement(
        2, "lineage", "weights, data, a clean commit, training data named and looked through", traced, at_the_run=True
    ),
    Requirement(2, "nothing open", "INCONCLUSIVE blocks", nothing_open, at_the_run=True),
    Requirement(
        3,
        "attacks",
        "claims under attack",
        partial(claimed, properties=ATTACKED, kinds={"attack"}, write="accuracy >= 0.5 at epsilon <= 2/255"),
    ),
    Requirement(3, "worst slices", "claims of every slice", sliced),
    Requirement(
        3,
        "rule guard",
        "rules that catch a wrong answer, tested by injecting faults",
        partial(stated, key="rule_guard"),
    ),
    Requirement(3, "monitor", "its false alarms and its delay tested", partial(stated, key="monitor")),
    Requirement(3, "signed record", "a signature over the record", partial(signed, times=1), at_the_run=True),
    Requirement(3, "second signer", "a second person's signature", partial(signed, times=2), at_the_run=True),
    Requirement(4, "independent channel", "a second way to the answer", partial(stated, key="independent_channel")),
    Requirement(4, "staged rollout", "a share of the use sees it first", partial(stated, key="staged_rollout")),
    Requirement(4, "external review", "by somebody outside the team", partial(stated, key="external_review")),
)
"""In the order of their tiers. The bound of `catastrophic rate` is that of the tier at hand."""

RARE = Requirement(
    0, "rare exposure", "the tier taken off for it is signed for", partial(signed, times=1), at_the_run=True
)
