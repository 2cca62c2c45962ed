"""One of two files that are compared: its columns, and its rows as the file has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Raw

from cocoproof.columns.as_written import as_written
from cocoproof.columns.row_digests import digest_columns, digest_masks, digest_rows
from cocoproof.columns.tables import lookup
from cocoproof.diff.raw_rows import decode, id_of, read_text, row_of, rows_of_section
from cocoproof.diff.track_rows import digests_of_tracks, envelopes_of_tracks, video_names
from cocoproof.model.errors import CocoproofError
from cocoproof.model.findings import Kind
from cocoproof.model.json_types import json_text, numeric_json_text
from cocoproof.reading.document import read
from cocoproof.reading.kinds import LISTS, VIDEO_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Dataset
    from cocoproof.diff.raw_rows import RawRow
    from cocoproof.model.findings import Id
    from cocoproof.reading.document import Document
    from cocoproof.reading.source import Source

__all__ = ["SEGMENTS", "DiffInput", "NotComparable", "content_digests", "geometry_digests", "read_inputs", "with_named_categories"]

SEGMENTS = "segments_info"

_ALIKE = {Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}
"""Kinds whose rows are those of keypoints with some fields left out: files of two of them are both read as that."""

_IDS = frozenset({"id", "image_id", "category_id"})


class NotComparable(CocoproofError, ValueError):
    """A file that is not a COCO file, or two files of different kinds; the message says which and why."""


@dataclass(frozen=True, eq=False)
class DiffInput:
    """One file.

    Attributes:
        path: As the caller gave it.
        coco: Its columns.
        sections: The top-level fields; empty for a results list.
        images: Rows; of a results list one for each image id, with that id alone.
        annotations: Rows.
        categories: Rows; of a results list one for each category id.
        image_names: File names, or else `coco_url`, or else ""; of a results list its image ids as text.
        image_sizes: float64, shape (images, 2): width and height in pixels, NaN where they are not usable.
        image_ids: For reports.
        category_names: "" where a category has no usable one; of a results list its category ids as text.
        category_ids: For reports.
        image_row: int64, shape (annotations,): the row of the image that each annotation is on, -1 for none.
        category_row: The same of its category.
        boxes: float64, shape (annotations, 4): x, y, width, height in pixels; NaN where there is no usable box.
        masks: uint64, shape (annotations,): digests of the segmentations.
        incomplete: What of the file's text could not be read as it is, for people.
    """

    path: str
    coco: Dataset
    sections: Mapping[str, Raw]
    images: Sequence[RawRow]
    annotations: Sequence[RawRow]
    categories: Sequence[RawRow]
    image_names: list[str]
    image_sizes: NDArray[np.float64]
    image_ids: list[Id]
    category_names: list[str]
    category_ids: list[Id]
    image_row: NDArray[np.int64]
    category_row: NDArray[np.int64]
    boxes: NDArray[np.float64]
    masks: NDArray[np.uint64]
    incomplete: tuple[str, ...]

    @property
    def n(self) -> int:
        """How many annotations there are."""
        return self.coco.annotations.n

    @property
    def is_results(self) -> bool:
        """Whether the file is a results list, whose ids are those of another file."""
        return self.coco.kind in LISTS

    @property
    def image_section(self) -> str:
        """The section that has what annotations are on: `videos` in a YouTube-VIS file."""
        return "videos" if self.coco.kind is Kind.VIDEO_INSTANCES else "images"

    @property
    def image_key(self) -> str:
        """The field that refers to it."""
        return "video_id" if self.coco.kind in VIDEO_KINDS else "image_id"

    @property
    def noun(self) -> str:
        """What an annotation is on, for messages: `image`, or `video`."""
        return self.image_key.removesuffix("_id")

    @property
    def counts(self) -> dict[str, int]:
        """Rows by section."""
        return {self.image_section: len(self.images), "annotations": self.n, "categories": len(self.categories)}


def read_inputs(before: Source, after: Source) -> tuple[DiffInput, DiffInput]:
    """Read two files as one kind.

    Raises:
        NotComparable: If one is not a COCO file, or their kinds have nothing in common.
    """
    documents = [_read(before), _read(after)]
    kinds = {document.kind for document in documents}
    if len(kinds) > 1:
        # A file without annotations may be of any kind of data set: it is read as the other's.
        others = kinds - {Kind.IMAGE_INFO}
        if not (kinds <= _ALIKE or (len(others) == 1 and Kind.RESULTS not in kinds)):
            msg = f"{before.path} is of kind {documents[0].kind.value}, {after.path} of kind {documents[1].kind.value}: nothing to compare"
            raise NotComparable(msg)
        kind = Kind.KEYPOINTS if kinds <= _ALIKE else others.pop()
        documents = [_read(source, kind) for source in (before, after)]
    return _input_of(documents[0]), _input_of(documents[1])


def _read(source: Source, kind: Kind | None = None) -> Document:
    document = read(source, kind)
    if document.dataset is None:
        msg = f"{source.path} is not a COCO file that can be compared: {document.why_not}"
        raise NotComparable(msg)
    return document


def _input_of(document: Document) -> DiffInput:
    assert document.dataset is not None  # noqa: S101 - `_read` checked it
    coco = as_written(document.dataset)
    text = read_text(document.source.content)
    top = text.top
    sections: Mapping[str, Raw] = top if isinstance(top, dict) else {}
    boxes, masks = coco.annotations.bbox.floats, None
    if coco.kind in VIDEO_KINDS:
        boxes, masks = envelopes_of_tracks(coco), digests_of_tracks(coco)
    if coco.kind in LISTS:
        rows = [row_of(raw) for raw in (top if isinstance(top, list) else ())]
        image_row, image_keys = _by_text(rows, "video_id" if coco.kind is Kind.VIDEO_RESULTS else "image_id")
        category_row, category_keys = _by_text(rows, "category_id")
        images: list[RawRow] = [{"id": Raw(key)} for key in image_keys]
        categories: list[RawRow] = [{"id": Raw(key)} for key in category_keys]
        image_names, category_names = ([key.decode("utf-8", "replace") for key in keys] for keys in (image_keys, category_keys))
        sizes = np.full((len(images), 2), np.nan)
    elif coco.kind is Kind.VIDEO_INSTANCES and coco.videos is not None and coco.annotations.video_id is not None:
        images, rows, categories = (rows_of_section(sections.get(name)) or [] for name in ("videos", "annotations", "categories"))
        image_row = _resolve(lookup(coco.videos, coco.annotations.video_id), rows, "video_id", images)
        category_row = _resolve(coco.annotations.category_row, rows, "category_id", categories)
        image_names, category_names = video_names(coco), list(coco.categories.name.values)
        sides = (coco.videos.width, coco.videos.height)
        sizes = np.stack([np.where(side.ok, side.floats, np.nan) for side in sides], axis=1)
    else:
        images, rows, categories = (rows_of_section(sections.get(name)) or [] for name in ("images", "annotations", "categories"))
        image_row = _resolve(coco.annotations.image_row, rows, "image_id", images)
        category_row = _resolve(coco.annotations.category_row, rows, "category_id", categories)
        image_names = [name or _url(row) for name, row in zip(coco.images.file_name.values, images, strict=True)]
        category_names = list(coco.categories.name.values)
        columns = (coco.images.width, coco.images.height)
        sizes = np.stack([np.where(side.ok, side.floats, np.nan) for side in columns], axis=1)
    return DiffInput(
        path=document.source.path,
        coco=coco,
        sections=sections,
        images=images,
        annotations=rows,
        categories=categories,
        image_names=image_names,
        image_sizes=sizes,
        image_ids=[id_of(row) for row in images],
        category_names=category_names,
        category_ids=[id_of(row) for row in categories],
        image_row=image_row,
        category_row=category_row,
        boxes=boxes,
        masks=digest_masks(coco.annotations.segmentation, np.arange(len(rows))) if masks is None else masks,
        incomplete=tuple(_incomplete(document, {defect.code for defect in text.defects})),
    )


def _incomplete(document: Document, codes: set[str]) -> Sequence[str]:
    out = []
    if "COCO008" in codes:
        out.append("values that are nested too deep to be read")
    if any(defect.code == "COCO005" for defect in document.defects):
        out.append("duplicate keys of one object but the last, as in `json.load`")
    return out


def content_digests(side: DiffInput, columns: Sequence[NDArray[np.int64]], segment_names: Mapping[str, str]) -> NDArray[np.uint64]:
    """A digest of each annotation without its id: equal ones are matched first.

    Args:
        side: The file.
        columns: Labels of its image and its category that both files share.
        segment_names: Names of categories by the JSON text of their ids, for the segments of panoptic files.

    Returns:
        uint64, shape (annotations,).
    """
    table = side.coco.annotations
    crowd = np.where(table.iscrowd.ok, table.iscrowd.values, -1).astype(np.int64)
    keypoints = digest_rows(table.keypoints.rows)
    extra = _extra_digests(side, segment_names)
    return digest_columns([*columns, geometry_digests(side), table.area.floats, crowd, keypoints, extra])


def geometry_digests(side: DiffInput) -> NDArray[np.uint64]:
    """A digest of the box and the mask of each annotation; uint64, shape (annotations,)."""
    return digest_columns([*side.boxes.T, side.masks])


def _extra_digests(side: DiffInput, segment_names: Mapping[str, str]) -> NDArray[np.uint64]:
    """A digest of what is in no column: further fields, values that are not usable, references to nothing; 0 for rows without any."""
    table = side.coco.annotations
    columns = {"bbox": table.bbox, "area": table.area, "iscrowd": table.iscrowd, "keypoints": table.keypoints}
    known = _IDS | {name for name, column in columns.items() if bool(column.ok.any())} | {"segmentation", side.image_key}
    unusable: dict[int, set[str]] = {}
    for name, rows in (
        *((name, np.flatnonzero(columns[name].state > 1)) for name in columns if name in known),
        ("segmentation", np.flatnonzero(table.segmentation.defective)),
        (side.image_key, np.flatnonzero(side.image_row < 0)),
        ("category_id", np.flatnonzero(side.category_row < 0)),
    ):
        for row in rows.tolist():
            unusable.setdefault(row, set()).add(name)
    digests = np.zeros(side.n, np.uint64)
    for row, fields in enumerate(side.annotations):
        names = fields.keys() - known | (unusable[row] & fields.keys() if row in unusable else set())
        if names:
            values = {name: decode(fields[name]) for name in names}
            if segment_names and SEGMENTS in values:
                values[SEGMENTS] = with_named_categories(values[SEGMENTS], segment_names)
            digests[row] = hash(numeric_json_text(values)) % 2**64
    return digests


def with_named_categories(segments: object, names: Mapping[str, str]) -> object:
    """The value of `segments_info` with names in place of category ids, for ids mean nothing by themselves.

    Args:
        segments: The value; anything but a list of objects stays as it is.
        names: Names by the JSON text of the ids.
    """
    if not isinstance(segments, list):
        return segments
    return [
        {**one, "category_id": names.get(json_text(one["category_id"]), one["category_id"])}
        if isinstance(one, dict) and "category_id" in one
        else one
        for one in segments
    ]


def _by_text(rows: Sequence[RawRow], key: str) -> tuple[NDArray[np.int64], list[bytes]]:
    places: dict[bytes, int] = {}
    out = np.array([places.setdefault(bytes(row[key]), len(places)) if key in row else -1 for row in rows], np.int64)
    return out, list(places)


def _resolve(found: NDArray[np.int64], rows: Sequence[RawRow], key: str, table: Sequence[RawRow]) -> NDArray[np.int64]:
    """References; those that are not integers by their JSON text."""
    if (found >= 0).all():
        return found
    out = found.copy()
    known = {bytes(row["id"]): place for place, row in enumerate(table) if "id" in row}
    for row in np.flatnonzero(found < 0).tolist():
        if key in rows[row]:
            out[row] = known.get(bytes(rows[row][key]), -1)
    return out


def _url(row: RawRow) -> str:
    if "coco_url" not in row:
        return ""
    value = decode(row["coco_url"])
    return value if isinstance(value, str) else json_text(value)
