"""How checks are handed to the workers of pytest-xdist. Imported only in a distributed run."""

from __future__ import annotations

from typing import Any

from xdist.scheduler import LoadScopeScheduling

from pytest_robust.pytest_support.collection import ENDINGS


def scope(nodeid: str) -> str:
    """What is handed to a worker in one piece: a cell of a suite, any other test by itself.

    >>> scope("suites/vision.yaml::weather::fog-3::accuracy")
    'suites/vision.yaml::weather::fog-3'
    >>> scope("tests/test_a.py::TestB::test_c")
    'tests/test_a.py::TestB::test_c'
    """
    return nodeid.rpartition("::")[0] if is_check(nodeid) else nodeid


def is_check(nodeid: str) -> bool:
    """Whether it is a check of a suite, and not another test."""
    path, _, rest = nodeid.partition("::")
    return bool(rest) and path.lower().endswith(ENDINGS)


class CellScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """`--dist loadscope`, with cells for scopes, in which a check whose worker died is judged once more."""

    def __init__(self, config: Any, log: Any) -> None:
        super().__init__(config, log)
        self.again: set[str] = set()
        """Ids of the checks that were handed out a second time."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)

    def _reschedule(self, node: Any) -> None:
        """Give a worker enough to begin: it starts no test before it knows the next one, or that there is none.

        The method of pytest-xdist 3.8 gives one unit at a time. A worker that takes the place of a dead one waits for
        ever where that unit is a single test, and no other worker is left whose progress would bring it the next one.
        """
        if node not in self.registered_collections:
            return  # it is still collecting, and comes here again after that
        super()._reschedule(node)
        while self.workqueue and not node.shutting_down and self._pending_of(self.assigned_work[node]) < 2:
            self._assign_work_unit(node)

    def remove_node(self, node: Any) -> str | None:
        """Take back what a dead worker has left undone, and give back the id of the test during which it died.

        That one is taken back the first time only, and only if it is a check: the worker may have been killed from
        outside, and a check may be judged twice. The method of pytest-xdist 3.8 always takes it back, so that it kills
        one worker after another, and takes back units that are done, of which the next worker waits for ever for
        something to do.
        """
        assigned: dict[str, dict[str, bool]] = self.assigned_work.pop(node)
        left = [nodeid for unit in assigned.values() for nodeid, done in unit.items() if not done]
        once_more = [nodeid for nodeid in left[:1] if is_check(nodeid) and nodeid not in self.again]
        self.again.update(once_more)
        for nodeid in (*left[1:], *once_more):
            self.workqueue.setdefault(scope(nodeid), {})[nodeid] = False
        for other in self.assigned_work if left else ():
            self._reschedule(other)
        return left[0] if left else None
