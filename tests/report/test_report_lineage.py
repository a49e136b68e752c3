"""Section 1: where model and data came from."""

from __future__ import annotations

import pytest
from complete import complete
from pages import Node, read
from sample import record, sha

from pytest_robust.record import File, Lineage, Training
from pytest_robust.report.html import render


def facts(lineage: Lineage | None) -> dict[str, str]:
    page = read(render(complete().model_copy(update={"lineage": lineage})))
    found = page.one("section", id="identity").one("dl").all("div")
    return {fact.one("dt").words: fact.one("dd").words for fact in found}


def limits(lineage: Lineage | None) -> str:
    return read(render(complete().model_copy(update={"lineage": lineage}))).one("section", id="limits").words


def test_files_of_weights_and_training_data_are_told_with_their_hashes():
    told = facts(complete().lineage)
    assert told["Weights"] == f"examples/digits/model.safetensors, 398,112 bytessha256 {sha('weights')}"
    assert told["Trained on"] == (
        f"train.json (manifest), 897 rowssha256 {sha('train')}name: digits, first halflicence: CC BY 4.0"
    )
    assert told["Overlap"].startswith("SHARED of “test”, 1 of 500 rows is a training row")
    assert told["Overlap"].endswith("NOT LOOKED FOR “letters” holds no digits")


def test_what_is_not_known_is_said():
    told = facts(Lineage(unlooked="the suite names no training data"))
    assert told["Weights"].startswith("the suite names no file of weights")
    assert told["Trained on"] == "not stated: the suite names no training data"
    assert told["Overlap"] == "NOT LOOKED FOR the suite names no training data"


def test_a_format_without_rows_says_why_nothing_was_looked_for():
    training = Training(source="train.dvc", format="dvc", sha256=sha("dvc"), description={"images": "md5 a304"})
    said = "a file of format dvc does not tell of single rows"
    told = facts(Lineage(training=training, unlooked=said))
    assert told["Trained on"] == f"train.dvc (dvc)sha256 {sha('dvc')}images: md5 a304"
    assert told["Overlap"] == f"NOT LOOKED FOR {said}"
    assert f"Whether the model was trained on test rows is not known: {said}." in limits(
        Lineage(training=training, unlooked=said)
    )


def test_a_record_from_before_says_nothing_of_its_lineage():
    told = facts(None)
    assert not {"Weights", "Trained on", "Overlap"} & told.keys()
    assert "Whether the model was trained on test rows is not known." in limits(None)


def test_where_an_overlap_was_looked_for_the_limits_do_not_say_otherwise():
    assert "Whether the model was trained on test rows" not in limits(complete().lineage)


@pytest.mark.parametrize("many", [1, 3000])
def test_many_files_are_cut_and_counted(many: int):
    files = [File(path=f"shard-{k}.safetensors", sha256=sha(str(k)), bytes=k) for k in range(many)]
    page: Node = read(render(record().model_copy(update={"lineage": Lineage(weights=files)})))
    told = page.one("section", id="identity").words
    assert ("files more left out here" in told) == (many > 1)
    assert "shard-0.safetensors" in told
