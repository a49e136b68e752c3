"""What each generator makes of the picture, or why it makes nothing of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.engine.pictures import difference
from pytest_robust.errors import RobustError
from pytest_robust.gallery.scene import SEED, Scene
from pytest_robust.generators import Generator, Made
from pytest_robust.registry import check_options, options_of
from pytest_robust.suite.numbers import number_text

EPSILONS = (2 / 255, 8 / 255, 16 / 255)
"""Shown of attacks, which have no levels of their own."""
BRIEF: Mapping[str, int | str] = {"queries": 200, "steps": 20, "profile": "quick"}
"""What attacks and searches may spend here, where they have such an option: enough to see what they do."""


@dataclass(frozen=True)
class Shot:
    """One picture of the page."""

    caption: str
    image: Images
    change: Images | None = None
    """Ten times the difference, where nobody sees it otherwise."""


@dataclass(frozen=True)
class Entry:
    """A generator, or one of its choices, with its pictures or the reason why there are none."""

    name: str
    generator: Generator
    shots: tuple[Shot, ...] = ()
    reason: str | None = None


def visits(member: Generator, scene: Scene) -> Iterator[Entry]:
    """What a generator makes of the picture: an entry for each of its choices that cells are named after."""
    for options in choices(member):
        try:
            checked = check_options(member.make, {**brief(member), **options}, given=member.given)
            shots = tuple(shoot(member, checked, scene))
        except RobustError as error:
            yield Entry(called(member, options), member, reason=str(error))
        except Exception as error:  # a member that nobody has tried on such a picture must not cost the others' pages
            yield Entry(called(member, options), member, reason=f"{type(error).__name__}: {error}")
        else:
            yield Entry(called(member, options), member, shots)


def choices(member: Generator) -> list[dict[str, Any]]:
    """The options to show: each choice of the first option where cells are named after it, else none at all."""
    name = member.main_option
    if member.label is None or name is None:
        return [{}]
    annotation = options_of(member.make, member.given)[name].annotation
    return [{name: choice} for choice in get_args(annotation)] if get_origin(annotation) is Literal else [{}]


def brief(member: Generator) -> dict[str, int | str]:
    """Options that make an attack or a search end soon."""
    if member.kind not in ("attack", "search"):
        return {}
    offered = options_of(member.make, member.given)
    wished = {name: (offered[name].default, value) for name, value in BRIEF.items() if name in offered}
    return {name: min(was, value) if isinstance(was, int) else value for name, (was, value) in wished.items()}


def called(member: Generator, options: Mapping[str, Any]) -> str:
    """A generator's name with what was chosen."""
    return member.called(options) if options else member.name


def shoot(member: Generator, options: Mapping[str, Any], scene: Scene) -> Iterator[Shot]:
    """The pictures of a generator at each of its levels."""
    levels: Sequence[float | None] = member.levels or (EPSILONS if member.scale else (None,))
    if member.minimal:
        levels = (float("inf"),)
    before = scene.image[None]
    for level in levels:
        with scene.hand.given(member, before) as given:
            seeds = np.array([SEED], np.uint64)
            found = member(before.copy(), severity=level or 0.0, seeds=seeds, **given, **options)
        made = found if isinstance(found, Made) else Made(found)
        after = made.images[0]
        caption = member.name if level is None else f"{member.scale} {number_text(level)}"
        if member.minimal:
            caption = f"smallest change found: {made.columns['distance'][0] * 255:.3g}/255"
        faint = member.kind == "attack"
        yield Shot(caption, after, difference(scene.image, after) if faint else None)
