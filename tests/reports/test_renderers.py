"""Whole rendered reports, to the letter."""

from __future__ import annotations

import json
import os
from dataclasses import replace

import pytest

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Elsewhere, FileReport, Finding, Kind, Report, RuleResult, Severity, Summary, Verdict
from cocoproof.reports import github, gitlab, json_report, junit, markdown, sarif
from cocoproof.reports.report_format import RenderContext
from cocoproof.reports.style import Style
from cocoproof.reports.text_report import render
from cocoproof.rules.catalogue import RULES

NAMES = {
    "COCO107": "missing-metadata",
    "COCO401": "category-order-mismatch",
    "COCO402": "category-missing",
    "COCO501": "box-not-positive",
    "COCO502": "box-outside-image",
    "COCO701": "keypoints-length",
    "COCO801": "image-missing",
}


def finding(
    code: str, name: str, severity: Severity, message: str, pointer: str, line: int | None = None, column: int | None = None
) -> Finding:
    return Finding(
        code=code,
        name=name,
        severity=severity,
        message=message,
        pointer=pointer,
        line=line,
        column=column,
        image_id=1,
        annotation_id=7,
        category_id=None,
    )


BOXES = [
    finding("COCO501", "box-not-positive", Severity.ERROR, f"annotation {k}: the box is 0 x 16 px", f"/annotations/{k}/bbox", k + 2, 9)
    for k in range(2)
]
REPORT = Report(
    files=(
        FileReport(
            path="clean.json",
            kind=Kind.KEYPOINTS,
            counts={"images": 1, "annotations": 1, "categories": 1},
            findings=(),
            rules=(RuleResult(code="COCO501", verdict=Verdict.PASSED),),
            summary=Summary(),
        ),
        FileReport(
            path="a\x1b[2J.json",
            kind=Kind.INSTANCES,
            counts={"images": 3, "annotations": 1200, "categories": 3},
            findings=(
                finding("COCO107", "missing-metadata", Severity.NOTE, 'there is no "info"', ""),
                *BOXES,
                finding(
                    "COCO502",
                    "box-outside-image",
                    Severity.WARNING,
                    "annotation 9 (image 1, \u202egpj.exe): far",
                    "/annotations/9/bbox",
                    1203,
                    4,
                ),
            ),
            rules=(
                RuleResult(code="COCO107", verdict=Verdict.FAILED, count=1, reason=None, summary=Summary(notes=1)),
                RuleResult(code="COCO401", verdict=Verdict.SKIPPED, count=0, reason="needs a class list (--categories FILE)"),
                RuleResult(code="COCO402", verdict=Verdict.SKIPPED, count=0, reason="needs a class list (--categories FILE)"),
                RuleResult(code="COCO409", verdict=Verdict.SKIPPED, count=0, reason="needs a class list (--categories FILE)"),
                RuleResult(code="COCO501", verdict=Verdict.FAILED, count=1000, reason=None, summary=Summary(errors=1000)),
                RuleResult(code="COCO502", verdict=Verdict.FAILED, count=1, reason=None, summary=Summary(warnings=1)),
                RuleResult(code="COCO701", verdict=Verdict.SKIPPED, count=0, reason="not for instances files"),
                RuleResult(code="COCO801", verdict=Verdict.CRASHED, count=0, reason="ZeroDivisionError: by zero"),
            ),
            summary=Summary(errors=1000, warnings=1, notes=1),
        ),
    )
)

TEXT = """\
E a\\x1b[2J.json  instances - 3 images - 1,200 annotations - 3 categories

  E COCO501 box-not-positive - 1,000 errors
          2:9  annotation 0: the box is 0 x 16 px  /annotations/0/bbox
               and 999 more

  W COCO502 box-outside-image - 1 warning
       1203:4  annotation 9 (image 1, \\u202egpj.exe): far  /annotations/9/bbox

  N COCO107 missing-metadata - 1 note
               there is no "info"  the document

  skipped
    COCO801: crashed (internal error): ZeroDivisionError: by zero

  skipped in this run
    COCO401-402, 409: needs a class list (--categories FILE)

   file           kind       errors  warnings  notes
ok clean.json     keypoints       0         0      0  passed
E  a\\x1b[2J.json  instances   1,000         1      1  crashed

2 files: 1 passed, 1 crashed - 1,000 errors - 1 warning - 1 note
"""


