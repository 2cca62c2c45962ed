"""Rules about keypoints."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.keypoint_triples import Triples, due_keypoints, misfits, triples
from cocoproof.model.dialects import Dialect
from cocoproof.model.findings import Kind, Severity
from cocoproof.rules.detected_formats import size_of_image
from cocoproof.rules.examples import GONE, keypoint_dataset
from cocoproof.rules.rule import Fix, RuleContext, RuleSkipped, Violations, quote, rule

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from cocoproof.geometry.ragged import Ragged

__all__ = ["RULES"]

_KEYPOINTS = frozenset({Kind.KEYPOINTS})
_WITH_RESULTS = frozenset({Kind.KEYPOINTS, Kind.RESULTS})
"""For results the ground truth defines the keypoints. Nothing else about predictions is checked here: its
points may lie off the image, and its `v` is a free number that no evaluation reads."""

_CROWD_POSE_BODY = 12
"""The keypoints of CrowdPose that num_keypoints counts in its official files: not the last two, head and neck."""
_CROWD_POSE_SKELETON = (16, 14, 14, 12, 17, 15, 15, 13, 12, 13, 6, 12, 7, 13, 6, 7, 6, 8, 7, 9, 8, 10, 9, 11)
"""In its official files: edges between COCO's 17 keypoints, as pairs of 1-based indices, beside 14 keypoints."""

_FOUR_KEYPOINTS = {"keypoints": ["nose", "left", "right", "tail"]}
_NO_DEFINITION = {"keypoints": GONE, "skeleton": GONE}


def _require_truth(context: RuleContext) -> None:
    if context.coco.kind is Kind.RESULTS and context.truth is None:
        raise RuleSkipped("needs a ground truth (--gt FILE), which defines the keypoints")


def _category(context: RuleContext, row: int) -> str:
    """The category of an annotation: `category 1 (person)`."""
    at = int(context.coco.annotations.category_row[row])
    name = context.categories.name.values[at]
    return f"category {context.categories.id_of(at)}{' (' + quote(name, 40)[1:-1] + ')' if name else ''}"


def _keypoint(context: RuleContext, row: int, place: int) -> str:
    """A keypoint of an annotation: `keypoint 3 (right_eye)`, counted from 1 as skeletons do."""
    at = int(context.coco.annotations.category_row[row])
    names = context.categories.keypoints[at] if at >= 0 else None
    return (
        f"keypoint {place + 1} ({quote(names[place], 40)[1:-1]})" if names is not None and place < len(names) else f"keypoint {place + 1}"
    )


def _sound(context: RuleContext) -> Triples:
    """The keypoints of the annotations that have as many as they should."""
    annotations = context.coco.annotations
    return triples(annotations.keypoints.rows, annotations.keypoints.ok & ~misfits(annotations, context.categories))


def _per_annotation(
    points: Triples,
    bad: NDArray[np.bool_],
    say: Callable[[int, int, int, int], str],
    part: int,
    about: Callable[[int], str] | None = None,
) -> Violations:
    """One violation for each annotation with a bad keypoint, at the first of them.

    Args:
        points: The keypoints.
        bad: Which of them are bad, shape (m,).
        say: Row, number of its first bad keypoint in 0..m-1, that keypoint's place in the row, number of bad ones -> message.
        part: Which number of the keypoint is at fault: 0 for x, 2 for v.
        about: Row -> what else is wrong, as in `Violations.of_rows`.
    """
    violations = np.flatnonzero(bad)
    rows, first, counts = np.unique(points.rows_of(violations), return_index=True, return_counts=True)
    starts = violations[first]
    places = starts - points.offsets[rows]
    return Violations.of_rows(
        "annotations",
        rows,
        lambda k: say(int(rows[k]), int(starts[k]), int(places[k]), int(counts[k])),
        inside=lambda k: ("keypoints", 3 * int(places[k]) + part),
        about=None if about is None else lambda k: about(int(rows[k])),
    )


def _and_more(count: int) -> str:
    return f", and of {count - 1} more keypoint{'s' if count > 2 else ''}" if count > 1 else ""


