"""What every pytest run of the environment pays and sees, with and without the flag."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "torch",
    "numpy",
    "scipy",
    "pandas",
    "yaml",
    "pydantic",
    "jinja2",
    "pytest_robust.record",
    "pytest_robust.suite",
)


def test_a_plain_run_loads_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(f"""
        import sys

        def test_modules(request):
            assert request.config.pluginmanager.hasplugin("robust")
            assert not [name for name in {HEAVY} if name in sys.modules]
    """)
    pytester.runpytest_subprocess("-p", "no:xdist").assert_outcomes(passed=1)


def test_what_switches_the_plug_in_on_loads_nothing_that_only_judging_needs() -> None:
    """The controller of a distributed run judges nothing, and its workers wait for it to start them."""
    code = "import sys, pytest_robust.pytest_support.activation; print(*sorted(sys.modules))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert "numpy" in loaded
    assert not {"scipy.special", "scipy.optimize", "scipy.stats", "torch", "pandas", "jinja2"} & set(loaded)


def test_the_entry_point_imports_only_the_standard_library_and_pytest() -> None:
    code = (
        "import sys, pytest; before = set(sys.modules); import pytest_robust.plugin;"
        "import pytest_robust.pytest_support.hookspec;"
        "print(*sorted({name.split('.')[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["pytest_robust"]


def test_without_the_flag_a_yaml_file_is_none_of_ours(pytester: pytest.Pytester) -> None:
    pytester.makefile(".yaml", vision="seed: 1")
    pytester.mkdir("suites").joinpath("a.yaml").write_text("seed: 1")
    pytester.makepyfile("def test_it(): pass")
    named = pytester.runpytest_inprocess("vision.yaml")
    assert named.ret == pytest.ExitCode.USAGE_ERROR
    named.stderr.fnmatch_lines(["ERROR: *found*vision.yaml*"])
    everything = pytester.runpytest_inprocess()
    everything.assert_outcomes(passed=1)
    everything.stdout.no_fnmatch_line("*robust: gate*")


@pytest.mark.parametrize("flag", [(), ("--robust",)])
def test_markers_are_registered(pytester: pytest.Pytester, flag: tuple[str, ...]) -> None:
    pytester.makepyfile("""
        import pytest

        @pytest.mark.robust
        @pytest.mark.risk(tier=2)
        def test_it(): pass
    """)
    by_tier = "risk(tier=2)" if pytest.version_tuple >= (8, 3) else "risk"  # pytest reads keywords in -m since 8.3
    result = pytester.runpytest_inprocess("--strict-markers", "-m", by_tier, *flag)
    result.assert_outcomes(passed=1)
    pytester.runpytest_inprocess("--markers").stdout.fnmatch_lines(
        ["@pytest.mark.robust: *", "@pytest.mark.risk(tier): *"]
    )


def test_a_conftest_with_our_hooks_serves_a_plain_run_too(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("""
        def pytest_robust_verdict(item, verdict): pass
        def pytest_robust_record(config, record, path): pass
    """)
    pytester.makepyfile("def test_it(): pass")
    pytester.runpytest_inprocess().assert_outcomes(passed=1)


def test_our_hooks_are_documented() -> None:
    from pytest_robust.pytest_support import hookspec

    specs = [value for name, value in vars(hookspec).items() if name.startswith("pytest_robust_")]
    assert len(specs) == 3
    assert all(spec.__doc__ for spec in specs)


def test_an_unknown_gate_is_a_usage_error(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--robust", "--robust-gate", "lenient")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--robust-gate*lenient*regression*release*"])


def test_help_lists_options_and_settings(pytester: pytest.Pytester) -> None:
    result = pytester.runpytest_inprocess("--help")
    result.stdout.fnmatch_lines(
        ["*--robust *", "*--robust-gate=*", "*--robust-cache=*", "*--robust-reports=*", "*robust_suites (args)*"]
    )


def test_the_plugin_is_named_in_the_entry_points() -> None:
    from importlib.metadata import entry_points

    (point,) = [point for point in entry_points(group="pytest11") if point.name == "robust"]
    assert point.value == "pytest_robust.plugin"
    assert Path(point.load().__file__).name == "plugin.py"
