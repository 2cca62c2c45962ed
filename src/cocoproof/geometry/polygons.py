"""Areas enclosed by COCO's polygons, and whether their edges cross.

A *ring* is one closed polygon as COCO writes it, flat: x, y, x, y; its last vertex is joined to the first. Holes have
no notation of their own, so a ring may run to a hole along a bridge of no width and back again (a *keyhole*), and it
may touch itself; neither is a crossing. pycocotools fills a ring by the even-odd rule: a part that a self-crossing ring
encircles twice is background.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from cocoproof.geometry.crossings import count_crossings, edge_pairs
from cocoproof.geometry.kernels import kernels
from cocoproof.geometry.ragged import Ragged
from cocoproof.model import budgets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

__all__ = [
    "MIN_NUMBERS",
    "RingCheck",
    "crossing_point",
    "enclosed_areas",
    "enclosing_nothing",
    "join_rings",
    "measure",
    "self_crossing",
    "sound",
    "star_shaped",
    "union_area",
]

MIN_NUMBERS = 6
"""The fewest numbers of a ring: three vertices."""

_BLOCK = 2**17
"""Numbers in a block: it fits a processor's cache, and temporaries stay small."""

_GEOS_BLOCK = 2**20
"""Numbers passed to GEOS at a time: bounds the memory of its copies."""

_GEOS_LIMIT = 1e9
"""A ring with larger coordinates, in pixels, is not passed to GEOS: it is far from any image, and products of such numbers are inexact."""

_ROUNDING = 1e-9
"""An area that is a smaller share of a ring's squared extent is considered rounding. 0.001 square pixels at 1000 px."""

_MATRIX_SIDE = 512
"""The most edges of a ring whose crossing is searched among all pairs."""


def sound(rings: Ragged) -> NDArray[np.bool_]:
    """Rings that are polygons: an even count of numbers, at least three points. Shape (n,)."""
    lengths = rings.lengths
    return np.asarray((lengths % 2 == 0) & (lengths >= MIN_NUMBERS))


def measure(rings: Ragged) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Signed areas and bounds, in one pass.

    The area is the shoelace formula's (Meister 1769, Gauss 1795), taken about each ring's first vertex, so that it
    keeps its precision far from the origin. Its sign is positive if the ring runs clockwise as seen on the screen
    (y points down).

    Args:
        rings: float64, n rows of x, y, x, y in pixels, finite.

    Returns:
        float64, shape (n,): signed areas in square pixels; float64, shape (n, 4): least x, least y, greatest x,
        greatest y. NaN for rings that are not `sound`.
    """
    library = kernels()
    if library is not None:
        return library.measure(rings)
    good = sound(rings)
    areas, bounds = np.full(len(rings), np.nan), np.full((len(rings), 4), np.nan)
    if not good.any():
        return areas, bounds
    if good.all():
        _measure_sound(rings, areas, bounds)
        return areas, bounds
    part_areas, part_bounds = measure(rings.take(good))
    areas[good], bounds[good] = part_areas, part_bounds
    return areas, bounds


def _measure_sound(rings: Ragged, areas: NDArray[np.float64], bounds: NDArray[np.float64]) -> None:
    """`measure` for valid rings, into existing arrays."""
    with np.errstate(over="ignore", invalid="ignore"):
        for rows, block in _blocks(rings, _BLOCK):
            if len(block) == 1 and len(block.values) > 2 * _BLOCK:
                areas[rows], bounds[rows] = _measure_long(block.values)
                continue
            begins = block.offsets[:-1] // 2
            xy = np.ascontiguousarray(block.values.reshape(-1, 2).T)
            bounds[rows, :2] = np.minimum.reduceat(xy, begins, axis=1).T
            bounds[rows, 2:] = np.maximum.reduceat(xy, begins, axis=1).T
            x, y = xy - np.repeat(xy[:, begins], block.lengths // 2, axis=1)
            # Each ring begins at (0, 0) now: its closing edge adds nothing.
            cross = np.empty(len(x))
            np.subtract(x[:-1] * y[1:], x[1:] * y[:-1], out=cross[:-1])
            cross[block.offsets[1:] // 2 - 1] = 0
            areas[rows] = np.add.reduceat(cross, begins) / 2


def _measure_long(numbers: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Area and bounds of one ring in pieces: temporaries of all of it would take five times its coordinates."""
    points = numbers.reshape(-1, 2)
    double = 0.0
    for begin in range(0, len(points), _BLOCK):
        x, y = np.ascontiguousarray((points[begin : begin + _BLOCK + 1] - points[0]).T)
        double += float((x[:-1] * y[1:] - x[1:] * y[:-1]).sum())
    return double / 2, np.concatenate([points.min(axis=0), points.max(axis=0)])


