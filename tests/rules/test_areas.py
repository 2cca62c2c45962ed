"""Area, box and segmentation held to one another."""

from __future__ import annotations

import math
from typing import Any

import pytest
from pycocotools import mask as mask_utils

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model import budgets
from cocoproof.model.findings import FileReport, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import find
from cocoproof.rules.examples import GONE, dataset
from cocoproof.rules.thresholds import Thresholds

BAND = [3, 3.4, 60, 3.4, 60, 4.6, 3, 4.6]


def check(document: Any, *codes: str, **options: Any) -> FileReport:
    rules = [rule for code in codes or ["COCO506", "COCO507", "COCO508"] for rule in find(code)]
    return check_source(read_document(document), CheckSettings(rules=rules, **options))


def codes(document: Any, **options: Any) -> list[str]:
    return [finding.code for finding in check(document, **options).findings]


def one(area: float, rings: Any, box: Any = GONE) -> Any:
    return dataset([{"area": area, "segmentation": rings, "bbox": box}])


def test_an_area_may_be_off_by_a_share_or_a_little() -> None:
    square = [[0, 0, 20, 0, 20, 20, 0, 20]]
    assert not codes(one(420, square))
    assert codes(one(420.1, square)) == ["COCO506"]
    assert not codes(one(420.1, square), thresholds=Thresholds(area_tolerance=0.06))
    assert not codes(one(380, square))
    assert codes(one(379.9, square)) == ["COCO506"]
    speck = [[0, 0, 2, 0, 2, 2, 0, 2]]
    assert not codes(one(6, speck))
    assert codes(one(6.1, speck)) == ["COCO506"]
    assert not codes(one(6.1, speck), thresholds=Thresholds(area_slack=3))


def test_rings_that_overlap_count_alone_or_united() -> None:
    rings = [[0, 0, 20, 0, 20, 20, 0, 20], [10, 0, 30, 0, 30, 20, 10, 20]]
    assert not codes(one(800, rings))
    assert not codes(one(600, rings))
    report = check(one(700, rings))
    assert [finding.message.partition(": ")[2] for finding in report.findings] == ["area is 700, the segmentation's is 600 square pixels"]


def test_a_bow_tie_encloses_both_lobes() -> None:
    bow = [[0, 0, 20, 40, 20, 0, 0, 40]]
    assert not codes(one(400, bow))
    assert codes(one(300, bow)) == ["COCO506"]


def test_pixels_as_pycocotools_sets_them_will_do() -> None:
    """A band just wide enough to take in the middles of two rows of pixels."""
    ring = BAND
    pixels = int(mask_utils.area(mask_utils.frPyObjects([ring], 48, 64))[0])
    area = 57 * 1.2
    assert pixels > 1.5 * area
    assert not codes(one(pixels, [ring]))
    assert not codes(one(area, [ring]))
    assert codes(one((pixels + area) / 2, [ring])) == ["COCO506"]


def test_a_contour_through_pixel_centres_is_found() -> None:
    """What supervision writes for a mask of 20 x 30 px: its contour through pixel centres, but the mask's area."""
    ring = [5, 5, 24, 5, 24, 34, 5, 34]
    assert codes(one(600, [ring])) == ["COCO506"]


def test_an_rle_counts_by_its_pixels() -> None:
    rle = {"size": [48, 64], "counts": [197, 16, 2859]}
    assert not codes(one(16, rle))
    assert codes(one(30, rle)) == ["COCO506"]


def test_a_broken_mask_leaves_the_area_unjudged_a_missing_one_does_not() -> None:
    for broken in ([[0, 0, 1, 1, 2]], [[0, 0, 1, 1]], {"size": [48, 64], "counts": [5]}, "x"):
        report = check(one(9999, broken, [4, 5, 20, 16]), "COCO506", "COCO508")
        assert not report.findings
        assert {result.verdict for result in report.rules if result.code != "COCO999"} == {Verdict.SKIPPED}
    for none in (GONE, []):
        assert codes(one(9999, none, [4, 5, 20, 16])) == ["COCO506"]
        assert not codes(one(9999, none))


