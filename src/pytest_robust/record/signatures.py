"""Who signed a record, in which role, and what they decided: detached, in a file beside the record.

A signature is an in-toto statement whose subject is the record file, to the byte. It names the record's digest too,
which is that of everything but `run`, so that the same findings by another run can be told from other findings.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from pytest_robust.errors import SignatureError
from pytest_robust.record.files import why, write_atomically
from pytest_robust.record.models import Record

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

ENDING = ".intoto.jsonl"
STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "urn:x-pytest-robust:sign-off:1"

Decision = Literal["release", "do not release"]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


@dataclass(frozen=True, slots=True)
class Signature:
    """One line of the file of signatures. Where it cannot be read, only `problem` says anything."""

    role: str = ""
    name: str = ""
    decision: Decision | None = None
    saw: str = ""
    """The word of the record when it was signed: GO, NO-GO or NOT PROVEN."""
    date: str = ""
    """UTC, ISO 8601, by the signer's clock."""
    key: str = ""
    """The fingerprint of the signer's key."""
    problem: str | None = None
    """Why it does not hold for this record."""

    @property
    def valid(self) -> bool:
        """Whether the key signed this very record. Whose key it is, no file can tell."""
        return self.problem is None


class Model(BaseModel):
    """A part of a statement. What it does not know it passes over, as in-toto asks of readers."""

    model_config = ConfigDict(frozen=True)


class Digest(Model):
    """SHA-256, in hexadecimal."""

    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class Subject(Model):
    """What is signed: the record file, by the digest of its bytes."""

    name: str
    digest: Digest


class Predicate(Model):
    """What is said of it."""

    role: Text
    name: Text
    decision: Decision
    saw: Text
    date: Annotated[str, Field(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")]
    record_digest: Digest = Field(alias="recordDigest")
    """The record's own digest."""


class Statement(Model):
    """An in-toto Statement of version 1."""

    type: Literal["https://in-toto.io/Statement/v1"] = Field(alias="_type")
    subject: Annotated[list[Subject], Field(min_length=1, max_length=1)]
    predicate_type: Literal["urn:x-pytest-robust:sign-off:1"] = Field(alias="predicateType")
    predicate: Predicate


def bundle(record: Path) -> Path:
    """The file of a record's signatures, by in-toto's convention: `vision.json.intoto.jsonl` beside `vision.json`."""
    return record.with_name(record.name + ENDING)


def sign(
    path: Path, record: Record, *, role: str, name: str, decision: Decision, saw: str, key: Ed25519PrivateKey
) -> Path:
    """Add a signature of the record in the file `path`; gives back the file of signatures.

    Raises SignatureError where role or name are no text, or the file cannot be written.
    """
    target = bundle(path)
    said = {
        "role": role,
        "name": name,
        "decision": decision,
        "saw": saw,
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "recordDigest": {"sha256": record.digest},
    }
    try:
        subject = {"name": path.name, "digest": {"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}}
        statement = Statement.model_validate(
            {"_type": STATEMENT, "subject": [subject], "predicateType": PREDICATE, "predicate": said}
        )
        from pytest_robust.record import dsse

        lines = _lines(target)
        lines.append(dsse.seal(statement.model_dump_json(by_alias=True).encode(), key))
        write_atomically(target, b"".join(line + b"\n" for line in lines))
    except ValidationError as error:
        first = error.errors()[0]
        raise SignatureError(f"the {first['loc'][-1]} of a signature: {first['msg']}") from None
    except OSError as error:
        raise SignatureError(
            f"{target}: cannot be written: {why(error, target.parent, 'sign where you may write')}"
        ) from error
    return target


def beside(path: Path, record: Record) -> tuple[Signature, ...]:
    """The signatures that lie beside the record file `path`, in the order in which they were added.

    Raises SignatureError where they cannot be read from disk. Where cryptography is not installed, none is valid.
    """
    return read(bundle(path), hashlib.sha256(path.read_bytes()).hexdigest(), record.digest)


def read(path: Path, sha256: str, digest: str) -> tuple[Signature, ...]:
    """The signatures in a file, judged for a record file of this SHA-256 whose own digest this is."""
    try:
        return tuple(_read(line, sha256, digest) for line in _lines(path))
    except OSError as error:
        raise SignatureError(f"{path}: cannot be read: {error.strerror}; make it readable") from error


def _lines(path: Path) -> list[bytes]:
    content = path.read_bytes() if path.exists() else b""
    return content.removesuffix(b"\n").split(b"\n") if content else []


def _read(line: bytes, sha256: str, digest: str) -> Signature:
    try:
        from pytest_robust.record import dsse

        payload, key = dsse.unseal(line)
        statement = Statement.model_validate_json(payload)
    except ValidationError:
        return Signature(key=key, problem="signed, but no sign-off of a record; keep other attestations elsewhere")
    except SignatureError as error:
        return Signature(problem=str(error))
    said, signed = statement.predicate, statement.subject[0].digest.sha256
    problem = None
    if said.record_digest.sha256 != digest:
        problem = f"for another record, of digest {said.record_digest.sha256[:12]}; this one has {digest[:12]}"
    elif signed != sha256:
        problem = "for the same findings by another run, or the record's `run` section was edited since"
    return Signature(said.role, said.name, said.decision, said.saw, said.date, key, problem)


def standing(signatures: Iterable[Signature]) -> list[Signature]:
    """Of each role the latest valid signature, whatever the order of lines: who changes their mind signs again."""
    latest: dict[str, Signature] = {}
    for one in sorted(signatures, key=lambda one: (one.date, one.decision == "do not release", one.key)):
        if one.valid:
            latest[one.role.casefold()] = one
    return list(latest.values())


def again(one: Signature, among: Iterable[Signature]) -> str:
    """Whether its role has signed since, in words, by those that stand; "" where it has not.

    One that was signed again need not hold any more. With another key may be by somebody else.
    """
    for other in among:
        if other is not one and other.role.casefold() == one.role.casefold() and other.date >= one.date:
            return f"the role has signed again since{'' if other.key == one.key else ', with another key'}"
    return ""


def signers(signatures: Iterable[Signature]) -> int:
    """How many have signed that stand, each in a role of their own and with a key of their own."""
    return len({one.key for one in standing(signatures)})
