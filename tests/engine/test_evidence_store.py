"""The store: the damaged is made again, the unwritable done without, and what one process makes no other makes."""

from __future__ import annotations

import hashlib
import io
import json
import multiprocessing
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from small_world import CLEAN, Brightest, cell, check, grain, lost, plan, right

from pytest_robust.engine import address
from pytest_robust.engine import store as store_module
from pytest_robust.engine.address import versions
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.room import kept, removed
from pytest_robust.engine.store import Store, pack, unpack

HERE = Path(__file__)
WANTED = check(cell(grain, 2), lost, "lost <= 0.5")
SUITE = {"statistics": {"early_stopping": False}}


def run(cache, model=None):
    engine = Engine(plan(model or Brightest(), WANTED, **SUITE), cache=cache)
    return engine.judge(WANTED), engine


@pytest.fixture(scope="module")
def expected():
    return run(None)[0]


def chunks(folder):
    return sorted(folder.rglob("*.chunk"))


def test_what_is_written_is_read_back_with_types_and_shapes(tmp_path):
    columns = {
        "ids": np.array(["a", "ü+b"]),
        "probabilities": np.array([[np.nan, 1], [0, np.inf]], np.float32),
        "parents": np.array([[1, 2], [3, 4]]),
    }
    store = Store(tmp_path, [])
    store.write("ab12", "000000", columns)
    found = store.read("ab12", "000000")
    assert found is not None
    assert found.keys() == columns.keys()
    for name, column in columns.items():
        assert found[name].dtype == column.dtype
        np.testing.assert_array_equal(found[name], column)


def test_no_python_object_is_ever_pickled_or_unpickled():
    with pytest.raises(TypeError, match="pickle"):
        pack({"ids": np.array([object()])})
    buffer = io.BytesIO()
    np.savez(buffer, ids=np.array([{"any": "object"}]))
    content = buffer.getvalue()
    with pytest.raises(ValueError, match=r"allow_pickle|Object arrays"):
        unpack(hashlib.sha256(content).digest() + content)["ids"]


