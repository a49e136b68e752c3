"""The plan: every check of a suite, before anything is loaded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pytest_robust import generators, properties
from pytest_robust.engine.plan import Plan, make_plan
from pytest_robust.errors import SuiteError
from pytest_robust.sources import Roots
from pytest_robust.suite.files import parse

GOOD = Path(__file__).parents[1] / "suite" / "good"
HEAD = "model: {adapter: torch, source: model.py:load}\ndata: {test: data.py:test, letters: data.py:letters}\n"


def plan(text: str, folder: Path = GOOD) -> Plan:
    return make_plan(parse(text, folder / "suite.yaml"), Roots((folder,)))


def planned(scenario: str, more: str = "", folder: Path = GOOD) -> Plan:
    return plan(f"{HEAD}{more}\nscenarios:\n  s: {scenario}\n", folder)


def mistakes(text: str, folder: Path = GOOD) -> list[str]:
    with pytest.raises(SuiteError) as caught:
        plan(text, folder)
    return [f"{problem.line}:{problem.column}: {problem.message}" for problem in caught.value.problems]


@pytest.fixture
def everything() -> Plan:
    return plan((GOOD / "everything.yaml").read_text())


def test_checks_stand_in_the_order_of_the_file(everything: Plan) -> None:
    assert [check.id for check in everything.checks if check.cell.scenario != "weather"] == [
        "clean::clean::accuracy",
        "clean::clean::finite_outputs",
        "clean::clean::accuracy-2",
        "grave::clean::mistake_cost",
        "grave::clean::never",
        "grave::clean::finite_outputs",
        "grave::clean::accuracy",
        "attack::pgd-1/255::accuracy",
        "attack::pgd-1/255::finite_outputs",
        "attack::pgd-1/255::accuracy-2",
        "attack::pgd-8/255::finite_outputs",
        "attack::pgd-8/255::accuracy",
        "between::blend-0.5::entropy_rise",
        "between::blend-0.5::finite_outputs",
        "letters::unfamiliar::ood_auroc",
        "letters::unfamiliar::finite_outputs",
    ]
    cells = list(dict.fromkeys(check.cell.label for check in everything.checks if check.cell.scenario == "weather"))
    assert cells == [f"{name}-{level}" for name in ("fog", "snow", "gaussian_blur") for level in (1, 3, 5)]


def test_a_check_knows_its_claim_its_place_and_its_tags(everything: Plan) -> None:
    check = next(check for check in everything.checks if check.id == "weather::fog-1::accuracy_drop")
    lines = everything.file.text.splitlines()
    assert lines[check.line - 1][check.column :].startswith(check.spec.claim.text)  # after the quotation mark
    assert check.tags == ("outdoors", "night")
    assert check.property_ is properties.registry.get("accuracy_drop")
    assert check.cell.data == "test"
    assert check.cell.level is not None
    assert check.cell.level.value == 1.0
    assert check.not_run is None


def test_ids_are_unique_and_fit_into_node_ids(everything: Plan) -> None:
    ids = [check.id for check in everything.checks]
    assert len(set(ids)) == len(ids)
    assert all(id_.count("::") == 2 and "[" not in id_ and " " not in id_ for id_ in ids)


def test_the_flake_budget_is_shared_by_the_statistical_claims(everything: Plan) -> None:
    statistical = [check for check in everything.checks if check.name not in ("finite_outputs", "never")]
    assert everything.levels.alpha_fail == pytest.approx(2e-3 / len(statistical))
    assert everything.levels.alpha_pass == 0.01
    assert everything.levels.early_stopping is False
    assert planned("{generate: clean, require: finite_outputs}").levels.alpha_fail == 0.01


def test_options_are_complete_and_converted(everything: Plan) -> None:
    attack = next(check.cell for check in everything.checks if check.cell.scenario == "attack")
    assert attack.options["steps"] == 5
    assert attack.options["norm"] == "linf"
    assert everything.adapter_options["source"] == "model.py:load"
    assert everything.adapter_options["device"] == "auto"
    assert not {"roots", "severity", "seeds", "model"} & {*attack.options, *everything.adapter_options}


def test_without_levels_a_generator_is_used_at_its_own() -> None:
    labels = [check.cell.label for check in planned("{generate: [fog, blend], require: finite_outputs}").checks]
    assert labels == ["fog-1", "fog-2", "fog-3", "fog-4", "fog-5", "blend-0.5"]


def test_the_name_of_the_suite_is_that_of_its_file_unless_it_says_otherwise(everything: Plan) -> None:
    assert everything.name == "everything"
    assert planned("{generate: clean, require: ece <= 0.1}").name == "suite"


def test_a_claim_of_the_whole_suite_applies_where_it_can_be_asked() -> None:
    found = plan(
        f"{HEAD}require: [accuracy >= 0.5, entropy_rise >= 0.1 at weight <= 0.4]\nscenarios:\n"
        "  a: {generate: [clean, blend], weight: [0.3, 0.5], require: finite_outputs}\n"
    )
    assert [check.id for check in found.checks] == [
        "a::clean::finite_outputs",
        "a::clean::accuracy",
        "a::blend-0.3::finite_outputs",
        "a::blend-0.3::entropy_rise",
        "a::blend-0.5::finite_outputs",
    ]


@pytest.mark.parametrize("claim", ["entropy_rise >= 0.1", "accuracy >= 0.5 at epsilon <= 8/255"])
def test_a_claim_of_the_whole_suite_that_applies_nowhere_is_a_mistake(claim: str) -> None:
    text = f"{HEAD}require: {claim}\nscenarios:\n  fog: {{generate: fog, require: accuracy >= 0.5}}\n"
    assert mistakes(text) == [f"3:10: `{claim}` can be asked of no cell of this suite; remove it or mend its `at`"]


@pytest.mark.parametrize(("generator", "level", "name"), [("blend", "", "accuracy"), ("unfamiliar", "", "ece")])
def test_a_claim_that_the_truth_cannot_carry_names_generators_that_can(generator: str, level: str, name: str) -> None:
    claim = f"{name} {'>=' if name == 'accuracy' else '<='} 0.5"
    (mistake,) = mistakes(f"{HEAD}scenarios:\n  s: {{data: letters, generate: {generator}, require: {claim}}}\n")
    assert f"{name} cannot be asked of what {generator} makes: it needs inputs that have one right class" in mistake
    offered = mistake.partition("generators that fit: ")[2].partition(" and ")[0].split(", ")
    assert offered
    assert all(generators.registry.get(name).truth == "label" for name in offered)


def test_a_source_that_no_reader_knows_is_a_mistake() -> None:
    text = HEAD.replace("data.py:test", "data.xyz") + "scenarios: {s: {generate: clean, require: ece <= 0.1}}"
    (mistake,) = mistakes(text)
    assert mistake.startswith("2:14: ")
    assert "'data.xyz'" in mistake
    assert "`reader:`" in mistake


def test_what_the_adapter_does_not_offer_is_not_run_and_says_why() -> None:
    head = HEAD.replace("torch", "callable")
    found = plan(
        f"{head}scenarios:\n  s: {{generate: [pgd: {{}}, clean: ], epsilon: 1/255, require: accuracy >= 0.5}}\n"
    )
    attack, clean = found.checks
    assert attack.not_run == "pgd needs gradients, which the adapter callable does not offer; adapters that do: torch"
    assert clean.not_run is None


def test_what_needs_a_package_that_is_not_installed_is_not_run_and_says_how_to_install_it(tmp_path: Path) -> None:
    (tmp_path / "hail.py").write_text(
        "from pytest_robust.generators import generator\n"
        "@generator(kind='field', risk='Hail.', requires={'json': 'nothing', 'hailstones': 'hail[stones]'})\n"
        "def hail(images, *, severity, seeds):\n"
        "    return images\n"
    )
    scenario = "{generate: [hail.py:hail, clean], require: accuracy >= 0.5}"
    hail, clean = planned(scenario, folder=tmp_path).checks
    assert hail.not_run == 'hail needs the package hailstones, which is not installed; `pip install "hail[stones]"`'
    assert clean.not_run is None


OWN = """
from pytest_robust import adapter, generator, mean_property

