"""One cause is one finding: what follows from a violation is counted under it, and nothing else is."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cocoproof.checking.baseline import Baseline
from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.consequences import explain
from cocoproof.model.findings import Severity, Summary, Verdict
from cocoproof.profiles import Policy
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import Source, read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import dataset
from cocoproof.rules.rule import ALL_KINDS, Consequence, Rule, RuleContext, Violation, Violations, ViolationScope, rule

if TYPE_CHECKING:
    from cocoproof.model.findings import FileReport, RuleResult


def wide(context: RuleContext) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.asarray(context.coco.annotations.bbox.floats[:, 2] > 20)


def area(context: RuleContext) -> np.ndarray[Any, np.dtype[np.bool_]]:
    return np.asarray(context.coco.annotations.area.floats > 1000)


@rule("COCO981", severity=Severity.ERROR, kinds=ALL_KINDS, accept=[], reject=[], explains=("COCO983", "COCO982"))
def file_is_wide(context: RuleContext) -> Violations:
    """One violation for the whole file, where two boxes are wide."""
    found = wide(context)
    violation = Violation("the file is wide", scope=ViolationScope.FILE)
    return Violations.of_document([violation][: int(found.sum() >= 2)]).explaining(
        Consequence(code="COCO982", rows=found), Consequence(code="COCO983", rows=np.flatnonzero(found))
    )


@rule("COCO982", severity=Severity.ERROR, kinds=ALL_KINDS, accept=[], reject=[], explains=("COCO983", "COCO984"))
def box_is_wide(context: RuleContext) -> Violations:
    """One violation for each wide box."""
    found = wide(context)
    return Violations.of_rows("annotations", found, lambda _: "is wide", field="bbox").explaining(
        Consequence(code="COCO983", rows=found), Consequence(code="COCO984", rows=found)
    )


@rule("COCO983", severity=Severity.ERROR, kinds=ALL_KINDS, accept=[], reject=[])
def area_is_large(context: RuleContext) -> Violations:
    """One violation for each large area."""
    return Violations.of_rows("annotations", area(context), lambda _: "is large", field="area")


@rule("COCO984", severity=Severity.NOTE, kinds=ALL_KINDS, accept=[], reject=[])
def area_is_very_large(context: RuleContext) -> list[Violations]:
    """One violation for each large area, and one for the document."""
    document = Violations.of_document([Violation("has annotations")])
    return [Violations.of_rows("annotations", area(context), lambda _: "is large", field="area"), document]


@rule("COCO985", severity=Severity.NOTE, kinds=ALL_KINDS, accept=[], reject=[])
def explains_in_secret(context: RuleContext) -> Violations:
    """Explains a rule that it does not declare."""
    return Violations.of_rows("annotations", wide(context), str).explaining(Consequence(code="COCO983"))


CHAIN = (file_is_wide, box_is_wide, area_is_large, area_is_very_large)


def box(width: int, size: int) -> dict[str, Any]:
    return {"bbox": [1, 1, width, 4], "area": size}


ONE = [box(30, 2000), box(5, 2000), box(5, 10)]
TWO = [*ONE, box(31, 2000), box(32, 5)]


def judge(annotations: list[dict[str, Any]], *rules: Rule, **others: Any) -> FileReport:
    return check_source(read_document(dataset(annotations)), CheckSettings(rules=rules, reload=ReloadMode.NEVER, **others))


def result(report: FileReport, code: str) -> RuleResult:
    (found,) = (entry for entry in report.rules if entry.code == code)
    return found


def listed(report: FileReport) -> list[tuple[str, str, dict[str, int]]]:
    return [(finding.code, finding.pointer, dict(finding.consequences)) for finding in report.findings]


def test_a_row_explains_what_follows_in_the_same_row_and_nothing_else() -> None:
    report = judge(ONE, *CHAIN)
    assert listed(report) == [
        ("COCO982", "/annotations/0/bbox", {"COCO983": 1, "COCO984": 1}),
        ("COCO983", "/annotations/1/area", {}),
        ("COCO984", "/annotations/1/area", {}),
        ("COCO984", "", {}),
    ]
    assert result(report, "COCO983").count == 1
    assert result(report, "COCO983").explained == 1
    assert result(report, "COCO982").consequences == {"COCO983": 1, "COCO984": 1}
    assert report.summary == Summary(errors=2, notes=2)


def test_what_follows_from_a_consequence_is_counted_under_the_first_cause() -> None:
    report = judge(TWO, *CHAIN)
    assert listed(report) == [
        ("COCO981", "", {"COCO982": 3, "COCO983": 2, "COCO984": 2}),
        ("COCO983", "/annotations/1/area", {}),
        ("COCO984", "/annotations/1/area", {}),
        ("COCO984", "", {}),
    ]
    assert result(report, "COCO982").verdict is Verdict.SKIPPED
    assert result(report, "COCO982").only_explained
    assert result(report, "COCO982").reason == "3 violations explained by COCO981"
    assert (result(report, "COCO982").count, result(report, "COCO982").explained) == (0, 3)


def test_an_error_does_not_disappear_behind_a_note() -> None:
    lowered = Policy(severities={"COCO982": Severity.NOTE})
    report = judge(ONE, *CHAIN, policy=lowered)
    assert listed(report)[:3] == [
        ("COCO982", "/annotations/0/bbox", {"COCO984": 1}),
        ("COCO983", "/annotations/0/area", {}),
        ("COCO983", "/annotations/1/area", {}),
    ]
    assert report.summary == Summary(errors=2, notes=3)


def test_a_rule_that_does_not_run_explains_nothing() -> None:
    assert len(judge(TWO, area_is_large).findings) == 3


def test_counts_are_exact_where_the_list_is_cut() -> None:
    report = judge([box(30, 2000)] * 7, box_is_wide, area_is_large, max_findings=2)
    assert listed(report) == [("COCO982", f"/annotations/{k}/bbox", {"COCO983": 1}) for k in range(2)]
    assert result(report, "COCO982").consequences == {"COCO983": 7}
    assert report.by_rule()[0].explained == "explains 7 x COCO983"


def test_an_explanation_that_the_rule_does_not_declare_is_a_crash() -> None:
    report = judge(ONE, explains_in_secret, area_is_large)
    assert result(report, "COCO985").verdict is Verdict.CRASHED
    assert result(report, "COCO983").count == 2


def test_a_consequence_can_be_of_one_sort_and_one_table() -> None:
    def found(table: str, sort: str) -> Violations:
        return Violations(2, lambda k: Violation(str(k)), rows=np.arange(2), table=table, sort=sort)

    every, sorted_, rows = (
        Violations(1, lambda k: Violation(str(k))).explaining(Consequence(code="COCO983", **one))
        for one in ({}, {"sort": "a"}, {"rows": np.array([1]), "sort": "a"})
    )
    groups = [found("annotations", "a"), found("annotations", "b"), found("images", "a")]
    for cause, left in ((every, [0, 0, 0]), (sorted_, [0, 2, 0]), (rows, [1, 2, 2])):
        explained = explain({"COCO982": [cause], "COCO983": groups}, (box_is_wide, area_is_large), lambda rule, _: rule.severity)
        assert [causes.violations.count for causes in explained["COCO983"].left] == left
        assert explained["COCO983"].count == 6 - sum(left)
        assert explained["COCO983"].by == ("COCO982",)


def baseline_of(annotations: list[dict[str, Any]]) -> Baseline:
    recording = Baseline(str(Path.cwd()), recording=True)
    text = json.dumps(dataset(annotations)).encode()
    report = check_source(Source("file.json", text), CheckSettings(rules=CHAIN, reload=ReloadMode.NEVER, baseline=recording))
    return Baseline(recording.folder, recording.updated([report]).files)


def against(baseline: Baseline, annotations: list[dict[str, Any]]) -> FileReport:
    text = json.dumps(dataset(annotations)).encode()
    return check_source(Source("file.json", text), CheckSettings(rules=CHAIN, reload=ReloadMode.NEVER, baseline=baseline))


def test_a_baseline_that_accepts_the_cause_accepts_what_follows() -> None:
    baseline = baseline_of(TWO)
    (entries,) = baseline.files.values()
    counts = Counter(code for entry in entries for code in [entry.code] * entry.count)
    assert counts == {"COCO981": 1, "COCO982": 3, "COCO983": 3, "COCO984": 4}
    report = against(baseline, TWO)
    assert report.findings == ()
    assert report.summary == Summary()
    assert result(report, "COCO981").only_accepted
    assert result(report, "COCO981").consequences == {}
    assert report.baseline is not None
    assert (report.baseline.accepted, report.baseline.resolved) == (4, ())


def test_what_nothing_explains_is_new() -> None:
    report = against(baseline_of(TWO), [*TWO, box(6, 3000)])
    assert [(code, pointer) for code, pointer, _ in listed(report)] == [
        ("COCO983", "/annotations/5/area"),
        ("COCO984", "/annotations/5/area"),
    ]


def test_consequences_stay_accepted_where_their_cause_disappears() -> None:
    """Two wide boxes are removed, and one is left: the file is not wide any more, and nothing explains the box."""
    report = against(baseline_of(TWO), ONE)
    assert report.findings == ()
    assert result(report, "COCO982").accepted == 1
    assert report.baseline is not None
    assert Counter(entry.code for entry in report.baseline.resolved) == {"COCO981": 1, "COCO982": 2, "COCO983": 1, "COCO984": 1}


def test_a_violation_like_an_accepted_consequence_is_new_where_it_is_one_more() -> None:
    """Rows that cannot be distinguished are counted, and those that are explained are counted first."""
    twins = [box(30, 2000), box(30, 2000)]
    report = against(baseline_of(twins), [*twins, box(30, 2000)])
    assert report.findings == ()  # the third follows from the file's cause, too
    report = against(baseline_of([*twins, box(5, 1500)]), [*twins, box(5, 1500), box(5, 1500)])
    assert [(code, pointer) for code, pointer, _ in listed(report)] == [
        ("COCO983", "/annotations/3/area"),
        ("COCO984", "/annotations/3/area"),
    ]


def test_a_baseline_of_consequences_alone_is_not_resolved_by_their_cause() -> None:
    recording = Baseline(str(Path.cwd()), recording=True)
    text = json.dumps(dataset(TWO)).encode()
    alone = CheckSettings(rules=(area_is_large,), reload=ReloadMode.NEVER, baseline=recording)
    old = recording.updated([check_source(Source("file.json", text), alone)])
    report = against(Baseline(old.folder, old.files), TWO)
    assert report.baseline is not None
    assert report.baseline.resolved == ()


def test_no_rule_explains_itself_by_way_of_others() -> None:
    declared = {rule.code: set(rule.explains) for rule in RULES}
    for code, reached in declared.items():
        assert reached <= declared.keys(), code
        front = set(reached)
        while front:
            assert code not in front
            front = set().union(*(declared[one] for one in front)) - reached
            reached |= front


@pytest.mark.parametrize("seed", range(5))
def test_against_plain_python(seed: int) -> None:
    """Random rows: each finding is listed, or counted once, under a cause of its row or of the file."""
    dice = np.random.default_rng(seed)
    annotations = [box(int(width), int(size)) for width, size in zip(dice.integers(10, 25, 60), dice.integers(800, 1200, 60), strict=True)]
    report = judge(annotations, *CHAIN, max_findings=None)
    large = [row for row, one in enumerate(annotations) if one["area"] > 1000]
    broad = {row for row, one in enumerate(annotations) if one["bbox"][2] > 20}
    assert len(broad) > 2
    assert [int(pointer.split("/")[2]) for code, pointer, _ in listed(report) if code == "COCO983"] == [k for k in large if k not in broad]
    total = sum(count for _, _, counts in listed(report) for count in counts.values())
    assert total == len(broad) + 2 * len(broad & set(large)) == sum(result(report, rule.code).explained for rule in CHAIN)


def test_findings_keep_their_order() -> None:
    codes = [code for code, _, _ in listed(judge(TWO, *CHAIN))]
    assert all(first <= second for first, second in pairwise(codes))
