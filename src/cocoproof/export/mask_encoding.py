"""Masks as COCO stores them: run-length encoded or as polygons; exact unless a tolerance was given."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec
import numpy as np

from cocoproof.export.rings import rasterise
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rasteriser import drop_zero_edges
from cocoproof.geometry.rle import areas, encode_counts
from cocoproof.geometry.rle import iou as iou_of_runs
from cocoproof.geometry.simplification import simplify_runs
from cocoproof.geometry.tracing import outlines_of_runs, trace_runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.export.coco_rows import AnnotationEntry, Segmentation
    from cocoproof.export.mask_options import MaskOptions
    from cocoproof.export.tally import Tally
    from cocoproof.export.validate import ValidatedDetections
    from cocoproof.geometry.tracing import Ring

__all__ = ["add_segmentations", "rle_segmentations"]

Polygons: TypeAlias = "tuple[Segmentation, float, float]"
"""Polygons, the pixels that pycocotools reads back from them, and the IoU with the mask."""

_ENCODER = msgspec.json.Encoder()


def add_segmentations(
    rows: Sequence[AnnotationEntry], detections: ValidatedDetections, size: tuple[int, int], options: MaskOptions, tally: Tally
) -> None:
    """Set `segmentation` and `area` of the annotations on one image whose detections have masks.

    `rle` and `polygon` are what they say, but a crowd is always run-length encoded, as the format requires, and so is a
    mask without a pixel, which no polygon can represent. In `polygon` and `auto`, polygons of the source are written
    unchanged, unless a tolerance was given. Any other mask is, in `auto`, a polygon if it has no hole and the polygon's
    text is not longer than the run-length encoding's; so rectangles and simplified outlines are polygons, and jagged masks
    and masks with holes are not (a hole in a polygon is a seam, which every viewer draws).

    Args:
        rows: The annotations, with the area of the box.
        detections: The detections that they were made of.
        size: Height and width of the image.
        options: How masks are written.
        tally: Counts masks by their form, and the IoU that they keep.
    """
    runs = detections.runs
    if options.mode == "none" or (runs is None and not options.segment_boxes):
        tally.masks["none"] += len(rows)
        return
    masks = [] if runs is None else [(index, mask) for index, mask in enumerate(runs) if mask is not None]
    ragged = Ragged.from_rows([mask for _, mask in masks], np.int64)
    pixels = areas(ragged).tolist()
    encoded = encode_counts(ragged) if options.mode != "polygon" else [None] * len(masks)
    segmented: dict[int, Polygons] = {}
    for (index, mask), count, counts in zip(masks, pixels, encoded, strict=True):
        own = None if detections.polygons is None else detections.polygons[index]
        polygons: Polygons | None = None
        if options.mode == "rle" or detections.crowd[index] == 1 or not count:
            pass
        elif own is not None and not options.tolerant:
            polygons = own, count, 1.0
        elif options.mode == "polygon" or counts is None:
            polygons = _polygons(mask, trace_runs(mask, size), count, size, options)
        else:
            polygons = _polygons_if_shorter(mask, count, size, options, counts)
        segmented[index] = polygons or (_rle(mask, counts, size), count, 1.0)
    for index, row in enumerate(rows):
        if index in segmented:
            row.segmentation, row.area, iou = segmented[index]
        elif options.segment_boxes:
            x, y, width, height = row.bbox
            row.segmentation, iou = [[x, y, x + width, y, x + width, y + height, x, y + height]], 1.0
        else:
            tally.masks["none"] += 1
            continue
        tally.masks["rle" if isinstance(row.segmentation, dict) else "polygon"] += 1
        tally.add_iou(row.id, iou)


def rle_segmentations(masks: Sequence[NDArray[np.int64]], size: tuple[int, int]) -> list[Segmentation]:
    """Run-length encodings of the masks of one image.

    Args:
        masks: The runs of each.
        size: Height and width of the image.
    """
    encoded = encode_counts(Ragged.from_rows(masks, np.int64))
    return [_rle(mask, counts, size) for mask, counts in zip(masks, encoded, strict=True)]


def _rle(mask: NDArray[np.int64], counts: bytes | None, size: tuple[int, int]) -> Segmentation:
    if counts is None:
        counts = encode_counts(Ragged.from_lengths(mask, [len(mask)]))[0]
    return {"size": list(size), "counts": counts.decode("ascii")}


def _polygons(mask: NDArray[np.int64], rings: list[Ring], pixels: int, size: tuple[int, int], options: MaskOptions) -> Polygons:
    """A mask as polygons, simplified if the options say so."""
    if options.tolerant:
        limit = options.vertices_for(sum(len(ring) for ring in rings) // 2)
        simple, _ = simplify_runs(mask, size, rings, min_iou=options.min_iou, max_vertices=limit)
        if simple is not rings:
            # Two vertices at one place are one: an edge without length is more than pycocotools can take.
            parted = [drop_zero_edges(ring.astype(np.float64)).astype(np.int64) for ring in simple]
            simple = [ring for ring in parted if len(ring)]
            # Measured on the rings that are written, in the frame of the image.
            read_back = rasterise(simple, size)
            return [ring.tolist() for ring in simple], int(read_back[1::2].sum()), iou_of_runs(mask, read_back)
    return [ring.tolist() for ring in rings], pixels, 1.0


def _polygons_if_shorter(
    mask: NDArray[np.int64], pixels: int, size: tuple[int, int], options: MaskOptions, counts: bytes
) -> Polygons | None:
    outlines = outlines_of_runs(mask, size)
    if any(len(outline.rings) > 1 for outline in outlines):
        return None
    rings = [outline.rings[0] for outline in outlines]
    rle_length = len(_ENCODER.encode(list(size))) + len('{"size":,"counts":""}') + len(counts) + counts.count(b"\\")
    if not options.tolerant and sum(len(ring) for ring in rings) * 2 > rle_length:
        return None  # each number takes at least two characters
    segmentation, area, iou = _polygons(mask, rings, pixels, size, options)
    text = _ENCODER.encode(segmentation)
    if len(text) > rle_length:
        return None
    return msgspec.Raw(text), area, iou
