"""What is to be verified: a record's file, or a report with the record that stands in it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pytest_robust.errors import RecordError, RobustError
from pytest_robust.record import SCHEMA_VERSION, Record, files, signatures
from pytest_robust.record.signatures import Signature
from pytest_robust.report import html
from pytest_robust.report.embedded import Page

PAGES = (".html", ".htm")


@dataclass(frozen=True, slots=True)
class Subject:
    """A record with its signatures, and the page that it came in, if it did."""

    record: Record
    signatures: tuple[Signature, ...]
    path: Path
    """The record's file, which need not exist where the page holds the record."""
    page: bytes | None = None
    version: str | None = None
    """Of pytest-robust, which made the page."""

    def page_problem(self) -> str | None:
        """Why the page is not what its record and the signatures beside it make, to the byte."""
        here, again = version("pytest-robust"), f"`robust report {self.path}` makes it again"
        if self.version != here:
            return f"made by pytest-robust {self.version}, this is {here}: only the record could be checked; {again}"
        if html.render(self.record, self.signatures).encode() != self.page:
            return f"not what its record and the signatures beside it make; {again}"
        return None


def read(path: Path, beside: Path | None = None) -> Subject:
    """The record of a record's file, or of a report whose record is `beside` it; with `.json` for `.html` where absent.

    Raises RecordError for a damaged one, RobustError where there is no such file, SignatureError where signatures
    cannot be read from disk.
    """
    if not path.is_file():
        raise RobustError(f"{path}: no such file; name a record or a report")
    if path.suffix.lower() not in PAGES:
        return _of_file(path)
    content, own = path.read_bytes(), beside or path.with_suffix(".json")
    page = Page(content.decode("utf-8", errors="replace"))
    if page.version is None:
        raise RecordError(f"{path}: not a report of pytest-robust, or damaged; name its record instead")
    try:
        record = files.parse(page.record or "", path)
        if record.schema_version != SCHEMA_VERSION:
            raise RecordError(
                f"{path}: its record is of schema {record.schema_version}; put the record's file beside it"
            )
        sha256 = hashlib.sha256(files.text(record).encode()).hexdigest()
        found = signatures.read(signatures.bundle(own), sha256, record.digest)
    except RecordError:  # without its pictures, or too large for a page: the file alone is whole
        if not own.is_file():
            raise
        from_file = _of_file(own)
        record, found = from_file.record, from_file.signatures
    return Subject(record, found, own, content, page.version)


def _of_file(path: Path) -> Subject:
    record = files.load(path)
    return Subject(record, signatures.beside(path, record), path)
