"""Who is blended with whom: disjoint pairs of rows of different classes.

The base image is the unit of independence, so each is in one pair at most; some may find no partner.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Evidence
from pytest_robust.datasets import Dataset
from pytest_robust.engine.draw import Draw, Positions
from pytest_robust.engine.seeds import row_order
from pytest_robust.errors import DataError, OptionError, nearest

Pairs = list[tuple[int, int]]
"""Positions in the data set, first parent first."""

Labels = NDArray[np.int64]


def draw_pairs(
    wish: Any,
    dataset: Dataset,
    order: Positions,
    *,
    classes: Sequence[str],
    clean: Evidence | None,
    suite_seed: int,
) -> Draw:
    """Pairs as the option `pairs` wishes them, made in the order of the rows and drawn in an order of their own.

    In the order made, the first ones are no sample of all: classes that share a partner class run out of partners, and
    their pairs come early. A verdict that stops early, or has a budget of rows, would speak of those.

    `random`: any two rows of different classes. `confusable`: each row with one of the class that the model most
    confuses its class with, by `clean`, the complete clean evidence. `[a, b]`: two classes, by name or number.
    Raises OptionError for another wish, DataError where no pair can be made.
    """
    if wish == "random":
        pairs = random_pairs(dataset.labels, order)
    elif wish == "confusable":
        assert clean is not None
        pairs = matched_pairs(dataset.labels, order, most_confused(clean))
    elif isinstance(wish, (list, tuple)) and len(wish) == 2:
        first, second = (class_number(name, classes) for name in wish)
        if first == second:
            raise OptionError(f"pairs: {list(wish)} names one class twice; name two classes")
        pairs = between(dataset.labels, order, first, second)
    else:
        raise OptionError(
            f"pairs: {wish!r} is not a way to pair; write random, confusable, or two classes such as [3, 8]"
        )
    if not pairs:
        raise DataError(f"pairs: {wish}: no two rows can be paired; there must be labelled rows of two classes")
    first_rows, second_rows = (np.array(rows, dtype=np.intp) for rows in zip(*pairs, strict=True))
    pairs_of_ids = zip(dataset.ids[first_rows], dataset.ids[second_rows], strict=True)
    names = np.array([f"{a}+{b}" for a, b in pairs_of_ids], dtype=np.str_)
    drawn = row_order(suite_seed, "pairs", names)
    return Draw(names[drawn], first_rows[drawn], second_rows[drawn])


def random_pairs(labels: Labels, order: Positions) -> Pairs:
    """Each row with the longest waiting one of another class; those that wait are always of one class.

    >>> random_pairs(np.array([0, 0, 1, 2]), np.array([0, 1, 2, 3]))
    [(0, 2), (1, 3)]
    """
    waiting: deque[int] = deque()
    pairs: Pairs = []
    for row in order.tolist():
        if labels[row] < 0:
            continue
        if waiting and labels[waiting[0]] != labels[row]:
            pairs.append((waiting.popleft(), row))
        else:
            waiting.append(row)
    return pairs


def matched_pairs(labels: Labels, order: Positions, partner: dict[int, int]) -> Pairs:
    """Each row with the next free one of its class's partner class.

    >>> matched_pairs(np.array([0, 0, 1, 2]), np.array([0, 1, 2, 3]), {0: 1, 1: 0, 2: 0})
    [(0, 2), (3, 1)]
    """
    free: defaultdict[int, deque[int]] = defaultdict(deque)
    for row in order.tolist():
        free[int(labels[row])].append(row)
    taken: set[int] = set()
    pairs: Pairs = []
    for row in order.tolist():
        label = int(labels[row])
        if row in taken or label not in partner:
            continue
        candidates = free[partner[label]]
        while candidates and candidates[0] in taken:
            candidates.popleft()
        if candidates:
            pairs.append((row, candidates.popleft()))
            taken.update(pairs[-1])
    return pairs


def between(labels: Labels, order: Positions, first: int, second: int) -> Pairs:
    """Rows of one class with rows of another.

    >>> between(np.array([0, 0, 1, 2]), np.array([0, 1, 2, 3]), 2, 0)
    [(3, 0)]
    """
    drawn = labels[order]
    return list(zip(order[drawn == first].tolist(), order[drawn == second].tolist(), strict=False))


def most_confused(clean: Evidence) -> dict[int, int]:
    """For each class of the data, the other one with the highest mean probability on its rows; of equals, the lower."""
    known = [int(label) for label in np.unique(clean.labels) if label >= 0]
    confused = {}
    for label in known:
        mean = clean.probabilities[clean.labels == label].mean(axis=0, dtype=np.float64)
        others = [other for other in known if other != label]
        if others:
            confused[label] = max(others, key=lambda other: (mean[other], -other))
    return confused


def class_number(written: Any, classes: Sequence[str]) -> int:
    """The class that an author means by its name, or else by its number.

    >>> class_number("cat", ["dog", "cat"]), class_number(0, ["dog", "cat"])
    (1, 0)
    """
    names = list(classes)
    if str(written) in names:
        return names.index(str(written))
    if isinstance(written, int) and not isinstance(written, bool) and 0 <= written < len(names):
        return written
    raise OptionError(f"pairs: unknown class {written!r}; {nearest(str(written), names)}")
