"""What gradient attacks raise: functions of logits (n, K), labels (n,) and targets (n,) to a loss (n,).

Only the order of a row's losses and the direction of their gradients matter to an attack.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

Loss = Callable[["Tensor", "Tensor", "Tensor"], "Tensor"]

TINY = 1e-12
"""Added to differences of logits before they divide."""


def rise(logits: Tensor, labels: Tensor, targets: Tensor) -> Tensor:  # noqa: ARG001
    """The logarithm of the odds against the label: cross-entropy is log(1 + exp(rise)).

    It orders a row's images as cross-entropy does, and its gradient points the same way, so an attack that normalises
    gradients takes the same path; but it does not vanish for a model that is very sure.
    """
    import torch

    own = labels[:, None]
    return logits.scatter(1, own, -torch.inf).logsumexp(dim=1) - logits.gather(1, own)[:, 0]


def dlr(logits: Tensor, labels: Tensor, targets: Tensor) -> Tensor:  # noqa: ARG001
    """Difference of logits ratio, Croce & Hein 2020: (max of the others - label) / (first - third).

    With two classes there is no third, and the difference alone is left.
    """
    gap = lead_of(logits, labels)
    if logits.shape[1] < 3:
        return gap
    first, _, third = logits.topk(3, dim=1).values.unbind(1)
    return gap / (first - third + TINY)


def targeted_dlr(logits: Tensor, labels: Tensor, targets: Tensor) -> Tensor:
    """Targeted difference of logits ratio, Croce & Hein 2020: (target - label) / (first - (third + fourth) / 2).

    With three classes the third stands for the fourth as well; with two the difference alone is left.
    """
    gap = (logits.gather(1, targets[:, None]) - logits.gather(1, labels[:, None]))[:, 0]
    if logits.shape[1] < 3:
        return gap
    highest = logits.topk(min(4, logits.shape[1]), dim=1).values
    return gap / (highest[:, 0] - (highest[:, 2] + highest[:, -1]) / 2 + TINY)


def lead_of(logits: Tensor, labels: Tensor) -> Tensor:
    """The highest logit of another class less the label's: above 0 where the model is wrong."""
    import torch

    own = labels[:, None]
    return logits.scatter(1, own, -torch.inf).amax(dim=1) - logits.gather(1, own)[:, 0]
