"""Steps of one size along the gradient: FGSM takes one, PGD many."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_robust.generators._ask import ask
from pytest_robust.generators._attempts import Field, Reached, fools, within_pixels

if TYPE_CHECKING:
    from torch import Tensor


def climb(field: Field, offset: Tensor, *, steps: int, step: float, averaged: int = 1) -> Reached:
    """From clean + `offset`, in levels, `steps` steps of length `step` up the cross-entropy, within the ball.

    A row ends where it is first answered wrong after rounding, or where there is no gradient to follow; with a lead of
    -inf where the answer is not finite.
    """
    import torch

    model, ball, found = field.model, field.ball, field.clean.clone()
    lead = found.new_full((len(found),), -torch.inf)
    fooled = torch.zeros(len(found), dtype=torch.bool, device=found.device)
    vanished, climbing = fooled.clone(), torch.arange(len(found), device=found.device)
    for left in range(steps, -1, -1):
        clean, labels = field.clean[climbing], field.labels[climbing]
        told = ask(model, clean + offset, labels, gradients=left > 0, averaged=averaged)
        whole = ball.whole(offset)
        beaten = fools(model, clean, offset, whole, labels, told.lead, averaged=averaged)
        found[climbing] = clean + whole
        lead[climbing], fooled[climbing] = told.lead, beaten
        lost = ~told.finite if left == 0 else (told.slope == 0).flatten(1).all(dim=1)
        vanished[climbing] = lost
        kept = ~(beaten | lost)
        if left == 0 or not kept.any():
            break
        climbing = climbing[kept]
        offset = ball.project(offset[kept] + step * ball.ascent(told.slope[kept]))
        offset = within_pixels(clean[kept], offset)
    return Reached(found, lead, fooled, vanished)
