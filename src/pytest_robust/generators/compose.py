"""A chain of generators that the suite's author writes down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from pytest_robust.carriers import Columns, Images
from pytest_robust.generators import generator
from pytest_robust.generators._chain import Chains, Steps, apply
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS


def label(options: Mapping[str, Any]) -> str:
    """`low_light+motion_blur+jpeg_compression`; a step with a level of its own shows it, `fog-2+jpeg_compression`."""
    return "+".join(step.called for step in options["steps"])


def chain(seeds: Seeds, *, severity: float, told: Columns, steps: Steps) -> Chains:  # noqa: ARG001
    """All steps on every row."""
    return Chains.at(steps, np.tile(np.arange(len(steps)), (len(seeds), 1)), severity, seeds)


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    label=label,
    chain=chain,
    risk="Trouble seldom comes alone: a dark picture, blurred by the longer exposure, then squeezed for upload.",
)
def compose(images: Images, *, severity: float, seeds: Seeds, steps: Steps) -> Images:
    """One step after the other, in the order written, each by a seed of its own: two fogs are two different ones.

        compose: [low_light, motion_blur, {jpeg_compression: {severity: 2}}]

    A step is a generator's name, `path.py:object`, or one of these with its options, among which may be a level of its
    own. All others take the cell's severity; those without a scale have none. Where every step has its own, name one
    severity beside `generate`, or five cells are the same.

    What cannot be a step is refused when the suite is read: generators that need more than images, and those whose
    result does not have its input's one right class. `images` (n, h, w, c) as the steps take them. Raises what they
    raise.
    """
    return apply(steps, images, severity=severity, seeds=seeds)
