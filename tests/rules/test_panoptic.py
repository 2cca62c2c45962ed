"""Segments of panoptic files against plain Python."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import GONE, panoptic

from ..examples import thorough

_MINE = [rule for rule in RULES if rule.code in {"COCO921", "COCO923"}]


def _places(document: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in check_source(read_document(document), CheckSettings(rules=_MINE)).findings]


def _file(*annotations: list[dict[str, Any]]) -> Any:
    document = panoptic()
    document["annotations"] = [
        {"image_id": 1, "file_name": f"{k}.png", "segments_info": segments} for k, segments in enumerate(annotations)
    ]
    return document


def _segment(number: Any) -> dict[str, Any]:
    return {"id": number, "category_id": 1, "area": 5, "iscrowd": 0}


@thorough(100)
@given(ids=st.lists(st.lists(st.integers(0, 4) | st.none(), max_size=6), min_size=1, max_size=4))
def test_repeated_ids_within_one_annotation(ids: list[list[int | None]]) -> None:
    due = [
        ("COCO921", f"/annotations/{owner}/segments_info/{place}/id")
        for owner, row in enumerate(ids)
        for place, number in enumerate(row)
        if number is not None and number in row[:place]
    ]
    assert _places(_file(*[[_segment(number) for number in row] for row in ids])) == due


def test_the_message_names_the_other_segment() -> None:
    document = _file([_segment(1)], [_segment(7), _segment(8), _segment(7)])
    (finding,) = check_source(read_document(document), CheckSettings(rules=_MINE)).findings
    assert finding.message == "segment 7 (image 1, 1.jpg): id 7 is also that of segments_info[0] on the same image"


def test_crowds_and_things() -> None:
    # Category 1 is a thing, category 2 is stuff.
    assert _places(panoptic([{"iscrowd": 1, "category_id": 1}, {"iscrowd": 0, "category_id": 2}])) == []
    assert _places(panoptic([{"iscrowd": 1, "category_id": 2}])) == [("COCO923", "/annotations/0/segments_info/0/iscrowd")]
    # What is absent or broken decides nothing.
    for change in ({"category_id": 9}, {"category_id": "2"}, {"iscrowd": "yes", "category_id": 2}, {"iscrowd": 7, "category_id": 2}):
        assert _places(panoptic([{"iscrowd": 1} | change])) == []
    assert _places(panoptic([{}, {"iscrowd": 1}], categories=[{}, {"isthing": "no"}])) == []


def test_isthing_absent_is_told_once_a_category() -> None:
    document = panoptic([{"iscrowd": 1}, {"iscrowd": 1}], categories=[{"isthing": GONE}, {"isthing": GONE}])
    assert _places(document) == [("COCO923", "/categories/0"), ("COCO923", "/categories/1")]


def test_a_null_category_is_left_to_reading() -> None:
    report = check_source(read_document(panoptic([{}], categories=[{}, None])), CheckSettings(rules=_MINE))
    assert report.findings == ()
    assert report.rules[1].verdict is Verdict.SKIPPED
