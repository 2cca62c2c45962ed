"""Rules -> verdicts and findings, for one document."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.checking.baseline_matching import BaselineMatch, match_baseline
from cocoproof.checking.consequences import Causes, Explained, explain, undeclared
from cocoproof.checking.fingerprints import Fingerprints
from cocoproof.checking.frame_rules import of_frames
from cocoproof.checking.located_findings import CRASHED, Shown, locate
from cocoproof.images.decode_pool import OPENCV_EXTRA, opencv_installed
from cocoproof.model.findings import FileReport, ImageFolder, RuleResult, Severity, Summary, Verdict
from cocoproof.model.wording import count_of
from cocoproof.rules.preconditions import unmet_precondition
from cocoproof.rules.rule import Rule, RuleContext, RuleSkipped, RunResource, Violation, Violations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from concurrent.futures import ThreadPoolExecutor

    from numpy.typing import NDArray

    from cocoproof.checking.baseline import Baseline
    from cocoproof.checking.located_findings import Draft
    from cocoproof.images.dataset_files import ImageFiles
    from cocoproof.images.segment_maps import SegmentMaps
    from cocoproof.reading.document import Document

__all__ = ["CRASHED", "Selection", "apply_rules", "broken_rows"]

_LACKING: Mapping[RunResource, str] = {
    "categories": "needs a class list (--categories FILE)",
    "contract": "needs a dataset contract (--contract FILE)",
    "truth": "needs a ground truth (--gt FILE)",
    "splits": "needs other splits (--splits)",
    "images": "needs a folder of images (--images DIR)",
    "panoptic": "needs the panoptic PNGs (--panoptic DIR)",
    "opencv": "compares decoded images (--decode)",
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
    drafts: list[Draft] = []
    matches: dict[str, BaselineMatch] = {}
    for rule, outcome in zip(selection.rules, _apply_all(selection, document, context, tick), strict=True):
        results.append(outcome.result)
        if outcome.match is not None:
            matches[rule.code] = outcome.match
        drafts += [(rule, *shown) for shown in outcome.shown]
        if outcome.result.verdict is Verdict.CRASHED:
            message = f"rule {rule.code} {rule.name} crashed (internal error), its verdict is unknown: {outcome.result.reason}"
            if rule.plugin:
                message = f"not checked: the rule {rule.code} {rule.name} of plug-in {rule.plugin} failed with {outcome.result.reason}"
            crash = Violation(message, about=rule.code)
            mark = Fingerprints(None, None).of(CRASHED, [crash])[0] if selection.fingerprints else None
            drafts.append((None, Shown(Severity.ERROR, crash, {}), mark))
    results = _with_crashes(results)
    summary = sum((result.summary for result in results), Summary())
    findings = locate(drafts, document, context)
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
        arrives=() if context is None else tuple(account.arrival for account in context.accounts),
        was_read=context is not None,
        dialects=() if context is None else context.coco.dialects,
    )


def _folder(files: ImageFiles | SegmentMaps | None) -> ImageFolder | None:
    return ImageFolder(path=files.root.name, guessed=files.guessed) if files is not None and files.asked else None


@dataclass(frozen=True, slots=True)
class _RuleOutcome:
    """The result of one rule: the verdict, the violations to report, and their comparison with the baseline."""

    result: RuleResult
    shown: Sequence[tuple[Shown, str | None]] = ()
    match: BaselineMatch | None = None


_Applied: TypeAlias = "tuple[RuleResult, Sequence[Violations]]"
"""What a rule found: the verdict, and the violations before any is removed."""


def _apply_all(
    selection: Selection, document: Document, context: RuleContext | None, tick: Callable[[Rule], None] | None
) -> list[_RuleOutcome]:
    """Apply the rules; for a large file in threads, because numpy and GEOS release the GIL."""
    baseline = None if context is None else selection.baseline  # a file that could not be checked must not look clean
    fingerprints = Fingerprints(context, document) if selection.fingerprints or baseline is not None else None
    known = {} if baseline is None else baseline.known(document.source.path)
    # A rule that explains nothing and is not explained is finished at once, so that its arrays need not be kept.
    related = {code for rule in selection.rules if rule.explains for code in (rule.code, *rule.explains)}

    def evaluate(rule: Rule) -> _RuleOutcome | _Applied:
        if tick is not None:
            tick(rule)
        try:
            with np.errstate(all="ignore"):  # a file may contain 1e308
                result, found = _apply(rule, document, context, selection)
        except Exception as error:  # a crash of one rule must not affect the verdicts of the others
            return _RuleOutcome(_crashed(rule, error))
        if not result.count and baseline is None:  # most rules of most files: nothing is left to do
            return _RuleOutcome(result)
        if rule.code in related and result.count:
            return result, found
        return finish(rule, result, Explained(left=[Causes(violations=violations) for violations in found]))

    def finish(rule: Rule, result: RuleResult, explained: Explained) -> _RuleOutcome:
        try:
            with np.errstate(all="ignore"):  # messages are computed as late as in `_shown`
                result = _without_explained(result, explained)
                if baseline is not None and fingerprints is not None:
                    listed = _shown(explained.left, rule, replace(selection, max_findings=None))
                    pairs = [(one.severity, one.violation) for one in listed]
                    left = match_baseline(
                        known.get(rule.code, {}), rule, result, pairs, fingerprints, explained=explained.removed, record=baseline.recording
                    )
                    shown = [(listed[k], mark) for k, mark in zip(left.match.new if left.match else (), left.marks, strict=True)]
                    result = replace(left.result, consequences=_sum_of(one.consequences for one, _ in shown))
                    return _RuleOutcome(result, shown[: selection.max_findings], left.match)
                listed = _shown(explained.left, rule, selection)
                marks = [None] * len(listed) if fingerprints is None else fingerprints.of(rule.code, [one.violation for one in listed])
                every = _sum_of(counts for causes in explained.left for counts in causes.consequences.values())
                result = replace(result, summary=_summary(explained.left, rule, selection), consequences=every)
                return _RuleOutcome(result, list(zip(listed, marks, strict=True)))
        except Exception as error:
            return _RuleOutcome(_crashed(rule, error))

    def complete(pair: tuple[Rule, _RuleOutcome | _Applied]) -> _RuleOutcome:
        rule, applied = pair
        return applied if isinstance(applied, _RuleOutcome) else finish(rule, applied[0], explained[rule.code])

    threads = context is not None and context.coco.annotations.n >= _MANY
    with _threads() if threads else contextlib.nullcontext() as pool:
        in_order = map if pool is None else pool.map
        applied = list(in_order(evaluate, selection.rules))
        pairs = list(zip(selection.rules, applied, strict=True))
        explained = explain(
            {rule.code: one[1] for rule, one in pairs if not isinstance(one, _RuleOutcome)}, selection.rules, selection.severity_of
        )
        return list(in_order(complete, pairs))


def _threads() -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor  # takes milliseconds, which a small file need not spend

    return ThreadPoolExecutor(min(4, os.cpu_count() or 1))


def _crashed(rule: Rule, error: Exception) -> RuleResult:
    return RuleResult(code=rule.code, verdict=Verdict.CRASHED, count=0, reason=f"{type(error).__name__}: {error}"[:500])


def _sum_of(consequences: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """How many findings of each rule follow from some violations, in the order of the codes."""
    total: Counter[str] = Counter()
    for counts in consequences:
        total.update(counts)
    return dict(sorted(total.items()))


def _without_explained(result: RuleResult, explained: Explained) -> RuleResult:
    """The result without the violations that other rules explain; a rule of which none is left is skipped, and never passed."""
    if not explained.count:
        return result
    remark = f"{count_of(explained.count, 'violation')} explained by {', '.join(explained.by)}"
    count = result.count - explained.count
    return replace(
        result,
        count=count,
        explained=explained.count,
        verdict=Verdict.FAILED if count else Verdict.SKIPPED,
        reason=f"{remark}; {result.reason}" if result.reason else remark,
    )


def _apply(rule: Rule, document: Document, context: RuleContext | None, selection: Selection) -> tuple[RuleResult, list[Violations]]:
    if context is None:
        defects = [defect for defect in document.defects if defect.code == rule.code]
        if defects:
            return RuleResult(code=rule.code, verdict=Verdict.FAILED, count=len(defects)), [Violations.of_defects(defects)]
        because = document.defects[0].code if document.defects else "COCO109"
        return RuleResult(code=rule.code, verdict=Verdict.SKIPPED, count=0, reason=f"there is no COCO document to check ({because})"), []
    frames = _frames_for(rule, context)
    applies = context.coco.kind in rule.kinds
    if not applies and frames is None:
        return RuleResult(code=rule.code, verdict=Verdict.SKIPPED, count=0, reason=f"not for {context.coco.kind.value} files"), []
    if rule.dialect is not None and rule.dialect not in context.coco.dialects:
        return RuleResult(code=rule.code, verdict=Verdict.SKIPPED, count=0, reason=f"not for files without {rule.dialect.label}"), []
    reason = _lacking(rule, context)
    if reason is not None and rule.code in selection.required:
        violation = Violation(f"this cannot be checked, and the profile requires it: {reason}")
        return RuleResult(code=rule.code, verdict=Verdict.FAILED, count=1, reason=reason), [Violations.of_document([violation])]
    if reason is not None:
        return RuleResult(code=rule.code, verdict=Verdict.SKIPPED, count=0, reason=reason), []
    try:
        found = _violations(rule, context) if applies else []
        if frames is not None:
            found += of_frames(_violations(rule, frames), frames.coco)
    except RuleSkipped as why:
        return RuleResult(code=rule.code, verdict=Verdict.SKIPPED, count=0, reason=str(why)), []
    missing = undeclared(rule, found)
    if missing:
        msg = f"it explains {', '.join(missing)} and does not declare it"
        raise RuntimeError(msg)
    count = sum(violations.count for violations in found)
    reasons = [unmet_precondition(one, rule.needs) for one in ((context,) if applies else ()) + (() if frames is None else (frames,))]
    reason = "; ".join(filter(None, reasons)) or None
    unchecked = [violations.unchecked for violations in found if violations.unchecked]
    verdict = Verdict.FAILED if count else Verdict.SKIPPED if reason or unchecked else Verdict.PASSED
    remarks = [remark for remark in (reason, *unchecked, *(violations.remark for violations in found)) if remark]
    return RuleResult(code=rule.code, verdict=verdict, count=count, reason="; ".join(remarks) or None), found


def _frames_for(rule: Rule, context: RuleContext) -> RuleContext | None:
    """The context of the frames that a rule checks, too; None if the file has none, or the rule does not check them."""
    frames = context.of_frames if rule.frames else None
    return frames if frames is not None and frames.coco.kind in rule.kinds else None


def _violations(rule: Rule, context: RuleContext) -> list[Violations]:
    found = rule.check(context)
    return [found] if isinstance(found, Violations) else list(found)


def broken_rows(rule: Rule, context: RuleContext) -> NDArray[np.int64]:
    """The rows with violations of a rule that checks one table, int64, ascending, each once; messages are not computed.

    Empty if the rule does not apply to the file. Violations without a row are not included.
    """
    found: list[NDArray[np.int64]] = []
    applies = context.coco.kind in rule.kinds and (rule.dialect is None or rule.dialect in context.coco.dialects)
    if applies and _lacking(rule, context) is None:
        with np.errstate(all="ignore"), contextlib.suppress(RuleSkipped):
            for violations in _violations(rule, context):
                found += [rows for rows in (violations.rows, violations.covers) if rows is not None]
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


def _summary(found: Iterable[Causes], rule: Rule, selection: Selection) -> Summary:
    counts = dict.fromkeys(Severity, 0)
    for causes in found:
        counts[selection.severity_of(rule, causes.violations)] += causes.violations.count
    return Summary(errors=counts[Severity.ERROR], warnings=counts[Severity.WARNING], notes=counts[Severity.NOTE])


def _lacking(rule: Rule, context: RuleContext) -> str | None:
    """What the run lacks for the rule, or None."""
    for requirement in rule.requires:
        given = {
            "categories": context.expected,
            "contract": context.contract,
            "truth": context.truth,
            "splits": context.splits,
            "images": context.files,
            "panoptic": context.segment_maps,
            "opencv": context.files if context.files is not None and context.files.decodes else None,
            "consumers": context.consumers,
            "pycocotools": context.reloads,
            "supervision": context.reloads,
        }[requirement]
        if given is None:
            return _LACKING[requirement]
        if requirement == "opencv" and not opencv_installed():
            return f"OpenCV was not compared: {OPENCV_EXTRA}"
        if requirement in {"pycocotools", "supervision"} and context.reloads is not None:
            reason = context.reloads.unavailable(requirement)
            if reason is not None:
                return reason
    return None


def _shown(found: Iterable[Causes], rule: Rule, selection: Selection) -> list[Shown]:
    out: list[Shown] = []
    limit = selection.max_findings
    for causes in found:
        violations = causes.violations
        listed = violations.count if violations.listed is None else min(violations.count, violations.listed)
        listed = listed if violations.at_most is None else min(listed, violations.at_most)
        room = listed if limit is None else min(listed, limit - len(out))
        severity = selection.severity_of(rule, violations)
        out += [Shown(severity, violations.violation(k), _sum_of([causes.consequences.get(k, {})])) for k in range(room)]
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
    counts = dict(zip(("images", "annotations", "categories"), tables or (0, 0, 0), strict=True))
    if coco is not None and coco.frames is not None:
        counts["images"] = coco.frames.images.n
    if coco is not None and coco.videos is not None:
        counts["videos"] = coco.videos.n
    return counts
