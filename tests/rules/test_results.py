"""Results lists: against their ground truth and by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, Verdict
from cocoproof.reading.document import read
from cocoproof.reading.source import Source, read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import GONE, captions, dataset, results
from cocoproof.rules.thresholds import Thresholds

_MINE = [rule for rule in RULES if rule.code in {"COCO911", "COCO912", "COCO913", "COCO914", "COCO915"}]
_CAPTION = {"bbox": GONE, "category_id": GONE, "score": GONE, "caption": "a cat"}


def _check(document: Any, truth: Any = None, thresholds: Thresholds | None = None) -> FileReport:
    source = Source("x.json", document) if isinstance(document, bytes) else read_document(document)
    truth_document = None if truth is None else read(read_document(truth))
    return check_source(source, CheckSettings(rules=_MINE, truth=truth_document, thresholds=thresholds or Thresholds()))


def _places(document: Any, truth: Any = None) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in _check(document, truth).findings]


def test_references_go_to_the_truth() -> None:
    truth = dataset([{}], images=[{"id": 5}, {"id": 6}], categories=[{"id": 3}, {"id": 4}])
    rows = results([{"image_id": 5, "category_id": 3}, {"image_id": 1, "category_id": 4}, {"image_id": 6, "category_id": 1}])
    assert _places(rows, truth) == [("COCO911", "/1/image_id"), ("COCO912", "/2/category_id")]
    messages = [finding.message for finding in _check(rows, truth).findings]
    assert messages[0] == "result 1 (image 1): image_id 1 is not the id of an image of the ground truth; its ids: 5..6"
    assert messages[1].endswith("category_id 1 is not the id of a category of the ground truth; its ids: 3..4")


def test_without_a_truth_references_are_skipped() -> None:
    report = _check(results([{"image_id": 77, "category_id": 77}]))
    assert report.findings == ()
    assert [rule.verdict for rule in report.rules][:2] == [Verdict.SKIPPED] * 2


def test_the_wrong_truth_is_suspected_when_nothing_fits() -> None:
    some = _check(results([{}, {"image_id": 8}]), dataset()).findings
    none = _check(results([{"image_id": 7}, {"image_id": 8}]), dataset()).findings
    assert ["right ground truth" in finding.message for finding in (*some, *none)] == [False, True, True]


@pytest.mark.parametrize(("ids", "zero_based"), [([0, 1], True), ([0, 1, 2], False), ([3], False)])
def test_class_indices_in_place_of_ids(ids: list[int], zero_based: bool) -> None:
    findings = _check(results([{"category_id": number} for number in ids]), dataset()).findings
    assert findings
    assert all(("look 0-based" in finding.message) is zero_based for finding in findings)


def test_broken_references_are_left_to_reading() -> None:
    rows = results([{"image_id": None, "category_id": None}, {"category_id": GONE}])
    assert _places(rows, dataset()) == []


@pytest.mark.parametrize(
    ("score", "bad"),
    [
        (b"0", False),
        (b"1", False),
        (b"1.0", False),
        (b"5e-324", False),
        (b"-0.0", False),
        (b"1.0000000001", True),
        (b"-1e-9", True),
        (b"NaN", True),
        (b"Infinity", True),
        (b"-Infinity", True),
        (b"1e400", True),
        (b"null", True),
        (b"true", True),
        (b'"0.5"', True),
        (b"[0.5]", True),
        (b"{}", True),
    ],
)
def test_scores(score: bytes, bad: bool) -> None:
    text = b'[{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": ' + score + b"}]"
    findings = [finding for finding in _check(text).findings if finding.code == "COCO913"]
    assert [finding.pointer for finding in findings] == ["/0/score"] * bad
    assert all((finding.line, finding.column) == (1, text.index(score) + 1) for finding in findings)


def test_captions_need_no_score_and_broken_rows_have_none() -> None:
    assert _places(results([_CAPTION, _CAPTION]), captions()) == []
    assert _places(results([{}, None])) == []


def test_mixed_types_are_one_finding() -> None:
    mask = {"bbox": GONE, "segmentation": {"size": [48, 64], "counts": [10, 5, 3057]}}
    (finding,) = _check(results([mask, *[{}] * 50])).findings
    assert finding.message == "result 1 (image 1): has bbox, but result 0 has segmentation; 50 of 51 results differ from the first"
    # What no type can be told of is left out of the comparison.
    assert _places(results([None, {}, {"bbox": GONE}, {}])) == []
    assert _places(results([_CAPTION, {}])) == [("COCO914", "/1")]


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_results_an_image_are_counted(limit: int) -> None:
    images = [9, 1, 1, 9, 9, 4, 1, 9]
    findings = _check(results([{"image_id": number} for number in images]), thresholds=Thresholds(max_detections=limit)).findings
    over = [number for number in dict.fromkeys(images) if images.count(number) > limit]
    assert [finding.image_id for finding in findings] == over
    assert [finding.pointer for finding in findings] == [f"/{images.index(number)}" for number in over]
    for finding, number in zip(findings, over, strict=True):
        assert f"{images.count(number)} results" in finding.message
        assert f"drops {images.count(number) - limit}" in finding.message


def test_the_evaluation_counts_by_category() -> None:
    assert _places(results([{"category_id": 1 + k % 2} for k in range(200)])) == []
    (finding,) = _check(results([{"category_id": 1 + k % 2} for k in range(206)])).findings
    assert finding.message.endswith("206 results are on this image; COCOeval counts 100 of each category, and drops 6")
    assert _places(results([_CAPTION] * 101)) == []
