"""How much does it err under corruptions, compared with another model?"""

from __future__ import annotations

import numpy as np

from pytest_robust.carriers import Series
from pytest_robust.properties import PerRow, mean_property
from pytest_robust.properties._baseline import Baseline, BaselineOption, cell_weights, errors


def span(series: Series, *, reference: Baseline) -> tuple[float, float]:
    """The mean corruption error of a model that is always right, and of one that is always wrong."""
    return 0.0, float(cell_weights("mce", series, reference, beyond_clean=False).sum())


@mean_property(
    range=(0.0, 100.0),
    truths={"label"},
    summary="Mean corruption error over the scenario, in units of a baseline's: `mce(reference=alexnet)`.",
    operators=("<=", ">="),
    scope="scenario",
    bounds=span,
)
def mce(series: Series, *, reference: BaselineOption) -> PerRow:
    """The mean over corruptions c of CE_c = (sum over severities of the error) / (the same sum of a baseline).

    Of Hendrycks & Dietterich (2019). `reference` says which baseline:

    - `alexnet`: AlexNet's published errors on ImageNet-C. The scenario must hold its 15 corruptions, and no others, at
      severities 1 to 5; they may be read from disk, `premade: {source: ImageNet-C/fog}`. 1 is as good as AlexNet; the
      paper writes 100.
    - `errors.csv`: a file of your own with the columns `corruption,error`, the mean error over the severities claimed.
    - `none`: nothing is divided; the plain mean error, from 0 to 1. At 32 pixels no baseline is agreed on.

    From 0 to 100; a model that is always wrong scores the mean over corruptions of 1 / the baseline's error, which is
    1.29 for AlexNet. Every corruption counts alike, however many severities it has. The figure is linear in errors, so
    it is a mean over base images of sum over cells of error / (corruptions x severities x baseline's mean error), a
    number within fixed bounds.
    Use it to stand beside published figures; of a model of one's own, `accuracy` and `accuracy_drop` cell by cell say
    more.
    Test: betting e-process, then the fixed-n betting test, on that number; exact.
    Misleads where the baseline was measured in another way: AlexNet's errors are those of ImageNet-C at 224 pixels as
    it lies on disk, saved as JPEG. A baseline that hardly errs under a corruption gives it most of the weight. A mean
    hides the worst corruption: claim `accuracy` in every cell beside it.
    """
    weights = cell_weights("mce", series, reference, beyond_clean=False)
    return np.asarray(np.clip(weights @ errors(series), *span(series, reference=reference)))
