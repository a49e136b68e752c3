"""Confusions that must never happen: `stop_sign -> speed_limit_100`."""

from __future__ import annotations

from dataclasses import dataclass

ARROW = "->"
ANY = "*"
"""What stands for every class."""

CONFUSION = rf"^\s*\S(.*\S)?\s*{ARROW}\s*\S(.*\S)?\s*$"
"""A confusion, as a regular expression of JSON Schema."""

WRITE = "write `right class -> answer`, such as `stop_sign -> speed_limit_100`, or with `*` for every class on one side"


@dataclass(frozen=True, slots=True)
class Confusion:
    """A right class, and an answer that must never be given to it; None stands for every other class."""

    text: str
    right: str | None
    answer: str | None


def parse_confusion(text: object) -> Confusion:
    """Read one confusion. Raises ValueError that says how to write it.

    >>> parse_confusion("stop sign -> speed limit 100").answer
    'speed limit 100'
    >>> parse_confusion("* -> go").right is None
    True
    """
    if not isinstance(text, str):
        raise ValueError(f"a confusion is text, not {'empty' if text is None else repr(text)}; {WRITE}")
    right, *answers = (part.strip() for part in text.split(ARROW))
    if len(answers) != 1 or not right or not answers[0]:
        raise ValueError(f"`{text.strip()}` is no confusion of one class with one other; {WRITE}")
    (answer,) = answers
    if right == answer == ANY:
        raise ValueError(f"`{text.strip()}` is every mistake there is, which accuracy is for; {WRITE}")
    if right == answer:
        raise ValueError(f"`{text.strip()}` is a right answer; {WRITE}")
    return Confusion(f"{right} {ARROW} {answer}", *(None if name == ANY else name for name in (right, answer)))
