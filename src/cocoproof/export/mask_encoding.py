"""Masks as COCO writes them: run-length encoded or as polygons; exact unless a tolerance was asked for."""

from __future__ import annotations

from dataclasses import dataclass
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

    from cocoproof.export.options import MaskOptions
    from cocoproof.geometry.tracing import Ring

__all__ = ["EncodedMask", "Segmentation", "write_masks"]

Segmentation: TypeAlias = "dict[str, object] | list[list[float]] | list[list[int]] | msgspec.Raw"

_ENCODER = msgspec.json.Encoder()


@dataclass(frozen=True, slots=True)
class EncodedMask:
    """One mask as it is written.

    Attributes:
        segmentation: The value of the annotation's key.
        area: Pixels that pycocotools reads back; of a box, its area.
        is_polygon: Whether it is polygons.
        iou: What is kept of the mask, where polygons were simplified; else 1.0.
    """

    segmentation: Segmentation
    area: float
    is_polygon: bool
    iou: float = 1.0


def write_masks(
    runs: Sequence[NDArray[np.int64]],
    polygons: Sequence[list[list[float]] | None],
    crowd: Sequence[bool],
    size: tuple[int, int],
    options: MaskOptions,
) -> list[EncodedMask]:
    """The masks of one image as they are written.

    `rle` and `polygon` are what they say, but a crowd is always run-length encoded, as the format has it, and so is a
    mask without a pixel, which no polygon can be. Polygons that the source has stay those very polygons in `polygon` and
    `auto`, unless a tolerance was asked for. Any other mask is, in `auto`, a polygon if it has no hole and the polygon's
    text is not longer than the run-length encoding's; so rectangles and simplified outlines are polygons, and what is
    jagged or holed is not (a hole in a polygon is a seam, which every viewer draws).

    Args:
        runs: The runs of each mask.
        polygons: The polygons that the source has for each, or None.
        crowd: Whether each is a crowd.
        size: Height and width of the image.
        options: What was asked for.
    """
    rows = Ragged.from_rows(runs, np.int64)
    pixels = areas(rows).tolist()
    encoded = encode_counts(rows) if options.mode != "polygon" else None
    out = []
    for index, mask in enumerate(runs):
        own = polygons[index]
        written = None
        if options.mode == "rle" or crowd[index] or not pixels[index]:
            pass
        elif own is not None and not options.tolerant:
            written = EncodedMask(own, pixels[index], is_polygon=True)
        elif options.mode == "polygon":
            written = _polygon(mask, trace_runs(mask, size), pixels[index], size, options)
        else:
            written = _polygon_if_shorter(mask, pixels[index], size, options, encoded[index] if encoded else b"")
        if written is None:
            counts = encoded[index] if encoded else encode_counts(Ragged.from_lengths(mask, [len(mask)]))[0]
            value: Segmentation = {"size": list(size), "counts": counts.decode("ascii")}
            written = EncodedMask(value, pixels[index], is_polygon=False)
        out.append(written)
    return out


def _polygon(mask: NDArray[np.int64], rings: list[Ring], pixels: int, size: tuple[int, int], options: MaskOptions) -> EncodedMask:
    """A mask as polygons, simplified where that was asked for."""
    if options.tolerant:
        limit = options.vertices_for(sum(len(ring) for ring in rings) // 2)
        simple, _ = simplify_runs(mask, size, rings, min_iou=options.min_iou, max_vertices=limit)
        if simple is not rings:
            # Two vertices at one place are one: an edge of no length is more than pycocotools can take.
            parted = [drop_zero_edges(ring.astype(np.float64)).astype(np.int64) for ring in simple]
            simple = [ring for ring in parted if len(ring)]
            # Measured on the rings as they are written, in the frame that they are written for.
            read_back = rasterise(simple, size)
            kept = iou_of_runs(mask, read_back)
            return EncodedMask([ring.tolist() for ring in simple], int(read_back[1::2].sum()), is_polygon=True, iou=kept)
    return EncodedMask([ring.tolist() for ring in rings], pixels, is_polygon=True)


def _polygon_if_shorter(
    mask: NDArray[np.int64], pixels: int, size: tuple[int, int], options: MaskOptions, counts: bytes
) -> EncodedMask | None:
    outlines = outlines_of_runs(mask, size)
    if any(len(outline.rings) > 1 for outline in outlines):
        return None
    rings = [outline.rings[0] for outline in outlines]
    rle_length = len(_ENCODER.encode(list(size))) + len('{"size":,"counts":""}') + len(counts) + counts.count(b"\\")
    if not options.tolerant and sum(len(ring) for ring in rings) * 2 > rle_length:
        return None  # each number takes two characters at least
    written = _polygon(mask, rings, pixels, size, options)
    text = _ENCODER.encode(written.segmentation)
    if len(text) > rle_length:
        return None
    return EncodedMask(msgspec.Raw(text), written.area, is_polygon=True, iou=written.iou)
