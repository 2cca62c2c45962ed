"""Broken exporters of results: a right one, and a change of the list that it writes.

Classes of process saboteurs are names of this module, for fresh processes import them.
"""

# ruff: noqa: ARG005 - changes of one kind have one signature

from __future__ import annotations

import json
import os
import random
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from pycocotools import mask as coco_mask

from .honest import rle
from .honest_results import HonestKeypointResults, HonestResults
from .sabotage import Saboteur

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["OF_RESULTS"]

OF_RESULTS: list[Saboteur] = []


@dataclass(frozen=True)
class Source:
    """What an exporter was given."""

    predictions: object
    mapping: object
    truth: dict


def spoils(group: str, name: str, breaks: str, spoil: Callable, base: type = HonestResults, *, raises: bool | None = False) -> None:
    """One that spoils the list: `spoil(rows, source)` gives the rows, or changes them in place."""

    class Spoiler(base):
        def rows(self, predictions, mapping, truth):
            rows = super().rows(predictions, mapping, truth)
            out = spoil(rows, Source(predictions, mapping, truth))
            return rows if out is None else out

    OF_RESULTS.append(Saboteur(name, breaks, Spoiler, group, raises))


def each(group: str, name: str, breaks: str, change: Callable, base: type = HonestResults) -> None:
    """One that changes every row in place."""
    spoils(group, name, breaks, lambda rows, _: [change(row) for row in rows] and None, base)


def boxed(name: str, change: Callable) -> None:
    """One that writes another box: `change(x, y, w, h)`."""
    each("boxes", name, "boxes", lambda row: "bbox" in row and row.update(bbox=list(change(*row["bbox"]))))


def kept(test: Callable) -> Callable:
    return lambda rows, source: [row for row in rows if test(row)]


# Ids of images.


def image_ids(change: Callable) -> Callable:
    """`change(id, names by id, the place of the image in the predictions, source)` gives the id."""

    def spoil(rows, source) -> None:
        names = {row["id"]: row["file_name"] for row in source.truth["images"]}
        order = {}
        for path in source.predictions.image_paths:
            found = next((number for number, name in names.items() if path.replace(os.sep, "/").endswith("/images/" + name)), None)
            if found is not None:
                order[found] = len(order)
        for row in rows:
            row["image_id"] = change(row["image_id"], names, order.get(row["image_id"], 0), source)

    return spoil


def number_of(name: str) -> int | str:
    stem = Path(name).stem
    return int(stem) if stem.isdecimal() and stem.isascii() else stem


def by_base_name(number, names, place, source) -> int:
    base = names[number].rpartition("/")[2]
    return {name.rpartition("/")[2]: own for own, name in names.items()}[base]


def by_lower_case(number, names, place, source) -> int:
    return {name.lower(): own for own, name in names.items()}[names[number].lower()]


IDS = "image ids"
spoils(IDS, "image ids that count up", "image_ids", image_ids(lambda number, names, place, source: place + 1))
spoils(IDS, "image ids from 0", "image_ids", image_ids(lambda number, names, place, source: place))
spoils(IDS, "the place in the ground truth", "image_ids", image_ids(lambda number, names, place, source: list(names).index(number) + 1))
spoils(IDS, "the number in the file name", "image_ids", image_ids(lambda number, names, place, source: number_of(names[number])))
spoils(IDS, "the file name", "image_ids", image_ids(lambda number, names, place, source: names[number]))
spoils(IDS, "image ids in ascending order", "image_ids", image_ids(lambda number, names, place, source: sorted(names)[place]))
spoils(IDS, "images found by their base names", "image_ids", image_ids(by_base_name))
spoils(IDS, "images found without regard to case", "image_ids", image_ids(by_lower_case))
spoils(IDS, "image ids of 32 bits", "image_ids", image_ids(lambda number, *_: int(np.array(number).astype(np.int32))))
spoils(IDS, "image ids of one byte", "image_ids", image_ids(lambda number, *_: number % 256))
spoils(IDS, "image ids as float32", "image_ids", image_ids(lambda number, *_: int(np.float32(number))))
spoils(
    IDS, "all results on the first image", "image_ids", lambda rows, _: [row.update(image_id=rows[0]["image_id"]) for row in rows] and None
)
spoils(IDS, "image ids as text", "numbers", image_ids(lambda number, *_: str(number)))
spoils(IDS, "image ids with a fraction of 0", "numbers", image_ids(lambda number, *_: float(number)))


