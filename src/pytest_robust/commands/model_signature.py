"""A signature over the model itself, made by the public project model-signing, beside the weights of a record."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path, PurePosixPath

from pytest_robust.commands.unchanged import Part
from pytest_robust.errors import SignatureError
from pytest_robust.record import File, Record

ITSELF = "."
"""What model-signing calls a file that was signed alone."""


def parts(record: Record, root: Path, signature: Path, key: Path) -> Iterator[Part]:
    """Whether a key signed the files that lie here, and whether these are all the weights of the record.

    `signature` is a bundle of `model_signing sign key`, `key` the public key in PEM. Raises SignatureError where
    model-signing is not installed, or there is no such file.
    """
    if find_spec("model_signing") is None:
        install = "pip install 'pytest-robust[model-signing]'"
        raise SignatureError(f"signatures of models need the package model-signing; {install}")
    signed = _signed(signature)
    weights = [] if record.lineage is None else record.lineage.weights
    models = {file.path: _model(file, signed) for file in weights}
    for model in sorted({model for model in models.values() if model is not None}):
        yield Part("signed model", f"{model}, by {signature}", _problem(root / model, signature, key))
    left = [path for path, model in models.items() if model is None]
    if left or not weights:
        told = f"{signature} is not for {', '.join(left) or 'weights that the suite names under `model:`'}"
        yield Part("signed model", "weights of the record", f"{told}; have the model signed that was tested")


def _problem(model: Path, signature: Path, key: Path) -> str | None:
    """Why files do not hold what was signed. Files beside them that nobody signed do not matter."""
    from model_signing import verifying

    verifier = verifying.Config().use_elliptic_key_verifier(public_key=key)  # type: ignore[no-untyped-call]
    try:
        verifier.set_ignore_unsigned_files(model.is_dir()).verify(model, signature)
    except Exception as error:  # ValueError, OSError, and whatever lies below
        return f"{error}; take the model as it was signed, and the key of whoever signed it"
    return None


def _model(file: File, signed: Mapping[str, str]) -> str | None:
    """The file or folder that was signed, from the project's root, if it holds this file as the record knows it."""
    path = PurePosixPath(file.path)
    for name, sha256 in signed.items():
        if sha256 == file.sha256 and name == ITSELF:
            return file.path
        if sha256 == file.sha256 and path.parts[-len(PurePosixPath(name).parts) :] == PurePosixPath(name).parts:
            return path.parents[len(PurePosixPath(name).parts) - 1].as_posix()
    return None


def _signed(signature: Path) -> dict[str, str]:
    """The files that a bundle says were signed, with their SHA-256; nothing that is relied on before it is verified."""
    try:
        payload = json.loads(base64.b64decode(json.loads(signature.read_bytes())["dsseEnvelope"]["payload"]))
        return {one["name"]: one["digest"] for one in payload["predicate"]["resources"]}
    except OSError as error:
        raise SignatureError(f"{signature}: cannot be read: {error.strerror}; name the bundle of the model") from error
    except (ValueError, TypeError, KeyError) as error:
        raise SignatureError(f"{signature}: not a bundle of model-signing; name the bundle of the model") from error
