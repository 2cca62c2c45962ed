"""Violations -> findings: with pointer, line, column and ids, and the row's name before the message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from cocoproof.checking.frame_rules import FRAME_TABLES, contexts_of, path_of
from cocoproof.columns.tracking import Videos
from cocoproof.model.findings import Elsewhere, Finding, Id, Kind, Severity
from cocoproof.model.json_types import pointer
from cocoproof.model.wording import shown_id
from cocoproof.reading.kinds import LISTS, VIDEO_KINDS
from cocoproof.rules.rule import Violation, quote

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cocoproof.columns.tables import Dataset, Table
    from cocoproof.columns.tracking import Tracks
    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.document import Document
from cocoproof.rules.rule import Rule, RuleContext

__all__ = ["CRASHED", "Draft", "Shown", "locate"]

CRASHED = "COCO999"
"""The code of findings about rules themselves."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A violation to report, with its severity, and how many findings of each rule follow from it."""

    severity: Severity
    violation: Violation
    consequences: Mapping[str, int]


Draft: TypeAlias = "tuple[Rule | None, Shown, str | None]"
"""A finding before it is located: its rule (None: about a rule), its violation, and its fingerprint."""


def locate(drafts: Sequence[Draft], document: Document, context: RuleContext | None) -> tuple[Finding, ...]:
    """The findings of violations, in the order of the codes and by place."""
    paths = [_path(shown.violation, context) for _, shown, _ in drafts]
    offsets = [_offset(shown.violation, path, document) for (_, shown, _), path in zip(drafts, paths, strict=True)]
    positions = document.locator.positions([offset for offset in offsets if offset is not None]) if document.source.is_text else []
    located = iter(positions)
    findings = []
    for (rule, shown, fingerprint), path, offset in zip(drafts, paths, offsets, strict=True):
        violation = shown.violation
        line, column = next(located) if offset is not None and positions else (None, None)
        subject, image_id, annotation_id, category_id = _subject(violation, context)
        findings.append(
            (
                (rule.code if rule else CRASHED, -1 if offset is None else offset),
                Finding(
                    code=rule.code if rule else CRASHED,
                    name=rule.name if rule else "rule-crashed",
                    severity=shown.severity,
                    message=f"{subject}: {violation.message}" if subject else violation.message,
                    pointer=pointer(document.locator.as_written(path)),
                    line=line,
                    column=column,
                    image_id=image_id,
                    annotation_id=annotation_id,
                    category_id=category_id,
                    related=tuple(
                        pointer(document.locator.as_written(_path(Violation("", (), violation.table, row, from_row=True), context)))
                        for row in violation.others
                    ),
                    fingerprint=fingerprint,
                    elsewhere=tuple(Elsewhere(path, pointer((violation.table or "", row))) for path, row in violation.elsewhere),
                    consequences=shown.consequences,
                ),
            )
        )
    return tuple(finding for _, finding in sorted(findings, key=lambda entry: entry[0]))


def _path(violation: Violation, context: RuleContext | None) -> JsonPath:
    if not violation.from_row or context is None or violation.row is None:
        return violation.path
    return path_of(context, violation.table or "", violation.row, violation.path)


def _offset(violation: Violation, path: JsonPath, document: Document) -> int | None:
    if violation.offset is not None or not document.source.is_text:
        return violation.offset
    if not document.readable and not path:
        return None
    return document.locator.offset_of(path)


