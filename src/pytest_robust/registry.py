"""The one way in which plug-ins are found: by name, by `path.py:object`, or by an entry point.

The four sets (`datasets`, `adapters`, `generators`, `properties`) have the same shape: a package whose
`__init__` holds the protocol and a decorator, and one file a member, named after it. Dropping a file into
the package adds a member; it is imported when its name is first asked for.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from pytest_robust.errors import OptionError, SourceError, UnknownNameError, closest, nearest
from pytest_robust.sources import Roots, is_reference, load_object

Member = TypeVar("Member")


class Registry(Generic[Member]):
    """The members of one set. `package` is the set's import name; `kind` its word for messages."""

    def __init__(self, kind: str, package: str, member_type: type[Member]) -> None:
        self.kind = kind
        self.package = package
        self.member_type = member_type

    def names(self) -> list[str]:
        """The names of all installed members, sorted; nothing is imported but the package."""
        return sorted({*self._own_names(), *self._entry_points()})

    def get(self, name: str, roots: Roots | None = None) -> Member:
        """The member of this name. Raises UnknownNameError with the nearest name, or SourceError."""
        roots = roots or Roots(())
        if is_reference(name) or name in roots.objects:
            return self._checked(load_object(name, roots), name)
        if name in self._own_names():
            module = importlib.import_module(f"{self.package}.{name}")
            for value in vars(module).values():
                if isinstance(value, self.member_type) and getattr(value, "name", None) == name:
                    return value
            raise SourceError(
                f"{module.__file__} holds no {self.kind} called {name!r}; name the function like its file"
            )
        points = self._entry_points()
        if name in points:
            return self._checked(self._loaded(points[name]), f"{name!r} (entry point {points[name].value})")
        hint = f"write `{name}:object`" if name.endswith(".py") else nearest(name, self.names())
        raise UnknownNameError(f"unknown {self.kind} {name!r}; {hint}")

    def all(self) -> list[Member]:
        """Every installed member, in the order of the names; imports them all."""
        return [self.get(name) for name in self.names()]

    def _loaded(self, point: EntryPoint) -> Any:
        try:
            return point.load()
        except Exception as error:
            owner = point.dist.name if point.dist else "an unknown package"
            reason = f"{type(error).__name__}: {error}; mend or uninstall {owner}"
            raise SourceError(f"{self.kind} {point.name!r} (entry point {point.value}): {reason}") from error

    def _checked(self, value: Any, name: str) -> Member:
        if isinstance(value, self.member_type):
            return value
        found = f"an object of type {type(value).__name__}"
        raise SourceError(f"{name} is {found}, not a {self.kind}; decorate it, see `{self.package}`")

    @cache  # noqa: B019  (four registries, alive as long as the process)
    def _own_names(self) -> frozenset[str]:
        path = importlib.import_module(self.package).__path__
        return frozenset(module.name for module in pkgutil.iter_modules(path) if not module.name.startswith("_"))

    @cache  # noqa: B019
    def _entry_points(self) -> Mapping[str, EntryPoint]:
        return {point.name: point for point in entry_points(group=self.package)}