@generator(kind="field", scale="severity", levels=(1, 2), risk="Dust.", name=NAME)
def dust(images, *, severity, seeds, density: float = 0.5):
    return images

@mean_property(range=(0, 1), truths={"label"}, summary="Mean logit.", columns={"logits", "features"})
def depth(evidence):
    return evidence["logits"].max(axis=1)

@adapter(capabilities={"features"})
def mine(*, path: str, roots): ...

wrong = 3
"""


def test_code_of_ones_own_is_named_by_what_it_calls_itself(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN.replace("NAME", "'dust'"))
    text = (
        "model: {adapter: own.py:mine, path: x}\ndata: {test: data.py:test}\nscenarios:\n"
        "  s: {generate: {own.py:dust: {density: 1}}, require: [own.py:depth >= 0.5, own.py:depth >= 0.1]}\n"
    )
    found = plan(text, tmp_path)
    assert [check.id for check in found.checks] == [
        "s::dust-1::depth",
        "s::dust-1::depth-2",
        "s::dust-2::depth",
        "s::dust-2::depth-2",
    ]
    assert found.checks[0].cell.options == {"density": 1.0}
    reason = "depth needs logits, which the adapter mine does not offer; adapters that do: "
    assert all(check.not_run is not None and check.not_run.startswith(reason) for check in found.checks)


def test_a_name_that_fits_into_no_node_id_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN.replace("NAME", "'fine::dust[1]'"))
    text = f"{HEAD}scenarios:\n  s: {{generate: own.py:dust, require: accuracy >= 0.5}}\n"
    said = "the generator calls itself 'fine::dust[1]', which cannot be part of a pytest name; rename it"
    assert mistakes(text, tmp_path) == [f"4:17: {said}"]


def test_an_object_that_is_no_plugin_is_a_mistake(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(OWN.replace("NAME", "'dust'"))
    text = f"{HEAD}scenarios:\n  s: {{generate: own.py:wrong, require: accuracy >= 0.5}}\n"
    (mistake,) = mistakes(text, tmp_path)
    assert mistake.startswith("4:17: own.py:wrong is an object of type int, not a generator; decorate it")


def test_code_that_raises_is_told_once_for_each_place_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text("x = 1\nraise RuntimeError('no\\n  licence')\n")
    text = f"{HEAD}scenarios:\n  s: {{generate: own.py:dust, require: accuracy >= 0.5}}\n"
    assert mistakes(text, tmp_path) == [f"4:17: {tmp_path / 'own.py'}:2: RuntimeError: no licence"]


def test_what_a_mistake_brings_about_is_not_told_as_well() -> None:
    text = (
        "modle: 3\ndata: {tset: [1]}\nrequire: entropy_rise >= 0.1\nscenarios:\n"
        "  a: {data: test, generate: fogg, severity: 3, require: [accuracy >= 0.5 at severity = 3, ece < 0.1]}\n"
        "  b: {generate: pgd, epsilon: x, require: accuracy >= 0.5 at epsilon >= 1/255}\n"
    )
    assert [mistake.partition(";")[0] for mistake in mistakes(text)] == [
        "1:1: unknown key 'modle'",
        "2:14: 'tset' cannot be a list",
        "5:29: unknown generator 'fogg'",
        "5:95: `<` stands where `>=` or `<=` belongs in the claim `ece < 0.1`",
        "6:31: 'x' is not a level",
    ]


def test_planning_loads_no_framework() -> None:
    code = (
        "import sys; from pathlib import Path; from pytest_robust.sources import Roots;"
        "from pytest_robust.engine.plan import make_plan; from pytest_robust.suite.files import load;"
        f"path = Path({str(GOOD / 'everything.yaml')!r});"
        "assert make_plan(load(path), Roots((path.parent,))).checks;"
        "print({'torch', 'torchvision', 'albumentations', 'cv2', 'PIL', 'sklearn'} & {*sys.modules})"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("generate", "said"),
    [
        ("{fog: {severity: 3}}", "'severity' is no option of fog; write `severity: 3` beside `generate`"),
        (
            "{pgd: {steps: 5, epsilon: 1/255}}",
            "'epsilon' is no option of pgd; write `epsilon: 1/255` beside `generate`",
        ),
    ],
)
def test_a_level_written_among_the_options_is_sent_to_its_place(generate: str, said: str) -> None:
    (mistake,) = mistakes(f"{HEAD}scenarios:\n  s: {{generate: {generate}, require: accuracy >= 0.5}}\n")
    assert mistake.split(": ", 1)[1] == said
