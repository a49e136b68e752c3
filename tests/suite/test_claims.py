"""The little language of claims."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_robust.suite.claims import CLAIM, Claim, ClaimError, Where, parse_claim

numbers = st.floats(-10, 10).map(repr) | st.integers(-5, 5).map(str) | st.sampled_from([".5", "1.", "1e-3", "+0.2"])
levels = st.integers(0, 9).map(str) | st.sampled_from(["8/255", "0.5", "1e-2"])
blank = st.sampled_from(["", " ", "  "])


@given(
    st.sampled_from(["accuracy", "path/to.py:mine", "ece"]),
    st.none() | st.tuples(blank, st.sampled_from([">=", "<="]), blank, numbers),
    st.none() | st.tuples(st.sampled_from(["severity", "epsilon"]), st.sampled_from(["<=", ">=", "="]), levels),
    st.dictionaries(st.sampled_from(["k", "score", "class"]), st.sampled_from(["3", "0.8", "stop_sign", "a/b-c.csv"])),
    st.none() | st.sampled_from(["class", "brightness"]),
)
def test_what_is_written_is_what_is_read(
    name: str,
    bound: tuple[str, str, str, str] | None,
    where: tuple[str, str, str] | None,
    options: dict[str, str],
    by: str | None,
) -> None:
    inside = f"({', '.join(f'{option}={value}' for option, value in options.items())})" if options else ""
    sliced = f" by {by}" if by else ""
    text = name + inside + ("".join(bound) if bound else "") + sliced + (f" at {' '.join(where)}" if where else "")
    claim = parse_claim(text)
    assert claim.text == text
    assert claim.property == name
    assert dict(claim.options) == options
    assert claim.by == by
    assert (claim.operator, claim.threshold) == ((bound[1], float(bound[3])) if bound else (None, None))
    if where is None:
        assert claim.where is None
    else:
        above, _, below = where[2].partition("/")
        assert claim.where == Where(where[0], where[1], float(above) / float(below or 1))


WORDS = [
    "accuracy",
    "by",
    "f(k=3)",
    "f(k)",
    "f(a=1, b=x/y.csv)",
    "(k=3)",
    "(",
    ")",
    "at",
    ">=",
    "<=",
    "=",
    "<",
    ">",
    "0.5",
    "8/255",
    "-1",
    "severity",
    "nan",
    "1e3",
    "90%",
    "1_0",
    "≥",
]


@given(st.lists(st.sampled_from(WORDS) | st.text(max_size=3), max_size=7), st.sampled_from([" ", "  ", ""]))
def test_an_editor_with_the_pattern_accepts_what_is_accepted_here(words: list[str], between: str) -> None:
    text = between.join(words)
    try:
        parse_claim(text)
    except ClaimError as error:
        accepted = not 0 <= error.offset <= len(text)
    else:
        accepted = True
    assert accepted == (re.search(CLAIM, text) is not None)


@pytest.mark.parametrize(
    ("text", "offset", "said"),
    [
        ("accuracy > 0.9", 9, "`>` stands where `>=` or `<=` belongs"),
        ("accuracy >= 90%", 12, "`90%` is not a number"),
        ("accuracy >= 1e999", 12, "`1e999` is not finite"),
        ("accuracy >= 0.9 at severity <= 1/0", 31, "`1/0` is not a level"),
        ("accuracy >= 0.9 at", 18, "`severity`, `epsilon` or `weight` is missing after `at`"),
        ("accuracy >= 0.9 everywhere", 16, "`everywhere` does not belong"),
        ("  >= 0.9", 2, "no property stands before `>=`"),
        ("(k=3) >= 0.9", 0, "no property stands before `(k=3)`"),
        ("top_k(3) >= 0.9", 0, "the options of top_k are not of the form `(name=value, name=value)`"),
        ("top_k(k=3 >= 0.9", 0, "the bracket behind top_k is not closed; in a list, put a claim that has a comma"),
        ("top_k(k=3", 0, "the bracket behind top_k is not closed"),
        ("accuracy >= 0.9 by", 18, "a slice such as `class` is missing after `by`"),
        ("accuracy by f(k=3)", 12, "`f(k=3)` stands where a slice such as `class` belongs"),
        ("accuracy at f(k=3) <= 3", 12, "`f(k=3)` stands where `severity`, `epsilon` or `weight` belongs"),
        ("", 0, "the claim is empty"),
    ],
)
def test_a_mistake_is_named_with_its_place_and_its_remedy(text: str, offset: int, said: str) -> None:
    with pytest.raises(ClaimError) as caught:
        parse_claim(text)
    assert caught.value.offset == offset
    assert str(caught.value).startswith(said)
    assert str(caught.value).endswith("`accuracy >= 0.80`, `accuracy_drop <= 0.1 at severity <= 3` or `finite_outputs`")


def test_a_claim_is_text() -> None:
    with pytest.raises(ClaimError, match=r"^a claim is text, not 0\.8"):
        parse_claim(0.8)


@given(st.floats(0, 10), st.floats(0, 10))
def test_a_condition_covers_the_levels_of_its_own_scale(level: float, bound: float) -> None:
    covers = {word: Where("severity", word, bound).covers("severity", level) for word in (">=", "<=", "=")}
    assert covers == {">=": level >= bound, "<=": level <= bound, "=": level == bound}
    assert not Where("severity", "<=", bound).covers("epsilon", level)
    assert not Where("severity", "<=", bound).covers(None, None)


def test_equal_claims_are_equal() -> None:
    assert parse_claim("finite_outputs") == Claim("finite_outputs", "finite_outputs")
