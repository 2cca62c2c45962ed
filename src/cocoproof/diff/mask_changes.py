"""Masks of two files as pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.diff.raw_rows import shown
from cocoproof.geometry.rle import RleFault
from cocoproof.readers.mask_decoding import decode_by_pycocotools

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.diff.input import DiffInput

__all__ = ["MaskReader"]


class MaskReader:
    """Decodes the masks of one file, where that is safe."""

    def __init__(self, side: DiffInput) -> None:
        self._side = side
        self._columns = side.coco.annotations.segmentation
        self._places = {row: place for place, row in enumerate(self._columns.rle_rows.tolist())}

    def decode(self, row: int) -> NDArray[np.bool_] | None:
        """The pixels of an annotation's mask, bool, shape (height, width); None without a mask, or without one that is safe to decode."""
        columns = self._columns
        place = self._places.get(row)
        if place is not None:
            height, width = columns.rle_sizes[place].tolist()
            if columns.rle_faults[place] not in (RleFault.OK, RleFault.OVERSIZE):
                return None
            runs = columns.rle_runs[place]
            return np.repeat(np.arange(len(runs)) % 2 == 1, runs).reshape(width, height).T
        image = int(self._side.image_row[row])
        sizes = self._side.image_sizes
        if image < 0 or np.isnan(sizes[image]).any():
            return None
        width, height = sizes[image].astype(np.int64).tolist()
        rings = [columns.rings[ring].tolist() for ring in range(int(columns.ring_offsets[row]), int(columns.ring_offsets[row + 1]))]
        mask, _ = decode_by_pycocotools(rings, (height, width))
        return None if mask is None else mask.decode()

    def describe(self, row: int, pixels: int | None) -> str:
        """The mask in a few words: its pixels, or the field as it is written where that is not a mask."""
        if pixels is not None:
            return f"{pixels} px"
        if self._columns.is_mask[row]:
            return "that cannot be decoded"
        return shown(self._side.annotations[row].get("segmentation"))
