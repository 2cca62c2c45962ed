"""`diff`, on a small file with a bit of everything: one change at a time, and the whole report of it."""

from __future__ import annotations

import copy
import dataclasses
import json
from collections import Counter
from typing import Any

import pytest

from cocoproof.diff.diff_files import diff
from cocoproof.diff.report import Difference, DiffKind, DiffReport, Renumbered
from cocoproof.readers.comparison_options import Tolerance
from cocoproof.reading.source import Source, read_document

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # pycocotools' own, by numpy 2

SECTIONS = ("images", "annotations", "categories")
DOCUMENT = "<document>"


def scene() -> Any:
    """Three images and, of seven categories, one that nobody has; ids with gaps; annotations with and without each field."""
    return {
        "info": {"year": 2024},
        "licenses": [{"id": 1, "name": "MIT"}, {"id": 2, "name": "CC"}],
        "images": [
            {"id": 10, "file_name": "a/one.jpg", "width": 120, "height": 90, "license": 1, "taken": "May"},
            {"id": 13, "file_name": "a/two.jpg", "width": 120, "height": 90, "license": 2},
            {"id": 16, "file_name": "b/three.jpg", "width": 64, "height": 48},
        ],
        "categories": [
            {"id": 1, "name": "dog", "supercategory": "animal"},
            {"id": 3, "name": "cat", "supercategory": "animal"},
            {"id": 5, "name": "person", "keypoints": ["a", "b"], "skeleton": [[1, 2]]},
            {"id": 7, "name": "bird"},
        ],
        "annotations": [
            {
                "id": 100,
                "image_id": 10,
                "category_id": 1,
                "bbox": [10.5, 20, 30, 20],
                "area": 600,
                "iscrowd": 0,
                "segmentation": [[10, 20, 40, 20, 40, 40, 10, 40]],
                "score": 0.5,
                "note": "clear",
            },
            {
                "id": 104,
                "image_id": 10,
                "category_id": 3,
                "bbox": [60, 50, 2, 3],
                "area": 6.5,
                "iscrowd": 1,
                "segmentation": {"size": [90, 120], "counts": [60 * 90 + 50, 3, 87, 3, 10800 - 60 * 90 - 50 - 93]},
            },
            {"id": 108, "image_id": 13, "category_id": 1, "bbox": [1, 2, 30, 40], "area": 1200, "iscrowd": 0},
            {
                "id": 112,
                "image_id": 13,
                "category_id": 5,
                "bbox": [70, 5, 40, 60],
                "area": 2400,
                "iscrowd": 0,
                "num_keypoints": 2,
                "keypoints": [75, 10, 2, 100, 30, 1],
            },
            {"id": 116, "image_id": 16, "category_id": 3, "caption": "no box, no mask"},
        ],
    }


def row_of(document: Any, number: int) -> Any:
    return next(row for section in SECTIONS for row in document[section] if row["id"] == number)


def sizes(document: Any) -> dict[str, int]:
    return {section: len(document[section]) for section in SECTIONS}


def compared(before: Any, after: Any, **tolerance: float) -> DiffReport:
    """The report without the lists of what was compared, which `test_everything.py` is about."""
    report = diff(read_document(before), read_document(after), tolerance=Tolerance(**tolerance) if tolerance else None)
    return dataclasses.replace(report, compared=(), not_compared=())


def expected(before: Any, after: Any, differences: list[Difference], *notes: str, renumbered: Renumbered | None = None) -> DiffReport:
    """The report of these, whose counts are those of the lists."""
    counts = Counter(one.kind for one in differences)
    return DiffReport(
        DOCUMENT, DOCUMENT, sizes(before), sizes(after), dict(counts), tuple(differences), renumbered or Renumbered(), tuple(notes)
    )


DOG, CAT = "annotation 100 (image a/one.jpg, 'dog')", "annotation 104 (image a/one.jpg, 'cat')"
BARE = "annotation 116 (image b/three.jpg, 'cat')"
SECOND, PERSON = "annotation 108 (image a/two.jpg, 'dog')", "annotation 112 (image a/two.jpg, 'person')"
ONE, TWO, THREE = "a/one.jpg", "a/two.jpg", "b/three.jpg"
K = DiffKind
LONG = "x" * 77
"""With its quotes 79 characters."""

