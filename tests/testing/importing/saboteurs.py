"""Broken importers: each loses something in the way that code does, and one property must catch it."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from pycocotools import mask as coco_mask

from .honest import Honest

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["SABOTEURS", "Saboteur"]


@dataclass(frozen=True)
class Saboteur:
    """A broken importer.

    Attributes:
        name: What it does wrong.
        breaks: The property that must catch it.
        make: Gives the importer.
        size: Whether it takes long until a file shows it.
    """

    name: str
    breaks: str
    make: Callable[[], Honest]
    size: bool = False


def of_file(name: str, breaks: str, change: Callable, *, size: bool = False) -> Saboteur:
    """One that misreads the document: `change(document)`, in place."""

    class Misreader(Honest):
        def read(self, document):
            change(document)
            return super().read(document)

    return Saboteur(name, breaks, Misreader, size)


def of_rows(name: str, breaks: str, change: Callable, *, size: bool = False) -> Saboteur:
    """One that misreads each annotation: `change(row)`, in place."""

    def every(document) -> None:
        for row in document["annotations"]:
            change(row)

    return of_file(name, breaks, every, size=size)


def of_result(name: str, breaks: str, change: Callable, *, size: bool = False) -> Saboteur:
    """One that spoils what it returns: `change(dataset)` gives another."""

    class Spoiler(Honest):
        def read(self, document):
            return change(super().read(document))

    return Saboteur(name, breaks, Spoiler, size)


def of_annotations(name: str, breaks: str, change: Callable, *, size: bool = False) -> Saboteur:
    """One that spoils each annotation that it returns: `change(annotation)` gives another."""

    def every(found):
        return replace(found, images=[replace(own, annotations=[change(one) for one in own.annotations]) for own in found.images])

    return of_result(name, breaks, every, size=size)


def of_images(name: str, breaks: str, change: Callable, *, size: bool = False) -> Saboteur:
    """One that spoils each image that it returns: `change(place, image)` gives another."""
    return of_result(name, breaks, lambda found: replace(found, images=list(itertools.starmap(change, enumerate(found.images)))), size=size)


def of_categories(name: str, breaks: str, change: Callable) -> Saboteur:
    """One that spoils the categories that it returns: `change(list)` gives others."""
    return of_result(name, breaks, lambda found: replace(found, categories=change(list(found.categories))))


def of_masks(name: str, change: Callable, *, size: bool = False) -> Saboteur:
    """One that misreads segmentations: `change(segmentation)` gives another, or None."""

    def spoil(row) -> None:
        if "segmentation" in row:
            row["segmentation"] = change(row["segmentation"])

    return of_rows(name, "masks", spoil, size=size)


def _annotated(document) -> None:
    used = {row["image_id"] for row in document["annotations"]}
    document["images"] = [row for row in document["images"] if row["id"] in used]


def _sorted_by(section: str, key: str) -> Callable:
    return lambda document: document[section].sort(key=lambda row: row[key])


def _unused(found):
    used = {one.category for own in found.images for one in own.annotations}
    return replace(found, categories=[own for own in found.categories if own.name in used])


def _class_by_place(document) -> None:
    """An id is taken for a place, counted from 1."""
    rows = document["categories"]
    for row in document["annotations"]:
        row["category_id"] = rows[(row["category_id"] - 1) % len(rows)]["id"]


def _class_by_sorted_ids(document) -> None:
    """The k-th id in order is taken for the k-th category of the file."""
    rows = document["categories"]
    places = {number: place for place, number in enumerate(sorted(row["id"] for row in rows))}
    for row in document["annotations"]:
        row["category_id"] = rows[places[row["category_id"]]]["id"]


def _last_group(document) -> None:
    """`groupby` without a sort: of an image whose rows are apart, the last rows are left."""
    groups = {number: list(rows) for number, rows in itertools.groupby(document["annotations"], lambda row: row["image_id"])}
    document["annotations"] = [row for rows in groups.values() for row in rows]


def _image_by_place(document) -> None:
    """The id of an image is taken for its place, counted from 1."""
    rows = document["images"]
    for row in document["annotations"]:
        row["image_id"] = rows[(row["image_id"] - 1) % len(rows)]["id"]


def _without_twins(document) -> None:
    seen: dict[object, Any] = {}
    for row in document["annotations"]:
        seen.setdefault((row["image_id"], row["category_id"], tuple(row["bbox"])), row)
    document["annotations"] = list(seen.values())


def _fewer(document, limit: int) -> None:
    counts: dict[int, int] = {}
    kept = []
    for row in document["annotations"]:
        counts[row["image_id"]] = counts.get(row["image_id"], 0) + 1
        if counts[row["image_id"]] <= limit:
            kept.append(row)
    document["annotations"] = kept


def _by_rows(shape):
    """Run lengths along rows, not columns."""
    if isinstance(shape, list):
        return shape
    height, width = shape["size"]
    encoded = shape if isinstance(shape["counts"], str) else coco_mask.frPyObjects(shape, height, width)
    return coco_mask.decode(encoded).astype(bool).ravel(order="F").reshape(height, width)


def _short_runs(shape):
    """Run lengths in sixteen bits."""
    if isinstance(shape, list) or isinstance(shape["counts"], str):
        return shape
    counts = [count % 65_536 for count in shape["counts"]]
    return None if counts != shape["counts"] else shape


def _narrow(own):
    return replace(own, bbox=[float(side) for side in np.array(own.bbox, np.float32)])


def _clipped(row) -> None:
    x, y, width, height = row["bbox"]
    left, top = max(x, 0), max(y, 0)
    row["bbox"] = [left, top, x + width - left, y + height - top]


class _Cached(Honest):
    """Keeps what it read of a path, whatever is there by now."""

    def __init__(self) -> None:
        self.known: dict[Path, Any] = {}

    def load(self, annotations_path, images_folder):
        if annotations_path not in self.known:
            self.known[annotations_path] = super().load(annotations_path, images_folder)
        return self.known[annotations_path]


class _Stale(Honest):
    """Asks whether the size of the file changed, not its content, and forgets nothing of earlier files."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def read(self, document):
        self.names += [row["name"] for row in document["categories"] if row["name"] not in self.names]
        found = super().read(document)
        places = {name: place for place, name in enumerate(self.names)}
        return replace(found, categories=[replace(own, id=places[own.name] + len(self.names)) for own in found.categories])


