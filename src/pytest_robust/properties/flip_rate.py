"""How often does the answer change from one frame to the next?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Series
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._sequence import Against, compared


@mean_property(
    range=(0.0, 1.0),
    truths={"label"},
    summary="Share of steps from one level of a generator to the next at which the answer changes.",
    operators=("<=", ">="),
    scope="generator",
    fewest_levels=2,
    labelled=False,
)
def flip_rate(series: Series, *, against: Against = "previous") -> PerRow:
    """The flip probability of Hendrycks & Dietterich (2019, ImageNet-P): mean over steps of 1(f(x_j) != f(x_j-1)).

    From 0 to 1. The frames x_1, x_2, ... of a row are the levels of one generator that are claimed, from the mildest to
    the hardest; f is the most probable class. `against=first` compares each frame with the first, as the paper does for
    noise, which has no path from one frame to the next. Right or wrong does not matter, so it needs no labels. The
    paper's flip *rate* divides by AlexNet's on its own sequences of 31 frames; ours are other frames, so nothing is
    divided. Where rows are drawn several times, the mean over draws.
    Use it where pictures come one after the other, as from a video: an answer that jumps between frames that look alike
    is noticed, and breaks what is built on it.
    Test: betting e-process, then the fixed-n betting test, on the share of a row's steps; exact: a row is one value,
    however many levels it has.
    Misleads where levels lie far apart: a change may then be due, as nobody sees the class any more. A constant model
    never flips. Figures compare only at the same levels.
    """
    flips = [before.predicted != after.predicted for before, after in compared(series, against)]
    return np.asarray(np.mean(flips, axis=0))
