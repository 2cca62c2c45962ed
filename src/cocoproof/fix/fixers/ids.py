"""Fixes of annotation ids. No field of COCO refers to them, so any id that is free will do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.tables import ValueState
from cocoproof.fix.changes import Change
from cocoproof.fix.fixers.types import not_numbers
from cocoproof.reading.row_types import REQUIRED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix.context import FixContext

__all__ = ["annotation_ids"]


def annotation_ids(context: FixContext) -> Iterator[Change]:
    """Give a free id to each annotation that has none, 0, another's, or (on request) one that is not an integer or is too large."""
    if "id" not in REQUIRED[context.kind]["annotations"]:
        return
    ids = context.coco.annotations.id
    nulls = context.nulls("annotations", ids, "id")
    odd = np.setdiff1d(np.flatnonzero(np.equal(ids.state, ValueState.BROKEN)), nulls)
    odd = np.union1d(odd, not_numbers(ids))
    odd = odd[[bool(context.members(row)) for row in odd.tolist()]] if len(odd) else odd
    beyond = np.array([row for row in odd.tolist() if _is_integer(context.raw("annotations", row, "id"))], np.int64)
    wanted = (
        ("COCO102", np.flatnonzero(~ids.present), True),
        ("COCO103", nulls, True),
        ("COCO207", context.rows("COCO207"), True),
        ("COCO202", context.rows("COCO202"), True),
        ("COCO103", np.setdiff1d(odd, beyond), False),
        ("COCO007", np.union1d(beyond, _unsafe(context)), False),
    )
    given: set[int] = set()
    for code, rows, safe in wanted:
        fresh = [row for row in rows.tolist() if row not in given] if context.wants(code) else []
        given.update(fresh)
        for row, number in zip(fresh, context.free_ids(len(fresh)), strict=True):
            yield Change(code, context.path("annotations", row, "id"), number, safe)


def _is_integer(raw: bytes | None) -> bool:
    return raw is not None and raw.lstrip(b"-").isdigit()


def _unsafe(context: FixContext) -> np.ndarray:
    """Annotations whose id a double cannot hold."""
    ids = context.coco.annotations.id
    return np.flatnonzero(ids.numeric & ((ids.values > 2**53 - 1) | (ids.values < 1 - 2**53)))
