"""Records on disk: the same bytes mean the same digest, and every way to be wrong has its own words."""

from __future__ import annotations

import errno
import json
import os
import re

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pytest_robust import record
from pytest_robust.errors import RecordError
from pytest_robust.record import files


def verdict(**more):
    told = {
        "id": "weather::fog-3::accuracy",
        "outcome": "FAIL",
        "scenario": "weather",
        "cell": "fog-3",
        "generator": "fog",
        "severity": 3.0,
        "property": "accuracy",
        "claim": "accuracy >= 0.9",
        "threshold": 0.9,
        "operator": ">=",
        "estimate": 0.1 + 0.2,
        "interval": (0.1, 1 / 3),
        "n": 128,
        "place": {"path": "suites/ü.yaml", "line": 3, "column": 5},
        "counterexamples": [
            {"row": "7", "label": "</script>", "before": [], "after": [{"label": "8", "probability": None}]}
        ],
    }
    return record.Verdict.model_validate({**told, **more})


def example(**more):
    return record.Record(
        suite=record.SuiteIdentity(name="vision", path="suites/ü.yaml", sha256="0" * 64, seed=0, text="seed: 0\n# ü\n"),
        model=None,
        data=[],
        protocol=record.Protocol(
            alpha_pass=0.05,
            flake_budget=0.01,
            alpha_fail=0.001,
            claims=10,
            sequential_share=0.25,
            early_stopping=True,
            rows=None,
            interval_confidence=0.95,
        ),
        environment=record.Environment(python="3.11.7", platform="Linux", packages={}),
        cells=[],
        verdicts=[verdict(**more)],
        run=record.Run(started="2026-01-01T00:00:00Z", seconds=1.5, command="pytest", gate="regression", exit_status=0),
    )


@settings(deadline=None, max_examples=50)
@given(
    st.floats(allow_nan=False, allow_infinity=False),
    st.floats(0, 1),
    st.text(st.characters(exclude_categories=["Cs"])),
    st.integers(0),
)
def test_a_record_comes_back_as_it_was(tmp_path_factory, estimate, p_value, reason, n):
    path = tmp_path_factory.mktemp("records") / "run.json"
    given_ = example(estimate=estimate, p_value=p_value, reason=reason, n=n)
    written = files.save(given_, path)
    assert files.load(path) == written == given_.model_copy(update={"digest": written.digest})
    assert written.digest == files.digest(given_) == files.digest(written)


def test_the_digest_covers_everything_but_the_run():
    one = example()
    other_run = one.model_copy(update={"run": one.run.model_copy(update={"seconds": 99.0, "cached": 7})})
    assert files.digest(other_run) == files.digest(one)
    assert re.fullmatch("[0-9a-f]{64}", files.digest(one))
    for changed in (example(n=129), example(estimate=0.3), example(tags=["slow"])):
        assert files.digest(changed) != files.digest(one)


def test_the_folder_is_made_and_nothing_else_is_left_there(tmp_path):
    path = tmp_path / "reports" / "deep" / "run.json"
    files.save(example(), path)
    files.save(example(n=5), path)
    assert [found.name for found in path.parent.iterdir()] == ["run.json"]
    assert files.load(path).verdicts[0].n == 5


def test_the_file_is_the_schema_s_and_plain_json(tmp_path):
    path = tmp_path / "run.json"
    files.save(example(estimate=float("nan"), p_value=float("inf")), path)
    content = json.loads(path.read_text(encoding="utf-8"), parse_constant=pytest.fail)
    jsonschema.Draft202012Validator.check_schema(files.json_schema())
    jsonschema.validate(content, files.json_schema())
    assert content["verdicts"][0]["estimate"] is None
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**content, "verdicts": [{"id": 3}]}, files.json_schema())


def test_every_field_of_the_schema_is_explained():
    told = files.json_schema()
    silent = {
        f"{name}.{field}"
        for name, part in told["$defs"].items()
        for field, facts in part["properties"].items()
        if "description" not in facts and "$ref" not in facts
    }
    assert "Verdict.n" not in silent
    assert "Protocol.alpha_fail" not in silent


def test_a_number_that_must_be_is_not_written_as_nothing(tmp_path):
    broken = example()
    protocol = broken.protocol.model_copy(update={"alpha_pass": float("nan")})
    with pytest.raises(RecordError, match=r"protocol\.alpha_pass"):
        files.save(broken.model_copy(update={"protocol": protocol}), tmp_path / "run.json")
    assert list(tmp_path.iterdir()) == []


