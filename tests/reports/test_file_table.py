"""The text report of several files: the table at its end, folded notes, empty lines."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from cocoproof.model.findings import FileReport, Finding, Kind, Report, RuleResult, Severity, Summary, Verdict
from cocoproof.reports.style import Style, display_width
from cocoproof.reports.text_report import render

from .hostile import HOSTILE
from .test_injection import live

CODES = {
    Severity.ERROR: ("COCO501", "box-not-positive"),
    Severity.WARNING: ("COCO406", "category-id-start"),
    Severity.NOTE: ("COCO107", "missing-metadata"),
}


def file_with(path: str, errors: int = 0, warnings: int = 0, notes: int = 0, *, crashed: bool = False) -> FileReport:
    """A report with so many findings of each severity, of one rule each; one of them listed."""
    summary = Summary(errors=errors, warnings=warnings, notes=notes)
    found = [(CODES[severity], severity, summary.of(severity)) for severity in Severity if summary.of(severity)]
    findings = tuple(
        Finding(code=code, name=name, severity=severity, message="it is wrong", pointer="/x") for (code, name), severity, _ in found
    )
    rules = [RuleResult(code=code, verdict=Verdict.FAILED, count=count) for (code, _), _, count in found]
    rules += [RuleResult(code="COCO801", verdict=Verdict.CRASHED, reason="x")] if crashed else []
    return FileReport(
        path=path,
        kind=Kind.INSTANCES,
        counts={},
        findings=tuple(sorted(findings, key=lambda one: one.code)),
        rules=tuple(rules),
        summary=summary,
    )


MANY = Report(
    files=(
        file_with("train.json", 1200, 3, 14),
        file_with("a/rather/long/path/to/the/annotations/of/val.json", 0, 2),
        file_with("日本語.json", 0, 0, 1),
        file_with("crashed.json", crashed=True),
        file_with("clean.json"),
    )
)

TABLE = """\
  file                                               kind       errors  warnings  notes
✗ train.json                                         instances   1,200         3     14  failed
▲ a/rather/long/path/to/the/annotations/of/val.json  instances       0         2      0  passed
• 日本語.json                                        instances       0         0      1  passed
✗ crashed.json                                       instances       0         0      0  crashed
✓ clean.json                                         instances       0         0      0  passed

