"""Decoded rows -> the tables of a dataset."""

from __future__ import annotations

from itertools import chain
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from msgspec import UNSET, Raw

from cocoproof.columns.tables import (
    Annotations,
    Categories,
    Column,
    Images,
    Licenses,
    RaggedColumn,
    Segments,
    TextColumn,
    ValueState,
    lookup,
)
from cocoproof.geometry.ragged import Ragged
from cocoproof.model.findings import Kind
from cocoproof.model.json_types import pointer
from cocoproof.reading.lvis_fields import LvisListsBuilder, LvisStatisticsBuilder
from cocoproof.reading.numbers import parse_lists
from cocoproof.reading.row_reader import RowReader
from cocoproof.reading.segmentation import SegmentationBuilder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.defects import Defect

__all__ = ["read_annotations", "read_categories", "read_images", "read_licenses", "read_segments"]

_INT64 = (-(1 << 63), (1 << 63) - 1)
_LONGEST = 60


class _Numbers:
    """Fills one numeric column, chunk by chunk."""

    def __init__(self, reader: RowReader, name: str, n: int, dtype: type[np.generic] = np.int64, width: int = 0) -> None:
        self._reader = reader
        self._name = name
        self._get = attrgetter(name)
        self._values: NDArray[Any] = np.zeros((n, width) if width else n, dtype)
        if dtype is np.float64:
            self._values[:] = np.nan
        self._state = np.zeros(n, np.uint8)

    def add(self, start: int, rows: list[Any]) -> None:
        if not self._reader.has(self._name):
            return
        chunk = list(map(self._get, rows))
        end = start + len(chunk)
        try:
            self._values[start:end] = chunk
            self._state[start:end] = ValueState.OK
        except (TypeError, ValueError, OverflowError):
            for row, value in enumerate(chunk, start):
                self._add_one(row, value)

    def _add_one(self, row: int, value: Any) -> None:
        if value is UNSET:
            return
        if self._values.dtype == np.int64 and not _INT64[0] <= value <= _INT64[1]:
            self._reader.broken.setdefault(row, set()).add(self._name)
            # Only flags and sizes have a domain: values beyond 64 bits are mostly outside it, and that is what is reported.
            if self._name == "iscrowd" or (self._name in ("width", "height") and value < 1):
                expected = "0 or 1" if self._name == "iscrowd" else "at least 1"
                self._reader.report("COCO105", row, f"{self._name} is {_cut(value)}, expected {expected}", self._name)
                return
            self._reader.report("COCO007", row, f"{self._name} is {_cut(value)}, beyond a 64-bit integer", self._name)
            if self._name == "id":
                self._reader.odd_ids[row] = str(value)
            return
        self._values[row] = value
        self._state[row] = ValueState.OK

    def column(self, domain: tuple[int, int | None] | None = None) -> Column:
        """The column; values outside the domain (lowest, highest) are marked as such."""
        if domain is not None:
            low, high = domain
            outside = (self._values < low) | (self._values > (_INT64[1] if high is None else high))
            self._state[outside & (self._state == ValueState.OK)] = ValueState.OUT_OF_DOMAIN
        _mark_broken(self._reader, self._name, self._state)
        return Column(self._values, self._state, self._name in self._reader.required)


def _cut(value: int) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}... ({len(text)} digits)"


class _Texts:
    """Fills one text column, chunk by chunk."""

    def __init__(self, reader: RowReader, name: str, n: int) -> None:
        self._reader = reader
        self._name = name
        self._values: list[str] = []
        self._state = np.zeros(n, np.uint8)

    def add(self, start: int, rows: list[Any]) -> None:
        if not self._reader.has(self._name):
            self._values += [""] * len(rows)
            return
        chunk: list[Any] = [getattr(row, self._name) for row in rows]
        end = start + len(chunk)
        blank = self._reader.blank
        if UNSET not in chunk and (blank is None or blank not in chunk):
            self._values += chunk
            self._state[start:end] = ValueState.OK
            return
        for row, value in enumerate(chunk, start):
            usable = value is not UNSET and (blank is None or value != blank)
            self._values.append(value if usable else "")
            self._state[row] = ValueState.OK if usable else ValueState.ABSENT if value is UNSET else ValueState.BROKEN

    def column(self) -> TextColumn:
        _mark_broken(self._reader, self._name, self._state)
        return TextColumn(self._values, self._state, self._name in self._reader.required)


