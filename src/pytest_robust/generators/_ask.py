"""Questions of an attack to a model, so put that a row's answer does not depend on the rows around it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from pytest_robust.errors import GenerationError
from pytest_robust.generators._losses import Loss, lead_of, rise

if TYPE_CHECKING:
    from torch import Tensor

GROUP = 16
"""Rows in every question, filled up with copies: libraries choose other kernels, which round differently, for other
numbers of rows, and an attack would amplify that."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a model says of n images, and where to go from them."""

    lead: Tensor
    """(n,): the highest logit of another class less the label's; above `CLEAR` where the model is fooled."""
    loss: Tensor
    """(n,)."""
    slope: Tensor
    """(n, c, h, w): the gradient of the loss, up to a factor for each row. All 0 where it was not asked for."""
    finite: Tensor
    """(n,) bool. Where logits or gradient are not finite, `lead` and `loss` are -inf and `slope` is 0."""


def ask(
    model: Any,
    levels: Tensor,
    labels: Tensor,
    *,
    gradients: bool = True,
    loss: Loss = rise,
    targets: Tensor | None = None,
    averaged: int = 1,
) -> Answer:
    """How wrong the model is on images, and the direction in which a loss rises.

    `levels` (n, c, h, w) between 0 and 255, n at least 1, `labels` and `targets` (n,). The answer is a mean of
    `averaged` passes, for models that answer by chance. Raises GenerationError where it carries no gradient.
    """
    import torch

    aims = labels if targets is None else targets
    answers = []
    for start in range(0, len(levels), GROUP):
        rows = torch.arange(start, start + GROUP, device=levels.device)
        rows[rows >= len(levels)] = start
        group = levels[rows] / 255, labels[rows], aims[rows]
        answers.append(_mean([_once(model, *group, loss, gradients=gradients) for _ in range(averaged)]))
    parts = ([getattr(answer, field.name) for answer in answers] for field in fields(Answer))
    return Answer(*(torch.cat(part)[: len(levels)] for part in parts))


def _once(model: Any, pixels: Tensor, labels: Tensor, targets: Tensor, loss: Loss, *, gradients: bool) -> Answer:
    """One pass, forward and, for gradients, back."""
    import torch

    slope = torch.zeros_like(pixels)
    with torch.set_grad_enabled(gradients):
        logits = model.logits(pixels.requires_grad_(gradients))
        value = loss(logits, labels, targets)
        if gradients:
            if not logits.requires_grad:
                raise GenerationError("the model's answer carries no gradient; look for detach() or no_grad() in it")
            # With respect to the input alone: nothing is added to the gradients of the parameters.
            (slope,) = torch.autograd.grad(value.sum(), pixels)
    finite = logits.isfinite().all(dim=1) & slope.flatten(1).isfinite().all(dim=1)
    lead = lead_of(logits.detach(), labels)
    return Answer(
        lead.where(finite, -torch.inf),
        value.detach().where(finite, -torch.inf),
        slope.where(finite[:, None, None, None], 0),
        finite,
    )


def _mean(answers: list[Answer]) -> Answer:
    """Of several passes over the same rows."""
    import torch

    if len(answers) == 1:
        return answers[0]
    lead, loss, slope = (
        torch.stack([getattr(answer, name) for answer in answers]).mean(dim=0) for name in ("lead", "loss", "slope")
    )
    return Answer(lead, loss, slope, torch.stack([answer.finite for answer in answers]).all(dim=0))
