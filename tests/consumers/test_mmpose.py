"""The claims of `--for mmpose`, and its model, on the real `CocoDataset`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cocoproof.consumers.mmpose import CONSUMER
from cocoproof.model.findings import Kind
from cocoproof.profiles.mmpose import PROFILE
from cocoproof.rules.examples import GONE, dataset, keypoint_dataset

from .claims import agrees, every_tested_claim_has_a_case, loads, on_the_loader, raises
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted, modelled
from .documents import DOCUMENTS

if TYPE_CHECKING:
    from pathlib import Path

SMALL_RUNS = {"size": [24, 64], "counts": [100, 20, 24 * 64 - 120]}


def _samples(document: Any, folder: Path) -> list[dict[str, Any]]:
    from mmpose.datasets.datasets.body.coco_dataset import CocoDataset

    path = folder / "annotations.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    held = CocoDataset(ann_file=str(path), data_mode="topdown")
    return [held.get_data_info(k) for k in range(len(held))]


@dataclass
class Loaded:
    """What training sees, sample by sample."""

    ids: list[int]
    boxes: list[list[float]]
    paths: list[str]


def load(document: Any, folder: Path) -> Loaded:
    rows = _samples(document, folder)
    return Loaded([row["id"] for row in rows], [row["bbox"][0].tolist() for row in rows], [row["img_path"] for row in rows])


def ids(*expected: int) -> Any:
    return loads(lambda held: held.ids == list(expected))


CASES = {
    "COCO202": (
        keypoint_dataset([{}, {"id": 1, "image_id": 2, "bbox": [4, 5, 30, 30]}], images=[{}, {}]),
        loads(lambda held: held.boxes == [[4, 5, 34, 35]] * 2),
    ),
    "COCO301": (keypoint_dataset([{}, {"image_id": 7}]), ids(1)),
    "COCO302": (keypoint_dataset([{}, {"category_id": 7}]), ids(1, 2)),
    "COCO404": (keypoint_dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), ids(1, 2)),
    "COCO405": (keypoint_dataset([{}, {"category_id": 2}], categories=[{"id": 2}, {"id": 1}]), ids(1, 2)),
    "COCO406": (keypoint_dataset([{"category_id": 5}], categories=[{"id": 5}]), ids(1)),
    "COCO501": (keypoint_dataset([{}, {"bbox": [4, 5, 0, 16]}, {"bbox": [24, 5, -20, 16]}]), ids(1)),
    "COCO502": (keypoint_dataset([{"bbox": [54, 5, 20, 16]}]), loads(lambda held: held.boxes == [[54, 5, 63, 21]])),
    "COCO503": (keypoint_dataset([{}, {"bbox": [100, 5, 20, 16]}]), ids(1)),
    "COCO601": (keypoint_dataset([{"segmentation": [[4, 5, 24, 5, 24, 21, 4]]}]), ids(1)),
    "COCO602": (keypoint_dataset([{"segmentation": [[4, 5, 24, 5]]}]), ids(1)),
    "COCO607": (keypoint_dataset([{"segmentation": SMALL_RUNS}]), ids(1)),
    "COCO701": (keypoint_dataset([{}, {"keypoints": [4, 5, 2, 6, 7]}]), raises(ValueError, "reshape")),
    "COCO702": (keypoint_dataset([{}, {"num_keypoints": 0}]), ids(1)),
    "COCO805": (keypoint_dataset(images=[{"file_name": "../1.jpg"}]), loads(lambda held: held.paths == ["../1.jpg"])),
}


@on_the_loader("mmpose")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path))


@on_the_loader("mmpose")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(keypoint_dataset([{"iscrowd": GONE, "area": GONE, "num_keypoints": GONE}, {}]), tmp_path)
    assert held.ids == [1, 2]


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


def arrives(document: Any, folder: Path) -> Measured:
    """The samples, and the images that they are on. No transform of a top-down pipeline uses their segmentation."""
    rows = _samples(document, folder)
    known = {row["id"] for row in document.get("categories", [])}
    labels = [int(row["category_id"]) for row in rows]
    by_id = {label: labels.count(label) for label in known.intersection(labels)}
    return Measured(len({row["img_id"] for row in rows}), len(rows), by_id, "id", 0)


def with_keypoints(document: Any) -> Any:
    """The document with three keypoints in every annotation, which makes it one of keypoints."""
    rows = [{"keypoints": [10, 10, 2, 20, 15, 1, 0, 0, 0], "num_keypoints": 2} | row for row in document["annotations"]]
    return document | {"annotations": rows}


POINTS = {name: with_keypoints(one) for name, one in DOCUMENTS.items() if one.get("annotations")}
POINTS |= {
    "no_keypoints_in_one": keypoint_dataset([{}, {"keypoints": GONE, "num_keypoints": GONE}]),
    "keypoints_empty": keypoint_dataset([{}, {"keypoints": [], "num_keypoints": 0}]),
    "keypoints_empty_uncounted": keypoint_dataset([{}, {"keypoints": [], "num_keypoints": GONE}]),
    "keypoints_empty_miscounted": keypoint_dataset([{}, {"keypoints": [], "num_keypoints": 1}]),
    "keypoints_at_zero": keypoint_dataset([{}, {"keypoints": [0, 0, 2] * 3}]),
    "keypoints_at_zero_uncounted": keypoint_dataset([{}, {"keypoints": [0, 0, 2] * 3, "num_keypoints": GONE}]),
    "keypoints_negative": keypoint_dataset([{}, {"keypoints": [-1, -2, 2] * 3}]),
    "keypoints_of_zero_and_negative": keypoint_dataset([{}, {"keypoints": [0, -2, 2] * 3, "num_keypoints": GONE}]),
    "keypoints_off_by_one_number": keypoint_dataset([{}, {"keypoints": [4, 5, 2, 6]}]),
    "num_keypoints_of_a_crowd": keypoint_dataset([{}, {"iscrowd": 1, "num_keypoints": 0}]),
    "box_in_the_last_column": keypoint_dataset([{}, {"bbox": [63, 5, 1, 16]}]),
    "box_of_the_last_pixels": keypoint_dataset([{}, {"bbox": [62.5, 46, 1.5, 2]}]),
    "two_classes": keypoint_dataset([{}, {"category_id": 2}], categories=[{}, {}]),
}

NOT_COVERED = {
    "annotation_ids_as_text",
    "annotation_ids_repeat",
    "annotation_ids_repeat_on_images",
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
}


@on_the_loader("mmpose")
@pytest.mark.parametrize("name", POINTS)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = POINTS[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("mmpose")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path))


@on_the_loader("mmpose")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_boxes(path: Path, tmp_path: Path) -> None:
    """Few files of the corpus have keypoints: the others get some, one in eight annotations none that is labelled."""
    document = json.loads(path.read_bytes())
    if not isinstance(document, dict) or not isinstance(document.get("annotations"), list) or "categories" not in document:
        pytest.skip("no annotations")
    if any(not isinstance(row, dict) or "keypoints" in row or "segments_info" in row for row in document["annotations"]):
        pytest.skip("keypoints or segments")
    chance = np.random.default_rng(len(document["annotations"]))
    for row in document["annotations"]:
        drawn = chance.random()
        row["keypoints"] = [0, 0, 0] * 2 if drawn < 0.125 else [*chance.integers(-3, 90, 2).tolist(), 2, 1, 0, 1]
        if drawn < 0.5:
            row["num_keypoints"] = 0 if drawn < 0.0625 else 2
    own = tmp_path / path.name
    own.write_text(json.dumps(document), encoding="utf-8")
    check_corpus(CONSUMER, own, lambda one: arrives(one, tmp_path))


@on_the_loader("mmpose")
def test_texts_for_image_ids_raise(tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        arrives(POINTS["image_ids_as_text"], tmp_path)


def test_categories_are_one_class() -> None:
    arrival = modelled(CONSUMER, POINTS["two_classes"])
    (change,) = arrival.changes
    assert (change.count, change.annotations) == (2, 2)
    assert modelled(CONSUMER, keypoint_dataset([{}, {}])).changes == ()


def test_boxes_without_keypoints_are_another_kind() -> None:
    assert CONSUMER.kinds == {Kind.KEYPOINTS}
    assert modelled(CONSUMER, dataset()).not_modelled is not None
