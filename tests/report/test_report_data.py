"""Section 11, the data: classes by their rows, labels that look wrong, rows that were trained on."""

from __future__ import annotations

import re

import pytest
from complete import complete
from pages import Node, read
from sample import record

from pytest_robust.record import DataSet, Lineage, Overlap, Twin, Unread
from pytest_robust.report.figures import balance
from pytest_robust.report.html import render


@pytest.fixture(scope="module")
def page() -> Node:
    return read(render(complete()))


def changed(**update: object) -> Node:
    return read(render(complete().model_copy(update=update)))


def of_data(**update: object) -> Node:
    """The section of a record of one data set."""
    data = DataSet(name="test", source="s", rows=10, classes=None, sha256="ab" * 32).model_copy(update=update)
    return changed(data=[data]).one("section", id="slices")


def with_overlap(**update: object) -> tuple[Node, Node]:
    """Identity and section 11 of a record with one overlap."""
    given = {
        "data": "test",
        "rows": 500,
        "training_rows": 897,
        "exact": 0,
        "near": 0,
        "within": 10,
        "correlation": 0.99,
    }
    page = changed(lineage=Lineage(overlaps=[Overlap.model_validate(given | update)]))
    return page.one("section", id="identity"), page.one("section", id="slices")


def table(page: Node, name: str) -> list[list[str]]:
    return [
        [cell.words for cell in row.children] for row in page.one("table", **{"class": name}).one("tbody").all("tr")
    ]


def test_every_class_has_a_bar_with_its_rows(page: Node):
    figures = page.one("section", id="slices").one("div", **{"class": "balances"}).all("figure")
    assert [one.one("figcaption").words for one in figures] == [
        "test: 500 rows of 10 classes, from 48 to 52 each",
        "letters: 500 rows of 10 classes, from 48 to 52 each",
    ]
    (drawn, *_) = [one.one("svg") for one in figures]
    assert len(drawn.all("rect", **{"class": "bar"})) == 10
    assert [text.words for text in drawn.all("text")][:6] == ["class", "rows", "0", "50", "1", "49"]
    assert drawn.one("title").words == "test: rows of each class"
    assert drawn.one("desc").words.startswith("0: 50, 1: 49, 2: 52")
    widths = [float(bar.attributes["width"]) for bar in drawn.all("rect")]
    assert widths[2] == max(widths)
    assert widths[1] / widths[2] == pytest.approx(49 / 52, abs=0.01)


def test_of_a_thousand_classes_the_largest_and_the_smallest_are_drawn():
    counts = [(k * 7919) % 1000 for k in range(1000)]
    drawn = read(str(balance.draw([f"class {k}" for k in range(1000)], counts, name="test"))).one("svg")
    assert len(drawn.all("rect", **{"class": "bar"})) == balance.MOST_BARS
    words = [text.words for text in drawn.all("text")]
    assert "976 classes between" in words
    assert words[3] == "999"
    assert words[-1] == "0"
    assert float(drawn.attributes["height"]) < 500


def test_rows_of_no_class_and_classes_without_rows_are_said():
    assert "test: 10 rows of no class" in of_data(balance=[]).words
    assert "test: 10 rows of 3 classes, from 0 to 6 each; 1 class without any" in of_data(balance=[4, 0, 6]).words


def test_classes_that_the_data_do_not_name_have_the_names_of_the_model():
    drawn = of_data(balance=[1] * 10).one("div", **{"class": "balances"}).one("svg")
    assert drawn.one("desc").words.startswith("0: 1, 1: 1")
    drawn = of_data(balance=[5, 5], classes=["cat", "dog"]).one("div", **{"class": "balances"}).one("svg")
    assert drawn.one("desc").words == "cat: 5, dog: 5."


def test_suspected_labels_are_listed_with_what_the_model_says_and_called_suspected(page: Node):
    section = page.one("section", id="slices")
    assert "Suspected, not proven" in section.words
    rows = table(section, "suspects")
    assert len(rows) == 20
    assert rows[0] == ["digits-0", "3", "8", "0.990"]
    assert "34 labels of the 500 rows of “test” that clean::clean looked at" in section.words
    assert "14 labels more look wrong; the surest are shown." in section.words


def test_a_clean_cell_without_suspects_says_of_how_many_labels():
    cells = [cell.model_copy(update={"suspects": [], "suspected": 0}) for cell in complete().cells]
    section = changed(cells=cells).one("section", id="slices")
    assert "Of “test”, none of the 500 labels that clean::clean looked at is suspected." in section.words
    assert not section.all("table", **{"class": "suspects"})


