"""Polygons filled by our own arithmetic, against pycocotools."""

from __future__ import annotations

import numpy as np
import pycocotools.mask
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cocoproof.geometry.ragged import Ragged
from cocoproof.geometry.rasteriser import drop_zero_edges
from cocoproof.readers.mask_decoding import decode_by_pycocotools, decode_ourselves, describe, fill_polygon, mask_iou

from ..examples import round_trip

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own, by numpy 2

COORDINATE = st.one_of(st.integers(-3, 24).map(float), st.floats(-5, 30, allow_nan=False).map(lambda value: round(value, 2)))


@round_trip
@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=9), st.integers(1, 22), st.integers(1, 22))
@example([(0.0, 0.0), (0.0, 2.0), (1.38, 0.0)], 1, 2)  # ends in the middle of a column
@example([(0.4, 0.0), (2.4, 3.4), (0.0, 3.0)], 4, 3)
def test_the_pixels_are_those_of_pycocotools(vertices, height, width):
    ring = np.array(vertices).ravel()
    safe = drop_zero_edges(ring)
    if len(safe):
        encoded = pycocotools.mask.merge(pycocotools.mask.frPyObjects([safe.tolist()], height, width))
        assert np.array_equal(fill_polygon(ring, (height, width)), pycocotools.mask.decode(encoded))
    else:
        assert not fill_polygon(ring, (height, width)).any()


UNSAFE = "a segmentation that must not reach pycocotools' C code: "


@pytest.mark.parametrize(
    ("segmentation", "said"),
    [
        ([], "segmentation [], for which annToMask raises IndexError"),
        ([[0, 0, 1, 1]], UNSAFE + "a polygon is malformed (short)"),
        ([[0, 0, 5, 0, 5, 5], [0, 0, 5, 0, float("nan"), 5]], UNSAFE + "a polygon is malformed (not finite)"),
        ([[0, 0, 5, 0, 5, 5, 1]], UNSAFE + "a polygon is malformed (odd)"),
        ([["a"]], UNSAFE + "it is neither a list of polygons nor a run-length encoding"),
        ([[0, 0, 5, 0, 5, True]], UNSAFE + "it is neither a list of polygons nor a run-length encoding"),
        ([0, 0, 5, 0, 5, 5], UNSAFE + "it is neither a list of polygons nor a run-length encoding"),
        ([[0, 0, 5, 0, 5, 10**400]], UNSAFE + "it is neither a list of polygons nor a run-length encoding"),
        ("text", UNSAFE + "it is neither a list of polygons nor a run-length encoding"),
        ({"size": [9, 9], "counts": [81]}, UNSAFE + "its size is [9, 9] (height, width), the image is 7x8 px"),
        ({"counts": [56]}, UNSAFE + "its size is None (height, width), the image is 7x8 px"),
        ({"size": [8, 7], "counts": [55]}, UNSAFE + "its counts are malformed (sum)"),
        ({"size": [8, 7], "counts": [0, 0, 56]}, UNSAFE + "its counts are malformed (zero run)"),
        ({"size": [8, 7], "counts": [2**61]}, UNSAFE + "its counts are malformed (too large)"),
        ({"size": [8, 7], "counts": [-5, 61]}, UNSAFE + "its counts are malformed (negative)"),
        ({"size": [8, 7], "counts": []}, UNSAFE + "its counts are malformed (empty)"),
        ({"size": [8, 7], "counts": ""}, UNSAFE + "its counts are malformed (empty)"),
        ({"size": [8, 7], "counts": "P"}, UNSAFE + "its counts are malformed (truncated)"),
        ({"size": [8, 7], "counts": "p"}, UNSAFE + "its counts are malformed (bad character)"),
        ({"size": [8, 7], "counts": [2**62]}, UNSAFE + "its counts are neither a string nor a list of integers"),
        ({"size": [8, 7], "counts": [56.0]}, UNSAFE + "its counts are neither a string nor a list of integers"),
        ({"size": [8, 7], "counts": None}, UNSAFE + "its counts are neither a string nor a list of integers"),
        ({"size": [8, 7]}, UNSAFE + "its counts are neither a string nor a list of integers"),
    ],
)
def test_what_is_not_safe_is_not_decoded(segmentation, said):
    assert decode_by_pycocotools(segmentation, (8, 7)) == (None, said)


