"""The two lanes agree: what the columns and the slow lane report is what the published JSON Schemas reject, row by row.

The oracle is python-jsonschema on the whole document, plus one thing that JSON Schema cannot say: 1.0 is no integer.
"""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from cocoproof import check
from cocoproof.columns.written_forms import other_forms
from cocoproof.model.findings import Kind, Verdict
from cocoproof.reading import row_reader as rows_module
from cocoproof.reading.document import read
from cocoproof.reading.source import read_document

from ..examples import thorough

PUBLISHED = Path(__file__).parents[2] / "schemas"
SCHEMAS = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in PUBLISHED.glob("*.json")}
REGISTRY = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in SCHEMAS.values())

STRUCTURE = ["COCO101", "COCO102", "COCO103", "COCO104", "COCO105", "COCO106", "COCO109"]
SYNTAX = ["COCO003", "COCO006"]

IMAGE = {"id": 1, "width": 40, "height": 30, "file_name": "a.png", "license": 1}
CATEGORY = {"id": 1, "name": "cat", "supercategory": "animal"}
KEYPOINT_CATEGORY = CATEGORY | {"keypoints": ["nose", "tail"], "skeleton": [[1, 2]]}
BOX = {"id": 7, "image_id": 1, "category_id": 1, "bbox": [0, 0.5, 4, 3], "area": 12}
POLYGONS = {"segmentation": [[0, 0, 4.5, 0, 4, 3], [1, 1, 2, 1, 2, 2.5]]}
RUNS = {"segmentation": {"size": [30, 40], "counts": [5, 2, 1193]}}
TEXT_RUNS = {"segmentation": {"size": [3, 4], "counts": "52"}}
INSTANCE = BOX | {"iscrowd": 0}
KEYPOINTS = INSTANCE | {"keypoints": [1, 2.5, 2, 0, 0, 0], "num_keypoints": 1}
SEGMENT = {"id": 9, "category_id": 1, "area": 5, "iscrowd": 0, "bbox": [0, 0, 2, 2]}
PANOPTIC = {"image_id": 1, "file_name": "a.png", "segments_info": [SEGMENT, SEGMENT]}
RESULT = {"image_id": 1, "category_id": 1, "score": 0.5}
VIDEO = {"id": 1, "width": 40, "height": 30, "length": 4, "file_names": ["a/1.jpg", "a/2.jpg", "a/3.jpg", "a/4.jpg"]}
FRAMES = {
    "bboxes": [[0, 0.5, 4, 3], None, [0, 0, 1, 1], None],
    "segmentations": [POLYGONS["segmentation"], RUNS["segmentation"], TEXT_RUNS["segmentation"], None],
}
TRACK = {"id": 1, "video_id": 1, "category_id": 1, "iscrowd": 0, **FRAMES, "areas": [1.5, None, 2, None]}
LISTS = (Kind.RESULTS, Kind.VIDEO_RESULTS)


def _dataset(annotations: list[Any], category: dict[str, Any] = CATEGORY, image: dict[str, Any] = IMAGE) -> Any:
    return {
        "info": {"year": "2017"},
        "licenses": [{"id": 1}],
        "images": [image, image | {"license": None, "coco_url": "x"}],
        "annotations": annotations,
        "categories": [category, CATEGORY],
    }


