"""Rules -> verdicts and findings, for one document."""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.checking.baseline_matching import BaselineMatch, match_baseline
from cocoproof.checking.fingerprints import Fingerprints
from cocoproof.model.findings import Elsewhere, FileReport, Finding, Id, ImageFolder, Kind, RuleResult, Severity, Summary, Verdict
from cocoproof.model.json_types import pointer
from cocoproof.rules.preconditions import unmet_precondition
from cocoproof.rules.rule import Rule, RuleContext, RuleSkipped, RunResource, Violation, Violations, quote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.checking.baseline import Baseline
    from cocoproof.columns.tables import Table
    from cocoproof.images.dataset_files import ImageFiles
    from cocoproof.images.segment_maps import SegmentMaps
    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.document import Document

__all__ = ["CRASHED", "Selection", "broken_rows", "judge"]

CRASHED = "COCO999"

_LACKING: Mapping[RunResource, str] = {
    "categories": "needs a class list (--categories FILE)",
    "truth": "needs a ground truth (--gt FILE)",
    "splits": "needs other splits (--splits)",
    "images": "needs a folder of images (--images DIR)",
    "panoptic": "needs the panoptic PNGs (--panoptic DIR)",
    "consumers": "needs a consumer (--for NAME)",
    "pycocotools": "the reload is switched off",
    "supervision": "the reload is switched off",
}


@dataclass(frozen=True, slots=True)
class Selection:
    """What to judge, and how much to tell.

    Attributes:
        rules: The rules, in the order of their codes.
        max_findings: Findings listed a rule and file; None for all.
        severities: Severities by code, in the place of the rules' own.
        required: Codes of rules that must be able to judge: that the run lacks what they need is a breach.
        fingerprints: Whether findings get their fingerprints.
        baseline: The defects that are accepted.
    """

    rules: Sequence[Rule]
    max_findings: int | None = 1000
    severities: Mapping[str, Severity] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    fingerprints: bool = False
    baseline: Baseline | None = None

    def severity_of(self, rule: Rule, hits: Violations) -> Severity:
        """How grave breaches are.

        What a rule itself calls graver than usual (a class list asks for it) is never made milder by `severities`, and what
        it calls milder is never made graver.
        """
        given = self.severities.get(rule.code, rule.severity)
        if hits.severity is None:
            return given
        pick = max if hits.severity.rank > rule.severity.rank else min
        return pick(given, hits.severity, key=lambda severity: severity.rank)


_MANY = 100_000
"""Annotations from which on the rules run side by side; below, threads would cost more than they bring."""

_Draft: TypeAlias = "tuple[Rule | None, Severity, Violation, str | None]"
"""A finding before it is located: its rule (None: about a rule), severity, hit and fingerprint."""


def judge(document: Document, case: RuleContext | None, selection: Selection, tick: Callable[[Rule], None] | None = None) -> FileReport:
    """Judge one document.

    Args:
        document: What was read.
        case: What the rules see; None where there is no COCO document to see.
        selection: The rules.
        tick: Called before each rule, for a progress bar.
    """
    results: list[RuleResult] = []
    drafts: list[_Draft] = []
    sifted: dict[str, BaselineMatch] = {}
    for rule, judged in zip(selection.rules, _apply_all(selection, document, case, tick), strict=True):
        results.append(judged.result)
        if judged.sifted is not None:
            sifted[rule.code] = judged.sifted
        drafts += [(rule, *shown) for shown in judged.shown]
        if judged.result.verdict is Verdict.CRASHED:
            told = f"rule {rule.code} {rule.name} failed inside, its verdict is unknown: {judged.result.reason}"
            crash = Violation(told, about=rule.code)
            mark = Fingerprints(None).of(CRASHED, [crash])[0] if selection.fingerprints else None
            drafts.append((None, Severity.ERROR, crash, mark))
    results = _with_crashes(results)
    summary = sum((result.summary for result in results), Summary())
    findings = _locate(drafts, document, case)
    images, maps = (None, None) if case is None else (_folder(case.files), _folder(case.segment_maps))
    path = document.source.path
    compared = None if case is None or selection.baseline is None else selection.baseline.compared(path, sifted)
    return FileReport(path, document.kind, _counts(document), findings, tuple(results), summary, images, maps, compared)


