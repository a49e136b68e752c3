"""What all models of the record share."""

from __future__ import annotations

from pathlib import Path

from pytest_robust.record import Section, Table


def test_halves_of_characters_which_no_file_can_hold_become_escapes_wherever_they_stand() -> None:
    name = Path(b"caf\xe9.png".decode("utf-8", "surrogateescape")).name
    section = Section(
        title="Files",
        paragraphs=["whole \U0001f600", name],
        tables=[Table(caption="", head=[name], rows=[[name]])],
        pictures=[(name, "data:")],
    )
    escaped = "caf\\udce9.png"
    assert section.paragraphs == ["whole \U0001f600", escaped]
    assert section.tables[0].rows == [[escaped]]
    assert section.pictures == [(escaped, "data:")]
    assert Section.model_validate_json(section.model_dump_json()) == section
