"""Validate COCO JSON files, export detections to them, and test exporters.

The names below are the public ones; each is imported when it is first used, so that `import cocoproof` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocoproof.api import check
    from cocoproof.attestation.verification import AttestationError
    from cocoproof.checking.baseline import BaselineError
    from cocoproof.checking.ground_truth import GroundTruthError
    from cocoproof.checking.image_sources import ImagesError
    from cocoproof.diff.input import NotComparable
    from cocoproof.export import ExportError, ExportVerificationError, export_coco, export_results, export_tracks
    from cocoproof.fix import NotFixable, VerificationFailed
    from cocoproof.mapping import CategoryList, CategoryListError, ClassIdError, ClassMapping, MappingError, UnmappedClassError
    from cocoproof.model.errors import CocoproofError, MissingExtra, SettingsError
    from cocoproof.model.findings import FileReport, Finding, Kind, Report, RuleResult, Severity, Verdict
    from cocoproof.profiles import UnknownProfile
    from cocoproof.reading.defects import Unreadable
    from cocoproof.roundtrip.coco_source import NoDetections
    from cocoproof.rules.catalogue import UnknownRule
    from cocoproof.rules.thresholds import Thresholds
    from cocoproof.sources import SourceError
    from cocoproof.version import __version__

__all__ = [
    "AttestationError",
    "BaselineError",
    "CategoryList",
    "CategoryListError",
    "ClassIdError",
    "ClassMapping",
    "CocoproofError",
    "ExportError",
    "ExportVerificationError",
    "FileReport",
    "Finding",
    "GroundTruthError",
    "ImagesError",
    "Kind",
    "MappingError",
    "MissingExtra",
    "NoDetections",
    "NotComparable",
    "NotFixable",
    "Report",
    "RuleResult",
    "SettingsError",
    "Severity",
    "SourceError",
    "Thresholds",
    "UnknownProfile",
    "UnknownRule",
    "UnmappedClassError",
    "Unreadable",
    "Verdict",
    "VerificationFailed",
    "__version__",
    "check",
    "export_coco",
    "export_results",
    "export_tracks",
]

_MODULES = {
    "AttestationError": "cocoproof.attestation.verification",
    "BaselineError": "cocoproof.checking.baseline",
    "CategoryList": "cocoproof.mapping",
    "CategoryListError": "cocoproof.mapping",
    "ClassIdError": "cocoproof.mapping",
    "ClassMapping": "cocoproof.mapping",
    "CocoproofError": "cocoproof.model.errors",
    "ExportError": "cocoproof.export",
    "ExportVerificationError": "cocoproof.export",
    "FileReport": "cocoproof.model.findings",
    "Finding": "cocoproof.model.findings",
    "GroundTruthError": "cocoproof.checking.ground_truth",
    "ImagesError": "cocoproof.checking.image_sources",
    "Kind": "cocoproof.model.findings",
    "MappingError": "cocoproof.mapping",
    "MissingExtra": "cocoproof.model.errors",
    "NoDetections": "cocoproof.roundtrip.coco_source",
    "NotComparable": "cocoproof.diff.input",
    "NotFixable": "cocoproof.fix",
    "Report": "cocoproof.model.findings",
    "RuleResult": "cocoproof.model.findings",
    "SettingsError": "cocoproof.model.errors",
    "Severity": "cocoproof.model.findings",
    "SourceError": "cocoproof.sources",
    "Thresholds": "cocoproof.rules.thresholds",
    "UnknownProfile": "cocoproof.profiles",
    "UnknownRule": "cocoproof.rules.catalogue",
    "UnmappedClassError": "cocoproof.mapping",
    "Unreadable": "cocoproof.reading.defects",
    "Verdict": "cocoproof.model.findings",
    "VerificationFailed": "cocoproof.fix",
    "__version__": "cocoproof.version",
    "check": "cocoproof.api",
    "export_coco": "cocoproof.export",
    "export_results": "cocoproof.export",
    "export_tracks": "cocoproof.export",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        msg = f"module 'cocoproof' has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
