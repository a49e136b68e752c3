"""The ledger of looks: which models have been judged on which rows, beside the evidence.

    <folder>/looks/<sha256 of the data>.jsonl     one look a line: a model judged by a suite, the first time

The error of a verdict is stated for a model that was chosen without looking at the rows. Who judges one model after
another on the same rows and keeps what passes has looked: the more often, the less the verdicts say of other rows
(adaptive data analysis; Dwork et al. 2015). The ledger counts; it corrects nothing.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pytest_robust.engine.store import wait_for
from pytest_robust.record import Record
from pytest_robust.record.files import write_atomically

FOLDER = "looks"
SETTLED = frozenset({"PASS", "FAIL", "INCONCLUSIVE"})
"""Outcomes that tell something of the rows."""


@dataclass(frozen=True, slots=True)
class Look:
    """The first time that a model was judged by a suite on some data."""

    date: str
    """UTC, ISO 8601."""
    data: str
    """What the suite calls the data."""
    suite: str
    """Its path from the project's root."""
    suite_sha256: str
    model: str
    """The source of the model."""
    model_sha256: str

    @property
    def pair(self) -> tuple[str, str]:
        """What makes it another look than others."""
        return self.model_sha256, self.suite_sha256


def note(folder: Path | None, record: Record) -> dict[str, int]:
    """Enter a run, and count the models judged on each of its data sets so far, this one included.

    Nothing is entered without a folder, a model or a verdict that rests on rows. Safe beside other runs, where files
    can be locked. Raises OSError where the folder cannot be written.
    """
    told = any(verdict.outcome in SETTLED for verdict in record.verdicts)
    if folder is None or record.model is None or not told:
        return {}
    found = {}
    for data in record.data:
        look = Look(
            date=record.run.started,
            data=data.name,
            suite=record.suite.path,
            suite_sha256=record.suite.sha256,
            model=record.model.source,
            model_sha256=record.model.sha256,
        )
        path = folder / FOLDER / f"{data.sha256}.jsonl"
        with _alone(path):
            looks = read(path)
            if all(look.pair != earlier.pair for earlier in looks):
                looks.append(look)
                write_atomically(path, "".join(f"{json.dumps(asdict(one))}\n" for one in looks).encode())
        found[data.name] = len(models(looks))
    return found


def read(path: Path) -> list[Look]:
    """The looks in one file, the earliest first; none where there is no file. A line that is no look is left out."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except FileNotFoundError:
        return []
    looks = []
    for line in lines:
        with contextlib.suppress(ValueError, TypeError):
            looks.append(Look(**json.loads(line)))
    return looks


def all_looks(folder: Path) -> dict[str, list[Look]]:
    """Every look, by the SHA-256 of the data."""
    return {path.stem: looks for path in sorted((folder / FOLDER).glob("*.jsonl")) if (looks := read(path))}


def models(looks: Sequence[Look]) -> list[str]:
    """The fingerprints of the models that were looked with, each once, the earliest first."""
    return list(dict.fromkeys(look.model_sha256 for look in looks))


@contextlib.contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep other runs from the file meanwhile."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("ab") as file:
        wait_for(file)
        yield
