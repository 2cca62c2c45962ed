"""Masks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from hypothesis import strategies as st

from cocoproof.testing.strategies.cached import BOOLEANS, integers, kept

if TYPE_CHECKING:
    from collections.abc import Callable

    from hypothesis.strategies import DrawFn, SearchStrategy
    from numpy.typing import NDArray

__all__ = ["masks", "sides"]

_FREE = 36
"""Pixels up to which a mask may be drawn pixel by pixel; above, that takes long and finds nothing new."""


def masks(
    *, width: int | None = None, height: int | None = None, max_side: int = 8, allow_holes: bool = True, allow_parts: bool = True
) -> SearchStrategy[NDArray[np.bool_]]:
    """Masks with at least one pixel: bool, shape (height, width).

    Rectangles, rings, rings with an island in the hole, parts apart, parts that touch at a corner, single pixels, lines, masks
    up to the border, and any pixels at all. They shrink towards the one pixel at the top left.

    Args:
        width: Pixels; None draws it.
        height: Pixels; None draws it.
        max_side: The most pixels of a side that is drawn.
        allow_holes: Whether a mask may have holes.
        allow_parts: Whether it may have several parts (touching at a corner counts as apart).

    Raises:
        ValueError: If a side is under 1.
    """
    if min(side for side in (width, height, max_side) if side is not None) < 1:
        msg = f"width is {width}, height {height}, max_side {max_side}; a mask has at least one pixel"
        raise ValueError(msg)
    return _masks(width, height, max_side, allow_holes, allow_parts)


@kept
@st.composite
def _masks(draw: DrawFn, width: int | None, height: int | None, max_side: int, holes: bool, parts: bool) -> NDArray[np.bool_]:
    wide = draw(sides(max_side)) if width is None else width
    tall = draw(sides(max_side)) if height is None else height
    mask = draw(_shapes(wide, tall, holes, parts))(draw, tall, wide)
    if not mask.any():
        mask[0, 0] = True
    return mask


@kept
def sides(most: int) -> SearchStrategy[int]:
    """A width or a height up to `most` pixels; oftener one that a hole fits in."""
    return st.sampled_from([*range(1, most + 1), *range(3, most + 1)])


@kept
def _shapes(width: int, height: int, holes: bool, parts: bool) -> SearchStrategy[Callable[[DrawFn, int, int], NDArray[np.bool_]]]:
    """What fits."""
    shapes: list[Callable[[DrawFn, int, int], NDArray[np.bool_]]] = [_rectangle]
    if holes and width > 2 and height > 2:
        shapes += [_ring, _ring]  # twice, for many images are too small for one
    if parts and width * height > 2:
        shapes.append(_two_parts)
    if holes and parts and width * height <= _FREE:
        shapes.append(_any_pixels)
    return st.sampled_from(shapes)


def _span(draw: DrawFn, length: int, least: int = 1) -> tuple[int, int]:
    first = draw(integers(0, length - least))
    return first, first + draw(integers(least, length - first))


def _rectangle(draw: DrawFn, height: int, width: int) -> NDArray[np.bool_]:
    mask = np.zeros((height, width), np.bool_)
    (left, right), (top, bottom) = _span(draw, width), _span(draw, height)
    mask[top:bottom, left:right] = True
    return mask


def _ring(draw: DrawFn, height: int, width: int) -> NDArray[np.bool_]:
    """A rectangle with a hole, which may hold an island."""
    mask = np.zeros((height, width), np.bool_)
    (left, right), (top, bottom) = _span(draw, width, 3), _span(draw, height, 3)
    mask[top:bottom, left:right] = True
    mask[top + 1 : bottom - 1, left + 1 : right - 1] = False
    if right - left > 4 and bottom - top > 4 and draw(BOOLEANS):
        mask[top + 2 : bottom - 2, left + 2 : right - 2] = True
    return mask


def _two_parts(draw: DrawFn, height: int, width: int) -> NDArray[np.bool_]:
    """Two rectangles, often apart or touching at a corner."""
    first, second = _rectangle(draw, height, width), _rectangle(draw, height, width)
    return first ^ second if draw(BOOLEANS) else first | second


def _any_pixels(draw: DrawFn, height: int, width: int) -> NDArray[np.bool_]:
    return np.array([draw(BOOLEANS) for _ in range(height * width)], np.bool_).reshape(height, width)
