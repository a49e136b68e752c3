"""How Auto-PGD moves: its steps, their momentum, and the checkpoints at which they are halved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

from pytest_robust.generators._ask import Answer
from pytest_robust.generators._attempts import Field, within_pixels
from pytest_robust.generators._balls import Ball

if TYPE_CHECKING:
    from torch import Tensor

RHO = 0.75
"""The share of steps that must have raised the loss since the last checkpoint; with fewer, steps are halved."""
MOMENTUM = 0.75
"""The share of the new step in a move; the rest repeats the move before it."""


@dataclass(slots=True)
class Climb:
    """Rows on their way; each field has one entry a row."""

    row: Tensor
    clean: Tensor
    labels: Tensor
    targets: Tensor
    offset: Tensor
    before: Tensor
    """The offset a step ago."""
    slope: Tensor
    step: Tensor
    """Length of the next step, (n, 1, 1, 1)."""
    loss: Tensor
    risen: Tensor
    """How often the loss has risen since the last checkpoint."""
    best: Tensor
    """The offset of the highest loss so far, with what was found there."""
    best_loss: Tensor
    best_slope: Tensor
    checked: Tensor
    """The highest loss at the last checkpoint."""
    halved: Tensor
    """Whether the step was halved there."""

    def take(self, kept: Tensor) -> Climb:
        """Some of the rows."""
        return Climb(*(getattr(self, field.name)[kept] for field in fields(self)))


def begin(field: Field, offset: Tensor, targets: Tensor | None) -> Climb:
    """Rows that have not been asked about yet."""
    import torch

    count = len(offset)
    lowest = offset.new_full((count,), -torch.inf)
    return Climb(
        row=torch.arange(count, device=offset.device),
        clean=field.clean,
        labels=field.labels,
        targets=field.labels if targets is None else targets,
        offset=offset,
        before=offset,
        slope=torch.zeros_like(offset),
        step=offset.new_full((count, 1, 1, 1), 2 * field.ball.radius),
        loss=-lowest,
        risen=torch.zeros_like(lowest),
        best=offset,
        best_loss=lowest,
        best_slope=torch.zeros_like(offset),
        checked=lowest,
        halved=torch.ones(count, dtype=torch.bool, device=offset.device),
    )


def take_note(climb: Climb, told: Answer) -> None:
    """Of an answer at `offset`."""
    better = told.loss > climb.best_loss
    wide = better[:, None, None, None]
    climb.risen = climb.risen + (told.loss > climb.loss)
    climb.loss, climb.slope = told.loss, told.slope
    climb.best = climb.offset.where(wide, climb.best)
    climb.best_loss = told.loss.where(better, climb.best_loss)
    climb.best_slope = told.slope.where(wide, climb.best_slope)


def check(climb: Climb, interval: int) -> None:
    """Halve the steps of the rows that got nowhere in the last `interval` steps, and go back to their best."""
    stalled = (climb.risen <= RHO * interval) | (~climb.halved & (climb.best_loss <= climb.checked))
    wide = stalled[:, None, None, None]
    climb.step = climb.step / (1 + wide.to(climb.step.dtype))
    climb.offset = climb.best.where(wide, climb.offset)
    climb.slope = climb.best_slope.where(wide, climb.slope)
    climb.halved, climb.checked, climb.risen = stalled, climb.best_loss, climb.risen * 0


def move(climb: Climb, ball: Ball, *, first: bool) -> None:
    """One step: along the gradient, and a little further the way that it came."""
    ahead = ball.project(climb.offset + climb.step * ball.ascent(climb.slope))
    ahead = within_pixels(climb.clean, ahead)
    if not first:
        inertia = (1 - MOMENTUM) * (climb.offset - climb.before)
        ahead = ball.project(climb.offset + MOMENTUM * (ahead - climb.offset) + inertia)
        ahead = within_pixels(climb.clean, ahead)
    climb.before, climb.offset = climb.offset, ahead


def intervals(steps: int) -> Iterator[tuple[int, int]]:
    """The checkpoints, as numbers of steps done, and how many steps lie between each and the one before.

    The first comes after 22 % of all steps; each interval is 3 % of them shorter than the one before, down to 6 %.

    >>> list(intervals(100))
    [(22, 22), (41, 19), (57, 16), (70, 13), (80, 10), (87, 7), (93, 6), (99, 6)]
    """
    interval, done = max(int(0.22 * steps), 1), 0
    while done + interval < steps:
        done += interval
        yield done, interval
        interval = max(interval - max(int(0.03 * steps), 1), int(0.06 * steps), 1)
