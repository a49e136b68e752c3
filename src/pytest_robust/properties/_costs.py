"""What mistakes cost: the option `costs` of the properties that weigh them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainValidator, ValidationInfo

from pytest_robust.carriers import Evidence
from pytest_robust.errors import OptionError, RobustError
from pytest_robust.properties._cost_table import costs_from_csv
from pytest_robust.properties._hierarchy import Hierarchy, hierarchy_from
from pytest_robust.sources import Roots
from pytest_robust.suite.tree import Key, NoTree, read_value

FEW = 8
"""So many matrices are kept: a suite has one, and a few claims may have their own."""


class Costs(Protocol):
    """What each mistake costs, by the names of classes."""

    def __hash__(self) -> int: ...

    def refuse_unknown(self, classes: Sequence[str]) -> None:
        """Raise OptionError for names that are no class of the model's, and for classes of which nothing is said."""
        ...

    def matrix(self, classes: Sequence[str]) -> NDArray[np.float64]:
        """What it costs to answer one class (column) where another is right (row), (K, K), the diagonal 0.

        Raises OptionError as `refuse_unknown` does, and where no mistake costs anything.
        """
        ...


def costs_option(written: Any, info: ValidationInfo) -> Costs:
    """The costs that a suite says under `mistakes:`; or a file, by its ending. Raises ValueError."""
    if not isinstance(written, str):
        if hasattr(written, "matrix"):
            return written  # type: ignore[no-any-return]
        raise ValueError("name a CSV file of costs, or a YAML file of a class tree")
    try:
        return costs_from_file(written, (info.context or {}).get("roots") or Roots(()))
    except RobustError as error:
        raise ValueError(str(error)) from None


CostsOption = Annotated[Costs, PlainValidator(costs_option)]
"""An option of a property: what a suite says of costs, or a file of its own, `mistake_cost(costs=costs.csv)`."""


def costs_from_file(written: str, roots: Roots) -> Costs:
    """Costs from a CSV file, or a tree from a YAML file. Raises SourceError or OptionError."""
    if written.endswith(".csv"):
        path = roots.find(written)
        return costs_from_csv(path, roots.shown(path))
    if written.endswith((".yaml", ".yml")):
        return hierarchy_from_file(roots.find(written), roots)
    raise OptionError(f"{written!r} ends neither in .csv, as a file of costs does, nor in .yaml, as a class tree does")


def hierarchy_from_file(path: Path, roots: Roots) -> Hierarchy:
    """A class tree from a YAML file. Raises OptionError naming file, line and column of its first mistake."""
    shown = roots.shown(path)
    try:
        tree, mistakes = read_value(path.read_text(encoding="utf-8-sig"), "there is no class in this file; add some")
    except NoTree as error:
        mistakes = [error.mistake]
    except (OSError, UnicodeDecodeError) as error:
        raise OptionError(f"{shown} cannot be read: {error}") from None
    for mistake in sorted(mistakes):
        raise OptionError(f"{shown}:{mistake.line}:{mistake.column}: {mistake.message}")
    places = tree.places()

    def place(way: Key) -> str:
        while way not in places:
            way = way[:-1]
        line, column = places[way]
        return f"{shown}:{line}:{column}"

    written = tree.plain()
    try:
        return hierarchy_from(written if isinstance(written, list | dict) else [written], place)
    except OptionError as error:
        way, message = next(iter(error.mistakes.items()))
        raise OptionError(f"{place(way)}: {message}") from None


@lru_cache(maxsize=FEW)
def cost_matrix(costs: Costs, classes: tuple[str, ...]) -> NDArray[np.float64]:
    """`costs.matrix(classes)`, made once."""
    return costs.matrix(classes)


def names(evidence: Evidence) -> tuple[str, ...]:
    """The names of the K classes; their numbers where they have none."""
    return evidence.classes or tuple(str(number) for number in range(evidence.probabilities.shape[1]))


def row_costs(evidence: Evidence, costs: Costs) -> NDArray[np.float64]:
    """What each row's answer costs, (n,), in the units that the costs were written in; 0 for right answers."""
    matrix = cost_matrix(costs, names(evidence))
    return np.asarray(matrix[evidence.labels, evidence.predicted], dtype=np.float64)


def shares_of_the_worst(evidence: Evidence, costs: Costs) -> NDArray[np.float64]:
    """The cost of each row's answer as a share of the highest cost that there is, (n,), from 0 to 1."""
    highest = float(cost_matrix(costs, names(evidence)).max())
    return row_costs(evidence, costs) / highest
