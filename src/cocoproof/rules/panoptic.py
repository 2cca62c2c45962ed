"""Rules about panoptic segments."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.decode_pool import PILLOW_EXTRA, pillow_installed
from cocoproof.images.png_writer import black_png, segments_png
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import shown_id
from cocoproof.rules.examples import GONE, panoptic
from cocoproof.rules.rule import ExampleWithFiles, RuleContext, RuleSkipped, Violations, quote, rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.images.segment_maps import SegmentMapScan

__all__ = ["RULES"]

_PANOPTIC = frozenset({Kind.PANOPTIC})


@rule(
    "COCO921",
    severity=Severity.ERROR,
    kinds=_PANOPTIC,
    needs=("segments.id",),
    accept=[panoptic(), panoptic([{"id": 5}, {"id": 6}, {"id": 4, "category_id": 1}])],
    reject=[
        (panoptic([{}, {"id": 1000}]), "/annotations/0/segments_info/1/id"),
        (panoptic([{"id": 3}, {}, {"id": 3, "category_id": 1}]), "/annotations/0/segments_info/2/id"),
    ],
)
def panoptic_segment_id_duplicate(context: RuleContext) -> Violations:
    """Two segments of one image share an id.

    A segment's id is its colour in the PNG: pixels of one colour cannot belong to two segments. panopticapi puts the
    segments into a dict by id and keeps the last one in silence, so that the first is never evaluated. Ids need to
    differ within one annotation only. Give each segment a colour of its own, in the PNG too, or join the two.
    """
    segments = context.coco.segments
    rows = np.flatnonzero(segments.id.ok)
    ids, owner = segments.id.values[rows], segments.owner[rows]
    # Stable: of equal ids the earlier segment comes first.
    order = np.lexsort((ids, owner))
    same = (np.diff(ids[order]) == 0) & (np.diff(owner[order]) == 0)
    later, earlier = rows[order[1:][same]], rows[order[:-1][same]]
    before = dict(zip(later.tolist(), earlier.tolist(), strict=True))

    def say(row: int) -> str:
        place = int(segments.position[before[row]])
        return f"id {shown_id(segments.id.written(row))} is also that of segments_info[{place}] on the same image"

    return Violations.of_rows("segments", np.sort(later), say, field="id", other=before.__getitem__)


@rule(
    "COCO923",
    severity=Severity.ERROR,
    kinds=_PANOPTIC,
    needs=("segments.category", "segments.iscrowd", "categories.isthing"),
    accept=[
        panoptic(),
        panoptic([{"iscrowd": 1}, {}]),  # category 1 is a thing, category 2 is stuff
    ],
    reject=[
        (panoptic([{}, {"iscrowd": 1}]), "/annotations/0/segments_info/1/iscrowd"),
        (panoptic(categories=[{}, {"isthing": GONE}]), "/categories/1"),
        (panoptic(categories=[{"isthing": 2}, {}]), "/categories/0/isthing"),
    ],
)
def panoptic_crowd_thing(context: RuleContext) -> list[Violations]:
    """iscrowd on a stuff category, or isthing absent.

    `isthing` says whether a category can be counted (1: person, car) or is a region (0: sky, grass); panopticapi raises
    KeyError where it is absent. A crowd is a group of things that were not separated; stuff is one segment an image and
    has no crowds. panopticapi passes over every segment with `iscrowd` 1, so that a crowd of stuff is never counted.
    Set `iscrowd` to 0, or correct the category's `isthing`.
    """
    segments, categories = context.coco.segments, context.coco.categories
    isthing = categories.isthing
    stuff = np.append(isthing.ok & (isthing.values == 0), False)
    crowded = segments.iscrowd.ok & (segments.iscrowd.values == 1) & stuff[segments.category_row]

    def say(row: int) -> str:
        at = int(segments.category_row[row])
        name = categories.name.values[at]
        return f"iscrowd is 1, but category {categories.id_of(at)}{' (' + quote(name, 40)[1:-1] + ')' if name else ''} is stuff (isthing 0), which has no crowds"

    odd = isthing.ok & (isthing.values != 0) & (isthing.values != 1)
    return [
        Violations.of_rows("segments", crowded, say, field="iscrowd"),
        Violations.of_rows("categories", ~isthing.present, lambda _: "there is no isthing: 1 for a thing, 0 for stuff"),
        Violations.of_rows(
            "categories",
            odd,
            lambda row: f"isthing is {int(isthing.values[row])}; it must be 1 for a thing or 0 for stuff",
            field="isthing",
        ),
    ]


_PNG = segments_png(64, 48, {1000: 100, 2000: 200})
_TURNED = segments_png(48, 64, {1000: 100, 2000: 200})
_IMAGE = black_png(64, 48)


@rule(
    "COCO922",
    severity=Severity.ERROR,
    kinds=_PANOPTIC,
    needs=("annotations.file_name", "segments.id", "segments.area"),
    requires=("panoptic",),
    accept=[
        ExampleWithFiles(panoptic(), {"1.png": _PNG, "1.jpg": _IMAGE}),
        ExampleWithFiles(panoptic([{"id": 0xFFFFFF, "area": 3072}]), {"1.png": segments_png(64, 48, {0xFFFFFF: 3072}), "1.jpg": _IMAGE}),
    ],
    reject=[
        (ExampleWithFiles(panoptic([{}, {"area": 201}]), {"1.png": _PNG}), "/annotations/0/segments_info/1/area"),
        (ExampleWithFiles(panoptic([{}, {}, {"category_id": 1}]), {"1.png": _PNG}), "/annotations/0/segments_info/2/id"),
        (ExampleWithFiles(panoptic([{}]), {"1.png": _PNG}), "/annotations/0/segments_info"),
        (ExampleWithFiles(panoptic(), {"1.png": _TURNED}), "/annotations/0/file_name"),
        (ExampleWithFiles(panoptic(), {"1.png": _PNG[:-40]}), "/annotations/0/file_name"),
        (ExampleWithFiles(panoptic(), {}), "/annotations/0/file_name"),
    ],
)
def panoptic_png_mismatch(context: RuleContext) -> Iterator[Violations]:
    """Segment ids or areas are not the PNG's.

    A segment is the pixels of the PNG whose colour is its id: R + 256 G + 65536 B, and 0 for no segment. panopticapi raises KeyError for an id in the PNG that
    `segments_info` lacks, and for one that only `segments_info` has; an area that is off goes unnoticed and misleads whoever sorts or filters by it. It
    comes from PNGs that were resized with interpolation, saved as JPEG or with a palette, or written with the channels in the order of OpenCV (BGR). The
    PNG of another size than its image is reported as well. Write the PNG with the size of the image, without loss, in RGB, and count the areas in it.
    """
    if context.segment_maps is None:
        return
    if not pillow_installed():
        raise RuleSkipped(f"panoptic PNGs are decoded with Pillow: {PILLOW_EXTRA}")
    maps, annotations, segments = context.segment_maps.maps, context.coco.annotations, context.coco.segments
    names = annotations.file_name.values
    yield Violations.of_rows(
        "annotations",
        np.array(sorted(maps.faults), np.int64),
        lambda row: f"the PNG {quote(names[row])} {maps.faults[row]}",
        field="file_name",
    )
    yield _sizes(context, maps)
    # One number for the id on an annotation; ids that are not a colour cannot be in a PNG.
    colour = segments.id.numeric & (segments.id.values >= 0) & (segments.id.values <= _MOST_ID)
    key = np.where(colour, segments.owner << 24 | np.where(colour, segments.id.values, 0), -1)
    png_key = maps.owner << 24 | maps.ids
    at = np.minimum(np.searchsorted(png_key, key), max(len(png_key) - 1, 0))
    there = (png_key[at] == key) if len(png_key) else np.zeros(segments.n, bool)
    read = np.append(maps.width > 0, False)[segments.owner]
    absent = read & segments.id.numeric & ~there

    def colours(row: int) -> str:
        return f"colour {int(segments.id.values[row])}"

    yield Violations.of_rows("segments", absent, lambda _: "no pixel of the PNG has this id as its colour", field="id", about=colours)

    alone = np.isin(key, np.unique(key)[np.unique(key, return_counts=True)[1] == 1])  # COCO921 reports repeated ids
    areas = maps.areas[at] if len(png_key) else np.zeros(segments.n, np.int64)
    off = read & there & alone & segments.area.ok & (segments.area.values != areas)
    yield Violations.of_rows(
        "segments",
        off,
        lambda row: f"area is {segments.area.values[row]:.15g}, but {areas[row]:,} pixels of the PNG have this id",
        field="area",
        about=lambda row: f"{int(areas[row])} pixels",
    )
    # Not reported if an id could not be read: it may be this one.
    unsure = np.zeros(annotations.n + 1, bool)
    unsure[segments.owner[~segments.id.numeric]] = True
    extra = np.flatnonzero((maps.ids != 0) & ~np.isin(png_key, key) & ~unsure[maps.owner])
    yield Violations.of_rows(
        "annotations",
        maps.owner[extra],
        lambda k: f"the PNG has {maps.areas[extra[k]]:,} pixels of id {maps.ids[extra[k]]}, which is not in segments_info",
        inside=lambda _: ("segments_info",),
        about=lambda k: f"colour {int(maps.ids[extra[k]])}, {int(maps.areas[extra[k]])} pixels",
    )


_MOST_ID = 0xFFFFFF


def _sizes(context: RuleContext, maps: SegmentMapScan) -> Violations:
    """PNGs of another size than their image."""
    annotations, images = context.coco.annotations, context.coco.images
    at = annotations.image_row
    sized = np.append(images.width.ok & images.height.ok, False)[at] & (maps.width > 0)
    width, height = (np.append(column.values, 0)[at] for column in (images.width, images.height))

    def say(row: int) -> str:
        hint = "; width and height are swapped" if (width[row], height[row]) == (maps.height[row], maps.width[row]) else ""
        return f"the PNG is {maps.width[row]} x {maps.height[row]} px, its image {int(width[row])} x {int(height[row])}{hint}"

    def sizes(row: int) -> str:
        return f"{maps.width[row]}x{maps.height[row]} for {int(width[row])}x{int(height[row])}"

    bad = sized & ((width != maps.width) | (height != maps.height))
    return Violations.of_rows("annotations", bad, say, field="file_name", about=sizes)


RULES = (panoptic_segment_id_duplicate, panoptic_png_mismatch, panoptic_crowd_thing)
