"""A COCO file as columns: one array per field, one entry per row, even if the row is invalid."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import Column, RaggedColumn, TextColumn, ValueState, WrittenForm, WrittenForms
from cocoproof.columns.id_texts import IdTexts
from cocoproof.columns.table import Table
from cocoproof.columns.tracking import FramePlaces, Tracks, Videos
from cocoproof.geometry.polygons import join_rings, measure
from cocoproof.geometry.rle import RleFault, measure_masks

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cocoproof.columns.attributes import RowSpans
    from cocoproof.columns.oriented_boxes import OrientedBoxes
    from cocoproof.columns.person_fields import PersonFields
    from cocoproof.geometry.mask_runs import MaskRuns
    from cocoproof.geometry.ragged import Ragged
    from cocoproof.model.dialects import Dialect
    from cocoproof.model.findings import Kind
    from cocoproof.model.json_types import JsonValue

__all__ = [
    "Annotations",
    "Categories",
    "Column",
    "Dataset",
    "Images",
    "Licenses",
    "LvisLists",
    "LvisStatistics",
    "RaggedColumn",
    "Segmentation",
    "Segments",
    "Shape",
    "Table",
    "TextColumn",
    "Tracks",
    "ValueState",
    "Videos",
    "WrittenForm",
    "WrittenForms",
    "lookup",
]


class Shape(enum.IntEnum):
    """The format of a mask in `segmentation`."""

    ABSENT = 0
    EMPTY = 1
    """`[]`"""
    POLYGONS = 2
    RLE = 3
    """Counts as a list of integers."""
    COMPRESSED_RLE = 4
    """Counts as pycocotools' string."""
    BROKEN = 5


