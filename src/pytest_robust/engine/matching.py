"""Whether a claim, a property, a generator and a level fit together; where not, in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pytest_robust import adapters, generators
from pytest_robust.adapters import Adapter
from pytest_robust.errors import SourceError, nearest
from pytest_robust.generators import Generator
from pytest_robust.properties import Property
from pytest_robust.suite import Claim, Level
from pytest_robust.suite.numbers import number_text

LEVELS = {"severity": "[1, 3, 5]", "epsilon": "[2/255, 8/255]", "weight": "[0.3, 0.5]"}
"""The scales there are, each with levels for an example."""

MEANING = {"label": "have one right class", "parents": "lie between two classes", "unfamiliar": "belong to no class"}


def threshold_mistake(property_: Property, claim: Claim) -> str | None:
    """What is wrong with a claim's operator and threshold."""
    name = property_.name
    if property_.range is None:
        return f"{name} holds for every row or does not; write it without a number" if claim.operator else None
    lowest, highest = property_.range
    first = property_.operators[0]
    if claim.operator is None or claim.threshold is None:
        middle = number_text((lowest + highest) / 2)
        return f"{name} needs a number to hold to; write for example `{name} {first} {middle}`"
    if claim.operator not in property_.operators:
        return (
            f"{name} cannot be claimed with `{claim.operator}`; write `{name} {first} {number_text(claim.threshold)}`"
        )
    above = claim.operator == ">="
    span = f"{name} lies between {number_text(lowest)} and {number_text(highest)}; write a threshold between them"
    if claim.threshold > highest if above else claim.threshold < lowest:
        return f"`{claim.text}` can never hold: {span}"
    if claim.threshold <= lowest if above else claim.threshold >= highest:
        return f"`{claim.text}` always holds, and so says nothing: {span}"
    return None


def level_mistake(generator: Generator, level: Level) -> str | None:
    """What is wrong with a level for a generator."""
    lowest, highest = generator.bounds
    if lowest <= level.value <= highest:
        return None
    span = (
        f"from {number_text(lowest)} to {number_text(highest)}" if highest < float("inf") else f"of {lowest:g} or more"
    )
    return f"{generator.name} takes `{generator.scale}` {span}, not {level.text}"


def truth_mistake(property_: Property, generator: Generator) -> str | None:
    """What is wrong with asking for a property of what a generator makes."""
    if generator.truth in property_.truths:
        return None
    wanted = " or ".join(MEANING[truth] for truth in sorted(property_.truths))
    makers = [found.name for found in _installed() if found.truth in property_.truths]
    shown = ", ".join(makers[:6]) + (f" and {len(makers) - 6} more" if len(makers) > 6 else "")
    return (
        f"{property_.name} cannot be asked of what {generator.name} makes: it needs inputs that {wanted}, "
        f"and these {MEANING[generator.truth]}; generators that fit: {shown or 'none is installed'}"
    )


def where_mistake(claim: Claim, scale: str, present: Sequence[Generator], levels: Iterable[Level]) -> str:
    """What is wrong with the condition after `at`, no level of its scale being covered."""
    if scale not in LEVELS:
        return f"there is no scale {scale!r}; {nearest(scale, LEVELS)}"
    if all(generator.scale != scale for generator in present):
        return f"`{claim.text}` covers nothing: {no_scale(scale, present)}"
    known = ", ".join(dict.fromkeys(level.text for level in levels))
    return f"`{claim.text}` covers nothing; the levels of `{scale}` here are {known}"


def no_scale(scale: str, present: Sequence[Generator]) -> str:
    """That no generator takes a scale, and what they take instead."""
    takes = {found.name: f"`{found.scale}`" if found.scale else "no levels" for found in present}
    return f"no generator here takes `{scale}`; " + ", ".join(f"{name} takes {what}" for name, what in takes.items())


def missing_capability(adapter: Adapter, generator: Generator, property_: Property) -> str | None:
    """Why a check cannot run with this adapter: what is needed and not offered."""
    needs: list[tuple[str, Any]] = [(property_.name, column) for column in sorted(property_.columns)]
    if "gradients" in generator.needs:
        needs.insert(0, (generator.name, "gradients"))
    for who, what in needs:
        if what not in adapter.capabilities:
            others = [name for name in adapters.registry.names() if what in adapters.registry.get(name).capabilities]
            remedy = f"adapters that do: {', '.join(others)}" if others else "no installed adapter does"
            return f"{who} needs {what}, which the adapter {adapter.name} does not offer; {remedy}"
    return None


def _installed() -> list[Generator]:
    found = []
    for name in generators.registry.names():
        try:
            found.append(generators.registry.get(name))
        except SourceError:  # somebody else's broken plug-in is no reason to lose this message
            continue
    return found
