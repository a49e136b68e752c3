"""A small real project whose run is recorded and signed: a numpy model with its weights, an .npz data set, a suite."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from pytest_robust.record import files, keys, signatures
from pytest_robust.report import formats

MODEL = '''
"""Dark or bright?"""
from pathlib import Path
import numpy as np

with (Path(__file__).parent / "weights.npz").open("rb") as file:
    threshold = float(np.load(file)["threshold"])

def answer(images):
    bright = 1 / (1 + np.exp(-(images.mean(axis=(1, 2, 3)) - threshold) / 10))
    return np.stack([1 - bright, bright], axis=1)
'''

SUITE = """
seed: 7
model: {adapter: callable, source: model.py:answer, classes: [dark, bright], weights: [weights.npz]}
data: {test: rows.npz}
training: README.md
scenarios:
  clean:
    generate: clean
    require: [accuracy >= 0.9, finite_outputs]
  sensor:
    generate: gaussian_noise
    severity: 1
    require: [accuracy >= 0.9]
"""

RECORD = "reports/vision.json"
ROLES = {"anna": "safety engineer", "ben": "release manager"}


def make(folder: Path) -> Path:
    """The project, run and signed by two people whose public keys lie in `keys`; gives back its folder."""
    (folder / "suites").mkdir(parents=True)
    (folder / "pytest.ini").write_text("[pytest]\n")
    (folder / "model.py").write_text(MODEL)
    (folder / "README.md").write_text("---\ndatasets: [photographs]\nlicense: mit\n---\nTells dark from bright.\n")
    (folder / "suites" / "vision.yaml").write_text(SUITE)
    labels = np.arange(200) % 2
    noise = np.random.default_rng(1).integers(-20, 20, (200, 32, 32, 1))
    images = (np.where(labels, 190, 60)[:, None, None, None] + noise).astype(np.uint8)
    np.savez(folder / "rows.npz", images=images, labels=labels)
    np.savez(folder / "weights.npz", threshold=128.0)
    assert run(folder) == 0
    (folder / "keys").mkdir()
    for name in ROLES:
        keys.make(folder / "keys" / name)
        sign(folder, name)
    return folder


def run(folder: Path, *more: str) -> int:
    """Judge the suite in a process of its own; gives back its exit code."""
    pytest = [sys.executable, "-m", "pytest", "--robust", "suites/vision.yaml", "-q", "-p", "no:cacheprovider", *more]
    return subprocess.run(pytest, cwd=folder, check=False, capture_output=True).returncode


def sign(folder: Path, name: str, decision: signatures.Decision = "release") -> None:
    """Sign the record, and make the page again."""
    path, key = folder / RECORD, keys.private_key(folder / "keys" / f"{name}.key")
    record = files.load(path)
    signatures.sign(path, record, role=ROLES[name], name=name.title(), decision=decision, saw="GO", key=key)
    path.with_suffix(".html").write_text(formats.FORMATS["html"].render(record, path), encoding="utf-8")


def flip(path: Path, place: int, bits: int = 1) -> None:
    """Change one byte of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= bits
    path.write_bytes(content)
