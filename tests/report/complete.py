"""The sample with every part of a record filled, and the same many times over."""

from __future__ import annotations

import random
from typing import Any

from sample import N, around, png, record, sha

from pytest_robust.record import (
    CellSummary,
    Change,
    CheckChange,
    Counterexample,
    Disagreement,
    Failure,
    File,
    Hazard,
    Kept,
    Lineage,
    Overlap,
    Place,
    Profile,
    Record,
    Region,
    Requirement,
    Risk,
    Scores,
    Section,
    SliceResult,
    Smallest,
    Spent,
    Suspect,
    Table,
    Training,
    Twin,
    Unread,
    Verdict,
    Waiver,
)

HAZARDS = (
    ("misread-amount", "a wrong amount is paid", ["digits are read right in rain and fog", "it knows when it cannot"]),
    ("unnoticed-outage", "nobody notices that the scanner is broken", ["what is no digit is flagged", "never traced"]),
)


def complete() -> Record:
    """Every part of a record filled, down to votes, suspected labels and a plug-in's section."""
    sample = record()
    unread = {"unreadable": 2, "unread": [Unread(row=f"digits-{k}.png", reason="is cut off") for k in range(2)]}
    balance = [50, 49, 52, 51, 48, 50, 50, 50, 48, 52]
    ids = [verdict.id for verdict in sample.verdicts]
    failed = [verdict.id for verdict in sample.verdicts if verdict.outcome == "FAIL"]
    slowest = {cell.id: Spent(model=2.5, disk=0.25) for cell in sample.cells[:20]}
    profile = Profile(checks=len(ids), spent=sum(slowest.values(), Spent()), cells=slowest)
    kept = [
        Kept(check=one.id, row=one.counterexamples[0].row, id="0" * 12)
        for one in sample.verdicts
        if one.counterexamples
    ]
    return sample.model_copy(
        update={
            "run": sample.run.model_copy(update={"profile": profile, "kept": kept}),
            "cells": [enriched(cell) for cell in sample.cells],
            "verdicts": [minimised(verdict) for verdict in sample.verdicts],
            "data": [one.model_copy(update={"balance": balance, "batch": 32, **unread}) for one in sample.data],
            "risk": Risk(severity=2, autonomy=1, stated={"external_review": "docs/review.md"}, place=at(3)),
            "hazards": hazards("", ids),
            "waivers": [
                Waiver(checks=failed[:2], owner="A. Turing", reason="mended in 1.1", expires="2999-12-31", place=at(9)),
                Waiver(checks=failed[2:3], owner="G. Hopper", reason="a new lens", expires="2020-01-31", place=at(10)),
            ],
            "lineage": lineage(),
            "comparison": sample.comparison and sample.comparison.model_copy(update={"checks": checks(ids)}),
            "sections": [section("Energy")],
        }
    )


def at(line: int) -> Place:
    """A place in the suite."""
    return Place(path="suites/vision.yaml", line=line, column=5)


def hazards(prefix: str, ids: list[str]) -> list[Hazard]:
    """Two hazards with two requirements each; the last requirement has no check."""
    shares = iter((ids[:6], ids[6:12], ids[-5:-2], []))
    return [
        Hazard(
            name=f"{prefix}{name}",
            harm=harm,
            requirements=[Requirement(text=text, checks=next(shares), place=at(5)) for text in texts],
            place=at(4),
        )
        for name, harm, texts in HAZARDS
    ]


def checks(ids: list[str]) -> list[CheckChange]:
    """Each check before and now, one of them new and one gone."""
    found = [CheckChange(id=one, before="PASS", now="PASS", estimate_before=0.91, estimate_now=0.9) for one in ids]
    found[0] = found[0].model_copy(update={"now": "FAIL", "estimate_now": 0.7})
    found[1] = found[1].model_copy(update={"before": None, "estimate_before": None})
    return [*found, CheckChange(id="weather::hail-3::accuracy", before="PASS", now=None, estimate_before=0.88)]


def minimised(verdict: Verdict) -> Verdict:
    """The check with the smallest severity at which each of its counterexamples fails."""

    def smaller(number: int, one: Counterexample) -> Counterexample:
        least = Smallest(
            level=f"0.{number + 1}",
            region=Region(top=2, left=number, height=4, width=3, image_height=8, image_width=8),
            after=one.after,
            perturbed=one.perturbed,
            difference=one.difference,
        )
        return one.model_copy(update={"position": number, "level": f"0.{number + 1}", "smallest": least})

    examples = [smaller(number, one) for number, one in enumerate(verdict.counterexamples)]
    return verdict.model_copy(update={"counterexamples": examples})


