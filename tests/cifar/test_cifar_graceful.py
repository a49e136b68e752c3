"""Every way to fail gracefully asked of a real network, and the record against figures computed here by other means.

The network is an ordinary one: right on 389 of 420 pictures, and surer than it is right. Without early stopping every
estimate is over all rows.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from resnet20 import DATA, load
from scipy.spatial.distance import cdist
from scipy.special import logsumexp, softmax
from scipy.stats import entropy
from sklearn.covariance import empirical_covariance
from sklearn.metrics import average_precision_score, balanced_accuracy_score, log_loss, roc_auc_score, roc_curve
from sklearn.neighbors import NearestNeighbors

from pytest_robust.engine.seeds import row_order, row_seeds
from pytest_robust.generators import registry as generators
from pytest_robust.record.rows import unpack
from pytest_robust.sources import Roots, load_object

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="shared/data/cifar10 is absent: it is not part of the project"
)

ROOT = Path(__file__).parents[2]
SEED, ROWS, FEW = 20, 420, 40

SUITE = f"""
seed: {SEED}
model: {{adapter: torch, source: {Path(__file__).with_name("resnet20.py")}:load, features: layer3, abstain_below: 0.7}}
data:
  test: {DATA / "test.npz"}
  digits: {ROOT / "examples/digits/data.py"}:test
  few: few.py:few
mistakes:
  hierarchy:
    vehicles: [airplane, automobile, ship, truck]
    animals: [bird, cat, deer, dog, frog, horse]
  never: [bird -> frog, dog -> automobile]
statistics: {{early_stopping: false, rows: {ROWS}}}
scenarios:
  right:
    generate: clean
    require:
      - accuracy >= 0.60 by class
      - balanced_accuracy >= 0.80
      - recall(class=cat) >= 0.60
      - top_k_accuracy(k=2) >= 0.90
  knows-what-it-knows:
    generate: clean
    require: [calibrated, ece <= 0.15, overconfidence <= 0.15, underconfidence <= 0.10, nll <= 1]
  holds-back:
    generate: clean
    require:
      - risk_at_coverage(coverage=0.8) <= 0.10
      - coverage_at_risk(risk=0.05) >= 0.50
      - aurc <= 0.10
      - e_aurc <= 0.10
      - augrc <= 0.05
      - abstention_rate <= 0.20
      - answered_risk <= 0.15
  noisy:
    generate: gaussian_noise
    severity: [1, 3]
    require:
      - overconfidence <= 0.10 at severity = 3
      - accuracy_drop <= 0.05
      - monotone_in_severity >= 0.80
      - flip_rate <= 0.70
      - top5_distance <= 0.50
      - mce(reference=none) <= 0.70
      - relative_mce(reference=none) <= 0.70
  digits:
    data: digits
    generate: unfamiliar
    require:
      - ood_auroc >= 0.70
      - ood_auroc(score=max_logit) >= 0.70
      - ood_auroc(score=energy) >= 0.70
      - ood_auroc(score=knn) >= 0.80
      - ood_auroc(score=mahalanobis) >= 0.90
      - ood_aupr >= 0.60
      - fpr_id_at_tpr95 <= 0.60
      - abstention_rate >= 0.20
  nothing: {{generate: white_noise, require: [ood_auroc >= 0.80, ood_auroc(score=knn) >= 0.90]}}
  people: {{generate: votes, require: divergence_from_votes <= 0.15}}
  between:
    generate: {{blend: {{pairs: [cat, dog]}}}}
    weight: [0.2, 0.5, 0.8]
    require: [mass_on_parents >= 0.50, not_random >= 0.70, monotone_in_weight >= 0.70]
  halves: {{generate: chimera, require: swap_symmetry >= 0.80}}
  off-the-mark:
    generate: [clean, grayscale]
    require: [mistake_cost <= 0.12, catastrophic_rate(cost=1) <= 0.08, cvar(share=0.1) <= 0.80, never]
  must-not-matter: {{generate: recompressed, require: same_answer >= 0.85}}
  in-any-company: {{data: few, generate: clean, require: same_in_any_batch}}
  to-fool:
    data: few
    generate: [{{fmn: {{steps: 12}}}}, grayscale]
    epsilon: 1/255
    require: [finite_outputs, minimal_perturbation >= 0.007 at epsilon = 1/255, robust_accuracy >= 0.50]
