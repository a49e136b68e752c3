"""What a suite says of mistakes, as options of the claims that ask for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pytest_robust.errors import OptionError, SourceError
from pytest_robust.properties._confusions import confusions_from
from pytest_robust.properties._cost_table import costs_from, costs_from_csv
from pytest_robust.properties._costs import Costs, hierarchy_from_file
from pytest_robust.properties._hierarchy import hierarchy_from
from pytest_robust.sources import Roots
from pytest_robust.suite import MistakesSpec, SuiteFile

AT = "mistakes"

NEEDED = {
    "costs": (
        "to know what mistakes cost; write `mistakes: {hierarchy: {animals: [cat, dog], vehicles: [car, truck]}}` or "
        "`mistakes: {costs: costs.csv}`"
    ),
    "hierarchy": "a class tree; write `mistakes: {hierarchy: {animals: [cat, dog], vehicles: [car, truck]}}`",
    "never": "confusions that must never happen; write `mistakes: {never: [stop_sign -> speed_limit_100]}`",
}
"""The options that a suite gives to every claim that takes them, and what a claim lacks without."""

UNUSED = {
    "costs": "no claim asks what mistakes cost; add one such as `mistake_cost <= 0.1` to a `require:`",
    "hierarchy": "no claim asks what mistakes cost; add one such as `mistake_cost <= 0.1` to a `require:`",
    "never": "no claim asks whether these confusions happen; add `never` to a `require:`",
}

Complain = Callable[..., None]
"""complain(message, *key)."""


class Mistakes:
    """The part `mistakes:` of a suite. What is wrong in it is complained of, and left out."""

    def __init__(self, spec: MistakesSpec, file: SuiteFile, roots: Roots, complain: Complain) -> None:
        self.spec, self.file, self.roots, self.complain = spec, file, roots, complain

    def options(self) -> dict[str, Any]:
        """Those of the options above that it gives. A class tree is what mistakes cost, too."""
        found: dict[str, Any] = {}
        tree, costs, never = self.spec.hierarchy, self.spec.costs, self.spec.never
        if tree is not None:
            found["hierarchy"] = found["costs"] = self._read("hierarchy", lambda: self._hierarchy(tree))
        if costs is not None:
            found["costs"] = self._read("costs", lambda: self._costs(costs))
        if never:
            found["never"] = confusions_from(never, [self._place("never", number) for number in range(len(never))])
        return {name: value for name, value in found.items() if value is not None}

    def _hierarchy(self, written: Any) -> Costs:
        if isinstance(written, str):
            return hierarchy_from_file(self.roots.find(written), self.roots)
        return hierarchy_from(written, lambda way: self._place("hierarchy", *way))

    def _costs(self, written: Any) -> Costs:
        if isinstance(written, str):
            path = self.roots.find(written)
            return costs_from_csv(path, self.roots.shown(path))
        return costs_from(written, lambda way: self._place("costs", *way))

    def _read(self, name: str, read: Callable[[], Costs]) -> Costs | None:
        try:
            return read()
        except OptionError as error:
            for way, message in (error.mistakes or {(): str(error)}).items():
                self.complain(message, AT, name, *way)
        except SourceError as error:
            self.complain(str(error), AT, name)
        return None

    def _place(self, *way: str | int) -> str:
        """Where something is written; nowhere where the suite is no file."""
        line, column = self.file.place(AT, *way)
        return f"{self.roots.shown(self.file.path)}:{line}:{column}" if self.file.path.is_file() else ""


def written_in_vain(spec: MistakesSpec, used: set[str]) -> list[tuple[str, str]]:
    """The keys of what no claim made use of, and what to say of each; `used` are options."""
    written = [name for name in UNUSED if getattr(spec, name)]
    used = used | ({"hierarchy"} if "costs" in used else set())
    return [(name, UNUSED[name]) for name in written if name not in used]
