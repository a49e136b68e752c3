"""Which answers must never be given: the option `never`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import InstanceOf

from pytest_robust.properties._mentions import Mention, refuse_strangers
from pytest_robust.suite import Confusion


@dataclass(frozen=True, eq=False)
class Confusions:
    """Right classes with answers that must never be given to them."""

    confusions: tuple[Confusion, ...]
    mentions: tuple[Mention, ...]

    def refuse_unknown(self, classes: Sequence[str]) -> None:
        """Raise OptionError for a name that is no class of the model's."""
        refuse_strangers(self.mentions, classes)

    def matrices(self, classes: Sequence[str]) -> NDArray[np.bool_]:
        """Which answers (column) to which right classes (row) each confusion forbids, (confusions, K, K).

        Raises OptionError as `refuse_unknown` does.
        """
        self.refuse_unknown(classes)
        names = np.asarray(classes, dtype=np.str_)
        found = np.zeros((len(self.confusions), len(classes), len(classes)), np.bool_)
        for matrix, confusion in zip(found, self.confusions, strict=True):
            right = np.ones(len(classes), np.bool_) if confusion.right is None else names == confusion.right
            answer = np.ones(len(classes), np.bool_) if confusion.answer is None else names == confusion.answer
            matrix |= right[:, None] & answer
            np.fill_diagonal(matrix, False)
        return found


def confusions_from(written: Sequence[Confusion], places: Sequence[str]) -> Confusions:
    """Confusions, and where each is written: `file:line:column`.

    >>> from pytest_robust.suite import parse_confusion
    >>> confusions_from([parse_confusion("* -> go")], ["suite.yaml:3:8"]).matrices(["stop", "go"])[0].tolist()
    [[False, True], [False, False]]
    """
    mentions = [
        Mention(name, place)
        for confusion, place in zip(written, places, strict=True)
        for name in (confusion.right, confusion.answer)
        if name is not None
    ]
    return Confusions(tuple(written), tuple(mentions))


ConfusionsOption = Annotated[Confusions, InstanceOf()]
"""An option of a property: what a suite says under `mistakes: never:`."""
