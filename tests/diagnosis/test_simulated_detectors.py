"""No weak, noisy, sparse, single-class or random model is reported; a defect of the file is, from some tens of objects on."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from tests.diagnosis.simulated import Detector, Scene, corners, draw_detector, draw_scene, run_detector

from cocoproof.diagnosis.classes import find_class_map
from cocoproof.diagnosis.coverage import find_shifted_images, find_uncovered
from cocoproof.diagnosis.overlap import Boxes, detect, pair_iou, pairs_on_images
from cocoproof.diagnosis.transforms import find_transform

if TYPE_CHECKING:
    from collections.abc import Callable


def alarms(scene: Scene, box: np.ndarray, results: Boxes) -> dict[str, object]:
    """What each of the four looks says, by the code of its rule."""
    images = len(scene.sizes)
    pairs = pairs_on_images(results, scene.objects, images)
    detected = detect(pairs, pair_iou(results.corners[pairs.result], scene.objects.corners[pairs.object]), results.score)
    names = [f"{(37 * k) % 101:03}" for k in range(len(scene.category_ids))]
    found = {
        "COCO916": find_class_map(scene.objects.category[detected.object], results.category[detected.result], scene.category_ids, names),
        "COCO917": find_transform(box, results, scene.objects, pairs, scene.sizes),
        "COCO918": find_uncovered(np.bincount(results.image, minlength=images), np.bincount(scene.objects.image, minlength=images)),
        "COCO919": find_shifted_images(results, scene.objects, images, [("id", np.arange(images))]),
    }
    return {code: one for code, one in found.items() if one is not None}


def _false_alarms(seeds: range) -> list[tuple[int, dict[str, object]]]:
    out = []
    for seed in seeds:
        rng = np.random.default_rng(seed)
        scene, detector = draw_scene(rng), draw_detector(rng)
        found = alarms(scene, *run_detector(rng, scene, detector))
        if found:
            out.append((seed, found))
    return out


def test_no_simulated_detector_is_reported() -> None:
    assert _false_alarms(range(150)) == []


@pytest.mark.slow
def test_under_one_in_a_thousand_simulated_detectors_is_reported() -> None:
    assert len(_false_alarms(range(10_000))) < 10


FAIR = Detector(recall=0.6, noise=0.06, right=0.8, confusion="uniform", false_positives=2.0, threshold=0.2, bias=0.0)


def _scene(rng: np.random.Generator, images: int, classes: int) -> Scene:
    image = np.repeat(np.arange(images), 5)
    sizes = rng.integers(300, 1000, (images, 2)).astype(float)
    side = np.exp(rng.normal(np.log(0.25), 0.6, (len(image), 2))).clip(0.02, 0.9) * sizes[image]
    place = rng.random((len(image), 2)) * (sizes[image] - side)
    ids = np.arange(1, classes + 1)
    objects = Boxes(
        corners=corners(np.concatenate([place, side], axis=1)), image=image, category=rng.choice(ids, len(image)), score=np.ones(len(image))
    )
    return Scene(objects=objects, sizes=sizes, category_ids=ids)


def _letterbox(box: np.ndarray, size: np.ndarray) -> np.ndarray:
    scale = 640 / size.max(axis=1)
    out = box * scale[:, None]
    out[:, :2] += (640 - size * scale[:, None]) / 2
    return out


TRANSFORMS: dict[str, Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    "the boxes are scaled by 0.5": lambda box, _: box / 2,
    "the boxes are scaled by 2": lambda box, _: box * 2,
    "the boxes are [x1, y1, x2, y2]": lambda box, _: corners(box),
    "the boxes are [centre x, centre y, width, height]": lambda box, _: np.concatenate([box[:, :2] + box[:, 2:] / 2, box[:, 2:]], axis=1),
    "the boxes are [x, y, width, height] in fractions of the image": lambda box, size: box / np.tile(size, 2),
    "x and y are exchanged, and so are width and height": lambda box, _: box[:, [1, 0, 3, 2]],
    "the boxes are in pixels of an input of 640 x 640 with a letterbox, centred": _letterbox,
    "the boxes are shifted by": lambda box, _: box + np.array([90.0, 40.0, 0.0, 0.0]),
}


@pytest.mark.parametrize("name", TRANSFORMS)
@pytest.mark.parametrize("seed", range(3))
def test_a_transform_of_the_boxes_is_named(name: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = _scene(rng, 40, 5)
    box, results = run_detector(rng, scene, FAIR)
    box = TRANSFORMS[name](box, scene.sizes[results.image])
    found = alarms(scene, box, replace(results, corners=corners(box)))
    assert found["COCO917"].name.startswith(name)


@pytest.mark.parametrize(("classes", "images"), [(2, 30), (5, 40), (20, 40), (80, 40)])
@pytest.mark.parametrize("seed", range(3))
def test_a_shift_of_the_classes_is_named(classes: int, images: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = _scene(rng, images, classes)
    box, results = run_detector(rng, scene, FAIR)
    found = alarms(scene, box, replace(results, category=results.category - 1))
    assert found["COCO916"].meant == {k: k + 1 for k in range(classes)}


@pytest.mark.parametrize(("classes", "images"), [(2, 30), (5, 100), (20, 100)])
@pytest.mark.parametrize("seed", range(3))
def test_a_permutation_of_the_classes_is_undone(classes: int, images: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = _scene(rng, images, classes)
    box, results = run_detector(rng, scene, FAIR)
    order = np.append(0, 1 + _derangement(rng, classes))
    found = alarms(scene, box, replace(results, category=order[results.category]))
    meant = found["COCO916"].meant
    assert len(meant) >= min(classes, 2)
    assert all(order[target] == source for source, target in meant.items())


def _derangement(rng: np.random.Generator, n: int) -> np.ndarray:
    while True:
        order = rng.permutation(n)
        if (order != np.arange(n)).all():
            return order


def test_two_exchanged_classes_are_named() -> None:
    rng = np.random.default_rng(0)
    scene = _scene(rng, 150, 5)
    box, results = run_detector(rng, scene, FAIR)
    order = np.array([0, 2, 1, 3, 4, 5])
    assert alarms(scene, box, replace(results, category=order[results.category]))["COCO916"].meant == {1: 2, 2: 1}


def test_results_of_a_tenth_of_the_images() -> None:
    rng = np.random.default_rng(0)
    scene = _scene(rng, 100, 5)
    box, results = run_detector(rng, scene, FAIR)
    kept = results.image < 10
    assert set(alarms(scene, box[kept], results.take(kept))) == {"COCO918"}


@pytest.mark.parametrize("offset", [1, -1, 2])
def test_results_of_other_images(offset: int) -> None:
    rng = np.random.default_rng(0)
    scene = _scene(rng, 40, 5)
    box, results = run_detector(rng, scene, FAIR)
    order = np.argsort((results.image + offset) % 40, kind="stable")
    moved = replace(results, image=(results.image + offset) % 40).take(order)
    assert alarms(scene, box[order], moved)["COCO919"].offset == -offset
