"""Networks that come as code, `path.py:factory`, with their weights in a safetensors file."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_robust.adapters._answers import kind, reason
from pytest_robust.errors import ModelError
from pytest_robust.sources import Roots, load_object, where_raised

if TYPE_CHECKING:
    import torch

SHOWN = 3
"""At most so many keys of a kind are named in a message."""


def build(source: str, roots: Roots) -> torch.nn.Module:
    """What the factory makes. Raises SourceError for the reference, ModelError for the factory."""
    import torch

    with private_randomness():
        factory = load_object(source, roots)
    if isinstance(factory, torch.nn.Module) or not callable(factory):
        raise ModelError(f"{source} is {kind(factory)}; give a function or class that makes a torch.nn.Module")
    try:
        with private_randomness():
            module = factory()
    except Exception as error:
        place = where_raised(error, Path(source))
        raise ModelError(f"{place}: the factory {source} raised {reason(error)}") from error
    if not isinstance(module, torch.nn.Module):
        raise ModelError(f"the factory {source} made {kind(module)}; expected a torch.nn.Module")
    return module


@contextmanager
def private_randomness() -> Iterator[None]:
    """Initial weights are drawn from a fixed seed, and torch's global generator stays where it is.

    A network without a weights file is then the same one in every process.
    """
    import torch

    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(0)
        yield


def load_weights(module: torch.nn.Module, path: Path, source: str) -> None:
    """Load a safetensors state dict, strictly. Raises ModelError that names the file, the keys and the shapes."""
    from safetensors.torch import load_file

    try:
        given = load_file(path)
    except Exception as error:
        raise ModelError(
            f"{path} is no safetensors file ({reason(error)}); checkpoints of torch.save are pickles and are not read: "
            "save the state dict with safetensors.torch.save_file"
        ) from error
    wanted = {name: value for name, value in module.state_dict().items() if hasattr(value, "shape")}
    misshapen = [name for name in wanted if name in given and given[name].shape != wanted[name].shape]
    # torch decides what is missing: it does without the counters that files of its early versions lack.
    result = module.load_state_dict({name: given[name] for name in given if name not in misshapen}, strict=False)
    # A tensor that is used twice, under two names, is saved once.
    present = {value.data_ptr() for name, value in wanted.items() if name in given and value.numel()}
    absent = [
        name
        for name in result.missing_keys
        if name not in given and not (name in wanted and wanted[name].data_ptr() in present)
    ]
    shapes = [f"{name} {tuple(given[name].shape)} for {tuple(wanted[name].shape)}" for name in misshapen]
    wrong = [
        *some("has no", absent),
        *some("has the unexpected", result.unexpected_keys),
        *some("has another shape:", shapes),
    ]
    if wrong:
        raise ModelError(
            f"{path} does not fit the module that {source} makes: it {'; it '.join(wrong)}. "
            "Name the weights of this architecture, or correct the factory"
        )


def some(what: str, names: Sequence[str]) -> list[str]:
    """One phrase for all names, or none.

    >>> some("has no", ["a", "b", "c", "d"])
    ['has no a, b, c and 1 more']
    """
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return [f"{what} {', '.join(names[:SHOWN])}{more}"] if names else []


def tensors(module: torch.nn.Module) -> Iterator[tuple[str, str, tuple[int, ...], bytes]]:
    """Name, dtype, shape and bytes of all parameters and buffers, those outside the state dict too."""
    import torch

    parameters = module.named_parameters(remove_duplicate=False)
    for name, value in (*parameters, *module.named_buffers(remove_duplicate=False)):
        flat = value.detach().cpu().contiguous().reshape(-1)
        yield name, str(value.dtype), tuple(value.shape), flat.view(torch.uint8).numpy().tobytes()


def code_files(module: torch.nn.Module) -> list[Path]:
    """The files in which the classes of the module and its parts are written, but for torch's own."""
    names = {type(part).__module__ for part in module.modules()}
    files = (getattr(sys.modules.get(name), "__file__", None) for name in names if not name.startswith("torch."))
    return sorted({Path(file) for file in files if file})
