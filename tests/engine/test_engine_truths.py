"""From a suite file to verdicts on ambiguous and unfamiliar input: votes, posteriors, ladders and held-out classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from scipy.special import entr, softmax

from pytest_robust.engine.engine import Engine
from pytest_robust.engine.plan import make_plan
from pytest_robust.errors import DataError, GenerationError, SuiteError
from pytest_robust.sources import Roots
from pytest_robust.suite.files import load

COLOURS = ["red", "green", "blue"]

MODEL = """
import numpy as np
from scipy.special import softmax
from pytest_robust.generators import generator

def three(images):
    return softmax(images.mean(axis=(1, 2)) * 0.05, axis=1)

def two(images):
    return softmax(images.mean(axis=(1, 2))[:, [2, 0]] * 0.05, axis=1)

@generator(kind="ambiguity", truth="posterior", risk="Forgets what it promised.")
def forgetful(images, *, severity, seeds):
    return images
"""

BARE = "{source: bare.npz, labels: null}"
THREE = "{adapter: callable, source: model.py:three, classes: [red, green, blue]}"
TWO = "{adapter: callable, source: model.py:two, classes: [blue, red]}"


def suite(scenario: str, data: str = "data.npz", model: str = THREE) -> str:
    return (
        f"model: {model}\nstatistics: {{early_stopping: false}}\n"
        f"data:\n  test: {data}\nscenarios:\n  s: {{{scenario}}}\n"
    )


@pytest.fixture
def world(tmp_path) -> tuple[Path, dict[str, np.ndarray]]:
    """450 pictures whose brightest channel is mostly their class, with 20 votes each."""
    rng = np.random.default_rng(3)
    images = rng.integers(60, 160, (450, 8, 8, 3), dtype=np.uint8)
    labels = np.arange(450) % 3
    for image, label in zip(images, labels, strict=True):
        image[..., label] += np.uint8(rng.integers(0, 60))
    votes = np.stack([rng.multinomial(20, np.where(np.arange(3) == label, 0.8, 0.1)) for label in labels])
    np.savez(tmp_path / "data.npz", images=images, labels=labels, votes=votes, classes=COLOURS)
    np.savez(tmp_path / "bare.npz", images=images)
    (tmp_path / "model.py").write_text(MODEL)
    return tmp_path, {"images": images, "labels": labels, "votes": votes}


def judged(folder: Path, text: str, name: str = "suite.yaml"):
    """Verdicts by id."""
    (folder / name).write_text(text)
    plan = make_plan(load(folder / name), Roots((folder,)))
    engine = Engine(plan, cache=None)
    return {check.id: engine.judge(check) for check in plan.checks}


def problem(folder: Path, text: str) -> str:
    with pytest.raises(SuiteError) as caught:
        judged(folder, text)
    return str(caught.value).replace(str(folder), "")


def answers(images, channels=(0, 1, 2)):
    return softmax(images.mean(axis=(1, 2))[:, list(channels)] * 0.05, axis=1)


def test_answers_are_compared_with_what_people_said(world):
    folder, data = world
    found = judged(folder, suite("generate: votes, require: divergence_from_votes <= 0.5"))
    shares = data["votes"] / 20
    exact = [jensenshannon(p, q, base=2) ** 2 for p, q in zip(answers(data["images"]), shares, strict=True)]
    assert found["s::votes::divergence_from_votes"].estimate == pytest.approx(np.mean(exact), abs=1e-6)


def test_votes_that_are_not_there_are_asked_for(world):
    text = suite("generate: votes, require: divergence_from_votes <= 0.5", BARE)
    with pytest.raises(DataError, match="data 'test' has no votes on the model's classes; name them by the option"):
        judged(world[0], text)


def test_what_is_hidden_or_noisy_is_compared_with_its_posterior(world):
    claims = "[divergence_from_posterior <= 0.9, finite_outputs]"
    found = judged(world[0], suite(f"generate: [full_occlusion, templates], severity: [1, 5], require: {claims}"))
    assert list(found) == [
        f"s::{cell}::{name}"
        for cell in ("full_occlusion", "templates-1", "templates-5")
        for name in ("divergence_from_posterior", "finite_outputs")
    ]
    assert {verdict.outcome for verdict in found.values()} == {"PASS"}


def test_a_posterior_that_is_promised_must_be_given(world):
    text = suite("generate: 'model.py:forgetful', require: divergence_from_posterior <= 0.5")
    with pytest.raises(GenerationError, match="generator 'forgetful' promises posteriors; it must return `Made` with"):
        judged(world[0], text)


def test_doubt_on_a_rung_is_compared_with_the_same_rows_clean(world):
    folder, data = world
    claims = "[entropy_rise >= 0.1, ece <= 0.5]"
    found = judged(folder, suite(f"generate: occlusion_ladder, severity: 5, require: {claims}"))
    # All but two of 64 cells are grey, so the model's answer is about uniform.
    clean = entr(answers(data["images"])).sum(axis=1).mean() / np.log(3)
    assert found["s::occlusion_ladder-5::entropy_rise"].estimate == pytest.approx(1 - clean, abs=0.01)
    assert found["s::occlusion_ladder-5::ece"].outcome in ("PASS", "INCONCLUSIVE")


def test_calibration_on_a_rung_needs_labels(world):
    text = suite("generate: blur_ladder, severity: 1, require: ece <= 0.5", BARE)
    with pytest.raises(DataError, match=r"row .* has no label, which 'ece' needs"):
        judged(world[0], text)


def test_accuracy_cannot_be_asked_of_a_ladder(world):
    text = suite("generate: blur_ladder, require: accuracy >= 0.5")
    assert "accuracy cannot be asked of what blur_ladder makes" in problem(world[0], text)


@pytest.mark.parametrize("pairs", ["random", "confusable", "[red, 2]"])
@pytest.mark.parametrize("name", ["chimera", "hybrid"])
def test_pairs_serve_all_that_have_two_parents(world, name, pairs):
    text = suite(f"generate: {{{name}: {{pairs: {pairs}}}}}, require: mass_on_parents >= 0.1")
    (verdict,) = judged(world[0], text).values()
    assert verdict.outcome == "PASS"
    assert verdict.n == 150 if pairs == "[red, 2]" else 150 <= verdict.n <= 225


def split(model: str, more: str = "") -> str:
    return f"""
