"""The bill of materials is valid by the schema of CycloneDX 1.7: model, data, packages, and what was measured."""

from __future__ import annotations

import json
from typing import Any

import pytest
from complete import complete, large
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from sample import hostile, record, sha

from pytest_robust.record import Record
from pytest_robust.report.cyclonedx import render


def bom(made: Record) -> dict[str, Any]:
    """The document, after it was found valid."""
    text = render(made, "vision")
    assert JsonStrictValidator(SchemaVersion.V1_7).validate_str(text) is None
    found: dict[str, Any] = json.loads(text)
    return found


@pytest.mark.parametrize(
    "made",
    [
        pytest.param(hostile(), id="hostile"),
        pytest.param(large(1_000, classes=20), id="large"),
        pytest.param(record().model_copy(update={"model": None}), id="no-model"),
        pytest.param(record().model_copy(update={"verdicts": [], "data": []}), id="empty"),
    ],
)
def test_any_record_is_valid(made: Record) -> None:
    assert bom(made)["metadata"]["component"]["type"] == "machine-learning-model"


def test_the_model_is_told_with_its_hash_and_its_commit() -> None:
    cloned = record().run.model_copy(update={"repository": "https://example.org/digits.git"})
    model = bom(complete().model_copy(update={"run": cloned}))["metadata"]["component"]
    assert model["name"] == "examples/digits/model.py:load"
    assert model["hashes"] == [{"alg": "SHA-256", "content": sha("model")}]
    assert model["pedigree"]["commits"] == [{"uid": "4fb1c22ad0a07c9d9e6f0a5ed28e6b6d6f3f9f11"}]
    evidence, report, source = model["externalReferences"]
    assert source == {"type": "vcs", "url": "https://example.org/digits.git"}
    assert (evidence["type"], evidence["url"], report["url"]) == ("evidence", "vision.json", "vision.html")
    assert complete().digest in evidence["comment"]
    assert {"name": "pytest-robust:decision", "value": "NO-GO"} in model["properties"]


def test_every_estimate_is_a_metric_with_its_interval_and_every_slice_one_of_its_own() -> None:
    metrics = bom(record())["metadata"]["component"]["modelCard"]["quantitativeAnalysis"]["performanceMetrics"]
    fog = next(one for one in metrics if one["slice"] == "weather::fog-5")
    assert (fog["type"], fog["value"]) == ("accuracy", "0.734")
    assert float(fog["confidenceInterval"]["lowerBound"]) == pytest.approx(0.695, abs=0.001)
    slices = [one["slice"] for one in metrics if one["slice"].startswith("clean::clean, class")]
    assert slices == [f"clean::clean, class {k}" for k in (8, 1, 2, 3, 4, 5, 6, 7)]
    assert len({json.dumps(one) for one in metrics}) == len(metrics)


def test_what_is_not_proven_is_a_limitation_and_what_is_accepted_a_risk() -> None:
    considerations = bom(complete())["metadata"]["component"]["modelCard"]["considerations"]
    open_ = [verdict for verdict in complete().verdicts if verdict.outcome != "PASS"]
    limits = considerations["technicalLimitations"]
    assert len(limits) == len(open_)
    assert limits[0].startswith(
        "accuracy >= 0.8 by class does not hold in clean::clean: observed 0.625 (0.470 to 0.760)"
    )
    names = [one["name"] for one in considerations["ethicalConsiderations"]]
    assert names[0] == "misread-amount: a wrong amount is paid"
    assert any(name.startswith("not proven, and waived: ") for name in names)


def test_weights_data_training_data_and_packages_are_components_with_hashes() -> None:
    document = bom(complete())
    parts = {one["bom-ref"]: one for one in document["components"]}
    assert parts["weights:examples/digits/model.safetensors"]["hashes"][0]["content"] == sha("weights")
    assert parts["data:test"]["hashes"][0]["content"] == sha("test")
    assert {"name": "pytest-robust:rows that are training rows", "value": "1"} in parts["data:test"]["properties"]
    assert parts["training"]["type"] == parts["data:letters"]["type"] == "data"
    assert parts["package:torch"]["purl"] == "pkg:pypi/torch@2.9.1"
    model, *others = document["dependencies"]
    assert sorted(model["dependsOn"]) == sorted(parts) == sorted(one["ref"] for one in others)
    card = document["metadata"]["component"]["modelCard"]["modelParameters"]
    assert card["datasets"] == [{"ref": "data:test"}, {"ref": "data:letters"}, {"ref": "training"}]


def test_one_record_has_one_serial_number_and_another_record_another() -> None:
    assert render(record(), "vision") == render(record(), "vision")
    again = record().model_copy(update={"digest": sha("another")})
    assert bom(record())["serialNumber"] != bom(again)["serialNumber"]
    assert bom(record())["metadata"]["timestamp"] == "2026-11-23T06:42:11+00:00"


def test_rows_that_could_not_be_read_are_told_of_their_data() -> None:
    test, letters = (one.model_copy(update={"unreadable": 3 * (one.name == "test")}) for one in complete().data[:2])
    document = bom(complete().model_copy(update={"data": [test, letters]}))
    parts = {one["bom-ref"]: one["properties"] for one in document["components"] if one["type"] == "data"}
    told = {"name": "pytest-robust:rows that could not be read", "value": "3"}
    assert told in parts["data:test"]
    assert not any("could not be read" in one["name"] for one in parts["data:letters"])
