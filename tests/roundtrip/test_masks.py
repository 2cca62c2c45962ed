"""Polygons filled by our own arithmetic, against pycocotools."""

from __future__ import annotations

import numpy as np
import pycocotools.mask
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.coco.rasteriser import drop_zero_edges
from cocoproof.roundtrip.masks import decode_by_pycocotools, fill_polygon, mask_iou

from ..examples import round_trip

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own, by numpy 2

COORDINATE = st.one_of(st.integers(-3, 24).map(float), st.floats(-5, 30, allow_nan=False).map(lambda value: round(value, 2)))


@round_trip
@given(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=3, max_size=9), st.integers(1, 22), st.integers(1, 22))
def test_the_pixels_are_those_of_pycocotools(vertices, height, width):
    ring = np.array(vertices).ravel()
    safe = drop_zero_edges(ring)
    if len(safe):
        encoded = pycocotools.mask.merge(pycocotools.mask.frPyObjects([safe.tolist()], height, width))
        assert np.array_equal(fill_polygon(ring, (height, width)), pycocotools.mask.decode(encoded))
    else:
        assert not fill_polygon(ring, (height, width)).any()


@pytest.mark.parametrize(
    ("segmentation", "said"),
    [
        ([[0, 0, 1, 1]], "short"),
        ([[0, 0, 5, 0, float("nan"), 5]], "not finite"),
        ([["a"]], "neither a list of polygons"),
        ({"size": [9, 9], "counts": [81]}, "the image is 8x8 px"),
        ({"size": [8, 8], "counts": [63]}, "(sum)"),
        ({"size": [8, 8], "counts": None}, "neither text nor a list"),
    ],
)
def test_what_is_not_safe_is_not_decoded(segmentation, said):
    mask, trouble = decode_by_pycocotools(segmentation, (8, 8))
    assert mask is None
    assert said in trouble


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


def test_iou():
    a, b = np.zeros((2, 4, 4), bool)
    assert mask_iou(a, b) == 1.0
    a[0], b[0, :2] = True, True
    assert mask_iou(a, b) == 0.5
