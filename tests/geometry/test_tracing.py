"""Exact polygons: pycocotools must read back the very mask, and the rings must be what their documentation says."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pycocotools.mask as coco_mask
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from cocoproof.geometry.tracing import outlines, outlines_of_runs, trace, trace_runs

from ..examples import thorough

# pycocotools.decode under numpy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword")


def read_back(rings, height, width):
    """What annToMask makes of polygons; bool, shape (height, width)."""
    if not rings:
        return np.zeros((height, width), bool)
    encoded = coco_mask.frPyObjects([np.asarray(ring).tolist() for ring in rings], height, width)
    return coco_mask.decode(coco_mask.merge(encoded)).astype(bool)


def counts_of(mask):
    """COCO's counts of a mask, by counting pixel after pixel."""
    counts, value = [0], False
    for pixel in mask.T.ravel().tolist():
        if pixel != value:
            counts.append(0)
            value = pixel
        counts[-1] += 1
    return counts


def shoelace(ring):
    """Twice the signed area, by the textbook's sum."""
    points = list(zip(ring[0::2].tolist(), ring[1::2].tolist(), strict=True))
    return sum(x * v - u * y for (x, y), (u, v) in zip(points, points[1:] + points[:1], strict=True))


def components(mask):
    """The 4-connected components, by flood fill, in column-major order of their first pixels."""
    height, width = mask.shape
    left = {(x, y) for y, x in np.argwhere(mask).tolist()}
    found = []
    for first in sorted(left):
        if first not in left:
            continue
        part, todo = np.zeros((height, width), bool), [first]
        left.discard(first)
        while todo:
            x, y = todo.pop()
            part[y, x] = True
            for beside in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if beside in left:
                    left.discard(beside)
                    todo.append(beside)
        found.append(part)
    return found


def unit_edges(ring):
    """How often the ring walks each directed edge of length 1."""
    points = ring.reshape(-1, 2).tolist()
    edges = Counter()
    for (x, y), (u, v) in zip(points, points[1:] + points[:1], strict=True):
        dx, dy = np.sign(u - x), np.sign(v - y)
        assert (dx == 0) != (dy == 0), "not along one pixel edge, or of no length"
        for _ in range(abs(u - x) + abs(v - y)):
            edges[x, y, x + dx, y + dy] += 1
            x, y = x + dx, y + dy
    return edges


def boundary_edges(part):
    """The directed unit edges between set and unset pixels, the set ones on the right as the image is seen."""
    padded = np.pad(part, 1)
    edges = set()
    for y, x in np.argwhere(part).tolist():
        if not padded[y, x + 1]:
            edges.add((x, y, x + 1, y))
        if not padded[y + 1, x + 2]:
            edges.add((x + 1, y, x + 1, y + 1))
        if not padded[y + 2, x + 1]:
            edges.add((x + 1, y + 1, x, y + 1))
        if not padded[y + 1, x]:
            edges.add((x, y + 1, x, y))
    return edges


def assert_exact(mask):
    height, width = mask.shape
    rings = trace(mask)
    assert np.array_equal(read_back(rings, height, width), mask)
    assert sum(shoelace(ring) for ring in rings) == 2 * mask.sum()
    from_runs = trace_runs(counts_of(mask), (height, width))
    assert [ring.tobytes() for ring in from_runs] == [ring.tobytes() for ring in rings]
    return rings


def assert_well_formed(mask):
    """One ring a component, weakly simple: the boundary once, bridges through the component once each way."""
    rings = assert_exact(mask)
    parts = components(mask)
    assert len(rings) == len(parts)
    for ring, part in zip(rings, parts, strict=True):
        assert np.array_equal(read_back([ring], *mask.shape), part)
        assert shoelace(ring) == 2 * part.sum()
        walked = unit_edges(ring)
        boundary = boundary_edges(part)
        assert set(walked.values()) == {1}
        assert boundary <= set(walked)
        for x, y, u, v in set(walked) - boundary:
            assert (u, v, x, y) in walked, "an edge inside the component is walked one way only"
            assert x == u, "bridges are vertical"
            assert part[min(y, v), x - 1]
            assert part[min(y, v), x]
        points = ring.reshape(-1, 2)
        turns = np.diff(np.vstack((points, points[:2])), axis=0)
        assert ((turns[:-1] == 0) != (turns[1:] == 0)).all(), "two edges in a row have one direction"
    return rings


def every_mask(height, width):
    bits = np.arange(2 ** (height * width))[:, None] >> np.arange(height * width) & 1
    return bits.astype(bool).reshape(-1, height, width)