def test_the_text_of_a_report() -> None:
    assert render(REPORT, Style(unicode=False, examples=1)) == TEXT


def test_unicode_signs_where_the_output_takes_them() -> None:
    text = render(REPORT, Style(examples=1))
    assert text.startswith("✗ a\\x1b[2J.json  instances · 3 images")
    assert "\n✓ clean.json" in text


def test_colours_are_the_only_difference() -> None:
    import re

    coloured = render(REPORT, Style(colour=True, examples=1))
    assert "\x1b[31" in coloured
    assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(REPORT, Style(examples=1))


def test_the_json_of_a_report_is_ascii_and_loses_nothing() -> None:
    text = json_report.render(REPORT)
    assert text.isascii()
    document = json.loads(text)
    assert document["summary"] == {"errors": 1000, "warnings": 1, "notes": 1}
    assert document["files"][1]["path"] == "a\x1b[2J.json"
    assert document["files"][1]["findings"][3]["message"].endswith("\u202egpj.exe): far")
    assert document["files"][1]["rules"][1] == {
        "code": "COCO401",
        "verdict": "skipped",
        "count": 0,
        "reason": "needs a class list (--categories FILE)",
        "accepted": 0,
        "explained": 0,
        "consequences": {},
    }


@pytest.mark.parametrize(
    ("text", "inert"),
    [
        ("\x1b]0;title\x07", "\\x1b]0;title\\x07"),
        ("a\nb\r\tc", "a\\x0ab\\x0d\\x09c"),
        ("\u202e\u2066\u061c", "\\u202e\\u2066\\u061c"),
        ("\x9b31m", "\\x9b31m"),
        ("\ud800", "\\ud800"),
        ("naïve 日本 🐶", "naïve 日本 🐶"),
    ],
)
def test_escaping(text: str, inert: str) -> None:
    assert escape(text) == inert


def test_lines_are_broken_at_the_width_of_the_terminal() -> None:
    wide = render(REPORT, Style(examples=1))
    narrow = render(REPORT, Style(examples=1, width=60))
    assert "          2:9  annotation 0: the box is 0 x 16 px\n               /annotations/0/bbox\n" in narrow
    assert max(map(len, narrow.splitlines())) <= max(60, len("    COCO801: crashed (internal error): ZeroDivisionError: by zero") + 20)
    assert narrow.partition("  file ")[0].split() == wide.partition("  file ")[0].split()


GITHUB = """\
::error file=a\\x1b[2J.json,line=2,col=9,title=COCO501 box-not-positive::1,000 errors: annotation 0: the box is 0 x 16 px (/annotations/0/bbox)
::warning file=a\\x1b[2J.json,line=1203,col=4,title=COCO502 box-outside-image::1 warning: annotation 9 (image 1, \\u202egpj.exe): far (/annotations/9/bbox)
::notice file=a\\x1b[2J.json,title=COCO107 missing-metadata::1 note: there is no "info"
::group::cocoproof: findings by file and rule
"""


def test_annotations_for_github_come_before_the_text() -> None:
    assert (
        github.render(REPORT, RenderContext(style=Style(unicode=False, examples=1)))
        == GITHUB + TEXT + "::endgroup::\n" + TEXT.splitlines()[-1] + "\n"
    )


def test_of_more_than_ten_annotations_the_last_says_what_is_left_out() -> None:
    def files(count: int) -> Report:
        one = FileReport(
            path="x.json",
            kind=Kind.INSTANCES,
            counts={},
            findings=(BOXES[0],),
            rules=(RuleResult(code="COCO501", verdict=Verdict.FAILED, count=3, reason=None, summary=Summary(errors=3)),),
            summary=Summary(errors=3),
        )
        return Report(files=(one,) * count)

    def annotations(count: int) -> list[str]:
        return [line for line in github.render(files(count)).splitlines() if line.startswith("::error")]

    assert len(annotations(10)) == len(annotations(11)) == len(annotations(500)) == 10
    assert "::3 errors: annotation 0" in annotations(10)[9]
    assert annotations(11)[9] == (
        "::error title=cocoproof: 6 more errors::GitHub shows 10 annotations per level; 6 errors of COCO501 are only in the log"
    ).replace("cocoproof: ", "cocoproof%3A ")


