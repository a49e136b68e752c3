"""From verdicts to the record: complete, in order, and the same bytes whichever way the verdicts came about."""

from __future__ import annotations

import base64
import io
import subprocess

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image
from small_world import CLEAN, COLOURS, Brightest, cell, check, colours, grain, lost, mix, on_both, plan, right

from pytest_robust import record
from pytest_robust.carriers import Evidence
from pytest_robust.engine import pictures
from pytest_robust.engine.counterexamples import worst_rows
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.lineage import environment, revision
from pytest_robust.engine.recording import assemble
from pytest_robust.engine.summary import summarise
from pytest_robust.record import files

CHECKS = (
    check(cell(CLEAN), right, "right >= 0.5"),
    check(cell(grain, 3), right, "right >= 0.97", xfail="known"),
    check(cell(grain, 3), lost, "lost <= 0.5"),
    check(cell(mix, 0.5), on_both, "on_both >= 0.99"),
    check(cell(grain, 1), right, "right >= 0.6", not_run="no gradients"),
)


def run_record(*, order=CHECKS, cache=None, exit_status=0, engines=1):
    """As the plugin does it, with the checks split over so many engines."""
    made = plan(Brightest(), *CHECKS)
    verdicts, cells, data, model = {}, {}, {}, None
    for start in range(engines):
        engine = Engine(made, cache=cache)
        for one in order[start::engines]:
            verdicts[one.id] = engine.judge(one)
            found = engine.summary(one.cell)
            if one.cell.id not in cells or cells[one.cell.id].n < found.n:
                cells[one.cell.id] = found
        data.update({one.name: one for one in engine.data()})
        model = engine.model()
    run = record.Run(started="", seconds=1, command="pytest", gate="regression", exit_status=exit_status)
    return assemble(made, verdicts=verdicts, cells=cells, model=model, data=data, run=run, not_run={})


def test_the_record_is_the_same_bytes_whatever_the_order_the_cache_or_the_number_of_processes(tmp_path):
    expected = files.digest(run_record())
    assert files.digest(run_record(order=CHECKS[::-1], exit_status=1)) == expected
    assert files.digest(run_record(engines=2)) == expected
    for _ in range(2):
        assert files.digest(run_record(cache=tmp_path)) == expected


def test_every_planned_check_is_in_the_record_in_the_plan_s_order(tmp_path):
    found = files.save(run_record(), tmp_path / "run.json")
    assert [verdict.id for verdict in found.verdicts] == [one.id for one in CHECKS]
    assert [found_.id for found_ in found.cells] == ["s::clean", "s::grain-3", "s::mix-0.5", "s::grain-1"]
    last = found.verdicts[-1]
    assert (last.outcome, last.reason, last.n) == ("NOT RUN", "no gradients", 0)
    failed = found.verdicts[1]
    assert (failed.outcome, failed.xfail, failed.tags) == ("FAIL", "known", ["slow"])
    assert (failed.place.path, failed.place.line, failed.place.column) == ("suite.yaml", 3, 5)
    assert (failed.severity, failed.threshold, failed.operator) == (3.0, 0.97, ">=")
    assert found.protocol.claims == len(CHECKS)
    assert found.environment.packages["numpy"] == np.__version__
    assert found.environment.device == "cpu"


def test_what_did_not_run_says_why():
    made = plan(Brightest(), *CHECKS)
    run = record.Run(started="", seconds=1, command="pytest", gate="regression", exit_status=2, interrupted=True)
    found = assemble(
        made, verdicts={}, cells={}, model=None, data={}, run=run, not_run={CHECKS[0].id: "deselected by -k fog"}
    )
    assert {verdict.outcome for verdict in found.verdicts} == {"NOT RUN"}
    reasons = [verdict.reason for verdict in found.verdicts]
    assert reasons == ["deselected by -k fog", *["the run ended before it"] * 3, "no gradients"]


def test_counterexamples_are_the_worst_rows_with_what_the_model_saw():
    verdict = Engine(plan(Brightest(), *CHECKS), cache=None).judge(CHECKS[1])
    data = colours()
    assert 0 < len(verdict.counterexamples) <= 5
    for found in verdict.counterexamples:
        row = data["ids"].index(found.row)
        label = data["labels"][row]
        before = Brightest().answers(data["images"][[row]])[0]
        assert found.label == COLOURS[label]
        assert found.after[0].label != found.label
        assert found.before[0].label == COLOURS[before.argmax()]
        assert found.before[0].probability == pytest.approx(before.max(), abs=1e-5)
        np.testing.assert_array_equal(decoded(found.original), data["images"][row])
        after = Brightest().answers(decoded(found.perturbed)[None])[0]
        assert found.after[0].probability == pytest.approx(after.max(), abs=1e-5)
        shown = decoded(found.difference).astype(int)
        change = decoded(found.perturbed).astype(int) - decoded(found.original)
        np.testing.assert_array_equal(shown, np.clip(128 + 10 * change, 0, 255))


