"""The claims of `--for paddledetection`, and its model, on the real `COCODataSet`."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import pytest

from cocoproof.consumers.paddledetection import CONSUMER
from cocoproof.profiles.paddledetection import PROFILE
from cocoproof.rules.examples import GONE, dataset

from .claims import GONE_PICTURE, agrees, every_tested_claim_has_a_case, example_of, loads, on_the_loader, raises, write
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted
from .documents import DOCUMENTS
from .other_types import OTHER_TYPES, agrees_on

if TYPE_CHECKING:
    from pathlib import Path

TWO = [{}, {"category_id": 2}]


def _records(path: Path, pictures: Path) -> tuple[list[dict[str, Any]], dict[int, str]]:
    """The records that training reads, and the names of the classes."""
    from ppdet.data.source.coco import COCODataSet

    held = COCODataSet(
        dataset_dir="",
        image_dir=str(pictures),
        anno_path=str(path),
        data_fields=["image", "gt_bbox", "gt_class", "gt_poly", "is_crowd"],
    )
    held.parse_dataset()
    return held.roidbs, {label: name for name, label in held.cname2cid.items()}


@dataclass
class Loaded:
    """What training sees, image by image: names of classes, and boxes from corner to corner."""

    trained: list[list[str]]
    boxes: list[list[list[float]]]


def load(document: Any, folder: Path) -> Loaded:
    written = write(document, folder)
    records, names = _records(written.path, written.pictures)
    return Loaded([[names[k] for k in one["gt_class"][:, 0].tolist()] for one in records], [one["gt_bbox"].tolist() for one in records])


def trains(*expected: list[str]) -> Any:
    return loads(lambda held: held.trained == list(expected))


CROWDED = example_of("COCO612")
LEFT = sum(not row["iscrowd"] for row in CROWDED["annotations"])

CASES = {
    "COCO106": (dataset([{"iscrowd": GONE}]), raises(KeyError, "iscrowd")),
    "COCO202": (dataset([{}, {"id": 1, "image_id": 2, "category_id": 2}], images=[{}, {}]), trains(["dog"], ["dog"])),
    "COCO301": (dataset([{}, {"image_id": 7}]), trains(["cat"])),
    "COCO302": (dataset([{"category_id": 7}]), raises(KeyError, "7")),
    "COCO305": (dataset(images=[{}, {}]), trains(["cat"])),
    "COCO404": (dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), trains(["cat", "dog"])),
    "COCO405": (dataset(TWO, categories=[{"id": 2, "name": "dog"}, {"id": 1, "name": "cat"}]), trains(["cat", "dog"])),
    "COCO406": (dataset([{"category_id": 5}, {"category_id": 6}], categories=[{"id": 5}, {"id": 6}]), trains(["cat", "dog"])),
    "COCO501": (dataset([{}, {"bbox": [4, 5, 0, 16]}, {"bbox": [24, 5, -20, 16]}, {"bbox": [0, 0, 0, 0]}]), trains(["cat"])),
    "COCO507": (dataset([{}, {"area": 0}]), trains(["cat"])),
    "COCO612": (CROWDED, loads(lambda held: sum(map(len, held.trained)) == LEFT < len(CROWDED["annotations"]))),
    "COCO801": (dataset([{}, {"image_id": 2}], images=[{}, {"file_name": GONE_PICTURE}]), trains(["cat"])),
}


@on_the_loader("ppdet")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path))


@on_the_loader("ppdet")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset(TWO), tmp_path)
    assert held.trained == [["cat", "dog"]]
    assert held.boxes[0] == [[4, 5, 24, 21], [7, 7, 27, 23]]


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


def arrives(document: Any, folder: Path) -> Measured:
    """The records. All image files are taken to be there."""
    path = folder / "annotations.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with patch("ppdet.data.source.coco.os.path.exists", return_value=True):
        records, _ = _records(path, folder)
    labels = Counter(label for one in records for label in one["gt_class"][:, 0].tolist())
    return Measured(len(records), sum(labels.values()), labels, "label", sum(bool(mask) for one in records for mask in one["gt_poly"]))


SIZES = {
    "negative_width": dataset([{}, {"image_id": 2}], images=[{}, {"width": -64}]),
    "width_zero": dataset([{}, {"image_id": 2}], images=[{}, {"width": 0}]),
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
    "category_ids_repeat",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
    "polygon_empty",
}


@on_the_loader("ppdet")
@pytest.mark.parametrize("name", DOCUMENTS | SIZES)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = (DOCUMENTS | SIZES)[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("ppdet")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path))


@on_the_loader("ppdet")
@pytest.mark.parametrize("other", OTHER_TYPES, ids=str)
def test_what_is_refused_is_stated(other: Any, tmp_path: Path) -> None:
    agrees_on(other, CONSUMER, load, tmp_path)
