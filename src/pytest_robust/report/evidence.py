"""What a record holds that gives evidence for a clause of a standard: a sentence a clause of section 15."""

from __future__ import annotations

from pytest_robust.record import Record
from pytest_robust.report.words import count
from pytest_robust.risk.requirements import evaluate, missing
from pytest_robust.risk.tier import tier_of

NOTHING = "nothing in this record"


def identity(record: Record) -> str:
    """Hashes of model, data and suite."""
    model = "the model’s SHA-256, " if record.model else ""
    return f"{model}those of {count(len(record.data), 'data set')} and of the suite, {_commit(record)}"


def _commit(record: Record) -> str:
    revision = record.environment.revision
    if revision is None:
        return "no commit"
    return "a commit with changes on top" if revision.dirty else "a clean commit"


def chosen(record: Record) -> str:
    """What was claimed, and what was left unmeasured."""
    properties = len({verdict.property for verdict in record.verdicts})
    left = sum(verdict.outcome in ("NOT RUN", "ERROR") for verdict in record.verdicts)
    hazards = f", traced from {count(len(record.hazards), 'hazard')}" if record.hazards else ""
    claimed = f"{count(properties, 'property', 'properties')}{hazards}"
    return f"{claimed}; {count(left, 'check')} without a verdict, each with its reason"


def independent(record: Record) -> str:
    """Who outside the team looked at it."""
    if record.risk is None or "external_review" not in record.risk.stated:
        return f"{NOTHING}: no external review is stated"
    return "an external review, stated by the owner and not looked at here"


def documented(record: Record) -> str:
    """Test sets, metrics and tools."""
    packages = count(len(record.environment.packages), "package")
    rows = sum(data.rows for data in record.data)
    return f"{count(len(record.verdicts), 'check')}, {count(rows, 'row')} of test data, versions of {packages}"


def measured(record: Record) -> str:
    """How much of what was claimed is proven."""
    proven = sum(verdict.outcome == "PASS" for verdict in record.verdicts)
    cells = [cell for cell in record.cells if cell.kind in ("corruption", "field", "pipeline")]
    claims = count(len(record.verdicts), "claim")
    return f"{proven:,} of {claims} proven, {count(len(cells), 'cell')} under corruption or in the field"


def valid(record: Record) -> str:
    """Clean and hard inputs, with intervals."""
    proven = sum(verdict.outcome == "PASS" for verdict in record.verdicts)
    return f"{proven:,} of {count(len(record.verdicts), 'claim')} proven at the stated error; limits in section 13"


def safe(record: Record) -> str:
    """The tier, and beyond the limits of what the model knows."""
    beyond = sum(cell.truth != "label" for cell in record.cells)
    asked = f"{count(beyond, 'cell')} beyond what the model knows"
    if record.risk is None:
        return f"{asked}; no tier is assigned"
    findings = evaluate(record)
    return (
        f"{asked}; tier {tier_of(record.risk).number}, {len(missing(findings))} of {len(findings)} requirements missing"
    )


def errors(record: Record) -> str:
    """The error of every verdict, and how attacks were checked themselves."""
    protocol = record.protocol
    checked = sum(bool(cell.cautions) for cell in record.cells)
    doubts = f"; {count(checked, 'attacked cell')} in doubt" if checked else ""
    return (
        f"a false claim passes in at most {protocol.alpha_pass:g} of runs, a flake in {protocol.flake_budget:g}{doubts}"
    )


def decided(record: Record) -> str:
    """The word, and who signs."""
    waived = f", {count(len(record.waivers), 'waiver')}" if record.waivers else ""
    return f"a word for the release with what stands against it{waived}; a table for signatures"


def thresholds(record: Record) -> str:
    """Bounds that were written down before."""
    bounded = sum(verdict.threshold is not None for verdict in record.verdicts)
    return f"{count(bounded, 'claim')} with a bound, written in a suite whose hash is in the record"


def robust(record: Record) -> str:
    """Accuracy, robustness, attacks."""
    kinds = {cell.kind for cell in record.cells}
    parts = (
        ("clean", "accuracy"),
        ("corruption", "corruptions"),
        ("field", "field conditions"),
        ("attack", "attacks"),
        ("outlier", "unfamiliar input"),
    )
    return ", ".join(told for kind, told in parts if kind in kinds) or NOTHING


def groups(record: Record) -> str:
    """Slices."""
    sliced = {verdict.by for verdict in record.verdicts if verdict.by is not None}
    return f"claims of every slice by {len(sliced)} columns" if sliced else f"{NOTHING} of groups: no claim is sliced"


def data_managed(record: Record) -> str:
    """Data, and whether they were trained on."""
    if record.lineage is None or record.lineage.training is None:
        return f"{count(len(record.data), 'data set')}; the training data are not named"
    looked = count(len(record.lineage.overlaps), "set")
    return f"{count(len(record.data), 'data set')}, training data named, {looked} compared with them"


def known_unknown(record: Record) -> str:
    """Hazards and triggering conditions."""
    cells = sum(cell.kind not in ("clean",) for cell in record.cells)
    hazards = count(len(record.hazards), "hazard") if record.hazards else "no hazard stated"
    return f"{hazards}, {count(cells, 'cell')} of hard inputs"
