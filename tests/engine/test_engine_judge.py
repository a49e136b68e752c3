"""Judging: the same bytes whatever was asked, nothing asked twice, every fault told with its remedy."""

from __future__ import annotations

from contextlib import contextmanager

import numpy as np
import pytest
from small_world import (
    CLEAN,
    COLOURS,
    Answering,
    Brightest,
    cell,
    check,
    colours,
    grain,
    lost,
    mix,
    on_both,
    plan,
    right,
    strange,
    sums_to_one,
)

from pytest_robust.carriers import Predictions
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.seeds import row_order
from pytest_robust.errors import DataError, GenerationError, ModelError, SourceError
from pytest_robust.generators import generator
from pytest_robust.properties import judged_property, mean_property
from pytest_robust.statistics import Decision

CHECKS = (
    check(cell(CLEAN), right, "right >= 0.5"),
    check(cell(grain, 1), right, "right >= 0.97"),
    check(cell(grain, 3), right, "right >= 0.97"),
    check(cell(grain, 3), lost, "lost <= 0.01"),
    check(cell(grain, 3), sums_to_one, "sums_to_one"),
    check(cell(mix, 0.5), on_both, "on_both >= 0.9"),
    check(cell(strange, data="letters"), sums_to_one, "sums_to_one"),
)


def answer(images, value=0.5):
    return np.full((len(images), 2), value, np.float32)


def judged(engine, checks):
    return {one.id: engine.judge(one) for one in checks}


@pytest.fixture(scope="module")
def expected():
    engine = Engine(plan(Brightest(), *CHECKS), cache=None)
    verdicts = judged(engine, CHECKS)
    assert {verdict.outcome for verdict in verdicts.values()} >= {"PASS", "FAIL"}
    assert engine.warnings == []
    return verdicts, {one.cell.id: engine.summary(one.cell) for one in CHECKS}


@pytest.mark.parametrize("chosen", [CHECKS[::-1], CHECKS[3:4], CHECKS[2:], (*CHECKS[::2], *CHECKS[1::2])])
@pytest.mark.parametrize("cached", [False, True])
def test_verdicts_depend_neither_on_the_order_nor_on_the_choice_of_checks_nor_on_a_cache(
    expected, chosen, cached, tmp_path
):
    for _ in range(2 if cached else 1):
        engine = Engine(plan(Brightest(), *CHECKS), cache=tmp_path if cached else None)
        verdicts = judged(engine, chosen)
        assert verdicts == {one.id: expected[0][one.id] for one in chosen}
    assert cached == (engine.predictions == 0)
    if len(chosen) == len(CHECKS):
        assert {one.cell.id: engine.summary(one.cell) for one in chosen} == expected[1]


def test_the_numbers_are_those_of_the_definition():
    """Early stopping off: every row is used, and the share right is that of the model asked directly."""
    wanted = check(cell(CLEAN), right, "right >= 0.5")
    engine = Engine(plan(Brightest(), wanted, statistics={"early_stopping": False}), cache=None)
    verdict, data = engine.judge(wanted), colours()
    truth = (Brightest().answers(data["images"]).argmax(axis=1) == data["labels"]).mean()
    assert verdict.n == 60
    assert verdict.estimate == pytest.approx(truth)
    assert engine.summary(wanted.cell).accuracy == pytest.approx(truth)
    assert sum(bin_.count for bin_ in engine.summary(wanted.cell).reliability) == 60
    assert sum(engine.summary(wanted.cell).confidence_histogram) == 60


def test_rows_are_drawn_in_the_order_that_the_seed_fixes_and_in_whole_chunks():
    data, model = colours(), Brightest()
    engine = Engine(plan(model, seed=7, statistics={"rows": 10}), cache=None)
    engine.judge(check(cell(CLEAN), right, "right >= 0.5"))
    order = row_order(7, "test", np.array(data["ids"]))
    chunks = model.asked[2:]  # the first two calls repeat the first chunk, to see whether answers repeat
    assert [len(chunk) for chunk in chunks] == [8, 8]
    np.testing.assert_array_equal(np.concatenate(chunks), data["images"][order[:16]])


