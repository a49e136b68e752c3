"""How long a report takes to render from its record, how large it is, and how long a browser takes to open it.

    python benchmarks/report.py [--runs N]

Records with every part filled, the larger ones of 1,000 classes. Medians; the browser is Chromium, headless, from a
file, until the end of its load event. Prints Markdown.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from machine import machine

TESTS = Path(__file__).parents[1] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "report")]

from complete import complete, large  # noqa: E402

from browser import CHROMIUM, DRIVER, start, visit  # noqa: E402
from pytest_robust.record import Record  # noqa: E402
from pytest_robust.report.html import render  # noqa: E402

OPENED = "return performance.getEntriesByType('navigation')[0].loadEventEnd"


def seconds(record: Record) -> tuple[float, str]:
    """How long one rendering takes, and the page."""
    started = time.perf_counter()
    page = render(record)
    return time.perf_counter() - started, page


def opened(browser: Any, page: Path) -> float:
    """Milliseconds from the start of the navigation to the end of its load event."""
    visit(browser, page)
    return float(browser.execute_script(OPENED))


def main(runs: int) -> None:
    """Measure and print."""
    print(f"{machine('jinja2', 'pydantic', 'selenium')}. Medians of {runs}.\n")
    print("| checks | record, MB | rendered in, s | s for 1,000 checks | page, MB | opened in, ms |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        page = Path(name) / "page.html"
        browser = start(Path(name) / "profile") if CHROMIUM and DRIVER else None
        for record in (complete(), large(200), large(5_000)):
            many, size = len(record.verdicts), len(record.model_dump_json()) / 1e6
            times, pages = zip(*(seconds(record) for _ in range(runs)), strict=True)
            page.write_text(pages[0], encoding="utf-8")
            took = median(times)
            shown = f"{median(opened(browser, page) for _ in range(runs)):.0f}" if browser else "-"
            row = f"{size:.1f} | {took:.2f} | {took / many * 1000:.2f} | {page.stat().st_size / 1e6:.2f} | {shown}"
            print(f"| {many:,} | {row} |")
        if browser:
            browser.quit()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5)
    main(parser.parse_args().runs)
