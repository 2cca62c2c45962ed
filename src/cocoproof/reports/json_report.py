"""The report as JSON, for programs. The shape is a contract: `format_version` changes when a key is removed or changes its meaning."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from cocoproof.reports.report_format import RenderContext, ReportFormat, from_report
from cocoproof.version import __version__

if TYPE_CHECKING:
    from cocoproof.model.arrivals import Arrival, ArrivalLoss, InOut
    from cocoproof.model.findings import Accepted, Comparison, FileReport, Finding, ImageFolder, Report, RuleResult, Summary

__all__ = ["FORMAT", "FORMAT_VERSION", "render"]

FORMAT_VERSION = 1


def render(report: Report, context: RenderContext | None = None) -> str:
    """The report as one JSON document, in ASCII, ending in a newline. The same report gives the same text."""
    del context
    document = {
        "format_version": FORMAT_VERSION,
        "tool": {"name": "cocoproof", "version": __version__},
        "files": [_file(file) for file in report.files],
        "summary": _summary(report.summary),
        "profiles": list(report.profiles),
    }
    return json.dumps(document, indent=1, allow_nan=False) + "\n"


def _summary(summary: Summary) -> dict[str, object]:
    return {"errors": summary.errors, "warnings": summary.warnings, "notes": summary.notes}


def _file(file: FileReport) -> dict[str, object]:
    return {
        "path": file.path,
        "kind": file.kind.value,
        "counts": file.counts,
        "images": _folder(file.images),
        "panoptic": _folder(file.panoptic),
        "findings": [_finding(finding, file.path) for finding in file.findings],
        "rules": [_rule(rule) for rule in file.rules],
        "summary": _summary(file.summary),
        "arrives": [_arrival(arrival) for arrival in file.arrives],
        "baseline": _baseline(file.baseline),
        "dialects": [dialect.value for dialect in file.dialects],
    }


def _folder(folder: ImageFolder | None) -> dict[str, object] | None:
    return None if folder is None else {"path": folder.path, "guessed": folder.guessed}


def _finding(finding: Finding, path: str) -> dict[str, object]:
    return {
        **finding.to_record(),
        "related": [
            *({"path": path, "pointer": pointer} for pointer in finding.related),
            *({"path": place.path, "pointer": place.pointer} for place in finding.elsewhere),
        ],
        "consequences": dict(finding.consequences),
    }


def _rule(rule: RuleResult) -> dict[str, object]:
    return {
        "code": rule.code,
        "verdict": rule.verdict.value,
        "count": rule.count,
        "reason": rule.reason,
        "accepted": rule.accepted,
        "explained": rule.explained,
        "consequences": dict(rule.consequences),
    }


def _arrival(arrival: Arrival) -> dict[str, object]:
    return {
        "consumer": arrival.consumer,
        "package": arrival.package,
        "version": arrival.version,
        "loader": arrival.loader,
        "evidence": arrival.evidence.value,
        "not_modelled": arrival.not_modelled,
        "error": arrival.error,
        "images": _in_out(arrival.images),
        "annotations": _in_out(arrival.annotations),
        "classes": _in_out(arrival.classes),
        "masks": _in_out(arrival.masks),
        "losses": [_loss(loss) for loss in arrival.losses],
        "changes": [
            {"reason": change.reason, "classes": change.count, "annotations": change.annotations, "examples": list(change.examples)}
            for change in arrival.changes
        ],
        "by_class": [
            {"id": row.id, "name": row.name, "given": row.given, "arrived": row.arrived, "label": row.label, "changed": row.changed}
            for row in arrival.by_class
        ],
    }


def _in_out(counts: InOut | None) -> dict[str, int] | None:
    return None if counts is None else {"given": counts.given, "arrived": counts.arrived}


def _loss(loss: ArrivalLoss) -> dict[str, object]:
    return {
        "what": loss.what,
        "reason": loss.reason,
        "notice": loss.notice.value,
        "count": loss.count,
        "classes": [{"name": name, "count": count} for name, count in loss.classes],
        "other_classes": loss.other_classes,
        "examples": list(loss.examples),
        "rule": loss.cause,
    }


def _baseline(comparison: Comparison | None) -> dict[str, object] | None:
    return None if comparison is None else {"accepted": comparison.accepted, "resolved": [_entry(entry) for entry in comparison.resolved]}


def _entry(entry: Accepted) -> dict[str, object]:
    return {"code": entry.code, "fingerprint": entry.fingerprint, "count": entry.count, "hint": entry.hint}


FORMAT = ReportFormat(
    name="json",
    audience="your own programs",
    contents="everything; the shape is a contract",
    extension=".json",
    start=from_report(render),
    needs_fingerprints=True,
)