def _blocks(rings: Ragged, size: int) -> Iterator[tuple[slice, Ragged]]:
    """The rings in blocks of about `size` numbers."""
    cuts = np.searchsorted(rings.offsets, np.arange(size, rings.offsets[-1], size))
    for first, last in pairwise(sorted({0, *cuts.tolist(), len(rings)})):
        begin, end = rings.offsets[first], rings.offsets[last]
        yield slice(first, last), Ragged(rings.values[begin:end], rings.offsets[first : last + 1] - begin)


def join_rings(
    areas: NDArray[np.float64], bounds: NDArray[np.float64], offsets: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Areas and bounds of rows of rings.

    Args:
        areas: As `measure` returns them.
        bounds: Likewise.
        offsets: int64, shape (n + 1,): the rings of row i are `offsets[i]:offsets[i + 1]`.

    Returns:
        float64, shape (n,): the sum of the areas without their signs; float64, shape (n, 4): the bounds of all rings of a row. NaN for a row without rings, or
        with one that is not `sound`.
    """
    library = kernels()
    if library is not None:
        return library.join_rings(areas, bounds, offsets)
    sums, envelopes = Ragged(np.abs(areas), offsets).reduce(np.add, np.nan), np.empty((len(offsets) - 1, 4))
    for k in range(4):
        bound = Ragged(np.ascontiguousarray(bounds[:, k]), offsets)
        envelopes[:, k] = bound.reduce(np.minimum if k < 2 else np.maximum, np.nan)
    return sums, envelopes


def _rounding(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest area due to rounding in rings of these bounds, in square pixels; NaN for bounds of NaN."""
    with np.errstate(over="ignore"):
        extents = np.maximum(bounds[:, 2] - bounds[:, 0], bounds[:, 3] - bounds[:, 1])
        return np.asarray(_ROUNDING * extents**2)


@dataclass(frozen=True, slots=True)
class RingCheck:
    """The result for each ring, within the budget of `model.budgets`.

    Attributes:
        found: bool, shape (n,).
        unchecked: bool, shape (n,): rings whose edges intersect too often, or are too many, to be checked.
    """

    found: NDArray[np.bool_]
    unchecked: NDArray[np.bool_]


def self_crossing(rings: Ragged, areas: NDArray[np.float64], bounds: NDArray[np.float64]) -> RingCheck:
    """Which rings have edges that cross.

    GEOS also considers a ring invalid that touches itself, such as a keyhole. Such a ring goes round each part that it encloses once, so
    that its shoelace area is the enclosed area; a ring that crosses itself goes round some part twice, or backwards, and the two differ.
    Only rings that GEOS considers invalid are examined this way. Rings whose edges cross in their interiors need no areas, for which GEOS
    would take minutes with some hundred points in random order.

    Args:
        rings: float64, n rows, finite, in pixels.
        areas: As returned by `measure`.
        bounds: As returned by `measure`.

    Returns:
        False, and checked, for rings that are not `sound`, and for those that extend beyond 10^9 px.
    """
    crossing = np.zeros(len(rings), bool)
    # Three points cannot cross, nor can three and the first again.
    candidates = (rings.lengths >= MIN_NUMBERS + 2) & _near(bounds)
    rounding, most = _rounding(bounds), _box_areas(bounds)
    # A ring cannot enclose more than its bounding box: a larger shoelace area counts some part twice, and a flat ring encloses nothing.
    crossing[candidates & (np.abs(areas) > most + rounding)] = True
    candidates &= ~crossing & (most > rounding)
    unchecked = candidates & (rings.lengths // 2 > budgets.RING_VERTICES)
    chosen = np.flatnonzero(candidates & ~unchecked)
    chosen = chosen[~star_shaped(rings, chosen)]
    candidates = np.zeros(len(rings), bool)
    candidates[chosen] = True
    unchecked |= _too_many_pairs(rings, candidates)
    suspects = _invalid(rings, candidates & ~unchecked)
    crosses, enclosed = _enclosed_within_budget(rings, suspects)
    crossing[suspects[crosses]] = True
    unchecked[suspects[~crosses & np.isnan(enclosed)]] = True
    differ = np.abs(np.abs(areas[suspects]) - enclosed) > rounding[suspects]
    crossing[suspects[differ]] = True
    return RingCheck(crossing, unchecked)


def enclosing_nothing(rings: Ragged, areas: NDArray[np.float64], bounds: NDArray[np.float64]) -> RingCheck:
    """Which rings enclose nothing: one point, or a line that goes out and back.

    A shoelace area of zero is not sufficient: the lobes of a bow-tie cancel.

    Args:
        rings: float64, n rows, finite, in pixels.
        areas: As returned by `measure`.
        bounds: As returned by `measure`.

    Returns:
        False, and checked, for rings that are not `sound`, and for those that extend beyond 10^9 px.
    """
    rounding = _rounding(bounds)
    out, unchecked = (np.abs(areas) <= rounding) & _near(bounds), np.zeros(len(rings), bool)
    # For three points the area is sufficient, and for a flat ring its bounds are.
    suspects = np.flatnonzero(out & (rings.lengths > MIN_NUMBERS) & (_box_areas(bounds) > rounding))
    if len(suspects):
        crosses, enclosed = _enclosed_within_budget(rings, suspects)
        out[suspects] = ~crosses & (enclosed <= rounding[suspects])
        unchecked[suspects] = ~crosses & np.isnan(enclosed)
    return RingCheck(np.asarray(out), unchecked)


def _box_areas(bounds: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(over="ignore", invalid="ignore"):
        return np.asarray((bounds[:, 2] - bounds[:, 0]) * (bounds[:, 3] - bounds[:, 1]))


def _too_many_pairs(rings: Ragged, candidates: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which candidates have too many pairs of edges for GEOS to compare."""
    vertices = rings.lengths // 2
    out = np.zeros(len(rings), bool)
    # With fewer vertices all pairs are within the budget.
    long = np.flatnonzero(candidates & (vertices > 2 * budgets.PAIRS_PER_EDGE))
    if len(long):
        excess = edge_pairs(rings.take(long)) - budgets.PAIRS_PER_EDGE * vertices[long]
        out[long[~budgets.affordable(excess, budgets.GEOS_PAIRS)]] = True
    return np.asarray(out)


def _enclosed_within_budget(rings: Ragged, suspects: NDArray[np.int64]) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
    """Which of these rings have edges that cross in their interiors, and the areas enclosed by the others.

    Returns:
        bool and float64, shape (suspects,): the area in square pixels is NaN if edges cross or intersect too often.
    """
    crosses, enclosed = np.zeros(len(suspects), bool), np.full(len(suspects), np.nan)
    vertices = rings.lengths[suspects] // 2
    known = np.flatnonzero(vertices <= budgets.RING_VERTICES)
    if not len(known):
        return crosses, enclosed
    limits = (budgets.GEOS_COST - vertices[known]).clip(min=0)
    met = count_crossings(rings.take(suspects[known]), np.arange(len(known)), contact_limits=limits)
    crosses[known] = met.counts > 0
    fine = (met.counts == 0) & met.complete & (met.contacts <= limits)
    fine &= budgets.affordable(np.where(fine, met.contacts - budgets.CONTACTS_PER_EDGE * vertices[known], 0), budgets.GEOS_CONTACTS)
    for part in budgets.portions((met.contacts + vertices[known])[fine], budgets.GEOS_COST):
        chosen = known[fine][part]
        enclosed[chosen] = enclosed_areas(rings.take(suspects[chosen]))
    return crosses, enclosed


def _near(bounds: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Bounds of valid rings within the range of GEOS."""
    low, high = np.minimum(bounds[:, 0], bounds[:, 1]), np.maximum(bounds[:, 2], bounds[:, 3])
    return np.asarray((low >= -_GEOS_LIMIT) & (high <= _GEOS_LIMIT))


def _invalid(rings: Ragged, candidates: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Indices of the candidates that GEOS considers invalid."""
    if not candidates.any():
        return np.empty(0, np.int64)
    import shapely  # takes 0.02 s and more, only needed for rings that are not seen to be simple otherwise

    def look(portion: tuple[slice, Ragged]) -> NDArray[np.int64]:
        rows, block = portion
        index = np.flatnonzero(candidates[rows])
        if len(index) < len(block):
            block = block.take(index)
        if not len(block):
            return index
        # As linear rings, not polygons: the result of GEOS is the same in two thirds of the time.
        owners = np.repeat(np.arange(len(block)), block.lengths // 2)
        geometries = shapely.linearrings(block.values.reshape(-1, 2), indices=owners)
        invalid: NDArray[np.bool_] = ~shapely.is_valid(geometries)
        found: NDArray[np.int64] = index[invalid] + rows.start
        return found

    if not candidates.any():
        return np.empty(0, np.int64)
    portions = list(_blocks(rings, _GEOS_BLOCK))
    if len(portions) == 1:
        return look(portions[0])
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(2) as pool:  # GEOS releases the GIL
        return np.concatenate(list(pool.map(look, portions)))


def star_shaped(rings: Ragged, chosen: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
    """Which rings go round the mean of their vertices once, always in one direction: their edges cannot cross.

    It takes a fifth of the time of GEOS, and holds for most outlines of compact objects.

    Args:
        rings: float64, n rows, finite, in pixels.
        chosen: The rings to look at, int64, shape (k,); None for all.

    Returns:
        bool, shape (k,); False if it is in doubt because of rounding, and for rings that are not `sound`.
    """
    library = kernels()
    if library is not None:
        return library.star_shaped(rings, np.arange(len(rings)) if chosen is None else chosen)
    rings = rings if chosen is None or len(chosen) == len(rings) else rings.take(chosen)
    out = np.zeros(len(rings), bool)
    for rows, block in _blocks(rings, _BLOCK):
        good = sound(block)
        if good.all():
            out[rows] = _onwards(block)
        elif good.any():
            out[np.arange(rows.start, rows.stop)[good]] = _onwards(block.take(good))
    return out


def _onwards(rings: Ragged) -> NDArray[np.bool_]:
    """`star_shaped` for valid rings."""
    counts, begins = rings.lengths // 2, rings.offsets[:-1] // 2
    xy = np.ascontiguousarray(rings.values.reshape(-1, 2).T)
    with np.errstate(over="ignore", invalid="ignore"):
        x, y = xy - np.repeat(np.add.reduceat(xy, begins, axis=1) / counts, counts, axis=1)
        ends = begins + counts - 1
        next_x, next_y = np.empty_like(x), np.empty_like(y)
        next_x[:-1], next_y[:-1] = x[1:], y[1:]
        next_x[ends], next_y[ends] = x[begins], y[begins]
        # Each step turns in the same direction round the mean, by less than half a turn, and by more than rounding errors.
        turn = x * next_y - y * next_x
        doubt = _ROUNDING * np.maximum.reduceat(np.maximum(np.abs(x), np.abs(y)), begins) ** 2
        # A duplicate vertex, as in explicitly closed rings, does not turn.
        still = (next_x == x) & (next_y == y)
        least = np.minimum.reduceat(np.where(still, np.inf, turn), begins)
        most = np.maximum.reduceat(np.where(still, -np.inf, turn), begins)
        one_way = (least > doubt) | (most < -doubt)
    rounds = np.add.reduceat((y < 0) & (next_y >= 0), begins, dtype=np.int32)
    return np.asarray(one_way & (rounds == 1))


def enclosed_areas(rings: Ragged) -> NDArray[np.float64]:
    """Area that each ring encloses by the even-odd rule, with or without crossings.

    The time grows faster than the square of the crossings: see `geometry.crossings`.

    Of overlapping edges GEOS keeps one: for a ring that goes out and back along a closed path, and so
    encloses nothing, the result is the area of the path. Bridges enclose nothing, and are dropped.

    Args:
        rings: float64, n valid rows, finite and within 10^9 px.

    Returns:
        float64, shape (n,), in square pixels.
    """
    import shapely

    return np.asarray(shapely.area(shapely.make_valid(_polygons(rings))), np.float64)


def union_area(rings: Ragged) -> float:
    """Area that the rings of one annotation cover together: pycocotools takes the union of its rings.

    The time grows faster than the square of the crossings: see `geometry.crossings`.

    Args:
        rings: float64, valid rows, finite and within 10^9 px.
    """
    import shapely

    return float(shapely.area(shapely.union_all(shapely.make_valid(_polygons(rings)))))


def _polygons(rings: Ragged) -> Any:
    import shapely

    owners = np.repeat(np.arange(len(rings)), rings.lengths // 2)
    return shapely.polygons(shapely.linearrings(rings.values.reshape(-1, 2), indices=owners))


def crossing_point(ring: NDArray[np.float64]) -> tuple[float, float] | None:
    """The first crossing of two edges of a ring, in the order of the ring.

    Args:
        ring: float64, flat x, y, x, y; one that `self_crossing` found.

    Returns:
        x and y in pixels; None if edges cross only in their end points, or the ring has more than 512 points.
    """
    begin = ring.reshape(-1, 2)
    if len(begin) > _MATRIX_SIDE:
        return None
    end = np.roll(begin, -1, axis=0)
    step = end - begin

    def side(points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Row i, column k: the side of edge i on which point k is."""
        dx = points[None, :, 0] - begin[:, None, 0]
        dy = points[None, :, 1] - begin[:, None, 1]
        return np.asarray(step[:, None, 0] * dy - step[:, None, 1] * dx)

    from_, to = side(begin), side(end)
    apart = from_ * to < 0  # edge k has its ends on both sides of edge i's line
    found = np.argwhere(np.triu(apart & apart.T))
    if not len(found):
        return None
    i, k = found[0]
    x, y = begin[k] + step[k] * (from_[i, k] / (from_[i, k] - to[i, k]))
    return float(x), float(y)
