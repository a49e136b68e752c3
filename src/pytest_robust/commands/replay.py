"""`robust replay`: what counterexamples are kept, and what the model makes of one of them now."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

from pytest_robust.engine import examples
from pytest_robust.engine.counterexamples import GUESSES
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.examples import Example, Kept
from pytest_robust.engine.pictures import can_draw
from pytest_robust.engine.plan import make_plan
from pytest_robust.errors import RobustError
from pytest_robust.pytest_support import outside, settings
from pytest_robust.pytest_support.examples import orphans
from pytest_robust.record import Guess
from pytest_robust.report.words import count, harmless, part_of, probability
from pytest_robust.sources import Roots
from pytest_robust.suite import files


def listed() -> Iterator[str]:
    """A line for each kept counterexample, and for what else lies in their folder. Raises RobustError."""
    config = outside.configuration()
    folder = folder_of(config)
    kept, strange = examples.read(folder)
    yield f"{settings.shown(folder, config)}: {count(len(kept), 'kept counterexample')}"
    for one in kept:
        best = told(one.example.after[:1])
        yield f"{one.id}  {harmless(one.example.nodeid)}  {row(one.example)}, answered {best}"
    yield from (f"warning: {harmless(line)}" for line in strange)


def pruned() -> Iterator[str]:
    """Drop those whose check or suite is gone: a line for each of these, then how many are left. Raises RobustError.

    What cannot be told to be gone stays: where a suite has a mistake, or is not in this project.
    """
    config = outside.configuration()
    folder = folder_of(config)
    kept, strange = examples.read(folder)
    checks_of = {}
    for suite in sorted({one.example.suite for one in kept}):
        path = settings.suite_path(suite, config)
        if path is None:
            continue
        if not may_run(path, config):
            strange.append(f"{suite}: a suite outside this project; its counterexamples are left alone")
            continue
        try:
            plan = make_plan(files.load(path), Roots((path.parent, config.rootpath)))
            checks_of[suite] = {check.id for check in plan.checks}
        except RobustError as error:
            strange.append(f"{suite}: cannot be read, and its counterexamples are left alone: {error}")
    gone = orphans(kept, checks_of, config)
    for missing, ones in gone.items():
        try:
            for one in ones:
                examples.drop(one)
        except OSError as error:
            raise RobustError(f"{settings.shown(folder, config)}: {error.strerror}; make it writable") from error
        yield f"dropped {count(len(ones), 'kept counterexample')}: there is no {harmless(missing)}"
    left = len(kept) - sum(map(len, gone.values()))
    yield f"{settings.shown(folder, config)}: {count(left, 'kept counterexample')}"
    yield from (f"warning: {harmless(line)}" for line in strange)


def replayed(name: str, suite: Path | None, say: Callable[[str], None]) -> bool:
    """Show one, by its id or how that begins, and ask the model, which runs the code that its suite names.

    `suite` is where that lies if not where it did. Whether it still fails. Raises RobustError where it cannot be asked.
    """
    config = outside.configuration(suite)
    kept = named(name, folder_of(config), config)
    example = kept.example
    if not can_draw():
        raise RobustError("a kept counterexample is a picture; `pip install pillow`")
    pixels = kept.pixels()
    for line in shown(kept, config):
        say(line)
    path = suite or suite_of(example, config)
    engine = Engine(make_plan(files.load(path), Roots((path.parent, config.rootpath))), cache=None)
    check = next((check for check in engine.plan.checks if check.id == example.check), None)
    if check is None or check.not_run is not None:
        wanted = f"check {harmless(example.check)!r}"
        if check is None:
            raise RobustError(f"{settings.shown(path, config)} has no {wanted}; --suite names another file")
        raise RobustError(f"{settings.shown(path, config)} cannot ask {wanted}: {check.not_run}")
    if why_not := engine.why_not(check, example, pixels):
        raise RobustError(f"{kept.id} cannot be asked: {why_not}")
    (answer,) = engine.replay(check, [(example, pixels)])
    say(f"now      {told(answer.now)}")
    say("still fails" if answer.fails else "passes now; the next run of its check drops it")
    say(f'again: pytest --robust "{settings.shown(path, config).as_posix()}::{harmless(check.id)}"')
    return answer.fails


def shown(kept: Kept, config: pytest.Config) -> Iterator[str]:
    """What is known of one, before the model is asked."""
    example = kept.example
    yield f"{kept.id}  {harmless(example.nodeid)}"
    yield f"claim    {harmless(example.claim)}"
    level = "" if example.level is None else f", shown at {harmless(example.level)}"
    level += "" if example.region is None else f", changed in {part_of(example.region)}"
    yield f"found    {row(example)}, in {harmless(example.cell)}{level}, seed {example.seed}"
    yield f"picture  {settings.shown(kept.picture, config)}"
    yield f"before   {told(example.before)}, unperturbed, when it was kept"
    yield f"then     {told(example.after)}, when it was kept"


def folder_of(config: pytest.Config) -> Path:
    """Where counterexamples are kept. Raises RobustError where they are not."""
    folder = settings.examples_folder(config)
    if folder is None:
        raise RobustError("robust_examples is `none`: no counterexamples are kept")
    return folder


def named(name: str, folder: Path, config: pytest.Config) -> Kept:
    """The one whose id begins so. Raises RobustError where there is none, or more than one."""
    kept, strange = examples.read(folder)
    fitting = [one for one in kept if one.id.startswith(name.lower())]
    if not fitting and (damaged := [line for line in strange if name.lower() in line]):
        raise RobustError("; ".join(map(harmless, damaged)))
    if not fitting:
        raise RobustError(
            f"{settings.shown(folder, config)} has no counterexample {name!r}: take both its files from where it was "
            "found, or run its check; `robust replay` lists what is kept"
        )
    if len(fitting) > 1:
        raise RobustError(f"{name!r} begins the ids of several: {', '.join(one.id for one in fitting)}")
    return fitting[0]


def suite_of(example: Example, config: pytest.Config) -> Path:
    """Where the suite lies that an example names. Raises RobustError where that is not in the project."""
    path = settings.suite_path(example.suite, config)
    if path is None or not may_run(path, config):
        raise RobustError(f"its suite {harmless(example.suite)} is not in this project; name the file with --suite")
    return path


def may_run(suite: Path, config: pytest.Config) -> bool:
    """Whether a suite is the project's. It runs code: an example, which may come from elsewhere, names no other."""
    return suite.is_relative_to(config.rootpath)


def row(example: Example) -> str:
    """Which row, and its right class."""
    right = "" if example.label is None else f", a {harmless(example.label)!r}"
    return f"row {harmless(example.row)} of {harmless(example.data)}{right}"


def told(guesses: Sequence[Guess]) -> str:
    """Answers, the highest first.

    >>> told([Guess(label="8", probability=0.961), Guess(label="3", probability=0.03)])
    "'8' (0.961), '3' (0.030)"
    """
    some = [f"{harmless(one.label)!r} ({probability(one.probability)})" for one in guesses[:GUESSES]]
    return ", ".join(some) or "no answer"
