"""Which worker gets what, when others die: a worker does not begin a test before it knows the next one or the end."""

from __future__ import annotations

import random
from types import SimpleNamespace

import pytest

pytest.importorskip("xdist")

from xdist.remote import Producer

from pytest_robust.pytest_support.scheduling import CellScheduling


class Worker:
    """A worker as xdist's controller sees it; it works when it is told to, and dies when it is told to."""

    id = "gw"

    def __init__(self):
        self.queue = []
        self.shutting_down = False
        self.gateway = self

    def send_runtest_some(self, indices):
        assert not self.shutting_down
        self.queue += indices

    def shutdown(self):
        self.shutting_down = True

    @property
    def waits(self):
        return not self.shutting_down and len(self.queue) < 2

    @property
    def done(self):
        return self.shutting_down and not self.queue


class Config:
    """As much of pytest's as the scheduler looks at."""

    option = SimpleNamespace(loadscopereorder=True)

    @staticmethod
    def getvalue(name):
        return ["popen"] * 2 if name == "tx" else None


def scheduled(ids, workers):
    scheduling = CellScheduling(Config, Producer("test", enabled=False))
    for worker in workers:
        scheduling.add_node(worker)
    for worker in workers:
        scheduling.add_node_collection(worker, ids)
    scheduling.schedule()
    return scheduling


def end(scheduling):
    """What xdist's session does after each event."""
    if scheduling.tests_finished:
        for worker in scheduling.nodes:
            worker.shutdown()


def test_a_worker_that_comes_later_is_given_enough_to_begin():
    ids = [f"a.yaml::s::cell-{n}::accuracy" for n in range(4)]
    first, second = workers = [Worker(), Worker()]
    scheduling = scheduled(ids, workers)
    assert first.done is second.done is False
    while first.queue:
        scheduling.mark_test_complete(first, first.queue.pop(0))
        end(scheduling)
    assert first.done
    scheduling.remove_node(first)
    assert len(second.queue) == 2
    scheduling.remove_node(second)
    late = Worker()
    scheduling.add_node(late)
    scheduling.add_node_collection(late, ids)
    scheduling.schedule()
    end(scheduling)
    assert sorted(late.queue) == sorted(second.queue)
    assert not late.waits


@pytest.mark.parametrize("seed", range(200))
def test_every_check_is_judged_whoever_dies_and_when(seed):
    rng = random.Random(seed)
    ids = [f"a.yaml::s::cell-{n}::claim-{m}" for n in range(rng.randrange(2, 6)) for m in range(rng.randrange(1, 4))]
    alive = [Worker(), Worker()]
    scheduling = scheduled(ids, alive)
    end(scheduling)
    collecting, done, deaths = [], set(), rng.randrange(4)
    for _ in range(1000):
        able = [worker for worker in alive if worker.queue and not worker.waits]
        over = [worker for worker in alive if worker.done]
        if over:
            alive.remove(over[0])
            scheduling.remove_node(over[0])
        elif collecting and (not able or rng.random() < 0.3):
            worker = collecting.pop(0)
            alive.append(worker)
            scheduling.add_node_collection(worker, ids)
            scheduling.schedule()
        elif deaths and able and rng.random() < 0.2:
            deaths -= 1
            worker = rng.choice(able)
            alive.remove(worker)
            scheduling.again.clear()  # no check is blamed for it here
            scheduling.remove_node(worker)
            collecting.append(Worker())
            scheduling.add_node(collecting[-1])
        elif able:
            worker = rng.choice(able)
            index = worker.queue.pop(0)
            done.add(ids[index])
            scheduling.mark_test_complete(worker, index)
        else:
            break
        end(scheduling)
    assert done == set(ids)
    assert not [worker for worker in alive if worker.queue]
