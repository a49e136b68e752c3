"""Files that tell of training data: what each format says, and what is said of files that are damaged or hostile."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_rows import batch, scene

from pytest_robust.errors import DataError
from pytest_robust.training import Told
from pytest_robust.training._open import find_reader
from pytest_robust.training._rows import rows_of
from pytest_robust.training.manifest import Manifest, manifest, written
from pytest_robust.training.safetensors import LONGEST

DVC = """
outs:
- md5: a304afb96060aad90176268345e10355.dir
  size: 14445097
  nfiles: 1000
  hash: md5
  path: images
  desc: Cats and dogs
"""

IMPORTED = """
frozen: true
deps:
- path: data/train
  repo:
    url: git@example.org:team/data.git
    rev: v2
    rev_lock: 3a1f09c5b0d2
outs:
- md5: 00ff
  path: train
"""

LOCK = """
schema: '2.0'
stages:
  prepare:
    cmd: python prepare.py
    outs:
    - path: data/train
      md5: 1234.dir
  train:
    cmd: python train.py
    deps:
    - path: data/train
      hash: md5
      md5: 1234.dir
      size: 4096
      nfiles: 12
    - path: train.py
      md5: 99aa
    outs:
    - path: model.safetensors
      md5: 77bb
"""

CARD = """---
language: en
license: apache-2.0
datasets:
- cifar10
- org/extra-images
base_model: microsoft/resnet-18
model-index:
- name: ours
---
# A model

