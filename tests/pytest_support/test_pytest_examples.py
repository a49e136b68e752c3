"""Counterexamples that are kept: written where a check fails, first in the next run, dropped when they pass."""

from __future__ import annotations

import json
import re

import numpy as np
import pytest
from PIL import Image

from conftest import IDS, Project
from pytest_robust.cli import main

NIGHT = "suites/vision.yaml::night::darken-3::accuracy"
NIGHT_ALONE = """
  night:
    generate: hard.py:darken
    severity: 3
    require: accuracy >= 0.8
"""
MENDED = '''
import numpy as np

def answer(images):
    """Knows bright from dark by what darkening leaves of it."""
    bright = 1 / (1 + np.exp(-(images.mean(axis=(1, 2, 3)) - 30.0)))
    return np.stack([1 - bright, bright], axis=1)
'''


def kept(project: Project, folder: str = ".robust/examples") -> dict[str, bytes]:
    path = project.path / folder
    return {one.name: one.read_bytes() for one in sorted(path.iterdir())} if path.exists() else {}


def examples(project: Project) -> dict[str, dict]:
    return {name[:12]: json.loads(content) for name, content in kept(project).items() if name.endswith(".json")}


def test_a_failure_keeps_its_counterexamples_and_says_how_to_replay_the_worst(project: Project) -> None:
    result = project.robust()
    found = examples(project)
    (verdict,) = (one for one in project.record().verdicts if one.outcome == "FAIL")
    assert len(found) == len(verdict.counterexamples) == 5
    assert sorted(kept(project)) == sorted(f"{name}.{ending}" for name in found for ending in ("json", "png"))
    worst = verdict.counterexamples[0]
    (name,) = (name for name, one in found.items() if one["row"] == worst.row)
    result.stdout.fnmatch_lines(
        [f'again: pytest --robust "{NIGHT}"', f"replay: robust replay {name}", "5 counterexamples kept in .robust/ex*"]
    )
    example = found[name]
    assert (example["suite"], example["check"]) == ("suites/vision.yaml", "night::darken-3::accuracy")
    assert (example["data"], example["label"], example["seed"]) == ("test", "bright", 7)
    assert (example["cell"], example["level"]) == ("darken-3", worst.smallest.level)
    assert example["before"] == [one.model_dump() for one in worst.before]
    assert example["after"] == [one.model_dump() for one in worst.smallest.after]
    assert str(project.path) not in "".join(map(str, kept(project).values()))


