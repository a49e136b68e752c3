"""`robust sign`: one person's decision about a record, signed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pytest_robust.commands import passwords
from pytest_robust.errors import SignatureError
from pytest_robust.record import files, keys, signatures
from pytest_robust.report import decision, formats
from pytest_robust.report.words import count, harmless

DECISIONS: dict[str, signatures.Decision] = {"release": "release", "hold": "do not release"}


def lines(
    path: Path, *, role: str, name: str, key: Path, decided: str | None, password_file: Path | None
) -> Iterator[str]:
    """Sign a record and make the page beside it again, and say what was signed.

    Raises RecordError, or SignatureError where nothing is decided about a record that does not say GO.
    """
    record = files.load(path)
    word = decision.answer(record).word
    if decided is None and word != "GO":
        raise SignatureError(f"{path} says {word}; decide with --decision release, or with --decision hold")
    said = DECISIONS[decided or "release"]
    private = keys.private_key(key, passwords.known(key, password_file))
    target = signatures.sign(path, record, role=role, name=name, decision=said, saw=word, key=private)
    found = signatures.beside(path, record)
    yield f"{harmless(found[-1].name)} ({harmless(found[-1].role)}): {said}"
    yield f"    record  {path}, which says {word}, digest {record.digest}"
    yield f"    key     {found[-1].key}"
    valid = sum(one.valid for one in found)
    stale = f", {len(found) - valid} of them not for this record" if valid < len(found) else ""
    yield f"{target}  {count(len(found), 'signature')}{stale}"
    page = path.with_suffix(".html")
    if page.is_file():
        try:
            files.write_atomically(page, formats.FORMATS["html"].render(record, path).encode())
        except OSError as error:
            raise SignatureError(
                f"{page}: signed, but the page cannot be made again: {error.strerror}; `robust report {path}`"
            ) from error
        yield f"{page}  made again"