def test_pixels_are_not_counted_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    ring = BAND
    pixels = int(mask_utils.area(mask_utils.frPyObjects([ring], 48, 64))[0])
    document = dataset([{"area": pixels, "segmentation": [ring], "bbox": GONE}] * 4)
    assert not codes(document)
    monkeypatch.setattr(budgets, "PIXEL_PASSES", 300)
    report = check(document, "COCO506")
    assert [finding.annotation_id for finding in report.findings] == [3, 4]
    assert "pixels of 2 polygons were not counted" in str(report.rules[0].reason)


@pytest.mark.parametrize("edge", range(4))
def test_each_edge_of_the_box_is_held_to_the_envelope(edge: int) -> None:
    ring = [[10, 10, 30, 10, 30, 40, 10, 40]]
    for by, found in ((-2, []), (-2.5, ["COCO508"]), (2, []), (2.5, ["COCO508"])):
        corners = [10.0, 10, 30, 40]
        corners[edge] += by
        box = [*corners[:2], corners[2] - corners[0], corners[3] - corners[1]]
        assert codes(one(600, ring, box)) == found


def test_the_envelope_is_that_of_all_rings_and_of_rles() -> None:
    rings = [[10, 10, 12, 10, 12, 12, 10, 12], [30, 30, 40, 30, 40, 45, 30, 45]]
    assert not codes(one(154, rings, [10, 10, 30, 35]))
    assert codes(one(154, rings, [30, 30, 10, 15])) == ["COCO508"]
    rle = {"size": [48, 64], "counts": [197, 16, 2859]}
    assert not codes(one(16, rle, [4, 5, 1, 16]))
    assert codes(one(16, rle, [4, 5, 4, 16])) == ["COCO508"]
    # Of another size than the image: COCO607 says so, and its pixels lie elsewhere.
    assert not codes(one(16, {"size": [47, 64], "counts": [197, 16, 2795]}, [40, 5, 1, 16]))


def test_huge_numbers_crash_nothing() -> None:
    huge = [[0, 0, 1e300, 0, 1e300, 1e300]]
    report = check(dataset([{"area": 1e300, "segmentation": huge, "bbox": [1e300, 0, 1e308, 1e308]}, {"area": 1e-300}]))
    assert not [result for result in report.rules if result.verdict is Verdict.CRASHED]
    assert all(math.isfinite(len(finding.message)) for finding in report.findings)


def test_polygons_that_cross_too_often_are_not_judged() -> None:
    """GEOS needs half a minute to unite a grid of 500 by 500 bars, and over a minute for 300 points out of order."""
    bars = [[i / 8, 0, i / 8 + 0.1, 0, i / 8 + 0.1, 48, i / 8, 48] for i in range(400)]
    grid = bars + [[bar[k ^ 1] for k in range(8)] for bar in bars]
    points = [[(k * k * 7919 % 4801) / 100 for k in range(600)]]
    for rings in (grid, points):
        report = check(one(1500, rings, [0, 0, 64, 48]), "COCO506")
        assert report.rules[0].verdict is Verdict.SKIPPED
        assert report.rules[0].reason == "1 of 1 annotations not checked, over the budget of operations: the polygons meet too often"
    both = check(dataset([{"area": 1500, "segmentation": points}, {"area": 270, "bbox": [4, 5, 20, 16]}]), "COCO506")
    assert [finding.pointer for finding in both.findings] == ["/annotations/1/area"]
    assert both.rules[0].reason is not None


def test_areas_of_masks_that_the_file_does_not_have_are_not_checked() -> None:
    def rows(shares: list[float]) -> list[dict[str, object]]:
        sides = enumerate(shares, 10)
        return [{"bbox": [4, 5, 2 * side, side], "area": 2 * side * side * share, "segmentation": GONE} for side, share in sides]

    def verdict(shares: list[float]) -> tuple[int, bool]:
        report = check_source(read_document(dataset(rows(shares))), CheckSettings(rules=find("COCO506")))
        return report.rules[0].count, "masks that the file does not have" in (report.rules[0].reason or "")

    assert verdict([0.5, 0.4, 0.7, 0.6, 0.98]) == (0, True)
    assert verdict([0.5, 0.4, 0.7, 0.6, 1.7]) == (5, False)  # larger than the box: no mask is
    assert verdict([0.5, 0.4, 1, 1, 1]) == (2, False)  # most are those of boxes
    assert verdict([0.5] * 5) == (1, False)  # one multiple of the box
