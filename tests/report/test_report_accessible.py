"""The page for everybody: axe-core finds nothing, the keyboard reaches everything, and no colour tells alone."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import pytest
from complete import complete, large

from browser import COLOURS, CONTRASTS, visit
from pytest_robust.record import Record, files
from pytest_robust.report.html import render

SHIPPED = Path(__file__).parents[2] / "reports" / "vision.json"
LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"prefers_color_scheme": "dark"},
    "phone": {"width": 390},
    "forced colours": {"prefers_color_scheme": "dark", "forced_colors": "active"},
}
OF_MANY = [
    *(
        "aria-valid-attr-value",
        "duplicate-id-aria",
        "empty-table-header",
        "heading-order",
        "image-alt",
        "landmark-unique",
    ),
    *("link-name", "list", "scope-attr-valid", "scrollable-region-focusable", "svg-img-alt", "th-has-data-cells"),
]
"""What more of the same may break."""
HELPING = "grid|band|holds|hatch"
"""Classes of what only helps the eye in a figure; everything else carries something."""
PAINTED = f"""{COLOURS}
    for (const e of document.querySelectorAll('.figure :is(rect, circle, line, polyline, path, polygon), .mark')) {{
      if (/{HELPING}/.test(e.getAttribute('class')) || !e.getClientRects().length) continue;
      const style = getComputedStyle(e);
      const solid = [style.fill, style.stroke].filter(colour => colour !== 'none' && rgba(colour)[3] === 255);
      const best = Math.max(0, ...solid.map(colour => contrast(colour, e)));
      if (best < 3) bad.add(`${{e.tagName}}.${{e.getAttribute('class')}} ${{best.toFixed(2)}}`);
    }}
    return [...bad];"""
MOVING = """
    return [...document.querySelectorAll('*')].map(e => getComputedStyle(e))
      .filter(s => s.animationName !== 'none' || !/^0s(, 0s)*$/.test(s.transitionDuration)).length"""
REACHABLE = """
    const wanted = [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex]')]
      .filter(e => e.checkVisibility());
    window.reached = [];
    document.addEventListener('focusin', event => {
      const {outlineStyle, outlineWidth} = getComputedStyle(event.target);
      const {width, height} = event.target.getBoundingClientRect();
      const outlined = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
      window.reached.push([wanted.indexOf(event.target), outlined && width > 1 && height > 1]);
    });
    return wanted.length;"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("pages")
    records = {"thin": thin(complete()), "large": large(200)}
    if SHIPPED.exists():
        records["shipped"] = files.load(SHIPPED)
    for name, record in records.items():
        (found / f"{name}.html").write_text(render(record), encoding="utf-8")
    return found


def thin(record: Record) -> Record:
    """The record with fewer checks and all else: as many kinds of elements, and quicker to look through."""
    seldom = {"ERROR", "NOT RUN"}
    few = [v for number, v in enumerate(record.verdicts) if number % 6 == 0 or v.slices or v.outcome in seldom]
    return record.model_copy(update={"verdicts": few})


@pytest.fixture(scope="module")
def axe() -> str:
    try:
        package = distribution("axe-playwright-python")
    except PackageNotFoundError:
        pytest.skip("axe-playwright-python, which holds axe-core, is not installed")
    return Path(str(package.locate_file("axe_playwright_python/axe.min.js"))).read_text(encoding="utf-8")


def violations(browser: Any, axe: str, **options: Any) -> list[str]:
    """What axe-core finds in the open page: impact, rule and the first elements."""
    browser.set_script_timeout(120)
    browser.execute_script(axe)
    run = "const done = arguments[1]; axe.run(document, arguments[0]).then(found => done(found.violations))"
    found = browser.execute_async_script(run, {"resultTypes": ["violations"], **options})
    return [f"{v['impact']} {v['id']}: {json.dumps([node['html'][:150] for node in v['nodes'][:3]])}" for v in found]


@pytest.mark.parametrize("look", ["light", "dark", "phone"])
def test_axe_finds_nothing(browser, folder: Path, axe: str, look: str) -> None:
    visit(browser, folder / "thin.html", **LOOKS[look])
    assert violations(browser, axe) == []


def test_axe_finds_nothing_in_the_shipped_suites_report(browser, folder: Path, axe: str) -> None:
    if not SHIPPED.exists():
        pytest.skip("the shipped suite was not run here: pytest --robust suites/vision.yaml")
    visit(browser, folder / "shipped.html")
    assert browser.execute_script(CONTRASTS) == []
    slow = {name: {"enabled": False} for name in ("color-contrast", "region")}
    assert violations(browser, axe, rules=slow) == []


def test_axe_finds_nothing_where_there_is_much(browser, folder: Path, axe: str) -> None:
    visit(browser, folder / "large.html")
    assert browser.execute_script(CONTRASTS) == []
    assert violations(browser, axe, runOnly=OF_MANY) == []


@pytest.mark.parametrize("look", LOOKS)
def test_text_and_graphics_can_be_told_from_their_ground(browser, folder: Path, look: str) -> None:
    visit(browser, folder / "thin.html", **LOOKS[look])
    assert browser.execute_script(CONTRASTS) == []
    assert browser.execute_script(PAINTED) == []


def test_nothing_moves(browser, folder: Path) -> None:
    visit(browser, folder / "thin.html")
    assert browser.execute_script(MOVING) == 0


@pytest.mark.parametrize("width", [1280, 390])
def test_tab_reaches_everything_in_its_order_and_shows_where_it_is(browser, folder: Path, width: int) -> None:
    from selenium.webdriver.common.keys import Keys

    visit(browser, folder / "thin.html", width=width)
    many = browser.execute_script(REACHABLE)
    assert many > 40
    browser.switch_to.active_element.send_keys(Keys.TAB * many)
    reached = browser.execute_script("return window.reached")
    assert [number for number, _ in reached] == list(range(many))
    assert all(seen for _, seen in reached)


def test_the_first_key_skips_to_the_decision(browser, folder: Path) -> None:
    from selenium.webdriver.common.keys import Keys

    visit(browser, folder / "thin.html")
    browser.switch_to.active_element.send_keys(Keys.TAB)
    skip = browser.switch_to.active_element
    assert skip.text == "Skip to the decision"
    assert skip.is_displayed()
    skip.send_keys(Keys.ENTER)
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.execute_script("return document.activeElement.closest('section').id") == "decision"
