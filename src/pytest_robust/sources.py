"""Code and files that a suite names: `path.py:object`, looked for beside the suite, then in the project's root.

A suite that names code runs it, with all that this implies; a suite is as trusted as a test file.
"""

from __future__ import annotations

import ast
import hashlib
import importlib.util
import os
import sys
import sysconfig
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

from pytest_robust.errors import SourceError, nearest

NOT_THE_USERS = tuple(
    {str(Path(__file__).parent), *(sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))}
)
"""Folders of code that is not to blame: this package, the standard library, what is installed."""

_neighbours: dict[Path, dict[str, ModuleType]] = {}
"""Folder -> modules that its files imported from it, so that two folders may each have a `utils.py`."""


@dataclass(frozen=True, slots=True)
class Roots:
    """Where the names in a suite lead to."""

    folders: tuple[Path, ...]
    """Relative paths are looked for here, in this order."""
    objects: Mapping[str, Any] = field(default_factory=dict)
    """Live objects by name, handed over by the Python API; a suite file has none."""

    def find(self, written: str) -> Path:
        """The file or folder meant by `written`. Raises SourceError that names the places tried."""
        try:
            path = Path(written).expanduser()
            candidates = list(dict.fromkeys((folder / path).resolve() for folder in self.folders))
            for candidate in candidates:
                if candidate.exists():
                    return candidate
        except (OSError, ValueError, RuntimeError) as error:
            raise SourceError(f"{written!r} cannot be looked for: {error}") from None
        tried = " and ".join(str(candidate) for candidate in candidates)
        raise SourceError(
            f"{written!r} does not exist (tried {tried}); paths start at the suite's folder or the project's root"
        )

    @property
    def project(self) -> Path:
        """The project's root: the last folder, or the current one where there is none."""
        return self.folders[-1].absolute() if self.folders else Path.cwd()

    def shown(self, path: Path) -> str:
        """A path from the project's root, or as given where it lies elsewhere.

        >>> Roots((Path("/project/suites"), Path("/project"))).shown(Path("/project/suites/vision.yaml"))
        'suites/vision.yaml'
        """
        whole = path.absolute()
        return whole.relative_to(self.project).as_posix() if whole.is_relative_to(self.project) else path.as_posix()


def is_reference(written: str) -> bool:
    """Whether a name is code in a file, `path.py:object`.

    >>> is_reference("model.py:load"), is_reference("fog")
    (True, False)
    """
    path, colon, name = written.rpartition(":")
    return bool(colon) and path.endswith(".py") and name.isidentifier()


def load_object(written: str, roots: Roots) -> Any:
    """The object meant by `path.py:object`.

    The file may import its neighbours. Raises SourceError with the file and line where the user's code raised.
    """
    if written in roots.objects:
        return roots.objects[written]
    if not is_reference(written):
        raise SourceError(f"{written!r} names no object in a Python file; write `path.py:object`")
    path_text, _, name = written.rpartition(":")
    path = roots.find(path_text)
    module = load_module(path)
    if not hasattr(module, name):
        offered = [key for key in vars(module) if not key.startswith("_")]
        raise SourceError(f"{path} has no {name!r}; {nearest(name, offered)}")
    return getattr(module, name)


def load_module(path: Path) -> Any:
    """Run a Python file as a module of its own name, once a process. Raises SourceError.

    Its folder comes first on `sys.path` while the file runs, and last from then on, so that functions of the file may
    import neighbours when they are called.
    """
    name = f"pytest_robust_source_{hashlib.sha256(str(path).encode()).hexdigest()[:12]}_{path.stem}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise SourceError(f"{path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with _importable(path.parent):
            spec.loader.exec_module(module)
    except BaseException as error:
        del sys.modules[name]
        if isinstance(error, SystemExit):
            raise SourceError(
                f"{where_raised(error, path)}: exits while it is imported; move that into a function"
            ) from None
        if isinstance(error, Exception):
            reason = error.msg if isinstance(error, SyntaxError) else error
            raise SourceError(f"{where_raised(error, path)}: {type(error).__name__}: {reason}") from error
        raise
    return module


@contextmanager
def _importable(folder: Path) -> Iterator[None]:
    """Let a file import its neighbours, and not another folder's of the same name."""
    hidden = {
        name: sys.modules.pop(name)
        for other, modules in _neighbours.items()
        for name, module in modules.items()
        if other != folder and sys.modules.get(name) is module and _stands_in(folder, name)
    }
    sys.modules.update(_neighbours.get(folder, {}))
    sys.path.insert(0, str(folder))
    before = set(sys.modules)
    try:
        yield
    finally:
        sys.path.remove(str(folder))
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
        own = {name: sys.modules[name] for name in sys.modules.keys() - before if _stands_in(folder, name)}
        _neighbours.setdefault(folder, {}).update(own)
        sys.modules.update(hidden)


def _stands_in(folder: Path, module: str) -> bool:
    top = module.partition(".")[0]
    return (folder / f"{top}.py").exists() or (folder / top).is_dir()


def with_neighbours(path: Path) -> set[Path]:
    """A Python file and all files of its folder, and of packages in it, that it imports, directly or through others.

    Read from the text, so that it is the same whatever else this process has loaded.
    """
    root = path.resolve().parent
    found: set[Path] = set()
    waiting = [path.resolve()]
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found.add(file)
        for dotted in _imported(file.read_bytes()):
            words = dotted.split(".")
            parts = [Path(*words[: count + 1]) for count in range(len(words))]
            places = [folder / part for folder in (root, file.parent) for part in (*parts, Path(words[-1]))]
            candidates = (one for place in places for one in (place.with_suffix(".py"), place / "__init__.py"))
            waiting.extend(candidate for candidate in candidates if candidate.is_file())
    return found


@cache  # files beside each other import the same ones
def _imported(text: bytes) -> tuple[str, ...]:
    """The dotted names of all that a Python file imports; what is imported from a module may be a module itself."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError):  # never imported: a neighbour that only bears the name of an import
        return ()
    found: list[str] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            module = f"{node.module}." if node.module else ""
            found += [f"{module}{alias.name}" for alias in node.names]
            if module:
                found.append(module.rstrip("."))
    return tuple(found)


def where_raised(error: BaseException, fallback: Path) -> str:
    """`file:line` of the innermost frame of a user's exception that lies in a file of the user's."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    return users_place(traceback.extract_tb(error.__traceback__)) or str(fallback)


def from_root(path: Path, root: Path) -> str:
    """A path from a root, which it may lie outside of: so that what names it does not tell where the root lies.

    >>> from_root(Path("/home/ann/weights.bin"), Path("/home/ann/project"))
    '../weights.bin'
    """
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def users_place(frames: Iterable[traceback.FrameSummary]) -> str | None:
    """`file:line` of the innermost of frames, outermost first, that lies in a file of the user's."""
    users = [frame for frame in frames if not frame.filename.startswith((*NOT_THE_USERS, "<"))]
    return f"{users[-1].filename}:{users[-1].lineno}" if users else None
