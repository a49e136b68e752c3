"""`robust ledger`: which models have been judged on which rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_robust.engine.ledger import FOLDER, Look, all_looks, models
from pytest_robust.pytest_support import outside, settings
from pytest_robust.report.words import count, harmless

SHORT = 12
"""Characters of a fingerprint that are told."""


def lines(suite: Path | None = None, cache: Path | None = None) -> Iterator[str]:
    """What the ledger says, of the data that one suite was judged on, or of all. Raises RobustError.

    `cache` is the folder of the evidence; the one that a run would use where absent.
    """
    config = outside.configuration(suite)
    folder = (cache or outside.cache_folder(config)).absolute()
    found = all_looks(folder)
    if suite is not None:
        wanted = suite.resolve()
        found = {
            data: looks
            for data, looks in found.items()
            if any((config.rootpath / look.suite).resolve() == wanted for look in looks)
        }
    if not found:
        yield f"no looks {f'of {suite} ' if suite else ''}in {settings.shown(folder / FOLDER, config)}"
    for data, looks in found.items():
        yield from _of_data(data, looks)


def _of_data(data: str, looks: Sequence[Look]) -> Iterator[str]:
    """The models that were judged on one data set, the earliest first."""
    names = ", ".join(dict.fromkeys(harmless(look.data) for look in looks))
    seen = models(looks)
    yield f"{names} (sha256 {data[:SHORT]}): {count(len(seen), 'model')} in {count(len(looks), 'look')}"
    for model in seen:
        of_it = [look for look in looks if look.model_sha256 == model]
        suites = ", ".join(dict.fromkeys(harmless(look.suite) for look in of_it))
        first = of_it[0]
        yield f"    {first.date}  {harmless(first.model)} (sha256 {model[:SHORT]})  by {suites}"