# Ids of categories.


def categories(change: Callable) -> Callable:
    """`change(id, names by id, source)` gives the id."""

    def spoil(rows, source) -> None:
        names = {row["id"]: row["name"] for row in source.truth["categories"]}
        for row in rows:
            row["category_id"] = change(row["category_id"], names, source)

    return spoil


def of_mapping(number, names, source) -> int:
    return next((own.id for own in source.mapping.categories if own.name == names[number]), number)


def of_class(number, names, source) -> int:
    return next((row.id for row in source.mapping.classes if row.category_id == of_mapping(number, names, source)), 0)


def coarse(normal: Callable) -> Callable:
    """Categories found by a name that is changed first."""
    return lambda number, names, source: {normal(name): own for own, name in names.items()}[normal(names[number])]


CATEGORIES = "category ids"
for name, change in {
    "the mapping's category ids": of_mapping,
    "class ids": of_class,
    "class ids, from 1": lambda number, names, source: of_class(number, names, source) + 1,
    "the place in the list of categories": lambda number, names, source: list(names).index(number) + 1,
    "the place in the list of categories, from 0": lambda number, names, source: list(names).index(number),
    "the place among sorted category ids": lambda number, names, source: sorted(names).index(number),
    "category names": lambda number, names, source: names[number],
    "the first category for all": lambda number, names, source: next(iter(names)),
    "categories found without regard to case": coarse(str.lower),
    "categories found without blanks at the ends": coarse(str.strip),
    "categories found by 32 characters of their names": coarse(lambda name: name[:32]),
    "categories found by 255 characters of their names": coarse(lambda name: name[:255]),
    "categories found by their ASCII letters": coarse(lambda name: re.sub(r"[^\x20-\x7e]", "", name)),
    "category ids of 32 bits": lambda number, names, source: int(np.array(number).astype(np.int32)),
    "category ids of one byte": lambda number, names, source: number % 256,
}.items():
    spoils(CATEGORIES, name, "category_ids", categories(change))
spoils(CATEGORIES, "category ids as text", "numbers", categories(lambda number, *_: str(number)))


# Which results there are.


def first_of_image(most: int) -> Callable:
    def spoil(rows, source) -> list:
        seen: dict = {}
        out = []
        for row in rows:
            seen[row["image_id"]] = seen.get(row["image_id"], 0) + 1
            if seen[row["image_id"]] <= most:
                out.append(row)
        return out

    return spoil


def best_of_image(most: int) -> Callable:
    def spoil(rows, source) -> list:
        by_image: dict = {}
        for row in rows:
            by_image.setdefault(row["image_id"], []).append(row)
        best = {id(row) for own in by_image.values() for row in sorted(own, key=lambda row: -row["score"])[:most]}
        return [row for row in rows if id(row) in best]

    return spoil


def one_of_a_box(rows, source) -> list:
    return list({json.dumps([row.get(key) for key in ("image_id", "category_id", "bbox", "segmentation")]): row for row in rows}.values())


def dropped_too(rows, source) -> list:
    dropped = {row.id for row in source.mapping.classes if row.dropped}
    return rows + rows[-1:] if dropped and rows else rows


COUNT = "which results"
WHOLE = "detections_complete"
spoils(COUNT, "the last result left out", WHOLE, lambda rows, _: rows[:-1])
for most in (9, 16, 32, 100, 128, 256, 1000, 1024):
    spoils(COUNT, f"results after the {most}th of an image left out", WHOLE, first_of_image(most))
for most in (10, 100, 300):
    spoils(COUNT, f"the best {most} of an image", WHOLE, best_of_image(most))
