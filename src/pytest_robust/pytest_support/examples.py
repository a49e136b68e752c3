"""Counterexamples that are kept from run to run: their checks come first, they are asked again, new ones are added.

The process that judges a check asks its examples just before, with the model that is loaded anyway, and keeps what it
found: files are named by their content and replaced in one step, so that no two processes are in each other's way.
Which checks come first is decided by what lay in the folder when the run started, in all its processes the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from pytest_robust.engine import examples
from pytest_robust.engine.counterexamples import MOST
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.examples import Kept
from pytest_robust.engine.pictures import can_draw
from pytest_robust.engine.plan import Check
from pytest_robust.engine.replaying import Asked
from pytest_robust.errors import RobustError
from pytest_robust.pytest_support import settings
from pytest_robust.pytest_support.words import count, harmless
from pytest_robust.record import Verdict
from pytest_robust.record.files import why

EXAMPLES = "robust_examples"
"""Under which a worker of pytest-xdist is told of which checks counterexamples were kept when the run started."""
KEY = pytest.StashKey["Found"]()


@dataclass(frozen=True, slots=True)
class Found:
    """What lay in the folder when this process first looked."""

    kept: tuple[Kept, ...] = ()
    strange: tuple[str, ...] = ()
    """What is no example, in words."""


@dataclass(slots=True)
class Told:
    """What one item, or many, have to say of kept counterexamples, by their ids."""

    still: list[str] = field(default_factory=list)
    """That were kept and still fail."""
    dropped: list[str] = field(default_factory=list)
    """That were kept and pass now."""
    new: list[str] = field(default_factory=list)
    """That are kept now, the worst first."""
    shown: dict[str, str] = field(default_factory=dict)
    """Of one item that failed: by its row, the id of each counterexample in its verdict that is kept."""
    worst: str | None = None
    """Of one item that failed: the one to look at, of the row that contradicts the claim most if that is kept."""

    def add(self, more: Told) -> None:
        """Take in what another item says; what was said already counts once."""
        for mine, theirs in ((self.still, more.still), (self.dropped, more.dropped), (self.new, more.new)):
            mine += [name for name in theirs if name not in mine]


def found(config: pytest.Config) -> Found:
    """What is kept; read once a process."""
    if KEY not in config.stash:
        folder = settings.examples_folder(config)
        kept, strange = ([], []) if folder is None else examples.read(folder)
        config.stash[KEY] = Found(tuple(kept), tuple(strange))
    return config.stash[KEY]


def checks(config: pytest.Config) -> list[str]:
    """The node ids of the checks that counterexamples were kept of when the run started."""
    worker: dict[str, list[str]] = getattr(config, "workerinput", {})
    if EXAMPLES in worker:
        return worker[EXAMPLES]
    return sorted({kept.example.nodeid for kept in found(config).kept})


def ask_again(engine: Engine, check: Check, nodeid: str, config: pytest.Config) -> Told:
    """Ask the kept counterexamples of a check, and remove those that pass now. Raises nothing: it is no verdict."""
    told = Told()
    of_check = [kept for kept in found(config).kept if kept.example.nodeid == nodeid]
    if not of_check or check.not_run is not None:
        return told
    if not can_draw():
        engine.warn("kept counterexamples are not asked again, for want of Pillow; `pip install pillow`")
        return told
    try:
        asked = list(askable(engine, check, of_check))
        answers = engine.replay(check, [one for _, one in asked])
    except RobustError as error:
        engine.warn(f"{nodeid}: its kept counterexamples could not be asked: {error}")
        return told
    for (kept, _), answer in zip(asked, answers, strict=True):
        if answer.fails:
            told.still.append(kept.id)
            continue
        try:
            examples.drop(kept)
            told.dropped.append(kept.id)
        except OSError as error:
            engine.warn(f"kept counterexamples that pass now cannot be removed: {error.strerror}: {kept.folder}")
    return told


def askable(engine: Engine, check: Check, kept: Sequence[Kept]) -> Iterator[tuple[Kept, Asked]]:
    """Those of a check's examples that can be asked, with their pictures; the others are told of."""
    for one in kept:
        try:
            pixels = one.pixels()
        except RobustError as error:
            engine.warn(f"kept counterexample {one.id} left alone: {error}")
            continue
        if reason := engine.why_not(check, one.example, pixels):
            engine.warn(f"kept counterexample {one.id} left alone: {reason}")
        else:
            yield one, (one.example, pixels)


