"""Input that belongs to no class of the model."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds


@generator(
    kind="outlier",
    truth="unfamiliar",
    risk="Input that the model was never meant for: a new kind of object, a wrong feed, a blank frame.",
)
def unfamiliar(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """`images`, unchanged: every row of the scenario's own `data:` set is what the model does not know."""
    return images
