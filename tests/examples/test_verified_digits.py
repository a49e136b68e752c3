"""The digits example, tested, signed and verified: torch weights, and data that code makes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("cryptography")
from pytest_robust.cli import main
from pytest_robust.record import files

EXAMPLE = Path(__file__).parents[2] / "examples" / "digits"
SUITE = """
model: {adapter: torch, source: digits/model.py:network, weights: digits/weights.safetensors, device: cpu}
data: {test: digits/data.py:test}
statistics: {rows: 40}
scenarios: {clean: {generate: clean, require: [accuracy >= 0.5]}}
"""


def test_one_byte_of_weights_suite_or_data_is_seen(tmp_path: Path, monkeypatch, capsys) -> None:
    shutil.copytree(EXAMPLE, tmp_path / "digits")
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    (tmp_path / "suite.yaml").write_text(SUITE)
    monkeypatch.chdir(tmp_path)
    run = [sys.executable, "-m", "pytest", "--robust", "suite.yaml", "-q", "-p", "no:cacheprovider"]
    subprocess.run(run, check=True, capture_output=True)
    assert main(["keygen", "anna"]) == 0
    who = ["--role", "safety", "--name", "Anna", "--key", "anna.key"]
    assert main(["sign", "reports/suite.json", *who, "--decision", "release"]) == 0
    verify = ["verify", "reports/suite.html", "--trust", "anna.pub", "--signed", "1"]
    capsys.readouterr()
    assert main(verify) == 0, capsys.readouterr().out
    assert "ok    weights         digits/weights.safetensors" in capsys.readouterr().out
    for path, names in (
        ("digits/weights.safetensors", "weights"),
        ("suite.yaml", "suite"),
        ("reports/suite.json.intoto.jsonl", "report, signature, signers"),
    ):
        content = (tmp_path / path).read_bytes()
        middle = len(content) // 2
        (tmp_path / path).write_bytes(content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :])
        assert main(verify) == 1
        assert capsys.readouterr().out.splitlines()[-1] == f"NOT VERIFIED: {names}"
        (tmp_path / path).write_bytes(content)
    assert main(verify) == 0
    record = files.load(tmp_path / "reports" / "suite.json")
    assert record.model is not None
    elsewhere = {"sha256": "0" * 64, "description": {**record.model.description, "device": "cuda"}}
    other = record.model_copy(update={"model": record.model.model_copy(update=elsewhere)})
    files.save(other, tmp_path / "other.json")
    assert main(["verify", "other.json"]) == 1
    assert "it ran on cuda then and on cpu now, which makes it another one" in capsys.readouterr().out
