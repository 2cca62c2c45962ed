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

__all__ = ["CRASHED", "Selection", "apply_rules", "broken_rows"]

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which rules to apply, and how much to report.

    Attributes:
        rules: The rules, in the order of their codes.
        max_findings: Findings listed per rule and file; None for all.
        severities: Severities by code that replace the rules' own.
        required: Codes of rules that must give a verdict: it is a violation if the run lacks what they need.
        fingerprints: Whether findings get their fingerprints.
        baseline: The defects that are accepted.
    """

    rules: Sequence[Rule]
    max_findings: int | None = 1000
    severities: Mapping[str, Severity] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    fingerprints: bool = False
    baseline: Baseline | None = None

    def severity_of(self, rule: Rule, violations: Violations) -> Severity:
        """The severity of violations.

        `severities` never lowers a severity that the rule itself has raised (because of a class list), and never raises one that
        the rule has lowered.
        """
        given = self.severities.get(rule.code, rule.severity)
        if violations.severity is None:
            return given
        pick = max if violations.severity.rank > rule.severity.rank else min
        return pick(given, violations.severity, key=lambda severity: severity.rank)


_MANY = 100_000
"""With this many annotations or more the rules run in threads; for fewer, threads would cost more time than they save."""

_Draft: TypeAlias = "tuple[Rule | None, Severity, Violation, str | None]"
"""A finding before it is located: its rule (None: about a rule), severity, violation and fingerprint."""


def apply_rules(
    document: Document, context: RuleContext | None, selection: Selection, tick: Callable[[Rule], None] | None = None
) -> FileReport:
    """Check one document.

    Args:
        document: The document that was read.
        context: The context of the rules; None if it is not a COCO document.
        selection: The rules to apply.
        tick: Called before each rule, for a progress bar.
    """
    results: list[RuleResult] = []
    drafts: list[_Draft] = []
    matches: dict[str, BaselineMatch] = {}
    for rule, outcome in zip(selection.rules, _apply_all(selection, document, context, tick), strict=True):
        results.append(outcome.result)
        if outcome.match is not None:
            matches[rule.code] = outcome.match
        drafts += [(rule, *shown) for shown in outcome.shown]
        if outcome.result.verdict is Verdict.CRASHED:
            message = f"rule {rule.code} {rule.name} crashed (internal error), its verdict is unknown: {outcome.result.reason}"
            crash = Violation(message, about=rule.code)
            mark = Fingerprints(None, None).of(CRASHED, [crash])[0] if selection.fingerprints else None
            drafts.append((None, Severity.ERROR, crash, mark))
    results = _with_crashes(results)
    summary = sum((result.summary for result in results), Summary())
    findings = _locate(drafts, document, context)
    images, maps = (None, None) if context is None else (_folder(context.files), _folder(context.segment_maps))
    path = document.source.path
    compared = None if context is None or selection.baseline is None else selection.baseline.compared(path, matches)
    return FileReport(
        path=path,
        kind=document.kind,
        counts=_counts(document),
        findings=findings,
        rules=tuple(results),
        summary=summary,
        images=images,
        panoptic=maps,
        baseline=compared,
        was_read=context is not None,
    )


def _folder(files: ImageFiles | SegmentMaps | None) -> ImageFolder | None:
    return ImageFolder(path=files.root.name, guessed=files.guessed) if files is not None and files.asked else None


@dataclass(frozen=True, slots=True)
class _RuleOutcome:
    """The result of one rule: the verdict, the violations to report, and their comparison with the baseline."""

    result: RuleResult
    shown: Sequence[tuple[Severity, Violation, str | None]] = ()
    match: BaselineMatch | None = None


def _apply_all(
    selection: Selection, document: Document, context: RuleContext | None, tick: Callable[[Rule], None] | None
) -> list[_RuleOutcome]:
    """Apply the rules; for a large file in threads, because numpy and GEOS release the GIL."""
    baseline = None if context is None else selection.baseline  # a file that could not be checked must not look clean
    fingerprints = Fingerprints(context, document) if selection.fingerprints or baseline is not None else None
    known = {} if baseline is None else baseline.known(document.source.path)

    def evaluate(rule: Rule) -> _RuleOutcome:
        if tick is not None:
            tick(rule)
        try:
            with np.errstate(all="ignore"):  # a file may contain 1e308; messages are computed as late as in `_shown`
                result, found = _apply(rule, document, context, selection)
                if baseline is not None and fingerprints is not None:
                    listed = _shown(found, rule, replace(selection, max_findings=None))
                    left = match_baseline(known.get(rule.code, {}), rule, result, listed, fingerprints, record=baseline.recording)
                    return _RuleOutcome(left.result, left.violations[: selection.max_findings], left.match)
                shown = _shown(found, rule, selection)
                marks = [None] * len(shown) if fingerprints is None else fingerprints.of(rule.code, [violation for _, violation in shown])
                result = replace(result, summary=_summary(found, rule, selection))
                return _RuleOutcome(result, [(*one, mark) for one, mark in zip(shown, marks, strict=True)])
        except Exception as error:  # a crash of one rule must not affect the verdicts of the others
            return _RuleOutcome(
                RuleResult(code=rule.code, verdict=Verdict.CRASHED, count=0, reason=f"{type(error).__name__}: {error}"[:500])
            )

    if context is None or context.coco.annotations.n < _MANY:
        return [evaluate(rule) for rule in selection.rules]
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        return list(pool.map(evaluate, selection.rules))


def _apply(rule: Rule, document: Document, context: RuleContext | None, selection: Selection) -> tuple[RuleResult, list[Violations]]:
    if context is None:
        defects = [defect for defect in document.defects if defect.code == rule.code]
        if defects:
            return RuleResult(code=rule.code, verdict=Verdict.FAILED, count=len(defects)), [Violations.of_defects(defects)]
        because = document.defects[0].code if document.defects else "COCO109"
        return RuleResult(code=rule.code, verdict=Verdict.SKIPPED, count=0, reason=f"there is no COCO document to check ({because})"), []
    if context.coco.kind not in rule.kinds:
        return RuleResult(code=rule.code, verdict=Verdict.SKIPPED, count=0, reason=f"not for {context.coco.kind.value} files"), []
    reason = _lacking(rule, context)
    if reason is not None and rule.code in selection.required:
        violation = Violation(f"this cannot be checked, and the profile requires it: {reason}")
        return RuleResult(code=rule.code, verdict=Verdict.FAILED, count=1, reason=reason), [Violations.of_document([violation])]
    if reason is not None:
        return RuleResult(code=rule.code, verdict=Verdict.SKIPPED, count=0, reason=reason), []
    try:
        found = _violations(rule, context)
    except RuleSkipped as why:
        return RuleResult(code=rule.code, verdict=Verdict.SKIPPED, count=0, reason=str(why)), []
    count = sum(violations.count for violations in found)
    reason = unmet_precondition(context, rule.needs)
    unchecked = [violations.unchecked for violations in found if violations.unchecked]
    verdict = Verdict.FAILED if count else Verdict.SKIPPED if reason or unchecked else Verdict.PASSED
    remarks = [remark for remark in (reason, *unchecked, *(violations.remark for violations in found)) if remark]
    return RuleResult(code=rule.code, verdict=verdict, count=count, reason="; ".join(remarks) or None), found


def _violations(rule: Rule, context: RuleContext) -> list[Violations]:
    found = rule.check(context)
    return [found] if isinstance(found, Violations) else list(found)


def broken_rows(rule: Rule, context: RuleContext) -> NDArray[np.int64]:
    """The rows with violations of a rule that checks one table, int64, ascending, each once; messages are not computed.

    Empty if the rule does not apply to the file. Violations without a row are not included.
    """
    found: list[NDArray[np.int64]] = []
    if context.coco.kind in rule.kinds and _lacking(rule, context) is None:
        with np.errstate(all="ignore"), contextlib.suppress(RuleSkipped):
            found = [violations.rows for violations in _violations(rule, context) if violations.rows is not None]
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


def _summary(found: Iterable[Violations], rule: Rule, selection: Selection) -> Summary:
    counts = dict.fromkeys(Severity, 0)
    for violations in found:
        counts[selection.severity_of(rule, violations)] += violations.count
    return Summary(errors=counts[Severity.ERROR], warnings=counts[Severity.WARNING], notes=counts[Severity.NOTE])


def _lacking(rule: Rule, context: RuleContext) -> str | None:
    """What the run lacks for the rule, or None."""
    for requirement in rule.requires:
        given = {
            "categories": context.expected,
            "truth": context.truth,
            "splits": context.splits,
            "images": context.files,
            "panoptic": context.segment_maps,
            "consumers": context.consumers,
            "pycocotools": context.reloads,
            "supervision": context.reloads,
        }[requirement]
        if given is None:
            return _LACKING[requirement]
        if requirement in {"pycocotools", "supervision"} and context.reloads is not None:
            reason = context.reloads.unavailable(requirement)
            if reason is not None:
                return reason
    return None


def _shown(found: Iterable[Violations], rule: Rule, selection: Selection) -> list[tuple[Severity, Violation]]:
    out: list[tuple[Severity, Violation]] = []
    limit = selection.max_findings
    for violations in found:
        listed = violations.count if violations.listed is None else min(violations.count, violations.listed)
        room = listed if limit is None else min(listed, limit - len(out))
        severity = selection.severity_of(rule, violations)
        out += [(severity, violations.violation(k)) for k in range(room)]
    return out


def _with_crashes(results: list[RuleResult]) -> list[RuleResult]:
    """The results with the verdict on the rules themselves inserted, if it was selected or a rule crashed."""
    crashed = sum(result.verdict is Verdict.CRASHED for result in results)
    if not crashed and all(result.code != CRASHED for result in results):
        return results
    own = RuleResult(code=CRASHED, verdict=Verdict.FAILED if crashed else Verdict.PASSED, count=crashed, summary=Summary(errors=crashed))
    return [result for result in results if result.code != CRASHED] + [own]


def _counts(document: Document) -> dict[str, int]:
    coco = document.dataset
    tables = () if coco is None else (coco.images.n, coco.annotations.n, coco.categories.n)
    return dict(zip(("images", "annotations", "categories"), tables or (0, 0, 0), strict=True))


def _locate(drafts: Sequence[_Draft], document: Document, context: RuleContext | None) -> tuple[Finding, ...]:
    """Findings of violations: with pointer, line, column, ids, and the row's name before the message."""
    paths = [_path(violation, context) for _, _, violation, _ in drafts]
    offsets = [_offset(violation, path, document) for (_, _, violation, _), path in zip(drafts, paths, strict=True)]
    positions = document.locator.positions([offset for offset in offsets if offset is not None]) if document.source.is_text else []
    located = iter(positions)
    findings = []
    for (rule, severity, violation, fingerprint), path, offset in zip(drafts, paths, offsets, strict=True):
        line, column = next(located) if offset is not None and positions else (None, None)
        subject, image_id, annotation_id, category_id = _subject(violation, context)
        findings.append(
            (
                (rule.code if rule else CRASHED, -1 if offset is None else offset),
                Finding(
                    code=rule.code if rule else CRASHED,
                    name=rule.name if rule else "rule-crashed",
                    severity=severity,
                    message=f"{subject}: {violation.message}" if subject else violation.message,
                    pointer=pointer(path),
                    line=line,
                    column=column,
                    image_id=image_id,
                    annotation_id=annotation_id,
                    category_id=category_id,
                    related=tuple(
                        pointer(_path(Violation("", (), violation.table, row, from_row=True), context)) for row in violation.others
                    ),
                    fingerprint=fingerprint,
                    elsewhere=tuple(Elsewhere(path, pointer((violation.table or "", row))) for path, row in violation.elsewhere),
                ),
            )
        )
    return tuple(finding for _, finding in sorted(findings, key=lambda entry: entry[0]))