class _NumberLists:
    """Fills one column of lists of numbers, chunk by chunk."""

    def __init__(self, reader: RowReader, name: str, n: int) -> None:
        self._reader = reader
        self._name = name
        self._values: list[NDArray[np.float64]] = []
        self._lengths = np.zeros(n, np.int64)
        self._state = np.zeros(n, np.uint8)

    def add(self, start: int, rows: list[Any], raws: Sequence[Raw]) -> None:
        if not self._reader.has(self._name):
            return
        chunk = [getattr(row, self._name) for row in rows]
        at = [k for k, value in enumerate(chunk) if value is not UNSET]
        texts = [bytes(chunk[k]) for k in at]
        lists = [k for k, text in zip(at, texts, strict=True) if text[:1] == b"["]
        parsed = parse_lists([text for text in texts if text[:1] == b"["], levels=1)
        good = np.array(lists, np.int64)[parsed.counts > 0] + start
        self._state[good] = ValueState.OK
        self._lengths[good] = parsed.lengths
        self._values.append(parsed.values)
        for k in sorted({*at} - set((good - start).tolist())):
            self._reader.refuse(start + k, raws[start + k], self._name)

    def column(self) -> RaggedColumn:
        _mark_broken(self._reader, self._name, self._state)
        values = np.concatenate(self._values) if self._values else np.empty(0)
        return RaggedColumn(Ragged.from_lengths(values, self._lengths), self._state, self._name in self._reader.required)


def _mark_broken(reader: RowReader, name: str, state: NDArray[np.uint8]) -> None:
    state[[row for row, names in reader.broken.items() if name in names]] = ValueState.BROKEN


def read_images(kind: Kind, rows: Sequence[Raw], path: JsonPath, blank: str | None) -> tuple[Images, list[Defect]]:
    """The `images` section as a table, and the defects of its rows."""
    reader, n = RowReader(kind, "images", "images", path, blank), len(rows)
    ids, width, height = (_Numbers(reader, name, n) for name in ("id", "width", "height"))
    file_name = _Texts(reader, "file_name", n)
    licenses, license_state = np.zeros(n, np.int64), np.zeros(n, np.uint8)
    has_url = np.zeros(n, bool)
    lvis = LvisListsBuilder(reader, n) if kind is Kind.LVIS else None
    for start, chunk in reader.chunks(rows):
        if lvis is not None:
            lvis.add(start, chunk)
        for part in (ids, width, height, file_name):
            part.add(start, chunk)
        for row, image in enumerate(chunk, start):
            # License is unconstrained: null and strings are not references, and no rule checks them.
            if isinstance(image.license, int) and _INT64[0] <= image.license <= _INT64[1]:
                licenses[row], license_state[row] = image.license, ValueState.OK
            has_url[row] = image.coco_url is not UNSET
    table = Images(
        n,
        pointer(path),
        ids.column(),
        reader.odd_ids,
        width.column((1, None)),
        height.column((1, None)),
        file_name.column(),
        Column(licenses, license_state),
        has_url,
        None if lvis is None else lvis.build(),
    )
    return table, reader.defects


def read_categories(kind: Kind, rows: Sequence[Raw], path: JsonPath, blank: str | None) -> tuple[Categories, list[Defect]]:
    """The `categories` section as a table, and the defects of its rows."""
    reader, n = RowReader(kind, "categories", "categories", path, blank), len(rows)
    ids, isthing = _Numbers(reader, "id", n), _Numbers(reader, "isthing", n)
    name = _Texts(reader, "name", n)
    keypoints: list[tuple[str, ...] | None] = []
    skeletons: list[NDArray[np.int64]] = []
    skeleton_state = np.zeros(n, np.uint8)
    lvis = LvisStatisticsBuilder(reader, n) if kind is Kind.LVIS else None
    for start, chunk in reader.chunks(rows):
        if lvis is not None:
            lvis.add(start, chunk)
        for part in (ids, isthing, name):
            part.add(start, chunk)
        for row, category in enumerate(chunk, start):
            names = getattr(category, "keypoints", UNSET)
            keypoints.append(None if names is UNSET else tuple(names))
            edges = getattr(category, "skeleton", UNSET)
            skeletons.append(_flat_edges([] if edges is UNSET else edges))
            skeleton_state[row] = ValueState.ABSENT if edges is UNSET else ValueState.OK
    _mark_broken(reader, "skeleton", skeleton_state)
    keypoints_broken = np.zeros(n, np.uint8)
    _mark_broken(reader, "keypoints", keypoints_broken)
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


def _flat_edges(edges: list[list[int]]) -> NDArray[np.int64]:
    """Pairs of indices, flattened; values beyond int64 are clipped."""
    try:
        return np.fromiter(chain.from_iterable(edges), np.int64)
    except OverflowError:
        return np.array([min(max(end, _INT64[0]), _INT64[1]) for edge in edges for end in edge], np.int64)


