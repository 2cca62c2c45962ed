"""Detections and data sets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from hypothesis import strategies as st

from cocoproof.testing.drawn import DrawnCase, DrawnDataset, DrawnImage, mask_rows
from cocoproof.testing.strategies.cached import BOOLEANS, integers, kept
from cocoproof.testing.strategies.mappings import class_mappings, class_names
from cocoproof.testing.strategies.pixels import masks as mask_strategy
from cocoproof.testing.strategies.pixels import sides
from cocoproof.testing.strategies.points import boxes, oriented_boxes

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy
    from supervision import Detections

    from cocoproof.testing.drawn import BoxType

__all__ = ["cases", "datasets", "detections", "drawn_images"]

T = TypeVar("T")

_TYPES: tuple[BoxType, ...] = ("float64", "float32", "int64")
_STAYS = (False, True, True, True)
_STEMS = ("0", "1", "02", "im 3", "é", "å ü", "図", "1.5", "a%20b")
_FOLDERS = ("", "a/", "b/", "a/b/")


def detections(
    *,
    classes: int = 3,
    width: int | None = None,
    height: int | None = None,
    max_side: int = 8,
    min_size: int = 0,
    max_size: int = 4,
    masks: bool | None = None,
    crowd: bool | None = None,
    scores: bool | None = None,
    track_ids: bool | None = None,
    oriented: bool | None = None,
    data: bool | None = None,
    allow_far: bool = False,
    loose_boxes: bool = False,
) -> SearchStrategy[Detections]:
    """`supervision.Detections` on one image. An option of None draws whether there is such a column.

    By default a detection with a mask has the mask's box; one without has any box. They shrink towards no detection, or one.

    Args:
        classes: How many classes there are: class ids are 0 to `classes` - 1.
        width: Of the image, in pixels; None draws it.
        height: Of the image, in pixels; None draws it.
        max_side: The most pixels of a side that is drawn.
        min_size: The fewest detections.
        max_size: The most.
        masks: Whether there are masks, bool, shape (n, height, width).
        crowd: Whether there is `data["iscrowd"]`.
        scores: Whether there is `confidence`.
        track_ids: Whether there is `tracker_id`.
        oriented: Whether there are oriented boxes, `data["xyxyxyxy"]`.
        data: Whether there are further `data` columns.
        allow_far: As for `boxes`.
        loose_boxes: Whether a detection with a mask has any box, as a detector may give it.
    """
    columns = (masks, crowd, scores, track_ids, oriented, data)
    image = _images("0.png", classes, (width, height), max_side, (min_size, max_size), columns, (allow_far, loose_boxes))
    return image.map(lambda drawn: drawn.detections())


def datasets(
    *,
    classes: tuple[str, ...] | None = None,
    min_images: int = 0,
    max_images: int = 3,
    min_size: int = 0,
    max_size: int = 3,
    max_side: int = 6,
    masks: bool | None = None,
    crowd: bool | None = None,
    scores: bool | None = None,
    track_ids: bool | None = None,
    oriented: bool | None = None,
    data: bool | None = None,
    folders: bool = True,
    allow_far: bool = False,
    loose_boxes: bool = False,
    max_classes: int = 3,
) -> SearchStrategy[DrawnDataset]:
    """Data sets, as `DrawnDataset`: plain Python, printed as code.

    `DrawnDataset.build` writes its pictures and gives a `supervision.DetectionDataset`. They shrink towards one class, one
    image and one detection, or to nothing at all.

    Args:
        classes: The class names; None draws them.
        min_images: The fewest images.
        max_images: The most.
        min_size: The fewest detections of an image.
        max_size: The most.
        max_side: The most pixels of a side of an image.
        masks: As for `detections`, drawn for each image.
        crowd: As for `detections`.
        scores: As for `detections`.
        track_ids: As for `detections`.
        oriented: As for `detections`.
        data: As for `detections`.
        folders: Whether images may be in folders, where two may have one name.
        allow_far: As for `boxes`.
        loose_boxes: As for `detections`.
        max_classes: The most classes that are drawn.
    """
    columns = (masks, crowd, scores, track_ids, oriented, data)
    names = _classes(max_classes) if classes is None else st.just(tuple(classes))
    return _datasets(names, (min_images, max_images), (min_size, max_size), max_side, columns, folders, (allow_far, loose_boxes))


def cases(
    *,
    dataset: SearchStrategy[DrawnDataset] | None = None,
    identity: bool = False,
    start: int | None = None,
    allow_gaps: bool = True,
) -> SearchStrategy[DrawnCase]:
    """A data set and a mapping of its classes, as an exporter is given them.

    Args:
        dataset: Where data sets come from; None for `datasets()`.
        identity: As for `class_mappings`.
        start: As for `class_mappings`.
        allow_gaps: As for `class_mappings`.
    """

    def mapped(own: DrawnDataset) -> SearchStrategy[DrawnCase]:
        mappings = class_mappings(classes=own.classes, identity=identity, start=start, allow_gaps=allow_gaps)
        return mappings.map(lambda mapping: DrawnCase(own, mapping))

    return (datasets() if dataset is None else dataset).flatmap(mapped)


@st.composite
def _datasets(
    draw: DrawFn,
    classes: SearchStrategy[tuple[str, ...]],
    counts: tuple[int, int],
    sizes: tuple[int, int],
    max_side: int,
    columns: tuple[bool | None, ...],
    folders: bool,
    forms: tuple[bool, bool],
) -> DrawnDataset:
    names = draw(classes)
    # Images of one size: who confounds two of them, or their masks, is not found out by their size.
    size = (draw(sides(max_side)), draw(sides(max_side))) if counts[1] > 1 and draw(BOOLEANS) else (None, None)
    rows = draw(_named_images(len(names), counts, sizes, size, max_side, columns, folders, forms))
    return DrawnDataset(tuple(names), tuple(replace(drawn, file_name=f"{stem}.png") for stem, drawn in rows))


@kept
def _classes(most: int) -> SearchStrategy[tuple[str, ...]]:
    return st.lists(class_names(), min_size=1, max_size=most, unique=True).map(tuple)


@kept
def _named_images(
    classes: int,
    counts: tuple[int, int],
    sizes: tuple[int, int],
    size: tuple[int | None, int | None],
    max_side: int,
    columns: tuple[bool | None, ...],
    folders: bool,
    forms: tuple[bool, bool],
) -> SearchStrategy[list[tuple[str, DrawnImage]]]:
    """Drawn as one list of whole images, so that Hypothesis can take one away."""
    stems = st.sampled_from([folder + stem for folder in (_FOLDERS if folders else ("",)) for stem in _STEMS])
    if folders:  # often one name in several folders
        stems = st.one_of(stems, st.sampled_from([folder + _STEMS[0] for folder in _FOLDERS]))
    return _few(st.tuples(stems, _images("", classes, size, max_side, sizes, columns, forms)), counts, names=True)


def _few(row: SearchStrategy[Any], counts: tuple[int, int], *, names: bool) -> SearchStrategy[list[Any]]:
    """A list of rows; where they begin with a name, no two have the same.

    Each is drawn with a word whether it stays, and the simplest word is no: so one choice takes away a row from the midst,
    which Hypothesis seldom manages with rows of many choices.
    """
    rows = st.lists(st.tuples(st.sampled_from(_STAYS), row), min_size=counts[0], max_size=counts[1], unique_by=_name if names else None)

    def staying(drawn: list[tuple[bool, Any]]) -> list[Any]:
        kept = [own for stays, own in drawn if stays]
        return kept if len(kept) >= counts[0] else [own for _, own in drawn[: counts[0]]]

    return rows.map(staying)


def _name(row: Any) -> Any:
    return row[1][0]


def drawn_images(*, file_name: str = "0.png", classes: int = 3, max_side: int = 6, max_size: int = 3) -> SearchStrategy[DrawnImage]:
    """One image with whatever may be on it.

    Args:
        file_name: Its name.
        classes: How many classes there are.
        max_side: The most pixels of a side.
        max_size: The most detections.
    """
    return _images(file_name, classes, (None, None), max_side, (0, max_size), (None,) * 6, (False, False))


@st.composite
def _images(
    draw: DrawFn,
    file_name: str,
    classes: int,
    size: tuple[int | None, int | None],
    max_side: int,
    counts: tuple[int, int],
    columns: tuple[bool | None, ...],
    forms: tuple[bool, bool],
) -> DrawnImage:
    width = draw(sides(max_side)) if size[0] is None else size[0]
    height = draw(sides(max_side)) if size[1] is None else size[1]
    masked, crowded, scored, tracked, oriented, columned = (draw(BOOLEANS) if wanted is None else wanted for wanted in columns)
    dtype = draw(_DTYPES)
    far, loose = forms
    rows = draw(_rows(classes, width, height, None if masked else dtype, far, counts))
    n = len(rows)
    if n > 1 and draw(_TWINS):  # two of one place and class, which may have different scores
        rows[-1] = (*rows[0][:3], rows[-1][3])
    shapes: list[Any] = [row[1] for row in rows]

    def each(one: SearchStrategy[T]) -> tuple[T, ...]:
        return tuple(draw(one) for _ in range(n))

    return DrawnImage(
        file_name,
        width,
        height,
        boxes=each(boxes(width=width, height=height, dtype=dtype))
        if masked and loose
        else tuple(_box_of(shape) if masked else shape for shape in shapes),
        class_id=tuple(row[0] for row in rows),
        masks=tuple(mask_rows(shape) for shape in shapes) if masked and n else None,
        crowd=tuple(row[2] for row in rows) if crowded and n else None,
        confidence=tuple(row[3] for row in rows) if scored and n else None,
        tracker_id=each(_TRACKS) if tracked and n else None,
        oriented_boxes=tuple(
            tuple((float(x), float(y)) for x, y in corners) for corners in each(oriented_boxes(width=width, height=height))
        )
        if oriented and n
        else None,
        data={"note": each(class_names()), "weight": each(_WEIGHTS)} if columned and n else {},
        box_type=dtype,
    )


_TWINS = st.sampled_from([False, False, True])
_DTYPES = st.sampled_from(_TYPES)
_CROWDS = st.sampled_from([0, 0, 1])
_SCORES = st.one_of(st.sampled_from([1.0, 0.0, 0.5]), st.floats(0, 1))
_TRACKS = st.integers(0, 2**40)
_WEIGHTS = st.floats(-9, 9)


@kept
def _rows(
    classes: int, width: int, height: int, boxed: BoxType | None, far: bool, counts: tuple[int, int]
) -> SearchStrategy[list[tuple[int, Any, int, float]]]:
    """Class, mask or box, crowd flag and score of each detection."""
    shape: SearchStrategy[Any] = (
        mask_strategy(width=width, height=height) if boxed is None else boxes(width=width, height=height, dtype=boxed, allow_far=far)
    )
    return _few(st.tuples(integers(0, classes - 1), shape, _CROWDS, _SCORES), counts, names=False)


def _box_of(mask: Any) -> tuple[float, float, float, float]:
    """The box around the pixels that are set; its far edges are past the last pixel."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return float(columns[0]), float(rows[0]), float(columns[-1] + 1), float(rows[-1] + 1)
