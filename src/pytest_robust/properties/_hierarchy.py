"""A tree of classes, and how far apart two of them stand in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.errors import OptionError
from pytest_robust.properties._mentions import Mention, class_name, refuse_gaps, refuse_strangers
from pytest_robust.suite import Key
from pytest_robust.suite.tree import KEY

Place = Callable[[Key], str]
"""From the way to a value to where it stands, as `file:line:column`."""

A_TREE = "write lists of classes, and names of groups before them: `{animals: [cat, dog], vehicles: [car, truck]}`"


@dataclass(frozen=True, eq=False)
class Hierarchy:
    """A tree whose leaves are classes: for each the numbers of the groups that it is in, from the root down."""

    groups: Mapping[str, tuple[int, ...]]
    heights: tuple[int, ...]
    """Of each group: the number of steps down to its furthest leaf."""
    mentions: tuple[Mention, ...]
    place: str = ""

    def refuse_unknown(self, classes: Sequence[str]) -> None:
        """Raise OptionError unless the leaves are the classes of the model, all of them."""
        refuse_strangers(self.mentions, classes)
        refuse_gaps(self.groups, classes, Mention("", self.place), "give it a place in the tree")

    def matrix(self, classes: Sequence[str]) -> NDArray[np.float64]:
        """How far apart classes stand, (K, K), from 0 (the same) to 1 (they meet at the root only).

        The height of their lowest common group over that of the tree (Bertinetto et al. 2020; Karthik et al. 2021).
        Raises OptionError as `refuse_unknown` does.

        >>> hierarchy_from([["cat", "dog"], ["car"]]).matrix(["cat", "dog", "car"]).tolist()
        [[0.0, 0.5, 1.0], [0.5, 0.0, 1.0], [1.0, 1.0, 0.0]]
        """
        self.refuse_unknown(classes)
        ways = [self.groups[name] for name in classes]
        padded = np.full((len(ways), max(map(len, ways))), -1)
        for row, way in zip(padded, ways, strict=True):
            row[: len(way)] = way
        heights, found = np.array(self.heights, np.float64), np.zeros((len(ways), len(ways)))
        for groups in padded.T:
            shared = (groups[:, None] == groups) & (groups >= 0)
            found[shared] = np.broadcast_to(heights[groups][:, None], found.shape)[shared]
        np.fill_diagonal(found, 0.0)
        return np.asarray(found / heights[ways[0][0]], dtype=np.float64)


def hierarchy_from(written: Any, place: Place = lambda _: "") -> Hierarchy:
    """A tree from lists and mappings of classes. Raises OptionError with each mistake by the way to it.

    A mapping's keys name groups, which may be nested, or classes, where nothing stands behind them. What all classes
    are in says nothing of any: the root is the lowest group that holds them all.
    """
    reader = _Reader(place)
    reader.group(written, (), ())
    if not reader.mistakes and len(reader.groups) < 2:
        reader.mistakes[()] = f"a tree of classes needs two of them; {A_TREE}"
    if reader.mistakes:
        raise OptionError("\n".join(reader.mistakes.values()), reader.mistakes)
    shared = sum(1 for _ in takewhile(lambda level: len(set(level)) == 1, zip(*reader.groups.values(), strict=False)))
    groups = {name: way[shared - 1 :] for name, way in reader.groups.items()}
    return Hierarchy(groups, tuple(reader.heights), tuple(reader.mentions), place(()))


class _Reader:
    """Numbers the groups of a tree from the root down."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.groups: dict[str, tuple[int, ...]] = {}
        self.heights: list[int] = []
        self.mentions: list[Mention] = []
        self.mistakes: dict[Key, str] = {}

    def group(self, written: Any, way: Key, above: tuple[int, ...]) -> int:
        """Read a group; its height."""
        inside, height = (*above, len(self.heights)), 0
        self.heights.append(0)
        parts: Iterable[tuple[Any, Any]] = written.items() if isinstance(written, Mapping) else enumerate(written)
        for step, part in parts:
            at = (*way, step)
            if isinstance(part, Mapping | list) and part:
                height = max(height, self.group(part, at, inside) + 1)
            elif isinstance(written, Mapping) and class_name(part) is not None:
                height = max(height, self.group([part], at, inside) + 1)
            else:
                is_key = isinstance(written, Mapping) and part is None
                self.leaf(*((step, (*at, KEY)) if is_key else (part, at)), inside)
                height = max(height, 1)
        self.heights[inside[-1]] = height
        return height

    def leaf(self, written: Any, at: Key, inside: tuple[int, ...]) -> None:
        """Read a class."""
        name = class_name(written)
        if name is None:
            told = "an empty group" if isinstance(written, Mapping | list) else repr(written)
            self.mistakes[at] = f"{told} is no class; write its name in quotes, or its number"
        elif name in self.groups:
            self.mistakes[at] = f"the class {name!r} stands in the tree a second time; leave one of them"
        else:
            self.groups[name] = inside
            self.mentions.append(Mention(name, self.place(at)))