def keep(engine: Engine, check: Check, verdict: Verdict, nodeid: str, config: pytest.Config, told: Told) -> None:
    """Keep the counterexamples of a check that failed, and note their ids.

    Not more than a record shows of a check, those that still fail included, which stay as they are.
    """
    folder = settings.examples_folder(config)
    if folder is None:
        return
    rows = {one.id: one.example.row for one in found(config).kept}
    try:
        new = engine.worth_keeping(check, verdict, suite=nodeid.partition("::")[0], known=rows)
        for example, pixels in new[: max(0, MOST - len(told.still))]:
            told.new.append(examples.keep(folder, example, pixels))
            rows[told.new[-1]] = example.row
    except RobustError as error:
        engine.warn(f"{nodeid}: its counterexamples could not be asked again, and are not kept: {error}")
    except OSError as error:
        shown = settings.shown(folder, config)
        mend = why(error, shown, "robust_examples names another folder")
        engine.warn(f"counterexamples are not kept: {shown}: {mend}")
    worst = [one.row for one in verdict.counterexamples[:1]]
    failing = [*told.new, *told.still]
    called = engine.named(check, verdict, suite=nodeid.partition("::")[0])
    told.shown = {row: name for row, name in called.items() if name in failing}
    told.worst = next((name for name in failing if rows[name] in worst), next(iter(failing), None))


def lines(told: Told, config: pytest.Config) -> Iterator[str]:
    """What became of the kept counterexamples of a suite."""
    if asked := len(told.still) + len(told.dropped):
        yield f"{len(told.still)} of {count(asked, 'kept counterexample')} still fail{'s' * (asked == 1)}"
    if told.dropped:
        yield f"dropped, as they pass now: {', '.join(told.dropped)}"
    folder = settings.examples_folder(config)
    if told.new and folder is not None:
        where = settings.shown(folder, config)
        yield f"{count(len(told.new), 'counterexample')} kept in {where} (robust replay; elsewhere, with it)"


def left_alone(config: pytest.Config, checks_of: Mapping[str, Collection[str]]) -> Iterator[str]:
    """What in the folder no run will ask. `checks_of` are the ids of all checks of the suites that were run."""
    folder = settings.examples_folder(config)
    if folder is not None:
        yield from (f"{settings.shown(folder, config)}: {harmless(line)}" for line in found(config).strange)
    for gone, kept in orphans(found(config).kept, checks_of, config).items():
        some = count(len(kept), "kept counterexample")
        yield f"{some} left alone: there is no {harmless(gone)}; `robust replay --prune` drops them"


def orphans(
    kept: Iterable[Kept], checks_of: Mapping[str, Collection[str]], config: pytest.Config
) -> dict[str, list[Kept]]:
    """Those that no run can ask, by what is gone, a check or a whole suite.

    `checks_of` are the ids of all checks of the suites that were read; of another suite, a check is not gone before its
    file is.
    """
    found: dict[str, list[Kept]] = {}
    for one in kept:
        suite = one.example.suite
        if suite in checks_of:
            gone = None if one.example.check in checks_of[suite] else f"check {one.example.nodeid}"
        else:
            gone = None if settings.suite_path(suite, config) else f"suite {suite}"
        if gone is not None:
            found.setdefault(gone, []).append(one)
    return dict(sorted(found.items()))
