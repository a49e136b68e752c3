"""A realistic record, built through the models: what a suite on handwritten digits might find."""

from __future__ import annotations

import base64
import hashlib
import math
import random
import struct
import zlib
from typing import Any, get_args

import numpy as np

from pytest_robust.record import (
    Baseline,
    Bin,
    CellSummary,
    Change,
    Comparison,
    Counterexample,
    DataSet,
    Disagreement,
    Environment,
    Failure,
    Guess,
    Interval,
    Model,
    Outcome,
    Place,
    Power,
    Protocol,
    Record,
    Revision,
    Run,
    Scores,
    SliceResult,
    Smallest,
    SuiteIdentity,
    Uncompared,
    Verdict,
)
from pytest_robust.record.rows import pack

DIGITS = [str(digit) for digit in range(10)]
CORRUPTIONS = (
    "fog",
    "snow",
    "gaussian_noise",
    "motion_blur",
    "defocus_blur",
    "contrast",
    "jpeg_compression",
    "pixelate",
)
DROP = {"fog": 0.05, "snow": 0.035, "gaussian_noise": 0.02, "motion_blur": 0.11, "defocus_blur": 0.06, "contrast": 0.03}
N = 500


def png(pixels: list[list[int]]) -> str:
    """A grey picture as a data address."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    rows = b"".join(b"\0" + bytes(row) for row in pixels)
    header = struct.pack(">IIBBBBB", len(pixels[0]), len(pixels), 8, 0, 0, 0, 0)
    file = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    return "data:image/png;base64," + base64.b64encode(file).decode()


def shots(draw: random.Random, strength: float) -> dict[str, str]:
    """A ring, the ring in fog, and their difference ten times enlarged."""
    centre, radius = (draw.uniform(13, 18), draw.uniform(13, 18)), draw.uniform(7, 11)

    def ring(x: int, y: int) -> int:
        away = abs(math.hypot(x - centre[0], y - centre[1]) - radius)
        return int(max(0.0, 1 - away / 2.5) * 235 + 12)

    clean = [[ring(x, y) for x in range(32)] for y in range(32)]
    hard = [[min(255, int(v * (1 - strength) + 190 * strength + draw.gauss(0, 18))) for v in row] for row in clean]
    hard = [[max(0, v) for v in row] for row in hard]
    apart = [
        [max(0, min(255, 128 + 10 * (b - a))) for a, b in zip(*rows, strict=True)]
        for rows in zip(clean, hard, strict=True)
    ]
    return {"original": png(clean), "perturbed": png(hard), "difference": png(apart)}


def examples(draw: random.Random, many: int, strength: float, least: str | None) -> list[Counterexample]:
    """Counterexamples with pictures, and with the smallest input at that level."""

    def guesses(first: str, sure: float) -> list[Guess]:
        others = draw.sample([d for d in DIGITS if d != first], 2)
        return [Guess(label=first, probability=sure), *(Guess(label=o, probability=(1 - sure) / 3) for o in others)]

    found = []
    for position in range(many):
        right, wrong = draw.sample(DIGITS, 2)
        found.append(
            Counterexample(
                row=f"digits-{draw.randrange(1797)}",
                label=right,
                before=guesses(right, draw.uniform(0.9, 0.999)),
                after=guesses(wrong, draw.uniform(0.5, 0.97)),
                position=position,
                smallest=smallest(draw, guesses(wrong, 0.4), strength / 2, least),
                **shots(draw, strength),
            )
        )
    return found


def smallest(draw: random.Random, after: list[Guess], strength: float, level: str | None) -> Smallest | None:
    """What still fails at a lower level."""
    if level is None:
        return None
    drawn = shots(draw, strength)
    return Smallest(level=level, after=after, perturbed=drawn["perturbed"], difference=drawn["difference"])


def around(p: float, n: int) -> Interval:
    """A rough interval, good enough to be drawn."""
    half = 1.96 * math.sqrt(max(p * (1 - p), 0.25 / n) / n)
    return max(0.0, p - half), min(1.0, p + half)


def summary(
    scenario: str,
    cell: str,
    generator: str,
    severity: float | None,
    *,
    kind: str,
    truth: str = "label",
    accuracy: float | None,
) -> CellSummary:
    """The figures' numbers of one cell; the model is the more over-confident the more it errs."""
    if accuracy is None:
        return CellSummary(
            id=f"{scenario}::{cell}",
            scenario=scenario,
            generator=generator,
            cell=cell,
            severity=severity,
            kind=kind,
            truth=truth,
            n=N,
            mean_confidence=0.71,
            mean_entropy=0.36,
        )
    excess = (1 - accuracy) * 0.6
    confidences = [0.45 + 0.54 * (i / 9) ** 0.5 for i in range(10)]
    level = accuracy - sum(confidences) / 10
    bins = [Bin(confidence=c, accuracy=min(1.0, max(0.0, c + level * (1.3 - c))), count=N // 10) for c in confidences]
    histogram = [0] * 20
    for c in confidences:
        histogram[min(19, int(c * 20))] += N // 10
    errors = 1 - accuracy
    return CellSummary(
        id=f"{scenario}::{cell}",
        scenario=scenario,
        generator=generator,
        cell=cell,
        severity=severity,
        kind=kind,
        truth=truth,
        n=N,
        accuracy=accuracy,
        accuracy_interval=around(accuracy, N),
        mean_confidence=min(1.0, accuracy + excess),
        mean_entropy=0.04 + errors * 0.5,
        reliability=bins,
        calibrated_band=[around(c, N // 10) for c in confidences],
        risk_coverage=[(k / 25, errors * (k / 25) ** 1.6) for k in range(1, 26)],
        confidence_histogram=histogram,
    )


FAMILIES = {"accuracy": "Right", "ece": "Knows what it knows", "aurc": "Holds back"}

CAUTIONS = [
    "the gradient was zero or not finite for 31 of 420 rows, which stand where the attack was blind",
    "attack::square-8/255, which only asks, left 12 of 420 rows right where this attack, which follows gradients, "
    "left 160",
]


def scores(score: str, apart: float) -> Scores:
    """Two heaps of scores, so far apart in widths of a heap."""
    draw = np.random.default_rng(5)
    familiar, unfamiliar = draw.normal(0, 1, N), draw.normal(apart, 1, 260)
    edges = np.linspace(-4, 4 + apart, 31)
    threshold = float(np.sort(unfamiliar)[13])
    return Scores(
        score=score,
        edges=edges.tolist(),
        familiar=np.histogram(familiar, edges)[0].tolist(),
        unfamiliar=np.histogram(unfamiliar, edges)[0].tolist(),
        auroc=float((unfamiliar[:, None] > familiar).mean()),
        threshold=threshold,
        fpr_at_tpr95=float((familiar >= threshold).mean()),
    )


OPTIONS = {
    "pgd": {"norm": "linf", "steps": "20", "restarts": "1", "step_size": "null"},
    "fmn": {"norm": "linf", "steps": "50"},
    "square": {"norm": "linf", "queries": "200"},
}
NEEDS = {"pgd": ["gradients", "labels"], "fmn": ["gradients", "labels"], "square": ["labels", "queries"]}


def record() -> Record:
    """Seventy-odd checks: failures new and known, open, proven, not run, and one error."""
    draw = random.Random(7)
    clean = summary("clean", "clean", "clean", None, kind="clean", accuracy=0.984)
    cells = [clean.model_copy(update={"data": "test"})]
    verdicts: list[Verdict] = []

    def claim(
        cell: CellSummary,
        name: str,
        operator: str | None,
        threshold: float | None,
        estimate: float | None,
        line: int,
        **more: object,
    ) -> None:
        given: dict[str, object] = {"n": N, "interval": None, "method": "Clopper-Pearson", **more}
        if estimate is not None and threshold is not None and "outcome" not in more:
            low, high = around(abs(estimate), N)
            given["interval"] = (low, high)
            good = low >= threshold if operator == ">=" else high <= threshold
            bad = high < threshold if operator == ">=" else low > threshold
            given["outcome"] = "PASS" if good else "FAIL" if bad else "INCONCLUSIVE"
            if given["outcome"] == "INCONCLUSIVE":
                given["rows_needed"] = 900
            if given["outcome"] == "PASS" and estimate > 0.97:
                given |= {"method": "betting e-process", "log10_e_value": 2.31, "n": 208}
            else:
                given["p_value"] = 0.0123
        if given["outcome"] == "FAIL":
            lower = "0.5" if cell.kind == "corruption" else None
            given["counterexamples"] = examples(draw, 5, 0.12 * (cell.severity or 1), lower)
        text = f"{name} {operator} {threshold:g}" if operator and threshold is not None else name
        verdicts.append(
            Verdict(
                id=f"{cell.id}::{name}",
                family=FAMILIES.get(name),
                scenario=cell.scenario,
                cell=cell.cell,
                generator=cell.generator,
                severity=cell.severity,
                property=name,
                claim=text,
                operator=operator,
                threshold=threshold,
                estimate=estimate,
                place=Place(path="suites/vision.yaml", line=line, column=7),
                tags=["nightly"] if line > 60 else [],
                **given,
            )
        )

    claim(cells[0], "accuracy", ">=", 0.95, 0.984, 18)
    claim(cells[0], "ece", "<=", 0.05, 0.021, 19, outcome="INCONCLUSIVE", rows_needed=6100, method="McDiarmid", n=500)
    claim(cells[0], "aurc", "<=", 0.05, 0.004, 22, method="fixed-n betting")
    claim(cells[0], "finite_outputs", None, None, 1.0, 12, outcome="PASS", method="every row")
    by_class = [SliceResult(name="class 8", n=48, estimate=0.625, interval=(0.47, 0.76), outcome="FAIL")]
    by_class += [SliceResult(name="class 1", n=3, estimate=2 / 3, interval=(0.09, 0.99), outcome="INCONCLUSIVE")]
    by_class += [
        SliceResult(name=f"class {k}", n=50, estimate=0.98, interval=(0.89, 1.0), outcome="PASS") for k in range(2, 8)
    ]
    by_class += [SliceResult(name="class 9", n=0, outcome="INCONCLUSIVE")]
    worst = {"n": 48, "interval": (0.47, 0.76), "by": "class", "slices": by_class}
    claim(cells[0], "accuracy", ">=", 0.8, 0.625, 20, outcome="FAIL", method="e-BH over slices", **worst)
    verdicts[-1] = verdicts[-1].model_copy(
        update={"id": "clean::clean::accuracy-2", "claim": "accuracy >= 0.8 by class"}
    )
    light = ("low (<= 0.21)", "middle (to 0.3)", "high (> 0.3)")
    even = [
        SliceResult(name=f"brightness {one}", n=166, estimate=0.97, interval=(0.93, 0.99), outcome="PASS")
        for one in light
    ]
    claim(cells[0], "mistake_cost", "<=", 0.2, 0.03, 21, outcome="PASS", by="brightness", slices=even)
    known = {
        "motion_blur": "guesses between 3 and 8 under motion blur",
        "contrast": "washed-out pictures of the old scanner",
    }
    for number, name in enumerate(CORRUPTIONS):
        for severity in (1, 3, 5):
            accuracy = round(0.984 - DROP.get(name, 0.008) * severity, 3)
            cell = summary(
                "weather" if number < 2 else "camera",
                f"{name}-{severity}",
                name,
                float(severity),
                kind="corruption",
                accuracy=accuracy,
            )
            cells.append(cell)
            xfail = known.get(name) if name != "contrast" or severity == 1 else None
            claim(cell, "accuracy", ">=", 0.8, accuracy, 30 + 4 * number, xfail=xfail)
            drop = round(0.984 - accuracy, 3)
            if severity == 1:
                claim(cell, "accuracy_drop", "<=", 0.06, drop, 31 + 4 * number, method="Tango")
            claim(cell, "finite_outputs", None, None, 1.0, 12, outcome="PASS", method="every row")
    for name, text, accuracy in (
        ("pgd", "2/255", 0.91),
        ("pgd", "8/255", 0.38),
        ("fmn", "2/255", 0.88),
        ("fmn", "8/255", 0.31),
        ("square", "8/255", 0.64),
    ):
        value = int(text.partition("/")[0]) / 255
        cell = summary("attack", f"{name}-{text}", name, value, kind="attack", accuracy=accuracy)
        told = {
            "options": OPTIONS[name],
            "needs": NEEDS[name],
            "risk": "Someone who knows the model and alters its input, so slightly that nobody sees it.",
            "data": "test",
            "right_rows": pack(np.arange(N) % 8 < 4),
            "cautions": CAUTIONS if (name, text) == ("pgd", "8/255") else [],
        }
        if name == "fmn":
            told["accuracy_by_epsilon"] = [(k / 255, round(0.984 * 0.86**k, 3)) for k in range(24)]
        cell = cell.model_copy(update=told)
        cells.append(cell)
        claim(cell, "accuracy", ">=", 0.5, accuracy, 70)
    for weight, entropy, mass in ((0.3, 0.12, 0.94), (0.5, 0.36, 0.71), (0.7, 0.15, 0.93)):
        cell = summary(
            "between-two-digits", f"blend-{weight}", "blend", weight, kind="ambiguity", truth="parents", accuracy=None
        )
        cell = cell.model_copy(update={"mean_entropy": entropy, "risk": "Overlap, reflections, bad handwriting."})
        cells.append(cell)
        claim(cell, "mass_on_parents", ">=", 0.6, mass, 76, method="betting e-process")
        claim(cell, "not_random", ">=", 0.8, 0.95, 78, method="Clopper-Pearson")
        if weight == 0.5:
            claim(
                cell,
                "entropy_rise",
                ">=",
                0.1,
                0.112,
                77,
                outcome="INCONCLUSIVE",
                rows_needed=None,
                reason="the estimate is too close to the bound",
                interval=(-0.02, 0.21),
            )
    cell = summary("people", "votes", "votes", None, kind="ambiguity", truth="votes", accuracy=None)
    people = [(0.01, 0.02), (0.06, 0.03), (0.15, 0.06), (0.31, 0.12), (0.52, 0.33)]
    bins = [Disagreement(people=p, model=m, interval=(m * 0.7, m + 0.07), count=N // 5) for p, m in people]
    cells.append(cell.model_copy(update={"disagreement": bins}))
    claim(cell, "divergence_from_votes", "<=", 0.2, 0.11, 79, method="betting e-process")
    cell = summary("letters", "unfamiliar", "unfamiliar", None, kind="outlier", truth="unfamiliar", accuracy=None)
    cells.append(cell.model_copy(update={"scores": [scores("msp", 1.6), scores("knn", 3.0)]}))
    claim(cell, "ood_auroc", ">=", 0.9, 0.86, 82, method="DeLong")
    gone = cell.model_copy(
        update={"id": "exported::square", "scenario": "exported", "cell": "square", "generator": "square"}
    )
    claim(
        gone,
        "accuracy",
        ">=",
        0.5,
        None,
        90,
        outcome="NOT RUN",
        n=0,
        method=None,
        reason="square needs gradients, which adapter 'callable' does not offer; use adapter torch",
    )
    claim(
        gone,
        "robust_radius",
        ">=",
        0.01,
        None,
        91,
        outcome="ERROR",
        n=0,
        method=None,
        reason="the model answered NaN in row digits-17; see finite_outputs",
    )
    text = "model: {adapter: torch, source: examples/digits/model.py:load}\nscenarios:\n  weather:\n    generate: fog\n"
    return Record(
        suite=SuiteIdentity(name="vision", path="suites/vision.yaml", sha256=sha("suite"), seed=0, text=text),
        model=Model(
            adapter="torch",
            source="examples/digits/model.py:load",
            sha256=sha("model"),
            classes=DIGITS,
            description={"device": "cpu", "parameters": "98,442", "preprocessing": "scale to 0-1; mean 0.5, std 0.5"},
        ),
        data=[
            DataSet(name="test", source="examples/digits/data.py:test", rows=N, classes=DIGITS, sha256=sha("test")),
            DataSet(
                name="letters", source="examples/digits/data.py:letters", rows=260, classes=None, sha256=sha("letters")
            ),
        ],
        protocol=Protocol(
            alpha_pass=0.05,
            flake_budget=0.01,
            alpha_fail=0.01 / 42,
            claims=42,
            sequential_share=0.25,
            early_stopping=True,
            rows=None,
            interval_confidence=0.95,
            power=[
                Power(claim="accuracy >= 0.8", checks=25, images=N, passes_from=0.8456, fails_from=0.7213),
                Power(claim="accuracy_drop <= 0.06", checks=8, images=N, fails_from=0.131, assuming="rows change"),
                Power(claim="aurc <= 0.05", checks=1, images=N, remark="no plan: for its test, no formula is known"),
            ],
        ),
        environment=Environment(
            python="3.12.4",
            platform="Linux-6.1-x86_64",
            packages={"pytest-robust": "0.1.0", "torch": "2.9.1", "numpy": "2.4.0"},
            device="cpu",
            revision=Revision(commit="4fb1c22ad0a07c9d9e6f0a5ed28e6b6d6f3f9f11", dirty=True),
        ),
        cells=cells,
        verdicts=verdicts,
        comparison=changes(),
        run=Run(
            started="2026-11-23T06:42:11Z",
            seconds=41.7,
            command='pytest --robust "suites/vision.yaml"',
            gate="regression",
            exit_status=1,
            predictions=14500,
            cached=512,
            warnings=["the cache folder is read-only; evidence is kept in memory"],
            looks={"test": 12, "letters": 1},
        ),
        digest=sha("record"),
    )


def changes() -> Comparison:
    """One cell worse, one better, one that only may be worse, one without a change, and two that cannot be compared."""
    names = [Failure(row=f"digits-{900 + row}", label=str(row % 10)) for row in range(20)]

    def change(cell: str, wrong: int, right: int, trend: str, p_value: float) -> Change:
        difference = (right - wrong) / N
        return Change(
            id=cell,
            trend=trend,
            n=N,
            newly_wrong=wrong,
            newly_right=right,
            difference=difference,
            interval=(difference - 0.02, difference + 0.02),
            p_value=p_value,
            method="sign test of the rows that differ (McNemar, exact)",
            failures=names[:wrong],
        )

    return Comparison(
        baseline=Baseline(
            digest=sha("baseline"),
            suite="suites/vision.yaml",
            started="2026-10-01T06:00:00Z",
            model="examples/digits/model.py:load",
            model_sha256=sha("older"),
        ),
        budget=0.01,
        changes=[
            change("weather::fog-5", 41, 2, "REGRESSED", 3.2e-11),
            change("weather::fog-3", 7, 2, "NOT PROVEN", 0.12),
            change("clean::clean", 0, 0, "NOT PROVEN", 1.0),
            change("camera::pixelate-1", 1, 30, "IMPROVED", 4e-8),
        ],
        uncompared=[
            Uncompared(id="camera::contrast-1", reason="the baseline has no evidence of it"),
            Uncompared(id="camera::contrast-3", reason="the baseline has no evidence of it"),
        ],
    )


def sha(text: str) -> str:
    """A digest to show."""
    return hashlib.sha256(text.encode()).hexdigest()


ATTACKS = (
    "<script>alert(1)</script>",
    "</script><script>alert(2)</script>",
    "<!--<script>",
    '"><img src=x onerror=alert(3)>',
    "' onmouseover='alert(4)",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(5)",
    "]]></title></style><svg onload=alert(6)>",
    "abc\u202edcba\u2028\x00\x1b[31m",
    "$(touch owned)`id`\";'",
)


def hostile() -> Record:
    """The sample with an attack in every place that holds a user's text, and pictures that are none."""
    attack = "".join(ATTACKS)
    infected = infect(record().model_dump(), attack)
    infected["model"]["description"] = {attack: attack}
    infected["environment"]["packages"] = {attack: attack}
    pictures = (
        "https://example.invalid/beacon.png",
        "data:image/svg+xml;base64,PHN2Zy8+PHN2Zy8+",
        'data:image/png;base64,AAAA" onerror="alert(7)',
    )
    for verdict in infected["verdicts"]:
        for example in verdict["counterexamples"]:
            example |= dict(zip(("original", "perturbed", "difference"), pictures, strict=True))
    return Record.model_validate(infected)


def infect(value: Any, attack: str) -> Any:
    """The value of a record with an attack after every text of a user's."""
    if isinstance(value, dict):
        return {key: value[key] if key in KEPT else infect(value[key], attack) for key in value}
    if isinstance(value, (list, tuple)):
        return [infect(part, attack) for part in value]
    return value + attack if isinstance(value, str) and value not in get_args(Outcome) else value


KEPT = {"outcome", "trend", "operator", "gate", "schema_version", "kind", "truth"}


def outcomes(of: Record) -> dict[Outcome, int]:
    """How often each outcome occurs."""
    found: dict[Outcome, int] = {}
    for verdict in of.verdicts:
        found[verdict.outcome] = found.get(verdict.outcome, 0) + 1
    return found
