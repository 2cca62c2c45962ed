"""Structure: what the columns say about absent fields and domains, held to plain Python over the same rows."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.model.findings import FileReport, Kind, Verdict
from cocoproof.reading.source import read_document
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.examples import GONE, captions, dataset, keypoint_dataset, panoptic, results

from ..examples import thorough

_MINE = [rule for rule in RULES if rule.code.startswith("COCO1")]


def _check(document: Any, kind: Kind | None = None) -> FileReport:
    return check_source(read_document(document), CheckSettings(rules=_MINE, kind=kind))


def _places(document: Any) -> list[tuple[str, str]]:
    return [(finding.code, finding.pointer) for finding in _check(document).findings]


def _messages(document: Any, code: str) -> list[str]:
    return [finding.message for finding in _check(document).findings if finding.code == code]


_FIELDS = {"id": "COCO102", "image_id": "COCO102", "category_id": "COCO102", "bbox": "COCO102", "area": "COCO106", "iscrowd": "COCO106"}
_VALUES: dict[str, list[Any]] = {
    "id": [1, "1", 1.0, True, None],
    "image_id": [1, "1"],
    "category_id": [1, None],
    "bbox": [[4, 5, 20, 16], [4, 5, 20], "x"],
    "area": [320, 320.5, "320"],
    "iscrowd": [0, 1, 2, -1, True],
}
_ROWS = st.fixed_dictionaries({}, optional={name: st.sampled_from(values) for name, values in _VALUES.items()})


def _faults(row: dict[str, Any] | None) -> list[str]:
    """The codes that one row calls for, by plain Python."""
    if row is None:
        return ["COCO103"]
    codes = [code for name, code in _FIELDS.items() if name not in row]
    for name, value in row.items():
        if name == "bbox":
            codes += ["COCO103"] if not isinstance(value, list) else ["COCO104"] * (len(value) != 4)
        elif name == "area":
            codes += ["COCO103"] * (not isinstance(value, int | float))
        elif type(value) is not int:
            codes += ["COCO103"]
        elif name == "iscrowd":
            codes += ["COCO105"] * (value not in (0, 1))
    return codes


def _has_wrong_type(name: str, value: Any) -> bool:
    if name in ("bbox", "area"):
        return not isinstance(value, list if name == "bbox" else int | float)
    return name == "row" or type(value) is not int


@thorough(150)
@given(st.lists(_ROWS | st.none(), min_size=3, max_size=6))
def test_annotations_agree_with_plain_python(rows: list[dict[str, Any] | None]) -> None:
    # Three sound rows more keep the document what it is.
    document = dataset([{}, {}, {}]) | {"annotations": [*dataset([{}, {}, {}])["annotations"], *rows]}
    expected = Counter((code, k) for k, row in enumerate(rows, 3) for code in _faults(row))
    report = _check(document, Kind.INSTANCES)
    found = Counter((finding.code, int(finding.pointer.split("/")[2])) for finding in report.findings if finding.code != "COCO103")
    assert found == Counter({key: count for key, count in expected.items() if key[0] != "COCO103"})
    # One finding is about all values of one type in one field, and says how many they are.
    kinds = Counter(
        (name, type(value))
        for row in rows
        for name, value in ({"row": None} if row is None else row).items()
        if _has_wrong_type(name, value)
    )
    messages = [finding.message for finding in report.findings if finding.code == "COCO103"]
    assert len(messages) == len(kinds)
    counts = sorted(int(count[1] or count[2]) for message in messages if (count := re.search(r"(\d+) values|\(in (\d+) of", message)))
    assert counts == sorted(count for count in kinds.values() if count > 1)


@thorough(100)
@given(
    st.lists(
        st.fixed_dictionaries({}, optional={"width": st.integers(-1, 2), "height": st.integers(-1, 2), "file_name": st.just("x")}),
        max_size=5,
    )
)
def test_images_agree_with_plain_python(rows: list[dict[str, Any]]) -> None:
    document = dataset([], images=[]) | {"images": [{"id": k} | row for k, row in enumerate(rows)]}
    expected = Counter(
        [("COCO102", f"/images/{k}") for k, row in enumerate(rows) for name in ("width", "height", "file_name") if name not in row]
        + [("COCO105", f"/images/{k}/{name}") for k, row in enumerate(rows) for name in ("width", "height") if row.get(name, 1) < 1]
    )
    assert Counter(_places(document)) == expected


@thorough(100)
@given(
    st.lists(st.sets(st.sampled_from(["image_id", "category_id", "bbox", "segmentation", "keypoints", "caption"])), min_size=1, max_size=5)
)
def test_results_agree_with_plain_python(rows: list[set[str]]) -> None:
    values = {
        "image_id": 1,
        "category_id": 1,
        "bbox": [1, 2, 3, 4],
        "segmentation": [[1, 1, 2, 1, 2, 2]],
        "keypoints": [1, 1, 2],
        "caption": "a cat",
    }
    document = [{"image_id": 1, "caption": "first"}, *({name: values[name] for name in row} for row in rows)]
    expected = Counter()
    for k, row in enumerate(rows, 1):
        located = bool(row & {"bbox", "segmentation", "keypoints"})
        missing = ("image_id" not in row) + (0 if "caption" in row else ("category_id" not in row) + (not located))
        expected[f"/{k}"] += missing
    assert Counter(pointer for _, pointer in _places(document)) == +expected


def test_a_row_that_is_no_object_lacks_nothing() -> None:
    assert _places(dataset([{}, None, {}])) == [("COCO103", "/annotations/1")]
    assert _places(results([{}, None])) == [("COCO103", "/1")]
    assert _places(dataset(images=[{}, None])) == [("COCO103", "/images/1")]


def test_a_place_that_is_broken_is_not_absent() -> None:
    for place in ({"bbox": None}, {"keypoints": "x"}, {"segmentation": 3}):
        (name,) = place
        assert _places(results([{}, {"bbox": GONE} | place])) == [("COCO103", f"/1/{name}")]


def test_one_row_without_several_fields_is_told_field_by_field() -> None:
    messages = _messages(dataset([{}, {"bbox": GONE, "category_id": GONE}]), "COCO102")
    assert [message.rpartition(": ")[2] for message in messages] == ["has no category_id", "has no bbox"]


def test_findings_stand_in_the_order_of_the_rows() -> None:
    places = _places(dataset([{}, {"bbox": GONE}, {"category_id": GONE}, {"bbox": GONE}]))
    assert places == [("COCO102", f"/annotations/{k}") for k in (1, 2, 3)]


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (captions([{"caption": GONE}, {}, {}]), [("COCO102", "/annotations/0")]),
        (
            panoptic([{"area": GONE, "id": GONE}, {}]),
            [("COCO102", "/annotations/0/segments_info/0"), ("COCO106", "/annotations/0/segments_info/0")],
        ),
        (
            panoptic([{"iscrowd": 3}, {"iscrowd": False}]),
            [("COCO103", "/annotations/0/segments_info/1/iscrowd"), ("COCO105", "/annotations/0/segments_info/0/iscrowd")],
        ),
        (keypoint_dataset([{"keypoints": GONE}, {}, {}]), [("COCO106", "/annotations/0")]),
        (keypoint_dataset(categories=[{"skeleton": [[1, 2], [1]]}]), [("COCO104", "/categories/0/skeleton/1")]),
        (dataset(categories=[{}, {"name": GONE}]), [("COCO102", "/categories/1")]),
    ],
)
def test_each_kind_has_its_own_fields(document: Any, expected: list[tuple[str, str]]) -> None:
    assert _places(document) == expected


def _lvis(**image: Any) -> dict[str, Any]:
    document = dataset([{"iscrowd": GONE}], images=[image | {"not_exhaustive_category_ids": [], "neg_category_ids": []}])
    assert _check(document).kind is Kind.LVIS
    return document


def test_lvis_needs_no_crowd_flag_and_takes_a_url_for_a_name() -> None:
    assert _places(_lvis()) == []
    assert _places(_lvis(file_name=GONE, coco_url="http://example.org/1.jpg")) == []
    assert _messages(_lvis(file_name=GONE), "COCO102") == ["image 1: has no file_name and no coco_url"]


def test_a_section_that_is_no_list_is_of_the_wrong_type_and_not_missing() -> None:
    assert _places(dataset(document={"categories": {}})) == [("COCO103", "/categories")]
    assert _places(dataset(document={"images": None})) == [("COCO103", "/images")]


def test_the_kind_decides_which_sections_are_missing() -> None:
    images = {"info": {}, "licenses": [], "images": dataset()["images"]}
    assert _places(images) == []
    assert [finding.message for finding in _check(images, Kind.INSTANCES).findings] == [
        'there is no "annotations", which instances files need',
        'there is no "categories", which instances files need',
    ]


def test_a_slip_of_the_pen_in_a_section_is_told_from_both_sides() -> None:
    document = dataset(document={"categories": GONE, "Categorys": []})
    assert _messages(document, "COCO101") == ['there is no "categories", which instances files need; is it the value of "Categorys"?']
    assert _messages(document, "COCO108") == ['"Categorys" is not a section of COCO; did you mean "categories"?']


def test_no_fact_is_reported_twice() -> None:
    document = dataset([{"segmentation": {"counts": [3072]}, "iscrowd": 7, "area": GONE}])
    assert _places(document) == [
        ("COCO102", "/annotations/0/segmentation"),
        ("COCO105", "/annotations/0/iscrowd"),
        ("COCO106", "/annotations/0"),
    ]


def test_a_document_of_no_kind_is_judged_by_nothing_else() -> None:
    report = _check({"type": "FeatureCollection"})
    assert [finding.code for finding in report.findings] == ["COCO109"]
    assert {rule.verdict for rule in report.rules if rule.code != "COCO109"} == {Verdict.SKIPPED}


def test_counts_stay_exact_where_the_list_is_cut() -> None:
    document = dataset([{}, *[{"bbox": GONE, "area": GONE}] * 20])
    report = check_source(read_document(document), CheckSettings(rules=_MINE, max_findings=3))
    assert {rule.code: rule.count for rule in report.rules if rule.count} == {"COCO102": 20, "COCO106": 20}
    assert [finding.pointer for finding in report.findings] == [f"/annotations/{k}" for k in (1, 2, 3)] * 2


def test_a_field_that_no_row_has_is_one_finding() -> None:
    document = dataset([{"bbox": GONE, "area": GONE, "iscrowd": GONE}] * 20)
    report = check_source(read_document(document), CheckSettings(rules=_MINE))
    assert [(finding.code, finding.pointer, finding.message) for finding in report.findings] == [
        ("COCO102", "/annotations", "none of the 20 annotations has bbox"),
        ("COCO106", "/annotations", "none of the 20 annotations has area"),
        ("COCO106", "/annotations", "none of the 20 annotations has iscrowd"),
    ]
    some = dataset([{"area": GONE}] * 9)
    assert check_source(read_document(some), CheckSettings(rules=_MINE)).summary.errors == 9


def test_a_value_that_every_row_has_is_one_finding() -> None:
    document = dataset(images=[{"width": 0, "height": 0}] * 12)
    report = check_source(read_document(document), CheckSettings(rules=_MINE))
    assert {(finding.code, finding.pointer, finding.message) for finding in report.findings} == {
        ("COCO105", "/images/0/height", "height is 0 in all 12 images, expected at least 1"),
        ("COCO105", "/images/0/width", "width is 0 in all 12 images, expected at least 1"),
    }
    some = dataset(images=[{"width": 0}] * 12 + [{}])
    assert check_source(read_document(some), CheckSettings(rules=_MINE)).summary.errors == 12