def _folder(files: ImageFiles | SegmentMaps | None) -> ImageFolder | None:
    return ImageFolder(files.root.name, files.guessed) if files is not None and files.asked else None


@dataclass(frozen=True, slots=True)
class _Judged:
    """What came of one rule: the verdict, the breaches to tell of, and what the baseline makes of them."""

    result: RuleResult
    shown: Sequence[tuple[Severity, Violation, str | None]] = ()
    sifted: BaselineMatch | None = None


def _apply_all(selection: Selection, document: Document, case: RuleContext | None, tick: Callable[[Rule], None] | None) -> list[_Judged]:
    """Apply the rules; those of a large file side by side, for numpy and GEOS let other threads run."""
    baseline = None if case is None else selection.baseline  # a file that nobody could judge must not look clean
    fingerprints = Fingerprints(case) if selection.fingerprints or baseline is not None else None
    known = {} if baseline is None else baseline.known(document.source.path)

    def judged(rule: Rule) -> _Judged:
        if tick is not None:
            tick(rule)
        try:
            with np.errstate(all="ignore"):  # a file may hold 1e308; messages are worked out as late as `_shown`
                result, found = _apply(rule, document, case, selection)
                if baseline is not None and fingerprints is not None:
                    told = _shown(found, rule, replace(selection, max_findings=None))
                    left = match_baseline(known.get(rule.code, {}), rule, result, told, fingerprints, record=baseline.recording)
                    return _Judged(left.result, left.breaches[: selection.max_findings], left.sifted)
                shown = _shown(found, rule, selection)
                marks = [None] * len(shown) if fingerprints is None else fingerprints.of(rule.code, [hit for _, hit in shown])
                result = replace(result, summary=_summary(found, rule, selection))
                return _Judged(result, [(*one, mark) for one, mark in zip(shown, marks, strict=True)])
        except Exception as error:  # whatever a rule does, the others' verdicts stand
            return _Judged(RuleResult(rule.code, Verdict.CRASHED, 0, f"{type(error).__name__}: {error}"[:500]))

    if case is None or case.coco.annotations.n < _MANY:
        return [judged(rule) for rule in selection.rules]
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(judged, selection.rules))


def _apply(rule: Rule, document: Document, case: RuleContext | None, selection: Selection) -> tuple[RuleResult, list[Violations]]:
    if case is None:
        defects = [defect for defect in document.defects if defect.code == rule.code]
        if defects:
            return RuleResult(rule.code, Verdict.FAILED, len(defects)), [Violations.of_defects(defects)]
        because = document.defects[0].code if document.defects else "COCO109"
        return RuleResult(rule.code, Verdict.SKIPPED, 0, f"there is no COCO document to judge ({because})"), []
    if case.coco.kind not in rule.kinds:
        return RuleResult(rule.code, Verdict.SKIPPED, 0, f"not for {case.coco.kind.value} files"), []
    reason = _lacking(rule, case)
    if reason is not None and rule.code in selection.required:
        told = Violation(f"this cannot be judged, and the profile demands that it is: {reason}")
        return RuleResult(rule.code, Verdict.FAILED, 1, reason), [Violations.of_document([told])]
    if reason is not None:
        return RuleResult(rule.code, Verdict.SKIPPED, 0, reason), []
    try:
        found = _hits(rule, case)
    except RuleSkipped as why:
        return RuleResult(rule.code, Verdict.SKIPPED, 0, str(why)), []
    count = sum(hits.count for hits in found)
    reason = unmet_precondition(case, rule.needs)
    verdict = Verdict.FAILED if count else Verdict.SKIPPED if reason else Verdict.PASSED
    remarks = [remark for remark in (reason, *(hits.remark for hits in found)) if remark]
    return RuleResult(rule.code, verdict, count, "; ".join(remarks) or None), found


