"""A pseudo terminal, and what a person sees on it."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from pathlib import Path

PIECE = re.compile(r"\x1b\[(\d*)([A-Za-z])|(\r)|(\n)|([^\x1b\r\n]+)")


def seen_by(folder: Path, *arguments: str, columns: int = 100, **environment: str) -> str:
    """All that pytest writes to a terminal of so many columns and 50 lines, where it runs with these arguments."""
    told = ("PY_COLORS", "COLUMNS", "LINES")  # by pytester, or by whoever runs these tests
    inherited = {name: value for name, value in os.environ.items() if name not in told}
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "--robust", "--robust-cache", "none", *arguments],
        cwd=folder,
        env={**inherited, "TERM": "xterm", **environment},
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    found = b""
    while piece := _read(ours):
        found += piece
    os.close(ours)
    process.wait()
    return found.decode().replace("\r\n", "\n")


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody has the other end open any more
        return b""


def screen(written: str) -> list[str]:
    """The lines that stand in a terminal after all this was written to it. Knows only what is written here.

    >>> screen("ab\\n12\\x1b[1A\\rc\\x1b[J")
    ['c']
    """
    lines, row, column = [""], 0, 0
    for number, command, back, down, text in PIECE.findall(written):
        many = int(number or 1)
        if back:
            column = 0
        elif down:
            row, column = row + 1, 0
            lines += [""] * (row + 1 - len(lines))
        elif text:
            before = lines[row].ljust(column)
            lines[row] = before[:column] + text + before[column + len(text) :]
            column += len(text)
        elif command == "A":
            row = max(row - many, 0)
        elif command == "C":
            column += many
        elif command == "J":
            lines[row:] = [lines[row][:column]]
        else:
            assert command == "m", f"ESC [ {command} is not known here"
    return [line.rstrip() for line in lines]
