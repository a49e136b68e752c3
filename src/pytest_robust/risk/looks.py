"""What there is of each requirement of a tier: one function a sort of requirement, from evidence to what is found."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from pytest_robust.record import Verdict
from pytest_robust.risk.evidence import Evidence
from pytest_robust.risk.lineage import lacking
from pytest_robust.risk.tier import SAMPLE

Status = Literal["met", "stated", "missing", "to sign"]
"""`stated` is the owner's word, not measured; `to sign` comes after the run, and is no part of its gate."""


@dataclass(frozen=True, slots=True)
class Found:
    """What there is of one requirement."""

    status: Status
    says: str
    evidence: tuple[str, ...] = ()
    """Ids of checks, or names of fields of the record."""
    remedy: str = ""
    """What to do where it is missing or to sign."""


def many(count: int, one: str) -> str:
    """A number of things.

    >>> many(1, "cell"), many(2000, "cell")
    ('1 cell', '2,000 cells')
    """
    return f"{count:,} {one}{'s' * (count != 1)}"


def claimed(evidence: Evidence, *, properties: Collection[str], kinds: Collection[str] = (), write: str) -> Found:
    """Claims of these properties, on what generators of these kinds make; of any kind where none is named."""
    return judged(evidence, evidence.claims(properties, kinds), write)


def sliced(evidence: Evidence) -> Found:
    """Claims of every slice."""
    return judged(evidence, [one for one in evidence.verdicts if one.by is not None], "accuracy >= 0.8 by class")


def judged(evidence: Evidence, claims: Collection[Verdict], write: str) -> Found:
    """What claims of one sort come to."""
    proven = tuple(one.id for one in claims if one.outcome == "PASS")
    excused = [one.id for one in claims if one.id in evidence.waived]
    open_ = [one.id for one in claims if one.outcome != "PASS" and one.id not in evidence.waived]
    if not claims:
        return Found("missing", "nothing of it is claimed", remedy=f"claim it, such as `{write}`")
    if open_ or not proven:
        remedy = "prove what is open, or have the owner waive it" if proven or open_ else "prove one of them"
        return Found("missing", f"{len(proven):,} of {len(claims):,} proven", (*proven, *open_), remedy)
    more = f", {len(excused):,} waived" if excused else ""
    return Found("met", f"{len(proven):,} of {len(claims):,} proven{more}", proven)


def sample(evidence: Evidence) -> Found:
    """Enough rows of clean data."""
    rows = evidence.rows
    if rows >= SAMPLE:
        return Found("met", f"{rows:,} rows", ("data",))
    return Found("missing", f"{rows:,} rows", ("data",), f"add {SAMPLE - rows:,} rows of clean data")


def bounded(evidence: Evidence) -> Found:
    """A catastrophic rate that is proven to be small enough, on data as they are found."""
    tier = evidence.tier
    assert tier.bound is not None
    written = f"catastrophic_rate(cost=...) <= {tier.bound:g}"
    claims = evidence.claims({"catastrophic_rate"}, {"clean"})
    enough = [one for one in claims if one.operator == "<=" and (one.threshold or 0.0) <= tier.bound]
    proven = tuple(one.id for one in enough if one.outcome == "PASS")
    alpha, allowed = evidence.record.protocol.alpha_pass, 1.0 - tier.confidence
    seen = tuple(one.id for one in claims)
    rows, needed = evidence.rows, tier.rows(0)
    there = f"{rows:,} rows of clean data, {needed:,} needed without one catastrophe"
    if rows < needed:
        return Found("missing", there, seen, f"add {needed - rows:,} rows and claim `{written}` of them")
    if proven and alpha <= allowed:
        return Found("met", f"proven at {1 - alpha:.0%}", proven)
    if proven:
        return Found("missing", f"proven at {1 - alpha:.0%} only", seen, f"set `alpha_pass: {allowed:.2g}`")
    if enough:
        return Found("missing", f"claimed, and not proven; {there}", seen, "mend the model, or add rows")
    said = "claimed with a higher bound only" if claims else "not claimed of clean data"
    return Found("missing", f"{said}; {there}", seen, f"claim `{written}` of clean or naturally shifted data")


def nothing_open(evidence: Evidence) -> Found:
    """No claim is left INCONCLUSIVE."""
    found = tuple(
        one.id for one in evidence.verdicts if one.outcome == "INCONCLUSIVE" and one.id not in evidence.waived
    )
    if not found:
        return Found("met", "none is open")
    return Found("missing", f"{len(found):,} open", found, "settle them with more images, or claim less")


def compared(evidence: Evidence) -> Found:
    """Row by row against the last release, and nowhere proven to be worse."""
    comparison = evidence.record.comparison
    if comparison is None or not comparison.changes:
        said = "this run is compared with no other" if comparison is None else "no cell could be compared"
        return Found("missing", said, remedy="name the last release's record: `--robust-baseline RECORD`")
    worse = tuple(one.id for one in comparison.changes if one.trend == "REGRESSED")
    if worse:
        return Found("missing", f"{many(len(worse), 'cell')} worse", worse, "mend what got worse")
    return Found("met", f"{many(len(comparison.changes), 'cell')} compared, none proven worse", ("comparison",))


def manifest(evidence: Evidence) -> Found:
    """Every data set with its rows and hash."""
    data = evidence.record.data
    if not data:
        return Found("missing", "no data were read", remedy="run the suite")
    return Found(
        "met", f"{many(len(data), 'data set')} with rows and SHA-256", tuple(f"data {one.name}" for one in data)
    )


def traced(evidence: Evidence) -> Found:
    """Where model and data came from, and that no test row was trained on."""
    lacks = lacking(evidence.record)
    if lacks:
        return Found("missing", "; ".join(said for said, _ in lacks), remedy="; ".join(remedy for _, remedy in lacks))
    return Found("met", "weights, data, commit and training data", ("model", "data", "environment", "lineage"))


def reported(_: Evidence) -> Found:
    """A report is made of every record."""
    return Found("met", "this record", ("digest",))


def stated(evidence: Evidence, *, key: str) -> Found:
    """What the suite's owner says, with where it can be read."""
    assert evidence.record.risk is not None
    word = evidence.record.risk.stated.get(key)
    if word is None:
        return Found("missing", "not stated", remedy=f"do it, and say where it can be read: `stated: {{{key}: ...}}`")
    return Found("stated", word, (f"risk.stated.{key}",))


def signed(evidence: Evidence, *, times: int) -> Found:
    """So many people have signed."""
    if evidence.signers >= times:
        return Found("met", f"{evidence.signers} signed", ("signatures",))
    return Found("to sign", f"{evidence.signers} signed", remedy="sign this record: `robust sign`")
