"""A small model, small data and small plug-ins, real ones, and plans made of them by hand."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from scipy.special import softmax

from pytest_robust import generators
from pytest_robust.adapters import Adapter
from pytest_robust.carriers import Predictions
from pytest_robust.engine.plan import Cell, Check, Plan
from pytest_robust.generators import Generator, generator
from pytest_robust.properties import judged_property, mean_property
from pytest_robust.sources import Roots
from pytest_robust.statistics import Decision, Levels
from pytest_robust.suite import ClaimSpec, DataSpec, ModelSpec, Scenario, StatisticsSpec, Suite, SuiteFile, parse_level

HERE = Path(__file__)
CLEAN = generators.registry.get("clean")
COLOURS = ("red", "green", "blue")


def colours(count: int = 60, seed: int = 0) -> dict[str, Any]:
    """Images whose brightest channel is their class, most of the time."""
    rng = np.random.default_rng(seed)
    images = rng.integers(60, 160, (count, 4, 4, 3), dtype=np.uint8)
    labels = rng.integers(0, 3, count)
    for image, label in zip(images, labels, strict=True):
        image[..., label] += np.uint8(rng.integers(0, 60))
    return {"images": images, "labels": labels, "ids": [f"row-{i}" for i in range(count)], "classes": COLOURS}


def nothing_known() -> dict[str, Any]:
    return {**colours(24, seed=1), "labels": None, "classes": None}


@dataclass
class Brightest:
    """Answers with a softmax over channel means; writes down what it was asked."""

    sharpness: float = 0.2
    classes: tuple[str, ...] | None = COLOURS
    deterministic: bool = True
    description: dict[str, str] = field(default_factory=lambda: {"device": "cpu"})
    asked: list[Any] = field(default_factory=list)
    pause: float = 0.0

    @property
    def fingerprint(self) -> str:
        return hashlib.sha256(f"brightest {self.sharpness}".encode()).hexdigest()

    def predict(self, images: Any) -> Predictions:
        self.asked.append(images)
        time.sleep(self.pause)
        return Predictions(self.answers(images))

    def answers(self, images: Any) -> Any:
        return softmax(images.mean(axis=(1, 2)) * self.sharpness, axis=1).astype(np.float32)


@dataclass
class Answering(Brightest):
    """Answers what a function of the images says."""

    function: Any = None

    def answers(self, images: Any) -> Any:
        return self.function(images)


@generator(kind="corruption", scale="severity", levels=(1, 2, 3), risk="A noisy sensor.")
def grain(images: Any, *, severity: float, seeds: Any, strength: int = 10) -> Any:
    noise = [np.random.default_rng(seed).normal(0, strength * severity, images.shape[1:]) for seed in seeds.tolist()]
    return np.clip(images + np.stack(noise), 0, 255).astype(np.uint8)


@generator(kind="ambiguity", scale="weight", levels=(0.5,), truth="parents", needs=("partner",), risk="Overlap.")
def mix(images: Any, *, severity: float, seeds: Any, partner: Any, pairs: Any = "random") -> Any:
    return (images * severity + partner * (1 - severity)).astype(np.uint8)


@generator(kind="outlier", truth="unfamiliar", risk="A wrong feed.")
def strange(images: Any, *, severity: float, seeds: Any) -> Any:
    return images


@mean_property(range=(0, 1), truths={"label"}, summary="Share right.", fixed="clopper-pearson")
def right(evidence: Any) -> Any:
    return evidence.correct


@mean_property(
    range=(-1, 1), truths={"label"}, summary="Share lost.", operators=("<=",), reference="same rows", fixed="discordant"
)
def lost(evidence: Any, clean: Any) -> Any:
    return clean.aligned(evidence.ids).correct.astype(float) - evidence.correct


@mean_property(range=(0, 1), truths={"parents"}, summary="Mass on the two.")
def on_both(evidence: Any) -> Any:
    return np.clip(np.take_along_axis(evidence.probabilities, evidence["parents"], axis=1).sum(axis=1), 0, 1)


def not_one(evidence: Any) -> Any:
    return ~(np.abs(evidence.probabilities.sum(axis=1) - 1) <= 1e-3)


@judged_property(
    range=None,
    truths={"label", "parents", "unfamiliar"},
    summary="Every answer is a probability.",
    badness=lambda evidence, _: not_one(evidence).astype(float),
    accepts_malformed=True,
)
def sums_to_one(evidence: Any, clean: Any, operator: Any, threshold: Any, levels: Any, *, final: bool) -> Decision:
    bad = np.flatnonzero(not_one(evidence))
    if len(bad):
        return Decision("FAIL", int(bad[0]) + 1, method="every row")
    return Decision("PASS" if final else None, len(evidence), method="every row")


def cell(
    made_by: Generator, level: float | None = None, *, scenario: str = "s", data: str = "test", **options: Any
) -> Cell:
    found = None if level is None else parse_level(level)
    label = made_by.name if found is None else f"{made_by.name}-{found.text}"
    return Cell(scenario, made_by.name, label, data, made_by, options, found)


def check(where: Cell, property_: Any, claim: str, **more: Any) -> Check:
    spec = ClaimSpec.model_validate({"claim": claim, "xfail": more.pop("xfail", None)})
    return Check(where, property_.name, spec, property_, line=3, column=5, tags=("slow",), **more)


def plan(model: Any, *checks: Check, folder: Path = HERE.parent, data: Any = None, **suite: Any) -> Plan:
    """A plan for a live model; `data` maps names to sources, both of this file unless given."""
    given = data or {"test": f"{HERE}:colours", "letters": f"{HERE}:nothing_known"}
    statistics = StatisticsSpec(**suite.pop("statistics", {}))
    document = Suite(
        model=ModelSpec(adapter="live"),
        data={name: DataSpec(source=source) for name, source in given.items()},
        scenarios={"s": Scenario.model_validate({"generate": ["clean"]})},
        statistics=statistics,
        batch=suite.pop("batch", 8),
        **suite,
    )
    path = folder / "suite.yaml"
    return Plan(
        file=SuiteFile(path, "model: live\n", document, {}),
        roots=Roots((folder, folder)),
        name="suite",
        adapter=Adapter("live", lambda *, roots: model),
        adapter_options={},
        checks=checks,
        levels=Levels(early_stopping=statistics.early_stopping),
    )
