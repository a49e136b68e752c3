"""One check as a pytest item, and what its verdict means to pytest.

| verdict | gate regression | gate release |
|---|---|---|
| PASS | passed | passed |
| FAIL | failed | failed |
| INCONCLUSIVE | passed, shown as INCONCLUSIVE | failed |
| NOT RUN | skipped, with the reason | failed, with the reason |
| ERROR | error | error |
| FAIL or INCONCLUSIVE, known (`xfail`) | xfailed, with the reason | failed |
| PASS, known (`xfail`) | failed: the mark is out of date | passed |
| FAIL or INCONCLUSIVE, waived | xfailed, with owner, date and reason | the same |
| NOT RUN, waived | skipped, likewise | the same |
"""

from __future__ import annotations

import os
from collections.abc import Generator, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, Protocol

import pytest

from pytest_robust.engine.clock import Section, profiled
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.plan import Check, Plan
from pytest_robust.engine.recording import verdict as unjudged
from pytest_robust.errors import RobustError
from pytest_robust.pytest_support import examples, settings
from pytest_robust.pytest_support.failures import ClaimFailed, explain, explain_error, representation
from pytest_robust.pytest_support.release import waived_by
from pytest_robust.pytest_support.transport import ATTRIBUTE, pack
from pytest_robust.pytest_support.words import claimed, ends
from pytest_robust.record import Spent, Verdict, Waiver
from pytest_robust.risk.gate import turns_red


class Home(Protocol):
    """The suite file of an item: what `collection.SuiteNode` is to it."""

    nodeid: str

    @property
    def plan(self) -> Plan:
        """The plan that the check is part of."""
        ...

    @property
    def engine(self) -> Engine:
        """The engine that judges it in this process."""
        ...

    @property
    def cover(self) -> Mapping[str, Waiver]:
        """The waivers that hold, by the ids of the checks that they cover."""
        ...


class CheckItem(pytest.Item):
    """One check. It is judged in `setup`, so that an ERROR is pytest's error and never its failure."""

    def __init__(self, *, check: Check, suite: Home, **rest: Any) -> None:
        super().__init__(**rest)
        self.check = check
        self.suite = suite
        self.verdict: Verdict | None = None
        self.add_marker("robust")
        for tag in check.tags:
            self.add_marker(tag)
        self.told = examples.Told()
        """What became of its kept counterexamples."""
        self.packed: dict[str, Any] | None = None
        """What the reports of this item carry."""

    def reportinfo(self) -> tuple[os.PathLike[str] | str, int | None, str]:
        """The line of the claim in the suite file, counted from 0, and the claim."""
        return self.path, self.check.line - 1, f"{self.check.cell.id}: {self.check.spec.claim.text}"

    def setup(self) -> None:
        """Judge the check. Raises what the engine raises, once it is noted as an ERROR."""
        engine = self.suite.engine
        before = engine.predictions, engine.cached
        asked = self.config.getoption("robust_profile")
        measuring: AbstractContextManager[Mapping[Section, float]] = profiled() if asked else nullcontext({})
        try:
            with measuring as seconds:
                self._judge(engine)
        except Exception as error:
            said = str(error) if isinstance(error, RobustError) else f"{type(error).__name__}: {error}"
            self.verdict = unjudged(engine.plan, self.check, "ERROR", reason=said)
            raise
        finally:
            if self.verdict is not None:
                spent = Spent.model_validate(seconds) if asked else None
                self.packed = pack(engine, self.check, self.verdict, since=before, spent=spent, told=self.told)
                self.user_properties += properties(self.verdict)
                self.ihook.pytest_robust_verdict(item=self, verdict=self.verdict)

    def _judge(self, engine: Engine) -> None:
        """Judge the check, with its kept counterexamples before and new ones after."""
        self.told = examples.ask_again(engine, self.check, self.nodeid, self.config)
        self.verdict = engine.judge(self.check)
        if self.verdict.outcome == "FAIL" and not self.verdict.xfail and self.check.id not in self.suite.cover:
            examples.keep(engine, self.check, self.verdict, self.nodeid, self.config, self.told)

    def runtest(self) -> None:
        """Tell pytest the verdict, by the table above."""
        verdict = self.verdict
        assert verdict is not None
        gate = settings.of(self.config).gate
        waiver = self.suite.cover.get(self.check.id)
        if turns_red(verdict, gate, waiver):
            raise ClaimFailed(verdict)
        excuse = waived_by(waiver) if waiver is not None else verdict.xfail
        if verdict.outcome == "NOT RUN":
            pytest.skip(self.why_not_run)
        if verdict.outcome in ("FAIL", "INCONCLUSIVE") and excuse:
            pytest.xfail(excuse)
            if verdict.outcome == "FAIL":  # only reached with --runxfail, which switches pytest.xfail off
                raise ClaimFailed(verdict)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """A few lines to act on, and no traceback, for a claim that failed and for mistakes of the user's."""
        if self.verdict is not None and isinstance(excinfo.value, (ClaimFailed, pytest.xfail.Exception)):
            text = explain(
                self.verdict, self.check, self.suite.plan, path=self.shown_path, again=self.again, kept=self.told.worst
            )
        elif isinstance(excinfo.value, RobustError):
            text = explain_error(excinfo.value, self.check, path=self.shown_path, again=self.again)
        else:
            return super().repr_failure(excinfo, style)
        return representation(text, self.shown_path, self.check.line)

    @property
    def why_not_run(self) -> str:
        """The reason, and whose word it is that this may be."""
        assert self.verdict is not None
        reason = self.verdict.reason or "no reason given"
        waiver = self.suite.cover.get(self.check.id)
        return reason if waiver is None else f"{waived_by(waiver)}; {reason}"

    @property
    def shown_path(self) -> str:
        """The suite file, as one would type it here."""
        return str(settings.shown(self.path, self.config))

    @property
    def again(self) -> str:
        """The command that runs this check alone."""
        gate = settings.of(self.config).gate
        release = " --robust-gate release" if gate == "release" else ""
        rest = self.nodeid.partition("::")[2]
        return f'pytest --robust{release} "{Path(self.shown_path).as_posix()}::{rest}"'


def properties(verdict: Verdict) -> list[tuple[str, object]]:
    """What a JUnit file says of a check besides pytest's own: there PASS and INCONCLUSIVE both are a passed test."""
    told = {
        "claim": claimed(verdict),
        "outcome": verdict.outcome,
        "estimate": None if verdict.estimate is None else f"{verdict.estimate:.6g}",
        "interval": None if verdict.interval is None else ends(verdict.interval),
        "n": verdict.n,
        "more images": verdict.rows_needed,
        "place": f"{verdict.place.path}:{verdict.place.line}:{verdict.place.column}",
    }
    return [(name, value) for name, value in told.items() if value is not None]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Put the verdict on the report, which travels to the controller whatever becomes of this process."""
    report = yield
    if isinstance(item, CheckItem) and (call.when == "call" or (call.when == "setup" and not report.passed)):
        if item.packed is not None:
            setattr(report, ATTRIBUTE, item.packed)
        if report.skipped and item.verdict is not None and item.verdict.outcome == "NOT RUN":
            report.longrepr = (str(item.path), item.check.line, f"Skipped: {item.why_not_run}")
        if call.when == "setup" and call.excinfo is not None and isinstance(call.excinfo.value, RobustError):
            report.longrepr = item.repr_failure(call.excinfo)  # pytest asks an item how to show its failures only
    return report
