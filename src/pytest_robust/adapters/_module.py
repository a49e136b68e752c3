"""A torch module as a `Model`: preprocessing, the forward pass, and what may come out of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pytest_robust.adapters._answers import Outputs, check_answer, kind, reason
from pytest_robust.adapters._preprocess import Preprocessing
from pytest_robust.carriers import Images, Predictions
from pytest_robust.errors import ModelError
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
            answer = self._answer(pixels.to(self.device))
            logits = self._logits(answer)
            probabilities = answer if self.outputs == "probabilities" else logits.softmax(dim=1)
            return Predictions(probabilities.cpu().numpy(), logits=logits.cpu().numpy())

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
