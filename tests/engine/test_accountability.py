"""From `risk:`, `hazards:` and `waivers:` in a suite to the record."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from small_world import CLEAN, Brightest, cell, check, grain, plan, right

from pytest_robust import generators, record
from pytest_robust.engine.accountability import hazards, risk, waivers
from pytest_robust.engine.engine import Engine
from pytest_robust.engine.patterns import matched
from pytest_robust.engine.plan import make_plan
from pytest_robust.engine.recording import assemble
from pytest_robust.engine.written import options_text
from pytest_robust.record import files
from pytest_robust.registry import check_options
from pytest_robust.sources import Roots
from pytest_robust.suite.files import parse

SUITE = """
model: {adapter: torch, source: model.py:load}
data: {test: data.py:test}
scenarios:
  fog: {generate: fog, severity: [1, 3], require: [accuracy >= 0.8, ece <= 0.1]}
  fogs: {generate: snow, severity: 1, require: accuracy >= 0.8}
risk: {severity: 2, autonomy: 1, rare: says the fleet, stated: {monitor: docs/monitor.md}}
hazards:
  wrong:
    harm: A wrong sum is booked.
    requirements:
      - {text: Read in fog, checks: fog}
      - {text: Read by night, checks: []}
waivers:
  - {checks: ["*::fog-3::accuracy", "fogs"], owner: R. Roe, reason: the lens is ordered, expires: 2027-03-01}
"""


def planned(text: str = SUITE):
    return make_plan(parse(text, Path("/project/suites/s.yaml")), Roots((Path("/project/suites"), Path("/project"))))


def test_the_record_holds_what_the_suite_states_with_the_place_of_each():
    made = planned()
    assert risk(made) == record.Risk(
        severity=2,
        autonomy=1,
        rare="says the fleet",
        stated={"monitor": "docs/monitor.md"},
        place=record.Place(path="suites/s.yaml", line=7, column=7),
    )
    (hazard,) = hazards(made)
    assert (hazard.name, hazard.harm, hazard.place.line) == ("wrong", "A wrong sum is booked.", 10)
    in_fog = [f"fog::fog-{level}::{name}" for level in (1, 3) for name in ("accuracy", "ece")]
    assert [(one.text, one.checks, one.place.line) for one in hazard.requirements] == [
        ("Read in fog", in_fog, 12),
        ("Read by night", [], 13),
    ]
    (waiver,) = waivers(made)
    assert waiver.checks == ["fog::fog-3::accuracy", "fogs::snow-1::accuracy"]
    assert (waiver.owner, waiver.expires, waiver.place.line, waiver.place.column) == ("R. Roe", "2027-03-01", 15, 5)


def test_a_suite_that_states_nothing_has_nothing_in_the_record():
    made = planned(SUITE[: SUITE.index("risk:")])
    assert (risk(made), hazards(made), waivers(made)) == (None, [], [])


def test_a_date_may_be_written_bare_or_quoted():
    for written in ("2027-03-01", "'2027-03-01'", '"2027-03-01"'):
        suite = parse(SUITE.replace("2027-03-01", written), Path("s.yaml")).suite
        assert suite is not None
        assert suite.waivers[0].expires == date(2027, 3, 1)


def test_a_scenario_is_meant_by_its_whole_name_and_ids_by_globs_in_the_order_of_the_plan():
    ids = ["b::x-1::accuracy", "a::x-1::accuracy", "a::x-1::accuracy-2", "ab::y::ece"]
    assert matched(["a"], ids) == ids[1:3]
    assert matched(["a*"], ids) == ids[1:]
    assert matched(["*::ece", "b"], ids) == [ids[0], ids[3]]
    assert matched(["*::accuracy"], ids) == ids[:2]
    assert matched(["A"], ids) == matched([], ids) == []


def test_a_waiver_is_in_the_digest_and_a_cell_says_what_its_generator_declares():
    one = check(cell(grain, 1, strength=3), right, "right >= 0.2")
    run = record.Run(started="", seconds=1, command="pytest", gate="regression", exit_status=0)
    given = {"checks": "s", "owner": "R. Roe", "reason": "r", "expires": "2027-03-01"}
    digests = set()
    for waived in ([], [given], [given | {"expires": "2027-03-02"}]):
        made = plan(Brightest(), one, check(cell(CLEAN), right, "right >= 0.2"), waivers=waived)
        engine = Engine(made, cache=None)
        verdicts = {check_.id: engine.judge(check_) for check_ in made.checks}
        cells = {check_.cell.id: engine.summary(check_.cell) for check_ in made.checks}
        found = assemble(made, verdicts=verdicts, cells=cells, model=None, data={}, run=run, not_run={})
        digests.add(files.digest(found))
    assert len(digests) == 3
    assert (found.cells[0].risk, found.cells[0].options, found.cells[0].needs) == (
        "A noisy sensor.",
        {"strength": "3"},
        [],
    )
    assert found.waivers[0].checks == [check_.id for check_ in made.checks]


def test_options_are_written_as_in_a_suite_and_never_as_an_object_that_differs_from_run_to_run():
    chain = generators.registry.get("compose")
    taken = check_options(chain.make, {"steps": ["fog", {"rain": {"severity": 2}}]}, given=chain.given)
    assert options_text(taken) == {"steps": "[fog, rain-2]"}
    assert options_text({"folder": Path("a/b"), "own": object(), "none": None}) == {
        "folder": "a/b",
        "own": "object",
        "none": "null",
    }
    needy = {"frost", "premade", "albumentations", "compose"}
    for one in generators.registry.all():
        if one.name not in needy:
            assert " at 0x" not in str(options_text(check_options(one.make, {}, given=one.given)))
