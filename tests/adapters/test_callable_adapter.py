"""Any Python function as a model."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import softmax

from pytest_robust.adapters import Differentiable, registry
from pytest_robust.adapters.callable import from_callable
from pytest_robust.errors import ModelError, OptionError, SourceError
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots

SOURCE = """
import numpy as np

def brightness(images):
    p = images.mean(axis=(1, 2, 3)) / 255
    return np.stack([1 - p, p], axis=1)

def in_place(images):
    images[:] = 0
    return np.full((len(images), 2), 0.5)

def raises(images):
    return np.linalg.inv(images)

number = 3
"""

IMAGES = np.random.default_rng(0).integers(0, 256, (5, 4, 4, 3), dtype=np.uint8)


@pytest.fixture
def roots(tmp_path) -> Roots:
    (tmp_path / "predict.py").write_text(SOURCE)
    (tmp_path / "weights.bin").write_bytes(b"one")
    return Roots((tmp_path,))


def load(roots: Roots, source: str = "predict.py:brightness", **options):
    member = registry.get("callable")
    return member(roots=roots, **check_options(member.load, {"source": source, **options}, given=frozenset({"roots"})))


def test_probabilities_are_handed_on(roots):
    p = IMAGES.mean(axis=(1, 2, 3)) / 255
    predictions = load(roots).predict(IMAGES)
    assert np.array_equal(predictions.probabilities, np.stack([1 - p, p], axis=1).astype(np.float32))
    assert predictions.logits is None
    assert not isinstance(load(roots), Differentiable)


def test_logits_are_put_through_a_softmax(roots):
    predictions = load(roots, outputs="logits").predict(IMAGES)
    np.testing.assert_allclose(predictions.probabilities, softmax(predictions.logits, axis=1), rtol=1e-6)
    assert predictions.probabilities.dtype == np.float32


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
@pytest.mark.parametrize("outputs", ["probabilities", "logits"])
def test_numbers_that_are_none_are_handed_on_without_a_warning(bad, outputs):
    model = from_callable(lambda images: np.array([[bad, 0.5]] * len(images)), outputs=outputs)
    probabilities = model.predict(IMAGES).probabilities
    assert probabilities.shape == (5, 2)
    assert not np.isfinite(probabilities).all()


@pytest.mark.parametrize(
    "convert",
    [
        np.ndarray.tolist,
        torch.from_numpy,
        lambda p: torch.from_numpy(p).requires_grad_(),
        lambda p: p.astype(np.float16),
        lambda p: [torch.from_numpy(row) for row in p],
    ],
    ids=["list", "tensor", "graph", "half", "tensors"],
)
def test_whatever_numpy_makes_an_array_of_is_read(convert):
    given = np.array([[0.25, 0.75]] * 5)
    assert np.array_equal(from_callable(lambda images: convert(given)).predict(IMAGES).probabilities, given)


def test_a_function_may_work_in_place(roots):
    before = IMAGES.copy()
    load(roots, "predict.py:in_place").predict(IMAGES)
    assert np.array_equal(IMAGES, before)
    frozen = IMAGES.copy()
    frozen.setflags(write=False)
    load(roots, "predict.py:in_place").predict(frozen)


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (np.zeros((4, 2)), r"answered float64 of shape \(4, 2\) to 5 images; expected numbers of shape \(5, K\)"),
        (np.zeros(5), r"answered float64 of shape \(5,\)"),
        (np.zeros((5, 2), dtype=complex), r"answered complex128"),
        (np.full((5, 2), "cat"), r"answered <U3 of shape \(5, 2\)"),
        (None, r"answered object of shape \(\)"),
        ({"logits": np.zeros((5, 2))}, r"answered object of shape \(\)"),
        ([[1, 2], [3]], r"answered a list of 2, which is no array \(ValueError"),
        (np.zeros((5, 1)), r"answered 1 numbers an image; expected one a class"),
    ],
)
def test_an_answer_that_is_no_table_of_numbers(answer, message):
    with pytest.raises(ModelError, match=message):
        from_callable(lambda images: answer).predict(IMAGES)


def test_the_number_of_classes_is_checked(roots):
    with pytest.raises(ModelError, match="answered 2 classes, but `classes` names 3"):
        load(roots, classes=["a", "b", "c"]).predict(IMAGES)


def test_an_exception_names_the_users_line(roots, tmp_path):
    with pytest.raises(ModelError, match=r"predict\.py:13: predict\.py:raises raised LinAlgError: .*square"):
        load(roots, "predict.py:raises").predict(IMAGES)


def test_what_is_no_function_is_refused(roots):
    with pytest.raises(ModelError, match=r"predict\.py:number is int; give a function"):
        load(roots, "predict.py:number")
    with pytest.raises(SourceError, match=r"has no 'gone'; there are: .*brightness"):
        load(roots, "predict.py:gone")
    with pytest.raises(OptionError, match="unknown option 'weigths'; did you mean 'weights'"):
        load(roots, weigths=["weights.bin"])
    with pytest.raises(ModelError, match=r"'gone\.bin' does not exist"):
        load(roots, weights=["gone.bin"])
    with pytest.raises(ModelError, match="is a folder; name the files in it"):
        load(roots, weights=["."])


def test_the_fingerprint_follows_code_files_and_options(roots, tmp_path):
    first = load(roots, weights=["weights.bin"]).fingerprint
    assert load(roots, weights=["weights.bin"]).fingerprint == first
    seen = {
        first,
        load(roots).fingerprint,
        load(roots, "predict.py:in_place", weights=["weights.bin"]).fingerprint,
        load(roots, weights=["weights.bin"], outputs="logits").fingerprint,
    }
    (tmp_path / "weights.bin").write_bytes(b"two")
    seen.add(load(roots, weights=["weights.bin"]).fingerprint)
    (tmp_path / "predict.py").write_text(SOURCE + "#")
    seen.add(load(roots, weights=["weights.bin"]).fingerprint)
    assert len(seen) == 6


@pytest.mark.parametrize("edited", ["help_predict.py", "kit_predict/__init__.py", "kit_predict/scale.py"])
def test_the_fingerprint_follows_what_the_file_imports_beside_it(tmp_path, edited):
    """A helper whose edit turns the answers round must not leave old evidence standing."""
    (tmp_path / "kit_predict").mkdir()
    (tmp_path / "kit_predict" / "__init__.py").write_text("")
    (tmp_path / "kit_predict" / "scale.py").write_text("factor = 1\n")
    (tmp_path / "help_predict.py").write_text("flip = False\n")
    (tmp_path / "unrelated.py").write_text("")
    (tmp_path / "predict.py").write_text(f"import help_predict\nfrom kit_predict.scale import factor\n{SOURCE}")
    first = load(Roots((tmp_path,))).fingerprint
    (tmp_path / "unrelated.py").write_text("# edited\n")
    assert load(Roots((tmp_path,))).fingerprint == first
    (tmp_path / edited).write_text((tmp_path / edited).read_text() + "# edited\n")
    assert load(Roots((tmp_path,))).fingerprint != first


def test_evidence_about_a_live_function_is_reused_only_if_its_owner_vouches_for_it():
    def function(images):
        return np.zeros((len(images), 2))

    assert from_callable(function).fingerprint != from_callable(function).fingerprint
    assert from_callable(function, fingerprint="v1").fingerprint == "v1"
    by_name = load(Roots((), {"mine": function}), "mine", outputs="logits")
    assert by_name.fingerprint != load(Roots((), {"mine": function}), "mine", outputs="logits").fingerprint
    assert np.array_equal(by_name.predict(IMAGES).probabilities, np.full((5, 2), 0.5))