def test_a_budget_of_rows_is_kept(tmp_path):
    wanted = check(cell(grain, 1), right, "right >= 0.8")
    small = Engine(plan(Brightest(), wanted, statistics={"rows": 10}), cache=tmp_path)
    assert small.judge(wanted).n <= 10
    assert small.summary(wanted.cell).n == 10
    large = Engine(plan(Brightest(), wanted, statistics={"early_stopping": False}), cache=tmp_path)
    assert large.judge(wanted).n == 60
    assert large.cached == 16, "what the small run made is used: chunks do not depend on the budget"


def test_early_stopping_asks_for_no_more_chunks_than_it_needs():
    wanted = check(cell(grain, 1), right, "right >= 0.02")
    stopping = Engine(plan(Brightest(), wanted), cache=None)
    assert stopping.judge(wanted).outcome == "PASS"
    assert stopping.predictions == -(-stopping.judge(wanted).n // 8) * 8 < 60


def test_the_clean_pass_is_made_once_whatever_asks_for_it(tmp_path):
    checks = (
        check(cell(CLEAN, scenario="a"), right, "right >= 0.5"),
        check(cell(CLEAN, scenario="b"), sums_to_one, "sums_to_one"),
        check(cell(grain, 2), lost, "lost <= 0.3"),
        check(cell(grain, 3), lost, "lost <= 0.3"),
        check(cell(mix, 0.5, pairs="confusable"), on_both, "on_both >= 0.5"),
    )
    model = Brightest()
    engine = Engine(plan(model, *checks, statistics={"early_stopping": False}), cache=tmp_path)
    judged(engine, checks)
    pairs = engine.summary(checks[-1].cell).n
    assert engine.predictions == 60 + 2 * 60 + -(-pairs // 8) * 8 - (8 - pairs % 8) % 8
    assert engine.cached == 0


def test_a_changed_threshold_asks_the_model_nothing_and_a_changed_weight_asks_everything(tmp_path):
    first = check(cell(grain, 1), lost, "lost <= 0.2")
    Engine(plan(Brightest(), first), cache=tmp_path).judge(first)
    again = check(cell(grain, 1), lost, "lost <= 0.21")
    engine = Engine(plan(Brightest(), again), cache=tmp_path)
    engine.judge(again)
    assert engine.predictions == 0
    assert engine.cached > 0
    changed = Engine(plan(Brightest(sharpness=0.3), first), cache=tmp_path)
    changed.judge(first)
    assert changed.predictions > 0
    assert changed.cached == 0


@pytest.mark.parametrize(
    "other",
    [
        (cell(grain, 2), {}),
        (cell(grain, 1, strength=11), {}),
        (cell(grain, 1, scenario="t"), {}),
        (cell(grain, 1), {"seed": 1}),
        (cell(grain, 1), {"batch": 7}),
    ],
)
def test_whatever_decides_the_evidence_is_in_its_address(tmp_path, other):
    one = check(cell(grain, 1), right, "right >= 0.5")
    Engine(plan(Brightest(), one), cache=tmp_path).judge(one)
    changed, suite = other
    engine = Engine(plan(Brightest(), **suite), cache=tmp_path)
    engine.judge(check(changed, right, "right >= 0.5"))
    assert engine.cached == 0


def test_severities_share_their_noise_and_scenarios_do_not():
    seen = {}
    for scenario, level in (("s", 1), ("s", 2), ("t", 1)):
        model = Brightest()
        engine = Engine(plan(model, statistics={"early_stopping": False}), cache=None)
        engine.judge(check(cell(grain, level, scenario=scenario), right, "right >= 0.5"))
        seen[scenario, level] = np.concatenate(model.asked[2:]).astype(float)
    clean = colours()["images"][row_order(0, "test", np.array(colours()["ids"]))].astype(float)
    weak, strong, other = (images - clean for images in seen.values())
    assert np.corrcoef(weak.ravel(), strong.ravel())[0, 1] > 0.95
    assert abs(np.corrcoef(weak.ravel(), other.ravel())[0, 1]) < 0.2


def test_a_check_that_cannot_run_says_why_and_loads_nothing():
    def refuse(*, roots):
        raise AssertionError("loaded")

    blocked = check(cell(grain, 1), right, "right >= 0.5", not_run="needs gradients")
    made = plan(None, blocked)
    object.__setattr__(made.adapter, "load", refuse)
    verdict = Engine(made, cache=None).judge(blocked)
    assert (verdict.outcome, verdict.reason, verdict.n) == ("NOT RUN", "needs gradients", 0)


def test_an_error_in_loading_is_the_same_object_for_every_check():
    def broken(*, roots):
        raise KeyError("layer4")

    made = plan(None, *CHECKS)
    object.__setattr__(made.adapter, "load", broken)
    engine = Engine(made, cache=None)
    errors = []
    for one in CHECKS[:2]:
        with pytest.raises(ModelError, match=r"test_engine_judge.py:\d+: .*KeyError: 'layer4'") as caught:
            engine.judge(one)
        errors.append(caught.value)
    assert errors[0] is errors[1]


def test_a_data_set_that_does_not_exist_is_told_by_name():
    engine = Engine(plan(Brightest(), data={"test": "nowhere.npz"}), cache=None)
    with pytest.raises((DataError, SourceError), match=r"data 'test'.*nowhere\.npz"):
        engine.judge(CHECKS[0])


def nan_on_dark_images(images):
    found = Brightest().answers(images)
    found[images.mean(axis=(1, 2, 3)) < 110] = np.nan
    return found


def test_answers_that_are_not_finite_are_judged_by_the_property_for_it_and_an_error_for_all_others():
    claims = check(cell(CLEAN), sums_to_one, "sums_to_one"), check(cell(CLEAN), right, "right >= 0.5")
    engine = Engine(plan(Answering(function=nan_on_dark_images), *claims), cache=None)
    verdict = engine.judge(claims[0])
    assert verdict.outcome == "FAIL"
    assert [guess.probability for guess in verdict.counterexamples[0].after] == [None] * 3
    with pytest.raises(ModelError, match=r"answers in the clean rows of 'test' .* row 'row-\d+', is not finite"):
        engine.judge(claims[1])
    assert engine.summary(claims[0].cell).accuracy is None


def test_logits_in_place_of_probabilities_are_recognised():
    model = Answering(function=lambda images: images.mean(axis=(1, 2)).astype(np.float32))
    with pytest.raises(ModelError, match=r"8 of 8 answers in s::grain-1 .*sums to \d+.*`outputs: logits`"):
        Engine(plan(model), cache=None).judge(CHECKS[1])


def test_a_malformed_answer_in_the_reference_is_an_error_too():
    def wrong_on_clean(images):
        found = Brightest().answers(images)
        clean = (
            (images.reshape(len(images), -1)[:, None] == colours()["images"].reshape(60, -1)).all(axis=2).any(axis=1)
        )
        found[clean] *= 2
        return found

    with pytest.raises(ModelError, match="60 of 60 answers in the clean rows of 'test'"):
        Engine(plan(Answering(function=wrong_on_clean)), cache=None).judge(CHECKS[3])


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (lambda images: np.full((len(images), 5), 0.2), r"5 numbers a row, its `classes` name 3"),
        (lambda images: np.full((len(images) + 1, 3), 1 / 3), r"shape \(9, 3\) for 8 images; give \(8, K\)"),
        (lambda images: np.full(len(images), 1.0), r"shape \(8,\) for 8 images"),
        (lambda images: np.full((len(images), 3), "cat"), r"<U3 of shape"),
        (lambda images: [1 / 0], r"test_engine_judge.py:\d+: the model raised ZeroDivisionError on \(8, 4, 4, 3\)"),
    ],
)
def test_answers_of_the_wrong_shape(function, message):
    with pytest.raises(ModelError, match=message):
        Engine(plan(Answering(function=function)), cache=None).judge(CHECKS[0])


