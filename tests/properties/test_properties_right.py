"""Properties of being right, against definitions worked out by hand, by brute force, or by scikit-learn."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.metrics import balanced_accuracy_score, recall_score, top_k_accuracy_score
from test_properties_members import evidence, softmax

from pytest_robust.carriers import Evidence, Series
from pytest_robust.errors import OptionError
from pytest_robust.properties import GIVEN, Property, registry
from pytest_robust.properties.top5_distance import largest, moved
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots
from pytest_robust.statistics import Levels

PATIENT = Levels(early_stopping=False)


def member(name: str, roots: Roots | None = None, **written) -> Property:
    found = registry.get(name)
    return found.bound(check_options(found.function, written, given=GIVEN, roots=roots))


def ask(asked: Property, rows, reference=None, *, operator=None, threshold=0.5):
    return asked.judge(rows, reference, operator or [*asked.operators, None][0], threshold, PATIENT, final=True)


def series(*cells: Evidence, names=None, levels=None) -> Series:
    names = names or ("fog",) * len(cells)
    return Series(cells, tuple(names), tuple(levels or range(1, len(cells) + 1)))


def answered(*predicted: int, labels=None, classes: int = 3) -> Evidence:
    """Rows that are answered so, surely; all of class 0 unless said."""
    return evidence(np.eye(classes)[list(predicted)], [0] * len(predicted) if labels is None else labels)


# --- top_k_accuracy


def test_top_k_accuracy_agrees_with_scikit_learn_where_nothing_is_equal() -> None:
    rng = np.random.default_rng(3)
    probabilities, labels = softmax(rng, 500, 7, 2.0).astype(np.float32), rng.integers(7, size=500)
    rows = evidence(probabilities, labels)
    for k in (1, 2, 5, 6):
        expected = top_k_accuracy_score(labels, probabilities, k=k, labels=range(7))
        assert ask(member("top_k_accuracy", k=k), rows).estimate == pytest.approx(expected)
    assert ask(member("top_k_accuracy", k=1), rows).estimate == ask(member("accuracy"), rows).estimate


@given(st.lists(st.integers(0, 3), min_size=2, max_size=6), st.data())
def test_equals_at_the_kth_place_count_by_the_chance_that_a_fair_draw_takes_them(scores, data) -> None:
    """By brute force: over all orders of the classes, in how many is the right one among the first k?"""
    label = data.draw(st.integers(0, len(scores) - 1))
    k = data.draw(st.integers(1, len(scores) - 1))
    total = sum(scores) or 1
    rows = evidence([[score / total for score in scores]], [label])
    orders = list(permutations(range(len(scores))))
    ranked = [sorted(order, key=lambda one: -scores[one])[:k] for order in orders]  # stable: equals as in the order
    expected = sum(label in first for first in ranked) / len(orders)
    assert member("top_k_accuracy", k=k).values(rows, None)[0] == pytest.approx(expected)


def test_a_model_that_answers_everything_alike_scores_what_chance_does() -> None:
    rows = evidence(np.full((8, 4), 0.25), [0, 1, 2, 3] * 2)
    assert ask(member("top_k_accuracy", k=3), rows).estimate == 0.75
    assert member("top_k_accuracy", k=3).badness(rows, None).tolist() == [0.75] * 8


def test_k_must_leave_a_class_out() -> None:
    rows = answered(0, 1, 2)
    with pytest.raises(OptionError, match="with k=5 and 3 classes every answer is right; write k=2 or less"):
        ask(member("top_k_accuracy"), rows)
    with pytest.raises(OptionError, match="it should be greater than or equal to 1"):
        member("top_k_accuracy", k=0)
    with pytest.raises(OptionError, match="a model of one class cannot be asked this"):
        ask(member("top_k_accuracy", k=1), answered(0, classes=1))


# --- recall, balanced_accuracy


@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 60), st.integers(2, 4))
def test_recall_and_balanced_accuracy_agree_with_scikit_learn(seed, n, classes) -> None:
    rng = np.random.default_rng(seed)
    rows = evidence(softmax(rng, n, classes, 1.0), rng.integers(classes, size=n))
    there = set(rows.labels.tolist())
    for number in there:
        (expected,) = recall_score(rows.labels, rows.predicted, labels=[number], average=None, zero_division=0)
        found = ask(member("recall", **{"class": str(number)}), rows)
        assert found.estimate == pytest.approx(expected)
        assert found.n == (rows.labels == number).sum()
    if len(there) == classes:
        expected = balanced_accuracy_score(rows.labels, rows.predicted)
        assert ask(member("balanced_accuracy"), rows).estimate == pytest.approx(expected)
    else:
        assert "not estimable" in ask(member("balanced_accuracy"), rows).reason


def named(rows: Evidence, *classes: str) -> Evidence:
    return Evidence(rows.columns, rows.truth, classes)


def test_recall_takes_a_name_or_a_number_and_no_other_class() -> None:
    rows = named(answered(0, 1, 1, 2, labels=[0, 0, 1, 2]), "cat", "dog", "1")
    assert ask(member("recall", **{"class": "cat"}), rows).estimate == 0.5
    assert ask(member("recall", **{"class": "0"}), rows).estimate == 0.5
    assert ask(member("recall", **{"class": "1"}), rows).n == 1, "the class called 1, not the one numbered so"
    assert member("recall", **{"class": "cat"}).badness(rows, None).tolist() == [0, 1, 0, 0]
    for written, hint in (
        ("catt", "did you mean 'cat'?"),
        ("3", "there are: 1, cat, dog"),
        ("-1", "did you mean '1'?"),
    ):
        with pytest.raises(OptionError) as caught:
            ask(member("recall", **{"class": written}), rows)
        assert str(caught.value) == f"the model has no class {written!r}; {hint}"
    with pytest.raises(OptionError, match="option 'class' is missing"):
        member("recall")


def test_recall_of_a_class_without_a_row_is_not_known() -> None:
    found = ask(member("recall", **{"class": "2"}), answered(0, 1))
    assert (found.outcome, found.n, found.reason) == ("INCONCLUSIVE", 0, "there are no rows to judge")


# --- robust_accuracy


def test_robust_accuracy_is_the_worst_of_all_cells_row_by_row() -> None:
    cells = series(answered(0, 1, 0, 2), answered(0, 0, 1, 2), answered(0, 0, 0, 0))
    found = ask(member("robust_accuracy"), cells)
    assert (found.estimate, found.method) == (0.25, "Clopper-Pearson")
    assert member("robust_accuracy").badness(cells, None).tolist() == [0, 1, 1, 1]
    assert ask(member("robust_accuracy"), series(answered(0, 1))).estimate == 0.5


# --- mce, relative_mce

CORRUPTIONS = [
    "gaussian_noise", "shot_noise", "impulse_noise", "defocus_blur", "glass_blur", "motion_blur", "zoom_blur", "snow",
    "frost", "fog", "brightness", "contrast", "elastic_transform", "pixelate", "jpeg_compression",
]  # fmt: skip
ALEXNET = (
    0.886428, 0.894468, 0.922640, 0.819880, 0.826268, 0.785948, 0.798360, 0.866816, 0.826572, 0.819324, 0.564592,
    0.853204, 0.646056, 0.717840, 0.606500,
)  # fmt: skip


def imagenet_c(rng: np.random.Generator, n: int = 30, prefix: str = "") -> tuple[Series, np.ndarray]:
    """75 cells of random answers, with the errors (15, 5, n)."""
    wrong = rng.random((15, 5, n)) < rng.random((15, 5, 1))
    cells = [answered(*cell.astype(int)) for cell in wrong.reshape(75, n)]
    names = [f"{prefix}{name}" for name in CORRUPTIONS for _ in range(5)]
    return series(*cells, names=names, levels=[1.0, 2.0, 3.0, 4.0, 5.0] * 15), wrong


@pytest.mark.parametrize("prefix", ["", "premade-"])
def test_mce_is_the_published_formula(prefix) -> None:
    """Error sums over severities, divided by AlexNet's, averaged over corruptions: as the paper writes it."""
    cells, wrong = imagenet_c(np.random.default_rng(5), prefix=prefix)
    error = wrong.mean(axis=2)
    expected = np.mean([error[c].sum() / (5 * ALEXNET[c]) for c in range(15)])
    assert ask(member("mce", reference="alexnet"), cells).estimate == pytest.approx(expected)
    assert ask(member("mce", reference="none"), cells).estimate == pytest.approx(error.mean())


