"""Corners, envelopes and angles against OpenCV: `RotatedRect`, `boxPoints` and `minAreaRect`."""

from __future__ import annotations

import math

import numpy as np
import pytest

from cocoproof.columns.angle_convention import ANGLE_RANGES
from cocoproof.geometry.oriented_boxes import centre_form, corner_distance, corners_of, envelopes, extents_of_turned, reordered, skew

cv2 = pytest.importorskip("cv2")

RANDOM = np.random.default_rng(7)
N = 500
BOXES = np.column_stack([RANDOM.uniform(50, 500, (N, 2)), RANDOM.uniform(5, 200, (N, 2))])
DEGREES = RANDOM.uniform(-360, 360, N)
CORNERS = corners_of(BOXES, np.deg2rad(DEGREES))


def rect(k: int) -> tuple[tuple[float, float], tuple[float, float], float]:
    x, y, w, h = BOXES[k].tolist()
    return (x, y), (w, h), float(DEGREES[k])


def test_corners_are_those_of_boxpoints() -> None:
    theirs = np.stack([cv2.boxPoints(rect(k)) for k in range(N)]).astype(np.float64)
    assert corner_distance(CORNERS, theirs).max() < 1e-3  # OpenCV has floats of 32 bits


def test_envelopes_are_those_of_the_corners() -> None:
    for k in range(0, N, 5):
        left, top, right, bottom = envelopes(CORNERS[k : k + 1])[0]
        theirs = cv2.boundingRect(cv2.boxPoints(rect(k)))
        # OpenCV's box of whole pixels contains the last one.
        assert (math.floor(left + 1e-3), math.floor(top + 1e-3)) == pytest.approx(theirs[:2], abs=1)
        assert (right - left, bottom - top) == pytest.approx(theirs[2:], abs=2)
    assert extents_of_turned(BOXES[:, 2:], np.deg2rad(DEGREES)) == pytest.approx(envelopes(CORNERS)[:, 2:] - envelopes(CORNERS)[:, :2])


def test_minarearect_finds_the_box_again() -> None:
    for k in range(N):
        (x, y), sides, angle = cv2.minAreaRect(CORNERS[k].astype(np.float32))
        assert (x, y) == pytest.approx(BOXES[k, :2], abs=0.01)
        assert sorted(sides) == pytest.approx(sorted(BOXES[k, 2:]), abs=0.02)
        turned = math.degrees(centre_form(CORNERS[k : k + 1])[0, 4])
        assert abs((turned - angle + 45) % 90 - 45) < 0.5


def test_the_range_of_this_opencv_is_one_that_we_name() -> None:
    angles = [cv2.minAreaRect(CORNERS[k].astype(np.float32))[2] for k in range(N)]
    angles.append(cv2.minAreaRect(np.array([[0, 0], [10, 0], [10, 5], [0, 5]], np.float32))[2])
    known = ANGLE_RANGES["opencv" if cv2.__version__.startswith("4.") else "opencv-old"]  # 5.0 has the range of 3 again
    assert min(angles) >= known.low - 1e-6
    assert max(angles) <= known.high + 1e-6


def test_rectangles_have_no_skew_in_order_alone() -> None:
    points = np.stack([cv2.boxPoints(rect(k)) for k in range(N)]).astype(np.float64)
    assert skew(points).max() < 1e-3
    crossed = points[:, [0, 2, 1, 3]]
    assert skew(crossed).min() > 1
    assert corner_distance(reordered(crossed), points).max() < 1e-3
