"""Rows of a COCO file, as `json.load` gives them, as one side of a comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.readers.content import CategoryOf, DetectionOf
from cocoproof.readers.loaded_rows import real

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cocoproof.readers.mask_decoding import Decoded
    from cocoproof.readers.options import FieldNames

__all__ = ["category_of", "detection_of", "size_of"]

_COCO = frozenset(
    {"id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "keypoints", "num_keypoints"},
)


def size_of(image: Mapping[str, object]) -> tuple[int, int] | None:
    """Width and height of an image's row, where they are whole numbers of at least 1."""
    width, height = image.get("width"), image.get("height")
    if type(width) is int and type(height) is int and width >= 1 and height >= 1:
        return width, height
    return None


def category_of(row: Mapping[str, object]) -> CategoryOf:
    """A category's row."""
    number, above = row.get("id"), row.get("supercategory")
    names, edges = row.get("keypoints"), row.get("skeleton")
    return CategoryOf(
        str(row.get("name")),
        number if type(number) is int else None,
        above if isinstance(above, str) else None,
        tuple(map(str, names)) if isinstance(names, list) else None,
        tuple((edge[0], edge[1]) for edge in edges if isinstance(edge, list) and len(edge) == 2) if isinstance(edges, list) else None,
    )


def detection_of(row: Mapping[str, object], place: int, category: CategoryOf | None, mask: Decoded, keys: FieldNames) -> DetectionOf:
    """An annotation's row.

    Args:
        row: The row.
        place: Which of its image's.
        category: The category that it refers to, where there is one.
        mask: What its segmentation is decoded to.
        keys: Where it has what COCO has no field for.
    """
    number = row.get("category_id")
    own = {keys.score, keys.track_id, keys.oriented_box, keys.keypoint_scores}
    if keys.attributes is None:
        data = {key: value for key, value in row.items() if key not in own and key not in _COCO}
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
        oriented_box=_numbers(row.get(keys.oriented_box)),
        keypoints=_numbers(row.get("keypoints")),
        keypoint_scores=_numbers(row.get(keys.keypoint_scores)),
        data=data,
    )


def box_of(value: object) -> NDArray[np.float64] | None:
    """x1, y1, x2, y2 of a COCO box."""
    numbers = _numbers(value)
    if numbers is None or len(numbers) != 4:
        return None
    x, y, width, height = numbers
    return np.array([x, y, x + width, y + height])


def _numbers(value: object) -> list[float] | None:
    """A list of numbers, or of lists of them, flat; None where it is anything else."""
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