def test_relative_mce_is_the_published_formula() -> None:
    rng = np.random.default_rng(6)
    cells, wrong = imagenet_c(rng)
    before = (rng.random(40) < 0.3).astype(int)
    clean = answered(*before)  # ten rows more than the cells have
    error, clean_error = wrong.mean(axis=2), before[:30].mean()
    expected = np.mean([(error[c] - clean_error).sum() / (5 * (ALEXNET[c] - 0.4350)) for c in range(15)])
    found = ask(member("relative_mce", reference="alexnet"), cells, clean)
    assert found.estimate == pytest.approx(expected)
    plain = ask(member("relative_mce", reference="none"), cells, clean)
    assert plain.estimate == pytest.approx(error.mean() - clean_error)


@pytest.mark.parametrize(("name", "worst"), [("mce", 1.29), ("relative_mce", 3.26)])
def test_figures_with_alexnet_reach_as_far_as_they_say(name, worst) -> None:
    rows = [answered(1, 1)] * 75
    cells = series(*rows, names=[one for one in CORRUPTIONS for _ in range(5)], levels=[1.0, 2.0, 3.0, 4.0, 5.0] * 15)
    asked, clean = member(name, reference="alexnet"), answered(0, 0)
    given = clean if name == "relative_mce" else None
    assert ask(asked, cells, given).estimate == pytest.approx(worst, abs=0.005)
    assert f"{worst}" in registry.get(name).function.__doc__
    with pytest.raises(OptionError, match=rf"{name} lies between .* and \d.* here, so a claim about 5 says noth"):
        ask(asked, cells, given, threshold=5)


