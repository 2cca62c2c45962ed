"""Fixes of single fields of an annotation: flags, counts, an empty segmentation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.keypoint_triples import misfits, triples
from cocoproof.columns.tables import ValueState
from cocoproof.fix.changes import Change, NotFixed
from cocoproof.model.findings import Kind
from cocoproof.reading.row_types import REQUIRED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.fix.context import FixContext

__all__ = ["crowd_flags", "empty_segmentations", "keypoint_counts", "missing_crowd_flags"]

_FEW = 5
"""Counts from which on a difference in nearly all of them is a convention of the file."""


def missing_crowd_flags(context: FixContext) -> Iterator[Change]:
    """Write `iscrowd` 0 where there is none, or null: a single object, as readers take it that give it a default."""
    for section, table in (("annotations", "annotations"), ("segments_info", "segments")):
        column = context.coco.annotations.iscrowd if table == "annotations" else context.coco.segments.iscrowd
        if context.wants("COCO106") and "iscrowd" in REQUIRED[context.kind][section]:
            for row in np.flatnonzero(np.equal(column.state, ValueState.ABSENT)).tolist():
                yield Change("COCO106", context.path(table, row, "iscrowd"), b"0")
        if context.wants("COCO103"):
            for row in context.nulls(table, column, "iscrowd").tolist():
                yield Change("COCO103", context.path(table, row, "iscrowd"), b"0")


def crowd_flags(context: FixContext) -> Iterator[Change]:
    """Set the flag to 0 on what is probably one object, on request."""
    for row in context.rows("COCO612").tolist():
        yield Change("COCO612", context.path("annotations", row, "iscrowd"), b"0", safe=False)


def keypoint_counts(context: FixContext) -> Iterator[Change | NotFixed]:
    """Write `num_keypoints` where it is absent, null or wrong: the number of keypoints with v > 0.

    Where nearly all counts of a file are others, the file counts by another convention: they are changed on request only.
    """
    if "num_keypoints" not in REQUIRED[context.kind]["annotations"]:
        return
    annotations = context.coco.annotations
    usable = annotations.keypoints.ok & ~misfits(annotations, context.rule_context.categories)
    points = triples(annotations.keypoints.rows, usable)
    labelled = points.count(points.v > 0)
    absent = (
        np.flatnonzero(np.equal(annotations.num_keypoints.state, ValueState.ABSENT)) if context.wants("COCO106") else np.empty(0, np.int64)
    )
    nulls = context.nulls("annotations", annotations.num_keypoints, "num_keypoints") if context.wants("COCO103") else np.empty(0, np.int64)
    wrong, counted = context.rows("COCO702"), int((usable & annotations.num_keypoints.ok).sum())
    is_convention = counted >= _FEW and len(wrong) >= context.rule_context.thresholds.suspicious_share * counted
    for code, rows in (("COCO106", absent), ("COCO103", nulls), ("COCO702", wrong)):
        safe = code != "COCO702" or not is_convention
        for row in rows[usable[rows]].tolist():
            yield Change(code, context.path("annotations", row, "num_keypoints"), str(int(labelled[row])).encode(), safe)
        if not usable[rows].all():
            yield NotFixed(code, int((~usable[rows]).sum()), "there are no sound keypoints to count for num_keypoints")


def empty_segmentations(context: FixContext) -> Iterator[Change]:
    """Remove a key that holds no mask, on request; but not from a result, whose keys give the type of the list."""
    if context.kind is Kind.RESULTS:
        return
    for row in context.rows("COCO606").tolist():
        yield Change("COCO606", context.path("annotations", row, "segmentation"), None, safe=False)
    for defect in context.defects("COCO103"):
        if (
            defect.path[-1:] == ("segmentation",)
            and defect.row is not None
            and context.raw("annotations", defect.row, "segmentation") == b"null"
        ):
            yield Change("COCO103", defect.path, None, safe=False)