@dataclass(frozen=True, eq=False)
class Segmentation:
    """The `segmentation` field of every row.

    Attributes:
        shape: uint8 of `Shape`, shape (n,).
        rings: Flat coordinates [x1, y1, x2, y2, ...] of each ring, float64; all rings of all rows, in order.
        ring_offsets: int64, shape (n + 1,): the rings of row i are `ring_offsets[i]:ring_offsets[i + 1]`.
        rle_rows: int64, shape (m,), ascending: the rows with an RLE, compressed or not.
        rle_sizes: int64, shape (m, 2): the RLE's own [height, width].
        rle_runs: m rows of run lengths, decoded where they are asked for; empty if they could not be decoded (see `rle_faults`).
        rle_faults: uint8 of `geometry.rle.RleFault`, shape (m,).
        forms: As for `Column`.
    """

    shape: NDArray[np.uint8]
    rings: Ragged
    ring_offsets: NDArray[np.int64]
    rle_rows: NDArray[np.int64]
    rle_sizes: NDArray[np.int64]
    rle_runs: MaskRuns
    rle_faults: NDArray[np.uint8]
    forms: WrittenForms | None = None

    @cached_property
    def defective(self) -> NDArray[np.bool_]:
        """Rows whose segmentation a structural rule reports as invalid, shape (n,)."""
        return np.equal(self.shape, Shape.BROKEN)

    @cached_property
    def ring_rows(self) -> NDArray[np.int64]:
        """The row that each ring belongs to, int64, shape (rings,)."""
        return np.repeat(np.arange(len(self.shape)), np.diff(self.ring_offsets))

    @cached_property
    def is_rle(self) -> NDArray[np.bool_]:
        """Rows with an RLE, compressed or not, shape (n,)."""
        return np.equal(self.shape, Shape.RLE) | np.equal(self.shape, Shape.COMPRESSED_RLE)

    @cached_property
    def is_mask(self) -> NDArray[np.bool_]:
        """Rows with polygons or an RLE, valid or not, shape (n,)."""
        return self.is_rle | np.equal(self.shape, Shape.POLYGONS)

    @cached_property
    def _ring_measures(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        return measure(self.rings)

    @property
    def ring_areas(self) -> NDArray[np.float64]:
        """Signed shoelace area of each ring, float64, shape (rings,); NaN for a ring that is not a polygon."""
        return self._ring_measures[0]

    @property
    def ring_bounds(self) -> NDArray[np.float64]:
        """Least x, least y, greatest x, greatest y of each ring, float64, shape (rings, 4); NaN as for the area."""
        return self._ring_measures[1]

    @cached_property
    def rle_sound(self) -> NDArray[np.bool_]:
        """RLEs that can be decoded to pixels, of any size, shape (m,)."""
        return np.equal(self.rle_faults, RleFault.OK) | np.equal(self.rle_faults, RleFault.OVERSIZE)

    @cached_property
    def _row_measures(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if not self.is_mask.any():  # no memory for a number that is the same in every row
            return np.broadcast_to(np.nan, len(self.shape)), np.broadcast_to(np.nan, (len(self.shape), 4))
        sums, envelopes = join_rings(*self._ring_measures, self.ring_offsets)
        sums[self.rle_rows] = np.nan
        sound = np.flatnonzero(self.rle_sound)
        for part, runs in self.rle_runs.portions(sound):
            rows = self.rle_rows[sound[part]]
            sums[rows], box = measure_masks(runs, self.rle_sizes[sound[part], 0])
            box[:, 2:] += box[:, :2]
            box[box[:, 2] == box[:, 0]] = np.nan
            envelopes[rows] = box
        return sums, envelopes

    @property
    def areas(self) -> NDArray[np.float64]:
        """Area of each row's mask: an RLE's pixels, or the sum of the rings' areas, with overlaps counted twice.

        float64, shape (n,); NaN if there is no mask or it is invalid.
        """
        return self._row_measures[0]

    @property
    def envelopes(self) -> NDArray[np.float64]:
        """Least x, least y, greatest x, greatest y of each row's mask, in pixels.

        float64, shape (n, 4); NaN if there is no mask, or it is invalid or empty.
        """
        return self._row_measures[1]


@dataclass(frozen=True, eq=False)
class LvisLists:
    """What each image of an LVIS file states about categories: lists of category ids, int64.

    Attributes:
        negative: `neg_category_ids`, the categories that were looked for and are not on the image.
        not_exhaustive: `not_exhaustive_category_ids`, the categories of which some objects have no annotation.
    """

    negative: RaggedColumn
    not_exhaustive: RaggedColumn


@dataclass(frozen=True, eq=False)
class LvisStatistics:
    """What each category of an LVIS file states about its annotations.

    Attributes:
        frequency: "r", "c" or "f" in a correct file.
        image_count: The images with an annotation of the category. int64; a value that is not an integer is BROKEN.
        instance_count: Its annotations. int64; the same.
    """

    frequency: TextColumn
    image_count: Column
    instance_count: Column


@dataclass(frozen=True, eq=False)
class Images(Table):
    """The `images` section.

    `has_url`, bool, shape (n,): rows with a `coco_url`, which replaces the file_name in LVIS. `lvis` is None in files of other kinds.
    `video_id` and `frame_index` are those of frames of videos, `frame_field` the key of the latter; None in files without tracks.
    `places` is None unless the images are the frames of the videos of a YouTube-VIS file.
    """

    width: Column
    height: Column
    file_name: TextColumn
    license: Column
    has_url: NDArray[np.bool_]
    lvis: LvisLists | None = None
    video_id: Column | None = None
    frame_index: Column | None = None
    frame_field: str = "frame_id"
    places: FramePlaces | None = None


@dataclass(frozen=True, eq=False)
class Annotations(Table):
    """The `annotations` section, or the rows of a results list.

    `ignore` is a field that some loaders read, and the format does not have. `segments_info` has no values, only states. `image_row` and `category_row` are int64, shape (n,): the row of the referenced image or category, or -1.
    `video_id` and `track_id` are those of tracks, `track_field` the key of the latter; None in files without tracks. `per_frame` has the length of each list of a
    track of a YouTube-VIS file, by its key. `places` is None unless the rows are the frames of such tracks.
    """

    image_id: Column
    category_id: Column
    bbox: Column
    area: Column
    iscrowd: Column
    score: Column
    ignore: Column
    num_keypoints: Column
    keypoints: RaggedColumn
    segmentation: Segmentation
    caption: TextColumn
    file_name: TextColumn
    segments_info: Column
    image_row: NDArray[np.int64]
    category_row: NDArray[np.int64]
    video_id: Column | None = None
    track_id: Column | None = None
    track_field: str = "track_id"
    per_frame: Mapping[str, Column] = field(default_factory=dict)
    places: FramePlaces | None = None

    @cached_property
    def crowd(self) -> NDArray[np.bool_]:
        """Rows marked as crowds, shape (n,)."""
        return self.iscrowd.ok & np.equal(self.iscrowd.values, 1)


@dataclass(frozen=True, eq=False)
class Categories(Table):
    """The `categories` section.

    `keypoints` has the names of each category's keypoints, None if it defines none; `skeleton` its edges as
    flat pairs of indices. `isthing` is a field of panoptic files, `lvis` is None in files of other kinds than LVIS.
    """

    name: TextColumn
    keypoints: list[tuple[str, ...] | None]
    keypoints_broken: NDArray[np.bool_]
    skeleton: RaggedColumn
    isthing: Column
    lvis: LvisStatistics | None = None

    @cached_property
    def keypoint_count(self) -> NDArray[np.int64]:
        """The number of keypoints that each category defines, -1 for none, int64, shape (n,)."""
        return np.array([-1 if names is None else len(names) for names in self.keypoints], np.int64)


@dataclass(frozen=True, eq=False)
class Licenses(Table):
    """The `licenses` section."""


@dataclass(frozen=True, eq=False)
class Segments(Table):
    """The `segments_info` of every annotation of a panoptic file, one row per segment.

    Attributes:
        owner: int64, shape (n,): the annotation's row.
        position: int64, shape (n,): the index in the annotation's list.
    """

    owner: NDArray[np.int64]
    position: NDArray[np.int64]
    category_id: Column
    area: Column
    bbox: Column
    iscrowd: Column
    category_row: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Dataset:
    """A COCO file as typed columns.

    Attributes:
        kind: The kind as which the file was read.
        keys: Top-level keys in the order of the file; empty for a results list.
        images, annotations, categories, licenses: The sections.
        segments: Rows of panoptic segments; empty for the other kinds.
        broken_sections: The sections that are not lists.
        texts: The JSON text of `images`, `videos`, `categories` and `licenses`, where the document has them: for fields that have no column.
        annotation_spans: Where the annotations of an object with sections are in the text, for fields that have no column; None if it has none.
        info: The value of `info`; None if there is none, or if it is longer than 64 KB.
        dialects: What the file has beside the fields of its kind, such as oriented boxes.
        persons: What COCO-WholeBody, CrowdPose and DensePose add; None in other files.
        videos, tracks: The sections of these names in files with tracks; empty where the file has none, and None in all other files.
        frames: Of a YouTube-VIS file: its frames as images, and the tracks in each frame as annotations. Of other files None.
        oriented: The oriented boxes of the annotations; None in a file without them.
    """

    kind: Kind
    keys: tuple[str, ...]
    images: Images
    annotations: Annotations
    categories: Categories
    licenses: Licenses
    segments: Segments
    broken_sections: frozenset[str] = field(default=frozenset())
    texts: Mapping[str, memoryview] = field(default_factory=dict)
    info: JsonValue = None
    dialects: tuple[Dialect, ...] = ()
    persons: PersonFields | None = None
    videos: Videos | None = None
    tracks: Tracks | None = None
    frames: Dataset | None = None
    oriented: OrientedBoxes | None = None
    annotation_spans: RowSpans | None = None

    def has(self, section: str) -> bool:
        """Whether the document has the section and it is a list."""
        return section in self.keys and section not in self.broken_sections


_DENSE = 16
"""Ids in the range of a table's ids, for each of its rows, up to which references are resolved by a table of the range."""


def lookup(table: Table, ids: Column) -> NDArray[np.int64]:
    """Resolve references.

    Args:
        table: The table referred to. Of rows with the same id the last is used, as in pycocotools.
        ids: The references.

    Returns:
        int64, shape (len(ids),): the referenced row, or -1 if there is none or the reference is invalid.
    """
    sorted_ids, rows = table.id_index
    out = np.full(len(ids.state), -1, np.int64)
    if not len(rows):
        return out
    values = ids.values
    mine, theirs = (column.texts or IdTexts() for column in (table.id, ids))
    if mine.all_integers != theirs.all_integers:  # texts of one file, which must not equal the integers of another
        sorted_ids, values = mine.keys(sorted_ids), theirs.keys(values.astype(np.int64))
        order = np.argsort(sorted_ids, kind="stable")
        sorted_ids, rows = sorted_ids[order], rows[order]
    low, high = int(sorted_ids[0]), int(sorted_ids[-1])
    if values.dtype.kind == "i" and high - low <= _DENSE * len(rows):
        # Ids without large gaps: a table by id takes a tenth of the time of searching.
        by_id = np.full(high - low + 1, -1, np.int64)
        by_id[sorted_ids - low] = rows  # in their order, so that of rows with the same id the last one stays
        hit = ids.ok & (values >= low) & (values <= high)
        out[hit] = by_id[values[hit] - low]
        return out
    at = np.searchsorted(sorted_ids, values, side="right") - 1
    hit = ids.ok & (at >= 0) & (sorted_ids[at] == values)
    out[hit] = rows[at[hit]]
    return out
