"""What the fixtures return: functions that check and compare, with the project's configuration."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Report, Severity, Verdict
from cocoproof.pytest_plugin.checker import FileChecker
from cocoproof.pytest_plugin.outcomes import STYLE, counted, crashed_lines, failing_lines
from cocoproof.reading.source import read_document
from cocoproof.reports.roundtrip_text import as_text
from cocoproof.roundtrip import LossKind, compare

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from typing import Literal

    from cocoproof.mapping import CategoryList, ClassMapping
    from cocoproof.model.findings import FileReport, Kind
    from cocoproof.model.json_types import JsonValue
    from cocoproof.readers.reload_run import ReloadMode
    from cocoproof.roundtrip import FieldNames, Reader, Tolerance
    from cocoproof.rules.thresholds import Thresholds

__all__ = ["AssertCocoValid", "AssertRoundtrip", "CocoCheck"]

_MOST_RULES = 10
"""Rules that a message shows."""


class CocoCheck:
    """`coco_check`: check a file as the project does."""

    def __init__(self, config: pytest.Config) -> None:
        """Read the project's configuration; fail the test if it is invalid."""
        try:
            self.checker = FileChecker.of(config)
        except pytest.UsageError as error:
            pytest.fail(str(error), pytrace=False)

    def __call__(
        self,
        path_or_document: str | os.PathLike[str] | JsonValue,
        *,
        # generated: fixture keywords
        select: str | Sequence[str] = (),
        ignore: str | Sequence[str] = (),
        plugins: bool | None = None,
        profile: str | None = None,
        consumers: str | Sequence[str] = (),
        categories: CategoryList | str | os.PathLike[str] | None = None,
        contract: str | os.PathLike[str] | Mapping[str, object] | Literal[False] | None = None,
        contiguous: bool | None = None,
        gt: str | os.PathLike[str] | None = None,
        kind: Kind | str | None = None,
        images: str | os.PathLike[str] | bool | None = None,
        panoptic: str | os.PathLike[str] | None = None,
        decode: bool | None = None,
        reload: ReloadMode | Literal["auto", "always", "never"] | None = None,
        thresholds: Thresholds | None = None,
        baseline: str | os.PathLike[str] | Literal[False] | None = None,
        max_findings: int | None = None,
        # end of fixture keywords
    ) -> Report:
        """Check a file, or a document as `json.load` returns it.

        What is given here replaces the options of the run and the project's configuration; `ignore` adds to them.

        Args:
            path_or_document: The file or the document.
            select: Codes, prefixes (`COCO5`) and names of the rules to run, or one of them; none means all.
            ignore: Codes, prefixes and names of rules not to run, or one of them.
            plugins: As `cocoproof.check` takes it; by default that of the run.
            profile: As `cocoproof.check` takes it; by default that of the run.
            consumers: The consumers of the file, such as `pycocotools`, or one of them: their rules and severities apply.
            categories: As `cocoproof.check` takes it; by default that of the run.
            contract: As `cocoproof.check` takes it; by default that of the run.
            contiguous: As `cocoproof.check` takes it; by default that of the run.
            gt: As `cocoproof.check` takes it; by default that of the run.
            kind: As `cocoproof.check` takes it; by default that of the run.
            images: As `cocoproof.check` takes it; by default that of the run.
            panoptic: As `cocoproof.check` takes it; by default that of the run.
            decode: As `cocoproof.check` takes it; by default that of the run.
            reload: As `cocoproof.check` takes it; by default that of the run.
            thresholds: As `cocoproof.check` takes it; by default that of the run.
            baseline: As `cocoproof.check` takes it; by default that of the run.
            max_findings: As `cocoproof.check` takes it; by default that of the run.

        Returns:
            The report. Whatever is wrong with the file is a finding.

        Raises:
            ValueError: If an argument is invalid, or names a file that cannot be read.
            TypeError: If a document holds a value that JSON cannot express.
        """
        __tracebackhide__ = True
        given = {
            # generated: fixture values
            "select": select,
            "ignore": ignore,
            "plugins": plugins,
            "profile": profile,
            "consumers": consumers,
            "categories": categories,
            "contract": contract,
            "contiguous": contiguous,
            "gt": gt,
            "kind": kind,
            "images": images,
            "panoptic": panoptic,
            "decode": decode,
            "reload": reload,
            "thresholds": thresholds,
            "baseline": baseline,
            "max_findings": max_findings,
            # end of fixture values
        }
        settings = self.checker.settings.with_call({name: value for name, value in given.items() if value is not None})
        source = path_or_document if isinstance(path_or_document, str | os.PathLike) else read_document(path_or_document)
        return Report(files=(self.checker.check_file(source, settings).report,), profiles=settings.policy.names)


