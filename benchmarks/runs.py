"""How long whole runs take: made anew with one process and with two, judged again from the cache, and only collected.

    python benchmarks/runs.py [--rows 4000] [--repeat 3]

Whole processes of `pytest --robust`, in turn, on a suite of a ResNet-20 with random weights, random images of 32 x 32
pixels and twenty-two cells, without early stopping. Prints Markdown: medians of the seconds, and of the ratios of
neighbours. Two records of one suite are compared as the tests compare them: all verdicts, and the evidence's summaries.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
from machine import ENVIRONMENT, machine

NETWORKS = Path(__file__).parents[1] / "tests" / "cifar"
LOAD = f"""
import sys
import torch

sys.path.append({str(NETWORKS)!r})
from resnet20 import ResNet20

def load():
    torch.manual_seed(0)
    return ResNet20((0.5,) * 3, (0.25,) * 3)
"""
SOME = "gaussian_noise, motion_blur, fog, jpeg_compression, contrast, brightness, pixelate"
GENERATORS = f"{SOME}, shear, snow, saturate"
SUITE = f"""
model: {{adapter: torch, source: network.py:load}}
data: {{test: rows.npz}}
statistics: {{early_stopping: false}}
require: [finite_outputs, accuracy >= 0.001, brier <= 1.99, nll <= 16, ece <= 0.999]
scenarios:
  clean: {{generate: clean}}
  hard: {{generate: [{SOME}], severity: [1, 3, 5]}}
"""
"""Of twenty-two cells: a worker takes whole ones, and two workers the same number."""
MANY = """
model: {adapter: torch, source: network.py:load}
data: {test: rows.npz}
require: [finite_outputs, accuracy >= 0.5]
scenarios:
"""
FAMILY = f"  family-{{number}}: {{{{generate: [{GENERATORS}], severity: [1, 2, 3, 4, 5]}}}}\n"
COLLECTED = 100
"""Families, of a hundred checks each."""


def seconds(folder: Path, *arguments: str) -> tuple[float, str]:
    """One whole run, and what it printed."""
    command = [sys.executable, "-m", "pytest", "--robust", *arguments]
    started = time.perf_counter()
    ran = subprocess.run(command, cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=False)
    took = time.perf_counter() - started
    if ran.returncode not in (0, 1):
        raise SystemExit(ran.stdout[-2000:] + ran.stderr)
    return took, ran.stdout


def verdicts(folder: Path) -> object:
    """What a record says that is no matter of time."""
    record = json.loads((folder / "reports" / "suite.json").read_text())
    return record["verdicts"], record["cells"]


def prepare(folder: Path, rows: int) -> None:
    """The suites, the network and the rows."""
    rng = np.random.default_rng(0)
    np.savez(
        folder / "rows.npz",
        images=rng.integers(0, 256, (rows, 32, 32, 3), dtype=np.uint8),
        labels=rng.integers(0, 10, rows),
    )
    (folder / "network.py").write_text(LOAD)
    (folder / "suite.yaml").write_text(SUITE)
    (folder / "many.yaml").write_text(MANY + "".join(FAMILY.format(number=n) for n in range(COLLECTED)))
    (folder / "pytest.ini").write_text("[pytest]\n")


def anew(folder: Path, *arguments: str) -> tuple[float, str]:
    """A run with nothing in the cache."""
    for kept in (".robust", ".pytest_cache"):
        shutil.rmtree(folder / kept, ignore_errors=True)
    return seconds(folder, "suite.yaml", *arguments)


def judged(folder: Path, suite: str) -> tuple[float, float]:
    """Seconds of a run that asks the model nothing; and of these what is neither start-up nor loading the model."""
    (folder / "suite.yaml").write_text(suite)
    took, _ = seconds(folder, "suite.yaml", "--robust-profile")
    run = json.loads((folder / "reports" / "suite.json").read_text())["run"]
    if run["predictions"] or not run["cached"]:
        raise SystemExit("the model was asked again")
    (folder / "suite.yaml").write_text(SUITE)
    spent = run["profile"]["spent"]
    return took, sum(spent.values()) - spent["model"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=4000)
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    print(f"{machine('pytest', 'pytest-xdist', 'torch')}. {chosen.rows:,} rows; medians of {chosen.repeat}.\n")
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        prepare(folder, chosen.rows)
        seconds(folder, "suite.yaml", "--collect-only", "-q")  # compiles what Python compiles once
        one, two, again, changed, collected = [], [], [], [], []
        for _ in range(chosen.repeat):
            two.append(anew(folder, "-n", "2")[0])
            told = verdicts(folder)
            one.append(anew(folder)[0])
            if verdicts(folder) != told:
                raise SystemExit("one process and two came to different records")
            again.append(judged(folder, SUITE))
            changed.append(judged(folder, SUITE.replace("brier <= 1.99", "brier <= 1.98")))
            collected.append(seconds(folder, "many.yaml", "--collect-only", "-q")[0])
        checks = len(told[0])
    ratio = median(slow / fast for slow, fast in zip(one, two, strict=True))
    print(f"| a run of {checks} checks | s | |\n|---|---|---|")
    print(f"| anew, one process | {median(one):.1f} | |")
    print(f"| anew, `-n 2` | {median(two):.1f} | {ratio:.2f} times the throughput; the same record |")
    for name, found in (("again, from the cache", again), ("again, one threshold changed", changed)):
        times, judging = zip(*found, strict=True)
        print(f"| {name} | {median(times):.1f} | {median(judging) / checks * 100:.2f} s for 100 checks |")
    print(f"| `--collect-only` of {COLLECTED * 100:,} other checks | {median(collected):.1f} | |")


if __name__ == "__main__":
    main()