def test_the_number_of_classes_may_not_change():
    def growing(images):
        return np.full((len(images), 3 if len(images) == 8 else 4), 0.25, np.float32)

    model = Answering(function=growing, classes=None)
    with pytest.raises(ModelError, match="4 numbers a row, earlier answers had 3"):
        Engine(plan(model, statistics={"early_stopping": False}), cache=None).judge(
            check(cell(CLEAN), sums_to_one, "sums_to_one")
        )


class Forgetful(Brightest):
    """Gives logits the first few times."""

    def predict(self, images):
        found = super().predict(images)
        return Predictions(found.probabilities, logits=None if len(self.asked) > 3 else found.probabilities)


def test_outputs_may_not_come_and_go():
    engine = Engine(plan(Forgetful(), statistics={"early_stopping": False}), cache=None)
    with pytest.raises(ModelError, match=r"another form than before: .*earlier .*'logits': \(3,\)"):
        engine.judge(check(cell(CLEAN), sums_to_one, "sums_to_one"))


def test_outputs_that_a_property_needs_and_the_model_does_not_give_are_named():
    @mean_property(range=(0, 1), truths={"label"}, summary="", columns={"features"})
    def typical(evidence):
        return evidence["features"].mean(axis=1)

    with pytest.raises(ModelError, match="'typical' needs the model's features"):
        Engine(plan(Brightest()), cache=None).judge(check(cell(CLEAN), typical, "typical >= 0.5"))