def enriched(cell: CellSummary) -> CellSummary:
    """The cell with what section 7 and section 11 draw of it."""
    more: dict[str, object] = {"risk": f"{cell.generator} in the field", "options": {"steps": "20"}}
    if cell.kind == "outlier":
        edges = [k / 20 for k in range(21)]
        familiar = [max(0, 60 - 4 * abs(k - 4)) for k in range(20)]
        unfamiliar = [max(0, 40 - 3 * abs(k - 13)) for k in range(20)]
        scores = {"edges": edges, "familiar": familiar, "unfamiliar": unfamiliar, "auroc": 0.93, "fpr_at_tpr95": 0.21}
        more["scores"] = [Scores(score=name, **scores) for name in ("msp", "energy", "knn")]
    if cell.kind == "ambiguity":
        more["truth"] = "votes"
        more["disagreement"] = [
            Disagreement(people=k / 10, model=k / 14, interval=around(k / 14, 60), count=60) for k in range(1, 9)
        ]
    if cell.kind == "clean":
        more["suspects"] = [Suspect(row=f"digits-{k}", label="3", answer="8", probability=0.99) for k in range(20)]
        more["suspected"] = 34
    if cell.kind == "attack":
        more |= {"needs": ["gradients"], "accuracy_by_epsilon": [(k / 255, 0.98 - 0.08 * k) for k in range(9)]}
    return cell.model_copy(update=more)


def lineage() -> Lineage:
    """Weights, a manifest, and a test set of which three rows are training rows."""
    twins = [Twin(row=f"digits-{k}", training_row=f"train-{k}", distance=k - 1) for k in range(20)]
    file = File(path="examples/digits/model.safetensors", sha256=sha("weights"), bytes=398_112)
    overlap = {"rows": N, "training_rows": 897, "exact": 1, "near": 19, "within": 4}
    description = {"name": "digits, first half", "licence": "CC BY 4.0"}
    return Lineage(
        weights=[file],
        training=Training(
            source="train.json", format="manifest", sha256=sha("train"), rows=897, description=description
        ),
        overlaps=[Overlap(data="test", **overlap, twins=twins)],
        unlooked="“letters” holds no digits",
    )


def section(title: str) -> Section:
    """What a plug-in may add: all that there is room for."""
    picture = png([[(x * y) % 256 for x in range(32)] for y in range(32)])
    rows = [["idle", "0.2", "0.1"], ["full", "3.1", "0.4"]]
    return Section(
        title=title,
        paragraphs=["Measured at the plug of the device under test.", "Idle power is taken off."],
        tables=[Table(caption="Energy an image", head=["load", "mJ", "±"], rows=rows)],
        pictures=[("power over time", picture)],
    )


def large(least: int, *, classes: int = 1_000) -> Record:
    """At least so many checks: `complete` over and over, with every list of every part as long as it may well be."""
    one = complete()
    names = [f"class {number}" for number in range(classes)]
    draw = random.Random(1)
    times = -(-least // len(one.verdicts))
    verdicts = [renamed(verdict, number) for number in range(times) for verdict in one.verdicts]
    verdicts = [sliced(v, names, draw) if v.by == "class" else v for v in verdicts]
    cells = [renamed(cell, number) for number in range(times) for cell in one.cells]
    ids = [verdict.id for verdict in verdicts]
    rows = [Failure(row=f"digits-{number}", label=str(number % 10)) for number in range(20)]
    assert one.comparison
    assert one.model
    pattern = one.comparison.changes[0]
    changes: list[Change] = [pattern.model_copy(update={"id": cell.id, "failures": rows}) for cell in cells]
    some = one.waivers[0]
    return one.model_copy(
        update={
            "model": one.model.model_copy(update={"classes": names}),
            "data": [
                one.data[0].model_copy(update={"name": f"data {k}", "classes": names, "balance": list(range(classes))})
                for k in range(20)
            ],
            "verdicts": verdicts,
            "cells": cells,
            "comparison": one.comparison.model_copy(update={"changes": changes, "checks": checks(ids)}),
            "hazards": [hazard for k in range(times) for hazard in hazards(f"{k}-", ids[k * 60 : k * 60 + 60])],
            "waivers": [some.model_copy(update={"checks": [v.id]}) for v in verdicts if v.outcome == "FAIL"],
            "sections": [section(f"Energy {k}") for k in range(20)],
        }
    )


def renamed(part: Verdict | CellSummary, number: int) -> Any:
    """The same in another scenario."""
    return part.model_copy(update={"id": f"s{number}-{part.id}", "scenario": f"s{number}-{part.scenario}"})


def sliced(verdict: Verdict, names: list[str], draw: random.Random) -> Verdict:
    """A claim of each of these classes, worst first."""
    values = sorted(round(draw.uniform(0.5, 1), 3) for _ in names)
    slices = [
        SliceResult(name=name, n=50, estimate=p, interval=around(p, 50), outcome="FAIL" if p < 0.6 else "INCONCLUSIVE")
        for name, p in zip(names, values, strict=True)
    ]
    return verdict.model_copy(update={"slices": slices, "estimate": values[0]})