def test_the_limits_say_whether_wrong_labels_were_looked_for(page: Node):
    said = "Wrong labels in the data count as mistakes of the model, or hide them."
    assert (
        f"{said} Section 11 lists those that the model itself speaks against" in page.one("section", id="limits").words
    )
    older = read(render(record()))
    assert f"{said} They were not looked for." in older.one("section", id="limits").words


@pytest.mark.parametrize(
    ("counts", "shape", "said"),
    [
        ({}, "pass", "NONE of “test”, none of 500 rows is among the 897 training rows, or looks like a copy of one"),
        ({"exact": 3}, "fail", "SHARED of “test”, 3 of 500 rows are training rows, pixel by pixel"),
        (
            {"exact": 1, "near": 2},
            "fail",
            "SHARED of “test”, 1 of 500 rows is a training row, pixel by pixel, and 2 more look like copies of one",
        ),
        (
            {"near": 1},
            "open",
            "TO LOOK AT of “test”, none of 500 rows is a training row, but 1 looks like a copy of a training row",
        ),
    ],
)
def test_an_overlap_is_told_in_words_with_its_shape_in_both_sections(counts, shape: str, said: str):
    for section in with_overlap(**counts):
        assert said in section.words
    (line,) = with_overlap(**counts)[1].one("ul", **{"class": "overlaps"}).all("li")
    assert line.one("svg").attributes["class"] == f"mark {shape}"


def test_twins_are_listed_with_how_alike_they_are():
    twins = [Twin(row="a", training_row="t-1", distance=-1), Twin(row="b", training_row="t-9", distance=4)]
    _, section = with_overlap(exact=1, near=30, twins=twins)
    assert table(section, "twins") == [["a", "t-1", "the same pixels"], ["b", "t-9", "4 of 64 bits differ"]]
    assert "Rows of “test” with the training row that each looks like; 2 of 31" in section.words
    assert "differ in at most 10 of 64 bits, and its thumbnail of 8 x 8 grey pixels correlates by at least 0.99" in (
        section.words
    )


def test_the_section_is_there_whenever_there_are_data():
    older = record()
    assert older.lineage is None
    plain = [v.model_copy(update={"by": None, "slices": []}) for v in older.verdicts]
    section = read(render(older.model_copy(update={"verdicts": plain}))).one("section", id="slices")
    assert re.sub(r"^11 ", "", section.words).startswith("Slices and data Claims of every slice No claim is of every")


def test_text_of_the_users_stays_text():
    sharp = "<img src=x onerror=alert(1)>"
    data = DataSet(name=sharp, source=sharp, rows=2, classes=[sharp, "b"], sha256="ab" * 32, balance=[1, 1])
    twins = [Twin(row=sharp, training_row=sharp, distance=0)]
    overlap = Overlap(data=sharp, rows=2, training_rows=2, exact=0, near=1, within=10, twins=twins)
    page = changed(data=[data], lineage=Lineage(overlaps=[overlap], unlooked=sharp))
    section = page.one("section", id="slices")
    assert not section.all("img")
    assert sharp in section.words
    assert sharp in page.one("section", id="identity").words


def test_rows_that_could_not_be_read_are_named_and_it_is_said_of_which_rows_the_verdicts_speak():
    unread = [Unread(row=f"cat/{n}.png", reason="the file <b>ends</b> early") for n in range(20)]
    data = complete().data[0].model_copy(update={"unreadable": 23, "unread": unread})
    page = changed(data=[data])
    section = page.one("section", id="slices")
    caption = section.one("table", **{"class": "unread"}).one("caption").words
    assert caption.startswith("23 rows of the 523 of “test” could not be read; ")
    assert caption.endswith("; the first 20")
    assert table(page, "unread")[0] == ["cat/0.png", "the file <b>ends</b> early"]
    assert "of the rows that could be read, and of those alone" in section.words
    assert "23 rows more could not be read, see section 11" in page.one("section", id="identity").words
    decision = page.one("section", id="decision").words
    assert "23 of 523 rows of test could not be read: every verdict speaks of the others alone" in decision
    assert "Mend the rows of section 11 that cannot be read, or take them out" in decision
    assert "could not be read" not in changed(data=record().data).one("section", id="slices").words
