"""The law of all judges: what they answer depends on the rows in their order, not on how often they were asked."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_robust.carriers import Evidence
from pytest_robust.properties import registry
from pytest_robust.statistics import Levels

NAMES = registry.names()
ROWS, CLASSES = 400, 4


def world(seed: int, sharpness: float) -> tuple[Evidence, Evidence]:
    """Clean evidence of a model that is mostly right, and blends of its rows answered less surely."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(CLASSES, size=2 * ROWS)
    ids = np.array([f"row-{i}" for i in range(2 * ROWS)])

    def answers(right: np.ndarray, strength: float) -> np.ndarray:
        logits = rng.standard_normal((len(right), CLASSES))
        logits[np.arange(len(right)), right] += strength
        powers = np.exp(logits)
        return (powers / powers.sum(axis=1, keepdims=True)).astype(np.float32)

    clean = Evidence({"ids": ids, "labels": labels, "probabilities": answers(labels, 4.0)})
    rows = {
        "ids": ids[:ROWS],
        "labels": labels[:ROWS],
        "probabilities": answers(labels[:ROWS], sharpness),
        "parents": np.stack([labels[:ROWS], labels[ROWS:]], axis=1),
        "parent_ids": np.stack([ids[:ROWS], ids[ROWS:]], axis=1),
    }
    return clean, Evidence(rows)


@pytest.mark.parametrize("name", NAMES)
@given(st.integers(0, 5), st.sampled_from([0.0, 1.0, 4.0]), st.integers(0, 10), st.integers(1, 170), st.booleans())
@settings(deadline=None, max_examples=12)
def test_asking_in_steps_gives_the_answer_of_asking_once(
    name: str, seed: int, sharpness: float, tenths: int, step: int, early: bool
) -> None:
    clean, rows = world(seed, sharpness)
    member = registry.get(name)
    levels = Levels(early_stopping=early, alpha_fail=0.02)
    reference = clean if member.reference else None
    for operator in member.operators or (None,):
        threshold = None if member.range is None else tenths / 10

        def ask(n: int, operator=operator, threshold=threshold):
            return member.judge(rows.take(slice(0, n)), reference, operator, threshold, levels, final=n == ROWS)

        asked = (ask(min(n, ROWS)) for n in range(step, ROWS + step, step))
        whole = ask(ROWS)
        assert next(one for one in asked if one.outcome is not None) == whole
        assert whole.outcome is not None
        assert 1 <= whole.n <= ROWS


@pytest.mark.parametrize("name", NAMES)
def test_badness_is_one_finite_number_a_row_not_below_zero(name: str) -> None:
    clean, rows = world(0, 1.0)
    found = np.asarray(registry.get(name).badness(rows, clean), dtype=np.float64)
    assert found.shape == (ROWS,)
    assert np.isfinite(found).all()
    assert (found >= 0).all()


@pytest.mark.parametrize("name", NAMES)
def test_one_row_is_enough_to_answer(name: str) -> None:
    clean, rows = world(1, 1.0)
    member = registry.get(name)
    operator, threshold = (member.operators[0], 0.5) if member.range else (None, None)
    found = member.judge(rows.take(slice(0, 1)), clean, operator, threshold, Levels(), final=True)
    assert found.n == 1
    assert found.outcome == ("PASS" if name == "finite_outputs" else "INCONCLUSIVE")
