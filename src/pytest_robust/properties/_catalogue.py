"""The installed properties as a reader of the documentation sees them: a table, and a page for each, in Markdown."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator

from pydantic.fields import FieldInfo

from pytest_robust.properties import GIVEN, Property, Reference, Scope
from pytest_robust.registry import options_of
from pytest_robust.suite.numbers import number_text

FAMILIES: dict[str, tuple[str, ...]] = {
    "Right": (
        *("accuracy", "top_k_accuracy", "balanced_accuracy", "recall", "accuracy_drop", "effective_robustness"),
        *("mce", "relative_mce", "flip_rate", "top5_distance", "robust_accuracy", "minimal_perturbation"),
    ),
    "Knows what it knows": (
        *("ece", "overconfidence", "underconfidence", "classwise_ece", "brier", "nll", "calibrated"),
    ),
    "Holds back": (
        *("risk_at_coverage", "coverage_at_risk", "aurc", "e_aurc", "augrc", "abstention_rate", "answered_risk"),
    ),
    "Knows what it has never seen": ("ood_auroc", "ood_aupr", "fpr_id_at_tpr95"),
    "Honest when it is ambiguous": (
        *("entropy_rise", "mass_on_parents", "monotone_in_weight", "swap_symmetry", "not_random"),
        *("divergence_from_posterior", "divergence_from_votes"),
    ),
    "Never far off the mark": ("mistake_cost", "catastrophic_rate", "cvar", "never"),
    "Invariant and consistent": ("same_answer", "same_in_any_batch", "monotone_in_severity"),
    "Bounded": ("finite_outputs", "latency", "memory"),
}
"""The ways to fail gracefully, as headings in the order in which they are shown, with their members."""

OTHERS = "Others"

TITLE = """# Properties of graceful failure

Made by `robust properties --markdown` from what the properties declare and say of themselves. Each is asked of inputs
of which enough is known for the question to make sense: [generators.md](generators.md) says what is known of what each
generator makes.

A test is *exact* where PASS and FAIL err at most as often as the suite allows, at every number of rows and whatever the
model and the data are like, and *asymptotic* where they do so with many rows. A betting e-process may end a clear case
at any row; what is named after it is done once, when the rows are used up. [statistics.md](statistics.md) says more."""

HEAD = ("property", "asks", "of inputs that have", "claims")

KNOWN = {
    "label": "a label",
    "order": "a rung on a ladder",
    "parents": "two parents",
    "posterior": "a posterior",
    "votes": "votes",
    "unfamiliar": "no class",
}
"""Truths, in the order in which they are told."""

FROM_THE_SUITE = frozenset({"costs", "hierarchy", "never"})
"""Options that a suite gives to all claims that take them, under `mistakes:`."""

SECTIONS = re.compile(r"^(Use it|Test:|Misleads)(?=\s)", re.MULTILINE)
"""What a docstring goes on to say after the formula: when to use it, what a verdict rests on, how it misleads."""

ABOUT: dict[Scope, str] = {"cell": "", "generator": "all levels of a generator", "scenario": "all cells of a scenario"}

COMPARED: dict[Reference, str] = {
    "same rows": "clean answers to the rows that the inputs are made of",
    "familiar": "clean answers to the suite's first data set",
    "measured": "the time and memory of single questions",
    "redrawn": "answers to the same inputs with a noise that nobody sees",
    "rebatched": "answers to the same inputs in other batches",
    "swapped": "answers to the same inputs with their parents in each other's place",
}


def family(name: str) -> str | None:
    """The way to fail gracefully that a property is about; None for those of other packages.

    >>> family("ece")
    'Knows what it knows'
    """
    return next((heading for heading, names in FAMILIES.items() if name in names), None)


def grouped(members: Iterable[Property]) -> Iterator[tuple[str, list[Property]]]:
    """Each family with its members that are installed; those of other packages come last."""
    known = {member.name: member for member in members}
    for family, names in FAMILIES.items():
        if found := [known.pop(name) for name in names if name in known]:
            yield family, found
    if known:
        yield OTHERS, list(known.values())


def markdown(members: Iterable[Property]) -> str:
    """A table of all, and then a page for each."""
    families = list(grouped(members))
    lines = ["| " + " | ".join(HEAD) + " |", "|" + " --- |" * len(HEAD)]
    for family, found in families:
        lines.append(f"| **{family}** | | | |")
        lines += [
            f"| [`{one.name}`](#{one.name}) | {question(one)} | {asked_of(one)} | {claims(one)} |" for one in found
        ]
    pages = [f"## {family}\n\n" + "\n\n".join(map(page, found)) for family, found in families]
    return "\n\n".join([TITLE, "\n".join(lines), *pages])


def page(member: Property) -> str:
    """One property: its question, what it takes, and what its docstring says."""
    taken = dict(zip(settable(member), options(member), strict=True))
    facts = [
        ("claimed as", claims(member)),
        ("range", "every row, or not" if member.range is None else " to ".join(f"{end:.6g}" for end in member.range)),
        ("options", ", ".join(told for name, told in taken.items() if name not in FROM_THE_SUITE)),
        ("of the suite's `mistakes:`", ", ".join(told for name, told in taken.items() if name in FROM_THE_SUITE)),
        ("about", ABOUT[member.scope]),
        ("asked of inputs that have", asked_of(member)),
        ("compares with", COMPARED[member.reference] if member.reference else ""),
        ("needs", ", ".join(sorted(member.columns))),
    ]
    told = "\n".join(f"- {name}: {value}" for name, value in facts if value)
    return f"### {member.name}\n\n*{question(member)}*\n\n{told}\n\n{sections(member)}"


def sections(member: Property) -> str:
    """Its docstring, each part of it a paragraph."""
    said = SECTIONS.sub(r"\n**\1**", inspect.getdoc(member.function) or member.summary)
    return re.sub(r"\n{3,}", "\n\n", said)


def question(member: Property) -> str:
    """What it asks: the first line of its module."""
    module = inspect.getmodule(member.function)
    return (inspect.getdoc(module) or member.summary).splitlines()[0]


def asked_of(member: Property) -> str:
    """What must be known of an input."""
    return "anything" if set(KNOWN) <= member.truths else ", ".join(KNOWN[one] for one in KNOWN if one in member.truths)


def claims(member: Property) -> str:
    """How it is claimed: `accuracy >= …`."""
    required = [name for name, field in settable(member).items() if field.is_required() and name not in FROM_THE_SUITE]
    name = f"{member.name}({', '.join(f'{option}=…' for option in required)})" if required else member.name
    return ", ".join(f"`{name} {operator} …`" for operator in member.operators) or f"`{name}`"


def options(member: Property) -> Iterator[str]:
    """What may be written in brackets behind its name, each with its default."""
    for name, field in settable(member).items():
        default = field.default
        told = number_text(default) if isinstance(default, float) else default
        yield f"`{name}`" if field.is_required() or default is None else f"`{name}={told}`"


def settable(member: Property) -> dict[str, FieldInfo]:
    """Its options by name."""
    return options_of(member.function, GIVEN)
