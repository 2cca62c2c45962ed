"""Simulated ground truths and detectors: weak, noisy, sparse, single-class and random ones, none of which is a defect of a file."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cocoproof.diagnosis.overlap import Boxes

__all__ = ["Detector", "Scene", "corners", "draw_detector", "draw_scene", "run_detector"]


@dataclass(frozen=True, kw_only=True)
class Scene:
    """A ground truth.

    Attributes:
        objects: Ordered by image.
        sizes: Width and height of each image, shape (images, 2).
        category_ids: In the order of the file.
    """

    objects: Boxes
    sizes: np.ndarray
    category_ids: np.ndarray


@dataclass(frozen=True, kw_only=True)
class Detector:
    """How a simulated detector errs.

    Attributes:
        recall: Share of objects that it finds.
        noise: Standard deviation of each side of a box, as a share of its length.
        right: Share of the objects found whose class is right.
        confusion: How it errs in classes: "uniform", "neighbour" (one fixed other class), "single" (one class for all), "random".
        false_positives: Random boxes on an image, on average.
        threshold: Share of results that a score threshold removes, the weakest first; images differ in how hard they are.
        bias: A constant relative error of the boxes' size.
    """

    recall: float
    noise: float
    right: float
    confusion: str
    false_positives: float
    threshold: float
    bias: float


def corners(box: np.ndarray) -> np.ndarray:
    """[x, y, width, height] -> [x1, y1, x2, y2]."""
    return np.concatenate([box[:, :2], box[:, :2] + box[:, 2:]], axis=1)


def draw_scene(rng: np.random.Generator) -> Scene:
    """A ground truth of 5 to 150 images, 1 to 80 classes, few or many objects, with classes as uneven as real ones."""
    images = int(rng.integers(5, 150))
    classes = int(rng.choice([1, 2, 3, 5, 10, 20, 80]))
    sizes = (
        rng.integers(200, 1300, (images, 2)).astype(float)
        if rng.random() < 0.7
        else np.tile(rng.integers(200, 1300, 2), (images, 1)).astype(float)
    )
    counts = rng.poisson(rng.choice([1.0, 3.0, 7.0, 15.0]), images)
    image = np.repeat(np.arange(images), counts)
    n = len(image)
    weight = rng.dirichlet(np.full(classes, rng.choice([0.2, 1.0, 10.0])))
    start = int(rng.choice([0, 1]))
    ids = (
        np.arange(start, start + classes)
        if rng.random() < 0.7
        else np.sort(rng.choice(np.arange(1, 3 * classes + 1), classes, replace=False))
    )
    category = rng.choice(ids, n, p=weight)
    side = np.exp(rng.normal(np.log(0.2), 0.7, (n, 2))).clip(0.01, 0.98) * sizes[image]
    place = rng.random((n, 2)) * (sizes[image] - side)
    box = np.concatenate([place, side], axis=1)
    objects = Boxes(corners=corners(box), image=image.astype(np.int64), category=category.astype(np.int64), score=np.ones(n))
    return Scene(objects=objects, sizes=sizes, category_ids=ids.astype(np.int64))


def draw_detector(rng: np.random.Generator) -> Detector:
    """A detector of any quality, from random boxes to perfect ones."""
    return Detector(
        recall=float(rng.choice([0.05, 0.2, 0.5, 0.8, 1.0])),
        noise=float(rng.choice([0.0, 0.03, 0.1, 0.25, 0.6])),
        right=float(rng.choice([0.02, 0.2, 0.5, 0.8, 1.0])),
        confusion=str(rng.choice(["uniform", "neighbour", "single", "random"])),
        false_positives=float(rng.choice([0.0, 0.5, 3.0, 20.0])),
        threshold=float(rng.choice([0.0, 0.3, 0.7, 0.95])),
        bias=float(rng.choice([0.0, 0.0, 0.1, -0.1, 0.3])),
    )


def run_detector(rng: np.random.Generator, scene: Scene, detector: Detector) -> tuple[np.ndarray, Boxes]:
    """Results: the boxes as [x, y, width, height], and the same as `Boxes`, ordered by image."""
    objects, ids = scene.objects, scene.category_ids
    n = len(objects)
    found = rng.random(n) < detector.recall
    size = objects.corners[:, 2:] - objects.corners[:, :2]
    box = np.concatenate([objects.corners[:, :2], size], axis=1)[found]
    scale = np.concatenate([size, size], axis=1)[found]
    box = box + rng.normal(0, 1, box.shape) * detector.noise * scale
    box[:, 2:] = np.maximum(box[:, 2:] * (1 + detector.bias), 1.0)
    image, category = objects.image[found], objects.category[found].copy()
    wrong = rng.random(len(category)) >= detector.right
    if detector.confusion == "uniform" or len(ids) == 1:
        category[wrong] = rng.choice(ids, int(wrong.sum()))
    elif detector.confusion == "neighbour":
        # Half of the classes are each taken for one of the others, as vans and lorries are for cars; those are known well.
        absorbing = rng.permutation(ids)[: max(1, len(ids) // 2)]
        taken_for = np.where(np.isin(ids, absorbing), ids, rng.choice(absorbing, len(ids)))
        category[wrong] = taken_for[np.searchsorted(ids, category[wrong])]
    elif detector.confusion == "single":
        category[:] = rng.choice(ids)
    else:
        category[:] = rng.choice(ids, len(category))
    images = len(scene.sizes)
    extra = np.repeat(np.arange(images), rng.poisson(detector.false_positives, images))
    side = np.exp(rng.normal(np.log(0.15), 0.8, (len(extra), 2))).clip(0.01, 0.98) * scene.sizes[extra]
    place = rng.random((len(extra), 2)) * (scene.sizes[extra] - side)
    box = np.concatenate([box, np.concatenate([place, side], axis=1)])
    image = np.concatenate([image, extra])
    category = np.concatenate([category, rng.choice(ids, len(extra))])
    hardness = rng.normal(0, 1, images)
    score = 1 / (1 + np.exp(-(rng.normal(0, 1, len(image)) + hardness[image])))
    if detector.threshold and len(score):
        keep = score >= np.quantile(score, detector.threshold)
        box, image, category, score = box[keep], image[keep], category[keep], score[keep]
    order = np.argsort(image, kind="stable")
    box, image, category, score = box[order], image[order], category[order], score[order]
    return box, Boxes(corners=corners(box), image=image.astype(np.int64), category=category.astype(np.int64), score=score)
