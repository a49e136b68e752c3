"""Plans of claims about more than one cell, with options, of slices, and of rows drawn several times."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_plan import HEAD, mistakes, plan

OWN = """
from pytest_robust import judged_property, mean_property

@mean_property(range=(0, 1), truths={"label"}, summary="Share of the first k.")
def within(evidence, *, k: int = 5):
    return evidence.correct

@mean_property(range=(0, 1), truths={"label"}, summary="Of one generator.", scope="generator")
def along(series):
    return series.cells[0].correct

@mean_property(range=(0, 1), truths={"label"}, summary="Of all cells.", scope="scenario")
def overall(series):
    return series.cells[0].correct

@judged_property(range=(0, 1), truths={"label"}, summary="No mean.", badness=lambda e, _: e.labels, operators=("<=",))
def shape(evidence, reference, operator, threshold, levels, *, final): ...

@mean_property(range=(0, 1), truths={"label"}, summary="From level to level.", scope="generator", fewest_levels=2)
def steps(series):
    return series.cells[0].correct

@mean_property(range=(0, 1), truths={"label"}, summary="The least change.", columns={"distance"})
def least(evidence):
    return evidence["distance"]

@mean_property(range=(0, 1), truths={"label"}, summary="In other batches.", reference="rebatched")
def alike(evidence, reference):
    return evidence.correct

@mean_property(range=(0, 1), truths={"parents"}, summary="On which side.", columns={"side"})
def left(evidence):
    return evidence["side"] == 0

@mean_property(range=(0, 1), truths={"parents"}, summary="Sides changed.", reference="swapped")
def sides(evidence, reference):
    return evidence.confidence

@mean_property(range=(0, 100), truths={"label"}, summary="A wide range.")
def wide(evidence):
    return evidence.correct

@mean_property(range=(0, float("inf")), truths={"label"}, summary="Without an end.")
def endless(evidence):
    return evidence.correct
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "own.py").write_text(OWN)
    return tmp_path


def test_a_wider_claim_is_one_check_behind_the_cells_that_it_is_about(folder: Path) -> None:
    text = (
        f"{HEAD}require: accuracy >= 0.1\nscenarios:\n"
        "  s: {generate: [fog, snow, clean], severity: [1, 3],\n"
        "      require: [own.py:overall >= 0.5, own.py:along >= 0.5, own.py:along >= 0.9 at severity >= 3]}\n"
    )
    found = plan(text, folder).checks
    assert [check.id for check in found] == [
        "s::fog-1::accuracy",
        "s::fog-3::accuracy",
        "s::fog::along",
        "s::fog::along-2",
        "s::snow-1::accuracy",
        "s::snow-3::accuracy",
        "s::snow::along",
        "s::snow::along-2",
        "s::clean::accuracy",
        "s::clean::along",
        "s::all::overall",
    ]
    series = {check.id: [cell.label for cell in check.series] for check in found}
    assert series["s::fog::along"] == ["fog-1", "fog-3"]
    assert series["s::fog::along-2"] == ["fog-3"]
    assert series["s::all::overall"] == ["fog-1", "fog-3", "snow-1", "snow-3", "clean"]
    assert series["s::fog-1::accuracy"] == []


def test_options_of_a_property_are_checked_and_converted(folder: Path) -> None:
    scenario = "scenarios:\n  s: {generate: clean, require: ['own.py:within(k=3) >= 0.5', own.py:within >= 0.5]}\n"
    first, second = plan(HEAD + scenario, folder).checks
    assert [check.property_.judge.keywords for check in (first, second)] == [{"k": 3}, {"k": 5}]


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("own.py:within(j=3) >= 0.5", "unknown option 'j'; there are: k"),
        ("own.py:within(k=some) >= 0.5", "option 'k' cannot be 'some'; it should be a valid integer"),
        ("accuracy(k=3) >= 0.5", "unknown option 'k'; it takes no options"),
        ("finite_outputs by class", "finite_outputs is not about some rows of a cell, so it has no slices; leave"),
        ("own.py:along >= 0.1 by class", "along is not about some rows of a cell, so it has no slices; leave"),
    ],
)
def test_what_a_property_does_not_take_is_a_mistake(folder: Path, claim: str, said: str) -> None:
    (found,) = mistakes(f"{HEAD}scenarios:\n  s: {{generate: clean, require: ['{claim}']}}\n", folder)
    assert found.split(": ", 1)[1].startswith(said)