def _subject(violation: Violation, context: RuleContext | None) -> tuple[str, Id, Id, Id]:
    """The name of a violation's row, and the ids of its image, annotation and category."""
    if context is None or violation.row is None or violation.table is None:
        return "", None, None, None
    row = violation.row
    if violation.table in FRAME_TABLES.values():
        return _frame_subject(context, violation.table, row)
    if violation.table in {"videos", "tracks"}:
        table = getattr(context.coco, violation.table)
        return ("", None, None, None) if table is None else (_titled(violation.table[:-1], table, row), None, None, None)
    if violation.table not in {"images", "annotations", "categories", "segments"}:
        return "", None, None, None
    if violation.table == "images":
        image_id = context.coco.images.id_of(row)
        name = context.coco.images.file_name.values[row]
        shown = _named("image", context.coco.images, row)
        return (f"{shown} ({quote(name)[1:-1]})" if name else shown), image_id, None, None
    if violation.table == "categories":
        name = context.coco.categories.name.values[row]
        shown = _named("category", context.coco.categories, row)
        return (f"{shown} ({quote(name)[1:-1]})" if name else shown), None, None, context.coco.categories.id_of(row)
    if violation.table == "segments":
        segments = context.coco.segments
        image, image_id = _image_of(context, int(segments.owner[row]))
        category_id = segments.category_id.written(row) if segments.category_id.ok[row] else None
        return f"{_named('segment', segments, row)}{image}", image_id, segments.id_of(row), category_id
    annotations = context.coco.annotations
    image, image_id = _image_of(context, row)
    category_id = annotations.category_id.written(row) if annotations.category_id.ok[row] else None
    kind = context.coco.kind
    shown = f"result {row}" if kind in LISTS else _named("track" if kind is Kind.VIDEO_INSTANCES else "annotation", annotations, row)
    if kind in VIDEO_KINDS:
        image = _video_of(context, row)
    return f"{shown}{image}", image_id, annotations.id_of(row), category_id


def _frame_subject(context: RuleContext, table: str, row: int) -> tuple[str, Id, Id, Id]:
    """The name of a frame, or of a track in a frame; the annotation's id is that of the track."""
    own, name = contexts_of(context, table)
    frames = own.coco
    if name == "images":
        return frame_name(context.coco, row).removeprefix(", "), None, None, None
    annotations, places = frames.annotations, frames.annotations.places
    owner = row if places is None else int(places.owner[row])
    track, _, annotation_id, category_id = _subject(Violation("", (), "annotations", owner, from_row=True), context)
    image, frame = int(annotations.image_row[row]), 0 if places is None else int(places.frame[row])
    label = own.images.file_name.values[image] if image >= 0 else ""
    shown = f"{track}, frame {frame}" + (f" ({quote(label)[1:-1]})" if label else "")
    return shown, None, annotation_id, category_id


def frame_name(coco: Dataset, row: int) -> str:
    """A frame by its video and number: "video 3, frame 12 (a/00012.jpg)"."""
    frames, videos = coco.frames, coco.videos
    if frames is None or videos is None or frames.images.places is None:
        return f"frame {row}"
    places, name = frames.images.places, frames.images.file_name.values[row]
    video = _named("video", videos, int(places.owner[row]))
    return f"{video}, frame {int(places.frame[row])}" + (f" ({quote(name)[1:-1]})" if name else "")


def _titled(what: str, table: Videos | Tracks, row: int) -> str:
    """A video with its name, or a track."""
    name = "" if not isinstance(table, Videos) else table.name.values[row]
    return _named(what, table, row) + (f" ({quote(name)[1:-1]})" if name else "")


def _video_of(context: RuleContext, row: int) -> str:
    column = context.coco.annotations.video_id
    return f" (video {shown_id(column.written(row))})" if column is not None and column.ok[row] else ""


def _named(what: str, table: Table, row: int) -> str:
    """`annotation 7`, or `annotation at index 3` if the id is invalid."""
    shown = table.id_of(row)
    return f"{what} at index {row}" if shown is None else f"{what} {shown_id(shown)}"


def _image_of(context: RuleContext, row: int) -> tuple[str, Id]:
    """The name of an annotation's image for messages, and its id."""
    annotations = context.coco.annotations
    at = int(annotations.image_row[row])
    if at >= 0:
        name = context.images.file_name.values[at]
        image_id = context.images.id_of(at)
        return f" (image {shown_id(image_id)}{', ' + quote(name)[1:-1] if name else ''})", image_id
    if annotations.image_id.ok[row]:
        image_id = annotations.image_id.written(row)
        return f" (image {shown_id(image_id)})", image_id
    return "", None