@rule(
    "COCO701",
    severity=Severity.ERROR,
    kinds=_WITH_RESULTS,
    needs=("annotations.keypoints", "annotations.category", "categories.keypoints"),
    accept=[
        keypoint_dataset(),
        keypoint_dataset([{"keypoints": [6, 7, 2] * 4, "num_keypoints": 4}], categories=[_FOUR_KEYPOINTS]),
    ],
    reject=[
        (keypoint_dataset([{"keypoints": [6, 7, 2, 10, 12, 1], "num_keypoints": 2}]), "/annotations/0/keypoints"),
        (keypoint_dataset([{}, {"keypoints": [6, 7, 10, 12, 8, 9], "num_keypoints": 2}]), "/annotations/1/keypoints"),
    ],
)
def keypoints_length(context: RuleContext) -> Violations:
    """keypoints is not three numbers for each keypoint that the category defines.

    Readers take the list in steps of three, [x, y, v] by [x, y, v], and the place in the list alone says which joint a
    point is. With a number too few, or with pairs [x, y], every later value slips into another role; with a point too
    few, COCOeval fails on shapes that do not match. Write a keypoint that is not labelled as `0, 0, 0`, never leave it
    out. Results are compared with the definition in the ground truth (`--gt`).
    """
    _require_truth(context)
    rows = context.coco.annotations.keypoints.rows
    due = due_keypoints(context.coco.annotations, context.categories)
    bad = misfits(context.coco.annotations, context.categories) & (due > 0)

    def say(row: int) -> str:
        numbers = rows[row]
        found, count = len(numbers), int(due[row])
        # Two thirds of the numbers may also be triples of fewer keypoints: then each third one is a visibility.
        as_pairs = found == 2 * count and not np.isin(numbers[2::3], (0, 1, 2)).all()
        pairs = "; these look like pairs x, y without v" if as_pairs else ""
        return f"keypoints has {found} number{'s' * (found != 1)}, but {_category(context, row)} defines {count} keypoint{'s' * (count != 1)}, so {3 * count} are due{pairs}"

    return Violations.of_rows("annotations", bad, say, field="keypoints", about=lambda row: f"{int(due[row])} keypoints defined")


@rule(
    "COCO702",
    severity=Severity.ERROR,
    fix=Fix(
        safe="writes the count of v > 0",
        on_request="writes it also where nearly all counts of the file (`suspicious-share`) are others, which then is a convention",
    ),
    kinds=_KEYPOINTS,
    needs=("annotations.keypoints", "annotations.num_keypoints", "annotations.keypoint_length"),
    accept=[
        keypoint_dataset(),
        # v is 1 where a keypoint is hidden: it counts.
        keypoint_dataset([{"keypoints": [6, 7, 1, 10, 12, 1, 8, 9, 1], "num_keypoints": 3}]),
        keypoint_dataset([{"keypoints": [0] * 9, "num_keypoints": 0}]),
    ],
    reject=[
        (keypoint_dataset([{"num_keypoints": 3}]), "/annotations/0/num_keypoints"),
        (keypoint_dataset([{}, {"keypoints": [6, 7, 1, 10, 12, 1, 8, 9, 2], "num_keypoints": 1}]), "/annotations/1/num_keypoints"),
    ],
)
def keypoint_count_mismatch(context: RuleContext) -> Violations:
    """num_keypoints is not the count of v > 0.

    COCOeval ignores an annotation whose `num_keypoints` is 0 and scores the others: a wrong 0 drops a person in silence,
    a wrong 1 asks for somebody who has no labelled keypoint. Trainers filter by it too (`min_keypoints` in detectron2).
    Hidden keypoints (v = 1) count. Set it to the number of keypoints with v > 0. In CrowdPose files the count may be without the last
    two, head and neck, as in the official ones.
    """
    if Dialect.HALPE in (context.truth or context.coco).dialects:
        raise RuleSkipped("in Halpe files num_keypoints is that of the 17 keypoints of COCO")
    annotations = context.coco.annotations
    points = _sound(context)
    labelled = points.count(points.v > 0)
    usable = annotations.num_keypoints.ok & annotations.keypoints.ok & ~misfits(annotations, context.categories)
    said = annotations.num_keypoints.values
    wrong = usable & (said != labelled)
    if Dialect.CROWD_POSE in context.coco.dialects:
        place = np.arange(len(points.v)) - points.spread(points.offsets[:-1].astype(np.float64))
        wrong &= said != points.count((points.v > 0) & (place < _CROWD_POSE_BODY))

    def say(row: int) -> str:
        total = int(points.offsets[row + 1] - points.offsets[row])
        return f"num_keypoints is {int(said[row])}, but {int(labelled[row])} of {total} keypoints have v > 0"

    return Violations.of_rows("annotations", wrong, say, field="num_keypoints")


