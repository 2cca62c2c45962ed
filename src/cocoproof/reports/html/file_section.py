"""What an HTML report keeps of a file after it was checked: the pictures of its findings, plots, categories.

It is gathered while the file is in memory. It is small, and does not keep the file in memory.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.model.findings import Kind
from cocoproof.reports.html.category_table import CategoryTable, category_table, counts_of
from cocoproof.reports.html.film_strip import frame_title, frames_shown
from cocoproof.reports.html.plots import Plot, plots_of
from cocoproof.reports.html.shapes import OutlinePath, box_outline, outline_of
from cocoproof.reports.html.views import Drawn, Frame, View, views_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from cocoproof.checking.check_file import CheckedFile
    from cocoproof.model.findings import Elsewhere, Finding, FindingGroup
    from cocoproof.reports.html.bitmaps import Colour
    from cocoproof.reports.html.caps import ReportCaps
    from cocoproof.reports.html.image_cache import ImageCache
    from cocoproof.rules.rule import RuleContext

__all__ = ["FileSection", "FindingImage", "section_of"]

_COLOURS: dict[str, Colour] = {"subject": (255, 61, 127), "other": (0, 200, 255)}
"""Colours of RLE masks; the style sheet has the same for paths."""

_LONGEST_TITLE = 60

_CONTEXT = 60
"""Annotations drawn on the picture of an image."""


@dataclass(frozen=True, slots=True)
class FindingImage:
    """A finding as a picture.

    Attributes:
        views: The drawings, the closest first.
        remarks: What could not be drawn and why, in sentences.
        roles: What is in the picture: subject, other, context.
    """

    views: tuple[View, ...]
    remarks: tuple[str, ...]
    roles: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileSection:
    """What is shown of a file besides its findings.

    Attributes:
        pictures: The pictures of the findings that have one.
        plots: Class balance, centres, sizes and ratios of boxes.
        categories: The table of categories; None if the file has none.
    """

    pictures: dict[Finding, FindingImage] = field(default_factory=dict)
    plots: tuple[Plot, ...] = ()
    categories: CategoryTable | None = None


def section_of(
    checked: CheckedFile, images: str | None, cache: ImageCache, limits: ReportCaps, *, pictures: int, categories: int
) -> FileSection:
    """Gather what is shown of a file.

    Args:
        checked: The file and its report.
        images: Where the image files of a file are that was checked without them.
        cache: Makes and keeps the thumbnails.
        limits: How much to show.
        pictures: How many findings may get a picture.
        categories: How many categories may be listed.
    """
    context = checked.context
    if context is None:
        return FileSection()
    counts = counts_of(context)
    place = images if context.files is None else context.files.root.name
    drawn: dict[Finding, FindingImage] = {}
    for finding in _in_turns(checked.report.by_rule(), limits.pictures_per_rule):
        if len(drawn) >= pictures:
            break
        picture = _picture(finding, context, place, cache, limits)
        if picture is not None:
            drawn[finding] = picture
    return FileSection(drawn, plots_of(context, counts), category_table(context, counts, categories))


def _in_turns(groups: Iterable[FindingGroup], each: int) -> Iterator[Finding]:
    """The first finding of every group, then the second of every group, and so on."""
    kept = list(groups)
    for turn in range(each):
        for group in kept:
            if turn < len(group.findings):
                yield group.findings[turn]


@dataclass(frozen=True, slots=True)
class _Target:
    """A row that can be drawn: of annotations, images or segments."""

    table: str
    row: int


def _picture(finding: Finding, context: RuleContext, place: str | None, cache: ImageCache, limits: ReportCaps) -> FindingImage | None:
    strip: list[int] = []
    if context.of_frames is not None:
        # The frames of a YouTube-VIS file are images of a dataset of their own.
        context, whole = context.of_frames, context
        framed, strip = frames_shown(finding.pointer, whole.coco)
        target = None if framed is None else _Target(*framed)
        shown = [frames_shown(pointer, whole.coco)[0] for pointer in finding.related]
        others = [_Target(*one) for one in shown if one is not None][:3]
    else:
        target = _target(finding.pointer, context)
        others = [found for found in (_target(pointer, context) for pointer in finding.related) if found is not None][:3]
    if target is None:
        return None
    image = _image_row(target, context)
    together = [other for other in others if other.table != "images" and _image_row(other, context) == image]
    # Later items are drawn on top: context, other annotation, subject.
    scene = [
        *_context(context, image, target, together),
        *(drawn for other in together for drawn in _drawn(other, context, "other", limits)),
    ]
    scenes = [("the complete image", _frame(context, image, place), [*scene, *_drawn(target, context, "subject", limits)])]
    scenes += [
        ("the image of the other annotation", _frame(context, _image_row(other, context), place), _drawn(other, context, "other", limits))
        for other in others
        if other not in together
    ]
    scenes += [
        (
            frame_title(context.coco, row),
            _frame(context, int(context.coco.annotations.image_row[row]), place),
            [Drawn("context", box_outline(context.coco.annotations.bbox, row))],
        )
        for row in strip
    ]
    scenes += [
        (f"in {there.path[-_LONGEST_TITLE:]}", frame, [])
        for there in finding.elsewhere[:3]
        if (frame := _frame_elsewhere(context, there)) is not None
    ]
    views: list[View] = []
    remarks: list[str] = []
    for title, frame, scene in scenes:
        found, notes = views_of(frame, tuple(scene), cache, title)
        views += found
        remarks += notes
        remarks += [f"{_WHOSE[one.role]} {remark}." for one in scene for remark in dict.fromkeys(one.outline.remarks)]
    if all(view.thumbnail is None for view in views) and all(one.outline.extent is None for _, _, scene in scenes for one in scene):
        return None  # an empty canvas shows nothing
    roles = dict.fromkeys(one.role for _, _, scene in scenes for one in scene if one.outline.extent is not None)
    if not cache.spend(sum(_weight(one.outline) for _, _, scene in scenes for one in scene)):
        return None
    return FindingImage(
        tuple(views), tuple(dict.fromkeys(remarks)), tuple(role for role in ("subject", "other", "context") if role in roles)
    )


_WHOSE = {"subject": "Its", "other": "The other's", "context": "Another annotation's"}


def _weight(outline: OutlinePath) -> int:
    """The approximate size of an outline in bytes."""
    return 200 + sum(len(stroke.path) + 60 for stroke in outline.strokes) + (len(outline.bitmap.uri) if outline.bitmap else 0)


def _target(pointer: str, context: RuleContext) -> _Target | None:
    """The row that a pointer leads to, or to a part of."""
    parts = pointer.split("/")[1:]
    if context.coco.kind is Kind.RESULTS:
        parts = ["annotations", *parts]
    if len(parts) < 2 or not _is_row(parts[1]):
        return None
    table, row = parts[0], int(parts[1])
    size = {"images": context.coco.images.n, "annotations": context.coco.annotations.n}.get(table, 0)
    if row >= size:
        return None
    if table == "annotations" and parts[2:3] == ["segments_info"] and len(parts) > 3 and _is_row(parts[3]):
        segments = context.coco.segments
        first, last = np.searchsorted(segments.owner, [row, row + 1])
        place = np.flatnonzero(segments.position[first:last] == int(parts[3]))
        return _Target("segments", int(first + place[0])) if len(place) else _Target("annotations", row)
    return _Target(table, row)


def _is_row(part: str) -> bool:
    """Whether a part of a pointer can be a row. It may also be a key of the file, of any length."""
    return part.isdecimal() and len(part) < 16


def _image_row(target: _Target, context: RuleContext) -> int:
    """The row of the image that a target is on, -1 for none; for results, a row of the ground truth."""
    if target.table == "images":
        return target.row
    owner = int(context.coco.segments.owner[target.row]) if target.table == "segments" else target.row
    return int(context.coco.annotations.image_row[owner])


def _frame(context: RuleContext, row: int, place: str | None) -> Frame:
    if row < 0:
        return Frame()
    images = context.images
    known = images.width.ok[row] and images.height.ok[row]
    size = (int(images.width.values[row]), int(images.height.values[row])) if known else None
    if size is not None and not (0 < size[0] <= 10**7 and 0 < size[1] <= 10**7):
        size = None
    return Frame(images.file_name.values[row], size, place)


def _frame_elsewhere(context: RuleContext, there: Elsewhere) -> Frame | None:
    """An image of another split, if the folder of its file is known. The size that the other split states is not kept."""
    sides = () if context.splits is None else context.splits.sides
    side = next((one for one in sides if one.path == there.path and one.pictures is not None), None)
    row = there.pointer.rpartition("/")[2]
    if side is None or side.pictures is None or not there.pointer.startswith("/images/") or not row.isdecimal():
        return None
    return Frame(side.file_names.values[int(row)], None, side.pictures.root)


def _drawn(target: _Target, context: RuleContext, role: str, limits: ReportCaps) -> list[Drawn]:
    if target.table == "images":
        return []
    if target.table == "segments":
        return [Drawn(role, box_outline(context.coco.segments.bbox, target.row))]
    coco = context.coco
    outline = outline_of(coco.annotations, context.categories, target.row, limits.vertices, _COLOURS[role], oriented=coco.oriented)
    return [Drawn(role, outline)]


def _context(context: RuleContext, image: int, target: _Target, others: Sequence[_Target]) -> list[Drawn]:
    """The boxes of the annotations of an image that is itself the subject."""
    if image < 0 or (target.table != "images" and context.coco.kind is not Kind.PANOPTIC):
        return []
    if context.coco.kind is Kind.PANOPTIC:
        own = np.flatnonzero(context.coco.annotations.image_row == image)
        rows = np.flatnonzero(np.isin(context.coco.segments.owner, own))
        shown = [one.row for one in (target, *others) if one.table == "segments"]
        rows = np.setdiff1d(rows, shown)
        return [Drawn("context", box_outline(context.coco.segments.bbox, int(row))) for row in rows[:_CONTEXT]]
    rows = np.flatnonzero(context.coco.annotations.image_row == image)[:_CONTEXT]
    return [Drawn("context", box_outline(context.coco.annotations.bbox, int(row))) for row in rows]
