"""Questions of an attack to a model, so put that a row's answer does not depend on the rows around it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_robust.errors import GenerationError

if TYPE_CHECKING:
    from torch import Tensor

GROUP = 16
"""Rows in every question, filled up with copies: libraries choose other kernels, which round differently, for other
numbers of rows, and an attack would amplify that."""


def ask(model: Any, levels: Tensor, labels: Tensor, *, gradients: bool) -> tuple[Tensor, Tensor | None]:
    """How wrong the model is on images, and a direction in which its cross-entropy rises.

    `levels` (n, c, h, w) between 0 and 255, n at least 1, `labels` (n,). The first answer (n,) is the highest logit of
    another class less the logit of the label: above 0 where the model is wrong. The second, None unless asked for, is
    the gradient of the cross-entropy up to a factor for each row, shaped like `levels`. Raises GenerationError where
    the answer is not finite, or carries no gradient.
    """
    import torch

    rows = torch.arange(len(levels), device=levels.device)
    margins, slopes = [], []
    for group in torch.split(rows, GROUP):
        filled = torch.cat([group, group[:1].expand(GROUP - len(group))])
        margin, slope = _ask_group(model, levels[filled] / 255, labels[filled], gradients=gradients)
        margins.append(margin[: len(group)])
        if slope is not None:
            slopes.append(slope[: len(group)])
    return torch.cat(margins), torch.cat(slopes) if gradients else None


def _ask_group(model: Any, pixels: Tensor, labels: Tensor, *, gradients: bool) -> tuple[Tensor, Tensor | None]:
    import torch

    with torch.set_grad_enabled(gradients):
        logits = model.logits(pixels.requires_grad_(gradients))
        own = logits.gather(1, labels[:, None])[:, 0]
        others = logits.scatter(1, labels[:, None], -torch.inf)
        slope = None
        if gradients:
            if not logits.requires_grad:
                raise GenerationError("the model's answer carries no gradient; look for detach() or no_grad() in it")
            # Cross-entropy is log(1 + exp(rise)). Its gradient points the same way, but vanishes for a sure model.
            rise = others.logsumexp(dim=1) - own
            # With respect to the input alone: nothing is added to the gradients of the parameters.
            (slope,) = torch.autograd.grad(rise.sum(), pixels)
    if not logits.isfinite().all() or (slope is not None and not slope.isfinite().all()):
        raise GenerationError("the model's logits or their gradient are not finite; an attack cannot follow them")
    return (others.amax(dim=1) - own).detach(), slope
