"""Code and files that a suite names: `path.py:object`, looked for beside the suite, then in the project's root.

A suite that names code runs it, with all that this implies; a suite is as trusted as a test file.
"""

from __future__ import annotations

import hashlib
import importlib.util
import sys
import sysconfig
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytest_robust.errors import SourceError

STANDARD_LIBRARY = sysconfig.get_path("stdlib")


@dataclass(frozen=True, slots=True)
class Roots:
    """Where relative paths of a suite are looked for, in this order."""

    folders: tuple[Path, ...]

    def find(self, written: str) -> Path:
        """The file or folder meant by `written`. Raises SourceError that names the places tried."""
        candidates = list(dict.fromkeys((folder / Path(written).expanduser()).resolve() for folder in self.folders))
        for candidate in candidates:
            if candidate.exists():
                return candidate
        tried = " and ".join(str(candidate) for candidate in candidates)
        raise SourceError(
            f"{written!r} does not exist (tried {tried}); paths start at the suite's folder or the project's root"
        )


def is_reference(written: str) -> bool:
    """Whether a name is code in a file, `path.py:object`.

    >>> is_reference("model.py:load"), is_reference("fog")
    (True, False)
    """
    path, colon, name = written.rpartition(":")
    return bool(colon) and path.endswith(".py") and name.isidentifier()


def load_object(written: str, roots: Roots) -> Any:
    """The object meant by `path.py:object`.

    The file's folder is importable while the file runs, so that it may import its neighbours.
    Raises SourceError with the file and line where the user's code raised.
    """
    path_text, _, name = written.rpartition(":")
    path = roots.find(path_text)
    module = load_module(path)
    if not hasattr(module, name):
        offered = ", ".join(sorted(key for key in vars(module) if not key.startswith("_"))[:12])
        raise SourceError(f"{path} has no {name!r}; it has: {offered}")
    return getattr(module, name)


def load_module(path: Path) -> Any:
    """Run a Python file as a module of its own name, once a process."""
    name = f"pytest_robust_source_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SourceError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    sys.path.insert(0, str(path.parent))
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise SourceError(f"{where_raised(error, path)}: {type(error).__name__}: {error}") from error
    finally:
        sys.path.remove(str(path.parent))
    return module


def where_raised(error: BaseException, fallback: Path) -> str:
    """`file:line` of the innermost frame of a user's exception that lies in a file of the user's."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames = traceback.extract_tb(error.__traceback__)
    own = [
        frame
        for frame in frames
        if not frame.filename.startswith(("<", STANDARD_LIBRARY))
        and "site-packages" not in frame.filename
        and "pytest_robust" not in frame.filename.split("/")
    ]
    return f"{own[-1].filename}:{own[-1].lineno}" if own else str(fallback)