for least in (0.0, 0.05, 0.5):
    spoils(COUNT, f"scores up to {least} left out", WHOLE, kept(lambda row, least=least: row["score"] > least))
for count in (100, 1000):
    spoils(COUNT, f"a list of at most {count}", WHOLE, lambda rows, _, count=count: rows[:count])
spoils(COUNT, "the first result twice", WHOLE, lambda rows, _: rows[:1] + rows)
spoils(COUNT, "equal boxes once", WHOLE, one_of_a_box)
spoils(COUNT, "another result where a class is dropped", WHOLE, dropped_too)
spoils(COUNT, "boxes under a pixel left out", WHOLE, kept(lambda row: min(row.get("bbox", [9, 9, 9, 9])[2:]) >= 1))
spoils(COUNT, "boxes that begin out of the image left out", WHOLE, kept(lambda row: min(row.get("bbox", [0, 0])[:2]) >= 0))


def unmapped_left_out(self, predictions, mapping, truth) -> list:
    keep = {row.id for row in mapping.classes if row.category_id is not None}
    for path in predictions.image_paths:
        predictions.annotations[path] = predictions.annotations[path][np.isin(predictions.annotations[path].class_id, list(keep))]
    return HonestResults.rows(self, predictions, mapping, truth)


def forgiving(**methods: Callable) -> Callable:
    return lambda: type("Forgiving", (HonestResults,), methods)()


def rows_where_possible(self, predictions, mapping, truth) -> list:
    """Image by image; those that raise are left out."""
    rows = []
    whole = predictions.image_paths
    for path in whole:
        predictions.image_paths = [path]
        try:
            rows += HonestResults.rows(self, predictions, mapping, truth)
        except KeyError:
            continue
        finally:
            predictions.image_paths = whole
    return rows


def with_first_category(self, predictions, mapping, truth) -> list:
    known = [row["name"] for row in truth["categories"]]
    more = [{"id": truth["categories"][0]["id"], "name": own.name} for own in mapping.categories if own.name not in known]
    return HonestResults.rows(self, predictions, mapping, {**truth, "categories": truth["categories"] + more})


def with_first_image(self, predictions, mapping, truth) -> list:
    known = {row["file_name"] for row in truth["images"]}
    names = [path.replace(os.sep, "/").rpartition("/images/")[2] for path in predictions.image_paths]
    more = [{"id": 0, "file_name": name} for name in names if name not in known]
    return HonestResults.rows(self, predictions, mapping, {**truth, "images": truth["images"] + more})


REFUSALS = "what must be refused"
for name, breaks, method in (
    ("classes without a category left out", "unmapped_class_refused", unmapped_left_out),
    ("images that the ground truth does not have left out", "unknown_image_refused", rows_where_possible),
    ("images that the ground truth does not have as image 0", "unknown_image_refused", with_first_image),
    ("categories that the ground truth does not have left out", "unknown_category_refused", rows_where_possible),
    ("categories that the ground truth does not have as its first", "unknown_category_refused", with_first_category),
):
    OF_RESULTS.append(Saboteur(name, breaks, forgiving(rows=method), REFUSALS))

EMPTY = "empty lists"
spoils(
    EMPTY,
    "a result of score 0 where there is none",
    "empty_predictions",
    lambda rows, source: (
        rows
        or [
            {
                "image_id": source.truth["images"][0]["id"] if source.truth["images"] else 1,
                "category_id": source.truth["categories"][0]["id"],
                "bbox": [0, 0, 1, 1],
                "score": 0.0,
            }
        ]
    ),
)


def saved_as(change: Callable) -> Callable:
    def save(self, rows, path) -> None:
        HonestResults.save(self, change(rows), path)

    return forgiving(save=save)


OF_RESULTS += [
    Saboteur("an object where there is no result", "empty_predictions", saved_as(lambda rows: rows or {}), EMPTY),
    Saboteur("null where there is no result", "empty_predictions", saved_as(lambda rows: rows or None), EMPTY),
    Saboteur("a dataset around the list", "schema_valid", saved_as(lambda rows: {"annotations": rows}), "the file"),
    Saboteur("a list for each image", "schema_valid", saved_as(lambda rows: [rows]), "the file"),
]


