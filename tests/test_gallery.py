"""The gallery: all generators on one picture, as they are, and nothing on the page that is not text or picture."""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent / "report"))
from pages import Node, read

from pytest_robust import gallery
from pytest_robust.engine.alone import AtHand
from pytest_robust.errors import DataError, GenerationError, OptionError, SuiteError
from pytest_robust.gallery import page as pages
from pytest_robust.gallery.scene import SEED, Scene, random_network, set_scene
from pytest_robust.gallery.visits import EPSILONS, visits
from pytest_robust.generators import generator, registry

ROOT = Path(__file__).parents[1]


def photo(height: int = 24, width: int = 24) -> np.ndarray:
    """A picture that looks different in each of its corners."""
    rows, columns = np.mgrid[0:height, 0:width]
    return np.stack([rows * 255 // height, columns * 255 // width, (rows + columns) % 256], axis=2).astype(np.uint8)


@pytest.fixture(scope="module")
def picture(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("gallery") / "photo.png"
    Image.fromarray(photo()).save(path)
    return path


@pytest.fixture(scope="module")
def whole(picture) -> tuple[str, list[str]]:
    """The page of all generators, and what was told meanwhile."""
    told: list[str] = []
    return gallery.render(set_scene(picture), registry.all(), told.append), told


@pytest.fixture(scope="module")
def tree(whole) -> Node:
    return read(whole[0])


def decoded(image: Node) -> np.ndarray:
    head, _, data = image.attributes["src"].partition(",")
    assert head == "data:image/webp;base64"
    with Image.open(io.BytesIO(base64.b64decode(data))) as opened:
        return np.asarray(opened.convert("RGB"))


def test_every_generator_is_shown_or_listed_with_its_reason(tree, whole):
    shown = {article.attributes["id"]: article for article in tree.all("article")}
    absent = {
        item.one("dt").words: item.one("dd").words for item in tree.one("section", id="absent").one("dl").all("div")
    }
    names = registry.names()
    assert not set(shown) & set(absent)
    for member in registry.all():
        entries = [name for name in shown if name == member.name or name.startswith(f"{member.name}-")]
        assert bool(entries) != (member.name in absent), member.name
        for name in entries:
            assert member.risk in shown[name].words
            assert f"truth: {member.truth}" in shown[name].words
            assert all(need in shown[name].words for need in member.needs)
    assert {"compose", "premade", "albumentations"} <= set(absent)
    assert absent["compose"] == "option 'steps' is missing; write `steps: ...`"
    assert len(shown) > 0.9 * len(names)
    assert [line.split() for line in whole[1]] == [[f"{n}/{len(names)}", name] for n, name in enumerate(names, start=1)]


def test_members_stand_under_their_kind(tree):
    for section in tree.one("main").all("section"):
        for article in section.all("article"):
            name = article.attributes["id"]
            assert (
                registry.get(name if name in registry.names() else name.partition("-")[0]).kind
                == section.attributes["id"]
            )


def test_each_level_is_what_the_generator_makes(tree):
    scene = photo()
    seeds = np.array([SEED], np.uint64)
    for name in ("fog", "gaussian_noise", "low_light", "pixelate"):
        member = registry.get(name)
        figures = tree.one("article", id=name).all("figure")
        assert [figure.one("figcaption").words for figure in figures] == [
            f"severity {level:g}" for level in member.levels
        ]
        for figure, level in zip(figures, member.levels, strict=True):
            expected = member(scene[None], severity=level, seeds=seeds)[0]
            assert np.array_equal(decoded(figure.one("img")), expected)


def test_choices_that_cells_are_named_after_are_shown_each(tree):
    flips = {article.attributes["id"] for article in tree.all("article") if article.attributes["id"].startswith("flip")}
    assert flips == {"flip-horizontal", "flip-vertical"}
    made = decoded(tree.one("article", id="flip-vertical").one("img"))
    assert np.array_equal(made, photo()[::-1])


def test_attacks_are_shown_with_ten_times_the_change_and_within_their_epsilon(tree):
    figures = tree.one("article", id="pgd").all("figure")
    assert len(figures) == len(EPSILONS)
    for figure, epsilon in zip(figures, EPSILONS, strict=True):
        image, change = figure.all("img")
        offset = decoded(image).astype(int) - photo()
        assert np.abs(offset).max() <= round(epsilon * 255)
        assert np.array_equal(decoded(change), np.clip(128 + 10 * offset, 0, 255))
    smallest = tree.one("article", id="fmn").one("figcaption").words
    assert smallest.startswith("smallest change found: ")


def test_stand_ins_are_called_stand_ins(tree):
    notes = tree.one("ul", **{"class": "notes"}).words
    assert "small network with fixed random weights" in notes
    assert "turned by 180 degrees" in notes
    assert "cut short" in notes
    half = decoded(tree.one("article", id="blend").one("img"))
    assert np.array_equal(half, np.floor(0.5 * photo() + 0.5 * photo()[::-1, ::-1] + 0.5))


def test_the_page_fetches_and_runs_nothing(whole, tree):
    assert "<script" not in whole[0]
    policy = tree.one("meta", **{"http-equiv": "Content-Security-Policy"}).attributes["content"]
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert all(image.attributes["src"].startswith("data:image/webp;base64,") for image in tree.all("img"))
    assert all(link.attributes["href"].startswith("#") for link in tree.all("a"))
    assert all(image.attributes["alt"] for image in tree.all("img"))
    targets = {node.attributes["id"] for node in tree.all() if "id" in node.attributes}
    assert {link.attributes["href"][1:] for link in tree.all("a")} <= targets


@generator(kind="field", risk='<script>alert(1)</script> & "quotes".', name="hostile")
def hostile(images, *, severity, seeds):
    raise GenerationError("<img src=x onerror=alert(2)>")


@generator(kind="field", risk="Falls over.", name="broken")
def broken(images, *, severity, seeds):
    return images[1000]


@generator(kind="field", scale="severity", levels=(1,), risk="<b>Fine</b>.", name="fine")
def fine(images, *, severity, seeds):
    images[:] = 7
    return images


def test_a_generator_that_fails_costs_nobody_else_anything_and_text_is_text():
    scene = Scene(photo(), AtHand(), ("<i>note</i>",))
    text = gallery.render(scene, [hostile, broken, fine], lambda line: None)
    tree = read(text)
    assert not tree.all("script")
    assert not tree.all("i")
    assert not tree.all("b")
    reasons = {item.one("dt").words: item.one("dd").words for item in tree.one("dl").all("div")}
    assert reasons["hostile"] == "<img src=x onerror=alert(2)>"
    assert reasons["broken"].startswith("IndexError: index 1000 is out of bounds")
    assert (decoded(tree.one("article", id="fine").one("img")) == 7).all()
    assert np.array_equal(scene.image, photo())


def test_what_is_not_at_hand_is_the_reason():
    (entry,) = visits(registry.get("pgd"), Scene(photo(), AtHand()))
    assert entry.reason == "pgd needs `model`, which is not at hand"


def test_the_random_network_is_the_same_every_time_and_touches_no_global_randomness():
    before = torch.get_rng_state()
    answers = [AtHand(random_network((24, 24, 3))).answered(photo()[None]) for _ in range(2)]
    assert np.array_equal(*answers)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.mark.parametrize(
    ("shape", "size", "expected"),
    [
        ((24, 24), None, (24, 24)),
        ((448, 224), None, (224, 112)),
        ((100, 30), 50, (50, 15)),
        ((10, 20), 40, (20, 40)),
        ((300, 1), 30, (30, 1)),
    ],
)
def test_a_picture_is_brought_to_its_size(shape, size, expected, tmp_path):
    Image.fromarray(photo(*shape)).save(tmp_path / "a.png")
    assert set_scene(tmp_path / "a.png", size=size).image.shape == (*expected, 3)


def test_grey_and_turned_pictures(tmp_path):
    Image.fromarray(photo()[..., 0]).save(tmp_path / "grey.png")
    scene = set_scene(tmp_path / "grey.png")
    assert np.array_equal(scene.image[..., 0], photo()[..., 0])
    text = gallery.render(
        scene, [registry.get("fog"), registry.get("saturate"), registry.get("pgd")], lambda line: None
    )
    tree = read(text)
    assert [article.attributes["id"] for article in tree.all("article")] == ["fog", "pgd"]
    assert "saturate" in tree.one("section", id="absent").words
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its side
    Image.fromarray(photo(10, 20)).save(tmp_path / "turned.png", exif=exif)
    assert set_scene(tmp_path / "turned.png").image.shape == (20, 10, 3)


def test_a_partner_of_ones_own(picture, tmp_path):
    Image.fromarray(np.full((40, 80, 3), 200, np.uint8)).save(tmp_path / "partner.png")
    scene = set_scene(picture, partner=tmp_path / "partner.png")
    assert "partner.png" in scene.notes[0]
    tree = read(gallery.render(scene, [registry.get("blend")], lambda line: None))
    expected = np.floor(0.5 * photo() + 100 + 0.5)
    assert np.array_equal(decoded(tree.one("article", id="blend").one("img")), expected)


def test_a_suite_lends_its_model_and_its_data(picture):
    suite = ROOT / "suites" / "vision.yaml"
    scene = set_scene(picture, suite=suite)
    assert scene.hand.model is not None
    answer = scene.hand.answered(scene.image[None]).argmax()
    tree = read(
        gallery.render(
            scene, [registry.get("pgd"), registry.get("blend"), registry.get("templates")], lambda line: None
        )
    )
    assert "vision.yaml" in tree.one("ul", **{"class": "notes"}).words
    assert {article.attributes["id"] for article in tree.all("article")} == {"pgd", "blend", "templates"}
    last = decoded(tree.one("article", id="pgd").all("figure")[-1].all("img")[0])
    pixels = last[..., : scene.image.shape[2]]
    assert scene.hand.answered(np.ascontiguousarray(pixels)[None]).argmax() != answer


def test_mistakes_are_told(picture, tmp_path):
    with pytest.raises(OptionError, match="a size of 500 pixels cannot be shown; give 1 to 224"):
        set_scene(picture, size=500)
    with pytest.raises(OptionError, match="give a size or a suite"):
        set_scene(picture, size=8, suite=ROOT / "suites" / "vision.yaml")
    (tmp_path / "a.txt").write_text("no picture")
    with pytest.raises(DataError, match=r"a\.txt is not a readable picture"):
        set_scene(tmp_path / "a.txt")
    with pytest.raises(DataError, match=r"absent\.png is not a readable picture: .*No such file"):
        set_scene(tmp_path / "absent.png")
    Image.fromarray(np.zeros((4, 4), np.uint16)).save(tmp_path / "deep.png")
    with pytest.raises(DataError, match=r"deep\.png has pixels of mode"):
        set_scene(tmp_path / "deep.png")
    (tmp_path / "suite.yaml").write_text("model: 3")
    with pytest.raises(SuiteError):
        set_scene(picture, suite=tmp_path / "suite.yaml")


def test_where_torch_is_not_installed_attacks_are_left_out_and_all_else_is_there(picture, monkeypatch):
    monkeypatch.setattr("pytest_robust.gallery.scene.find_spec", lambda name: None)
    scene = set_scene(picture)
    assert scene.hand.model is None
    tree = read(gallery.render(scene, [registry.get("fog"), registry.get("pgd")], lambda line: None))
    assert "torch is not installed" in tree.one("ul", **{"class": "notes"}).words
    assert [article.attributes["id"] for article in tree.all("article")] == ["fog"]


def test_where_pillow_is_not_installed_it_is_asked_for(picture, monkeypatch):
    monkeypatch.setattr("pytest_robust.gallery.scene.can_draw", lambda: False)
    with pytest.raises(OptionError, match="the gallery needs Pillow"):
        set_scene(picture)


def test_pictures_get_worse_before_the_page_gets_too_large(monkeypatch):
    noise = [np.random.default_rng(seed).integers(0, 256, (128, 128, 3), dtype=np.uint8) for seed in range(8)]
    free = pages.encoded(noise)
    monkeypatch.setattr(pages, "PICTURES", 8 * 12_500)
    tight = pages.encoded(noise)
    assert sum(map(len, tight.values())) <= 8 * 12_500 < sum(map(len, free.values()))
    assert len(tight) == len(free) == 8
    assert all(
        Image.open(io.BytesIO(base64.b64decode(one.partition(",")[2]))).size == (128, 128) for one in tight.values()
    )
