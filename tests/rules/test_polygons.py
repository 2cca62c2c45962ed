"""Segmentations that are polygons, or nothing."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, Finding, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules import polygons as polygon_rules
from cocoproof.rules.catalogue import find
from cocoproof.rules.examples import GONE, dataset, results
from cocoproof.rules.thresholds import Thresholds

CODES = ["COCO601", "COCO602", "COCO603", "COCO604", "COCO605", "COCO606"]
SQUARE = [4, 5, 24, 5, 24, 21, 4, 21]
BOW = [4, 5, 24, 21, 24, 5, 4, 21]


def check(document: Any, **options: Any) -> FileReport:
    rules = [rule for code in CODES for rule in find(code)]
    return check_source(read_document(document), CheckSettings(rules=rules, **options))


def found(*rings: Any, **options: Any) -> list[tuple[str, str]]:
    report = check(dataset([{}, {"segmentation": list(rings)}]), **options)
    return [(finding.code, finding.pointer.removeprefix("/annotations/1/segmentation")) for finding in report.findings]


def messages(*rings: Any) -> list[str]:
    findings: tuple[Finding, ...] = check(dataset([{"segmentation": list(rings)}])).findings
    return [finding.message.removeprefix("annotation 1 (image 1, 1.jpg): ") for finding in findings]


def test_every_ring_is_judged_and_named_once() -> None:
    """Of one annotation, each ring with another defect, sound ones between them."""
    rings = [SQUARE, SQUARE[:-1], [], [1, 2], [1, 2, 3], [1, 2, 3, 4], BOW, [4, 5, 9, 9, 14, 13], [70, 5, 60, 5, 60, 60], SQUARE]
    assert found(*rings) == [
        ("COCO601", "/1"),
        ("COCO601", "/4"),
        ("COCO602", "/2"),
        ("COCO602", "/3"),
        ("COCO602", "/5"),
        ("COCO603", "/8/4"),
        ("COCO604", "/7"),
        ("COCO605", "/6"),
    ]
    assert messages(*rings) == [
        "polygon 2 of 10 has 7 numbers; x and y go in pairs",
        "polygon 5 of 10 has 3 numbers; x and y go in pairs",
        "polygon 3 of 10 has no points; it takes three to enclose anything",
        "polygon 4 of 10 has 1 point; it takes three to enclose anything",
        "polygon 6 of 10 has 2 points; it takes three to enclose anything",
        "polygon 9 of 10 has a vertex at (60, 60), 12 px outside its image of 64 x 48 px",
        "polygon 8 of 10 encloses nothing with its 3 points",
        "polygon 7 of 10 crosses itself near (14, 13)",
    ]


def test_a_broken_polygon_is_said_to_stand_in_the_way() -> None:
    report = check(dataset([{"segmentation": [SQUARE, [1, 2, 3]]}]))
    for result in report.rules:
        if result.code in {"COCO603", "COCO604", "COCO605"}:
            assert (result.verdict, result.reason) == (Verdict.SKIPPED, "1 of 1 annotations have no well-formed segmentation")


@pytest.mark.parametrize("edge", range(4))
def test_each_edge_of_the_image_has_the_tolerance(edge: int) -> None:
    for past in (1, 1.01):
        x, y = [(-past, 20), (20, -past), (64 + past, 20), (20, 48 + past)][edge]
        assert found([10, 10, x, y, 30, 30]) == ([("COCO603", "/0/2")] if past > 1 else [])
        assert not found([10, 10, x, y, 30, 30], thresholds=Thresholds(polygon_tolerance=1.5))


def test_without_a_usable_image_nothing_is_outside() -> None:
    far = [1e6, 1e6, 2e6, 1e6, 2e6, 2e6]
    for change in ({"image_id": 9}, {"image_id": GONE}):
        report = check(dataset([{"segmentation": [far], **change}]))
        assert not report.findings
    report = check(dataset([{"segmentation": [far]}], images=[{"width": 0}]))
    assert not report.findings


def test_a_crossing_in_the_end_points_alone_is_placed_too() -> None:
    """Run round twice: no two edges cross between their ends."""
    x, y = SQUARE[:2]
    assert messages(SQUARE + SQUARE) == [f"the polygon crosses itself near ({x:g}, {y:g})"]


def test_the_crossing_of_a_long_ring_is_placed_by_the_point_where_its_edges_meet() -> None:
    """A figure of eight of 600 points that crosses in (10, 10)."""
    turn = np.linspace(0, 2 * np.pi, 600, endpoint=False) + 0.001
    ring = np.stack([10 + 8 * np.sin(turn), 10 + 4 * np.sin(2 * turn)], axis=1)
    (message,) = messages(ring.ravel().tolist())
    found = re.search(r"near \((\S+), (\S+)\)", message)
    assert found is not None
    assert [float(found[1]), float(found[2])] == pytest.approx([10, 10], abs=0.05)


def test_segmentations_of_results_are_judged() -> None:
    rows = results([{"segmentation": [BOW]}, {"segmentation": [SQUARE[:-1]]}, {"segmentation": []}])
    report = check(rows)
    assert [(finding.code, finding.pointer) for finding in report.findings] == [
        ("COCO601", "/1/segmentation/0"),
        ("COCO605", "/0/segmentation/0"),
        ("COCO606", "/2/segmentation"),
    ]


def test_rings_that_are_none_leave_their_neighbours_judged() -> None:
    changes: list[Any] = [
        {"segmentation": bad} for bad in ("x", 5, [[None, 1, 2, 3, 4, 5]], [["one"] * 6], {"size": [1, 1]}, [[1e400] * 6])
    ]
    report = check(dataset([*changes, {"segmentation": [BOW]}]))
    assert [finding.pointer for finding in report.findings] == ["/annotations/6/segmentation/0"]


def test_huge_numbers_crash_nothing() -> None:
    report = check(dataset([{"segmentation": [[0, 0, 1e300, 1e300, 1e300, 0, -1e300, 1e300]]}]))
    assert {finding.code for finding in report.findings} == {"COCO603"}
    assert not [result for result in report.rules if result.verdict is Verdict.CRASHED]


def test_places_of_crossings_have_a_budget_for_the_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(polygon_rules, "MESSAGE_PAIRS_OF_FILE", 2 * 4**2)
    report = check(dataset([{"segmentation": [BOW]}] * 3))
    assert [one.message.partition(": ")[2] for one in report.findings if one.code == "COCO605"] == [
        *["the polygon crosses itself near (14, 13)"] * 2,
        "the polygon crosses itself",
    ]
