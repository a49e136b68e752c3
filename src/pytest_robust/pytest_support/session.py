"""The controller of a run: gathers what the items report, writes record and report, settles the exit code.

The exit code is pytest's own, with two additions. It is 2 where the run could not do what it was asked: a check ended
in ERROR (a model that cannot be loaded is neither a disproved claim nor a proven one) or a record could not be written.
It is 1 where the record holds what the gate calls red though no item failed: under the release gate, a check that was
not selected is not proven; under both, a cell may be worse than in the baseline.
"""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterator
from os.path import normpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from pytest_robust.engine import ledger, room
from pytest_robust.engine.lineage import repository
from pytest_robust.errors import RobustError
from pytest_robust.pytest_support import baselines, examples, live, settings, status
from pytest_robust.pytest_support.baselines import compared
from pytest_robust.pytest_support.collection import ENDINGS, plan_file
from pytest_robust.pytest_support.gathering import Gathered, names
from pytest_robust.pytest_support.items import CheckItem
from pytest_robust.pytest_support.profile import INDENT, Passing, profile
from pytest_robust.pytest_support.sections import with_sections
from pytest_robust.pytest_support.selection import why_unselected
from pytest_robust.pytest_support.summary import Written, summarise
from pytest_robust.pytest_support.transport import ATTRIBUTE, unpack
from pytest_robust.record import Record, Run
from pytest_robust.record.files import why
from pytest_robust.record.signatures import bundle
from pytest_robust.risk.gate import is_red

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter


