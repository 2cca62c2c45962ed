"""Violations that reading came upon, as the violations of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.rules.rule import Violations

if TYPE_CHECKING:
    from cocoproof.rules.rule import RuleContext

__all__ = ["reader_defects"]


def reader_defects(context: RuleContext, code: str) -> Violations:
    """The violations of the rule with this code that reading found."""
    return Violations.of_defects([defect for defect in context.defects if defect.code == code])
