"""A page read back with the standard library's parser, strictly: every element must be closed in its turn."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "img", "br", "wbr", "link", "input"}


@dataclass(eq=False, repr=False)
class Node:
    """An element with its attributes, its children and its text."""

    tag: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    pieces: list[str | Node] = field(default_factory=list)

    def all(self, tag: str | None = None, **wanted: str) -> list[Node]:
        """The elements below of this tag and these attributes, in the order of the page."""
        found = []
        for child in self.children:
            if (tag is None or child.tag == tag) and all(child.attributes.get(k) == v for k, v in wanted.items()):
                found.append(child)
            found += child.all(tag, **wanted)
        return found

    def one(self, tag: str | None = None, **wanted: str) -> Node:
        """The only such element."""
        (found,) = self.all(tag, **wanted)
        return found

    @property
    def text(self) -> str:
        """All text below, as written."""
        return "".join(piece if isinstance(piece, str) else piece.text for piece in self.pieces)

    @property
    def words(self) -> str:
        """All text below, blanks folded."""
        return " ".join(self.text.split())


class Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open = [Node("page", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"an attribute twice in <{tag}>: {names}"
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        self.open[-1].pieces.append(node)
        if tag not in VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].pieces.append(data)


def read(page: str) -> Node:
    """The page as a tree."""
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert len(reader.open) == 1, f"never closed: {[node.tag for node in reader.open[1:]]}"
    return reader.open[0]


def rows_of(page: Node, label: str) -> list[list[str]]:
    """The words in the table of this region, row by row, without its head."""
    rows = page.one("div", role="region", **{"aria-label": label}).all("tr")
    return [[field.words for field in row.children] for row in rows[1:]]