class _Accumulates(Honest):
    """A list that all readings share."""

    def __init__(self) -> None:
        self.images: list[Any] = []

    def read(self, document):
        found = super().read(document)
        self.images += found.images
        return replace(found, images=list(self.images))


class _LeavesACache(Honest):
    def load(self, annotations_path, images_folder):
        annotations_path.with_suffix(".cache").write_text("{}", encoding="utf-8")
        return super().load(annotations_path, images_folder)


class _RewritesTheFile(Honest):
    def load(self, annotations_path, images_folder):
        document = json.loads(annotations_path.read_text(encoding="utf-8"))
        annotations_path.write_text(json.dumps(document, indent=1), encoding="utf-8")
        return self.read(document)


class _ChangesTheFolder(Honest):
    def load(self, annotations_path, images_folder):
        os.chdir(images_folder)
        return super().load(annotations_path, images_folder)


class _SetsTheSeed(Honest):
    def load(self, annotations_path, images_folder):
        np.random.seed(0)  # noqa: NPY002 - as libraries do
        return super().load(annotations_path, images_folder)


class _SetsLogging(Honest):
    def load(self, annotations_path, images_folder):
        with contextlib.suppress(ValueError):
            logging.getLogger().setLevel(logging.ERROR - 1)
        return super().load(annotations_path, images_folder)


def _no_categories_without_images(document) -> None:
    if not document["images"]:
        document["categories"] = []