def test_too_many_pixels_for_pycocotools_encoder():
    mask, trouble = decode_by_pycocotools({"size": [4096, 4096], "counts": [4096 * 4096]}, (4096, 4096))
    assert (mask, trouble) == (None, UNSAFE + "4096x4096 px are more than its encoder can take")
    assert decode_by_pycocotools({"size": [1, 2**24 - 1], "counts": [2**24 - 1]}, (1, 2**24 - 1))[1] is None
    # One pixel less, and wrong: it is the mask's fault.
    mask, trouble = decode_by_pycocotools({"size": [1, 2**24 - 1], "counts": [5]}, (1, 2**24 - 1))
    assert (mask, trouble) == (None, UNSAFE + "its counts are malformed (sum)")


def test_a_segmentation_needs_the_size_of_its_image():
    assert decode_by_pycocotools([[2, 1, 5, 1, 5, 4]], None) == (None, "a segmentation on an image without a size")
    assert decode_by_pycocotools(None, None) == (None, None)


def test_a_ring_that_goes_out_and_back_has_no_pixel():
    mask, trouble = decode_by_pycocotools([[1, 1, 1, 1, 1, 1]], (4, 5))
    assert trouble is None
    assert mask.size == (4, 5)
    assert mask.decode().dtype == np.bool_
    assert mask.decode().tolist() == np.zeros((4, 5)).tolist()


def test_a_mask_is_decoded_when_it_is_asked_for_and_by_whom_one_says():
    asked = []

    def ann_to_mask(annotation):
        asked.append(annotation)
        return np.eye(4, 5, dtype=np.uint8)

    ring = [[1, 1, 3, 1, 3, 2, 1, 2]]
    mask, _ = decode_by_pycocotools(ring, (4, 5), ann_to_mask)
    assert asked == []
    assert mask.decode().tolist() == np.eye(4, 5).tolist()
    assert mask.decode().dtype == np.bool_
    assert asked[0]["segmentation"][0] == ring[0]


def test_forms_of_a_segmentation():
    square = np.zeros((8, 8), bool)
    square[1:4, 2:5] = True
    compressed = pycocotools.mask.encode(np.asfortranarray(square.astype(np.uint8)))
    for value in (
        [[2, 1, 5, 1, 5, 4, 2, 4]],
        {"size": [8, 8], "counts": compressed["counts"].decode()},
        {"size": [8, 8], "counts": [17, 3, 5, 3, 5, 3, 28]},
    ):
        mask, trouble = decode_by_pycocotools(value, (8, 8))
        assert trouble is None
        assert np.array_equal(mask.decode(), square)
    assert decode_by_pycocotools(None, (8, 8)) == (None, None)


def test_our_own_decoder():
    square = np.zeros((4, 5), bool)
    square[1:3, 1:4] = True
    runs = decode_ourselves(None, np.array([5, 2, 2, 2, 2, 2, 5]), (4, 5))
    assert (runs.size, runs.decode().tolist()) == ((4, 5), square.tolist())
    rings = Ragged.from_rows([[1, 1, 4, 1, 4, 2, 1, 2], [1, 2, 4, 2, 4, 3, 1, 3]], np.float64)
    polygons = decode_ourselves(rings, None, (4, 5))
    assert (polygons.size, polygons.decode().tolist()) == ((4, 5), square.tolist())
    assert polygons.decode().dtype == np.bool_
    assert decode_ourselves(None, None, (0, 0)).decode().shape == (0, 0)


def test_few_words():
    assert describe(None) == "no mask"
    assert describe(np.eye(3, dtype=bool)) == "mask 3 px"


def test_iou():
    a, b = np.zeros((2, 4, 4), bool)
    assert mask_iou(a, b) == 1.0
    a[0], b[0, :2] = True, True
    assert mask_iou(a, b) == 0.5
