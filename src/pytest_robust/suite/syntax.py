"""What the YAML parser says, in words that tell an author what to write."""

from __future__ import annotations

from typing import NamedTuple

import yaml

EMPTY = "the suite is empty; write `model:`, `data:` and `scenarios:`"
TOO_DEEP = "lists and mappings are nested too deeply; a suite needs a handful of levels"


class Mistake(NamedTuple):
    """What is wrong at a place of the file, counted from 1."""

    line: int
    column: int
    message: str


WORDS = {
    "could not find expected ':'": "this line has no `:`; write `key: value`",
    "mapping values are not allowed here": (
        "a `:` that does not fit here; indent like the lines above, and quote text that holds `: `"
    ),
    "expected <block end>": "the indentation does not fit the lines above; indent alike what belongs together",
    "expected ',' or ']'": "the list opened with `[` is not closed; write `[a, b]`",
    "expected ',' or '}'": "the mapping opened with `{` is not closed; write `{key: value}`",
    "found unexpected end of stream": "the quotes are not closed",
    "but found another document": "a second document starts here; a suite is one document, so remove the `---`",
    "found undefined alias": "this `*name` refers to no `&name` above it; write the value out",
    "expected alphabetic or numeric character": 'a word cannot start with `*` or `&` here; put it in quotes: "* -> go"',
    "cannot start any token": "text cannot start with this character; put it in quotes",
    "sequence entries are not allowed here": "a `- ` list cannot start here; start it on a line of its own",
}
"""Part of the parser's message -> ours."""


def explain(error: yaml.YAMLError, text: str) -> Mistake:
    """A parser's error as a mistake with its place."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position].split("\n")
        return Mistake(len(before), len(before[-1]) + 1, "a control character; a suite is plain text")
    if not isinstance(error, yaml.MarkedYAMLError):
        return Mistake(1, 1, f"this is no YAML: {error}")
    problem = error.problem or ""
    mark = error.problem_mark or error.context_mark
    if "is not closed" in _ours(problem) or "are not closed" in _ours(problem):
        mark = error.context_mark or mark
    if mark is None:
        return Mistake(1, 1, f"this is no YAML: {problem}")
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    message = _ours(problem)
    if line[mark.column : mark.column + 1] == "\t":
        starts = not line[: mark.column].strip()
        message = (
            "line starts with a tab; YAML indents with spaces"
            if starts
            else "a tab between words; write a space instead"
        )
    return Mistake(mark.line + 1, mark.column + 1, message)


def _ours(problem: str) -> str:
    for part, words in WORDS.items():
        if part in problem:
            return words
    return f"this is no YAML: {problem}"
