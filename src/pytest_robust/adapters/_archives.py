"""Networks that come as one file: TorchScript (`.pt`, `.ts`) and exported programs (`.pt2`)."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_robust.adapters._answers import reason
from pytest_robust.errors import ModelError, OptionError

if TYPE_CHECKING:
    import torch

TORCHSCRIPT = (".pt", ".ts")
EXPORTED = (".pt2",)


def read_torchscript(path: Path, device: torch.device) -> torch.nn.Module:
    """A TorchScript archive. It holds a program, which runs; its language reaches files, but not Python.

    torch deprecates the format and says so by a warning, which is held back: the choice is the author's.
    Raises ModelError.
    """
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            module: torch.nn.Module = torch.jit.load(str(path), map_location=device)  # type: ignore[no-untyped-call]
        except Exception as error:
            raise ModelError(
                f"{path} is no TorchScript archive ({reason(error)}); a checkpoint of torch.save is a pickle "
                "and is not read: give `source: path.py:factory` with `weights:` saved by safetensors.torch.save_file"
            ) from error
    return module


def read_exported(path: Path, device: torch.device, *, trust_pickle: bool) -> torch.nn.Module:
    """A program of `torch.export.save`. Raises OptionError without `trust_pickle`, or ModelError.

    `torch.export.load` unpickles: sample inputs, custom objects and constants that the archive says are pickled.
    """
    if not trust_pickle:
        raise OptionError(
            f"{path} is an exported program, which torch reads by unpickling, and that can run any code; "
            "write `trust_pickle: true` if you trust where it comes from"
        )
    import torch
    from torch.export.passes import move_to_device_pass

    try:
        program = torch.export.load(str(path))
        training = trains(program)
        moved = move_to_device_pass(program, device)
        module: torch.nn.Module = moved.module()
    except Exception as error:
        raise ModelError(
            f"{path} is no exported program that torch {torch.__version__} can read ({reason(error)}); "
            "write it again with torch.export.save and this version"
        ) from error
    if training:
        raise ModelError(
            f"{path} was exported in training mode ({', '.join(training)}); "
            "call module.eval() before torch.export.export"
        )
    return module


def trains(program: torch.export.ExportedProgram) -> list[str]:
    """The operations of a program that behave as in training: drop-out that drops, batch norm over the batch."""
    found = []
    for node in program.graph.nodes:
        schema = getattr(node.target, "_schema", None)
        for place, argument in enumerate(schema.arguments if schema else ()):
            if argument.name in ("train", "training"):
                given = node.args[place] if place < len(node.args) else node.kwargs.get(argument.name)
                found += [node.name] if given is True else []
    return found
