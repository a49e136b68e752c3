"""The one step of FGSM, against its formula."""

from __future__ import annotations

import numpy as np
import torch
from pictures import scenes
from torch.nn.functional import cross_entropy
from white_box import Asked, answers, attack, network, offsets, pixels_of


def gradient(model, images: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Of the cross-entropy by the pixels, (n, h, w, c)."""
    pixels = pixels_of(images).requires_grad_()
    loss = cross_entropy(model(pixels), torch.from_numpy(labels), reduction="sum")
    return torch.autograd.grad(loss, pixels)[0].permute(0, 2, 3, 1).numpy()


def test_linf_goes_epsilon_along_the_sign_of_the_gradient():
    images, model = scenes(12, 16), network()
    labels = answers(model, images)
    made = attack("fgsm", model, images, labels, 5 / 255).images
    slope = gradient(model, images, labels)
    clear = np.abs(slope) > 1e-6  # elsewhere rounding may turn the sign
    expected = np.clip(images + 5 * np.sign(slope), 0, 255)
    assert np.array_equal(made[clear], expected[clear])
    assert clear.mean() > 0.9


def test_l2_goes_epsilon_along_the_gradient():
    images, model = np.clip(scenes(12, 16), 60, 190), network()
    labels = answers(model, images)
    made = attack("fgsm", model, images, labels, 1.2, norm="l2").images
    slope = gradient(model, images, labels)
    expected = 1.2 * 255 * slope / np.sqrt((slope**2).sum((1, 2, 3), keepdims=True))
    inside = ((images + expected > 0) & (images + expected < 255)).all((1, 2, 3))
    change = offsets(made, images)
    assert inside.sum() > 4
    assert np.abs(change - expected)[inside].max() < 2, "whole levels, and a little shorter where rounding lengthens"
    cosine = (change * expected).sum((1, 2, 3)) / np.sqrt((change**2).sum((1, 2, 3)) * (expected**2).sum((1, 2, 3)))
    assert (cosine[inside] > 0.95).all()


def test_one_gradient_and_one_answer_are_all_that_it_asks_for():
    images, model = scenes(16, 16), Asked(network())
    attack("fgsm", model, images, answers(model.function, images), 1 / 255)
    assert (model.images, model.gradients) == (32, 16)
