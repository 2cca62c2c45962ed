"""The claims of `--for rf-detr`, on the real data set class of its training."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.rf_detr import CONSUMER
from cocoproof.profiles.rf_detr import PROFILE
from cocoproof.rules.examples import GONE, dataset

from .claims import agrees, every_tested_claim_has_a_case, loads, on_the_loader, raises, write
from .comparison import CORPUS_FILES, MOST_IMAGES, Measured, check_corpus, check_crafted
from .comparison import write as write_pictures
from .documents import DOCUMENTS
from .other_types import OTHER_TYPES, agrees_on

if TYPE_CHECKING:
    from pathlib import Path

TWO = [{}, {"category_id": 2}]
RUNS = {"size": [24, 64], "counts": [100, 20, 24 * 64 - 120]}


@dataclass
class Loaded:
    """What training sees, image by image."""

    labels: list[list[int]]
    boxes: list[list[list[float]]]
    masks: list[list[int]]


def load(document: Any, folder: Path, *, masks: bool = False) -> Loaded:
    from rfdetr.datasets.coco import CocoDetection

    written = write(document, folder, "_annotations.coco.json")
    with contextlib.redirect_stdout(io.StringIO()):
        held = CocoDetection(written.pictures, written.path, None, include_masks=masks, remap_category_ids=True)
    targets = [held[k][1] for k in range(len(held))]
    pixels = [[int(mask.sum()) for mask in target["masks"]] if masks else [] for target in targets]
    return Loaded([target["labels"].tolist() for target in targets], [target["boxes"].tolist() for target in targets], pixels)


def labels(*expected: list[int]) -> Any:
    return loads(lambda held: held.labels == list(expected))


MASKED = {"COCO601", "COCO602", "COCO607"}

CASES = {
    "COCO106": (dataset([{"area": GONE}]), raises(KeyError, "area")),
    "COCO202": (dataset([{}, {"id": 1, "image_id": 2, "category_id": 2}], images=[{}, {}]), labels([1], [1])),
    "COCO301": (dataset([{}, {"image_id": 7}]), labels([0])),
    "COCO302": (dataset([{"category_id": 7}]), raises(KeyError, "Unknown category_id 7")),
    "COCO404": (dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), labels([0, 1])),
    "COCO405": (dataset(TWO, categories=[{"id": 2}, {"id": 1}]), labels([0, 1])),
    "COCO406": (dataset([{"category_id": 5}, {"category_id": 6}], categories=[{"id": 5}, {"id": 6}]), labels([0, 1])),
    "COCO501": (dataset([{"bbox": [4, 5, 0, 16]}, {"bbox": [24, 5, -20, 16]}]), labels([])),
    "COCO502": (dataset([{"bbox": [54, 5, 20, 16]}]), loads(lambda held: held.boxes == [[[54, 5, 64, 21]]])),
    "COCO503": (dataset([{"bbox": [100, 5, 20, 16]}]), labels([])),
    "COCO601": (dataset([{"segmentation": [[4, 5, 24, 5, 24, 21, 4]]}]), loads(lambda held: held.masks == [[160]])),
    "COCO602": (dataset([{"segmentation": [[4, 5, 24, 5]]}]), raises(TypeError)),
    "COCO607": (dataset([{}, {"segmentation": RUNS}]), raises(RuntimeError, "equal size")),
    "COCO805": (dataset(images=[{"file_name": "../1.jpg"}]), labels([0])),
}


@on_the_loader("rfdetr")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path, masks=code in MASKED))


@on_the_loader("rfdetr")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset([{"iscrowd": GONE}, {"category_id": 2}], images=[{}, {}]), tmp_path, masks=True)
    assert held.labels == [[0, 1], []]
    assert held.boxes[0] == [[4, 5, 24, 21], [7, 7, 27, 23]]
    assert held.masks == [[320, 320], []]


@on_the_loader("rfdetr")
def test_the_first_category_of_roboflows_exports_is_no_class(tmp_path: Path) -> None:
    exported = dataset(TWO, categories=[{"id": 0, "name": "animal", "supercategory": "none"}, {"id": 1}, {"id": 2}])
    assert load(exported, tmp_path).labels == [[0, 1]]


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


@on_the_loader("rfdetr")
@pytest.mark.parametrize("other", OTHER_TYPES, ids=str)
def test_what_is_refused_is_stated(other: Any, tmp_path: Path) -> None:
    agrees_on(other, CONSUMER, lambda document, folder: load(document, folder, masks=True), tmp_path)


def arrives(document: Any, folder: Path) -> Measured:
    """What `ConvertCoco` keeps; an annotation that is held twice, because ids repeat, is counted once."""
    from rfdetr.datasets.coco import CocoDetection

    written = write_pictures(document, folder, "_annotations.coco.json")
    held = CocoDetection(written.pictures, written.path, None, remap_category_ids=True)
    seen: set[int] = set()
    labels: list[int] = []
    for k, image_id in enumerate(held.ids):
        held[k]
        rows = [row for number, row in {id(row): row for row in held._load_target(image_id)}.items() if number not in seen]
        seen |= {id(row) for row in rows}
        image, _ = held._decode_image(image_id)
        labels += held.prepare(image, {"image_id": image_id, "annotations": rows})[1]["labels"].tolist()
    return Measured(len(held), len(labels), Counter(held.label2cat[label] for label in labels), "id", masks=0)


NOT_COVERED = {
    "annotation_ids_as_text",
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
    "no_annotations",
    "no_categories",
    "no_category_name",
    "no_images",
    "no_section_annotations",
    "no_size_of_an_image_with_annotations",
}


@on_the_loader("rfdetr")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("rfdetr")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path), most_images=MOST_IMAGES)
