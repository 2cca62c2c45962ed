"""The slow lane, with python-jsonschema and hand-written lists as the independent word on what a row may be."""

from __future__ import annotations

import copy
import json
import math
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

import cocoproof
from cocoproof import schemas
from cocoproof.model.findings import Kind
from cocoproof.reading import schema_errors as module
from cocoproof.reading.schema_errors import RowSchema, SchemaViolation

from ..examples import thorough

PUBLISHED = Path(__file__).parents[2] / "schemas"
REGISTRY = Registry().with_resources(
    (schema["$id"], Resource.from_contents(schema))
    for schema in (json.loads(path.read_text(encoding="utf-8")) for path in PUBLISHED.glob("*.json"))
)

POLYGONS = {"segmentation": [[0, 0, 4.5, 0, 4, 3], [1, 1, 2, 1, 2, 2.5]]}
RUNS = {"segmentation": {"size": [3, 4], "counts": [5, 2, 5]}}
IMAGE = {"id": 1, "width": 4, "height": 3, "file_name": "a.png", "license": 1}
BOX = {"id": 7, "image_id": 1, "category_id": 1, "bbox": [0, 0.5, 4, 3], "area": 12}
INSTANCE = BOX | {"iscrowd": 0}
KEYPOINTS = INSTANCE | {"keypoints": [1, 2.5, 2, 0, 0, 0], "num_keypoints": 1}
CATEGORY = {"id": 1, "name": "cat", "supercategory": "animal"}
RESULT = {"image_id": 1, "category_id": 1, "score": 0.5}
SEGMENT = {"id": 9, "category_id": 1, "area": 5, "iscrowd": 0, "bbox": [0, 0, 2, 2]}
PANOPTIC = {"image_id": 1, "file_name": "a.png", "segments_info": [SEGMENT]}

VIDEO = {"id": 1, "width": 4, "height": 3, "length": 2, "file_names": ["a/1.jpg", "a/2.jpg"]}
FRAMES = {"bboxes": [[0, 0.5, 4, 3], None], "segmentations": [POLYGONS["segmentation"], RUNS["segmentation"]]}
TRACK = {"id": 1, "video_id": 1, "category_id": 1, "iscrowd": 0, **FRAMES, "areas": [1.5, None]}
TRACK_INTEGERS = {"video_id", "category_id", "segmentations/*/size/*", "segmentations/*/counts/*"}

KEYPOINT_CATEGORY = CATEGORY | {"keypoints": ["nose", "tail"], "skeleton": [[1, 2], [2, 1]]}
MASK_INTEGERS = {"segmentation/size/*", "segmentation/counts/*"}
IMAGE_INTEGERS = {"id", "width", "height", "license"}
BOX_INTEGERS = {"id", "image_id", "category_id", "iscrowd", *MASK_INTEGERS}