def change(path, edit):
    content = json.loads(path.read_text(encoding="utf-8"))
    edit(content)
    path.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda path: path.unlink(), "cannot read the record: No such file"),
        (lambda path: path.write_text(path.read_text()[:-200]), "not JSON: .*whole"),
        (lambda path: path.write_bytes(b"\x89PNG\xff"), "not JSON"),
        (lambda path: path.write_text(path.read_text().replace("128", "NaN")), "not JSON: NaN"),
        (lambda path: path.write_text("[" * 100_000), "not JSON"),
        (lambda path: path.write_text("[1, 2]"), "it has no `schema_version`"),
        (lambda path: path.write_text('{"name": "vision"}'), "it has no `schema_version`"),
        (lambda path: change(path, lambda told: told.pop("suite")), "not a record: suite: Field required"),
        (lambda path: change(path, lambda told: told["verdicts"][0].update(n="many")), r"not a record: verdicts\.0\.n"),
        (lambda path: change(path, lambda told: told["verdicts"][0].update(outcome="PASS")), "damaged or edited"),
        (lambda path: change(path, lambda told: told.update(digest="")), r"damaged or edited.* says none"),
        (
            lambda path: change(path, lambda told: told.update(schema_version="1.10", new=1)),
            r"schema 1\.10.*up to 1\.3",
        ),
        (lambda path: change(path, lambda told: told.update(schema_version="2.0", new=1)), r"schema 2\.0.*up to 1\.3"),
        (lambda path: change(path, lambda told: told.update(schema_version="new")), r"not a record: schema_version"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path, harm, message):
    path = tmp_path / "run.json"
    files.save(example(), path)
    harm(path)
    with pytest.raises(RecordError, match=message) as caught:
        files.load(path)
    assert str(caught.value).startswith(str(path))


def test_a_record_of_an_older_version_opens(tmp_path):
    """As 1.0 wrote it: cells had no cautions, verdicts no slices. The digest is that of what was written."""
    path = tmp_path / "run.json"
    cell = {"id": "a::pgd-1", "scenario": "a", "generator": "pgd", "cell": "pgd-1", "severity": 1.0, "n": 3}
    files.save(example(), path)

    def older(told):
        told.update(schema_version="1.0", cells=[{**cell, "kind": "attack", "truth": "label"}], digest="")
        for verdict in told["verdicts"]:
            del verdict["by"], verdict["slices"]
        told["digest"] = files._digest(told)

    change(path, older)
    found = files.load(path)
    assert found.schema_version == "1.0"
    assert (found.cells[0].cautions, found.cells[0].right_rows) == ([], None)
    assert (found.verdicts[0].by, found.verdicts[0].slices) == (None, [])


def test_the_run_may_be_edited(tmp_path):
    path = tmp_path / "run.json"
    files.save(example(), path)
    change(path, lambda told: told["run"].update(command="pytest -q"))
    assert files.load(path).run.command == "pytest -q"


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "reports").write_text("in the way")
    with pytest.raises(RecordError, match=r"cannot write the record: .*name a folder that can be written"):
        files.save(example(), tmp_path / "reports" / "run.json")


@pytest.mark.parametrize(
    ("code", "mend"),
    [
        (errno.ENOSPC, "make room on the disk that holds {folder}"),
        (errno.EDQUOT, "make room on the disk that holds {folder}"),
        (errno.EFBIG, "files there may not be that large: raise the limit (ulimit -f)"),
        (errno.EROFS, "name a folder that can be written"),
    ],
)
def test_what_to_do_depends_on_why_a_record_cannot_be_written(tmp_path, monkeypatch, code, mend):
    def fsync(_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fsync)
    with pytest.raises(RecordError) as caught:
        files.save(example(), tmp_path / "run.json")
    told = f"cannot write the record: {os.strerror(code)}; {mend.format(folder=tmp_path)}"
    assert str(caught.value) == f"{tmp_path / 'run.json'}: {told}"
    assert list(tmp_path.iterdir()) == []


def test_a_limit_on_the_size_of_files_is_told_as_one(tmp_path):
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (64, before[1]))
    try:
        with pytest.raises(RecordError, match=r"File too large; files there may not be that large: raise the limit"):
            files.save(example(), tmp_path / "run.json")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
