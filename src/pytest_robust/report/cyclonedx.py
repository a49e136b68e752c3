"""The model with its data, its packages and what was measured of it, as a CycloneDX 1.7 bill of materials (ML-BOM).

It is written here and not through the standard's Python library, which knows no model cards.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from pytest_robust.record import DataSet, Record, Verdict
from pytest_robust.report import decision
from pytest_robust.report.words import bound, ends, harmless, moment, number

MODEL = "model"
"""What the rest of the document calls the model."""

SHA256 = re.compile("[0-9a-fA-F]{64}")


def render(record: Record, stem: str) -> str:
    """The bill of materials of a record's model. `stem` names the files of the run, which it refers to."""
    parts = [*weights(record), *data(record), *training(record), *packages(record)]
    started = moment(record.run.started)
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.7.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.7",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, f'pytest-robust:record:{record.digest}')}",
        "version": 1,
        "metadata": {
            **({"timestamp": started.isoformat()} if started else {}),
            "lifecycles": [{"phase": "post-build"}],
            "tools": {"components": [tool(record)]},
            "component": model(record, stem),
        },
        "components": parts,
        "dependencies": [
            {"ref": MODEL, "dependsOn": [part["bom-ref"] for part in parts]},
            *({"ref": part["bom-ref"]} for part in parts),
        ],
    }
    return json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def tool(record: Record) -> dict[str, Any]:
    """This program."""
    version = record.environment.packages.get("pytest-robust")
    return {"type": "application", "name": "pytest-robust", **({"version": harmless(version)} if version else {})}


def model(record: Record, stem: str) -> dict[str, Any]:
    """The model that the suite is about, with its card; named after the suite where it could not be loaded."""
    known = record.model
    told: dict[str, Any] = {
        "type": "machine-learning-model",
        "bom-ref": MODEL,
        "name": harmless(known.source if known else record.suite.name),
        "modelCard": card(record),
        "externalReferences": [
            {
                "type": "evidence",
                "url": quote(f"{stem}.json"),
                "comment": f"The record of the run. The digest that it is signed on is {harmless(record.digest)}.",
            },
            {"type": "risk-assessment", "url": quote(f"{stem}.html"), "comment": "The risk report of the run."},
        ],
        "properties": properties(record),
    }
    if known and (sums := hashes(known.sha256)):
        told["hashes"] = sums
    if record.run.repository:
        told["externalReferences"].append({"type": "vcs", "url": quote(record.run.repository, safe=":/")})
    if revision := record.environment.revision:
        told["pedigree"] = {"commits": [{"uid": harmless(revision.commit)}]}
        if revision.dirty:
            told["pedigree"]["notes"] = "Tracked files differed from the commit."
    return told


def card(record: Record) -> dict[str, Any]:
    """The model card: what it is for, what was measured of it, and what it is known not to do."""
    return {
        "modelParameters": parameters(record),
        "quantitativeAnalysis": {"performanceMetrics": list(metrics(record))},
        "considerations": {
            "technicalLimitations": list(limitations(record)),
            "ethicalConsiderations": list(risks(record)),
        },
    }


def parameters(record: Record) -> dict[str, Any]:
    """What it takes and gives, and the data that it was tested on and, where known, trained on."""
    told: dict[str, Any] = {
        "task": "classification",
        "datasets": [{"ref": one["bom-ref"]} for one in (*data(record), *training(record))],
        "inputs": [{"format": "image"}],
    }
    if record.model is not None:
        told["outputs"] = [{"format": f"probabilities of {len(record.model.classes):,} classes"}]
    return told


def metrics(record: Record) -> Iterator[dict[str, Any]]:
    """What was observed by every check, and of every slice of it."""
    for verdict in record.verdicts:
        where = f"{verdict.scenario}::{verdict.cell}"
        if verdict.estimate is not None:
            worst = f", {verdict.slices[0].name}" if verdict.slices else ""
            yield metric(verdict, where + worst, verdict.estimate, verdict.interval)
        for one in verdict.slices[1:]:
            if one.estimate is not None:
                yield metric(verdict, f"{where}, {one.name}", one.estimate, one.interval)


def metric(verdict: Verdict, where: str, estimate: float, interval: tuple[float, float] | None) -> dict[str, Any]:
    """One value as text, which is what the standard asks for."""
    told: dict[str, Any] = {"type": harmless(verdict.property), "value": repr(estimate), "slice": harmless(where)}
    if interval is not None:
        told["confidenceInterval"] = {"lowerBound": repr(interval[0]), "upperBound": repr(interval[1])}
    return told


