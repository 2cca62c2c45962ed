"""The report as JUnit XML, the form in which CI systems take test results: a suite for each file, a case for each rule."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import defaultdict
from typing import TYPE_CHECKING

from cocoproof.model.findings import Severity, Verdict
from cocoproof.reports.escape import escape

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cocoproof.model.findings import FileReport, Finding, Report, RuleResult

__all__ = ["render"]

_MOST = 100
"""Findings told in one case: servers show its text on a page."""


def render(report: Report, names: Mapping[str, str], fail_on: Severity = Severity.ERROR) -> str:
    """The report as one XML document, in ASCII, ending in a newline.

    A rule with a finding as grave as `fail_on` is a failed test; with milder ones it passes, and they are its output.

    Args:
        report: The report.
        names: Names of the rules by code.
        fail_on: The severity from which on a finding is a failure.
    """
    suites = ET.Element("testsuites", {"name": "cocoproof"})
    for file in report.files:
        suites.append(_suite(file, names, fail_on))
    for count in ("tests", "failures", "errors", "skipped"):
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    ET.indent(suites, " ")
    # Characters beyond ASCII become references: whatever encoding the text is printed in, it is the same document.
    text: bytes = ET.tostring(suites, "us-ascii", xml_declaration=False)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text.decode("ascii")}\n'


def _suite(file: FileReport, names: Mapping[str, str], fail_on: Severity) -> ET.Element:
    suite = ET.Element("testsuite", {"name": escape(file.path)})
    by_rule: dict[str, list[Finding]] = defaultdict(list)
    for finding in file.findings:
        by_rule[finding.code].append(finding)
    # The verdict on the rules themselves repeats what the rules that failed inside say.
    for rule in file.rules:
        context = ET.SubElement(
            suite, "testcase", {"classname": escape(file.path), "name": f"{rule.code} {names.get(rule.code, '')}".strip()}
        )
        context.set("file", escape(file.path))
        _tell(context, rule, by_rule[rule.code], fail_on)
    counts = {"tests": "testcase", "failures": "testcase/failure", "errors": "testcase/error", "skipped": "testcase/skipped"}
    for name, path in counts.items():
        suite.set(name, str(len(suite.findall(path))))
    return suite


def _tell(context: ET.Element, rule: RuleResult, findings: Sequence[Finding], fail_on: Severity) -> None:
    if rule.verdict is Verdict.CRASHED:
        ET.SubElement(context, "error", {"message": escape(f"failed inside: {rule.reason}"), "type": "crashed"})
        return
    if rule.verdict is Verdict.SKIPPED:
        ET.SubElement(context, "skipped", {"message": escape(rule.reason or "not judged")})
        return
    if rule.verdict is Verdict.PASSED:
        return
    worst = next((severity for severity in Severity if rule.summary.of(severity)), Severity.NOTE)
    text = _lines(rule, findings)
    if worst.at_least(fail_on):
        message = f"{rule.count:,} finding{'s' * (rule.count != 1)}" + (f": {findings[0].message}" if findings else "")
        ET.SubElement(context, "failure", {"message": escape(message), "type": worst.value}).text = text
    else:
        ET.SubElement(context, "system-out").text = text


def _lines(rule: RuleResult, findings: Sequence[Finding]) -> str:
    """One finding a line: severity, place, message, pointer."""
    lines = []
    for finding in findings[:_MOST]:
        place = "" if finding.line is None else f"{finding.line}:{finding.column}: "
        lines.append(escape(f"{finding.severity.value}: {place}{finding.message} ({finding.pointer or 'the document'})"))
    more = rule.count - len(lines)
    return "\n".join([*lines, *([f"and {more:,} more"] if more > 0 else [])]) + "\n"