SOUND: dict[Kind, Any] = {
    Kind.INSTANCES: _dataset([INSTANCE, INSTANCE | POLYGONS, INSTANCE | RUNS, INSTANCE | TEXT_RUNS]),
    Kind.LVIS: _dataset([BOX, BOX | POLYGONS, INSTANCE], image={"id": 1, "width": 4, "height": 3, "coco_url": "x"}),
    Kind.KEYPOINTS: _dataset([KEYPOINTS, KEYPOINTS | POLYGONS], KEYPOINT_CATEGORY),
    Kind.CAPTIONS: _dataset([{"id": 1, "image_id": 1, "caption": "a cat"}] * 2),
    Kind.PANOPTIC: _dataset([PANOPTIC, PANOPTIC], CATEGORY | {"isthing": 1}),
    Kind.IMAGE_INFO: {"images": [IMAGE, IMAGE], "categories": [CATEGORY]},
    Kind.RESULTS: [
        RESULT | {"bbox": [0, 0, 1, 1]},
        RESULT | POLYGONS,
        RESULT | RUNS,
        RESULT | {"keypoints": [1, 1, 2]},
        {"image_id": 1, "caption": "a cat"},
    ],
    Kind.VIDEO_INSTANCES: {
        "videos": [VIDEO, VIDEO | {"id": 2}],
        "annotations": [TRACK, TRACK | {"id": 2}],
        "categories": [CATEGORY, CATEGORY],
    },
    Kind.VIDEO_RESULTS: [{"video_id": 1, "category_id": 1, "score": 0.5} | FRAMES] * 2,
}

_MASK = ("segmentation/size/*", "segmentation/counts/*")
_ROW_INTEGERS = ("id", "image_id", "category_id", "iscrowd")
_INTEGERS: dict[Kind, tuple[str, ...]] = {
    Kind.INSTANCES: (*_ROW_INTEGERS, *_MASK),
    Kind.LVIS: (*_ROW_INTEGERS, *_MASK),
    Kind.KEYPOINTS: (*_ROW_INTEGERS, *_MASK, "num_keypoints"),
    Kind.CAPTIONS: ("id", "image_id"),
    Kind.PANOPTIC: ("image_id", *(f"segments_info/*/{name}" for name in ("id", "category_id", "iscrowd"))),
    Kind.IMAGE_INFO: (),
}
_FRAME_MASKS = ("segmentations/*/size/*", "segmentations/*/counts/*")
INTEGERS = {
    kind: (
        *(f"images/*/{name}" for name in ("id", "width", "height", "license")),
        "categories/*/id",
        *(("categories/*/skeleton/*/*",) if kind is Kind.KEYPOINTS else ()),
        *(("categories/*/isthing",) if kind is Kind.PANOPTIC else ()),
        *(f"annotations/*/{name}" for name in names),
    )
    for kind, names in _INTEGERS.items()
} | {
    Kind.RESULTS: ("*/image_id", "*/category_id", *(f"*/{name}" for name in _MASK)),
    Kind.VIDEO_RESULTS: tuple(f"*/{name}" for name in ("video_id", "category_id", *_FRAME_MASKS)),
    Kind.VIDEO_INSTANCES: (
        *(f"videos/*/{name}" for name in ("id", "width", "height", "length")),
        "categories/*/id",
        *(f"annotations/*/{name}" for name in ("id", "video_id", "category_id", "iscrowd", *_FRAME_MASKS)),
    ),
}
"""Where each kind's integers stand; written out here, not taken from the code under test."""

ORACLES = {kind: Draft202012Validator(SCHEMAS[kind.value], registry=REGISTRY) for kind in SOUND}


def _at(value: Any, steps: list[str], path: tuple[Any, ...] = ()) -> list[tuple[tuple[Any, ...], Any]]:
    """All values at a place such as `images/*/id`, with their paths."""
    if not steps:
        return [(path, value)]
    step, *rest = steps
    if step == "*":
        below = enumerate(value) if isinstance(value, list) else ()
    else:
        below = [(step, value[step])] if isinstance(value, dict) and step in value else ()
    return [found for key, inner in below for found in _at(inner, rest, (*path, key))]


def _row(kind: Kind, path: tuple[Any, ...]) -> tuple[Any, ...]:
    """The row that a path leads through, or what is left of it above the rows."""
    return path[:1] if kind in LISTS else path[:2]


def rejected(kind: Kind, document: Any) -> set[tuple[Any, ...]]:
    """The rows that the schema rejects."""
    rows = {_row(kind, tuple(error.absolute_path)) for error in ORACLES[kind].iter_errors(document)}
    for place in INTEGERS[kind]:
        rows |= {_row(kind, path) for path, value in _at(document, place.split("/")) if isinstance(value, float)}
    return rows


