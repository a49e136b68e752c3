"""How the two parents of an ambiguous input are chosen: the option that all generators with a partner share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator


def way_to_pair(wish: Any) -> Any:
    """`random`, `confusable`, or two classes by name or number; raises ValueError for anything else."""
    if wish in ("random", "confusable"):
        return wish
    if isinstance(wish, list) and len(wish) == 2 and all(type(name) in (str, int) for name in wish):
        return wish
    raise ValueError(f"{wish!r} is not a way to pair; write random, confusable, or two classes such as [3, 8]")


Pairs = Annotated[Any, AfterValidator(way_to_pair)]
"""The two parents of a row are of different classes. Which, is said here and carried out by the engine, which passes
the partners: `random`, `confusable` (classes that the model mixes up most when it is asked about the clean rows), or a
list of two classes, by name or number."""
