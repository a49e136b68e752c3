"""Keys on disk: whose eyes they are for, and every way in which a file is none."""

from __future__ import annotations

import stat
import subprocess
import sys

import pytest

pytest.importorskip("cryptography")
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pytest_robust.errors import SignatureError
from pytest_robust.record import keys

PKCS8, SPKI = serialization.PrivateFormat.PKCS8, serialization.PublicFormat.SubjectPublicKeyInfo


def test_a_pair_belongs_together_and_the_private_key_is_for_its_owner_alone(tmp_path):
    private, public, told = keys.make(tmp_path / "anna")
    assert (private.name, public.name) == ("anna.key", "anna.pub")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    key = keys.private_key(private)
    assert keys.trusted([public]) == {told: str(public)}
    assert keys.fingerprint(keys.der(key.public_key())) == told
    assert keys.holds(keys.der(key.public_key()), key.sign(b"x"), b"x")
    assert not keys.holds(keys.der(key.public_key()), key.sign(b"x"), b"y")


def test_a_password_is_asked_of_whoever_uses_the_key(tmp_path):
    private, _, told = keys.make(tmp_path / "anna", b"secret")
    assert keys.encrypted(private)
    assert keys.fingerprint(keys.der(keys.private_key(private, b"secret").public_key())) == told
    for wrong in (None, b"", b"other"):
        with pytest.raises(SignatureError, match="the password does not open it"):
            keys.private_key(private, wrong)


@pytest.mark.parametrize("taken", ["anna.key", "anna.pub"])
def test_a_key_is_never_replaced(tmp_path, taken):
    (tmp_path / taken).write_text("mine")
    with pytest.raises(SignatureError, match=f"{taken} exists"):
        keys.make(tmp_path / "anna")
    assert [path.name for path in tmp_path.iterdir()] == [taken]
    assert (tmp_path / taken).read_text() == "mine"


def test_what_is_no_key_is_named(tmp_path):
    other = ec.generate_private_key(ec.SECP256R1())
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    (tmp_path / "ec.key").write_bytes(other.private_bytes(pem, PKCS8, plain))
    (tmp_path / "ec.pub").write_bytes(other.public_key().public_bytes(pem, SPKI))
    (tmp_path / "text.key").write_text("no key")
    keys.make(tmp_path / "anna")
    for name, wrong in (("ec", "not an Ed25519 key"), ("text", "not a private key"), ("absent", "cannot read the key")):
        with pytest.raises(SignatureError, match=f"{name}.key: {wrong}"):
            keys.private_key(tmp_path / f"{name}.key")
    with pytest.raises(SignatureError, match="not a private key"):
        keys.private_key(tmp_path / "anna.pub")
    with pytest.raises(SignatureError, match=r"ec\.pub: not an Ed25519 key"):
        keys.trusted([tmp_path / "ec.pub"])
    with pytest.raises(SignatureError, match=r"anna\.key: not a public key"):
        keys.trusted([tmp_path / "anna.key"])
    assert not keys.holds(other.public_key().public_bytes(serialization.Encoding.DER, SPKI), b"x", b"y")
    assert not keys.holds(b"no key", b"x", b"y")


def test_of_a_folder_all_public_keys_are_trusted(tmp_path):
    told = {keys.make(tmp_path / name)[2] for name in ("anna", "ben")}
    assert set(keys.trusted([tmp_path])) == told
    (tmp_path / "empty").mkdir()
    with pytest.raises(SignatureError, match="holds no public key"):
        keys.trusted([tmp_path / "empty"])


def test_a_place_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(SignatureError, match="cannot write the key"):
        keys.make(tmp_path / "absent" / "anna")


def test_without_cryptography_the_error_says_how_to_install_it():
    script = "import sys; sys.modules['cryptography'] = None\nimport pytest_robust.record.keys"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.stderr.splitlines()[-1].endswith(
        "SignatureError: signatures need the package cryptography; pip install 'pytest-robust[sign]'"
    )
