"""Our own manifest of training data: enough of every row to recognise it, and not the row itself.

    robust manifest suites/vision.yaml --data train -o training.json

It is JSON, one row a line, and some 190 bytes a row. Who holds an image can tell whether it is among the rows; nobody
can get an image back but for a blur of 8 x 8 grey pixels.
"""

from __future__ import annotations

import json
from binascii import a2b_base64, b2a_base64
from pathlib import Path
from typing import Annotated, Any, Final, Literal

import numpy as np
from pydantic import Field, ValidationError

from pytest_robust.errors import DataError
from pytest_robust.record.part import Part
from pytest_robust.training import Told, reader
from pytest_robust.training._open import text_of
from pytest_robust.training._rows import Rows

FORMAT: Final = "pytest-robust training manifest"
VERSION: Final = 1
REMEDY = "make one with `robust manifest SUITE.yaml --data NAME -o training.json`"
LENGTHS = [{64}, {16}, {88}]
"""Characters of a row's hashes and of its thumbnail."""
SHOWN = 10
"""So many classes are named."""

Row = tuple[
    str,
    Annotated[str, Field(pattern="^[0-9a-f]{64}$")],
    Annotated[str, Field(pattern="^[0-9a-f]{16}$")],
    Annotated[str, Field(pattern="^[A-Za-z0-9+/]{86}==$")],
]
"""Id; SHA-256 of shape and pixels; perceptual hash; thumbnail, 8 x 8 grey bytes in base64. See `_rows.Rows`."""


class Manifest(Part):
    """The file."""

    format: Literal["pytest-robust training manifest"] = FORMAT
    version: Literal[1] = VERSION
    name: str
    """Of the data set in the suite that it was made by."""
    source: str
    """As that suite names it."""
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
    """Over pixels, labels, ids and their order, as in a record."""
    classes: list[str] | None
    rows: list[Row]


def written(name: str, source: str, sha256: str, classes: list[str] | None, rows: Rows) -> str:
    """The text of a manifest; the same rows make the same text."""
    lines = zip(
        rows.ids.tolist(),
        (row.tobytes().hex() for row in rows.sha256),
        (f"{number:016x}" for number in rows.hashes.tolist()),
        (b2a_base64(row.tobytes(), newline=False).decode() for row in rows.thumbnails),
        strict=True,
    )
    whole = Manifest(name=name, source=source, sha256=sha256, classes=classes, rows=[])
    head = json.dumps(whole.model_dump(exclude={"rows"}), indent=1, ensure_ascii=False).removesuffix("\n}")
    body = ",\n".join(json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in lines)
    return f'{head},\n "rows": [\n{body}\n ]\n}}\n'


@reader(accepts=lambda name: name.endswith(".json"), written="training.json")
def manifest(path: Path) -> Told:
    """A manifest that `robust manifest` wrote. Raises DataError."""
    try:
        content = json.loads(text_of(path))
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name}: not JSON: {error}; {REMEDY}") from None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise DataError(f"{path.name}: no manifest of training data: its `format` is not {FORMAT!r}; {REMEDY}")
    if content.get("version") != VERSION:
        raise DataError(
            f"{path.name}: of version {content.get('version')!r}, this pytest-robust reads {VERSION}; {REMEDY}"
        )
    rows = decoded(content.get("rows"))
    try:  # rows that are right need no second look, which would take long
        found = Manifest.model_validate(content if rows is None else {**content, "rows": []})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(step) for step in first["loc"])
        raise DataError(f"{path.name}: {where}: {first['msg']}; {REMEDY}") from None
    if rows is None:
        raise DataError(f"{path.name}: there are no rows in it; {REMEDY}")
    return Told(described(found), rows)


def described(found: Manifest) -> dict[str, str]:
    """What a manifest says besides its rows."""
    told = {"name": found.name, "source": found.source, "sha256 of the rows": found.sha256}
    if found.classes is not None:
        more = f" and {len(found.classes) - SHOWN} more" if len(found.classes) > SHOWN else ""
        told["classes"] = f"{len(found.classes)}: {', '.join(found.classes[:SHOWN])}{more}"
    return told


def decoded(rows: Any) -> Rows | None:
    """A manifest's rows as columns; None where there are none, or some are not as they should be."""
    try:
        ids, *columns = zip(*rows, strict=True)
        sha256, hashes, thumbnails = columns
        if any(type(name) is not str for name in ids) or [set(map(len, column)) for column in columns] != LENGTHS:
            return None
        return Rows(
            np.array(ids, dtype=np.str_),
            np.frombuffer(bytes.fromhex("".join(sha256)), np.uint8).reshape(len(ids), -1),
            np.frombuffer(bytes.fromhex("".join(hashes)), ">u8").astype(np.uint64),
            np.frombuffer(b"".join(map(a2b_base64, thumbnails)), np.uint8).reshape(len(ids), -1),
        )
    except (TypeError, ValueError):
        return None
