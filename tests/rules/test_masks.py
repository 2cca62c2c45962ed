"""Run-length masks, and crowds."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from pycocotools import mask as mask_utils

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.geometry.rle import encode_mask
from cocoproof.model.findings import FileReport, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import find
from cocoproof.rules.examples import GONE, dataset

CODES = ["COCO607", "COCO608", "COCO609", "COCO610", "COCO611", "COCO612"]


def check(document: Any) -> FileReport:
    rules = [rule for code in CODES for rule in find(code)]
    return check_source(read_document(document), CheckSettings(rules=rules))


def found(*changes: Any, **options: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer.removeprefix("/annotations")) for finding in check(dataset(changes, **options)).findings]


def rle(mask: np.ndarray, **more: Any) -> Any:
    return {"segmentation": {"size": list(mask.shape), "counts": encode_mask(mask).tolist()}, **more}


def compressed(mask: np.ndarray, **more: Any) -> Any:
    encoded = mask_utils.encode(np.asfortranarray(mask, dtype=np.uint8))
    return {"segmentation": {"size": list(mask.shape), "counts": encoded["counts"].decode()}, **more}


def blob(*boxes: tuple[int, int, int, int], without: tuple[tuple[int, int, int, int], ...] = ()) -> np.ndarray:
    mask = np.zeros((48, 64), bool)
    for x, y, w, h in boxes:
        mask[y : y + h, x : x + w] = True
    for x, y, w, h in without:
        mask[y : y + h, x : x + w] = False
    return mask


SOLID = blob((4, 5, 20, 16))
HOLED = blob((4, 5, 20, 16), without=((8, 8, 3, 3),))
PARTED = blob((4, 5, 8, 16), (14, 5, 8, 16))
SCATTERED = blob(*((4 * k, 5, 2, 2) for k in range(9)))


def test_sound_masks_pass() -> None:
    assert not found(rle(SOLID), compressed(SOLID), rle(HOLED), compressed(PARTED), {})


@pytest.mark.parametrize(
    ("size", "counts", "code", "at"),
    [
        ([64, 48], [3072 - 5, 5], "COCO607", "size"),
        ([48, 63], [3024 - 5, 5], "COCO607", "size"),
        ([48, 64], [3072, 5], "COCO608", "counts"),
        ([48, 64], [5], "COCO608", "counts"),
        ([48, 64], [], "COCO609", "counts"),
        ([48, 64], [-1, 3073], "COCO609", "counts"),
        ([48, 64], [5, 0, 3067], "COCO609", "counts"),
        ([48, 64], [5, 2**70], "COCO609", "counts"),
        ([48, 64], [0, 4000], "COCO609", "counts"),
        ([48, 64], "", "COCO609", "counts"),
        ([48, 64], "\u00e9", "COCO609", "counts"),
        ([48, 64], "PP", "COCO609", "counts"),
        ([48, 64], "PPPPPPPPPP0", "COCO609", "counts"),
        ([0, 64], [0], "COCO609", "size"),
        ([48, -64], "0", "COCO609", "size"),
        ([2**40, 2**40], [5], "COCO609", "size"),
    ],
)
def test_each_fault_is_told_once(size: Any, counts: Any, code: str, at: str) -> None:
    bad = {"segmentation": {"size": size, "counts": counts}}
    assert found(rle(SOLID), bad, rle(HOLED)) == [(code, f"/1/segmentation/{at}")]


def test_messages_name_the_numbers() -> None:
    report = check(
        dataset(
            [
                {"segmentation": {"size": [64, 48], "counts": [3067, 5]}},
                {"segmentation": {"size": [48, 64], "counts": [5, 6]}},
                {"segmentation": {"size": [48, 64], "counts": [5, 9, -3, 3061]}},
            ]
        )
    )
    assert [finding.message.partition("): ")[2] for finding in report.findings] == [
        "the RLE's size is [64, 48], its image's [height, width] is [48, 64]; the two are swapped",
        "the RLE's counts sum to 11, its size [48, 64] has 3072 pixels",
        "the RLE's counts holds a negative run: run 2, counted from 0, is -3",
    ]


def test_a_mask_too_large_for_pycocotools_is_no_fault() -> None:
    large = {"segmentation": {"size": [5000, 5000], "counts": [24_999_999, 1]}}
    assert not found(large, images=[{"width": 5000, "height": 5000}])


def test_a_mask_without_a_pixel() -> None:
    empty = blob()
    assert found(rle(SOLID), rle(empty), compressed(empty)) == [("COCO611", "/1/segmentation"), ("COCO611", "/2/segmentation")]
    assert found(rle(~empty)) == []


def test_crowds_of_polygons() -> None:
    assert found({}, {"iscrowd": 1}, rle(SOLID, iscrowd=1), {"iscrowd": 1, "segmentation": []}) == [("COCO610", "/1/segmentation")]
    assert not found({"iscrowd": "yes"}, {"iscrowd": 2}, {"iscrowd": GONE})


@pytest.mark.parametrize("form", [HOLED, PARTED])
def test_a_crowd_flag_that_comes_from_the_form_is_noted(form: np.ndarray) -> None:
    assert found({}, rle(form, iscrowd=1), {}, compressed(form, iscrowd=1)) == [("COCO612", "/1/iscrowd"), ("COCO612", "/3/iscrowd")]


def test_two_polygons_flagged_as_a_crowd_are_noted() -> None:
    two = {"segmentation": [[4, 5, 9, 5, 9, 9], [14, 5, 19, 5, 19, 9]], "iscrowd": 1}
    assert found({}, two) == [("COCO610", "/1/segmentation"), ("COCO612", "/1/iscrowd")]


@pytest.mark.parametrize(
    "others",
    [
        [rle(SOLID, iscrowd=1)],  # a crowd in one piece
        [rle(SOLID)],  # an object as RLE
        [{"segmentation": [[4, 5, 9, 5, 9, 9], [14, 5, 19, 5, 19, 9]]}],  # an object of two parts
    ],
)
def test_what_no_such_exporter_writes_clears_the_file(others: list[Any]) -> None:
    assert not found({}, rle(HOLED, iscrowd=1), *others)


def test_a_scattered_crowd_is_a_crowd() -> None:
    assert not found({}, rle(SCATTERED, iscrowd=1))
    assert found({}, rle(SCATTERED, iscrowd=1), rle(HOLED, iscrowd=1)) == [("COCO612", "/2/iscrowd")]


def test_what_supervision_writes_for_holes_is_noted(tmp_path: Any) -> None:
    sv = pytest.importorskip("supervision")
    from PIL import Image  # supervision brings it

    masks = np.stack([SOLID, HOLED, PARTED])
    detections = sv.Detections(xyxy=sv.mask_to_xyxy(masks).astype(float), mask=masks, class_id=np.zeros(3, int))
    picture, path = tmp_path / "1.png", tmp_path / "out.json"
    Image.new("RGB", (64, 48)).save(picture)
    source = sv.DetectionDataset(classes=["cat"], images=[str(picture)], annotations={str(picture): detections})
    source.as_coco(annotations_path=str(path))
    report = check_source(path, CheckSettings(rules=find("COCO612")))
    assert [finding.pointer for finding in report.findings] == ["/annotations/1/iscrowd", "/annotations/2/iscrowd"]


def test_broken_neighbours_hide_nothing() -> None:
    broken: list[Any] = [{"segmentation": "x"}, {"segmentation": {"size": [48], "counts": [1]}}, {"image_id": 7}, {"iscrowd": GONE}]
    report = check(dataset([*broken, {"segmentation": {"size": [48, 64], "counts": [5]}}]))
    assert [(finding.code, finding.pointer) for finding in report.findings] == [("COCO608", "/annotations/4/segmentation/counts")]
    assert not [result for result in report.rules if result.verdict is Verdict.CRASHED]
