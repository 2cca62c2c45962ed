"""Rules on the frames of a YouTube-VIS file: they check the dataset of frames, and their violations are put where the frames are in the document."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from cocoproof.reading.kinds import LISTS
from cocoproof.reading.video_rows import FRAME_ANNOTATIONS, FRAME_IMAGES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.columns.tables import Dataset
    from cocoproof.model.json_types import JsonPath
    from cocoproof.rules.rule import RuleContext
    from cocoproof.rules.violations import Violation, Violations

__all__ = ["FRAME_TABLES", "contexts_of", "in_document", "of_frames", "path_of"]

FRAME_TABLES = {"images": FRAME_IMAGES, "annotations": FRAME_ANNOTATIONS}
"""What the tables of the dataset of frames are called in violations of the file."""


def of_frames(found: Sequence[Violations], frames: Dataset) -> list[Violations]:
    """The violations of a rule on the dataset of frames, as violations of the file; those of categories are left out, because the file has these once."""
    return [_renamed(violations, frames) for violations in found if violations.table != "categories"]


def _renamed(violations: Violations, frames: Dataset) -> Violations:
    def violation(k: int) -> Violation:
        return _moved(violations.violation(k), frames)

    explains = tuple(replace(one, table=FRAME_TABLES.get(one.table, one.table)) for one in violations.explains)
    table = None if violations.table is None else FRAME_TABLES.get(violations.table, violations.table)
    return replace(violations, violation=violation, table=table, explains=explains)


def _moved(violation: Violation, frames: Dataset) -> Violation:
    path = violation.path if violation.from_row else in_document(violation.path, frames)
    table = None if violation.table is None else FRAME_TABLES.get(violation.table, violation.table)
    return replace(violation, path=path, table=table, part_of=tuple(_moved(one, frames) for one in violation.part_of))


def in_document(path: JsonPath, frames: Dataset) -> JsonPath:
    """A path from the root of the dataset of frames, as one from the root of the document."""
    if path and isinstance(path[0], int):  # the dataset is a list of results
        places, row, inside = frames.annotations.places, path[0], path[1:]
    elif len(path) > 1 and path[0] in FRAME_TABLES and isinstance(path[1], int):
        places, row, inside = getattr(frames, str(path[0])).places, path[1], path[2:]
    else:
        return ("videos",) if path == ("images",) else path
    return path if places is None else places.path(row, inside)


def contexts_of(context: RuleContext, table: str | None) -> tuple[RuleContext, str | None]:
    """The context that has a table of a violation, and what the table is called there."""
    for name, renamed in FRAME_TABLES.items():
        if table == renamed and context.of_frames is not None:
            return context.of_frames, name
    return context, table


def path_of(context: RuleContext, table: str, row: int, inside: JsonPath) -> JsonPath:
    """The path in the document of a value inside a row of a table."""
    own, name = contexts_of(context, table)
    if own is not context:
        return in_document((name or "", row, *inside) if name != "annotations" or own.coco.kind not in LISTS else (row, *inside), own.coco)
    if table == "segments":
        segments = context.coco.segments
        return ("annotations", int(segments.owner[row]), "segments_info", int(segments.position[row]), *inside)
    if table == "annotations" and context.coco.kind in LISTS:
        return (row, *inside)
    return (table, row, *inside)