ANNOTATIONS: dict[str, tuple[int, dict[str, Any], list[Difference]]] = {
    "a box": (
        100,
        {"bbox": [10.5, 23.25, 30, 20]},
        [
            Difference(
                K.BOX_MOVED,
                f"{DOG}: box [10.5, 20, 30, 20] -> [10.5, 23.25, 30, 20], up to 3.25 px",
                ONE,
                100,
                100,
                [10.5, 20.0, 30.0, 20.0],
                [10.5, 23.25, 30.0, 20.0],
                3.25,
            )
        ],
    ),
    "a box whose far edge moves most": (
        108,
        {"bbox": [0, 2, 29.123456789012, 40]},
        [
            Difference(
                K.BOX_MOVED,
                f"{SECOND}: box [1, 2, 30, 40] -> [0, 2, 29.12345679, 40], up to 1.87654 px",
                TWO,
                108,
                108,
                [1.0, 2.0, 30.0, 40.0],
                [0.0, 2.0, 29.123456789012, 40.0],
                pytest.approx(31 - 29.123456789012),
            )
        ],
    ),
    "a box that grew on both sides": (
        108,
        {"bbox": [0, 2, 32, 40]},
        [
            Difference(
                K.BOX_MOVED,
                f"{SECOND}: box [1, 2, 30, 40] -> [0, 2, 32, 40], up to 1 px",
                TWO,
                108,
                108,
                [1.0, 2.0, 30.0, 40.0],
                [0.0, 2.0, 32.0, 40.0],
                1.0,
            )
        ],
    ),
    "no box any more": (
        108,
        {"bbox": None},
        [Difference(K.BOX_MOVED, f"{SECOND}: box [1, 2, 30, 40] -> null", TWO, 108, 108, [1.0, 2.0, 30.0, 40.0], None)],
    ),
    "another category": (
        108,
        {"category_id": 3},
        [Difference(K.RELABELLED, f"{SECOND}: category 'dog' -> 'cat'", TWO, 108, 108, "dog", "cat")],
    ),
    "a category that is not there": (
        108,
        {"category_id": 99},
        [
            Difference(K.RELABELLED, f"{SECOND}: category 'dog' -> none (category_id 99)", TWO, 108, 108, "dog", None),
        ],
    ),
    "an area": (
        104,
        {"area": 8.25},
        [Difference(K.AREA_CHANGED, f"{CAT}: area 6.5 -> 8.25", ONE, 104, 104, 6.5, 8.25, 1.75)],
    ),
    "a smaller area, with many digits": (
        104,
        {"area": 1.2345678901234},
        [
            Difference(
                K.AREA_CHANGED, f"{CAT}: area 6.5 -> 1.2345678901234", ONE, 104, 104, 6.5, 1.2345678901234, pytest.approx(5.2654321098766)
            )
        ],
    ),
    "an area that is given": (
        116,
        {"area": 4},
        [Difference(K.AREA_CHANGED, f"{BARE}: area none -> 4", THREE, 116, 116, None, 4.0)],
    ),
    "an area that is no number": (
        104,
        {"area": "big"},
        [Difference(K.AREA_CHANGED, f'{CAT}: area 6.5 -> "big"', ONE, 104, 104, 6.5, "big")],
    ),
    "a crowd flag that is no number": (
        104,
        {"iscrowd": "big"},
        [Difference(K.CROWD_CHANGED, f'{CAT}: iscrowd 1 -> "big"', ONE, 104, 104, 1, "big")],
    ),
    "a crowd": (108, {"iscrowd": 1}, [Difference(K.CROWD_CHANGED, f"{SECOND}: iscrowd 0 -> 1", TWO, 108, 108, 0, 1)]),
    "no crowd any more": (104, {"iscrowd": 0}, [Difference(K.CROWD_CHANGED, f"{CAT}: iscrowd 1 -> 0", ONE, 104, 104, 1, 0)]),
    "a crowd flag that is given": (
        116,
        {"iscrowd": 0},
        [Difference(K.CROWD_CHANGED, f"{BARE}: iscrowd none -> 0", THREE, 116, 116, None, 0)],
    ),
    "polygons": (
        100,
        {"segmentation": [[10, 20, 40, 20, 40, 38, 10, 38]]},
        [Difference(K.SEGMENTATION_CHANGED, f"{DOG}: mask 600 px -> 540 px, IoU 0.900", ONE, 100, 100, 600, 540, 0.9)],
    ),
    "a second polygon": (
        100,
        {"segmentation": [[10, 20, 40, 20, 40, 40, 10, 40], [50, 20, 60, 20, 60, 40, 50, 40]]},
        [Difference(K.SEGMENTATION_CHANGED, f"{DOG}: mask 600 px -> 800 px, IoU 0.750", ONE, 100, 100, 600, 800, 0.75)],
    ),
    "no mask any more": (
        100,
        {"segmentation": []},
        [Difference(K.SEGMENTATION_CHANGED, f"{DOG}: mask 600 px -> []", ONE, 100, 100, 600, None)],
    ),
    "an empty mask beside none": (
        108,
        {"segmentation": []},
        [Difference(K.SEGMENTATION_CHANGED, f"{SECOND}: mask none -> []", TWO, 108, 108, None, None)],
    ),
    "a polygon that cannot be decoded": (
        100,
        {"segmentation": [[10, 20, 40, 20]]},
        [Difference(K.SEGMENTATION_CHANGED, f"{DOG}: mask 600 px -> that cannot be decoded", ONE, 100, 100, 600, None)],
    ),
    "a mask": (
        108,
        {"segmentation": [[1, 2, 31, 2, 31, 42, 1, 42]]},
        [Difference(K.SEGMENTATION_CHANGED, f"{SECOND}: mask none -> 1200 px", TWO, 108, 108, None, 1200)],
    ),
    "a run": (
        104,
        {"segmentation": {"size": [90, 120], "counts": [60 * 90 + 50, 3, 87, 2, 10800 - 60 * 90 - 50 - 92]}},
        [Difference(K.SEGMENTATION_CHANGED, f"{CAT}: mask 6 px -> 5 px, IoU 0.833", ONE, 104, 104, 6, 5, 5 / 6)],
    ),
    "the same runs of another size": (
        104,
        {"segmentation": {"size": [120, 90], "counts": [60 * 90 + 50, 3, 87, 3, 10800 - 60 * 90 - 50 - 93]}},
        [Difference(K.SEGMENTATION_CHANGED, f"{CAT}: mask 6 px -> 6 px, IoU 0.000", ONE, 104, 104, 6, 6, 0.0)],
    ),
    "runs that are too short": (
        104,
        {"segmentation": {"size": [90, 120], "counts": [60 * 90 + 50, 3, 87]}},
        [Difference(K.SEGMENTATION_CHANGED, f"{CAT}: mask 6 px -> that cannot be decoded", ONE, 104, 104, 6, None)],
    ),
    "a mask that is no mask": (
        100,
        {"segmentation": "none"},
        [Difference(K.SEGMENTATION_CHANGED, f'{DOG}: mask 600 px -> "none"', ONE, 100, 100, 600, None)],
    ),
    "a keypoint": (
        112,
        {"keypoints": [75, 10, 2, 97.5, 31, 1]},
        [
            Difference(
                K.KEYPOINTS_CHANGED,
                f"{PERSON}: keypoints off by up to 2.5",
                TWO,
                112,
                112,
                [75.0, 10.0, 2.0, 100.0, 30.0, 1.0],
                [75.0, 10.0, 2.0, 97.5, 31.0, 1.0],
                2.5,
            )
        ],
    ),
    "a keypoint that is hidden": (
        112,
        {"keypoints": [75, 10, 1, 100, 30, 1]},
        [
            Difference(
                K.KEYPOINTS_CHANGED,
                f"{PERSON}: other visibility of keypoints",
                TWO,
                112,
                112,
                [75.0, 10.0, 2.0, 100.0, 30.0, 1.0],
                [75.0, 10.0, 1.0, 100.0, 30.0, 1.0],
                0.0,
            )
        ],
    ),
    "a keypoint that is elsewhere and hidden": (
        112,
        {"keypoints": [75, 10.0, 0, 100, 30.75, 1]},
        [
            Difference(
                K.KEYPOINTS_CHANGED,
                f"{PERSON}: keypoints off by up to 0.75, other visibility of keypoints",
                TWO,
                112,
                112,
                [75.0, 10.0, 2.0, 100.0, 30.0, 1.0],
                [75.0, 10.0, 0.0, 100.0, 30.75, 1.0],
                0.75,
            )
        ],
    ),
    "another keypoint that is hidden": (
        112,
        {"keypoints": [75, 10, 2, 100, 30, 2]},
        [
            Difference(
                K.KEYPOINTS_CHANGED,
                f"{PERSON}: other visibility of keypoints",
                TWO,
                112,
                112,
                [75.0, 10.0, 2.0, 100.0, 30.0, 1.0],
                [75.0, 10.0, 2.0, 100.0, 30.0, 2.0],
                0.0,
            )
        ],
    ),
    "no keypoints any more": (
        112,
        {"keypoints": []},
        [Difference(K.KEYPOINTS_CHANGED, f"{PERSON}: 2 keypoints -> 0", TWO, 112, 112, [75.0, 10.0, 2.0, 100.0, 30.0, 1.0], [])],
    ),
    "another count of keypoints": (
        112,
        {"keypoints": [75, 10, 2]},
        [
            Difference(
                K.KEYPOINTS_CHANGED,
                f"{PERSON}: 2 keypoints -> 1",
                TWO,
                112,
                112,
                [75.0, 10.0, 2.0, 100.0, 30.0, 1.0],
                [75.0, 10.0, 2.0],
            )
        ],
    ),
    "a score": (
        100,
        {"score": 0.75},
        [Difference(K.SCORE_CHANGED, f"{DOG}: score 0.5 -> 0.75", ONE, 100, 100, 0.5, 0.75, 0.25)],
    ),
    "a score that is given": (
        104,
        {"score": 1},
        [Difference(K.SCORE_CHANGED, f"{CAT}: score none -> 1", ONE, 104, 104, None, 1)],
    ),
    "a score that is no number": (
        100,
        {"score": None},
        [Difference(K.SCORE_CHANGED, f"{DOG}: score 0.5 -> null", ONE, 100, 100, 0.5, None)],
    ),
    "an attribute": (
        100,
        {"note": "Ünclear"},
        [Difference(K.ATTRIBUTE_CHANGED, f'{DOG}: note "clear" -> "Ünclear"', ONE, 100, 100, "clear", "Ünclear")],
    ),
    "attributes that are numbers, in the order of their names": (
        100,
        {"weight": 7, "note": 3},
        [
            Difference(K.ATTRIBUTE_CHANGED, f'{DOG}: note "clear" -> 3', ONE, 100, 100, "clear", 3),
            Difference(K.ATTRIBUTE_CHANGED, f"{DOG}: weight none -> 7", ONE, 100, 100, None, 7),
        ],
    ),
    "an attribute of just the length that is shown": (
        100,
        {"note": LONG + "x"},
        [Difference(K.ATTRIBUTE_CHANGED, f'{DOG}: note "clear" -> "{LONG}x"', ONE, 100, 100, "clear", LONG + "x")],
    ),
    "an attribute that is longer": (
        100,
        {"note": LONG + "yz"},
        [Difference(K.ATTRIBUTE_CHANGED, f'{DOG}: note "clear" -> "{LONG}yz...', ONE, 100, 100, "clear", LONG + "yz")],
    ),
}


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_one_change_of_an_annotation(name: str) -> None:
    number, fields, differences = ANNOTATIONS[name]
    before, after = scene(), scene()
    row_of(after, number).update(fields)
    assert compared(before, after) == expected(before, after, differences)


