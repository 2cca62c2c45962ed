"""One of two files that are compared: its columns, and of each row what is in no column."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np
from msgspec import Raw

from cocoproof.columns.row_digests import digest_columns, digest_masks, digest_rows
from cocoproof.json_text import REFUSALS
from cocoproof.model.findings import Kind
from cocoproof.reading.document import read
from cocoproof.reading.strict_text import mend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.columns.tables import Dataset
    from cocoproof.model.findings import Id
    from cocoproof.reading.document import Document
    from cocoproof.reading.source import Source
    from cocoproof.reading.strict_text import StrictText

__all__ = ["DiffInput", "ExtraFields", "NotComparable", "content_digests", "digest_rests", "geometry_digests", "read_sides"]

ExtraFields: TypeAlias = "dict[str, object]"
"""The fields of a row that are in no column, in plain Python; whole floats as integers."""

_ALIKE = {Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS, Kind.IMAGE_INFO}
"""Kinds whose rows are those of keypoints with some fields left out: files of two of them are both read as that."""

_TOKEN = re.compile(rb"-?(?:NaN|Infinity)")
_IDS = frozenset({"id", "image_id", "category_id"})
_decode_rows = msgspec.json.Decoder(list[Raw]).decode
_decode_row = msgspec.json.Decoder(dict[str, Raw]).decode


class NotComparable(ValueError):
    """A file that is no COCO data set, or two of different kinds: says which and why."""


@dataclass(frozen=True, eq=False)
class DiffInput:
    """One file.

    Attributes:
        path: As the caller gave it.
        coco: Its columns.
        image_names: File names, "" where an image has none; of a results list, its image ids as text.
        image_sizes: float64, shape (images, 2): width and height, NaN where they are not usable.
        image_ids: As they stand.
        category_names: Likewise.
        category_ids: As they stand.
        image_row: int64, shape (annotations,): which image each annotation is on, -1 for none.
        category_row: Likewise.
        boxes: float64, shape (annotations, 4): x, y, width, height; NaN where there is none.
        masks: uint64 digests of the segmentations.
        rest: Of each annotation that has any.
        rest_digests: uint64, shape (annotations,).
        image_rest: Of each image.
        category_rest: Of each category.
        head: `info` and, without their ids and order, `licenses`: each as JSON.
    """

    path: str
    coco: Dataset
    image_names: list[str]
    image_sizes: NDArray[np.float64]
    image_ids: list[Id]
    category_names: list[str]
    category_ids: list[Id]
    image_row: NDArray[np.int64]
    category_row: NDArray[np.int64]
    boxes: NDArray[np.float64]
    masks: NDArray[np.uint64]
    rest: dict[int, ExtraFields]
    rest_digests: NDArray[np.uint64]
    image_rest: list[ExtraFields]
    category_rest: list[ExtraFields]
    head: dict[str, list[str]]

    @property
    def n(self) -> int:
        """How many annotations there are."""
        return self.coco.annotations.n

    @property
    def counts(self) -> dict[str, int]:
        """Rows by section."""
        return {"images": len(self.image_names), "annotations": self.n, "categories": len(self.category_names)}


def read_sides(before: Source, after: Source) -> tuple[DiffInput, DiffInput]:
    """Read two files as one kind.

    Raises:
        NotComparable: If one is no COCO data set, or they are of kinds that have nothing in common.
    """
    documents = [_read(before), _read(after)]
    kinds = {document.kind for document in documents}
    if len(kinds) > 1:
        # A file without annotations may be of any kind of data set: it is of the other's.
        others = kinds - {Kind.IMAGE_INFO}
        if not (kinds <= _ALIKE or (len(others) == 1 and Kind.RESULTS not in kinds)):
            msg = f"{before.path} is of kind {documents[0].kind.value}, {after.path} of kind {documents[1].kind.value}: nothing to compare"
            raise NotComparable(msg)
        kind = Kind.KEYPOINTS if kinds <= _ALIKE else others.pop()
        documents = [_read(source, kind) for source in (before, after)]
    return _side(documents[0]), _side(documents[1])


def _read(source: Source, kind: Kind | None = None) -> Document:
    document = read(source, kind)
    if document.dataset is None:
        msg = f"{source.path} is no COCO file that can be compared: {document.why_not}"
        raise NotComparable(msg)
    return document


def _side(document: Document) -> DiffInput:
    coco = document.dataset
    assert coco is not None  # noqa: S101 - `_read` saw to it
    top = _named_tokens(document.source.data).top
    sections = top if isinstance(top, dict) else {}
    images, categories = (_rows(sections.get(name)) for name in ("images", "categories"))
    rows = _rows(sections.get("annotations")) if isinstance(top, dict) else [_row(raw) for raw in top or ()]
    if coco.kind is Kind.RESULTS:
        image_row, image_keys = _by_text(rows, "image_id")
        category_row, category_keys = _by_text(rows, "category_id")
        images = [{"id": Raw(text)} for text in image_keys]
        categories = [{"id": Raw(text)} for text in category_keys]
        image_names, category_names = ([text.decode("utf-8", "replace") for text in keys] for keys in (image_keys, category_keys))
        sizes = np.full((len(images), 2), np.nan)
    else:
        image_row = _resolve(coco.annotations.image_row, rows, "image_id", images)
        category_row = _resolve(coco.annotations.category_row, rows, "category_id", categories)
        image_names = [name or _text(row.get("coco_url")) for name, row in zip(coco.images.file_name.values, images, strict=True)]
        category_names = list(coco.categories.name.values)
        columns = (coco.images.width, coco.images.height)
        sizes = np.stack([np.where(side.ok, side.floats, np.nan) for side in columns], axis=1)
    rest = _rests(coco, rows, image_row, category_row)
    masks = coco.annotations.segmentation
    licenses = {_text(row.get("id")): _plain_row(row, {"id"}) for row in _rows(sections.get("licenses"))}
    return DiffInput(
        path=document.source.path,
        coco=coco,
        image_names=image_names,
        image_sizes=sizes,
        image_ids=[_id(row) for row in images],
        category_names=category_names,
        category_ids=[_id(row) for row in categories],
        image_row=image_row,
        category_row=category_row,
        boxes=coco.annotations.bbox.floats,
        masks=digest_masks(masks, np.arange(len(rows))),
        rest=rest,
        rest_digests=digest_rests(rest, len(rows)),
        image_rest=[_image_rest(row, licenses) for row in images],
        category_rest=[_plain_row(row, {"id", "name"}) for row in categories],
        head={
            "info": [json.dumps(_value(bytes(sections["info"])), sort_keys=True)] if "info" in sections else [],
            "licenses": sorted(json.dumps(one, sort_keys=True) for one in licenses.values()),
        },
    )


def digest_rests(rest: dict[int, ExtraFields], n: int) -> NDArray[np.uint64]:
    """A digest of the further fields of each of `n` annotations; 0 for one that has none."""
    digests = np.zeros(n, np.uint64)
    for row, fields in rest.items():
        digests[row] = hash(json.dumps(fields, sort_keys=True)) % 2**64
    return digests


def _named_tokens(data: bytes) -> StrictText:
    """The document's text, with NaN and Infinity as the texts "NaN" and "Infinity": a change of one is told by its name."""
    text = mend(data)
    starts = [defect.offset for defect in text.defects if defect.code == "COCO006" and defect.offset is not None]
    if not starts:
        return text
    parts, end = [], 0
    for start in sorted(starts):
        token = _TOKEN.match(data, start)
        if token is not None:
            parts += [data[end:start], b'"', token[0], b'"']
            end = token.end()
    return mend(b"".join([*parts, data[end:]]))


