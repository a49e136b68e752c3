"""Levels: one value, one text."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_robust.suite.numbers import Level, number_text, parse_level


@given(st.floats(0, 1e6, allow_subnormal=False))
def test_a_number_has_one_text_however_it_is_written(value: float) -> None:
    level = parse_level(value)
    assert level.value == value
    assert level == parse_level(repr(value)) == parse_level(f" {value!r} ".strip())
    assert parse_level(level) is level
    assert parse_level(level.text).value == value


@given(st.integers(0, 255), st.integers(1, 1000))
def test_a_fraction_keeps_both_its_parts(above: int, below: int) -> None:
    assert parse_level(f"{above}/{below}") == Level(above / below, f"{above}/{below}")
    assert parse_level(f"{above}.0 / {below}.00") == Level(above / below, f"{above}/{below}")


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_the_text_of_a_number_gives_it_back(value: float) -> None:
    above, _, below = number_text(value).partition("/")
    assert float(above) / float(below or 1) == value


@pytest.mark.parametrize("grey", [1, 2, 8, 254])
def test_steps_of_grey_are_told_as_such(grey: int) -> None:
    assert number_text(grey / 255) == f"{grey}/255"


@pytest.mark.parametrize("written", ["x", "", "-1", -1, True, None, "1/", "/2", "1/2/3", "nan", math.nan, "0x10", [1]])
def test_anything_else_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"is not a level; write a number of 0 or more, such as 3, 0\.5 or 8/255$"):
        parse_level(written)


@pytest.mark.parametrize("written", ["1/0", "0/0", "1e999"])
def test_no_level_is_infinite(written: str) -> None:
    with pytest.raises(ValueError, match="is not finite"):
        parse_level(written)