@pytest.mark.parametrize("name", [name for name in ANNOTATIONS if "mask" not in name and "runs" not in name])
def test_and_the_other_way(name: str) -> None:
    """What is before is after. The message is the other's, where it is the same values in another order."""
    number, fields, differences = ANNOTATIONS[name]
    before, after = scene(), scene()
    row_of(after, number).update(fields)
    found = compared(after, before)
    assert found.counts == Counter(one.kind for one in differences)
    assert [dataclasses.replace(one, message="") for one in found.differences if one.kind is not K.RELABELLED] == [
        dataclasses.replace(one, message="", before=one.after, after=one.before) for one in differences if one.kind is not K.RELABELLED
    ]


def test_a_label_that_was_none() -> None:
    before, after = scene(), scene()
    row_of(before, 108)["category_id"] = 99
    said = "annotation 108 (image a/two.jpg, no category)"
    assert compared(before, after) == expected(
        before,
        after,
        [
            Difference(K.RELABELLED, f"{said}: category none (category_id 99) -> 'dog'", TWO, 108, 108, None, "dog"),
        ],
    )


def test_an_annotation_that_is_gone_and_one_that_is_new() -> None:
    before, after = scene(), scene()
    del after["annotations"][0], after["annotations"][-1]
    for _ in range(2):
        after["annotations"].append({"id": 120, "image_id": 16, "category_id": 7, "bbox": [1.25, 1 / 3, 4, 5]})
    after["annotations"][-1].update(id=121, bbox=[1e10, 2, 12345678901, 5])
    said = "image b/three.jpg, 'bird'"
    assert compared(before, after) == expected(
        before,
        after,
        [
            Difference(
                K.ANNOTATION_ADDED,
                f"annotation 120 ({said}): box [1.25, 0.3333333333, 4, 5]",
                THREE,
                None,
                120,
                None,
                [1.25, 1 / 3, 4.0, 5.0],
            ),
            Difference(
                K.ANNOTATION_ADDED,
                f"annotation 121 ({said}): box [1e+10, 2, 1.23456789e+10, 5]",
                THREE,
                None,
                121,
                None,
                [1e10, 2.0, 12345678901.0, 5.0],
            ),
            Difference(
                K.ANNOTATION_REMOVED,
                f"{DOG}: box [10.5, 20, 30, 20]",
                ONE,
                100,
                None,
                [10.5, 20.0, 30.0, 20.0],
            ),
            Difference(K.ANNOTATION_REMOVED, f"{BARE}: no box", THREE, 116, None),
        ],
    )


