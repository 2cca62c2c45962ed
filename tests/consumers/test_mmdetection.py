"""The claims of `--for mmdetection`, and its model, on the real `CocoDataset` and the transforms of its base configurations."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.coco_names import COCO_CATEGORIES
from cocoproof.consumers.mmdetection import CONSUMER
from cocoproof.profiles.mmdetection import PROFILE
from cocoproof.rules.examples import GONE, dataset

from .claims import agrees, every_tested_claim_has_a_case, example_of, loads, on_the_loader, raises
from .comparison import CORPUS_FILES, check_corpus, check_crafted, modelled
from .documents import DOCUMENTS
from .openmmlab import coco_dataset, counted, own_classes, written
from .other_types import OTHER_TYPES, agrees_on

if TYPE_CHECKING:
    from pathlib import Path

    from .comparison import Measured

TWO = [{}, {"category_id": 2}]
PETS = ("cat", "dog")
SMALL_RUNS = {"size": [24, 64], "counts": [100, 20, 24 * 64 - 120]}


@dataclass
class Loaded:
    """What training sees, image by image: names of classes, and pixels of masks."""

    trained: list[list[str]]
    masks: list[list[int]]
    paths: list[str]


def _pipeline(held: Any, k: int, *, masks: bool = False) -> dict[str, Any]:
    from mmdet.datasets.transforms import LoadAnnotations, PackDetInputs

    row = held.get_data_info(k)
    row["ori_shape"] = row["height"], row["width"]
    packed: dict[str, Any] = PackDetInputs(meta_keys=())(LoadAnnotations(with_bbox=True, with_mask=masks)(row))
    return packed


def load(document: Any, folder: Path, *, masks: bool = False, classes: tuple[str, ...] = PETS) -> Loaded:
    held = coco_dataset(written(document, folder), classes, min_size=32)
    found = [_pipeline(held, k, masks=masks)["data_samples"].gt_instances for k in range(len(held))]
    names = held.metainfo["classes"]
    return Loaded(
        [[names[label] for label in one.labels.tolist()] for one in found],
        [[int(mask.sum()) for mask in one.masks.masks] if masks else [] for one in found],
        [held.get_data_info(k)["img_path"] for k in range(len(held))],
    )


def trains(*expected: list[str]) -> Any:
    return loads(lambda held: held.trained == list(expected))


CROWDED = example_of("COCO612")
LEFT = sum(not row["iscrowd"] for row in CROWDED["annotations"])

MASKED = {"COCO601", "COCO602", "COCO606", "COCO607"}

CASES = {
    "COCO106": (dataset([{"area": GONE}]), raises(KeyError, "area")),
    "COCO202": (dataset([{}, {"id": 1}]), raises(AssertionError, "not unique")),
    "COCO204": (dataset([*TWO, {"category_id": 3}], categories=[{}, {"name": "cat"}, {"name": "dog"}]), raises(IndexError)),
    "COCO301": (dataset([{}, {"image_id": 7}]), trains(["cat"])),
    "COCO302": (dataset([{}, {"category_id": 7}]), trains(["cat"])),
    "COCO305": (dataset(images=[{}, {}]), trains(["cat"])),
    "COCO404": (dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}]), trains(["cat", "dog"])),
    "COCO405": (dataset(TWO, categories=[{"id": 2, "name": "dog"}, {"id": 1, "name": "cat"}]), trains(["dog", "cat"])),
    "COCO406": (dataset([{"category_id": 5}, {"category_id": 6}], categories=[{"id": 5}, {"id": 6}]), trains(["cat", "dog"])),
    "COCO501": (dataset([{}, {"bbox": [4, 5, 0, 16]}, {"bbox": [24, 5, -20, 16]}]), trains(["cat"])),
    "COCO503": (dataset([{}, {"bbox": [100, 5, 20, 16]}]), trains(["cat"])),
    "COCO507": (dataset([{}, {"area": 0}]), trains(["cat"])),
    "COCO601": (dataset([{}, {"segmentation": [[4, 5, 24, 5, 24, 21, 4]]}]), trains(["cat"])),
    "COCO602": (dataset([{}, {"segmentation": [[4, 5, 24, 5]]}]), trains(["cat"])),
    "COCO606": (dataset([{}, {"segmentation": []}]), raises(KeyError, "mask")),
    "COCO607": (dataset([{}, {"segmentation": SMALL_RUNS}]), raises(ValueError, "same shape")),
    "COCO612": (CROWDED, loads(lambda held: sum(map(len, held.trained)) == LEFT < len(CROWDED["annotations"]))),
    "COCO805": (dataset(images=[{"file_name": "../1.jpg"}]), loads(lambda held: held.paths == ["../1.jpg"])),
}


@on_the_loader("mmdet")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: load(document, tmp_path, masks=code in MASKED))


@on_the_loader("mmdet")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset([{"iscrowd": GONE}, {"category_id": 2}]), tmp_path, masks=True)
    assert held.trained == [["cat", "dog"]]
    assert held.masks == [[320, 320]]


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


def arrives(document: Any, folder: Path, classes: tuple[str, ...] | None = None) -> Measured:
    """What `coco_detection.py` trains on, and the masks of it that `coco_instance.py` does."""
    held = coco_dataset(written(document, folder), classes, min_size=32)
    from mmdet.datasets.transforms import LoadAnnotations  # after coco_dataset, which takes the place of mmcv's compiled part

    masks = 0
    for k in range(len(held)):
        rows = {"instances": [one for one in held.get_data_info(k)["instances"] if "mask" in one and not one["ignore_flag"]]}
        try:
            LoadAnnotations(with_mask=True)._process_masks(rows)
        except TypeError:  # of a mask that the model must not cover
            masks = -1
            break
        masks += int((rows["gt_ignore_flags"] == 0).sum())
    return counted(held, [_pipeline(held, k) for k in range(len(held))], masks)


OTHERS = {
    "image_of_31_px": dataset([{}, {"image_id": 2}], images=[{"width": 31}, {}]),
    "image_of_32_px": dataset([{}, {"image_id": 2}], images=[{"width": 32, "height": 32}, {}]),
    "images_of_31_px_alone": dataset(images=[{"height": 31}]),
    "box_of_1_px": dataset([{}, {"bbox": [4, 5, 1, 1]}]),
    "box_of_099_px": dataset([{}, {"bbox": [4, 5, 20, 0.99]}]),
    "box_at_the_corner": dataset([{}, {"bbox": [64, 48, 20, 16]}]),
    "box_on_a_pixel_of_the_corner": dataset([{}, {"bbox": [63, 47, 20, 16]}]),
    "image_of_another_class": dataset([{}, {"image_id": 2, "category_id": 2}], images=[{}, {}], categories=[{}, {"name": "axolotl"}]),
    "image_of_lost_annotations": dataset([{}, {"image_id": 2, "area": 0}], images=[{}, {}]),
    "image_of_ignored_annotations": dataset([{}, {"image_id": 2, "ignore": 1}], images=[{}, {}]),
    "image_of_crowds": dataset([{}, {"image_id": 2, "iscrowd": 1}], images=[{}, {}]),
    "id_of_one_on_no_image": dataset([{}, {"id": 1, "image_id": 9}]),
    "ignored_without_area": dataset([{}, {"ignore": 1, "area": GONE}]),
    "outside_without_area": dataset([{}, {"bbox": [100, 5, 20, 16], "area": GONE}]),
    "without_area_of_another_class": dataset([{}, {"category_id": 2, "area": GONE}], categories=[{}, {"name": "axolotl"}]),
    "classes_in_another_order": dataset(TWO, categories=[{"name": "dog"}, {"name": "cat"}]),
}

NOT_COVERED = {
    "id_of_one_on_no_image",
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


@on_the_loader("mmdet")
@pytest.mark.parametrize("name", DOCUMENTS | OTHERS)
@pytest.mark.parametrize("own", [False, True], ids=["classes of COCO", "own classes"])
def test_the_model_says_what_arrives(name: str, own: bool, tmp_path: Path) -> None:
    document = (DOCUMENTS | OTHERS)[name]
    classes = own_classes(document) if own else None
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path, classes), covered=name not in NOT_COVERED, classes=classes)


@on_the_loader("mmdet")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
@pytest.mark.parametrize("own", [False, True], ids=["classes of COCO", "own classes"])
def test_the_model_says_what_arrives_of_real_files(path: Path, own: bool, tmp_path: Path) -> None:
    classes = own_classes if own else lambda _: None
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path, classes(document)), classes=classes)


ANIMALS = ("ant", "bee", "cow", "dog", "eel")


def zoo(*names: str) -> Any:
    """Two annotations of each of these categories, with ids from 1."""
    document = copy.deepcopy(dataset([{"category_id": 1 + k // 2} for k in range(2 * len(names))]))
    return document | {"categories": [{"id": 1 + k, "name": name} for k, name in enumerate(names)]}


SHIFTED = {
    "right": (zoo(*ANIMALS), {}),
    "one misspelt": (zoo("ant", "bees", "cow", "dog", "eel"), {"cow": "bee", "dog": "cow", "eel": "dog"}),
    "one missing": (zoo("bee", "cow", "dog", "eel"), {"bee": "ant", "cow": "bee", "dog": "cow", "eel": "dog"}),
    "one more": (zoo("ant", "fly", "bee", "cow", "dog", "eel"), {}),
    "two exchanged": (zoo("bee", "ant", "cow", "dog", "eel"), {"bee": "ant", "ant": "bee"}),
    "in capitals": (zoo("ant", "bee", "Cow", "dog", "eel"), {"dog": "cow", "eel": "dog"}),
}
"""By what is wrong: a document, and what the loader calls the categories that it renames."""


@pytest.mark.parametrize("name", SHIFTED)
def test_the_model_says_which_classes_are_shifted(name: str) -> None:
    document, renamed = SHIFTED[name]
    arrival = modelled(CONSUMER, document, ANIMALS)
    found = {row.name: ANIMALS[row.label] for row in arrival.by_class if row.changed and row.label is not None}
    assert found == renamed
    assert sum(change.annotations for change in arrival.changes) == 2 * len(renamed)


@on_the_loader("mmdet")
@pytest.mark.parametrize("name", SHIFTED)
def test_the_loader_shifts_these_classes(name: str, tmp_path: Path) -> None:
    document, renamed = SHIFTED[name]
    kept = [row["name"] for row in document["categories"] if row["name"] in ANIMALS]
    assert load(document, tmp_path, classes=ANIMALS).trained == [[renamed.get(own, own) for own in kept for _ in range(2)]]


def test_classes_that_are_not_cocos_are_lost_without_a_list() -> None:
    document = dataset(TWO, categories=[{"name": "cat"}, {"name": "axolotl"}])
    arrival = modelled(CONSUMER, document)
    (loss,) = arrival.losses
    assert loss.classes == (("axolotl", 1),)
    assert "COCO's 80" in loss.reason
    assert modelled(CONSUMER, document, ("cat", "axolotl")).losses == ()


def test_a_file_without_any_of_cocos_classes_raises() -> None:
    arrival = modelled(CONSUMER, zoo("axolotl", "newt"))
    assert arrival.error is not None
    assert arrival.annotations is not None
    assert arrival.annotations.arrived == 0


def test_crowds_are_lost() -> None:
    arrival = modelled(CONSUMER, dataset([{}, {"iscrowd": 1}]))
    (loss,) = arrival.losses
    assert (loss.count, loss.notice.value) == (1, "silent")


def test_all_classes_of_coco_in_order_keep_their_names() -> None:
    assert modelled(CONSUMER, DOCUMENTS["coco_all"], tuple(COCO_CATEGORIES.values())).changes == ()
    assert modelled(CONSUMER, DOCUMENTS["coco_all"]).changes == ()


@on_the_loader("mmdet")
@pytest.mark.parametrize("other", OTHER_TYPES, ids=str)
def test_what_is_refused_is_stated(other: Any, tmp_path: Path) -> None:
    agrees_on(other, CONSUMER, load, tmp_path)
