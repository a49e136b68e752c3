"""Suite files from disk: every mistake of a file at once, each at its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from pytest_robust.errors import Problem, SuiteError
from pytest_robust.suite import SuiteFile
from pytest_robust.suite.claims import ClaimError
from pytest_robust.suite.models import Suite
from pytest_robust.suite.syntax import Mistake
from pytest_robust.suite.tree import Key, NoTree, Place, Tree, read_tree
from pytest_robust.suite.wording import told, word

NOWHERE: Place = (1, 1)

LISTS = frozenset({"generate", "severity", "epsilon", "weight", "require", "tags", "never", "checks"})
"""Keys whose value may be one thing as well as a list of them."""

STAND_INS: dict[str | int, Callable[[], Tree]] = {
    "model": lambda: Tree({"adapter": Tree("callable", NOWHERE)}, NOWHERE),
    "data": lambda: Tree({"test": Tree("-", NOWHERE)}, NOWHERE),
}
"""Put in place of what cannot be read, so that the rest is planned all the same; never run, as there are problems."""


def load(path: Path) -> SuiteFile:
    """Read a suite file. Its mistakes are in `problems` of the result; SuiteError where it cannot be read at all."""
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = f"cannot be read: {error.strerror or error}; give the path of a suite file"
        raise SuiteError([Problem(path, 1, 1, reason)]) from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start].decode("utf-8", errors="replace").split("\n")
        message = f"byte 0x{content[error.start]:02x} is not UTF-8; save the file as UTF-8"
        return SuiteFile(path, "", None, {}, (Problem(path, len(before), len(before[-1]) + 1, message),))
    return parse(text, path)


def parse(text: str, path: Path) -> SuiteFile:
    """Read the text of a suite; `path` is for messages."""
    try:
        tree, mistakes = read_tree(text)
    except NoTree as error:
        return SuiteFile(path, text, None, {}, (Problem(path, *error.mistake),))
    _wrap(tree)
    suite, errors, lost = _validate(tree, text)
    mistakes += errors
    incomplete = frozenset(key[:depth] for key in lost for depth in range(1, len(key) + 1) if key[:depth])
    problems = tuple(sorted(Problem(path, *mistake) for mistake in mistakes))
    return SuiteFile(path, text, suite, tree.places(), problems, incomplete)


def _wrap(tree: Tree) -> None:
    """Make lists of what may be one thing or many, so that the way to a thing is the same in both forms."""
    requirements = [_at(hazard, "requirements") for _, hazard in _at(tree, "hazards").children()]
    lists = (_at(tree, "scenarios"), _at(tree, "waivers"), *requirements)
    for part in (tree, _at(tree, "mistakes"), *(member for members in lists for _, member in members.children())):
        for key, child in part.children():
            if key in LISTS and child.value is not None and not isinstance(child.value, list):
                child.value = [Tree(child.value, child.place)]


def _at(tree: Tree, key: str) -> Tree:
    """The part at a key; an empty one where there is none."""
    found, part = tree.find((key,))
    return part if found else Tree({}, NOWHERE)


def _validate(tree: Tree, text: str) -> tuple[Suite | None, list[Mistake], set[Key]]:
    """The suite without the parts that are wrong, what is wrong, and the keys of those parts, which leave `tree`."""
    mistakes: list[Mistake] = []
    lost: set[Key] = set()
    while True:
        try:
            return Suite.model_validate(tree.plain()), mistakes, lost
        except ValidationError as error:
            errors = error.errors(include_url=False)
        if not lost:  # what comes up later is only that something was left out
            mistakes = [Mistake(*_place(tree, error, text), word(error)) for error in told(errors)]
        for key in sorted({tree.find(_steps(error))[0] for error in errors}, reverse=True):
            if key:
                tree.drop(key)
                lost.add(key)
        for name in {error["loc"][0] for error in errors if len(error["loc"]) == 1 and error["type"] == "missing"}:
            if name not in STAND_INS:
                return None, mistakes, lost
            tree.value[name] = STAND_INS[name]()
            lost.add((name,))


def _steps(error: ErrorDetails) -> Key:
    return tuple(step for step in error["loc"] if step != "[key]")


def _place(tree: Tree, error: ErrorDetails, text: str) -> Place:
    """Where a mistake stands: the key where that is wrong or lacks something, the very word inside a claim."""
    _, part = tree.find(_steps(error))
    if part.key_place and (error["type"] in {"missing", "extra_forbidden"} or error["loc"][-1] == "[key]"):
        return part.key_place
    cause = error.get("ctx", {}).get("error")
    if isinstance(cause, ClaimError):
        line, column = part.place
        start = text.split("\n")[line - 1].find(cause.claim, column - 1)
        if start >= 0:  # not so where a claim is folded over lines or holds escapes
            return line, start + cause.offset + 1
    return part.place