def test_a_part_that_is_enough_is_told_kept_and_replayed_to_the_same_answer(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    """A model that looks at a corner only: elsewhere the image need not be dark."""
    path = project.path / "model.py"
    path.write_text(path.read_text().replace("images.mean", "images[:, :2, 1:].mean"))
    result = project.robust()
    (verdict,) = (one for one in project.record().verdicts if one.outcome == "FAIL")
    worst = verdict.counterexamples[0]
    region = worst.smallest.region
    assert region is not None
    assert (region.image_height, region.image_width) == (4, 4)
    assert 0 <= region.top < region.top + region.height <= 2
    assert 1 <= region.left < region.left + region.width <= 4
    size = f"{region.height} x {region.width} of 4 x 4 pixels"
    result.stdout.fnmatch_lines([f"smallest: *{size}*; then 'dark' (*)"])
    (name,) = (name for name, one in examples(project).items() if one["row"] == worst.row)
    assert examples(project)[name]["region"] == region.model_dump()
    capsys.readouterr()
    assert main(["replay", name]) == 1
    best = worst.smallest.after[0]
    answer = f"'{best.label}' ({best.probability:.3f})"
    told = capsys.readouterr().out
    assert f", changed in {size}, seed 7" in told
    assert re.search(rf"^then     {re.escape(answer)}.*\nnow      {re.escape(answer)}", told, re.MULTILINE)


def test_record_and_report_tell_the_ids_of_those_that_are_kept(project: Project) -> None:
    """Beside the digest: the record of a run that keeps nothing is the same in all that is signed."""
    project.robust()
    first, found = project.record(), examples(project)
    assert {(one.check, one.row, one.id) for one in first.run.kept} == {
        (one["check"], one["row"], name) for name, one in found.items()
    }
    page = (project.path / "reports" / "vision.html").read_text(encoding="utf-8")
    assert all(f"robust replay {name}</code>" in page for name in found)
    project.robust()
    assert project.record().run.kept == first.run.kept, "what is kept already is told of again"
    project.spawn("--robust", "-n", "2", "--robust-cache", "none")
    assert project.record().run.kept == first.run.kept
    project.pytester.makeini("[pytest]\nrobust_examples = none\n")
    project.robust()
    assert (project.record().run.kept, project.record().digest) == ([], first.digest)


def test_the_picture_is_what_the_model_was_shown(project: Project) -> None:
    project.robust()
    rows = np.load(project.path / "rows.npz")["images"].astype(float)
    for name, example in examples(project).items():
        shown = np.clip(rows[int(example["row"])] - 45 * float(example["level"]), 0, 255).astype(np.uint8)
        with Image.open(project.path / f".robust/examples/{name}.png") as picture:
            np.testing.assert_array_equal(np.asarray(picture), shown[..., 0])


def test_the_same_failure_writes_the_same_bytes_in_one_process_and_in_two(project: Project) -> None:
    project.robust()
    first = kept(project)
    project.robust()
    assert kept(project) == first
    (project.path / ".robust").rename(project.path / "before")
    project.robust()
    assert kept(project) == first
    (project.path / ".robust").rename(project.path / "before2")
    project.spawn("--robust", "-n", "2", "--robust-cache", "none")
    assert kept(project) == first
    again = project.spawn("--robust", "-n", "2")
    again.stdout.fnmatch_lines(["replay: robust replay *", "5 of 5 kept counterexamples still fail"])
    assert kept(project) == first


def test_a_known_failure_comes_first_in_the_next_run_with_the_rest_of_its_cell(project: Project) -> None:
    suite = project.path / "suites" / "vision.yaml"
    suite.write_text(suite.read_text() + "      - finite_outputs\n")
    project.robust()
    seen = [line.split()[0].partition("::")[2] for line in project.robust("-v").outlines if " [" in line]
    assert seen[:2] == ["night::darken-3::accuracy", "night::darken-3::finite_outputs"]
    assert seen[2:] == [*IDS[:-1], "night::darken-1::finite_outputs"]
    project.robust("-x").assert_outcomes(failed=1)


def test_workers_order_checks_by_what_the_controller_saw_when_the_run_started(project: Project) -> None:
    project.robust()
    project.pytester.makeconftest("""
        import shutil

        def pytest_sessionstart(session):
            if hasattr(session.config, "workerinput"):
                shutil.rmtree(session.config.rootpath / ".robust", ignore_errors=True)
    """)
    result = project.spawn("--robust", "-n", "1", "-v")
    first = next(line for line in result.outlines if line.startswith("[gw0]"))
    assert first.split()[-2:] == ["FAILED", NIGHT]


def test_what_is_known_or_waived_keeps_nothing(project: Project) -> None:
    project.write(NIGHT_ALONE.replace("accuracy >= 0.8", "{claim: accuracy >= 0.8, xfail: blind at night}"))
    project.robust()
    assert project.record().verdicts[0].outcome == "FAIL"
    assert kept(project) == {}
    waiver = 'waivers:\n  - {checks: [night], owner: R. Roe, reason: the lamp is ordered, expires: "2999-01-01"}\n'
    suite = project.write(NIGHT_ALONE)
    suite.write_text(suite.read_text() + waiver)
    project.robust().assert_outcomes(xfailed=1)
    assert kept(project) == {}


def test_a_mended_model_drops_its_examples_and_says_so(project: Project) -> None:
    project.write(NIGHT_ALONE)
    project.robust()
    names = sorted(examples(project))
    (project.path / "model.py").write_text(MENDED)
    result = project.robust()
    assert project.record().verdicts[0].outcome == "PASS"
    result.stdout.fnmatch_lines(
        ["0 of 5 kept counterexamples still fail", f"dropped, as they pass now: {', '.join(names)}"]
    )
    assert kept(project) == {}
    assert "kept counterexample" not in project.robust().stdout.str()


def test_what_still_fails_is_left_as_it_was_and_no_check_keeps_more_than_five(project: Project) -> None:
    project.write(NIGHT_ALONE)
    project.robust()
    before = kept(project)
    model = (project.path / "model.py").read_text()
    (project.path / "model.py").write_text(model.replace("/ 10", "/ 20"))
    project.robust().stdout.fnmatch_lines(["5 of 5 kept counterexamples still fail"])
    assert kept(project) == before, "another model, other answers and other worst rows: what is kept already is enough"
    gone = sorted(examples(project))[:2]
    for name in gone:
        (project.path / f".robust/examples/{name}.json").unlink()
        (project.path / f".robust/examples/{name}.png").unlink()
    project.robust().stdout.fnmatch_lines(["3 of 3 kept counterexamples still fail", "2 counterexamples kept in *"])
    assert len(examples(project)) == 5


def test_a_claim_that_holds_may_still_have_a_counterexample_that_fails(project: Project) -> None:
    project.write(NIGHT_ALONE)
    project.robust()
    suite = project.write(NIGHT_ALONE.replace("0.8", "0.3"))
    result = project.robust()
    assert suite.exists()
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["5 of 5 kept counterexamples still fail"])
    assert len(examples(project)) == 5


