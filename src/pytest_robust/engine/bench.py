"""The bench: a plan's model, its data, and the evidence of its cells, each made or found once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from pytest_robust import generators
from pytest_robust.carriers import Columns, Images
from pytest_robust.datasets import Dataset
from pytest_robust.engine.address import address
from pytest_robust.engine.answers import Witness, what_is_wrong
from pytest_robust.engine.draw import Draw, draw_rows
from pytest_robust.engine.evidence import Growing, hard_inputs, make_chunk, read_rows
from pytest_robust.engine.loading import Once, load_data, load_model
from pytest_robust.engine.pairs import draw_pairs
from pytest_robust.engine.plan import Cell, Plan
from pytest_robust.engine.store import Store
from pytest_robust.errors import DataError, ModelError


@dataclass(frozen=True)
class Site:
    """A cell with all that its evidence is made of."""

    cell: Cell
    dataset: Dataset
    draw: Draw
    key: str
    evidence: Growing

    @property
    def name(self) -> str:
        """What messages call it. Clean rows belong to no scenario."""
        return f"the clean rows of {self.cell.data!r}" if self.cell.generator.kind == "clean" else self.cell.id

    def refuse_strange_labels(self) -> None:
        """Raise DataError, naming the row, for a label that the model has no class for."""
        labels, classes = self.dataset.labels, self.evidence.rows(1).probabilities.shape[1]
        row = int(np.argmax(labels))
        if labels[row] >= classes:
            raise DataError(
                f"data {self.cell.data!r}: label {labels[row]} of row {str(self.dataset.ids[row])!r} is outside the "
                f"{classes} classes that the model answers for; give labels in the model's numbering, counted from 0"
            )

    def refuse_malformed(self, count: int) -> None:
        """Raise ModelError where one of the first rows has an answer that is no probability."""
        rows = self.evidence.malformed(count)
        if len(rows):
            evidence = self.evidence.rows(count)
            first = int(rows[0])
            raise ModelError(
                f"{len(rows)} of {len(evidence)} answers in {self.name} are no probabilities; the first, to row "
                f"{str(evidence.ids[first])!r}, {what_is_wrong(evidence.probabilities[first])} "
                "(the property `finite_outputs` judges this)"
            )


class Bench:
    """Loads on demand; keeps clean evidence and that of the last other cell in memory, everything in the store."""

    def __init__(self, plan: Plan, folder: Path | None, warnings: list[str]) -> None:
        assert plan.file.suite is not None
        self.plan = plan
        self.suite = plan.file.suite
        self.store = Store(folder, warnings)
        self.cached = 0
        self.witness = Once(lambda: Witness(load_model(plan), plan.file.path, warnings))
        self.datasets = {name: Once(partial(load_data, plan, name)) for name in self.suite.data}
        self._orders: dict[str, Draw] = {}
        self._clean: dict[str, Site] = {}
        self._latest: Site | None = None

    @property
    def familiar(self) -> str:
        """The suite's first data set: what the model was made for."""
        return next(iter(self.suite.data))

    def site(self, cell: Cell) -> Site:
        """A cell and its evidence. Loads model and data; for confusable pairs, makes the clean pass."""
        if cell.generator is generators.registry.get("clean"):
            return self.clean(cell.data)
        if self._latest is None or self._latest.cell != cell:
            self._latest = None  # its memory goes before that of the next is asked for
            self._latest = self._site(cell)
        return self._latest

    def clean(self, data: str) -> Site:
        """The clean cell of a data set: one for all scenarios, as nothing in it is random."""
        if data not in self._clean:
            self._clean[data] = self._site(Cell("clean", data, data, generators.registry.get("clean"), {}, None))
        return self._clean[data]

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
            batch = self.suite.batch
            rows = site.draw.chunk(row // batch, batch)
            base = read_rows(site.dataset, site.cell.data, rows.first)
            other = None if rows.second is None else read_rows(site.dataset, site.cell.data, rows.second)
            made = hard_inputs(site.cell, rows, base, other, self.witness().model, self.suite.seed)
            kept = {"original": base.inputs[row % batch], "perturbed": made[row % batch]}
            with self.store.lock(site.key):
                self.store.write(site.key, part, kept)
        return kept["original"], kept["perturbed"]

    def _site(self, cell: Cell) -> Site:
        witness, dataset = self.witness(), self.datasets[cell.data]()
        check_order(cell.data, dataset, witness.model.classes)
        draw = self._draw(cell, dataset)
        key = address(
            cell, dataset=dataset, draw=draw, model=witness.model, suite_seed=self.suite.seed, batch=self.suite.batch
        )
        evidence = Growing(
            partial(self._chunk, cell, dataset, draw, key),
            batch=self.suite.batch,
            limit=len(draw),
            truth=cell.generator.truth,
        )
        return Site(cell, dataset, draw, key, evidence)

    def _draw(self, cell: Cell, dataset: Dataset) -> Draw:
        if cell.data not in self._orders:
            self._orders[cell.data] = draw_rows(self.suite.seed, cell.data, dataset)
        draw = self._orders[cell.data]
        if "partner" not in cell.generator.needs:
            return draw
        wish, clean = cell.options.get("pairs", "random"), None
        if wish == "confusable":
            site = self.clean(cell.data)
            clean = site.evidence.rows(len(site.draw))
            site.refuse_strange_labels()
            site.refuse_malformed(len(clean))
        return draw_pairs(wish, dataset, draw.first, classes=self.classes(), clean=clean, suite_seed=self.suite.seed)

    def _chunk(self, cell: Cell, dataset: Dataset, draw: Draw, key: str, number: int) -> Columns:
        """One chunk of evidence, from the store or made anew, and then kept."""
        witness, part = self.witness(), f"{number:06d}"
        found = self.store.read(key, part)
        if found is None:
            with self.store.lock(key):
                found = self.store.read(key, part)  # another process may have made it while this one waited
                if found is None:
                    rows = draw.chunk(number, self.suite.batch)
                    made = make_chunk(cell, rows, dataset, witness.model, witness.predict, self.suite.seed)
                    self.store.write(key, part, made)
                    return made
        witness.expect_classes(found["probabilities"].shape[1])
        self.cached += len(found["ids"])
        return found


def check_order(name: str, dataset: Dataset, classes: Sequence[str] | None) -> None:
    """Raise DataError where data and model name the same classes in another order: labels would mean other ones."""
    if classes is None or dataset.classes is None or tuple(classes) == dataset.classes:
        return
    if sorted(classes) == sorted(dataset.classes):
        place = next(i for i, pair in enumerate(zip(classes, dataset.classes, strict=True)) if pair[0] != pair[1])
        raise DataError(
            f"data {name!r}: class {place} is {dataset.classes[place]!r}, but {classes[place]!r} for the model; "
            "bring the data's classes into the model's order"
        )
