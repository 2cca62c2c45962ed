"""Validate COCO JSON files, export detections to them, and test exporters.

The names below are the public ones; each is imported when it is first used, so that `import cocoproof` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocoproof.checking.api import check
    from cocoproof.export import export_coco, export_results
    from cocoproof.mapping import CategoryList, ClassMapping
    from cocoproof.model.findings import FileReport, Finding, Kind, Report, RuleResult, Severity, Verdict
    from cocoproof.rules.thresholds import Thresholds
    from cocoproof.version import __version__

__all__ = [
    "CategoryList",
    "ClassMapping",
    "FileReport",
    "Finding",
    "Kind",
    "Report",
    "RuleResult",
    "Severity",
    "Thresholds",
    "Verdict",
    "__version__",
    "check",
    "export_coco",
    "export_results",
]

_HOMES = {
    "CategoryList": "cocoproof.mapping",
    "ClassMapping": "cocoproof.mapping",
    "FileReport": "cocoproof.model.findings",
    "Finding": "cocoproof.model.findings",
    "Kind": "cocoproof.model.findings",
    "Report": "cocoproof.model.findings",
    "RuleResult": "cocoproof.model.findings",
    "Severity": "cocoproof.model.findings",
    "Thresholds": "cocoproof.rules.thresholds",
    "Verdict": "cocoproof.model.findings",
    "__version__": "cocoproof.version",
    "check": "cocoproof.checking.api",
    "export_coco": "cocoproof.export",
    "export_results": "cocoproof.export",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        msg = f"module 'cocoproof' has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(importlib.import_module(_HOMES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
