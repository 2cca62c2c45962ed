"""Broken versions of a right exporter, each with the property that must catch it: those that any dataset shows, and all."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import html
import json
import time
import unicodedata
import urllib.parse
import uuid
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from pycocotools import mask as coco_mask

from .honest import Honest, rle
from .sabotage import Saboteur, boxed, masked, named, names, rows, spoils, whole, without
from .sabotage_of_oriented import ORIENTED
from .sabotage_of_process import PROCESS
from .sabotage_of_scale import SCALE

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SABOTEURS"]


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


def masks_of_another_image(document, dataset, mapping) -> None:
    """The first masks of two images of one size are exchanged."""
    first: dict = {}
    for row in document["annotations"]:
        if "segmentation" in row:
            first.setdefault((row["image_id"], *row["segmentation"]["size"]), row)
    by_size: dict = {}
    for (_, *size), row in first.items():
        by_size.setdefault(tuple(size), []).append(row)
    for one, other, *_ in (own for own in by_size.values() if len(own) > 1):
        one["segmentation"], other["segmentation"] = other["segmentation"], one["segmentation"]


def masks_if_the_first_image_has(document, dataset, mapping) -> None:
    if not any("segmentation" in row for row in document["annotations"] if row["image_id"] == 1):
        for row in document["annotations"]:
            row.pop("segmentation", None)


def runs_by_rows(row) -> None:
    if "segmentation" in row:
        row["segmentation"]["counts"] = rle(coco_mask.decode(row["segmentation"]).T)["counts"]


def runs_cut_short(row) -> None:
    if "segmentation" in row:
        row["segmentation"]["counts"] = row["segmentation"]["counts"][:-1]


def box_of_the_mask(row) -> None:
    if "segmentation" in row:
        row["bbox"] = coco_mask.toBbox(row["segmentation"]).tolist()


def like_one_before(row, before) -> bool:
    return any((other["bbox"], other["category_id"]) == (row["bbox"], row["category_id"]) for other in before)


def emptied_by_a_dropped_class(document, dataset, mapping) -> None:
    dropped = {row.id for row in mapping.classes if row.dropped}
    emptied = {number for number, found in enumerate(dataset.annotations.values(), 1) if dropped & set(found.class_id.tolist())}
    document["annotations"] = [row for row in document["annotations"] if row["image_id"] not in emptied]


def third_class_as_the_first(document, dataset, mapping) -> None:
    ids = [category.id for category in mapping.categories]
    for row in document["annotations"]:
        if row["category_id"] in ids[2:]:
            row["category_id"] = ids[0]


def image_ids_from_names(document, dataset, mapping) -> None:
    ids = {row["id"]: int("".join(filter(str.isdecimal, row["file_name"])) or 0) for row in document["images"]}
    for row in [*document["images"], *document["annotations"]]:
        key = "id" if "file_name" in row else "image_id"
        row[key] = ids[row[key]]


def base_names_merged(document, dataset, mapping) -> None:
    first: dict = {}
    becomes = {row["id"]: first.setdefault(PurePosixPath(row["file_name"]).name, row["id"]) for row in document["images"]}
    document["images"] = [row for row in document["images"] if becomes[row["id"]] == row["id"]]
    for row in document["annotations"]:
        row["image_id"] = becomes[row["image_id"]]


class ClassPlusOne(Honest):
    """Category ids are class ids and one, whatever the mapping says."""

    def document(self, dataset, mapping):
        document = super().document(dataset, mapping)
        becomes = {row.id for row in mapping.classes if row.category_id is not None}
        classes = [number for found in dataset.annotations.values() for number in found.class_id.tolist() if number in becomes]
        for row, number in zip(document["annotations"], classes, strict=True):
            row["category_id"] = number + 1
        return document


class CountsOn(Honest):
    """Annotation ids go on where the last export ended."""

    last = 0

    def document(self, dataset, mapping):
        document = super().document(dataset, mapping)
        for row in document["annotations"]:
            row["id"] += self.last
        self.last += len(document["annotations"])
        return document


class FirstCategories(Honest):
    """The categories of the first export are those of all."""

    kept = None

    def document(self, dataset, mapping):
        document = super().document(dataset, mapping)
        self.kept = self.kept or document["categories"]
        return document | {"categories": self.kept}


class AddsToTheOld(Honest):
    def save(self, document, path) -> None:
        if path.exists():
            old = json.loads(path.read_text("ascii"))["annotations"]
            last = max((row["id"] for row in old), default=0)
            document["annotations"] = old + [row | {"id": row["id"] + last} for row in document["annotations"]]
        super().save(document, path)


class KeepsTheOld(Honest):
    def save(self, document, path) -> None:
        if not path.exists():
            super().save(document, path)


class AnotherNameEachTime(Honest):
    def export(self, dataset, mapping, folder):
        path = folder / f"coco-{len(list(folder.glob('*.json')))}.json"
        self.save(self.document(dataset, mapping), path)
        return path


class Elsewhere(Honest):
    """Writes into the folder above, where every export goes."""

    def export(self, dataset, mapping, folder):
        return super().export(dataset, mapping, folder.parent)


class TouchesPictures(Honest):
    def document(self, dataset, mapping):
        for path in dataset.image_paths:
            Path(path).write_bytes(Path(path).read_bytes() + b"\0")
        return super().document(dataset, mapping)


class LabelsBesidePictures(Honest):
    def document(self, dataset, mapping):
        for path in dataset.image_paths:
            Path(path).with_suffix(".txt").write_text("", "ascii")
        return super().document(dataset, mapping)


class SwallowsErrors(Honest):
    def save(self, document, path) -> None:
        with contextlib.suppress(OSError):
            super().save(document, path)


class RemovesFirst(Honest):
    def save(self, document, path) -> None:
        path.unlink(missing_ok=True)
        super().save(document, path)


class KeysTwice(Honest):
    def save(self, document, path) -> None:
        super().save(document, path)
        path.write_text(path.read_text("ascii").replace('"iscrowd": 0', '"iscrowd": 1, "iscrowd": 0'), "ascii")


class WithMark(Honest):
    def save(self, document, path) -> None:
        super().save(document, path)
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


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


_PLAIN: tuple[Saboteur, ...] = (
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
    rows("boolean crowd flag", "whole_numbers", lambda row: row.update(iscrowd=bool(row["iscrowd"]))),
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
    Saboteur("fails on a data set without images", "empty_dataset", FailsOnNothing, raises=True),
    Saboteur("no file for an empty data set", "empty_dataset", WritesNothingForNothing),
    whole("date in the file", "no_clock", lambda d: d.update(info={"date_created": dt.datetime.now(dt.timezone.utc).strftime("%m/%d/%Y")})),
    whole("time in the file", "no_clock", lambda d: d.update(info={"time": time.time()})),
    whole("random id in the file", "deterministic", lambda d: d.update(info={"uuid": str(uuid.uuid4())})),
    Saboteur("class ids mapped in the caller's arrays", "input_unchanged", MapsInPlace),
    Saboteur("boxes clipped in the caller's arrays", "input_unchanged", ClipsInPlace),
    Saboteur("written over the old file", "atomic_overwrite", Overwriting),
    spoils("image ids from the digits of file names", "image_ids", image_ids_from_names),
    Saboteur("category ids of the class ids and one", "classes_through_mapping", ClassPlusOne),
    spoils("third class and later as the first", "classes_through_mapping", third_class_as_the_first),
    Saboteur("categories of the first export in all", "categories_complete", FirstCategories),
    named("category names in lower case", str.lower),
    named("category names stripped", str.strip),
    named("category names composed", lambda name: unicodedata.normalize("NFC", name)),
    named("category names for HTML", html.escape),
    spoils("images of one base name merged", "images_complete", base_names_merged),
    spoils("file names for URLs", "file_names", names(lambda name, _: urllib.parse.quote(name))),
    spoils("file names in ASCII", "file_names", names(lambda name, _: name.encode("ascii", "replace").decode())),
    spoils("file names decomposed", "file_names", names(lambda name, _: unicodedata.normalize("NFD", name))),
    spoils("file names up to the first dot", "file_names", names(lambda name, _: name.partition(".")[0] + ".png")),
    spoils("file names with another ending", "file_names", names(lambda name, _: name.replace(".png", ".jpg"))),
    spoils("file names with backslashes", "file_names", names(lambda name, _: name.replace("/", "\\"))),
    boxed("boxes clipped at the image's top", lambda x, y, w, h: (x, max(y, 0), w, h + min(y, 0))),
    boxed("boxes of one pixel at least", lambda x, y, w, h: (x, y, max(w, 1), max(h, 1))),
    rows("box of the mask", "boxes", box_of_the_mask),
    spoils("masks of another image", "masks", masks_of_another_image),
    spoils("masks only if the first image has them", "masks", masks_if_the_first_image_has),
    rows("runs of the mask by rows", "masks", runs_by_rows),
    rows("size of the mask swapped", "segmentations_readable", lambda row: row.get("segmentation", {"size": []})["size"].reverse()),
    rows("runs of the mask cut short", "segmentations_readable", runs_cut_short),
    rows("area rounded", "areas", lambda row: row.update(area=round(row["area"]))),
    rows("category id as text", "schema_valid", lambda row: row.update(category_id=str(row["category_id"]))),
    Saboteur("a key twice in a row", "schema_valid", KeysTwice),
    Saboteur("byte order mark", "schema_valid", WithMark),
    rows("tracker id as text", "track_ids", lambda row: row.update(track_id=str(row.get("track_id")))),
    rows(
        "corners of the oriented box from another one on",
        "oriented_boxes",
        lambda row: row.update(obb=row.get("obb", [])[2:] + row.get("obb", [])[:2]),
    ),
    spoils("detections after the fifth left out", "detections_complete", without(lambda _, before: len(before) > 4)),
    spoils("one of equal boxes left out", "detections_complete", without(like_one_before)),
    spoils("crowds left out", "detections_complete", without(lambda row, _: row["iscrowd"])),
    spoils("a dropped class empties its image", "detections_complete", emptied_by_a_dropped_class),
    whole("detections sorted by score", "detections_in_order", lambda d: d["annotations"].sort(key=lambda row: -row.get("score", 0))),
    whole("date in words", "no_clock", lambda d: d.update(info={"date_created": dt.datetime.now(dt.timezone.utc).strftime("%B %d, %Y")})),
    whole("date as C writes it", "no_clock", lambda d: d.update(info={"date_created": time.asctime(time.gmtime())})),
    Saboteur("annotation ids that count on", "deterministic", CountsOn),
    Saboteur("added to the file that is there", "deterministic", AddsToTheOld),
    Saboteur("the file that is there kept", "deterministic", KeepsTheOld),
    Saboteur("another file name each time", "deterministic", AnotherNameEachTime),
    Saboteur("written elsewhere", "deterministic", Elsewhere),
    Saboteur("bytes added to the pictures", "input_unchanged", TouchesPictures),
    Saboteur("files beside the pictures", "input_unchanged", LabelsBesidePictures),
    Saboteur("errors of writing swallowed", "atomic_overwrite", SwallowsErrors),
    Saboteur("the old file removed first", "atomic_overwrite", RemovesFirst),
)

SABOTEURS: tuple[Saboteur, ...] = (*_PLAIN, *ORIENTED, *SCALE, *PROCESS)
"""All of them."""
