"""A record with an attack in every text that it holds, found by walking its models: no new field is forgotten."""

from __future__ import annotations

import builtins
import dataclasses
import zlib
from collections.abc import Callable, Iterator
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin

from complete import complete
from pydantic import BaseModel

from pytest_robust.record import Record
from pytest_robust.record.signatures import Signature

FAR = "https://example.invalid/"
ATTACKS = (
    "<script>alert(1)</script>",
    "</script><script>alert(1)</script>",
    "<!--<script>",
    '"><img src=x onerror=alert(1)>',
    "' autofocus tabindex=0 onfocus='alert(1)",
    '" style="background:url(' + FAR + ')" onmouseover="alert(1)',
    "</title></style></textarea><svg onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x dur=1s></svg>",
    "<svg><use href='data:image/svg+xml,<svg id=x onload=alert(1)>#x'/></svg>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<base href='" + FAR + "'><link rel=stylesheet href='" + FAR + "'>",
    "<meta http-equiv=refresh content='0;url=" + FAR + "'>",
    "<details open ontoggle=alert(1)><template><math>",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
    FAR + "beacon.png",
    "]]>--><![CDATA[<x>",
    "{{7*7}}${7*7}{% raw %}<%= 7*7 %>#{7*7}",
    "@import '" + FAR + "'; } * { background: url(" + FAR + ") }",
    "abc\u202edcba\u2066\u2028\u200f",
    "\x00\x1b[31m\x7f\ufeff\ufffe",
    "$(touch owned)`id`\";'\\",
    "\u0301" * 60,
)
LONG = ("x" * 10_000, "<b> " * 2_500)

CHOOSING = {"kind", "truth"}
"""Texts by which the page chooses what to show: attacked in every other place, so that there is something to show."""


Attack = Callable[[str], str]


def mixed(turn: int = 0) -> Attack:
    """One attack before or behind a text, always the same for the same text, so that names still agree.

    Those of another turn stand in other places.
    """

    def attack(text: str) -> str:
        number = zlib.crc32(text.encode()) + turn
        chosen = ATTACKS[number % len(ATTACKS)]
        return text + chosen if number // len(ATTACKS) % 2 else chosen + text

    return attack


def lengthened(text: str) -> str:
    """The text with 10 kB behind it."""
    return text + LONG[len(text) % 2]


def hostile(attack: Attack) -> Record:
    """The complete record, attacked."""
    found = infected(complete(), Record, attack)
    assert isinstance(found, Record)
    return found


def signatures(attack: Attack) -> tuple[Signature, ...]:
    """A valid signature and one with a problem, attacked."""
    names = [one.name for one in dataclasses.fields(Signature) if one.name not in {"decision", "problem"}]

    def signed(mark: str, problem: str | None) -> Signature:
        texts = {name: attack(f"{name} {mark}") for name in names}
        return Signature(**texts, decision="release", problem=problem)

    return signed("one", None), signed("two", attack("problem"))


def infected(value: Any, kind: Any, attack: Attack) -> Any:
    """The value, which is annotated as `kind`, with attacks in all its texts; what is absent is made up."""
    kind, arguments = unwrapped(kind)
    if value is None and isinstance(kind, type) and issubclass(kind, BaseModel):
        value = example(kind)
    if isinstance(value, BaseModel):
        fields = {
            name: getattr(value, name) if kept(name, field, value) else infected(getattr(value, name), field, attack)
            for name, field in annotations(type(value)).items()
        }
        return type(value).model_validate(fields)
    if kind is str:
        return attack(value or "")
    if isinstance(value, dict):
        return {
            infected(k, arguments[0], attack): infected(v, arguments[1], attack) for k, v in (value or {"": ""}).items()
        }
    if isinstance(value, list):
        some = value or ([""] if arguments == (str,) else [])
        return [infected(one, arguments[0], attack) for one in some]
    if isinstance(value, tuple):
        return tuple(infected(one, part, attack) for one, part in zip(value, arguments, strict=True))
    return value


def kept(name: str, kind: Any, value: BaseModel) -> bool:
    """Whether a field of the value stays as it is."""
    if name == "schema_version" or (name == "right_rows" and getattr(value, name)):
        return True
    return name in CHOOSING and zlib.crc32(str(value).encode()) % 2 == 0


def annotations(model: type[BaseModel]) -> dict[str, Any]:
    """What each field of a model is annotated with."""
    return {name: field.annotation for name, field in model.model_fields.items()}


def unwrapped(kind: Any) -> tuple[Any, tuple[Any, ...]]:
    """The annotation without `Annotated` and `| None`, and its arguments."""
    if get_origin(kind) is Annotated:
        return unwrapped(get_args(kind)[0])
    if get_origin(kind) is UnionType:
        return unwrapped(next(one for one in get_args(kind) if one is not type(None)))
    return kind, get_args(kind)


def example(kind: Any) -> Any:
    """A small value of this annotation."""
    kind, arguments = unwrapped(kind)
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind.model_validate({name: example(field) for name, field in annotations(kind).items()})
    match get_origin(kind):
        case builtins.list:
            return [example(arguments[0])]
        case builtins.dict:
            return {example(arguments[0]): example(arguments[1])}
        case builtins.tuple:
            return tuple(map(example, arguments))
    return arguments[0] if get_origin(kind) is Literal else {str: "text", bool: True}.get(kind, 1)


def texts(model: type[BaseModel], seen: set[type] | None = None) -> Iterator[tuple[str, str]]:
    """Every field of a model, and of the models in it, that can hold a text: (name of the model, name of the field)."""
    seen = set() if seen is None else seen
    if model in seen:
        return
    seen.add(model)
    for name, kind in annotations(model).items():
        parts = list(leaves(kind))
        if str in parts:
            yield model.__name__, name
        for part in parts:
            if isinstance(part, type) and issubclass(part, BaseModel):
                yield from texts(part, seen)


def leaves(kind: Any) -> Iterator[Any]:
    """The types that an annotation is made of."""
    if get_origin(kind) is Literal:
        return
    if not get_args(kind):
        yield kind
    for part in get_args(kind):
        yield from leaves(part)


def held(value: Any) -> Iterator[tuple[str, str, str]]:
    """Every text of a record: (name of the model, name of the field, text)."""
    for name in type(value).model_fields:
        for text in within(getattr(value, name)):
            if isinstance(text, BaseModel):
                yield from held(text)
            else:
                yield type(value).__name__, name, text


def within(value: Any) -> Iterator[Any]:
    """The texts and models of a field's value."""
    if isinstance(value, (str, BaseModel)):
        yield value
    elif isinstance(value, dict):
        yield from within([*value, *value.values()])
    elif isinstance(value, (list, tuple)):
        for one in value:
            yield from within(one)
