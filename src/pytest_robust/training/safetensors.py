"""The metadata of a safetensors file (https://huggingface.co/docs/safetensors, "Format").

8 bytes say how long the header is, unsigned and little-endian; the header is JSON, and what its key `__metadata__`
holds maps text to text. No tensor is read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pytest_robust.errors import DataError
from pytest_robust.training import Told, reader

LONGEST = 100_000_000
"""Bytes of a header, as in the format's own library."""
METADATA = "__metadata__"
NOTHING = {"format"}
"""Keys that libraries write by themselves: whether the tensors are torch's."""
REMEDY = 'save it with save_file(tensors, path, metadata={"datasets": "..."})'


@reader(accepts=lambda name: name.endswith(".safetensors"), written="NAME.safetensors")
def safetensors(path: Path) -> Told:
    """All that the metadata of a safetensors file say.

    They may name data sets and never hold rows, so that no overlap can be looked for. Raises DataError.
    """
    metadata = header(path).get(METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise DataError(f"{path.name}: `{METADATA}` is no mapping from text to text; {REMEDY}")
    if not metadata.keys() - NOTHING:
        raise DataError(f"{path.name}: no `{METADATA}` in it says what the model was trained on; {REMEDY}")
    return Told(dict(sorted(metadata.items())))


def header(path: Path) -> dict[str, Any]:
    """The header of a safetensors file. Raises DataError for a file that is none."""
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            size = path.stat().st_size
            if not 0 < length <= min(LONGEST, size - 8):
                raise DataError(f"{path.name}: no safetensors file: its header would have {length:,} of {size:,} bytes")
            found = json.loads(file.read(length))
    except OSError as error:
        raise DataError(f"{path.name}: cannot be read: {error.strerror or error}") from None
    except (ValueError, RecursionError):
        raise DataError(f"{path.name}: no safetensors file: its header is not JSON") from None
    if not isinstance(found, dict):
        raise DataError(f"{path.name}: no safetensors file: its header is no mapping")
    return found