"""

FEW_ROWS = f"""
import numpy as np
def few():
    with np.load({str(DATA / "test.npz")!r}) as rows:
        return {{"images": rows["images"][:{FEW}], "labels": rows["labels"][:{FEW}], "classes": rows["classes"]}}
"""

BEYOND_IT = {
    "knows-what-it-knows::clean::calibrated",
    "noisy::gaussian_noise-1::accuracy_drop",
    "noisy::gaussian_noise-3::accuracy_drop",
    "noisy::gaussian_noise-3::overconfidence",
    "digits::unfamiliar::abstention_rate",
    "off-the-mark::clean::never",
    "off-the-mark::grayscale::never",
    "to-fool::fmn::minimal_perturbation",
    "to-fool::all::robust_accuracy",
}
"""What does not hold of an ordinary network. Everything else is proven, or stays open."""


@pytest.fixture(scope="module")
def record(tmp_path_factory):
    folder = tmp_path_factory.mktemp("graceful")
    (folder / "few.py").write_text(FEW_ROWS)
    (folder / "graceful.yaml").write_text(SUITE)
    command = [sys.executable, "-m", "pytest", "--robust", "graceful.yaml", "--rootdir", ".", "-p", "no:cacheprovider"]
    done = subprocess.run([*command, "--robust-reports", "."], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 1, done.stdout + done.stderr
    return json.loads((folder / "graceful.json").read_text())


@pytest.fixture(scope="module")
def verdicts(record):
    return {verdict["id"]: verdict for verdict in record["verdicts"]}


@pytest.fixture(scope="module")
def estimate(verdicts):
    return lambda name: verdicts[name]["estimate"]


@pytest.fixture(scope="module")
def rows():
    """Images, labels and votes, in the order in which the suite draws them, and their ids."""
    ids = np.array([str(number) for number in range(ROWS)])
    order = row_order(SEED, "test", ids)
    with np.load(DATA / "test.npz") as archive:
        return {"ids": ids[order], **{name: archive[name][order] for name in ("images", "labels", "votes")}}


@pytest.fixture(scope="module")
def ask():
    """Logits (n, 10) and what the last layer is given (n, 64), both in float32, by the network alone."""
    network = load()
    last, network.linear = network.linear, torch.nn.Identity()

    def answer(images):
        with torch.inference_mode():
            pixels = torch.from_numpy(np.ascontiguousarray(images)).permute(0, 3, 1, 2).float() / 255
            features = torch.cat([network(part) for part in pixels.split(128)])
            return last(features).numpy(), features.numpy()

    return answer


@pytest.fixture(scope="module")
def clean(ask, rows):
    return ask(rows["images"])


@pytest.fixture(scope="module")
def given(clean):
    """Probabilities (n, 10) in float64."""
    return softmax(clean[0].astype(np.float64), axis=1)


@pytest.fixture(scope="module")
def wrong(given, rows):
    return given.argmax(axis=1) != rows["labels"]


@pytest.fixture(scope="module")
def grey(ask, rows):
    """The classes answered to pictures without colour."""
    pictures = [np.dstack([Image.fromarray(image).convert("L")] * 3) for image in rows["images"]]
    return ask(np.stack(pictures))[0].argmax(axis=1)


def test_what_an_ordinary_network_does_not_keep_fails_and_nothing_else(verdicts):
    assert {name for name, verdict in verdicts.items() if verdict["outcome"] == "FAIL"} == BEYOND_IT
    assert {verdict["outcome"] for verdict in verdicts.values()} == {"PASS", "FAIL", "INCONCLUSIVE"}
    held = [name for name, verdict in verdicts.items() if verdict["outcome"] == "PASS"]
    assert len(held) >= 0.9 * (len(verdicts) - len(BEYOND_IT))


def test_each_class_is_a_slice_with_its_recall(verdicts, given, rows):
    right, labels = given.argmax(axis=1) == rows["labels"], rows["labels"]
    recalls = sorted(right[labels == label].mean() for label in range(10))
    verdict = verdicts["right::clean::accuracy"]
    assert [one["estimate"] for one in verdict["slices"]] == pytest.approx(recalls)
    assert verdict["estimate"] == pytest.approx(recalls[0])
    assert verdicts["right::clean::recall"]["estimate"] == pytest.approx(right[labels == 3].mean())
    balanced = balanced_accuracy_score(labels, given.argmax(axis=1))
    assert verdicts["right::clean::balanced_accuracy"]["estimate"] == pytest.approx(balanced)


def test_it_is_surer_than_it_is_right(estimate, verdicts, given, wrong, rows):
    """A published fact of ordinary networks (Guo et al. 2017), and noise makes it worse."""
    cell = "knows-what-it-knows::clean"
    assert estimate(f"{cell}::overconfidence") == pytest.approx(given.max(axis=1).mean() - (~wrong).mean(), abs=0.01)
    assert estimate(f"{cell}::overconfidence") > 0.04 > 0.01 > estimate(f"{cell}::underconfidence")
    assert verdicts[f"{cell}::calibrated"]["outcome"] == "FAIL"
    assert estimate("noisy::gaussian_noise-3::overconfidence") > 0.4
    assert estimate(f"{cell}::nll") == pytest.approx(log_loss(rows["labels"], given), abs=1e-4)


def test_what_is_held_back_is_what_a_walk_down_the_ranking_finds(estimate, given, wrong):
    # As float32, in which many of the surest answers are equal.
    confidence = given.max(axis=1).astype(np.float32)
    risks, answered, mistakes = [], 0, 0
    for value in np.unique(confidence)[::-1]:
        equal = confidence == value
        risks += [(mistakes + wrong[equal].mean() * more) / (answered + more) for more in range(1, equal.sum() + 1)]
        answered, mistakes = answered + equal.sum(), mistakes + wrong[equal].sum()
    assert estimate("holds-back::clean::aurc") == pytest.approx(np.mean(risks), abs=1e-4)
    error = wrong.mean()
    best = error + (1 - error) * np.log(1 - error)
    assert estimate("holds-back::clean::e_aurc") == pytest.approx(np.mean(risks) - best, abs=1e-4)
    assert estimate("holds-back::clean::risk_at_coverage") == pytest.approx(risks[ROWS * 4 // 5 - 1])
    within = max(place for place, risk in enumerate(risks, start=1) if risk <= 0.05) / ROWS
    assert estimate("holds-back::clean::coverage_at_risk") == pytest.approx(within, abs=0.01)
    answered = confidence >= 0.7
    assert estimate("holds-back::clean::abstention_rate") == pytest.approx((~answered).mean())
    assert estimate("holds-back::clean::answered_risk") == pytest.approx(wrong[answered].mean())


def test_digits_are_told_from_photographs_as_scikit_learn_finds(estimate, ask, clean, rows):
    data = load_object("examples/digits/data.py:test", Roots((ROOT,)))()
    logits, features = ask(data.rows(row_order(SEED, "digits", data.ids)[:ROWS]).inputs)
    unfamiliar = np.repeat([True, False], ROWS)
    both = np.concatenate([logits, clean[0]])

    confidence = softmax(both, axis=1).max(axis=1)
    for score, cell in ((-confidence, ""), (-both.max(axis=1), "-2"), (-logsumexp(both, axis=1), "-3")):
        area = roc_auc_score(unfamiliar, score)
        assert estimate(f"digits::unfamiliar::ood_auroc{cell}") == pytest.approx(area, abs=1e-4)
    precision = average_precision_score(unfamiliar, -confidence)
    assert estimate("digits::unfamiliar::ood_aupr") == pytest.approx(precision, abs=1e-3)
    false, true, _ = roc_curve(unfamiliar, -confidence, drop_intermediate=False)
    assert estimate("digits::unfamiliar::fpr_id_at_tpr95") == pytest.approx(false[true >= 0.95].min(), abs=0.01)

    known, compared = np.split(unit(clean[1]), 2)
    shown, half = np.concatenate([unit(features), compared]), np.repeat([True, False], [ROWS, ROWS // 2])
    near = NearestNeighbors(n_neighbors=10).fit(known)
    area = roc_auc_score(half, near.kneighbors(shown)[0][:, -1])
    assert estimate("digits::unfamiliar::ood_auroc-4") == pytest.approx(area, abs=1e-4)

    labels = rows["labels"][: ROWS // 2]
    means = np.stack([known[labels == label].mean(axis=0) for label in range(10)])
    spread = empirical_covariance(known - means[labels], assume_centered=True)
    spread += 1e-3 * np.trace(spread) / len(spread) * np.eye(len(spread))
    area = roc_auc_score(half, cdist(shown, means, "mahalanobis", VI=np.linalg.inv(spread)).min(axis=1))
    # So few digits look like photographs that the claim is judged on 210 disjoint pairs.
    assert estimate("digits::unfamiliar::ood_auroc-5") == pytest.approx(area, abs=0.03)


def unit(features):
    features = features.astype(np.float64)
    return features / np.linalg.norm(features, axis=1, keepdims=True)


def test_features_know_what_confidence_does_not(estimate, verdicts):
    assert estimate("nothing::white_noise::ood_auroc-2") > estimate("nothing::white_noise::ood_auroc")
    assert estimate("digits::unfamiliar::ood_auroc-4") > estimate("digits::unfamiliar::ood_auroc") + 0.05
    assert estimate("digits::unfamiliar::abstention_rate") < 0.1, "it reads digits as vehicles and animals, and is sure"


def test_it_doubts_less_than_people_disagree(estimate, given, rows):
    shares = rows["votes"] / rows["votes"].sum(axis=1, keepdims=True)
    divergence = []
    for p, q in zip(given, shares, strict=True):
        middle = (p + q) / 2
        terms = [side[side > 0] * np.log2(side[side > 0] / middle[side > 0]) for side in (p, q)]
        divergence.append(sum(term.sum() for term in terms) / 2)
    assert estimate("people::votes::divergence_from_votes") == pytest.approx(np.mean(divergence), abs=1e-5)
    assert (1 - given.max(axis=1)).mean() < (1 - shares.max(axis=1)).mean()


def test_the_figures_of_section_7_are_of_all_rows(record, estimate, given, rows):
    cells = {cell["id"]: cell for cell in record["cells"]}
    drawn = {one["score"]: one for one in cells["digits::unfamiliar"]["scores"]}
    assert list(drawn) == ["msp", "max_logit", "energy", "knn", "mahalanobis"]
    for score, check in (("msp", "ood_auroc"), ("energy", "ood_auroc-3"), ("knn", "ood_auroc-4")):
        assert drawn[score]["auroc"] == pytest.approx(estimate(f"digits::unfamiliar::{check}"), abs=1e-6)
        assert sum(drawn[score]["unfamiliar"]) == ROWS
    bins = cells["people::votes"]["disagreement"]
    counts = [one["count"] for one in bins]
    assert sum(counts) == ROWS
    for side, answers in (("people", rows["votes"]), ("model", given)):
        told = np.average([one[side] for one in bins], weights=counts)
        assert told == pytest.approx(entropy(answers, axis=1).mean() / np.log(10), abs=1e-5)


def test_a_cat_in_a_dog_is_a_cat_or_a_dog_and_no_guess(estimate, verdicts):
    mass = [estimate(f"between::blend-{weight}::mass_on_parents") for weight in ("0.2", "0.5", "0.8")]
    assert min(mass) == mass[1] > 0.6
    assert verdicts["between::blend::monotone_in_weight"]["outcome"] == "PASS"
    for weight in ("0.2", "0.5", "0.8"):
        assert estimate(f"between::blend-{weight}::not_random") > 0.9


@pytest.mark.parametrize("cell", ["clean", "grayscale"])
def test_mistakes_cost_what_the_tree_says(estimate, given, grey, rows, cell):
    found = given.argmax(axis=1) if cell == "clean" else grey
    vehicles = {0, 1, 8, 9}
    costs = []
    for label, answer in zip(rows["labels"].tolist(), found.tolist(), strict=True):
        costs.append(0 if label == answer else 0.5 if (label in vehicles) == (answer in vehicles) else 1)
    row = 1.5 / ROWS  # a row may be a rounding away from the border
    assert estimate(f"off-the-mark::{cell}::mistake_cost") == pytest.approx(np.mean(costs), abs=row)
    assert estimate(f"off-the-mark::{cell}::catastrophic_rate") == pytest.approx(costs.count(1) / ROWS, abs=row)
    worst = sorted(costs)[-42:]
    assert estimate(f"off-the-mark::{cell}::cvar") == pytest.approx(np.mean(worst), abs=10 * row)


def test_a_confusion_that_must_never_be_is_shown(verdicts, given, rows):
    verdict = verdicts["off-the-mark::clean::never"]
    (shown, *_) = verdict["counterexamples"]
    place = rows["ids"].tolist().index(shown["row"])
    assert (rows["labels"][place], given[place].argmax()) == (2, 6), "a bird, and the answer is a frog"
    assert (shown["label"], shown["after"][0]["label"]) == ("bird", "frog")


def test_noise_flips_answers_and_orders_as_counted(estimate, ask, given, wrong, rows):
    seeds = row_seeds(SEED, "noisy", rows["ids"])
    noisy = [generators.get("gaussian_noise")(rows["images"], severity=level, seeds=seeds) for level in (1.0, 3.0)]
    frames = [ask(images)[0] for images in noisy]
    errors = [(frame.argmax(axis=1) != rows["labels"]).mean() for frame in frames]
    assert estimate("noisy::all::mce") == pytest.approx(np.mean(errors), abs=2e-3)
    assert estimate("noisy::all::relative_mce") == pytest.approx(np.mean(errors) - wrong.mean(), abs=2e-3)
    assert estimate("noisy::gaussian_noise-3::accuracy_drop") == pytest.approx(errors[1] - wrong.mean(), abs=3e-3)
    flips = [before.argmax() != after.argmax() for before, after in zip(*frames, strict=True)]
    assert estimate("noisy::gaussian_noise::flip_rate") == pytest.approx(np.mean(flips), abs=5e-3)
    moved = [crossed(before, after) / 18 for before, after in zip(*frames, strict=True)]
    assert estimate("noisy::gaussian_noise::top5_distance") == pytest.approx(np.mean(moved), abs=2e-3)
    true = [softmax(frame, axis=1)[np.arange(ROWS), rows["labels"]] for frame in frames]
    kept = np.all([after <= before + 0.05 for before, after in pairwise(true)], axis=0)
    assert estimate("noisy::gaussian_noise::monotone_in_severity") == pytest.approx(kept.mean(), abs=5e-3)


def crossed(before, after):
    """How many of the places 1 to 5 the first five classes cross on their way."""
    ranks = {label: rank for rank, label in enumerate(np.argsort(-after).tolist(), start=1)}
    first = enumerate(np.argsort(-before)[:5].tolist(), start=1)
    return sum(abs(min(rank, 6) - min(ranks[label], 6)) for rank, label in first)


def test_a_fine_jpeg_changes_as_many_answers_as_counted(estimate, ask, given, rows):
    saved = []
    for image in rows["images"]:
        buffer = io.BytesIO()
        Image.fromarray(image).save(buffer, "JPEG", quality=95)
        saved.append(np.asarray(Image.open(buffer)))
    same = ask(np.stack(saved))[0].argmax(axis=1) == given.argmax(axis=1)
    assert estimate("must-not-matter::recompressed::same_answer") == pytest.approx(same.mean(), abs=1.5 / ROWS)
    assert estimate("in-any-company::clean::same_in_any_batch") == 1


def test_what_stands_under_every_attack_stands_under_each(record, estimate):
    cells = {cell["cell"]: cell for cell in record["cells"] if cell["scenario"] == "to-fool"}
    standing = [unpack(cells[name]["right_rows"], FEW) for name in ("fmn-1/255", "grayscale")]
    assert estimate("to-fool::all::robust_accuracy") == np.logical_and(*standing).mean()
    # 53 of the 420 stand the reference AutoAttack there.
    assert 0 < standing[0].mean() < 0.3
    assert estimate("to-fool::fmn::minimal_perturbation") == pytest.approx(1 / 255)
