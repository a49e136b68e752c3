"""The law of all judges: what they answer depends on the rows in their order, not on how often they were asked."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_robust.carriers import Evidence, Series
from pytest_robust.properties import GIVEN, Property, registry
from pytest_robust.properties._confusions import confusions_from
from pytest_robust.properties._cost_table import costs_from
from pytest_robust.registry import check_options
from pytest_robust.statistics import Levels
from pytest_robust.suite import parse_confusion

NAMES = registry.names()
ROWS, CLASSES = 400, 4
COSTS = costs_from({"class-0": {"class-1": 10.0, "default": 3.0}})
OPTIONS: dict[str, dict[str, Any]] = {
    "coverage_at_risk": {"risk": 0.1},
    "catastrophic_rate": {"costs": COSTS, "cost": 3.0},
    "cvar": {"costs": COSTS},
    "effective_robustness": {"slope": 0.9, "intercept": -0.5},
    "mce": {"reference": "none"},
    "mistake_cost": {"costs": COSTS},
    "never": {"never": confusions_from([parse_confusion("class-0 -> class-3")], [""])},
    "recall": {"class": "class-2"},
    "relative_mce": {"reference": "none"},
    "risk_at_coverage": {"coverage": 0.8},
    "top_k_accuracy": {"k": 3},
}
"""Options of the properties that have no default for them."""
WAYS = {"redrawn": 4, "rebatched": 3}
"""How often a question is put in another way."""


def answers(rng: np.random.Generator, right: np.ndarray, strength: float) -> np.ndarray:
    logits = rng.standard_normal((len(right), CLASSES))
    logits[np.arange(len(right)), right] += strength
    powers = np.exp(logits)
    return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)


def told(rng: np.random.Generator, probabilities: np.ndarray) -> dict[str, np.ndarray]:
    """All that a model may tell."""
    logits = np.log(probabilities)
    features = (logits @ rng.standard_normal((CLASSES, 6))).astype(np.float32)
    abstained = probabilities.max(axis=1) < 0.5
    return {"probabilities": probabilities, "logits": logits, "features": features, "abstained": abstained}


def world(seed: int, sharpness: float) -> tuple[Evidence, Evidence]:
    """Clean evidence of a model that is mostly right, and blends of its rows answered less surely."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(CLASSES, size=2 * ROWS)
    ids = np.array([f"row-{i}" for i in range(2 * ROWS)])
    clean = {"ids": ids, "labels": labels, **told(rng, answers(rng, labels, 4.0))}
    rows = {
        "ids": ids[:ROWS],
        "labels": labels[:ROWS],
        **told(rng, answers(rng, labels[:ROWS], sharpness)),
        "parents": np.stack([labels[:ROWS], labels[ROWS:]], axis=1),
        "parent_ids": np.stack([ids[:ROWS], ids[ROWS:]], axis=1),
        "weight": np.full(ROWS, 0.5),
        "posterior": rng.dirichlet(np.ones(CLASSES), ROWS),
        "votes": rng.multinomial(50, np.full(CLASSES, 1 / CLASSES), ROWS),
        "distance": rng.choice([0.0, 0.1, 0.5, np.inf], ROWS),
        "side": rng.integers(4, size=ROWS),
    }
    names = tuple(f"class-{number}" for number in range(CLASSES))
    return Evidence(clean, classes=names), Evidence(rows, classes=names)


def asked(name: str, seed: int, sharpness: float) -> tuple[Property, Evidence | Series, Evidence | None]:
    """A member, what it may be asked about, and what it compares with."""
    member = registry.get(name)
    options = check_options(member.function, OPTIONS.get(name, {}), given=GIVEN)
    clean, rows = world(seed, sharpness)
    ways = range(WAYS.get(member.reference, 1))
    again = [answers(np.random.default_rng(seed + k), rows.labels, sharpness) for k in ways]
    drawn = {f"probabilities@{k}" if k else "probabilities": draw for k, draw in enumerate(again)}
    variant = Evidence({"ids": rows.ids, "labels": rows.labels, **drawn}, classes=rows.classes)
    costs = Evidence({"ids": np.arange(50).astype(str), "seconds": np.full(50, 0.1), "megabytes": np.full(50, 2.0)})
    known = {None: None, "same rows": clean, "familiar": clean, "measured": costs}
    reference = known.get(member.reference, variant)
    if member.scope == "cell":
        return member.bound(options), rows, reference
    harder = [rows, world(seed, sharpness / 2)[1], world(seed, 0.0)[1]]
    return member.bound(options), Series(tuple(harder), ("fog",) * 3, (1.0, 2.0, 3.0)), reference


def within(member: Property) -> tuple[float, float]:
    """Its range, or the part of it that these rows can reach."""
    low, high = member.range or (0.0, 0.0)
    return max(low, -1.0), high if high <= 2.0 else 1.0


@pytest.mark.parametrize("name", NAMES)
@given(st.integers(0, 5), st.sampled_from([0.0, 1.0, 4.0]), st.integers(0, 10), st.integers(1, 170), st.booleans())
@settings(deadline=None, max_examples=12)
def test_asking_in_steps_gives_the_answer_of_asking_once(
    name: str, seed: int, sharpness: float, tenths: int, step: int, early: bool
) -> None:
    member, rows, reference = asked(name, seed, sharpness)
    levels = Levels(early_stopping=early, alpha_fail=0.02)
    for operator in member.operators or (None,):
        low, high = within(member)
        threshold = None if member.range is None else low + (high - low) * tenths / 10

        def ask(n: int, operator=operator, threshold=threshold):
            return member.judge(rows.take(slice(0, n)), reference, operator, threshold, levels, final=n == ROWS)

        steps = (ask(min(n, ROWS)) for n in range(step, ROWS + step, step))
        whole = ask(ROWS)
        assert next(one for one in steps if one.outcome is not None) == whole
        assert whole.outcome is not None
        assert 0 <= whole.n <= ROWS


@pytest.mark.parametrize("name", NAMES)
def test_badness_is_one_finite_number_a_row_not_below_zero(name: str) -> None:
    member, rows, reference = asked(name, 0, 1.0)
    found = np.asarray(member.badness(rows, reference), dtype=np.float64)
    assert found.shape == (ROWS,)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_one_row_is_enough_to_answer(name: str) -> None:
    member, rows, reference = asked(name, 1, 1.0)
    operator, threshold = (member.operators[0], sum(within(member)) / 2) if member.range else (None, None)
    found = member.judge(rows.take(slice(0, 1)), reference, operator, threshold, Levels(), final=True)
    assert found.n <= 1 or member.reference == "measured", "which counts questions"
    assert found.outcome == "INCONCLUSIVE" or not member.statistical
