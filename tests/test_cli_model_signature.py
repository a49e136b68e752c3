"""`robust verify --model-signature`: weights that the project model-signing has signed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("model_signing")
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from model_signing import signing

import signed_project
from pytest_robust.cli import main
from signed_project import RECORD, flip


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two pairs of keys for models."""
    folder = signed_project.make(tmp_path_factory.mktemp("signed") / "project")
    pem = serialization.Encoding.PEM
    for name in ("vendor", "other"):
        key = ec.generate_private_key(ec.SECP256R1())
        plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        (folder / f"{name}.ec").write_bytes(plain)
        public = key.public_key().public_bytes(pem, serialization.PublicFormat.SubjectPublicKeyInfo)
        (folder / f"{name}.pem").write_bytes(public)
    return folder


@pytest.fixture
def project(original: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(original, tmp_path / "project")
    monkeypatch.chdir(tmp_path / "project")
    return tmp_path / "project"


def sign(model: str | Path) -> None:
    signing.Config().use_elliptic_key_signer(private_key=Path("vendor.ec")).sign(Path(model), Path("model.sig"))


def verify(capsys: pytest.CaptureFixture[str], key: str = "vendor.pem") -> tuple[int, list[str]]:
    code = main(["verify", RECORD, "--model-signature", "model.sig", "--model-key", key])
    captured = capsys.readouterr()
    assert captured.err == ""
    return code, captured.out.splitlines()


@pytest.mark.parametrize(("model", "told"), [("weights.npz", "weights.npz"), (".", ".")])
def test_weights_that_were_signed_are_verified(project: Path, capsys, model: str, told: str) -> None:
    sign(project / model)
    code, lines = verify(capsys)
    assert code == 0, lines
    assert f"ok    signed model    {told}, by model.sig" in lines


def test_one_byte_of_weights_or_signature_is_seen(project: Path, capsys) -> None:
    sign(project / "weights.npz")
    flip(project / "weights.npz", 100)
    code, lines = verify(capsys)
    assert code == 1
    assert lines[-1] == "NOT VERIFIED: weights, signed model"
    assert any("Hash mismatch" in line for line in lines)
    flip(project / "weights.npz", 100)
    text = (project / "model.sig").read_text()
    place = text.index('"sig"') + 30
    (project / "model.sig").write_text(text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :])
    code, lines = verify(capsys)
    assert (code, lines[-1]) == (1, "NOT VERIFIED: signed model")


def test_the_key_of_somebody_else_does_not_do(project: Path, capsys) -> None:
    sign(project / "weights.npz")
    code, lines = verify(capsys, "other.pem")
    assert (code, lines[-1]) == (1, "NOT VERIFIED: signed model")


def test_a_signature_of_other_weights_is_not_for_this_record(project: Path, capsys) -> None:
    shutil.copy("rows.npz", "weights-2.npz")
    sign(project / "weights-2.npz")
    code, lines = verify(capsys)
    assert code == 1
    (line,) = (line for line in lines if line.startswith("FAIL"))
    assert "model.sig is not for weights.npz; have the model signed that was tested" in line


def test_what_is_no_signature_ends_with_2(project: Path, capsys) -> None:
    assert main(["verify", RECORD, "--model-signature", "model.py", "--model-key", "vendor.pem"]) == 2
    assert "model.py: not a bundle of model-signing" in capsys.readouterr().err
    assert main(["verify", RECORD, "--model-signature", "absent", "--model-key", "vendor.pem"]) == 2
    assert "absent: cannot be read" in capsys.readouterr().err
    assert main(["verify", RECORD, "--model-key", "vendor.pem"]) == 2
    assert "go together" in capsys.readouterr().err


def test_where_the_package_is_missing_the_error_says_how_to_install_it(project: Path) -> None:
    script = "import sys; sys.modules['model_signing'] = None; from pytest_robust.cli import main; sys.exit(main())"
    given = ["verify", RECORD, "--model-signature", "model.sig", "--model-key", "vendor.pem"]
    run = subprocess.run([sys.executable, "-c", script, *given], capture_output=True, text=True, check=False)
    assert run.returncode == 2
    assert run.stderr.splitlines()[-1].endswith("pip install 'pytest-robust[model-signing]'")
