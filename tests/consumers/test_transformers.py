"""The claims of `--for transformers`, and its model, on the real image processor of DETR and its loss."""

from __future__ import annotations

import importlib
import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from pycocotools.coco import COCO

from cocoproof.consumers.transformers import CONSUMER
from cocoproof.profiles.transformers import PROFILE
from cocoproof.rules.examples import GONE, dataset, keypoint_dataset

from .claims import agrees, every_tested_claim_has_a_case, example_of, loads, on_the_loader, raises
from .comparison import CORPUS_FILES, Measured, check_corpus, check_crafted
from .documents import DOCUMENTS

if TYPE_CHECKING:
    from pathlib import Path

TWO = [{}, {"category_id": 2}]


def _targets(document: Any, folder: Path, *, masks: bool = False) -> list[dict[str, Any]]:
    """What the processor makes of the annotations of each image, which are looked up as torchvision's `CocoDetection` does."""
    from transformers import DetrImageProcessor
    from transformers.image_utils import AnnotationFormat, validate_annotations

    path = folder / "annotations.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    coco = COCO(str(path))
    # Without torchvision it is the processor that works on numpy arrays.
    module = importlib.import_module(DetrImageProcessor.__module__)
    on_numpy = module.__name__.endswith("pil_detr")
    out = []
    for number in sorted(coco.imgs):
        image = coco.imgs[number]
        target = {"image_id": number, "annotations": coco.loadAnns(coco.getAnnIds(number))}
        validate_annotations(AnnotationFormat.COCO_DETECTION, module.SUPPORTED_ANNOTATION_FORMATS, [target])
        pixels: Any = np.broadcast_to(np.zeros(1, np.uint8), (3, image["height"], image["width"]))
        if not on_numpy:
            pixels = importlib.import_module("torch").from_numpy(pixels)
        form = {"input_data_format": "channels_first"} if on_numpy else {}
        out.append(module.prepare_coco_detection_annotation(pixels, target, return_segmentation_masks=masks, **form))
    return out


@dataclass
class Loaded:
    """What training sees, image by image."""

    labels: list[list[int]]
    boxes: list[list[list[float]]]
    masks: list[list[int]]


def load(document: Any, folder: Path, *, masks: bool = False) -> Loaded:
    targets = _targets(document, folder, masks=masks)
    pixels = [[int(mask.sum()) for mask in one["masks"]] if masks else [] for one in targets]
    return Loaded([one["class_labels"].tolist() for one in targets], [one["boxes"].tolist() for one in targets], pixels)


def losses(document: Any, folder: Path) -> Loaded:
    """The labels, after the loss of a model with one output a category and one for no object has taken them."""
    import torch
    from transformers.loss.loss_for_object_detection import HungarianMatcher, ImageLoss

    held = load(document, folder)
    n = len(document["categories"])
    targets = [{"class_labels": torch.tensor(one), "boxes": torch.full((len(one), 4), 0.5)} for one in held.labels]
    outputs = {"logits": torch.zeros(len(targets), 9, n + 1), "pred_boxes": torch.full((len(targets), 9, 4), 0.4)}
    loss = ImageLoss(matcher=HungarianMatcher(), num_classes=n, eos_coef=0.1, losses=["labels"])
    assert float(loss(outputs, targets)["loss_ce"]) > 0
    return held


def labels(*expected: list[int]) -> Any:
    return loads(lambda held: held.labels == list(expected))


CROWDED = example_of("COCO612")
LEFT = sum(not row["iscrowd"] for row in CROWDED["annotations"])

MASKED = {"COCO601", "COCO602"}
TRAINED = {"COCO302", "COCO404", "COCO406", "COCO410"}

