"""A file through supervision's `DetectionDataset.from_coco`: does it load, and does its content equal the file's? (COCO904, COCO905).

What supervision does to every file is not a loss: it renumbers categories, stores boxes as float32, and fills polygons through pixel
centres, including the border, where pycocotools uses half-open intervals.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pycocotools import mask as rle_code
from supervision import DetectionDataset

from cocoproof.geometry.rle import decode_runs
from cocoproof.model.budgets import NAME_CHARACTERS, SUPERVISION_PIXELS, SUPERVISION_TEXT
from cocoproof.readers.loaded_rows import ReloadLosses, Row, as_id, raised, real, rows_of, shown, size_of
from cocoproof.readers.reload_messages import Entered, ReloadFailed
from cocoproof.readers.reload_outcome import Counts, Ending, ReloadLoss, ReloadRequest, Stage
from cocoproof.readers.safe_masks import Mask, differ_in_a_block, readable_masks

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from numpy.typing import NDArray

    from cocoproof.readers.reload_messages import SendMessage

__all__ = ["reload"]

_RINGS = 32
"""Polygons that cost as much as one mask of the budget: supervision allocates a mask of the image's size for each."""

_EDGE_ROW = 32
"""Pixels of the budget that one row of pixels of one edge costs: supervision draws polygons in Python."""

_IMAGES = Path("images-of-the-file")
"""The folder is not opened, but file names must be relative to one."""


def reload(request: ReloadRequest, send: SendMessage, folder: Path) -> ReloadFailed | None:
    """Load the file and compare.

    Args:
        request: The file.
        send: Sends a message for each stage.
        folder: Where a copy of the file may be put, if its masks are too many.
    """
    try:
        with Path(request.path).open(encoding="utf-8") as file:
            document = json.load(file)
    except (ValueError, RecursionError):
        document = None  # supervision reports it
    annotations = rows_of(document, "annotations")
    path = Path(request.path)
    too_long = _long_names(document)
    if too_long is not None:
        return ReloadFailed(Ending.LIMIT, too_long)
    plain = _within_budget(rows_of(document, "images"), annotations)
    given = annotations
    if len(plain) < len(annotations):
        path = folder / "part.json"
        given = [row if place in plain else {**row, "segmentation": []} for place, row in enumerate(annotations)]
        with path.open("w", encoding="utf-8") as file:
            json.dump({**document, "annotations": given}, file)
    # Older versions read masks only with `force_masks`, and then fail on an annotation without one.
    masked = bool(given) and all(row.get("segmentation") for row in given)
    try:
        dataset = DetectionDataset.from_coco(str(_IMAGES), str(path), force_masks=masked)
    except MemoryError:
        raise
    except Exception as error:  # any exception of supervision is the finding
        return raised("supervision", error, hide=str(_IMAGES.resolve()))

    send(Entered(Stage.COMPARE))
    losses = ReloadLosses()
    _compare_categories(dataset, rows_of(document, "categories"), losses)
    held = _held(dataset, rows_of(document, "images"), annotations, losses)
    total = sum(len(dataset.annotations[name]) for name in dataset.image_paths)
    counts = len(dataset.image_paths), total, len(dataset.classes)
    send(losses.held(Counts(*counts)))

    send(Entered(Stage.MASKS))
    losses = ReloadLosses()
    images = {_key(row.get("id")): row for row in rows_of(document, "images")}
    unsafe = [*request.unsafe_annotations, *(place for place in range(len(annotations)) if place not in plain)]
    masks, left_out = readable_masks(annotations, images, unsafe)
    compared = _compare_masks(held, annotations, masks, losses)
    send(losses.held(Counts(*counts, masks=compared, masks_left_out=left_out + len(masks) - compared)))
    return None


def _long_names(document: object) -> str | None:
    """Why the names of a file are too long for supervision, which stores some of them for each annotation; None if they are not."""
    annotations = len(rows_of(document, "annotations"))
    for section, field_, times in (("images", "file_name", 1), ("categories", "name", annotations)):
        names = [row.get(field_) for row in rows_of(document, section)]
        longest = max((len(name) for name in names if isinstance(name, str)), default=0)
        if longest > NAME_CHARACTERS and longest * max(times, 16) > SUPERVISION_TEXT:
            return f"needs too much memory for a {field_} of {longest} characters"
    return None


