"""The pytest plugin: COCO files as tests, and fixtures for tests of what writes them.

pytest imports this module in every run of everybody who has cocoproof installed. So it imports nothing but pytest; all else is
imported where a run has COCO files to judge, or a test asks for a fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from cocoproof.pytest_plugin.fixtures import AssertCocoValid, AssertRoundtrip, CocoCheck
    from cocoproof.pytest_plugin.snapshots import CocoSnapshot

__all__ = ["assert_coco_valid", "assert_roundtrip", "coco_check", "coco_snapshot", "pytest_addoption", "pytest_configure"]

_SEVERITIES = ("error", "warning", "note")
_GRANULARITY = ("rule", "family", "file")


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, and the keys of pytest's configuration."""
    group = parser.getgroup("cocoproof", "COCO files")
    group.addoption(
        "--coco",
        nargs="+",
        action="extend",
        default=[],
        metavar="PATH",
        help="Judge these COCO files: files, folders or globs. Without paths of tests, nothing else is run.",
    )
    group.addoption("--coco-select", action="append", default=[], metavar="CODES", help="Run these rules alone: codes, prefixes or names.")
    group.addoption("--coco-ignore", action="append", default=[], metavar="CODES", help="Do not run these rules.")
    group.addoption("--coco-categories", metavar="FILE", help="Hold the files to this list of categories.")
    group.addoption("--coco-gt", metavar="FILE", help="The ground truth that results lists are held to.")
    group.addoption("--coco-fail-on", choices=_SEVERITIES, help="Fail from this severity on.  [default: error]")
    group.addoption("--coco-by", choices=_GRANULARITY, help="One test a rule, a family of rules, or a file.  [default: rule]")
    group.addoption("--coco-snapshot-update", action="store_true", help="Write the snapshots of exports that are missing or differ.")
    parser.addini("coco_paths", "COCO files to judge: files, folders or globs, relative to this file", type="args", default=[])
    parser.addini("coco_select", "Rules that COCO files are judged by", type="args", default=[])
    parser.addini("coco_ignore", "Rules that COCO files are not judged by", type="args", default=[])
    parser.addini("coco_categories", "List of categories that COCO files are held to, relative to this file", default="")
    parser.addini("coco_gt", "Ground truth that COCO results lists are held to, relative to this file", default="")
    parser.addini("coco_fail_on", "Severity from which on a COCO file fails: error, warning or note", default="")
    parser.addini("coco_by", "One test a rule, a family of rules, or a file", default="")


def pytest_configure(config: pytest.Config) -> None:
    """Take part in the run where there are COCO files in it."""
    config.addinivalue_line("markers", "coco: a COCO file that is judged by cocoproof (pytest -m 'not coco' leaves them out)")
    if config.option.coco or config.getini("coco_paths"):
        if pytest.version_tuple < (8,):
            msg = f"--coco and coco_paths need pytest 8 or newer; this is {pytest.__version__}"
            raise pytest.UsageError(msg)
        from cocoproof.pytest_plugin.session import join

        join(config)
    if config.option.coco_snapshot_update:
        from cocoproof.pytest_plugin.snapshots import SnapshotCount

        config.pluginmanager.register(SnapshotCount(), "cocoproof-snapshots")


@pytest.fixture(scope="session")
def coco_check(pytestconfig: pytest.Config) -> CocoCheck:
    """Judge a COCO file, or a document in memory, as this project does: `coco_check(path) -> cocoproof.Report`."""
    from cocoproof.pytest_plugin.fixtures import CocoCheck

    return CocoCheck(pytestconfig)


@pytest.fixture(scope="session")
def assert_coco_valid(coco_check: CocoCheck) -> AssertCocoValid:
    """Fail where a COCO file has findings from a severity on: `assert_coco_valid(path)`."""
    from cocoproof.pytest_plugin.fixtures import AssertCocoValid

    return AssertCocoValid(coco_check)


@pytest.fixture(scope="session")
def assert_roundtrip() -> AssertRoundtrip:
    """Fail where a file has not kept what it was exported from: `assert_roundtrip(dataset, path, mapping=mapping)`."""
    from cocoproof.pytest_plugin.fixtures import AssertRoundtrip

    return AssertRoundtrip()


@pytest.fixture
def coco_snapshot(request: pytest.FixtureRequest) -> CocoSnapshot:
    """Fail where an export differs in meaning from the one that is kept beside the test: `coco_snapshot(path)`."""
    from cocoproof.pytest_plugin.snapshots import CocoSnapshot

    return CocoSnapshot(request)
