"""The claims of `--for torchvision`, on the real CocoDetection and a detector without weights."""

from __future__ import annotations

import contextlib
import io
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof.consumers.torchvision import CONSUMER
from cocoproof.profiles.torchvision import PROFILE
from cocoproof.rules.examples import dataset

from .claims import GONE_PICTURE, agrees, every_tested_claim_has_a_case, loads, on_the_loader, raises, write
from .comparison import CORPUS_FILES, MOST_IMAGES, Measured, check_corpus, check_crafted
from .comparison import write as write_pictures
from .documents import DOCUMENTS
from .other_types import OTHER_TYPES, agrees_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TWO = [{}, {"category_id": 2}]
RUNS = {"size": [24, 64], "counts": [100, 20, 24 * 64 - 120]}
GAPS = dataset([{}, {"category_id": 3}], categories=[{}, {"id": 3}])


def samples(*keys: str) -> Callable[[Any, Path], list[dict[str, Any]]]:
    """The targets, image by image, as training code sees them."""

    def load(document: Any, folder: Path) -> list[dict[str, Any]]:
        from torchvision.datasets import CocoDetection, wrap_dataset_for_transforms_v2

        written = write(document, folder)
        with contextlib.redirect_stdout(io.StringIO()):
            held = CocoDetection(str(written.pictures), str(written.path))
        wrapped = wrap_dataset_for_transforms_v2(held, target_keys={"boxes", "labels", *keys})
        return [wrapped[k][1] for k in range(len(wrapped))]

    return load


def losses(document: Any, folder: Path) -> dict[str, float]:
    """The losses of one step of training, with an output for each category and one for the background."""
    import torch
    from torchvision.models.detection import fasterrcnn_mobilenet_v3_large_320_fpn as detector

    torch.manual_seed(0)
    model = detector(weights=None, weights_backbone=None, num_classes=len(document["categories"]) + 1)
    targets = [{"boxes": target["boxes"].float(), "labels": target["labels"]} for target in samples()(document, folder)]
    found = model.train()([torch.zeros(3, 48, 64) for _ in targets], targets)
    return {name: float(loss) for name, loss in found.items()}


def labels(*expected: list[int]) -> Any:
    return loads(lambda held: [target["labels"].tolist() for target in held] == list(expected))


BOXES, MASKS = samples(), samples("masks")

CASES = {
    "COCO202": (dataset([{}, {"id": 1, "image_id": 2, "category_id": 2}], images=[{}, {}]), BOXES, labels([2], [2])),
    "COCO301": (dataset([{}, {"image_id": 7}]), BOXES, labels([1])),
    "COCO305": (dataset(images=[{}, {}]), BOXES, loads(lambda held: held[1].keys() == {"image_id"})),
    "COCO404": (GAPS, losses, raises(IndexError, "out of bounds")),
    "COCO410": (
        dataset([{"category_id": 0}], categories=[{"id": 0}, {"id": 1}]),
        losses,
        loads(lambda held: held["loss_box_reg"] == 0 < held["loss_classifier"]),
    ),
    "COCO501": (dataset([{"bbox": [4, 5, 0, 16]}]), losses, raises(AssertionError, "positive height and width")),
    "COCO602": (dataset([{"segmentation": [[4, 5, 24, 5]]}]), MASKS, raises(TypeError)),
    "COCO606": (dataset([{"segmentation": []}]), MASKS, raises(IndexError)),
    "COCO607": (dataset([{}, {"segmentation": RUNS}]), MASKS, raises(RuntimeError, "equal size")),
    "COCO801": (dataset(images=[{}, {"file_name": GONE_PICTURE}]), BOXES, raises(FileNotFoundError)),
    "COCO805": (dataset(images=[{"file_name": "../1.jpg"}]), BOXES, labels([1])),
}


@on_the_loader("torchvision")
@pytest.mark.parametrize("code", CASES)
def test_the_loader_does_what_the_claim_says(code: str, tmp_path: Path) -> None:
    document, load, expect = CASES[code]
    expect(lambda: load(document, tmp_path))


@on_the_loader("torchvision")
def test_a_sound_file_loads_whole(tmp_path: Path) -> None:
    (target,) = MASKS(dataset(TWO), tmp_path)
    assert target["labels"].tolist() == [1, 2]
    assert target["boxes"].tolist() == [[4, 5, 24, 21], [7, 7, 27, 23]]
    assert target["masks"].sum((1, 2)).tolist() == [320, 320]
    found = losses(dataset(TWO), tmp_path)
    assert min(found["loss_box_reg"], found["loss_classifier"]) > 0


@pytest.mark.parametrize("code", CASES)
def test_the_profile_finds_the_defect_as_grave_as_claimed(code: str, tmp_path: Path) -> None:
    agrees(PROFILE, code, CASES[code][0], tmp_path)


def test_every_tested_claim_has_a_case() -> None:
    every_tested_claim_has_a_case(PROFILE, CASES)


@on_the_loader("torchvision")
@pytest.mark.parametrize("other", OTHER_TYPES, ids=str)
def test_what_is_refused_is_stated(other: Any, tmp_path: Path) -> None:
    agrees_on(other, CONSUMER, MASKS, tmp_path)


def arrives(document: Any, folder: Path) -> Measured:
    """Every annotation object once, if the wrapped dataset gives all of its images."""
    from torchvision.datasets import CocoDetection, wrap_dataset_for_transforms_v2

    written = write_pictures(document, folder)
    plain = CocoDetection(written.pictures, str(written.path))
    wrapped = wrap_dataset_for_transforms_v2(plain)
    rows = {}
    for k in range(len(wrapped)):
        target = wrapped[k][1]
        held = plain._load_target(plain.ids[k])
        assert [len(target[key]) for key in ("boxes", "labels") if key in target] == [len(held)] * (2 * bool(held))
        rows |= {id(row): row["category_id"] for row in held}
    by_class = Counter(category for category in rows.values() if category in plain.coco.cats)
    return Measured(len(wrapped), len(rows), by_class, "id", masks=0)


NOT_COVERED = {
    "annotation_ids_as_text",
    "box_empty",
    "box_null",
    "box_of_five",
    "box_of_texts",
    "category_ids_as_text",
    "image_ids_as_text",
    "image_ids_as_text_in_images",
    "no_box",
    "no_box_of_a_crowd",
}


@on_the_loader("torchvision")
@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_model_says_what_arrives(name: str, tmp_path: Path) -> None:
    document = DOCUMENTS[name]
    check_crafted(CONSUMER, document, lambda: arrives(document, tmp_path), covered=name not in NOT_COVERED)


@on_the_loader("torchvision")
@pytest.mark.parametrize("path", CORPUS_FILES, ids=[path.stem for path in CORPUS_FILES])
def test_the_model_says_what_arrives_of_real_files(path: Path, tmp_path: Path) -> None:
    check_corpus(CONSUMER, path, lambda document: arrives(document, tmp_path), most_images=MOST_IMAGES)
