"""Fixes of duplicate annotations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.fix.changes import Change, NotFixed
from cocoproof.rules.duplicates import copied_rows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix.context import FixContext

__all__ = ["copies"]


def copies(context: FixContext) -> Iterator[Change | NotFixed]:
    """Remove the later one of two annotations that differ in nothing but the id, on request."""
    if not len(context.rows("COCO206")):
        return
    rows, firsts = copied_rows(context.rule_context)
    differ = 0
    for row, other in zip(rows.tolist(), firsts.tolist(), strict=True):
        one, first = (
            {key: context.text.shown(raw) for key, raw in context.members(place).items() if key != "id"} for place in (row, other)
        )
        if one == first:
            yield Change("COCO206", context.path("annotations", row), None, safe=False)
        else:
            differ += 1
    if differ:
        yield NotFixed("COCO206", differ, "the two differ in a further key, or in how a number is spelt")
