"""Every check before and now, by its id: what became worse comes first."""

from __future__ import annotations

from pytest_robust.record import CheckChange, Outcome, Record, Verdict


def check_changes(now: Record, before: Record) -> list[CheckChange]:
    """The checks of either record: those first that passed before and do not now, those whose outcome is the same last.

    Ties stand in the order of the suite, those that it has no longer behind the others.
    """
    old, new = ({verdict.id: verdict for verdict in one.verdicts} for one in (before, now))
    found = [_change(name, old.get(name), new.get(name)) for name in dict.fromkeys((*new, *old))]
    return sorted(found, key=lambda one: rank(one.before, one.now))


def rank(before: Outcome | None, now: Outcome | None) -> int:
    """How much a person has to see it.

    >>> [rank("PASS", "FAIL"), rank("PASS", None), rank("INCONCLUSIVE", "FAIL"), rank("FAIL", "NOT RUN")]
    [0, 1, 2, 3]
    >>> [rank(None, "INCONCLUSIVE"), rank("FAIL", "PASS"), rank("PASS", "PASS")]
    [4, 5, 6]
    """
    if before == now:
        return 6
    if before == "PASS":
        return 0 if now == "FAIL" else 1
    if now == "FAIL":
        return 2
    if now == "PASS":
        return 5
    return 4 if before is None else 3


def _change(name: str, before: Verdict | None, now: Verdict | None) -> CheckChange:
    return CheckChange(
        id=name,
        before=None if before is None else before.outcome,
        now=None if now is None else now.outcome,
        estimate_before=None if before is None else before.estimate,
        estimate_now=None if now is None else now.estimate,
        claim_before=before.claim if before and now and before.claim != now.claim else None,
    )
