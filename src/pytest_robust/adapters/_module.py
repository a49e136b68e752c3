"""A torch module as a `Model`: preprocessing, the forward pass, and what may come out of it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.adapters._answers import Outputs, abstentions, check_answer, kind, reason
from pytest_robust.adapters._inference import Network
from pytest_robust.adapters._preprocess import Preprocessing
from pytest_robust.carriers import Images, Predictions
from pytest_robust.errors import ModelError
from pytest_robust.sources import where_raised

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True)
class TorchModel:
    """A module in eval mode on a device, and how to read its answers. `Model` and `Differentiable`."""

    network: Network
    preprocess: Preprocessing
    outputs: Outputs
    classes: tuple[str, ...] | None
    fingerprint: str
    description: dict[str, str]
    deterministic: bool
    hint: str
    """What to look at first when the module raises."""
    threads: int = 1
    """On the CPU."""
    abstain_below: float | None = None
    files: tuple[Path, ...] = ()
    """That the weights were read from, as far as the suite names them."""

    @property
    def module(self) -> torch.nn.Module:
        """In eval mode."""
        return self.network.module

    @property
    def device(self) -> torch.device:
        """Where the module computes."""
        return self.network.device

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
        """See `Differentiable.logits`. Where the module answers probabilities p, this is log p.

        The gradient goes through the module as it is deployed: memory format, types and compiled program are those of
        `predict`. `torch.compile` makes another program where gradients are wanted, which rounds differently.
        """
        return self._logits(self._answer(pixels)[0])

    def predict(self, images: Images) -> Predictions:
        """See `Model.predict`."""
        import torch

        # Nothing is gained over no_grad by a compiled program, which would be made once more for it.
        ungraded = torch.no_grad if self.network.how.compile else torch.inference_mode
        with self.at_work(), ungraded():
            # Divided here and not on the device: a GPU multiplies by the reciprocal, which rounds differently.
            pixels = torch.from_numpy(np.ascontiguousarray((images / np.float32(255)).transpose(0, 3, 1, 2)))
            answer, seen = self._answer(pixels.to(self.device))
            logits = self._logits(answer)
            given = (answer if self.outputs == "probabilities" else logits.softmax(dim=1)).cpu().numpy()
            features = None if self.network.features is None else self._features(seen, len(images))
            return Predictions(given, logits.cpu().numpy(), features, abstentions(given, self.abstain_below))

    def _features(self, output: Any, rows: int) -> NDArray[np.float32]:
        """What was seen as (n, d), averaged over places: those of (n, d, height, width), tokens of (n, t, d)."""
        import torch

        if not isinstance(output, torch.Tensor) or output.ndim < 2 or len(output) != rows:
            told = f"a tensor of shape {tuple(output.shape)}" if isinstance(output, torch.Tensor) else kind(output)
            raise ModelError(
                f"features: {self.network.features} of {self.network.where} gave {told} for {rows} images; "
                f"name a module that gives a tensor of shape ({rows}, d, ...)"
            )
        output = output.to(torch.float32)
        if output.ndim == 3:
            output = output.mean(dim=1)
        elif output.ndim > 3:
            output = output.flatten(2).mean(dim=2)
        found: NDArray[np.float32] = output.cpu().numpy()
        return found

    def _logits(self, answer: torch.Tensor) -> torch.Tensor:
        import torch

        if self.outputs == "logits":
            return answer
        return answer.clamp_min(torch.finfo(answer.dtype).tiny).log()

    def _answer(self, pixels: torch.Tensor) -> tuple[torch.Tensor, Any]:
        """What the module answers, (n, K) float32, checked; and what was seen of it on the way."""
        import torch

        where = self.network.where
        prepared = self.preprocess(pixels).to(self.network.dtype)
        try:
            answer, seen = self.network(prepared)
        except torch.OutOfMemoryError as error:
            raise ModelError(
                f"{where} ran out of memory on {self.device} with {len(pixels)} images; lower `batch:` in the suite"
            ) from error
        except ModelError:
            raise
        except Exception as error:
            raise ModelError(
                f"{where_raised(error, Path(where))}: {where} raised {reason(error)} on {self.preprocess.layout} "
                f"input of shape {tuple(prepared.shape)}; {self.hint}"
            ) from error
        if not isinstance(answer, torch.Tensor):
            raise ModelError(
                f"{where} answered {kind(answer)}; expected one tensor of shape ({len(pixels)}, K): "
                "give a module that returns its logits or probabilities alone"
            )
        check_answer(
            answer.shape,
            str(answer.dtype),
            numeric=answer.is_floating_point(),
            rows=len(pixels),
            classes=self.classes,
            where=where,
        )
        if self.outputs == "probabilities" and self.network.how.autocast and answer.dtype != torch.float32:
            raise ModelError(
                f"{where} answered probabilities in {answer.dtype}, which do not sum to one; under "
                f"`autocast: {self.network.how.autocast}` give logits with `outputs: logits`, whose softmax is "
                "computed in float32, or compute the softmax of `logits.float()` in the network"
            )
        return answer.to(torch.float32), seen