def test_annotations_on_no_image_and_of_no_category_without_an_id() -> None:
    before, after = scene(), scene()
    before["annotations"].append({"image_id": 77, "category_id": 99, "bbox": [1, 2, 3, 4]})
    after["annotations"].append({"id": "x7", "image_id": 77, "category_id": 99, "bbox": [5, 6, 3, 4], "note": 1})
    assert compared(before, scene()).differences == (
        Difference(K.ANNOTATION_REMOVED, "row 5 (on no image, no category): box [1, 2, 3, 4]", None, None, None, [1.0, 2.0, 3.0, 4.0]),
    )
    assert compared(scene(), after).differences == (
        Difference(
            K.ANNOTATION_ADDED, "annotation x7 (on no image, no category): box [5, 6, 3, 4]", None, None, "x7", None, [5.0, 6.0, 3.0, 4.0]
        ),
    )
    assert compared(before, after).differences == (
        Difference(
            K.BOX_MOVED,
            "row 5 (on no image, no category): box [1, 2, 3, 4] -> [5, 6, 3, 4], up to 4 px",
            None,
            None,
            "x7",
            [1.0, 2.0, 3.0, 4.0],
            [5.0, 6.0, 3.0, 4.0],
            4.0,
        ),
        Difference(K.ATTRIBUTE_CHANGED, "row 5 (on no image, no category): note none -> 1", None, None, "x7", None, 1),
        Difference(K.ID_CHANGED, 'annotation in row 5: id none -> "x7"', None, None, "x7", None, "x7"),
    )


def test_an_image_without_a_name_is_called_by_its_id() -> None:
    before, after = scene(), scene()
    for document in (before, after):
        row_of(document, 16)["file_name"] = ""
    row_of(after, 116)["caption"] = 2
    assert compared(before, after).differences == (
        Difference(
            K.ATTRIBUTE_CHANGED,
            "annotation 116 (image 16, 'cat'): caption \"no box, no mask\" -> 2",
            "",
            116,
            116,
            "no box, no mask",
            2,
        ),
    )


def renamed(document: Any, *names: str) -> None:
    for row, name in zip(document["categories"], names, strict=True):
        row["name"] = name


def without(document: Any, section: str, number: int) -> None:
    document[section] = [row for row in document[section] if row["id"] != number]


def test_categories_that_swap_their_names_say_how_many_annotations_now_mean_another() -> None:
    before, after = scene(), scene()
    del before["annotations"][1], after["annotations"][1]
    renamed(after, "cat", "dog", "person", "bird")
    differences = [
        Difference(
            K.CATEGORY_NAMES_SWAPPED,
            "category 1: the name 'dog' -> 'cat', which was another category's; 2 annotations with id 1 now mean 'cat'",
            None,
            1,
            1,
            "dog",
            "cat",
        ),
        Difference(
            K.CATEGORY_NAMES_SWAPPED,
            "category 3: the name 'cat' -> 'dog', which was another category's; 1 annotation with id 3 now means 'dog'",
            None,
            3,
            3,
            "cat",
            "dog",
        ),
    ]
    assert compared(before, after) == expected(before, after, differences)


def test_renamed_categories() -> None:
    before, after = scene(), scene()
    renamed(after, "hound", "cat", "human", "crow")
    differences = [
        Difference(K.CATEGORY_RENAMED, "category 1: the name 'dog' -> 'hound' (2 annotations)", None, 1, 1, "dog", "hound"),
        Difference(K.CATEGORY_RENAMED, "category 5: the name 'person' -> 'human' (1 annotation)", None, 5, 5, "person", "human"),
        Difference(K.CATEGORY_RENAMED, "category 7: the name 'bird' -> 'crow' (0 annotations)", None, 7, 7, "bird", "crow"),
    ]
    assert compared(before, after) == expected(before, after, differences)


def test_a_name_that_is_missing_swaps_with_none() -> None:
    before, after = scene(), scene()
    renamed(before, "", "cat", "person", "bird")
    renamed(after, "dog", "", "person", "bird")
    differences = [
        Difference(K.CATEGORY_RENAMED, "category 1: the name '' -> 'dog' (2 annotations)", None, 1, 1, "", "dog"),
        Difference(K.CATEGORY_RENAMED, "category 3: the name 'cat' -> '' (2 annotations)", None, 3, 3, "cat", ""),
    ]
    assert compared(before, after) == expected(before, after, differences)


def test_a_category_that_is_gone_one_that_is_new_and_one_that_changed() -> None:
    before, after = scene(), scene()
    without(after, "categories", 7)
    without(after, "categories", 3)
    without(after, "annotations", 116)
    after["categories"] += [{"id": 8, "name": "fish"}, {"id": 9, "name": "cow"}]
    after["annotations"].append({"id": 120, "image_id": 16, "category_id": 9, "bbox": [1, 2, 3, 4]})
    row_of(after, 104)["category_id"] = 1
    after["categories"][0] = {"id": 1, "name": "dog", "color": [1, 2.0], "supercategory": None}
    after["categories"][1]["skeleton"] = []
    differences = [
        Difference(K.CATEGORY_ADDED, "category 8 'fish', 0 annotations", None, None, 8, None, "fish"),
        Difference(K.CATEGORY_ADDED, "category 9 'cow', 1 annotation", None, None, 9, None, "cow"),
        Difference(K.CATEGORY_REMOVED, "category 3 'cat', 2 annotations", None, 3, None, "cat"),
        Difference(K.CATEGORY_REMOVED, "category 7 'bird', 0 annotations", None, 7, None, "bird"),
        Difference(K.CATEGORY_CHANGED, "category 1 'dog': color none -> [1, 2.0]", None, 1, 1, None, [1, 2]),
        Difference(K.CATEGORY_CHANGED, "category 1 'dog': supercategory \"animal\" -> null", None, 1, 1, "animal", None),
        Difference(K.CATEGORY_CHANGED, "category 5 'person': skeleton [[1, 2]] -> []", None, 5, 5, [[1, 2]], []),
        Difference(K.ANNOTATION_ADDED, "annotation 120 (image b/three.jpg, 'cow'): box [1, 2, 3, 4]", THREE, None, 120, None, [1, 2, 3, 4]),
        Difference(K.ANNOTATION_REMOVED, f"{BARE}: no box", THREE, 116, None),
        Difference(K.RELABELLED, f"{CAT}: category 'cat' -> 'dog'", ONE, 104, 104, "cat", "dog"),
    ]
    assert compared(before, after) == expected(before, after, differences)


