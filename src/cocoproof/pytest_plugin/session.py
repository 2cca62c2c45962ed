"""The part of the plugin that is there where a run has COCO files."""

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
        """What pytest-xdist's controller knows of a worker."""

        workerinput: dict[str, object]


__all__ = ["CocoSession", "join"]

_GRANULARITY: tuple[Granularity, ...] = ("rule", "family", "file")


def join(config: pytest.Config) -> None:
    """Add the COCO files to a run, if it has any.

    Raises:
        pytest.UsageError: If a path or an option means nothing.
    """
    sent = getattr(config, "workerinput", {}).get("cocoproof")
    # The controller of pytest-xdist says which files there are, so that all workers have the same tests, whatever happens to a folder.
    files = chosen(config) if sent is None else [Path(os.fsdecode(name)) for name in sent]
    if files:
        config.pluginmanager.register(CocoSession(config, files), "cocoproof-run")


class CocoSession:
    """The pytest hooks of a run with COCO files.

    Attributes:
        run: What the tests of the run share.
    """

    def __init__(self, config: pytest.Config, files: list[Path]) -> None:
        """Take the run's options.

        Raises:
            pytest.UsageError: If one means nothing.
        """
        checker = FileChecker.of(config)
        self.run = CocoRun(
            rules=tuple(checker.settings.run.rules),
            fail_on=checker.settings.run.fail_on,
            granularity=_granularity(config),
            verdicts=CheckResults(checker, files),
        )
        self._named = frozenset(self.run.verdicts.files)
        self._alone = bool(config.option.coco) and config.args_source is not pytest.Config.ArgsSource.ARGS
        self._found: dict[str, Summary] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: WorkerNode) -> None:
        """Tell a worker of pytest-xdist the files, as bytes: a name need not be text."""
        node.workerinput["cocoproof"] = [os.fsencode(file) for file in self.run.verdicts.files]

    def pytest_report_header(self) -> str:
        """How much there is to judge."""
        count = len(self.run.verdicts.files)
        return f"cocoproof: {count} COCO file{'s' * (count != 1)}, one test a {self.run.granularity}, fails on {self.run.fail_on.value}"

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Add the files to what pytest collects itself, or put them in its place where `--coco` was all that was asked for."""
        report = yield
        if isinstance(collector, pytest.Session) and report.passed:
            folders = groupby((path for path in self.run.verdicts.files if not collector.isinitpath(path)), key=lambda path: path.parent)
            own = [CocoFolder.of(collector, folder, list(files), self.run) for folder, files in folders]
            report.result = [*([] if self._alone else report.result), *own]
        return report

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> CocoFile | None:
        """Collect a file of the run that was named among the tests, with or without the name of a test in it."""
        if file_path in self._named and parent.session.isinitpath(file_path):
            return CocoFile.of(parent, file_path, self.run)
        return None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which rules have tests, after all were left out that had to be."""
        for item in session.items:
            if isinstance(item, CocoItem):
                self.run.covered[item.path] |= item.codes

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let reports speak of the COCO file."""
        report = yield
        if isinstance(item, CocoItem):
            item.dress(report, call)
        return report

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count what tests that passed have found; workers of pytest-xdist tell their counts with the report."""
        found = from_properties(report.user_properties)
        if report.when == "call" and report.passed and found.at_least(Severity.NOTE):
            self._found[report.nodeid] = found

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Say that there is something to read in what passed."""
        told = counted(sum(self._found.values(), Summary()))
        if told:
            terminalreporter.write_line(f"cocoproof: {told} in tests that passed, below {self.run.fail_on.value}; -rA shows them")


def _granularity(config: pytest.Config) -> Literal["rule", "family", "file"]:
    given = config.option.coco_by or config.getini("coco_by") or "rule"
    for known in _GRANULARITY:
        if given == known:
            return known
    msg = f"coco_by is {', '.join(_GRANULARITY[:-1])} or {_GRANULARITY[-1]}, not {given!r}"
    raise pytest.UsageError(msg)
