"""The claims of `--for detectron2`, on its real `load_coco_json` and `DatasetMapper`. Neither needs its compiled part."""

from __future__ import annotations

import itertools
import logging
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.detectron2 import CONSUMER
from cocoproof.profiles.detectron2 import PROFILE
from cocoproof.rules.examples import dataset

from .claims import TURNED_PICTURE, agrees, every_tested_claim_has_a_case, loads, on_the_loader, raises, write
from .comparison import CORPUS_FILES, MOST_IMAGES, Measured, check_corpus, check_crafted
from .comparison import write as write_pictures
from .documents import DOCUMENTS
from .other_types import OTHER_TYPES, agrees_on

if TYPE_CHECKING:
    from pathlib import Path

TWO = [{}, {"category_id": 2}]
RUNS = {"size": [24, 64], "counts": [100, 20, 24 * 64 - 120]}
NUMBERS = itertools.count()


@dataclass
class Loaded:
    """What is read, and what of it training sees: class names, image by image."""

    read: list[list[str]]
    trained: list[list[str]]
    log: list[str]


class _Log(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


def load(document: Any, folder: Path) -> Loaded:
    from detectron2.data import DatasetMapper, MetadataCatalog, transforms
    from detectron2.data.build import filter_images_with_only_crowd_annotations
    from detectron2.data.datasets import coco

    written = write(document, folder)
    name = f"claims_{next(NUMBERS)}"
    log = _Log()
    coco.logger.addHandler(log)
    try:
        records = coco.load_coco_json(str(written.path), str(written.pictures), name)
    finally:
        coco.logger.removeHandler(log)
    names = MetadataCatalog.get(name).thing_classes
    mapper = DatasetMapper(
        is_train=True,
        augmentations=[transforms.Resize((48, 64))],
        image_format="BGR",
        use_instance_mask=True,
        instance_mask_format="bitmask",
        recompute_boxes=False,
    )
    trained = [mapper(record)["instances"].gt_classes.tolist() for record in filter_images_with_only_crowd_annotations(records)]
    return Loaded(
        [[names[row["category_id"]] for row in record["annotations"]] for record in records],
        [[names[k] for k in classes] for classes in trained],
        log.lines,
    )


def keeps(*expected: list[str]) -> Any:
    return loads(lambda held: held.read == held.trained == list(expected))


def logs(text: str, *trained: list[str]) -> Any:
    return loads(lambda held: any(text in line for line in held.log) and held.trained == list(trained))


CASES = {
    "COCO202": (dataset([{}, {"id": 1}]), raises(AssertionError, "not unique")),
    "COCO301": (dataset([{}, {"image_id": 7}]), logs("contains 2 annotations, but only 1", ["cat"])),
    "COCO302": (dataset([{"category_id": 7}]), raises(KeyError, "does not exist in 'categories'")),
    "COCO305": (dataset(images=[{}, {}]), loads(lambda held: (held.read, held.trained) == ([["cat"], []], [["cat"]]))),
    "COCO404": (dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), keeps(["cat", "dog"])),
    "COCO405": (dataset(TWO, categories=[{"id": 2}, {"id": 1}]), keeps(["dog", "cat"])),
    "COCO406": (dataset([{"category_id": 0}, {"category_id": 1}], categories=[{"id": 0}, {"id": 1}]), keeps(["cat", "dog"])),
    "COCO501": (dataset([{}, {"bbox": [4, 5, 0, 16]}]), loads(lambda held: (held.read, held.trained) == ([["cat", "cat"]], [["cat"]]))),
    "COCO503": (dataset([{}, {"bbox": [100, 5, 20, 16]}]), loads(lambda held: (held.read, held.trained) == ([["cat", "cat"]], [["cat"]]))),
    "COCO601": (dataset([{}, {"segmentation": [[4, 5, 24, 5, 24, 21, 4]]}]), logs("Filtered out 1 instances", ["cat"])),
    "COCO602": (dataset([{}, {"segmentation": [[4, 5, 24, 5]]}]), logs("Filtered out 1 instances", ["cat"])),
    "COCO606": (dataset([{}, {"segmentation": []}]), raises(KeyError, "segmentation")),
    "COCO607": (dataset([{"segmentation": RUNS}]), raises(AssertionError)),
    "COCO804": (dataset(images=[{"file_name": TURNED_PICTURE}]), raises(ValueError, "Mismatched image shape")),
    "COCO803": (dataset(images=[{"width": 640}]), raises(ValueError, "Mismatched image shape")),
}


@on_the_loader("detectron2")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path))


@on_the_loader("detectron2")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset(TWO), tmp_path)
    assert held.read == held.trained == [["cat", "dog"]]


@on_the_loader("detectron2")
def test_a_negative_box_is_turned_round(tmp_path: Path) -> None:
    assert load(dataset([{"bbox": [24, 5, -20, 16]}]), tmp_path).trained == [["cat"]]


@on_the_loader("detectron2")
def test_the_key_ignore_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="not supported"):
        load(dataset([{"ignore": 1}]), tmp_path)


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


@on_the_loader("detectron2")
@pytest.mark.parametrize("other", OTHER_TYPES, ids=str)
def test_what_is_refused_is_stated(other: Any, tmp_path: Path) -> None:
    def both(document: Any, folder: Path) -> Any:
        held = load(document, folder)
        return held.read, held.trained  # and not the log, which mentions ids that are not 1 to n

    agrees_on(other, CONSUMER, both, tmp_path)


def arrives(document: Any, folder: Path) -> Measured:
    """What a training with the default configuration gets; images are not resized."""
    from detectron2.data import DatasetCatalog, DatasetMapper, MetadataCatalog, get_detection_dataset_dicts, transforms
    from detectron2.data.datasets import register_coco_instances

    written = write_pictures(document, folder)
    name = f"arrives_{next(NUMBERS)}"
    register_coco_instances(name, {}, str(written.path), str(written.pictures))
    try:
        records = get_detection_dataset_dicts(name)
    finally:
        DatasetCatalog.remove(name)
    mapper = DatasetMapper(is_train=True, augmentations=[transforms.NoOpTransform()], image_format="BGR")
    names = MetadataCatalog.get(name).thing_classes
    found = [mapper(record)["instances"] for record in records]
    labels = [label for one in found for label in one.gt_classes.tolist()]
    assert not any(one.has("gt_masks") for one in found)
    assert len(names) > max(labels, default=-1)
    return Measured(len(records), len(labels), Counter(labels), "label", masks=0)


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
    "no_images",
    "no_section_annotations",
    "segmentation_flat",
    "segmentation_null",
}


@on_the_loader("detectron2")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("detectron2")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path), most_images=MOST_IMAGES)