def _key(value: object) -> Hashable:
    """A value as a key of a dict; supervision raises an exception for a value that cannot be one."""
    return value if isinstance(value, (int, float, str)) else None


def _within_budget(images: Sequence[Row], annotations: Sequence[Row]) -> frozenset[int]:
    """The annotations of as many images as the budget of pixels allows, spread evenly over the file.

    Returns:
        Their places, all of them if the budget is enough.
    """
    by_image: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, row in enumerate(annotations):
        by_image[_key(row.get("image_id"))].append(place)
    cost: dict[Hashable, int] = {}
    for image in images:
        height, width = size_of(image) or (0, 0)
        own = by_image.get(_key(image.get("id")), [])
        if any(annotations[place].get("segmentation") for place in own):  # one mask, and each annotation of the image gets one
            rings = sum(len(rings) for place in own if isinstance(rings := annotations[place].get("segmentation"), list))
            drawn = _EDGE_ROW * sum(_edge_rows(annotations[place].get("segmentation")) for place in own)
            cost[_key(image.get("id"))] = max(height * width * max(len(own), rings // _RINGS), drawn)
    possible = {image_id: pixels for image_id, pixels in cost.items() if pixels <= SUPERVISION_PIXELS}
    without = {place for image_id in cost.keys() - possible.keys() for place in by_image[image_id]}
    stride = max(1, -(-sum(possible.values()) // SUPERVISION_PIXELS))
    total = 0
    for order, (image_id, pixels) in enumerate(possible.items()):
        if order % stride == 0 and total + pixels <= SUPERVISION_PIXELS:
            total += pixels
        else:
            without.update(by_image[image_id])
    return frozenset(range(len(annotations))) - without


def _edge_rows(segmentation: object) -> int:
    """Rows of pixels that the edges of polygons pass, one edge after another."""
    total = 0
    for ring in segmentation if isinstance(segmentation, list) else ():
        try:
            y = np.asarray(ring, np.float64)[1::2] if isinstance(ring, list) else np.empty(0)
        except (TypeError, ValueError, OverflowError):
            continue  # supervision raises an exception for it
        if len(y):
            with np.errstate(all="ignore"):
                total += int(np.nan_to_num(np.abs(y - np.roll(y, 1)).clip(max=SUPERVISION_PIXELS)).sum()) + len(y)
    return total


def _compare_categories(dataset: Any, categories: Sequence[Row], losses: ReloadLosses) -> None:
    """Compare the class list with the categories, in the order of their ids as in supervision."""
    names: defaultdict[Hashable, list[object]] = defaultdict(list)
    for row in categories:
        names[_key(row.get("id"))].append(row.get("name"))
    for place, row in enumerate(categories):
        others = names[_key(row.get("id"))]
        if others[-1] != row.get("name"):
            message = (
                f"category {shown(row.get('id'))} is {shown(row.get('name'))} and {shown(others[-1])}: annotations of both get one class"
            )
            losses.add(ReloadLoss(message, f"/categories/{place}/id", category_id=as_id(row.get("id")), sort="shared category id"))
    if Counter(dataset.classes) != Counter(row.get("name") for row in categories):
        message = f"the classes are {shown(dataset.classes)}, the file has other categories"
        losses.add(ReloadLoss(message, "/categories", sort="other classes"))


def _held(dataset: Any, images: Sequence[Row], annotations: Sequence[Row], losses: ReloadLosses) -> list[tuple[list[int], Any]]:
    """Compare the detections with the annotations.

    Returns:
        For each image the places of its annotations, and its `Detections` of the same length and order.
    """
    by_image: defaultdict[Hashable, list[int]] = defaultdict(list)
    for place, row in enumerate(annotations):
        by_image[_key(row.get("image_id"))].append(place)
    ids = Counter(_key(image.get("id")) for image in images)
    for image_id, places in by_image.items():
        if image_id not in ids:
            for place in places:
                row = annotations[place]
                message = f"annotation {shown(row.get('id'))}: image_id {shown(row.get('image_id'))} does not exist, and the annotation is dropped"
                losses.add(_loss(row, f"/annotations/{place}/image_id", message, sort="dropped"))
    if len(dataset.image_paths) != len(images):
        message = f"the file has {len(images)} images, {len(dataset.image_paths)} are held"
        losses.add(ReloadLoss(message, "/images", sort="fewer images"))
        return []
    held = []
    for place, (image, path) in enumerate(zip(images, dataset.image_paths, strict=True)):
        detections = dataset.annotations[path]
        own = by_image.get(_key(image.get("id")), [])
        if own and ids[_key(image.get("id"))] > 1:
            message = f"image {shown(image.get('id'))}: the id is that of several images, and each of them gets the annotations of all"
            losses.add(ReloadLoss(message, f"/images/{place}/id", image_id=as_id(image.get("id")), sort="shared image id"))
        if len(own) != len(detections):
            message = f"image {shown(image.get('id'))} has {len(own)} annotations, {len(detections)} are held"
            losses.add(ReloadLoss(message, f"/images/{place}", image_id=as_id(image.get("id")), sort="other count"))
            continue
        if own:
            _compare_boxes(own, detections, annotations, losses)
            held.append((own, detections))
    return held


def _compare_boxes(places: Sequence[int], detections: Any, annotations: Sequence[Row], losses: ReloadLosses) -> None:
    """Compare corners with the file's boxes, beyond the rounding of float32: of x, of the width, and of their sum."""
    boxes = np.array([_box(annotations[place]) for place in places])
    corners = np.hstack([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]])
    scale = np.abs(boxes[:, :2]) + np.abs(boxes[:, 2:])
    with np.errstate(invalid="ignore"):
        near = np.abs(detections.xyxy - corners) <= np.hstack([scale, scale]) * 2.0**-22
    same = near | (detections.xyxy == corners) | (np.isnan(detections.xyxy) & np.isnan(corners))
    for order in np.flatnonzero(~same.all(axis=1)).tolist():
        place = places[order]
        row = annotations[place]
        message = (
            f"annotation {shown(row.get('id'))}: box {shown(row.get('bbox'))} is held as corners {shown(detections.xyxy[order].tolist())}"
        )
        losses.add(_loss(row, f"/annotations/{place}/bbox", message, sort="other box"))


def _box(row: Row) -> list[float]:
    """The four numbers of a box; NaN for a value that supervision converts to a number and we do not."""
    box = row.get("bbox")
    numbers = [real(value) for value in box] if isinstance(box, list) else []
    return [np.nan if number is None else number for number in (numbers + [None] * 4)[:4]]


def _compare_masks(
    held: Sequence[tuple[list[int], Any]], annotations: Sequence[Row], masks: Mapping[int, Mask], losses: ReloadLosses
) -> int:
    """Compare masks with those of the file.

    Returns:
        How many were compared.
    """
    compared = 0
    for places, detections in held:
        if detections.mask is None:
            continue
        for order, place in enumerate(places):
            row = annotations[place]
            if not row.get("segmentation"):
                message = f"annotation {shown(row.get('id'))} has no segmentation, and gets an empty mask, as others on its image have one"
                losses.add(_loss(row, f"/annotations/{place}", message, sort="empty segmentation"))
            elif place in masks:
                compared += 1
                trouble = _trouble(np.asarray(detections.mask[order], bool), masks[place])
                if trouble:
                    message = f"annotation {shown(row.get('id'))}: {trouble}"
                    losses.add(_loss(row, f"/annotations/{place}/segmentation", message, sort="other mask"))
    return compared


def _trouble(made: NDArray[np.bool_], mask: Mask) -> str | None:
    """What is wrong with a mask, or None."""
    if made.shape != mask.size:
        return f"the mask is {made.shape[1]}x{made.shape[0]} px, the image {mask.size[1]}x{mask.size[0]} px"
    if mask.runs is not None:
        said = decode_runs(mask.runs, mask.size)
        same = np.array_equal(made, said)
    else:
        said = np.zeros(mask.size, bool)
        if mask.segmentation:
            said = rle_code.decode(rle_code.merge(rle_code.frPyObjects(mask.segmentation, *mask.size))).astype(bool)
        same = not differ_in_a_block(made, said) and (bool(made.any()) or mask.enclosed < 1)
    return None if same else f"the mask has {np.count_nonzero(made)} px, by the file {np.count_nonzero(said)} px or other ones"


def _loss(row: Row, pointer: str, message: str, *, sort: str) -> ReloadLoss:
    """A loss about an annotation."""
    return ReloadLoss(message, pointer, as_id(row.get("image_id")), as_id(row.get("id")), as_id(row.get("category_id")), sort=sort)
