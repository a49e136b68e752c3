"""The page in a real browser: nothing overflows, nothing is hidden, everything can be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from complete import complete
from hostile import hostile, mixed

from browser import OVERFLOW, visit
from pytest_robust.report.html import render


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("pages")
    for name, one in (("complete", complete()), ("hostile", hostile(mixed()))):
        (found / f"{name}.html").write_text(render(one), encoding="utf-8")
    return found


def test_pictures_and_figures_are_seen(browser, folder: Path) -> None:
    visit(browser, folder / "complete.html")
    sizes = browser.execute_script(
        "return [...document.images].map(i => [i.complete, i.naturalWidth, i.naturalHeight])"
    )
    shown = [example for verdict in complete().verdicts for example in verdict.counterexamples]
    of_sections = sum(len(section.pictures) for section in complete().sections)
    assert len(sizes) == 5 * len(shown) + of_sections > 200
    assert all(size == [True, 32, 32] for size in sizes)
    boxes = browser.execute_script(
        "return [...document.querySelectorAll('svg.figure')].filter(f => !f.closest('details:not([open])'))"
        ".map(f => f.getBoundingClientRect()).map(b => [b.width, b.height])"
    )
    assert len(boxes) > 15
    assert all(width > 100 and height >= 20 for width, height in boxes)


@pytest.mark.parametrize("width", [390, 1280])
def test_a_frame_lies_around_the_part_of_the_picture_that_was_changed(browser, folder: Path, width: int) -> None:
    """In `complete.py`, of 8 x 8 pixels 4 x 3 that begin 2 from the top, and the first one 0 from the left."""
    visit(browser, folder / "complete.html", width=width)
    off = browser.execute_script("""
        const frame = document.querySelector('svg.frame'), picture = frame.parentElement.querySelector('img');
        const lines = [...frame.querySelectorAll('rect')];
        const box = picture.getBoundingClientRect(), line = lines[0].getBoundingClientRect(), side = box.width - 2;
        const wanted = [box.left + 1, box.top + 1 + side / 4, side * 3 / 8, side / 2];
        const found = [line.left, line.top, line.width, line.height];
        return [wanted.map((want, place) => Math.abs(want - found[place])),
                lines.map(one => getComputedStyle(one).stroke)];""")
    assert max(off[0]) < 0.5
    assert off[1] == ["rgb(0, 0, 0)", "rgb(255, 255, 255)"]


def test_words_in_figures_do_not_overlap(browser, folder: Path) -> None:
    visit(browser, folder / "complete.html")
    overlaps = browser.execute_script("""
        const found = [];
        for (const figure of document.querySelectorAll('svg.figure')) {
          const words = [...figure.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]);
          words.forEach(([a, p], i) => words.slice(i + 1).forEach(([b, q]) => {
            const wide = Math.min(p.right, q.right) - Math.max(p.left, q.left);
            const high = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
            if (wide > 1 && high > 3) found.push(`${a} / ${b} in ${figure.querySelector('title').textContent}`);
          }));
        }
        return found;""")
    assert overlaps == []


@pytest.mark.parametrize("name", ["complete", "hostile"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_is_never_wider_than_the_window(browser, folder: Path, name: str, width: int) -> None:
    visit(browser, folder / f"{name}.html", width=width)
    assert browser.execute_script(OVERFLOW) <= 0


def test_print_opens_every_fold_but_the_raw_record(browser, folder: Path) -> None:
    visit(browser, folder / "complete.html", width=720, media="print")
    hidden = browser.execute_script(
        "return [...document.querySelectorAll('details')].filter(d => [...d.children].slice(1)"
        ".some(c => c.getBoundingClientRect().height < 1)).map(d => d.className)"
    )
    assert hidden == ["record"]
    assert browser.execute_script(OVERFLOW) <= 0
    heads = browser.execute_script(
        "return [...document.querySelectorAll('thead')].map(t => getComputedStyle(t).display)"
    )
    assert set(heads) == {"table-header-group"}


def test_folds_open_from_the_keyboard(browser, folder: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    visit(browser, folder / "complete.html")
    fold = browser.execute_script("return [...document.querySelectorAll('details:not([open]) > summary')][0]")
    browser.execute_script("arguments[0].focus()", fold)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.execute_script("return arguments[0].parentElement.open", fold)


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (390, 844)])
def test_the_first_screen_says_whether_to_release_why_not_and_what_next(browser, folder: Path, width, height) -> None:
    visit(browser, folder / "complete.html", width=width)
    answer = browser.find_element("class name", "answer")
    word, why, following = answer.text.split("\n", 1)[0], answer.text.index("Why"), answer.text.index("Next")
    assert word == "NO-GO"
    assert why < following
    assert answer.location["y"] + answer.size["height"] <= height
