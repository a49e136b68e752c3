"""A generator outside of a run: what it needs besides images, from what is at hand."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pytest_robust.adapters import Model
from pytest_robust.carriers import Images
from pytest_robust.engine.answers import Witness
from pytest_robust.engine.needs import differentiable
from pytest_robust.errors import OptionError
from pytest_robust.generators import PASSED, Generator, Need

OBTAINED: dict[Need, str] = {"gradients": "model", "queries": "model", "answers": "model"}
"""What a need is made of, where that is called otherwise."""


@dataclass(frozen=True)
class AtHand:
    """What there is for n images. Arrays are as `generators.PASSED` describes them."""

    model: Model | None = None
    labels: NDArray[np.int64] | None = None
    """Where there are none, what the model answers takes their place."""
    partner: Images | None = None
    exemplars: Images | None = None
    prior: NDArray[np.float64] | None = None

    @contextmanager
    def given(self, generator: Generator, images: Images) -> Iterator[dict[str, Any]]:
        """What a generator needs for these images, by keyword, to be used meanwhile.

        Raises OptionError for what is not at hand, ModelError where the model cannot give it.
        """
        found: dict[Need, Any] = {}
        work: Any = nullcontext()
        for need in sorted(generator.needs):
            source = OBTAINED.get(need, need)
            if getattr(self, source, None) is None and not (need == "labels" and self.model is not None):
                raise OptionError(f"{generator.name} needs `{source}`, which is not at hand")
            match need:
                case "labels":
                    found[need] = self.labels if self.labels is not None else self.answered(images).argmax(axis=1)
                case "gradients":
                    found[need] = differentiable(self._witness.model, generator.name)
                    work = found[need].at_work()
                case "queries":
                    found[need] = self._witness.ask
                case "answers":
                    found[need] = self.answered(images)
                case _:
                    found[need] = getattr(self, source)
        with work:
            yield {PASSED[need]: value for need, value in found.items()}

    def answered(self, images: Images) -> NDArray[np.float32]:
        """The model's probabilities (n, K)."""
        return self._witness.ask(images).probabilities

    @cached_property
    def _witness(self) -> Witness:
        assert self.model is not None
        return Witness(self.model, Path("model"), [])
