"""Ambiguous and held-out inputs on a real network, and the record against figures computed here by other means."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from resnet20 import DATA, load
from scipy.spatial.distance import jensenshannon
from scipy.special import entr

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="shared/data/cifar10 is absent: it is not part of the project"
)

CLASSES = "[airplane, automobile, bird, cat, deer, dog, frog, horse, ship, truck]"

SUITE = f"""
seed: 3
model: {{adapter: torch, source: {Path(__file__).with_name("resnet20.py")}:load, classes: {CLASSES}}}
data:
  test: {DATA / "test.npz"}
  vehicles: {{source: {DATA / "test.npz"}, only: [airplane, automobile, ship, truck]}}
  animals: {{source: {DATA / "test.npz"}, without: [airplane, automobile, ship, truck]}}
require: finite_outputs
statistics: {{early_stopping: false}}
scenarios:
  people: {{generate: votes, require: divergence_from_votes <= 0.15}}
  between:
    generate: [chimera, hybrid, {{blend: {{pairs: [cat, dog]}}}}]
    require: [mass_on_parents >= 0.5, entropy_rise >= 0.01]
  fading:
    generate: [occlusion_ladder, crop_ladder, downsampling_ladder, blur_ladder]
    severity: [1, 5]
    require: [ece <= 0.3, entropy_rise >= 0.05]
  known: {{generate: [templates, full_occlusion], severity: [1, 5], require: divergence_from_posterior <= 0.5}}
  vehicles: {{data: vehicles, generate: clean, require: accuracy >= 0.8}}
  animals: {{data: animals, generate: unfamiliar, require: ood_auroc >= 0.1}}
  nothing:
    generate: [white_noise, pink_noise, uniform_colour, textures, shuffled_patches, inverted]
    require: ood_auroc >= 0.5
"""


@pytest.fixture(scope="module")
def verdicts(tmp_path_factory):
    """The record's verdicts by id."""
    folder = tmp_path_factory.mktemp("ambiguity")
    (folder / "ambiguity.yaml").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "--robust", "ambiguity.yaml", "--rootdir", ".", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, "--robust-reports", "."], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = json.loads((folder / "ambiguity.json").read_text())["verdicts"]
    assert {verdict["outcome"] for verdict in found} <= {"PASS", "FAIL", "INCONCLUSIVE"}
    return {verdict["id"]: verdict for verdict in found}


@pytest.fixture(scope="module")
def rows():
    with np.load(DATA / "test.npz") as archive:
        return {name: archive[name] for name in ("images", "labels", "votes")}


@pytest.fixture(scope="module")
def ask():
    """Probabilities (n, 10) in float64 of uint8 images, by the network alone."""
    network = load()

    def answer(images):
        with torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255
            return torch.cat([network(part) for part in pixels.split(128)]).double().softmax(1).numpy()

    return answer


@pytest.fixture(scope="module")
def clean(ask, rows):
    return ask(rows["images"])


def doubt(answers):
    return entr(answers).sum(axis=1) / np.log(10)


def auroc(strange, familiar):
    """Of confidences rounded as float32 rounds them, as ties are many near 1."""
    low, high = (answers.max(axis=1).astype(np.float32) for answers in (strange, familiar))
    return ((low[:, None] < high) + 0.5 * (low[:, None] == high)).mean()


def test_outputs_are_finite_everywhere(verdicts):
    found = [verdict for verdict in verdicts.values() if verdict["property"] == "finite_outputs"]
    assert len(found) == 23
    assert {verdict["outcome"] for verdict in found} == {"PASS"}


def test_the_network_is_compared_with_what_people_said(verdicts, clean, rows):
    shares = rows["votes"] / rows["votes"].sum(axis=1, keepdims=True)
    exact = np.mean([jensenshannon(p, q, base=2) ** 2 for p, q in zip(clean, shares, strict=True)])
    found = verdicts["people::votes::divergence_from_votes"]
    assert (found["n"], found["estimate"]) == (420, pytest.approx(exact, abs=1e-5))


def test_people_agree_more_with_the_network_than_with_other_pictures_votes(verdicts, clean, rows):
    shuffled = np.roll(rows["votes"], 1, axis=0)
    other = np.mean([jensenshannon(p, q / q.sum(), base=2) ** 2 for p, q in zip(clean, shuffled, strict=True)])
    assert verdicts["people::votes::divergence_from_votes"]["estimate"] < other / 4