# Scores.


def scored(name: str, change: Callable, breaks: str = "scores") -> None:
    each("scores", name, breaks, lambda row: row.update(score=change(row["score"])))


for digits in (2, 3, 5):
    scored(f"scores of {digits} digits", lambda score, digits=digits: round(score, digits))
scored("scores as float16", lambda score: float(np.float16(score)))
scored("scores as float32", lambda score: float(np.float32(score)))
scored("scores in percent", lambda score: 100 * score)
scored("scores of one byte", lambda score: round(255 * score) / 255)
scored("1 minus the score", lambda score: 1 - score)
scored("1 for every score", lambda score: 1.0)
scored("scores up to 0.999", lambda score: min(score, 0.999))
scored("scores of 0 as 1e-9", lambda score: score or 1e-9)
scored("scores of 1 a little above 1", lambda score: score + 1e-9 if score == 1 else score, "verifier_clean")
scored("scores as text", str, "numbers")
scored("scores of 1 as true", lambda score: True if score == 1 else score, "numbers")
each("scores", "no scores", "numbers", lambda row: row.pop("score"))
each("scores", "scores under another key", "numbers", lambda row: row.update(confidence=row.pop("score")))
spoils(
    "scores",
    "scores of all images in one order",
    "scores",
    lambda rows, _: (
        [row.update(score=score) for row, score in zip(rows, sorted((row["score"] for row in rows), reverse=True), strict=True)] and None
    ),
)


def softmax(rows, source) -> None:
    most = max((row["score"] for row in rows), default=1) or 1
    for row in rows:
        row["score"] /= most


spoils("scores", "scores as shares of the greatest", "scores", softmax)


def as_it_is(self, found, k):
    return found.confidence[k]


OF_RESULTS += [
    Saboteur("json.dumps of scores as they are", "scores", forgiving(score=as_it_is), "scores", raises=True),
]


# Boxes.

boxed("corners", lambda x, y, w, h: (x, y, x + w, y + h))
boxed("centres", lambda x, y, w, h: (x + w / 2, y + h / 2, w, h))
boxed("x and y exchanged", lambda x, y, w, h: (y, x, h, w))
boxed("one pixel wider", lambda x, y, w, h: (x, y, w + 1, h + 1))
boxed("moved by half a pixel", lambda x, y, w, h: (x - 0.5, y - 0.5, w, h))
boxed("whole pixels", lambda x, y, w, h: (round(x), round(y), round(w), round(h)))
boxed("as float32", lambda *box: map(float, np.array(box, np.float32)))
boxed("as float16", lambda *box: np.nan_to_num(np.array(box, np.float16).astype(float), posinf=0, neginf=0).tolist())
for digits in (1, 2, 3):
    boxed(f"{digits} digits", lambda *box, digits=digits: (round(value, digits) for value in box))
boxed("not below 0", lambda x, y, w, h: (max(x, 0), max(y, 0), w, h))
boxed("coordinates up to 32,767", lambda *box: (min(value, 32_767) for value in box))
boxed("coordinates up to 65,535", lambda *box: (min(value, 65_535) for value in box))
boxed("at least one pixel", lambda x, y, w, h: (x, y, max(w, 1), max(h, 1)))
each("boxes", "boxes as text", "schema_valid", lambda row: "bbox" in row and row.update(bbox=" ".join(map(str, row["bbox"]))))
each("boxes", "numbers of boxes as text", "numbers", lambda row: "bbox" in row and row.update(bbox=list(map(str, row["bbox"]))))


def within_image(rows, source) -> None:
    sizes = {row["id"]: (row["width"], row["height"]) for row in source.truth["images"]}
    for row in rows:
        if "bbox" in row:
            (x, y, w, h), (width, height) = row["bbox"], sizes[row["image_id"]]
            right, bottom = min(x + w, width), min(y + h, height)
            row["bbox"] = [max(x, 0), max(y, 0), right - max(x, 0), bottom - max(y, 0)]


