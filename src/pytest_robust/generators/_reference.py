"""The attacks of the reference authors' package `pyautoattack`, kept from the rows around and from the process.

Its attack classes are used with the parameters of its own evaluation, but not that evaluation, which asks for the clean
answers again and again, seeds itself from the clock, switches tracers off (coverage, debuggers), fails for fewer than
ten classes, and judges images that no camera can take.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.errors import GenerationError
from pytest_robust.generators._ask import GROUP
from pytest_robust.generators._balls import Norm

if TYPE_CHECKING:
    from torch import Tensor

REQUIRES = {"pyautoattack": "pytest-robust[autoattack]"}

NAMES = {"linf": "Linf", "l2": "L2"}
"""Of norms, in the package."""
FULL_QUERIES = 5000
"""What Square's schedule of sizes is made for; it is squeezed where there are fewer."""
Starts = Callable[[], "Tensor"]
"""Random offsets of length one, one a row, from the rows' own streams."""
Raid = Callable[["Tensor", "Tensor", Starts], "Tensor"]
"""From `GROUP` images (n, c, h, w) in pixels between 0 and 1, and their labels, to images that may fool the model."""


class Reference:
    """The package's attacks on one model, within a ball of `epsilon`, in pixels. Each method gives one to run."""

    def __init__(self, model: Any, norm: Norm, epsilon: float) -> None:
        self.model = model
        self.norm = NAMES[norm]
        self.epsilon = epsilon

    def logits(self, pixels: Tensor) -> Tensor:
        """The model's answers. Always so many rows at a time, filled up with black ones: see `_ask.GROUP`.

        There may be none: Square goes on when all rows have answers that are not finite.
        """
        import torch

        followed = pixels.requires_grad
        if followed:
            pixels = pixels.view_as(pixels)
            # The package fails on gradients that lie in memory in another order than the image.
            pixels.register_hook(lambda slope: slope.contiguous())  # type: ignore[no-untyped-call]
        filled = torch.cat([pixels, pixels.new_zeros(GROUP - len(pixels), *pixels.shape[1:])])
        found: Tensor = self.model.logits(filled)[: len(pixels)]
        if followed and not found.requires_grad:
            raise GenerationError("the model's answer carries no gradient; look for detach() or no_grad() in it")
        return found

    def apgd(self, loss: str, *, iterations: int, averaged: int = 1, target: int | None = None) -> Raid:
        """APGD; `target` 2 is the likeliest class but one. `averaged` is over how many passes a gradient is."""
        base = part("autopgd_base").APGDAttack_targeted

        def raid(pixels: Tensor, labels: Tensor, starts: Starts) -> Tensor:
            made = base(
                self.logits,
                n_iter=iterations,
                norm=self.norm,
                eps=self.epsilon,
                eot_iter=averaged,
                rho=0.75,
                device=pixels.device,
                logger=SILENT,
            )
            made.loss = loss
            made.init_hyperparam(pixels)
            if target is not None:
                made.y_target = self.logits(pixels).sort(dim=1)[1][:, -target]
            found: Tensor = made.attack_single_run(pixels, labels, x_init=pixels + self.epsilon * starts())[3]
            return found

        return raid

    def fab(self, *, iterations: int, target: int) -> Raid:
        """FAB towards one class: the nearest image that it finds, within epsilon or not."""
        import torch

        base = part("fab_pt").FABAttack_PT

        class Fab(base):  # type: ignore[misc, valid-type]
            """Its own adds to the gradients of the model's parameters."""

            def get_diff_logits_grads_batch_targeted(
                self, pixels: Tensor, labels: Tensor, targets: Tensor
            ) -> tuple[Tensor, Tensor]:
                pixels = pixels.clone().requires_grad_()
                with torch.enable_grad():
                    logits, rows = self.predict(pixels), torch.arange(len(pixels))
                    lead = logits[rows, targets] - logits[rows, labels]
                    (slope,) = torch.autograd.grad(lead.sum(), pixels)
                return lead.detach()[:, None], slope[:, None]

        def raid(pixels: Tensor, labels: Tensor, _: Starts) -> Tensor:
            made = Fab(self.logits, norm=self.norm, n_iter=iterations, eps=self.epsilon, device=pixels.device)
            made.target_class = target
            found: Tensor = made.attack_single_run(pixels, labels, is_targeted=True)
            return found

        return raid

    def square(self, *, queries: int) -> Raid:
        """Square. Its squares are drawn once for all rows; the package shares them within a batch as well."""
        base = part("square").SquareAttack

        class Square(base):  # type: ignore[misc, valid-type]
            """What its own draws for one row depends on how many others there are."""

            def random_choice(self, shape: Sequence[int]) -> Tensor:
                signs: Tensor = super().random_choice([1, *shape[1:]] if len(shape) == 4 else shape)
                return signs

        def raid(pixels: Tensor, labels: Tensor, _: Starts) -> Tensor:
            made = Square(
                self.logits,
                norm=self.norm,
                n_queries=queries,
                eps=self.epsilon,
                resc_schedule=queries < FULL_QUERIES,
                device=pixels.device,
            )
            made.init_hyperparam(pixels)
            found: Tensor = made.attack_single_run(pixels, labels)[1]
            return found

        return raid


