"""What differs between two COCO files."""

from __future__ import annotations

from cocoproof.diff.diff_files import diff
from cocoproof.diff.input import NotComparable
from cocoproof.diff.report import Difference, DiffKind, DiffReport, Renumbered

__all__ = ["DiffKind", "DiffReport", "Difference", "NotComparable", "Renumbered", "diff"]
