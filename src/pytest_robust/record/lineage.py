"""Where model and data came from, to the byte."""

from __future__ import annotations

from pytest_robust.record.part import Part


class File(Part):
    """One file as it was read."""

    path: str
    """Relative to the project's root where it lies there."""
    sha256: str
    bytes: int


class Training(Part):
    """What is known of the data that the model was trained on."""

    source: str
    """As the suite names it."""
    format: str
    """`manifest`, `dvc`, `safetensors` or `model card`; `data set` where the rows themselves are in the suite."""
    sha256: str
    """Of the file that tells it, or of the data set, over its rows."""
    rows: int | None = None
    """Where it tells."""
    description: dict[str, str] = {}
    """What it says besides, for a reader: names, versions, hashes of data sets."""


class Twin(Part):
    """A test row that looks like a training row."""

    row: str
    """The id of the test row."""
    training_row: str
    distance: int
    """Bits in which their perceptual hashes differ, of 64; -1 where the two are the same pixels."""


class Overlap(Part):
    """What one data set of the suite shares with the training data."""

    data: str
    """The name of the data set in the suite."""
    rows: int
    training_rows: int
    exact: int
    """Rows that are, pixel by pixel, a training row."""
    near: int
    """Other rows that look like a copy of a training row: their perceptual hash differs in at most `within` bits of 64,
    and the two thumbnails of 8 x 8 pixels correlate by at least `correlation`."""
    within: int
    correlation: float | None = None
    twins: list[Twin] = []
    """Exact ones first, then by distance; at most twenty."""


class Lineage(Part):
    """Files of the model, and the data that it was trained on."""

    weights: list[File] = []
    training: Training | None = None
    overlaps: list[Overlap] = []
    """Of each data set that was looked at; none where the training rows are not known."""
    unlooked: str | None = None
    """Why no overlap was looked for, or not in all data sets."""
