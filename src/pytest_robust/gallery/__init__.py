"""The gallery: every generator at each of its levels on one picture, so that a person can look.

One HTML file, no script, no address to fetch. Who is not on it is listed, with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pytest_robust.gallery.page import html
from pytest_robust.gallery.scene import Scene, set_scene
from pytest_robust.gallery.visits import Entry, visits
from pytest_robust.generators import Generator

__all__ = ["render", "set_scene"]


def render(scene: Scene, members: Iterable[Generator], progress: Callable[[str], object]) -> str:
    """The page for a scene. `progress` is called with a line before each generator."""
    members = list(members)
    entries: list[Entry] = []
    for number, member in enumerate(members, start=1):
        progress(f"{number}/{len(members)} {member.name}")
        entries += visits(member, scene)
    return html(scene, entries)
