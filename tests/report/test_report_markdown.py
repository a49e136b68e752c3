"""The Markdown report says what matters, fits a comment, and nothing in it is Markdown of a user's."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from complete import complete, large
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token
from sample import hostile, infect, record

from pytest_robust.record import Record
from pytest_robust.record.signatures import Signature
from pytest_robust.report.markdown import LARGEST, code, render, sentence
from pytest_robust.report.words import visible

COMMENT = 65_536
"""Characters of a comment on GitHub."""
ATTACKS = (
    "@octocat",
    "[click](https://example.invalid)",
    "![seen](https://example.invalid/beacon.png)",
    "<img src=x onerror=alert(1)>",
    "<!-- ",
    "`",
    "``` ",
    "a|b\\|c",
    "\n\n# heading\n\n- [ ] item\n\n| a | b |\n|---|---|\n",
    "https://example.invalid www.example.invalid mail@example.invalid",
    "#123 GH-123 :tada: $x^2$ **bold** ~~gone~~ [^1]",
    "abc\u202edcba\u2028\x00",
    "\\",
)


def tokens(text: str) -> Iterator[Token]:
    """All tokens of a text as GitHub reads it: tables, and links of what looks like an address; raw HTML allowed."""
    for token in MarkdownIt("gfm-like", {"html": True}).parse(text):
        yield token
        yield from token.children or []


def rendered(text: str) -> str:
    return MarkdownIt("gfm-like", {"html": True}).render(text)


def test_the_decision_comes_first_then_what_is_in_its_way_worst_first() -> None:
    text = render(record(), "vision")
    assert text.splitlines()[0] == "## ❌ NO-GO: `vision`"
    headings = re.findall("^### (.*)", text, re.MULTILINE)
    assert headings == [
        "What fails, worst first",
        "Change since the baseline",
        "Not proven",
        "Without a verdict",
        "Next",
    ]
    first, *_ = re.findall(r"^\| (`.*)", text, re.MULTILINE)
    assert first == (
        "`camera::motion_blur-5::accuracy` known: `guesses between 3 and 8 under motion blur` | ≥ 0.8 | 0.434 | "
        "0.391 to 0.477 | 500 | `suites/vision.yaml:42` |"
    )
    assert "| `weather::fog-5` | REGRESSED | −0.078 | −0.098 to −0.058 | 41 | 2 | 500 |" in text
    assert "| about 6,100 more | `suites/vision.yaml:19` |" in text
    assert "| `exported::square::robust_radius` | ERROR | `the model answered NaN in row" in text
    assert f"is `vision.html`, made from the record `vision.json` of digest `{record().digest}`" in text


def test_tables_are_tables_and_all_rows_have_their_cells() -> None:
    page = rendered(render(complete(), "vision"))
    for table in re.findall("<table>.*?</table>", page, re.DOTALL):
        widths = {len(re.findall("<t[hd]", row)) for row in re.findall("<tr>.*?</tr>", table, re.DOTALL)}
        assert len(widths) == 1
    assert "|" not in re.sub("<[^>]*>", "", page)


def test_a_section_of_a_plug_in_is_told_without_its_pictures() -> None:
    text = render(complete(), "vision")
    assert "### `Energy`\n\n`Measured at the plug of the device under test.`" in text
    assert "| `idle` | `0.2` | `0.1` |" in text
    assert "1 picture in the full report." in text
    assert "data:image" not in text


def test_waivers_are_told_with_their_owners_and_the_end_of_their_days() -> None:
    text = render(complete(), "vision")
    assert "| `A. Turing` | holds | `2999-12-31` | `mended in 1.1` | 2 | `suites/vision.yaml:9` |" in text
    assert "| `G. Hopper` | **expired** | `2020-01-31` | `a new lens` | 1 | `suites/vision.yaml:10` |" in text
    for name in complete().waivers[0].checks:
        (row,) = (line for line in text.splitlines() if line.startswith(f"| `{name}`"))
        assert "waived until `2999-12-31` |" in row


ANNA = Signature("Safety engineer", "Anna", "release", "NO-GO", "2026-11-26T02:00:00Z", "a" * 64)
OTHER = Signature("Release manager", "Ben", "release", "GO", "2026-11-25T02:00:00Z", "b" * 64, "for another record")


def test_who_signed_is_told_and_whether_that_is_enough() -> None:
    alone = complete().model_copy(update={"risk": None})
    assert "Nobody has signed this record." in render(alone, "vision")
    text = render(alone, "vision", [ANNA, OTHER])
    assert "### Signatures" in text
    row = "| `Safety engineer` | `Anna` | `2026-11-26T02:00:00Z` | release | `NO-GO` | valid for this digest |"
    assert row in text
    assert "| `Release manager` | `Ben` | `2026-11-25T02:00:00Z` | release | `GO` | **not valid**: `for another" in text
    assert "SIGNED for release, although the record says NO-GO, by Anna (Safety engineer)." in text
    assert "UNSIGNED DRAFT: no signature of section 2 is valid for this record." in render(alone, "vision", [OTHER])


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_what_a_signature_says_is_text(attack: str) -> None:
    texts = [attack] * 2
    signed = Signature(*texts, "release", attack, attack, attack)
    harmless(render(complete(), "vision", [signed, Signature(problem=attack)]))


def test_nothing_found_is_said_in_a_few_lines() -> None:
    fine = [verdict for verdict in record().verdicts if verdict.outcome == "PASS" and verdict.xfail is None]
    text = render(record().model_copy(update={"verdicts": fine, "comparison": None}), "vision")
    assert text.startswith("## ✅ GO: `vision`")
    assert "### What fails" not in text
    assert "is **green**" in text


def test_what_does_not_fit_a_comment_is_cut_and_counted() -> None:
    many = large(5_000)
    text = render(many, "vision")
    assert len(text) <= len(text.encode()) <= LARGEST < COMMENT
    failed = sum(verdict.outcome == "FAIL" for verdict in many.verdicts)
    part = text.split("### What fails, worst first")[1].split("###")[0]
    (left,) = re.findall(r"([\d,]+) rows more in the full report", part)
    assert int(left.replace(",", "")) + part.count("\n| `") == failed


@pytest.mark.parametrize("attack", ATTACKS, ids=range(len(ATTACKS)))
def test_no_text_of_a_user_s_becomes_html_link_picture_or_mention(attack: str) -> None:
    text = render(Record.model_validate(infect(complete().model_dump(), attack)), f"vision{attack}")
    harmless(text)
    assert next(token.content for token in tokens(text) if token.type == "inline").startswith("❌ NO-GO: `")
    headings = [token.tag for token in tokens(text) if token.type == "heading_open"]
    assert headings == [token.tag for token in tokens(render(complete(), "vision")) if token.type == "heading_open"]


def test_all_attacks_at_once_are_harmless_too() -> None:
    harmless(render(hostile(), "vision"))


def harmless(text: str) -> None:
    """Nothing but our own structure, and outside code nothing that GitHub makes a link of."""
    found = list(tokens(text))
    assert not {token.type for token in found} & {"html_block", "html_inline", "link_open", "image", "fence"}
    plain = " ".join(token.content for token in found if token.type == "text")
    assert not re.search(r"[@#`|<>$~*_\[\]\\]|https?:|www\.|GH-|:\w+:", plain)
    assert all(visible(character) == character for character in text)


@given(st.text(min_size=1, max_size=80))
def test_any_text_is_one_span_of_code_in_one_cell(text: str) -> None:
    page = list(tokens(f"| head | more |\n| --- | --- |\n| {code(text)} | end |\n"))
    cells = [token.children for token in page if token.type == "inline"]
    assert [len(children or []) for children in cells] == [1, 1, 1, 1]
    (span,) = cells[2] or []
    assert span.type == "code_inline"
    shown = "".join(map(visible, text)).replace("|", "\\u007c")
    assert span.content == (" ".join(shown.split()) or "(empty)")


def test_a_long_text_is_cut_and_counted() -> None:
    assert code("x" * 1_000) == f"`{'x' * 300} … (700 characters more)`"


def test_a_sentence_that_quotes_the_user_stands_in_code() -> None:
    assert sentence("Read section 13, then sign.") == "Read section 13, then sign."
    assert sentence("waived by @octocat") == "`waived by @octocat`"
    assert sentence("see www.example.invalid") == "`see www.example.invalid`"
