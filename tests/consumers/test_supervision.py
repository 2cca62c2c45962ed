"""The claims of `--for supervision`, on the real `DetectionDataset.from_coco`."""

from __future__ import annotations

import json
import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.supervision import CONSUMER
from cocoproof.profiles.supervision import PROFILE
from cocoproof.rules.examples import GONE, dataset, keypoint_dataset

from .claims import agrees, every_tested_claim_has_a_case, loads, raises, write
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted
from .documents import DOCUMENTS
from .other_types import OTHER_TYPES, agrees_on

if TYPE_CHECKING:
    from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # of OpenCV, which supervision can do without
    sv = pytest.importorskip("supervision", reason="supervision is not installed")


def load(document: Any, folder: Path) -> Any:
    written = write(document, folder)
    return sv.DetectionDataset.from_coco(images_directory_path=str(written.pictures), annotations_path=str(written.path))


def classes_by_image(held: Any) -> list[list[str]]:
    """The class names of the objects, image by image."""
    return [[held.classes[k] for k in found.class_id] for found in held.annotations.values()]


def keeps(*names: list[str]) -> Any:
    return loads(lambda held: classes_by_image(held) == list(names))


TWO = [{}, {"category_id": 2}]

CASES = {
    "COCO106": (
        dataset([{"area": GONE, "iscrowd": GONE}]),
        loads(lambda held: next(iter(held.annotations.values())).data["area"] == [357]),
    ),
    "COCO202": (dataset([{}, {"id": 1}]), keeps(["cat", "cat"])),
    "COCO204": (dataset(TWO, categories=[{}, {"name": "cat"}]), raises(ValueError, "subset of source_to_target_mapping")),
    "COCO205": (dataset(images=[{}, {"file_name": "1.jpg"}]), raises(ValueError, "duplicate entries")),
    "COCO207": (dataset([{"id": 0}, {}]), keeps(["cat", "cat"])),
    "COCO301": (dataset([{}, {"image_id": 7}]), keeps(["cat"])),
    "COCO302": (dataset([{}, {"category_id": 7}]), raises(ValueError, "subset of source_to_target_mapping")),
    "COCO404": (dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), keeps(["cat", "dog"])),
    "COCO405": (dataset([{}, {"category_id": 2}], categories=[{"id": 2}, {"id": 1}]), keeps(["dog", "cat"])),
    "COCO406": (dataset([{"category_id": 0}, {"category_id": 1}], categories=[{"id": 0}, {"id": 1}]), keeps(["cat", "dog"])),
    "COCO501": (dataset([{"bbox": [24, 5, -20, 16]}]), raises(ValueError, "Invalid box extent")),
    "COCO601": (dataset([{"segmentation": [[4, 5, 24, 5, 24, 21, 4]]}]), raises(ValueError, "reshape")),
    "COCO606": (dataset([{}, {"segmentation": []}]), loads(lambda held: [mask.any() for mask in _masks(held)] == [True, False])),
    "COCO701": (keypoint_dataset([{"keypoints": [1, 2]}]), keeps(["cat"])),
    "COCO702": (keypoint_dataset([{"num_keypoints": 3}]), keeps(["cat"])),
    "COCO703": (keypoint_dataset([{"keypoints": [6, 7, 3, 10, 12, 1, 0, 0, 0]}]), keeps(["cat"])),
    "COCO705": (keypoint_dataset(categories=[{"skeleton": [[0, 1]]}]), keeps(["cat"])),
    "COCO707": (keypoint_dataset(categories=[{}, {"id": 2, "keypoints": GONE, "skeleton": GONE}], annotations=TWO), keeps(["cat", "dog"])),
    "COCO805": (dataset(images=[{"file_name": "../1.jpg"}]), raises(ValueError, "outside the images")),
    "COCO905": (dataset([{}, {"image_id": 7}]), keeps(["cat"])),
}


def _masks(held: Any) -> Any:
    return next(iter(held.annotations.values())).mask


@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path))


@pytest.mark.parametrize("size", [(0, 16), (20, 0)])
def test_a_box_without_extent_is_loaded(size: tuple[int, int], tmp_path: Path) -> None:
    assert classes_by_image(load(dataset([{"bbox": [4, 5, *size]}]), tmp_path)) == [["cat"]]


def test_no_keypoint_arrives(tmp_path: Path) -> None:
    (found,) = load(keypoint_dataset(), tmp_path).annotations.values()
    assert not any("keypoint" in key for key in found.data)


def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset(TWO, images=[{}, {}]), tmp_path)
    assert classes_by_image(held) == [["cat", "dog"], []]
    assert [mask.sum() for mask in _masks(held)] == [357, 357]


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


@pytest.mark.parametrize("other", OTHER_TYPES, ids=str)
def test_what_is_refused_is_stated(other: Any, tmp_path: Path) -> None:
    agrees_on(other, CONSUMER, lambda document, folder: classes_by_image(load(document, folder)), tmp_path)


def arrives(document: Any, folder: Path) -> Measured:
    path = folder / "annotations.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    held = sv.DetectionDataset.from_coco(images_directory_path=str(folder), annotations_path=str(path))
    found = [one for one in held.annotations.values() if len(one)]
    by_class = Counter(held.classes[k] for one in found for k in one.class_id)
    masks = sum(int(one.mask.any(axis=(1, 2)).sum()) for one in found if one.mask is not None)
    return Measured(len(held), sum(len(one) for one in found), by_class, masks=masks)


NOT_COVERED = {
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
    "image_ids_repeat",
    "no_annotations",
    "no_categories",
    "no_images",
    "no_section_annotations",
    "segmentation_flat",
    "segmentation_null",
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@pytest.mark.consumers
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path), most_mask_pixels=500_000_000)
