"""How a network is run: channels last, under autocast or compiled where a suite asks for it; watched for features."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal

from pytest_robust.adapters._answers import reason
from pytest_robust.errors import ModelError, OptionError, nearest
from pytest_robust.sources import where_raised

if TYPE_CHECKING:
    import torch

Autocast = Literal["bfloat16", "float16"]
Answering = Callable[["torch.Tensor"], Any]
"""From preprocessed pixels to whatever a module answers."""

REMEDIES = {
    "channels_last": "leave it out, or write reshape() in the network where it says view()",
    "autocast": "leave it out, or compute the part that raises under torch.autocast(..., enabled=False)",
    "compile": (
        "leave it out, or give torch.compile what it lacks: on the CPU a C++ compiler (the environment variable CXX "
        "names one), and a network that takes any number of images"
    ),
}
"""What to do where the network answers without the option only."""


def compiled(module: torch.nn.Module) -> Answering:
    """The module as `torch.compile` makes it at the first call: once for one row, once for any greater number."""
    import torch

    def program(pixels: torch.Tensor) -> Any:
        return module(pixels)

    # torch counts by code object, and from the ninth program of one on runs what was written, without a word.
    program.__code__ = program.__code__.replace()
    # Not `dynamic=None`, which compiles for the first size and again for any: bits would depend on what came first.
    made: Answering = torch.compile(program, dynamic=False)
    return made


@contextmanager
def quiet_compiler() -> Iterator[None]:
    """What torch tells itself while it compiles, kept from pytest.

    Under `-W error` its warnings would end the compilation; and what it traces for tools of its own, a hundred lines a
    program, would stand in the log of a failing item, as pytest listens to loggers that do not propagate too.
    """
    trace = logging.getLogger("torch.__trace")
    others = [one for one in trace.handlers if not type(one).__module__.startswith("torch.")]
    for one in others:
        trace.removeHandler(one)
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module=r"torch\b")
            yield
    finally:
        for one in others:
            trace.addHandler(one)


@dataclass(frozen=True)
class Inference:
    """The options under `model:` that buy speed with the last digits of an answer.

    >>> print(Inference(channels_last=True, autocast="bfloat16"))
    channels_last: true, autocast: bfloat16
    """

    channels_last: bool = False
    """Weights and pixels lie in memory as (n, h, w, c)."""
    autocast: Autocast | None = None
    """What torch computes in where it holds that to be safe."""
    compile: bool = False
    """Whether `torch.compile` makes a program of the module."""

    @property
    def asked(self) -> dict[str, str]:
        """What differs from torch's own way, as a suite writes it; last what is the first to be doubted."""
        written = {
            "channels_last": "true" if self.channels_last else None,
            "autocast": self.autocast,
            "compile": "true" if self.compile else None,
        }
        return {name: value for name, value in written.items() if value is not None}

    def __str__(self) -> str:
        return ", ".join(f"{name}: {value}" for name, value in self.asked.items())

    def without(self, name: str) -> Inference:
        """The same but for one option."""
        return replace(self, **{name: getattr(Inference(), name)})

    def casts(self, device: torch.device) -> AbstractContextManager[Any]:
        """Held while the module answers."""
        import torch

        return torch.autocast(device.type, getattr(torch, self.autocast)) if self.autocast else nullcontext()