def test_images_that_are_gone_new_and_renamed() -> None:
    before, after = scene(), scene()
    without(after, "images", 10)
    after["annotations"] = [row for row in after["annotations"] if row["image_id"] != 10]
    row_of(after, 13)["file_name"] = "c/zwei.jpg"
    after["images"] += [{"id": 20, "file_name": "d/four.jpg", "width": 1, "height": 1}, {"id": 21, "file_name": "d/five.jpg"}]
    after["annotations"].append({"id": 120, "image_id": 21, "category_id": 7, "bbox": [1, 2, 3, 4]})
    differences = [
        Difference(K.IMAGE_ADDED, "image 20 'd/four.jpg' with 0 annotations", "d/four.jpg", None, 20, None, "d/four.jpg"),
        Difference(K.IMAGE_ADDED, "image 21 'd/five.jpg' with 1 annotation", "d/five.jpg", None, 21, None, "d/five.jpg"),
        Difference(K.IMAGE_REMOVED, "image 10 'a/one.jpg' with 2 annotations", ONE, 10, None, ONE),
        Difference(K.IMAGE_RENAMED, "image 13: file_name 'a/two.jpg' -> 'c/zwei.jpg'", TWO, 13, 13, TWO, "c/zwei.jpg"),
        Difference(
            K.ANNOTATION_ADDED, "annotation 120 (image d/five.jpg, 'bird'): box [1, 2, 3, 4]", "d/five.jpg", None, 120, None, [1, 2, 3, 4]
        ),
        Difference(K.ANNOTATION_REMOVED, f"{DOG}: box [10.5, 20, 30, 20]", ONE, 100, None, [10.5, 20, 30, 20]),
        Difference(K.ANNOTATION_REMOVED, f"{CAT}: box [60, 50, 2, 3]", ONE, 104, None, [60, 50, 2, 3]),
    ]
    assert compared(before, after) == expected(before, after, differences)


def test_images_of_another_size_and_with_other_fields() -> None:
    before, after = scene(), scene()
    row_of(after, 13)["width"] = 121
    row_of(after, 16).pop("height")
    row_of(after, 10).update(taken=None, license=2, camera={"iso": 100.0})
    differences = [
        Difference(K.IMAGE_RESIZED, "image 13 'a/two.jpg': 120x90 px -> 121x90 px", TWO, 13, 13, "120x90 px", "121x90 px"),
        Difference(
            K.IMAGE_RESIZED, "image 16 'b/three.jpg': 64x48 px -> width 64, height none", THREE, 16, 16, "64x48 px", "width 64, height none"
        ),
        Difference(K.IMAGE_CHANGED, "image 10 'a/one.jpg': camera none -> {\"iso\": 100.0}", ONE, 10, 10, None, {"iso": 100}),
        Difference(
            K.IMAGE_CHANGED,
            'image 10 \'a/one.jpg\': license 1 ("MIT") -> 2 ("CC")',
            ONE,
            10,
            10,
            1,
            2,
        ),
        Difference(K.IMAGE_CHANGED, "image 10 'a/one.jpg': taken \"May\" -> null", ONE, 10, 10, "May", None),
    ]
    assert compared(before, after) == expected(before, after, differences)


@pytest.mark.parametrize("section", ["image", "category"])
def test_a_long_value_of_an_image_or_a_category_is_cut(section: str) -> None:
    number, named, kind = (
        (16, "image 16 'b/three.jpg'", K.IMAGE_CHANGED) if section == "image" else (7, "category 7 'bird'", K.CATEGORY_CHANGED)
    )
    before, after = scene(), scene()
    row_of(before, number)["note"], row_of(after, number)["note"] = "é" + LONG, "é" + LONG + "z"
    (one,) = compared(before, after).differences
    assert (one.kind, one.message) == (kind, f'{named}: note "é{LONG}" -> "é{LONG}z...')


def test_sizes_that_both_do_not_know_are_equal() -> None:
    before = scene()
    row_of(before, 16)["width"] = 0
    assert compared(before, before) == expected(before, before, [])


NOTES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "licenses in another order": (
        {"licenses": [{"id": 2, "name": "CC"}, {"id": 1, "name": "MIT"}]},
        ["the order of licenses differs"],
    ),
    "a number of info that is written differently": (
        {"info": {"year": 2024.0}},
        ["1 field has equal numbers that are written differently (600 and 600.0)"],
    ),
}


@pytest.mark.parametrize("name", NOTES)
def test_notes(name: str) -> None:
    changes, notes = NOTES[name]
    before, after = scene(), scene()
    after.update(changes)
    assert compared(before, after) == expected(before, after, [], *notes)


SECTIONS_CHANGED: dict[str, tuple[dict[str, Any], list[tuple[str, Any, Any]]]] = {
    "info": ({"info": {"year": 2025}}, [("info.year 2024 -> 2025", 2024, 2025)]),
    "a field of info": ({"info": {"year": 2024, "final": True}}, [("info.final none -> true", None, True)]),
    "info of another type": ({"info": "2024"}, [('info {"year": 2024} -> "2024"', {"year": 2024}, "2024")]),
    "another license": (
        {"licenses": [{"id": 1, "name": "MIT"}, {"id": 2, "name": "CC"}, {"id": 3, "name": "X"}]},
        [('licenses: "X" added', None, {"id": 3, "name": "X"})],
    ),
    "a field of a license": (
        {"licenses": [{"id": 1, "name": "MIT"}, {"id": 2, "name": "CC", "url": "u"}]},
        [('licenses: "CC": url none -> "u"', None, "u")],
    ),
    "a section of the user's own": ({"extra": {"a": [1]}}, [('extra none -> {"a": [1]}', None, {"a": [1]})]),
    "videos": ({"videos": []}, [("videos none -> []", None, [])]),
}


@pytest.mark.parametrize("name", SECTIONS_CHANGED)
def test_other_sections(name: str) -> None:
    changes, messages = SECTIONS_CHANGED[name]
    before, after = scene(), scene()
    after.update(changes)
    differences = [Difference(K.SECTION_CHANGED, message, before=one, after=other) for message, one, other in messages]
    assert compared(before, after) == expected(before, after, differences)


def test_neither_info_nor_licenses() -> None:
    before, after = scene(), scene()
    for document in (before, after):
        for row in document["images"]:
            row.pop("license", None)
    del after["info"], after["licenses"]
    assert [one.message for one in compared(before, after).differences] == [
        'info {"year": 2024} -> none',
        'licenses [{"id": 1, "name": "MIT"}, {"id": 2, "name": "CC"}] -> none',
    ]
    assert compared(after, after) == expected(after, after, [])


@pytest.mark.parametrize("section", SECTIONS)
def test_another_order_is_a_note(section: str) -> None:
    before, after = scene(), scene()
    after[section][0], after[section][1] = after[section][1], after[section][0]
    assert compared(before, after) == expected(before, after, [], f"the order of {section} differs")


