"""Check the headers of 10,000 JPEG files, beside a plain loop of Pillow's `open(...).size` in the same run.

    python benchmarks/images.py [--count 10000] [--rounds 5]

Each round runs, by turns: the loop over Pillow; our survey, which opens each file below the folder and nothing else, and reads format, size, orientation and
check sum of its beginning; the same as `cocoproof.check` does it, rules and all. The files are in the system's cache, as they are for whoever was first. Numbers
move with the machine's load: compare those of one round.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from cocoproof import check
from cocoproof.images import open_root, scan

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.images import ImageScan


def make(folder: Path, count: int) -> list[str]:
    """JPEG files of many sizes; every third has EXIF data, every seventh is progressive."""
    chance = np.random.default_rng(0)
    names = []
    for k in range(count):
        width, height = (int(side) for side in chance.integers(40, 640, 2))
        picture = Image.fromarray(chance.integers(0, 256, (8, 8, 3), dtype=np.uint8)).resize((width, height))
        exif = Image.Exif()
        if k % 3 == 0:
            exif[271], exif[274] = "a camera", 1 + k % 8
        name = f"{k:012}.jpg"
        picture.save(folder / name, quality=85, exif=exif, progressive=k % 7 == 0)
        names.append(name)
    return names


def by_pillow(folder: str, names: list[str]) -> list[tuple[int, int]]:
    sizes = []
    for name in names:
        with Image.open(os.path.join(folder, name)) as picture:  # noqa: PTH118 # as plain as can be
            sizes.append(picture.size)
    return sizes


def by_us(folder: str, names: list[str]) -> ImageScan:
    with open_root(folder) as root:
        return scan(root, names, np.ones(len(names), bool))


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        names = make(Path(scratch), arguments.count)
        sizes = by_pillow(scratch, names)
        found = by_us(scratch, names)
        assert found.ok.all()
        assert sizes == list(zip(found.width.tolist(), found.height.tolist(), strict=True))
        images = [
            {"id": k, "file_name": name, "width": w, "height": h} for k, (name, (w, h)) in enumerate(zip(names, sizes, strict=True), 1)
        ]
        document = {"images": images, "annotations": [], "categories": []}
        rules = ["COCO801", "COCO802", "COCO803", "COCO804", "COCO809"]
        print(f"{len(names):,} JPEG files; seconds, and times as fast as Pillow's loop")
        print(f"{'Pillow':>8} {'survey':>8} {'':>6} {'check':>8} {'':>6}")
        ratios = []
        for _ in range(arguments.rounds):
            pillow = timed(lambda: by_pillow(scratch, names))
            ours = timed(lambda: by_us(scratch, names))
            whole = timed(lambda: check(document, images=scratch, select=rules, reload="never"))
            ratios.append((pillow / ours, pillow / whole))
            print(f"{pillow:8.3f} {ours:8.3f} {pillow / ours:5.2f}x {whole:8.3f} {pillow / whole:5.2f}x")
        survey_ratio, check_ratio = (statistics.median(column) for column in zip(*ratios, strict=True))
        print(f"median: survey {survey_ratio:.2f}x, check {check_ratio:.2f}x")


if __name__ == "__main__":
    main()