@dataclass(frozen=True)
class Network:
    """A module of our own, asked as `how` says. Raises OptionError or ModelError where that cannot be."""

    module: torch.nn.Module
    how: Inference
    device: torch.device
    dtype: torch.dtype
    """What the module computes in by itself."""
    where: str
    """Names the module in messages."""
    features: str | None = None
    """The submodule that is watched."""
    _programs: dict[tuple[int, ...], Answering] = field(default_factory=dict, init=False)
    """By the shape of an image: torch makes at most eight of one function."""
    _seen: list[Any] = field(default_factory=list, init=False)
    """What the watched submodule gave out."""
    _alone: Lock = field(default_factory=Lock, init=False)
    """Held where a submodule is watched: what it gives out is of one question."""

    def __post_init__(self) -> None:
        import torch

        if self.features is not None:
            parts = dict(self.module.named_modules())
            if self.features not in parts:
                known = [name for name in parts if name]
                raise ModelError(
                    f"features: {self.where} has no module {self.features!r}; {nearest(self.features, known)}"
                )
            # Once and for all: a compiled program has the hooks that there were when it was made.
            parts[self.features].register_forward_hook(lambda _part, _input, output: self._seen.append(output))
        if self.how.compile and isinstance(self.module, torch.jit.ScriptModule):
            raise OptionError(
                f"compile: {self.where} is TorchScript, which torch.compile does not take; leave `compile` out, "
                "or give `source: path.py:factory` with `weights:`"
            )
        if self.how.autocast:
            self._check_autocast()
        if self.how.channels_last:
            self.module.to(memory_format=torch.channels_last)

    def __call__(self, pixels: torch.Tensor) -> tuple[Any, Any]:
        """What the module answers to preprocessed pixels, and what the watched submodule gave out last, or None.

        Raises ModelError where an option is at fault, and otherwise what the module raises.
        """
        import torch

        with nullcontext() if self.features is None else self._alone:
            try:
                return self._asked(pixels, self.how), self._seen[-1] if self._seen else None
            except torch.OutOfMemoryError:
                raise
            except Exception as error:
                self._doubt(pixels, error)
                raise
            finally:
                self._seen.clear()

    def _asked(self, pixels: torch.Tensor, how: Inference) -> Any:
        import torch

        if how.channels_last:
            pixels = pixels.contiguous(memory_format=torch.channels_last)
        asked: Answering = self.module
        if how.compile:
            shape = tuple(pixels.shape[1:])
            if shape not in self._programs:
                self._programs[shape] = compiled(self.module)
            asked = self._programs[shape]
            if len(pixels) > 1:
                torch._dynamo.mark_dynamic(pixels, 0)
        with how.casts(self.device), quiet_compiler() if how.compile else nullcontext():
            return asked(pixels)

    def _doubt(self, pixels: torch.Tensor, error: Exception) -> None:
        """Raise ModelError about the option without which the module answers, or the error that it has of its own."""
        import torch

        how = self.how
        for name, written in reversed(self.how.asked.items()):
            how = how.without(name)
            try:
                if name == "channels_last":
                    self.module.to(memory_format=torch.contiguous_format)
                with torch.no_grad():
                    self._asked(pixels.detach(), how)
            except Exception as own:
                error = own
                continue
            finally:
                if name == "channels_last":
                    self.module.to(memory_format=torch.channels_last)
            told = getattr(error, "inner_exception", error)  # torch's compiler wraps what stopped it
            raise ModelError(
                f"{where_raised(error, Path(self.where))}: {self.where} raised {reason(told)} on input of shape "
                f"{tuple(pixels.shape)} with `{name}: {written}`, and answers without it; {REMEDIES[name]}"
            ) from error
        if self.how.asked:
            raise error

    def _check_autocast(self) -> None:
        """It must have an effect: torch passes over some networks without a word, and over devices with a warning."""
        import torch

        written = f"autocast: {self.how.autocast}"
        if self.dtype != torch.float32:
            raise OptionError(
                f"`{written}` is for networks in float32, and {self.where} computes in "
                f"{str(self.dtype).removeprefix('torch.')}; leave it out"
            )
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            try:
                with self.how.casts(self.device):
                    enabled = torch.is_autocast_enabled(self.device.type)
            except RuntimeError:
                enabled = False
        if not enabled:
            raise ModelError(
                f"`{written}`: torch {torch.__version__} does not compute in {self.how.autocast} on this "
                f"{self.device.type}; leave it out, or write the other type, bfloat16 or float16"
            )
