"""The JSON Schema that editors use agrees with what is accepted here."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from pytest_robust.suite.files import load
from pytest_robust.suite.schema import json_schema
from pytest_robust.suite.tree import read_tree

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
GOOD = [*sorted((HERE / "good").glob("*.yaml")), *sorted(ROOT.glob("suites/*.yaml")), *ROOT.glob("examples/**/*.yaml")]
MALFORMED = ("keys", "types", "claims", "scenarios-missing", "top-level-missing", "risk", "risk-missing")


@pytest.fixture(scope="module")
def validator() -> Draft202012Validator:
    schema = json_schema()
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def test_the_shipped_file_is_what_the_models_give() -> None:
    shipped = json.loads(files("pytest_robust.suite").joinpath("schema.json").read_text(encoding="utf-8"))
    assert shipped == json_schema(), "run: robust schema > src/pytest_robust/suite/schema.json"


@pytest.mark.parametrize("path", GOOD, ids=lambda path: path.stem)
def test_good_suites_are_valid(validator: Draft202012Validator, path: Path) -> None:
    validator.validate(read_tree(path.read_text())[0].plain())


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_suites_are_not(validator: Draft202012Validator, name: str) -> None:
    path = HERE / "bad" / f"{name}.yaml"
    assert load(path).problems
    assert not validator.is_valid(read_tree(path.read_text())[0].plain())


def one(**changes: Any) -> dict[str, Any]:
    scenario = {"generate": "fog", "require": "accuracy >= 0.8"} | changes
    return {"model": {"adapter": "torch"}, "data": {"test": "a.npz"}, "scenarios": {"s": scenario}}


def waiver(**changes: Any) -> dict[str, Any]:
    return {"checks": ["s::*"], "owner": "R. Roe", "reason": "a new lens", "expires": "2027-03-01"} | changes


@pytest.mark.parametrize(
    ("document", "valid"),
    [
        (one(), True),
        (one(generate={"blend": {"pairs": "confusable"}}), True),
        (one(generate={"blend": None}), True),
        (one(generate={"blend": {}, "fog": {}}), False),
        (one(generate=[]), False),
        (one(severity="8/255"), True),
        (one(severity=[1, "x"]), False),
        (one(severity=-1), False),
        (one(require={"claim": "ece <= 0.1", "xfail": "known"}), True),
        (one(require="ece < 0.1"), False),
        (one(require=[{"claim": "ece <= 0.1", "because": "known"}]), False),
        (one(tags="a b"), False),
        (one() | {"data": {"a b": "c.npz"}}, False),
        (one() | {"data": {}}, False),
        (one() | {"model": {"adapter": "torch", "anything": [1]}}, True),
        (one() | {"seed": -1}, False),
        (one() | {"risk": {"severity": 3, "autonomy": 0}}, True),
        (one() | {"risk": {"severity": 3}}, False),
        (one() | {"risk": {"severity": 3, "autonomy": 0, "stated": {"luck": "docs"}}}, False),
        (one() | {"hazards": {"h": {"harm": "A loss.", "requirements": [{"text": "No fog.", "checks": "s"}]}}}, True),
        (one() | {"hazards": {"h": {"harm": "A loss.", "requirements": [{"text": "No fog.", "checks": []}]}}}, True),
        (one() | {"hazards": {"h": {"requirements": []}}}, False),
        (one() | {"waivers": [waiver()]}, True),
        (one() | {"waivers": [waiver(checks="s")]}, True),
        (one() | {"waivers": [waiver(checks=[])]}, False),
        (one() | {"waivers": [waiver(expires="1 March 2027")]}, False),
        (one() | {"waivers": [waiver(owner="")]}, False),
    ],
)
def test_short_forms_and_limits_are_in_the_schema(
    validator: Draft202012Validator, tmp_path: Path, document: dict[str, Any], valid: bool
) -> None:
    path = tmp_path / "suite.yaml"
    path.write_text(json.dumps(document))
    assert validator.is_valid(document) is valid
    assert (not load(path).problems) is valid