CASES = {
    "COCO106": (dataset([{"area": GONE}]), raises(KeyError, "area")),
    "COCO202": (dataset([{}, {"id": 1, "image_id": 2, "category_id": 2}], images=[{}, {}]), labels([2], [2])),
    "COCO301": (dataset([{}, {"image_id": 7}]), labels([1])),
    "COCO302": (dataset([{"category_id": 7}]), raises(IndexError)),
    "COCO404": (dataset([{}, {"category_id": 5}], categories=[{}, {"id": 5}]), raises(IndexError)),
    # Two classes: label 2 is the last output, that of no object.
    "COCO406": (dataset([{"category_id": 2}], categories=[{"id": 2}, {"id": 3}]), labels([2])),
    "COCO410": (dataset([{"category_id": 0}], categories=[{"id": 0}]), labels([0])),
    "COCO501": (dataset([{}, {"bbox": [4, 5, 0, 16]}, {"bbox": [24, 5, -20, 16]}]), labels([1])),
    "COCO502": (dataset([{"bbox": [54, 5, 20, 16]}]), loads(lambda held: held.boxes == [[[54, 5, 64, 21]]])),
    "COCO503": (dataset([{}, {"bbox": [100, 5, 20, 16]}]), labels([1])),
    "COCO601": (dataset([{"segmentation": [[4, 5, 24, 5, 24, 21, 4]]}]), loads(lambda held: held.masks == [[160]])),
    "COCO602": (dataset([{"segmentation": [[4, 5, 24, 5]]}]), raises(TypeError)),
    "COCO612": (CROWDED, loads(lambda held: sum(map(len, held.labels)) == LEFT < len(CROWDED["annotations"]))),
}


@on_the_loader("transformers")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, expect = CASES[code]
    expect(lambda: losses(document, tmp_path) if code in TRAINED else load(document, tmp_path, masks=code in MASKED))


@on_the_loader("transformers")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    held = load(dataset([{"iscrowd": GONE}, {"category_id": 2}], images=[{}, {}]), tmp_path, masks=True)
    assert held.labels == [[1, 2], []]
    assert held.boxes[0] == [[4, 5, 24, 21], [7, 7, 27, 23]]
    assert held.masks == [[320, 320], []]


@on_the_loader("transformers")
def test_the_last_label_is_that_of_no_object(tmp_path: Path) -> None:
    """With ids 1 and 2, and two outputs, class 2 is learned as no object: its loss is weighted like that."""
    import torch
    from transformers.loss.loss_for_object_detection import HungarianMatcher, ImageLoss

    target = [{"class_labels": torch.tensor([2]), "boxes": torch.full((1, 4), 0.5)}]
    outputs = {"logits": torch.tensor([[[0.0, 0.0, 9.0]] * 3]), "pred_boxes": torch.full((1, 3, 4), 0.4)}
    loss = ImageLoss(matcher=HungarianMatcher(), num_classes=2, eos_coef=0.1, losses=["labels"])
    assert float(loss(outputs, target)["loss_ce"]) < 0.001


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


def arrives(document: Any, folder: Path) -> Measured:
    """What the processor returns. Labels that are no category of the file have no row in the account."""
    targets = _targets(document, folder)
    known = {row["id"] for row in document.get("categories", [])}
    found = Counter(label for one in targets for label in one["class_labels"].tolist())
    return Measured(len(targets), sum(found.values()), {label: found[label] for label in known.intersection(found)}, "id", 0)


@on_the_loader("transformers")
@pytest.mark.parametrize("name", ["image_ids_as_text", "category_ids_as_text"])
def test_texts_for_ids_raise(name: str, tmp_path: Path) -> None:
    pytest.importorskip("torchvision", reason="without torchvision, the processor works on numpy arrays, which read texts of numbers")
    with pytest.raises((TypeError, ValueError)):
        arrives(DOCUMENTS[name], tmp_path)


POINTS = {
    "keypoints_of_one": keypoint_dataset([{}, {"keypoints": GONE, "num_keypoints": GONE}]),
    "keypoints_of_two_lengths": keypoint_dataset([{}, {"keypoints": [4, 5, 2]}]),
    "keypoints_of_two_lengths_on_two_images": keypoint_dataset([{}, {"keypoints": [4, 5, 2], "image_id": 2}], images=[{}, {}]),
    "keypoints_of_a_crowd": keypoint_dataset([{}, {"iscrowd": 1, "keypoints": [4, 5, 2]}]),
    "keypoints_empty": keypoint_dataset([{}, {"keypoints": []}]),
    "keypoints_not_triples": keypoint_dataset([{"keypoints": [1, 2, 3, 4]}]),
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
    "keypoints_empty",
    "keypoints_not_triples",
    "keypoints_of_one",
    "keypoints_of_two_lengths",
    "no_size_of_an_image_with_annotations",
    "no_width",
}


@on_the_loader("transformers")
@pytest.mark.parametrize("name", DOCUMENTS | POINTS)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = (DOCUMENTS | POINTS)[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("transformers")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path))
