"""The report as a GitLab Code Quality artifact: what its merge requests compare with the target branch."""

from __future__ import annotations

import hashlib
import json
import posixpath
from typing import TYPE_CHECKING

from cocoproof.model.findings import Severity
from cocoproof.reports.escape import escape
from cocoproof.reports.occurrences import occurrences
from cocoproof.reports.paths import portable

if TYPE_CHECKING:
    from cocoproof.model.findings import Report

__all__ = ["render"]

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.NOTE: "info"}


def render(report: Report) -> str:
    """The report as a JSON list, in ASCII, ending in a newline. The findings should have fingerprints.

    GitLab takes two entries with one fingerprint for one, so that it is made of the path and the occurrence, too.
    """
    entries = [
        {
            "description": escape(finding.message),
            "check_name": f"{finding.code} {finding.name}",
            "fingerprint": hashlib.sha256(f"{path}\0{mark}".encode("utf-8", "surrogatepass")).hexdigest()[:32],
            "severity": _SEVERITIES[finding.severity],
            "location": {"path": path, "lines": {"begin": finding.line or 1}},
        }
        for file in report.files
        for path in [escape(posixpath.normpath(portable(file.path)))]
        for finding, mark in occurrences(file)
    ]
    return json.dumps(entries, indent=1) + "\n"
