"""Segments of panoptic annotations: one change at a time, each told whole; and their categories, which are known by name."""

from __future__ import annotations

import copy

import pytest

from cocoproof.diff.diff_files import diff
from cocoproof.diff.report import DifferenceList, DiffKind
from cocoproof.diff.segment_changes import SegmentChange, segment_changes
from cocoproof.readers.comparison_options import Tolerance
from cocoproof.reading.source import read_document

ONE = {"id": 7, "category_id": "dog", "area": 12, "bbox": [1, 2, 3, 4], "iscrowd": 0, "note": "é"}
TWO = {"id": 9, "category_id": "cat", "area": 5, "bbox": [0, 0, 5, 1], "iscrowd": 0}


def changes(before, after, **tolerance):
    return list(segment_changes(before, after, Tolerance(**tolerance), DifferenceList()))


def changed(field, value):
    return [{**ONE, field: value}, TWO]


def test_the_same_in_another_order():
    assert changes([ONE, TWO], [TWO, ONE]) == []
    assert changes([], []) == []


FIELDS = [
    ("category_id", "cat", DiffKind.RELABELLED, 'category "dog" -> "cat"'),
    ("area", 13.5, DiffKind.AREA_CHANGED, "area 12 -> 13.5"),
    ("bbox", [1, 2, 3, 5], DiffKind.BOX_MOVED, "bbox [1, 2, 3, 4] -> [1, 2, 3, 5]"),
    ("iscrowd", 1, DiffKind.CROWD_CHANGED, "iscrowd 0 -> 1"),
    ("iscrowd", False, DiffKind.CROWD_CHANGED, "iscrowd 0 -> false"),
    ("note", "ö", DiffKind.ATTRIBUTE_CHANGED, 'note "é" -> "ö"'),
    ("note", None, DiffKind.ATTRIBUTE_CHANGED, 'note "é" -> null'),
    ("more", 1, DiffKind.ATTRIBUTE_CHANGED, "more none -> 1"),
]


@pytest.mark.parametrize(("field", "value", "kind", "said"), FIELDS, ids=[f"{field}-{value}" for field, value, *_ in FIELDS])
def test_one_field(field, value, kind, said):
    assert changes([ONE, TWO], changed(field, value)) == [SegmentChange(kind, f"segment 7: {said}", ONE.get(field), value)]


def test_a_field_that_is_gone():
    less = {key: value for key, value in ONE.items() if key != "note"}
    assert changes([ONE], [less]) == [SegmentChange(DiffKind.ATTRIBUTE_CHANGED, 'segment 7: note "é" -> none', "é", None)]


def test_a_segment_that_is_gone_or_new():
    assert changes([ONE, TWO], [TWO]) == [SegmentChange(DiffKind.ATTRIBUTE_CHANGED, "segment 7 removed", ONE, None)]
    assert changes([TWO], [ONE, TWO]) == [SegmentChange(DiffKind.ATTRIBUTE_CHANGED, "segment 7 added", None, ONE)]
    assert [one.message for one in changes([ONE], [TWO])] == ["segment 7 removed", "segment 9 added"]


@pytest.mark.parametrize("odd", [None, {}, "x", [1], [{"area": 1}], [ONE, ONE], [ONE, 5]], ids=str)
def test_what_is_no_list_of_segments_is_told_as_a_whole(odd):
    (one,) = changes(odd, [ONE])
    assert (one.kind, one.before, one.after) == (DiffKind.ATTRIBUTE_CHANGED, odd, [ONE])
    (one,) = changes([ONE], odd)
    assert (one.kind, one.before, one.after) == (DiffKind.ATTRIBUTE_CHANGED, [ONE], odd)
    assert one.message.startswith('segments_info [{"area": 12, "bbox"')


def test_tolerances():
    def told(field, value, **tolerance):
        return len(changes([ONE, TWO], changed(field, value), **tolerance))

    assert told("area", 14, area=2) == 0
    assert told("area", 10, area=2) == 0
    assert told("area", 14.5, area=2) == 1
    assert told("area", "12", area=2) == 1
    # Each edge by itself: a box that is moved, or grows.
    for box, off in (([3, 2, 3, 4], 2), ([1, 4, 3, 4], 2), ([1, 2, 5, 4], 2), ([1, 2, 3, 6], 2), ([3, 2, 1, 4], 2), ([2, 3, 2, 3], 1)):
        assert told("bbox", box, box=off) == 0
        assert told("bbox", box, box=off - 0.5) == 1
    for box in ([1, 2, 3], [1, 2, 3, "4"], "none", None, [1, 2, 3, 4, 5]):
        assert told("bbox", box, box=100) == 1
    assert told("note", "ö", area=100, box=100) == 1
    assert len(changes([{**ONE, "bbox": None, "area": None}], [ONE], area=100, box=100)) == 2


def panoptic():
    return {
        "images": [{"id": 1, "file_name": "a.jpg", "width": 9, "height": 9}],
        "categories": [
            {"id": 1, "name": "dog", "isthing": 1},
            {"id": 2, "name": "cat", "isthing": 1},
            {"id": 3, "name": "", "isthing": 1},
            {"id": 4, "name": "rock", "isthing": 1},
            {"id": 5, "name": "rock", "isthing": 0},
        ],
        "annotations": [
            {
                "image_id": 1,
                "file_name": "a.png",
                "segments_info": [
                    {"id": 10 + category, "category_id": category, "area": 4, "bbox": [0, 0, 2, 2], "iscrowd": 0}
                    for category in range(1, 6)
                ],
            }
        ],
    }


def compared(before, after):
    report = diff(read_document(before), read_document(after))
    return [(one.kind, one.message.split(": ", 1)[-1], one.before, one.after) for one in report.differences]


def relabelled(number):
    """The first segment of this category."""
    document = panoptic()
    document["annotations"][0]["segments_info"][0]["category_id"] = number
    return document


def test_categories_of_segments_are_known_by_name():
    after = panoptic()
    new = {1: 21, 2: 22, 3: 3, 4: 24, 5: 25}
    for row in after["categories"]:
        row["id"] = new[row["id"]]
    for segment in after["annotations"][0]["segments_info"]:
        segment["category_id"] = new[segment["category_id"]]
    after["annotations"][0]["segments_info"].reverse()
    assert compared(panoptic(), after) == []
    after["annotations"][0]["segments_info"][-1]["category_id"] = 22
    assert compared(panoptic(), after) == [(DiffKind.RELABELLED, 'segment 11: category "dog" -> "cat"', "dog", "cat")]


@pytest.mark.parametrize(
    ("number", "said"),
    [(2, '"cat"'), (3, '"(id 3)"'), (4, '"rock (id 4)"'), (5, '"rock (id 5)"'), (77, "77"), ("1", '"1"'), (None, "null")],
)
def test_a_segment_of_another_category(number, said):
    ((kind, message, before, _),) = compared(panoptic(), relabelled(number))
    assert (kind, message, before) == (DiffKind.RELABELLED, f'segment 11: category "dog" -> {said}', "dog")


def test_a_segment_of_a_category_that_is_new():
    after = relabelled(9)
    after["categories"].append({"id": 9, "name": "new", "isthing": 1})
    assert compared(panoptic(), after)[1:] == [(DiffKind.RELABELLED, 'segment 11: category "dog" -> "new"', "dog", "new")]


def test_segments_of_odd_forms_are_compared_as_they_are():
    for odd in ("text", [5], [{"id": 1}], None):
        document = panoptic()
        document["annotations"][0]["segments_info"] = odd
        assert compared(document, copy.deepcopy(document)) == []
        assert len(compared(panoptic(), document)) >= 1