def random_mask(rng, kind):
    height, width = rng.integers(4, 24, 2)
    mask = np.zeros((height, width), bool)
    ys, xs = np.mgrid[:height, :width]
    if kind == "noise":
        return rng.random((height, width)) < rng.random()
    if kind == "single pixels":
        mask[rng.integers(0, height, 3), rng.integers(0, width, 3)] = True
    elif kind == "lines":
        mask[rng.integers(0, height)] = True
        mask[:, rng.integers(0, width)] = rng.random(height) < 0.8
    elif kind == "border":
        mask[[0, -1]] = True
        mask[:, [0, -1]] = True
        mask ^= rng.random((height, width)) < 0.01
    elif kind == "full":
        return ~mask
    elif kind == "diagonals":
        mask = (ys + xs) % rng.integers(2, 5) == 0
        mask[rng.random((height, width)) < 0.1] = True
    elif kind == "holes":
        mask = ~mask
        for _ in range(6):
            top, left = rng.integers(1, (height - 1, width - 1))
            mask[top : min(top + rng.integers(1, 4), height - 1), left : min(left + rng.integers(1, 4), width - 1)] = 0
    elif kind == "nested":
        cy, cx = rng.uniform(0, height), rng.uniform(0, width)
        rings = np.maximum(abs(ys - cy), abs(xs - cx)) if rng.random() < 0.5 else np.hypot(ys - cy, xs - cx)
        mask = (rings // rng.integers(1, 4)).astype(int) % 2 == 0
        mask ^= rng.random((height, width)) < 0.03
    elif kind == "islands":
        for _ in range(5):
            top, left = rng.integers(0, (height, width))
            mask[top : top + rng.integers(1, 6), left : left + rng.integers(1, 6)] ^= True
    return mask


KINDS = ("noise", "single pixels", "lines", "border", "full", "diagonals", "holes", "nested", "islands", "empty")


@pytest.mark.parametrize("kind", KINDS)
def test_pycocotools_reads_back_random_masks(kind):
    rng = np.random.default_rng(KINDS.index(kind))
    holes = 0
    for _ in range(220):
        mask = random_mask(rng, kind)
        assert_exact(mask)
        holes += sum(len(outline.rings) - 1 for outline in outlines(mask))
    if kind in {"noise", "holes", "nested", "border"}:
        assert holes > 50, "the masks of this kind were to have holes"


@pytest.mark.parametrize("kind", KINDS)
def test_rings_of_random_masks_are_weakly_simple(kind):
    rng = np.random.default_rng(100 + KINDS.index(kind))
    for _ in range(40):
        assert_well_formed(random_mask(rng, kind))


@pytest.mark.parametrize("shape", [(1, 1), (1, 6), (6, 1), (2, 3), (3, 2), (3, 3)])
def test_every_small_mask_is_well_formed(shape):
    for mask in every_mask(*shape):
        assert_well_formed(mask)


def test_every_mask_of_3_by_4_is_exact():
    for mask in every_mask(3, 4):
        assert np.array_equal(read_back(trace(mask), 3, 4), mask)


@pytest.mark.parametrize("quarter", range(4))
def test_every_mask_of_4_by_4_is_exact(quarter):
    # 64 of them side by side in one frame, a pixel apart, to be quick; some stand on the frame's border.
    masks = every_mask(4, 4)[quarter * 2**14 : (quarter + 1) * 2**14]
    for tiles in masks.reshape(-1, 8, 8, 4, 4):
        frame = np.zeros((8, 5, 8, 5), bool)
        frame[:, :4, :, :4] = tiles.transpose(0, 2, 1, 3)
        frame = frame.reshape(40, 40)
        assert np.array_equal(read_back(trace(frame), 40, 40), frame)


@thorough(150)
@given(npst.arrays(np.bool_, npst.array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_any_mask_is_well_formed(mask):
    assert_well_formed(mask)


@thorough(150)
@given(st.lists(st.integers(0, 9), max_size=20), st.integers(1, 7))
def test_runs_of_length_zero_change_nothing(counts, height):
    counts = [*counts, -sum(counts) % height]
    flat = np.repeat(np.arange(len(counts)) % 2 == 1, counts)
    mask = flat.reshape(-1, height).T
    expected = trace(mask) if mask.size else []
    assert [ring.tolist() for ring in trace_runs(counts, mask.shape)] == [ring.tolist() for ring in expected]


def test_runs_parted_by_a_length_of_zero_are_one():
    rng = np.random.default_rng(7)
    for _ in range(100):
        mask = random_mask(rng, "holes")
        counts = [0]
        for place, count in enumerate(counts_of(mask)):
            cut = int(rng.integers(0, count + 1)) if place else 0
            counts[-1:] = [counts[-1] + cut, 0, count - cut, 0] if cut else [counts[-1] + count, 0]
        assert len(counts) > len(counts_of(mask)) + 2
        assert [ring.tolist() for ring in trace_runs(counts, mask.shape)] == [ring.tolist() for ring in trace(mask)]


def test_an_empty_mask_has_no_ring():
    assert trace(np.zeros((5, 7), bool)) == []
    assert trace_runs([35], (5, 7)) == []
    assert trace(np.zeros((0, 7), bool)) == []
    assert outlines(np.zeros((5, 7), bool)) == []


def test_a_full_frame_is_one_rectangle():
    assert [ring.tolist() for ring in trace(np.ones((5, 7), bool))] == [[0, 5, 0, 0, 7, 0, 7, 5]]


def test_a_keyhole_is_a_vertical_bridge_from_the_first_pixel_of_the_hole():
    mask = np.ones((3, 3), bool)
    mask[1, 1] = False
    (ring,) = trace(mask)
    assert ring.tolist() == [0, 3, 0, 0, 1, 0, 1, 2, 2, 2, 2, 1, 1, 1, 1, 0, 3, 0, 3, 3]


def test_pixels_that_touch_by_a_corner_are_rings_of_their_own():
    assert [ring.tolist() for ring in trace(np.eye(2, dtype=bool))] == [
        [0, 1, 0, 0, 1, 0, 1, 1],
        [1, 2, 1, 1, 2, 1, 2, 2],
    ]


def test_outlines_keep_holes_apart_and_know_their_parents():
    mask = np.ones((9, 9), bool)
    mask[1:4, 1:8] = False
    mask[2, 3:5] = True  # an island in the first hole
    mask[5, 4] = False  # straight below it, so that it hangs on it
    mask[7, 0] = False  # no hole: it is open to the left
    outer, island = outlines(mask)
    assert outer.parents == [-1, 0, 1]
    assert [shoelace(ring) // 2 for ring in outer.rings] == [80, -21, -1]
    assert island.parents == [-1]
    assert island.rings[0].tolist() == [3, 3, 3, 2, 5, 2, 5, 3]
    again = outlines_of_runs(counts_of(mask), mask.shape)
    assert [[ring.tolist() for ring in outline.rings] for outline in again] == [
        [ring.tolist() for ring in outline.rings] for outline in (outer, island)
    ]


@pytest.mark.parametrize("kind", ["noise", "holes", "nested", "border"])
def test_outlines_hold_the_pixels_of_their_components(kind):
    rng = np.random.default_rng(200)
    for _ in range(40):
        mask = random_mask(rng, kind)
        found = outlines(mask)
        parts = components(mask)
        assert len(found) == len(parts)
        for outline, part in zip(found, parts, strict=True):
            shell, *holes = (read_back([ring], *mask.shape) for ring in outline.rings)
            for hole in holes:
                assert not (hole & ~shell).any()
                shell ^= hole
            assert np.array_equal(shell, part)
            assert outline.parents[0] == -1
            assert all(0 <= parent < place for place, parent in enumerate(outline.parents) if place)


def test_neither_layout_nor_dtype_nor_run_changes_a_byte():
    rng = np.random.default_rng(5)
    mask = rng.random((40, 50)) < 0.6
    expected = [ring.tobytes() for ring in trace(mask)]
    frozen = mask.copy()
    frozen.flags.writeable = False
    wide = np.zeros((80, 100), bool)
    wide[::2, ::2] = mask
    for same in (mask, np.asfortranarray(mask), mask.astype(np.uint8) * 255, frozen, wide[::2, ::2], mask.tolist()):
        assert [ring.tobytes() for ring in trace(same)] == expected
    assert all(ring.dtype == np.int64 for ring in trace(mask))


@pytest.mark.parametrize("size", [(2**20, 15), (15, 2**20)])
def test_coordinates_up_to_2_to_the_20(size):
    height, width = size
    rng = np.random.default_rng(6)
    cuts = np.unique(rng.integers(1, height * width, 41))
    counts = np.diff([0, *cuts.tolist(), height * width])
    rings = trace_runs(counts, size)
    assert max(ring.max() for ring in rings) == 2**20
    truth = coco_mask.frPyObjects({"size": list(size), "counts": counts.tolist()}, height, width)
    back = coco_mask.merge(coco_mask.frPyObjects([ring.tolist() for ring in rings], height, width))
    assert back["counts"] == truth["counts"]


def test_the_frame_costs_nothing():
    # 2^40 pixels: neither a frame nor a box of it could be allocated. Two pixels in opposite corners.
    side = 2**20
    rings = trace_runs([0, 1, side * side - 2, 1], (side, side))
    assert [ring.tolist() for ring in rings] == [
        [0, 1, 0, 0, 1, 0, 1, 1],
        [side - 1, side, side - 1, side - 1, side, side - 1, side, side],
    ]


def test_what_is_no_mask_is_refused():
    with pytest.raises(ValueError, match=r"shape \(2, 3, 4\)"):
        trace(np.zeros((2, 3, 4), bool))
    with pytest.raises(TypeError, match="float64"):
        trace(np.zeros((2, 3)))


@pytest.mark.parametrize("counts", [[], [5], [3, 4], [-1, 7], [7, -1]])
def test_counts_that_do_not_fill_the_frame_are_refused(counts):
    with pytest.raises(ValueError, match="sum to 2 x 3"):
        trace_runs(counts, (2, 3))
