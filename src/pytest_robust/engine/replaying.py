"""Kept counterexamples asked again. One picture is no verdict on a claim: it says whether one mistake is mended."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from pytest_robust import record
from pytest_robust.carriers import Columns, Evidence, Images
from pytest_robust.engine.address import digest_of, versions
from pytest_robust.engine.answers import OUTPUTS
from pytest_robust.engine.bench import Bench
from pytest_robust.engine.counterexamples import guesses
from pytest_robust.engine.examples import MODES, Example, identity
from pytest_robust.engine.loading import Once
from pytest_robust.engine.plan import Check

Asked = tuple[Example, Images]
"""An example and its picture (h, w, c)."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """What became of one example."""

    now: list[record.Guess]
    """The three highest answers."""
    fails: bool


def can_be_asked(check: Check) -> bool:
    """Whether a picture alone can contradict a check: by a wrong answer, or where the property is true of every row.

    A claim about a change, a rank or a number of rows has no answer in one row, nor has one without a right class.
    """
    property_ = check.property_
    if property_.statistical:
        return all(cell.generator.truth == "label" for cell in check.series or (check.cell,))
    return property_.reference is None and not check.series and property_.columns <= {*OUTPUTS}


def worth_keeping(
    bench: Bench,
    check: Check,
    found: Sequence[record.Counterexample],
    images: Sequence[Images],
    *,
    suite: str,
    known: Collection[str],
) -> list[Asked]:
    """Those counterexamples of a check that fail when asked alone, as they will be; not those whose ids are `known`."""
    if not can_be_asked(check):
        return []
    new: dict[str, Asked] = {}
    for one, image in zip(found, images, strict=True):
        example = described(bench, check, one, suite)
        if image.shape[-1] in MODES and (name := identity(example, image)) not in known:
            new.setdefault(name, (example, image))
    answers = replay(bench, check, list(new.values()))
    return [
        (example.model_copy(update={"after": answer.now}), image)
        for (example, image), answer in zip(new.values(), answers, strict=True)
        if answer.fails
    ]


def named(
    bench: Bench, check: Check, found: Sequence[record.Counterexample], images: Sequence[Images], *, suite: str
) -> dict[str, str]:
    """By the rows of counterexamples, what each is called where it is kept."""
    return {
        one.row: identity(described(bench, check, one, suite), image) for one, image in zip(found, images, strict=True)
    }


def described(bench: Bench, check: Check, one: record.Counterexample, suite: str) -> Example:
    """A counterexample of the record as one that can be kept."""
    cells = {cell.label: cell for cell in check.series}
    cell = check.cell if one.cell is None else cells[one.cell]
    own = None if cell.level is None else cell.level.text
    return Example(
        suite=suite,
        check=check.id,
        claim=check.spec.claim.text,
        data=cell.data,
        row=one.row,
        label=one.label,
        cell=cell.label,
        level=own if one.smallest is None else one.smallest.level,
        region=None if one.smallest is None else one.smallest.region,
        seed=bench.suite.seed,
        before=one.before,
        after=one.after,
    )


def why_not(bench: Bench, check: Check, example: Example, image: Images) -> str | None:
    """Why an example cannot be asked, being of other data or of another model; None where it can. Loads both."""
    if not can_be_asked(check):
        return "its check is about more than one picture now"
    if example.data != check.cell.data:
        return f"it is of data {example.data!r}, its check of {check.cell.data!r}"
    site = bench.series(check.series)[0] if check.series else bench.site(check.cell)
    if example.row not in site.draw.ids:
        return f"data {example.data!r} has no row {example.row!r}"
    if image.shape != (shape := bench.image_shape(example.data)):
        return f"its picture is {told(image.shape)}, those of data {example.data!r} are {told(shape)}"
    if example.label is not None and example.label not in bench.classes():
        return f"the model has no class {example.label!r}"
    return None


def replay(bench: Bench, check: Check, asked: Sequence[Asked]) -> list[Replayed]:
    """What the model says of pictures of one shape now. One question for all of them; kept like evidence."""
    classes = bench.classes()
    ask = Once(lambda: bench.witness().ask(np.stack([image for _, image in asked])))

    def answer(place: int) -> Columns:
        given = ((name, getattr(ask(), name)) for name in OUTPUTS)
        return {name: column[place : place + 1] for name, column in given if column is not None}

    model = bench.witness().model
    found = []
    for place, (example, image) in enumerate(asked):
        covered = {
            "replayed": identity(example, image),
            "model": model.fingerprint,
            "device": model.description.get("device"),
            "versions": versions(),
        }
        columns = {
            "ids": np.array([example.row]),
            "labels": np.array([-1 if example.label is None else classes.index(example.label)]),
            **bench.kept(digest_of(covered), partial(answer, place)),
        }
        evidence = Evidence(columns, check.cell.generator.truth, classes=classes)
        found.append(Replayed(guesses(evidence.probabilities[0], classes), contradicts(check, evidence)))
    return found


def contradicts(check: Check, evidence: Evidence) -> bool:
    """Whether the one row of evidence is a counterexample."""
    if check.property_.statistical:
        return not (evidence.correct[0] and np.isfinite(evidence.probabilities).all())
    badness: NDArray[np.float64] = np.asarray(check.property_.badness(evidence, None))
    return bool(badness[0] > 0)


def told(shape: Sequence[int]) -> str:
    """A shape as people write it.

    >>> told((8, 8, 1))
    '8 x 8 x 1'
    """
    return " x ".join(map(str, shape))
