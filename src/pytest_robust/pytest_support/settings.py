"""What the command line and the configuration file say. The command line wins."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from os.path import normpath
from pathlib import Path

import pytest

from pytest_robust.engine.room import parse_size
from pytest_robust.errors import RobustError
from pytest_robust.record import Gate
from pytest_robust.record.files import why
from pytest_robust.report.formats import named

KEY = pytest.StashKey["Settings"]()

STARTED = "robust_started"
"""Under which a worker of pytest-xdist is told when the run started."""

CACHE = "robust"
"""What the folder of the evidence is called inside pytest's cache."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of one run."""

    started: datetime
    """When the run did, UTC: in all its processes the same, as waivers hold on the day of the run."""
    gate: Gate
    reports: Path
    """Where records and reports go."""
    formats: tuple[str, ...]
    """Names of what is written besides the HTML report."""
    suites: frozenset[Path]
    """The files that `robust_suites` matches."""
    cache_size: int
    """How many bytes of evidence are kept from run to run."""


def of(config: pytest.Config) -> Settings:
    """The settings of this run."""
    return config.stash[KEY]


def read(config: pytest.Config) -> Settings:
    """Read the settings. Raises UsageError for a glob that is no glob, a size that is no size, an unknown format."""
    try:
        size = cache_size(config)
        formats = tuple(_formats(config))
    except RobustError as error:
        raise pytest.UsageError(str(error)) from None
    worker: dict[str, str] = getattr(config, "workerinput", {})
    return Settings(
        started=datetime.fromisoformat(worker[STARTED]) if STARTED in worker else datetime.now(UTC),
        gate=config.getoption("robust_gate"),
        reports=_written(config, "robust_reports"),
        formats=formats,
        suites=frozenset(_matching(config)),
        cache_size=size,
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
        return cache.mkdir(CACHE), None
    except OSError as error:
        folder = shown(config.rootpath / config.getini("cache_dir"), config)
        return None, f"evidence is kept in memory only: {folder} cannot be made: {why(error, folder)}"


def cache_size(config: pytest.Config) -> int:
    """How many bytes of evidence are kept from run to run. Raises RobustError."""
    try:
        return parse_size(config.getini("robust_cache_size"))
    except ValueError as error:
        raise RobustError(f"robust_cache_size: {error}") from None


def examples_folder(config: pytest.Config) -> Path | None:
    """Where counterexamples are kept from run to run; None where none are."""
    asked: str = config.getini("robust_examples")
    return None if asked == "none" else config.rootpath / Path(asked).expanduser()


def suite_path(name: str, config: pytest.Config) -> Path | None:
    """The file that checks are named after, where there is one; the name may be anybody's."""
    path = Path(normpath(config.rootpath / name))
    try:
        return path if path.is_file() else None
    except (OSError, ValueError):
        return None


def baselines(config: pytest.Config) -> tuple[Path, ...]:
    """The records to compare with: on the command line from where pytest was started, else from the project's root."""
    given: list[str] | None = config.getoption("robust_baseline")
    if given:
        return tuple(config.invocation_params.dir / Path(path).expanduser() for path in given)
    return tuple(config.rootpath / Path(path).expanduser() for path in config.getini("robust_baseline"))


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


def _formats(config: pytest.Config) -> Iterator[str]:
    """Each once; HTML is written anyway. Raises RobustError."""
    asked: str | None = config.getoption("robust_formats")
    written = asked.split(",") if asked is not None else config.getini("robust_formats")
    for name in dict.fromkeys(one.strip() for one in written):
        try:
            named(name)
        except RobustError as error:
            raise RobustError(f"robust_formats: {error}") from None
        if name != "html":
            yield name


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