5 files: 1 failed, 3 passed, 1 crashed · 1,200 errors · 5 warnings · 15 notes
"""


def table_of(report: Report, style: Style, fail_on: Severity = Severity.ERROR) -> list[str]:
    return render(report, style, fail_on).rstrip("\n").split("\n\n")[-2].split("\n")


def test_the_report_of_many_files_ends_with_a_table() -> None:
    assert render(MANY).endswith("\n\n" + TABLE)


def test_the_verdict_follows_fail_on() -> None:
    def verdicts(fail_on: Severity) -> list[str]:
        return [line.split()[-1] for line in table_of(MANY, Style(), fail_on)[1:]]

    assert verdicts(Severity.ERROR) == ["failed", "passed", "passed", "crashed", "passed"]
    assert verdicts(Severity.WARNING) == ["failed", "failed", "passed", "crashed", "passed"]
    assert verdicts(Severity.NOTE) == ["failed", "failed", "failed", "crashed", "passed"]
    assert "5 files: 3 failed, 1 passed, 1 crashed" in render(MANY, Style(), Severity.NOTE)


@pytest.mark.parametrize("width", [60, 70, 80, 100, 200])
@pytest.mark.parametrize("unicode", [True, False])
def test_the_table_fits_the_terminal_and_is_aligned(width: int, unicode: bool) -> None:
    lines = table_of(MANY, Style(width=width, unicode=unicode))
    assert max(map(display_width, lines)) < width
    assert len({display_width(line[: line.index(" instances")]) for line in lines[1:]} if width > 72 else {0}) == 1
    assert len({display_width(line.rstrip("abcdefghijklmnopqrstuvwxyz")) for line in lines[1:]}) == 1  # the verdicts begin in one column
    assert any("val.json  " in line for line in lines)  # paths are cut at the left
    assert ("kind" in lines[0]) is (width > 72)


def test_no_line_is_cut_in_a_pipe() -> None:
    path = "x/" * 200 + "a.json"
    assert any(path in line for line in table_of(Report(files=(file_with(path), file_with("b.json"))), Style()))


def test_a_clean_file_among_others_is_in_the_table_only() -> None:
    assert render(MANY).count("clean.json") == 1
    assert render(Report(files=(file_with("clean.json"),))).startswith("✓ clean.json  instances\n")


@pytest.mark.parametrize("files", [MANY.files, MANY.files[::-1], (MANY.files[-1],) * 3, MANY.files[:1], MANY.files[-1:], MANY.files[3:4]])
@pytest.mark.parametrize("profiles", [(), ("release",)])
def test_one_empty_line_between_parts(files: tuple[FileReport, ...], profiles: tuple[str, ...]) -> None:
    shown = render(Report(files=files, profiles=profiles))
    assert "\n\n\n" not in shown
    assert shown.endswith("\n")
    assert not shown.endswith("\n\n")
    assert re.search(r"\n\n[^\n]+\n$", shown)  # an empty line before the summary, which is one line


def test_folded_notes_are_one_line_a_file() -> None:
    shown = render(MANY, Style(fold_notes=True))
    assert "\n\n  • 14 notes: COCO107 missing-metadata (14)\n\n" in shown
    assert "\n\n  • 1 note: COCO107 missing-metadata\n\n" in shown
    assert "COCO107 missing-metadata · " not in shown
    assert shown.count("it is wrong") == 3  # errors and warnings keep their messages
    assert shown.endswith(TABLE)
    narrow = render(MANY, Style(fold_notes=True, width=40))
    assert max(map(len, narrow.splitlines())) < 100


def test_colours_are_the_only_difference() -> None:
    for style in ({}, {"width": 60}, {"fold_notes": True}):
        coloured = render(MANY, Style(colour=True, **style))
        assert re.sub(r"\x1b\[[0-9;]*m", "", coloured) == render(MANY, Style(**style))


def test_a_long_heading_is_wrapped_between_words() -> None:
    shown = render(Report(files=(file_with("x" * 50, 1),)), Style(width=60))
    assert shown.startswith(f"✗ {'x' * 50}\n  instances\n")


@pytest.mark.parametrize("name", HOSTILE, ids=[ascii(name)[:40] for name in HOSTILE])
@pytest.mark.parametrize("width", [None, 70])
def test_hostile_paths_keep_the_table_in_shape(name: str, width: int | None) -> None:
    lines = table_of(Report(files=(file_with(name, 1), file_with("b.json"))), Style(width=width))
    assert len(lines) == 3
    assert live("".join(lines)) == []
    assert lines[1].endswith("failed")


def test_rules_skipped_in_the_run_are_in_order_whichever_file_skips_them_first() -> None:
    def skipping(*codes: str) -> FileReport:
        rules = [RuleResult(code=code, verdict=Verdict.SKIPPED, reason="needs other splits (--splits)") for code in codes]
        return replace(file_with("a.json", 1), rules=tuple(rules))

    text = render(Report(files=(skipping("COCO851", "COCO853"), skipping("COCO851", "COCO852", "COCO853"))), Style())
    assert "    COCO851-853: needs other splits (--splits)\n" in text


def test_a_file_without_findings_says_what_was_not_checked() -> None:
    reason = "2 of 2 images have no file that could be read here"
    clean = replace(file_with("a.json"), rules=(RuleResult(code="COCO802", verdict=Verdict.SKIPPED, reason=reason),))
    assert f"\n  skipped\n    COCO802: {reason}\n" in render(Report(files=(clean,)), Style())
