"""Pictures of a record: only small WebP and PNG images that stand in the record itself, and no more than fit."""

from __future__ import annotations

import re

from pytest_robust.record import Record

ADDRESS = re.compile(r"data:image/(?:webp|png);base64,[A-Za-z0-9+/]{16,}={0,2}", re.ASCII)
LONGEST = 17_000
"""Characters of an address: 12 kB of image are 16,384 in base64."""

FIELDS = ("original", "perturbed", "difference")


def safe(address: str | None) -> str | None:
    """The address if it is one of a small picture that stands in it; anything else is dropped.

    >>> safe("https://example.org/beacon.png") is None
    True
    """
    return address if address and len(address) <= LONGEST and ADDRESS.fullmatch(address) else None


def without_pictures(record: Record) -> Record:
    """The record with every picture's address null."""
    bare = dict.fromkeys(FIELDS)
    verdicts = [
        verdict.model_copy(update={"counterexamples": [e.model_copy(update=bare) for e in verdict.counterexamples]})
        for verdict in record.verdicts
    ]
    return record.model_copy(update={"verdicts": verdicts})