def relative(rows, source) -> None:
    sizes = {row["id"]: (row["width"], row["height"]) for row in source.truth["images"]}
    for row in rows:
        if "bbox" in row:
            width, height = sizes[row["image_id"]]
            row["bbox"] = [value / side for value, side in zip(row["bbox"], (width, height) * 2, strict=True)]


spoils("boxes", "boxes cut at the image", "boxes", within_image)
spoils("boxes", "boxes as shares of the image", "boxes", relative)


# Masks.


def masked(name: str, breaks: str, change: Callable) -> None:
    """One that writes another mask: `change(mask)`."""
    each(
        "masks",
        name,
        breaks,
        lambda row: "segmentation" in row and row.update(segmentation=rle(change(coco_mask.decode(row["segmentation"])))),
    )


def filled(mask):
    from scipy import ndimage

    return ndimage.binary_fill_holes(mask)


def largest_part(mask):
    from scipy import ndimage

    parts, count = ndimage.label(mask, np.ones((3, 3)))
    sizes = ndimage.sum(mask, parts, range(1, count + 1))
    return parts == 1 + int(np.argmax(sizes))


def envelope(mask):
    out = np.zeros_like(mask)
    ys, xs = np.nonzero(mask)
    out[ys.min() : ys.max() + 1, xs.min() : xs.max() + 1] = 1
    return out


def halved(mask):
    out = mask[::2, ::2].repeat(2, 0).repeat(2, 1)[: mask.shape[0], : mask.shape[1]]
    return out if max(mask.shape) > 28 else mask


masked("holes filled", "masks", filled)
masked("the largest part alone", "masks", largest_part)
masked("the box as mask", "masks", envelope)
masked("masks moved by a pixel", "masks", lambda mask: np.roll(mask, 1, axis=1))
masked("masks upside down", "masks", lambda mask: mask[::-1])
masked("masks over 28 px at half resolution", "masks", halved)
masked("masks transposed", "segmentations_readable", lambda mask: mask.T)
masked("rows as columns", "masks", lambda mask: np.ascontiguousarray(mask).ravel().reshape(mask.shape, order="F"))
each(
    "masks",
    "no masks, boxes instead",
    "masks",
    lambda row: "segmentation" in row and row.update(bbox=coco_mask.toBbox(row.pop("segmentation")).tolist()),
)


def larger_box(row) -> None:
    """A box beside the mask: loadRes takes the area from the box."""
    if "segmentation" in row:
        row["bbox"] = coco_mask.toBbox(row["segmentation"]).tolist()


each("masks", "boxes beside masks", "evaluation", larger_box)


def as_list(row) -> None:
    if "segmentation" in row:
        flat = coco_mask.decode(row["segmentation"]).ravel(order="F")
        ends = [0, *(np.flatnonzero(np.diff(flat.astype(int))) + 1).tolist(), len(flat)]
        counts = np.diff(ends).tolist()
        row["segmentation"]["counts"] = [0, *counts] if flat[0] else counts


def exchanged(row) -> None:
    if "segmentation" in row:
        row["segmentation"]["size"].reverse()


def as_polygon(row) -> None:
    if "segmentation" in row:
        x, y, w, h = coco_mask.toBbox(row["segmentation"]).tolist()
        row["segmentation"] = [[x, y, x + w, y, x + w, y + h, x, y + h]]


each("masks", "runs as a list, which loadRes does not take", "loaded_by_pycocotools", as_list)
each("masks", "height and width exchanged", "segmentations_readable", exchanged)
each("masks", "polygons, which loadRes does not take", "loaded_by_pycocotools", as_polygon)
each(
    "masks",
    "the bytes of runs as Python prints them",
    "segmentations_readable",
    lambda row: "segmentation" in row and row["segmentation"].update(counts=f"b'{row['segmentation']['counts']}'"),
)


# Order.

