"""AutoAttack, the standard by which robust accuracies are compared, by its authors' own code."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Images
from pytest_robust.errors import GenerationError
from pytest_robust.generators import Made, generator
from pytest_robust.generators._ask import ask
from pytest_robust.generators._attempts import Attempt, Field, Reached, attempt_all
from pytest_robust.generators._balls import Norm, ball
from pytest_robust.generators._random import Seeds, row_generators
from pytest_robust.generators._reference import FULL_QUERIES, REQUIRES, Raid, Reference, grid_fits, raided
from pytest_robust.generators._standing import CLEAR

if TYPE_CHECKING:
    from torch import Tensor

Profile = Literal["standard", "rand", "quick"]

PASSES = 20
"""Over how many passes a randomised model's gradients and answers are averaged."""


@generator(
    kind="attack",
    scale="epsilon",
    bounds=(0, float("inf")),
    needs=("labels", "gradients", "answers"),
    requires=REQUIRES,
    risk="Someone who knows the model, with the attacks by which published defences are compared.",
)
def autoattack(
    images: Images,
    *,
    severity: float,
    seeds: Seeds,
    labels: NDArray[np.int64],
    answers: NDArray[np.float32],
    model: Any,
    norm: Norm = "linf",
    profile: Profile = "standard",
) -> Made:
    """AutoAttack by Croce & Hein 2020, through the authors' package, on 8-bit images.

    - `standard`: APGD-CE (100 iterations), APGD-T (targeted DLR, 100 iterations a target), FAB-T (likewise), Square
      (5,000 queries), one restart each; the targets are the 9 likeliest other classes, or as many as there are.
    - `rand`, for models that answer by chance: APGD-CE and APGD-DLR, gradients averaged over 20 passes, and so is the
      answer that decides whether a row is fooled.
    - `quick`: APGD-CE and APGD-T with 20 iterations and 3 targets, Square with 500 queries. Compares with nothing
      published.

    Each attack meets the rows still standing; those wrong when clean stay as they are. What an attack finds is rounded
    to 8 bits and asked again; where it fools no more, levels are rounded away from the clean image instead, within
    epsilon; where that does not fool either, the row stands and meets the next attack. Published figures count images
    that no camera takes: a few rows more may stand here.

    Below 4 classes DLR is not defined: APGD-T follows the cross-entropy of its target instead, and APGD-DLR is left out
    below 3. A row's random starts come from its seed; Square's squares are drawn once for all rows and seeds. For
    `severity`, the images made, column `vanished` and what is refused see `pgd`. Refused are also one class only and,
    with `l2`, the few sizes at which the package's Square fails, such as 12 x 12.
    """
    classes = answers.shape[1]
    if classes < 2:
        raise GenerationError("autoattack: the model has one class only; there is nothing to mistake it for")
    streams = list(row_generators(seeds))
    averaged = PASSES if profile == "rand" else 1

    def attempt(raid: Raid) -> Attempt:
        return lambda field: strike(raid, field, norm, [streams[row] for row in field.rows.tolist()], averaged)

    def attempts() -> Iterator[Attempt]:
        height, width = images.shape[1:3]
        if norm == "l2" and profile != "rand" and not grid_fits(height, width):
            raise GenerationError(
                f"autoattack: images are {width} x {height} pixels, over which the package's Square cannot lay its "
                "grid in an L2 ball; use apgd_ensemble"
            )
        package = Reference(model, norm, ball("autoattack", norm, severity).radius / 255)
        yield from map(attempt, raids(package, profile, classes))

    return attempt_all(
        attempts(),
        images,
        attack="autoattack",
        norm=norm,
        severity=severity,
        labels=labels,
        answers=answers,
        model=model,
    )


def raids(package: Reference, profile: Profile, classes: int) -> Iterator[Raid]:
    """The attacks of a profile, in their order."""
    if profile == "rand":
        yield package.apgd("ce", iterations=100, averaged=PASSES)
        if classes > 2:
            yield package.apgd("dlr", iterations=100, averaged=PASSES)
        return
    iterations, targets, queries = (100, 9, FULL_QUERIES) if profile == "standard" else (20, 3, 500)
    likeliest = range(2, 2 + min(targets, classes - 1))
    yield package.apgd("ce", iterations=iterations)
    for target in likeliest:
        yield package.apgd("dlr-targeted" if classes > 3 else "ce-targeted", iterations=iterations, target=target)
    if profile == "standard":
        for target in likeliest:
            yield package.fab(iterations=iterations, target=target)
    yield package.square(queries=queries)


def strike(raid: Raid, field: Field, norm: Norm, streams: list[np.random.Generator], averaged: int) -> Reached:
    """One attack on all rows that stand."""
    near, far = roundings(field, raided(raid, field.clean, field.labels, streams, norm))
    told = ask(field.model, near, field.labels, averaged=averaged)
    found, lead = near.clone(), told.lead.clone()
    again = ((lead <= CLEAR) & (far != near).flatten(1).any(dim=1)).nonzero()[:, 0]
    if len(again):
        further = ask(field.model, far[again], field.labels[again], gradients=False, averaged=averaged).lead
        better = further > lead[again]
        found[again[better]], lead[again[better]] = far[again[better]], further[better]
    vanished = (told.slope == 0).flatten(1).all(dim=1)
    return Reached(found, lead, lead > CLEAR, vanished)


def roundings(field: Field, made: Tensor) -> tuple[Tensor, Tensor]:
    """Images of whole levels within the ball: the nearest ones, and those rounded away from the clean image."""
    offset = field.ball.project(made - field.clean)
    away = field.ball.project(offset.sign() * offset.abs().ceil())
    near, far = (field.clean + field.ball.whole(one) for one in (offset, away))
    return near.clamp(0, 255), far.clamp(0, 255)
