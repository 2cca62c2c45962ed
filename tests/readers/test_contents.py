"""What each reader brings back of a file, field by field: of whole rows, of odd ones, of broken ones."""

from __future__ import annotations

import json
import sys

import numpy as np
import pytest

from cocoproof.readers import columns_content as through_columns
from cocoproof.readers import pycocotools_content as through_pycocotools
from cocoproof.readers import supervision_content as through_supervision
from cocoproof.readers.comparison_options import FieldNames
from cocoproof.readers.content import Aspect, CategoryOf, FileContent
from cocoproof.readers.mask_decoding import NO_MASK
from cocoproof.readers.raw_rows import box_of, category_of, detection_of, size_of
from cocoproof.reading.defects import Unreadable

BY_FILE = {"pycocotools": through_pycocotools.reimport, "own": through_columns.reimport}
BOTH = pytest.mark.parametrize("reimport", BY_FILE.values(), ids=BY_FILE)

PIXELS = np.array([[0, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 0, 1]], bool)
RUNS = {"size": [4, 5], "counts": [5, 2, 2, 1, 8, 2]}


def document():
    return {
        "images": [
            {"id": 11, "file_name": "x/a.png", "width": 5, "height": 4, "metadata": {"city": "Bonn"}},
            {"id": 10, "file_name": "b.png", "width": 9, "height": 8},
        ],
        "categories": [
            {"id": 4, "name": "dog", "supercategory": "animal", "keypoints": ["nose", "tail"], "skeleton": [[1, 2]]},
            {"id": 2, "name": "cat"},
        ],
        "annotations": [
            {
                "id": 1,
                "image_id": 11,
                "category_id": 2,
                "bbox": [1, 0.5, 2.25, 3],
                "area": 6.75,
                "iscrowd": 1,
                "segmentation": RUNS,
                "score": 0.5,
                "track_id": 7,
                "obb": [[0, 1], [2, 1.5], [2, 3], [0, 3]],
                "keypoints": [1, 2, 2, 0, 0, 0],
                "num_keypoints": 1,
                "keypoint_scores": [0.25, 0.75],
                "attributes": {"note": "a"},
                "more": "b",
            },
            {
                "id": 2,
                "image_id": 10,
                "category_id": 4,
                "bbox": [0, 0, 1, 1],
                "area": 1,
                "iscrowd": 0,
                "segmentation": [[1, 1, 3, 1, 3, 2, 1, 2]],
            },
            {"id": 3, "image_id": 11, "category_id": 4, "bbox": [3, 3, 1, 1], "area": 1, "iscrowd": 0},
        ],
    }


@pytest.fixture
def write(tmp_path):
    def to_file(content):
        path = tmp_path / "a.json"
        path.write_text(content if isinstance(content, str) else json.dumps(content))
        return path

    return to_file


def row_of(detection):
    """All of it but the mask, in plain Python."""
    box = None if detection.box is None else detection.box.tolist()
    return (
        detection.place,
        detection.category,
        detection.category_id,
        box,
        detection.area,
        detection.crowd,
        detection.score,
        detection.track_id,
        detection.oriented_box,
        detection.keypoints,
        detection.keypoint_scores,
        detection.data,
    )


@BOTH
def test_everything_that_a_file_says(write, reimport):
    found = reimport(write(document()), FieldNames())
    assert found.categories == (CategoryOf("dog", 4, "animal", ("nose", "tail"), ((1, 2),)), CategoryOf("cat", 2))
    assert [(image.name, image.size, image.metadata, image.turned) for image in found.images] == [
        ("x/a.png", (5, 4), {"city": "Bonn"}, False),
        ("b.png", (9, 8), {}, False),
    ]
    (one, three), (two,) = (image.detections for image in found.images)
    assert row_of(one) == (
        0,
        "cat",
        2,
        [1, 0.5, 3.25, 3.5],
        6.75,
        1,
        0.5,
        7,
        [0, 1, 2, 1.5, 2, 3, 0, 3],
        [1, 2, 2, 0, 0, 0],
        [0.25, 0.75],
        {"note": "a"},
    )
    assert row_of(two) == (0, "dog", 4, [0, 0, 1, 1], 1, 0, None, None, None, None, None, {})
    assert row_of(three) == (1, "dog", 4, [3, 3, 4, 4], 1, 0, None, None, None, None, None, {})
    assert one.mask.decode().tolist() == PIXELS.tolist()
    assert np.argwhere(two.mask.decode()).tolist() == [[1, 1], [1, 2]]
    assert (one.mask.size, two.mask.size, three.mask) == ((4, 5), (8, 9), None)
    assert [each.mask_trouble for each in (one, two, three)] == [None] * 3
    assert (found.aspects, found.precision, found.strays, found.notes) == (frozenset(Aspect), 2.0**-52, 0, ())


