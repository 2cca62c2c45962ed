"""The detections of a COCO file in the form that exporters take: what `cocoproof roundtrip` exports."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from cocoproof.columns.as_written import as_written
from cocoproof.mapping import Category, CategoryList, ClassMapping
from cocoproof.model.errors import CocoproofError
from cocoproof.model.findings import Kind
from cocoproof.readers.loaded_rows import Row, real, rows_of
from cocoproof.readers.raw_rows import COCO_FIELDS, category_of, flat_numbers, further_fields
from cocoproof.reading.document import read
from cocoproof.reading.strict_text import make_strict
from cocoproof.roundtrip.file_content import file_content

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Dataset
    from cocoproof.readers.content import FileContent
    from cocoproof.reading.source import Source

__all__ = ["CocoSource", "FileDetections", "FileImage", "FileKeyPoints", "NoDetections", "read_coco_source"]

_KINDS = (Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO)
_OWN = frozenset({"score", "track_id", "obb", "keypoint_scores", "attributes"})
_EXPORTER = frozenset({"iscrowd", "visibility", "xyxy", "xyxyxyxy", "class_name"})
"""Names of columns with a meaning of their own in an export: attributes of these names cannot be exported."""

_CORNERS = "xyxyxyxy"


class NoDetections(CocoproofError, ValueError):
    """A file without detections that can be exported; the message says why."""


@dataclass(frozen=True, slots=True)
class FileImage:
    """An image of the file: name, size in pixels, and the further fields of its row."""

    file_name: str
    width: int
    height: int
    fields: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class FileDetections:
    """What is on it: corners of boxes, class ids (places in the category list) and what else the rows have."""

    xyxy: NDArray[np.float64]
    class_id: NDArray[np.int64]
    segmentations: Sequence[object]
    confidence: NDArray[np.float64] | None = None
    tracker_id: NDArray[np.int64] | None = None
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FileKeyPoints:
    """The same of annotations with keypoints, in the form of `supervision.KeyPoints`."""

    xy: NDArray[np.float64]
    class_id: NDArray[np.int64]
    detection_confidence: NDArray[np.float64] | None = None
    keypoint_confidence: NDArray[np.float64] | None = None
    data: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CocoSource:
    """All of a file.

    Attributes:
        items: Images with what is on them, in the file's order.
        mapping: Each category onto itself: same name, id and place.
        content: Everything in the file, whether or not `items` has it: what must come back.
        info: The section of that name, if it is an object.
        licenses: The section of that name, if it is a list of objects.
        notes: What `items` does not have, and why.
    """

    items: tuple[tuple[FileImage, FileDetections | FileKeyPoints], ...]
    mapping: ClassMapping
    content: FileContent
    info: Mapping[str, Any] | None
    licenses: Sequence[Mapping[str, Any]]
    notes: tuple[str, ...]


def read_coco_source(source: Source) -> CocoSource:
    """Read a file.

    Raises:
        NoDetections: If it is not a dataset of detections, or none of its annotations can be exported.
        CategoryListError: If its categories cannot be listed (a duplicate name, an id that is not an integer).
        MappingError: Likewise.
    """
    document = read(source)
    coco = None if document.dataset is None else as_written(document.dataset)
    if coco is None or document.kind not in _KINDS:
        why = document.why_not if coco is None else f"it is of kind {document.kind.value}"
        msg = f"{source.path} has no detections that can be exported: {why}"
        raise NoDetections(msg)
    whole = msgspec.json.decode(make_strict(source.content).data)
    listed = [category_of(row) for row in rows_of(whole, "categories")]
    if not listed:
        msg = f"{source.path} has no detections that can be exported: it lists no category"
        raise NoDetections(msg)
    categories = CategoryList(tuple(Category(one.id, one.name, one.supercategory, one.keypoints, one.skeleton) for one in listed))
    mapping = ClassMapping.from_names(list(categories.names), categories)
    reading = _AnnotationGroups(coco, rows_of(whole, "annotations"))
    items = []
    for place, row in enumerate(rows_of(whole, "images")):
        image = _image_of(coco, place, row)
        if image is None:
            reading.left["images without a name or a size"] += 1
            continue
        items.append((image, reading.on_image(place)))
    reading.left["annotations on no image, or of no category"] = int(
        ((coco.annotations.image_row < 0) | (coco.annotations.category_row < 0)).sum()
    )
    notes = tuple(f"not exported: {count:,} {what}" for what, count in sorted(reading.left.items()) if count)
    if coco.annotations.n and not any(len(found.class_id) for _, found in items):
        msg = f"{source.path} has no detections that can be exported: {'; '.join(notes)}"
        raise NoDetections(msg)
    info, licenses = whole.get("info"), whole.get("licenses")
    return CocoSource(
        tuple(items),
        mapping,
        file_content(coco, whole),
        info if isinstance(info, dict) else None,
        licenses if isinstance(licenses, list) and all(isinstance(one, dict) for one in licenses) else (),
        notes,
    )


def _image_of(coco: Dataset, place: int, row: Row) -> FileImage | None:
    images = coco.images
    name = images.file_name.values[place]
    if not name or not images.width.ok[place] or not images.height.ok[place]:
        return None
    return FileImage(name, int(images.width.values[place]), int(images.height.values[place]), further_fields(row))


class _AnnotationGroups:
    """Gathers the annotations of one image after another."""

    def __init__(self, coco: Dataset, rows: list[Row]) -> None:
        self._table = coco.annotations
        self._rows = rows
        usable = (self._table.image_row >= 0) & (self._table.category_row >= 0)
        without_box = usable & ~self._table.bbox.ok
        self.left: Counter[str] = Counter({"annotations without a box": int(without_box.sum())})
        self._by_image: dict[int, list[int]] = {}
        for row in np.flatnonzero(usable & ~without_box).tolist():
            self._by_image.setdefault(int(self._table.image_row[row]), []).append(row)

    def on_image(self, place: int) -> FileDetections | FileKeyPoints:
        """What is on one image."""
        own = self._by_image.get(place, [])
        rows = [self._rows[row] for row in own]
        xyxy = self._table.bbox.floats[own].reshape(-1, 4).copy()
        xyxy[:, 2:] += xyxy[:, :2]
        class_id = self._table.category_row[own].astype(np.int64)
        data: dict[str, object] = {"iscrowd": np.where(self._table.iscrowd.ok[own], self._table.iscrowd.values[own], 0)}
        data.update(self._columns(rows))
        score = _numbers(rows, "score")
        points = self._keypoints(own)
        if points is not None:
            self.left["segmentations of annotations with keypoints"] += sum(bool(row.get("segmentation")) for row in rows)
            data |= {"visibility": points[:, :, 2], "xyxy": xyxy}
            point_scores = _lists(rows, "keypoint_scores", points.shape[1])
            return FileKeyPoints(points[:, :, :2], class_id, score, point_scores, data)
        tracks = [row.get("track_id") for row in rows]
        whole = bool(rows) and all(type(track) is int and abs(track) < 2**63 for track in tracks)
        corners = _lists(rows, "obb", 8)
        if corners is not None:
            data[_CORNERS] = corners.reshape(-1, 4, 2)
        values = [row.get("segmentation") or None for row in rows]
        return FileDetections(xyxy, class_id, values, score, np.array(tracks, np.int64) if whole else None, data)

    def _keypoints(self, own: list[int]) -> NDArray[np.float64] | None:
        """x, y, v, shape (n, k, 3); None where not every annotation of the image has as many keypoints."""
        column = self._table.keypoints
        lengths = set(column.rows.lengths[own].tolist())
        if len(lengths) != 1 or not (length := lengths.pop()) or length % 3:
            self.left["keypoints, where not all on an image have as many"] += int((column.rows.lengths[own] > 0).sum())
            return None
        return np.array([column.rows[row] for row in own]).reshape(len(own), -1, 3)

    def _columns(self, rows: list[Row]) -> dict[str, list[object]]:
        """The further fields, a column each; None where a row has not the field."""
        fields = []
        for row in rows:
            attributes = row.get("attributes")
            inner = attributes if isinstance(attributes, dict) else {}
            fields.append({**{key: value for key, value in row.items() if key not in COCO_FIELDS | _OWN}, **inner})
        names = dict.fromkeys(name for own in fields for name in own if name not in _EXPORTER)
        return {str(name): [own.get(name) for own in fields] for name in names}


def _numbers(rows: list[Row], key: str) -> NDArray[np.float64] | None:
    values = [real(row.get(key)) for row in rows]
    known = [value for value in values if value is not None]
    return np.array(known) if rows and len(known) == len(values) else None


def _lists(rows: list[Row], key: str, length: int) -> NDArray[np.float64] | None:
    """A field that is a list of so many numbers in every row, flat or as pairs; None where it is not."""
    values = [flat_numbers(row.get(key)) for row in rows]
    known = [value for value in values if value is not None and len(value) == length]
    return np.array(known, np.float64) if rows and len(known) == len(values) else None
