"""What a person reads of a red check: the claim, what was seen, how sure that is, the worst case, how to repeat it."""

from __future__ import annotations

from _pytest._code.code import ReprEntryNative, ReprExceptionInfo, ReprFileLocation, ReprTraceback

from pytest_robust.engine.plan import Check, Plan
from pytest_robust.errors import RobustError
from pytest_robust.pytest_support.words import claimed, harmless, more_rows, observed
from pytest_robust.record import Counterexample, Guess, Verdict


class ClaimFailed(Exception):  # noqa: N818
    """A verdict that is red under the run's gate."""

    def __init__(self, verdict: Verdict) -> None:
        self.verdict = verdict
        super().__init__(f"{verdict.claim}: {verdict.outcome}")


def explain(verdict: Verdict, check: Check, plan: Plan, *, path: str, replay: str) -> str:
    """A red verdict in a few lines; the first of them stands for all in pytest's short summary."""
    lines = [_headline(verdict)]
    if verdict.estimate is not None:
        lines.append(f"observed {observed(verdict)}")
    if verdict.outcome == "FAIL":
        lines.append(_guarantee(check, plan))
    if verdict.outcome == "INCONCLUSIVE":
        lines.append(more_rows(verdict))
    if verdict.reason and verdict.outcome != "NOT RUN":
        lines.append(harmless(verdict.reason))
    if verdict.counterexamples:
        lines.append(f"worst: {in_words(verdict.counterexamples[0])}")
    return "\n".join([*lines, f"claimed at: {path}:{check.line}:{check.column}", f"again: {replay}"])


def explain_error(error: RobustError, check: Check, *, path: str, replay: str) -> str:
    """An error of the model, the data or a generator: the engine's own words."""
    met = f"met by: {check.spec.claim.text} ({path}:{check.line}:{check.column})"
    return "\n".join([harmless(str(error)), met, f"again: {replay}"])


def in_words(example: Counterexample) -> str:
    """A counterexample without its pictures."""
    right = f", a {harmless(example.label)!r}" if example.label is not None else ""
    return f"row {harmless(example.row)}{right}: before {_guesses(example.before)}; now {_guesses(example.after)}"


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
    if not check.property_.statistical:
        return "one row is enough to disprove it: no error is possible but in the row itself"
    alpha = plan.levels.alpha_fail
    return f"if the claim held, the chance of this verdict would be at most {alpha:.2g}, 1 in {round(1 / alpha):,}"


def _guesses(guesses: list[Guess]) -> str:
    if not guesses:
        return "no answer"
    best = guesses[0]
    sure = "not a finite probability" if best.probability is None else f"{best.probability:.2f}"
    return f"{harmless(best.label)!r} ({sure})"