@BOTH
def test_other_keys(write, reimport):
    keys = FieldNames("n", "t", "o", "k", None, "m")
    content = document()
    content["annotations"][0].update(n=1, t=2, o=[0, 0, 1, 1], k=[1, 1])
    content["images"][1]["m"] = {"a": 1}
    found = reimport(write(content), keys)
    one = found.images[0].detections[0]
    assert (one.score, one.track_id, one.oriented_box, one.keypoint_scores) == (1, 2, [0, 0, 1, 1], [1, 1])
    whole = content["annotations"][0]
    assert one.data == {key: whole[key] for key in ("score", "track_id", "obb", "keypoint_scores", "attributes", "more")}
    assert [image.metadata for image in found.images] == [{}, {"a": 1}]


def broken(section, row, **fields):
    content = document()
    content[section][row].update(fields)
    return content


def without(section, row, field):
    content = document()
    del content[section][row][field]
    return content


@BOTH
def test_odd_rows_are_taken_as_far_as_they_go(write, reimport):
    def first(content):
        return reimport(write(content), FieldNames()).images[0].detections[0]

    assert first(broken("annotations", 0, bbox=[1, 2, 3])).box is None
    assert first(broken("annotations", 0, bbox=[1, 2, 3, "4"])).box is None
    assert first(without("annotations", 0, "bbox")).box is None
    assert first(broken("annotations", 0, area="1")).area is None
    assert first(without("annotations", 0, "area")).area is None
    assert first(without("annotations", 0, "iscrowd")).crowd is None
    assert first(broken("annotations", 0, score=None)).score is None
    assert first(broken("annotations", 0, obb=[1, "2"])).oriented_box is None
    assert first(broken("annotations", 0, obb={"a": 1})).oriented_box is None
    assert first(broken("annotations", 0, attributes=[1])).data == {}
    stray = first(broken("annotations", 0, category_id=77))
    assert (stray.category, stray.category_id) == (None, 77)


@BOTH
def test_an_annotation_on_no_image_is_a_stray(write, reimport):
    content = broken("annotations", 0, image_id=77)
    content["annotations"][1]["image_id"] = 78
    found = reimport(write(content), FieldNames())
    assert found.strays == 2
    assert [[each.category for each in image.detections] for image in found.images] == [["dog"], []]
    assert found.images[0].detections[0].place == 0


@BOTH
def test_an_image_without_a_size_has_no_size_and_no_mask(write, reimport):
    for field in ("width", "height"):
        found = reimport(write(without("images", 0, field)), FieldNames())
        assert [image.size for image in found.images] == [None, (9, 8)]
        assert found.images[0].detections[0].mask is None
        assert found.images[0].detections[0].mask_trouble
        polygon = reimport(write(without("images", 1, field)), FieldNames()).images[1].detections[0]
        assert polygon.mask is None
        assert polygon.mask_trouble


@BOTH
def test_metadata_that_is_no_object_is_none(write, reimport):
    assert reimport(write(broken("images", 0, metadata=[1])), FieldNames()).images[0].metadata == {}


@BOTH
def test_a_document_of_nothing(write, reimport):
    found = reimport(write({"images": [], "annotations": [], "categories": []}), FieldNames())
    assert (found.images, found.categories, found.strays) == ((), (), 0)


