"""Boxes, oriented boxes and keypoints."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Literal

import numpy as np
from hypothesis import strategies as st

from cocoproof.testing.strategies.cached import BOOLEANS, integers, kept

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy
    from numpy.typing import NDArray

    from cocoproof.testing.drawn import Box, BoxType

__all__ = ["FAR", "boxes", "keypoints", "oriented_boxes"]

FAR = 2**24 + 1
"""The smallest whole number that float32 does not hold."""

_LEAST = 0.25
"""The least side of a box, in pixels: smaller ones are notes of the verifier, and boxes of rounding errors do not occur."""

_LONG = 2**13
"""From here float32 has no room for ten binary digits behind the point."""


def boxes(*, width: int = 8, height: int = 8, dtype: BoxType = "float64", allow_far: bool = False) -> SearchStrategy[Box]:
    """Boxes on an image: x1, y1, x2, y2 in pixels, x1 < x2 and y1 < y2, as the dtype holds them.

    They shrink towards whole numbers and the box of the first pixel.

    Args:
        width: Of the image.
        height: Of the image.
        dtype: What the source's array is: whole numbers for `int64`, what float32 holds for `float32`.
        allow_far: Whether a box may reach beyond the image: begin at y = -1, end at x = 2^24 + 1 (as float32, at 2^24).
    """
    return _boxes(width, height, dtype, allow_far)


@kept
@st.composite
def _boxes(draw: DrawFn, width: int, height: int, dtype: BoxType, far: bool) -> Box:
    x1, x2 = _ends(draw, width, dtype)
    y1, y2 = _ends(draw, height, dtype)
    if far and draw(BOOLEANS):
        x2 = float(FAR - 1 if dtype == "float32" else FAR)
    if far and draw(BOOLEANS):
        y1 = -1.0
    return x1, y1, x2, y2


def _ends(draw: DrawFn, length: int, dtype: BoxType) -> tuple[float, float]:
    if dtype == "int64" or draw(BOOLEANS):
        first = draw(integers(0, length - 1))
        return float(first), float(first + draw(integers(1, length - first)))
    starts, ends = _edges(length, dtype == "float32")
    last = draw(ends)
    fine = 1024 if length < _LONG else 1  # as fine as a float32 of this size can be
    top = max(math.floor((last - _LEAST) * fine) / fine, 0.0)
    start = draw(starts)
    if start > top:  # what a division leaves over has no more digits than what was divided: a float32 stays one
        start = math.fmod(start, top) if top else 0.0
    return start, last


@functools.lru_cache(maxsize=256)
def _edges(length: int, narrow: bool) -> tuple[SearchStrategy[float], SearchStrategy[float]]:
    """Where a side of a box may start and end."""
    # Its end is past the first pixel where there are more, lest a file of such boxes read as fractions of the image.
    width: Literal[32, 64] = 32 if narrow else 64
    ends = st.floats(1.0 if length > 1 else 0.5, float(length), width=width, exclude_min=length > 1)
    return st.floats(0.0, float(length), width=width), ends


def oriented_boxes(*, width: int = 8, height: int = 8) -> SearchStrategy[NDArray[np.float64]]:
    """Oriented boxes: four corners in order, float64, shape (4, 2), in pixels.

    A rectangle turned by any angle about its centre, which lies on the image. They shrink towards an upright one.

    Args:
        width: Of the image.
        height: Of the image.
    """
    return _oriented(width, height)


@kept
def _oriented(width: int, height: int) -> SearchStrategy[NDArray[np.float64]]:
    return st.builds(
        _turned,
        st.tuples(st.floats(0, width), st.floats(0, height)),
        st.tuples(st.floats(0.5, max(width, 1)), st.floats(0.5, max(height, 1))),
        st.one_of(st.sampled_from([0.0, 45.0, 90.0, 180.0]), st.floats(0, 360)),
    )


def _turned(centre: tuple[float, float], sides: tuple[float, float], degrees: float) -> NDArray[np.float64]:
    turn = math.radians(degrees)
    along = np.array([math.cos(turn), math.sin(turn)]) * sides[0] / 2
    across = np.array([-math.sin(turn), math.cos(turn)]) * sides[1] / 2
    corners: NDArray[np.float64] = np.array(centre) + np.array([-along - across, along - across, along + across, -along + across])
    return corners


def keypoints(*, count: int = 3, width: int = 8, height: int = 8) -> SearchStrategy[NDArray[np.float64]]:
    """Keypoints of one detection: x, y, v in rows, float64, shape (count, 3); v is 0, 1 or 2, and x = y = 0 where v is 0.

    They shrink towards none that is labelled.

    Args:
        count: How many the category defines.
        width: Of the image, in pixels.
        height: Of the image, in pixels.
    """
    labelled = st.tuples(st.floats(0, width - 0.5), st.floats(0, height - 0.5), st.sampled_from([1.0, 2.0]))
    one = st.one_of(st.just((0.0, 0.0, 0.0)), labelled)
    return st.lists(one, min_size=count, max_size=count).map(lambda rows: np.array(rows, np.float64).reshape(count, 3))
