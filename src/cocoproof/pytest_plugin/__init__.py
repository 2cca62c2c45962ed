"""The pytest plugin: COCO files as tests, and fixtures for tests of what writes them.

pytest imports this module in every run where cocoproof is installed. So it imports only pytest and the declarations of the options;
the rest is imported where a run checks COCO files, or a test uses a fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cocoproof.pytest_plugin.options import add_check_options

if TYPE_CHECKING:
    from cocoproof.pytest_plugin.fixtures import AssertCocoValid, AssertRoundtrip, CocoCheck
    from cocoproof.pytest_plugin.snapshots import CocoSnapshot

__all__ = ["assert_coco_valid", "assert_roundtrip", "coco_check", "coco_snapshot", "pytest_addoption", "pytest_configure"]

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
        help="Check these COCO files: files, folders or globs. Without paths of tests, nothing else is run.",
    )
    group.addoption("--coco-by", choices=_GRANULARITY, help="One test per rule, family of rules, or file.  [default: rule]")
    group.addoption("--coco-snapshot-update", action="store_true", help="Write the snapshots of exports that are missing or differ.")
    parser.addini("coco_paths", "COCO files to check: files, folders or globs, relative to this file", type="args", default=[])
    parser.addini("coco_by", "COCO files: one test per rule, family of rules, or file", default="")
    add_check_options(parser, group)


def pytest_configure(config: pytest.Config) -> None:
    """Add the COCO files to the run, if it has any."""
    config.addinivalue_line("markers", "coco: a COCO file that cocoproof checks (pytest -m 'not coco' leaves them out)")
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
    """Check a COCO file, or a document in memory, as this project does: `coco_check(path) -> cocoproof.Report`."""
    from cocoproof.pytest_plugin.fixtures import CocoCheck

    return CocoCheck(pytestconfig)


@pytest.fixture(scope="session")
def assert_coco_valid(coco_check: CocoCheck) -> AssertCocoValid:
    """Fail if a COCO file has findings of a severity or above: `assert_coco_valid(path)`."""
    from cocoproof.pytest_plugin.fixtures import AssertCocoValid

    return AssertCocoValid(coco_check)


@pytest.fixture(scope="session")
def assert_roundtrip() -> AssertRoundtrip:
    """Fail if a file lost something of its source: `assert_roundtrip(dataset, path, mapping=mapping)`."""
    from cocoproof.pytest_plugin.fixtures import AssertRoundtrip

    return AssertRoundtrip()


@pytest.fixture
def coco_snapshot(request: pytest.FixtureRequest) -> CocoSnapshot:
    """Fail if an export differs in meaning from the snapshot beside the test: `coco_snapshot(path)`."""
    from cocoproof.pytest_plugin.snapshots import CocoSnapshot

    return CocoSnapshot(request)
