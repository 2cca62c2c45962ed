"""The claims of `--for mmrotate`, and its model, on mmdetection's real `CocoDataset` and the transforms of `dota_coco.py`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.mmrotate import CONSUMER
from cocoproof.profiles.mmrotate import PROFILE
from cocoproof.rules.examples import GONE, dataset

from .claims import agrees, every_tested_claim_has_a_case, example_of, loads, on_the_loader, raises
from .comparison import CORPUS_FILES, check_corpus, check_crafted, modelled
from .documents import DOCUMENTS
from .openmmlab import coco_dataset, counted, own_classes, written

if TYPE_CHECKING:
    from pathlib import Path

    from .comparison import Measured

TWO = [{}, {"category_id": 2}]
PETS = ("cat", "dog")
DOTA = [
    "plane",
    "baseball-diamond",
    "bridge",
    "ground-track-field",
    "small-vehicle",
    "large-vehicle",
    "ship",
    "tennis-court",
    "basketball-court",
    "storage-tank",
    "soccer-ball-field",
    "roundabout",
    "harbor",
    "swimming-pool",
    "helicopter",
]
"""`metainfo['classes']` of `configs/_base_/datasets/dota_coco.py`, which the package does not install where pip builds it."""


@dataclass
class Loaded:
    """What training sees, image by image: names of classes, rotated boxes, and where the images are."""

    trained: list[list[str]]
    boxes: list[list[list[float]]]
    paths: list[str]


def _pipeline(held: Any, k: int) -> dict[str, Any]:
    from mmdet.datasets.transforms import LoadAnnotations, PackDetInputs
    from mmrotate.datasets.transforms import ConvertMask2BoxType

    row = held.get_data_info(k)
    row["ori_shape"] = row["height"], row["width"]
    row = LoadAnnotations(with_bbox=True, with_mask=True, poly2mask=False)(row)
    packed: dict[str, Any] = PackDetInputs(meta_keys=())(ConvertMask2BoxType(box_type="rbox")(row))
    return packed


def load(document: Any, folder: Path, classes: tuple[str, ...] = PETS) -> Loaded:
    held = coco_dataset(written(document, folder), classes)
    found = [_pipeline(held, k)["data_samples"].gt_instances for k in range(len(held))]
    names = held.metainfo["classes"]
    return Loaded(
        [[names[label] for label in one.labels.tolist()] for one in found],
        [one.bboxes.tensor.tolist() for one in found],
        [held.get_data_info(k)["img_path"] for k in range(len(held))],
    )


def trains(*expected: list[str]) -> Any:
    return loads(lambda held: held.trained == list(expected))


CASES = {
    "COCO106": (dataset([{"area": GONE}]), raises(KeyError, "area")),
    "COCO202": (dataset([{}, {"id": 1}]), raises(AssertionError, "not unique")),
    "COCO301": (dataset([{}, {"image_id": 7}]), trains(["cat"])),
    "COCO302": (dataset([{}, {"category_id": 7}]), trains(["cat"])),
    "COCO305": (dataset(images=[{}, {}]), trains(["cat"])),
    "COCO404": (dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), trains(["cat", "dog"])),
    "COCO406": (dataset([{"category_id": 5}, {"category_id": 6}], categories=[{"id": 5}, {"id": 6}]), trains(["cat", "dog"])),
    "COCO501": (dataset([{}, {"bbox": [4, 5, 0, 16]}]), trains(["cat"])),
    "COCO503": (dataset([{}, {"bbox": [100, 5, 20, 16]}]), trains(["cat"])),
    "COCO507": (dataset([{}, {"area": 0}]), trains(["cat"])),
    "COCO601": (dataset([{}, {"segmentation": [[4, 5, 24, 5, 24, 21, 4]]}]), raises(ValueError, "reshape")),
    "COCO602": (dataset([{}, {"segmentation": [[4, 5, 24, 5]]}]), trains(["cat"])),
    "COCO606": (dataset([{}, {"segmentation": []}]), raises(KeyError, "mask")),
    "COCO612": (example_of("COCO612"), raises(KeyError)),
    "COCO805": (dataset(images=[{"file_name": "../1.jpg"}]), loads(lambda held: held.paths == ["../1.jpg"])),
}


@on_the_loader("mmrotate")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path))


@on_the_loader("mmrotate")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset([{"iscrowd": GONE}, {"category_id": 2}]), tmp_path)
    assert held.trained == [["cat", "dog"]]
    assert [math.prod(box[2:4]) for box in held.boxes[0]] == pytest.approx([320, 320], rel=0.01)


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


def arrives(document: Any, folder: Path, classes: tuple[str, ...] | None = None) -> Measured:
    """What `dota_coco.py` trains on. Every box is made from a mask."""
    held = coco_dataset(written(document, folder), DOTA if classes is None else classes)
    counts = counted(held, [_pipeline(held, k) for k in range(len(held))], None)
    counts.masks = counts.annotations
    return counts


NOT_COVERED = {
    "annotation_ids_as_text",
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "category_ids_repeat",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
}
NOT_COVERED_WITH_CLASSES = {"polygon_empty", "segmentation_flat", "segmentation_null"}
"""Without a class of DOTA no annotation is left whose mask is read."""


@on_the_loader("mmrotate")
@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("own", [False, True], ids=["classes of DOTA", "own classes"])
def test_the_model_says_what_arrives(name: str, own: bool, tmp_path: Path) -> None:
    document = DOCUMENTS[name]
    classes = own_classes(document) if own else None
    not_covered = NOT_COVERED | NOT_COVERED_WITH_CLASSES if own else NOT_COVERED
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path, classes), covered=name not in not_covered, classes=classes)


@on_the_loader("mmrotate")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path, own_classes(document)), classes=own_classes)


def test_dotas_own_classes_keep_their_names() -> None:
    document = dataset([{}], images=[{}]) | {"categories": [{"id": 1 + k, "name": name} for k, name in enumerate(DOTA)]}
    arrival = modelled(CONSUMER, document)
    assert arrival.changes == arrival.losses == ()