MASKS = {
    # segmentation of the first annotation -> what pycocotools' way and ours say
    "empty list": ([], NO_MASK, NO_MASK),
    "null": (None, None, None),
    "another size": (
        {"size": [5, 4], "counts": [20]},
        "a segmentation that must not reach pycocotools' C code: its size is [5, 4] (height, width), the image is 5x4 px",
        "a mask of 4x5 px on another size of image",
    ),
    "another sum": (
        {"size": [4, 5], "counts": [19]},
        "a segmentation that must not reach pycocotools' C code: its counts are malformed (sum)",
        "a malformed mask (sum)",
    ),
    "a zero run": (
        {"size": [4, 5], "counts": [5, 0, 15]},
        "a segmentation that must not reach pycocotools' C code: its counts are malformed (zero run)",
        "a malformed mask (zero run)",
    ),
    "bad text": (
        {"size": [4, 5], "counts": "p"},
        "a segmentation that must not reach pycocotools' C code: its counts are malformed (bad character)",
        "a malformed mask (bad character)",
    ),
    "two vertices": (
        [[1, 1, 2, 2]],
        "a segmentation that must not reach pycocotools' C code: a polygon is malformed (short)",
        "a malformed polygon (short)",
    ),
    "beyond every number": (
        [[1, 1, 2, 2, 3, 1e300]],
        "a segmentation that must not reach pycocotools' C code: a polygon is malformed (too far)",
        "a malformed polygon (too far)",
    ),
    "no number": (
        [[1, 1, 2, 2, 3, float("nan")]],
        "a segmentation that must not reach pycocotools' C code: a polygon is malformed (not finite)",
        "a segmentation that is not valid, or has values that are not finite numbers",
    ),
    "no segmentation": (
        "here",
        "a segmentation that must not reach pycocotools' C code: it is neither a list of polygons nor a run-length encoding",
        "a segmentation that is not valid, or has values that are not finite numbers",
    ),
}


@pytest.mark.parametrize("case", MASKS)
def test_a_mask_that_cannot_be_decoded_says_why(write, case):
    segmentation, by_pycocotools, by_us = MASKS[case]
    for reimport, said in ((BY_FILE["pycocotools"], by_pycocotools), (BY_FILE["own"], by_us)):
        detection = reimport(write(broken("annotations", 0, segmentation=segmentation)), FieldNames()).images[0].detections[0]
        assert (detection.mask, detection.mask_trouble) == (None, said)


@BOTH
def test_polygons_of_several_rings(write, reimport):
    rings = [[1, 1, 3, 1, 3, 2, 1, 2], [0, 2, 5, 2, 5, 4, 0, 4]]
    detection = reimport(write(broken("annotations", 0, segmentation=rings)), FieldNames()).images[0].detections[0]
    wanted = np.zeros((4, 5), bool)
    wanted[1, 1:3] = wanted[2:, :] = True
    assert detection.mask.decode().tolist() == wanted.tolist()


# Single rows.


def test_a_size_is_whole_and_at_least_one():
    assert size_of({"width": 1, "height": 2}) == (1, 2)
    assert size_of({"width": 1, "height": 1}) == (1, 1)
    for row in ({}, {"width": 1}, {"height": 1}, {"width": 0, "height": 1}, {"width": 1, "height": 0}, {"width": 1.0, "height": 1}):
        assert size_of(row) is None
    assert size_of({"width": 1, "height": "1"}) is None
    assert size_of({"width": True, "height": 1}) is None


def test_a_category_of_any_types():
    assert category_of({}) == CategoryOf("None")
    odd = {"id": "1", "name": 5, "supercategory": 3, "keypoints": "nose", "skeleton": {}}
    assert category_of(odd) == CategoryOf("5", fields={"supercategory": 3, "keypoints": "nose", "skeleton": {}})
    assert category_of({"id": True, "name": "a"}) == CategoryOf("a")
    edges = {"id": 0, "name": "a", "supercategory": "", "keypoints": [1, "b"], "skeleton": [[1, 2], [1, 2, 3], "ab", [3, 4]]}
    assert category_of(edges) == CategoryOf(
        "a", 0, "", ("1", "b"), ((1, 2), (3, 4)), {"keypoints": [1, "b"], "skeleton": [[1, 2], [1, 2, 3], "ab", [3, 4]]}
    )


def test_an_annotation_of_any_types():
    odd = {"category_id": 1.0, "bbox": "x", "area": None, "iscrowd": "no", "score": "high", "keypoints": [[1, 2, 2], [0.5, 0, 0]]}
    found = detection_of(odd, 5, CategoryOf("dog"), (None, "trouble"), FieldNames())
    assert row_of(found) == (5, "dog", None, None, None, "no", "high", None, None, [1, 2, 2, 0.5, 0, 0], None, {})
    assert found.mask_trouble == "trouble"


def test_a_box_as_corners():
    assert box_of([1, 2, 3, 4.5]).tolist() == [1, 2, 4, 6.5]
    assert box_of([[1, 2], [3, 4]]).tolist() == [1, 2, 4, 6]
    for value in (None, (1, 2, 3, 4), [1, 2, 3], [1, 2, 3, 4, 5], [1, 2, 3, None], [1, 2, 3, True]):
        assert box_of(value) is None


