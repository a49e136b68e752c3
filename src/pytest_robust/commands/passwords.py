"""Passwords of private keys: asked for, or read from a file where nobody sits at the terminal."""

from __future__ import annotations

from getpass import getpass
from pathlib import Path

from pytest_robust.errors import SignatureError
from pytest_robust.record import keys


def new(*, ask: bool, file: Path | None) -> bytes | None:
    """The password of a new key; None where it is to have none. Raises SignatureError."""
    if file is not None:
        return _read(file)
    if not ask:
        return None
    first, second = getpass("password of the new key: "), getpass("once more: ")
    if not first or first != second:
        raise SignatureError("the two passwords differ, or there is none; nothing was written, try again")
    return first.encode()


def known(key: Path, file: Path | None) -> bytes | None:
    """The password of a key; None where it has none. Raises SignatureError."""
    if not keys.encrypted(key):
        return None
    return getpass(f"password of {key}: ").encode() if file is None else _read(file)


def _read(file: Path) -> bytes:
    """The first line of a file."""
    try:
        found = file.read_bytes().split(b"\n")[0].removesuffix(b"\r")
    except OSError as error:
        raise SignatureError(f"{file}: cannot read the password: {error.strerror}; name another file") from error
    if not found:
        raise SignatureError(f"{file}: holds no password; write it into the first line")
    return found
