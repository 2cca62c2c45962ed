"""The report as SARIF 2.1.0 (OASIS, errata 01), for code scanning and SARIF viewers."""

from __future__ import annotations

import json
import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from cocoproof.model.findings import Severity, Verdict
from cocoproof.reports.escape import escape
from cocoproof.reports.occurrences import occurrences
from cocoproof.reports.paths import portable
from cocoproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cocoproof.model.findings import Finding, Report
    from cocoproof.rules.rule import Rule

__all__ = ["render", "uri_of"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_Json: TypeAlias = "dict[str, Any]"  # what json.dumps takes


def render(report: Report, rules: Sequence[Rule], fail_on: Severity = Severity.ERROR) -> str:
    """The report as one SARIF log of one run, in ASCII, ending in a newline.

    Args:
        report: The report; its findings should have fingerprints.
        rules: The whole catalogue, whatever was selected: viewers look up what a rule means.
        fail_on: From which severity on the run counts as failed, for its exit code.
    """
    places = {rule.code: place for place, rule in enumerate(rules)}
    artifacts = {path: {"uri": uri_of(path), "index": k} for k, path in enumerate(dict.fromkeys(file.path for file in report.files))}
    compared = any(file.baseline is not None for file in report.files)  # on all results of a run or on none (3.27.24)
    run = {
        "tool": {
            "driver": {
                "name": "cocoproof",
                "version": __version__,
                "semanticVersion": __version__,
                "rules": [_rule(rule) for rule in rules],
            }
        },
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": {"uri": one["uri"]}, "roles": ["analysisTarget"]} for one in artifacts.values()],
        "invocations": [_invocation(report, places, fail_on)],
        "results": [
            _result(finding, mark, places, artifacts[file.path], new=compared)
            for file in report.files
            for finding, mark in occurrences(file)
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, allow_nan=False) + "\n"


def uri_of(path: str) -> str:
    """A path as a URI: a relative reference, or a file URI where the path is absolute.

    Bytes that are no text in the system's encoding become the percent-encoded bytes that they were.
    """
    try:
        as_bytes = os.fsencode(portable(path))
    except UnicodeEncodeError:  # no path of this system
        as_bytes = path.encode("utf-8", "surrogatepass")
    if PurePath(path).is_absolute():
        return ("file://" if as_bytes.startswith(b"/") else "file:///") + quote(as_bytes, safe="/:" if os.sep == "\\" else "/")
    return quote(as_bytes, safe="/")


def _text(text: str) -> str:
    """Text that may come from a file as a SARIF message: no placeholder (3.11.5) and no link (3.11.6) is live in it."""
    return _braces(escape(text).replace("](", "]\\x28"))


def _braces(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _rule(rule: Rule) -> _Json:
    example = f"\n\n`cocoproof explain {rule.code}` shows an example."
    markdown = _braces((f"{rule.summary}\n\n{rule.documentation}" if rule.documentation else rule.summary) + example)
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": {"text": _braces(rule.summary.replace("`", ""))},
        "fullDescription": {"text": _braces((rule.documentation or rule.summary).replace("`", ""))},
        "help": {"text": markdown.replace("`", ""), "markdown": markdown},
        "defaultConfiguration": {"level": rule.severity.value},
    }


def _invocation(report: Report, places: Mapping[str, int], fail_on: Severity) -> _Json:
    """How the run ended. Of a rule that failed inside nothing is known: such a run is no success (3.20.21)."""
    return {
        "executionSuccessful": not report.crashed,
        "exitCode": report.exit_code(fail_on),
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {"text": _text(f"rule {rule.code} failed inside, its verdict on {file.path} is unknown: {rule.reason}")},
                "associatedRule": {"id": rule.code} | ({"index": places[rule.code]} if rule.code in places else {}),
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri_of(file.path)}}}],
            }
            for file in report.files
            for rule in file.rules
            if rule.verdict is Verdict.CRASHED
        ],
    }


def _result(finding: Finding, mark: str, places: Mapping[str, int], artifact: _Json, *, new: bool) -> _Json:
    # Code scanning wants a line; what is about the document stands at its start.
    region = {"startLine": finding.line or 1} | ({"startColumn": finding.column} if finding.column else {})
    location: _Json = {"physicalLocation": {"artifactLocation": artifact, "region": region}}
    if finding.pointer:
        location["logicalLocations"] = [_logical(finding.pointer)]
    result: _Json = {
        "ruleId": finding.code,
        **({"ruleIndex": places[finding.code]} if finding.code in places else {}),
        "level": finding.severity.value,
        "message": {"text": _text(finding.message)},
        "locations": [location],
    }
    if finding.related:
        result["relatedLocations"] = [
            {"physicalLocation": {"artifactLocation": artifact}, "logicalLocations": [_logical(pointer)]} for pointer in finding.related
        ]
    # The second key is what GitHub tells alerts apart by; left alone it would take the line, which many files have one of.
    if new:
        result["baselineState"] = "new"
    return result | {"partialFingerprints": {"cocoproof/v1": mark, "primaryLocationLineHash": mark}}


def _logical(pointer: str) -> _Json:
    """A place in the document (3.33)."""
    name = pointer.rpartition("/")[2]
    return {"name": escape(name), "fullyQualifiedName": escape(pointer)} | ({} if name.isdigit() else {"kind": "property"})