@pytest.mark.parametrize("harm", ["truncated", "flipped", "emptied", "replaced"])
def test_a_damaged_chunk_is_made_again_with_a_warning(tmp_path, harm, expected):
    run(tmp_path)
    victim = chunks(tmp_path)[3]
    content = bytearray(victim.read_bytes())
    if harm == "flipped":
        content[len(content) // 2] ^= 1
    victim.write_bytes({"truncated": content[:-9], "flipped": content, "emptied": b"", "replaced": b"hello"}[harm])
    verdict, engine = run(tmp_path)
    assert verdict == expected
    assert engine.predictions in (4, 8), "one chunk only"
    assert [str(victim) in warning for warning in engine.warnings] == [True]
    again, engine = run(tmp_path)
    assert (again, engine.predictions, engine.warnings) == (expected, 0, [])


def other_rows(columns):
    return {**columns, "ids": columns["ids"][::-1]}


def fewer_rows(columns):
    return {name: column[:-1] for name, column in columns.items()}


def no_answers(columns):
    return {"ids": columns["ids"]}


def one_class_more(columns):
    return {**columns, "probabilities": np.hstack([columns["probabilities"], columns["probabilities"][:, :1]])}


def no_classes(columns):
    return {**columns, "probabilities": columns["probabilities"][:, 0]}


def nothing(columns):
    return {}


@pytest.mark.parametrize("change", [other_rows, fewer_rows, no_answers, one_class_more, no_classes, nothing])
def test_a_chunk_of_other_rows_or_of_another_form_under_the_right_name_is_made_again(tmp_path, change, expected):
    run(tmp_path)
    for victim in (chunks(tmp_path)[0], chunks(tmp_path)[-1]):
        victim.write_bytes(pack(change(unpack(victim.read_bytes()))))
    verdict, engine = run(tmp_path)
    assert verdict == expected
    assert engine.predictions in (8, 12, 16), "two chunks only"
    assert len(engine.warnings) == 2
    assert all("of other rows, or of another form" in warning for warning in engine.warnings)
    again, engine = run(tmp_path)
    assert (again, engine.predictions, engine.warnings) == (expected, 0, [])


def test_what_another_version_of_the_format_keeps_is_neither_read_nor_touched(tmp_path, monkeypatch, expected):
    with monkeypatch.context() as other:
        other.setattr(store_module, "FORMAT", "v0")
        other.setattr(store_module, "pack", lambda columns: b"another form")
        run(tmp_path)
    theirs = {path: path.read_bytes() for path in chunks(tmp_path)}
    assert set(theirs.values()) == {b"another form"}
    verdict, engine = run(tmp_path)
    assert (verdict, engine.predictions, engine.warnings) == (expected, 120, [])
    assert {path: path.read_bytes() for path in theirs} == theirs
    assert len(chunks(tmp_path)) == 2 * len(theirs)


@pytest.mark.parametrize("package", ["pytest-robust", "numpy"])
def test_what_was_made_with_another_version_of_a_package_is_made_anew(tmp_path, monkeypatch, expected, package):
    with monkeypatch.context() as other:
        other.setattr(address, "versions", lambda: {**versions(), package: "0.0.1"})
        assert run(tmp_path)[1].predictions == 120
        theirs = {path: path.read_bytes() for path in chunks(tmp_path)}
        assert run(tmp_path)[1].predictions == 0, "it finds its own"
    verdict, engine = run(tmp_path)
    assert (verdict, engine.predictions, engine.warnings) == (expected, 120, [])
    assert len(chunks(tmp_path)) == 2 * len(theirs)
    assert {path: path.read_bytes() for path in theirs} == theirs


def test_a_folder_of_somebody_elses_as_cache_keeps_all_that_was_in_it(tmp_path, expected):
    theirs = {"letter.txt": b"Dear", "v1/ph/photos/a.png": b"\x89PNG", "v1/no/notes/lock": b"mine"}
    for name, content in theirs.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    verdict, engine = run(tmp_path)
    assert (verdict, engine.predictions, engine.warnings) == (expected, 120, [])
    assert len(list(removed(kept(tmp_path)))) == 2, "a cell and the clean pass"
    assert {name: (tmp_path / name).read_bytes() for name in theirs} == theirs


def test_a_file_in_place_of_the_folder_gives_one_warning_and_the_same_verdict(tmp_path, expected):
    (tmp_path / "cache").write_text("I am in the way")
    verdict, engine = run(tmp_path / "cache")
    assert verdict == expected
    assert len(engine.warnings) == 1
    assert "evidence cannot be kept" in engine.warnings[0]


def without_room(cache, answer):
    """Files may not grow at all here: what a full disk does."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, 64))
    verdict, engine = run(cache)
    answer.send((verdict, engine.warnings))


def test_a_full_disk_gives_one_warning_the_same_verdict_and_no_half_files(tmp_path, expected):
    here, there = multiprocessing.get_context("fork").Pipe()
    process = multiprocessing.get_context("fork").Process(target=without_room, args=(tmp_path, there))
    process.start()
    verdict, warnings = here.recv()
    process.join()
    assert verdict == expected
    assert len(warnings) == 1
    assert "File too large" in warnings[0]
    assert chunks(tmp_path) == []
    assert list(tmp_path.rglob("*.tmp")) == []


def test_a_store_that_can_be_read_but_not_written_is_read(tmp_path, expected):
    run(tmp_path)
    chunks(tmp_path)[0].unlink()
    engine = Engine(plan(Brightest(), WANTED, **SUITE), cache=tmp_path)
    engine._bench.store.writable = False
    assert engine.judge(WANTED) == expected
    assert engine.predictions in (4, 8)


SCRIPT = """
import json, sys
from pathlib import Path
sys.path.insert(0, {folder!r})
from small_world import Brightest
from test_evidence_store import run
verdict, engine = run(Path(sys.argv[1]), Brightest(pause=float(sys.argv[2])))
print(json.dumps([verdict.model_dump(mode="json"), engine.predictions, engine.warnings]))
"""


def process(cache, pause):
    command = [sys.executable, "-c", SCRIPT.format(folder=str(HERE.parent)), str(cache), str(pause)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONHASHSEED": "7"})


def answer(started):
    with started:
        return json.loads(started.communicate(timeout=60)[0])


def test_another_process_finds_the_same_bytes(tmp_path, expected):
    run(tmp_path / "here")
    verdict, predictions, _ = answer(process(tmp_path / "there", 0))
    assert verdict == expected.model_dump(mode="json")
    assert predictions == 120
    ours, theirs = chunks(tmp_path / "here"), chunks(tmp_path / "there")
    assert [path.name for path in ours] == [path.name for path in theirs]
    assert [path.read_bytes() for path in ours] == [path.read_bytes() for path in theirs]


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path, expected):
    cache = tmp_path / "cache"
    for reached in (3, 9):
        with process(cache, 0.05) as victim:
            deadline = time.monotonic() + 30
            while len(chunks(cache)) < reached and time.monotonic() < deadline:
                time.sleep(0.005)
            victim.send_signal(signal.SIGKILL)
        assert reached <= len(chunks(cache)) < 16, "killed in the middle"
    kept = len(chunks(cache))
    verdict, engine = run(cache)
    assert verdict == expected
    assert engine.cached + engine.predictions == 120
    assert engine.predictions <= 120 - 8 * kept + 4
    assert list(cache.rglob("*.tmp")) == []


def test_what_a_kill_left_half_written_is_swept_up(tmp_path):
    store = Store(tmp_path, [])
    store.write("ab12", "000000", {"ids": np.array(["a"])})
    left = tmp_path / "v1" / "ab" / "ab12" / ".000001.chunk.4711.tmp"
    left.write_bytes(b"half")
    with store.lock("ab12"):
        pass
    assert not left.exists()


def test_two_processes_make_the_clean_pass_and_the_cell_once(tmp_path, expected):
    both = [process(tmp_path, 0.02) for _ in range(2)]
    found = [answer(one) for one in both]
    assert [verdict for verdict, _, _ in found] == [expected.model_dump(mode="json")] * 2
    assert sum(predictions for _, predictions, _ in found) == 120
    assert [warnings for _, _, warnings in found] == [[], []]


def test_clean_evidence_is_kept_once_for_all_scenarios(tmp_path):
    claims = [check(cell(CLEAN, scenario=name), right, "right >= 0.5") for name in ("a", "b")]
    for claim in claims:
        Engine(plan(Brightest(), claim, **SUITE), cache=tmp_path).judge(claim)
    assert len(chunks(tmp_path)) == 8
