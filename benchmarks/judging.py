"""How long judging takes: the metrics and the claims about them on many rows, in one process.

    python benchmarks/judging.py [--rows 1000000] [--repeat 3]

Confidences and scores are drawn, most of them different; those of a second run are rounded to 1/100, so that nearly all
tie. Of the unfamiliar and the familiar each is half. Claims are asked so close to the truth that they run to the last
row, with early stopping, which makes them look several times. Prints Markdown: medians of the process's own seconds,
which other programs do not lengthen, and the most memory that the arrays of a metric and its claim had in use at a
time, over that of one column of numbers.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from statistics import median

import numpy as np
import scipy

from pytest_robust.statistics import Decision, Levels
from pytest_robust.statistics.auroc import placements
from pytest_robust.statistics.calibration import calibration_error
from pytest_robust.statistics.detection import aupr, decide_aupr, decide_auroc, decide_fpr_at_tpr, fpr_at_tpr
from pytest_robust.statistics.ece import decide_ece
from pytest_robust.statistics.selective import (
    augrc,
    aurc,
    coverage_at_risk,
    decide_augrc,
    decide_aurc,
    decide_coverage_at_risk,
    decide_e_aurc,
    decide_risk_at_coverage,
    e_aurc,
    risk_at_coverage,
)

COVERAGE, RISK, NEAR = 0.7, 0.1, 1.0002
LEVELS = Levels()

Measured = tuple[str, Callable[[], float], Callable[[float], Decision]]


def columns(rows: int, grain: int | None) -> tuple[np.ndarray, ...]:
    """Confidence and correctness (rows,), and the scores of either kind (rows / 2,); rounded to 1 / grain."""
    rng = np.random.default_rng(0)
    confidence = 1.0 - rng.random(rows) ** 2
    correct = rng.random(rows) < confidence
    scores = rng.normal(2.0, 1.0, rows // 2), rng.normal(0.0, 1.0, rows // 2)
    if grain is None:
        return confidence, correct, *scores
    return np.round(confidence * grain) / grain, correct, *(np.round(ones * grain) / grain for ones in scores)


def measures(
    confidence: np.ndarray, correct: np.ndarray, unfamiliar: np.ndarray, familiar: np.ndarray
) -> list[Measured]:
    """What is measured: its name, the metric, and a claim that its value is at most a threshold."""
    answers, scores, last = (confidence, correct), (unfamiliar, familiar), {"final": True}
    return [
        (
            "AUROC",
            lambda: placements(*scores).area,
            lambda bound: decide_auroc(*scores, "<=", bound, LEVELS, **last),
        ),
        (
            "AUPR",
            lambda: aupr(*scores, 0.5),
            lambda bound: decide_aupr(*scores, "<=", bound, LEVELS, prevalence=0.5, **last),
        ),
        (
            "FPR at 95 % TPR",
            lambda: fpr_at_tpr(*scores),
            lambda bound: decide_fpr_at_tpr(*scores, "<=", bound, LEVELS, **last),
        ),
        ("AURC", lambda: aurc(*answers), lambda bound: decide_aurc(*answers, "<=", bound, LEVELS, **last)),
        ("E-AURC", lambda: e_aurc(*answers), lambda bound: decide_e_aurc(*answers, "<=", bound, LEVELS, **last)),
        ("AUGRC", lambda: augrc(*answers), lambda bound: decide_augrc(*answers, "<=", bound, LEVELS, **last)),
        (
            "risk at coverage",
            lambda: risk_at_coverage(*answers, COVERAGE),
            lambda bound: decide_risk_at_coverage(*answers, COVERAGE, "<=", bound, LEVELS, **last),
        ),
        (
            "coverage at risk",
            lambda: coverage_at_risk(*answers, RISK),
            lambda bound: decide_coverage_at_risk(*answers, RISK, "<=", bound, LEVELS, **last),
        ),
        (
            "ECE",
            lambda: calibration_error(confidence, correct.astype(np.float64))[1],
            lambda bound: decide_ece(*answers, bound, LEVELS, **last),
        ),
    ]


def seconds(call: Callable[[], object], repeat: int) -> float:
    """The median of so many runs."""
    found = []
    for _ in range(repeat):
        started = time.process_time()
        call()
        found.append(time.process_time() - started)
    return median(found)


def peak(call: Callable[[], object]) -> int:
    """The most bytes in use at a time above those before, numpy's included."""
    tracemalloc.start()
    call()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def table(rows: int, repeat: int) -> str:
    """The results as Markdown."""
    lines = [
        f"| {rows:,} rows | metric, s | claim, s | metric, nearly all tie | claim, nearly all tie | memory, columns |",
        "|---" * 6 + "|",
    ]
    plain, tied = (measures(*columns(rows, grain)) for grain in (None, 100))
    for (name, metric, claim), (_, tied_metric, tied_claim) in zip(plain, tied, strict=True):
        cells = []
        for value, decide in ((metric, claim), (tied_metric, tied_claim)):
            bound = min(1.0, value() * NEAR)
            decide(bound)  # imports, once
            cells += [seconds(value, repeat), seconds(lambda: decide(bound), repeat)]  # noqa: B023  (called at once)
        columns_used = peak(lambda: claim(min(1.0, metric() * NEAR))) / (8 * rows)  # noqa: B023
        lines.append(f"| {name} | {' | '.join(f'{cell:.2f}' for cell in cells)} | {columns_used:.0f} |")
    return "\n".join(lines)


def machine() -> str:
    """One line on what this ran on."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    versions = f"Python {platform.python_version()}, numpy {np.__version__}, scipy {scipy.__version__}"
    return f"{model}, {os.cpu_count()} cores; {versions}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    print(f"{machine()}. Medians of {chosen.repeat}.\n\n{table(chosen.rows, chosen.repeat)}")


if __name__ == "__main__":
    main()
