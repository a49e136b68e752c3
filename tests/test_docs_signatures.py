"""What docs/signatures.md says of the file is so: its example has the fields of today, its commands verify by hand."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("cryptography")
sys.path.insert(0, str(Path(__file__).parent / "record"))
from test_record_files import example

from pytest_robust.record import files, keys, signatures
from pytest_robust.record.signatures import Statement

DOCS = (Path(__file__).parents[1] / "docs" / "signatures.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    (found,) = re.findall(rf"^```{language}\n(.*?)^```", DOCS, flags=re.MULTILINE | re.DOTALL)
    return found


def test_the_example_is_a_statement_of_today() -> None:
    told = json.loads(block("json"))
    statement = Statement.model_validate(told)
    assert json.loads(statement.model_dump_json(by_alias=True)) == told


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl is not installed")
def test_a_signature_is_verified_by_hand(tmp_path: Path) -> None:
    version = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=True).stdout
    if not re.match(r"OpenSSL [3-9]", version):
        pytest.skip(f"{version.strip()} does not verify Ed25519 of a file")
    record = files.save(example(), tmp_path / "vision.json")
    private, _, fingerprint = keys.make(tmp_path / "anna")
    who = {"role": "safety", "name": "Anna", "decision": "release", "saw": "GO"}
    signatures.sign(tmp_path / "vision.json", record, key=keys.private_key(private), **who)
    commands = block("sh").replace("python -", f'"{sys.executable}" -')
    run = subprocess.run(["bash", "-ec", commands], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "Signature Verified Successfully" in run.stdout + run.stderr
    assert fingerprint in run.stdout
