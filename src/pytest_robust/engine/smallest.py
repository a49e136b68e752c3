"""The simplest input that still contradicts a claim: a row's own, at the lowest level, or with the shortest chain; and
with the original's pixels but for a small region, where that is enough.

Asked of the few rows that a verdict shows, all at once, through the adapter and with real 8-bit images; kept like
evidence, so that it is looked for once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pytest_robust.carriers import Columns, Evidence, Images
from pytest_robust.engine.address import digest_of, source_digest, told
from pytest_robust.engine.bench import Bench
from pytest_robust.engine.lowest import Chain, Levels, Rows, lowest_between, lowest_listed, simplest_chain
from pytest_robust.engine.region import WORTH, Regions, area, changed_in, only_in, smallest_regions
from pytest_robust.engine.seeds import row_seeds
from pytest_robust.engine.site import Site
from pytest_robust.generators import Generator
from pytest_robust.properties import Property
from pytest_robust.record import Region
from pytest_robust.suite import Level, parse_level


@dataclass(frozen=True)
class Smallest:
    """What was found for one row."""

    level: str
    """As the suite would write it; of a chain its steps, `fog-2+jpeg_compression-1`."""
    region: Region | None
    """That it is changed in; None where it is changed all over."""
    image: Images
    """(h, w, c)"""
    answer: NDArray[np.float32]
    """(K,)"""


def smallest(
    bench: Bench, site: Site, property_: Property, reference: Evidence | None, places: Sequence[int]
) -> dict[int, Smallest]:
    """By their places in the cell's draw, those of the rows that fail at its level and do not fail unperturbed.

    Empty where there is no level to lower: no scale, a share of two parents, or a search that finds the smallest change
    itself. A row fails where its answer is wrong, or where the property says of each row whether it holds, where it
    does not. Of a chain, steps are left out first, and those that are needed lowered then. Then a region is looked for,
    see `smallest_regions`; not where what is shown lies elsewhere than before.
    """
    cell = site.cell
    if cell.level is None or cell.generator.scale == "weight" or cell.generator.minimal or not len(places):
        return {}
    rows = np.array(places, dtype=np.intp)
    covered = {
        "cell": site.key,
        "rows": site.draw.ids[rows].tolist(),
        "property": [property_.name, told(dict(property_.options)), source_digest(property_.function)],
        "search": source_digest(smallest),
    }

    def make() -> Columns:
        failing = Failing(bench, site, property_, reference, rows)
        search = lowest_chains if cell.generator.chain else lowest_levels
        candidates, levels, moved = search(failing, failing.right_before())
        return {
            "rows": rows[candidates],
            "levels": np.array(levels, dtype=np.str_),
            "regions": failing.narrowed(candidates, ~moved),
            "images": np.array([failing.images[row] for row in candidates.tolist()], dtype=np.uint8),
            "answers": np.array([failing.answers[row] for row in candidates.tolist()], dtype=np.float32),
        }

    kept = bench.kept(digest_of(covered), make)
    found = zip(*(kept[name] for name in ("rows", "levels", "regions", "images", "answers")), strict=True)
    return {
        int(row): Smallest(str(level), region_of(region, image), image, answer)
        for row, level, region, image, answer in found
    }


def region_of(region: NDArray[np.intp], image: Images) -> Region | None:
    """A region (4,) of an image (h, w, c) for the record; None where it is all of it."""
    top, bottom, left, right = region.tolist()
    height, width = image.shape[:2]
    if (bottom - top, right - left) == (height, width):
        return None
    return Region(top=top, left=left, height=bottom - top, width=right - left, image_height=height, image_width=width)


Found = tuple[Rows, list[str], NDArray[np.bool_]]
"""Those rows of some that fail at the cell's level, or their chain, when asked for alone; the least that each fails at;
and whether what it shows then lies elsewhere than before."""


def lowest_levels(failing: Failing, rows: Rows) -> Found:
    """The lowest level at which each row fails."""
    cell = failing.site.cell
    assert cell.level is not None
    rows = rows[failing.at(rows, np.full(len(rows), cell.level.value))]
    known = np.full(len(rows), cell.level.value)

    def fails(some: Rows, levels: Levels) -> NDArray[np.bool_]:
        return failing.at(rows[some], levels)

    if listed := levels_of(cell.generator):
        found = lowest_listed(fails, known, listed)
    else:
        least = cell.generator.bounds[0]
        found = lowest_between(fails, known, least, snap=lambda level: written(cell.generator, level).value)
    texts = [written(cell.generator, level).text for level in found.tolist()]
    return rows, texts, np.full(len(rows), cell.generator.moves)


def lowest_chains(failing: Failing, rows: Rows) -> Found:
    """The shortest chain that each row fails, at the lowest levels; the cell's level where the chain is the row's own
    and was not searched for."""
    site, suite = failing.site, failing.bench.suite
    assert site.cell.generator.chain is not None
    assert site.cell.level is not None
    seeds = row_seeds(suite.seed, site.cell.scenario, site.draw.ids[failing.places[rows]])
    told = site.evidence.rows(int(failing.places.max()) + 1).take(failing.places[rows]).columns
    chains = site.cell.generator.chain(seeds, severity=site.cell.level.value, told=told, **site.cell.options)

    def fails(some: Rows, levels: Chain) -> NDArray[np.bool_]:
        return failing.chained(rows[some], lambda images: chains.make(images, some, levels))

    which = np.flatnonzero(chains.levels.any(axis=1))
    which = which[fails(which, chains.levels[which])] if len(which) else which
    found = simplest_chain(
        lambda some, levels: fails(which[some], levels),
        chains.levels[which],
        lambda row, place: chains.listed(int(which[row]), place),
    )
    searched = site.cell.generator.kind == "search"
    texts = [
        "+".join(chains.named(row, levels))
        if searched or (levels != chains.levels[row]).any()
        else site.cell.level.text
        for row, levels in zip(which.tolist(), found, strict=True)
    ]
    return rows[which], texts, chains.moving(which, found)


class Failing:
    """Which rows fail at which level; remembers image and answer of the last failure of each."""

    def __init__(self, bench: Bench, site: Site, property_: Property, reference: Evidence | None, places: Rows) -> None:
        self.bench, self.site, self.property, self.reference, self.places = bench, site, property_, reference, places
        self.yes_or_no = is_yes_or_no(self._badness(site.evidence.rows(int(places.max()) + 1)))
        self.images: dict[int, Images] = {}
        self.answers: dict[int, NDArray[np.float32]] = {}

    def right_before(self) -> Rows:
        """The rows that are right unperturbed, or have no right class."""
        clean = self.bench.before(self.site.cell.data, self.site.draw.first[self.places])
        return np.flatnonzero(clean.correct | (clean.labels < 0))

    def at(self, rows: Rows, levels: Levels) -> NDArray[np.bool_]:
        """Which of these rows fail, (m,), each at a level of its own; one question a level."""
        failed = np.zeros(len(rows), np.bool_)
        for level in np.unique(levels):
            here, there = np.flatnonzero(levels == level), written(self.site.cell.generator, float(level))
            failed[here] = self._noted(rows[here], *self.bench.at(self.site, self.places[rows[here]], there))
        return failed

    def chained(self, rows: Rows, change: Callable[[Images], Images]) -> NDArray[np.bool_]:
        """Which of these rows fail, (m,), after a change of their images."""
        return self._noted(rows, *self.bench.changed(self.site, self.places[rows], change))

    def narrowed(self, rows: Rows, wanted: NDArray[np.bool_]) -> Regions:
        """For each of these rows, (n, 4), a region outside of which the last failure need not differ from the original.

        From then on that is its last failure. All of the image where more than `WORTH` of it is needed, where a row
        fails as it was, and where it is not `wanted`.
        """
        if not len(rows):
            return np.zeros((0, 4), np.intp)
        images = np.stack([self.images[row] for row in rows.tolist()])
        originals = self.bench.originals(self.site, self.places[rows])
        height, width = images.shape[1:3]
        found = np.tile(np.array([0, height, 0, width], np.intp), (len(rows), 1))

        def shown(some: Rows, regions: Regions) -> tuple[Evidence, Images]:
            made = only_in(originals[some], images[some], regions)
            return self.bench.changed(self.site, self.places[rows[some]], lambda _: made)

        def fails(some: Rows, regions: Regions) -> NDArray[np.bool_]:
            return self._contradicts(shown(some, regions)[0])

        some = np.flatnonzero(wanted)
        if len(some):
            some = some[~fails(some, np.zeros((len(some), 4), np.intp))]
        if len(some):
            most = np.full(len(some), int(WORTH * height * width), np.intp)
            known = changed_in(originals[some], images[some])
            regions = smallest_regions(lambda which, tried: fails(some[which], tried), known, most)
            worth = np.flatnonzero([area(region) <= WORTH * height * width for region in regions.tolist()])
            some, regions = some[worth], regions[worth]
        if len(some):
            failed = self._noted(rows[some], *shown(some, regions))
            found[some[failed]] = regions[failed]
        return found

    def _noted(self, rows: Rows, evidence: Evidence, images: Images) -> NDArray[np.bool_]:
        failed = self._contradicts(evidence)
        for place in np.flatnonzero(failed):
            self.images[int(rows[place])], self.answers[int(rows[place])] = images[place], evidence.probabilities[place]
        return failed

    def _contradicts(self, evidence: Evidence) -> NDArray[np.bool_]:
        if self.yes_or_no:
            return np.asarray(self._badness(evidence) > 0)
        return np.asarray(~evidence.correct & (evidence.truth == "label"))

    def _badness(self, evidence: Evidence) -> NDArray[np.float64]:
        return np.asarray(self.property.badness(evidence, self.reference), dtype=np.float64)


def is_yes_or_no(badness: NDArray[np.float64]) -> bool:
    """Whether a property is true of a row or false, by how far the rows (n,) of a cell contradict it.

    >>> is_yes_or_no(np.array([0.0, 1.0, 0.0])), is_yes_or_no(np.array([0.0, 0.2, 0.9]))
    (True, False)
    """
    return len(np.unique(badness)) == 2 and float(badness.min()) == 0.0


def levels_of(generator: Generator) -> tuple[float, ...]:
    """The only levels that a generator has; none where it takes all between its bounds."""
    graded = generator.levels and generator.bounds == (min(generator.levels), max(generator.levels))
    return generator.levels if generator.scale == "severity" and graded else ()


def written(generator: Generator, level: float) -> Level:
    """A level that a suite can name, three digits of it: epsilons in grey values, of which one is the least change.

    >>> from pytest_robust.generators import registry
    >>> [written(registry.get(name), level).text for name, level in (("pgd", 0.0123), ("pgd", 1e-6), ("fog", 3.0))]
    ['3.14/255', '1/255', '3']
    """
    grey = max(1.0, level * 255)
    return parse_level(f"{grey:.3g}/255" if generator.scale == "epsilon" else f"{level:.4g}")