def test_a_pair_is_shown_beside_its_first_parent():
    verdict = Engine(plan(Brightest(), *CHECKS), cache=None).judge(CHECKS[3])
    data = colours()
    for found in verdict.counterexamples:
        first, second = (data["images"][data["ids"].index(name)] for name in found.row.split("+"))
        np.testing.assert_array_equal(decoded(found.original), first)
        np.testing.assert_array_equal(decoded(found.perturbed), (first * 0.5 + second * 0.5).astype(np.uint8))
        assert found.label is None
        before = Brightest().answers(first[None])[0]
        assert found.before[0].probability == pytest.approx(before.max(), abs=1e-5)


def test_pictures_are_kept_so_that_an_attack_is_not_repeated_for_them(tmp_path, monkeypatch):
    first = Engine(plan(Brightest(), *CHECKS), cache=tmp_path).judge(CHECKS[1])
    monkeypatch.setattr("pytest_robust.engine.bench.hard_inputs", None)
    assert Engine(plan(Brightest(), *CHECKS), cache=tmp_path).judge(CHECKS[1]) == first


def test_without_pillow_there_are_no_pictures_and_one_warning(monkeypatch):
    monkeypatch.setattr("pytest_robust.engine.engine.can_draw", lambda: False)
    engine = Engine(plan(Brightest(), *CHECKS), cache=None)
    found = [engine.judge(one) for one in (CHECKS[1], CHECKS[3])]
    assert all(verdict.counterexamples[0].original is None for verdict in found)
    assert [("pillow" in warning) for warning in engine.warnings] == [True]


def test_the_worst_come_first_and_what_is_no_counterexample_never():
    evidence = Evidence({"ids": np.array(list("abcdefgh")), "labels": np.zeros(8, int)})
    badness = np.array([0, 3, 1, 3, -1, 2, 5, 0.5])
    known = type("Known", (), {"badness": staticmethod(lambda *_: badness)})
    assert worst_rows(known, evidence, None, np.zeros(8, bool)) == [6, 1, 3, 5, 2]
    turned = np.array([1, 0, 0, 1, 1, 0, 0, 1], dtype=bool)
    assert worst_rows(known, evidence, None, turned) == [3, 7, 6, 1, 5]


def decoded(address):
    head, content = address.split(",", 1)
    assert head == "data:image/webp;base64"
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(content))).convert("RGB"))


@settings(deadline=None, max_examples=25)
@given(
    arrays(np.uint8, st.tuples(st.integers(1, 200), st.integers(1, 200), st.sampled_from([1, 3, 4]))),
    st.integers(0, 9),
)
def test_a_picture_is_small_whatever_it_shows(image, seed):
    for shown in (image, np.random.default_rng(seed).integers(0, 256, image.shape, dtype=np.uint8)):
        address = pictures.data_uri(shown)
        assert len(address) <= 12_000
        assert max(decoded(address).shape[:2]) <= 96


def test_a_picture_of_two_channels_is_none():
    assert pictures.data_uri(np.zeros((4, 4, 2), np.uint8)) is None


def git(folder, *words):
    identity = ("-c", "user.name=a", "-c", "user.email=a@b.c")
    return subprocess.run(["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True).stdout


def test_the_state_of_the_checkout(tmp_path):
    assert revision(tmp_path) is None
    git(tmp_path, "init", "-q")
    assert revision(tmp_path) is None, "no commit yet"
    (tmp_path / "model.py").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    commit = git(tmp_path, "rev-parse", "HEAD").strip()
    (tmp_path / "untracked").write_text("2")
    assert revision(tmp_path) == record.Revision(commit=commit, dirty=False)
    (tmp_path / "model.py").write_text("2")
    assert revision(tmp_path) == record.Revision(commit=commit, dirty=True)


def test_without_git_there_is_no_revision(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    found = environment(tmp_path, None)
    assert found.revision is None
    assert found.packages["pytest-robust"]


def evidence(probabilities, labels, truth="label"):
    ids = np.array([str(i) for i in range(len(labels))])
    return Evidence({"ids": ids, "labels": np.array(labels), "probabilities": np.array(probabilities)}, truth)


def test_a_summary_by_hand():
    found = summarise(cell(grain, 2), evidence([[0.5, 0.5], [1, 0], [1, 0], [0, 1]], [0, 0, 1, 1]), 0.95)
    assert (found.n, found.accuracy, found.mean_confidence) == (4, 0.75, 0.875)
    assert found.mean_entropy == pytest.approx(0.25)
    assert found.confidence_histogram[10] == 1
    assert found.confidence_histogram[19] == 3
    assert found.accuracy_interval == pytest.approx((0.1941, 0.9937), abs=1e-4)  # Clopper-Pearson 3 of 4
    assert len(found.calibrated_band) == len(found.reliability)
    assert found.risk_coverage[-1] == (1.0, 0.25)


def test_a_summary_leaves_out_what_cannot_be_told():
    strange = summarise(cell(grain, 2), evidence([[0.5, 0.5]], [-1], "unfamiliar"), 0.95)
    assert strange.mean_confidence == 0.5
    assert (strange.accuracy, strange.reliability, strange.risk_coverage) == (None, [], [])
    broken = summarise(cell(grain, 2), evidence([[0.5, 0.5], [np.nan, 1]], [0, 1]), 0.95)
    assert (broken.n, broken.accuracy, broken.mean_entropy, broken.confidence_histogram) == (2, None, None, [])
    assert summarise(cell(grain, 2), None, 0.95).n == 0