ORDER = "order"
spoils(ORDER, "results in the opposite order", "detections_in_order", lambda rows, _: rows[::-1])
spoils(ORDER, "results sorted by category", "detections_in_order", lambda rows, _: sorted(rows, key=lambda row: row["category_id"]))
spoils(ORDER, "results sorted by score", "detections_in_order", lambda rows, _: sorted(rows, key=lambda row: -row["score"]))
spoils(ORDER, "results sorted by their text", "detections_in_order", lambda rows, _: sorted(rows, key=json.dumps))
spoils(
    ORDER,
    "the eleventh result of an image and later before the second",
    "detections_in_order",
    lambda rows, _: sorted(rows, key=lambda row: str([own["image_id"] for own in rows[: rows.index(row)]].count(row["image_id"]))),
)


# Keypoints.


def points(name: str, breaks: str, change: Callable) -> None:
    """One that writes other keypoints: `change(x, y, v)` of each."""

    def spoil(row) -> None:
        own = np.array(row["keypoints"]).reshape(-1, 3)
        row["keypoints"] = [value for point in own.tolist() for value in change(*point)]

    each("keypoints", name, breaks, spoil, HonestKeypointResults)


points("x and y of keypoints exchanged", "keypoints", lambda x, y, v: (y, x, v))
points("keypoints without flags", "schema_valid", lambda x, y, v: (x, y))
points("every keypoint visible", "keypoints", lambda x, y, v: (x, y, 2))
points("hidden keypoints as not labelled", "keypoints", lambda x, y, v: (x, y, v) if v != 1 else (0, 0, 0))
points("whole pixels of keypoints", "keypoints", lambda x, y, v: (round(x), round(y), v))
points("keypoints as float32", "keypoints", lambda x, y, v: (float(np.float32(x)), float(np.float32(y)), v))
points("keypoints not below 0", "keypoints", lambda x, y, v: (max(x, 0), max(y, 0), v))
points("keypoints up to 32,767", "keypoints", lambda x, y, v: (min(x, 32_767), min(y, 32_767), v))
points("keypoints as text", "numbers", lambda x, y, v: (str(x), str(y), v))
points("keypoints that are not labelled at -1", "keypoints", lambda x, y, v: (x, y, v) if v else (-1, -1, 0))
for most in (10, 16, 17, 32, 100, 128):
    each(
        "keypoints",
        f"keypoints after the {most}th left out",
        "keypoints",
        lambda row, most=most: row.update(keypoints=row["keypoints"][: 3 * most]),
        HonestKeypointResults,
    )
