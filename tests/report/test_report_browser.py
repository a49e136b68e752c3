"""The page in a real browser: nothing runs, nothing is fetched, nothing overflows, everything can be read."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sample import hostile, record

from pytest_robust.report.html import render

webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
from selenium.common.exceptions import NoAlertPresentException  # noqa: E402
from selenium.webdriver.common.keys import Keys  # noqa: E402

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(not (CHROMIUM and DRIVER), reason="chromium and chromedriver are not installed")

ARGUMENTS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars"
)
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("pages")
    for name, one in (("sample", record()), ("hostile", hostile())):
        (found / f"{name}.html").write_text(render(one), encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def browser(folder: Path) -> Iterator[webdriver.Chrome]:
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*ARGUMENTS.split(), f"--user-data-dir={folder / 'profile'}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.unhandled_prompt_behavior = "ignore"
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    yield driver
    driver.quit()


def visit(browser, folder: Path, name: str, *, width: int = 1280, media: str = "screen", scheme: str = "light") -> None:
    """Open a page afresh at a width, for a medium and a colour scheme."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    browser.get((folder / f"{name}.html").as_uri())


@pytest.mark.parametrize("name", ["sample", "hostile"])
def test_nothing_runs_and_nothing_is_fetched(browser, folder: Path, name: str) -> None:
    browser.get("about:blank")
    browser.get_log("browser")  # what the browser did for itself when it started
    browser.get_log("performance")
    visit(browser, folder, name)
    browser.execute_script(
        "document.querySelectorAll('a, img, summary, code').forEach(e => e.dispatchEvent(new Event('mouseover')))"
    )
    with pytest.raises(NoAlertPresentException):
        _ = browser.switch_to.alert.text
    assert browser.get_log("browser") == []
    asked = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    addresses = {m["params"]["request"]["url"] for m in asked if m["method"] == "Network.requestWillBeSent"}
    assert (folder / f"{name}.html").as_uri() in addresses
    assert {address.partition(":")[0] for address in addresses} <= {"file", "data"}
    assert len([address for address in addresses if address.startswith("file:")]) == 1


def test_pictures_and_figures_are_seen(browser, folder: Path) -> None:
    visit(browser, folder, "sample")
    sizes = browser.execute_script(
        "return [...document.images].map(i => [i.complete, i.naturalWidth, i.naturalHeight])"
    )
    assert len(sizes) == 105
    assert all(size == [True, 32, 32] for size in sizes)
    boxes = browser.execute_script(
        "return [...document.querySelectorAll('svg.figure')]"
        ".map(f => f.getBoundingClientRect()).map(b => [b.width, b.height])"
    )
    assert len(boxes) > 15
    assert all(width > 100 and height > 20 for width, height in boxes)


def test_words_in_figures_do_not_overlap(browser, folder: Path) -> None:
    visit(browser, folder, "sample")
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


@pytest.mark.parametrize("name", ["sample", "hostile"])
@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_the_page_is_never_wider_than_the_window(browser, folder: Path, name: str, width: int) -> None:
    visit(browser, folder, name, width=width)
    assert browser.execute_script(OVERFLOW) <= 0


def test_print_opens_every_fold_but_the_raw_record(browser, folder: Path) -> None:
    visit(browser, folder, "sample", width=720, media="print")
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
    visit(browser, folder, "sample")
    fold = browser.execute_script("return [...document.querySelectorAll('details:not([open]) > summary')][0]")
    browser.execute_script("arguments[0].focus()", fold)
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.execute_script("return arguments[0].parentElement.open", fold)


CONTRASTS = """
    const canvas = new OffscreenCanvas(1, 1).getContext('2d', {willReadFrequently: true});
    const rgba = colour => {
      canvas.clearRect(0, 0, 1, 1);
      canvas.fillStyle = colour;
      canvas.fillRect(0, 0, 1, 1);
      return [...canvas.getImageData(0, 0, 1, 1).data];
    };
    const linear = v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
    const light = colour => {
      const [r, g, b] = colour.slice(0, 3).map(v => linear(v / 255));
      return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const ground = e => {
      for (; e; e = e.parentElement) {
        const colour = rgba(getComputedStyle(e).backgroundColor);
        if (colour[3] === 255) return colour;
      }
      return rgba('Canvas');
    };
    const skipped = '.watermark, script, style, title, desc';
    const bad = new Set();
    for (const e of document.querySelectorAll('body *')) {
      const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
      if (!own || e.closest(skipped) || !e.getClientRects().length) continue;
      const style = getComputedStyle(e), svg = e.namespaceURI.endsWith('svg');
      const [a, b] = [light(rgba(svg ? style.fill : style.color)), light(ground(e))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) bad.add(`${e.tagName}.${e.getAttribute('class')} ${ratio.toFixed(2)}`);
    }
    return [...bad];"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_the_contrast_of_wcag_aa(browser, folder: Path, scheme: str) -> None:
    visit(browser, folder, "sample", scheme=scheme)
    assert browser.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches") == (scheme == "dark")
    assert browser.execute_script(CONTRASTS) == []
