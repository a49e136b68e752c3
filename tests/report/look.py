"""Pictures of every section of a report, as it looks on screen, in the dark, on paper and on a phone: for developers.

    python tests/report/look.py reports/vision.html -o looks

A reviewer looks at each; what looks wrong is mended in the style sheets.
"""

from __future__ import annotations

import argparse
import base64
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from browser import start, visit

LOOKS: dict[str, dict[str, Any]] = {
    "light": {},
    "dark": {"prefers_color_scheme": "dark"},
    "print": {"media": "print", "width": 700},
    "phone": {"width": 390},
}
TALLEST = 8_000
"""Pixels of a picture; what is below is more of the same."""
BOXES = """
    return [...document.querySelectorAll('header, section')].map(e => {
      const {y, height} = e.getBoundingClientRect();
      return [e.id || 'top', {x: 0, y: y + scrollY, width: innerWidth, height}];
    });"""


def look(browser: Any, page: Path, folder: Path, name: str) -> None:
    """Write one picture a section."""
    visit(browser, page, **LOOKS[name])
    for number, (section, box) in enumerate(browser.execute_script(BOXES)):
        clip = {**box, "height": min(box["height"], TALLEST), "scale": 1}
        options = {"format": "png", "captureBeyondViewport": True, "clip": clip}
        picture = browser.execute_cdp_cmd("Page.captureScreenshot", options)["data"]
        (folder / f"{number:02}-{section}-{name}.png").write_bytes(base64.b64decode(picture))


def main(page: Path, folder: Path) -> None:
    """Take all pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as profile:
        browser = start(Path(profile))
        for name in LOOKS:
            look(browser, page.resolve(), folder, name)
        browser.quit()
    print(f"{len(list(folder.glob('*.png')))} pictures in {folder}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("page", type=Path, metavar="REPORT.html")
    parser.add_argument("-o", dest="folder", type=Path, default=Path("looks"), metavar="DIR")
    arguments = parser.parse_args()
    main(arguments.page, arguments.folder)