def _hits(rule: Rule, case: RuleContext) -> list[Violations]:
    judged = rule.judge(case)
    return [judged] if isinstance(judged, Violations) else list(judged)


def broken_rows(rule: Rule, case: RuleContext) -> NDArray[np.int64]:
    """The rows that a rule finds fault with, of the one table that it looks at, int64, ascending, each once; without any message.

    None where it has nothing to say about the file, and none of breaches that are not a row's.
    """
    found: list[NDArray[np.int64]] = []
    if case.coco.kind in rule.kinds and _lacking(rule, case) is None:
        with np.errstate(all="ignore"), contextlib.suppress(RuleSkipped):
            found = [hits.rows for hits in _hits(rule, case) if hits.rows is not None]
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


def _summary(found: Iterable[Violations], rule: Rule, selection: Selection) -> Summary:
    counts = dict.fromkeys(Severity, 0)
    for hits in found:
        counts[selection.severity_of(rule, hits)] += hits.count
    return Summary(counts[Severity.ERROR], counts[Severity.WARNING], counts[Severity.NOTE])


def _lacking(rule: Rule, case: RuleContext) -> str | None:
    """What the run lacks for a rule to judge, or None."""
    for requirement in rule.requires:
        given = {
            "categories": case.expected,
            "truth": case.truth,
            "splits": case.splits,
            "images": case.files,
            "panoptic": case.segment_maps,
            "consumers": case.consumers,
            "pycocotools": case.reloads,
            "supervision": case.reloads,
        }[requirement]
        if given is None:
            return _LACKING[requirement]
        if requirement in {"pycocotools", "supervision"} and case.reloads is not None:
            reason = case.reloads.unavailable(requirement)
            if reason is not None:
                return reason
    return None


def _shown(found: Iterable[Violations], rule: Rule, selection: Selection) -> list[tuple[Severity, Violation]]:
    out: list[tuple[Severity, Violation]] = []
    limit = selection.max_findings
    for hits in found:
        listed = hits.count if hits.listed is None else min(hits.count, hits.listed)
        room = listed if limit is None else min(listed, limit - len(out))
        severity = selection.severity_of(rule, hits)
        out += [(severity, hits.hit(k)) for k in range(room)]
    return out


def _with_crashes(results: list[RuleResult]) -> list[RuleResult]:
    """The results with the verdict on the rules themselves in its place: where it was selected, or a rule crashed."""
    crashed = sum(result.verdict is Verdict.CRASHED for result in results)
    if not crashed and all(result.code != CRASHED for result in results):
        return results
    own = RuleResult(CRASHED, Verdict.FAILED if crashed else Verdict.PASSED, crashed, summary=Summary(errors=crashed))
    return [result for result in results if result.code != CRASHED] + [own]


def _counts(document: Document) -> dict[str, int]:
    coco = document.dataset
    tables = () if coco is None else (coco.images.n, coco.annotations.n, coco.categories.n)
    return dict(zip(("images", "annotations", "categories"), tables or (0, 0, 0), strict=True))