def reported(kind: Kind, document: Any, codes: list[str]) -> set[tuple[Any, ...]]:
    """The rows that cocoproof names, or counts in a finding about all values of one wrong type."""
    report = check(document, kind=kind, select=codes, reload="never", max_findings=None)
    assert all(rule.verdict is not Verdict.CRASHED for rule in report.files[0].rules), report.files[0].rules
    named = {
        _row(kind, tuple(int(part) if part.isdigit() else part for part in finding.pointer.split("/")[1:])) for finding in report.findings
    }
    counted = _of_wrong_type(kind, document) if "COCO103" in codes else set()
    assert not counted or any(finding.code == "COCO103" for finding in report.findings)
    return named | counted


def _of_wrong_type(kind: Kind, document: Any) -> set[tuple[Any, ...]]:
    found = read(read_document(document), kind)
    if found.dataset is None:
        return set()
    rows = {_row(kind, defect.path) for defect in found.defects if defect.code == "COCO103" and defect.row is not None}
    for one in other_forms(found.dataset):
        owners = found.dataset.segments.owner[one.rows] if one.table == "segments" else one.rows
        table = "annotations" if one.table == "segments" else one.table
        rows |= {_row(kind, (row,) if kind in LISTS else (table, row)) for row in owners.tolist()}
    frames = found.dataset.frames
    for one in [] if frames is None else other_forms(frames):
        assert frames is not None
        assert frames.annotations.places is not None
        if one.table == "annotations":
            rows |= {_row(kind, frames.annotations.places.path(row)) for row in one.rows.tolist()}
    return rows


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, 2, -1, 2**53 + 1, 2**63 - 1, 2**63, 2**64, -(2**63) - 1, 2**70, 10**300]),
    st.sampled_from([0.0, 1.0, 3.0, -1.0, 0.5, 1e300, -0.0, 5e-324]),
    st.sampled_from(["", "1", "a.png", "é", "[1]", "{}", '"\\', "NaN", "日本", "\x7f"]),
)
JUNK = st.one_of(
    SCALARS,
    st.recursive(
        SCALARS,
        lambda below: (
            st.lists(below, max_size=4) | st.dictionaries(st.sampled_from(["size", "counts", "id", "category_id"]), below, max_size=3)
        ),
        max_leaves=6,
    ),
    st.sampled_from(
        [
            POLYGONS["segmentation"],
            RUNS["segmentation"],
            TEXT_RUNS["segmentation"],
            [0, 0, 1, 1],
            [[1, 2]],
            [[[1, 2]]],
            [[1, 2], []],
            [[1, 2], 3],
            [[]],
            ["a"],
            {},
            [],
        ]
    ),
).map(copy.deepcopy)  # what is drawn may be damaged further
FIELDS = [
    "id",
    "bbox",
    "segmentation",
    "iscrowd",
    "caption",
    "category_id",
    "license",
    "bboxes",
    "areas",
    "video_id",
    "keypoints",
    "skeleton",
    "isthing",
    "score",
    "images",
    "é",
]


def _damage(draw: st.DrawFn, document: Any, junk: st.SearchStrategy[Any]) -> Any:
    """Replace, remove or add one value anywhere."""
    target, above = document, None
    while isinstance(target, dict | list) and target:
        keys = list(target) if isinstance(target, dict) else list(range(len(target)))
        key = draw(st.sampled_from(keys))
        above = target, key
        # Seldom stop near the root: a document without images says little about rows.
        if not isinstance(target[key], dict | list) or draw(st.integers(0, 2)) == 0:
            break
        target = target[key]
    if above is None:
        return draw(junk)
    target, key = above
    how = draw(st.sampled_from(["replace", "replace", "remove", "add"]))
    if how == "replace":
        target[key] = draw(junk)
    elif how == "remove":
        del target[key]
    elif isinstance(target, list):
        target.insert(key, draw(junk))
    else:
        target[draw(st.sampled_from(FIELDS))] = draw(junk)
    return document


