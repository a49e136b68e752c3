"""What travels between the rooms: a `Batch` of inputs, a model's `Predictions`, a cell's `Evidence`, a `Series` of it.

All are immutable; all hold numpy arrays, whatever framework the model uses. Images are uint8, shape
(n, height, width, channels), RGB, as they come from a camera: before any preprocessing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import NDArray

Truth = Literal["label", "order", "parents", "posterior", "votes", "unfamiliar"]
"""What is known of an input, hence what may be asked of the model. `labels` is -1 but for the first two.

- `label`: one right class, in `labels`.
- `order`: a rung of a ladder on which that class gets ever harder to see; at the end nobody may see it.
- `parents`: the input lies between two classes, in column `parents`, shape (n, 2).
- `posterior`: the probability of every class is known, in column `posterior`, shape (n, K).
- `votes`: people have said what they see, in column `votes`, shape (n, K), counts.
- `unfamiliar`: the input belongs to no class of the model.
"""

Images = NDArray[np.uint8]
Columns = Mapping[str, NDArray[Any]]


SUM_TOLERANCE = 1e-3
"""By how much probabilities may miss a sum of one: float32, or a model that answers in half precision."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a data set, as the camera saw them.

    `inputs` (n, h, w, c) uint8; `ids` (n,) str, unique and stable for life; `labels` (n,) int64, -1 where
    there is none; `columns` holds further per-row arrays (n, ...), such as `parents`.
    """

    inputs: Images
    ids: NDArray[np.str_]
    labels: NDArray[np.int64]
    truth: Truth = "label"
    columns: Columns = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True)
class Predictions:
    """What a model answers to a batch of n inputs, over K classes.

    `probabilities` (n, K) float32, stored as the model gave them: not clipped, not normalised, so that
    `finite_outputs` can judge them. `logits` (n, K) and `features` (n, d) float32 where the adapter offers them.
    """

    probabilities: NDArray[np.float32]
    logits: NDArray[np.float32] | None = None
    features: NDArray[np.float32] | None = None
    abstained: NDArray[np.bool_] | None = None
    """(n,), where the model itself may hold back."""

    def __len__(self) -> int:
        return len(self.probabilities)


@dataclass(frozen=True, slots=True)
class Evidence:
    """Everything known so far about one cell: columns of equal length, one row an input.

    Always present: `ids` (n,) str, `labels` (n,) int64, `probabilities` (n, K) float32.
    Present when made or offered: `logits`, `features`, `parents` (n, 2) int64, `parent_ids` (n, 2) str,
    `weight` (n,) float64: the share of the first parent, `posterior` (n, K) float64, `votes` (n, K) int64, `abstained`
    (n,) bool, and what the generator says of its rows, such as `distance` (n,) float64.
    Rows stand in the order in which they were drawn, which the suite's seed fixes.
    Where the generator's randomness was drawn several times, `probabilities@1` and the like are what the model answered
    to the second draw and those after it; a row is one base image all the same.
    """

    columns: Columns
    truth: Truth = "label"
    classes: tuple[str, ...] = ()
    """The names of the K classes, where they are known."""

    def __len__(self) -> int:
        return len(self.columns["ids"])

    def __getitem__(self, name: str) -> NDArray[Any]:
        return self.columns[name]

    def __contains__(self, name: object) -> bool:
        return name in self.columns

    @property
    def ids(self) -> NDArray[np.str_]:
        """Row ids, shape (n,)."""
        return self.columns["ids"]

    @property
    def labels(self) -> NDArray[np.int64]:
        """Right classes, shape (n,), -1 where there is none."""
        return self.columns["labels"]

    @property
    def probabilities(self) -> NDArray[np.float32]:
        """The model's answers, shape (n, K)."""
        return self.columns["probabilities"]

    @property
    def predicted(self) -> NDArray[np.int64]:
        """The class of highest probability, shape (n,)."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    @property
    def confidence(self) -> NDArray[np.float64]:
        """The highest probability, shape (n,)."""
        return np.asarray(self.probabilities.max(axis=1), dtype=np.float64)

    @property
    def correct(self) -> NDArray[np.bool_]:
        """Whether the predicted class is the label, shape (n,)."""
        return np.asarray(self.predicted == self.labels, dtype=np.bool_)

    @property
    def entropy(self) -> NDArray[np.float64]:
        """Shannon entropy of each answer in nats, shape (n,), between 0 and ln K."""
        p = self.probabilities.astype(np.float64)
        return np.asarray(scipy.special.entr(p).sum(axis=1), dtype=np.float64)

    def draws(self) -> Iterator[Evidence]:
        """The evidence of each draw of the generator's randomness: the first one, then those after it.

        >>> one = Evidence({"ids": np.array(["a"]), "probabilities": np.eye(2)[:1], "probabilities@1": np.eye(2)[1:]})
        >>> [draw.predicted.tolist() for draw in one.draws()]
        [[0], [1]]
        """
        yield self
        number = 1
        while f"probabilities@{number}" in self.columns:
            later = {name: self.columns.get(f"{name}@{number}", column) for name, column in self.columns.items()}
            yield replace(self, columns=later)
            number += 1

    def take(self, rows: NDArray[Any] | slice) -> Evidence:
        """The given rows, in the given order."""
        return replace(self, columns={name: column[rows] for name, column in self.columns.items()})

    def aligned(self, ids: NDArray[np.str_]) -> Evidence:
        """The rows with these ids, in this order. Raises KeyError for an id that is not here."""
        place = {name: row for row, name in enumerate(self.ids.tolist())}
        return self.take(np.array([place[name] for name in ids.tolist()], dtype=np.intp))

    @staticmethod
    def join(parts: Sequence[Evidence]) -> Evidence:
        """Evidence of one cell, one part after the other."""
        names = parts[0].columns.keys()
        return replace(
            parts[0], columns={name: np.concatenate([part.columns[name] for part in parts]) for name in names}
        )


@dataclass(frozen=True, slots=True)
class Series:
    """The evidence of several cells, made of the same rows in the same order: a row is one base image in all of them.

    Cells stand in the order of the suite: by generator, and by the levels as they were written.
    """

    cells: tuple[Evidence, ...]
    generators: tuple[str, ...]
    """What made each cell: `fog`."""
    levels: tuple[float | None, ...]
    """The level of each cell, None where the generator has none."""

    def __len__(self) -> int:
        return len(self.cells[0])

    def __iter__(self) -> Iterator[Evidence]:
        return iter(self.cells)

    @property
    def ids(self) -> NDArray[np.str_]:
        """Row ids, shape (n,)."""
        return self.cells[0].ids

    def draws(self) -> Iterator[Series]:
        """The series of each draw of the generators' randomness."""
        for cells in zip(*(cell.draws() for cell in self.cells), strict=True):
            yield replace(self, cells=cells)

    def take(self, rows: NDArray[Any] | slice) -> Series:
        """The given rows, in the given order."""
        return replace(self, cells=tuple(cell.take(rows) for cell in self.cells))


def malformed(probabilities: NDArray[Any]) -> NDArray[np.bool_]:
    """Which rows of (n, K) answers are no probabilities: not finite, negative, or without a sum of one.

    >>> malformed(np.array([[0.5, 0.5], [2.0, 1.2], [np.nan, 1.0], [1.5, -0.5]])).tolist()
    [False, True, True, True]
    """
    with np.errstate(invalid="ignore", over="ignore"):
        sums = probabilities.sum(axis=1, dtype=np.float64)
        fine = np.isfinite(sums) & (np.abs(sums - 1) <= SUM_TOLERANCE) & (probabilities.min(axis=1) >= 0)
    return np.asarray(~fine, dtype=np.bool_)
