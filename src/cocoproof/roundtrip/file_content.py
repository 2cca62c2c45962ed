"""What a COCO file holds, row by row, as the source of a round trip: nothing of this goes through the exporter's conversion."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.readers.comparison_options import FieldNames
from cocoproof.readers.content import DetectionOf, FileContent, ImageOf
from cocoproof.readers.loaded_rows import rows_of
from cocoproof.readers.mask_decoding import NO_MASK, decode_by_pycocotools
from cocoproof.readers.raw_rows import COCO_FIELDS, category_of, detection_of, further_fields, further_sections, size_of

if TYPE_CHECKING:
    from cocoproof.columns.tables import Dataset
    from cocoproof.readers.content import CategoryOf
    from cocoproof.readers.loaded_rows import Row

__all__ = ["file_content"]

_KEYS = FieldNames()
_CARRIED = {"score": "score", "track_id": "track_id", "obb": "oriented_box", "keypoint_scores": "keypoint_scores", "keypoints": "keypoints"}
"""Fields that `DetectionOf` has an attribute for."""


def file_content(coco: Dataset, document: object) -> FileContent:
    """All that a file holds: what must come back of a round trip that loses nothing.

    Args:
        coco: The file's columns, which say what is on which image.
        document: The file as `json.load` gives it.
    """
    rows = rows_of(document, "annotations")
    categories = [category_of(row) for row in rows_of(document, "categories")]
    on_image: list[list[int]] = [[] for _ in range(coco.images.n)]
    for number, image in enumerate(coco.annotations.image_row.tolist()):
        if image >= 0:
            on_image[image].append(number)
    images = []
    for place, row in enumerate(rows_of(document, "images")):
        size = size_of(row)
        detections: list[DetectionOf] = []
        for own in on_image[place]:
            owner = int(coco.annotations.category_row[own])
            category = categories[owner] if owner >= 0 else None
            detections.append(_detection(rows[own], len(detections), category, None if size is None else (size[1], size[0])))
        name = row.get("file_name")
        fields = further_fields(row)
        images.append(ImageOf(name if isinstance(name, str) else "", size, tuple(detections), fields=fields, id=row.get("id")))
    empty = sum(("segmentation" in row and not row["segmentation"]) + (row.get("keypoints") == []) for row in rows)
    note = f"{empty:,} empty segmentation{'s' * (empty != 1)} or lists of keypoints, which an export leaves out"
    return FileContent(
        tuple(images),
        tuple(categories),
        strays=int((coco.annotations.image_row < 0).sum()),
        sections=further_sections(document),
        notes=(note,) if empty else (),
    )


def _detection(row: Row, place: int, category: CategoryOf | None, size: tuple[int, int] | None) -> DetectionOf:
    """One annotation. Values that no field of a detection can hold are among its data, where they are missed if they are lost."""
    segmentation = row.get("segmentation")
    mask = decode_by_pycocotools(segmentation, size)
    plain = detection_of(row, place, category, mask, _KEYS)
    data = {key: value for key, value in row.items() if key not in COCO_FIELDS and key not in _CARRIED and key != "attributes"}
    attributes = row.get("attributes", {})
    if isinstance(attributes, dict):
        # An attribute with the name of a field: the export has one place for both.
        data = {f"{key} (beside the attribute)" if key in attributes else key: value for key, value in data.items()} | attributes
    else:
        data["attributes"] = attributes
    data |= {key: row[key] for key, name in _CARRIED.items() if key in row and getattr(plain, name) in (None, [])}
    if data.get("keypoints") == []:
        del data["keypoints"]  # counted with the empty segmentations
    if mask[1] not in (None, NO_MASK):
        data["segmentation"] = segmentation
    box = plain.box
    return DetectionOf(
        place=place,
        category=plain.category,
        category_id=plain.category_id,
        box=box,
        mask=plain.mask,
        area=None if box is None else float((box[2] - box[0]) * (box[3] - box[1])),
        crowd=row.get("iscrowd", 0),
        score=plain.score,
        track_id=plain.track_id,
        oriented_box=plain.oriented_box or None,
        keypoints=plain.keypoints or None,
        keypoint_scores=plain.keypoint_scores or None,
        data=data,
        id=plain.id,
        recorded=plain.recorded,
    )
