"""Votes of people, through every reader, and classes chosen or held out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from pytest_robust.datasets import Dataset, from_arrays
from pytest_robust.datasets._classes import some_classes
from pytest_robust.datasets._open import open_dataset
from pytest_robust.errors import DataError, SourceError
from pytest_robust.sources import Roots

RNG = np.random.default_rng(1)
IMAGES = RNG.integers(0, 256, (5, 4, 6, 3), dtype=np.uint8)
LABELS = np.array([0, 2, 1, 0, 2])
VOTES = np.array([[9, 1, 0], [0, 3, 7], [1, 8, 1], [10, 0, 0], [4, 1, 5]])
CLASSES = ["ant", "bee", "cat"]


def opened(tmp_path: Path, source: str, **options) -> Dataset:
    return open_dataset(source, options=options, roots=Roots((tmp_path,)))


def votes(data: Dataset, rows=(3, 1)) -> list[list[int]]:
    found = data.rows(np.array(rows)).columns["votes"]
    assert found.dtype == np.int64
    return found.tolist()


def test_an_archive_has_votes_by_the_usual_name_or_another(tmp_path):
    np.savez(tmp_path / "usual.npz", images=IMAGES, labels=LABELS, votes=VOTES.astype(np.uint8))
    np.savez(tmp_path / "other.npz", images=IMAGES, labels=LABELS, counts=VOTES)
    usual, other = opened(tmp_path, "usual.npz"), opened(tmp_path, "other.npz", votes="counts")
    assert votes(usual) == votes(other) == VOTES[[3, 1]].tolist()
    assert usual.fingerprint == other.fingerprint != opened(tmp_path, "other.npz").fingerprint
    assert "votes" not in opened(tmp_path, "other.npz").rows(np.array([0])).columns
    with pytest.raises(DataError, match=r"has no array 'people'; .* write `votes: NAME`"):
        opened(tmp_path, "other.npz", votes="people")


def test_python_code_gives_votes_in_its_mapping():
    data = {"images": IMAGES, "labels": None, "votes": VOTES}
    assert votes(open_dataset("mine", reader="python", roots=Roots((), {"mine": data}))) == VOTES[[3, 1]].tolist()


@pytest.mark.parametrize(
    ("given_votes", "message"),
    [
        (
            VOTES / VOTES.sum(axis=1, keepdims=True),
            r"votes are float64 of shape \(5, 3\); give counts of votes",
        ),
        (VOTES[:, 0], r"votes are int64 of shape \(5,\); give counts"),
        (VOTES[:4], r"votes for 4 rows, and there are 5; give them in the rows' order"),
        (VOTES[:, :2], r"votes for 2 classes, and there are 3; give one column a class"),
        (VOTES - 1, r"row 0 \(id a\) has a negative number of votes"),
        (VOTES * (np.arange(5) != 2)[:, None], r"row 2 \(id c\) has no votes; .* at least one vote a row"),
    ],
)
def test_votes_that_are_none_are_refused_by_name(given_votes, message):
    with pytest.raises(DataError, match=f"^here: {message}"):
        from_arrays(IMAGES, LABELS, ids=list("abcde"), classes=CLASSES, votes=given_votes, where="here")


def test_the_fingerprint_covers_votes():
    other = VOTES.copy()
    other[4] = [5, 1, 4]
    made = [from_arrays(IMAGES, LABELS, votes=found) for found in (None, VOTES, other, VOTES[:, ::-1])]
    assert len({one.fingerprint for one in made}) == 4
    assert made[1].fingerprint == from_arrays(IMAGES, LABELS, votes=np.asfortranarray(VOTES, np.int16)).fingerprint


@pytest.fixture
def photos(tmp_path) -> list[str]:
    """Three pictures in two classes; ids in the order of the reader."""
    names = ["bee/x.png", "cat/a.png", "cat/b.png"]
    for name, pixels in zip(names, IMAGES, strict=False):
        (tmp_path / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(tmp_path / "photos" / name)
    return names


CSV = "cat,file,bee\n5,cat/b.png,2\n1, bee/x.png ,9\n7,not/there.png,7\n 3 ,cat/a.png,3\n"


def test_a_folder_has_votes_from_a_csv_by_file_and_class(tmp_path, photos):
    (tmp_path / "photos" / "votes.csv").write_text(CSV.replace(" ", ""))
    found = opened(tmp_path, "photos", votes="votes.csv")
    assert found.classes == ("bee", "cat")
    assert votes(found, (0, 1, 2)) == [[9, 1], [3, 3], [2, 5]]
    assert votes(opened(tmp_path, "photos", votes="votes.csv", classes=["cat", "bee"]), (2,)) == [[5, 2]]
    assert found.fingerprint != opened(tmp_path, "photos").fingerprint


def test_a_folder_has_votes_from_an_array_in_the_order_of_the_pictures(tmp_path, photos):
    np.save(tmp_path / "votes.npy", np.array([[9, 1], [3, 3], [2, 5]]))
    assert votes(opened(tmp_path, "photos", votes="votes.npy"), (2, 0)) == [[2, 5], [9, 1]]


def test_a_folder_of_numbered_classes_has_votes_by_number(tmp_path, photos):
    (tmp_path / "labels.csv").write_text("file,label\ncat/a.png,0\nbee/x.png,1\n")
    (tmp_path / "votes.csv").write_text("file,1,0,2\ncat/a.png,1,4,0\nbee/x.png,5,0,2\n")
    assert votes(opened(tmp_path, "photos", labels="labels.csv", votes="votes.csv"), (0, 1)) == [[4, 1, 0], [0, 5, 2]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("file,cat\ncat/a.png,1\n", r"votes\.csv:1: the columns are file, cat; name one .* for each class: bee, cat"),
        ("cat,bee\n1,2\n", r"votes\.csv:1: the columns are cat, bee; name one `file`"),
        ("file,cat,bee\ncat/a.png,1,2\ncat/a.png,1,2\n", r"votes\.csv:3: 'cat/a\.png' is named twice"),
        ("file,cat,bee\ncat/a.png,1,2.5\n", r"votes\.csv:2: '2\.5' is no count of votes; give whole numbers"),
        ("file,cat,bee\ncat/a.png,1\n", r"votes\.csv:2: '' is no count of votes"),
        ("file,cat,bee\ncat/a.png,1,-2\n", r"votes\.csv:2: '-2' is no count of votes"),
        ("file,cat,bee\ncat/a.png,1,2\n", r"votes\.csv has no votes for 'bee/x\.png'; give a row for each picture"),
        ("file,cat,bee\ncat/a.png,1,2\ncat/b.png,0,0\nbee/x.png,1,1\n", r"row 2 \(id cat/b\.png\) has no votes"),
        ('file,cat,bee\n"', r"votes\.csv cannot be read as CSV"),
    ],
)  # fmt: skip
def test_a_wrong_csv_is_answered_with_its_line(tmp_path, photos, text, message):
    (tmp_path / "photos" / "votes.csv").write_text(text)
    with pytest.raises(DataError, match=message):
        opened(tmp_path, "photos", votes="votes.csv")


def test_a_missing_or_damaged_file_of_votes_is_named(tmp_path, photos):
    with pytest.raises(SourceError, match=r"'votes\.npy' does not exist"):
        opened(tmp_path, "photos", votes="votes.npy")
    (tmp_path / "votes.npy").write_bytes(b"\x93NUMPY")
    with pytest.raises(DataError, match=r"votes\.npy cannot be read as a \.npy file"):
        opened(tmp_path, "photos", votes="votes.npy")
    np.save(tmp_path / "votes.npy", np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match=r"votes\.npy cannot be read as a \.npy file.*pickle"):
        opened(tmp_path, "photos", votes="votes.npy")


def test_torchvision_has_votes_from_an_array_in_its_order(tmp_path):
    options = {"arguments": {"size": 3, "image_size": [3, 4, 5], "num_classes": 2}, "size": [4, 5]}
    np.save(tmp_path / "votes.npy", VOTES[:3, :2] + 1)
    found = opened(tmp_path, "FakeData", votes="votes.npy", **options)
    assert votes(found, (2, 0)) == (VOTES[[2, 0], :2] + 1).tolist()
    assert found.fingerprint != opened(tmp_path, "FakeData", **options).fingerprint


DATA = from_arrays(IMAGES, LABELS, classes=CLASSES, votes=VOTES, ids=list("abcde"))


def test_without_a_wish_the_data_is_what_it_was():
    assert some_classes(DATA, known=["bee"]) is DATA


def test_only_and_without_choose_rows_by_name_or_number():
    for chosen in ({"only": ["cat", "ant"]}, {"only": [2, 0]}, {"without": ["bee"]}, {"without": [1]}):
        found = some_classes(DATA, **chosen)
        assert found.ids.tolist() == ["a", "b", "d", "e"]
        assert found.labels.tolist() == [0, 2, 0, 2]
        assert found.classes == tuple(CLASSES)
        batch = found.rows(np.array([3, 1]))
        assert np.array_equal(batch.inputs, IMAGES[[4, 1]])
        assert (batch.ids.tolist(), batch.labels.tolist()) == (["e", "b"], [2, 2])
        assert batch.columns["votes"].tolist() == VOTES[[4, 1]].tolist()


def test_labels_are_brought_into_the_models_numbering_by_name():
    seen = some_classes(DATA, without=["bee"], known=["dog", "cat", "ant"])
    assert seen.labels.tolist() == [2, 1, 2, 1]
    assert seen.rows(np.array([0, 1])).labels.tolist() == [2, 1]
    assert seen.classes == ("dog", "cat", "ant")
    assert "votes" not in seen.rows(np.array([0])).columns  # of other classes than the model's


def test_votes_follow_where_data_and_model_name_the_same_classes():
    found = some_classes(DATA, without=["bee"], known=["cat", "ant", "bee"])
    assert found.labels.tolist() == [1, 0, 1, 0]
    assert found.rows(np.array([1])).columns["votes"].tolist() == [[7, 0, 3]]


def test_classes_that_the_model_does_not_know_are_held_out():
    found = some_classes(DATA, only=["bee", "cat"], known=["ant", "dog"])
    assert found.labels.tolist() == [-1, -1, -1]
    assert found.rows(np.array([0])).labels.tolist() == [-1]
    assert found.classes is None


def test_a_model_that_names_no_classes_takes_labels_as_they_are():
    assert some_classes(DATA, only=["cat"], known=None).labels.tolist() == [2, 2]
    unnamed = from_arrays(IMAGES, LABELS)
    assert some_classes(unnamed, only=[1, 2], known=["x"]).labels.tolist() == [2, 1, 2]


def test_rows_of_no_class_stay_unless_classes_are_asked_for():
    @given(st.lists(st.integers(-1, 2), min_size=2, max_size=12), st.sets(st.integers(0, 2), min_size=1, max_size=2))
    def rule(labels, chosen):
        class Some:
            ids, classes, fingerprint = np.array([str(i) for i in range(len(labels))]), tuple(CLASSES), "f"

            def __len__(self):
                return len(self.ids)

        whole = Some()
        whole.labels = np.array(labels)
        inside = [label in chosen for label in labels]
        for wish, kept in (("only", inside), ("without", [not one for one in inside])):
            if any(kept):
                found = some_classes(whole, **{wish: sorted(chosen)}, known=["cat", "ant", "bee"])
                assert found.ids.tolist() == whole.ids[kept].tolist()
                assert found.labels.tolist() == [{0: 1, 1: 2, 2: 0, -1: -1}[one] for one in whole.labels[kept].tolist()]
            else:
                with pytest.raises(DataError, match="no row is left"):
                    some_classes(whole, **{wish: sorted(chosen)})

    rule()


def test_the_fingerprint_tells_the_choice_and_the_numbering():
    made = [
        DATA,
        some_classes(DATA, only=["cat"]),
        some_classes(DATA, without=["cat"]),
        some_classes(DATA, only=["cat"], known=["cat", "ant"]),
        some_classes(DATA, only=["cat"], known=["ant"]),
    ]
    assert len({one.fingerprint for one in made}) == 5


@pytest.mark.parametrize(
    ("data", "wish", "message"),
    [
        (DATA, {"only": ["cta"]}, r"here has no class 'cta'; did you mean 'cat'\?"),
        (DATA, {"without": [3]}, r"here has no class 3; there are: ant, bee, cat"),
        (DATA, {"without": [-1]}, r"here has no class -1"),
        (from_arrays(IMAGES, LABELS), {"only": ["cat"]}, r"no class 'cat'; it names none; write a number from 0 to 2"),
        (from_arrays(IMAGES), {"only": [0]}, r"no class 0; none of its rows has a class"),
        (DATA, {"without": CLASSES}, r"here: no row is left"),
        (DATA, {"only": ["ant", "cat"], "known": ["cat", "dog"]}, r"the model knows the class 'cat' and not 'ant'"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_refused_by_name(data, wish, message):
    with pytest.raises(DataError, match=message):
        some_classes(data, **wish, where="here")
