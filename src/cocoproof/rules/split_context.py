"""What the rules about splits have in common: the splits to compare with, and what a verdict says of those that could not be read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cocoproof.rules.rule import RuleSkipped

if TYPE_CHECKING:
    from cocoproof.rules.earlier_splits import EarlierSplits, OwnSplit
    from cocoproof.rules.rule import RuleContext, Violations

__all__ = ["earlier_splits", "with_unread"]


def earlier_splits(context: RuleContext) -> tuple[EarlierSplits, OwnSplit]:
    """The splits before a file, and the file as one.

    Raises:
        RuleSkipped: If there is none that could be read.
    """
    splits = context.splits
    if splits is None or splits.own is None or not (splits.sides or splits.unread):
        msg = "the first split: what it shares with another is reported there"
        raise RuleSkipped(msg)
    if not splits.sides:
        raise RuleSkipped(_unread(splits))
    return splits, splits.own


def with_unread(violations: Violations, splits: EarlierSplits) -> Violations:
    """The violations, with a remark on the splits that were not compared."""
    if not splits.unread:
        return violations
    remarks = [violations.remark, _unread(splits)]
    return replace(violations, remark="; ".join(remark for remark in remarks if remark))


def _unread(splits: EarlierSplits) -> str:
    return f"{', '.join(splits.unread)} could not be read as a dataset, and was not compared"