def test_alexnet_itself_scores_one() -> None:
    """A model with just its errors: as shares of 10,000 rows, near enough."""
    cells = [answered(*(np.arange(10_000) < round(1e4 * error)).astype(int)) for error in ALEXNET for _ in range(5)]
    whole = series(*cells, names=[one for one in CORRUPTIONS for _ in range(5)], levels=[1.0, 2.0, 3.0, 4.0, 5.0] * 15)
    clean = answered(*(np.arange(10_000) < 4350).astype(int))
    assert ask(member("mce", reference="alexnet"), whole, threshold=1.0).estimate == pytest.approx(1, abs=1e-4)
    assert ask(member("relative_mce", reference="alexnet"), whole, clean).estimate == pytest.approx(1, abs=5e-4)


def test_corruptions_count_alike_however_many_severities_they_have(tmp_path) -> None:
    (tmp_path / "errors.csv").write_text("corruption, error\nfog, 0.5\n\nsnow, 0.25\nrain, 0.9\nclean, 0.1\n")
    cells = series(answered(0, 1), answered(1, 1), answered(0, 1), names=("fog", "fog", "snow"), levels=(1.0, 3.0, 2.0))
    own = member("mce", Roots((tmp_path,)), reference="errors.csv")
    assert ask(own, cells).estimate == pytest.approx((0.75 / 0.5 + 0.5 / 0.25) / 2)
    relative = member("relative_mce", Roots((tmp_path,)), reference="errors.csv")
    clean = answered(1, 0)
    assert ask(relative, cells, clean).estimate == pytest.approx(((0.75 - 0.5) / 0.4 + (0.5 - 0.5) / 0.15) / 2)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "errors.csv:1: the header is not `corruption,error`"),
        ("fog,0.5\n", "errors.csv:1: the header is not `corruption,error`"),
        ("corruption,error\nfog\n", "errors.csv:2: this is not two values; write a corruption and its mean error"),
        ("corruption,error\n\nfog,0.1\nfog,0.2\n", "errors.csv:4: 'fog' stands here a second time"),
        ("corruption,error\nfog,41\n", "errors.csv:2: '41' is no error; write a share of rows between 0 and 1"),
        ("corruption,error\nfog,much\n", "errors.csv:2: 'much' is no error"),
        ("corruption,error\nfog,nan\n", "errors.csv:2: 'nan' is no error"),
        ('corruption,error\n"fog,0.1\n', "errors.csv cannot be read as CSV"),
        ("corruption,error\nsnow,0.5\n", "mce(reference=errors.csv): nothing is known of fog; there are: snow"),
        ("corruption,error\nfog,0.005\n", "errors.csv: the error under fog is 0.005; to divide by, it takes 0.01"),
    ],
)
def test_mistakes_in_a_baseline_are_told_with_their_place(tmp_path, text, said) -> None:
    (tmp_path / "errors.csv").write_text(text)
    with pytest.raises(OptionError) as caught:
        ask(member("mce", Roots((tmp_path,)), reference="errors.csv"), series(answered(0)))
    assert said in str(caught.value)


def test_a_baseline_must_know_what_it_is_asked(tmp_path) -> None:
    (tmp_path / "errors.csv").write_text("corruption,error\nfog,0.5\n")
    own = member("relative_mce", Roots((tmp_path,)), reference="errors.csv")
    with pytest.raises(OptionError, match=r"errors\.csv has no line `clean` with the error on clean inputs; add one"):
        ask(own, series(answered(0)), answered(0))
    for written in ("resnet", "", 3, "none.csv"):
        with pytest.raises(OptionError, match="option 'reference' cannot be"):
            member("mce", Roots((tmp_path,)), reference=written)
    with pytest.raises(OptionError, match="option 'reference' is missing"):
        member("mce")


