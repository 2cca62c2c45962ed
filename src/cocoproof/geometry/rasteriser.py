"""Checks that pycocotools can rasterise a polygon safely.

`rleFrPoly` (`common/maskApi.c`, pycocotools 2.0.11) scales each coordinate by five, truncates it to an int, walks each edge
step by step into buffers as long as the walk, and never validates its input. A *ring* is one closed polygon as
COCO writes it, flat: x, y, x, y; its last vertex is joined to the first. An annotation's polygon is a list of rings.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.ragged import Ragged

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = [
    "MAX_COORDINATE",
    "MAX_WORK",
    "MIN_NUMBERS",
    "RingFault",
    "drop_zero_edges",
    "has_zero_edges",
    "polygon_faults",
    "ring_faults",
    "ring_work",
]

MAX_COORDINATE = 2.0**20
"""The largest coordinate, in pixels either way, that is safe: five times it, and differences of that, fit in an int."""

MAX_WORK = 2**22
"""The most steps of an annotation, about 840,000 px of outline; see `ring_work`."""

MIN_NUMBERS = 6
"""The fewest numbers of a ring: three vertices."""

_SCALE = 5


class RingFault(enum.IntEnum):
    """Why a ring must not reach pycocotools' C code; of several faults, the one with the lowest number."""

    OK = 0
    """None: the ring is safe."""
    EMPTY = 1
    """No numbers (or, of an annotation, no rings). `frPyObjects` and `annToMask` index into the first ring, and
    `rleFrPoly` closes a ring with a first vertex that it never wrote."""
    ODD = 2
    """An odd count of numbers: the last x has no y, and is silently dropped."""
    SHORT = 3
    """Fewer than three vertices. `frPyObjects` reads four numbers as a box, and fails on two."""
    NOT_FINITE = 4
    """NaN or an infinity. Its cast to int is undefined, with edges of 2^31 steps or buffers of negative size."""
    TOO_FAR = 5
    """A coordinate beyond `MAX_COORDINATE`. Five times it may overflow an int, as may the difference of two."""
    TOO_MUCH_WORK = 6
    """An outline of more than `MAX_WORK` steps: memory and time depend on the outline, not on the image."""


def ring_faults(rings: Ragged) -> NDArray[np.uint8]:
    """Whether rings may reach pycocotools.

    Args:
        rings: float64, n rows of x, y, x, y in pixels, of any length and any value.

    Returns:
        A `RingFault` per ring, shape (n,).
    """
    lengths = rings.lengths
    peak = _peaks(rings)
    # The lowest fault is written last.
    faults = np.zeros(len(rings), np.uint8)
    faults[peak > MAX_COORDINATE] = RingFault.TOO_FAR
    faults[~np.isfinite(peak)] = RingFault.NOT_FINITE
    faults[lengths < MIN_NUMBERS] = RingFault.SHORT
    faults[lengths % 2 == 1] = RingFault.ODD
    faults[lengths == 0] = RingFault.EMPTY
    suspects = np.flatnonzero((faults == RingFault.OK) & (_work_at_most(rings, peak) > MAX_WORK))
    faults[suspects[ring_work(rings.take(suspects)) > MAX_WORK]] = RingFault.TOO_MUCH_WORK
    return faults


