"""The sections that other plug-ins add to a report. One that fails costs the report its section and nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from pytest_robust.record import Record, Section
from pytest_robust.report.pictures import safe
from pytest_robust.report.words import count


def with_sections(config: pytest.Config, record: Record) -> Record:
    """The record with what every plug-in's `pytest_robust_sections` adds, and a warning for what cannot be used.

    The hook is called plug-in by plug-in, so that one that raises does not silence the others; in the order in which
    pytest calls hooks, which is last registered, first called.
    """
    found: list[Section] = []
    warnings: list[str] = []
    for implementation in reversed(config.hook.pytest_robust_sections.get_hookimpls()):
        who = shown(implementation.plugin_name, config)
        known = {"config": config, "record": record}
        try:
            made = checked(implementation.function(**{name: known[name] for name in implementation.argnames}))
        except Exception as error:
            why = " ".join(f"{type(error).__name__}: {error}".split())
            warnings.append(f"a section of {who} is missing from the report: {why}")
            continue
        found += made
        if dropped := sum(safe(address) is None for section in made for _, address in section.pictures):
            wanted = "a data: address of WebP or PNG, of at most 12 kB"
            warnings.append(f"{count(dropped, 'picture')} of {who} cannot be shown: a section's picture is {wanted}")
    if not found and not warnings:
        return record
    run = record.run.model_copy(update={"warnings": [*record.run.warnings, *warnings]})
    return record.model_copy(update={"sections": found, "run": run})


def checked(made: Any) -> list[Section]:
    """What a plug-in returned, as a list. Raises TypeError for what is not made of sections."""
    if made is None:
        return []
    sections = list(made) if isinstance(made, Iterable) and not isinstance(made, Section) else [made]
    for one in sections:
        if not isinstance(one, Section):
            raise TypeError(f"pytest_robust_sections returned {type(one).__name__}, not a list of record.Section")
    return sections


def shown(plugin: str, config: pytest.Config) -> str:
    """A plug-in as its user knows it: a conftest.py, whose name is its path, by its path from the project's root."""
    path = Path(plugin)
    return path.relative_to(config.rootpath).as_posix() if path.is_relative_to(config.rootpath) else plugin
