"""The verifier's front door: paths or documents in, a report out."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from cocoproof.checking.engine import Selection, apply_rules
from cocoproof.checking.image_sources import ImageOptions, image_files, segment_maps
from cocoproof.columns.tables import lookup
from cocoproof.model.findings import FileReport, Kind
from cocoproof.profiles import Policy
from cocoproof.readers import Limits, Loader
from cocoproof.readers.reload_run import Readers, ReloadMode, Reloads
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.document import Document, read
from cocoproof.reading.locator import Locator
from cocoproof.reading.source import Source, read_source
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.rule import RuleContext
from cocoproof.rules.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cocoproof.checking.baseline import Baseline
    from cocoproof.images.dataset_files import ImageFiles
    from cocoproof.images.segment_maps import SegmentMaps
    from cocoproof.mapping import CategoryList
    from cocoproof.rules.earlier_splits import EarlierSplits
    from cocoproof.rules.rule import Rule

__all__ = ["CheckOptions", "CheckedFile", "check_file", "check_source", "start_readers"]


@dataclass(frozen=True, kw_only=True)
class CheckOptions:
    """What to check, and by what.

    Attributes:
        rules: The rules to run.
        ignored: Codes of rules that must not speak even where a file cannot be judged at all. Why it cannot is said
            otherwise, whatever was selected: a file that nobody could read must not look clean.
        kind: Read files as this kind instead of the one they look like.
        expected: The expected categories.
        contiguous: Whether category ids must be contiguous.
        truth: The ground truth of results lists.
        thresholds: The numbers that rules compare with.
        max_findings: Findings listed a rule and file; None for all. Counts are exact either way.
        reload: How much of the file goes through pycocotools and supervision.
        limits: What the reload may use.
        images: Where the image files lie, or that they are to be looked for; None opens none.
        splits: The splits judged before the file, to compare it with; None where files have nothing to do with each other.
        standard: The profiles that files are held to: severities, and rules that must give a verdict. `rules` says which rules run.
        fingerprints: Whether findings get their fingerprints.
        baseline: The defects that are accepted; None where none is.
    """

    rules: Sequence[Rule] = RULES
    ignored: frozenset[str] = frozenset()
    kind: Kind | None = None
    expected: CategoryList | None = None
    contiguous: bool = False
    truth: Document | None = None
    thresholds: Thresholds = field(default_factory=Thresholds)
    max_findings: int | None = 1000
    reload: ReloadMode = ReloadMode.AUTO
    limits: Limits = field(default_factory=Limits)
    splits: EarlierSplits | None = None
    standard: Policy = field(default_factory=Policy)
    images: ImageOptions | None = None
    fingerprints: bool = False
    baseline: Baseline | None = None

    def after(self, examined: CheckedFile) -> CheckOptions:
        """The options for the file after this one: where splits are compared, with this one among them."""
        if self.splits is None:
            return self
        files = None if examined.context is None else examined.context.files
        if files is None or not files.asked:
            return replace(self, splits=self.splits.plus(examined.report.path, examined.document.dataset))
        looks = files.looks if self.splits.similar else None
        return replace(self, splits=self.splits.plus(examined.report.path, examined.document.dataset, files.pictures, looks))


def start_readers(options: CheckOptions) -> Readers:
    """The readers that the selected rules ask, for one run over any number of files; a context manager."""
    if options.reload is ReloadMode.NEVER:
        return Readers(())
    wanted = {requirement for rule in options.rules for requirement in rule.requires}
    return Readers([loader for loader in Loader if loader.value in wanted], options.limits)


@dataclass(frozen=True, eq=False, kw_only=True)
class CheckedFile:
    """One file with its verdict, for what looks at both: a comparison of files, a picture of a finding, a repair.

    It holds the whole file in memory; whoever keeps many of them keeps what they need instead.

    Attributes:
        document: What was read.
        context: What the rules saw; None where there was no COCO document to see. Its reloads are over, and its image files are closed; what was found of them is there if a rule asked.
        report: The verdict.
    """

    document: Document
    context: RuleContext | None
    report: FileReport


def check_source(
    path: str | os.PathLike[str] | Source,
    options: CheckOptions,
    readers: Readers | None = None,
    *,
    tick: Callable[[Rule], None] | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> FileReport:
    """Judge one file: the report of `check_file`, which takes the same arguments."""
    return check_file(path, options, readers, tick=tick, watch=watch).report


def check_file(
    path: str | os.PathLike[str] | Source,
    options: CheckOptions,
    readers: Readers | None = None,
    *,
    tick: Callable[[Rule], None] | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> CheckedFile:
    """Judge one file, and hand back what was judged.

    Args:
        path: A file, `-` for standard input, or bytes that were read already.
        options: What to check, and by what.
        readers: The readers of the run; where None is given they are started for this file alone.
        tick: Called before each rule, for a progress bar.
        watch: Called now and then, from any thread, with how many of how many image files were looked at.

    Returns:
        The document, what the rules saw of it, and the report. Whatever is wrong with the input is a finding: nothing is
        raised for it.

    Raises:
        ImagesError: If the folder of images that the options name cannot be opened.
    """
    if readers is None:
        with start_readers(options) as own:
            return check_file(path, options, own, tick=tick, watch=watch)
    try:
        source = path if isinstance(path, Source) else read_source(path)
    except Unreadable as error:
        nothing = Source(os.fspath(path) if not isinstance(path, Source) else path.path, b"", is_text=False)
        document = Document(nothing, options.kind or Kind.UNKNOWN, None, (error.defect,), Locator(b""))
        return _judge(document, options, None, tick, watch)
    if options.reload is ReloadMode.NEVER:
        document = read(source, options.kind)
        return _judge(document, options, None, tick, watch)
    with Reloads(readers, options.reload) as reloads:
        document = read(source, options.kind)
        reloads.submit(document, options.truth)
        return _judge(document, options, reloads, tick, watch)


def _judge(
    document: Document,
    options: CheckOptions,
    reloads: Reloads | None,
    tick: Callable[[Rule], None] | None,
    watch: Callable[[int, int], None] | None,
) -> CheckedFile:
    rules = options.rules
    if document.dataset is None:
        silent = options.ignored.union(rule.code for rule in rules)
        told = {defect.code for defect in document.defects} - silent
        rules = sorted((*rules, *(rule for rule in RULES if rule.code in told)), key=lambda rule: rule.code)
    with ExitStack() as stack:
        files = image_files(options.images, document, options.thresholds.image_pixels, watch)
        maps = segment_maps(options.images, document, options.thresholds.image_pixels, watch)
        for held in (files, maps):
            if held is not None:
                stack.enter_context(held)
        context = _case(document, options, reloads, files, maps)
        standard = options.standard
        selection = Selection(
            rules=rules,
            max_findings=options.max_findings,
            severities=standard.severities,
            required=standard.required,
            fingerprints=options.fingerprints,
            baseline=options.baseline,
        )
        return CheckedFile(document=document, context=context, report=apply_rules(document, context, selection, tick))


def _case(
    document: Document, options: CheckOptions, reloads: Reloads | None, files: ImageFiles | None, maps: SegmentMaps | None
) -> RuleContext | None:
    coco = document.dataset
    if coco is None:
        return None
    truth = options.truth.dataset if options.truth is not None and coco.kind is Kind.RESULTS else None
    if truth is not None:
        annotations = replace(
            coco.annotations,
            image_row=lookup(truth.images, coco.annotations.image_id),
            category_row=lookup(truth.categories, coco.annotations.category_id),
        )
        coco = replace(coco, annotations=annotations)
    return RuleContext(
        coco=coco,
        defects=document.defects,
        thresholds=options.thresholds,
        expected=options.expected,
        contiguous=options.contiguous,
        truth=truth,
        reloads=reloads,
        splits=options.splits,
        files=files,
        segment_maps=maps,
        consumers=options.standard.kinds or None,
    )
