"""Right exporters in other styles: what may differ from file to file, and must not be refused."""

from __future__ import annotations

import copy
import io
import json
import logging
import os
import tempfile
import threading
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image
from pycocotools import mask as coco_mask

from .honest import Honest

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["STYLES"]

STYLES: dict[str, type[Honest]] = {}
"""The exporters by what they do."""


def style(ident: str, name: str, **methods: Callable) -> None:
    """An exporter whose class is a name of this module, for fresh processes import it."""
    kind = type(ident, (Honest,), {"__module__": __name__, "__qualname__": ident, **methods})
    globals()[ident] = kind
    STYLES[name] = kind


def document(ident: str, name: str, change: Callable) -> None:
    """One that writes the document in another way: `change(document)`, in place."""

    def written(self, dataset, mapping):
        own = Honest.document(self, dataset, mapping)
        change(own)
        return own

    style(ident, name, document=written)


def rows(ident: str, name: str, change: Callable) -> None:
    document(ident, name, lambda own: [change(row) for row in own["annotations"]])


def images(ident: str, name: str, change: Callable) -> None:
    document(ident, name, lambda own: [change(row) for row in own["images"]])


def text(ident: str, name: str, written: Callable) -> None:
    """One that writes the JSON in another way: `written(document)` gives the text."""

    def save(self, document, path) -> None:
        beside = path.with_suffix(".part")
        try:
            beside.write_bytes(written(document).encode())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise

    style(ident, name, save=save)


def with_image_ids(change: Callable) -> Callable:
    def spell(own) -> None:
        ids = {row["id"]: change(row) for row in own["images"]}
        for row in own["annotations"]:
            row["image_id"] = ids[row["image_id"]]
        for row in own["images"]:
            row["id"] = ids[row["id"]]

    return spell


def counts_as_list(row) -> None:
    if "segmentation" in row:
        flat = coco_mask.decode(row["segmentation"]).ravel(order="F")
        ends = [0, *(np.flatnonzero(np.diff(flat.astype(int))) + 1).tolist(), len(flat)]
        counts = np.diff(ends).tolist()
        row["segmentation"]["counts"] = [0, *counts] if flat[0] else counts


def rectangle_as_polygon(row) -> None:
    if "segmentation" in row:
        mask = coco_mask.decode(row["segmentation"])
        x, y, w, h = (int(value) for value in coco_mask.toBbox(row["segmentation"]))
        if mask.sum() == w * h:
            row["segmentation"] = [[x, y, x + w, y, x + w, y + h, x, y + h]]


def whole_as_integers(row) -> None:
    row["bbox"] = [int(value) if value == int(value) else value for value in row["bbox"]]
    row["area"] = int(row["area"]) if row["area"] == int(row["area"]) else row["area"]


def licensed(own) -> None:
    own["licenses"] = [{"id": 3, "name": "CC BY 4.0", "url": "https://creativecommons.org/licenses/by/4.0/"}]
    for row in own["images"]:
        row["license"] = 3


def by_image_backwards(own) -> None:
    own["annotations"].sort(key=lambda row: -row["image_id"])


def categories_first(own) -> None:
    for section in ("images", "annotations"):
        own[section] = own.pop(section)


def oriented_in_pairs(row) -> None:
    if "obb" in row:
        row["obb"] = [row["obb"][k : k + 2] for k in (0, 2, 4, 6)]


def oriented_as_integers(row) -> None:
    if "obb" in row:
        row["obb"] = [int(value) if value == int(value) else value for value in row["obb"]]


def oriented_last(row) -> None:
    row["obb"] = row.pop("obb", None)


