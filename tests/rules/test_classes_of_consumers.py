"""COCO111 and COCO112 for loaders that have a list of classes of their own, or get the user's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import cocoproof
from cocoproof.consumers.coco_names import COCO_CATEGORIES
from cocoproof.mapping import CategoryList
from cocoproof.rules.examples import GONE, dataset

if TYPE_CHECKING:
    from pathlib import Path

ANIMALS = ["ant", "bee", "cow", "dog", "eel"]


def zoo(*names: str, each: int = 2) -> Any:
    """Some annotations of each of these categories, with ids from 1."""
    document = dataset([{"category_id": 1 + k // each} for k in range(each * len(names))])
    return document | {"categories": [{"id": 1 + k, "name": name, "supercategory": "animal"} for k, name in enumerate(names)]}


def found(document: Any, folder: Path, consumer: str, *, classes: list[str] | None = None) -> list[tuple[str, str, str]]:
    """Code, severity and message of the findings about what arrives."""
    path = folder / "a.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    expected = None if classes is None else CategoryList.from_names(classes)
    report = cocoproof.check(path, consumers=consumer, categories=expected, reload="never")
    return [(one.code, one.severity.value, one.message) for one in report.findings if one.code in ("COCO110", "COCO111", "COCO112")]


@pytest.mark.parametrize("consumer", ["mmdetection", "mmrotate"])
def test_one_misspelt_class_is_lost_and_shifts_the_rest(consumer: str, tmp_path: Path) -> None:
    lost, shifted = found(zoo("ant", "bees", "cow", "dog", "eel"), tmp_path, consumer, classes=ANIMALS)
    assert lost[:2] == ("COCO111", "error")
    assert '"bees" 2' in lost[2]
    assert shifted[:2] == ("COCO112", "error")
    assert "6 annotations of 3 classes another class" in shifted[2]
    assert "'cow' has label 1, which is class 'bee'" in shifted[2]


@pytest.mark.parametrize("consumer", ["mmdetection", "mmrotate"])
def test_the_list_of_the_user_counts(consumer: str, tmp_path: Path) -> None:
    assert found(zoo(*ANIMALS), tmp_path, consumer, classes=ANIMALS) == []
    assert {one[:2] for one in found(zoo(*ANIMALS), tmp_path, consumer)} >= {("COCO111", "error")}


@pytest.mark.parametrize("consumer", ["transformers", "paddledetection", "sahi", "detectron2"])
def test_a_loader_that_reads_the_categories_needs_no_list(consumer: str, tmp_path: Path) -> None:
    assert found(zoo("ant", "bees", "cow", "dog", "eel"), tmp_path, consumer, classes=ANIMALS) == []


def test_cocos_own_categories_are_mmdetections(tmp_path: Path) -> None:
    document = dataset([{"category_id": number, "bbox": [4, 5, 20, 16]} for number in COCO_CATEGORIES])
    document |= {"categories": [{"id": number, "name": name} for number, name in COCO_CATEGORIES.items()]}
    assert found(document, tmp_path, "mmdetection") == []


def test_long_names_are_cut(tmp_path: Path) -> None:
    _, shifted = found(zoo("ant", "x", "b" * 10**6), tmp_path, "mmdetection", classes=["ant", "a" * 10**6, "b" * 10**6])
    assert shifted[0] == "COCO112"
    assert len(shifted[2]) < 1000


@pytest.mark.parametrize("consumer", ["mmdetection", "mmpose", "transformers", "paddledetection"])
def test_crowds_are_lost_silently(consumer: str, tmp_path: Path) -> None:
    points = {"keypoints": [6, 7, 2], "num_keypoints": 1} if consumer == "mmpose" else {}
    some, crowds = (dataset([points, {"iscrowd": 1, **points}]), dataset([{"iscrowd": 1, **points}]))
    for document in (some, crowds) if points else ():
        document["categories"][0]["keypoints"] = ["nose"]
    if consumer == "mmdetection":
        crowds["categories"], some["categories"] = (
            [{"id": number, "name": name} for number, name in COCO_CATEGORIES.items()] for _ in range(2)
        )
    ((code, severity, message),) = found(some, tmp_path, consumer)
    assert (code, severity) == ("COCO111", "warning")
    assert "drops 1 of 2 annotations" in message
    ((code, severity, _),) = found(crowds, tmp_path, consumer)
    assert (code, severity) == ("COCO111", "error")


def test_images_alone_that_stop_a_loader_are_an_error(tmp_path: Path) -> None:
    images = dataset(document={"annotations": GONE, "categories": GONE})
    ((code, severity, message),) = found(images, tmp_path, "sahi")
    assert (code, severity) == ("COCO111", "error")
    assert "KeyError: 'categories'" in message
    assert found(images, tmp_path, "transformers") == []
    assert [one[0] for one in found(images, tmp_path, "mmdetection")] == ["COCO110"]