def _path(violation: Violation, context: RuleContext | None) -> JsonPath:
    if not violation.from_row or context is None or violation.row is None:
        return violation.path
    if violation.table == "segments":
        segments = context.coco.segments
        return ("annotations", int(segments.owner[violation.row]), "segments_info", int(segments.position[violation.row]), *violation.path)
    if violation.table == "annotations" and context.coco.kind is Kind.RESULTS:
        return (violation.row, *violation.path)
    return (violation.table or "", violation.row, *violation.path)


def _offset(violation: Violation, path: JsonPath, document: Document) -> int | None:
    if violation.offset is not None or not document.source.is_text:
        return violation.offset
    if not document.readable and not path:
        return None
    return document.locator.offset_of(path)


def _subject(violation: Violation, context: RuleContext | None) -> tuple[str, Id, Id, Id]:
    """The name of a violation's row, and the ids of its image, annotation and category."""
    if context is None or violation.row is None or violation.table not in {"images", "annotations", "categories", "segments"}:
        return "", None, None, None
    row = violation.row
    if violation.table == "images":
        image_id = context.coco.images.id_of(row)
        name = context.coco.images.file_name.values[row]
        shown = _named("image", context.coco.images, row)
        return (f"{shown} ({quote(name)[1:-1]})" if name else shown), image_id, None, None
    if violation.table == "categories":
        name = context.coco.categories.name.values[row]
        shown = _named("category", context.coco.categories, row)
        return (f"{shown} ({quote(name)[1:-1]})" if name else shown), None, None, context.coco.categories.id_of(row)
    if violation.table == "segments":
        segments = context.coco.segments
        image, image_id = _image_of(context, int(segments.owner[row]))
        category_id = int(segments.category_id.values[row]) if segments.category_id.ok[row] else None
        return f"{_named('segment', segments, row)}{image}", image_id, segments.id_of(row), category_id
    annotations = context.coco.annotations
    image, image_id = _image_of(context, row)
    category_id = int(annotations.category_id.values[row]) if annotations.category_id.ok[row] else None
    shown = f"result {row}" if context.coco.kind is Kind.RESULTS else _named("annotation", annotations, row)
    return f"{shown}{image}", image_id, annotations.id_of(row), category_id


def _named(what: str, table: Table, row: int) -> str:
    """`annotation 7`, or `annotation at index 3` if the id is invalid."""
    shown = table.id_of(row)
    if isinstance(shown, str):
        return f"{what} {quote(shown, 40)}"
    return f"{what} at index {row}" if shown is None else f"{what} {shown}"


def _image_of(context: RuleContext, row: int) -> tuple[str, Id]:
    """The name of an annotation's image for messages, and its id."""
    annotations = context.coco.annotations
    at = int(annotations.image_row[row])
    if at >= 0:
        name = context.images.file_name.values[at]
        image_id = context.images.id_of(at)
        return f" (image {image_id}{', ' + quote(name)[1:-1] if name else ''})", image_id
    if annotations.image_id.ok[row]:
        image_id = int(annotations.image_id.values[row])
        return f" (image {image_id})", image_id
    return "", None
