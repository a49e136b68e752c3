"""Order, margins and commands."""

from __future__ import annotations

import shlex
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sample import record

from pytest_robust.record import Verdict
from pytest_robust.report import checks, pictures, words
from pytest_robust.report.decision import answer

BASE = record().verdicts[0]


def verdict(**changes: object) -> Verdict:
    return BASE.model_copy(update=changes)


def test_a_margin_is_positive_on_the_good_side() -> None:
    assert checks.margin(verdict(operator=">=", threshold=0.8, estimate=0.75)) == pytest.approx(-0.05)
    assert checks.margin(verdict(operator="<=", threshold=0.1, estimate=0.04)) == pytest.approx(0.06)
    assert checks.margin(verdict(operator=None, threshold=None, estimate=1.0)) is None
    assert checks.margin(verdict(estimate=None)) is None


def test_failures_without_a_margin_come_first_and_passes_without_one_last() -> None:
    bare = {"operator": None, "threshold": None}
    failed = [verdict(id="a", outcome="FAIL", estimate=0.5), verdict(id="b", outcome="FAIL", **bare)]
    passed = [verdict(id="c", outcome="PASS", **bare), verdict(id="d", outcome="PASS", estimate=0.99)]
    assert [v.id for v in checks.worst_first(failed)] == ["b", "a"]
    assert [v.id for v in checks.worst_first(passed)] == ["d", "c"]


@settings(deadline=None)
@given(st.text(min_size=1, max_size=40).filter(lambda text: "\0" not in text and text.isprintable()))
def test_a_replay_command_is_one_argument_whatever_its_name(name: str) -> None:
    assert shlex.split(f"x {checks.quoted(name)}") == ["x", name]


@pytest.mark.parametrize(
    "name", ["$(touch owned)", "`id`", 'a"b', "a'b", "a\\b", "!x", "$HOME::x", "suites/a b.yaml::c"]
)
def test_a_shell_passes_the_name_on_untouched(name: str) -> None:
    run = subprocess.run(["sh", "-c", f"printf %s {checks.quoted(name)}"], capture_output=True, text=True, check=True)
    assert run.stdout == name


@pytest.mark.parametrize(
    "address",
    [
        None,
        "",
        "https://example.org/a.png",
        "data:image/svg+xml;base64,PHN2Zy8+PHN2Zy8+PHN2Zy8+",
        "data:text/html;base64,PHNjcmlwdD4xPC9zY3JpcHQ+",
        'data:image/png;base64,iVBORw0KGgoAAAANSUhEUg" onerror="x',
        "data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==\n",
        " data:image/png;base64,iVBORw0KGgoAAAANSUhEUg==",
        "data:image/png;base64," + "A" * 20_000,
    ],
)
def test_only_small_pictures_that_stand_in_the_record_are_shown(address: str | None) -> None:
    assert pictures.safe(address) is None


@pytest.mark.parametrize("kind", ["png", "webp"])
def test_a_picture_of_the_record_is_shown(kind: str) -> None:
    address = f"data:image/{kind};base64,iVBORw0KGgoAAAANSUhEUg=="
    assert pictures.safe(address) == address


def test_next_steps_name_the_remedy_of_each_obstacle() -> None:
    found = answer(record())
    assert found.word == "NO-GO"
    assert any("for 5 open claims: about 900 to 6,100 more" in line for line in found.next)
    assert any("1 open claim that no number of images" in line for line in found.next)
    assert any("xfail mark off 2 claims" in line for line in found.next)
    assert len(found.why) == 5


def test_go_has_no_obstacle_but_asks_for_what_was_not_measured() -> None:
    proven = record().model_copy(update={"verdicts": [verdict(outcome="PASS", xfail=None)], "comparison": None})
    found = answer(proven)
    assert (found.word, found.why) == ("GO", ())
    assert found.next == ("Read section 13 for what was not measured, then sign below.",)


@settings(deadline=None)
@given(st.text(max_size=30))
def test_ordinary_text_is_left_alone_and_no_control_gets_through(text: str) -> None:
    shown = words.harmless(text)
    assert not {
        c for c in shown if (c < " " and c not in "\n\t") or c in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068\ufeff"
    }
    if text.isascii() and text.isprintable():
        assert shown == text


def test_a_long_text_says_how_much_it_leaves_out() -> None:
    assert words.harmless("x" * 1_500).endswith("… (500 characters more)")
