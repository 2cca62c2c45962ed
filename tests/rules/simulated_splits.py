"""Simulated datasets for COCO855 and COCO857, with splits that are drawn at random: independent images, and videos."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.rules.frame_evidence import agreement_of_boxes
from cocoproof.rules.frame_names import FrameNames, find_neighbours
from cocoproof.rules.split_classes import CHANCE, class_shift, size_shift
from cocoproof.rules.split_contents import SplitContents
from cocoproof.rules.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from cocoproof.rules.frame_evidence import Agreement

    Images = tuple[list[str], NDArray[np.float64], NDArray[np.int64]]

SIDE = 640.0


def boxes(centre: NDArray[np.float64], size: NDArray[np.float64]) -> NDArray[np.float64]:
    """[x, y, width, height] inside of an image of 640 x 640 px."""
    low, high = (centre - size / 2).clip(0, SIDE - 2), (centre + size / 2).clip(2, SIDE)
    return np.concatenate([low, np.maximum(high - low, 1)], axis=1)


def independent(random: np.random.Generator, images: int) -> Images:
    """Independent images, numbered: through, or by class; classes have sizes and places of their own, and come in random order, in blocks or sorted."""
    classes = int(random.choice([1, 3, 20]))
    order = random.choice(["mixed", "blocks", "sorted"])
    label = random.integers(classes, size=images)
    if order == "sorted":
        label = np.sort(label)
    elif order == "blocks":
        label = np.repeat(random.integers(classes, size=images), int(random.integers(2, 60)))[:images]
    typical, place = random.uniform(20, 600, (classes, 2)), random.uniform(150, 490, (classes, 2))
    spread = random.choice([0.1, 0.5, 1.0])
    size = typical[label] * np.exp(random.normal(0, spread, (images, 2)))
    found = boxes(place[label] + random.normal(0, 250 * spread, (images, 2)), size)
    style = random.choice(["plain", "prefix", "class"])
    if style == "class":
        count = np.zeros(classes, int)
        names = []
        for one in label.tolist():
            count[one] += 1
            names.append(f"class{'abcdefghijklmnopqrstuvwxyz'[one]}_{count[one]:04}.jpg")
    else:
        step = int(random.choice([1, 1, 7]))
        numbers = np.cumsum(random.integers(1, 2 * step, size=images)) if step > 1 else np.arange(1, images + 1)
        names = [f"{'IMG_' if style == 'prefix' else ''}{number:06}.jpg" for number in numbers.tolist()]
    return names, found, label


def video(random: np.random.Generator, images: int, *, speed: float = 8.0, clips: int = 1, prefix: str = "rec", spacing: int = 1) -> Images:
    """Frames of clips, in which one object moves by so many pixels a frame, with detections a little off."""
    each = images // clips
    names, found, label = [], [], []
    for clip in range(clips):
        start, size = random.uniform(100, 540, 2), random.uniform(40, 220, 2)
        path = start + np.cumsum(random.normal(0, speed, (each, 2)), axis=0)
        path = SIDE - np.abs(path % (2 * SIDE) - SIDE)  # it turns round at the edges
        found.append(boxes(path, size * np.exp(random.normal(0, 0.03, (each, 2)))))
        label += [int(random.integers(3))] * each
        names += [f"{prefix}{clip:02}-{spacing * k:05}.jpg" for k in range(each)]
    return names, np.concatenate(found), np.array(label)


def split(images: Images, chosen: NDArray[np.bool_]) -> tuple[FrameNames, SplitContents]:
    """The part of the images that a mask chooses, as a run remembers it."""
    names, found, label = images
    rows = np.flatnonzero(chosen)
    contents = SplitContents(
        images=len(rows),
        empty=0,
        classes={},
        sizes=np.empty(0),
        largest=found[rows].astype(np.float32),
        largest_class=(label[rows] + 1).astype(np.uint64),
    )
    return FrameNames.of([names[row] for row in rows]), contents


def agreement(images: Images, random: np.random.Generator, share: float, distance: float = 2.0) -> tuple[Agreement, int]:
    """What the boxes of neighbours say, after a random split; and how many images have a neighbour."""
    evaluation = random.random(len(images[0])) < share
    (own, contents), (training, theirs) = split(images, evaluation), split(images, ~evaluation)
    near = find_neighbours(own, [training])
    near = near.take(near.steps <= distance)
    return agreement_of_boxes(near, contents, [theirs]), len(near.rows)


def alarms(random: np.random.Generator, runs: int, sizes: Sequence[int] = (60, 200, 600)) -> int:
    """In how many random splits of independent images these are taken for a video."""
    return sum(
        agreement(independent(random, int(random.choice(sizes))), random, float(random.choice([0.1, 0.2, 0.4])))[0].is_video
        for _ in range(runs)
    )


def shift_alarms(random: np.random.Generator, runs: int) -> int:
    """In how many random splits of one dataset its two parts are said to differ in classes or sizes.

    Images come from five scenes, which differ in classes, in the size of objects, and in how many there are: objects of one image are alike, so that a
    test that counts them one by one would alarm.
    """
    found = 0
    for _ in range(runs):
        images, classes = int(random.choice([20, 50, 100, 300, 1000, 5000])), int(random.choice([1, 3, 20, 80]))
        scene = random.integers(5, size=images)
        rates = random.dirichlet(np.full(classes, 0.3), size=5)[scene] * random.gamma(0.5, 6, size=images)[:, None]
        has = random.random((images, classes)) < 1 - np.exp(-rates)
        size = (random.lognormal(-2, 1, size=images) * (1 + scene)).clip(0, 1)
        evaluation = random.permutation(images) < max(1, int(random.choice([0.05, 0.1, 0.2, 0.5]) * images))
        found += shifted(has, size, evaluation)
    return found


def shifted(has: NDArray[np.bool_], size: NDArray[np.float64], evaluation: NDArray[np.bool_]) -> bool:
    """Whether COCO857 would report a split, from which classes each image has and how large its objects are."""
    counts = np.stack([has[~evaluation].sum(axis=0), has[evaluation].sum(axis=0)], axis=1)
    effect, chance = class_shift(counts, (int((~evaluation).sum()), int(evaluation.sum())))
    boxed = has.any(axis=1)
    distance, bound = size_shift(np.sort(size[~evaluation & boxed]), np.sort(size[evaluation & boxed]))
    limits = Thresholds()
    classes = (np.abs(effect) >= limits.class_shift) & (chance <= CHANCE)
    return bool(classes.any() or (distance >= limits.size_shift and bound <= CHANCE))
