"""The fixes of each rule: functions from a file to changes, and to what cannot be fixed and why."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from cocoproof.fix.changes import NotFixed
from cocoproof.fix.fixers.areas import annotation_areas
from cocoproof.fix.fixers.boxes import boxes_from_masks, clipped_boxes
from cocoproof.fix.fixers.categories import category_ids, category_order
from cocoproof.fix.fixers.corners import corner_boxes
from cocoproof.fix.fixers.duplicates import copies
from cocoproof.fix.fixers.fields import crowd_flags, empty_segmentations, keypoint_counts, missing_crowd_flags
from cocoproof.fix.fixers.fractions import fraction_boxes
from cocoproof.fix.fixers.ids import annotation_ids
from cocoproof.fix.fixers.json_text import byte_order_mark, repeated_keys, undecided
from cocoproof.fix.fixers.oriented import boxes_from_oriented
from cocoproof.fix.fixers.plugins import plugin_fixers
from cocoproof.fix.fixers.segmentations import crowd_polygons, short_polygons
from cocoproof.fix.fixers.skeletons import zero_based_skeletons
from cocoproof.fix.fixers.types import numbers, scores

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cocoproof.fix.changes import Entry
    from cocoproof.fix.context import FixContext
    from cocoproof.rules.rule import Rule

__all__ = ["PHASES", "Fixer", "phases", "proposals"]

Fixer: TypeAlias = "Callable[[FixContext], Iterator[Entry | NotFixed]]"
"""Proposed changes, and findings that cannot be fixed with the reason."""

PHASES: tuple[tuple[Fixer, ...], ...] = (
    (byte_order_mark, repeated_keys, numbers, scores),
    (short_polygons,),
    (
        fraction_boxes,
        corner_boxes,
        annotation_ids,
        missing_crowd_flags,
        keypoint_counts,
        zero_based_skeletons,
        empty_segmentations,
        category_ids,
    ),
    (crowd_flags,),
    (crowd_polygons,),
    (crowd_flags,),
    (boxes_from_oriented,),
    (boxes_from_masks, clipped_boxes),
    (annotation_areas,),
    (copies, category_order),
)
"""Each phase sees the file as the one before it left it: a box is taken from a mask that was fixed, an area from a box.
Whether a crowd flag was set by an exporter shows in the polygons that are left, and in the pixels of those that became an RLE.

Text and types come first, for no rule can evaluate what it cannot read; short polygons are removed before those that stay are
written in pixels. Rows move last, so that a row is the same one through all phases.
"""


def phases(rules: Iterable[Rule]) -> tuple[tuple[Fixer, ...], ...]:
    """The phases, with those of plug-ins among these rules before rows move."""
    further = plugin_fixers(rules)
    return (*PHASES[:-1], further, PHASES[-1]) if further else PHASES


def proposals(context: FixContext, phase: Iterable[Fixer]) -> Iterator[Entry | NotFixed]:
    """What a phase would change, except for values below a duplicate key, of which the right one is not known."""
    open_questions = undecided(context)
    for fixer in phase:
        for one in fixer(context):
            if isinstance(one, NotFixed) or not any(one.path[:depth] in open_questions for depth in range(1, len(one.path) + 1)):
                yield one
            else:
                yield NotFixed(one.code, 1, "the value is below a duplicate key with different values (COCO005)")