def test_an_order_that_changes_among_annotations_that_changed() -> None:
    before, after = scene(), scene()
    row_of(after, 100)["note"] = "other"
    after["annotations"].append(after["annotations"].pop(0))
    report = compared(before, after)
    assert (report.counts, report.notes) == ({K.ATTRIBUTE_CHANGED: 1}, ("the order of annotations differs",))


@pytest.mark.parametrize("section", SECTIONS)
def test_other_ids_are_counted(section: str) -> None:
    before, after = scene(), scene()
    new = {row["id"]: row["id"] + 1 for row in after[section][:2]}
    for row in after[section]:
        row["id"] = new.get(row["id"], row["id"])
    key = {"images": "image_id", "categories": "category_id"}.get(section)
    for row in after["annotations"]:
        if key:
            row[key] = new.get(row[key], row[key])
    assert compared(before, after) == expected(before, after, [], renumbered=Renumbered(**{section: 2}))
    assert Renumbered(**{section: 2}).any
    assert not Renumbered().any


def test_the_id_of_an_annotation_that_changed_is_counted_too_and_one_of_another_type_is_a_change() -> None:
    before, after = scene(), scene()
    row_of(after, 100).update(id=101, note="other")
    row_of(after, 104)["id"] = "x"
    report = compared(before, after)
    assert (report.counts, report.renumbered) == ({K.ATTRIBUTE_CHANGED: 1, K.ID_CHANGED: 1}, Renumbered(annotations=1))
    assert report.differences[1] == Difference(K.ID_CHANGED, 'annotation in row 1: id 104 -> "x"', None, 104, "x", 104, "x")


TOLERANCES: dict[str, tuple[int, dict[str, Any], dict[str, float], dict[str, float]]] = {
    "box": (100, {"bbox": [12.5, 20, 30, 21]}, {"box": 2}, {"box": 1.99}),
    "area": (100, {"area": 602.5}, {"area": 2.5}, {"area": 2.49}),
    "score": (100, {"score": 0.75}, {"score": 0.25}, {"score": 0.24}),
    "keypoint": (112, {"keypoints": [77, 10, 2, 100, 29, 1]}, {"keypoint": 2}, {"keypoint": 1.99}),
    "mask_iou": (100, {"segmentation": [[10, 20, 40, 20, 40, 38, 10, 38]]}, {"mask_iou": 0.9}, {"mask_iou": 0.91}),
}


@pytest.mark.parametrize("name", TOLERANCES)
def test_tolerances(name: str) -> None:
    number, fields, enough, too_little = TOLERANCES[name]
    before, after = scene(), scene()
    row_of(after, number).update(fields)
    assert compared(before, after, **enough) == expected(before, after, [], "1 field differs within the tolerance")
    others = {"box": 99.0, "area": 99.0, "score": 99.0, "keypoint": 99.0, "mask_iou": 0.0} | too_little
    assert sum(compared(before, after, **others).counts.values()) == 1


def test_no_tolerance_covers_what_is_there_on_one_side_alone() -> None:
    far = {"box": 99.0, "area": 99.0, "score": 99.0, "keypoint": 99.0, "mask_iou": 0.0}
    for number, fields, kind in (
        (108, {"bbox": None}, K.BOX_MOVED),
        (116, {"area": 1}, K.AREA_CHANGED),
        (104, {"score": 1}, K.SCORE_CHANGED),
        (100, {"score": True}, K.SCORE_CHANGED),
        (112, {"keypoints": [75, 10, 2]}, K.KEYPOINTS_CHANGED),
        (112, {"keypoints": [75, 10, 2, 100, 30, 2]}, K.KEYPOINTS_CHANGED),
        (100, {"segmentation": []}, K.SEGMENTATION_CHANGED),
        (100, {"iscrowd": 1}, K.CROWD_CHANGED),
    ):
        before, after = scene(), scene()
        row_of(after, number).update(fields)
        assert kind in compared(before, after, **far).counts, fields


def test_a_changed_score_within_the_tolerance_hides_no_attribute_after_it() -> None:
    before, after = scene(), scene()
    row_of(after, 100).update(score=0.6, zoom=2)
    assert compared(before, after, score=0.2).counts == {K.ATTRIBUTE_CHANGED: 1}
    row_of(before, 100)["zoom"] = 4.5
    (one,) = compared(before, after, score=0.2).differences
    assert (one.message, one.before, one.after, one.measure) == (f"{DOG}: zoom 4.5 -> 2", 4.5, 2, 2.5)


def test_masks_that_are_written_otherwise_are_counted_and_hide_none_after_them() -> None:
    before, after = scene(), scene()
    ring = [10, 20, 40, 20, 40, 40, 10, 40]
    row_of(after, 100)["segmentation"] = [ring[2:] + ring[:2]]
    row_of(before, 108)["segmentation"], row_of(after, 108)["segmentation"] = [ring], [ring[4:] + ring[:4]]
    row_of(before, 112)["segmentation"], row_of(after, 112)["segmentation"] = [ring], [[10, 20, 40, 20, 40, 30, 10, 30]]
    report = compared(before, after)
    assert (report.counts, report.notes) == (
        {K.SEGMENTATION_CHANGED: 1},
        ("2 segmentations are written differently, with the same pixels",),
    )
    assert compared(before, after, mask_iou=0.5).notes == (
        "2 segmentations are written differently, with the same pixels",
        "1 field differs within the tolerance",
    )


def test_an_iou_close_to_one_is_told_in_full() -> None:
    before, after = scene(), scene()
    for document, height in ((before, 90), (after, 89)):
        size = {"width": 120, "height": 90}
        row_of(document, 13).update(size)
        counts = [0, 10799, 1] if height == 90 else [0, 10798, 2]
        row_of(document, 108)["segmentation"] = {"size": [90, 120], "counts": counts}
    (one,) = compared(before, after).differences
    assert one.message == f"{SECOND}: mask 10799 px -> 10798 px, IoU 0.999907399"
    assert one.measure == 10798 / 10799
    row_of(after, 108)["segmentation"]["counts"] = [0, 10799 - 6, 7]
    assert compared(before, after).differences[0].message.endswith(", IoU 0.999")


