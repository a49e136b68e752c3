"""The gallery in a real browser: nothing is fetched, nothing overflows, everything can be read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from browser import CONTRASTS, OVERFLOW, complaints, visit
from pytest_robust import gallery
from pytest_robust.generators import registry

NAMES = (
    "clean",
    "fog",
    "snow",
    "flip",
    "pgd",
    "blend",
    "white_noise",
    "single_frequency_greyscale",
    "compose",
    "premade",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    found = tmp_path_factory.mktemp("pages")
    for name, shape in (("small", (16, 24, 3)), ("large", (120, 200, 3))):
        pixels = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
        Image.fromarray(pixels).save(found / f"{name}.png")
        scene = gallery.set_scene(found / f"{name}.png")
        text = gallery.render(scene, [registry.get(one) for one in NAMES], lambda line: None)
        (found / f"{name}.html").write_text(text, encoding="utf-8")
    return found


@pytest.mark.parametrize("name", ["small", "large"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_the_page_is_never_wider_than_the_window(browser, folder, name, width):
    visit(browser, folder / f"{name}.html", width=width)
    assert browser.execute_script(OVERFLOW) <= 0


@pytest.mark.parametrize("name", ["small", "large"])
def test_all_pictures_are_seen_in_their_proportions_and_nothing_is_complained_of(browser, folder, name):
    visit(browser, folder / f"{name}.html")
    browser.execute_script("document.querySelectorAll('img').forEach(i => i.loading = 'eager')")
    boxes = browser.execute_async_script("""
        const done = arguments[0];
        Promise.all([...document.images].map(i => i.decode().then(() => i.getBoundingClientRect())))
          .then(found => done(found.map(b => [b.width, b.height])));""")
    assert len(boxes) > 20
    assert all(width >= 60 for width, _ in boxes)
    shape = (24, 16) if name == "small" else (200, 120)
    assert all(width / height == pytest.approx(shape[0] / shape[1], rel=0.03) for width, height in boxes)
    assert complaints(browser) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_has_the_contrast_of_wcag_aa(browser, folder, scheme):
    visit(browser, folder / "large.html", prefers_color_scheme=scheme)
    assert browser.execute_script(CONTRASTS) == []