@pytest.mark.parametrize(
    ("generate", "claim", "said"),
    [
        ("[fog, flip]", "own.py:steps >= 0.5", "steps follows a row from level to level, and flip-horizontal has one"),
        (
            "fog",
            "own.py:steps >= 0.5 at severity <= 1",
            "steps follows a row from level to level, and fog has one level",
        ),
        ("fog", "own.py:least >= 0.5", "least cannot be asked of what fog makes: it needs inputs that are the nearest"),
        (
            "hybrid",
            "own.py:sides >= 0.5",
            "sides cannot be asked of what hybrid makes: it needs inputs that have a sha",
        ),
        ("fog", "own.py:sides >= 0.5", "sides cannot be asked of what fog makes: it needs inputs that lie between two"),
        (
            "blend",
            "own.py:left >= 0.5",
            "left cannot be asked of what blend makes: it needs inputs that show one parent",
        ),
        ("fog", "own.py:wide", "wide needs a number to hold to; write for example `wide >= 1`"),
        ("fog", "own.py:endless", "endless needs a number to hold to; write for example `endless >= 1`"),
    ],
)
def test_what_inputs_do_not_have_cannot_be_asked_of_them(folder: Path, generate: str, claim: str, said: str) -> None:
    (found,) = mistakes(f"{HEAD}scenarios:\n  s: {{generate: {generate}, require: ['{claim}']}}\n", folder)
    assert found.split(": ", 1)[1].startswith(said)


def test_what_fits_is_offered_instead(folder: Path) -> None:
    text = "scenarios:\n  s: {{generate: fog, require: ['own.py:{} >= 0.5']}}\n"
    assert mistakes(HEAD + text.format("least"), folder)[0].endswith("; generators that fit: boundary, fab_t, fmn")
    left = text.replace("fog", "blend").format("left")
    assert mistakes(HEAD + left, folder)[0].endswith("; generators that fit: chimera")
    assert mistakes(HEAD + text.format("sides"), folder)[0].endswith("; generators that fit: blend, chimera")


def test_what_is_required_everywhere_passes_over_what_does_not_fit(folder: Path) -> None:
    everywhere = "['own.py:steps >= 0.5', 'own.py:least >= 0.5', 'own.py:sides >= 0.5']"
    text = (
        f"{HEAD}require: {everywhere}\nscenarios:\n"
        "  one: {generate: [fog, flip], severity: [1, 2]}\n"
        "  two: {generate: [fmn, pgd], epsilon: 1/255}\n"
        "  three: {generate: [hybrid, chimera]}\n"
    )
    assert [check.id for check in plan(text, folder).checks] == [
        "one::fog::steps",
        "two::fmn-1/255::least",
        "three::chimera-0.5::sides",
    ]


def test_a_question_put_in_another_way_is_about_one_draw_of_a_row(folder: Path) -> None:
    scenario = "{generate: fog, draws: 3, require: [own.py:alike >= 0.5, finite_outputs]}"
    (found,) = mistakes(f"{HEAD}scenarios:\n  s: {scenario}\n", folder)
    assert "alike puts its question in another way, and takes one draw of a row; claim it in a scenario" in found


def test_what_is_no_mean_takes_one_draw_of_a_row(folder: Path) -> None:
    scenario = "{generate: fog, draws: 3, require: [own.py:within >= 0.5, own.py:shape <= 0.1]}"
    (found,) = mistakes(f"{HEAD}scenarios:\n  s: {scenario}\n", folder)
    assert "shape is no mean over rows, and takes one draw of a row; claim it in a scenario without `draws`" in found


def test_what_is_required_everywhere_passes_over_cells_that_are_drawn_often(folder: Path) -> None:
    text = (
        f"{HEAD}require: own.py:shape <= 0.1\nscenarios:\n"
        "  often: {generate: fog, severity: 1, draws: 3, require: own.py:within >= 0.5}\n"
        "  once: {generate: fog, severity: 1}\n"
    )
    found = plan(text, folder).checks
    assert [check.id for check in found] == ["often::fog-1::within", "once::fog-1::shape"]
    assert [check.cell.draws for check in found] == [3, 1]
