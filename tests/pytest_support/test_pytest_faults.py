"""Faults from outside, caused for real: signals, a clock that jumps, a second run on the same cache."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from pytest_robust.engine.store import unpack
from pytest_robust.pytest_support.termination import Termination
from pytest_robust.record import files

if TYPE_CHECKING:
    from conftest import Project

SLOW = """
import time
quick = answer
def answer(images):
    with open("asked.txt", "a") as file:
        file.write("x")
    time.sleep(0.02)
    return quick(images)
"""
RED, ENDED = pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED


@pytest.fixture
def slow(project: Project) -> Project:
    """The project with a model that takes its time, and small chunks."""
    return project.slow_down(SLOW)


def started(project: Project, *arguments: str, **environment: str) -> subprocess.Popen[bytes]:
    """A run in a process of its own, without its cache unless one is named."""
    command = [sys.executable, "-m", "pytest", "--robust", "-q", "--robust-cache", "none", *arguments]
    search = os.pathsep.join([str(project.path), *filter(None, [os.environ.get("PYTHONPATH")])])
    environment = {**os.environ, "PYTHONPATH": search, **environment}
    return subprocess.Popen(command, cwd=project.path, stdout=subprocess.DEVNULL, env=environment)


def alone(project: Project, cache: str = "none") -> int:
    """The exit code of a run in this process, left alone."""
    return int(project.robust("--robust-cache", cache).ret)


def wait_until_asked(project: Project, process: subprocess.Popen[bytes], times: int) -> None:
    path = project.path / "asked.txt"
    path.unlink(missing_ok=True)
    while process.poll() is None and not (path.exists() and path.stat().st_size >= times):
        time.sleep(0.005)
    assert process.poll() is None, "it ended too soon for this test"


@pytest.mark.parametrize("workers", [[], ["-n", "2"]])
def test_sigterm_ends_a_run_with_a_record_of_what_there_is(slow: Project, workers: list[str]) -> None:
    if workers:
        pytest.importorskip("xdist")
    process = started(slow, *workers)
    wait_until_asked(slow, process, 20)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == ENDED
    record = slow.record()
    assert record.run.interrupted
    left = [verdict for verdict in record.verdicts if verdict.outcome == "NOT RUN"]
    assert 0 < len(left) < len(record.verdicts)
    assert {verdict.reason for verdict in left} == {"not reached: ended by SIGTERM"}
    assert (slow.path / "reports" / "vision.html").exists()


def test_what_a_run_that_was_ended_had_judged_is_what_a_whole_run_judges(slow: Project) -> None:
    assert alone(slow) == RED
    expected = slow.record()
    process = started(slow, "--robust-cache", "kept")
    wait_until_asked(slow, process, 30)
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=60) == ENDED
    known = {verdict.id: verdict for verdict in expected.verdicts}
    assert all(one == known[one.id] for one in slow.record().verdicts if one.outcome != "NOT RUN")
    assert alone(slow, "kept") == RED
    assert slow.record().digest == expected.digest
    assert slow.record().run.cached > 0


@pytest.fixture
def default():
    """SIGTERM as it is in a fresh process, whatever runs these tests."""
    before = signal.signal(signal.SIGTERM, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.usefixtures("default")
def test_the_handler_is_put_back_and_a_second_signal_does_what_it_always_does(project: Project) -> None:
    found = []
    project.pytester.makeconftest(
        "import signal\n"
        "def pytest_collection_finish(session): session.config.found.append(signal.getsignal(signal.SIGTERM))"
    )

    class Remember:
        def pytest_configure(self, config):
            config.found = found

    project.pytester.inline_run("--robust", plugins=[Remember()])
    assert [handler.__name__ for handler in found] == ["_end"]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    ending = Termination()
    ending.pytest_sessionstart()
    with pytest.raises(KeyboardInterrupt, match="SIGTERM"):
        signal.raise_signal(signal.SIGTERM)
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.usefixtures("default")
def test_a_signal_while_the_record_is_written_changes_nothing() -> None:
    ending = Termination()
    ending.pytest_sessionstart()
    ending.pytest_sessionfinish()
    signal.raise_signal(signal.SIGTERM)
    ending.pytest_unconfigure()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@pytest.mark.usefixtures("default")
def test_a_handler_of_somebody_elses_and_a_run_in_another_thread_are_left_alone() -> None:
    thread = threading.Thread(target=Termination().pytest_sessionstart)
    thread.start()
    thread.join()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    ending = Termination()
    ending.pytest_sessionstart()
    ending.pytest_unconfigure()
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_IGN


SUICIDE = """
import os, signal
name, moment, number = os.environ["AT"].split()
seen = []
def now(path):
    if name in path and len(seen) >= int(os.environ.get("AFTER", 0)):
        os.kill(os.getpid(), int(number))
    seen.extend([path] if name in path else [])
