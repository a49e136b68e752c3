"""Sections of plug-ins: a hook returns them, the record holds them, the reports show them, as text and nothing else."""

from __future__ import annotations

import pytest

from conftest import Project
from pytest_robust.record import files

ENERGY = """
import base64
import io

from PIL import Image

from pytest_robust.record import Section, Table


def pytest_robust_sections(config, record):
    file = io.BytesIO()
    Image.new("L", (8, 8), 200).save(file, "PNG")
    small = "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()
    rows = [[cell.id, str(cell.n)] for cell in record.cells]
    return [
        Section(
            title="Energy <script>alert(1)</script>",
            paragraphs=["Measured at the plug, [not](https://example.invalid) checked."],
            tables=[Table(caption="By cell", head=["cell", "images"], rows=rows)],
            pictures=[("power over time", small), ("a beacon", "https://example.invalid/beacon.png")],
        )
    ]
"""


def test_a_section_is_in_the_record_and_in_the_reports(project: Project) -> None:
    project.pytester.makeconftest(ENERGY)
    result = project.robust("-k", "clean", "--robust-formats", "markdown")
    (section,) = project.record().sections
    assert section.title == "Energy <script>alert(1)</script>"
    assert section.tables[0].rows == [["clean::clean", str(project.record().cells[0].n)]]
    page = (project.path / "reports" / "vision.html").read_text(encoding="utf-8")
    assert '<a href="#added-1">Energy &lt;script&gt;alert(1)&lt;/script&gt;</a>' in page
    assert '<section id="added-1"' in page
    assert page.index('id="added-1-h"') < page.index('id="reproduce"')
    assert '<figure><img src="data:image/png;base64,' in page
    assert "beacon.png" not in page.split('<script type="application/json"')[0]
    text = (project.path / "reports" / "vision.md").read_text(encoding="utf-8")
    assert "### `Energy <script>alert(1)</script>`" in text
    assert "| `clean::clean` |" in text
    result.stdout.fnmatch_lines(
        ["warning: 1 picture of conftest.py cannot be shown: a section's picture is a data: address*"]
    )


def test_two_runs_have_one_digest(project: Project) -> None:
    project.robust("-k", "clean")
    without = project.record().digest
    project.pytester.makeconftest(ENERGY)
    project.robust("-k", "clean")
    first = project.record().digest
    project.robust("-k", "clean")
    assert project.record().digest == first != without
    assert files.digest(project.record()) == first


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ("raise KeyError('watts')", "KeyError: 'watts'"),
        ("return 'watts'", "TypeError: pytest_robust_sections returned str, not a list of record.Section"),
        ("return 7", "TypeError: pytest_robust_sections returned int, not a list of record.Section"),
        ("return [Table(caption='c', head=['a'], rows=[['1', '2']])]", "*row 1 has 2 cells, the head has 1*"),
        ("return Section(title='')", "*title*"),
    ],
)
def test_one_that_fails_costs_its_own_section_and_nothing_else(project: Project, body: str, told: str) -> None:
    project.pytester.makeconftest(
        f"from pytest_robust.record import Section, Table\ndef pytest_robust_sections(config):\n    {body}\n"
    )
    project.pytester.syspathinsert()
    (project.path / "watts.py").write_text(
        "from pytest_robust.record import Section\n"
        "def pytest_robust_sections(record):\n    return Section(title=f'Watts of {record.suite.name}')\n"
    )
    result = project.robust("-k", "clean", "-p", "watts")
    result.stdout.fnmatch_lines([f"warning: a section of conftest.py is missing from the report: {told}"])
    assert result.ret == pytest.ExitCode.OK
    assert [section.title for section in project.record().sections] == ["Watts of vision"]
    assert any("section of conftest.py" in warning for warning in project.record().run.warnings)
    assert "Watts of vision" in (project.path / "reports" / "vision.html").read_text(encoding="utf-8")


def test_nothing_is_nothing(project: Project) -> None:
    project.pytester.makeconftest("def pytest_robust_sections(config, record):\n    return None\n")
    project.robust("-k", "clean")
    assert project.record().sections == []
    assert project.record().run.warnings == []


def test_workers_add_no_section(project: Project) -> None:
    project.pytester.makeconftest(
        "from pytest_robust.record import Section\ndef pytest_robust_sections(config):\n"
        "    return [Section(title='worker' if hasattr(config, 'workerinput') else 'controller')]\n"
    )
    project.spawn("--robust", "-n", "2", "-k", "clean")
    assert [section.title for section in project.record().sections] == ["controller"]
