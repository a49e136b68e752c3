"""The `robust` command, as a user meets it: what it prints, where, and with which exit code."""

from __future__ import annotations

import inspect
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from PIL import Image

sys.path.insert(0, str(Path(__file__).parent / "report"))
from sample import record

from pytest_robust import generators, properties
from pytest_robust.cli import main
from pytest_robust.record import files
from pytest_robust.report.html import render
from pytest_robust.suite.schema import json_schema

WITHOUT_TORCH = """
import sys
HEAVY = {"torch", "torchvision", "albumentations", "cv2", "PIL", "sklearn", "safetensors"}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in HEAVY:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
from pytest_robust.cli import main
code = main(sys.argv[1:])
assert not HEAVY & set(sys.modules)
raise SystemExit(code)
"""


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    path = tmp_path / "vision.json"
    files.save(record(), path)
    return path


def refused(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a refused command prints."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("robust: ")
    return line


def test_report_stands_beside_the_record_unless_told_otherwise(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", str(saved)]) == 0
    assert capsys.readouterr().out == f"{saved.with_suffix('.html')}\n"
    assert saved.with_suffix(".html").read_text(encoding="utf-8") == render(files.load(saved))
    assert main(["report", str(saved), "-o", str(tmp_path / "elsewhere.html")]) == 0
    assert (tmp_path / "elsewhere.html").read_bytes() == saved.with_suffix(".html").read_bytes()


@pytest.mark.parametrize("command", ["report", "generators", "properties", "schema"])
def test_works_where_torch_is_not_installed(command: str, saved: Path) -> None:
    arguments = [command, str(saved)] if command == "report" else [command]
    run = subprocess.run([sys.executable, "-c", WITHOUT_TORCH, *arguments], capture_output=True, text=True, check=False)
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.strip()


def test_a_record_that_cannot_be_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.json").write_text("{", encoding="utf-8")
    assert "broken.json" in refused(["report", str(tmp_path / "broken.json")], capsys)
    assert "absent.json" in refused(["report", str(tmp_path / "absent.json")], capsys)
    assert not list(tmp_path.glob("*.html"))


def test_a_report_never_replaces_its_record(saved: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = saved.read_bytes()
    assert "-o" in refused(["report", str(saved), "-o", str(saved)], capsys)
    assert saved.read_bytes() == before


def test_a_place_that_cannot_be_written_is_one_line(
    saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "No such file" in refused(["report", str(saved), "-o", str(tmp_path / "no" / "such" / "r.html")], capsys)
    assert "directory" in refused(["report", str(saved), "-o", str(tmp_path)], capsys)
    assert "directory" in refused(["report", str(saved), "-o", "."], capsys)
    assert "directory" in refused(["report", "."], capsys)


def test_schema_is_that_of_the_suite(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema"]) == 0
    assert json.loads(capsys.readouterr().out) == json_schema()


@pytest.mark.parametrize(
    ("command", "registry"), [("generators", generators.registry), ("properties", properties.registry)]
)
def test_listings_name_every_member_with_its_sentence(command: str, registry, capsys) -> None:
    assert main([command]) == 0
    head, *lines = capsys.readouterr().out.splitlines()
    assert head.split()[0] == "name"
    assert [line.split()[0] for line in lines] == registry.names()
    for line, member in zip(lines, registry.all(), strict=True):
        assert line.endswith(member.risk if command == "generators" else member.summary)


def test_properties_are_listed_with_their_options(capsys) -> None:
    assert main(["properties"]) == 0
    lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
    assert re.split(r"  +", lines["name"])[:3] == ["name", "options", "claims"]
    assert re.split(r"  +", lines["accuracy"])[1] == "-"
    assert re.split(r"  +", lines["top_k_accuracy"])[1] == "k=5"
    assert re.split(r"  +", lines["recall"])[1] == "class"
    assert re.split(r"  +", lines["effective_robustness"])[1] == "slope, intercept"


def test_the_catalogue_in_markdown_is_what_the_generators_declare(capsys) -> None:
    assert main(["generators", "--markdown"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("# Generators of hard inputs\n")
    lines = [line for line in text.splitlines() if line.startswith("| `")]
    found = {line.split("`")[1]: [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines}
    assert sorted(found) == generators.registry.names()
    for member in generators.registry.all():
        _, levels, truth, needs, options, risk = found[member.name]
        assert (truth, risk) == (member.truth, member.risk.replace("|", "\\|"))
        assert set(needs.split(", ")) == (set(member.needs) or {"–"})
        assert levels.partition(" ")[0] == (member.scale or "–")
        parameters = inspect.signature(member.make).parameters.values()
        offered = {one.name for one in parameters if one.kind is one.KEYWORD_ONLY} - member.given
        assert set(re.findall(r"`([a-z_]+)(?:: [^`]*)?`", options)) == offered, member.name
    kinds = re.findall(r"^## .* \(`(\w+)`\)$", text, re.MULTILINE)
    assert kinds == [
        kind for kind in get_args(generators.Kind) if any(m.kind == kind for m in generators.registry.all())
    ]
    assert main(["generators", "--markdown"]) == 0
    assert capsys.readouterr().out == text
    assert "`compose` | severity 1 to 5 | label | – | `steps` (required) |" in text
    assert "| epsilon 0 or more |" in text
    assert "`norm: linf` (or l2)" in text


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "cat.png"
    Image.fromarray(np.arange(16 * 12 * 3, dtype=np.uint8).reshape(16, 12, 3)).save(path)
    return path


def test_gallery_stands_beside_the_picture_unless_told_otherwise(picture: Path, tmp_path: Path, capsys) -> None:
    assert main(["gallery", str(picture), "--only", "fog", "flip"]) == 0
    captured = capsys.readouterr()
    assert captured.out == f"{picture.with_suffix('.html')}\n"
    assert captured.err == "1/2 fog\n2/2 flip\n"
    page = picture.with_suffix(".html").read_text(encoding="utf-8")
    assert page.count('<article class="member"') == 3
    assert main(["gallery", str(picture), "-o", str(tmp_path / "page.html"), "--only", "fog", "--size", "8"]) == 0
    assert "6 x 8 pixels" in (tmp_path / "page.html").read_text(encoding="utf-8")


def test_gallery_shows_generators_of_ones_own(picture: Path, tmp_path: Path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(
        "from pytest_robust import generator\n@generator(kind='field', risk='Mine.')\n"
        "def mine(images, *, severity, seeds):\n    return 255 - images\n"
    )
    assert main(["gallery", "cat.png", "--only", "own.py:mine"]) == 0
    assert "Mine." in (tmp_path / "cat.html").read_text(encoding="utf-8")
    assert capsys.readouterr().out == "cat.html\n"


def test_what_is_wrong_with_a_gallery_is_one_line(picture: Path, tmp_path: Path, capsys) -> None:
    assert "did you mean 'fog'" in refused(["gallery", str(picture), "--only", "fogg"], capsys)
    assert "absent.png" in refused(["gallery", str(tmp_path / "absent.png"), "--only", "fog"], capsys)
    assert "give 1 to 224" in refused(["gallery", str(picture), "--size", "0"], capsys)
    assert main(["gallery", str(picture), "--suite", str(tmp_path / "absent.yaml")]) == 2
    assert capsys.readouterr().err.startswith(f"{tmp_path / 'absent.yaml'}:1:1: "), "as pytest tells it"
    assert "picture itself" in refused(["gallery", str(picture), "-o", str(picture)], capsys)
    assert "directory" in refused(["gallery", str(picture), "-o", str(tmp_path)], capsys)
    assert not list(tmp_path.glob("*.html"))


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"robust (pytest-robust) {version('pytest-robust')}\n"


@pytest.mark.parametrize("arguments", [[], ["reprot"], ["report"]])
def test_misuse_ends_with_2_and_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert "usage: robust" in capsys.readouterr().err


def test_a_reader_that_goes_away_is_no_error() -> None:
    script = "import sys; from pytest_robust.cli import main; sys.stdin.read(); raise SystemExit(main(['schema']))"
    run = subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert run.stdin is not None
    assert run.stdout is not None
    run.stdout.close()  # nobody reads any more, before a word is written
    run.stdin.close()
    assert run.stderr is not None
    assert run.stderr.read() == b""
    run.stderr.close()
    assert run.wait() == 0
