"""Areas covered by the polygons of each annotation together, which cost more than a shoelace formula."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.geometry.crossings import count_crossings
from cocoproof.geometry.pixel_counts import passes, pixel_counts
from cocoproof.geometry.polygons import self_crossing, union_area
from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rasteriser import RingFault, ring_faults
from cocoproof.model import budgets

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Segmentation

__all__ = ["CoveredAreas", "covered_areas"]


@dataclass(frozen=True, slots=True)
class CoveredAreas:
    """Areas covered by polygons.

    Attributes:
        united: float64, shape (k,): area of the union of the rings, in square pixels; NaN if it was not computed.
        pixels: float64, shape (k,): pixels that pycocotools sets, with overlaps of rings counted twice; NaN if not computed.
        unchecked: bool, shape (k,): rows whose polygons intersect so often that their union was not computed.
        uncounted: Number of rows whose pixels were not counted, because the file exceeded its budget.
    """

    united: NDArray[np.float64]
    pixels: NDArray[np.float64]
    unchecked: NDArray[np.bool_]
    uncounted: int


@np.errstate(over="ignore", invalid="ignore")  # a file may hold 1e300
def covered_areas(
    segmentation: Segmentation, rows: NDArray[np.int64], areas: NDArray[np.float64], sizes: NDArray[np.float64]
) -> CoveredAreas:
    """Areas of these rows' polygons, if they could be near the given ones.

    The area of a union is at most the sum of the rings' areas, and at least the largest; pixels and area differ by at most the length of
    the outline. If the given area is outside both ranges, nothing is computed. Pixels are not counted beyond
    `budgets.PIXEL_PASSES` per file, and unions of rings that intersect too often are not computed.

    Args:
        segmentation: The segmentations of a file.
        rows: int64, shape (k,): rows to compute, ascending.
        areas: float64, shape (k,): the areas given in the rows.
        sizes: float64, shape (k, 2): width and height of their images, NaN where unknown.
    """
    counts = np.diff(segmentation.ring_offsets)[rows]
    members = np.repeat(segmentation.ring_offsets[:-1][rows], counts) + _ranks(counts)
    rings = segmentation.rings.take(members)
    ring_areas, bounds = segmentation.ring_areas[members], segmentation.ring_bounds[members]
    offsets = np.concatenate([[0], np.cumsum(counts)])
    of_rows = Ragged(np.abs(ring_areas), offsets)
    reach = areas * 0.1 + 4.0  # generous: the caller has tolerances of its own
    united = np.full(len(rows), np.nan)
    total, largest = of_rows.reduce(np.add, np.nan), of_rows.reduce(np.maximum, np.nan)
    check = self_crossing(rings, ring_areas, bounds)
    crossing, unknown = (Ragged(of_ring, offsets).reduce(np.logical_or, False) for of_ring in (check.found, check.unchecked))
    several = (counts > 1) & (areas <= total + reach) & (areas >= largest - reach)
    wanted = (several | crossing | unknown) & np.isfinite(total) & (total < 1e12)
    unchecked = _too_costly(rings, offsets, wanted & ~unknown) | (wanted & unknown)
    for k in np.flatnonzero(wanted & ~unchecked):
        united[k] = union_area(rings.take(np.arange(offsets[k], offsets[k + 1])))
    pixels, uncounted = _pixels(rings, offsets, areas, total, sizes)
    return CoveredAreas(united, pixels, unchecked, uncounted)


def _too_costly(rings: Ragged, offsets: NDArray[np.int64], wanted: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which of the wanted rows have polygons that intersect each other or themselves too often for a union."""
    edges = Ragged(rings.lengths // 2, offsets).reduce(np.add)
    out = wanted & (edges > budgets.GEOS_COST)
    rows = np.flatnonzero(wanted & ~out)
    counts = np.diff(offsets)[rows]
    members = np.repeat(offsets[:-1][rows], counts) + _ranks(counts)
    limits = budgets.GEOS_COST - edges[rows]
    met = count_crossings(rings.take(members), np.repeat(np.arange(len(rows)), counts), budgets.CROSSINGS, limits)
    fine = met.complete & (met.counts <= budgets.CROSSINGS) & (met.contacts <= limits)
    fine &= budgets.affordable(np.where(fine, met.counts, 0), budgets.CROSSINGS_OF_FILE)
    fine &= budgets.affordable(np.where(fine, met.contacts - budgets.CONTACTS_PER_EDGE * edges[rows], 0), budgets.GEOS_CONTACTS)
    out[rows] = ~fine
    return np.asarray(out)


def _ranks(counts: NDArray[np.int64]) -> NDArray[np.int64]:
    """0, 1, ... within each group of the given sizes."""
    return np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)


def _pixels(
    rings: Ragged,
    offsets: NDArray[np.int64],
    areas: NDArray[np.float64],
    total: NDArray[np.float64],
    sizes: NDArray[np.float64],
) -> tuple[NDArray[np.float64], int]:
    """Pixels that pycocotools sets for each row, and the number of rows that exceeded the budget."""
    owner = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    safe = np.isfinite(sizes[owner]).all(axis=1) & (ring_faults(rings) == RingFault.OK)
    outline, columns = np.zeros(len(rings)), np.zeros(len(rings), np.int64)
    outline[safe], columns[safe] = passes(rings.take(safe))
    able = Ragged(safe, offsets).reduce(np.logical_and, False)
    longest = Ragged(outline, offsets).reduce(np.add)
    able &= np.abs(areas - total) <= 1.1 * longest + 4
    cost = np.cumsum(Ragged(columns, offsets).reduce(np.add) * able)
    uncounted = int((able & (cost > budgets.PIXEL_PASSES)).sum())
    able &= cost <= budgets.PIXEL_PASSES
    chosen = np.flatnonzero(able[owner])
    out = np.full(len(offsets) - 1, np.nan)
    out[able] = 0
    if len(chosen):
        counts = pixel_counts(rings.take(chosen), sizes[owner[chosen]][:, ::-1].astype(np.int64))
        np.add.at(out, owner[chosen], counts)
    return out, uncounted
