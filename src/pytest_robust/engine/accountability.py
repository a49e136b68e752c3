"""From a suite's `risk:`, `hazards:` and `waivers:` to what the record holds: patterns become ids of checks."""

from __future__ import annotations

from pytest_robust import record
from pytest_robust.engine.patterns import matched
from pytest_robust.engine.plan import Plan
from pytest_robust.suite import Suite


def risk(plan: Plan) -> record.Risk | None:
    """The risk that the suite states."""
    spec = _suite(plan).risk
    if spec is None:
        return None
    return record.Risk(
        severity=spec.severity,
        autonomy=spec.autonomy,
        rare=spec.rare,
        stated=spec.stated.model_dump(exclude_none=True),
        place=_place(plan, "risk"),
    )


def hazards(plan: Plan) -> list[record.Hazard]:
    """The hazards with their requirements, and the checks that give evidence for each."""
    ids = [check.id for check in plan.checks]
    return [
        record.Hazard(
            name=name,
            harm=hazard.harm,
            requirements=[
                record.Requirement(
                    text=spec.text,
                    checks=matched(spec.checks, ids),
                    place=_place(plan, "hazards", name, "requirements", number),
                )
                for number, spec in enumerate(hazard.requirements)
            ],
            place=_place(plan, "hazards", name),
        )
        for name, hazard in _suite(plan).hazards.items()
    ]


def waivers(plan: Plan) -> list[record.Waiver]:
    """The waivers with the checks that they speak of, expired ones included."""
    ids = [check.id for check in plan.checks]
    return [
        record.Waiver(
            checks=matched(spec.checks, ids),
            owner=spec.owner,
            reason=spec.reason,
            expires=spec.expires.isoformat(),
            place=_place(plan, "waivers", number),
        )
        for number, spec in enumerate(_suite(plan).waivers)
    ]


def _suite(plan: Plan) -> Suite:
    assert plan.file.suite is not None
    return plan.file.suite


def _place(plan: Plan, *key: str | int) -> record.Place:
    line, column = plan.file.place(*key)
    return record.Place(path=plan.shown_path, line=line, column=column)
