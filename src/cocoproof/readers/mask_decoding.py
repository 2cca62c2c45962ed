"""COCO segmentations as pixels: by pycocotools if it is safe, and by our own implementation.

The exporter imports nothing of this module. Both use `decode_counts`, `check_runs` and `polygon_faults` of
`cocoproof.geometry`, which parse run lengths and find malformed masks; pixels are decoded by pycocotools, or here.
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rasteriser import RingFault, polygon_faults
from cocoproof.geometry.rle import MAX_PIXELS, RleFault, check_runs, decode_counts
from cocoproof.readers.content import MaskOf
from cocoproof.readers.safe_masks import readable_masks

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["NO_MASK", "Decoded", "decode_by_pycocotools", "decode_ourselves", "describe", "fill_polygon", "mask_iou"]

NO_MASK = "segmentation [], for which annToMask raises IndexError"

_SCALE = 5.0

Decoded = tuple[MaskOf | None, str | None]
"""The mask, or why it cannot be decoded; both None if there is no segmentation."""


def decode_by_pycocotools(
    segmentation: object, size: tuple[int, int] | None, ann_to_mask: Callable[[dict[str, object]], NDArray[np.uint8]] | None = None
) -> Decoded:
    """A segmentation, decoded by pycocotools on demand.

    Args:
        segmentation: The value of the annotation's field; None if it has none.
        size: Height and width of the image.
        ann_to_mask: Decodes an annotation with this segmentation; None uses pycocotools' mask functions.
    """
    if segmentation is None:
        return None, None
    if segmentation == []:
        return None, NO_MASK
    if size is None:
        return None, "a segmentation on an image without a size"
    row = {"segmentation": segmentation, "image_id": 0}
    masks, _ = readable_masks([row], {0: {"height": size[0], "width": size[1]}}, ())
    if 0 not in masks:
        return None, f"a segmentation that must not reach pycocotools' C code: {_fault(segmentation, size)}"
    safe = masks[0].segmentation

    def decode() -> NDArray[np.bool_]:
        if not safe:
            return np.zeros(size, np.bool_)  # rings that go out and back on one line
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # of pycocotools' own arrays, by numpy 2
            pixels = ann_to_mask({"segmentation": safe}) if ann_to_mask else _pycocotools_mask(safe, size)
        return np.asarray(pixels, np.bool_)

    return MaskOf(size, decode), None


def _pycocotools_mask(segmentation: Any, size: tuple[int, int]) -> NDArray[np.uint8]:
    from pycocotools import mask

    encoded = (
        mask.frPyObjects(segmentation, *size) if not isinstance(segmentation, dict) or isinstance(segmentation["counts"], list) else None
    )
    pixels: NDArray[np.uint8] = mask.decode(
        segmentation if encoded is None else mask.merge(encoded) if isinstance(encoded, list) else encoded
    )
    return pixels


def _fault(segmentation: object, size: tuple[int, int]) -> str:
    """Why a segmentation is not safe, in a few words."""
    height, width = size
    if height * width > MAX_PIXELS:
        return f"{width}x{height} px are more than its encoder can take"
    if isinstance(segmentation, dict):
        if segmentation.get("size") != [height, width]:
            return f"its size is {segmentation.get('size')!r} (height, width), the image is {width}x{height} px"
        runs, faults = _runs_of(segmentation.get("counts"))
        if runs is None:
            return "its counts are neither a string nor a list of integers"
        fault = int(check_runs(runs, np.array([size], np.int64), faults)[0])
        return f"its counts are malformed ({_fault_name(RleFault(fault))})"
    rings = _rings_of(segmentation)
    if rings is None:
        return "it is neither a list of polygons nor a run-length encoding"
    return f"a polygon is malformed ({_fault_name(RingFault(int(polygon_faults(rings, np.array([0, len(rings)]))[0])))})"


def _fault_name(fault: RleFault | RingFault) -> str:
    return fault.name.lower().replace("_", " ")


def _runs_of(counts: object) -> tuple[Ragged | None, NDArray[np.uint8] | None]:
    if isinstance(counts, str):
        return decode_counts([counts])
    if isinstance(counts, list) and all(type(run) is int and abs(run) < 2**62 for run in counts):
        return Ragged.from_rows([counts], np.int64), None
    return None, None


def _rings_of(segmentation: object) -> Ragged | None:
    if not isinstance(segmentation, list):
        return None
    for ring in segmentation:
        if not isinstance(ring, list) or not all(type(value) in (int, float) for value in ring):
            return None
    try:
        return Ragged.from_rows(segmentation, np.float64)
    except OverflowError:
        return None


def decode_ourselves(rings: Ragged | None, runs: NDArray[np.int64] | None, size: tuple[int, int]) -> MaskOf:
    """A mask from our own reader's columns, without pycocotools.

    Args:
        rings: The polygons, valid by `polygon_faults`; None for a run-length encoding.
        runs: The runs, which sum to the size; None for polygons.
        size: Height and width.
    """

    def decode() -> NDArray[np.bool_]:
        if rings is not None:
            out = np.zeros(size, np.bool_)
            for ring in range(len(rings)):
                out |= fill_polygon(rings[ring], size)
            return out
        spelt = np.zeros(0, np.int64) if runs is None else runs
        return np.repeat(np.arange(len(spelt)) % 2 == 1, spelt).reshape(size[1], size[0]).T

    return MaskOf(size, decode)


def fill_polygon(ring: NDArray[np.float64], size: tuple[int, int]) -> NDArray[np.bool_]:
    """The pixels of one polygon, as pycocotools' `rleFrPoly` (`common/maskApi.c`, 2.0.11) sets them.

    An independent implementation of its walk along the edges on a grid five times as fine: an outline toggles a column's pixels
    below the point where it crosses the middle of the column.

    Args:
        ring: x, y, x, y in pixels, valid by `ring_faults`.
        size: Height and width.

    Returns:
        bool, shape `size`.
    """
    height, width = size
    corners = np.trunc(_SCALE * ring + 0.5).astype(np.int64).reshape(-1, 2)
    places = []
    for begin, end in zip(corners.tolist(), np.roll(corners, -1, axis=0).tolist(), strict=True):
        if begin == end:
            continue
        u, v = _walk(begin, end)
        # Only steps in x count, in either direction.
        moved = np.flatnonzero(u[1:] != u[:-1])
        column = (np.minimum(u[moved + 1], u[moved]) + 0.5) / _SCALE - 0.5
        row = (np.minimum(v[moved + 1], v[moved]) + 0.5) / _SCALE - 0.5
        good = (np.floor(column) == column) & (column >= 0) & (column <= width - 1)
        rows = np.ceil(np.clip(row[good], 0, height)).astype(np.int64)
        places.append(column[good].astype(np.int64) * height + rows)
    out = np.zeros((width, height), np.bool_)
    toggled = np.concatenate([np.empty(0, np.int64), *places])
    if not len(toggled):
        return out.T
    # Before the first toggle nothing is set, nor after the last: a closed outline crosses each column an even number of times.
    first, last = int(toggled.min()) // height, min(int(toggled.max()) // height, width - 1)
    inside = np.bincount(toggled - first * height, minlength=(last + 1 - first) * height)[: (last + 1 - first) * height] & 1
    out[first : last + 1] = np.bitwise_xor.accumulate(inside.astype(np.uint8)).reshape(-1, height)
    return out.T


def _walk(begin: list[int], end: list[int]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Every grid point of an edge, upward along its longer side, from where `rleFrPoly` rounds."""
    (xs, ys), (xe, ye) = begin, end
    dx, dy = abs(xe - xs), abs(ye - ys)
    if (dx >= dy and xs > xe) or (dx < dy and ys > ye):
        xs, xe, ys, ye = xe, xs, ye, ys
    t = np.arange(max(dx, dy) + 1)
    if dx >= dy:
        return t + xs, np.trunc(ys + (ye - ys) / dx * t + 0.5).astype(np.int64)
    return np.trunc(xs + (xe - xs) / dy * t + 0.5).astype(np.int64), t + ys


def mask_iou(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> float:
    """IoU of two masks of the same shape; 1 if both are empty."""
    whole = int(np.count_nonzero(a | b))
    return int(np.count_nonzero(a & b)) / whole if whole else 1.0


def describe(mask: NDArray[np.bool_] | None) -> str:
    """A mask for a message: its number of pixels."""
    return "no mask" if mask is None else f"mask {int(np.count_nonzero(mask))} px"