MARKDOWN = """\
## cocoproof: 1,000 errors, 1 warning, 1 note in 2 files; a rule crashed (internal error)

| file | errors | warnings | notes |
|---|--:|--:|--:|
| `a\\x1b[2J.json` | 1,000 | 1 | 1 |
| `clean.json` | 0 | 0 | 0 |

### `a\\x1b[2J.json`

- **COCO501 box-not-positive**: 1,000 errors
  - 2:9 `annotation 0: the box is 0 x 16 px` at `/annotations/0/bbox`
  - and 999 more
- **COCO502 box-outside-image**: 1 warning
  - 1203:4 `annotation 9 (image 1, \\u202egpj.exe): far` at `/annotations/9/bbox`
- **COCO107 missing-metadata**: 1 note
  - `there is no "info"`
- **COCO801** crashed (internal error): `ZeroDivisionError: by zero`
"""


def test_the_markdown_of_a_report() -> None:
    assert markdown.render(REPORT, RenderContext(style=Style(examples=1))) == MARKDOWN


def test_a_summary_stays_under_what_github_takes() -> None:
    long = FileReport(
        path="x.json",
        kind=Kind.INSTANCES,
        counts={},
        findings=tuple(finding("COCO108", "x", Severity.NOTE, "y" * 400, "/z", k, 1) for k in range(900)),
        rules=(),
        summary=Summary(notes=900),
    )
    shown = markdown.render(Report(files=(long,) * 9), RenderContext(style=Style(examples=900)))
    assert len(shown.encode()) < 1_000_000
    assert "The findings of 7 more files are left out here." in shown
    assert "and 800 more" in markdown.render(Report(files=(long,) * 1000), RenderContext(style=Style(examples=1)))


JUNIT = """\
<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="cocoproof" tests="9" failures="1" errors="1" skipped="4">
 <testsuite name="clean.json" tests="1" failures="0" errors="0" skipped="0">
  <testcase classname="clean.json" name="COCO501 box-not-positive" file="clean.json" />
 </testsuite>
 <testsuite name="a\\x1b[2J.json" tests="8" failures="1" errors="1" skipped="4">
  <testcase classname="a\\x1b[2J.json" name="COCO107 missing-metadata" file="a\\x1b[2J.json">
   <system-out>note: there is no "info" (the document)
</system-out>
  </testcase>
  <testcase classname="a\\x1b[2J.json" name="COCO401 category-order-mismatch" file="a\\x1b[2J.json">
   <skipped message="needs a class list (--categories FILE)" />
  </testcase>
"""


def test_the_junit_of_a_report() -> None:
    shown = junit.render(REPORT)
    assert shown.startswith(JUNIT)
    assert (
        '<failure message="1,000 findings: annotation 0: the box is 0 x 16 px" type="error">error: 2:9: annotation 0: the box is 0 x 16 px (/annotations/0/bbox)\n'
        "error: 3:9: annotation 1: the box is 0 x 16 px (/annotations/1/bbox)\nand 998 more\n</failure>"
    ) in shown
    assert '<error message="crashed (internal error): ZeroDivisionError: by zero" type="crashed" />' in shown


@pytest.mark.parametrize(("fail_on", "failures"), [(Severity.ERROR, 1), (Severity.WARNING, 2), (Severity.NOTE, 3)])
def test_what_fails_the_run_fails_a_test(fail_on: Severity, failures: int) -> None:
    assert f'failures="{failures}" errors="1"' in junit.render(REPORT, RenderContext(fail_on=fail_on))


