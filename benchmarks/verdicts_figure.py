"""The README's first figure: how often a plain assertion is wrong, and how often a verdict is, by the true accuracy.

    python benchmarks/verdicts_figure.py -o docs/verdicts.svg

The chances are computed, not simulated: see `tests/operating_characteristics/exact_verdicts.py`, whose tests compare
them with simulations of the plug-in itself. Prints the sentences that stand beside the figure.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from markupsafe import Markup

from pytest_robust.report.figures.svg import element, line, linear, text, ticks, x_axis, y_axis
from pytest_robust.statistics import Levels
from pytest_robust.statistics.multiplicity import bonferroni_share

sys.path.append(str(Path(__file__).parents[1] / "tests" / "operating_characteristics"))
from exact_verdicts import naive_green, verdicts

ROWS, THRESHOLD, TRIES, CLAIMS, BUDGET = 1000, 0.9, 3, 100, 0.01
LEVELS = Levels(alpha_pass=0.05, alpha_fail=bonferroni_share(BUDGET, CLAIMS))
BAD, GOOD = 0.89, 0.91

WIDTH, HEIGHT, PANEL = 760.0, 314.0, 380.0
LEFT, RIGHT, TOP, BOTTOM, HEAD = 44.0, 350.0, 104.0, 270.0, 62.0
STYLE = """
text { font: 12px system-ui, -apple-system, "Segoe UI", "Liberation Sans", Arial, sans-serif; fill: #16191d; }
.ground { fill: #ffffff; stroke: #d5d9de; }
.head { font-size: 14px; font-weight: 650; }
.axis-name, .tick { fill: #4d555e; }
.grid { stroke: #e4e7ea; }
.claimed { stroke: #4d555e; stroke-dasharray: 2 3; }
polyline, .key { fill: none; stroke-width: 2.2; }
.naive { stroke: #d55e00; }
.retried { stroke: #d55e00; stroke-dasharray: 6 4; }
.verdict { stroke: #0072b2; stroke-width: 3; }
"""

Curve = tuple[Sequence[float], Sequence[float], str]
"""True accuracies, chances, and the class of the line."""


def figure() -> Markup:
    """The whole file."""
    bad, good = np.linspace(0.86, THRESHOLD, 41), np.linspace(THRESHOLD, 0.94, 41)
    below, above = (verdicts(ROWS, THRESHOLD, truths, LEVELS) for truths in (bad, good))
    wrong: list[Curve] = []
    for tries, name in ((1, "naive"), (TRIES, "retried")):
        wrong += [
            (bad, naive_green(ROWS, THRESHOLD, bad, tries=tries), name),
            (good, 1 - naive_green(ROWS, THRESHOLD, good, tries=tries), name),
        ]
    wrong += [(bad, below.passed, "verdict"), (good, above.failed, "verdict")]
    open_: list[Curve] = [
        ([0.86, 0.94], [0.0, 0.0], "naive"),
        ([*bad, *good], [*below.not_proven, *above.not_proven], "verdict"),
    ]
    keys = (
        ("naive", "assert accuracy >= 0.90"),
        ("retried", f"the same, best of {TRIES} tries on fresh images"),
        ("verdict", "three-valued verdict"),
    )
    return element(
        "svg",
        element("title", "How often a plain assertion and a three-valued verdict are wrong, by the true accuracy"),
        element("desc", sentences()),
        element("style", Markup(STYLE)),
        element("rect", x=0.5, y=0.5, width=WIDTH - 1, height=HEIGHT - 1, rx=6, class_="ground"),
        text(14, 24, f"accuracy >= 0.90, judged on {ROWS:,} images", class_="head"),
        *(legend(x, *key) for x, key in zip((14, 212, 520), keys, strict=True)),
        panel(12, "chance of a wrong answer", wrong, note=("green, though bad", "red, though good")),
        panel(PANEL + 12, "chance of “not proven”", open_),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        width=WIDTH,
        height=HEIGHT,
        role="img",
    )


def legend(x: float, name: str, words: str) -> Markup:
    """A stroke and what it means."""
    return element("g", element("line", x1=x, x2=x + 26, y1=44, y2=44, class_=f"key {name}"), text(x + 32, 48, words))


def panel(left: float, name: str, curves: Sequence[Curve], *, note: tuple[str, str] | None = None) -> Markup:
    """One pair of axes with its curves; `note` is written on either side of the claimed accuracy."""
    x, y = linear((0.86, 0.94), (LEFT, RIGHT)), linear((0, 1), (BOTTOM, TOP))
    raised = linear((0, 1), (BOTTOM - HEAD, TOP - HEAD))  # the axis's name is written at the top of its own ground
    at = [0.86, 0.88, 0.9, 0.92, 0.94]
    middle = x(THRESHOLD)
    words = (
        ()
        if note is None
        else (
            text(middle - 8, TOP - 6, f"{note[0]} ←", anchor="end"),
            text(middle + 8, TOP - 6, f"→ {note[1]}"),
        )
    )
    return element(
        "g",
        element("g", y_axis(raised, ticks(0, 1), LEFT, right=RIGHT, name=name), transform=f"translate(0 {HEAD:g})"),
        x_axis(x, at, BOTTOM, top=TOP, name="true accuracy", labels=[f"{value:.2f}" for value in at]),
        element("line", x1=middle, x2=middle, y1=TOP, y2=BOTTOM, class_="claimed"),
        *words,
        *(line([(x(a), y(b)) for a, b in zip(*curve[:2], strict=True)], curve[2]) for curve in curves),
        transform=f"translate({left:g} 0)",
    )


def sentences() -> str:
    """What the figure says, for the README."""
    truths = np.array([BAD, GOOD])
    naive, retried = naive_green(ROWS, THRESHOLD, truths), naive_green(ROWS, THRESHOLD, truths, tries=TRIES)
    ours = verdicts(ROWS, THRESHOLD, truths, LEVELS)
    return (
        f"On {ROWS:,} images, `assert accuracy >= 0.90` passes a model whose true accuracy is {BAD} in {naive[0]:.0%} "
        f"of runs, in {retried[0]:.0%} where a red run may be tried again twice, and turns a model of {GOOD} red in "
        f"{1 - naive[1]:.0%}. A verdict in a suite of {CLAIMS} claims passes the first in {ours.passed[0]:.1%} of runs "
        f"and fails the second in {ours.failed[1] * 1e6:.0f} of a million; the price is that both are mostly *not "
        "proven*, and it says how many more images would settle them."
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("-o", "--output", type=Path, default=Path("verdicts.svg"))
    output = parser.parse_args().output
    output.write_text(f"{figure()}\n", encoding="utf-8")
    print(sentences())


if __name__ == "__main__":
    main()
