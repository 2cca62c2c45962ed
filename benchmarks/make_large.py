"""Write an instances file of any size, streamed: polygons, RLE or boxes alone.

    python benchmarks/make_large.py OUT.json --shape polygons --gigabytes 16

A thousand annotations of each image size are made once; each image then takes some of them, with ids of its own, so that a gigabyte takes
seconds and the memory does not grow. `-` writes to standard output, for a compressor. The same arguments give the same bytes. No finding of severity
error is true of the file.
"""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

SIZES = ((640, 480), (480, 640), (500, 375), (427, 640), (612, 612))
POOL = 1000
PER_IMAGE = 7
BLOCK = 1000
CLASSES = 80


def compressed(runs: NDArray[np.int64]) -> str:
    """The runs in COCO's text form: differences to the run before the last, in groups of five bits."""
    out = []
    for k, run in enumerate(runs.tolist()):
        value = run - int(runs[k - 2]) if k > 2 else run
        more = True
        while more:
            bits = value & 31
            value >>= 5
            more = value != (-1 if bits & 16 else 0)
            out.append(chr((bits | (32 if more else 0)) + 48))
    return "".join(out)


def polygon(rng: np.random.Generator, width: int, height: int) -> str:
    """An ellipse with 3 to 200 vertices, as in COCO, with two decimals."""
    points = int(np.clip(rng.lognormal(3.0, 0.6), 3, 200))
    w, h = rng.random() ** 2 * width * 0.85 + 8, rng.random() ** 2 * height * 0.85 + 8
    x, y = rng.random() * (width - w), rng.random() * (height - h)
    turn = np.sort(rng.choice(3600, points, replace=False)) / 3600 * 2 * np.pi
    px, py = np.round(x + w * (0.5 + 0.5 * np.cos(turn)), 2), np.round(y + h * (0.5 + 0.5 * np.sin(turn)), 2)
    flat = np.stack([px, py], 1).ravel().tolist()
    box = [round(float(value), 2) for value in (px.min(), py.min(), max(np.ptp(px), 0.01), max(np.ptp(py), 0.01))]
    area = round(max(abs(float(np.dot(px, np.roll(py, 1)) - np.dot(py, np.roll(px, 1)))) / 2, 0.0001), 4)
    return f'"segmentation": {json.dumps([flat])}, "area": {area}, "bbox": {json.dumps(box)}, "iscrowd": 0'


def rle(rng: np.random.Generator, width: int, height: int) -> str:
    """An ellipse with a rough edge, column by column, in the compressed form."""
    w, h = int(rng.random() * width * 0.7) + 40, int(rng.random() * height * 0.7) + 40
    x0, y0 = int(rng.random() * (width - w)), int(rng.random() * (height - h))
    middle = np.sqrt(1 - np.linspace(-0.99, 0.99, w) ** 2) * h / 2
    top = np.clip(y0 + h / 2 - middle + rng.integers(-2, 3, w), 1, height - 3).astype(int)
    bottom = np.clip(y0 + h / 2 + middle + rng.integers(-2, 3, w), top + 1, height - 1).astype(int)
    edges = np.stack([top, bottom], 1) + height * (x0 + np.arange(w))[:, None]
    runs = np.diff(edges.ravel(), prepend=0, append=width * height)
    box = [x0, int(top.min()), w, int(bottom.max() - top.min())]
    mask = json.dumps({"size": [height, width], "counts": compressed(runs)})
    return f'"segmentation": {mask}, "area": {int((bottom - top).sum())}, "bbox": {json.dumps(box)}, "iscrowd": 0'


def box(rng: np.random.Generator, width: int, height: int) -> str:
    """A box with two decimals, and no mask."""
    w, h = rng.random() ** 2 * width * 0.9 + 8, rng.random() ** 2 * height * 0.9 + 8
    w, h = round(w, 2), round(h, 2)
    at = [round(rng.random() * (width - w), 2), round(rng.random() * (height - h), 2), w, h]
    return f'"area": {round(w * h, 4)}, "bbox": {json.dumps(at)}, "iscrowd": 0'


SHAPES = {"polygons": polygon, "rle": rle, "boxes": box}


def write(out: BinaryIO, shape: str, size: int, seed: int) -> int:
    """Write the file until it has about `size` bytes, and return the number of its images."""
    rng = np.random.default_rng(seed)
    pools = [[SHAPES[shape](rng, *one) for _ in range(POOL)] for one in SIZES]
    # What an image and its annotations take.
    each = 190 + PER_IMAGE * (sum(len(entry) for pool in pools for entry in pool) // (POOL * len(SIZES)) + 62)
    images = max(1, size // each)
    out.write(b'{"info": {"description": "synthetic", "version": "1.0", "year": 2017}, "licenses": [], "images": [')
    for first in range(0, images, BLOCK):
        rows = (
            f'{{"id": {k + 1}, "file_name": "{k + 1:012d}.jpg", "width": {SIZES[k % len(SIZES)][0]}, "height": {SIZES[k % len(SIZES)][1]}, '
            f'"date_captured": "2013-11-14 11:18:45", "flickr_url": "http://farm9.example.org/8186/{8_000_000_000 + k}_z.jpg"}}'
            for k in range(first, min(first + BLOCK, images))
        )
        out.write((", " if first else "").encode() + ", ".join(rows).encode())
    out.write(b'], "annotations": [')
    for first in range(0, images, BLOCK):
        rows = (
            f'{{"id": {k * PER_IMAGE + place + 1}, "image_id": {k + 1}, "category_id": {(k * 31 + place * 7) % CLASSES + 1}, '
            f"{pools[k % len(SIZES)][(k * 11 + place) % POOL]}}}"
            for k in range(first, min(first + BLOCK, images))
            for place in range(PER_IMAGE)
        )
        out.write((", " if first else "").encode() + ", ".join(rows).encode())
    classes = ", ".join(f'{{"supercategory": "group{k % 12}", "id": {k}, "name": "class {k}"}}' for k in range(1, CLASSES + 1))
    out.write(f'], "categories": [{classes}]}}'.encode())
    return images


def main() -> None:
    """Write the file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out")
    parser.add_argument("--shape", choices=list(SHAPES), default="polygons")
    parser.add_argument("--gigabytes", type=float, default=1.0, help="of 10^9 bytes")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with nullcontext(sys.stdout.buffer) if given.out == "-" else Path(given.out).open("wb") as out:
        images = write(out, given.shape, round(given.gigabytes * 1e9), given.seed)
    print(f"{images:,} images, {images * PER_IMAGE:,} annotations", file=sys.stderr)


if __name__ == "__main__":
    main()
