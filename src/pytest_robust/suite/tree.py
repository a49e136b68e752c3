"""A YAML file as a tree in which every key and value knows its place.

Scalars are read by the core schema of YAML 1.2, as editors do: `no` and `on` are text, `1e-3` is a number, dates
are text. Nothing is ever made but text, numbers, booleans, null, lists and mappings.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from pytest_robust.suite.syntax import EMPTY, TOO_DEEP, Mistake, explain

Key: TypeAlias = tuple[str | int, ...]
"""The way to a value: `("scenarios", "weather", "require", 0)`."""
Place: TypeAlias = tuple[int, int]

KEY = -1
"""The last step on the way to the place of a key itself: no place in a list, and no text."""

MOST_NODES = 100_000
MOST_LEVELS = 40

TAG = "tag:yaml.org,2002:"

SCALARS: dict[str, tuple[str, Callable[[str], Any]]] = {
    "null": (r"~|null|Null|NULL|", lambda _: None),
    "bool": (r"true|True|TRUE|false|False|FALSE", lambda text: text.lower() == "true"),
    "int": (r"[-+]?[0-9]+", int),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        lambda text: float(text.lower().replace(".inf", "inf").replace(".nan", "nan")),
    ),
}
"""Type -> how it is written, how it is read. All else is text."""


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: dict[Any, Any] = {}


for _name, (_pattern, _) in SCALARS.items():
    _Loader.add_implicit_resolver(TAG + _name, re.compile(f"^(?:{_pattern})$"), None)


class NoTree(Exception):  # noqa: N818  (never leaves this package)
    """The text holds no mapping to go on with."""

    def __init__(self, mistake: Mistake) -> None:
        self.mistake = mistake
        super().__init__(mistake.message)


@dataclass(slots=True)
class Tree:
    """One value with its place: text, a number, a boolean, None, or further trees."""

    value: Any
    place: Place
    key_place: Place | None = None

    def plain(self) -> Any:
        """The value without places."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def children(self) -> Iterator[tuple[str | int, Tree]]:
        """The parts of a mapping or list, with their keys."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, list):
            yield from enumerate(self.value)

    def places(self, at: Key = ()) -> dict[Key, Place]:
        """The place of every value, and of every key under `(*key, KEY)`."""
        found: dict[Key, Place] = {at: self.place}
        if self.key_place:
            found[(*at, KEY)] = self.key_place
        for key, child in self.children():
            found |= child.places((*at, key))
        return found

    def find(self, key: Key) -> tuple[Key, Tree]:
        """The part at this key, or the nearest ancestor that exists, with its own key."""
        tree = self
        for depth, step in enumerate(key):
            child = dict(tree.children()).get(step)
            if child is None:
                return key[:depth], tree
            tree = child
        return key, tree

    def drop(self, key: Key) -> None:
        """Take the part at this key out."""
        _, parent = self.find(key[:-1])
        del parent.value[key[-1]]


def read_tree(text: str) -> tuple[Tree, list[Mistake]]:
    """The tree of a suite's text, and mistakes in it that leave the rest readable. Raises NoTree."""
    tree, mistakes = read_value(text)
    if not isinstance(tree.value, dict):
        raise NoTree(Mistake(*tree.place, "a suite is a mapping; write `model:`, `data:` and `scenarios:` at its top"))
    return tree, mistakes


def read_value(text: str, empty: str = EMPTY) -> tuple[Tree, list[Mistake]]:
    """The value of any YAML text, likewise; what to say where there is none."""
    try:
        node = _Loader(text).get_single_node()
    except yaml.YAMLError as error:
        raise NoTree(explain(error, text)) from None
    except RecursionError:
        raise NoTree(Mistake(1, 1, TOO_DEEP)) from None
    reader = _Reader()
    tree = None if node is None else reader.read(node, 0)
    if tree is None or tree.value is None:
        raise NoTree(Mistake(1, 1, empty))
    return tree, reader.mistakes


class _Reader:
    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self.nodes = 0

    def read(self, node: yaml.Node, depth: int) -> Tree:
        place = _place(node)
        self.nodes += 1
        if depth > MOST_LEVELS:
            raise NoTree(Mistake(*place, TOO_DEEP))
        if self.nodes > MOST_NODES:
            raise NoTree(Mistake(*place, f"more than {MOST_NODES} values, aliases written out; split the suite"))
        if isinstance(node, yaml.ScalarNode):
            return Tree(self.scalar(node), place)
        if node.tag not in (TAG + "map", TAG + "seq"):
            self.mistakes.append(Mistake(*place, f"the tag `{node.tag.replace(TAG, '!!')}` is not allowed; remove it"))
        if isinstance(node, yaml.SequenceNode):
            return Tree([self.read(child, depth + 1) for child in node.value], place)
        return Tree(self.mapping(node, depth), place)

    def mapping(self, node: yaml.Node, depth: int) -> dict[str, Tree]:
        found: dict[str, Tree] = {}
        for key_node, value_node in node.value:
            place = _place(key_node)
            if not isinstance(key_node, yaml.ScalarNode):
                self.mistakes.append(Mistake(*place, "a key is text, not a list or a mapping; write `key: value`"))
                continue
            key = key_node.value
            if key_node.tag != TAG + "str":
                self.mistakes.append(Mistake(*place, f"the key `{key}` is not text; put it in quotes: '{key}'"))
            if key == "<<" and key_node.style is None:
                self.mistakes.append(Mistake(*place, "merge keys (`<<`) are not supported; write the keys out"))
            elif key in found:
                first, _ = found[key].key_place or place
                self.mistakes.append(
                    Mistake(*place, f"{key!r} stands here a second time, after line {first}; remove or rename one")
                )
            else:
                found[key] = self.read(value_node, depth + 1)
                found[key].key_place = place
        return found

    def scalar(self, node: yaml.ScalarNode) -> Any:
        name = node.tag.removeprefix(TAG)
        if name == "str" or (name in SCALARS and not re.fullmatch(SCALARS[name][0], node.value)):
            return node.value
        if name in SCALARS:
            return SCALARS[name][1](node.value)
        self.mistakes.append(
            Mistake(*_place(node), f"the tag `{node.tag.replace(TAG, '!!')}` is not allowed; remove it")
        )
        return node.value


def _place(node: yaml.Node) -> Place:
    return node.start_mark.line + 1, node.start_mark.column + 1
