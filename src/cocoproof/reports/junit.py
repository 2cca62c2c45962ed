"""The report as JUnit XML, which CI systems read as test results: a suite for each file, a test case for each rule."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity, Verdict
from cocoproof.model.wording import count_of
from cocoproof.reports.report_format import RenderContext, ReportFormat, from_report

if TYPE_CHECKING:
    import xml.etree.ElementTree as ET
    from collections.abc import Mapping, Sequence

    from cocoproof.model.findings import FileReport, Finding, Report, RuleResult

__all__ = ["FORMAT", "render"]

_LISTED = 100
"""Findings listed in the text of one test case, which servers show on one page."""


def render(report: Report, context: RenderContext | None = None) -> str:
    """The report as one XML document, in ASCII, ending in a newline.

    A rule with a finding at or above `fail_on` is a failed test. With lower ones it passes, and they are its output.
    """
    import xml.etree.ElementTree as ET  # it loads expat, for this format alone

    from cocoproof.rules.catalogue import rules_named  # not needed for `--help`

    names = {code: rule.name for code, rule in rules_named(one.code for file in report.files for one in file.rules).items()}
    fail_on = (context or RenderContext()).fail_on
    suites = ET.Element("testsuites", {"name": "cocoproof"})
    for file in report.files:
        suites.append(_suite(file, names, fail_on))
    for count in ("tests", "failures", "errors", "skipped"):
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    ET.indent(suites, " ")
    # Characters beyond ASCII become references, so that the document is the same in every encoding.
    text: bytes = ET.tostring(suites, "us-ascii", xml_declaration=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text.decode("ascii")}\n'


def _suite(file: FileReport, names: Mapping[str, str], fail_on: Severity) -> ET.Element:
    import xml.etree.ElementTree as ET

    suite = ET.Element("testsuite", {"name": escape(file.path)})
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in file.findings:
        by_rule[finding.code].append(finding)
    for rule in file.rules:
        case = ET.SubElement(suite, "testcase", {"classname": escape(file.path), "name": f"{rule.code} {names.get(rule.code, '')}".strip()})
        case.set("file", escape(file.path))
        _fill(case, rule, by_rule[rule.code], fail_on)
    counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error", "skipped": "testcase/skipped"}
    for name, path in counts.items():
        suite.set(name, str(len(suite.findall(path))))
    return suite


def _fill(case: ET.Element, rule: RuleResult, findings: Sequence[Finding], fail_on: Severity) -> None:
    import xml.etree.ElementTree as ET

    if rule.verdict is Verdict.CRASHED:
        ET.SubElement(case, "error", {"message": escape(f"crashed (internal error): {rule.reason}"), "type": "crashed"})
        return
    if rule.verdict is Verdict.SKIPPED:
        ET.SubElement(case, "skipped", {"message": escape(rule.reason or "skipped")})
        return
    if rule.verdict is Verdict.PASSED:
        return
    worst = rule.summary.worst or Severity.NOTE
    text = _lines(rule, findings)
    if worst.at_least(fail_on):
        message = count_of(rule.count, "finding") + (f": {findings[0].message}" if findings else "")
        ET.SubElement(case, "failure", {"message": escape(message), "type": worst.value}).text = text
    else:
        ET.SubElement(case, "system-out").text = text


def _lines(rule: RuleResult, findings: Sequence[Finding]) -> str:
    """One finding per line: severity, place, message, pointer."""
    lines = []
    for finding in findings[:_LISTED]:
        place = "" if finding.line is None else f"{finding.line}:{finding.column}: "
        lines.append(escape(f"{finding.severity.value}: {place}{finding.message} ({finding.pointer or 'the document'})"))
    more = rule.count - len(lines)
    return "\n".join([*lines, *([f"and {more:,} more"] if more > 0 else [])]) + "\n"


FORMAT = ReportFormat(
    name="junit",
    audience="Jenkins, GitLab, CircleCI, Azure DevOps: wherever test results are shown",
    contents="a suite for each file, a test for each rule",
    extension=".xml",
    start=from_report(render),
)
