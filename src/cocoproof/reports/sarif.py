"""The report as SARIF 2.1.0 (OASIS, errata 01), for code scanning and SARIF viewers."""

from __future__ import annotations

import json
import os
from pathlib import PurePath
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import quote

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity, Verdict
from cocoproof.reports.ci_identity import portable_path, unique_fingerprints
from cocoproof.reports.report_format import RenderContext, ReportFormat, from_report
from cocoproof.version import __version__

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.model.findings import Finding, Report
    from cocoproof.rules.rule import Rule

__all__ = ["FORMAT", "render", "uri_of"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

_Json: TypeAlias = "dict[str, Any]"  # what json.dumps takes


def render(report: Report, context: RenderContext | None = None) -> str:
    """The report as one SARIF log of one run, in ASCII, ending in a newline. The findings should have fingerprints.

    All rules are listed, selected or not: viewers look up what a rule means.
    """
    from cocoproof.rules.catalogue import rules_named  # not needed for `--help`

    rules = rules_named(one.code for file in report.files for one in file.rules).values()
    indices = {rule.code: k for k, rule in enumerate(rules)}
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
        "invocations": [_invocation(report, indices, (context or RenderContext()).fail_on)],
        "results": [
            _result(finding, fingerprint, indices, file.path, artifacts, new=compared)
            for file in report.files
            for finding, fingerprint in unique_fingerprints(file)
        ],
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=1, allow_nan=False) + "\n"


def uri_of(path: str) -> str:
    """A path as a URI: a relative reference, or a file URI where the path is absolute.

    Bytes that cannot be decoded in the system's encoding are percent-encoded as they are.
    """
    try:
        as_bytes = os.fsencode(portable_path(path))
    except UnicodeEncodeError:  # not a path of this system
        as_bytes = path.encode("utf-8", "surrogatepass")
    if PurePath(path).is_absolute():
        return ("file://" if as_bytes.startswith(b"/") else "file:///") + quote(as_bytes, safe="/:" if os.sep == "\\" else "/")
    return quote(as_bytes, safe="/")


def _text(text: str) -> str:
    """Text that may come from a file as a SARIF message, without placeholders (3.11.5) and links (3.11.6)."""
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


def _invocation(report: Report, indices: Mapping[str, int], fail_on: Severity) -> _Json:
    """How the run ended. After a rule crashed its verdict is unknown: the run did not succeed (3.20.21)."""
    return {
        "executionSuccessful": not report.crashed,
        "exitCode": report.exit_code(fail_on),
        "toolExecutionNotifications": [
            {
                "level": "error",
                "message": {
                    "text": _text(f"rule {rule.code} crashed (internal error), its verdict on {file.path} is unknown: {rule.reason}")
                },
                "associatedRule": {"id": rule.code} | ({"index": indices[rule.code]} if rule.code in indices else {}),
                "locations": [{"physicalLocation": {"artifactLocation": {"uri": uri_of(file.path)}}}],
            }
            for file in report.files
            for rule in file.rules
            if rule.verdict is Verdict.CRASHED
        ],
    }


def _result(
    finding: Finding, fingerprint: str, indices: Mapping[str, int], path: str, artifacts: Mapping[str, _Json], *, new: bool
) -> _Json:
    # Code scanning requires a line; a finding about the document as a whole is at its start.
    region = {"startLine": finding.line or 1} | ({"startColumn": finding.column} if finding.column else {})
    location: _Json = {"physicalLocation": {"artifactLocation": artifacts[path], "region": region}}
    if finding.pointer:
        location["logicalLocations"] = [_logical(finding.pointer)]
    result: _Json = {
        "ruleId": finding.code,
        **({"ruleIndex": indices[finding.code]} if finding.code in indices else {}),
        "level": finding.severity.value,
        "message": {"text": _text(finding.message)},
        "locations": [location],
    }
    places = [*((path, pointer) for pointer in finding.related), *((place.path, place.pointer) for place in finding.elsewhere)]
    if places:
        result["relatedLocations"] = [_related(where, pointer, artifacts) for where, pointer in places]
    if new:
        result["baselineState"] = "new"
    # GitHub compares alerts by the second key. By default it would hash the line, and many files have only one.
    return result | {"partialFingerprints": {"cocoproof/v1": fingerprint, "primaryLocationLineHash": fingerprint}}


def _related(path: str, pointer: str, artifacts: Mapping[str, _Json]) -> _Json:
    """Another place that the message mentions, in this file or in another one."""
    location: _Json = {"physicalLocation": {"artifactLocation": artifacts.get(path) or {"uri": uri_of(path)}}}
    return location | ({"logicalLocations": [_logical(pointer)]} if pointer else {})


def _logical(pointer: str) -> _Json:
    """A place in the document (3.33)."""
    name = pointer.rpartition("/")[2]
    return {"name": escape(name), "fullyQualifiedName": escape(pointer)} | ({} if name.isdigit() else {"kind": "property"})


FORMAT = ReportFormat(
    name="sarif",
    audience="GitHub code scanning, Azure DevOps, editors",
    contents="every finding with place and fingerprint, and all rules",
    extension=".sarif",
    start=from_report(render),
    needs_fingerprints=True,
)
