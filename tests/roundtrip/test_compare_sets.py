"""Categories with categories, images with images, and detections with annotations where their number or order differs."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cocoproof import ClassMapping
from cocoproof.export import PlainDetections
from cocoproof.readers import columns_content as through_columns
from cocoproof.readers.comparison_options import Tolerance
from cocoproof.readers.content import Aspect, CategoryOf, DetectionOf, FileContent, ImageOf, plain
from cocoproof.roundtrip import compare, pairing
from cocoproof.roundtrip.compare import _RoundTrip
from cocoproof.roundtrip.compare_sets import added_category_fields, compare_categories, compare_images
from cocoproof.roundtrip.losses import Loss, LossKind, RoundTripReport
from cocoproof.roundtrip.pairing import pair_detections

DOG = CategoryOf("dog", 3, "animal", ("nose", "tail"), ((1, 2),))
CAT, COW = CategoryOf("cat", 4), CategoryOf("cow", 5)


def of_categories(*theirs, aspects=frozenset(Aspect)):
    return list(compare_categories(FileContent((), (DOG, CAT, COW)), FileContent((), theirs, aspects)))


CATEGORIES = {
    "the same": ((DOG, CAT, COW), []),
    "more said of them": ((DOG, replace(CAT, supercategory="x", keypoints=(), skeleton=()), COW), []),
    "one missing": (
        (DOG, COW),
        [
            Loss(
                LossKind.CATEGORY_MISSING,
                "the category 'cat' in, nothing out; the file's begin with 'dog', 'cow'",
                expected="cat",
            )
        ],
    ),
    "one more": ((DOG, CategoryOf("pig", 9), CAT, COW), [Loss(LossKind.CATEGORY_EXTRA, "no category 'pig' in, one out", found="pig")]),
    "one twice": (
        (DOG, CAT, CategoryOf("dog", 7), COW),
        [Loss(LossKind.CATEGORY_EXTRA, "duplicate category 'dog'", found="dog")],
    ),
    "another id": (
        (DOG, replace(CAT, id=0), COW),
        [Loss(LossKind.CATEGORY_ID, "the category 'cat' has id 4 in, 0 out", field="cat", expected=4, found=0)],
    ),
    "another order": (
        (COW, CAT, DOG),
        [
            Loss(
                LossKind.CATEGORY_ORDER,
                "the order of categories changed: dog, cat, cow in, cow, cat, dog out",
                expected=["dog", "cat", "cow"],
                found=["cow", "cat", "dog"],
                measure=2.0,
            )
        ],
    ),
    "another supercategory": (
        (replace(DOG, supercategory="beast"), CAT, COW),
        [
            Loss(
                LossKind.CATEGORY_FIELDS,
                "the category 'dog': supercategory 'animal' in, 'beast' out",
                field="supercategory",
                expected="animal",
                found="beast",
            )
        ],
    ),
    "no keypoints": (
        (replace(DOG, keypoints=None), CAT, COW),
        [
            Loss(
                LossKind.CATEGORY_FIELDS,
                "the category 'dog': keypoints ('nose', 'tail') in, none out",
                field="keypoints",
                expected=("nose", "tail"),
            )
        ],
    ),
    "another skeleton": (
        (replace(DOG, skeleton=()), CAT, COW),
        [
            Loss(
                LossKind.CATEGORY_FIELDS,
                "the category 'dog': skeleton ((1, 2),) in, () out",
                field="skeleton",
                expected=((1, 2),),
                found=(),
            )
        ],
    ),
}


@pytest.mark.parametrize("case", CATEGORIES)
def test_categories(case):
    theirs, wanted = CATEGORIES[case]
    assert of_categories(*theirs) == wanted


def test_what_the_file_adds_to_categories_is_reported():
    def added(*theirs, aspects=frozenset(Aspect)):
        return list(added_category_fields(FileContent((), (DOG, CAT, COW)), FileContent((), theirs, aspects)))

    same = replace(CAT, supercategory="none", keypoints=(), skeleton=())
    assert added(DOG, same, replace(COW, supercategory=""), CategoryOf("pig", 9, "animal")) == []
    assert added(DOG, replace(CAT, supercategory="pet"), COW) == [
        'supercategory: the file has one for 1 category of the source without, such as "pet"'
    ]
    both = replace(CAT, supercategory="pet"), replace(COW, supercategory="cattle", keypoints=("a",))
    assert [note.partition(":")[0] for note in added(DOG, *both)] == ["supercategory", "keypoints"]
    assert "2 categories" in added(DOG, *both)[0]
    assert added(DOG, *both, aspects=frozenset()) == []


def test_the_report_has_what_the_file_adds_to_categories(tmp_path):
    path = tmp_path / "file.json"
    path.write_text('{"images": [], "annotations": [], "categories": [{"id": 1, "name": "dog", "supercategory": "animal"}]}')
    report = compare([], path, mapping=ClassMapping.from_names(["dog"]), via="own")
    assert report.ok
    assert 'supercategory: the file has one for 1 category of the source without, such as "animal"' in report.notes


def test_categories_of_a_side_that_knows_no_more_than_their_names():
    theirs = CategoryOf("cow"), CategoryOf("cat", 0, "x"), CategoryOf("dog")
    assert of_categories(*theirs, aspects=frozenset()) == []
    for aspect, kinds in (
        (Aspect.CATEGORY_IDS, [LossKind.CATEGORY_ID] * 3),
        (Aspect.CATEGORY_FIELDS, [LossKind.CATEGORY_FIELDS] * 3),
        (Aspect.CATEGORY_ORDER, [LossKind.CATEGORY_ORDER]),
    ):
        assert [loss.kind for loss in of_categories(*theirs, aspects=frozenset({aspect}))] == kinds


def test_a_category_that_is_missing_is_told_with_the_first_that_are_there():
    (first, *_) = of_categories(*(CategoryOf(str(k)) for k in range(7)))
    assert first.detail == "the category 'dog' in, nothing out; the file's begin with '0', '1', '2', '3', '4'"
    assert [loss.detail for loss in of_categories()] == [
        f"the category {name!r} in, nothing out; the file's begin with none" for name in ("dog", "cat", "cow")
    ]


def test_an_order_of_many_categories_is_cut():
    ours = [CategoryOf(chr(97 + k)) for k in range(13)]
    (loss,) = compare_categories(FileContent((), tuple(ours)), FileContent((), tuple(ours[::-1])))
    assert loss.detail == ("the order of categories changed: a, b, c, d, e, f, g, h, i, j, k, l in, m, l, k, j, i, h, g, f, e, d, c, b out")
    assert loss.measure == 12.0


# Images.


def detection(place, x, category="dog", **fields):
    """Of 10 by 10 px at x, 0."""
    return DetectionOf(place, category, category_id=3, class_id=0, box=np.array([x, 0.0, x + 10, 10]), area=100.0, crowd=0, **fields)


def image(name, *detections, size=(40, 30), **fields):
    return ImageOf(name, size, detections, **fields)


def of_images(ours, theirs, aspects=frozenset(Aspect), strays=0):
    wanted, found = FileContent(tuple(ours), ()), FileContent(tuple(theirs), (), aspects, strays=strays)
    pairs, losses = compare_images(wanted, found)
    return [(one.name, other.name) for one, other in pairs], losses


A, B, C = image("x/a.png"), image("x/b.png"), image("y/a.png")

IMAGES = {
    "the same": ((A, B, C), [("x/a.png", "x/a.png"), ("x/b.png", "x/b.png"), ("y/a.png", "y/a.png")], []),
    "one missing": (
        (A, C),
        [("x/a.png", "x/a.png"), ("y/a.png", "y/a.png")],
        [Loss(LossKind.IMAGE_MISSING, "an image with 0 detections in, nothing out", "x/b.png", expected="x/b.png")],
    ),
    "one in another's place": (
        (A, image("x/q.png"), C),
        [("x/a.png", "x/a.png"), ("y/a.png", "y/a.png")],
        [
            Loss(LossKind.IMAGE_MISSING, "an image with 0 detections in, nothing out", "x/b.png", expected="x/b.png"),
            Loss(LossKind.IMAGE_EXTRA, "no such image in, one with 0 annotations out", "x/q.png", found="x/q.png"),
        ],
    ),
    "one more": (
        (A, B, image("c.png", detection(0, 0), detection(1, 20)), C),
        [("x/a.png", "x/a.png"), ("x/b.png", "x/b.png"), ("y/a.png", "y/a.png")],
        [Loss(LossKind.IMAGE_EXTRA, "no such image in, one with 2 annotations out", "c.png", found="c.png")],
    ),
    "another order": (
        (C, B, A),
        [("x/a.png", "x/a.png"), ("x/b.png", "x/b.png"), ("y/a.png", "y/a.png")],
        [
            Loss(
                LossKind.IMAGE_ORDER,
                "the order of images changed: 2 of 3 out of place",
                expected=[0, 1, 2],
                found=[2, 1, 0],
                measure=2.0,
            )
        ],
    ),
    "without their folder": (
        (image("a.png"), image("b.png"), image("z\\a.png")),
        [("x/a.png", "a.png"), ("x/b.png", "b.png"), ("y/a.png", "z\\a.png")],
        [
            Loss(LossKind.IMAGE_NAME, f"file_name {mine!r} in, {its!r} out", mine, expected=mine, found=its)
            for mine, its in (("x/a.png", "a.png"), ("x/b.png", "b.png"), ("y/a.png", "z\\a.png"))
        ],
    ),
    "one of its whole name before one of its last part": (
        (image("a.png"), B, A),
        [("x/a.png", "x/a.png"), ("x/b.png", "x/b.png"), ("y/a.png", "a.png")],
        [
            Loss(LossKind.IMAGE_NAME, "file_name 'y/a.png' in, 'a.png' out", "y/a.png", expected="y/a.png", found="a.png"),
            Loss(
                LossKind.IMAGE_ORDER,
                "the order of images changed: 2 of 3 out of place",
                expected=[0, 1, 2],
                found=[2, 1, 0],
                measure=2.0,
            ),
        ],
    ),
    "another size": (
        (A, replace(B, size=(40, 31)), C),
        [("x/a.png", "x/a.png"), ("x/b.png", "x/b.png"), ("y/a.png", "y/a.png")],
        [Loss(LossKind.IMAGE_SIZE, "size 40x30 px in, 40x31 px out", "x/b.png", expected=(40, 30), found=(40, 31))],
    ),
    "no size": (
        (A, replace(B, size=None), C),
        [("x/a.png", "x/a.png"), ("x/b.png", "x/b.png"), ("y/a.png", "y/a.png")],
        [Loss(LossKind.IMAGE_SIZE, "size 40x30 px in, none out", "x/b.png", expected=(40, 30))],
    ),
}


@pytest.mark.parametrize("case", IMAGES)
def test_images(case):
    theirs, pairs, losses = IMAGES[case]
    assert of_images((A, B, C), theirs) == (pairs, losses)


def test_an_image_that_is_missing_is_told_with_its_detections():
    pairs, losses = of_images([image("a.png", detection(0, 0)), image("b.png", detection(0, 0), detection(1, 0))], [])
    assert pairs == []
    assert [loss.detail for loss in losses] == ["an image with 1 detection in, nothing out", "an image with 2 detections in, nothing out"]


def test_images_of_one_name_are_taken_in_turn():
    first, second = image("a.png", detection(0, 0)), image("a.png")
    wanted, found = FileContent((first, second), ()), FileContent((replace(first, size=None), second), ())
    pairs, _ = compare_images(wanted, found)
    assert [(len(one.detections), len(other.detections)) for one, other in pairs] == [(1, 1), (0, 0)]
    assert of_images([first], [first, second])[1] == [
        Loss(LossKind.IMAGE_EXTRA, "no such image in, one with 0 annotations out", "a.png", found="a.png")
    ]


def test_strays_are_detections_that_nobody_has():
    assert of_images([A], [A], strays=3)[1] == [
        Loss(LossKind.DETECTION_EXTRA, "3 annotations are on no image", found=3, measure=3.0),
    ]


def test_a_size_is_not_asked_for_where_nobody_knows_it():
    assert of_images([replace(A, size=None)], [A])[1] == []
    other = replace(A, size=(1, 1), metadata={})
    assert of_images([A], [other], aspects=frozenset(Aspect) - {Aspect.IMAGE_SIZES})[1] == []


def test_a_picture_that_exif_turns_may_have_its_size_either_way():
    turned = replace(A, turned=True)
    assert of_images([turned], [replace(A, size=(30, 40))])[1] == []
    assert of_images([turned], [A])[1] == []
    assert len(of_images([turned], [replace(A, size=(30, 41))])[1]) == 1
    assert len(of_images([A], [replace(A, size=(30, 40))])[1]) == 1


def test_metadata():
    ours = replace(A, metadata={"city": "Bonn", "n": 1})
    assert of_images([ours], [replace(A, metadata={"city": "Bonn", "n": 1, "more": 2})])[1] == []
    assert of_images([ours], [replace(A, metadata={"city": "Köln"})])[1] == [
        Loss(LossKind.IMAGE_METADATA, "metadata['city'] 'Bonn' in, 'Köln' out", "x/a.png", field="city", expected="Bonn", found="Köln"),
        Loss(LossKind.IMAGE_METADATA, "metadata['n'] 1 in, none out", "x/a.png", field="n", expected=1),
    ]
    assert of_images([ours], [A], aspects=frozenset(Aspect) - {Aspect.METADATA})[1] == []
    long = replace(A, metadata={"city": "x" * 500})
    assert len(of_images([long], [A])[1][0].detail) == 400


# Detections of one image.


def on_one_image(ours, theirs, tolerance=None, **side):
    wanted, found = FileContent((image("a.png", *ours),), ()), FileContent((image("a.png", *theirs),), (), **side)
    return list(_RoundTrip(wanted, found, tolerance or Tolerance()).losses())


def lost(kind, detail, **fields):
    return Loss(kind, detail, "a.png", **fields)


def test_missing_and_extra_detections_are_told_with_their_boxes():
    ours = [detection(0, 0), detection(1, 20), detection(2, 40.123456789, None), replace(detection(3, 0), category="cow", box=None)]
    theirs = [detection(0, 0), detection(1, 300, "cat"), DetectionOf(2, None)]
    assert on_one_image(ours, theirs) == [
        lost(LossKind.DETECTION_MISSING, "'dog', box 20, 0, 30, 10 in, nothing out", detection=1, expected=[20, 0, 30, 10]),
        lost(
            LossKind.DETECTION_MISSING,
            "no category, box 40.1235, 0, 50.1235, 10 in, nothing out",
            detection=2,
            expected=[40.123456789, 0, 50.123456789, 10],
        ),
        lost(LossKind.DETECTION_MISSING, "'cow', no box in, nothing out", detection=3),
        lost(LossKind.DETECTION_EXTRA, "nothing in, 'cat', box 300, 0, 310, 10 out", annotation=1, found=[300, 0, 310, 10]),
        lost(LossKind.DETECTION_EXTRA, "nothing in, no category, no box out", annotation=2),
    ]


def test_another_order_is_one_loss_and_what_else_differs_is_told_of_the_right_one():
    ours = [detection(0, 0), detection(1, 20, score=0.5), detection(3, 40)]
    theirs = [detection(0, 40), detection(1, 0), detection(2, 20, score=0.75)]
    assert on_one_image(ours, theirs) == [
        lost(
            LossKind.DETECTION_ORDER,
            "the order changed: detections come back as 3, 0, 1; 3 of 3 out of place",
            expected=[0, 1, 3],
            found=[3, 0, 1],
            measure=3.0,
        ),
        lost(LossKind.SCORE, "score 0.5 in, 0.75 out", detection=1, annotation=2, expected=0.5, found=0.75, measure=0.25),
    ]


def test_a_long_order_is_cut():
    for count, shown in ((12, "11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0"), (13, "12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, ...")):
        ours = [detection(k, 20.0 * k) for k in range(count)]
        (loss,) = on_one_image(ours, [replace(one, place=k) for k, one in enumerate(ours[::-1])])
        moved = count - count % 2
        assert loss.detail == f"the order changed: detections come back as {shown}; {moved} of {count} out of place"
        assert loss.measure == moved


def test_one_that_is_gone_does_not_change_the_order():
    ours = [detection(k, 20.0 * k) for k in range(4)]
    theirs = [replace(one, place=k) for k, one in enumerate(ours[1:])]
    (loss,) = on_one_image(ours, theirs)
    assert (loss.kind, loss.detection) == (LossKind.DETECTION_MISSING, 0)
    assert [one.kind for one in on_one_image(ours, theirs[::-1])] == [LossKind.DETECTION_ORDER, LossKind.DETECTION_MISSING]


def test_detections_that_moved_far_are_told_place_by_place():
    ours = [detection(0, 0), detection(1, 20)]
    theirs = [detection(0, 500), detection(1, 700)]
    assert [(loss.kind, loss.detection, loss.measure) for loss in on_one_image(ours, theirs)] == [
        (LossKind.BOX, 0, 500.0),
        (LossKind.BOX, 1, 680.0),
    ]


# Which is which.


def paired(ours, theirs, tolerance=None):
    return pair_detections("a.png", ours, theirs, FileContent((), ()), tolerance or Tolerance())


def test_pairs_by_class_then_by_any_class_then_by_any_overlap():
    assert paired([detection(0, 0), detection(1, 0, "cat")], [detection(0, 0, "cat"), detection(1, 0)]) == [(0, 1), (1, 0)]
    half = replace(detection(0, 0, "cat"), box=np.array([0.0, 0, 10, 5]))
    assert paired([detection(0, 0), detection(1, 99)], [half]) == [(0, 0)]
    # One of the own class with an IoU of 0.5 goes before one of another with more.
    assert paired([detection(0, 0)], [detection(0, 0, "cat"), replace(half, category="dog")]) == [(0, 1)]
    # IoU 0.5 and more is one object though the class differs: 10 px wide, 10 / 3 off.
    assert paired([detection(0, 0), detection(1, 99)], [detection(0, 10 / 3 - 1e-9, "cat")]) == [(0, 0)]
    assert paired([detection(0, 0), detection(1, 99)], [detection(0, 10 / 3 + 1e-6, "cat")]) == []
    assert paired([detection(0, 0), detection(1, 99)], [detection(0, 9)]) == [(0, 0)]
    assert paired([detection(0, 0), detection(1, 99)], [detection(0, 9, "cat")]) == []
    assert paired([detection(0, 0), detection(1, 99)], [detection(0, 10)]) == []
    # The own class goes before a greater overlap, from 0.5 on.
    assert paired([detection(0, 0)], [detection(0, 0, "cat"), detection(1, 3)]) == [(0, 1)]
    assert paired([detection(0, 0)], [detection(0, 1, "cat"), detection(1, 4)]) == [(0, 0)]


def crowded(count, seed):
    """Many boxes of two classes, some of them equal, and the same in another order with some moved, relabelled or dropped."""
    dice = np.random.default_rng(seed)
    places = dice.integers(0, 40, count) * 4
    ours = [detection(k, float(places[k]), ("dog", "cat")[k % 2], score=float(k % 7)) for k in range(count)]
    theirs = [ours[k] for k in dice.permutation(count)[: count - 5]]
    for k in range(8):
        theirs[k] = replace(theirs[k], box=theirs[k].box + 2.0) if k % 2 else replace(theirs[k], category="cow")
    return ours, theirs


@pytest.mark.parametrize("seed", range(5))
def test_more_pairs_than_memory_has_are_matched_about_as_well(seed, monkeypatch):
    ours, theirs = crowded(60, seed)
    exact = paired(ours, theirs)
    monkeypatch.setattr(pairing, "_MOST_PAIRS", 100)
    monkeypatch.setattr(pairing, "_BLOCK", 16)
    found = paired(ours, theirs)
    assert len({row for row, _ in found}) == len({column for _, column in found}) == len(found)
    assert len(found) >= len(exact) - 2
    alike = [
        sum(ours[a].category == theirs[b].category and (ours[a].box == theirs[b].box).all() for a, b in pairs) for pairs in (found, exact)
    ]
    assert alike[0] >= alike[1] - 2
    assert all((ours[a].box == ours[59 - b].box).all() for a, b in paired(ours, ours[::-1]))


def most_pairs(monkeypatch) -> list[int]:
    """How many pairs were compared at once each time."""
    sizes = []
    true = pairing.box_iou
    monkeypatch.setattr(pairing, "box_iou", lambda a, b: sizes.append(len(a) * len(b)) or true(a, b))
    return sizes


@pytest.mark.parametrize("count", [3_000, pytest.param(65_537, marks=pytest.mark.fuzz)])
def test_the_pairs_that_are_compared_at_once_are_bounded(count, monkeypatch):
    sizes = most_pairs(monkeypatch)
    ours = [detection(k, 12.0 * k) for k in range(count)]
    assert paired(ours, ours[::-1]) == [(k, count - 1 - k) for k in range(count)]
    moved = [replace(one, box=one.box + 3) for one in ours]
    assert paired(ours, moved[1:]) == [(k, k - 1) for k in range(1, count)]
    assert paired(ours, [replace(one, box=one.box + 5000 * count) for one in ours]) == [(k, k) for k in range(count)]
    assert max(sizes) <= 1 << 22


def test_the_content_of_few_equal_boxes_is_compared(monkeypatch):
    compared = []
    monkeypatch.setattr(pairing, "_MOST_CONTENT", 10)
    monkeypatch.setattr(pairing, "aspects_kept", lambda *_: compared.append(1) or 1.0)
    paired([detection(k, 0) for k in range(3)], [detection(k, 0) for k in range(3)])
    assert len(compared) == 9
    paired([detection(k, 0) for k in range(4)], [detection(k, 0) for k in range(4)])
    assert len(compared) == 9


def test_pairs_by_place_only_where_both_sides_have_as_many():
    far = [detection(0, 100), detection(1, 200)]
    assert paired([detection(0, 0), detection(1, 20)], far) == [(0, 0), (1, 1)]
    assert paired([detection(0, 0), detection(1, 20), detection(2, 40)], far) == []
    assert paired([detection(0, 0, None), detection(1, 20)], [detection(0, 100, None), detection(1, 200)]) == [(0, 0), (1, 1)]
    assert paired([], far) == paired(far, []) == paired([], []) == []


def test_among_equal_boxes_what_else_they_have_decides_and_then_the_place():
    ours = [detection(0, 0, score=0.1), detection(1, 0, score=0.2), detection(2, 0, score=0.3)]
    back = [detection(0, 0, score=0.3), detection(1, 0, score=0.1), detection(2, 0, score=0.2)]
    assert paired(ours, back) == [(0, 1), (1, 2), (2, 0)]
    assert paired(ours, [detection(k, 0, score=0.9) for k in range(3)]) == [(0, 0), (1, 1), (2, 2)]
    low = [replace(one, box=np.array([0.0, 0, 10, 5])) for one in back]
    assert paired(ours, low) == [(0, 1), (1, 2), (2, 0)]
    near = [detection(k, 0, score=score + 0.01) for k, score in enumerate((0.3, 0.1, 0.2))]
    assert paired(ours, near, Tolerance(score=0.02)) == [(0, 1), (1, 2), (2, 0)]
    # What else they have counts less than 2 % of IoU.
    assert paired([detection(0, 0, score=0.1)], [detection(0, 0.5, score=0.1), detection(1, 0, score=0.2)]) == [(0, 1)]
    assert paired([detection(0, 0, score=0.1)], [detection(0, 0.05, score=0.1), detection(1, 0, score=0.2)]) == [(0, 0)]


# The whole.


def test_a_report_has_what_was_compared_and_what_could_not_be(tmp_path):
    source = [("gone.png", PlainDetections(np.array([[0.0, 0, 1, 1]] * 2), np.array([0, 1]))), ("too.png", None)]
    mapping = ClassMapping.from_names(["dog", "cat"], ["dog"], drop=["cat"])
    path = tmp_path / "a.json"
    rows = [
        {"id": k, "image_id": image_id, "category_id": 1, "bbox": [0, 0, 1, 1], "area": 1, "iscrowd": 0}
        for k, image_id in enumerate((1, 5), 1)
    ]
    images = [{"id": 1, "file_name": "gone.png", "width": 5, "height": 4}, {"id": 2, "file_name": "too.png", "width": 5, "height": 4}]
    path.write_text(json.dumps({"images": images, "annotations": rows, "categories": [{"id": 1, "name": "dog"}]}))
    note = "image sizes: the source does not say them, and the pictures are not there"
    stray = Loss(LossKind.DETECTION_EXTRA, "1 annotations are on no image", found=1, measure=1.0)
    for via in ("pycocotools", "own"):
        report = compare(source, str(path), mapping=mapping, via=via)
        assert (report.path, report.via, report.images, report.detections) == (path, via, 2, 1)
        assert report.losses == (stray,)
        assert report.notes[0] == note
    report = compare(source, path, mapping=mapping, via="supervision")
    assert (report.losses, report.notes[0], len(report.notes)) == ((), note, 3)


def test_a_file_that_a_reader_cannot_load_is_the_one_loss(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text('{"images": [{}]}')
    report = compare([("gone.png", None)], path, mapping=ClassMapping.from_names(["dog"]))
    said = "KeyError: 'id'"
    assert report.losses == (Loss(LossKind.FILE, f"pycocotools cannot load the file: {said}", found=said),)
    assert (report.path, report.images, report.detections, report.via) == (path, 1, 0, "pycocotools")
    assert report.notes == ("image sizes: the source does not say them, and the pictures are not there",)
    path.write_text('{"annotations": [')
    (loss,) = compare([], path, mapping=ClassMapping.from_names(["dog"])).losses
    assert loss.detail.startswith("pycocotools cannot load the file: JSONDecodeError: ")
    (loss,) = compare([], tmp_path / "none.json", mapping=ClassMapping.from_names(["dog"]), via="own").losses
    assert loss.detail.startswith("own cannot load the file: Unreadable: ")
    # An error that says nothing is called by its name alone.
    deep = RecursionError()
    monkeypatch.setattr(through_columns, "reimport", lambda *_: (_ for _ in ()).throw(deep))
    assert compare([], path, mapping=ClassMapping.from_names(["dog"]), via="own").losses[0].found == "RecursionError"


def test_names_are_below_the_folder_that_one_says(tmp_path):
    path = tmp_path / "a.json"
    path.write_text(json.dumps({"images": [{"id": 1, "file_name": "a.png"}], "annotations": [], "categories": [{"id": 1, "name": "dog"}]}))
    source = [("x/a.png", None)]
    assert compare(source, path, mapping=ClassMapping.from_names(["dog"]), images_dir="x").losses == ()
    (loss,) = compare(source, path, mapping=ClassMapping.from_names(["dog"])).losses
    assert loss.kind is LossKind.IMAGE_NAME


def test_an_unknown_reader_is_refused(tmp_path):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is below
        compare([], tmp_path, mapping=ClassMapping.from_names(["dog"]), via="json")
    assert str(caught.value) == "via is 'json'; expected one of pycocotools, supervision, own"


def test_want_of_memory_is_no_loss(tmp_path, monkeypatch):
    def full(*_):
        raise MemoryError

    monkeypatch.setattr(through_columns, "reimport", full)
    with pytest.raises(MemoryError):
        compare([], tmp_path, mapping=ClassMapping.from_names(["dog"]), via="own")


# The report.


def test_a_loss_says_its_place():
    assert str(Loss(LossKind.BOX, "x", "a.png", 1, 2)) == "image a.png, detection 1: x"
    assert str(Loss(LossKind.BOX, "x", "a.png", None, 2)) == "image a.png, annotation 2: x"
    assert str(Loss(LossKind.BOX, "x", None, 0)) == "detection 0: x"
    assert str(Loss(LossKind.BOX, "x", "a.png")) == "image a.png: x"
    assert str(Loss(LossKind.BOX, "x")) == "x"


def test_a_report_counts_and_picks():
    losses = (Loss(LossKind.DATA, "d"), Loss(LossKind.BOX, "b", "a.png", 3), Loss(LossKind.DATA, "e"))
    report = RoundTripReport(Path("x.json"), "own", 2, 5, losses)
    assert not report.ok
    assert list(report.counts.items()) == [(LossKind.BOX, 1), (LossKind.DATA, 2)]
    assert report.of(LossKind.BOX, LossKind.CLASS) == losses[1:2]
    assert report.without({LossKind.DATA}) == replace(report, losses=losses[1:2])
    assert str(report) == ("x.json through own: 2 images, 5 detections, 3 losses\n  data: d\n  box: image a.png, detection 3: b\n  data: e")
    assert str(report.without(set(LossKind))) == "x.json through own: 2 images, 5 detections, nothing lost"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"box": -0.1}, "box is -0.1; expected a number of at least 0"),
        ({"area": float("nan")}, "area is nan; expected a number of at least 0"),
        ({"score": float("inf")}, "score is inf; expected a number of at least 0"),
        ({"keypoint": -1}, "keypoint is -1; expected a number of at least 0"),
        ({"mask_iou": 1.01}, "mask_iou is 1.01; expected a number from 0 to 1"),
        ({"mask_iou": -0.5}, "mask_iou is -0.5; expected a number from 0 to 1"),
    ],
)
def test_a_tolerance_out_of_its_domain(fields, said):
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole message is below
        Tolerance(**fields)
    assert str(caught.value) == said
    assert Tolerance(box=1.5, mask_iou=0, area=0, score=2, keypoint=0).box == 1.5


def test_values_in_plain_python():
    column = {
        "n": np.int64(3),
        "f": np.float32(0.5),
        "b": np.bool_(True),
        "a": np.array([[1, 2]], np.uint8),
        1: (1, "x", None, True),
        "when": np.datetime64("2020-01-01"),
        "span": np.timedelta64(1, "s"),
        "other": object(),
    }
    assert plain(column) == {
        "n": 3,
        "f": 0.5,
        "b": True,
        "a": [[1, 2]],
        "1": [1, "x", None, True],
        "when": "<datetime64[D]>",
        "span": "<timedelta64[s]>",
        "other": "<object>",
    }
    assert [type(plain(column[key])) for key in ("n", "f", "b")] == [int, float, bool]
