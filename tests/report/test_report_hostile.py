"""Nothing from a suite, a class, a file, a model or a plug-in can run in the page, or make it ask for anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from complete import complete
from hostile import ATTACKS, held, hostile, lengthened, mixed, signatures, texts
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import read

from browser import OVERFLOW, complaints, events, visit
from pytest_robust.record import Record
from pytest_robust.report.html import render

PAGES = {"first": mixed(), "second": mixed(7), "third": mixed(13), "long": lengthened}
STRUCTURE = """
    const page = document.body.cloneNode(true);
    return {
      sections: [...page.querySelectorAll('section')].map(e => e.id),
      tags: [...new Set([...page.querySelectorAll('*')].map(e => e.tagName))].sort(),
      scripts: page.querySelectorAll('script').length,
      handlers: [...page.querySelectorAll('*')].flatMap(e => [...e.attributes])
        .map(a => a.name).filter(name => name.startsWith('on') || name === 'style'),
    };"""
TOUCH = """
    for (const e of document.querySelectorAll('body *')) {
      for (const kind of ['mouseover', 'focus', 'pointerenter', 'toggle']) e.dispatchEvent(new Event(kind));
      if (e.matches('summary, button, a')) e.click();
    }"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("hostile")
    (found / "benign.html").write_text(render(complete()), encoding="utf-8")
    for name, attack in PAGES.items():
        (found / f"{name}.html").write_text(render(hostile(attack), signatures(attack)), encoding="utf-8")
    return found


def test_there_is_an_attack_in_every_text_that_a_record_can_hold() -> None:
    reached = {
        (model, field) for model, field, text in held(hostile(mixed())) if any(attack in text for attack in ATTACKS)
    }
    by_design = {("Record", "schema_version"), ("CellSummary", "right_rows")}
    assert set(texts(Record)) - reached <= by_design


@pytest.mark.parametrize("name", PAGES)
def test_nothing_runs_nothing_is_asked_for_and_no_section_is_missing(browser, folder: Path, name: str) -> None:
    visit(browser, folder / "benign.html")
    benign = browser.execute_script(STRUCTURE)
    page = folder / f"{name}.html"
    visit(browser, page)
    browser.execute_script(TOUCH)
    found = browser.execute_script(STRUCTURE)
    happened = list(events(browser))
    assert not [event for event in happened if event["method"] == "Page.javascriptDialogOpening"]
    asked = {event["params"]["request"]["url"] for event in happened if event["method"] == "Network.requestWillBeSent"}
    assert {address.partition("#")[0] for address in asked if not address.startswith("data:image/")} == {page.as_uri()}
    assert complaints(browser) == []
    assert found["sections"] == benign["sections"]
    assert set(found["tags"]) <= set(benign["tags"])
    assert found["scripts"] == (benign["scripts"] if name != "long" else 1), "texts of 10 kB leave no room for a record"
    assert found["handlers"] == []
    assert browser.execute_script(OVERFLOW) <= 0


@given(text=st.lists(st.sampled_from(ATTACKS) | st.text(max_size=40), min_size=1, max_size=4).map("".join))
@settings(max_examples=8)
def test_any_mixture_of_texts_stays_text(text: str) -> None:
    record = complete()
    verdict = record.verdicts[4].model_copy(update={"claim": text, "xfail": text, "reason": text, "tags": [text]})
    suite = record.suite.model_copy(update={"name": text, "path": text, "text": text})
    few = {"suite": suite, "verdicts": [verdict], "cells": record.cells[:3], "comparison": None, "hazards": []}
    changed = record.model_copy(update=few)
    page = read(render(changed))
    assert Record.model_validate_json(page.one("script", id="record").text) == changed
    assert len(page.all("script")) == 2
    assert {node.tag for node in page.all()} <= {node.tag for node in read(render(record)).all()}
