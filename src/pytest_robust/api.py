"""The Python face: what a suite does, from an ordinary test function.

Both functions work with and without `--robust`, and take live objects where a suite names files:

    def test_one_scratch_is_survived():
        verdicts = pytest_robust.check(
            model=predict, data=(images, labels), generate=scratched_lens, severity=1, require="accuracy >= 0.9")
        for verdict in verdicts:
            assert verdict.outcome == "PASS", verdict
"""

from __future__ import annotations

import contextlib
import shlex
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import yaml

from pytest_robust import record
from pytest_robust.adapters import Adapter, Model
from pytest_robust.adapters.callable import from_callable
from pytest_robust.engine import ledger
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.plan import Plan, make_plan
from pytest_robust.engine.recording import assemble
from pytest_robust.engine.recording import verdict as unjudged
from pytest_robust.errors import OptionError, RobustError, SuiteError
from pytest_robust.generators import Generator
from pytest_robust.properties import Property
from pytest_robust.sources import Roots
from pytest_robust.suite import files

BY_CALL = Path("<check>")
"""What messages call a suite that is no file."""


def check(
    *,
    model: Mapping[str, Any] | Callable[[Any], Any],
    data: Any,
    require: str | Sequence[str],
    generate: str | Mapping[str, Any] | Generator = "clean",
    severity: Any = None,
    epsilon: Any = None,
    weight: Any = None,
    familiar: Any = None,
    properties: Sequence[Property] = (),
    mistakes: Mapping[str, Any] | None = None,
    statistics: Mapping[str, Any] | None = None,
    seed: int = 0,
    cache: Path | None = None,
) -> list[record.Verdict]:
    """Judge claims about one generator; one verdict for each level and claim.

    `model` is what a suite says under `model:`, or a function from uint8 images (n, h, w, c) to probabilities (n, K).
    `data` is a source as in a suite, or (images, labels), or a mapping with `images`, `labels` and perhaps `ids`,
    `classes` and `metadata`. `familiar` is the data that unfamiliar input is compared with. `generate` is a name, a
    name with options, or a generator itself; `properties` are ones of your own that `require` speaks of by name.
    The other arguments are keys of a suite. Evidence is kept in `cache`, or only in memory.

    Paths start at the current folder. Raises OptionError for a mistake in the arguments, another RobustError where the
    model, the data or the generator is at fault.

    >>> import numpy as np
    >>> def predict(images):
    ...     bright = images.mean(axis=(1, 2, 3)) / 255
    ...     return np.stack([1 - bright, bright], axis=1)
    >>> images = np.repeat(np.uint8([30, 220] * 50), 64).reshape(100, 8, 8, 1)
    >>> verdict, = check(model=predict, data=(images, [0, 1] * 50), generate="contrast", severity=1,
    ...     require="accuracy >= 0.9")
    >>> verdict.outcome, verdict.estimate
    ('PASS', 1.0)
    """
    for one in properties:
        if not isinstance(one, Property):
            raise OptionError(f"`properties` has {one!r}, which is not a property; decorate it with `mean_property`")
    objects: dict[str, Any] = {property_.name: property_ for property_ in properties}
    if isinstance(generate, Generator):
        objects[generate.name] = generate
        generate = generate.name
    elif not isinstance(generate, str | Mapping):
        raise OptionError(f"`generate` is {generate!r}, which is not a generator; decorate it with `generator`")
    levels = {"severity": severity, "epsilon": epsilon, "weight": weight}
    scenario = {
        "data": "data",
        "generate": [generate],
        "require": [require] if isinstance(require, str) else list(require),
        **{scale: written for scale, written in levels.items() if written is not None},
    }
    sources = {"data": data} if familiar is None else {"familiar": familiar, "data": data}
    suite = {
        "name": "check",
        "seed": seed,
        "model": _model(model, objects),
        "data": {name: _data(name, source, objects) for name, source in sources.items()},
        "statistics": dict(statistics or {}),
        **({"mistakes": dict(mistakes)} if mistakes else {}),
        "scenarios": {"check": scenario},
    }
    return run(suite, objects=objects, cache=cache, strict=True).verdicts


def run(
    suite: str | Path | Mapping[str, Any],
    *,
    objects: Mapping[str, Any] | None = None,
    cache: Path | None = None,
    strict: bool = False,
) -> record.Record:
    """Run a whole suite, a file or the same as a mapping, and return its record; `record.files.save` writes it.

    `objects` are live objects by the names that the suite calls them. A check whose model, data or generator is at
    fault becomes a verdict ERROR; with `strict` it raises. Raises SuiteError where the suite
    is at fault, OptionError where it is a mapping.
    """
    started, clock = datetime.now(UTC), time.monotonic()
    plan = _plan(suite, objects or {})
    engine = Engine(plan, cache=cache)
    verdicts = {}
    for item in plan.checks:
        try:
            verdicts[item.id] = engine.judge(item)
        except RobustError as error:
            if strict:
                raise
            verdicts[item.id] = unjudged(plan, item, "ERROR", reason=str(error))
    try:
        model = engine.model()
    except RobustError:  # its checks are ERROR and say why
        model = None
    found = assemble(
        plan,
        verdicts=verdicts,
        cells={item.cell.id: engine.summary(item.cell) for item in plan.checks if verdicts[item.id].n},
        model=model,
        data={data.name: data for data in engine.data()},
        run=record.Run(
            started=started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - clock, 3),
            command=shlex.join(sys.argv),
            gate="regression",
            exit_status=0,
            predictions=engine.predictions,
            cached=engine.cached,
            warnings=engine.warnings,
        ),
        not_run={},
    )
    with contextlib.suppress(OSError):  # evidence that cannot be kept has its warning
        found = found.model_copy(update={"run": found.run.model_copy(update={"looks": ledger.note(cache, found)})})
    return found


def _plan(suite: str | Path | Mapping[str, Any], objects: Mapping[str, Any]) -> Plan:
    """The plan of a suite. A mapping has no lines to point at: its mistakes are told with the words they are about."""
    here = Path.cwd()
    if not isinstance(suite, Mapping):
        file = files.load(Path(suite))
        return make_plan(file, Roots((file.path.resolve().parent, here), objects))
    file = files.parse(yaml.safe_dump(dict(suite), sort_keys=False), BY_CALL)
    try:
        return make_plan(file, Roots((here,), objects))
    except SuiteError as error:
        lines = file.text.splitlines()
        told = [f"{problem.message} (at `{lines[problem.line - 1].strip(' -')}`)" for problem in error.problems]
        raise OptionError("\n".join(told)) from None


def _model(model: Mapping[str, Any] | Callable[[Any], Any], objects: dict[str, Any]) -> dict[str, Any]:
    """What a suite would say of the model; a live function becomes an adapter of its own."""
    if isinstance(model, Mapping):
        return dict(model)
    if not callable(model):
        raise OptionError(
            f"`model` is {model!r}; give a function, or what a suite says: "
            "{'adapter': 'callable', 'source': 'path.py:object'}"
        )
    live = from_callable(model)

    def load(*, roots: Roots) -> Model:  # noqa: ARG001  (what an adapter takes)
        return live

    objects["live-model"] = Adapter("live-model", load)
    return {"adapter": "live-model"}


def _data(name: str, source: Any, objects: dict[str, Any]) -> Any:
    """What a suite would say of the data; live arrays are handed to the reader of Python objects."""
    if isinstance(source, str) or (isinstance(source, Mapping) and "source" in source):
        return source if isinstance(source, str) else dict(source)
    objects[name] = source
    return {"reader": "python", "source": name}