def content_digests(side: DiffInput, columns: Sequence[NDArray[np.int64]]) -> NDArray[np.uint64]:
    """A digest of all that an annotation says, its ids aside.

    Args:
        side: The file.
        columns: Labels of its image and its category that both files share.
    """
    table = side.coco.annotations
    crowd = np.where(table.iscrowd.ok, table.iscrowd.values, -1).astype(np.int64)
    keypoints = digest_rows(table.keypoints.rows)
    return digest_columns([*columns, geometry_digests(side), table.area.floats, crowd, keypoints, side.rest_digests])


def geometry_digests(side: DiffInput) -> NDArray[np.uint64]:
    """A digest of the box and the mask of each annotation."""
    return digest_columns([*side.boxes.T, side.masks])


def _rows(section: Raw | None) -> list[dict[str, Raw]]:
    if section is None:
        return []
    try:
        return [_row(raw) for raw in _decode_rows(section)]
    except REFUSALS:
        return []


def _row(raw: Raw) -> dict[str, Raw]:
    try:
        return _decode_row(raw)
    except REFUSALS:
        return {}


def _by_text(rows: list[dict[str, Raw]], key: str) -> tuple[NDArray[np.int64], list[bytes]]:
    places: dict[bytes, int] = {}
    out = np.array([places.setdefault(bytes(row[key]), len(places)) if key in row else -1 for row in rows], np.int64)
    return out, list(places)


