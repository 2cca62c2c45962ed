"""Which masks of a document may reach pycocotools' C code, and what they are by arithmetic of our own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from cocoproof.geometry.pixel_counts import passes
from cocoproof.geometry.polygons import measure
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rasteriser import RingFault, drop_zero_edges, has_zero_edges, polygon_faults
from cocoproof.geometry.rle import RleFault, check_runs, decode_counts
from cocoproof.model.budgets import MASK_RINGS
from cocoproof.readers.loaded_rows import Row, size_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from numpy.typing import NDArray

__all__ = ["Mask", "differ_in_a_block", "readable_masks"]

_MAX_PIXELS = 2**24 - 1

_BORDER = 4
"""Polygon masks may differ on either side of the border, and the more so where it turns; they differ in earnest where a block of
this many pixels each way does."""

Segmentation: TypeAlias = "list[list[float]] | dict[str, object]"


@dataclass(frozen=True, slots=True)
class Mask:
    """The mask of one annotation, safe for pycocotools.

    Attributes:
        size: Height and width of its image.
        segmentation: What pycocotools may be given: the rings without edges of no length, or the RLE unchanged. It has no
            rings if none of them encloses anything on the rasteriser's grid.
        runs: The runs of an RLE, int64; None for a polygon.
        enclosed: Sum of the shoelace areas of a polygon's rings, in px; 0 for an RLE.
        run_bound: The approximate number of runs in pycocotools: a polygon's outline starts or ends one in each column of pixels it passes.
    """

    size: tuple[int, int]
    segmentation: Segmentation
    runs: NDArray[np.int64] | None
    enclosed: float
    run_bound: int


def readable_masks(rows: Sequence[Row], images: Mapping[object, Row], unsafe: Collection[int]) -> tuple[dict[int, Mask], int]:
    """Find the masks that may be read.

    The parent has validated the masks already, from columns. They are validated again here, from the values that pycocotools will get,
    because two parsers may read a text differently (duplicate keys, for example).

    Args:
        rows: Annotations or results.
        images: The images by id, as in pycocotools.
        unsafe: Indices into `rows` that are excluded in any case.

    Returns:
        The masks by their index into `rows`, and the number of other segmentations. A segmentation that is absent, null or
        `[]` does not count.
    """
    out = set(unsafe)
    polygons: dict[int, list[NDArray[np.float64]]] = {}
    texts: dict[int, bytes | str] = {}
    lists: dict[int, NDArray[np.int64]] = {}
    sizes: dict[int, tuple[int, int]] = {}
    present = 0
    for index, row in enumerate(rows):
        segmentation = row.get("segmentation")
        if segmentation is None or segmentation == []:
            continue
        present += 1
        size = None if index in out else size_of(images.get(row.get("image_id")))
        if size is None or size[0] * size[1] > _MAX_PIXELS:
            continue
        if isinstance(segmentation, list) and len(segmentation) > MASK_RINGS:
            continue
        if isinstance(segmentation, list):
            rings = [_numbers(ring) for ring in segmentation]
            whole = [ring for ring in rings if ring is not None]
            if len(whole) == len(rings):
                polygons[index] = whole
                sizes[index] = size
        elif isinstance(segmentation, dict) and segmentation.get("size") == list(size):
            counts = segmentation.get("counts")
            if isinstance(counts, str):
                texts[index] = counts
                sizes[index] = size
            elif isinstance(counts, list) and all(type(count) is int and abs(count) < 2**62 for count in counts):
                lists[index] = np.array(counts, np.int64)
                sizes[index] = size
    masks = {**_safe_polygons(polygons, sizes), **_safe_runs(texts, lists, sizes, rows)}
    return masks, present - len(masks)


def _numbers(ring: object) -> NDArray[np.float64] | None:
    """A ring as float64; None if it is not a list of numbers."""
    if not isinstance(ring, list) or not all(type(value) in (int, float) for value in ring):
        return None
    try:
        return np.array(ring, np.float64)
    except OverflowError:
        return None


def _safe_polygons(polygons: dict[int, list[NDArray[np.float64]]], sizes: Mapping[int, tuple[int, int]]) -> dict[int, Mask]:
    """Those polygons that satisfy the rasteriser's conditions, cleaned of edges of no length."""
    rings = [ring for own in polygons.values() for ring in own]
    ragged = Ragged.from_rows(rings, np.float64)
    offsets = np.cumsum([0, *map(len, polygons.values())])
    faults = polygon_faults(ragged, offsets)
    fine = faults == RingFault.OK
    counts = np.diff(offsets)
    sound = ragged.take(np.repeat(fine, counts))
    of_masks = np.concatenate([[0], np.cumsum(counts[fine])])
    enclosed = Ragged(np.nan_to_num(np.abs(measure(sound)[0])), of_masks).reduce(np.add)
    passed = Ragged(passes(sound)[1], of_masks).reduce(np.add)
    zero_edges = Ragged(has_zero_edges(sound), of_masks).reduce(np.logical_or, False)
    masks = {}
    chosen = [(index, own) for (index, own), good in zip(polygons.items(), fine.tolist(), strict=True) if good]
    for place, (index, own) in enumerate(chosen):
        cleaned = [ring for ring in map(drop_zero_edges, own) if len(ring)] if zero_edges[place] else own
        bound = min(int(passed[place]), sizes[index][0] * sizes[index][1] + 1)
        masks[index] = Mask(sizes[index], [ring.tolist() for ring in cleaned], None, float(enclosed[place]), bound)
    return masks


def _safe_runs(
    texts: dict[int, bytes | str],
    lists: dict[int, NDArray[np.int64]],
    sizes: Mapping[int, tuple[int, int]],
    rows: Sequence[Row],
) -> dict[int, Mask]:
    """Those run-length masks that satisfy the conditions."""
    masks = {}
    decoded, text_faults = decode_counts(list(texts.values()))
    given = Ragged.from_rows(list(lists.values()), np.int64)
    for indices, runs, earlier in ((list(texts), decoded, text_faults), (list(lists), given, None)):
        size = np.array([sizes[index] for index in indices], np.int64).reshape(-1, 2)
        for place, fault in enumerate(check_runs(runs, size, earlier).tolist()):
            index = indices[place]
            segmentation = rows[index]["segmentation"]
            if fault == RleFault.OK and isinstance(segmentation, dict):
                masks[index] = Mask(sizes[index], segmentation, runs[place], 0.0, len(runs[place]))
    return masks


def differ_in_a_block(a: NDArray[np.bool_], b: NDArray[np.bool_]) -> bool:
    """Whether two masks of one shape differ in all of a block of 4 pixels each way, more than rasterisers do at a border."""
    difference = a ^ b
    for axis in (0, 1):
        lines = np.flatnonzero(difference.any(axis=1 - axis))
        if not len(lines):
            return False
        difference = difference.take(range(lines[0], lines[-1] + 1), axis)
    for axis in (0, 1):
        if difference.shape[axis] < _BORDER:
            return False
        windows = np.lib.stride_tricks.sliding_window_view(difference, _BORDER, axis=axis)
        difference = np.logical_and.reduce(windows, axis=-1)
    return bool(difference.any())
