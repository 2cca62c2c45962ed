"""Small broken versions of a right exporter, each with the property that must catch it."""

from __future__ import annotations

import copy
import datetime as dt
import json
import time
import uuid
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from pycocotools import mask as coco_mask

from .honest import Honest, rle

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SABOTEURS", "Saboteur"]


@dataclass(frozen=True)
class Saboteur:
    """A broken exporter.

    Attributes:
        name: What it does wrong.
        breaks: The property that must catch it.
        make: Gives the exporter.
    """

    name: str
    breaks: str
    make: Callable[[], Honest]


def spoils(name: str, breaks: str, spoil: Callable) -> Saboteur:
    """One that spoils the document: `spoil(document, dataset, mapping)`, in place."""

    class Spoiler(Honest):
        def document(self, dataset, mapping):
            document = super().document(dataset, mapping)
            spoil(document, dataset, mapping)
            return document

    return Saboteur(name, breaks, Spoiler)


def rows(name: str, breaks: str, spoil: Callable) -> Saboteur:
    """One that spoils each annotation: `spoil(row)`, in place."""

    def every(document, dataset, mapping) -> None:
        for row in document["annotations"]:
            spoil(row)

    return spoils(name, breaks, every)


def whole(name: str, breaks: str, spoil: Callable) -> Saboteur:
    """One that spoils the document without a look at the source: `spoil(document)`, in place."""
    return spoils(name, breaks, lambda document, *_: spoil(document))


def masked(name: str, breaks: str, change: Callable) -> Saboteur:
    """One that writes another mask, of the same area by its own word: `change(mask)` gives it."""

    def spoil(row) -> None:
        if "segmentation" in row:
            row["segmentation"] = rle(change(coco_mask.decode(row["segmentation"])))

    return rows(name, breaks, spoil)


def boxed(name: str, change: Callable) -> Saboteur:
    """One that writes another box: `change(x, y, w, h)` gives it."""
    return rows(name, "boxes", lambda row: row.update(bbox=list(change(*row["bbox"]))))


def parts(mask) -> list[np.ndarray]:
    """The parts of a mask, by eight neighbours, in no order."""
    left, out = mask.astype(bool).copy(), []
    while left.any():
        part = np.zeros_like(left)
        part.flat[int(np.flatnonzero(left.ravel())[0])] = True
        while True:
            wide = np.pad(part, 1)
            shifted = [wide[a : a + part.shape[0], b : b + part.shape[1]] for a in range(3) for b in range(3)]
            grown = np.logical_or.reduce(shifted) & left
            if (grown == part).all():
                break
            part = grown
        out.append(part)
        left &= ~part
    return out


def filled(mask) -> np.ndarray:
    """Without holes: a pixel that is not set stays so only if it is joined to the outside."""
    background = np.pad(mask == 0, 1, constant_values=True)
    outside = next(part for part in parts(background) if part[0, 0])
    return ~outside[1:-1, 1:-1]


def has_hole(mask) -> bool:
    return bool((filled(mask) != mask.astype(bool)).any())


def envelope(mask) -> np.ndarray:
    out = np.zeros_like(mask)
    ys, xs = np.nonzero(mask)
    out[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] = 1
    return out


def ids_per_image(document, dataset, mapping) -> None:
    for image in document["images"]:
        own = [row for row in document["annotations"] if row["image_id"] == image["id"]]
        for number, row in enumerate(own, 1):
            row["id"] = number


def shifted_classes(document, dataset, mapping) -> None:
    ids = [category.id for category in mapping.categories]
    for row in document["annotations"]:
        row["category_id"] = ids[(ids.index(row["category_id"]) + 1) % len(ids)]


def renumbered(start: int) -> Callable:
    """Category ids contiguous from a start, whatever the mapping says."""

    def spoil(document, dataset, mapping) -> None:
        new = {row["id"]: number for number, row in enumerate(document["categories"], start)}
        for row in document["categories"]:
            row["id"] = new[row["id"]]
        for row in document["annotations"]:
            row["category_id"] = new[row["category_id"]]

    return spoil


def only_images_with_detections(document, dataset, mapping) -> None:
    used = {row["image_id"] for row in document["annotations"]}
    document["images"] = [row for row in document["images"] if row["id"] in used]


def only_categories_in_use(document, dataset, mapping) -> None:
    used = {row["category_id"] for row in document["annotations"]}
    document["categories"] = [row for row in document["categories"] if row["id"] in used]


def merged_kept_apart(document, dataset, mapping) -> None:
    becomes = [row.category_id for row in mapping.classes if row.category_id is not None]
    names = {row.name for row in mapping.classes}
    if len(set(becomes)) < len(becomes):
        fresh = max(row["id"] for row in document["categories"]) + 1
        known = {row["name"] for row in document["categories"]}
        document["categories"] += [{"id": fresh + k, "name": name} for k, name in enumerate(sorted(names - known))]