---
"""


def told(folder: Path, name: str, content: str | bytes, **options: object) -> Told:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return find_reader(name).read(path, **options)


def refused(folder: Path, name: str, content: str | bytes, **options: object) -> str:
    with pytest.raises(DataError) as caught:
        told(folder, name, content, **options)
    assert str(folder) not in str(caught.value)
    return str(caught.value)


def tensors(header: object, *, length: int | None = None) -> bytes:
    written = json.dumps(header).encode()
    return struct.pack("<Q", len(written) if length is None else length) + written


def test_a_dvc_file_names_what_it_tracks(tmp_path: Path):
    found = told(tmp_path, "images.dvc", DVC)
    assert found.rows is None
    assert found.description == {
        "images": "md5 a304afb96060aad90176268345e10355.dir, 14,445,097 bytes, 1,000 files",
    }


def test_a_dvc_file_of_an_import_names_where_it_came_from(tmp_path: Path):
    assert told(tmp_path, "train.dvc", IMPORTED).description == {
        "train": "md5 00ff",
        "imported from": "data/train of git@example.org:team/data.git at 3a1f09c5b0d2",
    }


def test_a_stage_of_a_dvc_lock_names_what_it_read(tmp_path: Path):
    assert told(tmp_path, "dvc.lock", LOCK, stage="train").description == {
        "data/train": "md5 1234.dir, 4,096 bytes, 12 files",
        "train.py": "md5 99aa",
    }


@pytest.mark.parametrize(
    ("name", "content", "options", "message"),
    [
        ("dvc.lock", LOCK, {}, "which stage of dvc.lock trained the model? write `stage:`; there are: prepare, train"),
        ("dvc.lock", LOCK, {"stage": "trian"}, "dvc.lock has no stage 'trian'; did you mean 'train'?"),
        ("dvc.lock", "schema: '2.0'", {"stage": "train"}, "dvc.lock: there are no `stages` in it"),
        ("dvc.lock", LOCK, {"stage": "prepare"}, "dvc.lock: no path in it says what stage 'prepare' read"),
        ("a.dvc", DVC, {"stage": "train"}, "`stage` goes with dvc.lock; a.dvc has none, leave it out"),
        ("a.dvc", "wdir: .", {}, "a.dvc: no path in it says what it tracks"),
        ("a.dvc", "[1, 2]", {}, "a.dvc: no path in it says what it tracks"),
        ("a.dvc", "outs: [path: a", {}, "a.dvc:1:7: the list opened with `[` is not closed"),
        ("a.dvc", "outs: !!python/object/apply:os.system [ls]", {}, "a.dvc:1:7: the tag `!!python/object/apply:os."),
        ("a.dvc", "", {}, "a.dvc:1:1: there is nothing in it"),
        ("a.dvc", b"outs:\n- path: \xff", {}, "a.dvc: byte 14 is not UTF-8"),
    ],
)
def test_a_dvc_file_that_tells_nothing_is_refused(tmp_path: Path, name, content, options, message):
    assert refused(tmp_path, name, content, **options).startswith(message)


def test_aliases_that_unfold_without_end_are_refused(tmp_path: Path):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * 10)}]" for k in range(1, 9)]
    assert "more than 100000 values" in refused(tmp_path, "a.dvc", "\n".join(lines))


def test_a_model_card_names_data_sets_base_model_and_licence(tmp_path: Path):
    assert told(tmp_path, "README.md", CARD).description == {
        "datasets": "cifar10, org/extra-images",
        "base_model": "microsoft/resnet-18",
        "license": "apache-2.0",
        "language": "en",
    }


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("# A model\n", "README.md:1:1: a model card begins with YAML between two lines of ---"),
        ("---\ndatasets: [a]\n", "README.md:1:1: a model card begins with YAML between two lines of ---"),
        ("---\nlicense: mit\n---\n", "README.md:1:1: neither `datasets:` nor `base_model:` stands in front"),
        ("---\n- datasets\n---\n", "README.md:1:1: neither `datasets:` nor `base_model:` stands in front"),
        ("---\nlicense: mit\ndatasets: !!set {a}\n---\n", "README.md:3:11: the tag `!!set` is not allowed"),
        ("---\nlicense: mit\ndatasets: [a\n---\n", "README.md:3:11: the list opened with `[` is not closed"),
        (b"---\ndatasets: \xe9\n---\n", "README.md: byte 14 is not UTF-8"),
    ],
)
def test_a_model_card_that_tells_nothing_is_refused_at_its_place(tmp_path: Path, content, message):
    assert refused(tmp_path, "README.md", content).startswith(message)


def test_safetensors_metadata_are_told_and_no_tensor_is_read(tmp_path: Path):
    header = {"__metadata__": {"format": "pt", "datasets": "cifar10"}, "w": {"dtype": "F32", "shape": [10**9]}}
    assert told(tmp_path, "m.safetensors", tensors(header)).description == {"datasets": "cifar10", "format": "pt"}


def test_the_metadata_are_those_that_the_formats_own_library_writes(tmp_path: Path):
    from safetensors.numpy import save_file

    save_file({"w": np.zeros(3, np.float32)}, tmp_path / "m.safetensors", metadata={"trained on": "ürows"})
    assert find_reader("m.safetensors").read(tmp_path / "m.safetensors").description == {"trained on": "ürows"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "m.safetensors: no safetensors file: its header would have 0 of 0 bytes"),
        (tensors({}, length=2**63), "m.safetensors: no safetensors file: its header would have 9,223,372,036"),
        (tensors({}, length=LONGEST), "m.safetensors: no safetensors file: its header would have 100,000,000 of"),
        (b"\x05" + bytes(7) + b"\xff{}{}", "m.safetensors: no safetensors file: its header is not JSON"),
        (tensors([1]), "m.safetensors: no safetensors file: its header is no mapping"),
        (b"\x80\x1a\x06" + bytes(5) + b"[" * 400_000, "m.safetensors: no safetensors file: its header is not JSON"),
        (tensors({"__metadata__": {"a": 1}}), "m.safetensors: `__metadata__` is no mapping from text to text"),
        (tensors({"__metadata__": {"format": "pt"}}), "m.safetensors: no `__metadata__` in it says what the model"),
        (tensors({"w": {}}), "m.safetensors: no `__metadata__` in it says what the model was trained on"),
    ],
)
def test_a_safetensors_file_that_tells_nothing_is_refused(tmp_path: Path, content, message):
    assert refused(tmp_path, "m.safetensors", content).startswith(message)


def example(count: int = 3, **changes: object) -> str:
    rows = rows_of([batch(np.stack([scene(seed, side=16) for seed in range(count)]))])
    text = written("train", "data.py:train", "ab" * 32, ["cat", "dög"], rows)
    return json.dumps(json.loads(text) | changes) if changes else text


def test_a_manifest_is_read_as_it_was_written(tmp_path: Path):
    images = np.stack([scene(seed, side=16) for seed in range(5)])
    rows = rows_of([batch(images)])
    found = told(tmp_path, "training.json", written("train", "data.py:train", "ab" * 32, None, rows))
    assert found.rows is not None
    for name in ("ids", "sha256", "hashes", "thumbnails"):
        np.testing.assert_array_equal(getattr(found.rows, name), getattr(rows, name))
    assert found.description == {"name": "train", "source": "data.py:train", "sha256 of the rows": "ab" * 32}


def test_a_manifest_has_one_row_a_line_and_its_schema_documents_it():
    lines = example().split("\n")
    assert sum(line.startswith('["r') for line in lines) == 3
    assert Manifest.model_validate_json(example()).rows[1][0] == "r1"
    schema = Manifest.model_json_schema()
    assert schema["properties"]["sha256"]["description"].startswith("Over pixels, labels, ids")


@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=8),
        min_size=1,
        max_size=5,
        unique=True,
    )
)
def test_any_id_is_kept(ids: list[str]):
    rows = rows_of([batch(np.zeros((len(ids), 2, 2, 1), np.uint8))])
    text = written("train", "s", "ab" * 32, None, type(rows)(np.array(ids), rows.sha256, rows.hashes, rows.thumbnails))
    assert [row[0] for row in Manifest.model_validate_json(text).rows] == ids


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "training.json: not JSON: "),
        ("[" * 100_000, "training.json: not JSON: "),
        ("[]", "training.json: no manifest of training data: its `format` is not 'pytest-robust training manifest'"),
        ('{"training": {}}', "training.json: no manifest of training data"),
        (example(version=2), "training.json: of version 2, this pytest-robust reads 1; make one with `robust manifest"),
        (example(rows=[]), "training.json: there are no rows in it"),
        (example(rows=[["a", "00", "00", "00"]]), "training.json: rows.0.1: String should match pattern"),
        (example(rows=[["a"]]), "training.json: rows.0.1: Field required"),
        (example(extra=1), "training.json: extra: Extra inputs are not permitted"),
        (b'{"format": "\xff"}', "training.json: byte 12 is not UTF-8"),
    ],
)
def test_what_is_no_manifest_is_refused(tmp_path: Path, content, message):
    assert refused(tmp_path, "training.json", content).startswith(message)


@pytest.mark.parametrize(
    ("name", "format_"),
    [("training.json", "manifest"), ("x.dvc", "dvc"), ("dvc.lock", "dvc"), ("README.md", "model card")],
)
def test_a_format_is_told_by_the_name_of_the_file(name: str, format_: str):
    assert find_reader(name).format == format_


def test_a_file_of_no_known_format_is_refused_with_all_that_there_are():
    with pytest.raises(DataError) as caught:
        find_reader("train.csv")
    assert str(caught.value) == (
        "cannot tell what 'train.csv' is; name one of: NAME.dvc or dvc.lock (dvc); training.json (manifest); README.md "
        "(model card); NAME.safetensors (safetensors); or write `{data: NAME}`"
    )


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path):
    (tmp_path / "training.json").mkdir()
    with pytest.raises(DataError, match=r"training.json: cannot be read"):
        manifest.read(tmp_path / "training.json")