def part(name: str) -> Any:
    """A module of the package. Raises GenerationError where it is not installed."""
    try:
        return import_module(f"pyautoattack.{name}")
    except ImportError as error:
        (install,) = REQUIRES.values()
        raise GenerationError(f'cannot import pyautoattack: {error}; `pip install "{install}"`') from error


def grid_fits(height: int, width: int) -> bool:
    """Whether Square can start in an L2 ball on images of this size: its grid begins off the corner.

    >>> grid_fits(32, 32), grid_fits(12, 12), grid_fits(4, 4)
    (True, False, False)
    """
    side = height // 5
    margin = (height - 5 * side) // 2
    return side == 1 or (side > 1 and all(margin + length // side * side <= length for length in (height, width)))


def raided(
    raid: Raid, clean: Tensor, labels: Tensor, streams: Sequence[np.random.Generator], norm: Norm = "linf"
) -> Tensor:
    """What an attack makes of rows, (n, c, h, w) in levels that need not be whole; itself where it is not finite.

    `clean` in levels, `labels` (n,), and one stream of random numbers a row.
    """
    import torch

    parts, shape = [], tuple(clean.shape[1:])
    for first in range(0, len(clean), GROUP):
        rows = torch.arange(first, first + GROUP, device=clean.device)
        rows[rows >= len(clean)] = first

        def starts(first: int = first, rows: Tensor = rows) -> Tensor:
            drawn = np.stack([start(norm, stream, shape) for stream in streams[first : first + GROUP]])
            return torch.from_numpy(drawn).to(clean)[rows - first]

        base = clean[rows].contiguous()
        with undisturbed():
            made = raid(base / 255, labels[rows], starts) * 255
        parts.append(made.where(made.isfinite(), base))
    return torch.cat(parts)[: len(clean)]


def start(norm: Norm, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """A random offset of length one, drawn as the package draws it."""
    if norm == "linf":
        drawn = rng.uniform(-1, 1, shape)
        return np.asarray(drawn / np.abs(drawn).max(), dtype=np.float32)
    drawn = rng.standard_normal(shape)
    return np.asarray(drawn / np.linalg.norm(drawn), dtype=np.float32)


@contextmanager
def undisturbed() -> Iterator[None]:
    """The package draws from torch's global generator: always the same numbers, and the generator is put back."""
    import torch

    with torch.no_grad(), torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        yield


SILENT = logging.Logger("pyautoattack", logging.CRITICAL + 1)
"""Takes the package's words on single steps; what matters of them is in the evidence."""