def polygon_faults(rings: Ragged, offsets: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Whether annotations' polygons may reach pycocotools.

    Args:
        rings: float64, as for `ring_faults`.
        offsets: int64, shape (n + 1,): the rings of annotation `i` are rows `offsets[i]` to `offsets[i + 1] - 1`.

    Returns:
        A `RingFault` per annotation, shape (n,): `EMPTY` if it has no rings, else the highest fault of its rings, or
        `TOO_MUCH_WORK` if they are too much together.
    """
    of_rings = ring_faults(rings)
    faults = Ragged(of_rings, offsets).reduce(np.maximum, RingFault.EMPTY)
    bounds = Ragged(np.where(of_rings == RingFault.OK, _work_at_most(rings, _peaks(rings)), 0.0), offsets)
    for row in np.flatnonzero((faults == RingFault.OK) & (bounds.reduce(np.add) > MAX_WORK)):
        own = np.arange(offsets[row], offsets[row + 1])
        if ring_work(rings.take(own)).sum() > MAX_WORK:
            faults[row] = RingFault.TOO_MUCH_WORK
    return faults


def _peaks(rings: Ragged) -> NDArray[np.float64]:
    """The largest magnitude in each ring; NaN if it contains NaN."""
    return np.asarray(np.maximum(rings.reduce(np.maximum), -rings.reduce(np.minimum)), np.float64)


def _work_at_most(rings: Ragged, peak: NDArray[np.float64]) -> NDArray[np.float64]:
    """An upper bound of `ring_work`, with twice the largest coordinate for every edge; most rings are within the limit by it."""
    longest = 2 * _SCALE * np.minimum(peak, MAX_COORDINATE) + 1
    return np.asarray(rings.lengths / 2 * longest, np.float64)


def ring_work(rings: Ragged) -> NDArray[np.int64]:
    """Steps that the rasteriser takes along each ring, including the closing edge.

    The sum of max(abs(dx), abs(dy)) over the edges between scaled vertices (`rleFrPoly` allocates one more per edge).

    Args:
        rings: float64, n rows of even length, finite and within `MAX_COORDINATE`.

    Returns:
        int64, shape (n,).
    """
    return _vertices(rings).reduce(np.add, values=_strides(rings))


def has_zero_edges(rings: Ragged) -> NDArray[np.bool_]:
    """Which rings have an edge of no length on the rasteriser's grid, and so need `drop_zero_edges`.

    Args:
        rings: float64, n rows as `ring_work` takes them.

    Returns:
        bool, shape (n,).
    """
    return np.asarray(_vertices(rings).reduce(np.logical_or, False, values=_strides(rings) == 0), bool)


def _vertices(rings: Ragged) -> Ragged:
    """The flat index of each vertex, in rows as the rings."""
    return Ragged(np.arange(len(rings.values) // 2), rings.offsets // 2)


def _strides(rings: Ragged) -> NDArray[np.int64]:
    """Steps along the edge from each vertex to the next one of its ring, shape (vertices,)."""
    grid = _scaled(rings.values).reshape(-1, 2)
    following = np.arange(1, len(grid) + 1)
    filled = rings.lengths > 0
    following[rings.offsets[1:][filled] // 2 - 1] = rings.offsets[:-1][filled] // 2
    return np.asarray(np.abs(grid[following] - grid).max(axis=1, initial=0), np.int64)


def _scaled(values: NDArray[np.float64]) -> NDArray[np.int32]:
    """Coordinates on the rasteriser's grid: `(int)(5 * v + .5)`, which truncates towards zero."""
    return (values * _SCALE + 0.5).astype(np.int32)


def drop_zero_edges(ring: NDArray[np.float64]) -> NDArray[np.float64]:
    """A ring without the vertices that are equal to the previous one on the rasteriser's grid.

    An edge of length 0 makes `rleFrPoly` divide 0 by 0 and cast the NaN to int, which is undefined. Without them the
    mask is the same, because the rasteriser uses only the position of a vertex on the grid.

    Args:
        ring: float64, x, y, x, y; a ring for which `ring_faults` is OK.

    Returns:
        float64, flat. Empty if fewer than three vertices are left: such a ring goes out and back on one line
        and sets no pixel; it must not be passed on (`frPyObjects` reads four numbers as a box).
    """
    grid = _scaled(ring).reshape(-1, 2)
    kept = ring.reshape(-1, 2)[(grid != np.roll(grid, 1, axis=0)).any(axis=1)]
    return kept.reshape(-1) if 2 * len(kept) >= MIN_NUMBERS else np.empty(0)
