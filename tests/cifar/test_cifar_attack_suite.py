"""A suite of attacks on real networks: one trained against them, an ordinary one, and one that only hides its gradient.

The three networks get the same rows, so that what is known of the one can be held against the other.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import pytest
from resnet20 import DATA

pytestmark = pytest.mark.skipif(
    not DATA.is_dir(), reason="shared/data/cifar10 is absent: it is not part of the project"
)

ROWS = 24
INSTALLED = importlib.util.find_spec("pyautoattack") is not None

SUITE = """
seed: 20
model: {adapter: torch, source: MODEL}
data: {test: ROOM}
statistics: {early_stopping: false, rows: ROWS}
batch: ROWS
scenarios:
  clean: {generate: clean, require: accuracy >= 0.01}
  white:
    generate: [pgd, {apgd_ensemble: {profile: quick}}, {fmn: {steps: 60}}]
    epsilon: EPSILON
    require: finite_outputs
  black:
    generate: {square: {queries: 120}}
    epsilon: EPSILON
    require: finite_outputs
  reference:
    generate: {autoattack: {profile: quick}}
    epsilon: EPSILON
    require: finite_outputs
"""

HIDING = """
import sys
import torch
sys.path.insert(0, FOLDER)
from resnet20 import load

class Quantised(torch.nn.Module):
    '''A defence that was published more than once: the input is rounded to few levels, and rounding has no slope.'''

    def __init__(self):
        super().__init__()
        self.network = load()

    def forward(self, pixels):
        return self.network((pixels * 85).round() / 85)

def quantised():
    return Quantised()
"""


def ran(folder: Path, model: str, epsilon: str, scenarios: str = SUITE) -> dict[str, dict]:
    """The record's cells by name."""
    text = scenarios.replace("MODEL", model).replace("ROOM", str(DATA / "test.npz"))
    (folder / "attacks.yaml").write_text(text.replace("EPSILON", epsilon).replace("ROWS", str(ROWS)))
    command = [sys.executable, "-m", "pytest", "--robust", "attacks.yaml", "--rootdir", ".", "-p", "no:cacheprovider"]
    options = ["--robust-reports", ".", "--robust-cache", "cache"]
    done = subprocess.run([*command, *options], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    record = json.loads((folder / "attacks.json").read_text())
    outcomes = {verdict["id"]: verdict["outcome"] for verdict in record["verdicts"]}
    missing = {name for name, outcome in outcomes.items() if outcome == "NOT RUN"}
    assert missing == (set() if INSTALLED else {name for name in outcomes if name.startswith("reference")})
    return {cell["cell"]: cell for cell in record["cells"]}


def standing(cell: dict) -> int:
    return round(cell["accuracy"] * cell["n"])


NETWORKS = str(Path(__file__).with_name("resnet20.py"))


def test_all_kinds_of_attacks_on_a_network_trained_against_them_agree_and_raise_no_caution(tmp_path):
    cells = ran(tmp_path, f"{NETWORKS}:load_adversarial", "8/255")
    assert {cell["n"] for cell in cells.values()} == {ROWS}
    left = {label.removesuffix("-8/255"): standing(cell) for label, cell in cells.items()}
    strong = left["apgd_ensemble"]
    assert 2 < strong <= left["pgd"] <= strong + 3
    assert strong <= left["fmn"] <= strong + 3
    assert left["pgd"] <= left["square"] < left["clean"]
    if INSTALLED:
        assert abs(left["autoattack"] - strong) <= 1
    assert [cell["cautions"] for cell in cells.values()] == [[]] * len(cells)


def test_an_ordinary_network_falls_and_raises_no_caution(tmp_path):
    """It falls to one level of 255; that is honest, and no reason to doubt the attack."""
    cells = ran(tmp_path, f"{NETWORKS}:load", "1/255", without_the_long_ones("[pgd, {fmn: {steps: 60}}]"))
    left = {label.removesuffix("-1/255"): standing(cell) for label, cell in cells.items()}
    assert abs(left["fmn"] - left["pgd"]) <= 2
    assert left["pgd"] < left["clean"] / 2
    assert left["pgd"] < left["square"] <= left["clean"]
    assert [cell["cautions"] for cell in cells.values()] == [[]] * len(cells)


def without_the_long_ones(white: str) -> str:
    """The suite with other white boxes, and without the reference."""
    scenarios = SUITE.replace("[pgd, {apgd_ensemble: {profile: quick}}, {fmn: {steps: 60}}]", white)
    return scenarios[: scenarios.index("  reference:")]


def test_a_network_that_hides_its_gradient_is_seen_through(tmp_path):
    (tmp_path / "hiding.py").write_text(HIDING.replace("FOLDER", repr(str(Path(__file__).parent))))
    cells = ran(tmp_path, "hiding.py:quantised", "4/255", without_the_long_ones("pgd"))
    clean, pgd, square = (standing(cells[name]) for name in ("clean", "pgd-4/255", "square-4/255"))
    assert pgd == clean, "it looks as if nothing could harm it"
    assert square < clean
    blind, huge, asked = cells["pgd-4/255"]["cautions"]
    assert blind.startswith(f"the gradient was zero or not finite for {pgd} of {ROWS} rows")
    assert huge.startswith("at epsilon 1, which allows every image, the attack did not fool the model for")
    assert asked == (
        f"black::square-4/255, which only asks, left {square} of {ROWS} rows right where this attack, which follows "
        f"gradients, left {pgd}"
    )
    assert cells["square-4/255"]["cautions"] == []
