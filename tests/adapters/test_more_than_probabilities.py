"""What a model tells besides probabilities where a suite asks for it: features, and that it gives no answer."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest
import torch

from pytest_robust.adapters import registry
from pytest_robust.adapters.callable import from_callable
from pytest_robust.adapters.torch import from_module
from pytest_robust.errors import ModelError

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 6, 6, 3), dtype=np.uint8)


class Small(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.conv = torch.nn.Conv2d(3, 4, 3)
        self.head = torch.nn.Linear(4, 3)
        self.unused = torch.nn.Linear(1, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.head(self.conv(x).mean((2, 3)))


def pixels() -> torch.Tensor:
    return torch.from_numpy(IMAGES).permute(0, 3, 1, 2).float() / 255


def test_features_are_the_output_of_the_named_module_averaged_over_places():
    module = Small()
    found = from_module(module, features="conv").predict(IMAGES)
    assert found.features is not None
    assert found.features.shape == (5, 4)
    with torch.no_grad():
        expected = module.conv(pixels()).mean((2, 3)).numpy()
    np.testing.assert_allclose(found.features, expected, atol=1e-5)
    plain = from_module(module).predict(IMAGES)
    assert plain.features is None
    np.testing.assert_array_equal(plain.probabilities, found.probabilities)


def test_the_module_given_is_not_watched_and_nothing_seen_stays_behind():
    module = Small()
    model = from_module(module, features="conv")
    assert not module.conv._forward_hooks
    kept = []
    model.module.conv.register_forward_hook(lambda _part, _input, output: kept.append(weakref.ref(output)))
    model.predict(IMAGES)
    model.logits(pixels().requires_grad_())
    gc.collect()
    assert [reference() for reference in kept] == [None, None]


def test_features_are_those_of_the_question_while_an_attack_asks_others():
    model = from_module(Small(), features="conv")
    expected = model.predict(IMAGES).features
    stop = threading.Event()

    def attack():
        while not stop.is_set():
            model.logits(torch.rand(5, 3, 6, 6))

    thread = threading.Thread(target=attack)
    thread.start()
    try:
        for _ in range(200):
            np.testing.assert_array_equal(model.predict(IMAGES).features, expected)
    finally:
        stop.set()
        thread.join()


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("convo", r"^features: Small has no module 'convo'; did you mean 'conv'\?$"),
        ("unused", "^features: unused of Small gave NoneType for 5 images; name a module that gives a tensor of shape"),
    ],
)
def test_a_module_that_gives_no_features_is_named(name: str, said: str):
    with pytest.raises(ModelError, match=said):
        from_module(Small(), features=name).predict(IMAGES)


@pytest.mark.parametrize("below", [0.2, 0.36, 0.9])
def test_it_abstains_below_a_confidence(below: float):
    for model in (
        from_module(Small(), abstain_below=below),
        from_callable(lambda _: softmax_of_small(), abstain_below=below),
    ):
        found = model.predict(IMAGES)
        assert found.abstained is not None
        np.testing.assert_array_equal(found.abstained, found.probabilities.max(axis=1) < np.float32(below))
    assert from_module(Small()).predict(IMAGES).abstained is None


def softmax_of_small() -> np.ndarray:
    with torch.no_grad():
        return Small()(pixels()).softmax(1).numpy()


def test_an_answer_that_is_not_finite_is_held_back():
    model = from_callable(lambda images: np.full((len(images), 2), np.nan), abstain_below=0.5)
    assert model.predict(IMAGES).abstained.all()


def test_a_function_tells_features_and_abstentions_by_name():
    def answer(images: np.ndarray) -> dict[str, object]:
        n = len(images)
        return {"logits": np.zeros((n, 2)), "features": torch.ones(n, 7), "abstained": np.arange(n) % 2}

    found = from_callable(answer, outputs="logits", also=("features", "abstained")).predict(IMAGES)
    assert found.features.dtype == np.float32
    assert found.features.shape == (5, 7)
    assert found.abstained.tolist() == [False, True, False, True, False]
    np.testing.assert_array_equal(found.probabilities, 0.5)


@pytest.mark.parametrize("answer", [np.zeros((5, 2)), {"probabilities": np.full((5, 2), 0.5)}])
def test_a_function_that_keeps_to_itself_what_it_should_tell_is_named(answer: object):
    model = from_callable(lambda _: answer, also=("features",))
    with pytest.raises(ModelError, match=r"must answer a mapping with the keys probabilities, features$"):
        model.predict(IMAGES)


def test_what_an_adapter_offers_depends_on_what_is_asked_of_it():
    torch_, function = registry.get("torch"), registry.get("callable")
    assert torch_.offers({}) == {"gradients", "logits"}
    assert torch_.offers({"features": "conv", "abstain_below": 0.5}) == {
        *("gradients", "logits", "features", "abstained"),
    }
    assert function.offers({"outputs": "probabilities"}) == set()
    assert function.offers({"outputs": "logits", "also": ["features"]}) == {"logits", "features"}
    assert function.offers({"outputs": "probabilities", "abstain_below": 0.5}) == {"abstained"}