def test_one_that_no_run_can_ask_is_told_of_and_left_alone(project: Project) -> None:
    project.write(NIGHT_ALONE)
    project.robust()
    before = kept(project)
    project.write(NIGHT_ALONE.replace("night", "dusk"))
    result = project.robust()
    said = f"5 kept counterexamples left alone: there is no check {NIGHT}; `robust replay --prune` drops them"
    result.stdout.fnmatch_lines([f"warning: {said}"])
    assert result.stdout.str().count("left alone") == 1, "a line a check"
    assert kept(project).items() >= before.items()
    project.robust().stdout.fnmatch_lines([f"warning: {said}"])


def test_those_of_a_suite_that_is_gone_are_one_line(project: Project) -> None:
    suite = project.write(NIGHT_ALONE + NIGHT_ALONE.replace("night", "dusk"))
    project.robust()
    assert len(examples(project)) == 10
    suite.rename(suite.with_name("other.yaml"))
    result = project.pytester.runpytest("--robust", "suites/other.yaml")
    result.stdout.fnmatch_lines(
        ["warning: 10 kept counterexamples left alone: there is no suite suites/vision.yaml; `robust replay --prune` *"]
    )
    assert result.stdout.str().count("left alone") == 1


def test_those_of_a_suite_that_is_not_run_are_no_warning(project: Project) -> None:
    suite = project.write(NIGHT_ALONE)
    project.robust()
    suite.with_name("other.yaml").write_text(suite.read_text())
    result = project.pytester.runpytest("--robust", "suites/other.yaml")
    assert "left alone" not in result.stdout.str()
    assert len(examples(project)) == 10, "each suite its own, in one folder"


def test_one_of_other_data_is_told_of_and_left_alone(project: Project) -> None:
    project.write(NIGHT_ALONE)
    project.robust()
    before = kept(project)
    found = dict(np.load(project.path / "rows.npz"))
    np.savez(project.path / "rows.npz", **found, ids=np.array([f"row-{number}" for number in range(200)]))
    result = project.robust()
    row = examples(project)[min(name[:12] for name in before)]["row"]
    result.stdout.fnmatch_lines(
        [f"warning: kept counterexample {min(before)[:12]} left alone: data 'test' has no row '{row}'"]
    )
    assert kept(project).items() >= before.items()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("notes.txt", b"mine", "not a kept counterexample"),
        ("0123456789ab.json", b"{", "damaged, or of another version: *JSON*"),
        ("0123456789ab.json", b'{"schema_version": 2}', "damaged, or of another version: schema_version: *"),
        ("0123456789ab.png", b"", "a picture without its JSON file"),
    ],
)
def test_a_foreign_or_damaged_file_is_told_of_by_name_and_harms_nothing(
    project: Project, name: str, content: bytes, said: str
) -> None:
    project.write(NIGHT_ALONE)
    project.robust()
    whole = kept(project)
    (project.path / ".robust/examples" / name).write_bytes(content)
    result = project.robust()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["5 of 5 kept counterexamples still fail", f"warning: .robust/examples: {name}: {said}; left alone"]
    )
    assert kept(project) == {**whole, name: content}