def test_the_sarif_of_a_report() -> None:
    (run,) = json.loads(sarif.render(REPORT))["runs"]
    assert run["columnKind"] == "unicodeCodePoints"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == [rule.code for rule in RULES]
    assert [artifact["location"]["uri"] for artifact in run["artifacts"]] == ["clean.json", "a%1B%5B2J.json"]
    assert [result["ruleId"] for result in run["results"]] == ["COCO107", "COCO501", "COCO501", "COCO502"]
    first, second, third, _ = run["results"]
    assert first["locations"] == [
        {"physicalLocation": {"artifactLocation": {"uri": "a%1B%5B2J.json", "index": 1}, "region": {"startLine": 1}}}
    ]
    assert third["locations"][0]["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 9}
    assert third["locations"][0]["logicalLocations"] == [{"name": "bbox", "fullyQualifiedName": "/annotations/1/bbox", "kind": "property"}]
    assert [result["level"] for result in run["results"]] == ["note", "error", "error", "warning"]
    assert second["partialFingerprints"] != third["partialFingerprints"]
    (invocation,) = run["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 3)
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["associatedRule"] == {"id": "COCO801", "index": next(k for k, rule in enumerate(RULES) if rule.code == "COCO801")}


def test_findings_that_cannot_be_told_apart_are_counted() -> None:
    same = [replace(one, fingerprint="f" * 16) for one in (BOXES[0], BOXES[1], BOXES[0])]
    report = Report(
        files=(FileReport(path="./a.json", kind=Kind.INSTANCES, counts={}, findings=tuple(same), rules=(), summary=Summary(errors=3)),)
    )
    (run,) = json.loads(sarif.render(report))["runs"]
    marks = [result["partialFingerprints"]["cocoproof/v1"] for result in run["results"]]
    assert marks == [f"{'f' * 16}:{k}" for k in (1, 2, 3)]
    entries = json.loads(gitlab.render(report))
    assert len({entry["fingerprint"] for entry in entries}) == 3
    assert {entry["location"]["path"] for entry in entries} == {"a.json"}


def test_the_sarif_of_places_in_other_files() -> None:
    """An image of another split is a related location in its own artifact; a file of another run has no index."""
    one = replace(
        BOXES[0],
        related=("/annotations/1",),
        elsewhere=(Elsewhere(path="clean.json", pointer="/images/0"), Elsewhere(path="other run.json", pointer="")),
    )
    report = replace(REPORT, files=(REPORT.files[0], replace(REPORT.files[1], findings=(one,))))
    (run,) = json.loads(sarif.render(report))["runs"]
    (result,) = run["results"]
    assert result["relatedLocations"] == [
        {
            "physicalLocation": {"artifactLocation": {"uri": "a%1B%5B2J.json", "index": 1}},
            "logicalLocations": [{"name": "1", "fullyQualifiedName": "/annotations/1"}],
        },
        {
            "physicalLocation": {"artifactLocation": {"uri": "clean.json", "index": 0}},
            "logicalLocations": [{"name": "0", "fullyQualifiedName": "/images/0"}],
        },
        {"physicalLocation": {"artifactLocation": {"uri": "other%20run.json"}}},
    ]


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/c#d?e.json", "a%20b/c%23d%3Fe.json"),
        ("12:30.json", "12%3A30.json"),
        ("../up/Z\u00fcrich.json", "../up/Z%C3%BCrich.json"),
        ("-", "-"),
        ("./a/./b.json", "a/./b.json"),
        (".//a.json", "a.json"),
        ("./", "./"),
        pytest.param("/data/a b.json", "file:///data/a%20b.json", marks=pytest.mark.skipif(os.sep == "\\", reason="a POSIX path")),
        pytest.param("C:\\data\\a.json", "file:///C:/data/a.json", marks=pytest.mark.skipif(os.sep == "/", reason="a Windows path")),
    ],
)
def test_paths_as_uris(path: str, uri: str) -> None:
    assert sarif.uri_of(path) == uri


def _with_consequences() -> Report:
    """One finding that explains findings of other rules, all of one of them."""
    counts = {"COCO502": 2065, "COCO503": 1}
    cause = replace(finding("COCO511", "image-sizes-swapped", Severity.ERROR, "sizes are exchanged", "/images"), consequences=counts)
    rules = (
        RuleResult(code="COCO502", verdict=Verdict.SKIPPED, explained=2065, reason="2,065 violations explained by COCO511"),
        RuleResult(code="COCO511", verdict=Verdict.FAILED, count=1, summary=Summary(errors=1), consequences=counts),
    )
    file = FileReport(path="a.json", kind=Kind.INSTANCES, counts={}, findings=(cause,), rules=rules, summary=Summary(errors=1))
    return Report(files=(file,))


def test_what_follows_from_a_finding_is_one_line() -> None:
    report = _with_consequences()
    text = render(report, Style(unicode=False))
    assert "               explains 2,065 x COCO502, 1 x COCO503\n" in text
    assert "skipped" not in text
    assert "  - explains 2,065 x COCO502, 1 x COCO503\n" in markdown.render(report)
    file = json.loads(json_report.render(report))["files"][0]
    assert file["findings"][0]["consequences"] == {"COCO502": 2065, "COCO503": 1}
    assert [(rule["explained"], rule["consequences"]) for rule in file["rules"]] == [(2065, {}), (0, {"COCO502": 2065, "COCO503": 1})]
    assert "2,065 violations explained by COCO511" in junit.render(report)
