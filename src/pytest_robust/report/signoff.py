"""Who signed, and whether that is enough: the table of section 2, and the line and the word across the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pytest_robust.record import Record
from pytest_robust.record.signatures import Signature, signers, standing
from pytest_robust.risk.tier import tier_of

SHOWN = 5
"""Names in the line; the table has all."""


@dataclass(frozen=True, slots=True)
class SignOff:
    """The signatures of a record as the page tells them."""

    signatures: tuple[Signature, ...]
    standing: tuple[Signature, ...]
    """Of each role the latest that is valid."""
    signers: int
    needed: int
    """How many must sign, in different roles and with different keys."""
    word: str
    """What the record says."""

    @property
    def against(self) -> list[Signature]:
        """Those who decided not to release."""
        return [one for one in self.standing if one.decision != "release"]

    @property
    def draft(self) -> bool:
        """Whether too few have signed."""
        return self.signers < self.needed

    @property
    def mark(self) -> str:
        """What stands across the page; nothing on a page that was signed for a release."""
        return "UNSIGNED DRAFT" if self.draft else "DO NOT RELEASE" if self.against else ""

    @property
    def line(self) -> str:
        """What stands above the page."""
        if self.draft and self.standing:
            return (
                f"UNSIGNED DRAFT: {self.signers} of {self.needed} have signed; it takes different roles and different "
                "keys. See section 2."
            )
        if self.draft and self.signatures:
            return "UNSIGNED DRAFT: no signature of section 2 is valid for this record."
        if self.draft:
            return "UNSIGNED DRAFT: no release decision until the table of section 2 is signed."
        if self.against:
            return f"SIGNED: DO NOT RELEASE, by {named(self.against)}."
        though = "" if self.word == "GO" else f", although the record says {self.word}"
        return f"SIGNED for release{though}, by {named(self.standing)}."


def signoff(record: Record, signatures: Sequence[Signature], word: str) -> SignOff:
    """The signatures that were read from beside a record, and how many its tier asks for."""
    return SignOff(
        signatures=tuple(signatures),
        standing=tuple(standing(signatures)),
        signers=signers(signatures),
        needed=1 if record.risk is None else max(1, tier_of(record.risk).signers),
        word=word,
    )


def named(some: Sequence[Signature]) -> str:
    """Names with their roles, the first few."""
    told = ", ".join(f"{one.name} ({one.role})" for one in some[:SHOWN])
    return f"{told} and {len(some) - SHOWN:,} more" if len(some) > SHOWN else told
