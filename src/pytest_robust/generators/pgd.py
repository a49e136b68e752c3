"""Projected gradient descent, the standard first-order attack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pytest_robust.carriers import Images
from pytest_robust.errors import GenerationError
from pytest_robust.generators import generator
from pytest_robust.generators._ask import ask
from pytest_robust.generators._balls import L2, Ball, Linf
from pytest_robust.generators._random import Seeds, row_generators

if TYPE_CHECKING:
    from torch import Tensor

CLEAR = 1e-4
"""By how much, in logits, another class must lead for a row to count as fooled: enough to last when the model is asked
again in another batch, where it rounds differently."""

Count = Annotated[int, Field(ge=1)]
Positive = Annotated[float, Field(gt=0)]


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "gradients"),
    risk="Someone who knows the model and alters its input, so slightly that nobody sees it.",
)
def pgd(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    labels: NDArray[np.int64],
    model: Any,
    norm: Literal["linf", "l2"] = "linf",
    steps: Count = 20,
    restarts: Count = 1,
    step_size: Positive | None = None,
    random_start: bool = False,
) -> Images:
    """Ascent of the cross-entropy within a ball around the image, by Madry et al. 2018.

    x <- project(x + step direction), with direction sign(gradient) for `linf` and gradient / |gradient| for `l2`.
    `severity` is epsilon, the radius of the ball, in pixels between 0 and 1 (8/255); so is `step_size`, epsilon / 4 for
    `linf` and 2.5 epsilon / steps for `l2` where absent. The first of `restarts` starts at the image unless
    `random_start`, all others anywhere in the ball.

    The result is again an 8-bit image, within epsilon; an L-infinity epsilon is therefore rounded down to whole levels.
    A row is finished as soon as its 8-bit image is answered wrong; a row that is wrong to begin with stays as it is.
    `images` (n, h, w, c), `labels` (n,) at least 0, `model` an `adapters.Differentiable`. Raises GenerationError for
    an epsilon between 0 and 1/255, for rows without a label, and where the model has no finite gradient.
    """
    import torch

    if severity == 0 or not len(images):
        return images
    if labels.min() < 0:
        raise GenerationError("pgd: some rows have no label; an attack needs the right class of each")
    reach = severity * 255
    ball: Ball = Linf(float(np.floor(reach + 1e-6))) if norm == "linf" else L2(reach)
    if ball.radius < 1:
        raise GenerationError(f"pgd: epsilon {severity:g} is below 1/255, the smallest change of an 8-bit image")
    step = ball.radius / 4 if norm == "linf" else 2.5 * ball.radius / steps
    if step_size is not None:
        step = step_size * 255

    clean = torch.tensor(images.transpose(0, 3, 1, 2), dtype=torch.float32, device=model.device)
    target = torch.tensor(labels, device=model.device)
    found = clean.clone()
    standing = (ask(model, clean, target, gradients=False)[0] <= CLEAR).nonzero()[:, 0]
    streams = list(row_generators(seeds))
    for restart in range(restarts):
        if not len(standing):
            break
        offset = torch.zeros_like(clean[standing])
        if random_start or restart:
            starts = [ball.random(streams[row], tuple(clean.shape[1:])) for row in standing.tolist()]
            offset = torch.from_numpy(np.stack(starts)).to(clean)
        reached, fooled = climb(model, clean[standing], target[standing], offset, ball, steps=steps, step=step)
        found[standing] = reached
        standing = standing[~fooled]
    return np.ascontiguousarray(found.to(torch.uint8).cpu().numpy().transpose(0, 2, 3, 1))


def climb(
    model: Any, clean: Tensor, labels: Tensor, offset: Tensor, ball: Ball, *, steps: int, step: float
) -> tuple[Tensor, Tensor]:
    """One start of all rows: the images that it ended with, in whole levels, and whether each is answered wrong.

    `clean` and `offset` (n, c, h, w) are in levels, `labels` (n,).
    """
    import torch

    found = clean.clone()
    fooled = torch.zeros(len(clean), dtype=torch.bool, device=clean.device)
    climbing = torch.arange(len(clean), device=clean.device)
    offset = within_pixels(clean, offset)
    for left in range(steps, -1, -1):
        base, wanted = clean[climbing], labels[climbing]
        margin, gradient = ask(model, base + offset, wanted, gradients=left > 0)
        whole = ball.whole(offset)
        found[climbing] = base + whole
        beaten = margin > CLEAR
        # What fools the model between two levels may not do so when it is rounded: ask again.
        doubtful = (beaten & (whole != offset).flatten(1).any(dim=1)).nonzero()[:, 0]
        if len(doubtful):
            beaten[doubtful] = ask(model, (base + whole)[doubtful], wanted[doubtful], gradients=False)[0] > CLEAR
        fooled[climbing] = beaten
        if gradient is None or beaten.all():
            break
        kept = ~beaten
        climbing = climbing[kept]
        offset = ball.project(offset[kept] + step * ball.ascent(gradient[kept]))
        offset = within_pixels(clean[climbing], offset)
    return found, fooled


def within_pixels(clean: Tensor, offset: Tensor) -> Tensor:
    """The offset, cut so that the image stays between 0 and 255. It gets no longer by that."""
    return (clean + offset).clamp(0, 255) - clean
