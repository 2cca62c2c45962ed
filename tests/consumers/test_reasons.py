"""The reasons of losses where several steps of a loader would drop the same rows: which is named, and whether the loader mentions it."""

from __future__ import annotations

from typing import Any

import pytest

from cocoproof.consumers import mmdetection, mmpose, paddledetection, transformers
from cocoproof.rules.examples import GONE, dataset, keypoint_dataset

from .comparison import modelled

PETS = ("cat", "dog")

CASES: dict[str, tuple[Any, Any, list[tuple[str, str, str, str | None]]]] = {
    "mmdetection: no extent": (
        mmdetection,
        dataset([{}, {"bbox": [4, 5, 0, 16]}]),
        [("annotations", "have a box without extent", "silent", "COCO501")],
    ),
    "mmdetection: outside": (
        mmdetection,
        dataset([{}, {"bbox": [100, 5, 20, 16]}]),
        [("annotations", "have a box of which nothing is in the image", "silent", "COCO503")],
    ),
    "mmdetection: narrow": (
        mmdetection,
        dataset([{}, {"bbox": [4, 5, 0.5, 16]}]),
        [("annotations", "have a box narrower or lower than 1 px", "silent", None)],
    ),
    "mmdetection: dangling category": (
        mmdetection,
        dataset([{}, {"category_id": 7}]),
        [("annotations", "have no category of the file", "silent", "COCO302")],
    ),
    "mmdetection: empty image": (mmdetection, dataset(images=[{}, {}]), [("images", "have no annotations", "silent", "COCO305")]),
    "mmpose: none labelled": (
        mmpose,
        keypoint_dataset([{}, {"keypoints": [0] * 9, "num_keypoints": 0}]),
        [("annotations", "have no labelled keypoint", "defined", None)],
    ),
    "mmpose: miscounted": (
        mmpose,
        keypoint_dataset([{}, {"num_keypoints": 0}]),
        [("annotations", "have num_keypoints 0", "silent", "COCO702")],
    ),
    "mmpose: no keypoints": (
        mmpose,
        keypoint_dataset([{}, {"keypoints": GONE, "num_keypoints": GONE}]),
        [("annotations", "have no keypoints", "silent", "COCO106")],
    ),
    "paddledetection: box of zeros": (
        paddledetection,
        dataset([{}, {"bbox": [0, 0, 0, 0]}]),
        [("annotations", "have a box of zeros", "silent", "COCO501")],
    ),
    "paddledetection: no width": (
        paddledetection,
        dataset([{}, {"bbox": [4, 5, 0, 16]}]),
        [("annotations", "have a box without extent", "logged", "COCO501")],
    ),
    "paddledetection: no box": (paddledetection, dataset([{}, {"bbox": GONE}]), [("annotations", "have no bbox", "silent", "COCO102")]),
    "paddledetection: empty image": (paddledetection, dataset(images=[{}, {}]), [("images", "have no annotations", "logged", "COCO305")]),
    "transformers: no extent": (
        transformers,
        dataset([{}, {"bbox": [4, 5, 0, 16]}]),
        [("annotations", "have a box without extent", "silent", "COCO501")],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_reason_is_that_of_the_step(name: str) -> None:
    module, document, expected = CASES[name]
    losses = modelled(module.CONSUMER, document, PETS).losses
    assert [(loss.what, loss.reason, loss.notice.value, loss.cause) for loss in losses if loss.what != "masks"] == expected


def test_the_labels_of_transformers_are_the_ids() -> None:
    document = dataset([{"category_id": 5}], categories=[{"id": 5}, {"id": 3}])
    assert [row.label for row in modelled(transformers.CONSUMER, document).by_class] == [5, 3]
