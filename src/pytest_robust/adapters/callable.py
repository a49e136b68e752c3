"""Any Python function from images to probabilities or logits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import scipy
from numpy.typing import NDArray

from pytest_robust.adapters import Capability, adapter
from pytest_robust.adapters._answers import (
    ABSTAIN,
    AbstainBelow,
    Outputs,
    abstentions,
    check_answer,
    kind,
    reason,
)
from pytest_robust.adapters._fingerprint import fingerprint, never_again
from pytest_robust.carriers import Images, Predictions
from pytest_robust.errors import ModelError, SourceError
from pytest_robust.sources import Roots, load_object, where_raised, with_neighbours

Also = Literal["features", "abstained"]


@dataclass(frozen=True)
class CallableModel:
    """A function, and how to read its answers."""

    function: Callable[[Images], Any]
    outputs: Outputs
    classes: tuple[str, ...] | None
    fingerprint: str
    deterministic: bool
    where: str
    """Names the function in messages."""
    description: dict[str, str] = field(default_factory=dict)
    also: tuple[Also, ...] = ()
    """What the function gives besides its outputs: it then answers a mapping."""
    abstain_below: float | None = None
    files: tuple[Path, ...] = ()
    """That the suite says the function reads."""

    def predict(self, images: Images) -> Predictions:
        """See `Model.predict`. The function gets a copy, so that it may work in place."""
        told = self._told(images)
        answer = self._array(told[self.outputs], images)
        check_answer(
            answer.shape,
            str(answer.dtype),
            numeric=answer.dtype.kind in "fiub",
            rows=len(images),
            classes=self.classes,
            where=self.where,
        )
        # NaN, infinity and overflow are handed on for `finite_outputs` to judge.
        with np.errstate(all="ignore"):
            numbers = answer.astype(np.float32)
            logits = None if self.outputs == "probabilities" else numbers
            given = numbers if logits is None else scipy.special.softmax(logits, axis=1)
        abstained = abstentions(given, self.abstain_below)
        if "abstained" in self.also:
            abstained = np.asarray(self._array(told["abstained"], images), dtype=np.bool_).reshape(len(images))
        features = self._array(told["features"], images).astype(np.float32) if "features" in self.also else None
        return Predictions(given, logits, features, abstained)

    def _told(self, images: Images) -> Mapping[str, Any]:
        """What the function answers, by name."""
        try:
            answer = self.function(images.copy())
        except Exception as error:
            place = where_raised(error, Path(self.where))
            raise ModelError(f"{place}: {self.where} raised {reason(error)}") from error
        if not self.also:
            return {self.outputs: answer}
        wanted = (self.outputs, *self.also)
        if not isinstance(answer, Mapping) or not set(wanted) <= set(answer):
            raise ModelError(
                f"{self.where} answered {kind(answer)}; with `also:` it must answer a mapping with the keys "
                f"{', '.join(wanted)}"
            )
        return answer

    def _array(self, answer: Any, images: Images) -> NDArray[Any]:
        if hasattr(answer, "detach"):  # a torch tensor, perhaps with a graph, perhaps on another device
            answer = answer.detach().cpu()
        try:
            return np.asarray(answer)
        except Exception as error:
            raise ModelError(
                f"{self.where} answered {kind(answer)}, which is no array ({reason(error)}); "
                f"expected numbers of shape ({len(images)}, K)"
            ) from error


def from_callable(
    function: Callable[[Images], Any],
    *,
    outputs: Outputs = "probabilities",
    classes: Sequence[object] | None = None,
    also: Sequence[Also] = (),
    abstain_below: float | None = None,
    deterministic: bool = True,
    fingerprint: str | None = None,
) -> CallableModel:
    """A model from a live function; see the adapter `callable` for what it takes and gives.

    `fingerprint` is what the caller vouches for: a text that changes whenever the answers may change, such as a hash
    of the weights. Without one, evidence about the function is used in this process only.

    >>> model = from_callable(lambda images: np.zeros((len(images), 2)), outputs="logits")
    >>> model.predict(np.zeros((1, 4, 4, 3), np.uint8)).probabilities
    array([[0.5, 0.5]], dtype=float32)
    """
    name = getattr(function, "__qualname__", type(function).__name__)
    return CallableModel(
        function=function,
        outputs=outputs,
        classes=None if classes is None else tuple(str(value) for value in classes),
        fingerprint=never_again() if fingerprint is None else fingerprint,
        deterministic=deterministic,
        where=name,
        description={"function": name, "outputs": outputs},
        also=tuple(also),
        abstain_below=abstain_below,
    )


def requested(options: Mapping[str, Any]) -> Iterable[Capability]:
    """What these options ask for beyond probabilities."""
    logits: list[Capability] = ["logits"] if options.get("outputs") == "logits" else []
    abstained: list[Capability] = ["abstained"] if options.get("abstain_below") is not None else []
    return [*logits, *(options.get("also") or ()), *abstained]


@adapter(
    name="callable",
    on_request={
        "logits": "`outputs: logits`, where the function answers those",
        "features": "`also: [features]`, where the function answers a mapping that has them",
        "abstained": f"`also: [abstained]`, where the function answers a mapping that has them; or {ABSTAIN}",
    },
    requested=requested,
)
def load_callable(
    *,
    source: str,
    outputs: Outputs = "probabilities",
    classes: list[str | int] | None = None,
    weights: list[str] | None = None,
    also: list[Also] | None = None,
    abstain_below: AbstainBelow | None = None,
    deterministic: bool = True,
    roots: Roots,
) -> CallableModel:
    """A function `source: path.py:object` from uint8 images (n, h, w, c) to numbers (n, K).

    What it returns may be anything that numpy makes an array of, torch tensors included. `outputs` says whether they
    are `probabilities`, handed on as they are, or `logits`, put through a softmax. `weights` lists files that the
    function reads: with the source file, and the files beside it that it imports, they are its identity, so that
    evidence is made anew when one changes. Name there whatever else the answers depend on. With `also: [features,
    abstained]` the function answers a mapping: its `outputs`, features (n, d), and which inputs it gives no answer to,
    (n,). `abstain_below` is the confidence under which the model, as deployed, gives no answer. `deterministic: false`
    says that two equal calls may differ.

    Raises SourceError for a reference that cannot be loaded, ModelError for anything else.
    """
    function = load_object(source, roots)
    if not callable(function):
        raise ModelError(f"{source} is {kind(function)}; give a function from images (n, h, w, c) to numbers (n, K)")
    if source in roots.objects:
        return from_callable(
            function,
            outputs=outputs,
            classes=classes,
            also=also or (),
            abstain_below=abstain_below,
            deterministic=deterministic,
        )
    try:
        files = [roots.find(written) for written in weights or ()]
    except SourceError as error:
        raise ModelError(f"weights of {source}: {error}") from None
    folders = [path for path in files if path.is_dir()]
    if folders:
        raise ModelError(f"weights of {source}: {folders[0]} is a folder; name the files in it")
    names = None if classes is None else tuple(str(name) for name in classes)
    path, _, name = source.rpartition(":")
    code = sorted(with_neighbours(roots.find(path)))
    return CallableModel(
        function=function,
        outputs=outputs,
        classes=names,
        fingerprint=fingerprint("callable", name, outputs, names, also, abstain_below, files=[*code, *files]),
        deterministic=deterministic,
        where=source,
        description={"function": source, "outputs": outputs},
        also=tuple(also or ()),
        abstain_below=abstain_below,
        files=tuple(files),
    )
