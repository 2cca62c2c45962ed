"""The part of the plugin that is active in runs with COCO files."""

from __future__ import annotations

import os
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest

from cocoproof.model.findings import Severity, Summary
from cocoproof.pytest_plugin.checker import CheckResults, FileChecker
from cocoproof.pytest_plugin.files import chosen
from cocoproof.pytest_plugin.items import CocoFile, CocoFolder, CocoItem
from cocoproof.pytest_plugin.outcomes import counted, from_properties
from cocoproof.pytest_plugin.run import CocoRun

if TYPE_CHECKING:
    from collections.abc import Generator
    from typing import Protocol

    from cocoproof.pytest_plugin.run import Granularity

    class WorkerNode(Protocol):
        """A worker, as pytest-xdist's controller sees it."""

        workerinput: dict[str, object]


__all__ = ["CocoSession", "join"]

_GRANULARITY: tuple[Granularity, ...] = ("rule", "family", "file")


def join(config: pytest.Config) -> None:
    """Add the COCO files to a run, if it has any.

    Raises:
        pytest.UsageError: If a path or an option cannot be used.
    """
    sent = getattr(config, "workerinput", {}).get("cocoproof")
    # The controller of pytest-xdist sends the list of files, so that all workers have the same tests even if a folder changes.
    files = chosen(config) if sent is None else [Path(os.fsdecode(name)) for name in sent]
    if files:
        config.pluginmanager.register(CocoSession(config, files), "cocoproof-run")


class CocoSession:
    """The pytest hooks of a run with COCO files.

    Attributes:
        run: What the tests of the run share.
    """

    def __init__(self, config: pytest.Config, files: list[Path]) -> None:
        """Read the options of the run.

        Raises:
            pytest.UsageError: If one cannot be used.
        """
        checker = FileChecker.of(config)
        self.run = CocoRun(
            rules=tuple(checker.settings.run.rules),
            fail_on=checker.settings.run.fail_on,
            granularity=_granularity(config),
            results=CheckResults(checker, files),
        )
        self._named = frozenset(self.run.results.files)
        self._alone = bool(config.option.coco) and config.args_source is not pytest.Config.ArgsSource.ARGS
        self._found: dict[str, Summary] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerNode) -> None:
        """Send the files to a worker of pytest-xdist, as bytes: a name need not be text."""
        node.workerinput["cocoproof"] = [os.fsencode(file) for file in self.run.results.files]

    def pytest_report_header(self) -> str:
        """The number of files, and how they are tested."""
        count = len(self.run.results.files)
        return f"cocoproof: {count} COCO file{'s' * (count != 1)}, one test per {self.run.granularity}, fails on {self.run.fail_on.value}"

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Add the files to what pytest collects; with only `--coco` on the command line they replace it."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            folders = groupby((path for path in self.run.results.files if not collector.isinitpath(path)), key=lambda path: path.parent)
            own = [CocoFolder.of(collector, folder, list(files), self.run) for folder, files in folders]
            report.result = [*([] if self._alone else report.result), *own]
        return report

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> CocoFile | None:
        """Collect a file of the run whose path is among those of the tests, with or without `::name`."""
        if file_path in self._named and parent.session.isinitpath(file_path):
            return CocoFile.of(parent, file_path, self.run)
        return None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which rules have tests, after deselection."""
        for item in session.items:
            if isinstance(item, CocoItem):
                self.run.covered[item.path] |= item.codes

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Make reports name the COCO file."""
        report = yield
        if isinstance(item, CocoItem):
            item.describe(report, call)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count the findings of passed tests; workers of pytest-xdist send their counts with the report."""
        found = from_properties(report.user_properties)
        if report.when == "call" and report.passed and found.at_least(Severity.NOTE):
            self._found[report.nodeid] = found

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Report the number of findings in passed tests."""
        counts = counted(sum(self._found.values(), Summary()))
        if counts:
            terminalreporter.write_line(f"cocoproof: {counts} in tests that passed, below {self.run.fail_on.value}; -rA shows them")


def _granularity(config: pytest.Config) -> Literal["rule", "family", "file"]:
    given = config.option.coco_by or config.getini("coco_by") or "rule"
    for known in _GRANULARITY:
        if given == known:
            return known
    msg = f"coco_by must be one of {', '.join(_GRANULARITY)}, not {given!r}"
    raise pytest.UsageError(msg)
