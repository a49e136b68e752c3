"""The README's picture of a report: its top, what fails first, the heat map, and inputs that fail.

    pytest --robust suites/vision.yaml
    python benchmarks/report_picture.py reports/vision.json -o docs/report.webp

The pieces stand below one another as on the page; what lies between them is left out.
"""

from __future__ import annotations

import argparse
import base64
import io
import sys
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

TESTS = Path(__file__).parents[1] / "tests"
sys.path.append(str(TESTS))
from browser import start, visit  # noqa: E402
from pytest_robust.record import files  # noqa: E402
from pytest_robust.report.html import render  # noqa: E402

WIDTH = 960
PIECES = (
    ("header", "header"),
    ("#failures", "#failures li:nth-child(2)"),
    ("#corruptions", "#corruptions tr:nth-child(7)"),
    ("#counterexamples", "#counterexamples .gallery > li:nth-child(3)"),
)
"""Each from the top of the first element to the bottom of the second."""
BOX = """
    const [first, last] = [...arguments].map(name => document.querySelector(name).getBoundingClientRect());
    return {x: 0, y: first.top + scrollY, width: innerWidth, height: last.bottom - first.top + 4, scale: 1.25};"""


def piece(browser: Any, first: str, last: str) -> Image.Image:
    """One piece of the open page."""
    clip = browser.execute_script(BOX, first, last)
    options = {"format": "png", "captureBeyondViewport": True, "clip": clip}
    taken = browser.execute_cdp_cmd("Page.captureScreenshot", options)["data"]
    return Image.open(io.BytesIO(base64.b64decode(taken))).convert("RGB")


def picture(browser: Any, page: Path) -> Image.Image:
    """All pieces in one column."""
    visit(browser, page, width=WIDTH)
    pieces = [piece(browser, *ends) for ends in PIECES]
    whole = Image.new("RGB", (pieces[0].width, sum(one.height for one in pieces)), "white")
    top = 0
    for one in pieces:
        whole.paste(one, (0, top))
        top += one.height
    return whole


def main(record: Path, target: Path) -> None:
    """Render the record, and write its picture."""
    with tempfile.TemporaryDirectory() as name:
        page = Path(name) / "report.html"
        page.write_text(render(files.load(record)), encoding="utf-8")
        browser = start(Path(name) / "profile")
        picture(browser, page).save(target, "WEBP", quality=82, method=6)
        browser.quit()
    print(f"{target}: {target.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("record", type=Path)
    parser.add_argument("-o", dest="target", type=Path, default=Path("docs/report.webp"))
    arguments = parser.parse_args()
    main(arguments.record, arguments.target)
