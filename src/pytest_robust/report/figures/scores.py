"""One score of familiar images against unfamiliar ones: two filled outlines, and the threshold between them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise

from markupsafe import Markup

from pytest_robust.record import Scores
from pytest_robust.report.figures.svg import (
    Point,
    Scale,
    band,
    element,
    linear,
    picture,
    short,
    text,
    ticks,
    x_axis,
    y_axis,
)

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 380.0, 246.0, 40.0, 368.0, 44.0, 204.0
KEY = (("familiar", 196.0), ("unfamiliar", 280.0))


def draw(scores: Scores, *, name: str) -> Markup:
    """The histograms as shares of each group, so that groups of different sizes compare."""
    edges = scores.edges
    shares = {"familiar": shares_of(scores.familiar), "unfamiliar": shares_of(scores.unfamiliar)}
    highest = max(map(max, shares.values())) or 1.0
    x, y = linear((edges[0], edges[-1]), (LEFT, RIGHT)), linear((0, highest), (BOTTOM, TOP))
    parts = [
        x_axis(x, ticks(edges[0], edges[-1], 5), BOTTOM, top=TOP, name=f"score {scores.score} (higher: less familiar)"),
        y_axis(y, ticks(0, highest, 4), LEFT, right=RIGHT, name="share of the group"),
        outline(edges, shares["familiar"], x, y, "familiar"),
        outline(edges, shares["unfamiliar"], x, y, "unfamiliar"),
        hatch((x(at), y(share)) for at, share in zip(middles(edges), shares["unfamiliar"], strict=True)),
        *(part for group, at in KEY for part in swatch(group, at)),
    ]
    if scores.threshold is not None:
        at = x(scores.threshold)
        early = at < (LEFT + RIGHT) / 2
        parts += [
            element("line", x1=at, x2=at, y1=TOP - 14, y2=BOTTOM, class_="threshold"),
            text(at + (4 if early else -4), TOP - 6, "threshold at TPR 95 %", anchor="start" if early else "end"),
        ]
    title = f"{name}: {scores.score} of familiar and unfamiliar"
    return picture(WIDTH, HEIGHT, *parts, title=title, desc=words(scores))


def drawable(scores: Scores) -> bool:
    """Whether the edges are those of the counts, and rise."""
    edges, both = scores.edges, (scores.familiar, scores.unfamiliar)
    fit = len(edges) > 1 and all(len(counts) == len(edges) - 1 and min(counts) >= 0 for counts in both)
    return fit and all(map(math.isfinite, edges)) and all(a < b for a, b in pairwise(edges))


def shares_of(counts: Sequence[int]) -> list[float]:
    """Each bin's share of its group."""
    total = sum(counts) or 1
    return [count / total for count in counts]


def outline(edges: Sequence[float], shares: Sequence[float], x: Scale, y: Scale, class_: str) -> Markup:
    """The outline of a histogram, filled."""
    ends = pairwise(map(x, edges))
    top = [(at, y(share)) for (start, end), share in zip(ends, shares, strict=True) for at in (start, end)]
    return band(top, [(x(edges[0]), y(0)), (x(edges[-1]), y(0))], class_)


def hatch(tops: Iterable[Point], bottom: float = BOTTOM) -> Markup:
    """Upright lines from the tops down: what tells the group without colour."""
    lines = "".join(f"M{short(x)} {short(y)}V{short(bottom)}" for x, y in tops if y < bottom)
    return element("path", d=lines, class_="hatch")


def middles(edges: Sequence[float]) -> list[float]:
    """The middle of each bin."""
    return [(start + end) / 2 for start, end in pairwise(edges)]


def swatch(group: str, at: float) -> list[Markup]:
    """A group's entry in the key."""
    filled = [element("rect", x=at, y=2, width=13, height=10, class_=group)]
    filled += [hatch([(at + 4.5, 2.0), (at + 8.5, 2.0)], 12.0)] if group == "unfamiliar" else []
    return [*filled, text(at + 18, 11, group, class_="key")]


def words(scores: Scores) -> str:
    """AUROC and FPR as a sentence says them."""
    told = (
        f"An unfamiliar image looks less familiar than a familiar one in {scores.auroc:.1%} of pairs "
        f"(AUROC {scores.auroc:.3f})."
    )
    if scores.fpr_at_tpr95 is None:
        return f"{told} Too few unfamiliar images for a threshold that catches 95 % of them."
    return (
        f"{told} A threshold that catches 95 % of the unfamiliar turns away {scores.fpr_at_tpr95:.1%} of the familiar "
        f"(FPR {scores.fpr_at_tpr95:.3f})."
    )
