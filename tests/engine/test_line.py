"""A line that can be hung up on: what is asked is answered in one thread, in time or not at all."""

from __future__ import annotations

import math
import threading
import time

import pytest

from pytest_robust.engine.line import HungError, Line


def wait_for_ever():
    threading.Event().wait()


def test_all_questions_are_answered_in_order_and_in_one_thread():
    line = Line(limit=60)
    found = [line.call(lambda number=number: (number, threading.get_ident())) for number in range(20)]
    assert [number for number, _ in found] == list(range(20))
    assert len({thread for _, thread in found}) == 1
    assert found[0][1] != threading.get_ident()


@pytest.mark.parametrize("error", [ValueError("x"), SystemExit(3), KeyboardInterrupt(), HungError("x")])
def test_what_the_function_raises_is_raised_and_the_line_goes_on(error):
    def fail():
        raise error

    line = Line(limit=60)
    with pytest.raises(type(error)) as caught:
        line.call(fail)
    assert caught.value is error
    assert line.call(lambda: 1) == 1


def test_what_hangs_is_left_after_the_limit_and_its_place_told():
    start = time.monotonic()
    with pytest.raises(HungError) as caught:
        Line(limit=0.2).call(wait_for_ever)
    assert 0.2 <= time.monotonic() - start < 20
    assert caught.value.place == f"{__file__}:{wait_for_ever.__code__.co_firstlineno + 1}"


def test_a_late_answer_is_not_taken_for_that_to_the_next_question():
    released = threading.Event()

    def late():
        released.wait()
        return "late"

    line = Line(limit=0.2)
    with pytest.raises(HungError):
        line.call(late)
    released.set()
    assert [line.call(lambda number=number: number) for number in range(5)] == [0, 1, 2, 3, 4]


def test_without_a_limit_the_thread_is_that_of_the_caller():
    assert Line(limit=math.inf).call(threading.get_ident) == threading.get_ident()