rows("OrientedInPairs", "oriented boxes as four pairs", oriented_in_pairs)
rows("OrientedAsIntegers", "whole corners of oriented boxes as integers", oriented_as_integers)
rows("OrientedLast", "null for an annotation without an oriented box, and the key last", oriented_last)
rows("CountsAsList", "runs as a list of numbers", counts_as_list)
rows("RectangleAsPolygon", "rectangles as polygons along the edges of pixels", rectangle_as_polygon)
rows("WholeAsIntegers", "whole coordinates and areas as integers", whole_as_integers)
rows("FloatAreas", "areas as floats", lambda row: row.update(area=float(row["area"])))
rows("NoKeypoints", "no keypoints, and their number", lambda row: row.update(keypoints=[], num_keypoints=0))
rows("WithIgnore", "a further field of annotations", lambda row: row.update(ignore=0))
rows("TenIds", "annotation ids in steps of ten", lambda row: row.update(id=10 * row["id"]))
rows("HighIds", "annotation ids just under 2^31", lambda row: row.update(id=2**31 - 10**6 + row["id"]))
rows(
    "KeysInOrder", "keys of annotations in the order of the alphabet", lambda row: [row.update({key: row.pop(key)}) for key in sorted(row)]
)
images("WithUrls", "URLs and dates of images, all empty", lambda row: row.update(coco_url="", flickr_url="", date_captured=""))
images("WithPlace", "a further field of images", lambda row: row.update(frame_index=row["id"] - 1))
document("ZeroImages", "image ids from 0", with_image_ids(lambda row: row["id"] - 1))
document("HashedImages", "image ids of a hash of the name", with_image_ids(lambda row: zlib.crc32(row["file_name"].encode()) >> 1))
document("Backwards", "annotations of the last image first", by_image_backwards)
document("CategoriesFirst", "categories before images", categories_first)
document("WithInfo", "an info of constants", lambda own: own.update(info={"description": "", "version": "1.0", "year": 2026}))
document("Licensed", "a licence of all images", licensed)
document("NoLicences", "an empty list of licences", lambda own: own.update(licenses=[], info={}))
document("Coloured", "a further field of categories", lambda own: [row.update(color=[0, 0, 0]) for row in own["categories"]])
document(
    "NoGroup",
    "the supercategory none where the mapping has none",
    lambda own: [row.setdefault("supercategory", "none") for row in own["categories"]],
)
document("OwnSection", "a further section", lambda own: own.update(exporter={"name": "an exporter"}))
text("Indented", "indented", lambda own: json.dumps(own, indent=2))
text("Compact", "without blanks", lambda own: json.dumps(own, separators=(",", ":")))
text("SortedKeys", "with sorted keys", lambda own: json.dumps(own, sort_keys=True))
text("InUtf8", "in UTF-8", lambda own: json.dumps(own, ensure_ascii=False))
text("EscapedSlashes", "with escaped slashes", lambda own: json.dumps(own).replace("/", "\\/"))
text("EndsWithLine", "with a line break at the end", lambda own: json.dumps(own) + "\r\n")
text("LineByLine", "in many lines", lambda own: json.dumps(own).replace("}, {", "},\n{"))


def below_images(self, dataset, mapping):
    """File names below the folder `images`, even where all images are in one folder of it."""
    own = Honest.document(self, dataset, mapping)
    for row, path in zip(own["images"], dataset.image_paths, strict=True):
        row["file_name"] = path.replace(os.sep, "/").rpartition("/images/")[2]
    return own


def by_pillow(self, dataset, mapping):
    own = Honest.document(self, dataset, mapping)
    for row, path in zip(own["images"], dataset.image_paths, strict=True):
        with Image.open(path) as image:
            row["width"], row["height"] = image.size
    return own


def of_a_copy(self, dataset, mapping):
    return Honest.document(self, copy.deepcopy(dataset), copy.deepcopy(mapping))


def logged(self, dataset, mapping):
    logging.getLogger(__name__).info("%d images", len(dataset.image_paths))
    return Honest.document(self, dataset, mapping)


def through_named_file(self, document, path) -> None:
    with tempfile.NamedTemporaryFile("w", encoding="ascii", dir=path.parent, suffix=".json", delete=False) as file:
        beside = Path(file.name)
        try:
            json.dump(document, file)
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            beside.unlink()
            raise
    beside.replace(path)


def through_descriptor(self, document, path) -> None:
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".coco-")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(json.dumps(document).encode("ascii"))
        Path(name).replace(path)
    except OSError:
        Path(name).unlink()
        raise


def in_memory_first(self, document, path) -> None:
    memory = io.StringIO()
    json.dump(document, memory)
    scratch = Path(tempfile.mkdtemp(dir=path.parent))
    try:
        (scratch / path.name).write_text(memory.getvalue(), encoding="ascii")
        (scratch / path.name).replace(path)
    finally:
        for left in scratch.iterdir():
            left.unlink()
        scratch.rmdir()


_LOCK = threading.RLock()


def one_at_a_time(self, dataset, mapping, folder):
    with _LOCK:
        return Honest.export(self, dataset, mapping, folder)


def as_text(self, dataset, mapping, folder):
    return str(Honest.export(self, dataset, mapping, folder))


style("BelowImages", "names below the folder of the test", document=below_images)
style("ByPillow", "sizes by Pillow", document=by_pillow)
style("OfACopy", "of a copy of the dataset", document=of_a_copy)
style("Logged", "a line of logging", document=logged)
style("ThroughNamedFile", "through a named temporary file, synced", save=through_named_file)
style("ThroughDescriptor", "through a file descriptor", save=through_descriptor)
style("InMemoryFirst", "through a folder of its own", save=in_memory_first)
style("OneAtATime", "one export at a time, by a lock", export=one_at_a_time)
style("AsText", "the path as text", export=as_text)