import pathlib
renamed = pathlib.Path.replace
def killing_replace(self, target):
    if moment == "before":
        now(str(self))
    found = renamed(self, target)
    if moment == "after":
        now(str(target))
    return found
pathlib.Path.replace = killing_replace
"""


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("name", ["vision.json", "vision.html"])
def test_a_file_that_is_being_written_when_the_process_is_killed_is_the_old_one_or_the_new_one(
    project: Project, name: str, moment: str
) -> None:
    assert alone(project) == RED
    path = project.path / "reports" / name
    old = path.read_bytes()
    suite = project.path / "suites" / "vision.yaml"
    suite.write_text(suite.read_text().replace("0.999", "0.5"))
    (project.path / "suicide.py").write_text(SUICIDE)
    killed = started(project, "-p", "suicide", AT=f"{name} {moment} {int(signal.SIGKILL)}")
    assert killed.wait() == -signal.SIGKILL
    found = path.read_bytes()
    assert (found == old) == (moment == "before")
    assert found.rstrip().endswith(b"}" if name.endswith("json") else b"</html>")
    files.load(project.path / "reports" / "vision.json")


def chunks(project: Project) -> list[Path]:
    return sorted((project.path / "kept").rglob("*.chunk"))


@pytest.mark.parametrize(
    ("number", "moment"), [(signal.SIGKILL, "before"), (signal.SIGKILL, "after"), (signal.SIGTERM, "before")]
)
def test_a_chunk_that_is_being_written_when_a_signal_comes_is_whole_or_not_there(
    slow: Project, number: signal.Signals, moment: str
) -> None:
    assert alone(slow) == RED
    expected = slow.record().digest
    (slow.path / "suicide.py").write_text(SUICIDE)
    at = {"AT": f".chunk {moment} {int(number)}", "AFTER": "3"}
    killed = started(slow, "-p", "suicide", "--robust-cache", "kept", **at)
    assert killed.wait(timeout=60) == (-signal.SIGKILL if number == signal.SIGKILL else ENDED)
    assert len(chunks(slow)) == (3 if moment == "before" else 4)
    for chunk in chunks(slow):
        unpack(chunk.read_bytes())
    assert alone(slow, "kept") == RED
    assert slow.record().digest == expected
    assert list((slow.path / "kept").rglob("*.tmp")) == []


def test_sigterm_while_the_record_is_written_leaves_the_new_one(project: Project) -> None:
    (project.path / "suicide.py").write_text(SUICIDE)
    ended = started(project, "-p", "suicide", AT=f"vision.json before {int(signal.SIGTERM)}")
    assert ended.wait() == RED
    assert not project.record().run.interrupted
    assert (project.path / "reports" / "vision.html").exists()


TOGETHER = """
import os, pathlib
if "TOGETHER" in os.environ:
    pathlib.Path(f"here-{os.getpid()}").touch()
    while len(list(pathlib.Path().glob("here-*"))) < 2:
        time.sleep(0.01)
"""


def test_two_runs_at_once_on_one_cache_ask_the_model_once_and_write_what_one_alone_writes(slow: Project) -> None:
    model = slow.path / "model.py"
    model.write_text(model.read_text() + TOGETHER)
    slow.pytester.makeini("[pytest]\nrobust_examples = none\n")  # which are asked of once more
    assert alone(slow) == RED
    expected = slow.record()
    kept = ("--robust-cache", "kept", "--robust-reports")
    runs = [started(slow, *kept, name, TOGETHER="1") for name in ("a", "b")]
    assert [run.wait() for run in runs] == [RED, RED]
    both = [files.load(slow.path / name / "vision.json") for name in ("a", "b")]
    assert [record.digest for record in both] == [expected.digest] * 2
    assert sum(record.run.predictions for record in both) == expected.run.predictions
    assert min(record.run.predictions for record in both) > 0, "they were not at it at once"


JUMPING = """
import itertools, os, time
jumps = itertools.cycle([0, 7 * 3600, -9 * 3600, 86400 * 400, -86400 * 9000])
real, utime = time.time, os.utime
time.time = lambda: real() + next(jumps)
time.time_ns = lambda: int(time.time() * 1e9)
def jumping_utime(path, times=None, **rest):
    utime(path, (time.time(),) * 2 if times is None else times, **rest)
