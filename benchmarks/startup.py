"""What the plug-in costs a pytest run that does not use it, and what `--robust` costs before its first check.

    python benchmarks/startup.py [RUNS]

Whole processes, in turn, in an empty folder; medians, and the median of the differences to the run beside it. Prints
Markdown.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from machine import ENVIRONMENT, machine

ALONE = ["-p", "no:robust"]
COMMANDS = {"pytest, plug-in installed": [], "pytest --robust": ["--robust"]}


def seconds(arguments: list[str], folder: Path) -> float:
    """One whole run of pytest on one passing test."""
    started = time.perf_counter()
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    subprocess.run(command, cwd=folder, env=ENVIRONMENT, check=True, capture_output=True)
    return time.perf_counter() - started


def main(runs: int) -> None:
    """Measure and print."""
    print(f"{machine('pytest')}. Medians of {runs}.\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "test_nothing.py").write_text("def test_nothing(): pass\n")
        for arguments in (ALONE, *COMMANDS.values()):
            seconds(arguments, folder)
        rows = [[seconds(arguments, folder) for arguments in (ALONE, *COMMANDS.values())] for _ in range(runs)]
    without = [row[0] for row in rows]
    print("| one test that passes | ms | more than without |")
    print("|---|---|---|")
    print(f"| pytest without the plug-in | {median(without) * 1000:.0f} | |")
    for place, label in enumerate(COMMANDS, start=1):
        extra = median(row[place] - row[0] for row in rows)
        print(f"| {label} | {median(row[place] for row in rows) * 1000:.0f} | {extra * 1000:+.1f} |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 15)
