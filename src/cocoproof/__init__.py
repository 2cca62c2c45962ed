"""Prove that COCO files are right.

The names below are the public ones; each is imported when it is first used, so that `import cocoproof` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocoproof.export import export_coco, export_results
    from cocoproof.findings import FileReport, Finding, Kind, Report, RuleResult, Severity, Verdict
    from cocoproof.mapping import CategoryList, ClassMapping
    from cocoproof.verify.api import check
    from cocoproof.verify.thresholds import Thresholds
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
    "FileReport": "cocoproof.findings",
    "Finding": "cocoproof.findings",
    "Kind": "cocoproof.findings",
    "Report": "cocoproof.findings",
    "RuleResult": "cocoproof.findings",
    "Severity": "cocoproof.findings",
    "Thresholds": "cocoproof.verify.thresholds",
    "Verdict": "cocoproof.findings",
    "__version__": "cocoproof.version",
    "check": "cocoproof.verify.api",
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