os.utime = jumping_utime
"""


def test_a_clock_that_jumps_changes_nothing_but_when_the_run_started(slow: Project) -> None:
    assert alone(slow) == RED
    expected = slow.record().digest
    (slow.path / "jumping.py").write_text(JUMPING)
    for _ in range(2):
        begun = time.monotonic()
        assert started(slow, "-p", "jumping", "--robust-cache", "kept").wait() == RED
        record = slow.record()
        assert record.digest == expected
        assert 0 < record.run.seconds < time.monotonic() - begun
    assert record.run.predictions == 0, "evidence from the future is evidence"
    times = [chunk.parent.stat().st_mtime for chunk in chunks(slow)]
    assert np.ptp(times) > 3600, "the clock did jump"


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("reports", "ERROR: *vision.json: cannot write the record: No space left on device; make room on {disk}"),
        ("html", "ERROR: *vision.html: cannot be written: No space left on device; make room on {disk}"),
        ("cache", "warning: evidence cannot be kept in *: No space left on device; make room on {disk}; went on *"),
        ("examples", "warning: counterexamples are not kept: *: No space left on device; make room on {disk}"),
        ("looks", "warning: models judged on these rows are not counted: No space left on device; make room on {disk}"),
    ],
)
def test_a_full_disk_is_told_with_where_to_make_room(
    project: Project, monkeypatch: pytest.MonkeyPatch, where: str, told: str
) -> None:
    """A disk that is full for one kind of file after another."""
    put, folders = os.replace, {"examples": "/.robust/", "cache": "/v1/", "html": ".html", "reports": "/reports/"}

    def full(written: Path, target: Path) -> None:
        if folders.get(where, where) in str(target):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        put(written, target)

    monkeypatch.setattr(os, "replace", full)
    result = project.robust("--robust-cache", "kept")
    result.stdout.fnmatch_lines([told.format(disk="the disk that holds *")])
    result.assert_outcomes(passed=5, failed=1, xfailed=0)
    assert result.ret == (ENDED if where in ("reports", "html") else RED)
    assert not list(project.path.rglob("*.tmp"))


FILLED = """
mount -t tmpfs -o size=64k robust "$0" || exit 99
head -c 100000 /dev/zero > "$0/fill" 2>/dev/null
"$@"
code=$?
ls -A "$0" >&2
exit $code
"""
"""Puts a disk of its own over a folder, which nobody else sees, fills it, runs a command, and says what is on it."""


LOCKED = """
mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" || exit 99
exec "$@"
"""
"""Makes a folder read-only, for the command that it runs alone, and for root too."""


def mounted(project: Project, script: str, folder: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A run in a process that has mounts of its own: no rights are needed, and nobody else sees them."""
    unshare = shutil.which("unshare")
    if unshare is None:
        pytest.skip("needs `unshare`, to mount something without being root")
    shell = [unshare, "--map-root-user", "--mount", "sh", "-c", script, folder]
    command = [*shell, sys.executable, "-m", "pytest", "--robust", *options]
    done = subprocess.run(command, cwd=project.path, capture_output=True, text=True, check=False)
    if done.returncode == 99 or done.stderr.startswith("unshare: "):
        pytest.skip(f"nothing can be mounted here: {done.stderr}")
    return done


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (
            ["--robust-cache", "disk"],
            RED,
            "evidence cannot be kept in *disk: No space left on device; make room on *disk;",
        ),
        (
            ["-o", "robust_cache=", "-o", "cache_dir=disk/cache"],
            RED,
            "evidence is kept in memory only: disk/cache cannot be made: No space left on device; make room on *",
        ),
        (["--robust-reports", "disk"], ENDED, "cannot write the record: No space left on device; make room on *disk"),
        (
            ["-o", "robust_examples=disk"],
            RED,
            "counterexamples are not kept: disk: No space left on device; make room on *",
        ),
    ],
)
def test_on_a_disk_that_is_really_full_a_run_says_so_and_judges_the_same(
    project: Project, options: list[str], code: int, told: str
) -> None:
    alone(project)
    expected = project.record().digest
    (project.path / "disk").mkdir()
    done = mounted(project, FILLED, "disk", "-o", "robust_cache=none", *options)
    assert done.returncode == code, done.stdout + done.stderr
    assert fnmatch(done.stdout, f"*{told}*")
    assert "5 PASS, 1 FAIL, 0 known, 1 INCONCLUSIVE, 0 NOT RUN, 0 ERROR" in done.stdout
    assert not [line for line in done.stderr.splitlines() if line.endswith(".tmp")]
    assert project.record().digest == expected


def test_a_cache_folder_that_is_really_read_only_is_read(project: Project) -> None:
    alone(project)
    expected = project.record().digest
    (project.path / "kept").mkdir()
    warning = "warning: evidence cannot be kept in *kept: Read-only file system; went on without it, *"
    for filled in (False, True):
        if filled:
            alone(project, "kept")
        done = mounted(project, LOCKED, "kept", "--robust-cache", "kept")
        assert done.returncode == RED, done.stdout + done.stderr
        record = project.record()
        assert record.digest == expected
        assert (record.run.predictions == 0) == filled
        assert fnmatch(done.stdout, f"*{warning}*") != filled
