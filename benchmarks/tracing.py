"""Exact polygons of masks: time a mask and whether pycocotools reads the mask back, beside other ways, in one run.

    python benchmarks/tracing.py [--images 20] [--seed 0]

Ten blob masks an image of 1280x960, some with holes and islands. Each way gets the same masks; supervision's and
OpenCV's are left out where they are not installed. Times are CPU time of this process; the best of three runs.
"""

from __future__ import annotations

import argparse
import time
from typing import TYPE_CHECKING

import numpy as np
import pycocotools.mask as coco_mask
import shapely

from cocoproof.geometry.tracing import trace, trace_runs

if TYPE_CHECKING:
    from collections.abc import Callable

HEIGHT, WIDTH, MASKS = 960, 1280, 10


def blob(rng: np.random.Generator, ys: np.ndarray, xs: np.ndarray, cy: float, cx: float, radius: float) -> np.ndarray:
    """A disc whose radius waves with the angle."""
    angle = np.arctan2(ys - cy, xs - cx)
    wave = sum(rng.uniform(0, 0.12) * np.sin(k * angle + rng.uniform(0, 7)) for k in range(2, 8))
    return np.hypot(ys - cy, xs - cx) < radius * (1 + wave)


def make_mask(rng: np.random.Generator) -> np.ndarray:
    """A blob; three in ten with holes, three in ten with islands."""
    mask = np.zeros((HEIGHT, WIDTH), bool)
    radius = rng.uniform(20, 140)
    cy, cx = rng.uniform(0, HEIGHT), rng.uniform(0, WIDTH)
    top, left = max(int(cy - 2 * radius), 0), max(int(cx - 2 * radius), 0)
    window = mask[top : int(cy + 2 * radius), left : int(cx + 2 * radius)]
    ys, xs = np.ogrid[top : top + window.shape[0], left : left + window.shape[1]]
    window |= blob(rng, ys, xs, cy, cx, radius)
    if rng.random() < 0.3:
        for _ in range(rng.integers(1, 4)):
            oy, ox = rng.uniform(-0.5, 0.5, 2) * radius
            window &= ~blob(rng, ys, xs, cy + oy, cx + ox, radius * rng.uniform(0.1, 0.3))
    if rng.random() < 0.3:
        for _ in range(rng.integers(1, 4)):
            oy, ox = rng.uniform(-1.7, 1.7, 2) * radius
            window |= blob(rng, ys, xs, cy + oy, cx + ox, radius * rng.uniform(0.1, 0.3))
    return mask


def counts_of(mask: np.ndarray) -> np.ndarray:
    """COCO's uncompressed counts."""
    flat = mask.T.ravel()
    changes = np.flatnonzero(np.diff(flat, prepend=False))
    return np.diff(np.concatenate(([0], changes, [flat.size])))


def iou_read_back(mask: np.ndarray, rings: list) -> float:
    """IoU of a mask and of what pycocotools makes of its polygons."""
    lists = [np.asarray(ring).ravel().tolist() for ring in rings]
    lists = [ring for ring in lists if len(ring) >= 6]
    if not lists:
        return float(not mask.any())
    height, width = mask.shape
    back = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(lists, height, width))).astype(bool)
    return float((back & mask).sum() / max((back | mask).sum(), 1))


def with_shapely(mask: np.ndarray) -> list:
    """Runs of pixels as rectangles, united; holes are lost. (A coverage union does not join runs of unlike lengths.)"""
    flat = np.diff(np.pad(mask, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    ys, x0 = np.nonzero(flat == 1)
    x1 = np.nonzero(flat == -1)[1]
    union = shapely.union_all(shapely.box(x0, ys, x1, ys + 1))
    return [shapely.get_coordinates(shapely.get_exterior_ring(part))[:-1] for part in shapely.get_parts(union)]


def crop(mask: np.ndarray) -> np.ndarray:
    """The mask inside its box."""
    ys, xs = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    return mask[ys[0] : ys[-1] + 1, xs[0] : xs[-1] + 1].copy()


def peers() -> dict[str, Callable[[np.ndarray], list]]:
    found: dict[str, Callable[[np.ndarray], list]] = {}
    try:
        from supervision.detection.utils.converters import mask_to_polygons

        found["supervision mask_to_polygons"] = mask_to_polygons
    except ImportError:
        print("(supervision is not installed: left out)")
    try:
        import cv2

        found["OpenCV findContours, pixel centres"] = lambda mask: list(
            cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)[0]
        )
    except ImportError:
        print("(OpenCV is not installed: left out, and supervision uses its fallback in numpy)")
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    rng = np.random.default_rng(options.seed)
    masks = []
    while len(masks) < options.images * MASKS:
        mask = make_mask(rng)
        if mask.any():
            masks.append(mask)
    crops = [crop(mask) for mask in masks]
    runs = [counts_of(mask) for mask in masks]
    rows: list[tuple[str, Callable, list, list]] = [
        ("cocoproof trace, full frame", trace, masks, masks),
        ("cocoproof trace, crop", trace, crops, crops),
        ("cocoproof trace_runs", lambda counts: trace_runs(counts, (HEIGHT, WIDTH)), runs, masks),
        ("shapely union of runs, crop", with_shapely, crops, crops),
    ]
    for name, way in peers().items():
        rows += [(name + ", full frame", way, masks, masks), (name + ", crop", way, crops, crops)]
    print(f"{len(masks)} masks of {WIDTH}x{HEIGHT}, {np.mean([mask.sum() for mask in masks]):.0f} px on average")
    print(f"{'way':<54} {'ms a mask':>9} {'exact':>6} {'mean IoU':>8} {'least':>6} {'vertices':>8}")
    for name, way, inputs, truth in rows:
        best = np.inf
        for _ in range(3):
            begin = time.process_time()
            results = [way(one) for one in inputs]
            best = min(best, time.process_time() - begin)
        ious = np.array([iou_read_back(mask, rings) for mask, rings in zip(truth, results, strict=True)])
        vertices = np.mean([sum(np.asarray(ring).size for ring in rings) / 2 for rings in results])
        exact = f"{(ious == 1).mean():.0%}"
        per_mask = best / len(masks) * 1000
        print(f"{name:<54} {per_mask:9.3f} {exact:>6} {ious.mean():8.4f} {ious.min():6.3f} {vertices:8.0f}")


if __name__ == "__main__":
    main()