def pixel_centres(row) -> None:
    """The outline of a rectangle through the centres of its pixels, as contour finders give it."""
    if "segmentation" in row:
        mask = coco_mask.decode(row["segmentation"])
        if (envelope(mask) == mask).all():
            x, y, w, h = row["bbox"]
            row["segmentation"] = [[x, y, x + w - 1, y, x + w - 1, y + h - 1, x, y + h - 1]]


def holed_is_crowd(row) -> None:
    if "segmentation" in row and has_hole(coco_mask.decode(row["segmentation"])):
        row["iscrowd"] = 1


def parted_is_crowd(row) -> None:
    if "segmentation" in row and len(parts(coco_mask.decode(row["segmentation"]))) > 1:
        row["iscrowd"] = 1


def without_one_pixel(document, dataset, mapping) -> None:
    document["annotations"] = [row for row in document["annotations"] if "segmentation" not in row or row["area"] > 1]


def only_confident(document, dataset, mapping) -> None:
    document["annotations"] = [row for row in document["annotations"] if row.get("score", 1) >= 0.5]


def twice(document, dataset, mapping) -> None:
    last = len(document["annotations"])
    document["annotations"] += [row | {"id": row["id"] + last} for row in document["annotations"]]


def names(change: Callable) -> Callable:
    def spoil(document, dataset, mapping) -> None:
        for row, path in zip(document["images"], dataset.image_paths, strict=True):
            row["file_name"] = change(row["file_name"], path)

    return spoil


def by_area(document, dataset, mapping) -> None:
    document["annotations"].sort(key=lambda row: (row["image_id"], -row["area"]))


def turned_sizes(document, dataset, mapping) -> None:
    for row in document["images"]:
        row["width"], row["height"] = row["height"], row["width"]


def one_image_id(document, dataset, mapping) -> None:
    for row in [*document["images"], *document["annotations"]]:
        row["id" if "file_name" in row else "image_id"] = 1


def dummy_on_empty(document, dataset, mapping) -> None:
    used = {row["image_id"] for row in document["annotations"]}
    for row in document["images"]:
        if row["id"] not in used:
            dummy = {"id": 10**6 + row["id"], "image_id": row["id"], "category_id": mapping.categories[0].id}
            document["annotations"].append(dummy | {"bbox": [0, 0, 1, 1], "area": 1, "iscrowd": 0})


class Overwriting(Honest):
    def save(self, document, path) -> None:
        with path.open("w", encoding="ascii") as file:
            json.dump(document, file)


class DropsUnmapped(Honest):
    def document(self, dataset, mapping):
        kept = {row.id for row in mapping.classes if row.category_id is not None}
        less = copy.deepcopy(dataset)
        less.annotations = {path: found[np.isin(found.class_id, list(kept))] for path, found in less.annotations.items()}
        return super().document(less, mapping)


class MapsInPlace(Honest):
    def document(self, dataset, mapping):
        document = super().document(dataset, mapping)
        for found in dataset.annotations.values():
            found.class_id += 1
        return document


class ClipsInPlace(Honest):
    def document(self, dataset, mapping):
        document = super().document(dataset, mapping)
        for found in dataset.annotations.values():
            found.xyxy[:, :2] = np.maximum(found.xyxy[:, :2], 1)
        return document


class TrailingComma(Honest):
    def save(self, document, path) -> None:
        super().save(document, path)
        path.write_text(path.read_text("ascii").replace("}]", "},]"), "ascii")


class FailsOnNothing(Honest):
    def document(self, dataset, mapping):
        max(len(found) for found in dataset.annotations.values())
        return super().document(dataset, mapping)


class WritesNothingForNothing(Honest):
    def export(self, dataset, mapping, folder):
        if not any(len(found) for found in dataset.annotations.values()):
            return folder / "coco.json"
        return super().export(dataset, mapping, folder)


