"""Fast minimum-norm: the least change that fools the model, hence the accuracy at every epsilon in one run."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._ask import ask
from pytest_robust.generators._attempts import as_images, as_levels, within_pixels
from pytest_robust.generators._balls import L2, Linf, Norm
from pytest_robust.generators._losses import lead_of
from pytest_robust.generators._options import Count
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._standing import CLEAR, standing

if TYPE_CHECKING:
    from torch import Tensor

FIRST_CHANGE = 0.05
"""By what share the ball grows or shrinks after the first step; less and less later."""
LEAST_CHANGE = 1e-3
FIRST_STEP = 0.5
"""Of the ball's radius; less and less later."""
LEAST_STEP = 1e-2


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "gradients", "answers"),
    minimal=True,
    risk="Someone who knows the model and looks for the smallest change that makes it err.",
)
def fmn(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,  # noqa: ARG001
    labels: NDArray[np.int64],
    answers: NDArray[np.float32],
    model: Any,
    norm: Norm = "linf",
    steps: Count = 100,
) -> Made:
    """The nearest image found that is answered wrong, by the fast minimum-norm attack of Pintor et al. 2021.

    Each step goes up the lead of the best other class over the label and back into a ball around the image, whose
    radius shrinks by a share where the model is fooled and grows where it is not. Until a row is fooled for the first
    time, its radius is where the lead, were it linear, would be made up, and no less than moves a value by one level.
    Two things differ from the paper. The model is asked about the 8-bit image next to each step's, so that what is
    found is a real image and no rounding follows. And steps are in proportion to the radius, along sign(gradient) for
    `linf` and gradient / |gradient| for `l2`: on an ordinary network steps of one length find more distant images.

    One run serves every epsilon. Column `distance` (n,) float64 is the size of the change in pixels between 0 and 1, 0
    for rows that are wrong to begin with and infinite where nothing was found; those rows keep their image. Changes
    beyond `severity` count as not found. Column `vanished` (n,) bool: nothing was found, and the gradient was 0
    everywhere, or not finite, at some step. `images` (n, h, w, c), `labels` (n,) at least 0, `answers` (n, K), `model`
    an `adapters.Differentiable`. Raises GenerationError for rows without a label, and a model whose answer has no
    gradient.
    """
    import torch

    made, distance, vanished = images.copy(), np.zeros(len(images)), np.zeros(len(images), np.bool_)
    if len(images):
        rows = standing("fmn", labels, answers)
        if len(rows):
            clean, target = as_levels(images[rows]).to(model.device), torch.from_numpy(labels[rows]).to(model.device)
            found, size, blind = nearest(model, clean, target, norm=norm, steps=steps)
            size = size.where(size <= severity * 255 * (1 + 1e-9), torch.inf)
            made[rows] = as_images(found.where(size.isfinite()[:, None, None, None], clean))
            distance[rows] = size.cpu().numpy().astype(np.float64) / 255
            vanished[rows] = (blind & size.isinf()).cpu().numpy()
    return Made(made, {"distance": distance, "vanished": vanished})


def nearest(model: Any, clean: Tensor, labels: Tensor, *, norm: Norm, steps: int) -> tuple[Tensor, Tensor, Tensor]:
    """The nearest fooling images (n, c, h, w) in whole levels, their distance (n,) in levels, infinite where none was
    found, and whether the gradient was 0 or not finite at some step, (n,). `clean` is in levels, `labels` (n,)."""
    import torch

    direction, furthest = (Linf(0), 255.0) if norm == "linf" else (L2(0), 255.0 * math.sqrt(clean[0].numel()))
    found, distance = clean.clone(), clean.new_full((len(clean),), torch.inf)
    blind = torch.zeros_like(distance, dtype=torch.bool)
    offset, radius = torch.zeros_like(clean), torch.zeros_like(distance)
    rows = torch.arange(len(clean), device=clean.device)
    for step in range(steps + 1):
        base = clean[rows]
        whole = within_pixels(base, offset.round())
        told = ask(model, base + whole, labels[rows], gradients=step < steps, loss=_lead)
        fooled, size = told.lead > CLEAR, _sizes(whole, norm)
        better = fooled & (size < distance[rows])
        found[rows[better]], distance[rows[better]] = (base + whole)[better], size[better]
        # No change is smaller than that of one value by one level.
        going = distance[rows] > 1
        if step == steps or not going.any():
            break
        blind[rows] |= (told.slope == 0).flatten(1).all(dim=1)
        rows, offset, radius, fooled, slope = (kept[going] for kept in (rows, offset, radius, fooled, told.slope))
        base, closest = clean[rows], distance[rows]
        slowing = (1 + math.cos(math.pi * step / steps)) / 2
        change = max(FIRST_CHANGE * slowing, LEAST_CHANGE)
        ascent = direction.ascent(slope)
        # The gradient is with respect to pixels between 0 and 1.
        straight = _sizes(offset, norm) - 255 * told.lead[going] / _steepness(slope, norm).clamp_min(1e-30)
        # Rounding would swallow shorter steps for ever: where the lead is next to 0, that is all that is left to go.
        straight = torch.maximum(straight, 1 / ascent.flatten(1).abs().amax(dim=1))
        larger = torch.maximum(radius * (1 + change), straight.where(closest.isinf(), 0))
        smaller = torch.minimum(radius * (1 - change), closest)
        radius = smaller.where(fooled, larger).clamp_max(furthest)
        stride = max(FIRST_STEP * slowing, LEAST_STEP) * radius[:, None, None, None]
        offset = _project(offset + stride * ascent, radius, norm)
        offset = within_pixels(base, offset)
    return found, distance, blind


def _lead(logits: Tensor, labels: Tensor, targets: Tensor) -> Tensor:  # noqa: ARG001
    return lead_of(logits, labels)


def _sizes(offset: Tensor, norm: Norm) -> Tensor:
    values = offset.flatten(1)
    return values.abs().amax(dim=1) if norm == "linf" else values.norm(dim=1)


def _steepness(slope: Tensor, norm: Norm) -> Tensor:
    """By how much the lead rises over a change of size one, were it linear: the dual norm of its gradient, (n,)."""
    values = slope.flatten(1)
    return values.abs().sum(dim=1) if norm == "linf" else values.norm(dim=1)


def _project(offset: Tensor, radius: Tensor, norm: Norm) -> Tensor:
    """The nearest offset in a ball of each row's own radius."""
    limit = radius[:, None, None, None]
    if norm == "linf":
        return offset.clamp(-limit, limit)
    return offset * (limit / _sizes(offset, norm)[:, None, None, None].clamp_min(1e-12)).clamp_max(1)
