"""One headless Chromium for all tests of pages: what it asks for, and what it complains of, is written down."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
ARGUMENTS = (
    "--headless=new --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    " --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars"
)
OVERFLOW = "return document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""How many pixels the page is wider than the window."""

COLOURS = """
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
    const contrast = (colour, e) => {
      const [a, b] = [light(rgba(colour)), light(ground(e))];
      return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    };
    const bad = new Set();"""
CONTRASTS = f"""{COLOURS}
    for (const e of document.querySelectorAll('body *')) {{
      const own = [...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim());
      if (!own || e.closest('script, style, title, desc') || !e.getClientRects().length) continue;
      const style = getComputedStyle(e), svg = e.namespaceURI.endsWith('svg');
      const ratio = contrast(svg ? style.fill : style.color, e);
      if (ratio < 4.5) bad.add(`${{e.tagName}}.${{e.getAttribute('class')}} ${{ratio.toFixed(2)}}`);
    }}
    return [...bad];"""
"""Elements whose text has less contrast than WCAG AA asks for."""


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """The browser, or a skip that says what is missing."""
    pytest.importorskip("selenium", reason="selenium is not installed")
    if not (CHROMIUM and DRIVER):
        pytest.skip("chromium and chromedriver are not installed")
    driver = start(tmp_path_factory.mktemp("browser"))
    yield driver
    driver.quit()


def start(profile: Path) -> Any:
    """A fresh browser with a profile of its own."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*ARGUMENTS.split(), f"--user-data-dir={profile}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    options.unhandled_prompt_behavior = "ignore"
    return webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))


def visit(
    browser: Any,
    page: Path,
    *,
    width: int = 1280,
    media: str = "screen",
    scripts: bool = True,
    fragment: str = "",
    **features: str,
) -> None:
    """Open a page afresh at a width, for a medium, with media features such as `prefers_color_scheme="dark"`."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    wanted = {"prefers_color_scheme": "light", **features}
    named = [{"name": name.replace("_", "-"), "value": value} for name, value in wanted.items()]
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": named})
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
    browser.get("about:blank")  # else a new fragment would not load the page again
    forget(browser)
    browser.get(page.as_uri() + fragment)


def forget(browser: Any) -> None:
    """Drop what was written down so far."""
    for kind in ("browser", "performance"):
        browser.get_log(kind)


def complaints(browser: Any) -> list[str]:
    """What the console says since the page was opened: errors, and what its policy refused."""
    return [entry["message"] for entry in browser.get_log("browser")]


def events(browser: Any) -> Iterator[Mapping[str, Any]]:
    """What the browser did since the page was opened: messages of its Network and Page domains."""
    return (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
