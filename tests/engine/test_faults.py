"""Models that misbehave, each for real: the run goes on, and what it says of other models is the same as ever."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import random
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from small_world import CLEAN, Answering, Brightest, cell, check, generator, grain, lost, plan, right

from pytest_robust import generators
from pytest_robust.engine.engine import Engine
from pytest_robust.errors import GenerationError, ModelError

CHECKS = (check(cell(CLEAN), right, "right >= 0.3"), check(cell(grain, 2), lost, "lost <= 0.5"))


def told(model, checks=CHECKS, **suite):
    """The verdicts on a model, and the warnings."""
    engine = Engine(plan(model, *checks, **{"statistics": {"early_stopping": False}, **suite}), cache=None)
    return [engine.judge(one) for one in checks], engine.warnings


def misbehaving(harm, **more):
    """A model that answers as `Brightest` does, and does something else besides."""

    def answers(images):
        harm()
        return Brightest().answers(images)

    return Answering(function=answers, **more)


@pytest.fixture(scope="module")
def expected():
    return told(Brightest())[0]


def test_a_model_that_hangs_is_an_error_with_its_place_and_is_not_asked_again():
    asked = []

    def hang():
        asked.append(1)
        threading.Event().wait()

    model = misbehaving(hang)
    engine = Engine(plan(model, *CHECKS, timeout=0.3), cache=None)
    place = f"{Path(__file__)}:{hang.__code__.co_firstlineno + 2}"
    for one in CHECKS:
        with pytest.raises(ModelError, match=r"within 0\.3 s and is not asked again") as caught:
            engine.judge(one)
        assert place in str(caught.value)
    assert len(asked) == 1


def test_a_model_that_hangs_in_the_middle_leaves_what_was_judged_before(expected):
    count = iter(range(10**6))

    def hang():
        if next(count) == 3:  # the first question is asked twice, then comes the clean pass
            threading.Event().wait()

    clean, grainy = CHECKS
    engine = Engine(
        plan(misbehaving(hang), *CHECKS, timeout=0.3, batch=60, statistics={"early_stopping": False}), cache=None
    )
    assert engine.judge(clean) == expected[0]
    with pytest.raises(ModelError, match="no answer"):
        engine.judge(grainy)
    assert engine.judge(clean) == expected[0]


def exits_at_once(code):
    os._exit(code)  # looked up when it is called, as a model does


@pytest.mark.parametrize(
    ("end", "code"), [(sys.exit, 0), (sys.exit, 3), (sys.exit, "bye"), (exits_at_once, 0), (exits_at_once, 3)]
)
def test_a_model_that_ends_the_process_is_an_error(end, code):
    before = os._exit
    with pytest.raises(ModelError, match=f"test_faults.py:.* tried to end the process, with exit code {code!r}"):
        told(misbehaving(lambda: end(code)))
    assert os._exit is before


@pytest.mark.skipif(not hasattr(os, "fork"), reason="processes are not forked here")
def test_processes_and_threads_of_a_model_end_as_they_always_do(expected):
    """A worker of pytest-xdist, too, ends by os._exit, in another thread, where its controller is gone."""
    codes, context = [], multiprocessing.get_context("fork")

    def forks():
        for end in (exits_at_once, lambda code: run_in_a_thread(exits_at_once, code)):
            process = context.Process(target=end, args=(7,))
            process.start()
            process.join()
            codes.append(process.exitcode)

    assert told(misbehaving(forks))[0] == expected
    assert set(codes) == {7}


def run_in_a_thread(function, *arguments):
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    thread.join()


def test_a_model_that_prints_changes_nothing(expected, capsys):
    found, _ = told(misbehaving(lambda: print("hello") or sys.stderr.write("oops")))
    assert found == expected
    assert "hello" in capsys.readouterr().out


def test_a_model_that_changes_its_input_in_place_changes_nothing(expected):
    from pytest_robust.adapters.callable import from_callable

    def answers(images):
        found = Brightest().answers(images)
        images[:] = 0
        return found

    found, _ = told(from_callable(answers, classes=("red", "green", "blue")))
    assert [one.estimate for one in found] == [one.estimate for one in expected]


def disturb_random_generators():
    random.seed(1)
    np.random.seed(2)
    torch.manual_seed(3)
    random.random(), np.random.rand(), torch.rand(1)


def test_random_generators_of_the_process_are_left_as_they_were(expected):
    random.seed(11), np.random.seed(12), torch.manual_seed(13)
    wanted = random.random(), np.random.rand(), float(torch.rand(1))
    random.seed(11), np.random.seed(12), torch.manual_seed(13)
    found, warnings = told(misbehaving(disturb_random_generators))
    assert (found, warnings) == (expected, [])
    assert (random.random(), np.random.rand(), float(torch.rand(1))) == wanted


@generator(kind="corruption", scale="severity", levels=(1,), risk="A careless author.")
def careless(images, *, severity, seeds):
    draws = np.random.rand(*images.shape) + torch.rand(images.shape).numpy() + random.random()
    return np.clip(images + 20 * draws, 0, 255).astype(np.uint8)


def test_who_draws_from_the_generators_of_the_process_makes_the_same_in_any_order():
    checks = (*CHECKS, check(cell(careless, 1), lost, "lost <= 0.5"))
    forward, backward = told(Brightest(), checks)[0], told(Brightest(), checks[::-1])[0]
    np.random.rand(17)
    assert forward == backward[::-1]


@pytest.mark.parametrize(
    ("harm", "name", "read"),
    [
        (lambda: torch.set_default_dtype(torch.float64), "torch's default type", torch.get_default_dtype),
        (lambda: os.chdir("/"), "the working folder", os.getcwd),
    ],
)
def test_what_is_one_for_the_process_is_put_back_with_a_warning(harm, name, read, expected):
    before = read()
    found, warnings = told(misbehaving(harm))
    assert read() == before
    assert found == expected
    assert warnings == [f"the model, or a generator, changed {name}; it was put back"]


def test_threads_that_a_model_takes_are_its_own(expected):
    before = torch.get_num_threads()
    assert told(misbehaving(lambda: torch.set_num_threads(before + 5))) == (expected, [])
    assert torch.get_num_threads() == before


@generator(kind="corruption", scale="severity", levels=(1,), risk="A greedy author.")
def greedy(images, *, severity, seeds):
    torch.set_num_threads(torch.get_num_threads() + 5)
    return images


def test_threads_that_a_generator_takes_are_given_back():
    before = torch.get_num_threads()
    _, warnings = told(Brightest(), (check(cell(greedy, 1), lost, "lost <= 0.5"),))
    assert warnings == ["the model, or a generator, changed torch's number of threads; it was put back"]
    assert torch.get_num_threads() == before


def scarce(most, error):
    """A model whose memory holds so many images at a time."""

    def answers(images):
        if len(images) > most:
            raise error
        return Brightest().answers(images)

    return Answering(function=answers)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        RuntimeError("[enforce fail at alloc_cpu.cpp:119] DefaultCPUAllocator: can't allocate memory: 9 bytes"),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."),
    ],
)
def test_a_model_that_runs_out_of_memory_is_asked_about_fewer_at_a_time(error, expected):
    found, warnings = told(scarce(5, error), batch=30)
    assert [one.estimate for one in found] == [one.estimate for one in expected]
    assert len(warnings) == 2
    assert "out of memory on 16 images at a time and was asked about 8" in warnings[0]  # the first ones, asked twice
    assert "out of memory on 8 images at a time and was asked about 4" in warnings[-1]


def test_a_real_allocation_that_fails_is_recognised(expected):
    def answers(images):
        if len(images) > 8:
            torch.empty(10**15)
        return Brightest().answers(images)

    found, warnings = told(Answering(function=answers), batch=16)
    assert [one.estimate for one in found] == [one.estimate for one in expected]
    assert len(warnings) == 1


def test_a_model_that_cannot_hold_one_image_is_an_error():
    with pytest.raises(ModelError, match="MemoryError"):
        told(scarce(0, MemoryError()))


class Enormous(Brightest):
    """A model whose gradients take more memory than there is."""

    device = torch.device("cpu")

    def at_work(self):
        return contextlib.nullcontext()

    def logits(self, pixels):
        return torch.empty(10**15) * pixels.sum()


def test_an_attack_that_runs_out_of_memory_says_what_to_write():
    pgd = generators.registry.get("pgd")
    attack = check(cell(pgd, 0.1, norm="linf", steps=1), right, "right >= 0.1")
    with pytest.raises(GenerationError, match=r"'pgd' ran out of memory in s::pgd-0.1 on 8 .* `batch` below"):
        told(Enormous(), [attack], batch=8)
