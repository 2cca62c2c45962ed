"""What a COCO file holds: by Python's json and pycocotools' masks, and none of our readers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from pycocotools import mask as coco_mask

from cocoproof.testing.importing.imported import ImportedAnnotation, ImportedCategory, ImportedDataset, ImportedImage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.testing.importing.imported import Segmentation

__all__ = ["MaskError", "content_of", "pixels_of"]

_OWN_KEYS = ("id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "keypoints", "num_keypoints", "score")
"""Keys of an annotation that are compared one by one; the others are further fields."""

_FEWEST = 6
"""Numbers of a polygon: pycocotools takes four for a box."""


class MaskError(ValueError):
    """A reader returned something that is not a mask."""


def content_of(document: Mapping[str, Any]) -> ImportedDataset:
    """What the document of a COCO file says, with annotations in the order of their ids in `annotations`."""
    names = {row["id"]: row["name"] for row in document["categories"]}
    found: dict[int, list[ImportedAnnotation]] = {row["id"]: [] for row in document["images"]}
    for row in document["annotations"]:
        found[row["image_id"]].append(
            ImportedAnnotation(
                names[row["category_id"]],
                row["bbox"],
                row.get("segmentation"),
                row["iscrowd"],
                row["area"],
                row.get("keypoints"),
                row.get("score"),
                row["id"],
                {key: value for key, value in row.items() if key not in _OWN_KEYS},
            )
        )
    images = [ImportedImage(row["file_name"], row["width"], row["height"], row["id"], found[row["id"]]) for row in document["images"]]
    return ImportedDataset(images, [_category(row) for row in document["categories"]])


def _category(row: Mapping[str, Any]) -> ImportedCategory:
    points = row.get("keypoints")
    return ImportedCategory(row["name"], row["id"], row.get("supercategory"), None if points is None else tuple(points))


def pixels_of(segmentation: Segmentation | None, size: tuple[int, int]) -> NDArray[np.bool_] | None:
    """A mask as pycocotools' `annToMask` gives it: bool, shape `size`; None for no mask.

    Args:
        segmentation: A mask, or polygons or run lengths.
        size: Height and width of the image.

    Raises:
        MaskError: If it is neither, or pycocotools' C code must not see it.
    """
    if segmentation is None:
        return None
    if isinstance(segmentation, np.ndarray):
        if segmentation.shape != size:
            msg = f"a mask has the shape {segmentation.shape}, and its image {size}"
            raise MaskError(msg)
        return np.asarray(segmentation != 0)
    height, width = size
    if isinstance(segmentation, (list, tuple)):
        encoded = coco_mask.merge(coco_mask.frPyObjects([_polygon(own) for own in segmentation] or _none(), height, width))
    else:
        encoded = _runs(segmentation, size)
    return np.asarray(coco_mask.decode(encoded) != 0)


def _none() -> list[list[float]]:
    msg = "there are no polygons"
    raise MaskError(msg)


def _polygon(polygon: Sequence[float]) -> list[float]:
    numbers = [float(value) for value in polygon]
    if len(numbers) < _FEWEST or len(numbers) % 2 or not np.isfinite(numbers).all():
        msg = f"a polygon has the numbers {numbers[:8]}"
        raise MaskError(msg)
    return numbers


def _runs(segmentation: Any, size: tuple[int, int]) -> Any:
    """Run lengths, compressed, whose sum is that of the pixels."""
    height, width = size
    counts = segmentation.get("counts") if hasattr(segmentation, "get") else None
    if isinstance(counts, (str, bytes)):
        text = counts.encode("ascii") if isinstance(counts, str) else counts
        if _sum_of(text) != height * width:
            raise _wrong(segmentation)
        return {"size": list(size), "counts": text}
    if counts is None or sum(map(int, counts)) != height * width or min(map(int, counts), default=-1) < 0:
        raise _wrong(segmentation)
    return coco_mask.frPyObjects({"size": list(size), "counts": [int(own) for own in counts]}, height, width)


def _wrong(segmentation: object) -> MaskError:
    return MaskError(f"run lengths that do not fill the image: {str(segmentation)[:80]}")


def _sum_of(counts: bytes) -> int:
    """The sum of compressed run lengths (`rleFrString` in pycocotools' maskApi.c); -1 where one is negative."""
    runs: list[int] = []
    value = shift = 0
    for character in counts:
        bits = character - 48
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + runs[-2] if len(runs) > 2 else value)
        value = shift = 0
    return sum(runs) if min(runs, default=-1) >= 0 else -1