def test_a_model_that_returns_something_else_is_told_so():
    class Odd(Brightest):
        def predict(self, images):
            return [1, 2]

    with pytest.raises(ModelError, match="returned list; it must return Predictions"):
        Engine(plan(Odd()), cache=None).judge(CHECKS[0])


def test_a_label_beyond_the_classes_names_the_row():
    model = Answering(function=lambda images: answer(images), classes=None)
    with pytest.raises(DataError, match=r"data 'test': label 2 of row 'row-\d+' is outside the 2 classes"):
        Engine(plan(model), cache=None).judge(CHECKS[0])


def test_class_names_in_another_order_are_refused():
    model = Brightest(classes=("green", "red", "blue"))
    with pytest.raises(DataError, match="class 0 is 'red', but 'green' for the model"):
        Engine(plan(model), cache=None).judge(CHECKS[0])


def test_rows_without_labels_cannot_carry_a_claim_about_labels():
    with pytest.raises(DataError, match=r"data 'letters': row 'row-\d+' has no label, which 'right' needs"):
        Engine(plan(Brightest()), cache=None).judge(check(cell(CLEAN, data="letters"), right, "right >= 0.5"))


class Moody(Brightest):
    def predict(self, images):
        found = super().predict(images).probabilities
        return Predictions(np.roll(found, len(self.asked), axis=1))


def test_a_model_that_changes_its_mind_is_an_error_every_time():
    engine = Engine(plan(Moody()), cache=None)
    for one in CHECKS[:2]:
        with pytest.raises(ModelError, match=r"differently when asked twice.*evaluation mode.*`deterministic: false`"):
            engine.judge(one)


def test_a_model_that_may_change_its_mind_gives_one_warning():
    engine = Engine(plan(Moody(deterministic=False)), cache=None)
    judged(engine, CHECKS[:3])
    assert len([warning for warning in engine.warnings if "asked twice" in warning]) == 1


@generator(kind="corruption", risk="None.")
def floating(images, *, severity, seeds):
    return images / 255


@generator(kind="corruption", risk="None.")
def cropping(images, *, severity, seeds):
    return images[:, 1:]


@generator(kind="corruption", risk="None.")
def raising(images, *, severity, seeds):
    raise IndexError("no such lens")


@generator(kind="corruption", risk="None.")
def in_place(images, *, severity, seeds):
    images[:] = 0
    return images


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        (floating, r"'floating' returned float64 of shape \(8, 4, 4, 3\) in s::floating; it must return uint8"),
        (cropping, r"'cropping' returned uint8 of shape \(8, 3, 4, 3\)"),
        (raising, r"test_engine_judge.py:\d+: generator 'raising' raised IndexError in s::raising: no such lens"),
    ],
)
def test_a_generator_at_fault_is_named(bad, message):
    with pytest.raises(GenerationError, match=message):
        Engine(plan(Brightest()), cache=None).judge(check(cell(bad), right, "right >= 0.5"))


