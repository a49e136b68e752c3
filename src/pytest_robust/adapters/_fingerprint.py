"""Identities: what decides whether cached evidence still holds."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from pathlib import Path


def fingerprint(*facts: object, files: Iterable[Path] = ()) -> str:
    """SHA-256 over facts, by their `repr`, and the contents of files in any order: where they lie does not matter.

    >>> fingerprint("logits", 3) == fingerprint("logits", 3), fingerprint("logits", 3) == fingerprint("logits3")
    (True, False)
    """
    digest = hashlib.sha256(repr(facts).encode())
    for content in sorted(hashlib.sha256(path.read_bytes()).digest() for path in files):
        digest.update(content)
    return digest.hexdigest()


def never_again() -> str:
    """The identity of a model that cannot be told from its successor: evidence about it is never reused.

    What a live object answers may depend on anything that it refers to, and its source does not tell.
    """
    return secrets.token_hex(32)
