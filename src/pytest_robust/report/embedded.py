"""The record that stands in a page, taken out again without a browser."""

from __future__ import annotations

from html.parser import HTMLParser

GENERATOR = "pytest-robust "


class Page(HTMLParser):
    """What is read of a page: the text of `script#record`, and which version made it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.record: str | None = None
        """None where the page holds none."""
        self.version: str | None = None
        """Of pytest-robust; None where the page is none of its reports."""
        self._inside = False
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the two elements."""
        given = dict(attrs)
        if tag == "meta" and given.get("name") == "generator" and (given.get("content") or "").startswith(GENERATOR):
            self.version = (given["content"] or "").removeprefix(GENERATOR)
        if tag == "script" and given.get("id") == "record" and self.record is None:
            self._inside, self.record = True, ""

    def handle_endtag(self, _: str) -> None:
        """The record ends with its element, in which no other begins."""
        self._inside = False

    def handle_data(self, data: str) -> None:
        """Text of the record, or of something else."""
        if self._inside:
            self.record = (self.record or "") + data
