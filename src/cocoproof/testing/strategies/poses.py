"""Keypoint datasets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from cocoproof.mapping import Category, ClassMapping
from cocoproof.testing.drawn import DrawnCase, DrawnDataset
from cocoproof.testing.drawn_keypoints import DrawnPoses
from cocoproof.testing.strategies.cached import BOOLEANS, integers, kept
from cocoproof.testing.strategies.datasets import cases, datasets
from cocoproof.testing.strategies.mappings import class_names

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy

    from cocoproof.testing.drawn import DrawnImage

__all__ = ["posed", "poses"]

_MOST_POINTS = 4
_BEYOND = 3.0
"""Pixels by which a point may be out of the image."""


def poses(
    *,
    min_images: int = 0,
    max_images: int = 3,
    min_size: int = 0,
    max_size: int = 3,
    max_classes: int = 3,
    crowd: bool | None = None,
    scores: bool | None = None,
    point_scores: bool = False,
    data: bool | None = False,
    folders: bool = True,
    boxed: bool | None = None,
    hidden: bool = True,
    flag_column: bool = False,
    identity: bool = False,
    start: int | None = None,
    allow_gaps: bool = True,
    dataset: SearchStrategy[DrawnDataset] | None = None,
) -> SearchStrategy[DrawnCase]:
    """Keypoint datasets with a mapping whose categories have keypoints: images are `DrawnPoses`.

    Args:
        min_images: The fewest images.
        max_images: The most.
        min_size: The fewest detections of an image.
        max_size: The most.
        max_classes: The most classes.
        crowd: Whether there is `data["iscrowd"]`; None draws it.
        scores: Whether there are scores of detections.
        point_scores: Whether there may be scores of points, beside those of detections.
        data: Whether there are further `data` columns.
        folders: Whether images may be in folders.
        boxed: Whether `data["xyxy"]` has boxes.
        hidden: Whether points may be hidden (`visible` is False).
        flag_column: Whether flags may be in `data["visibility"]`.
        identity: As for `class_mappings`.
        start: As for `class_mappings`.
        allow_gaps: As for `class_mappings`.
        dataset: Where the datasets of boxes come from, of which keypoint datasets are made; None for what the arguments say.
    """
    plain = datasets(
        min_images=min_images,
        max_images=max_images,
        min_size=min_size,
        max_size=max_size,
        max_classes=max_classes,
        masks=False,
        crowd=crowd,
        scores=scores,
        track_ids=False,
        oriented=False,
        data=data,
        folders=folders,
    )
    drawn = cases(dataset=plain if dataset is None else dataset, identity=identity, start=start, allow_gaps=allow_gaps)
    return drawn.flatmap(lambda case: _posed(case, (point_scores, boxed, hidden, flag_column)))


@st.composite
def _posed(draw: DrawFn, case: DrawnCase, ways: tuple[bool, bool | None, bool, bool]) -> DrawnCase:
    boxed = draw(BOOLEANS) if ways[1] is None else ways[1]
    count = draw(integers(1 if boxed else 2, _MOST_POINTS))
    images = tuple(draw(_images(image, count, (ways[0], boxed, ways[2], ways[3]))) for image in case.dataset.images)
    names = draw(_lists_of_names(count))
    edges = [(a + 1, b + 1) for a in range(count) for b in range(count) if a != b]
    skeleton = tuple(draw(st.lists(st.sampled_from(edges), max_size=3, unique=True))) if edges else ()
    return posed(replace(case, dataset=DrawnDataset(case.dataset.classes, images)), names, skeleton)


@kept
def _lists_of_names(count: int) -> SearchStrategy[list[str]]:
    return st.lists(class_names(), min_size=count, max_size=count, unique=True)


def posed(case: DrawnCase, names: list[str], skeleton: tuple[tuple[int, int], ...]) -> DrawnCase:
    """The case with keypoints of its categories, which take turns with the names so that categories differ."""
    categories = []
    for place, category in enumerate(case.mapping.categories):
        turn = place % len(names)
        own = tuple(names[turn:] + names[:turn])
        edges = skeleton[turn % (len(skeleton) + 1) :]
        categories.append(Category(category.id, category.name, category.supercategory, keypoints=own, skeleton=edges))
    return replace(case, mapping=ClassMapping(case.mapping.classes, tuple(categories), case.mapping.unmapped))


@st.composite
def _images(draw: DrawFn, image: DrawnImage, count: int, ways: tuple[bool, bool, bool, bool]) -> DrawnPoses:
    scored, boxed, hidden, flag_column = ways
    narrow: Any = draw(st.sampled_from(["float64", "float32"]))
    n = len(image)
    flagged: Any = "visibility" if flag_column and draw(BOOLEANS) else "visible"
    column = n > 0 and (flagged == "visibility" or hidden) and draw(BOOLEANS)
    flag = st.sampled_from([2, 1, 0] if hidden or flagged == "visibility" else [2, 0])
    places = _places(image.width, image.height, narrow)
    points, flags = [], []
    for _ in range(n):
        own = [draw(places) for _ in range(count)]
        its = [draw(flag) for _ in range(count)]
        if not boxed:  # the envelope has a width and a height
            own[1] = (own[0][0] + 1.0, own[0][1] + 0.5)
            its[:2] = [2, max(its[1], 1) if column else 2]
            own[0] = (own[0][0] or 0.25, own[0][1])
        if flagged == "visible" and column:
            own = [(0.0, 0.0) if own_flag == 0 else point for point, own_flag in zip(own, its, strict=True)]
            its = [0 if point == (0.0, 0.0) else own_flag for point, own_flag in zip(own, its, strict=True)]
        points.append(tuple(own))
        flags.append(tuple(its))
    scores = n > 0 and scored and image.confidence is not None and draw(BOOLEANS)
    return DrawnPoses(
        image.file_name,
        image.width,
        image.height,
        boxes=image.boxes if boxed else tuple(_envelope(own, its if column else None) for own, its in zip(points, flags, strict=True)),
        class_id=image.class_id,
        crowd=image.crowd,
        confidence=image.confidence,
        data=image.data,
        box_type=image.box_type if boxed else "float64",
        points=tuple(points) if n else None,
        flags=tuple(flags) if column else None,
        point_scores=tuple(tuple(draw(_SCORES) for _ in range(count)) for _ in range(n)) if scores else None,
        boxed=boxed,
        flagged=flagged,
        point_type=narrow,
    )


_SCORES = st.sampled_from([0.5, 0.25, 0.125, 1.0, 0.1])


@kept
def _places(width: int, height: int, dtype: str) -> SearchStrategy[tuple[float, float]]:
    """Points on an image and up to 3 px beyond, as the dtype holds them."""
    narrow: Any = 32 if dtype == "float32" else 64

    def along(side: int) -> SearchStrategy[float]:
        whole = integers(0, side - 1).map(float)
        return st.one_of(whole, st.floats(-_BEYOND, side + _BEYOND, width=narrow).map(_ordinary))

    return st.tuples(along(width), along(height))


def _ordinary(value: float) -> float:
    """Not so small that arithmetic loses it, and no -0.0."""
    return value if abs(value) > 2**-10 else 0.0


def _envelope(points: tuple[tuple[float, float], ...], flags: tuple[int, ...] | None) -> tuple[float, float, float, float]:
    there = [point for place, point in enumerate(points) if (flags[place] if flags else point != (0.0, 0.0))]
    xs, ys = zip(*there, strict=True)
    return min(xs), min(ys), max(xs), max(ys)
