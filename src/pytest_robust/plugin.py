"""The pytest entry point: options, markers, hooks. Imported by every pytest run: standard library and pytest only."""

from __future__ import annotations

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--robust` and what goes with it."""
    group = parser.getgroup("robust", "robustness of models (pytest-robust)")
    group.addoption(
        "--robust",
        action="store_true",
        help="Run robustness suites: YAML files named on the command line or matching the setting robust_suites.",
    )
    group.addoption(
        "--robust-gate",
        choices=("regression", "release"),
        default="regression",
        help="regression (default): claims that are disproved fail the run. release: only claims that are proven pass.",
    )
    group.addoption(
        "--robust-cache",
        metavar="PATH",
        help="Where evidence is kept from run to run, or `none`. Default: robust_cache, then pytest's own cache.",
    )
    group.addoption(
        "--robust-reports",
        metavar="DIR",
        help="Where records and reports are written. Default: robust_reports, then `reports` in the project's root.",
    )
    group.addoption(
        "--robust-formats",
        metavar="NAMES",
        help="What to write besides the HTML report: markdown, sarif, cyclonedx, with commas. Default: robust_formats.",
    )
    group.addoption(
        "--robust-baseline",
        action="append",
        metavar="RECORD",
        help="The record of an earlier run, to compare with row by row; several where several suites run.",
    )
    group.addoption(
        "--robust-profile",
        action="store_true",
        help="Say where the time went: data, generation, model, judging, disk.",
    )
    parser.addini("robust_suites", "Globs of suite files, from the project's root.", "args", default=["suites/*.yaml"])
    parser.addini("robust_cache", "Folder of the evidence, from the project's root, or `none`.", default="")
    parser.addini(
        "robust_cache_size", "How much evidence is kept: what was used longest ago goes first.", default="10 GB"
    )
    parser.addini(
        "robust_examples",
        "Folder of kept counterexamples, from the project's root, or `none`.",
        default=".robust/examples",
    )
    parser.addini("robust_reports", "Folder of records and reports, from the project's root.", default="reports")
    parser.addini("robust_formats", "What to write besides the HTML report: markdown, sarif, cyclonedx.", "args")
    parser.addini(
        "robust_baseline", "Records of earlier runs to compare with, from the project's root.", "args", default=[]
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Hooks of ours are known in every run, so that a conftest.py may implement them and still serve a plain one."""
    from pytest_robust.pytest_support import hookspec

    pluginmanager.add_hookspecs(hookspec)


def pytest_configure(config: pytest.Config) -> None:
    """Markers in every run; everything else under `--robust` only."""
    config.addinivalue_line("markers", "robust: a check of a robustness suite.")
    config.addinivalue_line("markers", "risk(tier): the risk tier, 0 to 4, that a test gives evidence for.")
    if config.getoption("robust"):
        from pytest_robust.pytest_support.activation import activate

        activate(config)
