"""A report in a notebook and as rows of a table: hostile names stay text, counts are exact."""

from __future__ import annotations

from dataclasses import replace

import html5lib
import pytest

from cocoproof.model.findings import FileReport, Finding, Kind, Report, RuleResult, Severity, Summary, Verdict

from .hostile import HOSTILE
from .test_injection import PLAIN, live, report_with

hostile = pytest.mark.parametrize("name", HOSTILE, ids=[ascii(name)[:40] for name in HOSTILE])

COLUMNS = [
    *("file", "kind", "code", "name", "severity", "message", "pointer", "line", "column"),
    *("image_id", "annotation_id", "category_id", "fingerprint"),
]


def tree(report: Report):
    return html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parseFragment(report._repr_html_())


def tags(report: Report) -> list[tuple[str, tuple[str, ...]]]:
    return [(element.tag, tuple(sorted(element.attrib))) for element in tree(report).iter() if isinstance(element.tag, str)]


@hostile
def test_hostile_names_stay_text(name: str) -> None:
    one = report_with(name)
    for report, plain in ((one, report_with(PLAIN)), (Report(files=one.files * 2), Report(files=report_with(PLAIN).files * 2))):
        shown = report._repr_html_()
        assert live(shown) == []
        assert tags(report) == tags(plain)
        assert {tag for tag, _ in tags(report)} <= {
            "DOCUMENT_FRAGMENT",
            "div",
            "p",
            "b",
            "code",
            "table",
            "thead",
            "tbody",
            "tr",
            "th",
            "td",
        }
        assert {attribute for _, attributes in tags(report) for attribute in attributes} <= {"style"}
        assert len(shown) < 20_000


def words(report: Report) -> str:
    return " ".join(" ".join(tree(report).itertext()).split())


def test_what_a_notebook_shows() -> None:
    (file,) = report_with("a.json").files
    finding = replace(file.findings[1], message="categories 1 and 2 have the same name", pointer="/categories/1/name")
    failed = replace(
        file, findings=(finding,), rules=(RuleResult(code="COCO204", verdict=Verdict.FAILED, count=12),), summary=Summary(errors=12)
    )
    clean = replace(failed, path="b.json", findings=(), rules=(), summary=Summary())
    shown = words(Report(files=(failed, clean), profiles=("release",)))
    assert shown.startswith(
        "cocoproof: failed 12 errors, 0 warnings, 0 notes in 2 files; profile: release file kind errors warnings notes "
    )
    assert "a.json instances 12 0 0 failed b.json instances 0 0 0 passed" in shown
    assert "COCO204 duplicate-category-name error 12 categories 1 and 2 have the same name /categories/1/name" in shown
    assert words(Report(files=(clean,))) == "cocoproof: passed 0 errors, 0 warnings, 0 notes in 1 file"
    crashed = replace(clean, rules=(RuleResult(code="COCO501", verdict=Verdict.CRASHED, reason="x"),))
    assert words(Report(files=(crashed,))).startswith("cocoproof: crashed ")


def test_many_files_are_cut_and_counted() -> None:
    shown = words(Report(files=report_with("a.json").files * 70))
    assert shown.count("instances 14 0 1 crashed") == 50
    assert "20 more files not shown." in shown
    assert "60 more files with findings not shown." in shown
    assert shown.startswith("cocoproof: crashed 980 errors, 0 warnings, 70 notes in 70 files")


@hostile
def test_records_are_flat_and_lose_nothing(name: str) -> None:
    report = report_with(name)
    records = report.to_records()
    assert [list(record) for record in records] == [COLUMNS] * len(report.findings)
    assert [(record["file"], record["message"]) for record in records] == [(name, finding.message) for finding in report.findings]
    assert all(value is None or type(value) in {str, int} for record in records for value in record.values())


def test_records_of_several_files_make_a_table() -> None:
    finding = Finding(
        code="COCO501", name="box-not-positive", severity=Severity.ERROR, message="m", pointer="/annotations/0/bbox", line=3, column=1
    )
    files = [
        FileReport(path=path, kind=kind, counts={}, findings=(finding,) * count, rules=(), summary=Summary(errors=count))
        for path, kind, count in (("a.json", Kind.INSTANCES, 2), ("b.json", Kind.RESULTS, 0), ("c.json", Kind.RESULTS, 1))
    ]
    records = Report(files=tuple(files)).to_records()
    assert [(record["file"], record["kind"], record["line"]) for record in records] == [
        ("a.json", "instances", 3),
        ("a.json", "instances", 3),
        ("c.json", "results", 3),
    ]
    assert Report().to_records() == []
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(records)
    assert frame.groupby("file").size().to_dict() == {"a.json": 2, "c.json": 1}