@rule(
    "COCO703",
    severity=Severity.ERROR,
    kinds=_KEYPOINTS,
    needs=("annotations.keypoints", "annotations.keypoint_length"),
    accept=[keypoint_dataset(), keypoint_dataset([{"keypoints": [6, 7, 2.0, 10, 12, 1.0, 0, 0, 0.0]}])],
    reject=[
        (keypoint_dataset([{"keypoints": [6, 7, 3, 10, 12, 1, 0, 0, 0]}]), "/annotations/0/keypoints/2"),
        (keypoint_dataset([{"keypoints": [6, 7, 2, 10, 12, 1.5, 0, 0, 0]}]), "/annotations/0/keypoints/5"),
        (keypoint_dataset([{}, {"keypoints": [6, 7, 2, 10, 12, 2, 0, 0, -1]}]), "/annotations/1/keypoints/8"),
    ],
)
def keypoint_visibility(context: RuleContext) -> Violations:
    """A visibility is not 0, 1 or 2.

    Each third number of `keypoints` is v: 0 not labelled, 1 labelled but hidden, 2 labelled and visible. Evaluation and
    training ask `v > 0`, drawing `v > 1`, so that any other number passes for one of the three silently: -1 for
    "hidden" drops the point, a model's confidence of 0.03 makes it a labelled one. Map what your source says to 0, 1, 2.
    """
    points = _sound(context)
    v = points.v

    def say(row: int, point: int, place: int, count: int) -> str:
        return f"the visibility of {_keypoint(context, row, place)} is {v[point]:g}{_and_more(count)}; it must be 0, 1 or 2"

    return _per_annotation(points, (v != 0) & (v != 1) & (v != 2), say, 2)


@rule(
    "COCO704",
    severity=Severity.WARNING,
    kinds=_KEYPOINTS,
    needs=("annotations.keypoints", "annotations.keypoint_length", "annotations.image_size"),
    accept=[
        keypoint_dataset(),
        keypoint_dataset([{"keypoints": [64, 48, 2, 0, 0, 1, 0, 0, 0]}]),  # on the border of 64 x 48
        keypoint_dataset([{"keypoints": [6, 7, 2, 10, 12, 1, -5, 99, 0]}]),  # not labelled
    ],
    reject=[
        (keypoint_dataset([{"keypoints": [64.5, 7, 2, 10, 12, 1, 0, 0, 0]}]), "/annotations/0/keypoints/0"),
        (keypoint_dataset([{"keypoints": [6, 7, 2, 10, -0.5, 1, 0, 0, 0]}]), "/annotations/0/keypoints/3"),
    ],
)
def keypoint_outside_image(context: RuleContext) -> Violations:
    """A labelled keypoint lies outside its image.

    Nothing can be seen there. Heat-map trainers drop such a point or clamp it to the border, so that the model learns a
    position that was not labelled; evaluation uses it as written. The usual causes: the picture was cropped or resized
    without its keypoints, x and y are swapped, or the tool extrapolates. A point on the border, at x = width or
    y = height, is let pass. Points with v = 0 are not looked at. Set v to 0, or correct the point.
    """
    annotations, images = context.coco.annotations, context.images
    points = _sound(context)
    sized = images.width.ok & images.height.ok
    # An unknown size is NaN, which compares as false.
    width, height = (
        np.append(np.where(sized, side.values, np.nan), np.nan)[annotations.image_row] for side in (images.width, images.height)
    )
    x, y = points.x, points.y
    outside = (x < 0) | (y < 0) | (x > points.spread(width)) | (y > points.spread(height))

    def say(row: int, point: int, place: int, count: int) -> str:
        more = f" ({count} keypoints of it lie outside)" if count > 1 else ""
        return f"{_keypoint(context, row, place)} is at ({x[point]:g}, {y[point]:g}), outside the image of {width[row]:g} x {height[row]:g} px{more}"

    return _per_annotation(points, outside & (points.v > 0), say, 0, partial(size_of_image, context))


