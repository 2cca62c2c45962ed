"""`diff`: which image, category and annotation of one file is which of the other."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cocoproof.diff.diff_files import diff
from cocoproof.diff.report import DiffKind, DiffReport, Renumbered
from cocoproof.reading.source import read_document

K = DiffKind
MOVED, ADDED, REMOVED, RELABELLED, FIELD = K.BOX_MOVED, K.ANNOTATION_ADDED, K.ANNOTATION_REMOVED, K.RELABELLED, K.ATTRIBUTE_CHANGED
NAMES = ("dog", "cat", "cow", "bird")


def document(*rows: Any, names: Any = NAMES, images: Any = None) -> Any:
    """A file of one image unless told, with these annotations: id, category, box (None for none), and more fields."""
    numbers = names if isinstance(names, dict) else {name: 1 + k for k, name in enumerate(names)}
    annotations = []
    for number, name, box, *more in rows:
        row = {"id": number, "image_id": 1, "category_id": numbers[name] if isinstance(name, str) else name, "bbox": box}
        annotations.append({key: value for key, value in row.items() if value is not None} | (more[0] if more else {}))
    return {
        "images": images or [{"id": 1, "file_name": "a.jpg", "width": 400, "height": 300}],
        "categories": [{"id": number, "name": name} for name, number in numbers.items()],
        "annotations": annotations,
    }


def compared(before: Any, after: Any) -> DiffReport:
    return diff(read_document(before), read_document(after))


def changes(before: Any, after: Any) -> list[tuple[DiffKind, Any, Any]]:
    """The differences by kind, with the ids of what they are about."""
    return [(one.kind, one.id_before, one.id_after) for one in compared(before, after).differences]


def polygon(x: float, y: float, w: float, h: float) -> dict[str, Any]:
    return {"segmentation": [[x, y, x + w, y, x + w, y + h, x, y + h]]}


DOG = (1, "dog", [0, 0, 10, 10])

ANNOTATIONS: dict[str, tuple[list[Any], list[Any], list[tuple[DiffKind, Any, Any]]]] = {
    "the category goes before a better IoU": (
        [DOG],
        [(11, "cat", [0, 0, 10, 9.5]), (12, "dog", [0, 0, 10, 6])],
        [(ADDED, None, 11), (MOVED, 1, 12)],
    ),
    "an IoU of a half goes before the category": (
        [DOG],
        [(11, "cat", [0, 0, 10, 9]), (12, "dog", [0, 0, 10, 4.9])],
        [(ADDED, None, 12), (RELABELLED, 1, 11), (MOVED, 1, 11)],
    ),
    "within a category a half is enough to go first": (
        [DOG],
        [(11, "cat", [0, 0, 10, 9]), (12, "dog", [0, 0, 10, 5])],
        [(ADDED, None, 11), (MOVED, 1, 12)],
    ),
    "across categories a half is enough": ([DOG], [(11, "cat", [0, 0, 10, 5])], [(RELABELLED, 1, 11), (MOVED, 1, 11)]),
    "across categories less is not": ([DOG], [(11, "cat", [0, 0, 10, 4.9])], [(ADDED, None, 11), (REMOVED, 1, None)]),
    "within a category any overlap is": ([DOG], [(11, "dog", [0, 9, 10, 90])], [(MOVED, 1, 11)]),
    "edges that touch are none": ([DOG], [(11, "dog", [0, 10, 10, 90])], [(ADDED, None, 11), (REMOVED, 1, None)]),
    "an overlap goes before the id": (
        [DOG],
        [(1, "dog", [200, 200, 5, 5]), (12, "dog", [0, 0, 10, 3])],
        [(ADDED, None, 1), (MOVED, 1, 12)],
    ),
    "the id goes before a box of the same size nearby": (
        [DOG],
        [(11, "dog", [12, 0, 10, 10]), (1, "dog", [200, 200, 5, 5])],
        [(ADDED, None, 11), (MOVED, 1, 1)],
    ),
    "the id alone, across categories, says nothing": ([DOG], [(1, "cat", [200, 200, 5, 5])], [(ADDED, None, 1), (REMOVED, 1, None)]),
    "texts are no ids": ([("x", *DOG[1:])], [("y", "dog", [200, 200, 5, 5])], [(ADDED, None, "y"), (REMOVED, "x", None)]),
    "nor is a text the id 0": ([(0, *DOG[1:])], [("y", "dog", [200, 200, 5, 5])], [(ADDED, None, "y"), (REMOVED, 0, None)]),
    "nor is 0 the id of a text": ([("x", *DOG[1:])], [(0, "dog", [200, 200, 5, 5])], [(ADDED, None, 0), (REMOVED, "x", None)]),
    "of two that fit about as well, the one with the id": (
        [(1, "dog", [10, 10, 100, 10])],
        [(11, "dog", [12, 10, 100, 10]), (1, "dog", [14, 10, 100, 10])],  # 98/102 and 96/104
        [(ADDED, None, 11), (MOVED, 1, 1)],
    ),
    "but not if the other fits much better": (
        [(1, "dog", [10, 10, 100, 10])],
        [(11, "dog", [12, 10, 100, 10]), (1, "dog", [16, 10, 100, 10])],  # 98/102 and 94/106
        [(ADDED, None, 1), (MOVED, 1, 11)],
    ),
    "the greatest sum of IoUs, not the greatest IoU first": (
        [(1, "dog", [100, 0, 100, 10]), (2, "dog", [113, 0, 100, 10])],
        [(11, "dog", [105, 0, 100, 10]), (12, "dog", [90, 0, 100, 10])],
        [(MOVED, 1, 12), (MOVED, 2, 11)],
    ),
    "the next box of the same size": (
        [DOG],
        [(11, "dog", [35, 0, 10, 10]), (12, "dog", [0, 25, 10, 10])],
        [(ADDED, None, 11), (MOVED, 1, 12)],
    ),
    "up to four times its longer side": ([(1, "dog", [0, 0, 2, 5])], [(11, "dog", [19.9, 0, 2, 5])], [(MOVED, 1, 11)]),
    "downwards, too": ([(1, "dog", [0, 0, 5, 2])], [(11, "dog", [1, 19.9, 5, 2])], [(MOVED, 1, 11)]),
    "and back": ([(1, "dog", [19.9, 0, 2, 5])], [(11, "dog", [0, 0, 2, 5])], [(MOVED, 1, 11)]),
    "but not beyond": ([(1, "dog", [0, 0, 2, 5])], [(11, "dog", [20, 0, 2, 5])], [(ADDED, None, 11), (REMOVED, 1, None)]),
    "nor of another width": ([(1, "dog", [0, 0, 2, 5])], [(11, "dog", [5, 0, 2.01, 5])], [(ADDED, None, 11), (REMOVED, 1, None)]),
    "nor of another height": ([(1, "dog", [0, 0, 2, 5])], [(11, "dog", [5, 0, 2, 5.01])], [(ADDED, None, 11), (REMOVED, 1, None)]),
    "nor of another category": ([(1, "dog", [0, 0, 2, 5])], [(11, "cat", [5, 0, 2, 5])], [(ADDED, None, 11), (REMOVED, 1, None)]),
    "a size that rounding changed is the same": (
        [(1, "dog", [0.1, 0, 0.3, 5])],
        [(11, "dog", [5.7, 0, 0.30000000001, 5])],
        [(MOVED, 1, 11)],
    ),
    "no boxes and no masks: in their order within a category": (
        [(1, "dog", None, {"caption": "a"}), (2, "cat", None, {"caption": "b"}), (3, "dog", None, {"caption": "c"})],
        [(11, "dog", None, {"caption": "d"}), (12, "dog", None, {"caption": "e"}), (13, "bird", None, {"caption": "f"})],
        [(ADDED, None, 13), (REMOVED, 2, None), (FIELD, 1, 11), (FIELD, 3, 12)],
    ),
    "one with its id may have another category": (
        [(1, "dog", None, {"caption": "a"})],
        [(2, "cat", None, {"caption": "b"}), (1, "cat", None, {"caption": "b"})],
        [(ADDED, None, 2), (RELABELLED, 1, 1), (FIELD, 1, 1)],
    ),
    "each box is measured by its own size": (
        [(1, "dog", [0, 0, 2, 5]), (2, "cat", [100, 100, 50, 50])],
        [(11, "dog", [30, 0, 2, 5]), (12, "cat", [100, 100, 50, 40])],
        [(ADDED, None, 11), (REMOVED, 1, None), (MOVED, 2, 12)],
    ),
    "one without a box is not one with, beside others": (
        [(1, "dog", None, {"caption": "a"}), (2, "dog", [0, 0, 10, 10])],
        [(11, "dog", None, {"caption": "b"}), (13, "dog", None, {"caption": "c"})],
        [(ADDED, None, 13), (REMOVED, 2, None), (FIELD, 1, 11)],
    ),
    "nor the other way round": (
        [(1, "dog", None, {"caption": "a"}), (3, "dog", None, {"caption": "c"})],
        [(11, "dog", None, {"caption": "b"}), (12, "dog", [0, 0, 10, 10])],
        [(ADDED, None, 12), (REMOVED, 3, None), (FIELD, 1, 11)],
    ),
    "unless an id says which": (
        [(1, "dog", None, {"caption": "a"}), (2, "dog", None, {"caption": "b"})],
        [(2, "dog", None, {"caption": "c"}), (1, "dog", None, {"caption": "d"})],
        [(FIELD, 1, 1), (FIELD, 2, 2)],
    ),
    "one with a box is not one without": (
        [(1, "dog", None, {"caption": "a"})],
        [(11, "dog", [0, 0, 10, 10], {"caption": "b"})],
        [(ADDED, None, 11), (REMOVED, 1, None)],
    ),
    "and the other way round": (
        [(11, "dog", [0, 0, 10, 10], {"caption": "b"})],
        [(1, "dog", None, {"caption": "a"})],
        [(ADDED, None, 1), (REMOVED, 11, None)],
    ),
    "without a box a mask says where it is": (
        [(1, "dog", None, polygon(0, 0, 10, 10)), (2, "dog", None, polygon(100, 100, 10, 10))],
        [(11, "dog", None, polygon(101, 100, 10, 10)), (12, "dog", None, polygon(0, 1, 10, 10))],
        [(K.SEGMENTATION_CHANGED, 1, 12), (K.SEGMENTATION_CHANGED, 2, 11)],
    ),
    "a mask and a box are compared": (
        [(1, "dog", None, polygon(0, 0, 10, 10)), (2, "dog", [100, 100, 10, 10])],
        [(11, "dog", [0, 0, 10, 9]), (12, "dog", None, polygon(100, 100, 10, 9))],
        [(MOVED, 1, 11), (MOVED, 2, 12), (K.SEGMENTATION_CHANGED, 1, 11), (K.SEGMENTATION_CHANGED, 2, 12)],
    ),
    "a mask of another category": (
        [(1, "dog", None, polygon(0, 0, 10, 10))],
        [(11, "cat", None, polygon(0, 0, 10, 10))],
        [(RELABELLED, 1, 11)],
    ),
    "a bare one of another category is another": ([(1, "dog", None)], [(11, "cat", None)], [(ADDED, None, 11), (REMOVED, 1, None)]),
    "of several in one place those of a category": (
        [(1, "dog", [0, 0, 10, 10], {"note": 1}), (2, "cat", [0, 0, 10, 10], {"note": 2})],
        [(11, "cat", [0, 0, 10, 10], {"note": 3}), (12, "dog", [0, 0, 10, 10], {"note": 4})],
        [(FIELD, 1, 12), (FIELD, 2, 11)],
    ),
    "those that say the same come first, then those of a category, then the others": (
        [(1, "dog", [0, 0, 10, 10]), (2, "cat", [0, 0, 10, 10]), (3, "cow", [0, 0, 10, 10], {"note": 1})],
        [(11, "bird", [0, 0, 10, 10]), (12, "cow", [0, 0, 10, 10]), (13, "cat", [0, 0, 10, 10])],
        [(RELABELLED, 1, 11), (FIELD, 3, 12)],
    ),
    "the same box goes before a better id": (
        [(1, "dog", [0, 0, 10, 10])],
        [(1, "dog", [0, 0, 10, 9.9]), (12, "dog", [0, 0, 10, 10], {"note": 1})],
        [(ADDED, None, 1), (FIELD, 1, 12)],
    ),
    "of twins one may be gone": (
        [DOG, (2, *DOG[1:]), (3, *DOG[1:])],
        [(11, *DOG[1:]), (12, *DOG[1:])],
        [(REMOVED, 3, None)],
    ),
    "or two be new": ([DOG], [(11, *DOG[1:]), (12, *DOG[1:]), (13, *DOG[1:])], [(ADDED, None, 12), (ADDED, None, 13)]),
    "each is taken once": (
        [DOG, (2, "dog", [1, 0, 10, 10])],
        [(11, "dog", [0.5, 0, 10, 10])],
        [(REMOVED, 2, None), (MOVED, 1, 11)],
    ),
    "on either side": (
        [(1, "dog", [0.5, 0, 10, 10])],
        [(11, "cat", [0, 0, 10, 10]), (12, "cat", [2, 0, 10, 10]), (13, "dog", [9, 0, 10, 10])],
        [(ADDED, None, 12), (ADDED, None, 13), (RELABELLED, 1, 11), (MOVED, 1, 11)],
    ),
}


@pytest.mark.parametrize("name", ANNOTATIONS)
def test_annotations_of_one_image(name: str) -> None:
    before, after, wanted = ANNOTATIONS[name]
    anchor = [
        (99, "dog", [300, 200, 50, 60]),
        (98, "cat", [200, 200, 40, 40]),
        (97, "cow", [260, 100, 40, 40]),
        (96, "bird", [2, 200, 50, 50]),
    ]
    assert changes(document(*before, *anchor), document(*after, *anchor)) == wanted


def test_many_without_a_box_are_paired_in_their_order_on_each_image() -> None:
    """Enough of them, from three images in turn, that a sort which is not stable would mix them up."""
    images = [{"id": 1 + k, "file_name": f"{k}.jpg", "width": 9, "height": 9} for k in range(3)]
    rows = [(1 + k, "dog", None, {"image_id": 1 + (k * k) % 3, "caption": k}) for k in range(90)]
    others = [(1001 + k, "dog", None, {"image_id": 1 + (k * k) % 3, "caption": 1000 + k}) for k in range(90)]
    wanted = [(FIELD, 1 + k, 1001 + k) for k in range(90)]
    assert changes(document(*rows, images=images), document(*others, images=images)) == wanted


def test_of_many_twins_the_last_are_gone() -> None:
    twins = [(1 + k, "dog", [0, 0, 10, 10]) for k in range(60)]
    assert changes(document(*twins), document(*twins[:50])) == [(REMOVED, 51 + k, None) for k in range(10)]
    named = [(1 + k, "dog", [0, 0, 10, 10], {"note": k}) for k in range(60)]
    others = [(101 + k, "dog", [0, 0, 10, 10], {"note": 100 + k}) for k in range(60)]
    assert changes(document(*named), document(*others)) == [(FIELD, 1 + k, 101 + k) for k in range(60)]


def images(*names: Any) -> Any:
    """Images of these names, or of these fields."""
    rows = [name if isinstance(name, dict) else {"file_name": name} for name in names]
    return [{"id": 1 + k, "width": 40, "height": 30, **row} for k, row in enumerate(rows)]


def on(*numbers: int) -> list[Any]:
    """An annotation on each of these images, all in other places."""
    return [(1 + k, "dog", [10 * k, 5, 10 + k, 7], {"image_id": number}) for k, number in enumerate(numbers)]


def sized(name: str, width: Any, height: Any = 30) -> dict[str, Any]:
    return {"file_name": name, "width": width, "height": height}


IMAGES: dict[str, tuple[Any, list[Any], Any, list[Any], list[tuple[DiffKind, Any, Any]], int]] = {
    "by name, in any order": (images("a", "b", "c"), on(1, 2, 3), images("c", "a", "b"), on(2, 3, 1), [], 3),
    "two of one name, by what is on them": (images("a", "a", "b"), on(1, 2, 3), images("b", "a", "a"), on(3, 2, 1), [], 2),
    "two of one name in the first alone": (images("a", "a"), on(1, 2), images("b", "a"), on(1, 2), [(K.IMAGE_RENAMED, 1, 1)], 0),
    "two of one name in the second alone": (images("b", "a"), on(1, 2), images("a", "a"), on(2, 1), [(K.IMAGE_RENAMED, 1, 2)], 2),
    "two of one name with nothing on them, in their order": (
        images("a", {"file_name": "a", "note": 1}),
        [],
        images({"file_name": "a", "note": 2}, "a"),
        [],
        [(K.IMAGE_CHANGED, 1, 1), (K.IMAGE_CHANGED, 2, 2)],
        0,
    ),
    "another name, by what is on it": (
        images("a", "b"),
        on(1, 2),
        images("y", "x"),
        on(2, 1),
        [(K.IMAGE_RENAMED, 1, 2), (K.IMAGE_RENAMED, 2, 1)],
        2,
    ),
    "what is on it goes before the file's base name": (
        images("a/one", "a/two"),
        on(1, 2),
        images("b/one", "b/two"),
        on(2, 1),
        [(K.IMAGE_RENAMED, 1, 2), (K.IMAGE_RENAMED, 2, 1)],
        2,
    ),
    "another name and another size: another image": (
        images("a"),
        on(1),
        images(sized("x", 41)),
        on(1),
        [(K.IMAGE_ADDED, None, 1), (K.IMAGE_REMOVED, 1, None), (ADDED, None, 1), (REMOVED, 1, None)],
        0,
    ),
    "another name and one more on it: another image": (
        images("a"),
        on(1),
        images("x"),
        on(1, 1),
        [(K.IMAGE_ADDED, None, 1), (K.IMAGE_REMOVED, 1, None), (ADDED, None, 1), (ADDED, None, 2), (REMOVED, 1, None)],
        0,
    ),
    "another name, and a size that neither file knows": (
        images(sized("a", 0), sized("b", 0)),
        on(1, 2),
        images(sized("x", None), sized("y", None)),
        on(2, 1),
        [(K.IMAGE_RENAMED, 1, 2), (K.IMAGE_RENAMED, 2, 1), (K.IMAGE_RESIZED, 1, 2), (K.IMAGE_RESIZED, 2, 1)],
        2,
    ),
    "another folder, with nothing on it": (images("a/one.jpg"), [], images("b\\c\\one.jpg"), [], [(K.IMAGE_RENAMED, 1, 1)], 0),
    "another folder and another size": (
        images(sized("a/one.jpg", 40)),
        [],
        images(sized("b/one.jpg", 40, 31)),
        [],
        [(K.IMAGE_ADDED, None, 1), (K.IMAGE_REMOVED, 1, None)],
        0,
    ),
    "another folder, and a size that neither knows": (
        images(sized("a/one.jpg", 0)),
        [],
        images(sized("b/one.jpg", 0)),
        [],
        [(K.IMAGE_RENAMED, 1, 1)],
        0,
    ),
    "a folder is no name": (images("a/"), [], images("b/"), [], [(K.IMAGE_ADDED, None, 1), (K.IMAGE_REMOVED, 1, None)], 0),
    "without a name, by id": (
        images({"id": 5}, {"id": 7}),
        [],
        images({"id": 7, "note": 1}, {"id": 5}),
        [],
        [(K.IMAGE_CHANGED, 7, 7)],
        0,
    ),
    "without a name, by its other fields": (
        images({"id": 5, "note": 1}, {"id": 7, "note": 2}),
        [],
        images({"id": 5, "note": 2}, {"id": 7, "note": 1}),
        [],
        [],
        2,
    ),
    "one with a name is not known by its other fields": (
        images({"file_name": "a", "note": 1}),
        [],
        images({"id": 5, "note": 1}),
        [],
        [(K.IMAGE_ADDED, None, 5), (K.IMAGE_REMOVED, 1, None)],
        0,
    ),
    "what is on no image is no help": (
        images("a", "b"),
        [*on(1, 2), (9, "dog", [50, 5, 3, 3], {"image_id": 99})],
        images("y", "x"),
        on(2, 1),
        [(K.IMAGE_RENAMED, 1, 2), (K.IMAGE_RENAMED, 2, 1), (REMOVED, 9, None)],
        2,
    ),
    "what was on an image that is gone is not on another": (
        images("b", sized("gone", 50)),
        on(1, 2),
        images("b"),
        on(1, 1),
        [(K.IMAGE_REMOVED, 2, None), (ADDED, None, 2), (REMOVED, 2, None)],
        0,
    ),
    "without a name, by what is on it": (images({"id": 5}, {"id": 7}), on(5, 7), images({"id": 5}, {"id": 7}), on(7, 5), [], 2),
    "one without a name is none that has one": (
        images({"id": 5}),
        [],
        images({"id": 5, "file_name": "a"}),
        [],
        [(K.IMAGE_ADDED, None, 5), (K.IMAGE_REMOVED, 5, None)],
        0,
    ),
    "several without a name beside names that stand twice": (
        images({"id": 5}, {"id": 7}, "a", "a"),
        on(5, 7, 3, 4),
        images({"id": 7}, "a", "a", {"id": 5}),
        on(5, 7, 3, 2),
        [],
        1,
    ),
    "the address in the place of a name": (
        images({"coco_url": "http://x/a"}, {"coco_url": "http://x/b"}),
        [],
        images({"coco_url": "http://x/b"}),
        [],
        [(K.IMAGE_REMOVED, 1, None)],
        1,
    ),
    "only one of two is gone": (
        images("a", "b"),
        on(1, 2),
        images("b"),
        [(2, "dog", [10, 5, 11, 7], {"image_id": 1})],
        [(K.IMAGE_REMOVED, 1, None), (REMOVED, 1, None)],
        1,
    ),
    "what is gone and what is new have nothing in common": (
        images("a", "b"),
        on(1, 2),
        images(sized("x", 50), "b", sized("y", 50)),
        [*on(1, 2), (3, "dog", [0, 5, 10, 7], {"image_id": 3})],
        [
            (K.IMAGE_ADDED, None, 1),
            (K.IMAGE_ADDED, None, 3),
            (K.IMAGE_REMOVED, 1, None),
            (ADDED, None, 1),
            (ADDED, None, 3),
            (REMOVED, 1, None),
        ],
        0,
    ),
}


@pytest.mark.parametrize("name", IMAGES)
def test_images(name: str) -> None:
    one, rows, other, others, wanted, renumbered = IMAGES[name]
    before, after = document(*rows, images=one), document(*others, images=other)
    report = compared(before, after)
    assert [(row.kind, row.id_before, row.id_after) for row in report.differences] == wanted
    assert report.renumbered.images == renumbered


def test_an_image_that_is_renamed_keeps_what_changed_on_it() -> None:
    """Two boxes stayed, so that it is known; the same box on both images belongs to each."""
    same = {"bbox": [1, 1, 5, 5]}
    rows = [
        (1, "dog", None, {"image_id": 1, **same}),
        (2, "dog", None, {"image_id": 2, **same}),
        *[(3, "cat", [7, 7, 9, 9], {"image_id": 2})],
    ]
    others = copy.deepcopy(rows)
    others[1][3]["note"] = others[0][3]["note"] = 1
    report = changes(document(*rows, images=images("a", "b")), document(*others, images=images("a", "z")))
    assert report == [(K.IMAGE_RENAMED, 2, 2), (FIELD, 1, 1), (FIELD, 2, 2)]


def labelled(*labels: Any, names: Any = NAMES) -> Any:
    """Annotations in places of their own, of these categories."""
    return document(*[(1 + k, label, [20 * k, 1, 10, 10]) for k, label in enumerate(labels)], names=names)


def swapped(*pairs: tuple[int, int]) -> list[tuple[DiffKind, int, int]]:
    return [(K.CATEGORY_NAMES_SWAPPED, *pair) for pair in pairs]


def relabelled(*numbers: int) -> list[tuple[DiffKind, int, int]]:
    return [(RELABELLED, number, number) for number in numbers]


CATEGORIES: dict[str, tuple[Any, Any, list[tuple[DiffKind, Any, Any]], int]] = {
    "by name, in any order": (labelled("dog", "cat"), labelled("dog", "cat", names=NAMES[::-1]), [], 4),
    "with nothing annotated, too": (labelled(), labelled(names=("cat", "dog", "bird", "cow")), [], 4),
    "the names went round": (labelled(1, 2, 3), labelled(1, 2, 3, names=("cat", "cow", "dog", "bird")), swapped((1, 1), (2, 2), (3, 3)), 0),
    "the names were swapped, one annotation changed its label": (
        labelled(1, 1, 1, 2),
        labelled(1, 1, 3, 2, names=("cat", "dog", "cow", "bird")),
        [*swapped((1, 1), (2, 2)), *relabelled(3)],
        0,
    ),
    "as many say one thing as the other: the name counts": (labelled(1, 1, 2, 2), labelled(1, 2, 2, 1), relabelled(2, 4), 0),
    "most say that the names were swapped": (
        labelled(1, 1, 1, 2, 2, 2),
        labelled(1, 2, 2, 2, 1, 1),
        [*swapped((1, 2), (2, 1)), *relabelled(1, 4)],
        2,
    ),
    "one says so, the other has nobody": (labelled(1), labelled(2), relabelled(1), 0),
    "one says so, the other has nobody, and the ids changed, too": (
        labelled(1),
        labelled(1, names=("cat", "dog", "cow", "bird")),
        swapped((1, 1), (2, 2)),
        0,
    ),
    "a swap with nobody's category, where as many ids stay as change": (
        labelled("dog", "cat", "cow"),
        labelled(1, 9, 3, names={"dog": 1, "cat": 9, "cow": 4, "bird": 3}),
        swapped((3, 3), (4, 4)),
        1,
    ),
    "no swap with nobody's category, where most ids change": (
        labelled("dog", "cat", "cow"),
        labelled(8, 9, 3, names={"dog": 8, "cat": 9, "cow": 4, "bird": 3}),
        [(RELABELLED, 3, 3)],
        4,
    ),
    "two go to one place: no swap": (labelled(1, 2, 3), labelled(2, 1, 2), relabelled(1, 2, 3), 0),
    "a row of moves that does not come back: no swap": (labelled(1, 2, 3, 4), labelled(2, 3, 4, 4), relabelled(1, 2, 3), 0),
    "a circle beside a row of moves": (
        labelled(1, 2, 3, 4),
        labelled(2, 1, 4, 4),
        [*swapped((1, 2), (2, 1)), *relabelled(3)],
        2,
    ),
    "a new name for the same annotations, under another id": (
        labelled("dog", "dog", "cat"),
        labelled("hound", "hound", "cat", names=("cow", "cat", "bird", "hound")),
        [(K.CATEGORY_RENAMED, 1, 4)],
        3,
    ),
    "a new name for most of them": (
        labelled("dog", "dog", "dog"),
        labelled("wolf", "hound", "hound", names=("cow", "cat", "bird", "wolf", "hound")),
        [(K.CATEGORY_ADDED, None, 4), (K.CATEGORY_RENAMED, 1, 5), *relabelled(1)],
        3,
    ),
    "of two new names with as many the first": (
        labelled("dog", "dog"),
        labelled("wolf", "hound", names=("cow", "cat", "bird", "hound", "wolf")),
        [(K.CATEGORY_ADDED, None, 5), (K.CATEGORY_RENAMED, 1, 4), *relabelled(1)],
        3,
    ),
    "two become one": (
        labelled("dog", "dog", "cat"),
        labelled("pet", "pet", "pet", names=("pet", "cow", "bird")),
        [(K.CATEGORY_REMOVED, 2, None), (K.CATEGORY_RENAMED, 1, 1), *relabelled(3)],
        2,
    ),
    "a new name under an old id that has annotations on one side": (
        labelled("dog"),
        labelled(names=("hound", "cat", "cow", "bird")),
        [(K.CATEGORY_ADDED, None, 1), (K.CATEGORY_REMOVED, 1, None), (REMOVED, 1, None)],
        0,
    ),
    "or on the other": (
        labelled(names=("hound", "cat", "cow", "bird")),
        labelled("dog"),
        [(K.CATEGORY_ADDED, None, 1), (K.CATEGORY_REMOVED, 1, None), (ADDED, None, 1)],
        0,
    ),
    "or that another name took": (
        labelled("cow", names=("dog", "cat", "cow")),
        labelled("cow", names=("cow", "cat")),
        [(K.CATEGORY_REMOVED, 1, None)],
        1,
    ),
    "an old id whose annotations went to a category that stays": (
        labelled("dog", "cat"),
        labelled("cat", "cat", names=("hound", "cat", "cow", "bird")),
        [(K.CATEGORY_ADDED, None, 1), (K.CATEGORY_REMOVED, 1, None), *relabelled(1)],
        0,
    ),
}


@pytest.mark.parametrize("name", CATEGORIES)
def test_categories(name: str) -> None:
    before, after, wanted, renumbered = CATEGORIES[name]
    report = compared(before, after)
    assert [(row.kind, row.id_before, row.id_after) for row in report.differences] == wanted
    assert report.renumbered == Renumbered(categories=renumbered)


def test_of_several_categories_of_one_name_those_that_agree_otherwise() -> None:
    before, after = labelled("dog"), labelled("dog")
    before["categories"] = [{"id": 1, "name": "dog", "n": 1}, {"id": 2, "name": "dog", "n": 2}, {"id": 3, "n": 3}, {"id": 4, "n": 4}]
    after["categories"] = [{"id": 2, "name": "dog", "n": 2}, {"id": 1, "name": "dog", "n": 1}, {"id": 4, "n": 4}, {"id": 3, "n": 3}]
    report = compared(before, after)
    assert (report.differences, report.renumbered) == ((), Renumbered())
    after["categories"][1]["n"] = 7
    assert changes(before, after) == [(K.CATEGORY_CHANGED, 1, 1)]


def test_annotations_of_no_category_and_on_no_image_vote_for_none() -> None:
    before = labelled("dog", 77, 77)
    after = labelled("hound", 77, 77, names=("cat", "cow", "bird", "hound"))
    assert changes(before, after) == [(K.CATEGORY_RENAMED, 1, 4)]
    lost = labelled(77, "dog", "dog", names=("dog",))
    found = labelled("dog", 77, 77, names=("dog",))
    assert changes(lost, found) == relabelled(1, 2, 3)


def test_categories_without_annotations_that_changed_are_known_by_name() -> None:
    before, after = labelled(), labelled()
    before["categories"] = [{"id": 1, "name": "dog", "n": 1}, {"id": 2, "name": "cat", "n": 2}]
    after["categories"] = [{"id": 2, "name": "dog", "n": 3}, {"id": 1, "name": "cat", "n": 4}]
    assert changes(before, after) == [(K.CATEGORY_CHANGED, 1, 2), (K.CATEGORY_CHANGED, 2, 1)]
    after["categories"] = [{"id": 2, "name": "dog", "n": 2}, {"id": 1, "name": "dog", "n": 1}]
    before["categories"][1]["name"] = "dog"
    assert changes(before, after) == []


def test_keys_in_another_order_are_the_same_fields() -> None:
    before, after = labelled("dog"), labelled("dog")
    before["categories"] = [{"id": 1, "name": "dog", "a": 1, "b": 1}, {"id": 2, "name": "dog", "a": 2, "b": 2}]
    after["categories"] = [{"id": 1, "name": "dog", "b": 2, "a": 2}, {"id": 2, "name": "dog", "b": 1, "a": 1}]
    after["annotations"][0]["category_id"] = 2
    assert (compared(before, after).differences, compared(before, after).renumbered) == ((), Renumbered(categories=2))
    nameless = [{"id": 1, "width": 4, "height": 3, "a": 1, "b": 1}, {"id": 2, "width": 4, "height": 3, "a": 2, "b": 2}]
    turned = [{"id": 1, "width": 4, "height": 3, "b": 2, "a": 2}, {"id": 2, "width": 4, "height": 3, "b": 1, "a": 1}]
    assert changes(document(images=nameless), document(images=turned)) == []


def test_small_boxes_of_several_sizes_that_leave_their_places() -> None:
    before = document((1, "dog", [10, 10, 2, 2]), (2, "dog", [50, 10, 3, 2]))
    after = document((11, "dog", [50, 14, 3, 2]), (12, "dog", [10, 14, 2, 2]))
    assert changes(before, after) == [(MOVED, 1, 12), (MOVED, 2, 11)]


def stacked(*categories: int) -> Any:
    """One box again and again, of these categories."""
    return document(*((k, category, [1, 1, 2, 2]) for k, category in enumerate(categories, 1)))


def test_a_box_of_two_categories_says_nothing_of_their_names() -> None:
    assert changes(stacked(1, 2), stacked(2, 1)) == []
    assert compared(stacked(1, 2, 1), stacked(2, 1)).counts == {REMOVED: 1}
    assert compared(stacked(2, 1), stacked(2, 1, 2)).counts == {ADDED: 1}
    # Nor where one file has the two, the other one of them.
    before, after = stacked(1, 2, 2, 1), stacked(2, 1)
    for one, places in ((before, (1, 1, 2, 2)), (after, (1, 2))):
        one["images"].append({"id": 2, "width": 9, "height": 9, "file_name": "b.jpg"})
        for row, place in zip(one["annotations"], places, strict=True):
            row["image_id"] = place
    assert compared(before, after).counts == {REMOVED: 2}
    assert compared(after, before).counts == {ADDED: 2}


def test_names_are_swapped_only_if_most_boxes_of_both_say_so() -> None:
    before = labelled("dog", "dog", "dog", "cat", "cat")
    assert changes(before, labelled("cat", "cat", "dog", "dog", "cat")) == relabelled(1, 2, 4)
    assert [kind for kind, *_ in changes(before, labelled("cat", "cat", "dog", "dog", "dog"))] == [K.CATEGORY_NAMES_SWAPPED] * 2 + [
        RELABELLED
    ]


def test_the_first_category_may_be_renamed_without_an_annotation() -> None:
    before, after = document(names=("dog", "cat")), document(names=("hound", "cat"))
    assert changes(before, after) == [(K.CATEGORY_RENAMED, 1, 1)]


def test_an_image_of_another_name_is_known_by_what_is_on_it_in_any_order() -> None:
    rows = [(1 + k, "dog", [k, 2 * k, 3, 4 + k]) for k in range(50)]
    after = document(*rows[::-1], images=[{"id": 1, "file_name": "elsewhere/b.jpg", "width": 400, "height": 300}])
    assert changes(document(*rows), after) == [(K.IMAGE_RENAMED, 1, 1)]


def test_more_annotations_on_one_image_than_are_compared_at_once() -> None:
    """Nine million pairs: near ones are matched in blocks."""
    count = 3000
    places = [(20 * (k % 60), 20 * (k // 60)) for k in range(count)]
    before = document(*((k, NAMES[k % 4], [x, y, 9, 9]) for k, (x, y) in enumerate(places)))
    after = document(*((k + count, NAMES[k % 4], [x + 1, y, 9, 9]) for k, (x, y) in reversed(list(enumerate(places)))))
    assert compared(before, after).counts == {MOVED: count}
    after["annotations"] = after["annotations"][: count - 500]
    assert compared(before, after).counts == {REMOVED: 500, MOVED: count - 500}
