"""Sections that plug-ins add to the report. They are data, so that the report stays a rendering of the record."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import Field, model_validator

from pytest_robust.record.part import Part


class Table(Part):
    """Rows under a head, all of the same length."""

    caption: str
    head: list[str]
    rows: list[list[str]]

    @model_validator(mode="after")
    def rectangular(self) -> Self:
        """Raises ValueError where a row is longer or shorter than the head."""
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(self.head):
                raise ValueError(f"row {number} has {len(row)} cells, the head has {len(self.head)}")
        return self


class Section(Part):
    """One section: paragraphs, then tables, then pictures."""

    title: Annotated[str, Field(min_length=1)]
    paragraphs: list[str] = []
    tables: list[Table] = []
    pictures: list[tuple[str, str]] = []
    """(what it shows, a `data:image/webp;base64,` address of at most 12 kB)."""
