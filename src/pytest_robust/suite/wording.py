"""Mistakes in the content of a suite, in words: what is wrong; what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic_core import ErrorDetails

from pytest_robust.errors import closest, nearest
from pytest_robust.suite.document import Document
from pytest_robust.suite.models import ClaimSpec, MistakesSpec, Scenario, StatisticsSpec, Suite
from pytest_robust.suite.risk import HazardSpec, RequirementSpec, RiskSpec, StatedSpec, WaiverSpec
from pytest_robust.suite.tree import Key

PARTS: dict[str, type[Document]] = {
    "": Suite,
    "require.*": ClaimSpec,
    "scenarios.*": Scenario,
    "scenarios.*.require.*": ClaimSpec,
    "mistakes": MistakesSpec,
    "risk": RiskSpec,
    "risk.stated": StatedSpec,
    "hazards.*": HazardSpec,
    "hazards.*.requirements.*": RequirementSpec,
    "waivers.*": WaiverSpec,
    "statistics": StatisticsSpec,
}
"""Where the keys of each model stand, with `*` for a name or a number."""

A_CLAIM = "a claim such as `accuracy >= 0.8`, or `{claim: accuracy >= 0.8, xfail: why it does not hold}`"
CHECKS = "names of scenarios or globs over ids of checks, such as `checks: [fog, 'noise::*::accuracy']`"
A_NAME = (
    "letters, digits, `_`, `.` and `-`, beginning with a letter or digit, at most 80 of them, as it names pytest items"
)

RIGHT = {
    "name": f"a name of {A_NAME}",
    "seed": "a whole number of 0 or more, such as `seed: 7`",
    "batch": "a whole number of 1 or more, such as `batch: 128`",
    "model": "an adapter and its options, such as `model: {adapter: torch, source: model.py:load}`",
    "model.adapter": "`torch`, `callable` or `path.py:object`, such as `adapter: torch`",
    "data": "at least one data set by name, such as `data: {test: data.py:test}`",
    "data.*": "a source, such as `data.py:test`, or `{source: images/, reader: folder}`",
    "data.*.source": "a source, such as `source: data.py:test`",
    "data.*.reader": "the name of a reader, such as `reader: npz`",
    "data.*.only": "classes by name or number, such as `only: [cat, dog]`",
    "data.*.without": "classes by name or number, such as `without: [cat, dog]`",
    "mistakes": "a mapping, such as `mistakes: {hierarchy: {animals: [cat, dog]}, never: [stop_sign -> go]}`",
    "mistakes.never": "confusions, such as `never: [stop_sign -> go]`",
    "require": f"{A_CLAIM}, or a list of such",
    "require.*": A_CLAIM,
    "require.*.claim": "a claim such as `accuracy >= 0.8`",
    "require.*.xfail": "why the claim is known not to hold, as text",
    "scenarios": "at least one scenario by name, such as `scenarios: {fog: {generate: fog, require: accuracy >= 0.8}}`",
    "scenarios.*": "a mapping with `generate:` and `require:`",
    "scenarios.*.description": "text",
    "scenarios.*.data": "the name of a data set under `data:`",
    "scenarios.*.generate": "generators, such as `generate: [fog, snow]`",
    "scenarios.*.generate.*": "a generator, such as `fog` or `{blend: {pairs: confusable}}`",
    "scenarios.*.severity": "levels, such as `severity: [1, 3, 5]`",
    "scenarios.*.epsilon": "levels, such as `epsilon: [1/255, 8/255]`",
    "scenarios.*.weight": "levels, such as `weight: [0.3, 0.5]`",
    "scenarios.*.draws": "a whole number from 1 to 100, such as `draws: 3`",
    "scenarios.*.tags": "names of pytest markers, such as `tags: [night]`",
    "scenarios.*.tags.*": f"a name of {A_NAME}",
    "training": "a file, such as `training: training.json`, or a data set of the suite, `training: {data: train}`",
    "training.source": "a file, such as `source: training.json`",
    "training.data": "the name of a data set under `data:`",
    "risk": "both grades from 0 to 3, such as `risk: {severity: 2, autonomy: 1}`",
    "risk.severity": "0 nuisance, 1 reversible, 2 serious, or 3 irreversible or life, such as `severity: 1`",
    "risk.autonomy": "0 advisory, 1 a human confirms, 2 can be stopped in time, or 3 unchecked, such as `autonomy: 1`",
    "risk.rare": "why exposure is rare and who says so, as text",
    "risk.stated": "where each can be read, such as `stated: {external_review: docs/review.pdf}`",
    **{f"risk.stated.{name}": "where it can be read, as text" for name in StatedSpec.model_fields},
    "hazards": "what a mistake may lead to, by name, such as `hazards: {wrong_amount: {harm: ...}}`",
    "hazards.*": "a mapping with `harm:` and `requirements:`",
    "hazards.*.harm": "who or what is harmed, and how, as text",
    "hazards.*.requirements": "a list, such as `- {text: Digits are read in fog, checks: [fog]}`",
    "hazards.*.requirements.*": "a requirement, such as `{text: Digits are read in fog, checks: [fog]}`",
    "hazards.*.requirements.*.text": "what must hold, as text",
    "hazards.*.requirements.*.checks": f"{CHECKS}, or `[]` where nothing gives evidence yet",
    "hazards.*.requirements.*.checks.*": CHECKS,
    "waivers": "a list, such as `- {checks: [fog], owner: R. Roe, reason: why, expires: 2027-03-01}`",
    "waivers.*": "a waiver, such as `{checks: [fog], owner: R. Roe, reason: why, expires: 2027-03-01}`",
    "waivers.*.checks": CHECKS,
    "waivers.*.checks.*": CHECKS,
    "waivers.*.owner": "who answers for it, as text",
    "waivers.*.reason": "why it can be accepted until then, as text",
    "waivers.*.expires": "the last day on which it holds, such as `expires: 2027-03-01`",
    "statistics": "a mapping, such as `statistics: {flake_budget: 0.01}`",
    "statistics.alpha_pass": "a number above 0 and below 0.5, such as `alpha_pass: 0.05`",
    "statistics.flake_budget": "a number above 0 and below 0.5, such as `flake_budget: 0.01`",
    "statistics.rows": "a whole number of 1 or more, such as `rows: 500`, or leave the key out for all rows",
    "statistics.early_stopping": "`true` or `false`",
}
"""What may stand at each place."""


def told(errors: Iterable[ErrorDetails]) -> list[ErrorDetails]:
    """The errors worth telling: that a key is missing is not, where a misspelt one explains it."""
    found = list(errors)
    meant = {(*error["loc"][:-1], _meant(error["loc"])) for error in found if error["type"] == "extra_forbidden"}
    return [error for error in found if error["type"] != "missing" or error["loc"] not in meant]


def _meant(key: Key) -> str | None:
    return closest(str(key[-1]), PARTS[_pattern(key[:-1])].model_fields)


def word(error: ErrorDetails) -> str:
    """One of pydantic's errors as a message of ours."""
    key = error["loc"]
    if error["type"] == "value_error":
        return str(error["ctx"]["error"])
    if key[-1] == "[key]":
        return f"the name {key[-2]!r} cannot be used; write {A_NAME}"
    if error["type"] == "extra_forbidden":
        known = PARTS[_pattern(key[:-1])].model_fields
        return f"unknown key {key[-1]!r}; {nearest(str(key[-1]), known)}"
    right = _right(key)
    if error["type"] == "missing":
        return f"{key[-1]!r} is missing; write {right}"
    owner = next(step for step in reversed(key) if isinstance(step, str))
    return f"{owner!r} cannot be {_shown(error['input'])}; write {right}"


def _right(key: Key) -> str:
    pattern = _pattern(key)
    return RIGHT.get(pattern) or RIGHT[pattern.removeprefix("scenarios.*.")]


def _pattern(key: Key) -> str:
    """`scenarios.*.require.*` for `("scenarios", "weather", "require", 0)`."""
    named = {"data", "scenarios", "hazards"}
    return ".".join(
        "*" if isinstance(step, int) or (place == 1 and key[0] in named) else step for place, step in enumerate(key)
    )


def _shown(value: Any) -> str:
    """What stands in the file, in few words.

    >>> _shown(None), _shown(-3), _shown([]), _shown({"a": 1})
    ('empty', '-3', 'an empty list', 'a mapping')
    """
    if isinstance(value, dict | list):
        kind = "mapping" if isinstance(value, dict) else "list"
        return f"a {kind}" if value else f"an empty {kind}"
    if value is None or value == "":
        return "empty"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value) if len(repr(value)) <= 60 else f"{repr(value)[:57]}..."