def test_every_kind_at_once_in_the_order_of_the_kinds() -> None:
    """Five changes of one annotation, and others; the kinds stand in the order in which they are listed in the code."""
    before, after = scene(), scene()
    row_of(after, 100).update(
        bbox=[10.5, 20, 30, 21], area=601, iscrowd=1, score=0.25, note=1, category_id=3, segmentation=[[10, 20, 40, 20, 40, 41, 10, 41]]
    )
    row_of(after, 112)["keypoints"] = [75, 10, 2, 100, 31, 1]
    without(after, "annotations", 116)
    report = compared(before, after)
    assert list(report.counts) == [
        K.ANNOTATION_REMOVED,
        K.RELABELLED,
        K.BOX_MOVED,
        K.AREA_CHANGED,
        K.SEGMENTATION_CHANGED,
        K.CROWD_CHANGED,
        K.SCORE_CHANGED,
        K.KEYPOINTS_CHANGED,
        K.ATTRIBUTE_CHANGED,
    ]
    assert [one.kind for one in report.differences] == list(report.counts)
    assert not report.same


def test_of_many_changes_of_a_kind_all_are_counted_and_a_thousand_kept() -> None:
    n = 1001
    before: Any = {
        "images": [{"id": 1 + k, "file_name": f"{k}.jpg", "width": 100, "height": 100} for k in range(n)],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}, {"id": 3, "name": "cow", "keypoints": ["a"], "skeleton": []}],
        "annotations": [
            {
                "id": 1 + k,
                "image_id": 1 + k,
                "category_id": 1,
                "bbox": [1, 2, 30, 40],
                "area": 1200,
                "iscrowd": 0,
                "segmentation": {"size": [3, 2], "counts": [1, 3, 2]},
                "score": 0.5,
                "note": 1,
                "keypoints": [1, 2, 2],
            }
            for k in range(n)
        ],
    }
    after = copy.deepcopy(before)
    for row in after["annotations"]:
        row.update(category_id=2, bbox=[1, 2, 30, 41], area=1, iscrowd=1, score=1, note=2, keypoints=[1, 2, 1])
        row["segmentation"] = {"size": [3, 2], "counts": [1, 2, 3]}
    report = compared(before, after)
    kinds = [
        K.RELABELLED,
        K.BOX_MOVED,
        K.AREA_CHANGED,
        K.SEGMENTATION_CHANGED,
        K.CROWD_CHANGED,
        K.SCORE_CHANGED,
        K.KEYPOINTS_CHANGED,
        K.ATTRIBUTE_CHANGED,
    ]
    assert report.counts == dict.fromkeys(kinds, n)
    assert [(one.kind, one.id_before) for one in report.differences] == [(kind, 1 + k) for kind in kinds for k in range(1000)]
    after["annotations"] = []
    report = compared(before, after)
    assert report.counts == {K.ANNOTATION_REMOVED: n}
    assert [one.id_before for one in report.differences] == list(range(1, 1001))


def test_thousands_are_written_with_a_comma() -> None:
    n = 1234
    before: Any = {
        "images": [{"id": 1, "file_name": "x.jpg", "width": 5000, "height": 10}],
        "categories": [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}],
        "annotations": [{"id": 1 + k, "image_id": 1, "category_id": 1, "bbox": [k, 2, 1, 1]} for k in range(n)],
    }
    after = copy.deepcopy(before)
    renamed(after, "hound", "cat")
    assert [one.message for one in compared(before, after).differences] == ["category 1: the name 'dog' -> 'hound' (1,234 annotations)"]
    renamed(after, "cat", "dog")
    assert [one.message for one in compared(before, after).differences] == [
        "category 1: the name 'dog' -> 'cat', which was another category's; 1,234 annotations with id 1 now mean 'cat'",
        "category 2: the name 'cat' -> 'dog', which was another category's; 0 annotations with id 2 now mean 'dog'",
    ]
    bare = {**before, "annotations": [], "categories": before["categories"][1:]}
    removed = [one.message for one in compared(before, bare).differences[:1]]
    added = [one.message for one in compared(bare, before).differences[:1]]
    assert removed == added == ["category 1 'dog', 1,234 annotations"]
    empty = {**before, "annotations": [], "images": []}
    removed = [one.message for one in compared(before, empty).differences[:1]]
    added = [one.message for one in compared(empty, before).differences[:1]]
    assert removed == added == ["image 1 'x.jpg' with 1,234 annotations"]


HUGE: dict[str, tuple[int, dict[str, Any], dict[str, Any], str]] = {
    "a box": (108, {"bbox": [-1e308, 2, 3, 4]}, {"bbox": [1e308, 2, 3, 4]}, "box [-1e+308, 2, 3, 4] -> [1e+308, 2, 3, 4]"),
    "a side": (108, {"bbox": [1e308, 2, 1e308, 4]}, {"bbox": [1e308, 2, 1e308, 5]}, "box [1e+308, 2, 1e+308, 4] -> [1e+308, 2, 1e+308, 5]"),
    "an area": (108, {"area": -1e308}, {"area": 1e308}, "area -1e+308 -> 1e+308"),
    "a score": (108, {"score": -1e308}, {"score": 1e308}, "score -1e+308 -> 1e+308"),
    "a score of 401 digits": (108, {"score": 0.5}, {"score": 10**400}, "score 0.5 -> 1" + 79 * "0" + "..."),
    "a keypoint": (112, {"keypoints": [-1e308, 1, 2]}, {"keypoints": [1e308, 1, 2]}, "keypoints off"),
    "a keypoint that is hidden": (
        112,
        {"keypoints": [-1e308, 1, 2]},
        {"keypoints": [1e308, 1, 1]},
        "keypoints off, other visibility of keypoints",
    ),
}


@pytest.mark.parametrize("name", HUGE)
def test_a_distance_that_no_double_can_hold_is_not_told(name: str) -> None:
    number, fields, others, said = HUGE[name]
    before, after = scene(), scene()
    row_of(before, number).update(fields)
    row_of(after, number).update(others)
    far = dict.fromkeys(("box", "area", "score", "keypoint"), 1e300)
    for report in (compared(before, after), compared(before, after, **far)):
        (one,) = report.differences
        assert (one.message, one.measure) == (f"{SECOND if number == 108 else PERSON}: {said}", None)


def test_the_order_of_keys_says_nothing_beside_another_change() -> None:
    before, after = scene(), scene()
    for number in (7, 10, 100):
        row_of(before, number)["deep"], row_of(after, number)["deep"] = [{"a": 1, "b": 2}], [{"b": 2, "a": 1}]
    row_of(after, 100)["note"] = "other"
    assert [one.message for one in compared(before, after).differences] == [f'{DOG}: note "clear" -> "other"']


