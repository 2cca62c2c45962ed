"""`diff`: what changed between two COCO files in meaning."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.diff.annotation_changes import AnnotationChanges
from cocoproof.diff.ids import id_changes, order_changes
from cocoproof.diff.input import read_inputs
from cocoproof.diff.matching import match
from cocoproof.diff.references import match_tables
from cocoproof.diff.report import Difference, DifferenceList, DiffKind, DiffReport
from cocoproof.diff.row_changes import category_changes, image_changes, lone_annotations
from cocoproof.diff.section_changes import section_changes
from cocoproof.readers.comparison_options import Tolerance
from cocoproof.reading.source import Source, read_source

if TYPE_CHECKING:
    import os
    from collections.abc import Collection, Iterator

    from cocoproof.diff.input import DiffInput

__all__ = ["diff"]

_ROWS = ("images", "annotations", "categories")


def diff(
    before: str | os.PathLike[str] | Source,
    after: str | os.PathLike[str] | Source,
    *,
    tolerance: Tolerance | None = None,
    order: bool = False,
    ignore: Collection[str] = (),
) -> DiffReport:
    """Compare two COCO files of one kind.

    Every section and every field is compared. Ids mean nothing by themselves: images are matched by file name (then by size
    and what is on them), categories by name (then by what is annotated with them, and by id), annotations by image and
    content, then by the greatest total IoU; licences, videos and tracks by content, name and id. Other ids, another order
    of rows, other polygons or run lengths for the same pixels, and equal numbers that are written differently (600 and
    600.0) are notes, not changes. An id that was removed or has another JSON type is a change.

    Not compared: the layout of the text, the order of keys, and the image files.

    Args:
        before: The first file, `-` for standard input, or its bytes.
        after: The second.
        tolerance: How far boxes, keypoints (`keypoint`), areas, scores and masks may be apart; None for not at all.
        order: Whether another order of rows is a change.
        ignore: Names of top-level sections that are not compared, such as `info`; images, annotations and categories
            are always compared.

    Raises:
        Unreadable: If a file cannot be read.
        NotComparable: If one is not a COCO file, or they are of different kinds.
        ValueError: If `ignore` names images, annotations or categories.
    """
    refused = [name for name in _ROWS if name in ignore]
    if refused:
        msg = f"ignore names {refused[0]!r}; images, annotations and categories are always compared"
        raise ValueError(msg)
    sources = [one if isinstance(one, Source) else read_source(one) for one in (before, after)]
    a, b = read_inputs(*sources)
    found = DifferenceList()
    # A number may be so large that the difference of two is beyond what a double can hold.
    with np.errstate(over="ignore", invalid="ignore"):
        matched = match(a, b)
        references, tables = match_tables(a, b, matched)
        for difference in (*category_changes(a, b, matched, references, found), *image_changes(a, b, matched, references, found)):
            found.note(difference)
        lone_annotations(a, b, matched, found)
        AnnotationChanges(a=a, b=b, matched=matched, references=references, tolerance=tolerance or Tolerance(), found=found).find()
        tables = {name: table for name, table in tables.items() if name not in ignore}
        section_changes(a, b, tables, references, ignore, found)
        renumbered = id_changes(a, b, matched, tables, found)
    reordered = list(order_changes(a, b, matched, tables))
    if order:
        for name in reordered:
            found.note(Difference(DiffKind.ORDER_CHANGED, f"the order of {name} differs"))
        reordered = []
    sections = tuple(dict.fromkeys([*a.sections, *b.sections]))
    return DiffReport(
        before=a.path,
        after=b.path,
        counts_before=a.counts,
        counts_after=b.counts,
        counts={kind: found.counts[kind] for kind in DiffKind if kind in found.counts},
        differences=tuple(one for kind in DiffKind for one in found.kept.get(kind, [])),
        renumbered=renumbered,
        notes=tuple(_notes(found, reordered)),
        compared=tuple(name for name in sections if name not in ignore) or ("results",),
        not_compared=tuple(_not_compared(a, b, [name for name in sections if name in ignore])),
    )


def _notes(found: DifferenceList, reordered: list[str]) -> Iterator[str]:
    count = found.rewritten_masks
    if count:
        yield f"{count:,} segmentation{'s are' if count != 1 else ' is'} written differently, with the same pixels"
    count = found.rewritten_numbers
    if count:
        yield f"{count:,} field{'s have' if count != 1 else ' has'} equal numbers that are written differently (600 and 600.0)"
    count = found.equal_rows
    if count:
        yield f"{count:,} reference{'s lead' if count != 1 else ' leads'} to another of several rows that are equal but for their ids"
    count = found.within_tolerance
    if count:
        yield f"{count:,} field{'s differ' if count != 1 else ' differs'} within the tolerance"
    for name in reordered:
        yield f"the order of {name} differs"
    count = found.reordered_segments
    if count:
        yield f"the order of segments differs in {count:,} annotation{'s' * (count != 1)}"


def _not_compared(a: DiffInput, b: DiffInput, ignored: list[str]) -> Iterator[str]:
    yield "the layout of the text"
    yield "the order of keys"
    yield "image files"
    yield from dict.fromkeys([*a.incomplete, *b.incomplete])
    for name in ignored:
        yield f"the section {name!r} (ignored)"
