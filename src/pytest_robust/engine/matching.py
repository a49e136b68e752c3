"""Whether a claim, a property, a generator and a level fit together; where not, in words."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pytest_robust import adapters, generators
from pytest_robust.adapters import Adapter
from pytest_robust.carriers import Truth
from pytest_robust.errors import SourceError, nearest
from pytest_robust.generators import Generator
from pytest_robust.properties import TOLD, Property
from pytest_robust.suite import Claim, Level
from pytest_robust.suite.numbers import number_text

LEVELS = {"severity": "[1, 3, 5]", "epsilon": "[2/255, 8/255]", "weight": "[0.3, 0.5]"}
"""The scales there are, each with levels for an example."""

MEANING: dict[Truth, str] = {
    "label": "have one right class",
    "order": "are of a class that gets ever harder to see",
    "parents": "lie between two classes",
    "posterior": "have a known probability of every class",
    "votes": "have people's votes",
    "unfamiliar": "belong to no class",
}


NO_CLASS: dict[Truth, str] = {
    "parents": "lies between two",
    "posterior": "has a probability of each",
    "votes": "has votes for several",
    "unfamiliar": "belongs to none",
}
"""Why inputs are of no one class."""


UNTOLD = {
    "distance": "are the nearest that an attack found, with their distance",
    "side": "show one parent on either side of a seam",
}
"""What inputs are of which a column is told."""


def claim_mistake(property_: Property, claim: Claim) -> str | None:
    """What is wrong with a claim whatever it is asked of."""
    if claim.by is not None and (property_.judge_slices is None or property_.scope != "cell"):
        return f"{property_.name} is not about some rows of a cell, so it has no slices; leave `by {claim.by}` out"
    return threshold_mistake(property_, claim)


def slices_mistake(claim: Claim, generator: Generator) -> str | None:
    """What is wrong with a claim of every class of what a generator makes."""
    if claim.by != "class" or generator.truth in ("label", "order"):
        return None
    return f"`by class` slices by the right class, and what {generator.name} makes {NO_CLASS[generator.truth]}"


def draws_mistake(property_: Property, draws: int) -> str | None:
    """What is wrong with asking for a property where a row is drawn several times."""
    if draws == 1 or property_.takes_draws:
        return None
    what = "is no mean over rows, and" if property_.values is None else "puts its question in another way, and"
    return f"{property_.name} {what} takes one draw of a row; claim it in a scenario without `draws`"


def threshold_mistake(property_: Property, claim: Claim) -> str | None:
    """What is wrong with a claim's operator and threshold."""
    name = property_.name
    if property_.range is None:
        return f"{name} holds for every row or does not; write it without a number" if claim.operator else None
    lowest, highest = property_.range
    first = property_.operators[0]
    if claim.operator is None or claim.threshold is None:
        inside = 0.0 if lowest < 0 < highest else lowest + min(highest - lowest, 2.0) / 2
        return f"{name} needs a number to hold to; write for example `{name} {first} {number_text(inside)}`"
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


def fits(property_: Property, generator: Generator) -> bool:
    """Whether a property can be asked of what a generator makes."""
    return _lacking(property_, generator) is None


def unfit(property_: Property, generator: Generator) -> str | None:
    """What is wrong with asking for a property of what a generator makes."""
    lacking = _lacking(property_, generator)
    if lacking is None:
        return None
    makers = [found.name for found in _installed() if fits(property_, found)]
    shown = ", ".join(makers[:6]) + (f" and {len(makers) - 6} more" if len(makers) > 6 else "")
    return (
        f"{property_.name} cannot be asked of what {generator.name} makes: it needs inputs that {lacking}; "
        f"generators that fit: {shown or 'none is installed'}"
    )


def _lacking(property_: Property, generator: Generator) -> str | None:
    """What the property needs of inputs, and what the generator's are instead."""
    if generator.truth not in property_.truths:
        wanted = " or ".join(MEANING[truth] for truth in sorted(property_.truths))
        return f"{wanted}, and these {MEANING[generator.truth]}"
    for column in sorted((property_.columns & TOLD) - generator.tells):
        return f"{UNTOLD[column]}, and of these that is not told"
    if property_.reference == "swapped" and not ("partner" in generator.needs and generator.scale == "weight"):
        return "have a share of each parent, and these have none"
    return None


def too_few_levels(property_: Property, called: str, count: int) -> str | None:
    """What is wrong with asking for a property of a generator at so few levels."""
    if count >= property_.fewest_levels:
        return None
    there = "one level" if count == 1 else f"{count} levels"
    return (
        f"{property_.name} follows a row from level to level, and {called} has {there} here; "
        f"give it {property_.fewest_levels} or more"
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


def missing_capability(
    adapter: Adapter, options: Mapping[str, Any], generator: Generator, property_: Property
) -> str | None:
    """Why a check cannot run here, or with this adapter and its options: what is needed and not there."""
    for package, install in generator.requires.items():
        if importlib.util.find_spec(package) is None:
            return f'{generator.name} needs the package {package}, which is not installed; `pip install "{install}"`'
    needs: list[tuple[str, Any]] = [(property_.name, column) for column in sorted(property_.columns - TOLD)]
    if "gradients" in generator.needs:
        needs.insert(0, (generator.name, "gradients"))
    offered = adapter.offers(options)
    for who, what in needs:
        if what in adapter.on_request and what not in offered:
            return f"{who} needs {what}; write {adapter.on_request[what]}, under `model:`"
        if what not in offered:
            others = [name for name in adapters.registry.names() if _may_offer(adapters.registry.get(name), what)]
            remedy = f"adapters that do: {', '.join(others)}" if others else "no installed adapter does"
            return f"{who} needs {what}, which the adapter {adapter.name} does not offer; {remedy}"
    return None


def _may_offer(adapter: Adapter, what: Any) -> bool:
    return what in adapter.capabilities or what in adapter.on_request


def _installed() -> list[Generator]:
    found = []
    for name in generators.registry.names():
        try:
            found.append(generators.registry.get(name))
        except SourceError:  # somebody else's broken plug-in is no reason to lose this message
            continue
    return found
