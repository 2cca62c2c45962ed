"""Masks and boxes of directed datasets."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.testing.directed.dimensions import Level

__all__ = ["box_at", "cell_box", "cells_size", "mask_at", "small_mask"]

_ROWS = 37
"""The height of masks with long runs: runs then begin and end within columns."""

_CELL = 6
"""Pixels of the side of a cell, in which one detection of a full image is."""


def mask_at(level: Level) -> NDArray[np.bool_]:
    """A mask of its own size: bool, shape (height, width), that has no symmetry."""
    kind, count = level if isinstance(level, tuple) else ("side", 5)
    if kind == "runs":
        return _runs(count)
    if kind == "parts":
        return _grid(count, hole=False)
    if kind == "holes":
        return _grid(count, hole=True)
    if kind == "diagonal":
        return np.eye(count + 1, count + 3, 1, dtype=np.bool_)
    rows, columns = np.mgrid[0 : count + 3, 0 : count + 5]
    triangle: NDArray[np.bool_] = (rows >= 1) & (columns >= 2) & (rows <= count) & (2 * (columns - 2) <= 3 * (rows - 1))
    triangle &= columns < count + 2
    return triangle


def _runs(length: int) -> NDArray[np.bool_]:
    """Runs of a length, set and not set, between short ones, column by column."""
    pattern = [(False, length), (True, length), (False, 1), (True, 2), (False, length + 1), (True, 1)]
    flat = np.concatenate([np.full(count, value) for value, count in pattern])
    width = -(-(len(flat) + 3) // _ROWS)
    whole = np.zeros(width * _ROWS, np.bool_)
    whole[: len(flat)] = flat
    return whole.reshape((_ROWS, width), order="F")


def _grid(count: int, *, hole: bool) -> NDArray[np.bool_]:
    """So many parts of 2 x 2 px apart, or a rectangle with so many holes; the last row is not full."""
    columns = math.ceil(math.sqrt(count)) + 1
    rows = math.ceil(count / columns)
    mask = np.zeros((3 * rows + 3, 3 * columns + 2), np.bool_)
    if hole:
        mask[:-1, :-1] = True
    for place in range(count):
        top, left = 3 * (place // columns) + 1, 3 * (place % columns) + 1
        mask[top : top + (1 if hole else 2), left : left + (1 if hole else 2)] = not hole
    return mask


def small_mask(box: tuple[int, int, int, int], size: tuple[int, int]) -> NDArray[np.bool_]:
    """An L of pixels in a box: bool, shape (height, width).

    Args:
        box: Left, top, right, bottom in whole pixels.
        size: Width and height of the image.
    """
    left, top, right, bottom = box
    mask = np.zeros((size[1], size[0]), np.bool_)
    mask[top:bottom, left] = True
    mask[bottom - 1, left:right] = True
    return mask


def cells_size(count: int) -> tuple[int, int]:
    """Width and height of an image with so many cells."""
    columns = math.ceil(math.sqrt(count))
    return columns * _CELL + 1, math.ceil(count / columns) * _CELL + 2


def cell_box(place: int, count: int) -> tuple[int, int, int, int]:
    """A box in the n-th cell: left, top, right, bottom, in whole pixels; no two overlap, and neighbours differ in size."""
    columns = math.ceil(math.sqrt(count))
    left, top = place % columns * _CELL + 1, place // columns * _CELL + 1
    return left, top, left + 2 + place * 7 % 4, top + 2 + place * 5 % 3


def box_at(level: Level, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """A box on an image: x1, y1, x2, y2.

    Args:
        level: Where it is.
        size: Width and height of the image.
    """
    width, height = size
    half, tall = max(width / 2, 1.0), max(height / 2, 1.0)
    special = {
        "edge": (0.0, 0.0, width, height),
        "left": (-half - 3.25, 0.125, half, tall),
        "top": (0.125, -tall - 3.25, half, tall),
        "right": (half - 0.5, 0.25, width + 5.75, tall),
        "bottom": (0.25, tall - 0.5, half, height + 5.75),
        "around": (-2.5, -1.25, width + 2.5, height + 1.75),
        "tiny": (0.5, 0.25, 0.5 + 2**-10, 0.25 + 2**-9),
        "thin": (0.0, 0.25, float(width), 0.375),
        "digits": (0.1, 1 / 3, 0.1 + half / 3, 1 / 3 + tall / 7),
        "2^15": (0.5, 0.25, 32_769.25, 7.0),
        "2^16": (0.5, 0.25, 65_538.25, 7.0),
        "2^24": (0.5, 0.25, 2.0**24 + 9.5, 7.0),
        "area 2^31": (0.0, 0.0, 46_342.0, 46_343.0),
        "area 2^53": (0.0, 0.0, 94_906_267.0, 94_906_299.0),
    }
    found = special.get(level, (half * 0.25, tall * 0.25, half * 1.25, tall * 1.125)) if isinstance(level, str) else None
    return found or (0.0, 0.0, half, tall)
