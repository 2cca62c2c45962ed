"""Rules about what COCO-WholeBody, CrowdPose and DensePose add to keypoint files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.column import ValueState
from cocoproof.columns.keypoint_triples import triples
from cocoproof.model.dialects import Dialect
from cocoproof.model.findings import Kind, Severity
from cocoproof.model.wording import count_of
from cocoproof.rules.examples import GONE, crowd_pose, dense_pose, whole_body
from cocoproof.rules.rule import RuleContext, RuleSkipped, Violations, rule

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from cocoproof.columns.column import RaggedColumn
    from cocoproof.columns.person_fields import BodyPart, PersonFields

__all__ = ["RULES"]

_KEYPOINTS = frozenset({Kind.KEYPOINTS})
_DENSE = frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS})

_CHARTS = ("dp_I", "dp_U", "dp_V")
_PLACES = ("dp_x", "dp_y")

_RANGES = {"dp_I": (0, 24), "dp_U": (-0.5, 1.5), "dp_V": (-0.5, 1.5), "dp_x": (0, 256), "dp_y": (0, 256), "dp_vertex": (0, np.inf)}
"""Least and greatest number of each list.

A chart is one of 24, 0 the background. Positions are in a box of 256 x 256. U and V are in 0..1, and trainers set what is
over 1 to 1: a point on the border of a chart is allowed to miss it, but not by half a chart."""


def _persons(context: RuleContext) -> PersonFields:
    persons = context.coco.persons
    if persons is None:
        raise RuleSkipped("the file was not read with these fields")
    return persons


def _misfits(part: BodyPart) -> NDArray[np.bool_]:
    """Rows whose keypoints of a part are not as many triples as it has, shape (n,)."""
    wrong: NDArray[np.bool_] = part.points.ok & (part.points.rows.lengths != 3 * part.count)
    return wrong | np.equal(part.points.state, ValueState.BROKEN)


@rule(
    "COCO711",
    severity=Severity.ERROR,
    kinds=_KEYPOINTS,
    dialect=Dialect.WHOLE_BODY,
    accept=[
        whole_body(),
        # The visibilities of hands and faces are scores of the annotation tool.
        whole_body([{"lefthand_kpts": [7, 8, 0.037] * 21, "lefthand_valid": True}]),
        whole_body([{}, {"face_kpts": GONE, "foot_kpts": GONE, "lefthand_kpts": GONE, "righthand_kpts": GONE}]),
    ],
    reject=[
        (whole_body([{"face_kpts": [6, 7, 2] * 3 + [1]}]), "/annotations/0/face_kpts"),
        (whole_body([{}, {"righthand_kpts": [6, 7] * 21}]), "/annotations/1/righthand_kpts"),
        (whole_body([{"foot_kpts": GONE}]), "/annotations/0"),
        (whole_body([{"foot_kpts": None}]), "/annotations/0/foot_kpts"),
    ],
)
def wholebody_length(context: RuleContext) -> Iterator[Violations]:
    """Foot, face or hand keypoints of COCO-WholeBody are not 6, 68 or 21 triples.

    Readers append `foot_kpts`, `face_kpts`, `lefthand_kpts` and `righthand_kpts` to the 17 `keypoints` of the body, and take the 399 numbers
    in steps of three: with a number too few, all later points have other roles, or the shape does not fit. An annotation
    with some of the four and not the others raises KeyError in mmpose. A part that was not annotated is all zeros.
    """
    parts = _persons(context).parts
    some = np.any([part.points.present for part in parts], axis=0)
    for part in parts:
        yield Violations.of_rows("annotations", some & ~part.points.present, _no_points(part), about=_text(part.field))
        yield Violations.of_rows("annotations", _misfits(part), _wrong_length(part), field=part.field, about=_wrong_length(part))


def _no_points(part: BodyPart) -> Callable[[int], str]:
    return lambda _: f"has no {part.field}, but keypoints of other parts"


def _text(value: str) -> Callable[[int], str]:
    return lambda _: value


def _wrong_length(part: BodyPart) -> Callable[[int], str]:
    def say(row: int) -> str:
        due = f"the {part.count} keypoints of the {part.name} are {3 * part.count} numbers"
        if not part.points.ok[row]:
            return f"{part.field} is not a list of numbers; {due}"
        return f"{part.field} has {count_of(int(part.points.rows.lengths[row]), 'number')}; {due}"

    return say


@rule(
    "COCO712",
    severity=Severity.WARNING,
    kinds=_KEYPOINTS,
    dialect=Dialect.WHOLE_BODY,
    accept=[
        whole_body(),
        whole_body([{"face_kpts": [7, 8, 0.4] * 68, "face_valid": True}]),
        whole_body([{"foot_valid": GONE, "foot_kpts": [7, 8, 2] * 6}]),
    ],
    reject=[
        (whole_body([{"face_valid": True}]), "/annotations/0/face_valid"),
        (whole_body([{}, {"lefthand_kpts": [7, 8, 0.4] * 21}]), "/annotations/1/lefthand_valid"),
    ],
)
def wholebody_validity(context: RuleContext) -> Iterator[Violations]:
    """A part said to be valid has no point, or one said to be invalid has some.

    `foot_valid`, `face_valid`, `lefthand_valid` and `righthand_valid` say whether the part was annotated. The evaluation of COCO-WholeBody leaves out parts that
    are not valid, while trainers ask whether v > 0: the two then count different points. Crowds are not compared.
    """
    crowd = context.coco.annotations.crowd
    for part in _persons(context).parts:
        usable = part.points.ok & ~_misfits(part) & part.valid.ok & ~crowd
        points = triples(part.points.rows, usable)
        labelled = points.count(points.v > 0)
        wrong = usable & ((part.valid.values == 1) != (labelled > 0))
        yield Violations.of_rows("annotations", wrong, _contradiction(part, labelled), field=part.valid_field)


def _contradiction(part: BodyPart, labelled: NDArray[np.int64]) -> Callable[[int], str]:
    def say(row: int) -> str:
        if part.valid.values[row]:
            return f"{part.valid_field} is true, but no keypoint in {part.field} has v > 0"
        return f"{part.valid_field} is false, but {int(labelled[row])} of {part.count} keypoints in {part.field} have v > 0"

    return say


@rule(
    "COCO713",
    severity=Severity.ERROR,
    kinds=_KEYPOINTS,
    dialect=Dialect.CROWD_POSE,
    accept=[crowd_pose(), crowd_pose(images=[{"crowdIndex": 0}, {"crowdIndex": 1.0}])],
    reject=[
        (crowd_pose(images=[{"crowdIndex": 33}]), "/images/0/crowdIndex"),
        (crowd_pose(images=[{}, {"crowdIndex": -0.1}]), "/images/1/crowdIndex"),
        (crowd_pose(images=[{"crowdIndex": "0.33"}]), "/images/0/crowdIndex"),
        (crowd_pose(images=[{}, {"crowdIndex": GONE}]), "/images/1"),
    ],
)
def crowd_index_range(context: RuleContext) -> Iterator[Violations]:
    """CrowdPose's crowdIndex is not a number in 0..1.

    It is the share of the keypoints in a person's box that are of others, averaged over the image. The evaluation divides the images by it into easy
    (up to 0.1), medium and hard (over 0.8) ones, and reads it of every image: an absent one raises KeyError, a percentage makes every image a hard one.
    """
    column = _persons(context).crowd_index
    if column is None:
        raise RuleSkipped("the file was not read with these fields")
    values = column.floats
    yield Violations.of_rows("images", ~column.present, lambda _: "has no crowdIndex, but other images do", about=lambda _: "crowdIndex")
    yield Violations.of_rows(
        "images",
        np.equal(column.state, ValueState.BROKEN),
        lambda _: "crowdIndex is not a number; it must be one in 0..1",
        field="crowdIndex",
    )
    outside = column.ok & ~((values >= 0) & (values <= 1))

    def say(row: int) -> str:
        return f"crowdIndex is {values[row]:g}; it must be in 0..1"

    yield Violations.of_rows("images", outside, say, field="crowdIndex", about=say)


@rule(
    "COCO714",
    severity=Severity.ERROR,
    kinds=_DENSE,
    dialect=Dialect.DENSE_POSE,
    accept=[
        dense_pose(),
        dense_pose([{"dp_U": [0.0, 1.0, 1.02]}]),
        dense_pose([{}, dict.fromkeys((*_CHARTS, *_PLACES), GONE)]),
        dense_pose([{"dp_I": GONE, "dp_U": GONE, "dp_V": GONE, "dp_vertex": [0, 7, 27553], "ref_model": "smpl_27554"}]),
    ],
    reject=[
        (dense_pose([{"dp_U": [0.5, 0.5]}]), "/annotations/0/dp_U"),
        (dense_pose([{"dp_y": GONE}]), "/annotations/0"),
        (dense_pose([{}, {"dp_I": [1, 2, 25]}]), "/annotations/1/dp_I/2"),
        (dense_pose([{"dp_x": [300, 20, 30]}]), "/annotations/0/dp_x/0"),
        (dense_pose([{"dp_V": "0.5"}]), "/annotations/0/dp_V"),
    ],
)
def densepose_malformed(context: RuleContext) -> Iterator[Violations]:
    """DensePose fields are of different lengths, or their values outside their ranges.

    Entry k of each list is about point k: its place in the box, scaled to 256 x 256 (`dp_x`, `dp_y`), its chart (`dp_I`, 1..24) and its place there (`dp_U`, `dp_V`, in 0..1);
    or the vertex of the mesh (`dp_vertex`). Lists of different lengths, or with one of them absent, raise an exception in training, or pair a point with the place of another.
    U and V a little outside 0..1 are accepted: trainers clip them, and official files have some. `dp_masks` are not checked here.
    """
    dense = _persons(context).dense_pose
    if dense is None:
        raise RuleSkipped("the file was not read with these fields")
    lists = dense.lists
    charted = np.any([lists[key].present for key in _CHARTS], axis=0)
    meshed = lists["dp_vertex"].present
    placed = np.any([lists[key].present for key in _PLACES], axis=0)
    expected = {
        **dict.fromkeys(_CHARTS, charted | (placed & ~meshed)),
        **dict.fromkeys(_PLACES, charted | meshed | placed),
        "dp_vertex": np.zeros_like(meshed),
    }
    longest = np.max([column.rows.lengths for column in lists.values()], axis=0)
    for key, column in lists.items():
        yield Violations.of_rows("annotations", expected[key] & ~column.present, _absent_list(key), about=_text(key))
        broken = np.equal(column.state, ValueState.BROKEN)
        yield Violations.of_rows("annotations", broken, _not_a_list(key), field=key)
        short = column.ok & (column.rows.lengths != longest)
        yield Violations.of_rows("annotations", short, _shorter(key, column, longest), field=key, about=_shorter(key, column, longest))
        yield _outside(key, column)


def _absent_list(key: str) -> Callable[[int], str]:
    return lambda _: f"has no {key}, but other lists of points"


def _not_a_list(key: str) -> Callable[[int], str]:
    return lambda _: f"{key} is not a list of numbers"


def _shorter(key: str, column: RaggedColumn, longest: NDArray[np.int64]) -> Callable[[int], str]:
    return lambda row: f"{key} has {count_of(int(column.rows.lengths[row]), 'number')}, another list of points {int(longest[row])}"


def _outside(key: str, column: RaggedColumn) -> Violations:
    """One violation for each row with a number outside its range, at the first of them."""
    least, most = _RANGES[key]
    values = column.rows.values
    bad = np.flatnonzero(~((values >= least) & (values <= most)))
    rows, first, counts = np.unique(column.rows.owners()[bad], return_index=True, return_counts=True)
    at = bad[first]
    places = at - column.rows.offsets[rows]
    named = {"dp_I": "1..24 (0 for none)", "dp_U": "0..1", "dp_V": "0..1", "dp_vertex": "0 or more"}.get(key, "0..256")

    def say(k: int) -> str:
        more = f" (and {int(counts[k]) - 1} more)" if counts[k] > 1 else ""
        return f"{key} of point {int(places[k])} is {values[at[k]]:g}{more}; it must be {'in ' if key != 'dp_vertex' else ''}{named}"

    return Violations.of_rows("annotations", rows, say, inside=lambda k: (key, int(places[k])), about=say)


RULES = (wholebody_length, wholebody_validity, crowd_index_range, densepose_malformed)
