"""What the tests of one run share."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

    from cocoproof.model.findings import Severity
    from cocoproof.pytest_plugin.checker import CheckResults
    from cocoproof.rules.rule import Rule

__all__ = ["CocoRun", "Granularity"]

Granularity: TypeAlias = Literal["rule", "family", "file"]


@dataclass(frozen=True, kw_only=True)
class CocoRun:
    """What the tests of one run share.

    Attributes:
        rules: The rules that check the files.
        fail_on: The lowest severity of a finding that fails a test.
        granularity: What one test covers: a rule, a family of rules, or all rules.
        results: The results of the files.
        covered: For each file, the codes of the rules whose tests run.
    """

    rules: tuple[Rule, ...]
    fail_on: Severity
    granularity: Granularity
    results: CheckResults
    covered: dict[Path, set[str]] = field(default_factory=lambda: defaultdict(set))
