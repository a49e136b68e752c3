"""The report as Markdown, for a comment on a pull request and the summary of a CI job: the decision, and what is in
its way. It fits into the 65,536 characters of a comment; what is cut is counted.

GitHub's Markdown makes links, mentions, references to issues and emoji of plain text too, wherever it stands but in
code. So all text of a suite's, a model's or a plug-in's stands in code, and in nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from pytest_robust.record import Change, Record, Section, Verdict, Waiver
from pytest_robust.record.signatures import Signature, signers
from pytest_robust.report import checks, decision
from pytest_robust.report.signoff import SignOff, signoff
from pytest_robust.report.words import bound, count, ends, harmless, number, roughly, signed
from pytest_robust.risk.gate import is_red
from pytest_robust.risk.waivers import day_of, holds, waived

LARGEST = 65_000
"""Bytes, so characters at most: a comment on GitHub has 65,536."""
MOST_ENTRIES = 64
"""Rows of a table where the search for tables that fit begins."""
LONGEST = 300
"""Characters of a text of the user's."""

PLAIN = re.compile(r"(?:[A-Za-z0-9 ,.;()’−%≥≤-]|: )*")
"""Text in which GitHub finds nothing to make something of."""

MARKS = {"GO": "✅", "NO-GO": "❌", "NOT PROVEN": "⚠️"}


def render(record: Record, stem: str, signatures: Sequence[Signature] = ()) -> str:
    """The report of a record, and of the signatures beside it, as Markdown, at most `LARGEST` bytes.

    `stem` names the files of the run.
    """
    entries = MOST_ENTRIES
    while True:
        text = "\n".join(lines(record, stem, signatures, entries))
        if len(text.encode()) <= LARGEST or entries == 1:
            return text
        entries //= 2


def lines(record: Record, stem: str, signatures: Sequence[Signature], entries: int) -> Iterator[str]:
    """The whole text with at most `entries` rows a table."""
    answer = decision.answer(record, signers(signatures))
    covered = waived(record)
    by_outcome = {outcome: checks.worst_first(group) for outcome, group in _grouped(record.verdicts).items()}
    yield f"## {MARKS[answer.word]} {answer.word}: {code(record.suite.name)}"
    yield ""
    yield sentence(answer.meaning)
    yield from bullets("", answer.why)
    yield from table([outcome for outcome, _ in answer.counts], [[f"{many:,}" for _, many in answer.counts]])
    red = "red" if is_red(record, record.run.gate) else "green"
    yield f"The gate `{record.run.gate}` is **{red}**."
    confidence = f"interval ({record.protocol.interval_confidence * 100:g} %)"
    yield from listed(
        "What fails, worst first",
        ["check", "claimed", "observed", confidence, "n", "place"],
        [[*told(one, covered), f"{one.n:,}", place(one)] for one in by_outcome.get("FAIL", [])],
        entries,
    )
    yield from changes(record, entries)
    yield from listed(
        "Not proven",
        ["check", "claimed", "observed", confidence, "images that would settle it", "place"],
        [[*told(one, covered), needed(one), place(one)] for one in by_outcome.get("INCONCLUSIVE", [])],
        entries,
    )
    yield from waivers(record, entries)
    yield from listed(
        "Without a verdict",
        ["check", "", "why", "place"],
        [
            [code(one.id), one.outcome, code(one.reason or "no reason was recorded"), place(one)]
            for outcome in ("ERROR", "NOT RUN")
            for one in by_outcome.get(outcome, [])
        ],
        entries,
    )
    for section in record.sections[:entries]:
        yield from added(section, entries)
    yield from left_out(len(record.sections) - entries, "section")
    yield from signed_by(signoff(record, signatures, answer.word), entries)
    yield from bullets("### Next", answer.next)
    model = f"model {code(record.model.source)}" if record.model else "no model was loaded"
    yield ""
    yield (
        f"The full report, with the sections that are named here, is {code(f'{stem}.html')}, made from the record "
        f"{code(f'{stem}.json')} of digest {code(record.digest or 'not computed')}: {model}, run of "
        f"{code(record.run.started)}."
    )
    yield ""


def waivers(record: Record, entries: int) -> Iterator[str]:
    """Whose word takes checks out of the red, and until when."""
    day = day_of(record.run.started)
    yield from listed(
        "Waivers",
        ["owner", "", "until", "reason", "checks", "place"],
        [
            [
                code(one.owner),
                "holds" if holds(one, day) else "**expired**",
                code(one.expires),
                code(one.reason),
                f"{len(one.checks):,}",
                place(one),
            ]
            for one in record.waivers
        ],
        entries,
    )


def signed_by(told: SignOff, entries: int) -> Iterator[str]:
    """Who signed, and whether that is enough."""
    if not told.signatures:
        yield from ("", "Nobody has signed this record.")
        return
    yield from listed(
        "Signatures",
        ["role", "name", "date (UTC)", "decision", "saw", "signature"],
        [
            [
                *(code(text) if text else "" for text in (one.role, one.name, one.date)),
                one.decision or "",
                code(one.saw) if one.saw else "",
                "valid for this digest" if one.problem is None else f"**not valid**: {code(one.problem)}",
            ]
            for one in told.signatures
        ],
        entries,
    )
    yield sentence(told.line)


