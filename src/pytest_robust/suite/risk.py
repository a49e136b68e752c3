"""What a suite says of the deployment: how bad a mistake is, what it may lead to, which checks need not pass yet."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from pytest_robust.suite.document import Document, OneOrMany

DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"

Text = Annotated[str, Field(min_length=1)]
Grade = Annotated[int, Field(ge=0, le=3)]


def parse_date(written: object) -> date:
    """Read a day. Raises ValueError for anything else, and for a day that there is not.

    >>> parse_date("2027-03-01")
    datetime.date(2027, 3, 1)
    """
    text = str(written)
    if not re.search(DATE, text):
        raise ValueError(f"{text!r} is no date; write the last day on which it holds, such as 2027-03-01")
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"there is no day {text}: {error}; write one such as 2027-03-01") from None


ParsedDate = Annotated[
    date,
    BeforeValidator(parse_date),
    WithJsonSchema({"type": "string", "format": "date", "pattern": DATE, "examples": ["2027-03-01"]}),
]


class StatedSpec(Document):
    """What a tier requires and no run can show: where each can be read. It is taken as the owner's word."""

    rule_guard: Text | None = None
    """The rules that catch a wrong answer, tested by injecting faults."""
    monitor: Text | None = None
    """What watches the model in use, with its rate of false alarms and its delay."""
    independent_channel: Text | None = None
    """A second way to the answer that does not fail when the model does."""
    staged_rollout: Text | None = None
    """Which share of the use sees the release first, and what stops it."""
    external_review: Text | None = None
    """Who outside the team looked at it."""


class RiskSpec(Document):
    """How bad a mistake is and how free the model is to make it. Tier = severity + autonomy - 1, from 0 to 4; 0 where
    severity is 0."""

    severity: Grade
    """Of the worst credible mistake: 0 nuisance, 1 reversible, 2 serious, 3 irreversible or life."""
    autonomy: Grade
    """0 advisory, 1 a human confirms, 2 acts but a human can stop it in time, 3 acts unchecked."""
    rare: Text | None = None
    """Why exposure is so rare that one tier may be subtracted, and who says so."""
    stated: StatedSpec = StatedSpec()
    """What the tier requires and no run can show."""


class RequirementSpec(Document):
    """What must hold so that a hazard does not come about."""

    text: Text
    """In words that the hazard's owner would sign."""
    checks: Annotated[list[Text], OneOrMany()] = []
    """Names of scenarios, or globs over the ids of checks, such as `fog::*::accuracy`. An empty list says that nothing
    gives evidence yet."""


class HazardSpec(Document):
    """Something that a mistake of the model may lead to."""

    harm: Text
    """Who or what is harmed, and how."""
    requirements: list[RequirementSpec] = []
    """What must hold so that it does not come about."""


class WaiverSpec(Document):
    """Checks that need not pass for now. An expired one turns every run red, whether or not its checks pass."""

    checks: Annotated[list[Text], Field(min_length=1), OneOrMany()]
    """Names of scenarios, or globs over the ids of checks, such as `fog::*::accuracy`."""
    owner: Text
    """Who answers for it."""
    reason: Text
    """Why it can be accepted until then."""
    expires: ParsedDate
    """The last day on which it holds, UTC."""