SABOTEURS: tuple[Saboteur, ...] = (
    rows("annotation ids from 0", "annotation_ids", lambda row: row.update(id=row["id"] - 1)),
    spoils("annotation ids from 1 on every image", "annotation_ids", ids_per_image),
    rows("annotation ids as text", "annotation_ids", lambda row: row.update(id=str(row["id"]))),
    spoils("one id for all images", "image_ids", one_image_id),
    spoils("category ids from 0", "category_ids", renumbered(0)),
    spoils("category ids renumbered from 1", "category_ids", renumbered(1)),
    whole("categories sorted by name", "categories_in_order", lambda d: d["categories"].sort(key=lambda row: row["name"])),
    whole("categories in reverse", "categories_in_order", lambda d: d["categories"].reverse()),
    spoils("categories not in use left out", "categories_complete", only_categories_in_use),
    spoils("merged classes kept apart", "categories_complete", merged_kept_apart),
    whole("supercategory lost", "supercategories", lambda d: [row.pop("supercategory", None) for row in d["categories"]]),
    spoils("class shifted by one", "classes_through_mapping", shifted_classes),
    Saboteur("unmapped class dropped in silence", "unmapped_class_refused", DropsUnmapped),
    spoils("images without detections left out", "images_complete", only_images_with_detections),
    whole("images sorted by name", "images_in_order", lambda d: d["images"].sort(key=lambda row: row["file_name"])),
    spoils("width and height swapped", "image_sizes", turned_sizes),
    spoils("file names without their folder", "file_names", names(lambda name, _: PurePosixPath(name).name)),
    spoils("absolute file names", "file_names", names(lambda _, path: str(path))),
    boxed("x and y swapped", lambda x, y, w, h: (y, x, h, w)),
    boxed("x1, y1, x2, y2 for x, y, w, h", lambda x, y, w, h: (x, y, x + w, y + h)),
    boxed("centre for corner", lambda x, y, w, h: (x + w / 2, y + h / 2, w, h)),
    boxed("boxes rounded to whole numbers", lambda *box: map(round, box)),
    boxed("boxes rounded to two digits", lambda *box: [round(value, 2) for value in box]),
    boxed("boxes as float32", lambda *box: np.array(box, np.float32).tolist()),
    boxed("far edge inclusive, one pixel short", lambda x, y, w, h: (x, y, w - 1, h - 1)),
    rows("polygon through the pixels' centres", "masks", pixel_centres),
    masked("holes filled", "masks", filled),
    masked("largest part alone", "masks", lambda mask: max(parts(mask), key=np.count_nonzero)),
    masked("first part alone", "masks", lambda mask: parts(mask)[0]),
    masked("box for mask", "masks", envelope),
    masked("mask upside down", "masks", lambda mask: mask[::-1]),
    rows("mask lost", "masks", lambda row: row.pop("segmentation", None)),
    rows("empty segmentation where there is no mask", "segmentations_readable", lambda row: row.setdefault("segmentation", [])),
    rows("mask with a hole as a crowd", "crowd_flags", holed_is_crowd),
    rows("mask of several parts as a crowd", "crowd_flags", parted_is_crowd),
    rows("crowd flag lost", "crowd_flags", lambda row: row.update(iscrowd=0)),
    rows("every annotation a crowd", "self_evaluation", lambda row: row.update(iscrowd=1)),
    rows("area of the box for a mask", "areas", lambda row: row.update(area=row["bbox"][2] * row["bbox"][3])),
    rows("stale area", "areas", lambda row: row.update(area=1.0)),
    rows("area left out", "schema_valid", lambda row: row.pop("area")),
    rows("boolean crowd flag", "schema_valid", lambda row: row.update(iscrowd=bool(row["iscrowd"]))),
    whole("NaN in the file", "schema_valid", lambda d: d.update(info={"version": float("nan")})),
    Saboteur("trailing comma", "schema_valid", TrailingComma),
    rows("image ids of annotations off by one", "verifier_clean", lambda row: row.update(image_id=row["image_id"] + 1)),
    rows("score lost", "scores", lambda row: row.pop("score", None)),
    rows("score in per cent", "scores", lambda row: row.update(score=100 * row.get("score", 0))),
    rows("score as float32", "scores", lambda row: row.update(score=float(np.float32(row.get("score", 0))))),
    rows("tracker id lost", "track_ids", lambda row: row.pop("track_id", None)),
    rows("oriented box rounded", "oriented_boxes", lambda row: row.update(obb=[round(value) for value in row.get("obb", [])])),
    rows("data columns lost", "data_columns", lambda row: row.pop("attributes", None)),
    spoils("one-pixel masks left out", "detections_complete", without_one_pixel),
    spoils("low scores left out", "detections_complete", only_confident),
    spoils("every detection twice", "detections_complete", twice),
    spoils("detections sorted by area", "detections_in_order", by_area),
    spoils("a dummy box on empty images", "empty_image", dummy_on_empty),
    Saboteur("fails on a data set without images", "empty_dataset", FailsOnNothing),
    Saboteur("no file for an empty data set", "empty_dataset", WritesNothingForNothing),
    whole("date in the file", "no_clock", lambda d: d.update(info={"date_created": dt.datetime.now(dt.timezone.utc).strftime("%m/%d/%Y")})),
    whole("time in the file", "no_clock", lambda d: d.update(info={"time": time.time()})),
    whole("random id in the file", "deterministic", lambda d: d.update(info={"uuid": str(uuid.uuid4())})),
    Saboteur("class ids mapped in the caller's arrays", "input_unchanged", MapsInPlace),
    Saboteur("boxes clipped in the caller's arrays", "input_unchanged", ClipsInPlace),
    Saboteur("written over the old file", "atomic_overwrite", Overwriting),
)