def _locate(drafts: Sequence[_Draft], document: Document, case: RuleContext | None) -> tuple[Finding, ...]:
    """Findings of hits: with pointer, line, column, ids, and the row's name before the message."""
    paths = [_path(hit, case) for _, _, hit, _ in drafts]
    offsets = [_offset(hit, path, document) for (_, _, hit, _), path in zip(drafts, paths, strict=True)]
    positions = document.locator.positions([offset for offset in offsets if offset is not None]) if document.source.is_text else []
    located = iter(positions)
    findings = []
    for (rule, severity, hit, fingerprint), path, offset in zip(drafts, paths, offsets, strict=True):
        line, column = next(located) if offset is not None and positions else (None, None)
        subject, image_id, annotation_id, category_id = _subject(hit, case)
        findings.append(
            (
                (rule.code if rule else CRASHED, -1 if offset is None else offset),
                Finding(
                    rule.code if rule else CRASHED,
                    rule.name if rule else "rule-crashed",
                    severity,
                    f"{subject}: {hit.message}" if subject else hit.message,
                    pointer(path),
                    line,
                    column,
                    image_id,
                    annotation_id,
                    category_id,
                    tuple(pointer(_path(Violation("", (), hit.table, row, from_row=True), case)) for row in hit.others),
                    fingerprint,
                    tuple(Elsewhere(path, pointer((hit.table or "", row))) for path, row in hit.elsewhere),
                ),
            )
        )
    return tuple(finding for _, finding in sorted(findings, key=lambda entry: entry[0]))


def _path(hit: Violation, case: RuleContext | None) -> JsonPath:
    if not hit.from_row or case is None or hit.row is None:
        return hit.path
    if hit.table == "segments":
        segments = case.coco.segments
        return ("annotations", int(segments.owner[hit.row]), "segments_info", int(segments.position[hit.row]), *hit.path)
    if hit.table == "annotations" and case.coco.kind is Kind.RESULTS:
        return (hit.row, *hit.path)
    return (hit.table or "", hit.row, *hit.path)


def _offset(hit: Violation, path: JsonPath, document: Document) -> int | None:
    if hit.offset is not None or not document.source.is_text:
        return hit.offset
    if not document.readable and not path:
        return None
    return document.locator.offset_of(path)


def _subject(hit: Violation, case: RuleContext | None) -> tuple[str, Id, Id, Id]:
    """What a hit's row is called, and the ids of its image, annotation and category."""
    if case is None or hit.row is None or hit.table not in {"images", "annotations", "categories", "segments"}:
        return "", None, None, None
    row = hit.row
    if hit.table == "images":
        image_id = case.coco.images.id_of(row)
        name = case.coco.images.file_name.values[row]
        shown = _named("image", case.coco.images, row)
        return (f"{shown} ({quote(name)[1:-1]})" if name else shown), image_id, None, None
    if hit.table == "categories":
        name = case.coco.categories.name.values[row]
        shown = _named("category", case.coco.categories, row)
        return (f"{shown} ({quote(name)[1:-1]})" if name else shown), None, None, case.coco.categories.id_of(row)
    if hit.table == "segments":
        segments = case.coco.segments
        image, image_id = _image_of(case, int(segments.owner[row]))
        category_id = int(segments.category_id.values[row]) if segments.category_id.ok[row] else None
        return f"{_named('segment', segments, row)}{image}", image_id, segments.id_of(row), category_id
    annotations = case.coco.annotations
    image, image_id = _image_of(case, row)
    category_id = int(annotations.category_id.values[row]) if annotations.category_id.ok[row] else None
    shown = f"result {row}" if case.coco.kind is Kind.RESULTS else _named("annotation", annotations, row)
    return f"{shown}{image}", image_id, annotations.id_of(row), category_id


def _named(what: str, table: Table, row: int) -> str:
    """`annotation 7`, or `annotation at index 3` where the id is unusable."""
    shown = table.id_of(row)
    if isinstance(shown, str):
        return f"{what} {quote(shown, 40)}"
    return f"{what} at index {row}" if shown is None else f"{what} {shown}"


def _image_of(case: RuleContext, row: int) -> tuple[str, Id]:
    """The image of an annotation as a message names it, and its id."""
    annotations = case.coco.annotations
    at = int(annotations.image_row[row])
    if at >= 0:
        name = case.images.file_name.values[at]
        image_id = case.images.id_of(at)
        return f" (image {image_id}{', ' + quote(name)[1:-1] if name else ''})", image_id
    if annotations.image_id.ok[row]:
        image_id = int(annotations.image_id.values[row])
        return f" (image {image_id})", image_id
    return "", None