def test_a_box_beyond_a_double_that_stays_is_no_change() -> None:
    before, after = scene(), scene()
    for document in (before, after):
        row_of(document, 104)["bbox"] = [1e308, 1, 1e308, 4]
    row_of(after, 104)["area"], row_of(after, 108)["bbox"] = 7, [1, 2, 30, 41]
    assert compared(before, after).counts == {K.BOX_MOVED: 1, K.AREA_CHANGED: 1}


@pytest.mark.parametrize("where", ["on no image", "on an image without a size", "on an image that is too large"])
def test_polygons_that_nothing_can_be_drawn_on(where: str) -> None:
    before, after = scene(), scene()
    for document in (before, after):
        if where == "on no image":
            row_of(document, 100)["image_id"] = 99
        else:
            row_of(document, 10).update(width=2**20 if "large" in where else 0, height=2**20)
    row_of(after, 100)["segmentation"] = [[10, 20, 40, 20, 40, 38, 10, 38]]
    (one,) = compared(before, after).differences
    assert (one.kind, one.before, one.after, one.measure) == (K.SEGMENTATION_CHANGED, None, None, None)
    assert one.message.endswith(": mask that cannot be decoded -> that cannot be decoded")


def test_true_is_not_one_and_null_is_not_nothing() -> None:
    before, after = scene(), scene()
    row_of(before, 100).update(flag=1, inner=[{"a": 0}])
    row_of(after, 100).update(flag=True, inner=[{"a": False}], empty=None)
    row_of(before, 10)["clear"], row_of(after, 10)["clear"] = False, 0
    row_of(after, 13)["empty"] = None
    row_of(before, 7)["isthing"], row_of(after, 7)["isthing"] = True, 1.0
    assert [one.message for one in compared(before, after).differences] == [
        "category 7 'bird': isthing true -> 1.0",
        "image 10 'a/one.jpg': clear false -> 0",
        "image 13 'a/two.jpg': empty none -> null",
        f"{DOG}: empty none -> null",
        f"{DOG}: flag 1 -> true",
        f'{DOG}: inner [{{"a": 0}}] -> [{{"a": false}}]',
    ]


def test_files_by_their_names(tmp_path: Any) -> None:
    before, after = scene(), scene()
    row_of(after, 108)["area"] = 1
    paths = [tmp_path / name for name in ("a.json", "b.json")]
    for path, document in zip(paths, (before, after), strict=True):
        path.write_text(json.dumps(document))
    report = dataclasses.replace(diff(paths[0], str(paths[1])), compared=(), not_compared=())
    assert report == dataclasses.replace(compared(before, after), before=str(paths[0]), after=str(paths[1]))
    assert report.counts == {K.AREA_CHANGED: 1}


def test_one_that_changed_too_little_does_not_hide_the_next() -> None:
    def both(**fields: list[Any]) -> Any:
        document = scene()
        for k, number in enumerate((108, 112)):
            row_of(document, number).update({name: values[k] for name, values in fields.items()})
        return document

    points = [[5, 6, 2], [75, 10, 2, 100, 30, 1]]
    before = both(keypoints=points, score=[0.5, 0.5], note=["a", "a"])
    after = both(keypoints=[[5, 6.5, 2], [75, 10, 2, 100, 37, 1]], score=[0.6, 0.9], note=["a", "b"])
    report = compared(before, after, keypoint=1, score=0.2)
    assert [(one.kind, one.id_before) for one in report.differences] == [
        (K.SCORE_CHANGED, 112),
        (K.KEYPOINTS_CHANGED, 112),
        (K.ATTRIBUTE_CHANGED, 112),
    ]
    # A value of no use is told once, and what comes after it in the alphabet as well.
    broken = both(keypoints=points, score=[0.5, 0.5], note=["a", "b"])
    row_of(broken, 112)["keypoints"] = "x"
    assert [(one.kind, one.message.split(": ", 1)[1]) for one in compared(before, broken).differences] == [
        (K.KEYPOINTS_CHANGED, 'keypoints [75, 10, 2, 100, 30, 1] -> "x"'),
        (K.ATTRIBUTE_CHANGED, 'note "a" -> "b"'),
    ]
    # The segments of an annotation do not hide its other fields either.
    segments = [{"id": 1, "area": 5}]
    one, other = both(segments_info=[segments, segments], zone=[1, 1]), both(segments_info=[segments, []], zone=[1, 2])
    assert [row.message.split(": ", 1)[1] for row in compared(one, other).differences] == ["segment 1 removed", "zone 1 -> 2"]


def test_the_order_of_keys_says_nothing() -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return [turned(one) for one in value] if isinstance(value, list) else value

    before = scene()
    before["info"] |= {"url": "", "deep": {"a": 1, "b": 2}}
    before["licenses"][0]["url"] = "x"
    row_of(before, 100)["attributes"] = {"x": 1, "y": {"a": 1, "b": 2}}
    assert compared(before, turned(before)) == expected(before, before, [])


def test_a_crowd_flag_that_is_new_is_told_whatever_it_is() -> None:
    for flag in (0, 1):
        before, after = scene(), scene()
        del row_of(before, 104)["iscrowd"]
        row_of(after, 104)["iscrowd"] = flag
        (one,) = compared(before, after).differences
        assert (one.kind, one.before, one.after) == (K.CROWD_CHANGED, None, flag)
        (one,) = compared(after, before).differences
        assert (one.kind, one.before, one.after) == (K.CROWD_CHANGED, flag, None)


def test_numbers_that_are_none_are_told_as_they_stand() -> None:
    def read(*scores: str) -> Any:
        document = scene()
        for k, number in enumerate((100, 104, 108)):
            row_of(document, number)["score"] = f"score {k}"
        text = json.dumps(document)
        for k, score in enumerate(scores):
            text = text.replace(f'"score {k}"', score)
        return Source("x.json", text.encode())

    report = diff(read("NaN", "Infinity", "1"), read("0.5", "-Infinity", "NaN"))
    assert [one.message.split(": ", 1)[1] for one in report.differences] == [
        "score NaN -> 0.5",
        "score Infinity -> -Infinity",
        "score 1 -> NaN",
    ]
    assert diff(read("NaN", "Infinity", "1"), read("NaN", "Infinity", "1")).same
