"""Boxes: where they lie, and in which form they stand."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, RuleResult, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import find
from cocoproof.rules.examples import GONE, dataset, results
from cocoproof.rules.thresholds import Thresholds

from ..examples import thorough

CODES = ["COCO501", "COCO502", "COCO503", "COCO504", "COCO505", "COCO509", "COCO510"]


def check(document: Any, *codes: str, **options: Any) -> FileReport:
    rules = [rule for code in codes or CODES for rule in find(code)]
    return check_source(read_document(document), CheckSettings(rules=rules, **options))


def boxed(*boxes: Any, **change: Any) -> Any:
    return dataset([{"bbox": list(box), "segmentation": GONE, **change} for box in boxes])


def verdict(report: FileReport, code: str) -> RuleResult:
    return next(result for result in report.rules if result.code == code)


def pointers(report: FileReport, code: str) -> list[str]:
    return [finding.pointer for finding in report.findings if finding.code == code]


side = st.one_of(st.sampled_from([-2.0, -1, -0.5, 0, 0.5, 1, 2, 20, 21, 47, 48, 49, 50, 63, 64, 65, 66]), st.floats(-99, 99))


@thorough(100)
@given(st.lists(st.tuples(side, side, side, side), min_size=1, max_size=6))
def test_place_and_size_as_plain_python_has_them(boxes: list[tuple[float, float, float, float]]) -> None:
    # One box far outside keeps the file from reading as corners or fractions.
    strays = [(70.0, 60, 1, 1)] * len(boxes)
    report = check(boxed(*boxes, *strays))
    expected: dict[str, list[str]] = {code: [] for code in CODES}
    for k, (x, y, w, h) in enumerate([*boxes, *strays]):
        place = f"/annotations/{k}/bbox"
        if w <= 0 or h <= 0:
            expected["COCO501"].append(place)
            continue
        if x >= 64 or y >= 48 or x + w <= 0 or y + h <= 0:
            expected["COCO503"].append(place)
        elif x < -1 or y < -1 or x + w > 65 or y + h > 49:
            expected["COCO502"].append(place)
        if min(w, h) < 1:
            expected["COCO510"].append(place)
        elif max(w, h) > 20 * min(w, h):
            expected["COCO509"].append(place)
    assert {code: pointers(report, code) for code in CODES} == expected


def test_tolerances_are_the_options() -> None:
    document = boxed((50, 5, 17, 4))
    assert check(document).findings[0].message.endswith("reaches 3 px past the right edge of its image of 64 x 48 px")
    assert not check(document, thresholds=Thresholds(box_tolerance=3)).findings
    assert pointers(check(document, thresholds=Thresholds(aspect_ratio=4)), "COCO509") == ["/annotations/0/bbox"]
    assert pointers(check(document, thresholds=Thresholds(tiny_box=4.5)), "COCO510") == ["/annotations/0/bbox"]


CORNERS = [(30, 20, 50, 36), (8, 30, 60, 46), (20, 5, 60, 20)]


def test_corners_are_told_once_and_what_follows_is_skipped() -> None:
    report = check(boxed(*CORNERS), *CODES, "COCO506", "COCO508")
    assert [finding.code for finding in report.findings] == ["COCO504"]
    assert report.findings[0].message.startswith("3 of 3 boxes read as [x1, y1, x2, y2]")
    for code in ("COCO502", "COCO503", "COCO506", "COCO508", "COCO509", "COCO510"):
        assert verdict(report, code).verdict is Verdict.SKIPPED
        assert "3 of 3 annotations have no box in pixels as [x, y, width, height]" in str(verdict(report, code).reason)


def test_a_box_that_is_no_corners_among_those_that_are_is_still_judged() -> None:
    report = check(boxed(*CORNERS * 5, (60, 5, 20, 16)))
    assert pointers(report, "COCO504") == ["/annotations/0/bbox"]
    assert pointers(report, "COCO502") == ["/annotations/15/bbox"]
    assert verdict(report, "COCO502").verdict is Verdict.FAILED


def test_the_share_is_an_option() -> None:
    document = boxed(*CORNERS, (60, 5, 20, 16))
    assert not pointers(check(document), "COCO504")
    assert pointers(check(document, thresholds=Thresholds(suspicious_share=0.75)), "COCO504")


def test_fractions_are_told_once_and_what_follows_is_skipped() -> None:
    document = boxed(*[(0.1, 0.2, 0.3, 0.4)] * 9, (0, 0, 1, 1), area=0.12)
    report = check(document, *CODES, "COCO506", "COCO508")
    assert [finding.code for finding in report.findings] == ["COCO505"]
    assert report.findings[0].message.startswith("10 of 10 boxes read as fractions of the image")
    assert verdict(report, "COCO510").verdict is Verdict.SKIPPED


def test_results_are_judged_on_the_images_of_their_ground_truth() -> None:
    rows = results([{"bbox": [50, 5, 20, 16]}, {"bbox": [4, 5, 0, 16]}])
    alone = check(rows)
    assert [finding.pointer for finding in alone.findings] == ["/1/bbox"]
    assert verdict(alone, "COCO502").verdict is Verdict.SKIPPED
    from cocoproof.reading.document import read

    held = check(rows, truth=read(read_document(dataset())))
    assert [(finding.code, finding.pointer) for finding in held.findings] == [
        ("COCO501", "/1/bbox"),
        ("COCO502", "/0/bbox"),
    ]


@pytest.mark.parametrize(
    "change",
    [
        {"bbox": [1, 2, 3]},
        {"bbox": ["4", 5, 20, 16]},
        {"bbox": None},
        {"bbox": GONE},
        {"image_id": 99},
        {"image_id": "1"},
        {"bbox": [1e300, -1e300, 1e300, 1e300]},
        {"bbox": [-1e308, 1e308, 1e308, 1e308]},
    ],
)
def test_broken_neighbours_hide_nothing(change: Any) -> None:
    document = dataset([change, {"bbox": [50, 5, 20, 16]}, {"bbox": [4, 5, -1, 2]}, {"bbox": [4, 50, 8, 9]}])
    report = check(document)
    assert "/annotations/1/bbox" in pointers(report, "COCO502")
    assert "/annotations/2/bbox" in pointers(report, "COCO501")
    assert "/annotations/3/bbox" in pointers(report, "COCO503")
    assert not [result for result in report.rules if result.verdict is Verdict.CRASHED]


def test_a_sound_file_passes() -> None:
    assert {result.verdict for result in check(dataset()).rules} == {Verdict.PASSED}
