"""What a record lacks to say where model and data came from."""

from __future__ import annotations

from pytest_robust.record import DataSet, Overlap, Record


def shared(record: Record) -> list[Overlap]:
    """The data sets with rows that the model was trained on. What is measured on them speaks of nothing else."""
    return [] if record.lineage is None else [one for one in record.lineage.overlaps if one.exact]


def unread(record: Record) -> list[DataSet]:
    """The data sets with rows that could not be read. Nothing is known of the model's answers to these."""
    return [one for one in record.data if one.unreadable]


def lacking(record: Record) -> list[tuple[str, str]]:
    """What is not known of the model's origin and of the data's, each with what to do about it."""
    found = []
    revision, lineage = record.environment.revision, record.lineage
    if record.model is None:
        found.append(("no model was loaded", "run the suite"))
    if not record.data:
        found.append(("no data were read", "run the suite"))
    if revision is None:
        found.append(("no git revision is known", "run in a git checkout"))
    elif revision.dirty:
        found.append(("the checkout had uncommitted changes", "commit, and run again"))
    if lineage is None or lineage.training is None:
        found.append(("the training data are not named", "name them under `training:`"))
    elif lineage.unlooked is not None or not lineage.overlaps:
        said = lineage.unlooked or "nobody looked"
        found.append((f"test rows were not looked for among the training rows: {said}", "let them be looked for"))
    for overlap in shared(record):
        rows = f"{overlap.exact:,} of {overlap.rows:,} rows of {overlap.data} are training rows"
        found.append((rows, "take them out of the test data"))
    return found
