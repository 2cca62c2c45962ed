"""Whole rendered reports, to the letter."""

from __future__ import annotations

import json

import pytest

from cocoproof.findings import FileReport, Finding, Kind, Report, RuleResult, Severity, Summary, Verdict
from cocoproof.reports import json_report
from cocoproof.reports.escape import escape
from cocoproof.reports.text import Style, render


def finding(
    code: str, name: str, severity: Severity, message: str, pointer: str, line: int | None = None, column: int | None = None
) -> Finding:
    return Finding(code, name, severity, message, pointer, line, column, 1, 7, None)


BOXES = [
    finding("COCO501", "box-not-positive", Severity.ERROR, f"annotation {k}: the box is 0 x 16 px", f"/annotations/{k}/bbox", k + 2, 9)
    for k in range(2)
]
REPORT = Report(
    (
        FileReport(
            "clean.json",
            Kind.KEYPOINTS,
            {"images": 1, "annotations": 1, "categories": 1},
            (),
            (RuleResult("COCO501", Verdict.PASSED),),
            Summary(),
        ),
        FileReport(
            "a\x1b[2J.json",
            Kind.INSTANCES,
            {"images": 3, "annotations": 1200, "categories": 3},
            (
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
            (
                RuleResult("COCO107", Verdict.FAILED, 1),
                RuleResult("COCO401", Verdict.SKIPPED, 0, "needs a class list (--categories FILE)"),
                RuleResult("COCO402", Verdict.SKIPPED, 0, "needs a class list (--categories FILE)"),
                RuleResult("COCO409", Verdict.SKIPPED, 0, "needs a class list (--categories FILE)"),
                RuleResult("COCO501", Verdict.FAILED, 1000),
                RuleResult("COCO502", Verdict.FAILED, 1),
                RuleResult("COCO701", Verdict.SKIPPED, 0, "not for instances files"),
                RuleResult("COCO801", Verdict.CRASHED, 0, "ZeroDivisionError: by zero"),
            ),
            Summary(1000, 1, 1),
        ),
    )
)

TEXT = """\
ok clean.json  keypoints - 1 image - 1 annotation - 1 category
E a\\x1b[2J.json  instances - 3 images - 1,200 annotations - 3 categories

  E COCO501 box-not-positive - 1,000 errors
          2:9  annotation 0: the box is 0 x 16 px  /annotations/0/bbox
               and 999 more

  W COCO502 box-outside-image - 1 warning
       1203:4  annotation 9 (image 1, \\u202egpj.exe): far  /annotations/9/bbox

  N COCO107 missing-metadata - 1 note
               there is no "info"  the document

  not judged
    COCO801: failed inside: ZeroDivisionError: by zero

  not judged in this run
    COCO401-402, 409: needs a class list (--categories FILE)

2 files, 1 without findings - 1,000 errors - 1 warning - 1 note
"""


def test_the_text_of_a_report() -> None:
    assert render(REPORT, Style(unicode=False, examples=1)) == TEXT


def test_unicode_signs_where_the_output_takes_them() -> None:
    text = render(REPORT, Style(examples=1))
    assert text.startswith("✓ clean.json  keypoints · 1 image")
    assert "\n✗ a\\x1b[2J.json" in text


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
    assert max(map(len, narrow.splitlines())) <= max(60, len("    COCO801: failed inside: ZeroDivisionError: by zero") + 20)
    assert narrow.split() == wide.split()