SABOTEURS = (
    of_file("images without annotations are left out", "images_complete", _annotated),
    of_file("the last image is left out", "images_complete", lambda document: document["images"] and _without_last(document)),
    of_file("images in the order of their ids", "images_in_order", _sorted_by("images", "id")),
    of_file("images in the order of their names", "images_in_order", _sorted_by("images", "file_name")),
    of_images("width and height exchanged", "image_sizes", lambda _, own: replace(own, width=own.height, height=own.width)),
    of_images("images numbered from 1", "image_ids", lambda place, own: replace(own, id=place + 1)),
    of_images("image ids through float64", "image_ids", lambda _, own: replace(own, id=int(float(own.id)))),
    of_images("image ids in 32 bits", "image_ids", lambda _, own: replace(own, id=own.id % 2**32 - 2**32 * (own.id % 2**32 >= 2**31))),
    of_images("names without their folders", "file_names", lambda _, own: replace(own, file_name=own.file_name.rpartition("/")[2])),
    of_images("names without blanks", "file_names", lambda _, own: replace(own, file_name=own.file_name.replace(" ", "_"))),
    of_images("names unquoted as in a URL", "file_names", lambda _, own: replace(own, file_name=own.file_name.replace("%20", " "))),
    of_images(
        "endings in lower case",
        "file_names",
        lambda _, own: replace(own, file_name=str(Path(own.file_name).with_suffix(".png"))),
        size=True,
    ),
    of_result("unused categories are left out", "categories_complete", _unused),
    of_categories("a background is put first", "categories_complete", lambda rows: [replace(rows[0], name="__background__", id=0), *rows]),
    of_categories("categories in the order of their ids", "categories_in_order", lambda rows: sorted(rows, key=lambda own: own.id)),
    of_categories("categories in the order of their names", "categories_in_order", lambda rows: sorted(rows, key=lambda own: own.name)),
    of_categories("categories numbered from 0", "category_ids", lambda rows: [replace(own, id=place) for place, own in enumerate(rows)]),
    of_categories("no supercategories", "supercategories", lambda rows: [replace(own, supercategory=None) for own in rows]),
    of_categories(
        "a supercategory where there is none",
        "supercategories",
        lambda rows: [replace(own, supercategory=own.supercategory or "none") for own in rows],
    ),
    of_categories("no names of keypoints", "keypoint_names", lambda rows: [replace(own, keypoints=None) for own in rows]),
    of_file("rows of an image that are apart replace each other", "annotations_complete", _last_group),
    of_file("image ids taken for places", "annotations_complete", _image_by_place),
    of_file("crowds are left out", "annotations_complete", lambda document: _keep(document, lambda row: not row["iscrowd"])),
    of_file("equal boxes of a category become one", "annotations_complete", _without_twins, size=True),
    of_file(
        "boxes under a pixel are left out", "annotations_complete", lambda document: _keep(document, lambda row: min(row["bbox"][2:]) >= 1)
    ),
    of_file("annotations in the order of their ids", "annotations_in_order", _sorted_by("annotations", "id")),
    of_file("annotations of an image by category", "annotations_in_order", _sorted_by("annotations", "category_id")),
    of_images("annotations numbered from 1", "annotation_ids", lambda _, own: replace(own, annotations=_numbered(own.annotations))),
    of_file("category ids taken for places", "classes", _class_by_place),
    of_file("category ids sorted, names not", "classes", _class_by_sorted_ids),
    of_rows(
        "boxes read as corners",
        "boxes",
        lambda row: row.update(bbox=[*row["bbox"][:2], row["bbox"][2] - row["bbox"][0], row["bbox"][3] - row["bbox"][1]]),
    ),
    of_annotations("boxes in float32", "boxes", _narrow),
    of_annotations("boxes with two decimals", "boxes", lambda own: replace(own, bbox=[round(side, 2) for side in own.bbox])),
    of_annotations("boxes in whole pixels", "boxes", lambda own: replace(own, bbox=[int(side) for side in own.bbox])),
    of_rows("boxes that leave the image are cut", "boxes", _clipped),
    of_masks("the first polygon alone", lambda shape: shape[:1] if isinstance(shape, list) else shape),
    of_masks("polygons alone", lambda shape: shape if isinstance(shape, list) else None),
    of_masks("no compressed run lengths", lambda shape: None if isinstance(shape, dict) and isinstance(shape["counts"], str) else shape),
    of_masks("no run lengths as numbers", lambda shape: None if isinstance(shape, dict) and isinstance(shape["counts"], list) else shape),
    of_masks("run lengths along rows", _by_rows),
    of_masks(
        "vertices in whole pixels, rounded up",
        lambda shape: [[int(-(-value // 1)) for value in own] for own in shape] if isinstance(shape, list) else shape,
    ),
    of_masks("at most ten polygons", lambda shape: shape[:10] if isinstance(shape, list) else shape, size=True),
    of_masks("at most a thousand runs", lambda shape: None if isinstance(shape, dict) and max(shape["size"]) > 4000 else shape, size=True),
    of_rows("no crowds", "crowd_flags", lambda row: row.update(iscrowd=0)),
    of_rows("run lengths are crowds", "crowd_flags", lambda row: row.update(iscrowd=int(isinstance(row.get("segmentation"), dict)))),
    of_rows("the area of the box", "areas", lambda row: row.update(area=row["bbox"][2] * row["bbox"][3])),
    of_rows("the area in whole pixels", "areas", lambda row: row.update(area=int(row["area"]))),
    of_annotations("hidden keypoints are left out", "keypoints", lambda own: replace(own, keypoints=_visible(own.keypoints))),
    of_annotations(
        "keypoints in whole pixels",
        "keypoints",
        lambda own: replace(own, keypoints=own.keypoints and [int(value) for value in own.keypoints]),
    ),
    of_annotations(
        "keypoints without flags",
        "keypoints",
        lambda own: replace(own, keypoints=own.keypoints and [value for k, value in enumerate(own.keypoints) if k % 3 < 2]),
    ),
    of_annotations("scores in float32", "scores", lambda own: replace(own, score=own.score and float(np.float32(own.score)))),
    of_annotations("a score where there is none", "scores", lambda own: replace(own, score=1.0 if own.score is None else own.score)),
    of_annotations(
        "no track ids", "further_fields", lambda own: replace(own, fields={k: v for k, v in own.fields.items() if k != "track_id"})
    ),
    of_annotations("attributes as texts", "further_fields", lambda own: replace(own, fields=_texts(own.fields))),
    of_file("no categories where there is no image", "empty_dataset", _no_categories_without_images),
    of_file("no images where there is no annotation", "empty_image", _annotated),
    Saboteur("a cache by path", "reads_again", _Cached),
    Saboteur("classes numbered over all files that were read", "category_ids", _Stale),
    Saboteur("images of all files that were read", "reads_again", _Accumulates),
    Saboteur("leaves a cache beside the file", "files_unchanged", _LeavesACache),
    Saboteur("writes the file anew", "files_unchanged", _RewritesTheFile),
    Saboteur("changes the current folder", "no_side_effects", _ChangesTheFolder),
    Saboteur("seeds numpy", "no_side_effects", _SetsTheSeed),
    Saboteur("sets the level of logging", "no_side_effects", _SetsLogging),
    of_file("at most 100 annotations an image", "annotations_complete", lambda document: _fewer(document, 100), size=True),
    of_result("at most 1,000 images", "images_complete", lambda found: replace(found, images=found.images[:1000]), size=True),
    of_result("at most 256 categories", "categories_complete", lambda found: replace(found, categories=found.categories[:256]), size=True),
    of_masks("run lengths in sixteen bits", _short_runs, size=True),
    of_images("names of at most 100 characters", "file_names", lambda _, own: replace(own, file_name=own.file_name[-100:]), size=True),
)


def _without_last(document) -> None:
    gone = document["images"].pop()["id"]
    document["annotations"] = [row for row in document["annotations"] if row["image_id"] != gone]


def _keep(document, wanted: Callable) -> None:
    document["annotations"] = [row for row in document["annotations"] if wanted(row)]


def _numbered(rows) -> list[Any]:
    return [replace(own, id=place) for place, own in enumerate(rows, 1)]


def _visible(points) -> Any:
    if points is None:
        return None
    return [value for place in range(0, len(points), 3) for value in (points[place : place + 3] if points[place + 2] == 2 else (0, 0, 0))]


def _texts(fields) -> dict[str, Any]:
    return {key: {name: str(own) for name, own in value.items()} if isinstance(value, dict) else value for key, value in fields.items()}
