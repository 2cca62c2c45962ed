"""Checks one file: bytes or a path in, a report out."""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from cocoproof.checking.engine import Selection, apply_rules
from cocoproof.checking.image_sources import image_files, segment_maps
from cocoproof.checking.supervision_choice import loading_not_needed
from cocoproof.columns.tables import lookup
from cocoproof.consumers.supervision import CONSUMER as SUPERVISION
from cocoproof.model.findings import FileReport, Kind
from cocoproof.readers import Loader
from cocoproof.readers.reload_run import Readers, ReloadMode, Reloads
from cocoproof.reading.defects import Defect, Unreadable
from cocoproof.reading.document import Document, read
from cocoproof.reading.kinds import LISTS
from cocoproof.reading.locator import Locator
from cocoproof.reading.source import Source, read_source
from cocoproof.reading.video_rows import frames_on_truth
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.rule import RuleContext

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.checking.check_settings import CheckSettings
    from cocoproof.images.dataset_files import ImageFiles
    from cocoproof.images.segment_maps import SegmentMaps
    from cocoproof.rules.rule import Rule

__all__ = ["CheckedFile", "check_file", "check_source", "next_settings", "start_readers"]


def start_readers(settings: CheckSettings) -> Readers:
    """The readers that the selected rules use, for one run over any number of files; a context manager."""
    if settings.reload is ReloadMode.NEVER:
        return Readers(())
    wanted = {requirement for rule in settings.rules for requirement in rule.requires}
    late = () if _always_supervision(settings) else (Loader.SUPERVISION,)
    return Readers([loader for loader in Loader if loader.value in wanted], settings.limits, late=late)


def _always_supervision(settings: CheckSettings) -> bool:
    """Whether supervision loads every file, and not only those of which it is not known what it makes of them."""
    return settings.reload is ReloadMode.ALWAYS or SUPERVISION in settings.policy.consumers


@dataclass(frozen=True, eq=False, kw_only=True)
class CheckedFile:
    """One file with its report, for code that needs both: an HTML report, a fix.

    It keeps the file's columns in memory: code that handles many files keeps only what it needs of each.

    Attributes:
        document: The document that was read.
        context: The context of the rules; None if the input was not a COCO document. Its reloads are finished and its image files closed; their results remain if a rule used them.
        report: The report.
    """

    document: Document
    context: RuleContext | None
    report: FileReport


def next_settings(settings: CheckSettings, checked: CheckedFile) -> CheckSettings:
    """The settings for the next file: if splits are compared, they include this one."""
    if settings.splits is None:
        return settings
    context, path, coco = checked.context, checked.report.path, checked.document.dataset
    splits = settings.splits if context is None or context.splits is None else context.splits
    files = None if context is None else context.files
    if files is None or not files.asked:
        return replace(settings, splits=splits.plus(path, coco))
    hashes = files.looks if splits.similar else None
    return replace(settings, splits=splits.plus(path, coco, files.pictures, hashes))


def check_source(
    path: str | os.PathLike[str] | Source,
    settings: CheckSettings,
    readers: Readers | None = None,
    *,
    tick: Callable[[Rule], None] | None = None,
    watch: Callable[[int, int], None] | None = None,
) -> FileReport:
    """Check one file: the report of `check_file`, which takes the same arguments."""
    return check_file(path, settings, readers, tick=tick, watch=watch).report


def check_file(
    path: str | os.PathLike[str] | Source,
    settings: CheckSettings,
    readers: Readers | None = None,
    *,
    tick: Callable[[Rule], None] | None = None,
    watch: Callable[[int, int], None] | None = None,
    on_bytes: Callable[[int, int | None], None] | None = None,
) -> CheckedFile:
    """Check one file, and return it with its report.

    Args:
        path: A file, `-` for standard input, or bytes that were already read.
        settings: The settings.
        readers: The readers of the run; None starts them for this file only.
        tick: Called before each rule, for a progress bar.
        watch: Called from time to time, from any thread, with the number of image files read so far, and their total.
        on_bytes: Called from time to time with the number of bytes of the text that were read so far, and their total; None for the total while
            standard input is read, or data are unpacked.

    Returns:
        The document, the context of the rules, and the report. Every problem of the input is a finding, not an
        exception.

    Raises:
        ImagesError: If the folder of images that the settings name cannot be opened.
    """
    if readers is None:
        with start_readers(settings) as own:
            return check_file(path, settings, own, tick=tick, watch=watch, on_bytes=on_bytes)
    name = path.path if isinstance(path, Source) else os.fspath(path)
    try:
        unpacking = None if on_bytes is None else partial(_tell, on_bytes)
        source = path if isinstance(path, Source) else read_source(path, mapped=True, on_bytes=unpacking)
    except Unreadable as error:
        return _check(_nothing(name, error.defect, settings), settings, None, tick, watch)
    try:
        checked = _check_text(source, settings, readers, tick, watch, on_bytes)
    except Exception:
        if not source.changed:
            raise
    else:
        if not source.changed:
            return checked
    changed = Defect("COCO001", "the file was changed while it was read, so nothing is known of it: check it again")
    return _check(_nothing(name, changed, settings), settings, None, tick, watch)


