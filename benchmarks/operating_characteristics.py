"""How often verdicts are wrong, and what a proof costs, measured on simulated models. Prints Markdown.

    python benchmarks/operating_characteristics.py [NAME ...] [--models 2000] [--jobs 1]

NAME is a claim type of `tests/operating_characteristics/claim_types`; all of them take about an hour. Errors are
counted on so many models, rows on a quarter of them. The tables of docs/statistics.md are what this prints.
"""

from __future__ import annotations

import argparse
import math
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "tests" / "operating_characteristics"))
import simulation
from claim_types import ClaimType, Cost, all_claim_types

from pytest_robust.statistics import Levels

ALPHA = 0.05
LEVELS = Levels(alpha_pass=ALPHA, alpha_fail=ALPHA)
ALONE = Levels(alpha_pass=ALPHA, alpha_fail=ALPHA, early_stopping=False)
SUITE = Levels(alpha_pass=ALPHA, alpha_fail=0.01 / 100)
"""One claim of a hundred in a suite."""

GAPS = (1, 2, 3, 4, 6)

HEADS = {
    "errors": (
        "claim",
        "rows",
        "false FAIL",
        "false PASS",
        "false FAIL, early part alone",
        "false PASS, early part alone",
    ),
    "costs": (
        "claim",
        "true value",
        "test alone: rows for 80 / 95 %",
        "as run: rows for 80 / 95 %",
        "early part alone stops",
    ),
    "clear": (
        "claim",
        "planned for",
        "rows",
        *(f"holds by {gap}" for gap in GAPS),
        *(f"fails by {gap}" for gap in GAPS),
    ),
}
Rows = dict[str, list[tuple[str, ...]]]


def errors(kind: ClaimType, count: int) -> tuple[str, ...]:
    """Both errors of a model at the threshold: of the whole procedure, asked after every chunk, and of the process."""
    whole = simulation.outcomes(kind, kind.threshold, LEVELS, count)
    alone = [outcome for outcome, _ in simulation.crossings(kind, kind.threshold, kind.rows, ALPHA, count)]
    shares = [found.count(outcome) / count for found in (whole, alone) for outcome in ("FAIL", "PASS")]
    return (f"`{kind.claim}`{aside(kind)}", f"{kind.rows:,}", *(f"{share:.1%}" for share in shares))


def aside(kind: ClaimType) -> str:
    """What a name says beyond the claim."""
    return f" ({kind.name.partition(', ')[2]})" if ", " in kind.name else ""


def cost(kind: ClaimType, one: Cost, count: int) -> tuple[tuple[str, ...], int]:
    """What a proof costs at one true value, and the rows of the test alone for a power of 80 %."""
    find = partial(simulation.rows_for, kind=kind, truth=one.truth, count=count)
    alone = [find(power, levels=ALONE, near=near) for power, near in zip((0.8, 0.95), one.rows, strict=True)]
    as_run = [find(power, levels=LEVELS, near=near) for power, near in zip((0.8, 0.95), alone, strict=True)]
    stops = simulation.stop_quantiles(kind, one.truth, 6 * alone[0], ALPHA, count)
    words = (
        " / ".join(f"{rows:,.0f}" if rows < math.inf else "–" for rows in found) for found in (alone, as_run, stops)
    )
    return (f"`{kind.claim}`", f"{one.truth:g}", *words), alone[0]


def clear(kind: ClaimType, planned: Cost, rows: int, count: int) -> tuple[str, ...]:
    """The share of the rows of a test at the end that early stopping uses, by the distance of the truth."""
    gap = planned.truth - kind.threshold
    cells = []
    for side in (1, -1):
        for factor in GAPS:
            truth = kind.threshold + side * factor * gap
            if not kind.truths[0] - 1e-9 <= truth <= kind.truths[1] + 1e-9:
                cells.append("–")
                continue
            truth = min(max(truth, kind.truths[0]), kind.truths[1])
            cells.append(f"{simulation.rows_used(kind, truth, rows, SUITE, count) / rows:.0%}")
    return (f"`{kind.claim}`", f"{planned.truth:g}", f"{rows:,}", *cells)


def measure(kind: ClaimType, count: int) -> Rows:
    """The lines of one claim type in each table."""
    found: Rows = {"errors": [errors(kind, count)], "costs": [], "clear": []}
    for number, one in enumerate(kind.costs):
        line, rows = cost(kind, one, max(count // 4, 1))
        found["costs"].append(line)
        if number == 0:
            found["clear"].append(clear(kind, one, rows, max(count // 4, 1)))
    return found


def main() -> None:
    kinds = {kind.name: kind for kind in all_claim_types()}
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*kinds, []], help=", ".join(kinds))
    parser.add_argument("--models", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=1)
    arguments = parser.parse_args()
    wanted = [kinds[name] for name in arguments.names or kinds]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        found = list(pool.map(partial(measure, count=arguments.models), wanted))
    for table, heads in HEADS.items():
        print(f"| {' | '.join(heads)} |\n|{' --- |' * len(heads)}")
        for rows in found:
            for line in rows[table]:
                print(f"| {' | '.join(line)} |")
        print()


if __name__ == "__main__":
    main()
