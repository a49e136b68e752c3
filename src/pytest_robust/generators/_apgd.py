"""Auto-PGD, Croce & Hein 2020 (algorithm 1): ascent with momentum that chooses the length of its steps itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from pytest_robust.generators._apgd_steps import begin, check, intervals, move, take_note
from pytest_robust.generators._ask import ask
from pytest_robust.generators._attempts import Attempt, Field, Reached, fools
from pytest_robust.generators._losses import Loss, targeted_dlr

if TYPE_CHECKING:
    from torch import Tensor


def apgd(
    field: Field, offset: Tensor, *, loss: Loss, steps: int, targets: Tensor | None = None, averaged: int = 1
) -> Reached:
    """From clean + `offset`, `steps` steps up a loss; `targets` (n,) for one that has them.

    A row ends where it is first answered wrong after rounding, where there is no way to go, or at the highest loss that
    it met. Where an answer is not finite, it ends with a lead of -inf.
    """
    import torch

    model, ball, found = field.model, field.ball, field.clean.clone()
    found_lead = found.new_full((len(found),), -torch.inf)
    fooled = torch.zeros(len(found), dtype=torch.bool, device=found.device)
    vanished = fooled.clone()
    climb = begin(field, offset, targets)
    checkpoints = dict(intervals(steps))
    for number in range(steps + 1):
        told = ask(
            model,
            climb.clean + climb.offset,
            climb.labels,
            gradients=number < steps,
            loss=loss,
            targets=climb.targets,
            averaged=averaged,
        )
        whole = ball.whole(climb.offset)
        beaten = fools(model, climb.clean, climb.offset, whole, climb.labels, told.lead, averaged=averaged)
        fooled[climb.row] = beaten
        better = beaten | (told.loss > climb.best_loss)
        found[climb.row[better]] = (climb.clean + whole)[better]
        found_lead[climb.row[better]] = told.lead[better]
        found_lead[climb.row[~told.finite]] = -torch.inf
        if number == steps:
            vanished[climb.row] |= ~told.finite
            break
        flat = (told.slope == 0).flatten(1).all(dim=1)
        vanished[climb.row] |= flat
        resting = (climb.offset == climb.before).flatten(1).all(dim=1)
        take_note(climb, told)
        kept = ~(beaten | ~told.finite | (flat & resting))
        if not kept.any():
            break
        climb = climb.take(kept)
        if number in checkpoints:
            check(climb, checkpoints[number])
        move(climb, ball, first=number == 0)
    return Reached(found, found_lead, fooled, vanished)


def untargeted(loss: Loss, streams: list[np.random.Generator], *, steps: int, averaged: int) -> Attempt:
    """An attempt away from the label, from anywhere in the ball."""
    return lambda field: apgd(field, field.anywhere(streams), loss=loss, steps=steps, averaged=averaged)


def targeted(
    answers: NDArray[np.float32], streams: list[np.random.Generator], *, targets: int, steps: int, averaged: int
) -> list[Attempt]:
    """An attempt towards each of the `targets` wrong classes that are likeliest when clean, the likeliest first."""

    def towards(rank: int) -> Attempt:
        def attempt(field: Field) -> Reached:
            import torch

            likelihood = answers[field.rows]
            likelihood[np.arange(len(field.rows)), field.labels.cpu().numpy()] = -np.inf
            aims = np.argsort(-likelihood, axis=1, kind="stable")[:, rank]
            start, goals = field.anywhere(streams), torch.from_numpy(aims).to(field.labels)
            return apgd(field, start, loss=targeted_dlr, targets=goals, steps=steps, averaged=averaged)

        return attempt

    return [towards(rank) for rank in range(min(targets, answers.shape[1] - 1))]
