"""What the command line and the configuration file say. The command line wins."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from pytest_robust.record import Gate

KEY = pytest.StashKey["Settings"]()


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run."""

    gate: Gate
    reports: Path
    """Where records and reports go."""
    suites: frozenset[Path]
    """The files that `robust_suites` matches."""


def of(config: pytest.Config) -> Settings:
    """The settings of this run."""
    return config.stash[KEY]


def read(config: pytest.Config) -> Settings:
    """Read the settings. Raises UsageError for a glob that is no glob."""
    return Settings(
        gate=config.getoption("robust_gate"),
        reports=_written(config, "robust_reports"),
        suites=frozenset(_matching(config)),
    )


def cache_folder(config: pytest.Config) -> tuple[Path | None, str | None]:
    """Where evidence is kept, and a warning where it cannot be kept as asked. None is memory only.

    Makes the folder of pytest's cache, so ask only when evidence is about to be made.
    """
    asked = config.getoption("robust_cache") or config.getini("robust_cache")
    if asked == "none":
        return None, None
    if asked:
        return _written(config, "robust_cache"), None
    cache: pytest.Cache | None = getattr(config, "cache", None)
    if cache is None:
        return None, None
    try:
        return cache.mkdir("robust"), None
    except OSError as error:
        return None, f"evidence is kept in memory only: pytest's cache folder cannot be made: {error}"


def shown(path: Path, config: pytest.Config) -> Path:
    """A path as one would type it where pytest was started."""
    here = config.invocation_params.dir
    return path.relative_to(here) if path.is_relative_to(here) else path


def _written(config: pytest.Config, name: str) -> Path:
    """A folder: on the command line from where pytest was started, in a configuration file from the project's root."""
    option: str | None = config.getoption(name)
    if option:
        return config.invocation_params.dir / Path(option).expanduser()
    return config.rootpath / Path(config.getini(name)).expanduser()


def _matching(config: pytest.Config) -> list[Path]:
    found: list[Path] = []
    for pattern in config.getini("robust_suites"):
        try:
            found += config.rootpath.glob(pattern)
        except (ValueError, NotImplementedError) as error:
            raise pytest.UsageError(
                f"robust_suites: {pattern!r}: {error}; write a glob from the project's root, such as suites/*.yaml"
            ) from None
    return found