def test_alexnet_is_about_its_fifteen_corruptions_at_five_severities() -> None:
    cells, _ = imagenet_c(np.random.default_rng(0))
    asked = member("mce", reference="alexnet")

    def some(keep) -> Series:
        kept = [place for place in range(75) if keep(cells.generators[place], cells.levels[place])]
        return Series(
            *(tuple(column[place] for place in kept) for column in (cells.cells, cells.generators, cells.levels))
        )

    with pytest.raises(OptionError, match="is the mean over 15 corruptions, and frost, fog not in the scenario"):
        ask(asked, some(lambda name, _: name not in ("frost", "fog")))
    with pytest.raises(OptionError, match="is about severities 1 to 5 of each corruption; give snow all of them"):
        ask(asked, some(lambda name, level: (name, level) != ("snow", 2.0)))
    with pytest.raises(OptionError, match="nothing is known of spatter"):
        ask(
            asked,
            series(*cells, answered(*[0] * 30), names=(*cells.generators, "spatter"), levels=(*cells.levels, 1.0)),
        )
    with pytest.raises(OptionError, match="clean has no severity, so it is no corruption; give it another scenario"):
        ask(
            member("mce", reference="none"),
            series(answered(0), answered(0), names=("fog", "clean"), levels=(1.0, None)),
        )
    both = series(answered(0), answered(0), names=("fog", "premade-fog"), levels=(1.0, 1.0))
    with pytest.raises(OptionError, match="fog at 1 stands in the scenario twice; remove one"):
        ask(member("mce", reference="none"), both)


@given(st.integers(0, 2**32), st.integers(1, 5))
def test_no_row_lies_outside_the_bounds_that_the_test_relies_on(seed, n) -> None:
    cells, _ = imagenet_c(np.random.default_rng(seed), n)
    clean = answered(*np.random.default_rng(seed).integers(2, size=n))
    for name, given_clean in (("mce", None), ("relative_mce", clean)):
        assert ask(member(name, reference="alexnet"), cells, given_clean).outcome in ("PASS", "FAIL", "INCONCLUSIVE")


# --- flip_rate, top5_distance


def test_flip_rate_counts_changes_along_the_levels_not_the_order_of_the_suite() -> None:
    mild, middle, hard = answered(0, 0, 1), answered(0, 1, 2), answered(0, 0, 1)
    asked = member("flip_rate")
    # hard, mild, middle as written; by level: (0, 0, 0), (0, 1, 0), (1, 2, 1)
    cells = series(hard, mild, middle, levels=(5.0, 1.0, 3.0))
    assert asked.values(cells, None).tolist() == [0, 1, 1]
    assert ask(asked, cells).estimate == pytest.approx(2 / 3)
    assert ask(member("flip_rate", against="first"), cells).estimate == pytest.approx((0 + 1 / 2 + 1 / 2) / 3)
    with pytest.raises(OptionError, match="'previous' or 'first'"):
        member("flip_rate", against="last")


def by_the_paper(before: np.ndarray, after: np.ndarray) -> int:
    """d(tau(x), tau(x')) of Hendrycks & Dietterich 2019, section 4.3, with sums over i and j as they stand there."""
    classes = len(before)
    rank = {int(one): place for place, one in enumerate(np.argsort(-after, kind="stable"), start=1)}
    sigma = [rank[int(one)] for one in np.argsort(-before, kind="stable")]
    return sum(
        1 <= j - 1 <= 5
        for i in range(1, min(5, classes) + 1)
        for j in range(min(i, sigma[i - 1]) + 1, max(i, sigma[i - 1]) + 1)
    )


@given(st.integers(0, 2**32), st.integers(1, 12))
def test_the_top_5_distance_is_the_papers(seed, classes) -> None:
    before, after = np.random.default_rng(seed).dirichlet(np.ones(classes), (2, 6)).astype(np.float32)
    expected = [by_the_paper(*pair) for pair in zip(before, after, strict=True)]
    assert moved(before, after).tolist() == expected
    assert max(expected) <= largest(classes)


@pytest.mark.parametrize("classes", [1, 2, 3, 4, 5, 6, 7, 8])
def test_the_largest_distance_is_the_largest_over_all_orders(classes) -> None:
    before = np.arange(classes, 0, -1.0)
    assert largest(classes) == max(
        by_the_paper(before, np.array(order, float)) for order in permutations(range(classes))
    )


