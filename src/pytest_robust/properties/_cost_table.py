"""What each mistake costs, as an author writes it: a mapping, or a CSV matrix."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.errors import OptionError
from pytest_robust.properties._hierarchy import Place
from pytest_robust.properties._mentions import Mention, refuse_gaps, refuse_strangers
from pytest_robust.suite import Key
from pytest_robust.suite.tree import KEY

DEFAULT = "default"
"""What stands for answers that are not named, for one right class or, with a number at the top, for all."""


@dataclass(frozen=True, eq=False)
class NamedCosts:
    """What some mistakes cost, and what all others do."""

    costs: Mapping[str, Mapping[str, float]]
    """By right class and answer; the answer `default` is every other one."""
    default: float
    mentions: tuple[Mention, ...]

    def refuse_unknown(self, classes: Sequence[str]) -> None:
        """Raise OptionError for a name that is no class of the model's."""
        refuse_strangers(self.mentions, classes)

    def matrix(self, classes: Sequence[str]) -> NDArray[np.float64]:
        """What it costs to answer one class (column) where another is right (row), (K, K).

        Raises OptionError as `refuse_unknown` does, and where no mistake costs anything.

        >>> costs_from({"stop": {"go": 10}, "default": 1}).matrix(["stop", "go"]).tolist()
        [[0.0, 10.0], [1.0, 0.0]]
        """
        self.refuse_unknown(classes)
        found = np.full((len(classes), len(classes)), self.default)
        number = {name: place for place, name in enumerate(classes)}
        for right, answers in self.costs.items():
            found[number[right]] = answers.get(DEFAULT, self.default)
            for answer, cost in answers.items():
                if answer != DEFAULT:
                    found[number[right], number[answer]] = cost
        np.fill_diagonal(found, 0.0)
        return _some(found)


@dataclass(frozen=True, eq=False)
class CostMatrix:
    """What every mistake costs, (K, K) by right class and answer, in the order of `classes`."""

    classes: tuple[str, ...]
    costs: NDArray[np.float64]
    path: Path
    shown: str

    def refuse_unknown(self, classes: Sequence[str]) -> None:
        """Raise OptionError unless the classes are those of the model, all of them."""
        refuse_strangers([Mention(name, f"{self.shown}:1") for name in self.classes], classes)
        refuse_gaps(self.classes, classes, Mention("", self.shown), "give it a row and a column")

    def matrix(self, classes: Sequence[str]) -> NDArray[np.float64]:
        """As of `NamedCosts`."""
        self.refuse_unknown(classes)
        places = [self.classes.index(name) for name in classes]
        return _some(self.costs[np.ix_(places, places)])


def _some(costs: NDArray[np.float64]) -> NDArray[np.float64]:
    if not costs.any():
        raise OptionError("mistakes: no mistake costs anything; give one a cost above 0")
    return costs


def costs_from(written: Mapping[str, Any], place: Place = lambda _: "") -> NamedCosts:
    """Costs from a mapping. Raises OptionError with each mistake by the way to it.

    By right class, and for each by answer; `default` among the answers is for all others, and `default` with a number
    at the top for all right classes, 1 where absent.
    """
    mistakes: dict[Key, str] = {}
    mentions: list[Mention] = []
    costs: dict[str, dict[str, float]] = {}
    default = 1.0

    def checked(cost: Any, *at: str | int) -> float:
        mistake = cost_mistake(cost)
        if mistake is not None:
            mistakes[at] = mistake
            return 0.0
        return float(cost)

    for right, answers in written.items():
        if right == DEFAULT and not isinstance(answers, Mapping):
            default = checked(answers, right)
            continue
        if not isinstance(answers, Mapping) or not answers:
            mistakes[right,] = f"write what answers cost where {right!r} is right, such as `{right}: {{other: 10}}`"
            continue
        mentions.append(Mention(right, place((right, KEY))))
        mentions += [Mention(name, place((right, name, KEY))) for name in answers if name != DEFAULT]
        costs[right] = {name: checked(cost, right, name) for name, cost in answers.items()}
        if costs[right].get(right):
            mistakes[right, right] = f"{right!r} is right there, which costs nothing; write 0, or leave it out"
    if mistakes:
        raise OptionError("\n".join(mistakes.values()), mistakes)
    return NamedCosts(costs, default, tuple(mentions))


def cost_mistake(cost: Any) -> str | None:
    """What is wrong with a cost."""
    if type(cost) in (int, float) and math.isfinite(cost) and cost >= 0:
        return None
    return f"{cost!r} is no cost; write a number of 0 or more"


def costs_from_csv(path: Path, shown: str) -> CostMatrix:
    """Costs from a CSV file: answers in the header, right classes in the first column.

    `shown` is what messages call the file. Raises OptionError naming the line.
    """
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), skipinitialspace=True, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OptionError(f"{shown} cannot be read as CSV: {error}") from None
    lines = [(line, [cell.strip() for cell in row]) for line, row in enumerate(rows, start=1) if any(row)]
    if len(lines) < 2:
        raise OptionError(f"{shown} holds no costs; write answers in the header and a line for each right class")
    (_, (_, *header)), *rest = lines
    found: dict[str, list[float]] = {}
    for line, (right, *cells) in rest:
        where = f"{shown}:{line}"
        if len(cells) != len(header):
            raise OptionError(f"{where}: {len(cells)} costs for the {len(header)} answers of the header; give one each")
        if right not in header or right in found:
            told = "stands here a second time" if right in found else "has no column in the header"
            raise OptionError(f"{where}: the right class {right!r} {told}; give each class one line and one column")
        found[right] = [_number(cell, where) for cell in cells]
        if found[right][header.index(right)]:
            raise OptionError(f"{where}: the answer {right!r} is right there, which costs nothing; write 0")
    if len(set(header)) < len(header) or len(found) < len(header):
        names = [name for place, name in enumerate(header) if name not in found or name in header[:place]]
        told = "has two columns" if names[0] in found else "has no line"
        raise OptionError(f"{shown}:1: the answer {names[0]!r} {told}; give each class one line and one column")
    return CostMatrix(tuple(header), np.array([found[name] for name in header]), path, shown)


def _number(cell: str, where: str) -> float:
    try:
        cost = float(cell)
    except ValueError:
        raise OptionError(f"{where}: {cost_mistake(cell)}") from None
    if cost_mistake(cost):
        raise OptionError(f"{where}: {cost_mistake(cost)}")
    return cost