def _resolve(found: NDArray[np.int64], rows: list[dict[str, Raw]], key: str, table: list[dict[str, Raw]]) -> NDArray[np.int64]:
    """References, those that are no integers by their text."""
    if (found >= 0).all():
        return found
    out = found.copy()
    known = {bytes(row["id"]): place for place, row in enumerate(table) if "id" in row}
    for row in np.flatnonzero(found < 0).tolist():
        if key in rows[row]:
            out[row] = known.get(bytes(rows[row][key]), -1)
    return out


def _rests(
    coco: Dataset, rows: list[dict[str, Raw]], image_row: NDArray[np.int64], category_row: NDArray[np.int64]
) -> dict[int, ExtraFields]:
    """What is in no column: further keys, values that are not usable, and references to nothing."""
    table = coco.annotations
    columns = {"bbox": table.bbox, "area": table.area, "iscrowd": table.iscrowd, "keypoints": table.keypoints}
    read_here = {name: column for name, column in columns.items() if bool(column.ok.any())}
    known = _IDS | read_here.keys() | {"segmentation"}
    out: dict[int, ExtraFields] = {row: _plain_row(fields, known) for row, fields in enumerate(rows) if not fields.keys() <= known}
    for name, column in read_here.items():
        for row in np.flatnonzero(column.state > 1).tolist():
            _add(out, rows, row, name)
    for row in np.flatnonzero(table.segmentation.defective).tolist():
        _add(out, rows, row, "segmentation")
    for name, references in (("image_id", image_row), ("category_id", category_row)):
        for row in np.flatnonzero(references < 0).tolist():
            _add(out, rows, row, name)
    return out


def _add(out: dict[int, ExtraFields], rows: list[dict[str, Raw]], row: int, name: str) -> None:
    if name in rows[row]:
        out.setdefault(row, {})[name] = _value(bytes(rows[row][name]))


def _plain_row(row: dict[str, Raw], without: set[str] | frozenset[str]) -> ExtraFields:
    return {name: _value(bytes(raw)) for name, raw in row.items() if name not in without}


def _image_rest(row: dict[str, Raw], licenses: dict[str, ExtraFields]) -> ExtraFields:
    rest = _plain_row(row, {"id", "file_name", "width", "height"})
    # A license is what it says, whatever its number.
    known = licenses.get(_text(row.get("license")))
    if known is not None:
        rest["license"] = known
    return rest


_SEEN: dict[bytes, object] = {b"0": 0, b"1": 1, b"true": True, b"false": False, b"null": None, b"{}": {}, b"[]": []}


def _value(text: bytes) -> object:
    """A value in plain Python; a whole float as an integer, for 1.0 and 1 are one number."""
    if text in _SEEN:
        return _SEEN[text]
    try:
        return _whole(msgspec.json.decode(text))
    except REFUSALS:
        return text.decode("utf-8", "replace")


def _whole(value: object) -> object:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list):
        return [_whole(one) for one in value]
    if isinstance(value, dict):
        return {key: _whole(one) for key, one in value.items()}
    return value


def _text(raw: Raw | None) -> str:
    if raw is None:
        return ""
    value = _value(bytes(raw))
    return value if isinstance(value, str) else json.dumps(value)


def _id(row: dict[str, Raw]) -> Id:
    value = _value(bytes(row["id"])) if "id" in row else None
    return value if isinstance(value, (int, str)) and not isinstance(value, bool) else None if value is None else json.dumps(value)
