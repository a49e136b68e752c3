"""What a person reads of a red check: the claim, what was seen, how sure that is, the worst case, how to repeat it."""

from __future__ import annotations

from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from pytest_robust.engine.plan import Check, Plan
from pytest_robust.errors import RobustError
from pytest_robust.pytest_support.words import claimed, harmless, more_rows, observed, worst_slices
from pytest_robust.record import Counterexample, Guess, Verdict
from pytest_robust.report.words import part_of


class ClaimFailed(Exception):  # noqa: N818
    """A verdict that is red under the run's gate."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(f"{verdict.claim}: {verdict.outcome}")


def explain(verdict: Verdict, check: Check, plan: Plan, *, path: str, again: str, kept: str | None = None) -> str:
    """A red verdict in a few lines; the first of them stands for all in pytest's short summary.

    `again` is the command that judges it, `kept` the id of its worst counterexample where that is kept.
    """
    lines = [_headline(verdict)]
    if verdict.estimate is not None:
        lines.append(f"observed {observed(verdict)}")
    if verdict.outcome == "FAIL":
        lines.append(_guarantee(check, plan))
    if verdict.outcome == "INCONCLUSIVE":
        lines.append(more_rows(verdict))
    if verdict.reason and verdict.outcome != "NOT RUN":
        lines.append(harmless(verdict.reason))
    if verdict.slices:
        lines += ["slices, worst first:", *(f"    {line}" for line in worst_slices(verdict))]
    if verdict.counterexamples:
        worst = verdict.counterexamples[0]
        lines.append(f"worst: {in_words(worst)}")
        lines += [] if check.cell.level is None else _smallest(worst, check.cell.level.text)
    lines += [f"claimed at: {path}:{check.line}:{check.column}", f"again: {again}"]
    return "\n".join([*lines, *([] if kept is None else [f"replay: robust replay {kept}"])])


def explain_error(error: RobustError, check: Check, *, path: str, again: str) -> str:
    """An error of the model, the data or a generator: the engine's own words."""
    met = f"met by: {check.spec.claim.text} ({path}:{check.line}:{check.column})"
    return "\n".join([harmless(str(error)), met, f"again: {again}"])


def in_words(example: Counterexample) -> str:
    """A counterexample without its pictures.

    >>> from pytest_robust.record import Counterexample, Guess
    >>> three, eight = (Guess(label=name, probability=0.8) for name in "38")
    >>> in_words(Counterexample(row="r1", cell="fog-3", label="3", before=[three], after=[eight]))
    "row r1 in fog-3, a '3': before '3' (0.80); now '8' (0.80)"
    """
    where = f" in {harmless(example.cell)}" if example.cell is not None else ""
    right = f", a {harmless(example.label)!r}" if example.label is not None else ""
    row = f"row {harmless(example.row)}{where}{right}"
    return f"{row}: before {_guesses(example.before)}; now {_guesses(example.after)}"


def representation(text: str, path: str, line: int) -> ReprExceptionInfo:
    """The text as pytest's own kind of failure, located in the suite file.

    A plain string would do for the terminal, but pytest takes the one-line message of its short summary, of `--tb=line`
    and of JUnit from here, and pytest-xdist knows how to carry it.
    """
    crash = ReprFileLocation(path, line, text.splitlines()[0])
    body = ReprTraceback([ReprEntryNative([f"{text}\n"])], None, style="native")
    return ReprExceptionInfo(reprtraceback=body, reprcrash=crash)


def _headline(verdict: Verdict) -> str:
    claim = claimed(verdict)
    if verdict.outcome == "PASS":
        return f"{claim} holds now: remove its xfail ({harmless(verdict.xfail or '')!r})"
    if verdict.outcome == "FAIL":
        return f"{claim} does not hold" + (f" (known: {harmless(verdict.xfail)!r})" if verdict.xfail else "")
    if verdict.outcome == "INCONCLUSIVE":
        return f"{claim} is not proven, and a release needs it proven"
    return f"{claim} did not run, and a release needs it proven: {harmless(verdict.reason or 'no reason given')}"


def _guarantee(check: Check, plan: Plan) -> str:
    if check.property_.reference == "measured":
        return "an observation of this run on this machine, no claim about others"
    if not check.property_.statistical:
        return "one row is enough to disprove it: no error is possible but in the row itself"
    alpha = plan.levels.alpha_fail
    return f"if the claim held, the chance of this verdict would be at most {alpha:.2g}, 1 in {round(1 / alpha):,}"


def _smallest(example: Counterexample, own: str) -> list[str]:
    """How little of what was done to a row is enough, where less is."""
    found = example.smallest
    if found is None or (found.level == own and found.region is None):
        return []
    part = "" if found.region is None else part_of(found.region)
    if found.level == own:
        enough = f"{part} are enough"
    else:
        enough = f"{harmless(found.level)} is enough{part and f', in {part}'}"
    return [f"smallest: {enough}; then {_guesses(found.after)}"]


def _guesses(guesses: list[Guess]) -> str:
    if not guesses:
        return "no answer"
    best = guesses[0]
    sure = "not a finite probability" if best.probability is None else f"{best.probability:.2f}"
    return f"{harmless(best.label)!r} ({sure})"
