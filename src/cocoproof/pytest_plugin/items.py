"""COCO files in pytest's tree: a collector per file, a test per rule (or family of rules, or file)."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

import pytest

from cocoproof.model.findings import Verdict
from cocoproof.pytest_plugin.files import node_id
from cocoproof.pytest_plugin.outcomes import Outcome, as_properties, outcome_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Self

    from cocoproof.pytest_plugin.run import CocoRun, Granularity
    from cocoproof.rules.rule import Rule

__all__ = ["CocoFile", "CocoFolder", "CocoItem"]


class CocoFolder(pytest.Directory):
    """A folder of COCO files. pytest loads the conftest files of a folder when it is collected as a node."""

    files: list[Path]
    run: CocoRun

    @classmethod
    def of(cls, parent: pytest.Session, path: Path, files: list[Path], run: CocoRun) -> Self:
        """The folder, with these of its files."""
        own = _own_id(parent, path)
        node: Self = cls.from_parent(parent, path=path) if own is None else cls.from_parent(parent, path=path, name=own, nodeid=own)
        node.files, node.run = files, run
        return node

    def collect(self) -> Iterator[CocoFile]:
        """The files of the run, whatever else is in the folder."""
        for path in self.files:
            yield CocoFile.of(self, path, self.run)


class CocoFile(pytest.File):
    """A COCO file of a run."""

    run: CocoRun

    @classmethod
    def of(cls, parent: pytest.Collector, path: Path, run: CocoRun) -> Self:
        """The file under this parent."""
        own = _own_id(parent, path)
        node: Self = cls.from_parent(parent, path=path) if own is None else cls.from_parent(parent, path=path, name=own, nodeid=own)
        node.run = run
        return node

    def collect(self) -> Iterator[CocoItem]:
        """One test for each rule, or family of rules, of the run."""
        for name, codes in _tests(self.run.rules, self.run.granularity):
            yield CocoItem.of(self, name, codes)


def _own_id(parent: pytest.Collector, path: Path) -> str | None:
    """An id for files outside of pytest's root folder and for names with control characters; None if pytest's own id is used."""
    root = parent.config.rootpath
    identity = node_id(path, root)
    return None if path.is_relative_to(root) and path.relative_to(root).as_posix() == identity else identity


def _tests(rules: tuple[Rule, ...], granularity: Granularity) -> Iterator[tuple[str, frozenset[str]]]:
    if granularity == "file":
        yield "COCO", frozenset(rule.code for rule in rules)
    elif granularity == "family":
        for family, members in groupby(rules, key=lambda rule: rule.code[:5]):
            yield family, frozenset(rule.code for rule in members)
    else:
        for rule in rules:
            yield f"{rule.code}-{rule.name}", frozenset({rule.code})


class CocoItem(pytest.Item):
    """One or more rules on one file.

    The file is checked in the set-up of the first test that needs it, so that `--durations` shows the time. A rule that crashes is an
    error of the set-up, a finding is a failure of the test.
    """

    codes: frozenset[str]
    outcome: Outcome | None

    @classmethod
    def of(cls, parent: CocoFile, name: str, codes: frozenset[str]) -> Self:
        """The test of these rules."""
        item: Self = cls.from_parent(parent, name=name)
        item.codes = codes
        item.outcome = None
        item.add_marker("coco")
        return item

    @property
    def file(self) -> CocoFile:
        """The file that is checked."""
        assert isinstance(self.parent, CocoFile)  # noqa: S101 - `of` ensures it
        return self.parent

    @property
    def location(self) -> tuple[str, int | None, str]:
        """The place of the test in reports: the COCO file."""
        return self.file.nodeid, 0, self.name

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """The same, before the line is known."""
        return self.path, 0, self.name

    def setup(self) -> None:
        """Check the file, unless another test did; a test that is rerun checks it again."""
        run = self.file.run
        result = run.results.on(self.path, again=self.outcome is not None)
        outcome = outcome_of(result.report, self.codes, run.fail_on, coded=len(self.codes) > 1)
        if result.unreadable and outcome.verdict is Verdict.SKIPPED:
            # An unreadable file must not look clean because the rule that reports it is not among the tests.
            why = {rule.code for rule in result.report.rules if rule.summary.at_least(run.fail_on)}
            if not why & run.covered[self.path]:
                outcome = outcome_of(result.report, why, run.fail_on, coded=True)
        self.outcome = outcome
        self.user_properties[:] = as_properties(outcome.summary)
        if outcome.verdict is Verdict.CRASHED:
            pytest.fail(outcome.text, pytrace=False)
        if outcome.verdict is Verdict.SKIPPED:
            pytest.skip(outcome.headline)

    def runtest(self) -> None:
        """Fail if there are findings at or above the severity."""
        if self.outcome is not None and self.outcome.verdict is Verdict.FAILED:
            pytest.fail(self.outcome.text, pytrace=False)

    def describe(self, report: pytest.TestReport, call: pytest.CallInfo[None]) -> None:
        """Make a report name the COCO file, where pytest names the code that raised.

        Args:
            report: The report on one phase of this test.
            call: What happened in it.
        """
        outcome, path = self.outcome, self.file.nodeid
        if outcome is None or (call.excinfo is not None and not call.excinfo.errisinstance((pytest.fail.Exception, pytest.skip.Exception))):
            return
        report.location = (path, outcome.line - 1, f"{path} {self.name}")
        if report.skipped:
            report.longrepr = (path, outcome.line, f"Skipped: {outcome.headline}")
        crash = getattr(report.longrepr, "reprcrash", None)
        if report.failed and crash is not None:
            crash.path, crash.lineno, crash.message = path, outcome.line, outcome.headline
        if report.when == "call" and outcome.aside:
            report.sections.append(("cocoproof: below the failing severity", outcome.aside))
