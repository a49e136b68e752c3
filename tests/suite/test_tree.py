"""YAML with the place of everything."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_robust.suite.tree import KEY, NoTree, read_tree

texts = st.text(st.characters(max_codepoint=0xD7FF, exclude_categories=["Cc"]), max_size=8)  # no halves of pairs
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
documents = st.dictionaries(
    texts,
    st.recursive(scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)),
    min_size=1,
    max_size=4,
)


@given(documents)
def test_json_is_read_as_what_it_is(document: dict[str, object]) -> None:
    tree, mistakes = read_tree(json.dumps(document))
    assert not mistakes
    assert tree.plain() == document


@given(documents)
def test_every_value_stands_at_its_place(document: dict[str, object]) -> None:
    text = json.dumps(document, indent=1)
    tree, _ = read_tree(text)
    lines = text.splitlines()
    decoder = json.JSONDecoder()
    for key, (line, column) in tree.places().items():
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        expected = key[-2] if key and key[-1] == KEY else tree.find(key)[1].plain()
        assert decoder.raw_decode(rest)[0] == expected


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("true", True), ("False", False), ("~", None), ("", None),
        ("1", 1), ("010", 10), ("1_000", "1_000"), ("12:30:45", "12:30:45"), ("2024-01-31", "2024-01-31"),
        ("1e-3", 0.001), (".5", 0.5), ("1.", 1.0), ("8/255", "8/255"), ("-.inf", float("-inf")), ("'3'", "3"),
        ("!!str 3", "3"), ("!!int '3'", 3),
    ],
)  # fmt: skip
def test_scalars_are_those_of_yaml_1_2(written: str, read: object) -> None:
    found = read_tree(f"key: {written}")[0].plain()["key"]
    assert found == read
    assert type(found) is type(read)


def test_an_alias_is_written_out_with_the_place_of_its_anchor() -> None:
    tree, mistakes = read_tree("a: &it [1]\nb: *it\n")
    assert not mistakes
    assert tree.plain() == {"a": [1], "b": [1]}
    assert tree.places()["b", 0] == (1, 9)


def test_a_bomb_of_aliases_is_refused() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    with pytest.raises(NoTree, match=r"^more than 100000 values, aliases written out; split the suite$"):
        read_tree("\n".join(lines))


@pytest.mark.parametrize("text", ["a: " + "[" * 60 + "]" * 60, "a: " + "[" * 5000 + "]" * 5000, "a: &a [*a]"])
def test_endless_nesting_is_refused(text: str) -> None:
    with pytest.raises(NoTree, match=r"^lists and mappings are nested too deeply"):
        read_tree(text)


def test_a_control_character_is_refused_at_its_place() -> None:
    with pytest.raises(NoTree) as caught:
        read_tree("seed: 1\nname: a\0b\n")
    assert caught.value.mistake == (2, 8, "a control character; a suite is plain text")


def test_places_are_counted_in_characters_after_text_of_any_language() -> None:
    tree, _ = read_tree('{"żółć": 1, "b": 2}')
    assert tree.places()["b",] == (1, 18)


def test_dropping_a_part_moves_what_follows_to_its_index() -> None:
    tree, _ = read_tree("a: [x, y]\n")
    tree.drop(("a", 0))
    assert tree.plain() == {"a": ["y"]}
    assert tree.places()["a", 0] == (1, 8)
