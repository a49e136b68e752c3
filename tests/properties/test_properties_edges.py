"""Few rows, few classes, equal and extreme probabilities: no figure leaves its range or depends on rows' order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_properties_right import ask, member, series

from pytest_robust.carriers import Evidence
from pytest_robust.errors import OptionError

ASKED = {
    "balanced_accuracy": {},
    "effective_robustness": {"slope": 0.7, "intercept": -1},
    "flip_rate": {"against": "first"},
    "mce": {"reference": "none"},
    "minimal_perturbation": {},
    "monotone_in_severity": {"slack": 0.0},
    "monotone_in_weight": {},
    "not_random": {},
    "recall": {"class": "0"},
    "relative_mce": {"reference": "none"},
    "robust_accuracy": {},
    "same_answer": {},
    "same_in_any_batch": {},
    "swap_symmetry": {},
    "top5_distance": {},
    "top_k_accuracy": {"k": 1},
}


def answers(rng: np.random.Generator, n: int, classes: int) -> np.ndarray:
    """Sure, equal, and any answers."""
    kinds = [
        np.eye(classes)[rng.integers(classes, size=n)],
        np.full((n, classes), 1 / classes),
        rng.dirichlet(np.full(classes, 0.3), n),
    ]
    return np.stack(kinds)[rng.integers(3, size=n), np.arange(n)].astype(np.float32)


@pytest.mark.parametrize("name", ASKED)
@settings(max_examples=40)
@given(st.integers(0, 2**32), st.integers(1, 6), st.integers(1, 3))
def test_figures_stay_in_their_range_and_do_not_depend_on_the_order(name, seed, n, classes) -> None:
    rng = np.random.default_rng(seed)
    ids, labels = np.array([f"row-{place}" for place in range(n)]), rng.integers(classes, size=n)
    parents = np.stack([labels, rng.integers(classes, size=n)], axis=1)
    told = {"distance": rng.choice([0.0, 0.2, np.inf], n), "side": rng.integers(4, size=n)}

    def cell() -> Evidence:
        columns = {"ids": ids, "labels": labels, "parents": parents, **told}
        drawn = {f"probabilities@{k}" if k else "probabilities": answers(rng, n, classes) for k in range(3)}
        return Evidence({**columns, **drawn})

    def once(rows: Evidence) -> Evidence:
        return Evidence({name: column for name, column in rows.columns.items() if "@" not in name})

    asked, reference = member(name, **ASKED[name]), cell()
    rows = once(cell())
    if asked.scope != "cell":
        rows = series(rows, once(cell()), once(cell()))
    if name == "top_k_accuracy" and classes == 1:
        with pytest.raises(OptionError, match="a model of one class cannot be asked this"):
            ask(asked, rows, reference)
        return
    found = ask(asked, rows, reference)
    assert found.outcome in ("PASS", "FAIL", "INCONCLUSIVE")
    shuffled = ask(asked, rows.take(rng.permutation(n)), reference)
    if asked.range is None:
        assert shuffled.outcome == found.outcome
    elif found.estimate is None:
        assert shuffled.estimate is None
    else:
        assert asked.range[0] <= found.estimate <= asked.range[1]
        assert shuffled.estimate == pytest.approx(found.estimate)
    badness = asked.badness(rows, reference)
    assert badness.shape == (n,)
    assert (np.isfinite(badness) & (badness >= 0)).all()
