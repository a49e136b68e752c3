"""Code and files that a suite names."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_robust.errors import SourceError
from pytest_robust.sources import Roots, is_reference, load_module, load_object


@pytest.fixture(autouse=True)
def _restored() -> Iterator[None]:
    """Leave the interpreter as it was."""
    path, modules = [*sys.path], {*sys.modules}
    yield
    sys.path[:] = path
    for name in sys.modules.keys() - modules:
        del sys.modules[name]


def said(written: str, folder: Path) -> str:
    with pytest.raises(SourceError) as caught:
        load_object(written, Roots((folder,)))
    return str(caught.value)


def test_the_suites_folder_comes_before_the_projects_root(tmp_path: Path) -> None:
    (tmp_path / "suites").mkdir()
    (tmp_path / "both.py").touch()
    (tmp_path / "root.py").touch()
    (tmp_path / "suites" / "both.py").touch()
    roots = Roots((tmp_path / "suites", tmp_path))
    assert roots.find("both.py") == tmp_path / "suites" / "both.py"
    assert roots.find("root.py") == tmp_path / "root.py"
    assert roots.find(str(tmp_path / "root.py")) == tmp_path / "root.py"
    with pytest.raises(SourceError) as caught:
        roots.find("none.py")
    assert str(caught.value) == (
        f"'none.py' does not exist (tried {tmp_path}/suites/none.py and {tmp_path}/none.py); "
        "paths start at the suite's folder or the project's root"
    )


@pytest.mark.parametrize("written", ["a\0b", "x" * 5000, "~no_such_user_here/x"])
def test_a_path_that_cannot_be_is_an_error_like_any_other(tmp_path: Path, written: str) -> None:
    with pytest.raises(SourceError, match=r"cannot be looked for|does not exist"):
        Roots((tmp_path,)).find(written)


@pytest.mark.parametrize(
    ("written", "reference"),
    [("m.py:f", True), ("a/b c.py:f", True), ("m.py", False), ("m:f", False), ("m.py:a.b", False), ("m.py:", False)],
)
def test_a_reference_is_a_file_and_a_name(written: str, reference: bool) -> None:
    assert is_reference(written) is reference


def test_an_object_is_loaded_once(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("made = object()\n")
    first = load_object("mine.py:made", Roots((tmp_path,)))
    assert load_object("mine.py:made", Roots((tmp_path,))) is first


def test_files_of_one_name_in_two_folders_are_two(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.py").write_text(f"name = {name!r}\n")
    found = [load_object(f"{name}/model.py:name", Roots((tmp_path,))) for name in ("a", "b")]
    assert found == ["a", "b"]


def test_a_file_imports_its_own_neighbours(tmp_path: Path) -> None:
    """Two folders may each have a `helper.py`; the files of one folder share theirs."""
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "helper_of_sources.py").write_text(f"name = {name!r}\nclass Thing: ...\n")
        for file in ("model", "data"):
            (tmp_path / name / f"{file}.py").write_text("from helper_of_sources import Thing, name\n")
    modules = {
        (name, file): load_module(tmp_path / name / f"{file}.py") for file in ("model", "data") for name in ("a", "b")
    }
    assert [modules[name, "model"].name for name in ("a", "b")] == ["a", "b"]
    assert [modules[name, "data"].name for name in ("a", "b")] == ["a", "b"]
    assert modules["a", "model"].Thing is modules["a", "data"].Thing
    assert modules["a", "model"].Thing is not modules["b", "model"].Thing


def test_a_function_may_import_a_neighbour_when_it_is_called(tmp_path: Path) -> None:
    (tmp_path / "late_neighbour.py").write_text("value = 5\n")
    (tmp_path / "model.py").write_text("def load():\n    import late_neighbour\n    return late_neighbour.value\n")
    assert load_object("model.py:load", Roots((tmp_path,)))() == 5


def test_the_standard_library_is_not_hidden_by_a_neighbour_elsewhere(tmp_path: Path) -> None:
    (tmp_path / "random.py").write_text("raise RuntimeError\n")
    (tmp_path / "model.py").write_text("x = 1\n")
    load_module(tmp_path / "model.py")
    import random

    assert random.random() < 1


def test_a_misspelt_object_is_told_with_what_there_is(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("import os\ndef load(): ...\n_hidden = 1\n")
    path = tmp_path / "mine.py"
    assert said("mine.py:laod", tmp_path) == f"{path} has no 'laod'; did you mean 'load'?"
    assert said("mine.py:zzz", tmp_path) == f"{path} has no 'zzz'; there are: load, os"


@pytest.mark.parametrize(
    ("code", "line", "reason"),
    [
        ("x = 1\nraise ValueError('no weights')\n", 2, "ValueError: no weights"),
        ("x = 1\n\ndef f(:\n", 3, "SyntaxError: invalid syntax"),
        ("import no_such_package\n", 1, "ModuleNotFoundError: No module named 'no_such_package'"),
        ("import json\n\njson.loads('{')\n", 3, "JSONDecodeError: Expecting property name enclosed in double quotes"),
        ("import sys\nsys.exit(3)\n", 2, "exits while it is imported; move that into a function"),
        ("from broken_neighbour import x\n", 1, "ImportError: cannot import name 'x'"),
        ("def f():\n    return 1 / 0\nf()\n", 2, "ZeroDivisionError: division by zero"),
    ],
)
def test_code_that_raises_is_told_with_its_line(tmp_path: Path, code: str, line: int, reason: str) -> None:
    (tmp_path / "broken_neighbour.py").write_text("")
    (tmp_path / "mine.py").write_text(code)
    for _ in range(2):  # the second time as well: what failed is not kept half made
        assert said("mine.py:x", tmp_path).startswith(f"{tmp_path / 'mine.py'}:{line}: {reason}")


def test_the_line_is_that_of_the_neighbour_where_that_is_at_fault(tmp_path: Path) -> None:
    (tmp_path / "bad_neighbour.py").write_text("\n\nraise KeyError('x')\n")
    (tmp_path / "mine.py").write_text("import bad_neighbour\n")
    assert said("mine.py:x", tmp_path).startswith(f"{tmp_path / 'bad_neighbour.py'}:3: KeyError")


def test_ctrl_c_is_no_mistake_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        load_object("mine.py:x", Roots((tmp_path,)))


def test_a_file_of_no_python_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").touch()
    with pytest.raises(SourceError, match="is not a Python file"):
        load_module(tmp_path / "mine.txt")


@pytest.mark.parametrize("written", ["model.py", "model.py::load", "model.load", "load"])
def test_a_name_without_an_object_is_told_how_to_name_one(tmp_path: Path, written: str) -> None:
    (tmp_path / "model.py").write_text("def load(): ...\n")
    with pytest.raises(SourceError) as caught:
        load_object(written, Roots((tmp_path,)))
    assert str(caught.value) == f"{written!r} names no object in a Python file; write `path.py:object`"