class Session:
    """State of the run, and the hooks that change it."""

    def __init__(self, config: pytest.Config) -> None:
        """Raises UsageError where a baseline cannot be compared with."""
        self.config = config
        self.baselines = baselines.read(config)
        self.suites: dict[str, Gathered] = {}
        """By the node id of the suite file."""
        self.written: list[Written] = []
        self.started = settings.of(config).started
        self.passing = Passing(start=time.monotonic())
        self.interruption: str | None = None
        self.judged_again: set[str] = set()
        """Checks whose worker died the first time."""
        self.room: str | None = None
        """What was removed from the store, in words."""

    def pytest_sessionstart(self) -> None:
        """Show what goes on from here."""
        live.watch(self.config, self.suites)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker when the run started, and which checks come first."""
        self.passing.workers += 1
        node.workerinput[settings.STARTED] = self.started.isoformat()
        node.workerinput[examples.EXAMPLES] = examples.checks(self.config)

    def pytest_report_header(self) -> str:
        """Gate and cache."""
        gate = settings.of(self.config).gate
        if self.config.option.collectonly:
            return f"robust: gate {gate}"
        folder, _ = settings.cache_folder(self.config)
        return f"robust: gate {gate}, evidence {f'cached in {self._shown(folder)}' if folder else 'in memory only'}"

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the checks of this run."""
        for item in session.items:
            if isinstance(item, CheckItem):
                suite = self.suites.setdefault(item.suite.nodeid, Gathered(item.suite.plan, item.suite.nodeid))
                suite.collected.add(item.check.id)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        """Note the checks of a distributed run, where this process collects nothing itself.

        Their suites are planned now: the record must say what the workers read, even if the file is edited meanwhile.
        """
        for nodeid in ids:
            path, _, check = nodeid.partition("::")
            if path.lower().endswith(ENDINGS) and (path in self.suites or self._plan(path)):
                self.suites[path].collected.add(check)

    def _plan(self, path: str) -> bool:
        try:
            plan = plan_file(Path(normpath(self.config.rootpath / path)), self.config)
        except RobustError:
            return False  # another plug-in's YAML file
        self.suites[path] = Gathered(plan, path)
        return True

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note when the first check begins."""
        if self.passing.first is None and nodeid.partition("::")[0] in self.suites:
            self.passing.first = time.monotonic()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take in the report of an item."""
        path, _, check = report.nodeid.partition("::")
        suite = self.suites.get(path)
        if suite is None:
            return
        self.passing.last = time.monotonic()
        packed: dict[str, Any] | None = getattr(report, ATTRIBUTE, None)
        if packed is not None:
            suite.add(unpack(packed))
        elif report.skipped:
            reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longreprtext
            suite.skipped[check] = reason.removeprefix("Skipped: ")
        elif report.failed and check not in suite.verdicts:
            suite.crash(check, report.longreprtext)

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str, report: pytest.TestReport, sched: Any) -> None:
        """A check whose worker died is not an error yet where it is judged once more, see `CellScheduling`."""
        path, _, check = crashitem.partition("::")
        if path in self.suites and crashitem in getattr(sched, "again", ()) and crashitem not in self.judged_again:
            self.judged_again.add(crashitem)
            report.outcome = status.AGAIN
            self.suites[path].warnings.append(f"a worker died while it judged {check}, which was judged again")

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self) -> None:
        """A worker has judged its last check: get ready for the report while it ends, and others still judge."""
        from pytest_robust.report import html

        html.prepare()

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Note why the run ends early."""
        self.interruption = str(excinfo.value) or "interrupted"

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write what there is, and settle the exit code."""
        if self.config.option.collectonly:
            return
        begun = [suite for suite in self.suites.values() if suite.began]
        records = {suite.nodeid: self._record(suite, session) for suite in begun}
        records = {name: self._noted(record) for name, record in records.items()}
        if self.baselines:
            records = compared(self.baselines, {suite.nodeid: (suite.plan, records[suite.nodeid]) for suite in begun})
        gate = settings.of(self.config).gate
        verdicts = [verdict for record in records.values() for verdict in record.verdicts]
        if session.exitstatus == pytest.ExitCode.OK and any(is_red(record, gate) for record in records.values()):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED
        if any(verdict.outcome == "ERROR" for verdict in verdicts):
            self._could_not(session)
        for suite, name in names(begun).items():
            record = records[suite]
            warnings = [*record.run.warnings, *self._replaced(name)]
            run = record.run.model_copy(update={"exit_status": int(session.exitstatus), "warnings": warnings})
            whole = with_sections(self.config, record.model_copy(update={"run": run}))
            self.written.append(self._write(suite, name, whole))
        if any(written.problem for written in self.written):
            self._could_not(session)
        if any(suite.predictions for suite in begun):
            self._make_room()

    def _make_room(self) -> None:
        """Keep the evidence within its limit."""
        folder, _ = settings.cache_folder(self.config)
        limit = settings.of(self.config).cache_size
        gone = [] if folder is None else list(room.removed(room.kept(folder), limit))
        if gone:
            freed = room.written_size(sum(one.bytes for one in gone))
            self.room = f"evidence of {len(gone)} cells used longest ago made room, {freed}: robust_cache_size is "
            self.room += room.written_size(limit)

    def _could_not(self, session: pytest.Session) -> None:
        if session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
            session.exitstatus = pytest.ExitCode.INTERRUPTED

    def _record(self, suite: Gathered, session: pytest.Session) -> Record:
        stop = self.interruption or session.shouldfail or session.shouldstop or "the run ended before it"
        lineage = suite.lineage(settings.cache_folder(self.config)[0], interrupted=self.interruption is not None)
        run = Run(
            started=self.started.isoformat(timespec="seconds"),
            seconds=round(time.monotonic() - self.passing.start, 3),
            command=shlex.join(["pytest", *map(str, self.config.invocation_params.args)]),
            gate=settings.of(self.config).gate,
            exit_status=int(session.exitstatus),
            predictions=suite.predictions,
            cached=suite.cached,
            interrupted=self.interruption is not None,
            repository=repository(suite.plan.file.path.parent),
            warnings=suite.warnings,
            profile=profile(suite.spent),
            kept=suite.kept,
        )
        stopped = f"not reached: {stop}"
        return suite.assemble(run, lineage=lineage, unselected=why_unselected(self.config), stopped=stopped)

    def _noted(self, record: Record) -> Record:
        """The record with how many models have been judged on its data, once it is entered in the ledger."""
        folder, _ = settings.cache_folder(self.config)
        if folder is None:
            return record
        told: dict[str, Any] = {}
        try:
            told["looks"] = ledger.note(folder, record)
        except OSError as error:
            reason = f"models judged on these rows are not counted: {why(error, folder)}"
            told["warnings"] = [*record.run.warnings, reason]
        return record.model_copy(update={"run": record.run.model_copy(update=told)})

    def _replaced(self, name: str) -> Iterator[str]:
        target = (settings.of(self.config).reports / f"{name}.json").resolve()
        for earlier in self.baselines:
            if earlier.path.resolve() == target:
                yield f"this run's record takes the place of its baseline {self._shown(target)}; keep that elsewhere"
        if bundle(target).exists():
            yield f"this run's record takes the place of a signed one, {self._shown(target)}; keep those elsewhere"

    def _write(self, suite: str, name: str, record: Record) -> Written:
        from pytest_robust.record import files
        from pytest_robust.report.formats import FORMATS

        folder = settings.of(self.config).reports
        paths: dict[str, str] = {}
        try:
            path = saved = folder / f"{name}.json"
            record = files.save(record, path)
            paths["record"] = self._shown(path)
            self.config.hook.pytest_robust_record(config=self.config, record=record, path=path)
            for form in ("html", *settings.of(self.config).formats):
                path = folder / f"{name}{FORMATS[form].ending}"
                files.write_atomically(path, FORMATS[form].render(record, saved).encode())
                paths["report" if form == "html" else form] = self._shown(path)
        except RobustError as error:
            return Written(suite, record, paths, str(error))
        except OSError as error:
            return Written(suite, record, paths, f"{path}: cannot be written: {why(error, folder, files.OTHER_FOLDER)}")
        except Exception as error:  # a run may have taken hours: say what is wrong, and show what it found all the same
            return Written(suite, record, paths, f"{path}: cannot be made: {type(error).__name__}: {error}")
        return Written(suite, record, paths)

    def pytest_terminal_summary(self, terminalreporter: TerminalReporter) -> None:
        """Say what the run showed."""
        for written in self.written:
            summarise(terminalreporter, written, settings.of(self.config).gate)
        if any(written.record.run.profile for written in self.written):
            terminalreporter.line(INDENT + self.passing.told(time.monotonic()))
        if self.room:
            terminalreporter.line(self.room)
        if self.written:
            self._tell_examples(terminalreporter)

    def _tell_examples(self, terminal: TerminalReporter) -> None:
        whole = examples.Told()
        for suite in self.suites.values():
            whole.add(suite.told)
        for line in examples.lines(whole, self.config):
            terminal.line(line)
        planned = {name: {check.id for check in suite.plan.checks} for name, suite in self.suites.items()}
        for line in examples.left_alone(self.config, planned):
            terminal.line(f"warning: {line}", yellow=True)

    def _shown(self, path: Path) -> str:
        return str(settings.shown(path, self.config))
