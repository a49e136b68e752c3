"""Chains of generators drawn by chance, another one for each row."""

from __future__ import annotations

from pytest_robust.carriers import Columns, Images
from pytest_robust.generators import generator
from pytest_robust.generators._chain import Chains, Length, Steps, apply_each, drawn
from pytest_robust.generators._common import COMMON
from pytest_robust.generators._random import Seeds
from pytest_robust.generators._sizes import LEVELS


def chain(seeds: Seeds, *, severity: float, told: Columns, of: Steps, length: int) -> Chains:  # noqa: ARG001
    """The steps that each row's seed draws."""
    return Chains.at(of, drawn(seeds, len(of), length), severity, seeds)


@generator(
    kind="field",
    scale="severity",
    levels=LEVELS,
    chain=chain,
    risk="Several things go wrong at once, and nobody can list beforehand which, and in which order.",
)
def random_chain(images: Images, *, severity: float, seeds: Seeds, of: Steps = COMMON, length: Length = 3) -> Images:
    """`length` different steps of `of` in random order, drawn by each row's own seed.

        random_chain: {of: [fog, rain, motion_blur, jpeg_compression], length: 2}

    Steps are written as for `compose`; twelve common corruptions where absent. `images` (n, h, w, c) as the steps take
    them. Raises what they raise.
    """
    chains = drawn(seeds, len(of), length)
    return apply_each(of, chains, images, severities=severity, seeds=seeds)
