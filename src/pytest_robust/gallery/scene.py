"""The picture with what generators need beside it: lent by a suite, or stand-ins."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from pytest_robust.carriers import Images
from pytest_robust.datasets._images import GRAY, check_mode, to_pixels
from pytest_robust.engine import needs
from pytest_robust.engine.alone import AtHand
from pytest_robust.engine.loading import load_data, load_model
from pytest_robust.engine.pictures import can_draw
from pytest_robust.engine.plan import make_plan
from pytest_robust.errors import DataError, OptionError
from pytest_robust.sources import Roots
from pytest_robust.suite import files

LARGEST_SIDE = 224
"""Pixels of a picture's longer side."""
SEED = 2026


@dataclass(frozen=True)
class Scene:
    """The picture (h, w, c) with what there is beside it, and in words what that is."""

    image: Images
    hand: AtHand
    notes: tuple[str, ...] = ()


def set_scene(path: Path, *, partner: Path | None = None, suite: Path | None = None, size: int | None = None) -> Scene:
    """The picture in a file, with the model and the data that a suite lends, or with stand-ins.

    `size` is the longer side in pixels, 1 to 224; absent, the picture is made smaller only where it has more. A suite's
    pictures decide the size and the channels instead. Raises DataError for a file that is no picture, OptionError for
    another size, and what a suite's mistakes raise.
    """
    if size is not None and not 1 <= size <= LARGEST_SIDE:
        raise OptionError(f"a size of {size} pixels cannot be shown; give 1 to {LARGEST_SIDE}")
    if not can_draw():
        raise OptionError("the gallery needs Pillow; `pip install pytest-robust[vision]`")
    if suite is not None:
        if size is not None:
            raise OptionError("a suite's pictures decide the size; give a size or a suite")
        return lent(path, partner, suite)
    image = read(path, size=size)
    other = image[::-1, ::-1] if partner is None else read(partner, like=image)
    notes = [
        f"The partner of ambiguous inputs is {'the picture turned by 180 degrees' if partner is None else partner}."
    ]
    model = None
    if find_spec("torch") is None:
        notes.append("torch is not installed: attacks are left out.")
    else:
        model = random_network(image.shape)
        notes.append(
            "Attacks are shown against a small network with fixed random weights, whose own answer counts as the right "
            "one. It says nothing of your model; --suite lends one."
        )
    turned = (image, other, image[:, ::-1], image[::-1])
    notes.append("The picture, its partner and their mirror images stand for the classes where one of each is needed.")
    hand = AtHand(model, None, other[None], np.stack(turned), np.full(len(turned), 1 / len(turned)))
    return Scene(image, hand, tuple(notes))


def lent(path: Path, partner: Path | None, suite: Path) -> Scene:
    """The picture as a row of a suite's first data set, with its model."""
    file = files.load(suite)
    plan = make_plan(file, Roots((suite.resolve().parent, Path.cwd())))
    assert file.suite is not None
    model, data = load_model(plan), next(iter(file.suite.data))
    dataset = load_data(plan, data, model.classes)
    rows = dataset.rows(np.arange(1)).inputs
    image = read(path, like=rows[0])
    hand = AtHand(model)
    answer = hand.answered(image[None])
    others = np.flatnonzero(dataset.labels != answer.argmax())
    notes = [
        f"Model and data are those of {suite}: the picture is brought to the size of its pictures, "
        f"{image.shape[1]} x {image.shape[0]}, and what the model answers counts as right."
    ]
    if partner is not None:
        other = read(partner, like=image)
        notes.append(f"The partner of ambiguous inputs is {partner}.")
    else:
        row = others[:1] if len(others) else np.arange(1)
        other = dataset.rows(row).inputs[0]
        notes.append(f"The partner of ambiguous inputs is row {dataset.ids[row][0]} of the data.")
    classes = model.classes or dataset.classes or tuple(map(str, range(answer.shape[1])))
    hand = replace(hand, partner=other[None])
    try:
        order = np.arange(len(dataset))
        hand = replace(
            hand, exemplars=needs.exemplars(dataset, data, order, classes), prior=needs.prior(dataset, data, classes)
        )
    except DataError as error:
        notes.append(str(error))
    return Scene(image, hand, tuple(notes))


def read(path: Path, *, size: int | None = None, like: Images | None = None) -> Images:
    """The picture in a file (h, w, 1 or 3), of a size, or cut and resized to be like another. Raises DataError."""
    from PIL import Image, ImageOps

    try:
        with Image.open(path) as opened:
            check_mode(opened.mode, str(path))
            picture = ImageOps.exif_transpose(opened)
            grey = opened.mode in GRAY if like is None else like.shape[2] == 1
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise DataError(f"{path} is not a readable picture: {error}") from error
    if like is not None:
        picture = ImageOps.fit(picture.convert("RGB"), like.shape[1::-1])
    elif size is not None or max(picture.size) > LARGEST_SIDE:
        scale = (size or LARGEST_SIDE) / max(picture.size)
        width, height = (max(1, round(side * scale)) for side in picture.size)
        picture = picture.convert("RGB").resize((width, height), Image.Resampling.LANCZOS)
    return to_pixels(picture, "gray" if grey else "rgb", None)


def random_network(shape: tuple[int, ...]) -> Any:
    """A network of four classes for pictures (h, w, c), the same every time. torch's random state stays as it is."""
    import torch
    from torch import nn

    from pytest_robust.adapters.torch import from_module

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(SEED)
        module = nn.Sequential(
            nn.Conv2d(shape[2], 16, 4, stride=4, padding=2),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(6),
            nn.Flatten(),
            nn.Linear(32 * 36, 4),
        )
    return from_module(module, device="cpu", fingerprint="random network of the gallery")
