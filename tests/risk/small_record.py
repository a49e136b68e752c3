"""Records of a few verdicts, real ones."""

from __future__ import annotations

from typing import Any

from pytest_robust.record import (
    CellSummary,
    DataSet,
    Environment,
    Model,
    Place,
    Protocol,
    Record,
    Risk,
    Run,
    SuiteIdentity,
    Verdict,
    Waiver,
)

PLACE = Place(path="s.yaml", line=1, column=1)


def verdict(outcome: str, xfail: str | None = None, *, check: str = "s::c::p", **more: Any) -> Verdict:
    scenario, cell, name = check.split("::")
    given = {
        "id": check, "outcome": outcome, "scenario": scenario, "cell": cell, "generator": cell, "severity": None,
        "property": name, "claim": name, "xfail": xfail, "place": PLACE,
    }  # fmt: skip
    return Verdict.model_validate(given | more)


def cell(where: str, kind: str, rows: int = 900) -> CellSummary:
    scenario, name = where.split("::")
    return CellSummary(
        id=where,
        scenario=scenario,
        generator=name,
        cell=name,
        severity=None,
        kind=kind,
        truth="label",
        n=rows,
        rows=rows,
    )


def waiver(*checks: str, expires: str = "2027-03-01", owner: str = "R. Roe") -> Waiver:
    return Waiver(checks=list(checks), owner=owner, reason="the lens is ordered", expires=expires, place=PLACE)


def risk(severity: int, autonomy: int, **more: Any) -> Risk:
    return Risk(severity=severity, autonomy=autonomy, place=PLACE, **more)


def record(*verdicts: Verdict, started: str = "2026-11-26T09:00:00+00:00", **more: Any) -> Record:
    given: dict[str, Any] = {
        "suite": SuiteIdentity(name="s", path="s.yaml", sha256="0", seed=0, text=""),
        "model": Model(adapter="torch", source="m.py:load", sha256="0", classes=["a", "b"]),
        "data": [DataSet(name="test", source="d.py:test", rows=900, classes=None, sha256="0")],
        "protocol": Protocol(
            alpha_pass=0.05, flake_budget=0.01, alpha_fail=0.01, claims=1, sequential_share=0.25, early_stopping=True,
            rows=None, interval_confidence=0.95,
        ),
        "environment": Environment(python="3.12", platform="Linux", packages={}),
        "cells": [],
        "verdicts": list(verdicts),
        "run": Run(started=started, seconds=1, command="pytest", gate="regression", exit_status=0),
    }  # fmt: skip
    return Record(**given | more)
