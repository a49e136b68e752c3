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
    path, _, rest = nodeid.partition("::")
    return nodeid.rpartition("::")[0] if rest and path.lower().endswith(ENDINGS) else nodeid


class CellScheduling(LoadScopeScheduling):  # type: ignore[misc]
    """`--dist loadscope`, with cells for scopes."""

    def _split_scope(self, nodeid: str) -> str:
        return scope(nodeid)

    def remove_node(self, node: Any) -> str | None:
        """Take back what a dead worker has left undone, but for the test that killed it, whose id is returned.

        The method of pytest-xdist 3.8 takes that test back too, so that it kills one worker after another, and takes
        back units that are done, of which the next worker waits for ever for something to do.
        """
        assigned: dict[str, dict[str, bool]] = self.assigned_work.pop(node)
        left = [nodeid for unit in assigned.values() for nodeid, done in unit.items() if not done]
        for nodeid in left[1:]:
            self.workqueue.setdefault(scope(nodeid), {})[nodeid] = False
        for other in self.assigned_work if left else ():
            self._reschedule(other)
        return left[0] if left else None