# What is the readers' own.


def test_pycocotools_has_of_two_rows_with_one_id_the_last_alone(write, capsys):
    content = document()
    content["images"].insert(1, {"id": 11, "file_name": "c.png", "width": 7, "height": 6})
    content["categories"].append({"id": 2, "name": "cow"})
    found = BY_FILE["pycocotools"](write(content), FieldNames())
    assert [(image.name, image.size) for image in found.images] == [("c.png", (7, 6)), ("b.png", (9, 8))]
    assert [category.name for category in found.categories] == ["dog", "cow"]
    assert found.images[0].detections[0].category == "cow"
    assert capsys.readouterr().out == ""


def test_pycocotools_says_what_it_lacks(write):
    content = document()
    del content["images"]
    with pytest.raises(KeyError):
        BY_FILE["pycocotools"](write({"annotations": [{"id": 1}], "images": []}), FieldNames())
    assert BY_FILE["pycocotools"](write({}), FieldNames()) == FileContent((), ())


def test_our_reader_says_what_is_no_data_set(write, tmp_path):
    with pytest.raises(through_columns.Unread) as caught:
        BY_FILE["own"](write("[1, 2]"), FieldNames())
    assert "list" in str(caught.value)
    with pytest.raises(through_columns.Unread):
        BY_FILE["own"](write('{"images": ['), FieldNames())
    with pytest.raises(Unreadable):
        BY_FILE["own"](tmp_path / "gone.json", FieldNames())


def test_our_reader_notes_the_first_five_things_that_are_no_coco(write):
    content = document()
    for row in content["annotations"] * 3:
        row["area"] = "x"
    content["annotations"] = [{**content["annotations"][0], "id": k} for k in range(1, 8)]
    notes = BY_FILE["own"](write(content), FieldNames()).notes
    assert 1 <= len(notes) <= 5
    assert all(note.startswith("values that are not of the type that COCO gives them: ") for note in notes)


def test_through_supervision(write):
    content = document()
    content["annotations"] = [row for row in content["annotations"] if "segmentation" in row]
    found = through_supervision.reimport(write(content))
    assert found.aspects == frozenset({Aspect.BOXES, Aspect.MASKS, Aspect.AREAS, Aspect.CROWD})
    assert found.precision == 2.0**-23
    assert found.notes == (
        "supervision holds boxes as float32, and no ids, image sizes, supercategories, scores, tracks, keypoints, further fields or sections",
        "supervision fills polygons with their outline, so a polygon that pycocotools reads right comes back larger here",
    )
    assert {category.name for category in found.categories} == {"dog", "cat"}
    assert all(category == CategoryOf(category.name) for category in found.categories)
    assert sorted(image.name for image in found.images) == ["b.png", "x/a.png"]
    (one,), (two,) = (image.detections for image in sorted(found.images, key=lambda image: image.name, reverse=True))
    assert row_of(one) == (0, "cat", None, [1, 0.5, 3.25, 3.5], 6.75, 1, None, None, None, None, None, {})
    assert row_of(two) == (0, "dog", None, [0, 0, 1, 1], 1, 0, None, None, None, None, None, {})
    assert one.mask.decode().tolist() == PIXELS.tolist()
    assert one.mask.size == (4, 5)
    assert [image.size for image in found.images] == [None, None]


def test_through_supervision_without_masks(write):
    content = document()
    for row in content["annotations"]:
        row.pop("segmentation", None)
    found = through_supervision.reimport(write(content))
    assert [each.mask for image in found.images for each in image.detections] == [None] * 3


def test_through_supervision_a_name_outside_of_the_folder_stays(write):
    try:
        found = through_supervision.reimport(write(broken("images", 0, file_name="/else/where.png")))
    except ValueError:
        pytest.skip("this supervision refuses such a name")
    assert sorted(image.name for image in found.images) == ["/else/where.png", "b.png"]


def test_supervision_is_an_extra(write, monkeypatch):
    monkeypatch.setitem(sys.modules, "supervision", None)
    with pytest.raises(ImportError) as caught:
        through_supervision.reimport(write(document()))
    assert str(caught.value) == "reading a file back through supervision needs it: pip install 'cocoproof[supervision]'"
