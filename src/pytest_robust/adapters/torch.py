"""Networks in torch: a factory with safetensors weights, a TorchScript archive, an exported program."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from pytest_robust.adapters import Capability, adapter
from pytest_robust.adapters._answers import ABSTAIN, AbstainBelow, Outputs
from pytest_robust.adapters._archives import EXPORTED, TORCHSCRIPT, read_exported, read_torchscript
from pytest_robust.adapters._factory import build, code_files, load_weights, tensors
from pytest_robust.adapters._fingerprint import fingerprint, never_again
from pytest_robust.adapters._inference import Autocast, Inference, Network
from pytest_robust.adapters._module import TorchModel
from pytest_robust.adapters._preprocess import AS_IT_COMES, Preprocessing
from pytest_robust.errors import ModelError, OptionError, SourceError
from pytest_robust.sources import Roots, is_reference, with_neighbours

if TYPE_CHECKING:
    import torch

Device = Literal["auto", "cpu", "cuda"]
Threads = Annotated[int, Field(ge=1)]


ASKED_FOR: dict[str, Capability] = {"features": "features", "abstain_below": "abstained"}
"""Options, and what they let a model do."""


def requested(options: Mapping[str, Any]) -> Iterable[Capability]:
    """What these options ask for beyond probabilities."""
    return [gives for name, gives in ASKED_FOR.items() if options.get(name) is not None]


@adapter(
    name="torch",
    capabilities=("gradients", "logits"),
    on_request={"features": "`features: layer4`, the module whose output they are", "abstained": ABSTAIN},
    requested=requested,
)
def load_torch(
    *,
    source: str,
    weights: str | None = None,
    device: Device = "auto",
    classes: list[str | int] | None = None,
    outputs: Outputs = "logits",
    preprocess: Preprocessing = AS_IT_COMES,
    features: str | None = None,
    abstain_below: AbstainBelow | None = None,
    deterministic: bool = True,
    threads: Threads = 1,
    channels_last: bool = False,
    autocast: Autocast | None = None,
    compile: bool = False,  # noqa: A002  (as torch calls it)
    trust_pickle: bool = False,
    roots: Roots,
) -> TorchModel:
    """A network that answers (n, K) floating-point numbers to preprocessed pixels.

    `source` is `path.py:object`, a function or class that makes a `torch.nn.Module`; or a TorchScript archive, `.pt` or
    `.ts`, which holds a program that runs (and whose format torch deprecates); or an exported program, `.pt2`, which
    torch reads by unpickling, so that it is read only with `trust_pickle: true`. `weights` is a safetensors state dict
    for the module that the factory makes, and must fit it exactly. `device: auto` is CUDA where there is one. `outputs`
    says what the network answers: `logits`, put through a softmax, or `probabilities`, handed on as they are.
    `preprocess` is described by `Preprocessing`. `features` names the submodule (`avgpool`, `encoder.norm`) whose
    output is handed on as the features of an input, averaged over places where it has any. `abstain_below` is the
    confidence under which the model, as deployed, gives no answer. `deterministic: false` says that two equal calls may
    differ, and allows parts of the module to stay in training mode. `threads` is how many the CPU computes with. It
    decides the last bits of an answer; the default of one makes them independent of cores and of workers beside it
    (`-n 2`). A large network that has the machine to itself wants more.

    Three options buy speed with the last digits of an answer; gradients are those of the network so run.
    `channels_last: true` lays weights and pixels out in memory as (n, h, w, c). `autocast: bfloat16` or `float16` has
    torch compute in that type where it holds this to be safe; the softmax stays in float32. `compile: true` has
    `torch.compile` make a program of the network when it is first asked: one for a single image, one for any greater
    number, and two more where gradients are wanted. torch keeps these programs in a folder of its own (the environment
    variable TORCHINDUCTOR_CACHE_DIR names it), which it reads by unpickling.

    Raises SourceError, OptionError or ModelError, which name the file and the remedy.
    """
    if source in roots.objects:
        return from_module(
            roots.objects[source],
            device=device,
            classes=classes,
            outputs=outputs,
            preprocess=preprocess,
            features=features,
            abstain_below=abstain_below,
            deterministic=deterministic,
            threads=threads,
            channels_last=channels_last,
            autocast=autocast,
            compile=compile,
        )
    how = Inference(channels_last, autocast, compile)
    check_layout(how, preprocess)
    place = find_device(device)
    names = None if classes is None else tuple(str(name) for name in classes)
    hint = "check `preprocess:`"
    read: tuple[Path, ...] = ()
    if is_reference(source):
        module = build(source, roots)
        if weights is not None:
            read = (find_weights(weights, roots),)
            load_weights(module, read[0], source)
        written = roots.find(source.rpartition(":")[0])
        files = [*sorted(with_neighbours(written)), *code_files(module)]
        state = [(name, dtype, shape, hashlib.sha256(data).hexdigest()) for name, dtype, shape, data in tensors(module)]
    else:
        if weights is not None and source.endswith((*TORCHSCRIPT, *EXPORTED)):
            raise OptionError(f"`weights` go with `source: path.py:factory`; {source} brings its own")
        path = roots.find(source)
        module, files, state = read_archive(path, place, trust_pickle=trust_pickle), [path], []
        read = (path,)
        hint += ", and export with `dynamic_shapes` for the batch" if path.suffix in EXPORTED else ""
    if not source.endswith(EXPORTED):
        put_in_eval_mode(module, source, deterministic=deterministic)
    return TorchModel(
        network=Network(still(module).to(place), how, place, computes_in(module), source, features),
        preprocess=preprocess,
        outputs=outputs,
        classes=names,
        fingerprint=fingerprint(
            *("torch", source, state, preprocess, outputs, names, place.type, threads, features, abstain_below),
            *how.asked.items(),
            files=files,
        ),
        description=describe(module, place, preprocess, outputs, threads, how),
        deterministic=deterministic,
        hint=hint,
        threads=threads,
        abstain_below=abstain_below,
        files=read,
    )


def from_module(
    module: torch.nn.Module,
    *,
    device: Device = "auto",
    classes: Sequence[object] | None = None,
    outputs: Outputs = "logits",
    preprocess: Preprocessing = AS_IT_COMES,
    features: str | None = None,
    abstain_below: float | None = None,
    deterministic: bool = True,
    threads: Threads = 1,
    channels_last: bool = False,
    autocast: Autocast | None = None,
    compile: bool = False,  # noqa: A002
    fingerprint: str | None = None,
) -> TorchModel:
    """A model from a live module, which is copied and stays as it is; see the adapter `torch` for the options.

    `fingerprint` is what the caller vouches for: a text that changes whenever the answers may change, such as a hash of
    the weights; options that buy speed are added to it. Without one, evidence about the module is used in this process
    only.
    """
    how = Inference(channels_last, autocast, compile)
    check_layout(how, preprocess)
    place, where = find_device(device), type(module).__name__
    copied = copy.deepcopy(module)
    put_in_eval_mode(copied, where, deterministic=deterministic)
    return TorchModel(
        network=Network(still(copied).to(place), how, place, computes_in(copied), where, features),
        preprocess=preprocess,
        outputs=outputs,
        classes=None if classes is None else tuple(str(name) for name in classes),
        fingerprint=never_again() if fingerprint is None else f"{fingerprint} {how}".strip(),
        description=describe(copied, place, preprocess, outputs, threads, how),
        deterministic=deterministic,
        hint="check `preprocess`",
        threads=threads,
        abstain_below=abstain_below,
    )


def put_in_eval_mode(module: torch.nn.Module, where: str, *, deterministic: bool) -> None:
    """No drop-out, no batch statistics. Raises ModelError where a part of the module does not follow."""
    module.eval()
    training = [name or where for name, part in module.named_modules() if part.training]
    if training and deterministic:
        raise ModelError(
            f"{where}: {', '.join(training[:3])} stays in training mode after eval(); "
            "write `deterministic: false` if its answers are meant to vary"
        )


def still(module: torch.nn.Module) -> torch.nn.Module:
    """The module, whose parameters ask for no gradients from now on."""
    for value in module.parameters():  # one by one: TorchScript has no `module.requires_grad_`
        value.requires_grad_(False)
    return module


def computes_in(module: torch.nn.Module) -> torch.dtype:
    """The type of the module's first floating-point parameter."""
    import torch

    return next((value.dtype for value in module.parameters() if value.is_floating_point()), torch.float32)