def test_top5_distance_is_a_share_of_the_largest() -> None:
    far = np.arange(10.0, 0, -1)
    order = np.array([7, 8, 9, 0.5, 0.4, 0, 1, 2, 3, 4])  # of the first five, three fall out and two go to the end
    first, second = evidence([far / far.sum()] * 2, [0, 0]), evidence([order / order.sum(), far / far.sum()], [0, 0])
    found = member("top5_distance").values(series(first, second, first), None)
    assert found[1] == 0
    assert found[0] == pytest.approx((moved(far[None], order[None])[0] + moved(order[None], far[None])[0]) / 2 / 18)
    both = member("top5_distance", against="first").values(series(first, second, first), None)
    assert both[0] == pytest.approx(moved(far[None], order[None])[0] / 2 / 18)
    alike = evidence(np.full((2, 4), 0.25), [0, 0])
    assert member("top5_distance").values(series(alike, alike), None).tolist() == [0, 0]
    one_class = evidence(np.ones((1, 1)), [0])
    assert member("top5_distance").values(series(one_class, one_class), None).tolist() == [0]


# --- minimal_perturbation


def test_minimal_perturbation_is_the_median_with_wrong_rows_at_none() -> None:
    clean = answered(0, 0, 0, 1, 0, 0)
    attacked = evidence(clean.probabilities[:5], [0] * 5, distance=[0.5, np.inf, 0.1, 0.7, 0.3])
    found = ask(member("minimal_perturbation"), series(attacked, attacked, levels=(0.1, 0.2)), clean, threshold=0.2)
    assert found.estimate == pytest.approx(0.3)  # 0, 0.1, 0.3, 0.5, infinity: the fourth was wrong to begin with
    badness = member("minimal_perturbation").badness(series(attacked), clean)
    assert np.argsort(-badness).tolist() == [3, 2, 4, 0, 1]
    assert badness[1] == 0


def test_minimal_perturbation_holds_where_nothing_was_found() -> None:
    clean = answered(*[0] * 60)
    attacked = evidence(clean.probabilities, [0] * 60, distance=np.full(60, np.inf))
    found = ask(member("minimal_perturbation"), series(attacked), clean, threshold=0.1)
    assert (found.outcome, found.estimate, found.interval) == ("PASS", None, None)
    assert found.reason == "for half of the rows or more nothing was found that makes them wrong"


def test_an_open_interval_is_said_in_words() -> None:
    clean = answered(*[0] * 9)
    attacked = evidence(clean.probabilities, [0] * 9, distance=[0.1, 0.2, 0.3, 0.4, 0.5, *[np.inf] * 4])
    found = ask(member("minimal_perturbation"), series(attacked), clean, threshold=0.3)
    assert (found.estimate, found.interval) == (0.5, None)
    assert found.reason == "the interval is open: 0.2 or more"


# --- effective_robustness


def test_effective_robustness_is_what_lies_above_the_line() -> None:
    rng = np.random.default_rng(8)
    before, now = rng.random(400) < 0.9, rng.random(300) < 0.7
    clean, shifted = answered(*(~before).astype(int)), answered(*(~now).astype(int))
    found = ask(member("effective_robustness", slope="0.8", intercept="-1.1"), shifted, clean, threshold=0.0)
    expected = now.mean() - expit(0.8 * logit(before[:300].mean()) - 1.1)
    assert found.estimate == pytest.approx(expected)
    assert found.interval[0] < expected < found.interval[1]
    plain = ask(member("effective_robustness", slope=1, intercept=0), shifted, clean, operator="<=", threshold=0.0)
    assert plain.estimate == pytest.approx(now.mean() - before[:300].mean()), "the line y = x"


@pytest.mark.parametrize(("before", "now", "expected"), [(0, 0, 0.0), (1, 1, 0.0), (0, 1, 1.0), (1, 0, -1.0)])
def test_the_ends_of_the_line_are_where_they_should_be(before, now, expected) -> None:
    clean, shifted = answered(*[1 - before] * 20), answered(*[1 - now] * 20)
    found = ask(member("effective_robustness", slope=0.7, intercept=-2), shifted, clean, threshold=0.1)
    assert found.estimate == expected


def test_a_line_must_rise() -> None:
    for slope in (0, -1, "nan", "inf"):
        with pytest.raises(OptionError, match="option 'slope' cannot be"):
            member("effective_robustness", slope=slope, intercept=0)
    with pytest.raises(OptionError, match="option 'intercept' is missing"):
        member("effective_robustness", slope=1)