def read_licenses(kind: Kind, rows: Sequence[Raw], path: JsonPath, blank: str | None) -> Licenses:
    """The `licenses` section as a table; it has no constraints."""
    reader, n = RowReader(kind, "licenses", "licenses", path, blank), len(rows)
    ids, state = np.zeros(n, np.int64), np.zeros(n, np.uint8)
    for start, chunk in reader.chunks(rows):
        for row, license_ in enumerate(chunk, start):
            text = b"" if license_.id is UNSET else bytes(license_.id)
            if len(text) < 19 and text.removeprefix(b"-").isdigit():
                ids[row], state[row] = int(text), ValueState.OK
    return Licenses(n, pointer(path), Column(ids, state), {})


def read_annotations(
    kind: Kind, rows: Sequence[Raw], path: JsonPath, blank: str | None, images: Images, categories: Categories, text_bytes: int
) -> tuple[Annotations, list[list[Raw] | None], list[Defect]]:
    """The `annotations` section, or a results list, as a table.

    Args:
        kind: The kind as which the file is read.
        rows: The rows.
        path: Path of the list of the rows.
        blank: The text that replaced invalid values, None if there are none.
        images: The images to which they refer.
        categories: The categories to which they refer.
        text_bytes: The approximate length of their text in bytes.

    Returns:
        The table, the raw `segments_info` of each row of a panoptic file (None if it is invalid), and the defects of the rows.
    """
    reader, n = RowReader(kind, "annotations", "annotations", path, blank), len(rows)
    ids, image_id, category_id, iscrowd, num_keypoints = (
        _Numbers(reader, name, n) for name in ("id", "image_id", "category_id", "iscrowd", "num_keypoints")
    )
    area, bbox = _Numbers(reader, "area", n, np.float64), _Numbers(reader, "bbox", n, np.float64, 4)
    keypoints = _NumberLists(reader, "keypoints", n)
    file_name, caption = _Texts(reader, "file_name", n), _Texts(reader, "caption", n)
    segmentation = SegmentationBuilder(text_bytes if reader.has("segmentation") else 0)
    score, score_state = np.full(n, np.nan), np.zeros(n, np.uint8)
    segments: list[list[Raw] | None] = []
    for start, chunk in reader.chunks(rows):
        for part in (ids, image_id, category_id, iscrowd, num_keypoints, area, bbox, file_name, caption):
            part.add(start, chunk)
        keypoints.add(start, chunk, rows)
        masks = [row.segmentation for row in chunk] if reader.has("segmentation") else [UNSET] * len(chunk)
        segmentation.add([b"" if raw is UNSET else bytes(raw) for raw in masks])
        if kind is Kind.RESULTS:
            _add_scores(start, chunk, score, score_state)
        elif kind is Kind.PANOPTIC:
            segments += [None if row.segments_info is UNSET else row.segments_info for row in chunk]
    masks_read, refused = segmentation.build()
    for row in refused:
        reader.refuse(row, rows[row], "segmentation")
    segments_state = np.zeros(n, np.uint8)
    if kind is Kind.PANOPTIC:
        segments_state = np.array([ValueState.ABSENT if entry is None else ValueState.OK for entry in segments], np.uint8)
        _mark_broken(reader, "segments_info", segments_state)
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
        Column(score, score_state),
        num_keypoints.column(),
        keypoints.column(),
        masks_read,
        caption.column(),
        file_name.column(),
        Column(np.zeros(n, np.int64), segments_state, "segments_info" in reader.required),
        lookup(images, references[0]),
        lookup(categories, references[1]),
    )
    return table, segments, reader.defects


def _add_scores(start: int, chunk: list[Any], values: NDArray[np.float64], state: NDArray[np.uint8]) -> None:
    for row, result in enumerate(chunk, start):
        if result.score is UNSET:
            continue
        text = bytes(result.score)
        if text[:1] in b"-0123456789":
            values[row], state[row] = float(text), ValueState.OK
        else:
            state[row] = ValueState.BROKEN


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
    ids, category_id, iscrowd = (_Numbers(reader, name, n) for name in ("id", "category_id", "iscrowd"))
    area, bbox = _Numbers(reader, "area", n, np.float64), _Numbers(reader, "bbox", n, np.float64, 4)
    for start, chunk in reader.chunks(rows):
        for part in (ids, category_id, iscrowd, area, bbox):
            part.add(start, chunk)
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
