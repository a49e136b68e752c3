"""A small real project: a numpy model, an .npz data set, two cheap generators, and a suite of 7 checks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

# pytester puts sys.modules back after each run in process. What is loaded here is not loaded again and again, and numpy
# cannot be loaded twice.
import hypothesis.internal.observability  # noqa: F401
import numpy as np
import pytest

import pytest_robust.pytest_support.activation
import pytest_robust.report.html  # noqa: F401
from pytest_robust import adapters, datasets, generators, properties
from pytest_robust.record import Record, Verdict, files

for registry in (adapters.registry, datasets.registry, generators.registry, properties.registry):
    registry.all()

MODEL = '''
"""Dark or bright? Sees nothing but the mean of the pixels."""
import numpy as np

def answer(images):
    bright = 1 / (1 + np.exp(-(images.mean(axis=(1, 2, 3)) - 128) / 10))
    return np.stack([1 - bright, bright], axis=1)
'''

HARD = '''
"""Two generators: one that the model stands, one that it does not."""
import numpy as np
from pytest_robust import generator

@generator(kind="corruption", scale="severity", levels=(1, 2, 3), risk="Night falls.")
def darken(images, *, severity, seeds):
    return np.clip(images.astype(float) - 45 * severity, 0, 255).astype(np.uint8)

@generator(kind="corruption", scale="severity", levels=(1,), risk="A poor sensor.")
def grain(images, *, severity, seeds):
    noise = np.stack([np.random.default_rng(seed).normal(0, 5, images.shape[1:]) for seed in seeds])
    return np.clip(images + noise, 0, 255).astype(np.uint8)
'''

HEAD = """
seed: 7
model: {adapter: callable, source: model.py:answer, classes: [dark, bright]}
data: {test: rows.npz}
scenarios:
"""

SCENARIOS = """
  clean:
    generate: clean
    require:
      - accuracy >= 0.9
      - finite_outputs
  sensor:
    generate: hard.py:grain
    tags: [light, camera]
    require:
      - accuracy >= 0.9
      - accuracy_drop <= 0.1
      - accuracy >= 0.999
  night:
    generate: hard.py:darken
    severity: [1, 3]
    tags: light
    require:
      - accuracy >= 0.8
"""
"""7 checks: the third claim of `sensor` cannot be proven with 200 rows, the one of `night::darken-3` does not hold."""

IDS = [
    "clean::clean::accuracy",
    "clean::clean::finite_outputs",
    "sensor::grain-1::accuracy",
    "sensor::grain-1::accuracy_drop",
    "sensor::grain-1::accuracy-2",
    "night::darken-1::accuracy",
    "night::darken-3::accuracy",
]


@dataclass
class Project:
    """The project, and how to run pytest in it."""

    pytester: pytest.Pytester

    @property
    def path(self) -> Path:
        return self.pytester.path

    def write(self, scenarios: str = SCENARIOS, *, head: str = HEAD, name: str = "suites/vision.yaml") -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{head.strip()}\n{scenarios.strip(chr(10))}\n", encoding="utf-8")
        return path

    def slow_down(self, model: str) -> Project:
        """With this at the end of the model's file, and ten images at a time: there are many moments in a run."""
        path = self.path / "model.py"
        path.write_text(path.read_text() + model)
        suite = self.path / "suites" / "vision.yaml"
        suite.write_text(f"batch: 10\n{suite.read_text()}")
        return self

    def run(self, *arguments: str) -> pytest.RunResult:
        """In this process."""
        return self.pytester.runpytest_inprocess(*arguments)

    def robust(self, *arguments: str) -> pytest.RunResult:
        """In this process, with the flag."""
        return self.run("--robust", *arguments)

    def spawn(self, *arguments: str) -> pytest.RunResult:
        """In a process of its own."""
        return self.pytester.runpytest_subprocess(*arguments, timeout=180)

    def record(self, name: str = "vision") -> Record:
        return files.load(self.path / "reports" / f"{name}.json")

    def verdicts(self, name: str = "vision") -> dict[str, Verdict]:
        return {verdict.id: verdict for verdict in self.record(name).verdicts}

    def outcomes(self, name: str = "vision") -> dict[str, str]:
        return {verdict.id: verdict.outcome for verdict in self.record(name).verdicts}


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    made = Project(pytester)
    pytester.makeini("[pytest]\n")
    (made.path / "model.py").write_text(MODEL)
    (made.path / "hard.py").write_text(HARD)
    labels = np.arange(200) % 2
    noise = np.random.default_rng(1).integers(-20, 20, (200, 4, 4, 1))
    images = (np.where(labels, 190, 60)[:, None, None, None] + noise).astype(np.uint8)
    np.savez(made.path / "rows.npz", images=images, labels=labels)
    made.write()
    return made
