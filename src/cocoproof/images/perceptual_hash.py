"""Perceptual hashes of 128 bits: two images whose hashes differ in few bits are the same image, rescaled or recompressed.

The hash is the difference hash (N. Krawetz, "Kind of Like That", 2013), by rows and by columns: the image is shrunk to 9 x 9 grey
pixels, and each bit is set if a pixel is darker than its neighbour to the right, or below.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.images.decode_messages import Grey, Pixels
from cocoproof.images.decode_pool import MOST_BYTES
from cocoproof.images.open_file import OpenError
from cocoproof.images.scan import read_whole

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cocoproof.images.decode_pool import DecodePool
    from cocoproof.images.root import Root
    from cocoproof.images.scan import ImageScan

__all__ = ["BITS", "PerceptualHashes", "hash_images", "hash_of", "nearest"]

BITS = 128
_SIDE = 9
_FLAT = 4
"""The least contrast in grey levels: with less, a shrunken image cannot be distinguished from others."""
_BLOCK = 1024


@dataclass(frozen=True, eq=False)
class PerceptualHashes:
    """The perceptual hashes of a dataset, one row per image.

    Attributes:
        bits: bool, shape (n, 128).
        known: Rows whose image was decoded and has enough contrast, shape (n,).
    """

    bits: NDArray[np.bool_]
    known: NDArray[np.bool_]


def hash_images(
    root: Root, pictures: ImageScan, workers: DecodePool, pixels: int, watch: Callable[[int], None] | None = None
) -> PerceptualHashes:
    """Decode every image and hash it.

    Args:
        root: Where the files are.
        pictures: The scan of the files; those that could not be read are skipped.
        workers: Where Pillow runs.
        pixels: Images with more pixels are not decoded.
        watch: Called from time to time with the number of images done.
    """
    small = pictures.width.astype(np.float64) * pictures.height <= pixels
    rows = np.flatnonzero(pictures.ok & small).tolist()
    looks = PerceptualHashes(np.zeros((len(pictures.names), BITS), bool), np.zeros(len(pictures.names), bool))

    def look(row: int) -> tuple[int, NDArray[np.bool_] | None]:
        known = pictures.format[row]
        try:
            data = read_whole(root, pictures.names[row], MOST_BYTES)
        except OpenError:
            return row, None  # COCO802 reports it
        if known is None:
            return row, None
        reply = workers.ask(Grey(_SIDE, _SIDE), data, known, pixels, (int(pictures.width[row]), int(pictures.height[row])))
        return row, hash_of(np.frombuffer(reply.data, np.uint8).reshape(_SIDE, _SIDE)) if isinstance(reply, Pixels) else None

    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(workers.count) as pool:
        for done, (row, bits) in enumerate(pool.map(look, rows), 1):
            if bits is not None:
                looks.bits[row], looks.known[row] = bits, True
            if watch is not None:
                watch(done)
    return looks


def hash_of(grey: NDArray[np.uint8]) -> NDArray[np.bool_] | None:
    """The 128 bits of an image that was shrunk to uint8, shape (9, 9); None if it has too little contrast."""
    if int(grey.max()) - int(grey.min()) < _FLAT:
        return None
    across = grey[:-1, :-1] < grey[:-1, 1:]
    down = grey[:-1, :-1] < grey[1:, :-1]
    return np.concatenate([across.ravel(), down.ravel()])


def nearest(ours: NDArray[np.bool_], theirs: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For each hash, the nearest one of the others by Hamming distance; of equals, the first.

    Args:
        ours: bool, shape (m, 128).
        theirs: bool, shape (n, 128), n at least 1.

    Returns:
        Row numbers of `theirs`, and the Hamming distances; int64, shape (m,) each.
    """
    # With bits as +1 and -1 the product of two rows is 128 less twice their distance: one matrix product instead of m * n comparisons,
    # exact in float32.
    signs = theirs.astype(np.float32).T * 2 - 1
    rows, distances = np.empty(len(ours), np.int64), np.empty(len(ours), np.int64)
    for start in range(0, len(ours), _BLOCK):
        products = (ours[start : start + _BLOCK].astype(np.float32) * 2 - 1) @ signs
        best = products.argmax(axis=1)
        rows[start : start + _BLOCK] = best
        distances[start : start + _BLOCK] = (BITS - products[np.arange(len(best)), best]) // 2
    return rows, distances