def test_a_generator_that_works_in_place_spoils_nothing():
    wanted = check(cell(in_place), right, "right >= 0.99")
    verdict = Engine(plan(Brightest(), wanted), cache=None).judge(wanted)
    assert verdict.outcome == "FAIL"
    worst = verdict.counterexamples[0]
    assert worst.original != worst.perturbed
    assert worst.before != worst.after


def test_a_property_at_fault_is_named():
    @judged_property(range=(0, 1), truths={"label"}, summary="", badness=lambda evidence, _: evidence.labels * 0.0)
    def raising(*arguments, final):
        raise ValueError("no")

    @judged_property(range=(0, 1), truths={"label"}, summary="", badness=lambda evidence, _: evidence.labels * 0.0)
    def silent(*arguments, final):
        return Decision(None, 0)

    engine = Engine(plan(Brightest()), cache=None)
    with pytest.raises(SourceError, match=r"test_engine_judge.py:\d+: property 'raising' raised ValueError"):
        engine.judge(check(cell(CLEAN), raising, "raising >= 0.5"))
    with pytest.raises(SourceError, match="property 'silent' gave no outcome"):
        engine.judge(check(cell(CLEAN), silent, "silent >= 0.5"))


def test_a_generator_that_needs_gradients_is_refused_on_a_model_without():
    @generator(kind="attack", needs=("labels", "gradients"), risk="An attacker.")
    def attack(images, *, severity, seeds, labels, model):
        return images

    with pytest.raises(ModelError, match="'attack' needs gradients"):
        Engine(plan(Brightest()), cache=None).judge(check(cell(attack), right, "right >= 0.5"))


def test_a_generator_gets_what_it_declares():
    class Gradual(Brightest):
        device = "cpu"

        @contextmanager
        def at_work(self):
            seen.append("begins")
            yield
            seen.append("ends")

        def logits(self, pixels):
            return pixels

    seen = []

    @generator(kind="attack", needs=("labels", "gradients"), risk="An attacker.")
    def attack(images, *, severity, seeds, labels, model):
        seen.append((severity, seeds, labels, model))
        return images

    model = Gradual()
    Engine(plan(model), cache=None).judge(check(cell(attack), right, "right >= 0.5"))
    before, (severity, seeds, labels, passed), after, *_ = seen
    assert (before, after) == ("begins", "ends")
    order = row_order(0, "test", np.array(colours()["ids"]))[:8]
    assert (severity, passed) == (0.0, model)
    np.testing.assert_array_equal(labels, colours()["labels"][order])
    assert (seeds.dtype, len(set(seeds.tolist()))) == (np.uint64, 8)


def test_unfamiliar_rows_have_no_labels_and_their_own_classes_do_not_matter(tmp_path):
    names = tmp_path / "many.npz"
    data = colours(12)
    np.savez(names, images=data["images"], labels=np.arange(12))
    made = plan(Brightest(), data={"test": str(names)})
    wanted = check(cell(strange), sums_to_one, "sums_to_one")
    assert Engine(made, cache=None).judge(wanted).outcome == "PASS"


def test_the_identity_of_model_and_data():
    engine = Engine(plan(Brightest(), *CHECKS), cache=None)
    engine.judge(CHECKS[0])
    model, (data,) = engine.model(), engine.data()
    assert (model.adapter, model.classes, model.sha256) == ("live", list(COLOURS), Brightest().fingerprint)
    assert (data.name, data.rows, data.classes) == ("test", 60, list(COLOURS))


def test_classes_without_names_are_numbers_as_many_as_the_model_answers(tmp_path):
    names = tmp_path / "plain.npz"
    np.savez(names, images=colours(12)["images"], labels=np.zeros(12, int))
    model = Answering(function=lambda images: np.full((len(images), 4), 0.25), classes=None)
    assert Engine(plan(model, data={"test": str(names)}), cache=None).model().classes == ["0", "1", "2", "3"]
