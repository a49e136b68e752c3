"""What a benchmark ran on, for the scripts beside this file."""

from __future__ import annotations

import os
import platform
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
"""Of the processes that are measured: as with most users, Python keeps what it has compiled."""


def machine(*packages: str) -> str:
    """One line: the processor, how busy it was in the minute before, and versions."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())
    told = [f"Python {platform.python_version()}"]
    for name in packages:
        with suppress(PackageNotFoundError):
            told.append(f"{name} {version(name)}")
    load = f", load {os.getloadavg()[0]:.1f} before" if hasattr(os, "getloadavg") else ""
    return f"{model}, {os.cpu_count()} cores{load}; {', '.join(told)}"
