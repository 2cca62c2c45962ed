from __future__ import annotations

import numpy as np
import pytest

from cocoproof.geometry.box_formats import are_fractions, may_be_corners, read_as_corners

SIZE = (640.0, 480.0)


def boxes_of(seed: int, n: int = 200) -> np.ndarray:
    """Boxes strewn over an image, as x, y, width, height."""
    rng = np.random.default_rng(seed)
    width, height = rng.uniform(5, 300, n), rng.uniform(5, 300, n)
    return np.stack([rng.uniform(0, 640 - width), rng.uniform(0, 480 - height), width, height], 1)


def corners_of(boxes: np.ndarray) -> np.ndarray:
    return np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], 1)


def as_corners(boxes: np.ndarray, area: object = np.nan, envelope: object = np.nan, share: float = 0.9) -> np.ndarray:
    n = len(boxes)
    sizes = np.tile(SIZE, (n, 1))
    return read_as_corners(boxes, sizes, np.broadcast_to(area, n).astype(float), np.broadcast_to(envelope, (n, 4)).astype(float), share)


@pytest.mark.parametrize("seed", range(5))
def test_corners_are_known_by_the_image_alone(seed: int) -> None:
    boxes = boxes_of(seed)
    assert not as_corners(boxes).any()
    assert may_be_corners(corners_of(boxes), 0.9)
    assert as_corners(corners_of(boxes)).all()


def test_large_boxes_at_the_top_left_are_no_corners() -> None:
    rng = np.random.default_rng(0)
    boxes = np.stack([rng.uniform(0, 40, 99), rng.uniform(0, 40, 99), rng.uniform(300, 600, 99), rng.uniform(300, 440, 99)], 1)
    assert not as_corners(boxes).any()
    # Even if one in ten reaches out of its image.
    boxes[::10, 2] = 630
    assert not as_corners(boxes).any()


def test_corners_at_the_top_left_are_known_by_area_or_mask() -> None:
    boxes = boxes_of(1) * 0.4 + 1
    corners, area = corners_of(boxes), boxes[:, 2] * boxes[:, 3]
    assert not as_corners(corners).any()
    assert as_corners(corners, area).all()
    assert as_corners(corners, envelope=corners).all()
    assert not as_corners(boxes, area).any()
    assert not as_corners(boxes, envelope=corners).any()


def test_a_mask_that_fits_the_box_forbids() -> None:
    boxes = corners_of(boxes_of(2))  # taken for x, y, width, height, these reach out of the image
    assert as_corners(boxes).all()
    assert not as_corners(boxes, envelope=corners_of(boxes)).any()


def test_a_few_stray_boxes_do_not_hide_it_many_do() -> None:
    corners = corners_of(boxes_of(3))
    corners[:20, 2:] = corners[:20, :2] - 1
    assert as_corners(corners).sum() == 180
    corners[:21, 2:] = corners[:21, :2] - 1
    assert not as_corners(corners).any()


def test_one_box_needs_more_than_the_image() -> None:
    box = np.array([[400.0, 300, 500, 350]])
    assert not as_corners(box).any()
    assert as_corners(box, 100 * 50).all()
    assert as_corners(np.tile(box, (2, 1))).all()


def test_boxes_that_are_not_there_do_not_count() -> None:
    corners = corners_of(boxes_of(4))
    corners[::2] = np.nan
    assert as_corners(corners).sum() == 100
    assert not as_corners(np.full((3, 4), np.nan)).any()
    assert not as_corners(np.empty((0, 4))).any()
    assert not may_be_corners(np.full((3, 4), np.nan), 0.9)
    assert not as_corners(np.full((3, 4), 1e308)).any()


def fractions(boxes: np.ndarray, size: tuple[float, float] = SIZE) -> np.ndarray:
    return are_fractions(boxes, np.tile(size, (len(boxes), 1)), 0.9)


def test_fractions() -> None:
    boxes = boxes_of(0) / np.array([640, 480, 640, 480])
    assert fractions(boxes).all()
    assert not fractions(boxes_of(0)).any()
    assert not fractions(boxes, (1, 1)).any()
    assert not fractions(boxes, (np.nan, np.nan)).any()
    assert not fractions(np.tile([0.0, 0, 1, 1], (5, 1))).any()
    boxes[:20] *= 640
    assert fractions(boxes).sum() == 180
    boxes[:21] *= 640
    assert not fractions(boxes).any()
    assert not fractions(np.empty((0, 4))).any()


def test_the_area_of_a_small_mask_is_no_witness() -> None:
    """An L of six pixels in a box of 3 x 3 at (0, 1): as many pixels as (3 - 0) x (3 - 1)."""
    box, envelope = np.array([[0.0, 1, 3, 3]]), np.array([[0.0, 1, 3, 4]])
    sizes, area = np.array([[8.0, 8]]), np.array([6.0])
    assert not read_as_corners(box, sizes, area, envelope, 0.9).any()
    assert read_as_corners(box, sizes, area, np.full((1, 4), np.nan), 0.9).all()
