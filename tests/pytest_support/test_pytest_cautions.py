"""Cautions about attacks, from the evidence to the terminal, the record and the report, on one process or on two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import torch  # noqa: F401  (as in conftest.py: what a run in this process loads must be here to stay)

pytest.importorskip("xdist")

if TYPE_CHECKING:
    from conftest import Project

NET = """
import torch

class Means(torch.nn.Module):
    def forward(self, pixels):
        bright = 25 * (self.seen(pixels).mean(dim=(1, 2, 3)) - 0.5)
        return torch.stack([-bright, bright], dim=1)

class Honest(Means):
    def seen(self, pixels):
        return pixels

class Masked(Means):
    def seen(self, pixels):
        return (pixels * 50).round() / 50 + 0 * pixels
"""

HEAD = """
seed: 7
model: {adapter: torch, source: net.py:%s, classes: [dark, bright]}
data: {test: rows.npz}
scenarios:
"""

SCENARIOS = """
  white:
    generate: pgd
    epsilon: [0.1, 0.4]
    require: [accuracy >= 0.01, finite_outputs]
  black:
    generate: {square: {queries: 40}}
    epsilon: 0.4
    require: finite_outputs
"""


@pytest.fixture
def attacked(project: Project) -> Project:
    (project.path / "net.py").write_text(NET)
    return project


def write(project: Project, module: str) -> None:
    project.write(SCENARIOS, head=HEAD % module)


def test_an_attack_that_was_blind_is_told_everywhere_and_turns_nothing_red(attacked: Project) -> None:
    write(attacked, "Masked")
    result = attacked.robust("-p", "no:cacheprovider")
    assert result.ret == pytest.ExitCode.OK
    cells = {cell.id: cell for cell in attacked.record().cells}
    for cell in ("white::pgd-0.1", "white::pgd-0.4"):
        assert cells[cell].accuracy == 1.0
        assert cells[cell].cautions[0].startswith("the gradient was zero or not finite for 200 of 200 rows")
        assert cells[cell].cautions[1].startswith("at epsilon 1, which allows every image")
    assert cells["white::pgd-0.4"].cautions[2].startswith("black::square-0.4, which only asks, left ")
    assert len(cells["white::pgd-0.1"].cautions) == 2, "square was not tried there"
    result.stdout.fnmatch_lines(
        [
            "caution: the number may overstate robustness in white::pgd-0.1: the gradient was zero or not finite for "
            "200 of 200 rows, which stand where the attack was blind; and in 1 cell more, see the report"
        ]
    )
    page = (attacked.path / "reports" / "vision.html").read_text()
    assert "<strong>The number may overstate robustness</strong> in 2 of 3 cells under attack" in page
    assert page.count('href="#cautions"') > 2


def test_an_honest_model_is_spared(attacked: Project) -> None:
    write(attacked, "Honest")
    result = attacked.robust("-p", "no:cacheprovider")
    assert [cell.cautions for cell in attacked.record().cells] == [[], [], []]
    result.stdout.no_fnmatch_line("*overstate*")
    assert "Nothing was seen in 3 cells under attack" in (attacked.path / "reports" / "vision.html").read_text()


@pytest.mark.parametrize("module", ["Masked", "Honest"])
def test_the_record_is_the_same_on_two_processes_and_from_the_cache(attacked: Project, module: str) -> None:
    write(attacked, module)
    attacked.robust()
    alone = attacked.record()
    attacked.robust()
    assert attacked.record().digest == alone.digest
    assert attacked.record().run.predictions == 0, "all of it, the attack's trial too, came from the cache"
    attacked.robust("-n", "2", "--cache-clear")
    assert attacked.record().digest == alone.digest
