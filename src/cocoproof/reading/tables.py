"""Decoded rows -> the tables of a dataset."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec import UNSET

from cocoproof.columns.tables import Annotations, Categories, Column, Images, Licenses, RaggedColumn, Segments, ValueState, lookup
from cocoproof.geometry.ragged import Ragged
from cocoproof.model.findings import Kind
from cocoproof.model.json_types import pointer
from cocoproof.reading import lenient_values
from cocoproof.reading.column_builders import (
    LicenseBuilder,
    LooseNumberBuilder,
    MaskBuilder,
    PresenceBuilder,
    SegmentsInfoBuilder,
    flat_edges,
    mark_broken,
    read_rows,
)
from cocoproof.reading.lvis_fields import LvisListsBuilder, LvisStatisticsBuilder
from cocoproof.reading.row_reader import RowReader
from cocoproof.reading.segmentation import SegmentationBuilder
from cocoproof.reading.value_builders import BoxBuilder, NumberBuilder, NumberListBuilder, TextBuilder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw
    from numpy.typing import NDArray

    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.defects import Defect

__all__ = ["read_annotations", "read_categories", "read_images", "read_licenses", "read_segments"]


def read_images(kind: Kind, rows: Sequence[Raw], path: JsonPath, blank: str | None) -> tuple[Images, RowReader]:
    """The `images` section as a table, and the reader with the defects of its rows."""
    reader, n = RowReader(kind, "images", "images", path, blank), len(rows)
    ids, width, height = (NumberBuilder(reader, name, n) for name in ("id", "width", "height"))
    file_name, licenses, url = TextBuilder(reader, "file_name", n), LicenseBuilder(n), PresenceBuilder("coco_url", n)
    lvis = LvisListsBuilder(reader, n) if kind is Kind.LVIS else None
    read_rows(reader, rows, (ids, width, height, file_name, licenses, url, *(() if lvis is None else (lvis,))))
    reader.explain(rows)
    table = Images(
        n,
        pointer(path),
        ids.column(),
        reader.odd_ids,
        width.column((1, None)),
        height.column((1, None)),
        file_name.column(),
        licenses.column(),
        url.flags(),
        None if lvis is None else lvis.build(),
    )
    return table, reader


def read_categories(kind: Kind, rows: Sequence[Raw], path: JsonPath, blank: str | None) -> tuple[Categories, list[Defect]]:
    """The `categories` section as a table, and the defects of its rows."""
    reader, n = RowReader(kind, "categories", "categories", path, blank), len(rows)
    ids, isthing = NumberBuilder(reader, "id", n), NumberBuilder(reader, "isthing", n)
    name = TextBuilder(reader, "name", n)
    keypoints: list[tuple[str, ...] | None] = []
    skeletons: list[NDArray[np.int64]] = []
    skeleton_state = np.zeros(n, np.uint8)
    lvis = LvisStatisticsBuilder(reader, n) if kind is Kind.LVIS else None
    for start, raws, chunk in reader.chunks(rows):
        if lvis is not None:
            lvis.add(start, chunk)
        for builder in (ids, isthing, name):
            builder.add(start, chunk, raws)
        for row, category in enumerate(chunk, start):
            names = getattr(category, "keypoints", UNSET)
            keypoints.append(None if names is UNSET else tuple(names))
            edges = getattr(category, "skeleton", UNSET)
            skeletons.append(flat_edges([] if edges is UNSET else edges))
            skeleton_state[row] = ValueState.ABSENT if edges is UNSET else ValueState.OK
    reader.explain(rows)
    mark_broken(reader, "skeleton", skeleton_state)
    keypoints_broken = np.zeros(n, np.uint8)
    mark_broken(reader, "keypoints", keypoints_broken)
    table = Categories(
        n,
        pointer(path),
        ids.column(),
        reader.odd_ids,
        name.column(),
        keypoints,
        keypoints_broken == ValueState.BROKEN,
        RaggedColumn(Ragged.from_rows(skeletons, np.int64), skeleton_state),
        isthing.column(),
        None if lvis is None else lvis.build(),
    )
    return table, reader.defects


def read_licenses(kind: Kind, rows: Sequence[Raw], path: JsonPath, blank: str | None) -> Licenses:
    """The `licenses` section as a table; it has no constraints."""
    reader, n = RowReader(kind, "licenses", "licenses", path, blank), len(rows)
    ids, state = np.zeros(n, np.int64), np.zeros(n, np.uint8)
    for start, _, chunk in reader.chunks(rows):
        for row, license_ in enumerate(chunk, start):
            text = b"" if license_.id is UNSET else bytes(license_.id)
            if len(text) < 19 and text.removeprefix(b"-").isdigit():
                ids[row], state[row] = int(text), ValueState.OK
    return Licenses(n, pointer(path), Column(ids, state), {})


def read_annotations(
    kind: Kind,
    rows: Sequence[Raw],
    path: JsonPath,
    blank: str | None,
    images: Images,
    categories: Categories,
    *,
    oriented: bool = False,
) -> tuple[Annotations, list[list[Raw] | None], RowReader]:
    """The `annotations` section, or a results list, as a table.

    Args:
        kind: The kind as which the file is read.
        rows: The rows.
        path: Path of the list of the rows.
        blank: The text that replaced invalid values, None if there are none.
        images: The images to which they refer.
        categories: The categories to which they refer.
        oriented: Whether a box may be five numbers.

    Returns:
        The table, the raw `segments_info` of each row of a panoptic file (None if it is invalid), and the reader with the defects of the rows.
    """
    reader, n = RowReader(kind, "annotations", "annotations", path, blank), len(rows)
    ids, image_id, category_id, iscrowd, num_keypoints = (
        NumberBuilder(reader, name, n) for name in ("id", "image_id", "category_id", "iscrowd", "num_keypoints")
    )
    area, bbox = NumberBuilder(reader, "area", n, np.float64), BoxBuilder(reader, "bbox", n, oriented=oriented)
    keypoints, score = NumberListBuilder(reader, "keypoints", n, lenient_values.keypoints), LooseNumberBuilder(reader, "score", n)
    ignore = LooseNumberBuilder(reader, "ignore", n)
    file_name, caption = TextBuilder(reader, "file_name", n), TextBuilder(reader, "caption", n)
    masks = SegmentationBuilder()
    segments = SegmentsInfoBuilder(reader)
    numbers = (ids, image_id, category_id, iscrowd, num_keypoints, area, bbox)
    read_rows(reader, rows, (*numbers, file_name, caption, keypoints, MaskBuilder(reader, masks), score, ignore, segments))
    segmentation, refused = masks.build()
    for row in refused:
        if "segmentation" not in reader.broken.get(row, ()):
            reader.refuse(row, "segmentation")
    reader.explain(rows)
    references = image_id.column(), category_id.column()
    table = Annotations(
        n,
        pointer(path),
        ids.column(),
        reader.odd_ids,
        *references,
        bbox.column(),
        area.column(),
        iscrowd.column((0, 1)),
        score.column(),
        ignore.column(),
        num_keypoints.column(),
        keypoints.column(),
        segmentation,
        caption.column(),
        file_name.column(),
        segments.column(n),
        lookup(images, references[0]),
        lookup(categories, references[1]),
    )
    return table, segments.rows, reader


def read_segments(
    kind: Kind, per_annotation: Sequence[Sequence[Raw] | None], path: JsonPath, blank: str | None, categories: Categories
) -> tuple[Segments, list[Defect]]:
    """The `segments_info` of every annotation of a panoptic file as one table, and the defects of its rows."""
    rows = [raw for entry in per_annotation if entry for raw in entry]
    lengths = [len(entry or ()) for entry in per_annotation]
    owner = np.repeat(np.arange(len(per_annotation)), lengths).astype(np.int64)
    position = np.concatenate([np.arange(length) for length in lengths]) if lengths else np.empty(0, np.int64)
    places: list[JsonPath] = [(*path, row, "segments_info", k) for row, k in zip(owner.tolist(), position.tolist(), strict=True)]
    n = len(rows)
    reader = RowReader(kind, "segments_info", "segments", path, blank, places)
    ids, category_id, iscrowd = (NumberBuilder(reader, name, n) for name in ("id", "category_id", "iscrowd"))
    area, bbox = NumberBuilder(reader, "area", n, np.float64), BoxBuilder(reader, "bbox", n)
    read_rows(reader, rows, (ids, category_id, iscrowd, area, bbox))
    reader.explain(rows)
    references = category_id.column()
    table = Segments(
        n,
        "",
        ids.column(),
        reader.odd_ids,
        owner,
        position,
        references,
        area.column(),
        bbox.column(),
        iscrowd.column((0, 1)),
        lookup(categories, references),
    )
    return table, reader.defects