ROWS: dict[tuple[Kind, str], tuple[str, set[str], list[dict[str, Any]]]] = {
    **{
        (kind, "images"): ("image", IMAGE_INTEGERS, [IMAGE])
        for kind in (Kind.INSTANCES, Kind.KEYPOINTS, Kind.CAPTIONS, Kind.PANOPTIC, Kind.IMAGE_INFO)
    },
    **{(kind, "categories"): ("category", {"id"}, [CATEGORY]) for kind in (Kind.INSTANCES, Kind.CAPTIONS, Kind.IMAGE_INFO, Kind.LVIS)},
    (Kind.LVIS, "images"): ("image", IMAGE_INTEGERS, [IMAGE, {"id": 1, "width": 4, "height": 3, "coco_url": "x"}]),
    (Kind.KEYPOINTS, "categories"): ("category", {"id", "skeleton/*/*"}, [KEYPOINT_CATEGORY, CATEGORY]),
    (Kind.PANOPTIC, "categories"): ("category", {"id", "isthing"}, [CATEGORY | {"isthing": 1}]),
    (Kind.INSTANCES, "annotations"): ("annotation", BOX_INTEGERS, [INSTANCE, INSTANCE | POLYGONS, INSTANCE | RUNS]),
    (Kind.LVIS, "annotations"): ("annotation", BOX_INTEGERS, [BOX, BOX | POLYGONS, BOX | RUNS]),
    (Kind.KEYPOINTS, "annotations"): (
        "annotation",
        BOX_INTEGERS | {"num_keypoints"},
        [KEYPOINTS, KEYPOINTS | POLYGONS],
    ),
    (Kind.CAPTIONS, "annotations"): ("annotation", {"id", "image_id"}, [{"id": 1, "image_id": 1, "caption": "a cat"}]),
    (Kind.PANOPTIC, "annotations"): ("annotation", {"image_id"}, [PANOPTIC]),
    (Kind.VIDEO_INSTANCES, "videos"): ("video", {"id", "width", "height", "length"}, [VIDEO]),
    (Kind.VIDEO_INSTANCES, "categories"): ("category", {"id"}, [CATEGORY]),
    (Kind.VIDEO_INSTANCES, "annotations"): ("annotation", {"id", "iscrowd", *TRACK_INTEGERS}, [TRACK]),
    (Kind.VIDEO_RESULTS, "annotations"): ("result", TRACK_INTEGERS, [{"video_id": 1, "category_id": 1, "score": 0.5} | FRAMES]),
    **{
        (kind, "frames"): ("frame", MASK_INTEGERS, [{"bbox": [0, 0.5, 4, 3], "area": 12} | POLYGONS, RUNS])
        for kind in (Kind.VIDEO_INSTANCES, Kind.VIDEO_RESULTS)
    },
    (Kind.PANOPTIC, "segments_info"): ("segment_info", {"id", "category_id", "iscrowd"}, [SEGMENT]),
    (Kind.RESULTS, "results"): (
        "result",
        {"image_id", "category_id", *MASK_INTEGERS},
        [
            RESULT | {"bbox": [0, 0, 1, 1]},
            RESULT | POLYGONS,
            RESULT | RUNS,
            RESULT | {"keypoints": [1, 1, 2]},
            {"image_id": 1, "caption": "a cat"},
        ],
    ),
}
"""For each section: its definition, where integers are due, and sound rows."""

ORACLES = {
    (kind, section): Draft202012Validator({"$ref": f"{schemas.BASE}{kind.value}.json#/$defs/{name}"}, registry=REGISTRY)
    for (kind, section), (name, _, _) in ROWS.items()
}


def _values(value: object, place: str) -> list[object]:
    """What stands at a place such as `segmentation/size/*`."""
    here = [value]
    for step in place.split("/"):
        if step == "*":
            here = [item for above in here if isinstance(above, list) for item in above]
        else:
            here = [above[step] for above in here if isinstance(above, dict) and step in above]
    return here


