"""The report as a GitLab Code Quality artifact, which merge requests compare with the target branch."""

from __future__ import annotations

import json
import posixpath
from typing import TYPE_CHECKING

from cocoproof.model.escaping import escape
from cocoproof.model.findings import Severity
from cocoproof.reports.ci_identity import portable_path, unique_fingerprints
from cocoproof.reports.report_format import RenderContext, ReportFormat, from_report

if TYPE_CHECKING:
    from cocoproof.model.findings import Report

__all__ = ["FORMAT", "render"]

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(report: Report, context: RenderContext | None = None) -> str:
    """The report as a JSON list, in ASCII, ending in a newline. The findings should have fingerprints.

    GitLab takes two entries with the same fingerprint for one. So it is made of the path, the fingerprint and its number.
    """
    import hashlib  # OpenSSL takes milliseconds to load

    del context
    entries = [
        {
            "description": escape(finding.message),
            "check_name": f"{finding.code} {finding.name}",
            "fingerprint": hashlib.sha256(f"{path}\0{fingerprint}".encode("utf-8", "surrogatepass")).hexdigest()[:32],
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": path, "lines": {"begin": finding.line or 1}},
        }
        for file in report.files
        for path in [escape(posixpath.normpath(portable_path(file.path)))]
        for finding, fingerprint in unique_fingerprints(file)
    ]
    return json.dumps(entries, indent=1) + "\n"


FORMAT = ReportFormat(
    name="gitlab",
    audience="GitLab Code Quality",
    contents="every finding with path, line and fingerprint",
    extension=".json",
    start=from_report(render),
    needs_fingerprints=True,
)
