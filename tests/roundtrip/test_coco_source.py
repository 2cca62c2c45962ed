"""What `cocoproof roundtrip` takes along of a COCO file, and what it says of the rest."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest

from cocoproof.reading.source import Source
from cocoproof.roundtrip.coco_source import CocoSource, FileDetections, FileImage, FileKeyPoints, NoDetections, read_coco_source

IMAGES = [
    {"id": 7, "file_name": "b/one.png", "width": 40, "height": 30, "license": 4, "taken": "May"},
    {"id": 3, "file_name": "two.png", "width": 50, "height": 20},
]
CATEGORIES = [
    {"id": 90, "name": "dog", "supercategory": "animal", "keypoints": ["a", "b"], "skeleton": [[1, 2]]},
    {"id": 3, "name": "cat"},
]
RING = [[3, 2, 13, 2, 13, 12, 3, 12]]
BOX = {"bbox": [1.5, 2, 3, 4]}


def row(number: int, **fields: Any) -> dict[str, Any]:
    """An annotation of the first image and the first category unless told, with a box."""
    return {"id": number, "image_id": 7, "category_id": 90, **BOX} | fields


def load(document: Any) -> CocoSource:
    return read_coco_source(Source("in.json", document if isinstance(document, bytes) else json.dumps(document).encode()))


def read(*annotations: Any, images: Any = IMAGES, categories: Any = CATEGORIES[1:] + CATEGORIES[:1], keypoints: bool = False) -> CocoSource:
    """The source of these annotations; categories have no keypoints unless told."""
    known = [entry if keypoints else {k: v for k, v in entry.items() if k not in ("keypoints", "skeleton")} for entry in categories]
    return load({"images": images, "categories": known, "annotations": list(annotations)})


def plain(value: Any) -> Any:
    """Arrays as lists, and in them whole numbers by type, for a comparison of all at once."""
    if isinstance(value, np.ndarray):
        return value.dtype.kind, value.tolist()
    if isinstance(value, (FileDetections, FileKeyPoints)):
        return {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return {key: plain(one) for key, one in value.items()} if isinstance(value, dict) else value


def test_all_of_a_small_file() -> None:
    source = read(
        row(1, category_id=3, bbox=[3.5, 2, 10, 20], iscrowd=1, segmentation=RING, score=0.5, track_id=4, source="a"),
        row(2, image_id=3, bbox=[1, 2, 3, 4], score=0.25, attributes={"occluded": True, "n": 2}),
        row(3, area=7, iscrowd=0, segmentation=[], score=1, track_id=-9, obb=[1, 2, 3, 4, 5, 6, 7, 8], attributes={"n": 5}),
    )
    images, found = zip(*source.items, strict=True)
    assert images == (
        FileImage("b/one.png", 40, 30, {"license": 4, "taken": "May"}),
        FileImage("two.png", 50, 20, {}),
    )
    assert plain(found[0]) == {
        "xyxy": ("f", [[3.5, 2.0, 13.5, 22.0], [1.5, 2.0, 4.5, 6.0]]),
        "class_id": ("i", [0, 1]),
        "segmentations": [RING, None],
        "confidence": ("f", [0.5, 1.0]),
        "tracker_id": ("i", [4, -9]),
        "data": {"iscrowd": ("i", [1, 0]), "source": ["a", None], "n": [None, 5]},
    }
    assert plain(found[1]) == {
        "xyxy": ("f", [[1.0, 2.0, 4.0, 6.0]]),
        "class_id": ("i", [1]),
        "segmentations": [None],
        "confidence": ("f", [0.25]),
        "tracker_id": None,
        "data": {"iscrowd": ("i", [0]), "occluded": [True], "n": [2]},
    }
    assert source.notes == ()


def test_the_categories_are_the_files_own() -> None:
    mapping = read(row(1), keypoints=True).mapping
    assert [(one.id, one.name, one.supercategory, one.keypoints, one.skeleton) for one in mapping.categories] == [
        (3, "cat", None, None, None),
        (90, "dog", "animal", ("a", "b"), ((1, 2),)),
    ]
    assert [(one.name, one.category_id) for one in mapping.classes] == [("cat", 3), ("dog", 90)]


def test_an_image_with_nothing_on_it() -> None:
    source = read(row(1, image_id=3))
    assert plain(source.items[0][1]) == {
        "xyxy": ("f", []),
        "class_id": ("i", []),
        "segmentations": [],
        "confidence": None,
        "tracker_id": None,
        "data": {"iscrowd": ("i", [])},
    }
    assert source.items[0][1].xyxy.shape == (0, 4)


COLUMNS: dict[str, tuple[list[dict[str, Any]], str, Any]] = {
    "scores of some": ([{"score": 0.5}, {}], "confidence", None),
    "a score that is no number": ([{"score": 0.5}, {"score": "high"}], "confidence", None),
    "a score that is true": ([{"score": True}], "confidence", None),
    "scores that are whole": ([{"score": 1}, {"score": 0}], "confidence", ("f", [1.0, 0.0])),
    "tracks of some": ([{"track_id": 1}, {}], "tracker_id", None),
    "a track that is a text": ([{"track_id": "a"}], "tracker_id", None),
    "a track that is true": ([{"track_id": True}], "tracker_id", None),
    "the largest track": ([{"track_id": 2**63 - 1}], "tracker_id", ("i", [2**63 - 1])),
    "a track that is too large": ([{"track_id": 2**63}], "tracker_id", None),
    "a track that is too small": ([{"track_id": -(2**63)}], "tracker_id", None),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_columns_of_numbers(name: str) -> None:
    fields, column, wanted = COLUMNS[name]
    source = read(*(row(1 + k, **own) for k, own in enumerate(fields)))
    assert plain(getattr(source.items[0][1], column)) == wanted


CORNERS = [1, 2, 3, 4, 5, 6, 7, 8.5]
DATA: dict[str, tuple[list[dict[str, Any]], dict[str, Any]]] = {
    "corners": ([{"obb": CORNERS}], {"xyxyxyxy": ("f", [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.5]]])}),
    "corners of two": (
        [{"obb": CORNERS}, {"obb": [0] * 8}],
        {"xyxyxyxy": ("f", [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.5]], [[0.0, 0.0]] * 4])},
    ),
    "corners of some": ([{"obb": CORNERS}, {}], {}),
    "too few corners": ([{"obb": CORNERS[:6]}], {}),
    "corners that are no numbers": ([{"obb": [*CORNERS[:7], "x"]}], {}),
    "corners that are a text": ([{"obb": "12345678"}], {}),
    "attributes that are no object": ([{"attributes": [1], "note": 2}], {"note": [2]}),
    "an attribute of the same name as a field": ([{"attributes": {"note": 1}, "note": 2}], {"note": [1]}),
    "attributes of COCO's names": ([{"attributes": {"score": 1, "area": 2}}], {"score": [1], "area": [2]}),
    "fields in their order": ([{"b": 1}, {"a": 2, "b": 3}], {"b": [1, 3], "a": [None, 2]}),
    "COCO's own": ([{"num_keypoints": 0, "keypoint_scores": [1], "area": 5, "keypoints": None}], {}),
}


@pytest.mark.parametrize("name", DATA)
def test_further_fields(name: str) -> None:
    fields, wanted = DATA[name]
    source = read(*(row(1 + k, **own) for k, own in enumerate(fields)))
    data = plain(source.items[0][1])["data"]
    assert data.pop("iscrowd") == ("i", [0] * len(fields))
    assert data == wanted
    assert list(data) == list(wanted)


def test_keypoints() -> None:
    source = read(
        row(1, keypoints=[5, 6.5, 1, 0, 0, 0], score=0.5, keypoint_scores=[0.25, 1], note="a", iscrowd=1, segmentation=RING),
        row(2, keypoints=[1, 2, 2, 3, 4, 2], score=0.75, keypoint_scores=[0.5, 0], segmentation=[]),
        row(3, image_id=3, keypoints=[1, 2, 2]),
        keypoints=True,
    )
    first, second = (found for _, found in source.items)
    assert isinstance(first, FileKeyPoints)
    assert plain(first) == {
        "xy": ("f", [[[5.0, 6.5], [0.0, 0.0]], [[1.0, 2.0], [3.0, 4.0]]]),
        "class_id": ("i", [1, 1]),
        "detection_confidence": ("f", [0.5, 0.75]),
        "keypoint_confidence": ("f", [[0.25, 1.0], [0.5, 0.0]]),
        "data": {
            "iscrowd": ("i", [1, 0]),
            "note": ["a", None],
            "visibility": ("f", [[1.0, 0.0], [2.0, 2.0]]),
            "xyxy": ("f", [[1.5, 2.0, 4.5, 6.0], [1.5, 2.0, 4.5, 6.0]]),
        },
    }
    assert plain(second) == {
        "xy": ("f", [[[1.0, 2.0]]]),
        "class_id": ("i", [1]),
        "detection_confidence": None,
        "keypoint_confidence": None,
        "data": {"iscrowd": ("i", [0]), "visibility": ("f", [[2.0]]), "xyxy": ("f", [[1.5, 2.0, 4.5, 6.0]])},
    }
    assert source.notes == ("not exported: 1 segmentations of annotations with keypoints",)


def test_one_score_a_keypoint_or_none() -> None:
    source = read(row(1, keypoints=[5, 6, 1, 0, 0, 0], keypoint_scores=[0.25]), keypoints=True)
    assert source.items[0][1].keypoint_confidence is None


ODD = "keypoints, where not all on an image have as many"
POINTS = {"keypoints": [1, 2, 2, 3, 4, 2]}
KEYPOINTS: dict[str, tuple[list[dict[str, Any]], tuple[str, ...]]] = {
    "of some": ([POINTS, {}, POINTS], (f"not exported: 2 {ODD}",)),
    "of two lengths": ([POINTS, {"keypoints": [1, 2, 2]}], (f"not exported: 2 {ODD}",)),
    "a length that is no whole number of points": ([{"keypoints": [1, 2, 2, 3]}], (f"not exported: 1 {ODD}",)),
    "empty ones": ([{"keypoints": []}], ()),
    "of one, and no numbers of another": ([POINTS, {"keypoints": "x"}], (f"not exported: 1 {ODD}",)),
}


@pytest.mark.parametrize("name", KEYPOINTS)
def test_keypoints_that_are_not_taken_along(name: str) -> None:
    fields, notes = KEYPOINTS[name]
    source = read(*(row(1 + k, **own) for k, own in enumerate(fields)), keypoints=True)
    assert isinstance(source.items[0][1], FileDetections)
    assert source.notes == notes


NOTES: dict[str, tuple[list[Any], Any, tuple[str, ...], list[int]]] = {
    "on no image": ([row(1), row(2, image_id=99)], IMAGES, ("not exported: 1 annotations on no image, or of no category",), [1, 0]),
    "of no category": (
        [row(1), row(2, category_id=99)],
        IMAGES,
        ("not exported: 1 annotations on no image, or of no category",),
        [1, 0],
    ),
    "neither": (
        [row(1, image_id=3), row(2, category_id=99, image_id=88), row(3, category_id=77)],
        IMAGES,
        ("not exported: 2 annotations on no image, or of no category",),
        [0, 1],
    ),
    "without a box": (
        [row(1), row(2, bbox=None), row(3, bbox=[1, 2, 3])],
        IMAGES,
        ("not exported: 2 annotations without a box",),
        [1, 0],
    ),
    "without a box and on no image: told once": (
        [row(1), row(2, bbox=None, image_id=99)],
        IMAGES,
        ("not exported: 1 annotations on no image, or of no category",),
        [1, 0],
    ),
    "images that cannot be exported, between others": (
        [row(1)],
        [
            {"id": 1, "width": 4, "height": 3},
            {"id": 2, "file_name": "x.png", "height": 3},
            IMAGES[0],
            {"id": 4, "file_name": "y.png", "width": 4, "height": 0},
            {"id": 5, "file_name": "", "width": 4, "height": 3},
            IMAGES[1],
        ],
        ("not exported: 4 images without a name or a size",),
        [1, 0],
    ),
    "in the order of their names, thousands with a comma": (
        [row(1), *(row(2 + k, bbox=None) for k in range(1234)), row(0, image_id=99)],
        [*IMAGES, {"id": 1, "width": 4, "height": 3}],
        (
            "not exported: 1 annotations on no image, or of no category",
            "not exported: 1,234 annotations without a box",
            "not exported: 1 images without a name or a size",
        ),
        [1, 0],
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_what_is_not_taken_along(name: str) -> None:
    annotations, images, notes, counts = NOTES[name]
    source = read(*annotations, images=images)
    assert source.notes == notes
    assert [len(found.class_id) for _, found in source.items] == counts


NOTHING = "in.json has no detections that can be exported"
REFUSED: dict[str, tuple[Any, str]] = {
    "results": ([{"image_id": 1, "category_id": 1, "bbox": [1, 2, 3, 4], "score": 1}], "it is of kind results"),
    "captions": ({"images": IMAGES, "annotations": [{"id": 1, "image_id": 7, "caption": "x"}]}, "it is of kind captions"),
    "no data set": (
        {"a": 1},
        'the document has neither images nor annotations: it is not of a COCO kind (its keys: "a")',
    ),
    "no data set, and NaN in it, which is not why": (
        b'{"a": NaN}',
        'the document has neither images nor annotations: it is not of a COCO kind (its keys: "a")',
    ),
    "no JSON": (b"[", "the file ends before the document does: it is truncated, or a bracket or quote is not closed"),
    "no categories": ({"images": IMAGES, "annotations": []}, "it lists no category"),
    "no annotation of use": (
        {"images": IMAGES, "categories": CATEGORIES[1:], "annotations": [row(1, image_id=99), row(2, category_id=3, bbox=None)]},
        "not exported: 1 annotations on no image, or of no category; not exported: 1 annotations without a box",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_detections(name: str) -> None:
    document, why = REFUSED[name]
    with pytest.raises(NoDetections, match=f"^{re.escape(f'{NOTHING}: {why}')}$"):
        load(document)


def test_a_file_without_annotations_is_one_of_nothing() -> None:
    source = load({"images": IMAGES, "categories": CATEGORIES, "annotations": []})
    assert [image.file_name for image, _ in source.items] == ["b/one.png", "two.png"]


@pytest.mark.parametrize(
    "categories",
    [
        [{"id": 1, "name": "dog", "synset": "dog.n.01", "frequency": "f"}],
        [{"id": 1, "name": "dog", "keypoints": ["a"], "skeleton": []}],
        [{"id": 1, "name": "dog"}],
    ],
    ids=["LVIS", "keypoints", "instances"],
)
def test_every_kind_that_has_boxes(categories: Any) -> None:
    source = load({"images": IMAGES, "categories": categories, "annotations": [row(1, category_id=1)]})
    assert [found.class_id.tolist() for _, found in source.items] == [[0], []]


def test_a_number_that_is_no_json_is_read_past() -> None:
    text = json.dumps({"images": IMAGES, "categories": CATEGORIES[1:], "annotations": [row(1, category_id=3, score=0.125)]})
    source = load(text.replace("0.125", "NaN").encode())
    assert len(source.items[0][1].class_id) == 1
    assert source.items[0][1].confidence is None
