"""Run the benchmarks and put what they print into docs/benchmarks.md.

    python benchmarks/page.py [corruptions] [attacks] [overhead] [runs] [report] [startup] [near_duplicates]

On the page each command stands in a comment above what it printed. All of them are run unless some are named.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "benchmarks.md"
PART = re.compile(r"<!-- python (benchmarks/(\w+)\.py.*?) -->\n.*?<!-- end -->", re.DOTALL)


def renewed(part: re.Match[str]) -> str:
    """The part with what its command prints now, or as it was where it is not asked for."""
    command, name = part.groups()
    if sys.argv[1:] and name not in sys.argv[1:]:
        return part[0]
    print(f"python {command}", file=sys.stderr)
    ran = [sys.executable, *shlex.split(command)]
    printed = subprocess.run(ran, cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
    return f"<!-- python {command} -->\nMeasured on {datetime.now(UTC).date()}. {printed}\n<!-- end -->"


if __name__ == "__main__":
    PAGE.write_text(PART.sub(renewed, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
