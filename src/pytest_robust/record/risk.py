"""What a suite says of the deployment: how bad a mistake is, what it must not lead to, and what is accepted for now."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from pytest_robust.record.part import Part, Place


class Risk(Part):
    """How much a mistake may cost, and how free the model is to make it: what decides the tier."""

    severity: Annotated[int, Field(ge=0, le=3)]
    """Of the worst credible mistake: 0 nuisance, 1 reversible, 2 serious, 3 irreversible or life."""
    autonomy: Annotated[int, Field(ge=0, le=3)]
    """0 advisory, 1 a human confirms, 2 acts but a human can stop it in time, 3 acts unchecked."""
    rare: str | None = None
    """Why exposure is so rare that one tier may be subtracted, and who says so."""
    stated: dict[str, str] = {}
    """What a tier requires and no run can show, such as `external_review`, with where it can be read."""
    place: Place


class Requirement(Part):
    """What must hold so that a hazard does not come about."""

    text: str
    checks: list[str] = []
    """Ids of the checks that give evidence for it, in the order of the plan."""
    place: Place


class Hazard(Part):
    """Something that a mistake of the model may lead to."""

    name: str
    harm: str
    requirements: list[Requirement] = []
    place: Place


class Waiver(Part):
    """Checks that need not pass for now, by whose word, why and until when."""

    checks: list[str]
    """Ids, in the order of the plan."""
    owner: str
    reason: str
    expires: str
    """The last day on which it holds, UTC, ISO 8601."""
    place: Place
