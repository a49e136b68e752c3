"""The page's script: it sorts, filters and folds what stands there, and the page says the same without it."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from sample import record

from browser import OVERFLOW, complaints, visit
from pytest_robust.record import Record
from pytest_robust.report.html import render

SCRIPT = (files("pytest_robust.report") / "page.js").read_text(encoding="utf-8")
TOLD = """
    const copy = document.body.cloneNode(true);
    copy.querySelectorAll('.tools, script').forEach(e => e.remove());
    return copy.textContent.replace(/\\s+/g, ' ');"""
NAMES = """
    return [...document.querySelectorAll('.checks tbody tr')].filter(row => row.checkVisibility())
      .map(row => row.querySelector('code').textContent)"""
COLUMN = """
    return [...document.querySelectorAll('.checks')].at(-2).querySelectorAll('tbody tr')
      .values().map(row => row.cells[arguments[0]].firstChild.textContent.trim()).toArray()"""


@pytest.fixture(scope="module")
def sample() -> Record:
    return record()


@pytest.fixture(scope="module")
def page(sample: Record, tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("script") / "sample.html"
    found.write_text(render(sample), encoding="utf-8")
    return found


def write(browser: Any, words: str) -> None:
    """Type into the filter, in place of what is there."""
    field = browser.find_element("id", "words")
    field.clear()
    field.send_keys(words)


def choose(browser: Any, outcome: str) -> None:
    """Choose a verdict in the filter."""
    browser.find_element("xpath", f"//select[@id='verdict']/option[.='{outcome}']").click()


def test_it_is_small_and_never_reads_text_as_markup_or_as_code() -> None:
    assert len(SCRIPT.encode()) <= 6_000
    forbidden = (
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval|Function\(|fetch|XMLHttp|import|\.src|\.href"
    )
    assert re.findall(forbidden, SCRIPT) == []
    assert "</" not in SCRIPT


def test_the_page_is_whole_without_it_and_shows_no_control_that_would_do_nothing(browser, page: Path) -> None:
    visit(browser, page, scripts=False, width=390)
    assert browser.execute_script(OVERFLOW) <= 0
    without = browser.execute_script(TOLD)
    controls = "return [...document.querySelectorAll('button, input, select')].filter(e => e.checkVisibility()).length"
    assert browser.execute_script(controls) == 0
    visit(browser, page)
    assert browser.execute_script(TOLD) == without
    assert browser.execute_script(controls) > 10
    assert complaints(browser) == []


@pytest.mark.parametrize(("column", "name"), [(2, "Observed"), (4, "Margin"), (5, "Images")])
def test_a_column_of_numbers_sorts_up_down_and_back_with_what_is_no_number_last(browser, page: Path, column, name):
    visit(browser, page)
    before = browser.execute_script(COLUMN, column)
    head = browser.find_element("xpath", f"(//table[contains(@class, 'checks')])[last() - 1]//th[{column + 1}]")
    assert head.text.startswith(name)

    def numbers() -> list[float]:
        shown = browser.execute_script(COLUMN, column)
        assert sorted(shown) == sorted(before)
        known = [float(text.replace("−", "-").replace(",", "")) for text in shown if text not in {"–", "not estimable"}]
        assert all(text in {"–", "not estimable"} for text in shown[len(known) :])
        return known

    for order, turned in (("ascending", False), ("descending", True)):
        head.find_element("tag name", "button").click()
        assert head.get_attribute("aria-sort") == order
        assert numbers() == sorted(numbers(), reverse=turned)
    head.find_element("tag name", "button").click()
    assert head.get_attribute("aria-sort") is None
    assert browser.execute_script(COLUMN, column) == before


def test_a_column_of_words_sorts_with_its_numbers_in_their_order(browser, page: Path, sample: Record) -> None:
    visit(browser, page)
    head = browser.find_element("xpath", "(//table[contains(@class, 'checks')])[last() - 1]//th[1]")
    head.find_element("tag name", "button").click()
    shown = browser.execute_script(COLUMN, 0)
    assert sorted(shown) == sorted(verdict.id for verdict in sample.verdicts if verdict.outcome == "PASS")
    assert shown == sorted(shown)
    assert len(browser.find_elements("css selector", "[aria-sort]")) == 1


def test_the_filter_shows_the_checks_with_all_words_and_the_verdict_and_says_how_many(browser, page, sample) -> None:
    visit(browser, page)
    shown = browser.find_element("id", "shown")
    total = len(sample.verdicts)
    assert shown.text == f"{total} of the {total} checks on this page"
    write(browser, "FOG accuracy")
    expected = [v.id for v in sample.verdicts if "fog" in v.id and "accuracy" in v.id]
    assert sorted(browser.execute_script(NAMES)) == sorted(expected)
    assert shown.text == f"{len(expected)} of the {total} checks on this page"
    choose(browser, "FAIL")
    failed = [v.id for v in sample.verdicts if v.id in expected and v.outcome == "FAIL"]
    assert sorted(browser.execute_script(NAMES)) == sorted(failed)
    assert 0 < len(failed) < len(expected)
    write(browser, "nothing is called this")
    assert browser.execute_script(NAMES) == []
    assert shown.text == f"0 of the {total} checks on this page"
    write(browser, " ")
    choose(browser, "any")
    assert len(browser.execute_script(NAMES)) == total


def test_a_filter_opens_the_folds_in_which_it_finds_something(browser, page: Path) -> None:
    visit(browser, page)
    browser.execute_script("document.querySelectorAll('details.group').forEach(e => e.open = false)")
    write(browser, "finite_outputs")
    assert len(browser.execute_script(NAMES)) > 20


def test_paper_shows_all_checks_whatever_is_filtered(browser, page: Path, sample: Record) -> None:
    visit(browser, page)
    write(browser, "fog")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert len(browser.execute_script(NAMES)) == len(sample.verdicts)
    assert not browser.find_element("id", "words").is_displayed()


def test_all_folds_open_and_close_at_once(browser, page: Path) -> None:
    visit(browser, page)
    states = "return [...new Set([...document.querySelectorAll('details')].map(e => e.open))]"
    for label, expected in (("Open all folds", [True]), ("Close all folds", [False])):
        browser.find_element("xpath", f"//button[.='{label}']").click()
        assert browser.execute_script(states) == expected


def test_a_link_into_a_fold_opens_it(browser, page: Path) -> None:
    visit(browser, page)
    browser.execute_script("""
        for (const fold of document.querySelectorAll('details:not([open])')) fold.lastElementChild.id = 'inside';
        const link = document.createElement('a');
        link.href = '#inside';
        link.textContent = 'go';
        document.querySelector('header').append(link);
        link.click();""")
    seen = (
        "const e = document.getElementById('inside'); return e.checkVisibility() && e.getBoundingClientRect().top < 900"
    )
    assert browser.execute_script(seen)


def test_a_page_opened_at_a_folded_part_shows_it(browser, page: Path, tmp_path: Path) -> None:
    text = page.read_text(encoding="utf-8").replace("<details>", '<details><p id="inside">here</p>', 1)
    (tmp_path / "linked.html").write_text(text, encoding="utf-8")
    visit(browser, tmp_path / "linked.html", fragment="#inside")
    assert browser.execute_script("return document.getElementById('inside').checkVisibility()")


def test_printing_opens_all_folds_but_the_raw_record_and_closes_them_again(browser, page: Path) -> None:
    visit(browser, page)
    closed = "return [...document.querySelectorAll('details:not([open])')].map(e => e.className)"
    before = browser.execute_script(closed)
    assert len(before) > 1
    browser.execute_script("dispatchEvent(new Event('beforeprint'))")
    assert browser.execute_script(closed) == ["record"]
    browser.execute_script("dispatchEvent(new Event('afterprint'))")
    assert browser.execute_script(closed) == before
