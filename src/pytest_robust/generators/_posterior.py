"""What an ideal observer believes who knows the templates and the noise: in closed form, for pixels as they are stored.

A pixel is a template's level plus Gaussian noise, rounded to a whole level and cut at 0 and 255. So its probability is
that of the stretch of the noise that ends at this level: all that falls below 0.5 is a 0, all above 254.5 is a 255.
"""

from __future__ import annotations

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.carriers import Images

LEVELS = np.arange(256)


def log_chances(sigma: float) -> NDArray[np.float64]:
    """The log-probability (256, 256) of level v, the column, where the template has level t, the row. `sigma` > 0.

    ln(Phi((v + 1/2 - t) / sigma) - Phi((v - 1/2 - t) / sigma)), the outermost stretches open. Finite and of full
    precision far out in the tails too: a stretch above the mean is mirrored to below it, and the difference is taken of
    logarithms.
    """
    below, above = (LEVELS - 0.5).astype(np.float64), LEVELS + 0.5
    below[0], above[-1] = -np.inf, np.inf
    start, end = (below - LEVELS[:, None]) / sigma, (above - LEVELS[:, None]) / sigma
    mirrored = start > 0
    start, end = np.where(mirrored, -end, start), np.where(mirrored, -start, end)
    whole = scipy.special.log_ndtr(end)
    return np.asarray(whole + np.log(-np.expm1(scipy.special.log_ndtr(start) - whole)))


def posteriors(images: Images, templates: Images, prior: NDArray[np.float64], sigma: float) -> NDArray[np.float64]:
    """The probability (n, K) of each template (K, h, w, c) given each image (n, h, w, c), by Bayes' rule.

    `prior` (K,) sums to one; a class that it excludes stays excluded.
    """
    table = log_chances(sigma).ravel()
    rows = templates.reshape(len(templates), -1).astype(np.uint16) << 8
    evidence = np.empty((len(images), len(templates)))
    # One image and one template at a time: a large picture against a thousand templates would not fit into memory.
    for image, likelihoods in zip(images, evidence, strict=True):
        likelihoods[:] = [table.take(row | image.ravel()).sum() for row in rows]
    with np.errstate(divide="ignore"):
        joint = evidence + np.log(prior)
    return np.asarray(np.exp(joint - scipy.special.logsumexp(joint, axis=1, keepdims=True)))
