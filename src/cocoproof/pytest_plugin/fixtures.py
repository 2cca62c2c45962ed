"""What the fixtures give a test: functions that judge and compare, with the project's configuration."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cocoproof.checking.api import read_truth
from cocoproof.checking.image_sources import ImageOptions
from cocoproof.cli.roundtrip import as_text
from cocoproof.mapping import CategoryList, read_category_list
from cocoproof.model.escaping import escape
from cocoproof.model.findings import Kind, Report, Severity, Verdict
from cocoproof.profiles import resolve_policy
from cocoproof.pytest_plugin.checker import FileChecker
from cocoproof.pytest_plugin.outcomes import STYLE, counted, crashed_lines, failing_lines
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import read_document
from cocoproof.roundtrip import LossKind, compare
from cocoproof.rules.catalogue import find
from cocoproof.rules.catalogue import select as select_rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence
    from typing import Literal

    from cocoproof.checking.check_file import CheckOptions
    from cocoproof.mapping import ClassMapping
    from cocoproof.model.findings import FileReport
    from cocoproof.model.json_types import JsonValue
    from cocoproof.roundtrip import FieldNames, Reader, Tolerance
    from cocoproof.rules.thresholds import Thresholds

__all__ = ["AssertCocoValid", "AssertRoundtrip", "CocoCheck"]

_MOST_RULES = 10
"""Rules that a message shows."""


class CocoCheck:
    """`coco_check`: judge a file as the project does."""

    def __init__(self, config: pytest.Config) -> None:
        """Read the project's configuration; fail the test where it means nothing."""
        try:
            self.judge = FileChecker.of(config)
        except pytest.UsageError as error:
            pytest.fail(str(error), pytrace=False)

    def __call__(
        self,
        path_or_document: str | os.PathLike[str] | JsonValue,
        *,
        select: str | Sequence[str] = (),
        ignore: str | Sequence[str] = (),
        kind: Kind | str | None = None,
        categories: CategoryList | str | os.PathLike[str] | None = None,
        contiguous: bool | None = None,
        gt: str | os.PathLike[str] | None = None,
        profile: str | None = None,
        consumers: str | Sequence[str] = (),
        images: str | os.PathLike[str] | bool | None = None,
        thresholds: Thresholds | None = None,
        reload: Literal["auto", "always", "never"] | None = None,
    ) -> Report:
        """Judge a file, or a document as `json.load` gives it.

        What is given here goes before the run's options and the project's configuration; `ignore` adds to them.

        Args:
            path_or_document: The file or the document.
            select: Codes, prefixes and names of the rules to run, or one of them.
            ignore: The same, not to run.
            kind: Read the file as this kind instead of the one it looks like.
            categories: The expected categories, or the file that lists them.
            contiguous: Whether category ids must be contiguous.
            gt: The ground truth that a results list is held to.
            profile: The profile to hold the file to, such as `release`.
            consumers: Who is to read the file, such as `pycocotools`, or several.
            images: The folder that `file_name` is relative to; True looks for it beside the file, False opens no image file.
            thresholds: The numbers that rules compare with.
            reload: How much of the file goes through pycocotools and supervision.

        Returns:
            The report. Whatever is wrong with the file is a finding.

        Raises:
            ValueError: If an argument means nothing, or names a file that cannot be read.
            TypeError: If a document holds what JSON has no form for.
        """
        __tracebackhide__ = True
        run = self.judge.settings.options
        options = _narrowed(run, select, ignore, profile, consumers)
        expected = categories if categories is None or isinstance(categories, CategoryList) else read_category_list(Path(categories))
        options = replace(
            options,
            kind=run.kind if kind is None else Kind(kind),
            expected=run.expected if expected is None else expected,
            contiguous=run.contiguous if contiguous is None else contiguous,
            truth=run.truth if gt is None else read_truth(gt),
            thresholds=thresholds or run.thresholds,
            reload=run.reload if reload is None else ReloadMode(reload),
            images=run.images
            if images is None
            else ImageOptions(root=None if isinstance(images, bool) else os.fspath(images), guess=bool(images)),
            splits=None,  # one file has nothing to be compared with
        )
        source = path_or_document if isinstance(path_or_document, str | os.PathLike) else read_document(path_or_document)
        return Report(files=(self.judge.check_file(source, options).report,), profiles=options.standard.names)


def _narrowed(
    run: CheckOptions, select: str | Sequence[str], ignore: str | Sequence[str], profile: str | None, consumers: str | Sequence[str]
) -> CheckOptions:
    """The run's options with other rules, and what they are held to."""
    chosen, silenced, readers = ((given,) if isinstance(given, str) else given for given in (select, ignore, consumers))
    held_to = resolve_policy(profile, readers) if profile or readers else run.standard
    ignored = run.ignored.union(rule.code for given in silenced for rule in find(given))
    rules = select_rules(chosen, (), held_to.off) if chosen or profile or readers else run.rules
    rules = tuple(rule for rule in rules if rule.code not in ignored)
    if not rules:
        msg = "all rules that were selected are ignored: nothing would be judged"
        raise ValueError(msg)
    return replace(run, rules=rules, ignored=ignored, standard=held_to)


class AssertCocoValid:
    """`assert_coco_valid`: fail where a file has findings."""

    def __init__(self, check: CocoCheck) -> None:
        """Judge by this function."""
        self._check = check

    def __call__(
        self,
        path_or_document: str | os.PathLike[str] | JsonValue,
        *,
        fail_on: Severity | Literal["error", "warning", "note"] | None = None,
        select: str | Sequence[str] = (),
        ignore: str | Sequence[str] = (),
        kind: Kind | str | None = None,
        categories: CategoryList | str | os.PathLike[str] | None = None,
        contiguous: bool | None = None,
        gt: str | os.PathLike[str] | None = None,
        profile: str | None = None,
        consumers: str | Sequence[str] = (),
        images: str | os.PathLike[str] | bool | None = None,
        thresholds: Thresholds | None = None,
        reload: Literal["auto", "always", "never"] | None = None,
    ) -> Report:
        """Judge a file, and fail where a finding is as grave as `fail_on`, or a rule gave no verdict.

        Args:
            path_or_document: The file, or a document as `json.load` gives it.
            fail_on: The severity; None for the run's, which is error unless told otherwise.
            select: The rest is as `coco_check` takes it.
            ignore: Likewise.
            kind: Likewise.
            categories: Likewise.
            contiguous: Likewise.
            gt: Likewise.
            profile: Likewise.
            consumers: Likewise.
            images: Likewise.
            thresholds: Likewise.
            reload: Likewise.

        Returns:
            The report, whose findings are all below `fail_on`.

        Raises:
            AssertionError: If there is such a finding; the message groups them by rule.
            ValueError: If an argument means nothing, or names a file that cannot be read.
        """
        __tracebackhide__ = True
        least = self._check.judge.settings.fail_on if fail_on is None else Severity(fail_on)
        report = self._check(
            path_or_document,
            select=select,
            ignore=ignore,
            kind=kind,
            categories=categories,
            contiguous=contiguous,
            gt=gt,
            profile=profile,
            consumers=consumers,
            images=images,
            thresholds=thresholds,
            reload=reload,
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
