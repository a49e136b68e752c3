"""No perturbation: the rows as they are."""

from __future__ import annotations

from pytest_robust.carriers import Images
from pytest_robust.generators import generator
from pytest_robust.generators._random import Seeds


@generator(kind="clean", risk="Ordinary input, as in the test set.")
def clean(images: Images, *, severity: float, seeds: Seeds) -> Images:  # noqa: ARG001
    """`images`, unchanged."""
    return images
