"""Polygons for pycocotools: which ones are safe to pass, and the mask that it makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pycocotools.mask

from cocoproof.export.errors import ExportError
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rasteriser import RingFault, drop_zero_edges, polygon_faults
from cocoproof.geometry.rle import MAX_PIXELS, decode_counts, decode_runs, encode_mask

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

__all__ = ["check_rings", "rasterise"]


def check_rings(polygons: Any) -> list[list[float]]:
    """Polygons as lists of Python numbers that pycocotools can rasterise safely.

    Raises:
        ExportError: If they are anything else.
    """
    if not isinstance(polygons, list | tuple) or not all(isinstance(ring, list | tuple | np.ndarray) for ring in polygons):
        msg = "the segmentation is neither a list of polygons nor a run-length encoding"
        raise ExportError(msg, reason="polygon")
    rings = [ring.tolist() if isinstance(ring, np.ndarray) else list(ring) for ring in polygons]
    if not all(type(number) in (int, float) for ring in rings for number in ring):
        msg = "a polygon contains something other than numbers"
        raise ExportError(msg, reason="polygon")
    try:
        rows = Ragged.from_rows(rings, np.float64)
    except OverflowError:
        msg = "a polygon contains a number that is far too large"
        raise ExportError(msg, reason="polygon") from None
    fault = int(polygon_faults(rows, np.array([0, len(rings)]))[0])
    if fault:
        name = RingFault(fault).name.lower().replace("_", " ")
        msg = f"a polygon cannot be rasterised ({name})"
        raise ExportError(msg, reason="polygon")
    return rings


def rasterise(rings: Sequence[Sequence[float] | NDArray[np.int64]], size: tuple[int, int]) -> NDArray[np.int64]:
    """The runs of the mask that pycocotools makes of polygons.

    On an image with more pixels than its encoder supports, only the bounding box is rasterised: the same pixels
    except for ties in rounding along slopes.

    Args:
        rings: The result of `check_rings`, or of tracing.
        size: Height and width of the image.

    Raises:
        ExportError: If the bounding box, too, has more pixels.
    """
    height, width = size
    arrays = [np.asarray(ring, np.float64) for ring in rings]
    if height * width <= MAX_PIXELS:
        return _rasterised(arrays, height, width)
    vertices = np.concatenate(arrays).reshape(-1, 2)
    left, top = np.clip(np.floor(vertices.min(axis=0)), 0, (width - 1, height - 1)).astype(np.int64).tolist()
    right, bottom = np.clip(np.ceil(vertices.max(axis=0)), (left + 1, top + 1), (width, height)).astype(np.int64).tolist()
    box = (bottom - top, right - left)
    if box[0] * box[1] > MAX_PIXELS:
        msg = f"a polygon of {box[1]}x{box[0]} px is too large for pycocotools (at most {MAX_PIXELS} pixels)"
        raise ExportError(msg, reason="polygon")
    moved = [(ring.reshape(-1, 2) - (left, top)).ravel() for ring in arrays]
    return encode_mask(decode_runs(_rasterised(moved, *box), box), (left, top), size)


def _rasterised(rings: list[NDArray[np.float64]], height: int, width: int) -> NDArray[np.int64]:
    sound = [kept.tolist() for ring in rings if len(kept := drop_zero_edges(ring))]
    if not sound:
        return np.array([height * width], np.int64)
    merged = pycocotools.mask.merge(pycocotools.mask.frPyObjects(sound, height, width))
    rows, _ = decode_counts([merged["counts"]])
    return rows[0]