@pytest.mark.parametrize("damage", ["cut", "other", "gone"])
def test_a_picture_that_is_not_what_was_kept_is_told_of_and_not_asked(project: Project, damage: str) -> None:
    project.write(NIGHT_ALONE)
    project.robust()
    name = min(examples(project))
    picture = project.path / f".robust/examples/{name}.png"
    if damage == "cut":
        picture.write_bytes(picture.read_bytes()[:50])
    elif damage == "other":
        Image.new("L", (4, 4), 200).save(picture)
    else:
        picture.unlink()
    result = project.robust()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [f"warning: kept counterexample {name} left alone: {name}.png: *", "4 of 4 kept counterexamples still fail"]
    )


def test_hostile_names_are_shown_harmless(project: Project) -> None:
    project.robust()
    path = project.path / f".robust/examples/{min(examples(project))}.json"
    example = json.loads(path.read_text())
    example |= {"suite": "s\x1b[31m\u202e.yaml\0", "check": "x" * 5000}
    path.write_text(json.dumps(example))
    text = project.robust().stdout.str()
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "warning: 1 kept counterexample left alone: there is no suite s\\u001b[31m\\u202e.yaml" in text
    assert max(map(len, text.splitlines())) < 2000


def test_a_folder_that_cannot_be_written_is_one_warning(project: Project) -> None:
    (project.path / ".robust").write_text("a file in the way")
    suite = project.path / "suites" / "vision.yaml"
    suite.write_text(suite.read_text() + "      - accuracy >= 0.9\n")
    result = project.robust()
    assert sum(one == "FAIL" for one in project.outcomes().values()) == 2
    assert len(re.findall("warning: counterexamples are not kept: .robust/examples: ", result.stdout.str())) == 1
    assert "replay:" not in result.stdout.str()
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_without_pillow_nothing_is_kept_and_one_warning_says_why(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.robust()
    before = kept(project)
    for module in ("engine.engine", "pytest_support.examples"):
        monkeypatch.setattr(f"pytest_robust.{module}.can_draw", lambda: False)
    result = project.robust()
    result.stdout.fnmatch_lines(["warning: kept counterexamples are not asked again, for want of Pillow*"])
    assert kept(project) == before
    (project.path / ".robust").rename(project.path / "elsewhere")
    result = project.robust()
    said = "counterexamples have no pictures and are not kept, for want of Pillow"
    assert result.stdout.str().count(said) == 1
    assert not (project.path / ".robust").exists()


@pytest.mark.parametrize(("setting", "folder"), [("none", None), ("kept/here", "kept/here")])
def test_where_they_are_kept(project: Project, setting: str, folder: str | None) -> None:
    project.pytester.makeini(f"[pytest]\nrobust_examples = {setting}\n")
    result = project.robust()
    assert not (project.path / ".robust").exists()
    if folder is None:
        assert "replay:" not in result.stdout.str()
    else:
        result.stdout.fnmatch_lines([f"5 counterexamples kept in {folder} (robust replay; elsewhere, with it)"])
        assert len(kept(project, folder)) == 10


def test_collecting_asks_and_writes_nothing(project: Project) -> None:
    project.robust()
    before = kept(project)
    (project.path / "model.py").write_text("raise SystemExit('loaded')")
    result = project.robust("--collect-only", "-q")
    assert result.outlines[0] == NIGHT
    assert kept(project) == before


def test_a_model_that_cannot_be_loaded_leaves_them_alone(project: Project) -> None:
    project.write(NIGHT_ALONE)
    project.robust()
    before = kept(project)
    (project.path / "model.py").write_text("raise ValueError('no weights')")
    result = project.robust()
    assert project.record().verdicts[0].outcome == "ERROR"
    result.stdout.fnmatch_lines([f"warning: {NIGHT}: its kept counterexamples could not be asked: *no weights*"])
    assert kept(project) == before


def test_outputs_that_are_not_finite_are_kept_and_dropped_as_the_property_says(project: Project) -> None:
    project.write(NIGHT_ALONE.replace("accuracy >= 0.8", "finite_outputs"))
    model = (project.path / "model.py").read_text()
    broken = "    bright[images.mean(axis=(1, 2, 3)) < 5] = np.nan\n    return"
    (project.path / "model.py").write_text(model.replace("    return", broken))
    project.robust().assert_outcomes(failed=1)
    (name,) = found = examples(project)  # all five rows are black, which is one picture
    assert found[name]["after"][0]["probability"] is None
    (project.path / "model.py").write_text(model)
    project.robust().stdout.fnmatch_lines([f"dropped, as they pass now: {', '.join(sorted(found))}"])
    assert kept(project) == {}
