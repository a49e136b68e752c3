"""The page on paper: through Chromium's own print, read back from the PDF, with scripts on and off."""

from __future__ import annotations

import base64
import io
import re
import unicodedata
from dataclasses import dataclass

import pytest
from complete import complete

from browser import visit
from pytest_robust.record import Record
from pytest_robust.report.html import render

pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed")

ACROSS = "UNSIGNEDDRAFT"
TEXTS = """
    const found = [];
    for (const e of document.querySelectorAll('h1, h2, h3, p, li, th, td, dt, dd, figcaption, caption, summary')) {
      if (e.closest('nav, .tools, .skip, .record, .sr') || e.querySelector('p, li, td, details, svg, .sr')) continue;
      found.push(e.textContent);
    }
    return found;"""


def squashed(text: str) -> str:
    """Without blanks: where a line ends is not the same on paper."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


@dataclass(frozen=True)
class Printed:
    """The texts of a page, and those of each sheet of its print, without blanks."""

    texts: list[str]
    sheets: list[str]


@pytest.fixture(scope="module")
def sample() -> Record:
    return complete()


@pytest.fixture(scope="module", params=["scripts on", "scripts off"])
def printed(request, browser, sample: Record, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    page = tmp_path_factory.mktemp("print") / "complete.html"
    page.write_text(render(sample), encoding="utf-8")
    visit(browser, page, media="", scripts=request.param == "scripts on")
    texts = [squashed(text) for text in browser.execute_script(TEXTS)]
    pdf = browser.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})["data"]
    sheets = pypdf.PdfReader(io.BytesIO(base64.b64decode(pdf))).pages
    return Printed(texts, [squashed(sheet.extract_text()) for sheet in sheets])


def test_every_text_of_the_page_is_on_paper_that_of_closed_folds_too(printed: Printed) -> None:
    assert len(printed.texts) > 1_000
    paper = "".join(sheet.removesuffix(ACROSS) for sheet in printed.sheets)
    assert [text for text in printed.texts if text not in paper] == []


def test_the_word_for_a_draft_stands_across_every_sheet(printed: Printed) -> None:
    assert all(sheet.endswith(ACROSS) for sheet in printed.sheets)


def test_a_table_that_goes_on_repeats_its_head(printed: Printed, sample: Record) -> None:
    passed = [squashed(verdict.id) for verdict in sample.verdicts if verdict.outcome == "PASS"]
    row = re.compile("|".join(re.escape(name) + "suites/vision.yaml:\\d+" for name in passed))
    sheets = [sheet for sheet in printed.sheets if len(row.findall(sheet)) > 3]
    assert len(sheets) > 2
    assert all("CheckVerdictObservedClaimMarginImagesTest" in sheet for sheet in sheets)


def test_no_figure_is_split_between_two_sheets(printed: Printed) -> None:
    ends = {"accuracy(shareright)": "confidence(highestprobability)", "erroramongtheanswered": "coverage(shareanswered"}
    for top, bottom in ends.items():
        assert sum(sheet.count(top) for sheet in printed.sheets) > 1
        assert [sheet.count(top) for sheet in printed.sheets] == [sheet.count(bottom) for sheet in printed.sheets]


def test_it_is_no_longer_than_it_needs_to_be(printed: Printed, sample: Record) -> None:
    assert len(printed.sheets) < len(sample.verdicts)
    assert all(len(sheet) > 200 for sheet in printed.sheets), "no sheet is empty but for the word across it"
