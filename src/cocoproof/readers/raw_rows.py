"""Rows of a COCO file, as `json.load` returns them, as content to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.readers.content import CategoryOf, DetectionOf
from cocoproof.readers.loaded_rows import real

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cocoproof.readers.comparison_options import FieldNames
    from cocoproof.readers.mask_decoding import Decoded

__all__ = ["COCO_FIELDS", "category_of", "detection_of", "flat_numbers", "further_fields", "further_sections", "size_of"]

COCO_FIELDS = frozenset({"id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "keypoints", "num_keypoints"})
"""The fields of annotations that COCO defines."""

_RECORDED = ("area", "num_keypoints")
_IMAGE = frozenset({"id", "file_name", "width", "height"})
_ROWS = frozenset({"images", "annotations", "categories"})


def size_of(image: Mapping[str, object]) -> tuple[int, int] | None:
    """Width and height of an image's row, if they are integers of at least 1."""
    width, height = image.get("width"), image.get("height")
    if type(width) is int and type(height) is int and width >= 1 and height >= 1:
        return width, height
    return None


def further_fields(image: Mapping[str, object]) -> dict[str, object]:
    """The fields of an image's row besides its id, name and size."""
    return {key: value for key, value in image.items() if key not in _IMAGE}


def further_sections(document: object) -> dict[str, object]:
    """The top-level fields of a document besides its rows."""
    return {key: value for key, value in document.items() if key not in _ROWS} if isinstance(document, dict) else {}


def category_of(row: Mapping[str, object]) -> CategoryOf:
    """A category's row. Values of the wrong type are among its further fields."""
    number, above = row.get("id"), row.get("supercategory")
    names, edges = row.get("keypoints"), row.get("skeleton")
    known = {"id", "name"}
    if isinstance(above, str):
        known.add("supercategory")
    keypoints, skeleton = None, None
    if isinstance(names, list):
        keypoints = tuple(map(str, names))
        known |= {"keypoints"} if list(keypoints) == names else set()
    if isinstance(edges, list):
        skeleton = tuple((edge[0], edge[1]) for edge in edges if isinstance(edge, list) and len(edge) == 2)
        known |= {"skeleton"} if len(skeleton) == len(edges) else set()
    return CategoryOf(
        str(row.get("name")),
        number if type(number) is int else None,
        above if isinstance(above, str) else None,
        keypoints,
        skeleton,
        {key: value for key, value in row.items() if key not in known},
    )


def detection_of(row: Mapping[str, object], place: int, category: CategoryOf | None, mask: Decoded, keys: FieldNames) -> DetectionOf:
    """An annotation's row.

    Args:
        row: The row.
        place: Its index in the image.
        category: The category that it refers to, or None.
        mask: Its decoded segmentation.
        keys: The names of fields that COCO does not define.
    """
    number = row.get("category_id")
    own = {keys.score, keys.track_id, keys.oriented_box, keys.keypoint_scores}
    if keys.attributes is None:
        data = {key: value for key, value in row.items() if key not in own and key not in COCO_FIELDS}
    else:
        attributes = row.get(keys.attributes)
        data = attributes if isinstance(attributes, dict) else {}
    return DetectionOf(
        place=place,
        category=None if category is None else category.name,
        category_id=number if type(number) is int else None,
        box=box_of(row.get("bbox")),
        mask=mask[0],
        mask_trouble=mask[1],
        area=real(row.get("area")),
        crowd=row.get("iscrowd"),
        score=row.get(keys.score),
        track_id=row.get(keys.track_id),
        oriented_box=flat_numbers(row.get(keys.oriented_box)),
        keypoints=flat_numbers(row.get("keypoints")),
        keypoint_scores=flat_numbers(row.get(keys.keypoint_scores)),
        data=data,
        id=row.get("id"),
        recorded={key: row[key] for key in _RECORDED if key in row},
    )


def box_of(value: object) -> NDArray[np.float64] | None:
    """x1, y1, x2, y2 of a COCO box."""
    numbers = flat_numbers(value)
    if numbers is None or len(numbers) != 4:
        return None
    x, y, width, height = numbers
    return np.array([x, y, x + width, y + height])


def flat_numbers(value: object) -> list[float] | None:
    """A list of numbers, or of lists of them, flat; None for any other value."""
    if not isinstance(value, list):
        return None
    flat: list[float] = []
    for one in value:
        inner = one if isinstance(one, list) else [one]
        for number in inner:
            known = real(number)
            if known is None:
                return None
            flat.append(known)
    return flat
