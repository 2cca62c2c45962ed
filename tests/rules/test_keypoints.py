"""Keypoint rules against plain Python, next to broken rows, and for results."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, Verdict
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import GONE, dataset, keypoint_dataset, results

from ..examples import thorough

_MINE = [rule for rule in RULES if rule.code.startswith("COCO7")]
_SOUND = [6, 7, 2, 10, 12, 1, 0, 0, 0]


def _check(document: Any, truth: Any = None) -> FileReport:
    return check_source(read_document(document), CheckSettings(rules=_MINE, truth=None if truth is None else read(read_document(truth))))


def _places(document: Any, truth: Any = None) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in _check(document, truth).findings]


def _messages(document: Any, truth: Any = None) -> list[str]:
    return [finding.message for finding in _check(document, truth).findings]


def _verdict(report: FileReport, code: str) -> Verdict:
    return next(rule.verdict for rule in report.rules if rule.code == code)


_POINT = st.tuples(
    st.sampled_from([-1, 0, 3.5, 48, 49, 64, 64.5]), st.sampled_from([-1, 0, 3.5, 48, 49]), st.sampled_from([-1, 0, 1, 1.5, 2, 3])
)


@thorough(150)
@given(people=st.lists(st.tuples(st.lists(_POINT, min_size=2, max_size=4), st.integers(0, 3), st.booleans()), max_size=5))
def test_agrees_with_plain_python(people: list[tuple[list[tuple[float, float, float]], int, bool]]) -> None:
    rows = []
    due: set[tuple[str, str]] = set()
    for place, (points, said, cut) in enumerate(people):
        flat = [number for point in points for number in point]
        flat = flat[:-1] if cut else flat
        rows.append({"keypoints": flat, "num_keypoints": said})
        at = f"/annotations/{place}"
        if len(flat) != 9:
            due.add(("COCO701", f"{at}/keypoints"))
            continue
        if said != sum(v > 0 for _, _, v in points):
            due.add(("COCO702", f"{at}/num_keypoints"))
        odd = [k for k, (_, _, v) in enumerate(points) if v not in (0, 1, 2)]
        due |= {("COCO703", f"{at}/keypoints/{3 * k + 2}") for k in odd[:1]}
        # The image is 64 x 48 px.
        off = [k for k, (x, y, v) in enumerate(points) if v > 0 and not (0 <= x <= 64 and 0 <= y <= 48)]
        due |= {("COCO704", f"{at}/keypoints/{3 * k}") for k in off[:1]}
        placed = [k for k, (x, y, v) in enumerate(points) if v == 0 and (x, y) != (0, 0)]
        due |= {("COCO706", f"{at}/keypoints/{3 * k}") for k in placed[:1]}
    found = _places(keypoint_dataset(rows))
    assert set(found) == due
    assert len(found) == len(due)


@pytest.mark.parametrize("broken", [None, "x", [[6, 7, 2], 0], [6, "seven", 2, 0, 0, 0, 0, 0, 0], GONE])
def test_broken_keypoints_are_left_to_reading(broken: Any) -> None:
    document = keypoint_dataset(
        [{"keypoints": broken, "num_keypoints": 9}, {"num_keypoints": 3}, {"keypoints": [6, 7, 2, 10, 12, 5, 0, 0, 0]}]
    )
    assert _places(document) == [("COCO702", "/annotations/1/num_keypoints"), ("COCO703", "/annotations/2/keypoints/5")]


def test_broken_neighbours_give_no_hit() -> None:
    far = [999, 999, 2, 0, 0, 0, 0, 0, 0]
    no_image = keypoint_dataset([{"keypoints": far, "num_keypoints": 1, "image_id": 9}])
    no_size = keypoint_dataset([{"keypoints": far, "num_keypoints": 1}], images=[{"width": None}])
    no_count = keypoint_dataset([{"num_keypoints": "two"}])
    no_category = keypoint_dataset([{"category_id": 9, "keypoints": [6, 7, 2], "num_keypoints": 1}])
    broken_names = keypoint_dataset(
        [{"keypoints": [6, 7, 2], "num_keypoints": 1}], categories=[{"keypoints": "nose", "skeleton": [[0, 9]]}]
    )
    for document in (no_image, no_size, no_count, no_category, broken_names):
        assert _places(document) == []
    assert _verdict(_check(no_size), "COCO704") is Verdict.SKIPPED
    assert _verdict(_check(broken_names), "COCO707") is Verdict.SKIPPED
    assert _verdict(_check(broken_names), "COCO705") is Verdict.SKIPPED


def test_a_keypoint_is_named_and_the_others_counted() -> None:
    document = keypoint_dataset([{"keypoints": [99, 7, 2, 10, 99, 1, 0, 0, 7], "num_keypoints": 3}])
    assert _messages(document) == [
        "annotation 1 (image 1, 1.jpg): the visibility of keypoint 3 (right) is 7; it must be 0, 1 or 2",
        "annotation 1 (image 1, 1.jpg): keypoint 1 (nose) is at (99, 7), outside the image of 64 x 48 px (2 keypoints of it lie outside)",
    ]


@pytest.mark.parametrize(
    ("numbers", "pairs"),
    [([6, 7, 10, 12, 8, 9], True), ([6, 7, 2, 10, 12, 1], False)],
)
def test_pairs_are_told_from_missing_keypoints(numbers: list[float], pairs: bool) -> None:
    (message,) = _messages(keypoint_dataset([{"keypoints": numbers, "num_keypoints": 2}]))
    assert ("these look like pairs" in message) is pairs


@pytest.mark.parametrize(
    ("skeleton", "message"),
    [
        (
            [[0, 1], [0, 2]],
            "category 1 (cat): the skeleton looks 0-based: its indices run from 0 to 2, where COCO counts the 3 keypoints from 1; add 1 to each",
        ),
        ([[0, 1], [2, 3]], "category 1 (cat): the skeleton names keypoint 0; there are 1..3"),
        ([[1, 2], [16, 14]], "category 1 (cat): the skeleton names keypoint 16 (and 1 more); there are 1..3"),
        ([[-(2**63), 2**63 - 1]], f"category 1 (cat): the skeleton names keypoint {-(2**63)} (and 1 more); there are 1..3"),
    ],
)
def test_skeletons(skeleton: list[list[int]], message: str) -> None:
    assert _messages(keypoint_dataset(categories=[{"skeleton": skeleton}])) == [message]


def test_one_skeleton_of_many() -> None:
    document = keypoint_dataset([], categories=[{"skeleton": GONE}, {"skeleton": []}, {"skeleton": [[1, 2], [3, 4]]}, {}])
    document["annotations"] = [keypoint_dataset()["annotations"][0]]
    assert _places(document) == [("COCO705", "/categories/2/skeleton/1/1")]


def test_a_skeleton_without_keypoints() -> None:
    document = keypoint_dataset(categories=[{}, {"keypoints": GONE, "skeleton": [[1, 2]]}])
    assert _messages(document) == ["category 2 (dog): the skeleton joins keypoints 1 to 2, but the category defines no keypoints"]


def _result(numbers: list[float]) -> dict[str, Any]:
    return {"bbox": GONE, "keypoints": numbers}


def test_results_are_held_to_the_truth_s_definition() -> None:
    rows = results([_result(_SOUND), _result(_SOUND[:6]), _result([*_SOUND, 1])])
    assert _places(rows, keypoint_dataset()) == [("COCO701", "/1/keypoints"), ("COCO701", "/2/keypoints")]
    assert _places(rows, dataset()) == [("COCO707", f"/{place}/keypoints") for place in range(3)]


def test_what_a_model_predicts_is_not_judged_as_labels_are() -> None:
    rows = results([_result([999, -9, 0.25, 1, 1, 0, 5, 5, 17])])
    assert _places(rows, keypoint_dataset()) == []


def test_results_without_truth_are_skipped_not_passed() -> None:
    report = _check(results([_result([1, 2, 3])]))
    assert {_verdict(report, rule.code) for rule in _MINE} == {Verdict.SKIPPED}
    reasons = {rule.code: str(rule.reason) for rule in report.rules}
    assert all("needs a ground truth (--gt FILE)" in reasons[code] for code in ("COCO701", "COCO707"))
