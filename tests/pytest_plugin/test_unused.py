"""A run without COCO files loads nothing of cocoproof, and the plugin is found by its entry point."""

from __future__ import annotations

from importlib.metadata import entry_points

pytest_plugins = ["pytester"]


def test_the_entry_point_is_there() -> None:
    (entry,) = (entry for entry in entry_points(group="pytest11") if entry.value == "cocoproof.pytest_plugin")
    assert entry.name == "cocoproof", "pytest -p no:cocoproof"


def test_an_ordinary_run_imports_only_the_declarations_of_the_options(pytester, monkeypatch) -> None:
    pytester.makeconftest(
        """
        import sys
        def pytest_sessionfinish():
            loaded = sorted(name for name in sys.modules if name.partition(".")[0] == "cocoproof")
            print("LOADED", loaded, [name for name in ("click", "numpy", "hypothesis", "supervision", "pycocotools") if name in sys.modules])
        """
    )
    pytester.makepyfile("def test_ordinary(): pass")
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # other plugins may well import numpy
    result = pytester.runpytest_subprocess("-p", "cocoproof", "-s")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*LOADED [[]'cocoproof', 'cocoproof.pytest_plugin', 'cocoproof.pytest_plugin.options', 'cocoproof.settings', 'cocoproof.settings.options'[]] [[][]]"
        ]
    )
