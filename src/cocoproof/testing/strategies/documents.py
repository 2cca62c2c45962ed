"""COCO documents of every kind, as `json.load` gives them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
from hypothesis import assume
from hypothesis import strategies as st

from cocoproof.model.findings import Kind
from cocoproof.testing.strategies.mappings import class_names
from cocoproof.testing.strategies.pixels import masks
from cocoproof.testing.strategies.points import boxes, keypoints
from cocoproof.testing.strategies.video_documents import video_documents

if TYPE_CHECKING:
    from hypothesis.strategies import DrawFn, SearchStrategy
    from numpy.typing import NDArray

__all__ = ["KINDS", "Json", "coco_documents"]

Json: TypeAlias = "Any"  # a document as json.load gives it, which a test is to spoil as it likes

Results: TypeAlias = Literal["bbox", "segm"]

KINDS = (Kind.INSTANCES, Kind.KEYPOINTS, Kind.CAPTIONS, Kind.PANOPTIC, Kind.IMAGE_INFO, Kind.LVIS, Kind.RESULTS)

_OF_VIDEOS = (Kind.VIDEO_INSTANCES, Kind.VIDEO_RESULTS)
"""Kinds that are drawn on request alone: what uses documents of any kind mostly needs images."""

_POINTS = ("nose", "left", "right")


def coco_documents(
    *,
    kind: Kind | str | None = None,
    max_images: int = 3,
    max_annotations: int = 4,
    max_categories: int = 3,
    min_side: int = 1,
    max_side: int = 10,
) -> SearchStrategy[Json]:
    """Valid documents: the verifier finds no error in them.

    With ids in any order and with gaps, images and categories without annotations, crowds, masks as polygons, as runs and as
    compressed runs, names in any Unicode. They shrink towards one row a section.

    Args:
        kind: The kind of document; None draws it, but for the kinds of videos. All but `image_info` have at least one annotation, which determines the kind.
        max_images: The most images.
        max_annotations: The most annotations (of panoptic files, segments of an image).
        max_categories: The most categories.
        min_side: The least width and height of an image, in pixels.
        max_side: The greatest.

    Raises:
        ValueError: If the kind is unknown, or not supported (`unknown`).
    """
    wanted = KINDS if kind is None else (Kind(kind),)
    if not set(wanted) <= {*KINDS, *_OF_VIDEOS}:
        msg = f"kind is {wanted[0].value!r}; expected one of {', '.join(each.value for each in (*KINDS, *_OF_VIDEOS))}"
        raise ValueError(msg)
    limits = (max_images, max_annotations, max_categories)
    return st.sampled_from(wanted).flatmap(lambda own: _documents(own, limits, (min_side, max_side)))


@st.composite
def _documents(draw: DrawFn, kind: Kind, limits: tuple[int, int, int], sides: tuple[int, int]) -> Json:
    images = draw(_images(limits[0], sides))
    categories = draw(_categories(limits[2], kind))
    if kind in _OF_VIDEOS:
        return draw(video_documents(kind, categories, lambda video: _shape(video, crowds=False), limits[1], sides))
    if kind is Kind.RESULTS:
        return draw(_results(images, categories, limits[1]))
    document: dict[str, Any] = {"info": {"description": "drawn"}, "licenses": [{"id": 1, "name": "CC0", "url": ""}], "images": images}
    if kind is not Kind.CAPTIONS:
        document["categories"] = categories
    if kind is Kind.IMAGE_INFO:
        return document
    if kind is Kind.PANOPTIC:
        document["annotations"] = [draw(_segments(image, categories, limits[1])) for image in images]
        return document
    ids = draw(_ids(1, limits[1]))
    rows = [draw(_annotation(number, images, categories, kind)) for number in ids]
    if all(row.get("iscrowd") for row in rows):
        rows[0]["iscrowd"] = 0  # a file of crowds alone is COCO307
    document["annotations"] = rows
    if kind is Kind.LVIS:
        draw(_lvis_fields(images, categories, rows))
    return document


@st.composite
def _lvis_fields(draw: DrawFn, images: list[Json], categories: list[Json], rows: list[Json]) -> None:
    """Set the fields of LVIS that depend on the annotations."""
    for image in images:
        own = {row["category_id"] for row in rows if row["image_id"] == image["id"]}
        others = [category["id"] for category in categories if category["id"] not in own]
        image["neg_category_ids"] = draw(st.lists(st.sampled_from(others), unique=True)) if others else []
        image["not_exhaustive_category_ids"] = draw(st.lists(st.sampled_from(sorted(own)), unique=True)) if own else []
    for category in categories:
        owners = [row["image_id"] for row in rows if row["category_id"] == category["id"]]
        category |= {"image_count": len(set(owners)), "instance_count": len(owners)}


def _ids(least: int, most: int, *, start: int = 1) -> SearchStrategy[list[int]]:
    """Ids: mostly contiguous from the start, else with gaps and in any order."""
    contiguous = st.integers(least, most).map(lambda n: list(range(start, start + n)))
    anyhow = st.lists(st.integers(start, 2**53 - 1), min_size=least, max_size=most, unique=True)
    return st.one_of(contiguous, anyhow)


@st.composite
def _images(draw: DrawFn, most: int, sides: tuple[int, int]) -> list[Json]:
    rows = []
    for place, number in enumerate(draw(_ids(1, most, start=0))):
        row = {
            "id": number,
            "width": draw(st.integers(*sides)),
            "height": draw(st.integers(*sides)),
            "file_name": draw(st.sampled_from(["", "a/", "é/"])) + f"{place}.jpg",
        }
        rows.append(row)
    return rows


@st.composite
def _categories(draw: DrawFn, most: int, kind: Kind) -> list[Json]:
    ids = draw(_ids(1, most, start=0))
    names = draw(st.lists(class_names(), min_size=len(ids), max_size=len(ids), unique=True))
    rows: list[Json] = [{"id": number, "name": name, "supercategory": "thing"} for number, name in zip(ids, names, strict=True)]
    for place, row in enumerate(rows):
        if kind is Kind.KEYPOINTS:
            row |= {"keypoints": list(_POINTS), "skeleton": [[1, 2], [1, 3]]}
        elif kind is Kind.PANOPTIC:
            row |= {"isthing": draw(st.integers(0, 1)), "color": [place, 0, 0]}
        elif kind is Kind.LVIS:
            row |= {"synset": f"drawn.n.{place:02}", "frequency": "r", "synonyms": ["drawn"], "def": ""}
    return rows


@st.composite
def _annotation(draw: DrawFn, number: int, images: list[Json], categories: list[Json], kind: Kind) -> Json:
    image = draw(st.sampled_from(images))
    row: Json = {"id": number, "image_id": image["id"]}
    if kind is Kind.CAPTIONS:
        return row | {"caption": draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=9))}
    row |= {"category_id": draw(st.sampled_from(categories))["id"]} | draw(_shape(image, crowds=kind is Kind.INSTANCES))
    if kind is Kind.LVIS:
        del row["iscrowd"]
    if kind is Kind.KEYPOINTS:
        points = draw(keypoints(count=len(_POINTS), width=image["width"], height=image["height"]))
        row |= {"keypoints": _plain(points.ravel()), "num_keypoints": int((points[:, 2] > 0).sum())}
    return row


@st.composite
def _shape(draw: DrawFn, image: Json, *, crowds: bool) -> Json:
    """Box, area, crowd flag and segmentation of one annotation."""
    width, height = image["width"], image["height"]
    form = draw(st.sampled_from(["polygon", "runs", "compressed", "none"]))
    if form == "none":
        x1, y1, x2, y2 = draw(boxes(width=width, height=height))
        return {"bbox": [x1, y1, x2 - x1, y2 - y1], "area": (x2 - x1) * (y2 - y1), "iscrowd": 0}
    plain = form == "polygon"
    mask = draw(masks(width=width, height=height, allow_holes=not plain, allow_parts=not plain))
    box = _box(mask)
    x, y, wide, tall = box
    # An area that is also that of the box read as two corners is taken for a sign that it is one.
    assume(x == y == 0 or int(mask.sum()) != (wide - x) * (tall - y))
    segmentation: Json = [[x, y, x + wide, y, x + wide, y + tall, x, y + tall]]
    if not plain:
        segmentation = {"size": [height, width], "counts": _runs(mask) if form == "runs" else _compressed(mask)}
    flag = draw(st.integers(0, 1)) if crowds and not plain else 0
    return {"bbox": box, "area": int(mask.sum()), "iscrowd": flag, "segmentation": segmentation}


@st.composite
def _segments(draw: DrawFn, image: Json, categories: list[Json], most: int) -> Json:
    """A panoptic annotation; every image has at least one segment."""
    rows: list[Json] = []
    for number in draw(_ids(1, most)):
        category = draw(st.sampled_from(categories))
        mask = draw(masks(width=image["width"], height=image["height"]))
        row = {"id": number % 2**24 or 1, "category_id": category["id"], "area": int(mask.sum()), "bbox": _box(mask)}
        if row["id"] not in {other["id"] for other in rows}:
            rows.append(row | {"iscrowd": draw(st.integers(0, 1)) if category["isthing"] else 0})
    return {"image_id": image["id"], "file_name": image["file_name"].replace(".jpg", ".png"), "segments_info": rows}


@st.composite
def _results(draw: DrawFn, images: list[Json], categories: list[Json], most: int) -> Json:
    task: Results = draw(st.sampled_from(["bbox", "segm"]))
    rows = []
    for _ in range(draw(st.integers(1, most))):
        image = draw(st.sampled_from(images))
        width, height = image["width"], image["height"]
        row = {"image_id": image["id"], "category_id": draw(st.sampled_from(categories))["id"], "score": draw(st.floats(0, 1))}
        if task == "bbox":
            x1, y1, x2, y2 = draw(boxes(width=width, height=height))
            row["bbox"] = [x1, y1, x2 - x1, y2 - y1]
        else:
            row["segmentation"] = {"size": [height, width], "counts": _compressed(draw(masks(width=width, height=height)))}
        rows.append(row)
    return rows


def _box(mask: NDArray[np.bool_]) -> list[int]:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return [int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)]


def _runs(mask: NDArray[np.bool_]) -> list[int]:
    """Runs of a mask, column by column, the first of pixels that are not set."""
    flat = mask.ravel(order="F")
    changes = np.flatnonzero(np.diff(flat, prepend=False))
    return [int(run) for run in np.diff(np.concatenate(([0], changes, [flat.size])))]


def _compressed(mask: NDArray[np.bool_]) -> str:
    """The same as pycocotools writes it."""
    from pycocotools import mask as coco_mask

    text: bytes = coco_mask.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"]
    return text.decode("ascii")


def _plain(values: NDArray[np.float64]) -> list[float]:
    return [int(value) if value == int(value) else value for value in values.tolist()]