@rule(
    "COCO705",
    severity=Severity.ERROR,
    fix=Fix(safe="adds 1 to every index of a skeleton that runs from 0 to below the number of keypoints"),
    kinds=_KEYPOINTS,
    needs=("categories.skeleton", "categories.keypoints"),
    accept=[
        keypoint_dataset(),
        keypoint_dataset(categories=[{"skeleton": []}]),
        keypoint_dataset(categories=[{"skeleton": GONE}]),
        keypoint_dataset([{"keypoints": [6, 7, 2, 10, 12, 1, 0, 0, 0, 0, 0, 0]}], categories=[_FOUR_KEYPOINTS | {"skeleton": [[1, 4]]}]),
    ],
    reject=[
        (keypoint_dataset(categories=[{"skeleton": [[0, 1], [1, 2]]}]), "/categories/0/skeleton/0/0"),
        (keypoint_dataset(categories=[{"skeleton": [[1, 2], [2, 4]]}]), "/categories/0/skeleton/1/1"),
        (keypoint_dataset(categories=[{"skeleton": [[1, 2], [-1, 3]]}]), "/categories/0/skeleton/1/0"),
    ],
)
def skeleton_out_of_range(context: RuleContext) -> Violations:
    """A skeleton index is not in 1..K (0-based skeletons).

    A skeleton's edges name keypoints by their place in the category's list of K names, counted from 1. pycocotools
    subtracts 1 when it draws: index 0 becomes -1, which Python takes for the last keypoint, and an index above K raises
    IndexError. In a skeleton counted from 0 every line is drawn between the wrong joints, most often in silence. Add 1
    to each index. Indices above K mostly come with a skeleton that was copied from another set of keypoints. The
    official files of CrowdPose have such a one, and it is accepted there.
    """
    categories = context.categories
    edges = categories.skeleton.rows
    defined = np.maximum(categories.keypoint_count, 0)
    bad = (edges.values < 1) | (edges.values > np.repeat(defined, edges.lengths))
    bad &= ~np.repeat(categories.keypoints_broken, edges.lengths)
    if Dialect.CROWD_POSE in context.coco.dialects:
        bad &= ~np.repeat(_published_skeletons(edges, defined), edges.lengths)
    violations = np.flatnonzero(bad)
    rows, first, counts = np.unique(np.searchsorted(edges.offsets, violations, side="right") - 1, return_index=True, return_counts=True)
    places = violations[first] - edges.offsets[rows]

    def say(k: int) -> str:
        row, count, total = int(rows[k]), int(counts[k]), int(defined[rows[k]])
        found = edges[row]
        if not total:
            return f"the skeleton joins keypoints {int(found.min())} to {int(found.max())}, but the category defines no keypoints"
        if found.min() == 0 and found.max() < total:
            return f"the skeleton looks 0-based: its indices run from 0 to {int(found.max())}, where COCO counts the {total} keypoints from 1; add 1 to each"
        more = f" (and {count - 1} more)" if count > 1 else ""
        return f"the skeleton names keypoint {int(found[places[k]])}{more}; there are 1..{total}"

    return Violations.of_rows(
        "categories",
        rows,
        say,
        inside=lambda k: ("skeleton", int(places[k]) // 2, int(places[k]) % 2),
        about=lambda k: f"{int(defined[rows[k]])} keypoints defined",
    )


@rule(
    "COCO706",
    severity=Severity.NOTE,
    kinds=_KEYPOINTS,
    needs=("annotations.keypoints", "annotations.keypoint_length"),
    accept=[keypoint_dataset(), keypoint_dataset([{"keypoints": [0, 0, 1, 10, 12, 1, 0, 0, 0]}])],
    reject=[
        (keypoint_dataset([{"keypoints": [6, 7, 2, 10, 12, 1, 8, 9, 0]}]), "/annotations/0/keypoints/6"),
        (keypoint_dataset([{}, {"keypoints": [6, 7, 2, 0, 12, 0, 8, 9, 2]}]), "/annotations/1/keypoints/3"),
    ],
)
def unlabelled_keypoint_with_position(context: RuleContext) -> Violations:
    """v is 0 but x, y are not.

    By the format an unlabelled keypoint is `0, 0, 0`. Readers that ask v pass over the position, those
    that ask whether x and y are 0 take the point for a labelled one. Either v should be 1 or 2 (some tools write 0 for
    "hidden", where COCO has 1), or x and y should be 0.
    """
    points = _sound(context)
    x, y = points.x, points.y

    def say(row: int, point: int, place: int, count: int) -> str:
        more = f" ({count} keypoints of it are so)" if count > 1 else ""
        return f"{_keypoint(context, row, place)} has v = 0, not labelled, but is at ({x[point]:g}, {y[point]:g}){more}"

    return _per_annotation(points, (points.v == 0) & ((x != 0) | (y != 0)), say, 0)


@rule(
    "COCO707",
    severity=Severity.ERROR,
    kinds=_WITH_RESULTS,
    needs=("annotations.keypoints", "annotations.category", "categories.keypoints"),
    accept=[
        keypoint_dataset(),
        # A file may have categories with and without keypoints.
        keypoint_dataset([{}, {"category_id": 2, "keypoints": [], "num_keypoints": 0}], categories=[{}, _NO_DEFINITION]),
    ],
    reject=[
        (keypoint_dataset([{}, {"category_id": 2}], categories=[{}, _NO_DEFINITION]), "/annotations/1/keypoints"),
        (keypoint_dataset(categories=[{"keypoints": [], "skeleton": []}]), "/annotations/0/keypoints"),
    ],
)
def keypoints_without_definition(context: RuleContext) -> Violations:
    """An annotation has keypoints, its category defines none.

    Only the category's `keypoints`, a list of names in order, defines which joint a triple is. Without it readers cannot
    distinguish a nose from an ankle, pycocotools' `showAnns` raises KeyError for the skeleton, and trainers that size their
    heads by it fail. Add `keypoints` (and `skeleton`) to the category, or give the annotation the category that has
    them. Results are compared with the categories of the ground truth (`--gt`).
    """
    _require_truth(context)
    if Dialect.HALPE in (context.truth or context.coco).dialects:
        raise RuleSkipped("the categories of Halpe files define no keypoints: readers know their order")
    lengths = context.coco.annotations.keypoints.rows.lengths
    bad = (due_keypoints(context.coco.annotations, context.categories) == 0) & (lengths > 0)

    def say(row: int) -> str:
        return f"there are {int(lengths[row])} numbers in keypoints, but {_category(context, row)} defines no keypoints"

    return Violations.of_rows("annotations", bad, say, field="keypoints")


def _published_skeletons(edges: Ragged, defined: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Categories with CrowdPose's 14 keypoints and the skeleton of its official files: bool, shape (categories,)."""
    return np.array([defined[k] == 14 and np.array_equal(edges[k], _CROWD_POSE_SKELETON) for k in range(len(edges))], bool)


RULES = (
    keypoints_length,
    keypoint_count_mismatch,
    keypoint_visibility,
    keypoint_outside_image,
    skeleton_out_of_range,
    unlabelled_keypoint_with_position,
    keypoints_without_definition,
)
