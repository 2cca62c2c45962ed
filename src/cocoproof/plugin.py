"""What a package with rules of its own uses: the names here are public, and keep their meaning while `API_VERSION` is the same.

`docs/plugins.md` describes how to write such a package, and `examples/plugin` is one.
"""

from __future__ import annotations

from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.examples import GONE, captions, dataset, keypoint_dataset, panoptic, results
from cocoproof.rules.rule import (
    ALL_KINDS,
    DATASETS,
    OBJECTS,
    Fix,
    Replacement,
    Rule,
    RuleContext,
    RuleSkipped,
    Violation,
    Violations,
    ViolationScope,
    quote,
    rule,
)

__all__ = [
    "ALL_KINDS",
    "API_VERSION",
    "DATASETS",
    "GONE",
    "OBJECTS",
    "Fix",
    "Kind",
    "Replacement",
    "Rule",
    "RuleContext",
    "RuleSkipped",
    "Severity",
    "Violation",
    "ViolationScope",
    "Violations",
    "captions",
    "dataset",
    "keypoint_dataset",
    "panoptic",
    "quote",
    "results",
    "rule",
]

API_VERSION = 1
"""Raised when a name of this module changes its meaning, or is removed."""
