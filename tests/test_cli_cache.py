"""`robust cache` as a user meets it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from pytest_robust.cli import main
from pytest_robust.engine.room import written_size
from pytest_robust.engine.store import Store


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pytest.ini").write_text("[pytest]\nrobust_cache = kept\nrobust_cache_size = 5 kB\n")
    store = Store(tmp_path / "kept", [])
    for name in "abc":
        store.write(name * 64, "000000", {"ids": np.arange(300)})
    return tmp_path / "kept"


def told(cells: int) -> str:
    """What the command says of so many cells, all of one size."""
    one = next(Path("kept").rglob("*.chunk"), None)
    size = 0 if one is None else one.stat().st_size
    return f"{cells} cell{'' if cells == 1 else 's'} of evidence, {written_size(cells * size)}"


def test_info_says_how_much_there_is_and_how_much_there_may_be(folder, capsys) -> None:
    assert main(["cache", "info"]) == 0
    first, second, third = capsys.readouterr().out.splitlines()
    assert first == f"kept: {told(3)}"
    assert second.startswith("last used between 20")
    assert third == "limit 5 kB (robust_cache_size): what was used longest ago makes room"
    old = folder / "v0" / "ee" / ("e" * 64)
    old.mkdir(parents=True)
    assert main(["cache", "info"]) == 0
    assert "of another version, never read: 1 cell of evidence, 0 B" in capsys.readouterr().out


def test_prune_goes_down_to_the_setting_or_to_the_size_asked_for(folder, capsys) -> None:
    assert main(["cache", "prune"]) == 0
    assert capsys.readouterr().out == f"removed {told(2)}; {told(1)} left\n"
    assert main(["cache", "prune", "--size", "1 MB"]) == 0
    assert capsys.readouterr().out == f"removed {told(0)}; {told(1)} left\n"


def test_clear_removes_all_evidence_and_leaves_the_ledger(folder, capsys) -> None:
    (folder / "looks").mkdir()
    (folder / "looks" / "x.jsonl").write_text("{}\n")
    said = f"removed {told(3)}; 0 cells of evidence, 0 B left\n"
    assert main(["cache", "clear", "--cache", str(folder)]) == 0
    assert capsys.readouterr().out == said
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["x.jsonl"]


def test_what_cannot_be_removed_is_told(folder, capsys) -> None:
    """As a run is making it: what a read-only folder does, too, and holds for who may write everywhere."""
    path = next(folder.rglob("*.chunk")).parent
    with Store(folder, []).lock(path.name):
        assert main(["cache", "clear"]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith(
        f"robust: removed {told(2)}; {told(1)} left, which cannot be removed: a run is making it,"
    )
    assert path.exists()
    assert main(["cache", "clear"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("prune", "--size", "much"), "robust: --size: 'much' is no size; write a number with B, kB, MB, GB or TB"),
        (("clear", "--size", "1 GB"), "robust: --size is for `robust cache prune`, not for `clear`"),
    ],
)
def test_what_cannot_be_meant_is_told(folder, capsys, arguments, message) -> None:
    assert main(["cache", *arguments]) == 2
    assert capsys.readouterr().err.startswith(message)
    assert len(list(folder.rglob("*.chunk"))) == 3


def test_a_setting_that_is_no_size_is_told(folder, capsys) -> None:
    Path("pytest.ini").write_text("[pytest]\nrobust_cache = kept\nrobust_cache_size = lots\n")
    assert main(["cache", "info"]) == 2
    assert "robust_cache_size: 'lots' is no size" in capsys.readouterr().err