def limitations(record: Record) -> Iterator[str]:
    """Every claim that is not proven, worst outcomes first."""
    words = {
        "FAIL": "does not hold",
        "ERROR": "could not be judged",
        "INCONCLUSIVE": "is not proven",
        "NOT RUN": "was not checked",
    }
    for outcome, what in words.items():
        for verdict in record.verdicts:
            if verdict.outcome != outcome:
                continue
            seen = ""
            if verdict.estimate is not None:
                claimed = bound(verdict.threshold, verdict.operator)
                seen = f": observed {number(verdict.estimate)} ({ends(verdict.interval)}), claimed {claimed}"
            known = f"; known: {verdict.xfail}" if verdict.xfail else ""
            why = f"; {verdict.reason}" if verdict.reason else ""
            claim = " ".join(verdict.claim.split())
            yield harmless(f"{claim} {what} in {verdict.scenario}::{verdict.cell}{seen}{known}{why}")


def risks(record: Record) -> Iterator[dict[str, str]]:
    """The hazards that the suite names, with what must hold against them, and what is accepted for now."""
    for hazard in record.hazards:
        yield {
            "name": harmless(f"{hazard.name}: {hazard.harm}"),
            "mitigationStrategy": harmless("; ".join(one.text for one in hazard.requirements) or "none is named"),
        }
    for waiver in record.waivers:
        yield {
            "name": harmless(f"not proven, and waived: {', '.join(waiver.checks)}"),
            "mitigationStrategy": harmless(f"accepted by {waiver.owner} until {waiver.expires}: {waiver.reason}"),
        }


def weights(record: Record) -> Iterator[dict[str, Any]]:
    """The files of the model."""
    for file in record.lineage.weights if record.lineage else []:
        yield part("file", f"weights:{file.path}", file.path, file.sha256, {"bytes": str(file.bytes)})


def data(record: Record) -> Iterator[dict[str, Any]]:
    """The data sets that it was tested on."""
    for one in record.data:
        unread = {"rows that could not be read": str(one.unreadable)} if one.unreadable else {}
        told = {"source": one.source, "rows": str(one.rows), **unread, **shared(record, one)}
        yield part("data", f"data:{one.name}", one.name, one.sha256, told) | {"data": [{"type": "dataset"}]}


def shared(record: Record, one: DataSet) -> dict[str, str]:
    """What a data set has in common with the training data, where that was looked at."""
    for overlap in record.lineage.overlaps if record.lineage else []:
        if overlap.data == one.name:
            return {
                "rows that are training rows": str(overlap.exact),
                f"other rows within {overlap.within} bits of a training row": str(overlap.near),
            }
    return {}


def training(record: Record) -> Iterator[dict[str, Any]]:
    """What is known of the data that it was trained on."""
    known = record.lineage.training if record.lineage else None
    if known is not None:
        rows = {} if known.rows is None else {"rows": str(known.rows)}
        told = {"told by": known.format, **rows, **known.description}
        yield part("data", "training", known.source, known.sha256, told) | {"data": [{"type": "dataset"}]}


def packages(record: Record) -> Iterator[dict[str, Any]]:
    """The packages that the run stood on."""
    for name, version in record.environment.packages.items():
        purl = f"pkg:pypi/{quote(re.sub(r'[-_.]+', '-', name).lower(), safe='')}@{quote(version, safe='')}"
        yield {
            "type": "library",
            "bom-ref": harmless(f"package:{name}"),
            "name": harmless(name),
            "version": harmless(version),
            "purl": purl,
        }


def part(kind: str, ref: str, name: str, sha256: str, told: dict[str, str]) -> dict[str, Any]:
    """One component with its hash."""
    made: dict[str, Any] = {"type": kind, "bom-ref": harmless(ref), "name": harmless(name)}
    if sums := hashes(sha256):
        made["hashes"] = sums
    made["properties"] = [named(key, value) for key, value in told.items()]
    return made


def properties(record: Record) -> list[dict[str, str]]:
    """What the standard has no field for."""
    told = {
        "decision": decision.answer(record).word,
        "gate": record.run.gate,
        "suite": record.suite.path,
        "suite sha256": record.suite.sha256,
        "seed": str(record.suite.seed),
        "record digest": record.digest,
    }
    if record.model is not None:
        told |= {"adapter": record.model.adapter, **record.model.description}
    return [named(key, value) for key, value in told.items()]


def named(key: str, value: str) -> dict[str, str]:
    """A property in our own name space."""
    return {"name": harmless(f"pytest-robust:{key}"), "value": harmless(value)}


def hashes(sha256: str) -> list[dict[str, str]]:
    """The hash, where the record holds one."""
    return [{"alg": "SHA-256", "content": sha256}] if SHA256.fullmatch(sha256) else []
