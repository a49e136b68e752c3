"""The bench: a plan's model, its data, and the evidence of its cells, each made or found once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from pytest_robust import generators
from pytest_robust.carriers import Batch, Columns, Evidence, Images
from pytest_robust.datasets import Dataset
from pytest_robust.engine import needs
from pytest_robust.engine.address import address
from pytest_robust.engine.ahead import Ahead
from pytest_robust.engine.answers import REPEATED_ROWS, Witness
from pytest_robust.engine.draw import Draw, Positions, draw_rows
from pytest_robust.engine.evidence import OF_THE_ROW, Growing, are_of, columns_of
from pytest_robust.engine.inputs import batch_of, batches, hard_inputs, read_rows, searched, was_searched, within
from pytest_robust.engine.loading import Once, load_data, load_model
from pytest_robust.engine.measuring import measured
from pytest_robust.engine.pairs import draw_pairs
from pytest_robust.engine.plan import Cell, Plan
from pytest_robust.engine.progress import Observer, Progress, unobserved
from pytest_robust.engine.readable import readable, warning
from pytest_robust.engine.recording import portable
from pytest_robust.engine.seeds import chunk_seed
from pytest_robust.engine.site import Site, check_order
from pytest_robust.engine.slices import Slices, light, light_key, slices_by
from pytest_robust.engine.store import Store
from pytest_robust.engine.undisturbed import undisturbed
from pytest_robust.engine.variants import answers_to, varied
from pytest_robust.errors import SourceError
from pytest_robust.generators import Made
from pytest_robust.properties import Variant
from pytest_robust.suite import Level, parse_level

ASKED = "asked"
"""How many rows the model was asked about for what is kept."""


class Bench:
    """Loads on demand; keeps clean evidence and that of the last other cell in memory, everything in the store."""

    def __init__(self, plan: Plan, folder: Path | None, warnings: list[str], observe: Observer = unobserved) -> None:
        assert plan.file.suite is not None
        self.plan = plan
        self.suite = plan.file.suite
        self.store = Store(folder, warnings)
        self.observe = observe
        self.cached = 0
        self.witness = Once(lambda: Witness(load_model(plan), plan.file.path, warnings, self.suite.timeout))
        self.datasets = {name: Once(partial(self._load, name)) for name in self.suite.data}
        self._shapes: dict[str, tuple[int, ...]] = {}
        self._orders: dict[str, Draw] = {}
        self._clean: dict[str, Site] = {}
        self._probes: dict[str, Evidence] = {}
        self._searches: dict[tuple[str, int], Columns] = {}
        self._lights: dict[str, Columns] = {}
        self._slices: dict[tuple[str, str], Slices] = {}
        self._latest: Site | None = None
        self._ahead: Ahead[tuple[Batch, Batch | None, Made]] = Ahead()
        self._answering = 0.0
        """Seconds that the model took to answer about the last chunk."""

    @property
    def familiar(self) -> str:
        """The suite's first data set: what the model was made for."""
        return next(iter(self.suite.data))

    def site(self, cell: Cell) -> Site:
        """A cell and its evidence. Loads model and data; for confusable pairs, makes the clean pass."""
        if self._is_clean(cell):
            return self.clean(cell.data)
        if self._latest is None or self._latest.cell != cell:
            self._latest = None  # its memory goes before that of the next is asked for
            self._latest = self._site(cell)
        return self._latest

    def variant(self, cell: Cell, variant: Variant) -> Site:
        """A cell whose inputs, or the question about them, differ in a way that must not matter."""
        return self._site(varied(cell, variant))

    def measured(self, site: Site, batch: int) -> Evidence:
        """What single questions about so many of a cell's inputs cost; not kept: it is true of this moment only."""
        made = self._made(site, 0, *self._parents(site, site.draw.chunk(0, site.evidence.batch))).images
        with self.witness().unhurried():
            return Evidence(measured(self.witness().predict, np.resize(made, (batch, *made.shape[1:]))))

    def series(self, cells: Sequence[Cell]) -> list[Site]:
        """Cells of the same rows, all of them in memory. Raises SourceError where their rows are not the same."""
        sites = [self.clean(cell.data) if self._is_clean(cell) else self._site(cell) for cell in cells]
        for site in sites[1:]:
            if site.draw.digest != sites[0].draw.digest:
                raise SourceError(
                    f"{site.cell.id} and {sites[0].cell.id} are made of different rows, and cannot be judged together; "
                    "give them scenarios of their own"
                )
        return sites

    def clean(self, data: str) -> Site:
        """The clean cell of a data set: one for all scenarios, as nothing in it is random."""
        if data not in self._clean:
            clean = generators.registry.get("clean")
            self._clean[data] = self._site(Cell("clean", clean.name, data, data, clean, {}, None))
        return self._clean[data]

    def order(self, data: str) -> Draw:
        """All rows of a data set, in the order drawn."""
        if data not in self._orders:
            self._orders[data] = draw_rows(self.suite.seed, data, self.datasets[data]())
        return self._orders[data]

    def before(self, data: str, positions: Positions) -> Evidence:
        """The clean evidence of images of a data set, by their positions in it."""
        clean = self.clean(data)
        places = clean.draw.places[positions]
        return clean.evidence.rows(int(places.max()) + 1).take(places)

    def at(self, site: Site, places: Positions, level: Level) -> tuple[Evidence, Images]:
        """What would be evidence of some rows of a cell, by their places in its draw, at another level; and the images.

        Each answer depends on its row alone, so that it can be had again.
        """
        rows = site.draw.take(places)
        base, other = self._parents(site, rows)
        given, work = needs.given(self, site, rows, base, other)
        cell = replace(site.cell, level=level)
        return self._shown(cell, rows, base, other, hard_inputs(cell, rows, base, given, work, self.suite.seed))

    def changed(self, site: Site, places: Positions, change: Callable[[Images], Images]) -> tuple[Evidence, Images]:
        """The same, had `change` made the images."""
        rows = site.draw.take(places)
        base, other = self._parents(site, rows)
        return self._shown(site.cell, rows, base, other, Made(change(base.inputs)))

    def originals(self, site: Site, places: Positions) -> Images:
        """What rows of a cell are made of, by their places in its draw: the first parents' images."""
        return self._parents(site, site.draw.take(places))[0].inputs

    def _shown(self, cell: Cell, rows: Draw, base: Batch, other: Batch | None, made: Made) -> tuple[Evidence, Images]:
        columns = columns_of(cell, rows, base, other, made.columns, self.witness().ask(made.images))
        return Evidence(columns, cell.generator.truth, classes=self.classes()), made.images

    def kept(self, key: str, make: Callable[[], Columns]) -> Columns:
        """What was made once under this key, from the store or made now."""

        def counted() -> Columns:
            before = self.witness().rows_asked
            made = make()
            return {**made, ASKED: np.array(self.witness().rows_asked - before)}

        found, made_here = self._kept(key, 0, counted)
        self.cached += 0 if made_here else int(found.get(ASKED, 0))
        return {name: column for name, column in found.items() if name != ASKED}

    def classes(self) -> tuple[str, ...]:
        """Class names: the model's, or the first data set's, or numbers. Asks a model that names none for K."""
        witness = self.witness()
        if witness.model.classes is not None:
            return witness.model.classes
        named = self.datasets[self.familiar]().classes or ()
        if witness.classes is None:
            self.clean(self.familiar).evidence.rows(1)
        return (*named, *(str(number) for number in range(len(named), witness.classes or 0)))

    def pixels(self, site: Site, row: int) -> tuple[Images, Images]:
        """The unperturbed image of a row (the first parent's, of two) and the one that the model was shown."""
        part = f"pixels-{row}"
        kept = self.store.read(site.key, part)
        if kept is None:
            number, place = divmod(row, site.evidence.batch)
            base, other = self._parents(site, site.draw.chunk(number, site.evidence.batch))
            made = self._made(site, number, base, other)
            kept = {"original": base.inputs[place], "perturbed": made.images[place]}
            with self.store.lock(site.key):
                self.store.write(site.key, part, kept)
        return kept["original"], kept["perturbed"]

    def probe(self, cell: Cell, level: float, rows: int) -> Evidence:
        """What a cell's generator makes of the first rows at another level. Kept, like any evidence."""
        other = parse_level(level)
        site = self._site(replace(cell, level=other, label=f"{cell.name}-{other.text}"), rows)
        if site.key not in self._probes:
            self._probes[site.key] = site.evidence.rows(rows)
        return self._probes[site.key]

    def answers_vary(self, data: str) -> bool:
        """Whether the model, asked twice about the same images of a data set, answers differently."""
        witness = self.witness()
        if witness.model.deterministic:
            return False  # what varies nevertheless is refused
        first = self.clean(data).draw.first[:REPEATED_ROWS]
        return witness.varies(lambda: read_rows(self.datasets[data](), data, first).inputs)

    def slices(self, data: str, by: str) -> Slices:
        """The slices of a data set. Raises DataError where there are none to judge."""
        if (data, by) not in self._slices:
            dataset, classes = self.datasets[data](), self.classes()
            self._slices[data, by] = slices_by(by, dataset, data, classes, lambda: self._light(data))
        return self._slices[data, by]

    def image_shape(self, data: str) -> tuple[int, ...]:
        """Height, width and channels of the images of a data set."""
        if data not in self._shapes:
            self._shapes[data] = read_rows(self.datasets[data](), data, np.arange(1)).inputs.shape[1:]
        return self._shapes[data]

    def batch(self, data: str) -> int:
        """How many rows of a data set are generated and predicted at a time."""
        return self.suite.batch or batch_of(self.image_shape(data))

    def _light(self, data: str) -> Columns:
        """How bright and how rich in contrast each image of a data set is, measured once, whatever the rows drawn."""
        if data not in self._lights:
            dataset = self.datasets[data]()

            def make() -> Columns:
                return light(batch.inputs for batch in batches(dataset, data, self.batch(data)))

            self._lights[data] = self.kept(light_key(dataset.fingerprint), make)
        return self._lights[data]

    def _is_clean(self, cell: Cell) -> bool:
        return cell.generator is generators.registry.get("clean")

    def _load(self, name: str) -> Dataset:
        loaded = load_data(self.plan, name, self.witness().model.classes)
        found = readable(loaded, name, self.store)
        if told := warning(found, name):
            self.warn(portable(self.plan, told))
        return found

    def _site(self, cell: Cell, rows: int | None = None) -> Site:
        """The site of a cell, or of its first rows alone."""
        witness, dataset = self.witness(), self.datasets[cell.data]()
        check_order(cell.data, dataset, witness.model.classes)
        draw = self._draw(cell, dataset)
        draw = draw if rows is None else draw.chunk(0, rows)
        key = self._key(cell, dataset, draw)
        evidence = Growing(
            lambda number: self._chunk(site, number),
            batch=self.batch(cell.data),
            limit=len(draw),
            truth=cell.generator.truth,
        )
        site = Site(cell, dataset, draw, key, evidence)
        return site

    def _draw(self, cell: Cell, dataset: Dataset) -> Draw:
        draw = self.order(cell.data)
        if "partner" not in cell.generator.needs:
            return draw
        wish, clean = cell.options.get("pairs", "random"), None
        if wish == "confusable":
            site = self.clean(cell.data)
            clean = site.evidence.rows(len(site.draw))
            site.refuse_strange_labels()
            site.refuse_malformed(len(clean))
        return draw_pairs(wish, dataset, draw.first, classes=self.classes(), clean=clean, suite_seed=self.suite.seed)

    def _chunk(self, site: Site, number: int) -> Columns:
        """One chunk of evidence, from the store or made anew, and then kept."""
        witness, cell, rows = self.witness(), site.cell, site.draw.chunk(number, site.evidence.batch)

        needed = min(self.suite.statistics.rows or len(site.draw), len(site.draw))

        def make() -> Columns:
            base, other, made = self._ahead.take((site.key, number), lambda: self._inputs(site, number))
            if (number + 1) * site.evidence.batch < needed:
                self._begin(site, number + 1)
            if cell.variant is not None:
                return answers_to(cell.variant, made.images, rows.ids, witness.predict, self.suite.seed)
            began = time.monotonic()
            answers = witness.predict(made.images)
            self._answering = time.monotonic() - began
            columns = dict(columns_of(cell, rows, base, other, made.columns, answers))
            for draw in range(1, cell.draws):
                again = self._made(site, number, base, other, draw)
                drawn = columns_of(cell, rows, base, other, again.columns, witness.predict(again.images))
                columns |= {f"{name}@{draw}": drawn[name] for name in drawn if name not in OF_THE_ROW}
            return columns

        if number == 0:
            self.observe(Progress(site.name, 0, needed))
        began = time.monotonic()
        fits = partial(are_of, rows=rows, classes=witness.classes)
        found, made_here = self._kept(site.key, number, make, fits)
        pace = len(found["ids"]) / (time.monotonic() - began) if made_here else None
        self.observe(Progress(site.name, min((number + 1) * site.evidence.batch, needed), needed, pace))
        if not made_here:
            witness.expect_classes(found["probabilities"].shape[1])
            self.cached += len(found["ids"])
        return found

    def _kept(
        self, key: str, number: int, make: Callable[[], Columns], fits: Callable[[Columns], bool] = bool
    ) -> tuple[Columns, bool]:
        """A chunk from the store, or made anew and then kept; and whether it was made."""
        part = f"{number:06d}"
        found = self.store.read(key, part, fits)
        if found is None:
            with self.store.lock(key):
                found = self.store.read(key, part, fits)  # another process may have made it while this one waited
                if found is None:
                    with undisturbed(chunk_seed(key, number), self.warn):
                        found = make()
                    self.store.write(key, part, found)
                    return found, True
        return found, False

    def warn(self, message: str) -> None:
        """Note what the summary is to tell, once."""
        if message not in self.store.warnings:
            self.store.warnings.append(message)

    def _inputs(self, site: Site, number: int) -> tuple[Batch, Batch | None, Made]:
        """What a chunk is made of, and its hard inputs."""
        base, other = self._parents(site, site.draw.chunk(number, site.evidence.batch))
        return base, other, self._made(site, number, base, other)

    def _begin(self, site: Site, number: int) -> None:
        """Begin on the hard inputs of the next chunk, if it is sure to be asked for or the model takes longer."""
        cheap = self._ahead.seconds <= self._answering or not self.plan.levels.early_stopping
        if cheap and site.can_be_ahead:
            self._ahead.begin((site.key, number), lambda: self._inputs(site, number))

    def _parents(self, site: Site, rows: Draw) -> tuple[Batch, Batch | None]:
        """The images that rows of a cell are made of."""
        read = partial(read_rows, site.dataset, site.cell.data)
        first = read(rows.first)
        if rows.second is None:
            return first, None
        second = read(rows.second)
        return (second, first) if site.cell.variant == "swapped" else (first, second)

    def _made(self, site: Site, number: int, base: Batch, other: Batch | None, draw: int = 0) -> Made:
        """The hard inputs of a chunk. One search for the smallest change serves all levels."""

        def make() -> Made:
            rows = site.draw.chunk(number, site.evidence.batch)
            given, work = needs.given(self, site, rows, base, other)
            return hard_inputs(site.cell, rows, base, given, work, self.suite.seed, draw)

        if not site.cell.generator.minimal:
            return make()
        key = self._key(replace(site.cell, level=None, variant=None), site.dataset, site.draw)
        if draw:
            key = f"{key}-{draw}"
        found = self._searches.get((key, number))
        if found is None:
            found, _ = self._kept(key, number, lambda: searched(site.cell, make()), partial(was_searched, base=base))
        if not self.store.writable:  # the search before this one is done with: levels follow on each other
            self._searches = {at: columns for at, columns in self._searches.items() if at[0] == key}
            self._searches[key, number] = found
        return within(site.cell, base.inputs, found)

    def _key(self, cell: Cell, dataset: Dataset, draw: Draw) -> str:
        seed, model, batch = self.suite.seed, self.witness().model, self.batch(cell.data)
        return address(cell, dataset=dataset, draw=draw, model=model, suite_seed=seed, batch=batch)
