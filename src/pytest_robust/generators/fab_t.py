"""FAB-T: the smallest change towards each of the likeliest other classes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.errors import GenerationError
from pytest_robust.generators import Made, generator
from pytest_robust.generators._ask import ask
from pytest_robust.generators._attempts import as_images, as_levels
from pytest_robust.generators._balls import Norm
from pytest_robust.generators._options import Count
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._reference import REQUIRES, Reference, raided
from pytest_robust.generators._standing import CLEAR, standing

if TYPE_CHECKING:
    from torch import Tensor

STRETCHES = (1.0, 1.05, 1.1, 1.2, 1.4)
"""How far along its line a change is tried, where a shorter one fools no more when it is rounded."""


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "gradients", "answers"),
    minimal=True,
    requires=REQUIRES,
    risk="Someone who knows the model and looks for the least change that makes it err.",
)
def fab_t(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    labels: NDArray[np.int64],
    answers: NDArray[np.float32],
    model: Any,
    norm: Norm = "linf",
    steps: Count = 100,
    targets: Count = 9,
) -> Made:
    """Projections onto the linearised border to one class after the other, by Croce & Hein 2020, through their package.

    For each of the `targets` likeliest other classes (or as many as there are) `steps` steps along the border. One
    search serves all epsilons: `distance` (n,) float64 is the size of a row's change, in pixels between 0 and 1, by
    `norm`; 0 where it is wrong when clean, infinite where nothing was found, or nothing within `severity`. `vanished`
    (n,) bool: nothing was found, and the gradient at the image was 0 everywhere, or not finite.

    A change is rounded to 8 bits and asked again; where it fools no more, it is stretched, by up to 40 %, and at last
    rounded away from the clean image. The shortest that fools is kept. Nothing is drawn at random. `images`
    (n, h, w, c), `labels` (n,), `answers` (n, K), `model` an `adapters.Differentiable`. Raises GenerationError for rows
    without a label, for one class only, and where the model has no gradient.
    """
    import torch

    if answers.shape[1] < 2:
        raise GenerationError("fab_t: the model has one class only; there is nothing to mistake it for")
    found, distance, vanished = images.copy(), np.zeros(len(images)), np.zeros(len(images), np.bool_)
    rows = standing("fab_t", labels, answers) if len(images) else np.zeros(0, np.intp)
    if not len(rows):
        return Made(found, {"distance": distance, "vanished": vanished})
    clean, right = as_levels(images[rows]).to(model.device), torch.from_numpy(labels[rows]).to(model.device)
    best, nearest = clean.clone(), torch.full((len(rows),), torch.inf, device=clean.device)
    for target in range(2, 2 + min(targets, answers.shape[1] - 1)):
        raid = Reference(model, norm, 1.0).fab(iterations=steps, target=target)
        offset = raided(raid, clean, right, list(row_generators(seeds[rows])), norm) - clean
        away = offset.sign() * offset.abs().ceil()
        for change in (*((offset * stretch).round() for stretch in STRETCHES), away):
            image = (clean + change).clamp(0, 255)
            size = length(image - clean, norm)
            nearer = ((size > 0) & (size < nearest) & (size <= severity * 255 * (1 + 1e-9))).nonzero()[:, 0]
            if len(nearer):
                fools = ask(model, image[nearer], right[nearer], gradients=False).lead > CLEAR
                better = nearer[fools]
                best[better], nearest[better] = image[better], size[better]
    lost = nearest.isinf()
    if lost.any():
        told = ask(model, clean[lost], right[lost])
        vanished[rows[lost.cpu().numpy()]] = (told.slope == 0).flatten(1).all(dim=1).cpu().numpy()
    found[rows], distance[rows] = as_images(best), nearest.double().cpu().numpy() / 255
    return Made(found, {"distance": distance, "vanished": vanished})


def length(offset: Tensor, norm: Norm) -> Tensor:
    """The size of each row's offset, (n,)."""
    flat = offset.flatten(1)
    return flat.abs().amax(dim=1) if norm == "linf" else flat.norm(dim=1)
