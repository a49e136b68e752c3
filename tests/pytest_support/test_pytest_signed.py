"""A run in the place of a record that was signed: what it says, and what the page shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_robust.record import files

if TYPE_CHECKING:
    from conftest import Project

pytest.importorskip("cryptography")
from pytest_robust.record import keys, signatures


def test_a_run_in_the_place_of_a_signed_record_says_so(project: Project) -> None:
    result = project.robust("-k", "clean")
    assert "signed one" not in result.stdout.str()
    path = project.path / "reports" / "vision.json"
    key = keys.private_key(keys.make(project.path / "anna")[0])
    who = {"role": "safety", "name": "Anna", "decision": "release", "saw": "GO"}
    signatures.sign(path, files.load(path), key=key, **who)
    result = project.robust("-k", "clean")
    result.stdout.fnmatch_lines(["warning: this run's record takes the place of a signed one, *vision.json; *"])
    assert len(project.record().run.warnings) == 1
    page = (project.path / "reports" / "vision.html").read_text()
    assert "UNSIGNED DRAFT: no signature of section 2 is valid for this record." in page
    assert "for the same findings by another run" in page