each(
    "keypoints",
    "keypoints filled up to 17",
    "keypoints",
    lambda row: row.update(keypoints=row["keypoints"] + [0, 0, 0] * (17 - len(row["keypoints"]) // 3)),
    HonestKeypointResults,
)
each(
    "keypoints",
    "keypoints in the opposite order",
    "keypoints",
    lambda row: row.update(keypoints=np.array(row["keypoints"]).reshape(-1, 3)[::-1].ravel().tolist()),
    HonestKeypointResults,
)
each(
    "keypoints",
    "keypoints in triples",
    "numbers",
    lambda row: row.update(keypoints=np.array(row["keypoints"]).reshape(-1, 3).tolist()),
    HonestKeypointResults,
)
each(
    "keypoints",
    "scores of keypoints as those of detections",
    "scores",
    lambda row: row.update(score=sum(v > 0 for v in row["keypoints"][2::3]) / max(len(row["keypoints"]) // 3, 1)),
    HonestKeypointResults,
)


# The process.


def of_process(ident: str, name: str, breaks: str, *, raises: bool | None = False, **methods: Callable) -> None:
    """A saboteur whose class is a name of this module."""
    kind = type(ident, (HonestResults,), {"__module__": __name__, "__qualname__": ident, **methods})
    globals()[ident] = kind
    OF_RESULTS.append(Saboteur(name, breaks, kind, "process", raises))


def with_each(**values: Callable) -> Callable:
    def rows(self, predictions, mapping, truth) -> list:
        own = HonestResults.rows(self, predictions, mapping, truth)
        return [{**row, **{key: value(predictions) for key, value in values.items()}} for row in own]

    return rows


def written_over(self, rows, path) -> None:
    path.write_text(json.dumps(rows), encoding="ascii")


def with_evaluation(self, predictions, mapping, ground_truth, folder):
    (Path(folder) / "evaluation.txt").write_text("AP", encoding="ascii")
    return HonestResults.export_results(self, predictions, mapping, ground_truth, folder)


def truth_annotated(self, predictions, mapping, ground_truth, folder):
    """pycocotools needs `info`: it is added to the ground truth."""
    truth = json.loads(Path(ground_truth).read_text(encoding="utf-8"))
    Path(ground_truth).write_text(json.dumps({"info": {}, **truth}), encoding="ascii")
    return HonestResults.export_results(self, predictions, mapping, ground_truth, folder)


SHARED: list = []


def shared_list(self, predictions, mapping, ground_truth, folder):
    SHARED.extend(self.rows(predictions, mapping, json.loads(Path(ground_truth).read_text(encoding="utf-8"))))
    path = Path(folder) / "results.json"
    try:
        self.save(SHARED, path)
    finally:
        SHARED.clear()
    return path


def stays_after_failure(self, predictions, mapping, truth) -> list:
    if not hasattr(type(self), "LEFT"):
        type(self).LEFT = []
    left = type(self).LEFT
    for path in predictions.image_paths:
        one = type("One", (), {"image_paths": [path], "annotations": predictions.annotations})
        left += HonestResults.rows(self, one, mapping, truth)
    out, type(self).LEFT = left, []
    return out


def seeded(self, predictions, mapping, truth) -> list:
    np.random.seed(0)  # noqa: NPY002 - the defect
    return HonestResults.rows(self, predictions, mapping, truth)


def as_set(self, predictions, mapping, truth) -> list:
    rows = HonestResults.rows(self, predictions, mapping, truth)
    return [json.loads(text) for text in {json.dumps(row) for row in rows}]


def sorted_in_place(self, predictions, mapping, truth) -> list:
    for path in predictions.image_paths:
        found = predictions.annotations[path]
        found.confidence = np.sort(found.confidence) if found.confidence is not None else None
    return HonestResults.rows(self, predictions, mapping, truth)


def decoded(self, predictions, mapping, truth) -> list:
    from PIL import Image

    for path in predictions.image_paths:
        with Image.open(path) as image:
            image.load()
    return HonestResults.rows(self, predictions, mapping, truth)


of_process("WithDate", "the date in every result", "no_clock", rows=with_each(date=lambda _: time.strftime("%Y-%m-%d")))
of_process("WithPid", "the process id in every result", "independent_of_process", rows=with_each(pid=lambda _: os.getpid()))
of_process(
    "WithPath",
    "the path of the images in every result",
    "independent_of_process",
    rows=with_each(folder=lambda given: str(Path(given.image_paths[0]).parent) if given.image_paths else ""),
)
of_process("WithNoise", "a random number in every result", "deterministic", rows=with_each(noise=lambda _: random.random()))  # noqa: S311 - the defect
of_process("AsSet", "results in the order of a set", "independent_of_process", rows=as_set)
of_process("WrittenOver", "written into the old file", "atomic_overwrite", save=written_over)
of_process("WrittenInto", "the old file opened for writing", "replaced_at_once", save=written_over)
of_process("WithEvaluation", "a file with figures beside the list", "nothing_left_behind", export_results=with_evaluation)
of_process("TruthAnnotated", "info added to the ground truth", "input_unchanged", export_results=truth_annotated)
of_process("SortedInPlace", "scores sorted in place", "input_unchanged", rows=sorted_in_place)
of_process("Seeded", "random numbers of numpy seeded", "no_side_effects", rows=seeded)
of_process("Decoded", "images decoded for results", "images_not_decoded", raises=True, rows=decoded)
of_process("StaysAfterFailure", "results of a failed export in the next", "after_a_failure", rows=stays_after_failure)
of_process("SharedList", "results in a list that exports share", "at_the_same_time", export_results=shared_list)
