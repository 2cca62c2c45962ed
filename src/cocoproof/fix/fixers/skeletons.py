"""Fixes of skeletons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.fix.changes import Change, NotFixed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix.context import FixContext

__all__ = ["zero_based_skeletons"]


def zero_based_skeletons(context: FixContext) -> Iterator[Change | NotFixed]:
    """Add 1 to the indices of a skeleton that counts from 0: one that has a 0, and nothing beyond the last keypoint."""
    categories = context.coco.categories
    left = 0
    for row in context.rows("COCO705").tolist():
        indices = categories.skeleton.rows[row]
        if indices.min() != 0 or indices.max() >= categories.keypoint_count[row]:
            left += 1
            continue
        for place, index in enumerate(indices.tolist()):
            yield Change("COCO705", context.path("categories", row, "skeleton", place // 2, place % 2), str(int(index) + 1).encode())
    if left:
        yield NotFixed("COCO705", left, "the indices are not those of a skeleton that counts from 0")