def changes(record: Record, entries: int) -> Iterator[str]:
    """What is proven of the change since the baseline, worst first."""
    if record.comparison is None:
        return
    compared = record.comparison.changes
    proven = [one for one in compared if one.trend != "NOT PROVEN"]
    yield from listed(
        "Change since the baseline",
        ["cell", "", "difference", "interval", "newly wrong", "newly right", "n"],
        [changed(one) for one in proven],
        entries,
    )
    if not proven:
        yield from ("", "### Change since the baseline", "")
    yield (
        f"Compared with the record of digest {code(record.comparison.baseline.digest[:12])}: "
        f"{count(len(compared), 'cell')}, {len(compared) - len(proven):,} of them without a proven change; "
        f"{count(len(record.comparison.uncompared), 'cell')} could not be compared."
    )


def changed(change: Change) -> list[str]:
    """The row of one cell."""
    return [
        code(change.id),
        change.trend,
        signed(change.difference),
        ends(change.interval),
        f"{change.newly_wrong:,}",
        f"{change.newly_right:,}",
        f"{change.n:,}",
    ]


def added(section: Section, entries: int) -> Iterator[str]:
    """A section of a plug-in's. Its pictures are in the page only."""
    yield from ("", f"### {code(section.title)}")
    for paragraph in section.paragraphs[:entries]:
        yield from ("", code(paragraph))
    yield from left_out(len(section.paragraphs) - entries, "paragraph")
    for one in section.tables[:entries]:
        yield from ("", f"{code(one.caption)}:")
        head, *rows = ([code(cell) for cell in row] for row in (one.head, *one.rows[:entries]))
        yield from table(head, rows)
        yield from left_out(len(one.rows) - entries, "row")
    yield from left_out(len(section.tables) - entries, "table")
    if section.pictures:
        yield from ("", f"{count(len(section.pictures), 'picture')} in the full report.")


def told(verdict: Verdict, covered: Mapping[str, Waiver]) -> list[str]:
    """The first columns of a check: its id, what is claimed, what was observed, how sure that is."""
    known = f" known: {code(verdict.xfail)}" if verdict.xfail is not None else ""
    known += f" waived until {code(covered[verdict.id].expires)}" if verdict.id in covered else ""
    claimed = bound(verdict.threshold, verdict.operator)
    return [f"{code(verdict.id)}{known}", claimed, number(verdict.estimate), ends(verdict.interval)]


def needed(verdict: Verdict) -> str:
    """How many more images an open claim asks for."""
    return "no number is known" if verdict.rows_needed is None else f"about {roughly(verdict.rows_needed)} more"


def place(one: Verdict | Waiver) -> str:
    """The line of the suite file."""
    return code(f"{one.place.path}:{one.place.line}")


def listed(title: str, head: Sequence[str], rows: Sequence[Sequence[str]], entries: int) -> Iterator[str]:
    """A heading with a table; nothing where it has no rows."""
    if rows:
        yield from ("", f"### {title}")
        yield from table(head, rows[:entries])
        yield from left_out(len(rows) - entries, "row")


def left_out(many: int, what: str) -> Iterator[str]:
    """How much was cut."""
    if many > 0:
        yield from ("", f"{count(many, what)} more in the full report.", "")


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table. Its cells hold no pipe: what is written here has none, and `code` leaves none."""
    yield ""
    for row in (head, ["---"] * len(head), *rows):
        yield f"| {' | '.join(row)} |"
    yield ""


def bullets(heading: str, texts: Sequence[str]) -> Iterator[str]:
    """A heading, where there is one, and a list of sentences of the decision's."""
    if texts:
        yield from ("", heading, "") if heading else ("",)
        yield from (f"- {sentence(text)}" for text in texts)


def sentence(text: str) -> str:
    """A sentence of the decision's: as it is where it is plain words, else, as it may quote the user, in code.

    >>> sentence("1 claim of 2 disproved: none known."), sentence("waived by @all until 2027-01-01")
    ('1 claim of 2 disproved: none known.', '`waived by @all until 2027-01-01`')
    """
    return text if PLAIN.fullmatch(text) and "www." not in text else code(text)


def code(text: str) -> str:
    """Text of the user's, on one line, so that Markdown takes nothing in it for its own.

    A pipe ends a cell even in code, and renderers do not agree on a backslash before it: it becomes its escape.

    >>> code("accuracy >= 0.9"), code("a|b"), code("`<b>` @all"), code(" ")
    ('`accuracy >= 0.9`', '`a\\\\u007cb`', '`` `<b>` @all ``', '`(empty)`')
    """
    line = " ".join(harmless(text[:LONGEST]).split()).replace("|", "\\u007c") or "(empty)"
    line += f" … ({len(text) - LONGEST:,} characters more)" if len(text) > LONGEST else ""
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    pad = " " if line.startswith("`") or line.endswith("`") else ""
    return f"{fence}{pad}{line}{pad}{fence}"


def _grouped(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    ordered = sorted(verdicts, key=lambda one: one.outcome)
    return {outcome: list(group) for outcome, group in groupby(ordered, key=lambda one: one.outcome)}
