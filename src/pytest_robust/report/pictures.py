"""Pictures of a record: only small WebP and PNG images that stand in the record itself, and no more than fit."""

from __future__ import annotations

import re

from pytest_robust.record import Counterexample, Record

ADDRESS = re.compile(r"data:image/(?:webp|png);base64,[A-Za-z0-9+/]{16,}={0,2}", re.ASCII)
LONGEST = 17_000
"""Characters of an address: 12 kB of image are 16,384 in base64."""


def safe(address: str | None) -> str | None:
    """The address if it is one of a small picture that stands in it; anything else is dropped.

    >>> safe("https://example.org/beacon.png") is None
    True
    """
    return address if address and len(address) <= LONGEST and ADDRESS.fullmatch(address) else None


def shown(example: Counterexample) -> list[str | None]:
    """The addresses of a counterexample's pictures, those of its smallest input too."""
    smallest = example.smallest
    least = [] if smallest is None else [smallest.perturbed, smallest.difference]
    return [example.original, example.perturbed, example.difference, *least]


def bare(example: Counterexample) -> Counterexample:
    """A counterexample without its pictures."""
    none = {"perturbed": None, "difference": None}
    smallest = None if example.smallest is None else example.smallest.model_copy(update=none)
    return example.model_copy(update={"original": None, "smallest": smallest, **none})


def without_pictures(record: Record) -> Record:
    """The record with the address of every counterexample's picture null, and no picture of a section's."""
    verdicts = [
        verdict.model_copy(update={"counterexamples": [bare(example) for example in verdict.counterexamples]})
        for verdict in record.verdicts
    ]
    sections = [section.model_copy(update={"pictures": []}) for section in record.sections]
    return record.model_copy(update={"verdicts": verdicts, "sections": sections})
