"""A dataset written as a COCO file in a given form: in plain Python, without the exporter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cocoproof.geometry.rle import encode_mask
from cocoproof.geometry.tracing import outlines
from cocoproof.testing.drawn import mask_stack
from cocoproof.testing.importing.file_form import ids_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from cocoproof.mapping import Category, ClassMapping
    from cocoproof.testing.drawn import DrawnDataset, DrawnImage
    from cocoproof.testing.importing.file_form import FileForm

__all__ = ["coco_document"]

_WAYS = ("polygons", "counts", "fractions", "text")
"""How masks are written in turn."""

_QUARTER = 0.25
"""Pixels that a polygon is beside the pixel corners: it then covers the same pixels for pycocotools."""


def coco_document(dataset: DrawnDataset, mapping: ClassMapping, form: FileForm) -> dict[str, Any]:
    """A dataset as the document of a COCO file.

    Detections of classes that the mapping drops are not in it.

    Args:
        dataset: The images with their detections.
        mapping: The categories, with their ids.
        form: How it is written.
    """
    numbers = ids_at(form.image_ids, len(dataset.images))
    points = _keypoint_names(form)
    rows: list[list[dict[str, Any]]] = []
    before = 0
    for number, image in zip(numbers, dataset.images, strict=True):
        rows.append(_rows(image, number, mapping, form, points, before))
        before += len(image)
    annotations = _in_order(rows, form)
    for row, own in zip(annotations, ids_at(form.annotation_ids, len(annotations)), strict=True):
        row["id"] = own
    sections: dict[str, Any] = {
        "images": [_image(image, number, form) for number, image in zip(numbers, dataset.images, strict=True)],
        "annotations": annotations,
        "categories": [_category(category, points) for category in mapping.categories],
    }
    if form.sections == "backwards":
        return dict(reversed(sections.items()))
    return {"info": {"description": "written by a test"}, "licenses": [{"id": 1, "name": "any", "url": ""}], **sections}


def _image(image: DrawnImage, number: int, form: FileForm) -> dict[str, Any]:
    more = {"license": 1, "coco_url": "", "date_captured": "2013-11-14 11:18:45"} if form.urls else {}
    return {"id": number, "file_name": image.file_name, "width": image.width, "height": image.height, **more}


def _category(category: Category, points: tuple[str, ...]) -> dict[str, Any]:
    row: dict[str, Any] = {"id": category.id, "name": category.name}
    if category.supercategory is not None:
        row["supercategory"] = category.supercategory
    return {**row, "keypoints": list(points), "skeleton": [[1, 2]]} if points else row


def _keypoint_names(form: FileForm) -> tuple[str, ...]:
    return tuple(f"point {k}" for k in range({"none": 0, "many": 17}.get(form.keypoints, 3)))


def _rows(
    image: DrawnImage, number: int, mapping: ClassMapping, form: FileForm, points: tuple[str, ...], before: int
) -> list[dict[str, Any]]:
    """The annotations of an image, without ids."""
    becomes = {row.id: row.category_id for row in mapping.classes if not row.dropped}
    masks = None if image.masks is None else mask_stack(image.masks, (image.height, image.width))
    rows = []
    for place, (x1, y1, x2, y2) in enumerate(image.boxes):
        if image.class_id[place] not in becomes:
            continue
        category = becomes[image.class_id[place]]
        crowd = 0 if image.crowd is None else int(image.crowd[place])
        width, height = x2 - x1, y2 - y1
        row: dict[str, Any] = {
            "image_id": number,
            "category_id": category,
            "bbox": [x1, y1, width, height],
            "area": width * height,
            "iscrowd": crowd,
        }
        if masks is not None:
            row["area"] = int(masks[place].sum())
            row["segmentation"] = _segmentation(masks[place], form, before + place, crowd=bool(crowd))
        if points:
            hidden = form.keypoints == "some" and bool((before + place) % 2)
            row["keypoints"] = [0] * 3 * len(points) if hidden else _keypoints(len(points), image, before + place)
            row["num_keypoints"] = sum(flag > 0 for flag in row["keypoints"][2::3])
        rows.append(row | _further(image, place))
    return rows


def _further(image: DrawnImage, place: int) -> dict[str, Any]:
    """Keys that COCO does not define, and the score."""
    row: dict[str, Any] = {}
    if image.confidence is not None:
        row["score"] = float(image.confidence[place])
    if image.tracker_id is not None:
        row["track_id"] = int(image.tracker_id[place])
    if image.data:
        row["attributes"] = {name: _plain(column[place]) for name, column in image.data.items()}
    return row


def _plain(value: Any) -> Any:
    return [_plain(own) for own in value] if isinstance(value, tuple) else value


def _keypoints(count: int, image: DrawnImage, number: int) -> list[float]:
    """Keypoints on the image, some hidden, some not labelled; at least one is."""
    found: list[float] = []
    for k in range(count):
        flag = 2 if k == 0 else (number + k) % 3
        x, y = ((number + 5 * k) * 37 % 101 / 101 * image.width, (number + 3 * k) * 53 % 97 / 97 * image.height) if flag else (0, 0)
        found += [x, y, flag]
    return found


def _segmentation(mask: NDArray[np.bool_], form: FileForm, number: int, *, crowd: bool) -> Any:
    way = _WAYS[number % len(_WAYS)] if form.masks == "mixed" else form.masks
    if way in ("polygons", "fractions") and not crowd:
        parts = outlines(mask)
        if all(len(part.rings) == 1 for part in parts):
            return [_ring(part.rings[0], mask.shape, _QUARTER if way == "fractions" else 0) for part in parts]
    runs = encode_mask(mask)
    if way != "text":
        return {"size": list(mask.shape), "counts": runs.tolist()}
    from pycocotools import mask as coco_mask

    text = coco_mask.frPyObjects({"size": list(mask.shape), "counts": runs.tolist()}, *mask.shape)["counts"]
    return {"size": list(mask.shape), "counts": text.decode("ascii")}


def _ring(ring: NDArray[np.int64], size: tuple[int, ...], beside: float) -> list[float]:
    if not beside:
        return [int(value) for value in ring]
    limits = (size[1], size[0])
    return [min(float(value) + beside, float(limits[place % 2])) for place, value in enumerate(ring)]


def _in_order(rows: list[list[dict[str, Any]]], form: FileForm) -> list[dict[str, Any]]:
    """The annotations of all images in the order of the file."""
    if form.rows == "interleaved":
        most = max(map(len, rows), default=0)
        return [own[place] for place in range(most) for own in rows if place < len(own)]
    plain = [row for own in rows for row in own]
    if form.rows == "reversed":
        return plain[::-1]
    if form.rows == "scattered":
        keys = ids_at("scattered", len(plain))
        return [plain[place] for place in sorted(range(len(plain)), key=keys.__getitem__)]
    return plain
