"""The sets that an attack may search: L-infinity and L2 balls around an image, in levels of 255.

Offsets are torch tensors (n, c, h, w). `ascent` and `project` follow Madry et al. 2018; `whole` brings an offset to
whole levels, which is all that an 8-bit image can hold, without leaving the ball.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from pytest_robust.errors import GenerationError

if TYPE_CHECKING:
    from torch import Tensor


Norm = Literal["linf", "l2"]


class Ball(Protocol):
    """A ball of `radius` levels."""

    @property
    def radius(self) -> float: ...

    def random(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """One offset, uniform in the ball."""
        ...

    def ascent(self, gradient: Tensor) -> Tensor:
        """The offset of length one that raises the loss most."""
        ...

    def project(self, offset: Tensor) -> Tensor:
        """The nearest offset in the ball."""
        ...

    def whole(self, offset: Tensor) -> Tensor:
        """A near offset of whole levels in the ball, for an offset in the ball."""
        ...


@dataclass(frozen=True)
class Linf:
    """No value changes by more than `radius`, a whole number of levels."""

    radius: float

    def random(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
        return rng.uniform(-self.radius, self.radius, shape).astype(np.float32)

    def ascent(self, gradient: Tensor) -> Tensor:
        return gradient.sign()

    def project(self, offset: Tensor) -> Tensor:
        return offset.clamp(-self.radius, self.radius)

    def whole(self, offset: Tensor) -> Tensor:
        return offset.round()


@dataclass(frozen=True)
class L2:
    """The Euclidean length of the change, over all values of an image, is at most `radius`."""

    radius: float

    def random(self, rng: np.random.Generator, shape: tuple[int, ...]) -> NDArray[np.float32]:
        direction = rng.standard_normal(shape)
        length = self.radius * rng.random() ** (1 / direction.size)
        return np.asarray(direction * (length / np.linalg.norm(direction)), dtype=np.float32)

    def ascent(self, gradient: Tensor) -> Tensor:
        # Divided by the largest entry first, so that the squares of a small gradient do not vanish.
        scaled = gradient / gradient.abs().amax(dim=(1, 2, 3), keepdim=True).clamp_min(1e-38)
        return scaled / _length(scaled).clamp_min(1e-12)

    def project(self, offset: Tensor) -> Tensor:
        return offset * (self.radius / _length(offset).clamp_min(1e-12)).clamp_max(1)

    def whole(self, offset: Tensor) -> Tensor:
        found = offset.round()
        scale = offset.new_ones(len(offset), 1, 1, 1)
        while (outside := _length(found) > self.radius).any():
            # Rounding made it longer: round a slightly shorter one. It ends, at the latest, at no change at all.
            scale[outside] *= 0.98
            found = (offset * scale).round()
        return found


def ball(attack: str, norm: Norm, epsilon: float) -> Linf | L2:
    """The ball of `epsilon`, in pixels between 0 and 1; an L-infinity one is rounded down to whole levels.

    Raises GenerationError, which names the attack, for an epsilon below 1/255, which no 8-bit image can go.

    >>> ball("pgd", "linf", 8.9 / 255)
    Linf(radius=8.0)
    """
    # An epsilon written 8/255 is a hair below or above 8 levels.
    reach = epsilon * 255 * (1 + 1e-9)
    if reach < 1:
        raise GenerationError(f"{attack}: epsilon {epsilon:g} is below 1/255, the smallest change of an 8-bit image")
    return Linf(float(np.floor(reach))) if norm == "linf" else L2(reach)


def _length(offset: Tensor) -> Tensor:
    return offset.square().sum(dim=(1, 2, 3), keepdim=True).sqrt()
