"""The engine: verdicts, exact counts, crashes that stay where they are, rows that cannot be judged."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

import cocoproof
from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import Kind, Severity, Summary, Verdict
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import find
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.rule import ALL_KINDS, Rule, RuleContext, Violations, rule

if TYPE_CHECKING:
    from cocoproof.model.findings import FileReport, RuleResult


def judge(document: Any, *rules: Rule, max_findings: int | None = 1000) -> FileReport:
    return check_source(read_document(document), CheckSettings(rules=rules, reload=ReloadMode.NEVER, max_findings=max_findings))


def result(report: FileReport, code: str) -> RuleResult:
    (found,) = (entry for entry in report.rules if entry.code == code)
    return found


@rule("COCO990", severity=Severity.WARNING, kinds=ALL_KINDS, accept=[], reject=[])
def bursts(context: RuleContext) -> Violations:
    """Fails inside."""
    del context
    raise ZeroDivisionError("by zero")


@rule("COCO991", severity=Severity.WARNING, kinds=ALL_KINDS, accept=[], reject=[])
def bursts_while_telling(context: RuleContext) -> Violations:
    """Fails while a message is made."""
    return Violations.of_rows("annotations", context.coco.annotations.id.ok, lambda row: str(1 // (row - row)))


@pytest.mark.parametrize("broken", [bursts, bursts_while_telling])
def test_a_crash_is_a_verdict_of_its_own_and_leaves_the_others_alone(broken: Rule) -> None:
    (sound,) = find("COCO501")
    report = judge(dataset([{"bbox": [4, 5, 0, 16]}]), broken, sound)
    assert result(report, broken.code).verdict is Verdict.CRASHED
    assert "ZeroDivisionError" in (result(report, broken.code).reason or "")
    assert result(report, "COCO501").verdict is Verdict.FAILED
    assert [finding.code for finding in report.findings] == ["COCO501", "COCO999"]
    assert cocoproof.Report(files=(report,)).exit_code() == 3


def test_counts_are_exact_where_the_list_is_cut() -> None:
    (sound,) = find("COCO501")
    report = judge(dataset([{"bbox": [4, 5, 0, 16]}] * 7), sound, max_findings=2)
    assert [finding.pointer for finding in report.findings] == ["/annotations/0/bbox", "/annotations/1/bbox"]
    assert result(report, "COCO501").count == 7
    assert report.summary.errors == 7


def test_a_rule_counts_its_breaches_by_severity_where_the_list_is_cut() -> None:
    """COCO007 is a warning beyond 2^53 and an error beyond 2^63."""
    report = judge(dataset([{"id": 2**53}, {"id": 2**53 + 2}, {"id": 2**63}]), *find("COCO007"), max_findings=1)
    assert len(report.findings) == 1
    assert result(report, "COCO007").summary == Summary(errors=1, warnings=2)
    assert report.summary == Summary(errors=1, warnings=2)


def test_rows_that_another_rule_found_broken_are_not_shown_as_passed() -> None:
    (sound,) = find("COCO501")
    broken = judge(dataset([{"bbox": "text"}, {}]), sound)
    assert result(broken, "COCO501").verdict is Verdict.SKIPPED
    assert "1 of 2 annotations" in (result(broken, "COCO501").reason or "")
    both = judge(dataset([{"bbox": "text"}, {"bbox": [1, 1, 0, 1]}]), sound)
    assert result(both, "COCO501").verdict is Verdict.FAILED
    assert "1 of 2 annotations" in (result(both, "COCO501").reason or "")
    absent = judge(dataset([{"bbox": GONE}]), sound)
    assert result(absent, "COCO501").verdict is Verdict.SKIPPED


def test_a_rule_for_other_kinds_is_skipped_with_the_reason() -> None:
    (sound,) = find("COCO501")
    report = judge({"images": [{"id": 1, "width": 1, "height": 1, "file_name": "a"}]}, sound)
    assert report.kind is Kind.IMAGE_INFO
    assert result(report, "COCO501").reason == "not for image_info files"


def test_findings_name_the_row_its_image_and_their_ids() -> None:
    report = judge(dataset([{}, {"bbox": [4, 5, 0, 16], "category_id": 2}]), *find("COCO501"))
    (finding,) = report.findings
    assert finding.message == "annotation 2 (image 1, 1.jpg): the box is 0 x 16 px"
    assert (finding.image_id, finding.annotation_id, finding.category_id) == (1, 2, 2)
    assert (finding.line, finding.column) == (None, None)


def test_one_document_with_ten_defects_names_all_ten(tmp_path: Any) -> None:
    path = tmp_path / "ten.json"
    path.write_text(
        """{
 "images": [{"id": 1, "width": 100, "height": 80, "file_name": "a.jpg"}, {"id": 1, "width": 0, "height": 80, "file_name": "b.jpg"}],
 "annotations": [
  {"id": 0, "image_id": 1, "category_id": 1, "bbox": [1, 2, NaN, 4], "area": 1, "iscrowd": 0},
  {"id": "2", "image_id": 1, "category_id": 1, "bbox": [1, 2, 3], "area": 1, "iscrowd": 0, "area": 6},
  null,
  {"id": 4, "image_id": 9, "category_id": 7, "bbox": [1, 2, 3, 4], "area": 12, "iscrowd": 0, "segmentation": {"size": [80, 100], "counts": "0"}},
  {"id": 5, "image_id": 1, "category_id": 1, "bbox": [1, 2, 0, 4], "iscrowd": 7}
 ],
 "categories": [{"id": 1, "name": "a"}]
}
""",
        encoding="utf-8",
    )
    report = cocoproof.check(path, reload="never")
    found = {(finding.code, finding.pointer, finding.line) for finding in report.findings}
    assert {
        ("COCO006", "/annotations/0/bbox/2", 4),
        ("COCO207", "/annotations/0/id", 4),
        ("COCO103", "/annotations/1/id", 5),
        ("COCO104", "/annotations/1/bbox", 5),
        ("COCO005", "/annotations/1/area", 5),
        ("COCO103", "/annotations/2", 6),
        ("COCO301", "/annotations/3/image_id", 7),
        ("COCO302", "/annotations/3/category_id", 7),
        ("COCO501", "/annotations/4/bbox", 8),
        ("COCO105", "/annotations/4/iscrowd", 8),
        ("COCO106", "/annotations/4", 8),
        ("COCO201", "/images/1/id", 2),
        ("COCO105", "/images/1/width", 2),
    } <= found
    assert any(code in {"COCO608", "COCO609"} and pointer.startswith("/annotations/3/segmentation") for code, pointer, _ in found)
    assert not report.crashed


def test_a_document_in_memory_is_judged_like_its_text(tmp_path: Any) -> None:
    import json

    document = dataset([{"id": 0}, {"category_id": 9}, {"bbox": [1, 2, 3]}])
    path = tmp_path / "file.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    in_memory, on_disk = cocoproof.check(document, reload="never"), cocoproof.check(path, reload="never")
    assert [(f.code, f.pointer, f.message) for f in in_memory.findings] == [(f.code, f.pointer, f.message) for f in on_disk.findings]
    assert in_memory.files[0].rules == on_disk.files[0].rules


def test_what_is_no_json_value_is_refused() -> None:
    with pytest.raises(TypeError, match="a document holds only"):
        cocoproof.check({"images": {1, 2}})  # type: ignore[dict-item]


def test_numbers_at_the_end_of_the_range_make_no_warnings(recwarn: pytest.WarningsRecorder) -> None:
    most = 1.7e308
    wild = [
        {"bbox": box, "area": most, "segmentation": [[most, most, -most, most, most, -most]]}
        for box in ([most] * 4, [-most, -most, most, most], [0, 0, most, most], [5e-324] * 4, [0, 0, 5e-324, most])
    ]
    report = cocoproof.check(dataset(wild), reload="never")
    assert report.summary.errors > 0
    assert not report.crashed
    assert not recwarn.list


@pytest.mark.parametrize(
    ("document", "code", "field"),
    [
        (dataset(images=[{}, {"file_name": "2.jpg"}, {"id": 1, "file_name": "3.jpg"}]), "COCO201", "images"),
        (dataset([{}, {}, {"id": 1}]), "COCO202", "annotations"),
        (dataset(categories=[{}, {"id": 1}]), "COCO203", "categories"),
        (dataset(categories=[{}, {}, {"name": "cat"}]), "COCO204", "categories"),
        (dataset(images=[{}, {}, {"file_name": "1.jpg"}]), "COCO205", "images"),
        (dataset([{}, {}, {"bbox": [4, 5, 20, 16], "segmentation": [[4, 5, 24, 5, 24, 21, 4, 21]]}]), "COCO206", "annotations"),
        (dataset(categories=[{"name": "cat"}, {"name": "Cat"}]), "COCO209", "categories"),
        (dataset([{"bbox": [0, 0, 40, 20]}, {"bbox": [0, 0, 39, 20]}]), "COCO210", "annotations"),
    ],
)
def test_the_other_row_of_a_message_has_a_pointer_too(document: Any, code: str, field: str) -> None:
    (finding,) = judge(document, *find(code)).findings
    (place,) = re.findall(rf"{field}\[(\d+)\]", finding.message)
    assert finding.related == (f"/{field}/{place}",)
    assert not finding.pointer.startswith(finding.related)


def test_the_other_result_has_a_pointer_without_a_section() -> None:
    row = {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 0.5}
    (finding,) = judge([row, row], everything_twice).findings
    assert (finding.pointer, finding.related) == ("/1/bbox", ("/0",))


@rule("COCO992", severity=Severity.WARNING, kinds=ALL_KINDS, accept=[], reject=[])
def everything_twice(context: RuleContext) -> Violations:
    """Finds every row but the first to be like the one before it."""
    rows = context.coco.annotations.id.state >= 0
    rows[0] = False
    return Violations.of_rows("annotations", rows, str, field="bbox", other=lambda row: row - 1)