def _nothing(path: str, defect: Defect, settings: CheckSettings) -> Document:
    """The document of a file that cannot be read."""
    return Document(Source(path, b"", is_text=False), settings.kind or Kind.UNKNOWN, None, (defect,), Locator(b""))


def _tell(on_bytes: Callable[[int, int | None], None], done: int, total: int | None = None) -> None:
    on_bytes(done, total)


def _check_text(
    source: Source,
    settings: CheckSettings,
    readers: Readers,
    tick: Callable[[Rule], None] | None,
    watch: Callable[[int, int], None] | None,
    on_bytes: Callable[[int, int | None], None] | None,
) -> CheckedFile:
    if on_bytes is not None:
        on_bytes(0, len(source.data))
    reading = None if on_bytes is None else partial(_tell, on_bytes, total=len(source.data))
    if settings.reload is ReloadMode.NEVER:
        document = read(source, settings.kind, reading, dictionaries=True)
        return _check(document, settings, None, tick, watch)
    with Reloads(readers, settings.reload) as reloads:
        document = read(source, settings.kind, reading, dictionaries=True)
        reloads.submit(document, settings.truth, None if _always_supervision(settings) else loading_not_needed)
        return _check(document, settings, reloads, tick, watch)


def _check(
    document: Document,
    settings: CheckSettings,
    reloads: Reloads | None,
    tick: Callable[[Rule], None] | None,
    watch: Callable[[int, int], None] | None,
) -> CheckedFile:
    rules = settings.rules
    if document.dataset is None:
        silent = settings.ignored.union(rule.code for rule in rules)
        found = {defect.code for defect in document.defects} - silent
        rules = sorted((*rules, *(rule for rule in RULES if rule.code in found)), key=lambda rule: rule.code)
    with ExitStack() as stack:
        opencv = any("opencv" in rule.requires for rule in rules)
        files = image_files(settings.images, document, settings.thresholds.image_pixels, watch, opencv=opencv)
        maps = segment_maps(settings.images, document, settings.thresholds.image_pixels, watch)
        for held in (files, maps):
            if held is not None:
                stack.enter_context(held)
        context = _case(document, settings, reloads, files, maps)
        policy = settings.policy
        selection = Selection(
            rules=rules,
            max_findings=settings.max_findings,
            severities=policy.severities,
            required=policy.required,
            fingerprints=settings.fingerprints,
            baseline=settings.baseline,
        )
        return CheckedFile(document=document, context=context, report=apply_rules(document, context, selection, tick))


def _case(
    document: Document, settings: CheckSettings, reloads: Reloads | None, files: ImageFiles | None, maps: SegmentMaps | None
) -> RuleContext | None:
    coco = document.dataset
    if coco is None:
        return None
    truth = settings.truth.dataset if settings.truth is not None and coco.kind in LISTS else None
    if truth is not None:
        annotations = replace(
            coco.annotations,
            image_row=lookup(truth.images, coco.annotations.image_id),
            category_row=lookup(truth.categories, coco.annotations.category_id),
        )
        coco = replace(coco, annotations=annotations)
        coco = coco if coco.frames is None else replace(coco, frames=frames_on_truth(coco, truth))
    return RuleContext(
        coco=coco,
        defects=document.defects,
        thresholds=settings.thresholds,
        expected=settings.expected,
        contract=settings.contract,
        contiguous=settings.contiguous,
        truth=truth,
        reloads=reloads,
        splits=None if settings.splits is None else settings.splits.before(document.source.path, coco),
        files=files,
        segment_maps=maps,
        consumers=settings.policy.consumers or None,
    )
