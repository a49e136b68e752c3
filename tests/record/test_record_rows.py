"""Which rows are right, as text: comes back as it was, is small, and is refused where it is something else."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pytest_robust.errors import RecordError
from pytest_robust.record.rows import pack, unpack


@given(arrays(np.bool_, st.integers(0, 200)))
def test_rows_come_back_as_they_were(right: np.ndarray) -> None:
    np.testing.assert_array_equal(unpack(pack(right), len(right)), right)


def test_two_hundred_cells_of_ten_thousand_rows_fit_into_a_report() -> None:
    right = np.random.default_rng(1).random(10_000) < 0.9
    assert 200 * len(pack(right)) < 350_000


@pytest.mark.parametrize(("packed", "n"), [("mA==", 9), ("mA==", 4), ("", 1), ("!!", 5), ("f0", 8), ("mAAA", 5)])
def test_what_is_no_such_text_is_refused(packed: str, n: int) -> None:
    with pytest.raises(RecordError, match=f"which of {n} rows"):
        unpack(packed, n)