def check_layout(how: Inference, preprocess: Preprocessing) -> None:
    """Raises OptionError where the module puts the channels where it wants them itself."""
    if how.channels_last and preprocess.layout != "NCHW":
        raise OptionError(
            f"`channels_last: true` is for networks that take `layout: NCHW`, and this one takes {preprocess.layout}, "
            "which lies in memory that way already; leave it out"
        )


def describe(
    module: torch.nn.Module,
    device: torch.device,
    preprocess: Preprocessing,
    outputs: Outputs,
    threads: int,
    how: Inference,
) -> dict[str, str]:
    """For a reader."""
    import torch

    return {
        "module": getattr(module, "original_name", type(module).__name__),
        "parameters": f"{sum(value.numel() for value in module.parameters()):,}",
        "device": f"cuda ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else device.type,
        "threads": str(threads),
        "preprocessing": str(preprocess),
        "outputs": outputs,
        **how.asked,
        "torch": torch.__version__,
    }


def find_device(asked: Device) -> torch.device:
    """The device asked for. Raises ModelError where there is none."""
    import torch

    available = torch.cuda.is_available()
    if asked == "cuda" and not available:
        raise ModelError(
            f"device: cuda was asked for, but torch {torch.__version__} finds none here; "
            "write `device: auto` or `device: cpu`"
        )
    return torch.device("cuda" if available and asked != "cpu" else "cpu")


def find_weights(written: str, roots: Roots) -> Path:
    """The weights file. Raises ModelError where it is missing."""
    try:
        return roots.find(written)
    except SourceError as error:
        raise ModelError(f"weights: {error}") from None


def read_archive(path: Path, device: torch.device, *, trust_pickle: bool) -> torch.nn.Module:
    """A network that comes as one file, told by its ending. Raises ModelError or OptionError."""
    if path.suffix in TORCHSCRIPT:
        return read_torchscript(path, device)
    if path.suffix in EXPORTED:
        return read_exported(path, device, trust_pickle=trust_pickle)
    raise ModelError(
        f"cannot tell what {path} is; `source` is `path.py:factory`, "
        f"a TorchScript archive ({' or '.join(TORCHSCRIPT)}), or an exported program ({EXPORTED[0]})"
    )
