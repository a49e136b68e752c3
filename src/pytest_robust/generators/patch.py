"""A square that may hold anything."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Bounded

from pytest_robust.carriers import Images
from pytest_robust.generators import Made, generator
from pytest_robust.generators._ask import ask
from pytest_robust.generators._attempts import Field, Reached, as_levels, attempt_all
from pytest_robust.generators._options import Count
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._standing import CLEAR, standing

if TYPE_CHECKING:
    from torch import Tensor

ANYTHING = 1.0
"""The epsilon within the square."""


@generator(
    kind="attack",
    needs=("labels", "gradients", "answers"),
    label=lambda options: f"patch-{options['area']:g}",
    risk="A printed sticker in the scene, made by someone who knows the model.",
)
def patch(
    images: Images,
    *,
    severity: float,  # noqa: ARG001
    seeds: Seeds,
    labels: NDArray[np.int64],
    answers: NDArray[np.float32],
    model: Any,
    area: Annotated[float, Bounded(gt=0, le=1)] = 0.05,
    places: Count = 10,
    steps: Count = 50,
    restarts: Count = 1,
    step_size: Annotated[float, Bounded(ge=1 / 255, le=1)] = 32 / 255,
) -> Made:
    """A square of a share `area` of the image, filled so that it fools, after Brown et al. 2017, for each image anew.

    Of `places` random ones, all different, the square takes that where the gradient of the cross-entropy at the image
    is largest in all; each further one of `restarts` takes the next best. It starts at random pixels and is then
    changed by `step_size`, in pixels between 0 and 1, along the gradient's sign, `steps` times, as PGD does; whatever
    is in it is allowed. A row is finished as soon as it is answered wrong, and one that is wrong to begin with stays as
    it is.

    Column `vanished` (n,) bool: the row stands, and its gradient was 0 everywhere, or not finite, at some step.
    `images` (n, h, w, c), `labels` (n,) at least 0, `answers` (n, K), `model` an `adapters.Differentiable`. Raises
    GenerationError for rows without a label, and a model whose answer has no gradient.
    """
    height, width = images.shape[1:3]
    side = min(max(round((area * height * width) ** 0.5), 1), height, width)
    down, right = height - side + 1, width - side + 1
    places = min(places, down * right)
    squares = np.zeros((len(images), places, 2), np.intp)
    streams = list(row_generators(seeds))
    for rng, row in zip(streams, squares, strict=True):
        row[:, 0], row[:, 1] = np.divmod(rng.choice(down * right, places, replace=False), right)
    if len(images) and places > 1 and len(rows := standing("patch", labels, answers)):
        for row, steepness in zip(rows, steep(images[rows], labels[rows], model), strict=True):
            inside = [steepness[top : top + side, left : left + side].sum() for top, left in squares[row]]
            squares[row] = squares[row][np.argsort(np.negative(inside), kind="stable")]

    def once(field: Field, *, number: int) -> Reached:
        import torch

        mask = torch.zeros_like(field.clean[:, :1])
        start = field.clean.clone()
        for place, row in enumerate(field.rows.tolist()):
            top, left = squares[row, number % places].tolist()
            filling = streams[row].integers(0, 256, (field.clean.shape[1], side, side)).astype(np.float32)
            start[place, :, top : top + side, left : left + side] = torch.from_numpy(filling).to(start)
            mask[place, :, top : top + side, left : left + side] = 1
        return fill(field, start, mask, steps=steps, step=round(step_size * 255))

    return attempt_all(
        [partial(once, number=number) for number in range(restarts)],
        images,
        attack="patch",
        norm="linf",
        severity=ANYTHING,
        labels=labels,
        answers=answers,
        model=model,
    )


def steep(images: Images, labels: NDArray[np.int64], model: Any) -> NDArray[np.float32]:
    """By how much each pixel, all channels together, sways the model: (n, h, w)."""
    import torch

    told = ask(model, as_levels(images).to(model.device), torch.from_numpy(labels).to(model.device))
    return np.asarray(told.slope.abs().sum(dim=1).cpu().numpy())


def fill(field: Field, start: Tensor, mask: Tensor, *, steps: int, step: float) -> Reached:
    """Where whole levels `start` get to when they may change by `step` at a time where `mask` (n, 1, h, w) is 1."""
    import torch

    found, lead = start.clone(), start.new_full((len(start),), -torch.inf)
    fooled = torch.zeros(len(start), dtype=torch.bool, device=start.device)
    vanished, rows = fooled.clone(), torch.arange(len(start), device=start.device)
    images = start
    for left in range(steps, -1, -1):
        told = ask(field.model, images, field.labels[rows], gradients=left > 0)
        nearer = told.lead > lead[rows]
        found[rows[nearer]], lead[rows[nearer]] = images[nearer], told.lead[nearer]
        fooled[rows] = told.lead > CLEAR
        slope = told.slope * mask[rows]
        vanished[rows] |= ~told.finite | ((left > 0) & (slope == 0).flatten(1).all(dim=1))
        going = ~(fooled[rows] | vanished[rows])
        if left == 0 or not going.any():
            break
        rows, images = rows[going], (images + step * slope.sign())[going].clamp(0, 255)
    return Reached(found, lead, fooled, vanished)
