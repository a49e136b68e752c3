"""A torch module as a `Model`: preprocessing, the forward pass, and what may come out of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.adapters._answers import Outputs, abstentions, check_answer, kind, reason
from pytest_robust.adapters._preprocess import Preprocessing
from pytest_robust.carriers import Images, Predictions
from pytest_robust.errors import ModelError, nearest
from pytest_robust.sources import where_raised

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TorchModel:
    """A module in eval mode on a device, and how to read its answers. `Model` and `Differentiable`."""

    module: torch.nn.Module
    device: torch.device
    dtype: torch.dtype
    """What the module computes in; answers are float32."""
    preprocess: Preprocessing
    outputs: Outputs
    classes: tuple[str, ...] | None
    fingerprint: str
    description: dict[str, str]
    deterministic: bool
    where: str
    """Names the module in messages."""
    hint: str
    """What to look at first when the module raises."""
    threads: int = 1
    """On the CPU."""
    features: str | None = None
    """The submodule whose output is handed on."""
    abstain_below: float | None = None
    files: tuple[Path, ...] = ()
    """That the weights were read from, as far as the suite names them."""

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """See `Differentiable.at_work`. torch has one number of threads for all of a process: it is put back."""
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(self.threads)
        try:
            yield
        finally:
            torch.set_num_threads(before)

    def logits(self, pixels: torch.Tensor) -> torch.Tensor:
        """See `Differentiable.logits`. Where the module answers probabilities p, this is log p."""
        return self._logits(self._answer(pixels))

    def predict(self, images: Images) -> Predictions:
        """See `Model.predict`."""
        import torch

        with self.at_work(), torch.inference_mode():
            # Divided here and not on the device: a GPU multiplies by the reciprocal, which rounds differently.
            pixels = torch.from_numpy(np.ascontiguousarray((images / np.float32(255)).transpose(0, 3, 1, 2)))
            with self._watched() as seen:
                answer = self._answer(pixels.to(self.device))
            logits = self._logits(answer)
            given = (answer if self.outputs == "probabilities" else logits.softmax(dim=1)).cpu().numpy()
            features = None if self.features is None else self._features(seen, len(images))
            return Predictions(given, logits.cpu().numpy(), features, abstentions(given, self.abstain_below))

    @contextmanager
    def _watched(self) -> Iterator[list[Any]]:
        """What the submodule of the features gives out meanwhile. Raises ModelError where there is no such module."""
        seen: list[Any] = []
        if self.features is None:
            yield seen
            return
        parts = dict(self.module.named_modules())
        if self.features not in parts:
            known = [name for name in parts if name]
            raise ModelError(f"features: {self.where} has no module {self.features!r}; {nearest(self.features, known)}")
        hook = parts[self.features].register_forward_hook(lambda _part, _input, output: seen.append(output))
        try:
            yield seen
        finally:
            hook.remove()

    def _features(self, seen: Sequence[Any], rows: int) -> NDArray[np.float32]:
        """The last output seen as (n, d), averaged over places: those of (n, d, height, width), tokens of (n, t, d)."""
        import torch

        output = seen[-1] if seen else None
        if not isinstance(output, torch.Tensor) or output.ndim < 2 or len(output) != rows:
            told = f"a tensor of shape {tuple(output.shape)}" if isinstance(output, torch.Tensor) else kind(output)
            raise ModelError(
                f"features: {self.features} of {self.where} gave {told} for {rows} images; "
                f"name a module that gives a tensor of shape ({rows}, d, ...)"
            )
        if output.ndim == 3:
            output = output.mean(dim=1)
        elif output.ndim > 3:
            output = output.flatten(2).mean(dim=2)
        return output.to(torch.float32).cpu().numpy()

    def _logits(self, answer: torch.Tensor) -> torch.Tensor:
        import torch

        if self.outputs == "logits":
            return answer
        return answer.clamp_min(torch.finfo(answer.dtype).tiny).log()

    def _answer(self, pixels: torch.Tensor) -> torch.Tensor:
        """What the module answers, (n, K) float32, checked."""
        import torch

        prepared = self.preprocess(pixels).to(self.dtype)
        try:
            answer = self.module(prepared)
        except torch.OutOfMemoryError as error:
            raise ModelError(
                f"{self.where} ran out of memory on {self.device} with {len(pixels)} images; "
                "lower `batch:` in the suite"
            ) from error
        except Exception as error:
            place = where_raised(error, Path(self.where))
            raise ModelError(
                f"{place}: {self.where} raised {reason(error)} on {self.preprocess.layout} input of shape "
                f"{tuple(prepared.shape)}; {self.hint}"
            ) from error
        if not isinstance(answer, torch.Tensor):
            raise ModelError(
                f"{self.where} answered {kind(answer)}; expected one tensor of shape ({len(pixels)}, K): "
                "give a module that returns its logits or probabilities alone"
            )
        check_answer(
            answer.shape,
            str(answer.dtype),
            numeric=answer.is_floating_point(),
            rows=len(pixels),
            classes=self.classes,
            where=self.where,
        )
        return answer.to(torch.float32)