def test_chimeras_are_answered_as_other_chimeras_are(verdicts, ask, clean, rows):
    """Left and right halves only, of other pairs: what the seed draws does not matter in the mean."""
    images, labels = rows["images"], rows["labels"]
    order = np.random.default_rng(0).permutation(420)
    first, second = order[:210], order[210:]
    differ = labels[first] != labels[second]
    first, second = first[differ], second[differ]
    answers = ask(np.concatenate([images[first][:, :, :16], images[second][:, :, 16:]], axis=2))
    row = np.arange(len(first))
    mass = answers[row, labels[first]] + answers[row, labels[second]]
    rise = doubt(answers) - (doubt(clean)[first] + doubt(clean)[second]) / 2
    for name, values in (("mass_on_parents", mass), ("entropy_rise", rise)):
        found = verdicts[f"between::chimera-0.5::{name}"]
        assert 190 <= found["n"] <= 210
        error = values.std() * np.sqrt(1 / len(values) + 1 / found["n"])
        # Top and bottom halves are other pictures than left and right ones: as far apart again.
        assert found["estimate"] == pytest.approx(values.mean(), abs=4 * error + 0.03)


def test_a_hybrid_leaves_the_network_its_parents(verdicts):
    assert verdicts["between::hybrid::mass_on_parents"]["estimate"] > 0.5
    assert verdicts["between::hybrid::entropy_rise"]["estimate"] > 0


def test_two_classes_are_paired_as_often_as_there_are_rows(verdicts, rows):
    most = min((rows["labels"] == 3).sum(), (rows["labels"] == 5).sum())
    assert verdicts["between::blend-0.5::mass_on_parents"]["n"] == most


@pytest.mark.parametrize(("rung", "side"), [(1, 24), (5, 2)])
def test_doubt_on_a_rung_without_chance_is_met(verdicts, ask, clean, rows, rung, side):
    bilinear = Image.Resampling.BILINEAR
    small = [Image.fromarray(image).resize((side, side), bilinear) for image in rows["images"]]
    rise = (doubt(ask(np.stack([image.resize((32, 32), bilinear) for image in small]))) - doubt(clean)).mean()
    assert verdicts[f"fading::downsampling_ladder-{rung}::entropy_rise"]["estimate"] == pytest.approx(rise, abs=1e-4)


@pytest.mark.parametrize("ladder", ["occlusion_ladder", "crop_ladder", "downsampling_ladder", "blur_ladder"])
def test_on_the_last_rung_the_network_is_sure_of_what_nobody_sees(verdicts, ladder):
    """Ordinary networks guess with confidence; on the first rung they are about as calibrated as ever."""
    first, last = (verdicts[f"fading::{ladder}-{rung}::ece"]["estimate"] for rung in (1, 5))
    assert first < 0.2
    assert last > first


def test_the_network_knows_nothing_of_templates_and_is_far_from_an_ideal_observer(verdicts):
    for cell in ("templates-1", "templates-5", "full_occlusion"):
        found = verdicts[f"known::{cell}::divergence_from_posterior"]
        assert found["n"] == 420
        assert found["estimate"] > 0.4


def test_what_is_hidden_is_compared_with_the_shares_of_the_classes(verdicts, ask, rows):
    """Of other colours, uniform too: the mean divergence is that of the record, but for chance."""
    prior = np.bincount(rows["labels"], minlength=10) / 420
    colours = np.random.default_rng(1).integers(0, 256, (420, 1, 1, 3), dtype=np.uint8)
    answers = ask(np.broadcast_to(colours, (420, 32, 32, 3)))
    values = np.array([jensenshannon(answer, prior, base=2) ** 2 for answer in answers])
    found = verdicts["known::full_occlusion::divergence_from_posterior"]["estimate"]
    assert found == pytest.approx(values.mean(), abs=4 * values.std() * np.sqrt(2 / 420))


def test_chosen_classes_keep_their_numbers_and_all_their_rows(verdicts, clean, rows):
    vehicles = np.isin(rows["labels"], [0, 1, 8, 9])
    right = clean.argmax(axis=1) == rows["labels"]
    found = verdicts["vehicles::clean::accuracy"]
    assert (found["n"], found["estimate"]) == (vehicles.sum(), right[vehicles].mean())
    assert verdicts["animals::unfamiliar::ood_auroc"]["n"] == (~vehicles).sum()
    area = auroc(clean[~vehicles], clean)
    assert verdicts["animals::unfamiliar::ood_auroc"]["estimate"] == pytest.approx(area, abs=5e-3)


def test_most_of_what_is_nothing_gets_less_confidence_than_pictures(verdicts, ask, clean, rows):
    area = auroc(ask(255 - rows["images"]), clean)
    assert verdicts["nothing::inverted::ood_auroc"]["estimate"] == pytest.approx(area, abs=5e-3)
    nothing = [verdict for verdict in verdicts.values() if verdict["scenario"] == "nothing"]
    areas = [verdict["estimate"] for verdict in nothing if verdict["property"] == "ood_auroc"]
    assert len(areas) == 6
    assert sum(area > 0.5 for area in areas) >= 4
