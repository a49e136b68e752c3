"""From the names in a suite to plug-ins with checked options; what is wrong is collected, not raised."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeVar, cast

from pytest_robust import adapters, datasets, generators, properties
from pytest_robust.adapters import Adapter
from pytest_robust.datasets import Reader
from pytest_robust.datasets._open import find_reader
from pytest_robust.engine import matching
from pytest_robust.engine.mistakes import AT, NEEDED, Mistakes
from pytest_robust.errors import DataError, OptionError, SourceError, UnknownNameError, nearest
from pytest_robust.generators import Generator
from pytest_robust.properties import Property
from pytest_robust.registry import Registry, check_options, options_of
from pytest_robust.sources import Roots
from pytest_robust.suite import ClaimSpec, DataSpec, GeneratorSpec, Key, ModelSpec, SuiteFile, TrainingSpec
from pytest_robust.suite.document import NAME
from pytest_robust.suite.tree import KEY
from pytest_robust.training import TrainingFile
from pytest_robust.training._open import find_reader as find_training

Member = TypeVar("Member")


@dataclass(frozen=True)
class Claimed:
    """A claim whose property exists and whose threshold makes sense, with the way to it."""

    spec: ClaimSpec
    key: Key
    property_: Property


@dataclass(frozen=True)
class Named:
    """A generator of a scenario that exists and whose options are right, with the way to it."""

    generator: Generator
    options: Mapping[str, Any]
    key: Key


class Resolver:
    """Looks names up; collects `problems`, those of the file first."""

    def __init__(self, file: SuiteFile, roots: Roots) -> None:
        self.file, self.roots = file, roots
        self.problems = list(file.problems)
        self.incomplete = set(file.incomplete)
        """Keys under which something is wrong: what seems to be missing there may be no mistake."""
        self._get = cache(self._look_up)
        mistakes = file.suite.mistakes if file.suite else None
        self.offered = Mistakes(mistakes, file, roots, self.complain).options() if mistakes else {}
        """Options that every claim is given whose property takes them, unless it says otherwise."""
        self.taken: set[str] = set()
        """Those that some claim takes from here."""

    def complain(self, message: str, *key: str | int) -> None:
        """Note a problem, in one line; what is above its key is incomplete."""
        self.problems.append(self.file.problem(" ".join(message.split()), *key))
        self._lose(key)

    def _lose(self, key: Key) -> None:
        self.incomplete |= {key[: end + 1] for end in range(len(key))}

    def adapter(self, spec: ModelSpec) -> tuple[Adapter | None, Mapping[str, Any]]:
        """The adapter and its options; None where either is wrong."""
        if ("model",) in self.file.incomplete:
            return None, {}
        found = self._member(adapters.registry, spec.adapter, "model", "adapter")
        options = found and self._options(found.load, spec.options, frozenset({"roots"}), "model")
        return found, options or {}

    def data(self, name: str, spec: DataSpec) -> None:
        """Check the reader of a data set and its options."""
        if ("data",) in self.file.incomplete:
            return
        reader: Reader | None = None
        if spec.reader is not None:
            reader = self._member(datasets.registry, spec.reader, "data", name, "reader")
        else:
            try:
                reader = find_reader(spec.source)
            except DataError as error:
                self.complain(str(error), "data", name, "source")
        if reader is not None:
            self._options(reader.read, spec.options, frozenset({"roots"}), "data", name)

    def training(self, spec: TrainingSpec | None) -> TrainingFile | None:
        """The file that tells of the training data, read; None where there is none, or it is wrong."""
        suite = self.file.suite
        if spec is None or suite is None:
            return None
        if spec.data is not None and spec.data not in suite.data and ("data",) not in self.file.incomplete:
            self.complain(f"unknown data {spec.data!r}; {nearest(spec.data, suite.data)}", "training", "data")
        if spec.source is None:
            return None
        try:
            path = self.roots.find(spec.source)
            member = find_training(path.name)
            options = self._options(member.read, spec.options, frozenset(), "training")
            if options is not None:
                return TrainingFile(spec.source, path, member.format, member.read(path, **options))
        except (SourceError, DataError) as error:
            self.complain(str(error), "training", "source")
        return None

    def claims(self, specs: Sequence[ClaimSpec], key: Key) -> list[Claimed]:
        """The claims listed under a key, without those that are wrong."""
        found = []
        for place, spec in enumerate(specs):
            at = (*key, place, "claim")
            property_ = self._member(properties.registry, spec.claim.property, *at)
            if property_ is None:
                continue
            options = self._claimed_options(property_, spec, at)
            mistake = matching.claim_mistake(property_, spec.claim)
            if mistake is not None:
                self.complain(mistake, *at)
            elif options is not None:
                found.append(Claimed(spec, at, property_.bound(options)))
        return found

    def _claimed_options(self, property_: Property, spec: ClaimSpec, at: Key) -> dict[str, Any] | None:
        """The checked options of a claim: those written, and of all others those that the suite offers."""
        try:
            takes, written = options_of(property_.function, properties.GIVEN), dict(spec.claim.options)
        except SourceError as error:
            self.complain(str(error), *at)
            return None
        self.taken |= (takes.keys() & NEEDED.keys()) - written.keys()
        given = {name: value for name, value in self.offered.items() if name in takes} | written
        for name in takes.keys() & NEEDED.keys() - given.keys():
            if takes[name].is_required():
                if (AT,) in self.incomplete:
                    self._lose(at)
                else:
                    self.complain(f"{property_.name} needs {NEEDED[name]}", *at)
                return None
        return self._options(property_.function, given, properties.GIVEN, *at, listed=True)

    def generators(self, specs: Sequence[GeneratorSpec], key: Key) -> list[Named]:
        """The generators listed under a key, without those that are wrong."""
        found = []
        for place, spec in enumerate(specs):
            at = (*key, place)
            generator = self._member(generators.registry, spec.name, *at)
            if generator is None:
                continue
            written, listed = spec.options, isinstance(spec.options, list)
            if isinstance(written, list):
                if generator.main_option is None:
                    self.complain(f"{generator.name} takes no options; write `{generator.name}` alone", *at)
                    continue
                written = {generator.main_option: written}
            if generator.scale in written:
                level = f"`{generator.scale}: {written[generator.scale]}`"
                self.complain(
                    f"{generator.scale!r} is no option of {generator.name}; write {level} beside `generate`",
                    *(*at, spec.name, generator.scale, KEY),
                )
                continue
            options = self._options(generator.make, written, generator.given, *at, spec.name, listed=listed)
            if options is not None:
                found.append(Named(generator, options, at))
        return found

    def _look_up(self, registry: Registry[Any], name: str) -> Any:
        """The member of a name, or what is wrong with it, as text."""
        try:
            member = registry.get(name, self.roots)
        except (UnknownNameError, SourceError) as error:
            return str(error)
        if not re.search(NAME, member.name):
            return f"the {registry.kind} calls itself {member.name!r}, which cannot be part of a pytest name; rename it"
        return member

    def _member(self, registry: Registry[Member], name: str, *key: str | int) -> Member | None:
        found = self._get(registry, name)
        if isinstance(found, str):
            self.complain(found, *key)
            return None
        return cast(Member, found)

    def _options(
        self,
        function: Callable[..., Any],
        options: Mapping[str, Any],
        given: frozenset[str],
        *key: str | int,
        listed: bool = False,
    ) -> dict[str, Any] | None:
        """The checked options of a plug-in; `key` is the mapping, or list, that they are written in."""
        try:
            return check_options(function, options, given=given, roots=self.roots)
        except OptionError as error:
            for (name, *inside), message in error.mistakes.items():
                named = (name,) if name in options and not listed else ()
                self.complain(message, *key, *named, *(inside or (KEY,) * len(named)))
        except SourceError as error:
            self.complain(str(error), *key)
        return None