class AssertCocoValid:
    """`assert_coco_valid`: fail if a file has findings."""

    def __init__(self, check: CocoCheck) -> None:
        """Check with this function."""
        self._check = check

    def __call__(
        self,
        path_or_document: str | os.PathLike[str] | JsonValue,
        *,
        fail_on: Severity | Literal["error", "warning", "note"] | None = None,
        # generated: fixture keywords
        select: str | Sequence[str] = (),
        ignore: str | Sequence[str] = (),
        plugins: bool | None = None,
        profile: str | None = None,
        consumers: str | Sequence[str] = (),
        categories: CategoryList | str | os.PathLike[str] | None = None,
        contract: str | os.PathLike[str] | Mapping[str, object] | Literal[False] | None = None,
        contiguous: bool | None = None,
        gt: str | os.PathLike[str] | None = None,
        kind: Kind | str | None = None,
        images: str | os.PathLike[str] | bool | None = None,
        panoptic: str | os.PathLike[str] | None = None,
        decode: bool | None = None,
        reload: ReloadMode | Literal["auto", "always", "never"] | None = None,
        thresholds: Thresholds | None = None,
        baseline: str | os.PathLike[str] | Literal[False] | None = None,
        max_findings: int | None = None,
        # end of fixture keywords
    ) -> Report:
        """Check a file, and fail if a finding is at least as severe as `fail_on`, or a rule gave no verdict.

        Args:
            path_or_document: The file, or a document as `json.load` returns it.
            fail_on: The severity; None for that of the run, which is error by default.
            select: Codes, prefixes (`COCO5`) and names of the rules to run, or one of them; none means all.
            ignore: Codes, prefixes and names of rules not to run, or one of them.
            plugins: As `cocoproof.check` takes it; by default that of the run.
            profile: As `cocoproof.check` takes it; by default that of the run.
            consumers: The consumers of the file, such as `pycocotools`, or one of them: their rules and severities apply.
            categories: As `cocoproof.check` takes it; by default that of the run.
            contract: As `cocoproof.check` takes it; by default that of the run.
            contiguous: As `cocoproof.check` takes it; by default that of the run.
            gt: As `cocoproof.check` takes it; by default that of the run.
            kind: As `cocoproof.check` takes it; by default that of the run.
            images: As `cocoproof.check` takes it; by default that of the run.
            panoptic: As `cocoproof.check` takes it; by default that of the run.
            decode: As `cocoproof.check` takes it; by default that of the run.
            reload: As `cocoproof.check` takes it; by default that of the run.
            thresholds: As `cocoproof.check` takes it; by default that of the run.
            baseline: As `cocoproof.check` takes it; by default that of the run.
            max_findings: As `cocoproof.check` takes it; by default that of the run.

        Returns:
            The report, whose findings are all below `fail_on`.

        Raises:
            AssertionError: If there is such a finding; the message groups them by rule.
            ValueError: If an argument is invalid, or names a file that cannot be read.
        """
        __tracebackhide__ = True
        least = self._check.checker.settings.run.fail_on if fail_on is None else Severity(fail_on)
        report = self._check(
            path_or_document,
            # generated: fixture forwarding
            select=select,
            ignore=ignore,
            plugins=plugins,
            profile=profile,
            consumers=consumers,
            categories=categories,
            contract=contract,
            contiguous=contiguous,
            gt=gt,
            kind=kind,
            images=images,
            panoptic=panoptic,
            decode=decode,
            reload=reload,
            thresholds=thresholds,
            baseline=baseline,
            max_findings=max_findings,
            # end of fixture forwarding
        )
        if not report.ok(least):
            raise AssertionError("\n".join(_message(report.files[0], least)))
        return report


def _message(file: FileReport, fail_on: Severity) -> Iterator[str]:
    crashed = [rule for rule in file.rules if rule.verdict is Verdict.CRASHED]
    failing = [rule for rule in file.rules if rule.summary.at_least(fail_on)]
    yield f"{escape(file.path)}: {counted(file.summary, fail_on)}"
    yield from crashed_lines(crashed)
    yield from failing_lines(file, failing[:_MOST_RULES], fail_on)
    if len(failing) > _MOST_RULES:
        yield f"  and {len(failing) - _MOST_RULES} more rules"


class AssertRoundtrip:
    """`assert_roundtrip`: fail where a file has not kept its source."""

    def __call__(
        self,
        source: object,
        path: str | os.PathLike[str],
        *,
        mapping: ClassMapping,
        via: Reader | Sequence[Reader] = ("pycocotools", "own"),
        tolerance: Tolerance | None = None,
        keys: FieldNames | None = None,
        images_dir: str | os.PathLike[str] | None = None,
        not_kept: Collection[LossKind | str] = (),
    ) -> None:
        """Read a file back, and fail where it is not what was exported.

        Args:
            source: What was exported, as `cocoproof.roundtrip.compare` takes it: a `supervision.DetectionDataset`, or pairs of images
                and detections that can be read twice.
            path: The file.
            mapping: Which class was to become which category.
            via: The readers that bring it back, each by itself.
            tolerance: How far things may be apart; None for not at all.
            keys: Under which keys the file has what COCO has no field for.
            images_dir: The folder that the file names are relative to.
            not_kept: Kinds of losses that the exporter never claimed to avoid, such as "score".

        Raises:
            AssertionError: If something else was lost; the message has each kind with its places and measures.
            ValueError: If `not_kept` or `via` names nothing that there is.
        """
        __tracebackhide__ = True
        allowed = {LossKind(kind) for kind in not_kept}
        readers: Sequence[Reader] = (via,) if isinstance(via, str) else via
        reports = [
            compare(source, path, mapping=mapping, via=one, tolerance=tolerance, keys=keys, images_dir=images_dir).without(allowed)
            for one in readers
        ]
        lossy = [report for report in reports if not report.ok]
        if lossy:
            raise AssertionError("\n".join(as_text(os.fspath(path), lossy, (), STYLE)))
