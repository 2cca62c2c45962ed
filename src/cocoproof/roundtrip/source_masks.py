"""The masks of detections in whatever form they come, as pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.readers.content import MaskOf
from cocoproof.readers.mask_decoding import decode_by_pycocotools

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["masks_of", "size_of_masks"]


_RAW = "coco_raw_segmentation"
"""supervision's `data` column of COCO segmentations that it did not decode."""


def size_of_masks(found: Any) -> tuple[int, int] | None:
    """Height and width that the masks have by themselves; None where they have none."""
    mask = getattr(found, "mask", None)
    if mask is None or isinstance(getattr(mask, "values", None), (list, tuple)):
        return None
    if hasattr(mask, "image_shape"):
        return int(mask.image_shape[0]), int(mask.image_shape[1])
    if hasattr(mask, "rows"):
        return int(mask.size[0]), int(mask.size[1])
    shape = np.shape(mask)
    return (int(shape[1]), int(shape[2])) if len(shape) == 3 else None


def masks_of(found: Any, n: int, size: tuple[int, int] | None) -> list[MaskOf | None]:
    """The masks of n detections: dense, crops (supervision's `CompactMask`), runs, or COCO segmentations.

    Args:
        found: The detections.
        n: How many.
        size: Height and width of the image, which polygons need.

    Raises:
        TypeError: If they have another form.
    """
    mask = getattr(found, "mask", None)
    raw = (getattr(found, "data", None) or {}).get(_RAW)
    values = raw if mask is None else getattr(mask, "values", None)
    if isinstance(values, (list, tuple)) or (mask is None and values is not None):
        return [decode_by_pycocotools(value, size)[0] for value in values]
    if mask is None:
        return [None] * n
    if hasattr(mask, "crop") and hasattr(mask, "offsets") and hasattr(mask, "image_shape"):
        return [_of_crop(mask, index) for index in range(n)]
    if hasattr(mask, "rows") and hasattr(mask, "size"):
        return [_of_runs(mask.rows[index], mask.size) for index in range(n)]
    dense = np.asarray(mask)
    if dense.ndim != 3 or len(dense) != n:
        msg = f"mask is a {type(mask).__name__} of shape {dense.shape}; expected ({n}, height, width), a CompactMask, runs or segmentations"
        raise TypeError(msg)
    return [_of_dense(dense, index) for index in range(n)]


def _of_dense(dense: NDArray[Any], index: int) -> MaskOf:
    height, width = dense.shape[1:]
    return MaskOf((height, width), lambda: np.asarray(dense[index], np.bool_))


def _of_crop(mask: Any, index: int) -> MaskOf:
    height, width = (int(side) for side in mask.image_shape)

    def decode() -> NDArray[np.bool_]:
        left, top = (int(edge) for edge in mask.offsets[index])
        crop = np.asarray(mask.crop(index), np.bool_)
        out = np.zeros((height, width), np.bool_)
        out[top : top + crop.shape[0], left : left + crop.shape[1]] = crop
        return out

    return MaskOf((height, width), decode)


def _of_runs(runs: NDArray[np.int64], size: tuple[int, int]) -> MaskOf:
    height, width = size
    return MaskOf((height, width), lambda: np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(width, height).T)