@st.composite
def documents(draw: st.DrawFn, junk: st.SearchStrategy[Any] = JUNK) -> tuple[Kind, Any]:
    """A document of some kind with up to four places damaged."""
    kind = draw(st.sampled_from(sorted(SOUND, key=str)))
    document = json.loads(json.dumps(SOUND[kind]))
    for _ in range(draw(st.integers(0, 4))):
        document = _damage(draw, document, junk)
    return kind, document


def _with(kind: Kind, section: str, row: int, **changes: Any) -> tuple[Kind, Any]:
    document = json.loads(json.dumps(SOUND[kind]))
    document[section][row] |= changes
    return kind, document


@given(documents())
@thorough(400)
@example(_with(Kind.INSTANCES, "annotations", 1, segmentation=[[1, 2**64, 3, 4, 5, 6]]))
@example(_with(Kind.INSTANCES, "annotations", 0, bbox=[1, 2, 3, 2**70]))
@example(_with(Kind.INSTANCES, "annotations", 0, iscrowd=True, area=False))
@example(_with(Kind.INSTANCES, "images", 0, id=1.0, width=2**70))
@example((Kind.CAPTIONS, SOUND[Kind.CAPTIONS] | {"categories": {}}))
def test_rows_reported_are_the_rows_rejected(case: tuple[Kind, Any]) -> None:
    kind, document = case
    assert reported(kind, document, STRUCTURE) == rejected(kind, document)


EVERY_JUNK: list[Any] = [
    *(None, True, False, 0, 1, 2, -1, 7, 2**53 + 1, 2**63 - 1, 2**63, 2**64, 2**70, -(2**63), -(2**63) - 1, -(2**70)),
    *(0.0, 1.0, 3.0, -0.0, -1.0, 0.5, 1e300, "", "1", "1.0", "a", "true", "null", "[1, 2]"),
    *([], {}, [[]], [None], [True], ["1"], [1], [1.0], [1, 2], [1.0, 2.0], [1, 2, 3], [1, 2, 3, 4], [1, 2, 3, 4.5, 5], [1, 2, 3, None], [1, 2, "3", 4], [2**70, 1, 1, 1]),
    *([[1, 2]], [[1.0, 2]], [[1, 2], [3]], [[1, 2], 3], [3, [1, 2]], [[1, 2, 3, True]], [["a", 2]], [[[1, 2]]], [[1, 2, 3, 4, 5, 6], []], [{}], [[{}]]),
    *({"size": [3, 4]}, {"counts": [12]}, {"size": [3, 4], "counts": "<0"}, {"size": [3, 4], "counts": [12]}, {"size": [3, 4], "counts": [1.0]}, {"size": [3.0, 4], "counts": [12]}),
    *({"size": [3, 4, 5], "counts": [12]}, {"size": [3], "counts": [12]}, {"size": ["3", 4], "counts": [12]}, {"size": None, "counts": [12]}, {"size": [3, 4], "counts": None}),
    *({"size": [3, 4], "counts": [2**70]}, {"size": [2**70, 4], "counts": "0"}, {"size": [3, 4], "counts": [True]}, {"size": [True, 4], "counts": []}, {"size": [3, 4], "counts": [[1]]}),
]  # fmt: skip


def _each_field(rows: list[Any]) -> list[Any]:
    """Each field of each row with every junk in its place, each field gone, and every junk as a row."""
    out: list[Any] = [*EVERY_JUNK, {}]
    for row in rows:
        for field in row:
            out.append({key: value for key, value in row.items() if key != field})
            out += [row | {field: junk} for junk in EVERY_JUNK]
    return out


IN_EVERY_TIER = {Kind.INSTANCES, Kind.RESULTS, Kind.VIDEO_INSTANCES}


