"""What attacks that follow gradients have in common: one attempt after the other on the rows that still stand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import Made
from pytest_robust.generators._ask import ask
from pytest_robust.generators._balls import Ball, Norm, ball
from pytest_robust.generators._standing import CLEAR, standing

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True)
class Field:
    """Rows that stand, and where an attempt may take them. Images are (n, c, h, w) in levels between 0 and 255."""

    model: Any
    """An `adapters.Differentiable`."""
    ball: Ball
    rows: NDArray[np.intp]
    """Their places in the batch, (n,)."""
    clean: Tensor
    labels: Tensor
    """(n,)."""
    nearest: NDArray[np.float32]
    """(n,): how near to being fooled the attempts before came, see `Answer.lead`; -inf where there were none."""
    vanished: NDArray[np.bool_]
    """(n,): whether one of them had no gradient to follow."""

    def anywhere(self, streams: list[np.random.Generator]) -> Tensor:
        """An offset in the ball for each row, from the stream of its place in the batch."""
        import torch

        shape = tuple(self.clean.shape[1:])
        offsets = np.stack([self.ball.random(streams[row], shape) for row in self.rows.tolist()])
        return within_pixels(self.clean, torch.from_numpy(offsets).to(self.clean))


@dataclass(frozen=True)
class Reached:
    """Where an attempt took n rows."""

    images: Tensor
    """(n, c, h, w), whole levels."""
    lead: Tensor
    """(n,): how near to being fooled it came, see `Answer.lead`; where it is -inf, the image is not handed on."""
    fooled: Tensor
    """(n,) bool: whether the model answers the very image wrong."""
    vanished: Tensor
    """(n,) bool: whether the gradient was 0 everywhere, or not finite, at some step."""


Attempt = Callable[[Field], Reached]


def attempt_all(
    attempts: Iterable[Attempt],
    images: Images,
    *,
    attack: str,
    norm: Norm,
    severity: float,
    labels: NDArray[np.int64],
    answers: NDArray[np.float32],
    model: Any,
) -> Made:
    """Images on which every row that an attempt fooled is fooled; of the others, that which came nearest.

    A row is fooled by one attempt at most and left alone from then on; one that is wrong when clean stays as it is.
    `vanished` (n,) bool tells of the rows that stand at the end where some attempt had no gradient to follow. Raises
    GenerationError, naming the attack, for rows without a label and an epsilon (`severity`) below 1/255.
    """
    import torch

    found, vanished = images.copy(), np.zeros(len(images), np.bool_)
    if severity == 0 or not len(images):
        return Made(found, {"vanished": vanished})
    limits, rows = ball(attack, norm, severity), standing(attack, labels, answers)
    clean = as_levels(images[rows]).to(model.device)
    target = torch.from_numpy(labels[rows]).to(model.device)
    nearest = np.full(len(images), -np.inf, np.float32)
    for attempt in attempts:
        if not len(rows):
            break
        reached = attempt(Field(model, limits, rows, clean, target, nearest[rows], vanished[rows]))
        better = reached.fooled | (reached.lead > torch.from_numpy(nearest[rows]).to(clean))
        places = rows[better.cpu().numpy()]
        found[places] = as_images(reached.images[better])
        nearest[places] = reached.lead[better].cpu().numpy()
        vanished[rows] |= reached.vanished.cpu().numpy()
        kept = ~reached.fooled
        vanished[rows[reached.fooled.cpu().numpy()]] = False
        rows, clean, target = rows[kept.cpu().numpy()], clean[kept], target[kept]
    return Made(found, {"vanished": vanished})


def as_levels(images: Images) -> Tensor:
    """Images (n, h, w, c) uint8 as (n, c, h, w) float32 levels."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(images.transpose(0, 3, 1, 2), dtype=np.float32))


def as_images(levels: Tensor) -> Images:
    """Whole levels (n, c, h, w) as images (n, h, w, c) uint8."""
    import torch

    return np.ascontiguousarray(levels.to(torch.uint8).cpu().numpy().transpose(0, 2, 3, 1))


def within_pixels(clean: Tensor, offset: Tensor) -> Tensor:
    """The offset, cut so that the image stays between 0 and 255. It gets no longer by that."""
    return (clean + offset).clamp(0, 255) - clean


def fools(
    model: Any, clean: Tensor, offset: Tensor, whole: Tensor, labels: Tensor, lead: Tensor, *, averaged: int
) -> Tensor:
    """Whether the model answers clean + whole wrong, (n,), given its `lead` on clean + offset.

    What fools between two levels may not do so when it is rounded, and is asked about again.
    """
    beaten = lead > CLEAR
    doubtful = (beaten & (whole != offset).flatten(1).any(dim=1)).nonzero()[:, 0]
    if len(doubtful):
        again = ask(model, (clean + whole)[doubtful], labels[doubtful], gradients=False, averaged=averaged)
        beaten[doubtful] = again.lead > CLEAR
    return beaten
