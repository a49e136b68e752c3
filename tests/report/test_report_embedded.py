"""The record of a page, taken out again: what went in, whatever it held."""

from __future__ import annotations

from importlib.metadata import version

import pytest
from sample import hostile, record

from pytest_robust.record import Record
from pytest_robust.report.embedded import Page
from pytest_robust.report.html import render


@pytest.mark.parametrize("of", [record, hostile])
def test_what_comes_out_is_what_went_in(of) -> None:
    page = Page(render(of()))
    assert page.version == version("pytest-robust")
    assert page.record is not None
    assert Record.model_validate_json(page.record) == of()


def test_of_a_page_that_is_none_there_is_nothing() -> None:
    for text in ("", "<p>hello", '<script id="other">{}</script>', '<meta name="generator" content="other 1">'):
        page = Page(text)
        assert (page.record, page.version) == (None, None)


def test_the_first_of_two_is_taken() -> None:
    """An element that was added behind it changes nothing, but for the bytes of the page."""
    assert Page('<script id="record">1</script><script id="record">2</script>').record == "1"
