"""What corruption errors are measured by: the option `reference` of mean corruption errors."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PlainValidator, ValidationInfo

from pytest_robust.carriers import Series
from pytest_robust.errors import OptionError, RobustError, nearest
from pytest_robust.sources import Roots

CLEAN = "clean"
"""The line of a baseline that holds its error on clean inputs."""
HEADER = ["corruption", "error"]
LEAST = 0.01
"""The least error that another is divided by, so that a mean corruption error lies below 100."""
PREMADE = "premade-"
"""What cells of corruptions made elsewhere are called, before the corruption's name."""
PUBLISHED_LEVELS = (1.0, 2.0, 3.0, 4.0, 5.0)


@dataclass(frozen=True, eq=False)
class Baseline:
    """The mean errors, over severities, of the model that another is measured by."""

    called: str
    errors: Mapping[str, float] | None
    """By corruption, and for `clean`; None where errors are not divided by any."""
    published: bool = False
    """Whether it is about just its own corruptions, all of them, at the five published severities."""

    def refuse_others(self, asked_by: str, series: Series) -> None:
        """Raise OptionError where this says nothing of the cells of a series."""
        names, called = corruptions(series), f"{asked_by}(reference={self.called})"
        if None in series.levels:
            name = names[series.levels.index(None)]
            raise OptionError(f"{asked_by}: {name} has no severity, so it is no corruption; give it another scenario")
        twice = [cell for cell, count in Counter(zip(names, series.levels, strict=True)).items() if count > 1]
        if twice:
            raise OptionError(f"{asked_by}: {twice[0][0]} at {twice[0][1]:g} stands in the scenario twice; remove one")
        if self.errors is None:
            return
        known = [name for name in self.errors if name != CLEAN]
        for name in names:
            if name not in known:
                raise OptionError(f"{called}: nothing is known of {name}; {nearest(name, known)}")
        missing = [name for name in known if name not in names] if self.published else []
        if missing:
            raise OptionError(
                f"{called} is the mean over {len(known)} corruptions, and {', '.join(missing)} not in the scenario; "
                "add what is missing, or name a baseline of your own, `reference=errors.csv`"
            )
        for name in dict.fromkeys(names) if self.published else ():
            levels = {level for other, level in zip(names, series.levels, strict=True) if other == name}
            if levels != set(PUBLISHED_LEVELS):
                raise OptionError(f"{called} is about severities 1 to 5 of each corruption; give {name} all of them")

    def divisor(self, name: str, *, beyond_clean: bool) -> float:
        """What the error under a corruption is divided by. Raises OptionError where that is next to nothing."""
        if self.errors is None:
            return 1.0
        error = self.errors[name]
        if beyond_clean:
            if CLEAN not in self.errors:
                raise OptionError(f"{self.called} has no line `{CLEAN}` with the error on clean inputs; add one")
            error -= self.errors[CLEAN]
        if error < LEAST:
            told = "error less that on clean inputs" if beyond_clean else "error"
            raise OptionError(f"{self.called}: the {told} under {name} is {error:.3g}; to divide by, it takes {LEAST}")
        return error


NOTHING = Baseline("none", None)

ALEXNET = Baseline(
    "alexnet",
    {
        "gaussian_noise": 0.886428,
        "shot_noise": 0.894468,
        "impulse_noise": 0.922640,
        "defocus_blur": 0.819880,
        "glass_blur": 0.826268,
        "motion_blur": 0.785948,
        "zoom_blur": 0.798360,
        "snow": 0.866816,
        "frost": 0.826572,
        "fog": 0.819324,
        "brightness": 0.564592,
        "contrast": 0.853204,
        "elastic_transform": 0.646056,
        "pixelate": 0.717840,
        "jpeg_compression": 0.606500,
        CLEAN: 0.4350,
    },
    published=True,
)
"""Hendrycks & Dietterich 2019, on ImageNet-C at 224 pixels."""


def baseline_option(written: Any, info: ValidationInfo) -> Baseline:
    """`alexnet`, `none`, or a CSV file with the columns `corruption,error`. Raises ValueError."""
    for known in (ALEXNET, NOTHING):
        if written == known.called:
            return known
    if not isinstance(written, str) or not written.endswith(".csv"):
        raise ValueError("write alexnet, none, or the name of a file, such as errors.csv")
    roots: Roots = (info.context or {}).get("roots") or Roots(())
    try:
        path = roots.find(written)
        return baseline_from_csv(path, roots.shown(path))
    except RobustError as error:
        raise ValueError(str(error)) from None


BaselineOption = Annotated[Baseline, PlainValidator(baseline_option)]
"""An option of a property: `reference=alexnet`, `reference=none`, `reference=errors.csv`."""


def baseline_from_csv(path: Path, shown: str) -> Baseline:
    """A baseline from a CSV file. `shown` is what messages call the file. Raises OptionError naming the line."""
    try:
        rows = list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(), skipinitialspace=True, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise OptionError(f"{shown} cannot be read as CSV: {error}") from None
    lines = [(line, [cell.strip() for cell in row]) for line, row in enumerate(rows, start=1) if any(row)]
    if not lines or lines[0][1] != HEADER:
        raise OptionError(
            f"{shown}:1: the header is not `{','.join(HEADER)}`; write it, and a line for each corruption"
        )
    errors: dict[str, float] = {}
    for line, row in lines[1:]:
        if len(row) != len(HEADER) or row[0] in errors:
            told = f"{row[0]!r} stands here a second time" if row[0] in errors else "this is not two values"
            raise OptionError(f"{shown}:{line}: {told}; write a corruption and its mean error, such as `fog,0.42`")
        errors[row[0]] = _error(row[1], f"{shown}:{line}")
    return Baseline(shown, errors)


def _error(written: str, where: str) -> float:
    try:
        error = float(written)
    except ValueError:
        error = -1.0
    if not 0.0 <= error <= 1.0:
        raise OptionError(f"{where}: {written!r} is no error; write a share of rows between 0 and 1")
    return error


def corruptions(series: Series) -> list[str]:
    """The corruption of each cell, made here or elsewhere."""
    return [name.removeprefix(PREMADE) for name in series.generators]


def cell_weights(asked_by: str, series: Series, baseline: Baseline, *, beyond_clean: bool) -> NDArray[np.float64]:
    """What a row's error counts in each cell, (cells,): 1 / (corruptions x severities of this one x the divisor).

    Raises OptionError for cells that the baseline does not know.
    """
    baseline.refuse_others(asked_by, series)
    names = corruptions(series)
    count = Counter(names)
    divisors = np.array([count[name] * baseline.divisor(name, beyond_clean=beyond_clean) for name in names])
    return np.asarray(1.0 / (len(count) * divisors))


def errors(series: Series) -> NDArray[np.float64]:
    """Which rows are wrong in which cells, (cells, n), as 0 and 1."""
    return np.stack([~cell.correct for cell in series]).astype(np.float64)
