"""`robust keygen`: a pair of keys, one to sign records with and one to give away."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_robust.commands import passwords
from pytest_robust.record import keys


def lines(name: Path, *, password: bool, password_file: Path | None) -> Iterator[str]:
    """Make `NAME.key` and `NAME.pub`, and say what each is for. Raises SignatureError."""
    private, public, fingerprint = keys.make(name, passwords.new(ask=password, file=password_file))
    yield f"{private}  signs: keep it secret"
    yield f"{public}  verifies: give it to those who check your signatures, and tell them its fingerprint"
    yield f"fingerprint {fingerprint}"
