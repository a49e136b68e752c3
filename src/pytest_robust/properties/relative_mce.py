"""How much do corruptions cost it, compared with another model?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Evidence, Series
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._baseline import Baseline, BaselineOption, cell_weights, errors


def span(series: Series, *, reference: Baseline) -> tuple[float, float]:
    """From a model that is right under every corruption and never without, to the reverse."""
    most = float(cell_weights("relative_mce", series, reference, beyond_clean=True).sum())
    return -most, most


@mean_property(
    range=(-100.0, 100.0),
    truths={"label"},
    summary="Mean rise of the error under the scenario's corruptions, in units of a baseline's rise.",
    operators=("<=", ">="),
    reference="same rows",
    scope="scenario",
    bounds=span,
)
def relative_mce(series: Series, clean: Evidence, *, reference: BaselineOption) -> PerRow:
    """The mean over corruptions of (mean error over severities - clean error) / (the same difference of a baseline).

    The relative mCE of Hendrycks & Dietterich (2019): what corruptions add to the error that is there without, of the
    same rows. `reference` is that of `mce`; a file has a line `clean` with the error on clean inputs; `none` gives the
    plain mean rise of the error, from -1 to 1. From -100 to 100; with AlexNet it lies within 3.26 of 0, and 1 is
    AlexNet. Linear in errors, so a mean over base images, as `mce` is.
    Use it beside `mce`, where the model is far better or far worse than the baseline without corruptions.
    Test: betting e-process, then the fixed-n betting test; exact, and paired with the clean row.
    Misleads where the clean model is poor: it has little to lose, and a model that guesses scores 0. With AlexNet,
    brightness, which costs that one little, has a sixth of all weight. Claim `mce` beside it.
    """
    weights = cell_weights("relative_mce", series, reference, beyond_clean=True)
    before = (~clean.aligned(series.ids).correct).astype(np.float64)
    lost = weights @ errors(series) - weights.sum() * before
    return np.asarray(np.clip(lost, *span(series, reference=reference)))
