"""Pictures destroyed by so many strong corruptions that they belong to no class any more."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._chain import Length, Steps, apply_each, drawn
from pytest_robust.generators._common import COMMON
from pytest_robust.generators._random import Seeds


@generator(
    kind="outlier",
    truth="unfamiliar",
    risk="What is left of a picture when everything fails at once: near what the model knows, and nothing any more.",
)
def strong_chain(images: Images, *, severity: float, seeds: Seeds, of: Steps = COMMON, length: Length = 6) -> Images:  # noqa: ARG001
    """`length` different steps of `of` in random order at severity 5, drawn by each row's own seed.

    Near-out-of-distribution: some colours and traces of shapes are still those of the data. With six steps hardly a
    picture can be named, of 32 pixels or of 224; with four, one in three still can. Look at the result before you claim
    that nobody could. Steps are written as for `compose`, and may have levels of their own; twelve common
    corruptions where absent. `images` (n, h, w, c) as the steps take them. Raises what they raise.
    """
    chains = drawn(seeds, len(of), length)
    return apply_each(of, chains, images, severities=5, seeds=seeds)
