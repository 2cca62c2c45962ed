"""Copies and near copies, held to comparing all pairs."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as reference

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.geometry.near_boxes import near_boxes, near_groups
from cocoproof.model.findings import FileReport, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules import duplicates
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import GONE, captions, dataset, keypoint_dataset, results
from cocoproof.rules.thresholds import Thresholds

from ..examples import thorough

_MINE = [rule for rule in RULES if rule.code in {"COCO206", "COCO210"}]
_A, _B = [4, 5, 24, 5, 24, 21, 4, 21], [4, 5, 24, 5, 24, 21]


def _check(document: Any, iou: float = 0.95) -> FileReport:
    return check_source(read_document(document), CheckSettings(rules=_MINE, thresholds=Thresholds(near_duplicate_iou=iou)))


def _places(document: Any, iou: float = 0.95) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in _check(document, iou).findings]


_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "image_id": st.sampled_from([1, 2, 9]),
            "category_id": st.sampled_from([1, 2]),
            "bbox": st.sampled_from([[4, 5, 40, 16], [4, 5, 40, 16.5], [4, 5, 39, 16], [4, 25, 40, 16], [4, 5, 40, 0]]),
            "segmentation": st.sampled_from([GONE, [_A], [_B]]),
        }
    ),
    max_size=10,
)


@thorough(150)
@given(_ROWS)
def test_agrees_with_comparing_all_pairs(changes: list[dict[str, Any]]) -> None:
    document = dataset(changes, images=[{}, {}])
    rows = document["annotations"]
    keys = [json.dumps([row[name] for name in ("image_id", "category_id", "bbox")] + [row.get("segmentation")]) for row in rows]
    copies = [k for k, key in enumerate(keys) if key in keys[:k]]
    # Whatever the order of the file: of three boxes, each near the next alone, two are found.
    others = sorted((k for k in range(len(rows)) if k not in copies), key=lambda k: rows[k]["bbox"][::-1])
    near = [k for at, k in enumerate(others) if any(_near(rows[k], rows[j]) for j in others[:at])]
    findings = _check(document).findings
    assert [finding.pointer for finding in findings if finding.code == "COCO206"] == [f"/annotations/{k}" for k in copies]
    pairs = [[int(pointer.split("/")[2]) for pointer in (finding.pointer, *finding.related)] for finding in findings[len(copies) :]]
    assert len(pairs) == len(near)
    assert {k for pair in pairs for k in pair} >= set(near)
    assert all(later > earlier and _near(rows[later], rows[earlier]) for later, earlier in pairs)


def _near(row: dict[str, Any], other: dict[str, Any]) -> bool:
    if row["image_id"] == 9 or row["image_id"] != other["image_id"] or row["category_id"] != other["category_id"]:
        return False
    boxes = np.array([row["bbox"], other["bbox"]], float)
    return bool((boxes[:, 3] > 0).all() and reference.iou(boxes[:1], boxes[1:], [0])[0, 0] > 0.95)


@pytest.mark.parametrize("change", [{"image_id": 1.5}, {"category_id": None}, {"bbox": [4, 5, 20]}, {"bbox": GONE}, {"segmentation": "x"}])
def test_broken_rows_are_no_copies_and_hide_none(change: dict[str, Any]) -> None:
    copy = {"bbox": [4, 5, 20, 16], "segmentation": [_A]}
    broken = copy | change
    report = _check(dataset([{}, broken, broken, copy]))
    found = [finding.pointer for finding in report.findings if finding.code == "COCO206"]
    assert found == ["/annotations/3"]
    reason = next(rule.reason for rule in report.rules if rule.code == "COCO206")
    assert reason is not None
    assert reason.startswith("2 of 4 annotations have no ")


def test_masks_that_cannot_be_decoded_are_not_called_the_same() -> None:
    masks = [{"size": [48, 64], "counts": "U6`"}, {"size": [48, 64], "counts": "U7p"}]
    report = _check(dataset([{"bbox": [4, 5, 20, 16], "segmentation": mask} for mask in masks]))
    assert [finding.code for finding in report.findings] == ["COCO210"]
    assert next(rule.verdict for rule in report.rules if rule.code == "COCO206") is Verdict.SKIPPED


def test_a_copy_of_a_dangling_annotation_is_a_copy() -> None:
    gone = {"bbox": [4, 5, 20, 16], "segmentation": [_A], "image_id": 99}
    assert _places(dataset([gone, gone])) == [("COCO206", "/annotations/1")]


def test_the_message_names_the_first_of_many() -> None:
    copy = {"bbox": [4, 5, 20, 16], "segmentation": [_A]}
    messages = [finding.message for finding in _check(dataset([{}, copy, {}, copy])).findings]
    assert all("is a copy of annotations[0] (id 1)" in message for message in messages)
    assert len(messages) == 2


def test_keypoints_tell_people_in_one_box_apart() -> None:
    same = {"bbox": [4, 5, 20, 16], "segmentation": [_A]}
    assert _places(keypoint_dataset([{}, same])) == [("COCO206", "/annotations/1")]
    other = same | {"keypoints": [6, 7, 2, 10, 12, 1, 1, 1, 1]}
    assert _places(keypoint_dataset([{}, other])) == [("COCO210", "/annotations/1/bbox")]


def test_the_threshold_is_an_option() -> None:
    document = dataset([{"bbox": [0, 0, 40, 20]}, {"bbox": [0, 0, 30, 20]}])
    assert not _places(document, 0.75)
    assert _places(document, 0.7499) == [("COCO210", "/annotations/1/bbox")]


def compare_at_most(pairs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for function in (near_boxes, near_groups):
        monkeypatch.setattr(duplicates, function.__name__, partial(function, max_pairs=pairs))


@pytest.mark.parametrize(("step", "verdict", "reason"), [(0.01, Verdict.FAILED, "lower bound"), (0.6, Verdict.SKIPPED, "too many boxes")])
def test_a_heap_of_boxes_is_never_passed_unseen(monkeypatch: pytest.MonkeyPatch, step: float, verdict: Verdict, reason: str) -> None:
    compare_at_most(2, monkeypatch)
    report = _check(dataset([{"segmentation": GONE, "bbox": [4 + k * step, 30 - k * step * 5 / 3, 20, 16]} for k in range(9)]))
    result = next(rule for rule in report.rules if rule.code == "COCO210")
    assert result.verdict is verdict
    assert result.reason is not None
    assert reason in result.reason


def test_what_was_left_uncompared_is_told_though_another_image_has_near_duplicates(monkeypatch: pytest.MonkeyPatch) -> None:
    compare_at_most(9, monkeypatch)
    heap: list[dict[str, Any]] = [{"bbox": [4 + k * 0.6, 30 - k, 20, 16], "image_id": 2} for k in range(9)]
    report = _check(dataset([{"bbox": [0, 0, 40, 20]}, {"bbox": [0, 0, 39, 20]}, *heap], images=[{}, {}]))
    assert [finding.pointer for finding in report.findings] == ["/annotations/1/bbox"]
    reason = next(rule.reason for rule in report.rules if rule.code == "COCO210")
    assert reason is not None
    assert "lower bound" in reason


def test_captions_and_results_may_repeat_themselves() -> None:
    for document in (captions([{"caption": "a cat"}] * 2), results([{"bbox": [4, 5, 20, 16]}] * 2)):
        assert {rule.verdict for rule in _check(document).rules} == {Verdict.SKIPPED}
