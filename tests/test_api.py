"""The Python face: live models, data, generators and properties, judged as a suite would."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import pytest_robust
from pytest_robust.errors import DataError, ModelError, OptionError, SuiteError
from pytest_robust.record import files as record_files

LABELS = np.arange(120) % 2
IMAGES = np.where(LABELS[:, None, None, None] == 1, 200, 40).astype(np.uint8) * np.ones((1, 8, 8, 3), np.uint8)


def predict(images):
    bright = images.mean(axis=(1, 2, 3)) / 255
    return np.stack([1 - bright, bright], axis=1)


@pytest_robust.generator(kind="field", scale="severity", levels=(1, 2), risk="The sensor is dead.")
def darkness(images, *, severity, seeds):
    return np.zeros_like(images) if severity > 1 else images // 2


@pytest_robust.mean_property(range=(0, 1), truths={"label"}, summary="Share answered with the first class.")
def first_class(evidence):
    return evidence.predicted == 0


def test_one_verdict_a_level_and_claim():
    verdicts = pytest_robust.check(
        model=predict,
        data=(IMAGES, LABELS),
        generate=darkness,
        severity=[1, 2],
        require=["accuracy >= 0.9", "first_class >= 0.9"],
        properties=[first_class],
    )
    assert [(verdict.cell, verdict.property) for verdict in verdicts] == [
        ("darkness-1", "accuracy"),
        ("darkness-1", "first_class"),
        ("darkness-2", "accuracy"),
        ("darkness-2", "first_class"),
    ]
    by_id = {verdict.id: verdict for verdict in verdicts}
    assert by_id["check::darkness-2::accuracy"].outcome == "FAIL"
    assert by_id["check::darkness-2::first_class"].outcome == "PASS"


def test_familiar_data_is_what_the_unfamiliar_is_compared_with():
    gray = np.full((120, 8, 8, 3), 127, np.uint8)
    (verdict,) = pytest_robust.check(
        model=predict,
        data=(gray, None),
        familiar=(IMAGES, LABELS),
        generate="unfamiliar",
        require="ood_auroc >= 0.8",
    )
    assert verdict.outcome == "PASS"


def test_a_suite_file_runs_as_under_pytest(tmp_path: Path):
    (tmp_path / "code.py").write_text("import numpy as np\ndef predict(x): return np.full((len(x), 2), 0.5)\n")
    np.savez(tmp_path / "data.npz", images=IMAGES, labels=LABELS)
    suite = tmp_path / "suite.yaml"
    suite.write_text(
        "model: {adapter: callable, source: code.py:predict}\n"
        "data: {test: data.npz}\n"
        "scenarios: {clean: {generate: clean, require: [accuracy >= 0.9, finite_outputs]}}\n"
    )
    found = pytest_robust.run(suite)
    assert [verdict.outcome for verdict in found.verdicts] == ["FAIL", "PASS"]
    assert found.model is not None
    assert found.data[0].rows == 120
    assert found.run.predictions == 120
    assert [cell.n for cell in found.cells] == [120]


def test_a_mistake_in_the_arguments_quotes_the_words_it_is_about():
    with pytest.raises(OptionError) as caught:
        pytest_robust.check(model=predict, data=(IMAGES, LABELS), generate="fogg", require="accuracy >= 1.2")
    assert "unknown generator 'fogg'; did you mean 'fog'?" in str(caught.value)
    assert "`accuracy >= 1.2`" in str(caught.value)
    assert "<check>" not in str(caught.value)


def test_faults_of_model_and_data_are_raised_by_check():
    with pytest.raises(ModelError, match=r"test_api\.py:\d+"):
        pytest_robust.check(model=lambda images: 1 / 0, data=(IMAGES, LABELS), require="accuracy >= 0.9")
    with pytest.raises(DataError, match="no images"):
        pytest_robust.check(model=predict, data=(IMAGES[:0], LABELS[:0]), require="accuracy >= 0.9")


def test_faults_of_the_model_become_verdicts_in_a_run():
    found = pytest_robust.run(
        {
            "model": {"adapter": "callable", "source": "nowhere.py:predict"},
            "data": {"test": "nowhere.npz"},
            "scenarios": {"clean": {"generate": "clean", "require": "accuracy >= 0.9"}},
        }
    )
    (verdict,) = found.verdicts
    assert verdict.outcome == "ERROR"
    assert "nowhere.py" in (verdict.reason or "")
    assert found.model is None


def test_a_missing_suite_file_is_a_suite_error(tmp_path: Path):
    with pytest.raises(SuiteError, match=r"none\.yaml:1:1"):
        pytest_robust.run(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"model": "model.py:predict"}, "`model` is 'model.py:predict'; give a function, or what a suite says"),
        ({"generate": lambda images: images}, "which is not a generator; decorate it with `generator`"),
        ({"properties": [predict]}, "which is not a property; decorate it with `mean_property`"),
    ],
)
def test_an_argument_of_another_kind_is_told_with_its_name_and_the_mend(given, told):
    good = {"model": predict, "data": (IMAGES, LABELS), "require": "accuracy >= 0.5"}
    with pytest.raises(OptionError) as caught:
        pytest_robust.check(**{**good, **given})
    assert told in str(caught.value)
    assert f"`{next(iter(given))}`" in str(caught.value)


def test_slices_and_costs_of_mistakes_are_for_live_data_too():
    camera = np.where(LABELS == 1, "front", "rear")
    by_camera, cost, never = pytest_robust.check(
        model=predict,
        data={"images": IMAGES, "labels": LABELS, "metadata": {"camera": camera}},
        require=["accuracy >= 0.5 by camera", "mistake_cost <= 0.5", "never"],
        mistakes={"costs": {"0": {"1": 5}}, "never": ["0 -> 1"]},
    )
    assert {one.name for one in by_camera.slices} == {"camera front", "camera rear"}
    assert (cost.outcome, never.outcome) == ("PASS", "PASS")
    with pytest.raises(OptionError, match=r"mistakes: the model has no class 'zero'"):
        pytest_robust.check(model=predict, data=(IMAGES, LABELS), require="never", mistakes={"never": ["zero -> 1"]})


def test_a_record_does_not_tell_where_its_project_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    digests = set()
    for name in ("here", "over there"):
        folder = tmp_path / name
        (folder / "suites").mkdir(parents=True)
        (folder / "code.py").write_text("def predict(images):\n    raise ValueError('no light')\n")
        np.savez(folder / "data.npz", images=IMAGES, labels=LABELS)
        (folder / "suites" / "suite.yaml").write_text(
            "model: {adapter: callable, source: code.py:predict}\n"
            "data: {test: data.npz, none: nowhere.npz}\n"
            "scenarios:\n"
            "  light: {generate: clean, require: accuracy >= 0.9}\n"
            "  dark: {data: none, generate: clean, require: accuracy >= 0.9}\n"
        )
        monkeypatch.chdir(folder)
        found = pytest_robust.run("suites/suite.yaml")
        assert [verdict.outcome for verdict in found.verdicts] == ["ERROR", "ERROR"]
        assert str(tmp_path) not in found.model_dump_json()
        digests.add(record_files.digest(found))
    assert len(digests) == 1
