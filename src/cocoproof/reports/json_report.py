"""The report as JSON, for machines. The shape is a contract: `format_version` changes with it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cocoproof.version import __version__

if TYPE_CHECKING:
    from cocoproof.model.findings import FileReport, Finding, ImageFolder, Report

__all__ = ["FORMAT_VERSION", "render"]

FORMAT_VERSION = 1


def render(report: Report) -> str:
    """The report as one JSON document, in ASCII, ending in a newline. The same report gives the same text."""
    summary = report.summary
    document = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "cocoproof", "version": __version__},
        "files": [_file(file) for file in report.files],
        "summary": {"errors": summary.errors, "warnings": summary.warnings, "notes": summary.notes},
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _file(file: FileReport) -> dict[str, object]:
    return {
        "path": file.path,
        "kind": file.kind.value,
        "counts": file.counts,
        "images": _folder(file.images),
        "panoptic": _folder(file.panoptic),
        "findings": [_finding(finding) for finding in file.findings],
        "rules": [{"code": rule.code, "verdict": rule.verdict.value, "count": rule.count, "reason": rule.reason} for rule in file.rules],
    }


def _folder(folder: ImageFolder | None) -> dict[str, object] | None:
    return None if folder is None else {"path": folder.path, "guessed": folder.guessed}


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "code": finding.code,
        "name": finding.name,
        "severity": finding.severity.value,
        "message": finding.message,
        "pointer": finding.pointer,
        "line": finding.line,
        "column": finding.column,
        "image_id": finding.image_id,
        "annotation_id": finding.annotation_id,
        "category_id": finding.category_id,
    }
