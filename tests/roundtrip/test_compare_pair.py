"""One detection with one annotation: each loss whole, with its message, what went in, what came out, and the measure."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cocoproof.readers.comparison_options import Tolerance
from cocoproof.readers.content import Aspect, DetectionOf, FileContent, MaskOf
from cocoproof.roundtrip.compare_detections import aspects_kept, compare_pair
from cocoproof.roundtrip.losses import Loss, LossKind


def mask(*rows: str) -> MaskOf:
    """From rows of `#` and `.`."""
    pixels = np.array([[cell == "#" for cell in row] for row in rows])
    return MaskOf(pixels.shape, lambda: pixels)


WHOLE = DetectionOf(
    place=2,
    category="dog",
    category_id=3,
    class_id=0,
    box=np.array([1.0, 2.0, 4.0, 4.0]),
    mask=mask(".....", ".....", ".###.", "..##."),
    area=6.0,
    crowd=0,
    score=0.5,
    track_id=7,
    oriented_box=[1.0, 2.0, 4.0, 2.0, 4.0, 4.0, 1.0, 4.0],
    keypoints=[1.5, 2.0, 2.0, 3.0, 3.5, 1.0],
    keypoint_scores=[0.25, 0.75],
    data={"note": "a", "n": 3},
)
"""What went in; its mask has 5 px."""
SAME = replace(WHOLE, place=4, class_id=None, area=5.0)
"""What came out, were nothing lost."""
SIDE = FileContent((), (), precision=0.0)


def losses(ours, theirs, tolerance=None, side=SIDE):
    return list(compare_pair("a/b.png", ours, theirs, side, tolerance or Tolerance()))


def lost(kind, detail, expected=None, found=None, measure=None, field=None):
    return Loss(kind, detail, "a/b.png", 2, 4, field, expected, found, measure)


def test_nothing_is_lost_of_the_same():
    assert losses(WHOLE, SAME) == []


OUT = {
    # fields of the annotation -> the one loss
    "another class": (
        {"category": "cat", "category_id": 9},
        lost(LossKind.CLASS, "class 0, category 'dog', in, 'cat' out", "dog", "cat", 1.0),
    ),
    "no class": (
        {"category": None, "category_id": 9, "box": None},
        lost(LossKind.CLASS, "class 0, category 'dog', in, category id 9, which is none out", "dog"),
    ),
    "box": (
        {"box": np.array([1.0, 2.0, 4.0, 4.25])},
        lost(LossKind.BOX, "box [1, 2, 4, 4] in, [1, 2, 4, 4.25] out (x1, y1, x2, y2), 0.25 px off", [1, 2, 4, 4], [1, 2, 4, 4.25], 0.25),
    ),
    "box of several edges": (
        {"box": np.array([0.5, 2.0, 4.0, 7.123456789])},
        lost(
            LossKind.BOX,
            "box [1, 2, 4, 4] in, [0.5, 2, 4, 7.123456789] out (x1, y1, x2, y2), 3.12346 px off",
            [1, 2, 4, 4],
            [0.5, 2, 4, 7.123456789],
            7.123456789 - 4,
        ),
    ),
    "no box": ({"box": None}, lost(LossKind.BOX, "box [1, 2, 4, 4] in, none out", [1, 2, 4, 4])),
    "fewer pixels": (
        {"mask": mask(".....", ".....", "..##.", "..##.")},
        lost(LossKind.MASK, "mask 5 px in, 4 px out, IoU 0.800", 5, 4, 0.8),
    ),
    "other pixels": (
        {"mask": mask(".....", ".###.", ".##..", ".....")},
        lost(LossKind.MASK, "mask 5 px in, 5 px out, IoU 0.250", 5, 5, 0.25),
    ),
    "no pixels": (
        {"mask": mask(*["....."] * 4)},
        lost(LossKind.MASK, "mask 5 px in, 0 px out, IoU 0.000", 5, 0, 0.0),
    ),
    "no mask": ({"mask": None}, lost(LossKind.MASK, "mask 5 px in, no mask out", 5, None, 0.0)),
    "mask of another size": (
        {"mask": mask(".....", ".....", ".###.")},
        lost(LossKind.MASK, "a mask of 5x4 px in, of 5x3 px out", 5, 3, 0.0),
    ),
    "unreadable mask": (
        {"mask": None, "mask_trouble": "a word"},
        lost(LossKind.MASK_UNREADABLE, "mask 5 px in, out: a word", 5, None, 0.0),
    ),
    "area": ({"area": 6.0}, lost(LossKind.AREA, "area 5 px in, 6 px out", 5.0, 6.0, 1.0)),
    "smaller area": ({"area": 3.5}, lost(LossKind.AREA, "area 5 px in, 3.5 px out", 5.0, 3.5, 1.5)),
    "no area": ({"area": None}, lost(LossKind.AREA, "area 5 px in, none out", 5.0)),
    "crowd": ({"crowd": 1}, lost(LossKind.CROWD, "iscrowd 0 in, 1 out; evaluation ignores what is a crowd", 0, 1)),
    "no crowd": ({"crowd": None}, lost(LossKind.CROWD, "iscrowd 0 in, none out", 0)),
    "crowd of text": ({"crowd": "no"}, lost(LossKind.CROWD, "iscrowd 0 in, 'no' out", 0, "no")),
    "score": ({"score": 0.75}, lost(LossKind.SCORE, "score 0.5 in, 0.75 out", 0.5, 0.75, 0.25)),
    "no score": ({"score": None}, lost(LossKind.SCORE, "score 0.5 in, none out", 0.5)),
    "score of text": ({"score": "0.5"}, lost(LossKind.SCORE, "score 0.5 in, '0.5' out", 0.5, "0.5")),
    "score that is no number": ({"score": float("nan")}, None),
    "track": ({"track_id": 8}, lost(LossKind.TRACK_ID, "tracker id 7 in, 8 out", 7, 8)),
    "no track": ({"track_id": None}, lost(LossKind.TRACK_ID, "tracker id 7 in, none out", 7)),
    "oriented box": (
        {"oriented_box": [1.0, 2.0, 4.0, 2.0, 4.0, 4.5, 1.25, 4.0]},
        lost(
            LossKind.ORIENTED_BOX,
            "oriented box: number 5 is 4 in, 4.5 out",
            WHOLE.oriented_box,
            [1.0, 2.0, 4.0, 2.0, 4.0, 4.5, 1.25, 4.0],
            0.5,
            "oriented box",
        ),
    ),
    "oriented box of six numbers": (
        {"oriented_box": [0.0] * 6},
        lost(LossKind.ORIENTED_BOX, "oriented box: 8 numbers in, 6 out", WHOLE.oriented_box, [0.0] * 6, None, "oriented box"),
    ),
    "no oriented box": (
        {"oriented_box": None},
        lost(LossKind.ORIENTED_BOX, "oriented box: 8 numbers in, none out", WHOLE.oriented_box, None, None, "oriented box"),
    ),
    "keypoints": (
        {"keypoints": [1.5, 2.0, 2.0, 3.0, 3.5, 2.0]},
        lost(
            LossKind.KEYPOINTS,
            "keypoints: number 5 is 1 in, 2 out",
            WHOLE.keypoints,
            [1.5, 2.0, 2.0, 3.0, 3.5, 2.0],
            1.0,
            "keypoints",
        ),
    ),
    "keypoint scores": (
        {"keypoint_scores": [0.25, 0.5]},
        lost(LossKind.KEYPOINTS, "keypoint scores: number 1 is 0.75 in, 0.5 out", [0.25, 0.75], [0.25, 0.5], 0.25, "keypoint scores"),
    ),
    "data": ({"data": {"note": "b", "n": 3}}, lost(LossKind.DATA, "data['note'] 'a' in, 'b' out", "a", "b", None, "note")),
    "data of numbers": ({"data": {"note": "a", "n": 5}}, lost(LossKind.DATA, "data['n'] 3 in, 5 out", 3, 5, 2.0, "n")),
    "data of null": ({"data": {"note": None, "n": 3}}, lost(LossKind.DATA, "data['note'] 'a' in, none out", "a", None, None, "note")),
    "no data": ({"data": {"n": 3}}, lost(LossKind.DATA, "data['note'] 'a' in, none out", "a", None, None, "note")),
    "more data": ({"data": {"note": "a", "n": 3, "more": 1}}, None),
}


@pytest.mark.parametrize("case", OUT)
def test_one_field_that_changed_is_one_loss(case):
    fields, wanted = OUT[case]
    found = losses(WHOLE, replace(SAME, **fields))
    if case == "score that is no number":
        (loss,) = found
        assert (loss.kind, loss.detail) == (LossKind.SCORE, "score 0.5 in, nan out")
    elif case == "no class":
        assert found == [wanted, lost(LossKind.BOX, "box [1, 2, 4, 4] in, none out", [1, 2, 4, 4])]
    else:
        assert found == ([] if wanted is None else [wanted])


NOT_IN = {
    # what the detection has not, the annotation may have
    "box": None,
    "score": None,
    "track_id": None,
    "oriented_box": None,
    "keypoints": None,
    "keypoint_scores": None,
    "data": {},
}


@pytest.mark.parametrize("field", NOT_IN)
def test_what_was_not_there_is_not_asked_for(field):
    assert losses(replace(WHOLE, **{field: NOT_IN[field]}), SAME) == []


def test_a_class_that_the_mapping_does_not_have():
    nameless = replace(WHOLE, category=None, category_id=None, class_id=5)
    found = lost(LossKind.CLASS, "class 5, no category, as the mapping has none, in, 'dog' out", None, "dog", 1.0)
    assert losses(nameless, SAME) == [found]
    both = lost(LossKind.CLASS, "class 5, no category, as the mapping has none, in, category id 3, which is none out", measure=1.0)
    assert losses(nameless, replace(SAME, category=None)) == [both]
    moved = replace(SAME, category="cat", box=np.array([2.5, 2.0, 5.5, 4.0]))
    assert losses(WHOLE, moved)[0] == lost(LossKind.CLASS, "class 0, category 'dog', in, 'cat' out", "dog", "cat", 1 / 3)
    boxless = replace(WHOLE, box=None)
    assert losses(boxless, replace(SAME, category="cat")) == [lost(LossKind.CLASS, "class 0, category 'dog', in, 'cat' out", "dog", "cat")]


def test_without_a_mask_the_area_is_the_boxs():
    bare = replace(WHOLE, mask=None)
    assert losses(bare, replace(SAME, mask=None, area=6.0)) == []
    assert losses(bare, replace(SAME, mask=None)) == [lost(LossKind.AREA, "area 6 px in, 5 px out", 6.0, 5.0, 1.0)]
    assert losses(bare, replace(SAME, area=6.0)) == [lost(LossKind.MASK, "no mask in, mask 5 px out", None, 5, 0.0)]
    trouble = replace(SAME, mask=None, area=6.0, mask_trouble="a word")
    assert losses(bare, trouble) == [lost(LossKind.MASK_UNREADABLE, "no mask in, out: a word", measure=0.0)]
    assert losses(replace(bare, area=None), replace(SAME, mask=None, area=1.0)) == []


def test_infinities_that_came_back_are_kept():
    wide = np.array([-np.inf, 0.0, np.inf, 1.0])
    ours = replace(WHOLE, box=wide, mask=None, area=np.inf)
    assert losses(ours, replace(SAME, box=wide, mask=None, area=np.inf)) == []
    (box, area) = losses(ours, replace(SAME, box=np.array([0.0, 0, 1, 1]), mask=None, area=1.0))
    assert (box.kind, box.measure) == (LossKind.BOX, np.inf)
    assert (area.kind, area.measure) == (LossKind.AREA, np.inf)


TOLERATED = [
    ("box", {"box": np.array([1.5, 2.0, 4.0, 3.5])}, 0.5, 0.49),
    ("mask_iou", {"mask": mask(".....", ".....", "..##.", "..##.")}, 0.8, 0.81),
    ("area", {"area": 6.5}, 1.5, 1.49),
    ("score", {"score": 0.75}, 0.25, 0.249),
    ("score", {"keypoint_scores": [0.5, 0.5]}, 0.25, 0.249),
    ("keypoint", {"keypoints": [1.0, 2.0, 2.0, 3.0, 4.0, 1.0]}, 0.5, 0.49),
    ("keypoint", {"oriented_box": [1.0, 2.0, 4.0, 2.0, 4.0, 4.0, 1.0, 3.5]}, 0.5, 0.49),
]


@pytest.mark.parametrize(
    ("name", "fields", "enough", "not_enough"), TOLERATED, ids=[f"{name}-{next(iter(f))}" for name, f, *_ in TOLERATED]
)
def test_a_tolerance_is_the_most_that_may_be_off(name, fields, enough, not_enough):
    theirs = replace(SAME, **fields)
    assert losses(WHOLE, theirs, Tolerance(**{name: enough})) == []
    assert len(losses(WHOLE, theirs, Tolerance(**{name: not_enough}))) == 1


def test_the_rounding_of_a_reader_is_no_loss():
    """Of a coordinate of 4: twice its step; of an area of 6 by a box: eight steps; of pixels that were counted: none."""
    side = replace(SIDE, precision=2.0**-10)
    for off, count in ((8 * 2.0**-10, 0), (8.001 * 2.0**-10, 1), (-8 * 2.0**-10, 0)):
        assert len(losses(WHOLE, replace(SAME, box=np.add(WHOLE.box, [0, 0, off, 0])), side=side)) == count
    bare = replace(WHOLE, mask=None, area=-6.0)
    for off, count in ((48 * 2.0**-10, 0), (48.001 * 2.0**-10, 1), (-48 * 2.0**-10, 0)):
        assert len(losses(bare, replace(SAME, mask=None, area=off - 6), side=side)) == count
    assert len(losses(WHOLE, replace(SAME, area=5 + 2.0**-10), side=side)) == 1


def test_an_iou_near_one_is_shown_as_it_is():
    pixels = np.ones((100, 100), bool)
    fewer = pixels.copy()
    for count, shown in ((1, "0.9999"), (4, "0.9996"), (5, "0.9995"), (6, "0.999"), (7, "0.999")):
        fewer[:] = True
        fewer[0, :count] = False
        ours, theirs = (replace(SAME, place=2, mask=MaskOf((100, 100), lambda it=it: it), area=None) for it in (pixels, fewer.copy()))
        first = losses(replace(ours, class_id=0), theirs)[0]
        assert first.detail == f"mask 10000 px in, {10000 - count} px out, IoU {shown}"


EXCEPT_ITS = {
    Aspect.BOXES: {"box": None},
    Aspect.MASKS: {"mask": None},
    Aspect.AREAS: {"area": 1.0},
    Aspect.CROWD: {"crowd": 1},
    Aspect.SCORES: {"score": None},
    Aspect.TRACK_IDS: {"track_id": None},
    Aspect.ORIENTED_BOXES: {"oriented_box": None},
    Aspect.KEYPOINTS: {"keypoints": None, "keypoint_scores": None},
    Aspect.DATA: {"data": {}},
}


@pytest.mark.parametrize("aspect", EXCEPT_ITS, ids=lambda aspect: aspect.name)
def test_a_side_is_not_asked_for_what_it_cannot_speak_of(aspect):
    theirs = replace(SAME, **EXCEPT_ITS[aspect])
    assert losses(WHOLE, theirs)
    assert losses(WHOLE, theirs, side=replace(SIDE, aspects=frozenset(Aspect) - {aspect})) == []
    alone = replace(SIDE, aspects=frozenset({aspect}))
    assert losses(WHOLE, theirs, side=alone) == losses(WHOLE, theirs)


def test_points_that_are_not_a_number_are_found_first():
    theirs = replace(SAME, keypoints=[9.5, 2.0, float("nan"), 3.0, 3.5, 1.0])
    (loss,) = losses(WHOLE, theirs)
    assert loss.detail == "keypoints: number 2 is 2 in, nan out"
    infinite = replace(SAME, keypoints=[9.5, float("inf"), 2.0, 3.0, 3.5, 1.0])
    assert losses(WHOLE, infinite)[0].detail == "keypoints: number 1 is 2 in, inf out"


def test_a_long_value_is_cut():
    for length, shown in ((78, repr("x" * 78)), (79, "'" + "x" * 79 + "...")):
        theirs = replace(SAME, data={"note": "x" * length, "n": 3})
        assert losses(WHOLE, theirs)[0].detail == f"data['note'] 'a' in, {shown} out"


def test_how_much_an_annotation_has_of_a_detection():
    def kept(**fields):
        return aspects_kept("a/b.png", WHOLE, replace(SAME, **fields), SIDE, Tolerance())

    assert kept() == 1.0
    assert kept(category="cat", box=None) == 1.0
    assert kept(score=None) == 0.5
    assert kept(score=None, track_id=None) == 1 / 3
    assert kept(keypoints=None, keypoint_scores=None) == 0.5  # of one kind
    assert aspects_kept("", WHOLE, replace(SAME, area=6.0), SIDE, Tolerance(area=1)) == 1.0


def test_values_are_compared_as_json():
    ours = replace(WHOLE, data={"n": 1})
    assert losses(ours, replace(SAME, data={"n": 1.0})) == []
    for other in (True, "1", [1]):
        assert [loss.kind for loss in losses(ours, replace(SAME, data={"n": other}))] == [LossKind.DATA]