def check_options(
    function: Callable[..., Any],
    options: Mapping[str, Any],
    *,
    given: frozenset[str] = frozenset(),
    roots: Roots | None = None,
) -> dict[str, Any]:
    """Options of a plug-in, validated and converted by the annotations of its keyword-only parameters.

    An option whose name is a keyword of Python has a parameter that ends in `_`: `class` is passed as `class_`. `given`
    are the parameters that the engine passes itself. An option that is a `Path` is looked up by `roots`, which
    validators find in pydantic's context too. The result holds defaults, so that it can be hashed. Raises OptionError
    naming every unknown, missing or ill-typed option.

    >>> def blur(images, *, severity: float, radius: int = 3): ...
    >>> check_options(blur, {"radius": "5"}, given=frozenset({"severity"}))
    {'radius': 5}
    >>> def recall(evidence, *, class_: str): ...
    >>> check_options(recall, {"class": "cat"})
    {'class_': 'cat'}
    """
    model = _options_model(function, given)
    known = [str(field.alias) for field in model.model_fields.values()]
    mistakes: dict[tuple[str | int, ...], str] = {
        (name,): f"unknown option {name!r}; {nearest(str(name), known) if known else 'it takes no options'}"
        for name in options
        if name not in known
    }
    meant = {closest(str(name), known) for (name,) in mistakes}
    try:
        values = {name: value for name, value in options.items() if name in known}
        checked = model.model_validate(values, context={"roots": roots})
    except ValidationError as error:
        for found in error.errors(include_url=False):
            name, *inside = found["loc"]  # of a default that is wrong the field, of all else the alias
            found["loc"] = (str(model.model_fields[name].alias) if name in model.model_fields else name, *inside)
            if not (found["type"] == "missing" and found["loc"][0] in meant):
                mistakes.setdefault(_way(found["loc"], values), _option_mistake(found))
    if mistakes:
        raise OptionError("\n".join(mistakes.values()), mistakes)
    passed: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        value, written = getattr(checked, name), str(field.alias)
        if isinstance(value, Path) and roots is not None:
            try:
                value = roots.find(str(value))
            except SourceError as missing:
                mistakes[written,] = f"{written}: {missing}"
        passed[str(field.serialization_alias)] = value
    if mistakes:
        raise OptionError("\n".join(mistakes.values()), mistakes)
    return passed


def options_of(function: Callable[..., Any], given: frozenset[str] = frozenset()) -> dict[str, FieldInfo]:
    """The options of a plug-in by name: annotation, default, whether required.

    >>> def blur(images, *, severity: float, radius: int = 3): ...
    >>> options_of(blur, frozenset({"severity"}))["radius"].default
    3
    """
    return {str(field.alias): field for field in _options_model(function, given).model_fields.values()}


@cache
def _options_model(function: Callable[..., Any], given: frozenset[str]) -> type[BaseModel]:
    """A pydantic model of a function's options; one a function, as making it is slow.

    Options are aliases of its fields, so that an option may be called `copy` or `schema`; what a parameter is called is
    the alias to serialise by.
    """
    fields: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY and name not in given:
            annotation = Any if parameter.annotation is inspect.Parameter.empty else parameter.annotation
            default = ... if parameter.default is inspect.Parameter.empty else parameter.default
            field = Field(default, alias=name.removesuffix("_"), serialization_alias=name)
            fields[f"option_{len(fields)}"] = (_evaluated(annotation, function), field)
    return create_model("Options", __config__=ConfigDict(arbitrary_types_allowed=True), **fields)


def _evaluated(annotation: Any, function: Callable[..., Any]) -> Any:
    """An annotation written as text, as `from __future__ import annotations` makes of it, as a type."""
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, getattr(inspect.unwrap(function), "__globals__", {}))
    except Exception as error:
        where = f"{inspect.getsourcefile(function)}, {function.__name__}()"
        raise SourceError(f"{where}: the annotation `{annotation}` of an option cannot be read: {error}") from None


def _way(loc: tuple[str | int, ...], values: Mapping[Any, Any]) -> tuple[str | int, ...]:
    """Pydantic's way to a mistake, as far as it leads through what was written: it goes on into types tried."""
    way: list[str | int] = []
    value: Any = values
    for step in loc:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            break
        way.append(step)
    return tuple(way) or loc[:1]


def _option_mistake(found: ErrorDetails) -> str:
    name = ".".join(str(step) for step in found["loc"])
    if found["type"] == "missing":
        return f"option {name!r} is missing; write `{name}: ...`"
    reason = found["msg"].removeprefix("Value error, ").replace("Input should", "it should")
    return f"option {name!r} cannot be {found['input']!r}; {reason}"