model: {model}
statistics: {{early_stopping: false}}
data:
  seen: {{source: data.npz, without: green}}
  unseen:
    source: data.npz
    only: [green]
scenarios:
  seen: {{generate: clean, require: accuracy >= 0.1}}
  unseen: {{data: unseen, generate: unfamiliar, require: ood_auroc >= 0.1}}
{more}"""


def test_classes_are_held_out_by_name_and_the_rest_has_the_models_numbers(world):
    folder, data = world
    found = judged(folder, split(TWO))
    seen, unseen = (data["labels"] != 1), (data["labels"] == 1)
    told = answers(data["images"], (2, 0))
    right = told[seen].argmax(axis=1) == np.where(data["labels"][seen] == 2, 0, 1)
    assert (found["seen::clean::accuracy"].n, found["seen::clean::accuracy"].estimate) == (300, right.mean())
    strange, known = told[unseen].max(axis=1), told[seen].max(axis=1)
    higher = (strange[:, None] < known).mean()
    assert found["unseen::unfamiliar::ood_auroc"].estimate == pytest.approx(higher, abs=1e-3)


def test_labels_stay_where_the_model_names_the_same_classes(world):
    folder, data = world
    found = judged(folder, split(THREE))
    seen = data["labels"] != 1
    right = answers(data["images"])[seen].argmax(axis=1) == data["labels"][seen]
    assert found["seen::clean::accuracy"].estimate == right.mean()


def test_rows_that_are_held_out_cannot_be_right_or_wrong(world):
    text = split(TWO, "  wrong: {data: unseen, generate: clean, require: accuracy >= 0.1}\n")
    with pytest.raises(DataError, match=r"has no label, which 'accuracy' needs; for input of no class, .*unfamiliar"):
        judged(world[0], text)


def choosing(choice: str) -> str:
    return suite("generate: clean, require: accuracy >= 0.1", f"{{source: data.npz, {choice}}}", TWO)


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("only: [greem]", r"suite\.yaml:4:34: data 'test' has no class 'greem'; did you mean 'green'\?"),
        ("without: [0, 3]", r"suite\.yaml:4:37: data 'test' has no class 3; there are: blue, green, red"),
        ("only: [green, red]", r"suite\.yaml:4:34: data 'test': the model knows the class 'red' and not 'green'"),
    ],
)
def test_a_wrong_choice_is_told_with_its_place_when_the_data_is_loaded(world, choice, message):
    with pytest.raises(DataError, match=message):
        judged(world[0], choosing(choice))


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ("only: a, without: b", "4:9: `only` and `without` exclude each other; write one of them"),
        ("only: []", "4:34: 'only' cannot be an empty list; write classes by name or number, such as"),
        ("without: [true]", "4:38: True is no class; write its name in quotes, or its number"),
        ("only: {a: 1}", "4:34: {'a': 1} is no class"),
    ],
)
def test_a_malformed_choice_is_a_mistake_of_the_file(world, choice, message):
    assert message in problem(world[0], choosing(choice))
