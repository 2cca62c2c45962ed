"""Breaches that reading came upon, as the hits of a rule."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.verify.rule import Hits

if TYPE_CHECKING:
    from cocoproof.verify.rule import Case

__all__ = ["found"]


def found(case: Case, code: str) -> Hits:
    """The breaches of the rule with this code that reading found."""
    return Hits.of_defects([defect for defect in case.defects if defect.code == code])
