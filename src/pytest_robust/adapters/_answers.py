"""What an answer must look like, and words for one that does not; the same for every adapter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from pytest_robust.errors import ModelError

Outputs = Literal["logits", "probabilities"]

AbstainBelow = Annotated[float, Field(gt=0, lt=1)]
"""The confidence below which a model in use gives no answer."""

ABSTAIN = "`abstain_below: 0.7`, the confidence under which no answer is given"


def abstentions(probabilities: NDArray[np.float32], below: float | None) -> NDArray[np.bool_] | None:
    """Which of the answers (n, K) are held back, (n,); None where all are given.

    >>> abstentions(np.float32([[0.75, 0.25], [0.5, 0.5]]), 0.7).tolist()
    [False, True]
    """
    return None if below is None else np.asarray(~(probabilities.max(axis=1) >= below), dtype=np.bool_)


def check_answer(
    shape: Sequence[int], dtype: str, *, numeric: bool, rows: int, classes: Sequence[str] | None, where: str
) -> None:
    """Raise ModelError unless an array of this shape and dtype is one row an image and one column a class."""
    if not numeric or len(shape) != 2 or shape[0] != rows:
        raise ModelError(
            f"{where} answered {dtype} of shape {tuple(shape)} to {rows} images; "
            f"expected numbers of shape ({rows}, K): one row an image, one column a class"
        )
    if shape[1] < 2:
        raise ModelError(
            f"{where} answered {shape[1]} numbers an image; expected one a class, at least two: "
            "let a binary model give one for each of its two classes"
        )
    if classes is not None and shape[1] != len(classes):
        raise ModelError(
            f"{where} answered {shape[1]} classes, but `classes` names {len(classes)}; correct the one or the other"
        )


def kind(value: Any) -> str:
    """What a value is, in words, for a message.

    >>> kind({"logits": 1, "loss": 2}), kind((1, 2)), kind(None)
    ("a dict with keys 'logits', 'loss'", 'a tuple of 2', 'NoneType')
    """
    if isinstance(value, Mapping):
        return f"a {type(value).__name__} with keys {', '.join(repr(key) for key in list(value)[:6])}"
    if isinstance(value, (tuple, list)):
        return f"a {type(value).__name__} of {len(value)}"
    return type(value).__name__


def reason(error: Exception) -> str:
    """An exception as one line.

    >>> reason(ValueError("bad shape\\nand a long story"))
    'ValueError: bad shape'
    """
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    # TorchScript puts the reason last, below a traceback of its own.
    return f"{type(error).__name__}: {lines[-1] if 'Traceback of TorchScript' in str(error) else lines[0]}"