@pytest.mark.parametrize(
    "kind", [pytest.param(kind, marks=[] if kind in IN_EVERY_TIER else [pytest.mark.slow]) for kind in sorted(SOUND, key=str)]
)
def test_every_field_with_every_junk(kind: Kind) -> None:
    document = json.loads(json.dumps(SOUND[kind]))
    if kind in LISTS:
        document = _each_field(document)
    else:
        for section in ("images", "annotations", "categories", "videos"):
            if section in document:
                document[section] = _each_field(document[section])
    if kind is Kind.PANOPTIC:
        document["annotations"] += [PANOPTIC | {"segments_info": [segment]} for segment in _each_field([SEGMENT])]
    assert reported(kind, document, STRUCTURE) == rejected(kind, document)
    # A row with one thing wrong has it found in the fast lane's stead, whatever stands beside it.
    wrong = rejected(kind, document)
    assert len(wrong) > 100


SURROGATES = st.sampled_from(["\ud800", "a\udfffb", "\\ud800", "\ud83d\\", {"\ud800": 1}, ["\udc00"], {"\udbff": {"id": "\ud800"}}]).map(
    copy.deepcopy
)


@given(documents(JUNK | SURROGATES))
@thorough(100)
@example(_with(Kind.INSTANCES, "images", 0, file_name="\ud800"))
def test_a_lone_surrogate_changes_nothing_else(case: tuple[Kind, Any]) -> None:
    kind, document = case
    assert reported(kind, document, STRUCTURE) == rejected(kind, document)


NON_FINITE = st.sampled_from([float("nan"), float("inf"), float("-inf"), 10**400, -(10**4000)])


@given(documents(JUNK | NON_FINITE))
@thorough(150)
@example(_with(Kind.INSTANCES, "annotations", 0, id=float("nan")))
@example(_with(Kind.INSTANCES, "images", 0, file_name=float("inf")))
@example(_with(Kind.INSTANCES, "annotations", 1, segmentation=[[1, 2, 3, float("nan"), 5, 6]]))
@example(_with(Kind.KEYPOINTS, "categories", 0, skeleton=[[1, float("nan")]]))
@example(_with(Kind.PANOPTIC, "annotations", 0, segments_info=float("nan")))
@example((Kind.INSTANCES, SOUND[Kind.INSTANCES] | {"annotations": float("nan")}))
@example((Kind.CAPTIONS, SOUND[Kind.CAPTIONS] | {"info": float("nan"), "images": ["\x7f"]}))
def test_numbers_that_are_none_are_named_and_the_rest_is_judged(case: tuple[Kind, Any]) -> None:
    kind, document = case
    found = reported(kind, document, [*STRUCTURE, "COCO006"])
    odd = {_row(kind, path) for path in _non_finite(document)}
    assert found == rejected(kind, document) | odd


def _non_finite(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict | list):
        below = value.items() if isinstance(value, dict) else enumerate(value)
        return [found for key, inner in below for found in _non_finite(inner, (*path, key))]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return []
    return [path] if not abs(value) <= 1.7976931348623157e308 else []


@pytest.mark.parametrize("kind", sorted(SOUND, key=str))
def test_sound_documents_are_clean(kind: Kind) -> None:
    assert rejected(kind, SOUND[kind]) == set()
    assert reported(kind, SOUND[kind], [*STRUCTURE, *SYNTAX]) == set()


def test_chunks_are_seamless(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows are decoded some thousands at a time; a bad row spoils neither its chunk nor the next."""
    monkeypatch.setattr(rows_module, "CHUNK", 3)
    document = copy.deepcopy(SOUND[Kind.INSTANCES])
    document["annotations"] = [copy.deepcopy(INSTANCE) | {"id": k} | (POLYGONS if k % 2 else {}) for k in range(1, 11)]
    for row, field, value in ((2, "id", None), (3, "bbox", [1, 2]), (5, "segmentation", [[1, None]]), (9, "area", None)):
        document["annotations"][row][field] = value
    assert reported(Kind.INSTANCES, document, STRUCTURE) == {("annotations", row) for row in (2, 3, 5, 9)}
    coco = read(read_document(document)).dataset
    assert coco is not None
    assert coco.annotations.id.values.tolist() == [1, 2, 0, 4, 5, 6, 7, 8, 9, 10]
    assert coco.annotations.id.ok.tolist() == [row != 2 for row in range(10)]
