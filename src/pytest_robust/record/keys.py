"""Keys to sign with: Ed25519, in the PEM files of OpenSSL. Imported only by what signs or verifies."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from pytest_robust.errors import SignatureError

try:
    from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import (
        BestAvailableEncryption,
        Encoding,
        NoEncryption,
        PrivateFormat,
        PublicFormat,
        load_der_public_key,
        load_pem_private_key,
        load_pem_public_key,
    )
except ModuleNotFoundError as error:
    raise SignatureError("signatures need the package cryptography; pip install 'pytest-robust[sign]'") from error

PRIVATE, PUBLIC = ".key", ".pub"
UNREADABLE = ValueError, TypeError, UnsupportedAlgorithm


def make(stem: Path, password: bytes | None = None) -> tuple[Path, Path, str]:
    """Write a new pair as `stem.key`, for its owner's eyes only, and `stem.pub`; both paths and the fingerprint.

    The private key is encrypted where there is a password. Raises SignatureError rather than replace a file.
    """
    private, public = stem.with_name(stem.name + PRIVATE), stem.with_name(stem.name + PUBLIC)
    for path in (private, public):
        if path.exists():
            raise SignatureError(f"{path} exists, and a key is never replaced; choose another name")
    key = Ed25519PrivateKey.generate()
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    _write(private, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock), 0o600)
    _write(public, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), 0o644)
    return private, public, fingerprint(der(key.public_key()))


def encrypted(path: Path) -> bool:
    """Whether a private key asks for a password. Raises SignatureError where it cannot be read."""
    return b"BEGIN ENCRYPTED PRIVATE KEY" in _read(path)


def private_key(path: Path, password: bytes | None = None) -> Ed25519PrivateKey:
    """The key in a file. Raises SignatureError for what is no Ed25519 private key, and for a wrong password."""
    try:
        key = load_pem_private_key(_read(path), password)
    except UNREADABLE as error:
        wrong = "the password does not open it" if encrypted(path) else "not a private key in PEM"
        raise SignatureError(f"{path}: {wrong}; `robust keygen` makes a key") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SignatureError(f"{path}: not an Ed25519 key; `robust keygen` makes one")
    return key


def trusted(places: Iterable[Path]) -> dict[str, str]:
    """Fingerprints of public keys and the files that hold them; of a folder, all that end in `.pub`.

    Raises SignatureError for what holds no Ed25519 public key.
    """
    found = {}
    for place in places:
        files = sorted(place.glob(f"*{PUBLIC}")) if place.is_dir() else [place]
        if not files:
            raise SignatureError(f"{place}: holds no public key; put the {PUBLIC} files of those you trust there")
        for path in files:
            try:
                key = load_pem_public_key(_read(path))
            except UNREADABLE as error:
                raise SignatureError(f"{path}: not a public key in PEM; take the signer's {PUBLIC} file") from error
            if not isinstance(key, Ed25519PublicKey):
                raise SignatureError(f"{path}: not an Ed25519 key; take the signer's {PUBLIC} file")
            found[fingerprint(der(key))] = str(path)
    return found


def holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether the owner of a public key, in DER, signed the message."""
    try:
        key = load_der_public_key(public)
    except UNREADABLE:
        return False
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def der(key: Ed25519PublicKey) -> bytes:
    """The public key as SubjectPublicKeyInfo."""
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def fingerprint(public: bytes) -> str:
    """SHA-256 of a public key in DER: `openssl pkey -pubin -in anna.pub -outform DER | sha256sum`."""
    return hashlib.sha256(public).hexdigest()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SignatureError(f"{path}: cannot read the key: {error.strerror}; name the file of a key") from error


def _write(path: Path, content: bytes, mode: int) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    except OSError as error:
        raise SignatureError(f"{path}: cannot write the key: {error.strerror}; name another place") from error
