"""The pictures on a page."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from pytest_robust.carriers import Images
from pytest_robust.engine.pictures import AMPLIFIED, data_uri
from pytest_robust.gallery.scene import LARGEST_SIDE, Scene
from pytest_robust.gallery.visits import Entry
from pytest_robust.generators import Kind
from pytest_robust.generators._catalogue import MEANING, grouped
from pytest_robust.generators._catalogue import levels as told_levels
from pytest_robust.report.html import STYLES, Inlined, environment

PICTURES = 6_000_000
"""Characters of all pictures of a page."""
LONGEST = (24_000, 16_000, 12_000, 8_000)
"""Characters of one picture: the first with which all fit."""
QUALITIES = (60, 45, 30, 15)
SMALL = 64
"""Pixels of a side up to which a picture is shown enlarged, each pixel a square."""


def html(scene: Scene, entries: Sequence[Entry]) -> str:
    """The page as HTML."""
    pictures = encoded(shown(scene, entries))
    kinds: dict[Kind, list[Entry]] = {}
    for kind, _ in grouped(entry.generator for entry in entries):
        kinds[kind] = [entry for entry in entries if entry.generator.kind == kind and entry.reason is None]
    return (
        environment()
        .get_template("gallery.html")
        .render(
            style=Inlined.of(*STYLES, "gallery.css"),
            scene=scene,
            kinds={kind: found for kind, found in kinds.items() if found},
            absent=[entry for entry in entries if entry.reason is not None],
            meaning=MEANING,
            picture=lambda image: Markup(pictures[id(image)]),
            told_levels=told_levels,
            small=max(scene.image.shape[:2]) <= SMALL,
            amplified=AMPLIFIED,
        )
    )


def shown(scene: Scene, entries: Iterable[Entry]) -> list[Images]:
    """All pictures of a page."""
    shots = [shot for entry in entries for shot in entry.shots]
    return [scene.image, *(shot.image for shot in shots), *(shot.change for shot in shots if shot.change is not None)]


def encoded(images: Sequence[Images]) -> dict[int, str]:
    """Addresses of pictures by their identity, as good as the page can hold. Not one is made smaller than need be."""
    small = max(images[0].shape[:2]) <= SMALL
    found: dict[int, str] = {}
    for longest in LONGEST:
        found = {
            id(image): data_uri(
                image, side=LARGEST_SIDE, longest=longest, qualities=(None, *QUALITIES) if small else QUALITIES
            )
            or ""
            for image in images
        }
        if sum(map(len, found.values())) <= PICTURES:
            break
    return found
