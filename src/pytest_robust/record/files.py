"""Records on disk: written whole or not at all, with a digest; an error for each thing that can be wrong."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
from pathlib import Path
from typing import Any, NoReturn

from pydantic import ValidationError

from pytest_robust.errors import RecordError
from pytest_robust.record.models import SCHEMA_VERSION, Record

OTHER_FOLDER = "name a folder that can be written"
UNSIGNED = ("run", "digest")
"""Fields that the digest does not cover."""


def digest(record: Record) -> str:
    """SHA-256, in hexadecimal, of the canonical JSON of everything but `run` and `digest`.

    Two runs of the same suite, seed, model, data and versions have the same one.
    """
    return _digest(json.loads(record.model_dump_json()))


def save(record: Record, path: Path) -> Record:
    """Write a record with its digest; gives back the record as written.

    The file is replaced in one step: a reader sees the old one or the new one. Raises RecordError where the folder
    cannot be written, or where a field that must be a number is not finite (JSON has no NaN).
    """
    content = text(record)
    written = _validated(content, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, content.encode())
    except OSError as error:
        raise RecordError(f"{path}: cannot write the record: {why(error, path.parent, OTHER_FOLDER)}") from error
    return written


def text(record: Record) -> str:
    """What a record's file holds: of a record of this schema that was loaded, the bytes that it was loaded from."""
    content = json.loads(record.model_dump_json())
    content["digest"] = _digest(content)
    return json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def load(path: Path) -> Record:
    """Read a record. Raises RecordError that tells apart: no such file, not JSON, not a record, newer, damaged."""
    try:
        written = path.read_text(encoding="utf-8")
    except OSError as error:
        raise RecordError(f"{path}: cannot read the record: {error.strerror}; name the JSON file of a run") from error
    except UnicodeDecodeError:
        raise RecordError(f"{path}: not JSON (not even text); name the JSON file of a run") from None
    return parse(written, path)


def parse(written: str, path: Path) -> Record:
    """The record in a text that was found at `path`. Raises RecordError as `load` does."""
    try:
        content = json.loads(written, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RecordError(f"{path}: not JSON: {error}; name the JSON file of a run, whole") from None
    if not isinstance(content, dict) or "schema_version" not in content:
        raise RecordError(
            f"{path}: not a record of pytest-robust: it has no `schema_version`; name the JSON file of a run"
        )
    if version(content["schema_version"]) > version(SCHEMA_VERSION):
        writer = _writer(content)
        raise RecordError(
            f"{path}: written in record schema {content['schema_version']}{f' by {writer}' if writer else ''}, this "
            f"version reads up to {SCHEMA_VERSION}; read it with {writer or 'the version that wrote it'} or newer"
        )
    found = _validated(written, path)
    if found.digest != _digest(content):
        raise RecordError(
            f"{path}: damaged or edited: its content has the digest {_digest(content)[:12]}..., it says "
            f"{found.digest[:12] or 'none'}...; take the file from where it was written, or run the suite again"
        )
    return found


def json_schema() -> dict[str, Any]:
    """The JSON Schema (draft 2020-12) of a record file, of this schema version or an older one.

    >>> json_schema()["title"], "verdicts" in json_schema()["required"]
    ('Record', True)
    """
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Record.model_json_schema(mode="serialization")}


def write_atomically(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Replace a file in one step: nobody ever reads half of it, whenever this process is killed. Raises OSError.

    `durable` waits until it is on the disk, so that nobody does even after the power fails.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def why(error: OSError, folder: Path, otherwise: str = "") -> str:
    """Why nothing could be written in a folder, and what to do: to make room, where that is the matter.

    >>> why(OSError(errno.ENOSPC, "No space left on device"), Path("reports"), "name another folder")
    'No space left on device; make room on the disk that holds reports'
    >>> why(OSError(errno.EROFS, "Read-only file system"), Path("reports"), "name another folder")
    'Read-only file system; name another folder'
    """
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        otherwise = f"make room on the disk that holds {folder}"
    elif error.errno == errno.EFBIG:
        otherwise = "files there may not be that large: raise the limit (ulimit -f)"
    return "; ".join(filter(None, (error.strerror or str(error), otherwise)))


def _digest(content: dict[str, Any]) -> str:
    signed = {name: value for name, value in content.items() if name not in UNSIGNED}
    canonical = json.dumps(signed, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _writer(content: dict[str, Any]) -> str | None:
    """The version that wrote a record of which only the schema version is understood, where it tells."""
    try:
        return f"pytest-robust {content['environment']['packages']['pytest-robust']}"
    except (KeyError, TypeError):
        return None


def _validated(text: str, path: Path) -> Record:
    try:
        return Record.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise RecordError(f"{path}: not a record: {where}: {first['msg']}") from None


def version(written: Any) -> tuple[int, ...]:
    """A schema version as numbers that can be compared; () for what is none."""
    try:
        return tuple(int(part) for part in str(written).split("."))
    except ValueError:
        return ()


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
