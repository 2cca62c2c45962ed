"""Masks to COCO polygons without loss.

A mask is traced along the edges of its pixels, so every vertex is an integer pixel corner. pycocotools fills, in each
column, what lies between the horizontal edges over the middle of that column (`rleFrPoly` in maskApi.c: vertices scaled
by five, a crossing counted where a line passes x = 5n + 2, even-odd), and the edges of a pixel lie exactly there: what
it reads back is the mask, bit for bit. Edges between two pixels of the mask that are walked once in each direction
cross a column twice at one height and so leave no mark: that is what joins a hole to its ring (a keyhole).

Each 4-connected component gives one ring, the holes (8-connected) joined to it by vertical bridges of zero width. The
work is done on runs of pixels, never on pixels, so its cost is that of the boundary, whatever the size of the frame:

1. The signed difference of two neighbouring columns is constant along each vertical edge of the boundary: +1 where the
   mask begins to the right, -1 where it ends. A change from +1 to -1 is a saddle, where two pixels touch by a corner.
2. Every end of a vertical edge has one horizontal edge. Sorted by row these ends pair up, and each pair is one such
   edge. Hence the successor of every vertical edge; rings are the cycles of that permutation.
3. The first pixel of a hole, in column-major order, has pixels of its own component above it and before it. The
   first boundary vertex straight above its corner therefore belongs to another ring of the component, one that begins
   before the hole's. Exchanging the ends of two edges there makes one ring of both, without an extra vertex unless the
   bridge meets the middle of a horizontal edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import ArrayLike, NDArray

__all__ = ["Outline", "Ring", "outlines", "outlines_of_runs", "trace", "trace_runs"]

Ring: TypeAlias = "NDArray[np.int64]"
"""A closed ring as COCO writes it: `[x1, y1, x2, y2, ...]` in pixels, the first vertex not repeated."""


@dataclass(frozen=True, slots=True)
class Outline:
    """The boundary of one 4-connected component, its holes still apart.

    Attributes:
        rings: The outer ring, then one ring a hole, in column-major order of their first pixels. The outer ring runs
            clockwise as the image is seen (a positive shoelace sum with y down), a hole counter-clockwise.
        parents: For each ring, the ring of this outline that a bridge straight up from its first vertex meets. It is
            one before it; -1 for the outer ring.
    """

    rings: list[Ring]
    parents: list[int]


def trace(mask: ArrayLike) -> list[Ring]:
    """Trace a mask along pixel edges into polygons that pycocotools rasterises to that very mask.

    Args:
        mask: Shape (height, width), bool, or integers where anything but 0 is set.

    Returns:
        One ring for each 4-connected component, in column-major order of their first pixels, holes joined by keyholes;
        empty for a mask without a pixel. Vertices are pixel corners, 0 <= x <= width and 0 <= y <= height. Horizontal
        and vertical edges alternate, so there are no collinear vertices; a ring has at least four vertices and its
        shoelace sum is twice its number of pixels. The same mask gives the same rings, vertex for vertex.

    Raises:
        ValueError: If the mask does not have two dimensions.
        TypeError: If it is neither bool nor integer.
    """
    return _joined(_bounds_of_mask(mask))


def trace_runs(counts: ArrayLike, size: Sequence[int]) -> list[Ring]:
    """Trace the mask of a run-length encoding, as `trace` does, without making the mask.

    Args:
        counts: Uncompressed COCO counts: lengths of runs in column-major order, the first of unset pixels.
        size: `(height, width)` of the frame in pixels.

    Returns:
        The result of `trace` for that mask.

    Raises:
        ValueError: If the counts are negative or do not sum to height times width.
    """
    return _joined(_bounds_of_runs(counts, size))


def outlines(mask: ArrayLike) -> list[Outline]:
    """The boundary of each 4-connected component of a mask, with holes separate; arguments and errors as for `trace`."""
    return _apart(_bounds_of_mask(mask))


def outlines_of_runs(counts: ArrayLike, size: Sequence[int]) -> list[Outline]:
    """The boundary of each 4-connected component, with holes separate; arguments and errors as for `trace_runs`."""
    return _apart(_bounds_of_runs(counts, size))


@dataclass(frozen=True, slots=True)
class _Bounds:
    """Starts and ends of the runs of set pixels, column by column.

    Attributes:
        at: `column * stride + row` of each beginning and end, in turns; int64, strictly ascending, even in number.
        stride: Rows of the crop plus one, so that a run's end at the bottom is not the next column's top.
        left: Image x of column 0.
        top: Image y of row 0.
    """

    at: NDArray[np.int64]
    stride: int
    left: int
    top: int


def _bounds_of_mask(mask: ArrayLike) -> _Bounds:
    pixels = np.asarray(mask)
    if pixels.ndim != 2:
        msg = f"a mask has two dimensions, this array has shape {pixels.shape}"
        raise ValueError(msg)
    if pixels.dtype != np.bool_:
        if pixels.dtype.kind not in "iu":
            msg = f"a mask is of bool or integers, this array is of {pixels.dtype}"
            raise TypeError(msg)
        pixels = pixels != 0
    rows = np.flatnonzero(pixels.any(axis=1))
    if not rows.size:
        return _Bounds(np.empty(0, np.int64), 1, 0, 0)
    top, bottom = int(rows[0]), int(rows[-1]) + 1
    columns = np.flatnonzero(pixels[top:bottom].any(axis=0))
    left, right = int(columns[0]), int(columns[-1]) + 1
    stride = bottom - top + 1
    # One unset pixel before the first column and one below each column: runs then never touch across columns.
    padded = np.zeros((right - left) * stride + 1, np.bool_)
    padded[1:].reshape(right - left, stride)[:, :-1] = pixels[top:bottom, left:right].T
    return _Bounds(np.flatnonzero(padded[1:] != padded[:-1]), stride, left, top)


def _bounds_of_runs(counts: ArrayLike, size: Sequence[int]) -> _Bounds:
    height, width = size
    lengths = np.asarray(counts, np.int64)
    ends_at = np.cumsum(lengths)
    if (lengths < 0).any() or (ends_at[-1] if lengths.size else 0) != height * width:
        msg = f"counts must be at least 0 and sum to {height} x {width}"
        raise ValueError(msg)
    pairs = ends_at[: lengths.size // 2 * 2].reshape(-1, 2)
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    if not pairs.size:
        return _Bounds(np.empty(0, np.int64), 1, 0, 0)
    begins, ends = pairs.T
    first = begins // height
    columns = (ends - 1) // height - first + 1
    if (columns > 1).any():
        # Split the runs that continue in the next column.
        run = np.repeat(np.arange(len(columns)), columns)
        first = first[run] + np.arange(len(run)) - (np.cumsum(columns) - columns)[run]
        begins = np.maximum(begins[run], first * height)
        ends = np.minimum(ends[run], (first + 1) * height)
    # A flat index f in column c is row f - c * height, hence at c * (height + 1) + f - c * height = f + c here.
    at = np.empty((len(first), 2), np.int64)
    np.add(begins, first, out=at[:, 0])
    np.add(ends, first, out=at[:, 1])
    flat = at.ravel()
    if (flat[1:] == flat[:-1]).any():
        # Runs that are separated by a count of 0 touch: they are one.
        touching = np.flatnonzero(flat[1:] == flat[:-1])
        flat = np.delete(flat, np.concatenate((touching, touching + 1)))
    left = int(first[0])
    return _Bounds(flat - left * (height + 1), height + 1, left, 0)


@dataclass(frozen=True, slots=True)
class _Edges:
    """The vertical edges of a boundary, set pixels on the right hand of their direction, in column-major order.

    Attributes:
        x: Column line of each edge; int64, shape (edges,).
        start: Row line where the edge begins; same shape.
        end: Row line where it ends; same shape. Less than `start` where the edge goes up.
        successor: The edge after it in its ring; same shape.
        keys: For each end of an edge, twice the row-major index of its vertex, plus 1 where its horizontal edge goes
            to the right; ascending, shape (2 * edges,).
        nodes: What each key belongs to: edge e begins at node e and ends at node `edges + e`; same shape.
        span: Row-major index of a vertex: `y * span + x`.
    """

    x: NDArray[np.int64]
    start: NDArray[np.int64]
    end: NDArray[np.int64]
    successor: NDArray[np.int64]
    keys: NDArray[np.int64]
    nodes: NDArray[np.int64]
    span: int


def _edges(bounds: _Bounds) -> _Edges:
    at, stride = bounds.at, bounds.stride
    # Each bound matters on two column lines: its own (the run is to the right) and the next (the run is to the left).
    events = np.concatenate((at, at + stride))
    events.sort(kind="stable")  # two ascending halves: merged, not sorted
    right = np.searchsorted(at, events, "right") & 1
    left = np.searchsorted(at, events - stride, "right") & 1
    step = right - left
    # If both sides change at once there are two equal events: only the first can be a change.
    before = np.empty_like(step)
    before[0] = 0
    before[1:] = step[:-1]
    change = np.flatnonzero(step != before)
    is_edge = np.flatnonzero(step[change])
    upper, lower = change[is_edge], change[is_edge + 1]
    x = events[upper] // stride
    lines = x * stride
    top, bottom = events[upper] - lines, events[lower] - lines
    goes_up = step[upper] > 0
    # A corner is concave where the pixels beside the edge go on past its end; then its horizontal edge goes away from
    # them, else over them. Past the last event nothing is set, so index -1 is right for what is above the first.
    above = np.where(goes_up, right[upper - 1], left[upper - 1])
    below = np.where(goes_up, right[lower], left[lower])
    span = int(x[-1]) + 1
    top_key = 2 * (top * span + x) + ((above != 0) != goes_up)
    bottom_key = 2 * (bottom * span + x) + ((below != 0) != goes_up)
    keys = np.concatenate((np.where(goes_up, bottom_key, top_key), np.where(goes_up, top_key, bottom_key)))
    nodes = np.argsort(keys)
    one, other = nodes[0::2], nodes[1::2]
    successor = np.empty_like(x)
    successor[np.maximum(one, other) - len(x)] = np.minimum(one, other)
    start, end = np.where(goes_up, bottom, top), np.where(goes_up, top, bottom)
    return _Edges(x, start, end, successor, keys[nodes], nodes, span)


def _cycles(successor: list[int], starts: Iterable[int]) -> list[list[int]]:
    """The cycles of a permutation that hold one of `starts`, each from the first start that it holds."""
    seen = bytearray(len(successor))
    cycles = []
    for start in starts:
        if seen[start]:
            continue
        cycle = []
        at = start
        while not seen[at]:
            seen[at] = 1
            cycle.append(at)
            at = successor[at]
        cycles.append(cycle)
    return cycles


def _bridges(bounds: _Bounds, edges: _Edges, holes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64]]:
    """Where the bridge straight up from the first vertex of each hole ends.

    Args:
        bounds: The runs of the mask.
        edges: Its boundary.
        holes: The first edge of each hole.

    Returns:
        The row line of that vertex; whether it is a corner; and the vertical edge that begins or ends at this corner,
        or else the one that ends at the left end of the horizontal edge that it is in the middle of.
    """
    x, y = edges.x[holes], edges.start[holes]
    meets = np.zeros_like(y)
    for column in (x - 1, x):
        line = column * bounds.stride
        run = np.searchsorted(bounds.at, line + y - 1, "right") - 1
        np.maximum(meets, bounds.at[run] - line, out=meets)
    vertex = meets * edges.span + x
    place = np.searchsorted(edges.keys, 2 * vertex)
    corner = edges.keys[np.minimum(place, len(edges.keys) - 1)] >> 1 == vertex
    return meets, corner, edges.nodes[np.where(corner, place, place - 1)] % len(edges.x)


def _joined(bounds: _Bounds) -> list[Ring]:
    if not bounds.at.size:
        return []
    edges = _edges(bounds)
    cycles = _cycles(edges.successor.tolist(), range(len(edges.x)))
    first = np.fromiter((cycle[0] for cycle in cycles), np.int64, len(cycles))
    is_hole = edges.end[first] > edges.start[first]
    if not is_hole.any():
        return _rings(bounds, cycles, edges.x, edges.start, edges.end)
    holes = first[is_hole]
    x, start, end = edges.x.tolist(), edges.start.tolist(), edges.end.tolist()
    successor = edges.successor.tolist()
    meets, corner, met = (column.tolist() for column in _bridges(bounds, edges, holes))
    # Last hole first, and new vertices before any exchange: holes one below the other then hang on one straight line,
    # and the bridges from one horizontal edge leave it in the order in which it is walked.
    for hole in range(len(holes) - 1, -1, -1):
        if not corner[hole]:
            before = met[hole]
            met[hole] = len(x)
            successor.append(successor[before])
            successor[before] = len(x)
            x.append(int(edges.x[holes[hole]]))
            start.append(meets[hole])
            end.append(meets[hole])
    for one, other in zip(reversed(met), reversed(holes.tolist()), strict=True):
        end[one], end[other] = end[other], end[one]
        successor[one], successor[other] = successor[other], successor[one]
    cycles = _cycles(successor, first[~is_hole].tolist())
    return _rings(bounds, cycles, np.array(x), np.array(start), np.array(end))


def _apart(bounds: _Bounds) -> list[Outline]:
    if not bounds.at.size:
        return []
    edges = _edges(bounds)
    cycles = _cycles(edges.successor.tolist(), range(len(edges.x)))
    rings = _rings(bounds, cycles, edges.x, edges.start, edges.end)
    first = np.fromiter((cycle[0] for cycle in cycles), np.int64, len(cycles))
    ring_of = np.empty(len(edges.x), np.int64)
    ring_of[np.concatenate(cycles)] = np.repeat(np.arange(len(cycles)), [len(cycle) for cycle in cycles])
    holes = np.flatnonzero(edges.end[first] > edges.start[first])
    parent = np.full(len(cycles), -1)
    parent[holes] = ring_of[_bridges(bounds, edges, first[holes])[2]]
    found: list[Outline] = []
    place: list[tuple[Outline, int]] = []  # of each ring; a parent comes before its children
    for ring, up in zip(rings, parent.tolist(), strict=True):
        if up < 0:
            found.append(Outline([], []))
        outline, above = place[up] if up >= 0 else (found[-1], -1)
        place.append((outline, len(outline.rings)))
        outline.rings.append(ring)
        outline.parents.append(above)
    return found


def _rings(bounds: _Bounds, cycles: list[list[int]], x: NDArray[np.int64], start: NDArray[np.int64], end: NDArray[np.int64]) -> list[Ring]:
    order = np.concatenate(cycles)
    vertices = np.empty((len(order), 4), np.int64)
    vertices[:, 0] = vertices[:, 2] = x[order] + bounds.left
    vertices[:, 1] = start[order] + bounds.top
    vertices[:, 3] = end[order] + bounds.top
    flat = vertices.ravel()
    stops = np.cumsum([4 * len(cycle) for cycle in cycles]).tolist()
    return [flat[begin:stop] for begin, stop in zip([0, *stops[:-1]], stops, strict=True)]
