"""Two samples of scores, of unfamiliar and of familiar input: what is refused, and what cannot be said of them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pytest_robust.statistics.decision import NotEstimableError

Floats = NDArray[np.float64]


def checked_scores(unfamiliar: Floats, familiar: Floats) -> tuple[Floats, Floats]:
    """The scores of both kinds as arrays. Raises ValueError for another shape than (m,) and (n,), and for a NaN."""
    scores = np.asarray(unfamiliar, np.float64), np.asarray(familiar, np.float64)
    for kind, ones in zip(("unfamiliar", "familiar"), scores, strict=True):
        if ones.ndim != 1:
            raise ValueError(f"{kind} scores have shape {ones.shape}; give one number a row")
        if np.isnan(ones).any():
            raise ValueError(f"the score of {kind} row {int(np.isnan(ones).argmax())} is NaN")
    return scores


def refuse_missing(unfamiliar: Floats, familiar: Floats) -> None:
    """Raises NotEstimableError where there are no rows of one kind."""
    for kind, ones in (("unfamiliar", unfamiliar), ("familiar", familiar)):
        if not len(ones):
            raise NotEstimableError(f"rows of both kinds are needed, and there is no {kind} one")


def familiar_too_few(n: int) -> str:
    """Why no number of unfamiliar rows is named for a claim that is not settled."""
    return f"no number of unfamiliar rows would settle it against {n} familiar ones; that data set must grow too"
