"""Adapters to models: the protocols, the decorator, the registry. One file a member.

An adapter is a function from options to a `Model`. Preprocessing (resize, crop, range, mean, std, layout)
belongs to it: whoever holds a `Model` speaks raw camera pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol, runtime_checkable

from pytest_robust.carriers import Images, Predictions
from pytest_robust.registry import Registry

if TYPE_CHECKING:
    import torch

Capability = Literal["gradients", "logits", "features", "abstained"]


class Model(Protocol):
    """A loaded model, ready to answer. Plain attributes do: nobody sets them from outside.

    One may also have `files`, the paths of the files that its weights were read from, for the record.
    """

    @property
    def fingerprint(self) -> str:
        """SHA-256 over weights, code and preprocessing: what decides whether cached evidence still holds."""
        ...

    @property
    def classes(self) -> tuple[str, ...] | None:
        """Class names in the order of the outputs, where the source tells them."""
        ...

    @property
    def description(self) -> dict[str, str]:
        """For a reader: device, parameter count, preprocessing in words."""
        ...

    @property
    def deterministic(self) -> bool:
        """Whether the suite's author expects two identical calls to give identical answers."""
        ...

    def predict(self, images: Images) -> Predictions:
        """Answers to (n, h, w, c) uint8 pixels. Probabilities are handed on as the model gave them.

        Raises ModelError where the answer is not (n, K) numbers.
        """
        ...


@runtime_checkable
class Differentiable(Protocol):
    """A model whose adapter declares `gradients`."""

    @property
    def device(self) -> torch.device:
        """Where the pixels must lie."""
        ...

    def at_work(self) -> AbstractContextManager[None]:
        """Held by the engine while an attack runs: how the model computes (CPU threads), put back after."""
        ...

    def logits(self, pixels: torch.Tensor) -> torch.Tensor:
        """Logits (n, K) of pixels (n, c, h, w) float32 in [0, 1] on `device`, preprocessing included; keeps the graph.

        The very computation of `predict`: softmax(logits(images / 255)) is what predict answers.
        """
        ...


@dataclass(frozen=True)
class Adapter:
    """An adapter and what its models can do. `load` takes the suite's options and `roots`."""

    name: str
    load: Callable[..., Model]
    capabilities: frozenset[Capability] = field(default_factory=frozenset)
    """What every model can do."""
    on_request: Mapping[Capability, str] = field(default_factory=dict)
    """What a model can do where the suite asks for it, each with what to write under `model:`."""
    requested: Callable[[Mapping[str, Any]], Iterable[Capability]] = lambda _: ()
    """Which of those are asked for by these options."""

    def offers(self, options: Mapping[str, Any]) -> frozenset[Capability]:
        """What a model with these options can do."""
        return self.capabilities | frozenset(self.requested(options))

    def __call__(self, **options: Any) -> Model:
        return self.load(**options)


def adapter(
    *,
    capabilities: Iterable[Capability] = (),
    on_request: Mapping[Capability, str] | None = None,
    requested: Callable[[Mapping[str, Any]], Iterable[Capability]] = lambda _: (),
    name: str | None = None,
) -> Callable[[Callable[..., Model]], Adapter]:
    """Make a function an adapter.

    Its keyword-only parameters are the options of `model:` in a suite, checked by their annotations;
    `roots: sources.Roots` is passed by the engine, to look up paths with.
    """

    def register(function: Callable[..., Model]) -> Adapter:
        named = name or function.__name__
        return Adapter(named, function, frozenset(capabilities), dict(on_request or {}), requested)

    return register


registry: Registry[Adapter] = Registry("adapter", "pytest_robust.adapters", Adapter)