def _is_sound(kind: Kind, section: str, row: object) -> bool:
    """The oracle: JSON Schema by another implementation, and no float where an integer is due."""
    floats = (isinstance(value, float) for place in ROWS[kind, section][1] for value in _values(row, place))
    return ORACLES[kind, section].is_valid(row) and not any(floats)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.sampled_from([0, 1, 2, -1, 2**53 + 1, 2**70, -(2**70), 10**4000]),
    st.sampled_from([0.0, 1.0, 3.0, -1.0, 0.5, 1e300, math.nan, math.inf, -math.inf]),
    st.sampled_from(["", "1", "a.png", "é", "\ud800"]),
)
JUNK = st.one_of(
    SCALARS,
    st.recursive(
        SCALARS,
        lambda below: st.lists(below, max_size=4) | st.dictionaries(st.sampled_from(["size", "counts", "id", "\ud801"]), below, max_size=3),
        max_leaves=6,
    ),
    st.sampled_from(
        [
            POLYGONS["segmentation"],
            RUNS["segmentation"],
            {"size": [3, 4], "counts": "05"},
            [0, 0, 1, 1],
            [[1, 2]],
            ["a"],
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
    "supercategory",
    "keypoints",
    "skeleton",
    "isthing",
    "score",
]


@st.composite
def cases(draw: st.DrawFn) -> tuple[Kind, str, object]:
    """A section and a row of it: sound, damaged in up to three places, or junk altogether."""
    kind, section = draw(st.sampled_from(sorted(ROWS, key=str)))
    row: Any = copy.deepcopy(draw(st.sampled_from(ROWS[kind, section][2])))
    for _ in range(draw(st.integers(0, 3))):
        target = row
        while True:
            keys = list(target) if isinstance(target, dict) else list(range(len(target)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(target[key], (dict, list)) and draw(st.booleans()):
                target = target[key]
                continue
            damage = draw(st.sampled_from(["replace", "remove", "add"]))
            if damage == "replace":
                target[key] = draw(JUNK)
            elif damage == "remove":
                del target[key]
            elif isinstance(target, list):
                target.append(draw(JUNK))
            else:
                target[draw(st.sampled_from(FIELDS))] = draw(JUNK)
            break
    return kind, section, row if draw(st.integers(0, 30)) else draw(JUNK)


@given(cases())
@thorough(600)
@example((Kind.INSTANCES, "annotations", INSTANCE | {"iscrowd": 10**4000}))
@example((Kind.INSTANCES, "images", IMAGE | {"license": math.nan}))
@example((Kind.INSTANCES, "annotations", INSTANCE | {"bbox": [math.nan, -math.inf, 2**70, 1]}))
def test_takes_a_row_exactly_when_the_oracle_does(case: tuple[Kind, str, object]) -> None:
    kind, section, row = case
    schema = RowSchema.load(kind, section)
    sound = _is_sound(kind, section, row)
    assert schema.takes(row) is sound
    assert (schema.violations(row) == []) is sound


@given(cases())
@thorough(400)
def test_every_breach_points_at_what_it_says(case: tuple[Kind, str, object]) -> None:
    kind, section, row = case
    before = repr(row)
    violations = RowSchema.load(kind, section).violations(row)
    assert repr(row) == before
    assert len(set(violations)) == len(violations)
    for violation in violations:
        value: Any = row
        for step in violation.path:
            value = value[step]
        assert violation.expected
        assert len(violation.found) <= 200
        assert violation.found.encode()
        if violation.missing is not None:
            assert violation.code in {"COCO102", "COCO106"}
            assert isinstance(value, dict)
            assert not set(violation.missing.replace(", ", " or ").split(" or ")) & value.keys()


@given(cases())
@thorough(300)
def test_breaches_come_in_the_order_of_the_row(case: tuple[Kind, str, object]) -> None:
    kind, section, row = case
    places: list[tuple[object, ...]] = []

    def visit(value: object, path: tuple[object, ...]) -> None:
        places.append(path)
        for key, below in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
            visit(below, (*path, key))

    visit(row, ())
    found = [places.index(violation.path) for violation in RowSchema.load(kind, section).violations(row)]
    assert found == sorted(found)


@pytest.mark.parametrize(("kind", "section"), sorted(ROWS, key=str))
def test_sound_rows_and_unknown_keys_pass(kind: Kind, section: str) -> None:
    schema = RowSchema.load(kind, section)
    for row in ROWS[kind, section][2]:
        for more in ({}, {"further": {"a": [None, 1.0]}}, {"é": "\ud800"}, {"\ud800": 2**70}):
            assert schema.violations(row | more) == []
            assert schema.takes(row | more)


LOADING, EVALUATION = "COCO102", "COCO106"
BOX_FIELDS = dict.fromkeys(("id", "image_id", "category_id", "bbox"), LOADING) | {"area": EVALUATION}
REQUIRED: dict[tuple[Kind, str], dict[str, str]] = {
    **{key: dict.fromkeys(("id", "width", "height", "file_name"), LOADING) for key in ROWS if key[1] == "images"},
    **{key: dict.fromkeys(("id", "name"), LOADING) for key in ROWS if key[1] == "categories"},
    (Kind.INSTANCES, "annotations"): BOX_FIELDS | {"iscrowd": EVALUATION},
    (Kind.LVIS, "annotations"): BOX_FIELDS,
    (Kind.KEYPOINTS, "annotations"): BOX_FIELDS | dict.fromkeys(("iscrowd", "keypoints", "num_keypoints"), EVALUATION),
    (Kind.CAPTIONS, "annotations"): dict.fromkeys(("id", "image_id", "caption"), LOADING),
    (Kind.PANOPTIC, "annotations"): dict.fromkeys(("image_id", "file_name", "segments_info"), LOADING),
    (Kind.PANOPTIC, "segments_info"): {
        "id": LOADING,
        "category_id": LOADING,
        "area": EVALUATION,
        "iscrowd": EVALUATION,
    },
    (Kind.VIDEO_INSTANCES, "videos"): dict.fromkeys(("id", "width", "height", "length", "file_names"), LOADING),
    (Kind.VIDEO_INSTANCES, "annotations"): dict.fromkeys(("id", "video_id", "category_id"), LOADING)
    | dict.fromkeys(("iscrowd", "areas"), EVALUATION)
    | {"bboxes or segmentations": LOADING},
    (Kind.VIDEO_RESULTS, "annotations"): dict.fromkeys(("video_id", "category_id", "bboxes or segmentations"), LOADING),
    (Kind.VIDEO_INSTANCES, "frames"): {},
    (Kind.VIDEO_RESULTS, "frames"): {},
    (Kind.RESULTS, "results"): dict.fromkeys(("image_id", "category_id", "bbox, segmentation or keypoints"), LOADING),
}


@pytest.mark.parametrize(("kind", "section"), sorted(ROWS, key=str))
def test_absent_fields(kind: Kind, section: str) -> None:
    violations = RowSchema.load(kind, section).violations({})
    assert {violation.missing: violation.code for violation in violations} == REQUIRED[kind, section]
    assert [violation.missing for violation in violations] == list(REQUIRED[kind, section])
    assert {(violation.path, violation.found) for violation in violations} <= {((), "nothing")}


LIST_OR_RLE = "a list of lists of numbers or an object with size and counts"
COUNTS = "a string or a list of integers"
DAMAGES: list[tuple[str, object, list[tuple[str, str, str | None, str, str]]]] = [
    ("id", "3", [("COCO103", "id", None, "an integer", 'the string "3"')]),
    ("id", 1.0, [("COCO103", "id", None, "an integer", "1.0")]),
    ("id", True, [("COCO103", "id", None, "an integer", "true")]),
    ("id", None, [("COCO103", "id", None, "an integer", "null")]),
    ("id", math.nan, [("COCO103", "id", None, "an integer", "NaN")]),
    ("id", 2**70, []),
    ("id", 10**5000, []),
    ("area", math.nan, []),
    ("area", -math.inf, []),
    ("area", 10**5000, []),
    ("area", True, [("COCO103", "area", None, "a number", "true")]),
    ("iscrowd", 2, [("COCO105", "iscrowd", None, "0 or 1", "2")]),
    ("iscrowd", 2**70, [("COCO105", "iscrowd", None, "0 or 1", "1180591620717411303424")]),
    ("iscrowd", 10**5000, [("COCO105", "iscrowd", None, "0 or 1", "an integer of about 5001 digits")]),
    ("iscrowd", True, [("COCO103", "iscrowd", None, "0 or 1", "true")]),
    ("iscrowd", 1.0, [("COCO103", "iscrowd", None, "0 or 1", "1.0")]),
    ("iscrowd", 3.0, [("COCO103", "iscrowd", None, "0 or 1", "3.0")]),
    ("bbox", [1, 2, 3], [("COCO104", "bbox", None, "four numbers", "a list of 3: [1, 2, 3]")]),
    ("bbox", [], [("COCO104", "bbox", None, "four numbers", "[]")]),
    (
        "bbox",
        [1, "a", None, 4, 5],
        [
            ("COCO104", "bbox", None, "four numbers", 'a list of 5: [1, "a", null, 4, 5]'),
            ("COCO103", "bbox/1", None, "a number", 'the string "a"'),
            ("COCO103", "bbox/2", None, "a number", "null"),
        ],
    ),
    ("bbox", ["1", "2", "3", "4"], [("COCO103", f"bbox/{i}", None, "a number", f'the string "{i + 1}"') for i in range(4)]),
    ("bbox", [10**5000, -(10**5000), math.nan, math.inf], []),
    ("bbox", {"x": 1}, [("COCO103", "bbox", None, "four numbers", 'the object {"x": 1}')]),
    ("segmentation", [], []),
    ("segmentation", [[]], []),
    ("segmentation", [[math.nan, 1]], []),
    ("segmentation", None, [("COCO103", "segmentation", None, LIST_OR_RLE, "null")]),
    ("segmentation", "x", [("COCO103", "segmentation", None, LIST_OR_RLE, 'the string "x"')]),
    ("segmentation", [1, 2, 3], [("COCO103", "segmentation", None, LIST_OR_RLE, "a list of 3: [1, 2, 3]")]),
    ("segmentation", [[1, 2], 3], [("COCO103", "segmentation/1", None, "a list of numbers", "3")]),
    ("segmentation", [[1, 2, 3, "a"]], [("COCO103", "segmentation/0/3", None, "a number", 'the string "a"')]),
    ("segmentation", [[1, None]], [("COCO103", "segmentation/0/1", None, "a number", "null")]),
    ("segmentation", [["a", "b"]], [("COCO103", "segmentation/0", None, "a list of numbers", 'a list of 2: ["a", "b"]')]),
    ("segmentation", {"size": [1, 2]}, [("COCO102", "segmentation", "counts", COUNTS, "nothing")]),
    ("segmentation", {"counts": "a"}, [("COCO102", "segmentation", "size", "two integers", "nothing")]),
    ("segmentation", {"size": [1, 2, 3], "counts": "a"}, [("COCO104", "segmentation/size", None, "two integers", "a list of 3: [1, 2, 3]")]),
    ("segmentation", {"size": [1, 2.0], "counts": "a"}, [("COCO103", "segmentation/size/1", None, "an integer", "2.0")]),
    ("segmentation", {"size": [1, 2], "counts": [1, 0.5, 1]}, [("COCO103", "segmentation/counts/1", None, "an integer", "0.5")]),
    ("segmentation", {"size": [1, 2], "counts": [1.0, 1.0]}, [("COCO103", "segmentation/counts", None, COUNTS, "a list of 2: [1.0, 1.0]")]),
    ("segmentation", {"counts": None, "size": "2x1"}, [
        ("COCO103", "segmentation/counts", None, COUNTS, "null"),
        ("COCO103", "segmentation/size", None, "two integers", 'the string "2x1"'),
    ]),
]  # fmt: skip


@pytest.mark.parametrize(("field", "value", "expected"), DAMAGES, ids=[f"{field}-{i}" for i, (field, _, _) in enumerate(DAMAGES)])
def test_what_is_said_of_a_damaged_instance(field: str, value: object, expected: list[tuple[str, str, str | None, str, str]]) -> None:
    violations = RowSchema.load(Kind.INSTANCES, "annotations").violations(INSTANCE | {field: value})
    told = [(b.code, "/".join(map(str, b.path)), b.missing, b.expected, b.found) for b in violations]
    assert told == expected


@pytest.mark.parametrize(
    ("kind", "section", "row", "expected"),
    [
        (
            Kind.INSTANCES,
            "images",
            IMAGE | {"width": 0, "height": -3},
            [("COCO105", ("width",)), ("COCO105", ("height",))],
        ),
        (
            Kind.INSTANCES,
            "images",
            IMAGE | {"width": 640.0, "height": "3"},
            [("COCO103", ("width",)), ("COCO103", ("height",))],
        ),
        (Kind.INSTANCES, "images", IMAGE | {"width": -1.5}, [("COCO103", ("width",))]),
        (Kind.INSTANCES, "images", IMAGE | {"width": -(10**5000)}, [("COCO105", ("width",))]),
        (Kind.INSTANCES, "images", IMAGE | {"license": None}, []),
        (Kind.INSTANCES, "images", IMAGE | {"license": "CC"}, []),
        (Kind.INSTANCES, "images", IMAGE | {"license": 1.0}, [("COCO103", ("license",))]),
        (Kind.INSTANCES, "images", IMAGE | {"license": math.nan}, [("COCO103", ("license",))]),
        (Kind.INSTANCES, "categories", CATEGORY | {"supercategory": None}, []),
        (Kind.INSTANCES, "categories", CATEGORY | {"supercategory": math.nan}, [("COCO103", ("supercategory",))]),
        (
            Kind.INSTANCES,
            "categories",
            CATEGORY | {"supercategory": 3, "name": None},
            [("COCO103", ("name",)), ("COCO103", ("supercategory",))],
        ),
        (Kind.LVIS, "images", {"id": 1, "width": 4, "height": 3}, [("COCO102", ())]),
        (
            Kind.KEYPOINTS,
            "categories",
            CATEGORY | {"skeleton": [[1, 2], [1], [1, "2"]]},
            [("COCO104", ("skeleton", 1)), ("COCO103", ("skeleton", 2, 1))],
        ),
        (Kind.KEYPOINTS, "categories", CATEGORY | {"keypoints": ["a", 1]}, [("COCO103", ("keypoints", 1))]),
        (
            Kind.KEYPOINTS,
            "annotations",
            KEYPOINTS | {"keypoints": [[1, 2, 2], [1, 2, 2]]},
            [("COCO103", ("keypoints",))],
        ),
        (Kind.PANOPTIC, "annotations", PANOPTIC | {"segments_info": [None]}, []),
        (Kind.PANOPTIC, "annotations", PANOPTIC | {"segments_info": {}}, [("COCO103", ("segments_info",))]),
        (
            Kind.PANOPTIC,
            "segments_info",
            SEGMENT | {"bbox": [], "id": "9"},
            [("COCO103", ("id",)), ("COCO104", ("bbox",))],
        ),
        (Kind.PANOPTIC, "categories", CATEGORY | {"isthing": True}, [("COCO103", ("isthing",))]),
        (Kind.RESULTS, "results", RESULT | {"bbox": [1, 2, 3, 4], "id": "x", "area": None, "iscrowd": 7}, []),
        (Kind.RESULTS, "results", {"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4]}, []),
        (Kind.RESULTS, "results", RESULT | {"bbox": [1, 2, 3, 4], "score": "high"}, []),
        (Kind.RESULTS, "results", {"image_id": 1, "caption": None}, [("COCO103", ("caption",))]),
    ],
)
def test_codes_and_places(kind: Kind, section: str, row: object, expected: list[tuple[str, tuple[str | int, ...]]]) -> None:
    assert [(violation.code, violation.path) for violation in RowSchema.load(kind, section).violations(row)] == expected


@pytest.mark.parametrize("row", [None, [], "x", 1.5, math.nan, True, pytest.param(10**5000, id="huge")])
def test_a_row_that_is_no_object(row: object) -> None:
    (violation,) = RowSchema.load(Kind.INSTANCES, "annotations").violations(row)
    assert (violation.code, violation.path, violation.expected) == ("COCO103", (), "an object")


def test_what_was_found_is_short_whatever_it_is() -> None:
    schema = RowSchema.load(Kind.INSTANCES, "annotations")
    deep: object = "x"
    for _ in range(90):
        deep = [deep]
    for value in (
        "x" * 10**6,
        [7] * 10**6,
        {"k" * 10**6: 1},
        {str(i): [i] for i in range(10**4)},
        ["\ud800" * 500],
        deep,
        [10**5000],
    ):
        (violation,) = schema.violations(INSTANCE | {"id": value})
        assert violation.found.endswith("...") or len(violation.found) < 200
        assert len(violation.found) <= 200
        assert violation.found.encode()


def test_a_long_flat_polygon_is_one_breach() -> None:
    violations = RowSchema.load(Kind.INSTANCES, "annotations").violations(INSTANCE | {"segmentation": [0.5] * 5000})
    assert [(violation.code, violation.path) for violation in violations] == [("COCO103", ("segmentation",))]


def test_a_breach_is_a_value() -> None:
    violation = RowSchema.load(Kind.INSTANCES, "annotations").violations(INSTANCE | {"id": "3"})[0]
    assert violation == SchemaViolation("COCO103", ("id",), None, "an integer", 'the string "3"')


@pytest.mark.parametrize(
    ("kind", "section"),
    [
        (Kind.UNKNOWN, "images"),
        (Kind.IMAGE_INFO, "annotations"),
        (Kind.INSTANCES, "segments_info"),
        (Kind.INSTANCES, "common"),
        (Kind.RESULTS, "images"),
    ],
)
def test_a_section_that_the_kind_has_not(kind: Kind, section: str) -> None:
    with pytest.raises(ValueError, match="have no section"):
        RowSchema.load(kind, section)


def test_a_schema_is_made_once() -> None:
    assert RowSchema.load(Kind.LVIS, "images") is RowSchema.load(Kind.LVIS, "images")
    schema = RowSchema.load(Kind.RESULTS, "annotations")
    assert [violation.missing for violation in schema.violations({"category_id": 1, "bbox": [1, 2, 3, 4]})] == ["image_id"]


def test_no_reference_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        remote = f"http://127.0.0.1:{listener.getsockname()[1]}/id.json"

        def tampered(uri: str) -> dict[str, object]:
            if uri == f"{schemas.BASE}instances.json":
                return {"$id": uri, "$defs": {"image": {"properties": {"id": {"$ref": remote}}}}}
            return schemas.retrieve(uri)

        monkeypatch.setattr(module, "retrieve", tampered)
        with pytest.raises(Exception, match="nothing is fetched"):  # the library wraps ours in one of its own
            module._load.__wrapped__("instances", "images")
        with pytest.raises(BlockingIOError):  # nobody knocked
            listener.accept()


def test_jsonschema_rs_is_imported_only_for_a_row_to_explain() -> None:
    code = (
        "import sys; from cocoproof.reading.schema_errors import RowSchema; from cocoproof.model.findings import Kind\n"
        "before = 'jsonschema_rs' in sys.modules; RowSchema.load(Kind.LVIS, 'images')\n"
        "print(before, 'jsonschema_rs' in sys.modules)"
    )
    environment = os.environ | {"PYTHONPATH": str(Path(cocoproof.__file__).parents[1])}
    run = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "True"]
