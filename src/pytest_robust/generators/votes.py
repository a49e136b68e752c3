"""Pictures on which people have voted."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds


@generator(
    kind="ambiguity",
    truth="votes",
    risk="Input on which people disagree: a model that is sure of it knows something that they do not, or is wrong.",
)
def votes(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """`images`, unchanged: what people said of each row stands in the data, see the option `votes` of the readers."""
    return images
