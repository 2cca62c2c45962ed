"""Saboteurs that break at a size, a name, a type or a number: right on small datasets."""

from __future__ import annotations

import re
import unicodedata
import urllib.parse
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from pycocotools import mask as coco_mask
from scipy import ndimage

from .honest import Honest, rle
from .sabotage import Saboteur, boxed, named, names, rows, spoils, whole, without

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["SCALE"]

COUNTS = (10, 16, 32, 100, 128, 256, 1000, 1024)


def group(name: str, *own: Saboteur) -> Iterator[Saboteur]:
    for saboteur in own:
        yield replace(saboteur, group=name)


def images_after(most: int) -> Callable:
    def spoil(document, dataset, mapping) -> None:
        document["images"] = document["images"][:most]
        known = {row["id"] for row in document["images"]}
        document["annotations"] = [row for row in document["annotations"] if row["image_id"] in known]

    return spoil


def by_text_of_id(document) -> None:
    document["images"].sort(key=lambda row: str(row["id"]))


def image_ids_modulo(number: int) -> Callable:
    def spoil(document) -> None:
        for row in document["images"]:
            row["id"] %= number
        for row in document["annotations"]:
            row["image_id"] %= number

    return spoil


def incomplete_batch_lost(size: int) -> Callable:
    def spoil(document, dataset, mapping) -> None:
        count = len(document["images"])
        if count > size:
            images_after(count // size * size)(document, dataset, mapping)

    return spoil


def full_batch_twice(size: int) -> Callable:
    """The last batch is written again at the end, which an incomplete batch overwrites."""

    def spoil(document) -> None:
        count = len(document["images"])
        if count and count % size == 0:
            last = max(row["id"] for row in document["images"])
            document["images"] += [row | {"id": row["id"] + last} for row in document["images"][-size:]]

    return spoil


def on_the_first_after(most: int) -> Callable:
    def spoil(document) -> None:
        for row in document["annotations"]:
            if row["image_id"] > most:
                row["image_id"] = 1

    return spoil


IMAGES = group(
    "number of images",
    *(spoils(f"images after the {most}th left out", "images_complete", images_after(most)) for most in COUNTS),
    whole("images sorted by the text of their id", "images_in_order", by_text_of_id),
    whole("image ids of one byte", "image_ids", image_ids_modulo(256)),
    whole("image ids of two digits", "image_ids", image_ids_modulo(100)),
    whole("image ids of three digits", "image_ids", image_ids_modulo(1000)),
    *(spoils(f"an incomplete last batch of {size} lost", "images_complete", incomplete_batch_lost(size)) for size in (16, 100, 256)),
    *(whole(f"a full last batch of {size} twice", "images_complete", full_batch_twice(size)) for size in (16, 128, 1000, 1024)),
    whole("annotations of the eleventh image and later on the first", "detections_complete", on_the_first_after(10)),
)


def detections_after(most: int) -> Callable:
    def spoil(document, dataset, mapping) -> None:
        seen: dict = {}
        kept = []
        for row in document["annotations"]:
            seen[row["image_id"]] = seen.get(row["image_id"], 0) + 1
            if seen[row["image_id"]] <= most:
                kept.append(row)
        document["annotations"] = kept

    return spoil


def best_hundred(document) -> None:
    by_image: dict = {}
    for row in document["annotations"]:
        by_image.setdefault(row["image_id"], []).append(row)
    best = [sorted(own, key=lambda row: -row.get("score", 1))[:100] for own in by_image.values()]
    chosen = {row["id"] for own in best for row in own}
    document["annotations"] = [row for row in document["annotations"] if row["id"] in chosen]


def annotation_ids_modulo(number: int) -> Callable:
    def spoil(document) -> None:
        for row in document["annotations"]:
            row["id"] = (row["id"] - 1) % number + 1

    return spoil


def by_text(document) -> None:
    document["annotations"].sort(key=lambda row: (row["image_id"], str(row["id"])))


def full_images_reversed(document) -> None:
    by_image: dict = {}
    for row in document["annotations"]:
        by_image.setdefault(row["image_id"], []).append(row)
    document["annotations"] = [row for own in by_image.values() for row in (own[::-1] if len(own) > 128 else own)]


DETECTIONS = group(
    "number of detections",
    *(spoils(f"detections after the {most}th of an image left out", "detections_complete", detections_after(most)) for most in COUNTS),
    whole("the best hundred of an image alone", "detections_complete", best_hundred),
    whole("annotation ids of one byte", "annotation_ids", annotation_ids_modulo(255)),
    whole("annotation ids of two digits", "annotation_ids", annotation_ids_modulo(99)),
    whole("annotation ids of three digits", "annotation_ids", annotation_ids_modulo(999)),
    whole("annotations sorted by the text of their id", "detections_in_order", by_text),
    whole("annotations of an image with over 128 in reverse", "detections_in_order", full_images_reversed),
)


def classes_after(most: int) -> Callable:
    def spoil(document) -> None:
        ids = [row["id"] for row in document["categories"]]
        late = set(ids[most:])
        for row in document["annotations"]:
            if row["category_id"] in late:
                row["category_id"] = ids[most - 1]

    return spoil


def category_ids_modulo(number: int) -> Callable:
    def spoil(document) -> None:
        for row in document["categories"]:
            row["id"] %= number
        for row in document["annotations"]:
            row["category_id"] %= number

    return spoil


CLASSES = group(
    "number of classes",
    *(whole(f"classes after the {most}th as the {most}th", "classes_through_mapping", classes_after(most)) for most in COUNTS),
    *(
        whole(
            f"categories after the {most}th left out",
            "categories_complete",
            lambda d, most=most: d["categories"].__delitem__(slice(most, None)),
        )
        for most in (10, 80, 91, 128, 256, 1000)
    ),
    whole(
        "categories sorted by the text of their id", "categories_in_order", lambda d: d["categories"].sort(key=lambda row: str(row["id"]))
    ),
    whole("category ids of one byte", "category_ids", category_ids_modulo(256)),
)


def one_name_of(change: Callable) -> Callable:
    """Categories whose names are one after a change are one."""

    def spoil(document) -> None:
        first: dict = {}
        becomes = {row["id"]: first.setdefault(change(row["name"]), row["id"]) for row in document["categories"]}
        document["categories"] = [row for row in document["categories"] if becomes[row["id"]] == row["id"]]
        for row in document["annotations"]:
            row["category_id"] = becomes[row["category_id"]]

    return spoil


def as_number(name: str) -> object:
    return int(name) if name.isdecimal() else name


CLASS_NAMES = group(
    "class names",
    *(
        named(f"category names cut at {most} characters", lambda name, most=most: name[:most])
        for most in (10, 16, 31, 32, 63, 64, 100, 255)
    ),
    named("line breaks in names as blanks", lambda name: name.replace("\n", " ")),
    named("names up to the line break", lambda name: name.partition("\n")[0]),
    named("tabs in names as blanks", lambda name: name.replace("\t", " ")),
    named("backslashes in names lost", lambda name: name.replace("\\", "")),
    named("backslashes in names as slashes", lambda name: name.replace("\\", "/")),
    named("quotes in names lost", lambda name: name.replace('"', "")),
    named("names up to the comma", lambda name: name.partition(",")[0]),
    named("blanks in names as underscores", lambda name: name.replace(" ", "_")),
    named("runs of blanks in names as one", lambda name: re.sub(r" +", " ", name)),
    named("no-break spaces in names as blanks", lambda name: name.replace("\u00a0", " ")),
    named("names without what is not in the basic plane", lambda name: "".join(c for c in name if ord(c) < 0x10000)),
    named("names in compatibility form", lambda name: unicodedata.normalize("NFKC", name)),
    whole("categories equal but for case as one", "categories_complete", one_name_of(str.casefold)),
    whole("categories equal but for blanks as one", "categories_complete", one_name_of(lambda name: "".join(name.split()))),
    whole(
        "categories equal but for Unicode form as one", "categories_complete", one_name_of(lambda name: unicodedata.normalize("NFKC", name))
    ),
    whole(
        "names that look like numbers as numbers", "schema_valid", lambda d: [r.update(name=as_number(r["name"])) for r in d["categories"]]
    ),
    named("the name null as none", lambda name: "" if name == "null" else name),
)


def filed(name: str, change: Callable) -> Saboteur:
    return spoils(name, "file_names", names(lambda own, _: change(own)))


def one_file_of(change: Callable) -> Callable:
    """Images whose names are one after a change are one."""

    def spoil(document) -> None:
        first: dict = {}
        becomes = {row["id"]: first.setdefault(change(row["file_name"]), row["id"]) for row in document["images"]}
        document["images"] = [row for row in document["images"] if becomes[row["id"]] == row["id"]]
        for row in document["annotations"]:
            row["image_id"] = becomes[row["image_id"]]

    return spoil


def cut(name: str, most: int) -> str:
    path = PurePosixPath(name)
    return str(path.with_name(path.name[:most]))


FILE_NAMES = group(
    "file names",
    *(filed(f"file names cut at {most} characters", lambda name, most=most: cut(name, most)) for most in (12, 16, 31, 32, 64, 100, 254)),
    filed("endings in lower case", lambda name: str(PurePosixPath(name).with_suffix(PurePosixPath(name).suffix.lower()))),
    filed("every file with the ending .png", lambda name: str(PurePosixPath(name).with_suffix(".png"))),
    filed("file names stripped", lambda name: "/".join(part.strip() for part in name.split("/"))),
    filed("runs of blanks in file names as one", lambda name: re.sub(r" +", " ", name)),
    filed("percent signs in file names decoded", urllib.parse.unquote),
    filed("file names up to the number sign", lambda name: name.partition("#")[0]),
    filed("file names without quotes", lambda name: name.replace("'", "").replace('"', "")),
    filed("the last folder alone", lambda name: "/".join(name.split("/")[-2:])),
    whole("images of one stem as one", "images_complete", one_file_of(lambda name: str(PurePosixPath(name).with_suffix("")))),
    whole("images equal but for case as one", "images_complete", one_file_of(str.casefold)),
    whole("images equal but for Unicode form as one", "images_complete", one_file_of(lambda name: unicodedata.normalize("NFC", name))),
    whole(
        "images sorted by number",
        "images_in_order",
        lambda d: d["images"].sort(key=lambda r: [int(n) for n in re.findall(r"\d+", r["file_name"])]),
    ),
)


def sized(name: str, change: Callable) -> Saboteur:
    def spoil(document) -> None:
        for row in document["images"]:
            row["width"], row["height"] = change(row["width"], row["height"])

    return whole(name, "image_sizes", spoil)


def wrapped(bits: int, value: int) -> int:
    """A number as a signed integer of so many bits holds it."""
    return (value + (1 << bits - 1)) % (1 << bits) - (1 << bits - 1)


SIZES = group(
    "sizes",
    sized("sizes of one byte", lambda w, h: (w % 256 or 256, h % 256 or 256)),
    sized("sizes up to 255", lambda w, h: (min(w, 255), min(h, 255))),
    sized("sizes of sixteen bits", lambda w, h: (w % 65_536 or 1, h % 65_536 or 1)),
    sized("sizes of fifteen bits", lambda w, h: (w % 32_768 or 1, h % 32_768 or 1)),
    sized("sizes up to 65,535", lambda w, h: (min(w, 65_535), min(h, 65_535))),
    sized("sizes up to 32,767", lambda w, h: (min(w, 32_767), min(h, 32_767))),
    sized("sides that differ by one as equal", lambda w, h: (w, w) if abs(w - h) == 1 else (w, h)),
    sized("the longer side first over 255", lambda w, h: (max(w, h), min(w, h)) if max(w, h) > 255 else (w, h)),
    sized("sizes over 500 in multiples of 32", lambda w, h: tuple(side // 32 * 32 if side > 500 else side for side in (w, h))),
)


def remasked(name: str, change: Callable, breaks: str = "masks") -> Saboteur:
    """One that writes another mask where there is something to change: `change(mask)` gives it, or None."""

    def spoil(row) -> None:
        if "segmentation" in row:
            other = change(coco_mask.decode(row["segmentation"]).astype(bool))
            if other is not None:
                row["segmentation"] = rle(other)

    return rows(name, breaks, spoil)


def box_over(side: int) -> Callable:
    def change(mask):
        found = ndimage.find_objects(mask.astype(int))[0]
        if max(mask[found].shape) <= side:
            return None
        out = np.zeros_like(mask)
        out[found] = True
        return out

    return change


def coarse_over(side: int) -> Callable:
    def change(mask):
        if max(mask.shape) <= side:
            return None
        return np.repeat(np.repeat(mask[::2, ::2], 2, 0), 2, 1)[: mask.shape[0], : mask.shape[1]]

    return change


def runs_up_to(most: int) -> Callable:
    def change(mask):
        flat = mask.ravel(order="F").copy()
        ends = np.flatnonzero(np.diff(np.concatenate([[0], flat.astype(int), [0]])))
        for start, end in zip(ends[::2], ends[1::2], strict=True):
            flat[start + most : end] = False
        return flat.reshape(mask.shape, order="F")

    return change


def gaps_up_to(most: int) -> Callable:
    """Runs of pixels that are not set are at most so long: what follows is set."""

    def change(mask):
        return ~runs_up_to(most)(~mask)

    return change


def parts_up_to(most: int) -> Callable:
    def change(mask):
        labels, count = ndimage.label(mask, np.ones((3, 3)))
        return None if count <= most else (labels > 0) & (labels <= most)

    return change


def holes_up_to(most: int) -> Callable:
    def change(mask):
        labels, count = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)
        return None if count <= most else mask | (labels > most)

    return change


MASKS = group(
    "masks",
    *(remasked(f"masks over {side} px as boxes", box_over(side)) for side in (20, 32, 64, 100, 128, 256)),
    *(remasked(f"masks over {side} px at half the resolution", coarse_over(side)) for side in (20, 64, 256)),
    *(remasked(f"runs up to {most} px", runs_up_to(most)) for most in (15, 31, 32, 255, 511, 1023, 16_383, 32_767)),
    *(remasked(f"gaps up to {most} px", gaps_up_to(most)) for most in (31, 255, 511, 1023, 16_383, 32_767)),
    *(remasked(f"parts after the {most}th lost", parts_up_to(most)) for most in (3, 4, 8, 10, 16, 32, 50)),
    *(remasked(f"holes after the {most}th filled", holes_up_to(most)) for most in (1, 2, 3, 8, 10, 16, 32, 50)),
    remasked("masks over 32 px opened", lambda mask: ndimage.binary_opening(mask) if max(mask.shape) > 32 else None),
    remasked("lines of one pixel lost", lambda mask: ndimage.binary_opening(mask) if mask.sum() > 30 else None),
)


def in_integers(bits: int) -> Callable:
    return lambda *box: [wrapped(bits, int(value)) if value == int(value) else value for value in box]


def to_digits(value: float, digits: int) -> float:
    return float(f"{value:.{digits}g}")


BOXES = group(
    "boxes",
    boxed("boxes clipped at the left", lambda x, y, w, h: (max(x, 0.0), y, w + min(x, 0.0), h)),
    boxed("negative corners as 0", lambda x, y, w, h: (max(x, 0.0), max(y, 0.0), w, h)),
    boxed("sides up to 32,767", lambda x, y, w, h: (x, y, min(w, 32_767.0), min(h, 32_767.0))),
    boxed("sides up to 65,535", lambda x, y, w, h: (x, y, min(w, 65_535.0), min(h, 65_535.0))),
    boxed("sides up to 2^24", lambda x, y, w, h: (x, y, min(w, 2.0**24), min(h, 2.0**24))),
    boxed("sides over 2^24 as float32", lambda x, y, w, h: (x, y, *(float(np.float32(v)) if v > 2**24 else v for v in (w, h)))),
    boxed("boxes of six digits", lambda *box: [to_digits(value, 6) for value in box]),
    boxed("boxes of nine digits", lambda *box: [to_digits(value, 9) for value in box]),
    boxed("boxes rounded to six decimals", lambda *box: [round(value, 6) for value in box]),
    boxed("sides under a pixel as a pixel", lambda x, y, w, h: (x, y, max(w, 1.0), max(h, 1.0))),
    boxed("sides under a tenth of a pixel as that", lambda x, y, w, h: (x, y, max(w, 0.1), max(h, 0.1))),
    *(
        spoils(
            f"boxes clipped at the image's {side}",
            "boxes",
            lambda d, *_, place=place, key=key: [
                row["bbox"].__setitem__(place + 2, min(row["bbox"][place + 2], sizes[row["image_id"]][key] - row["bbox"][place]))
                for sizes in [{one["id"]: one for one in d["images"]}]
                for row in d["annotations"]
                if row["bbox"][place] < sizes[row["image_id"]][key]
            ],
        )
        for side, place, key in (("right", 0, "width"), ("bottom", 1, "height"))
    ),
    spoils("boxes that leave the image left out", "detections_complete", without(lambda row, _: min(row["bbox"][:2]) < 0)),
    rows("areas of 32 bits", "areas", lambda row: row.update(area=wrapped(32, int(row["area"])) if row["area"] > 2**31 else row["area"])),
    rows("areas up to 2^31 - 1", "areas", lambda row: row.update(area=min(row["area"], 2**31 - 1))),
    rows("areas of 16 bits", "areas", lambda row: row.update(area=row["area"] % 65_536 if row["area"] >= 65_536 else row["area"])),
    rows("areas as float32", "areas", lambda row: row.update(area=float(np.float32(row["area"])))),
    rows("areas of six digits", "areas", lambda row: row.update(area=to_digits(row["area"], 6))),
    rows("areas rounded down", "areas", lambda row: row.update(area=int(row["area"]))),
)


def refuses(name: str, breaks: str, wrong: Callable) -> Saboteur:
    """One that raises an error at detections of which `wrong(found)` holds, as json.dumps does at numpy's numbers."""

    class Refusing(Honest):
        def document(self, dataset, mapping):
            if any(len(found) and wrong(found) for found in dataset.annotations.values()):
                raise TypeError("Object of that type is not JSON serializable")
            return super().document(dataset, mapping)

    return replace(Saboteur(name, breaks, Refusing), raises=True)


def only_if_the_first_has(key: str) -> Callable:
    def spoil(document) -> None:
        if not any(key in row for row in document["annotations"] if row["image_id"] == 1):
            for row in document["annotations"]:
                row.pop(key, None)

    return spoil


def flag_only_if_the_first_has(document, dataset, mapping) -> None:
    first = next(iter(dataset.annotations.values()), None)
    if first is None or "iscrowd" not in first.data:
        for row in document["annotations"]:
            row["iscrowd"] = 0


def attributes(name: str, change: Callable) -> Saboteur:
    """One that writes another value of a column: `change(value)` gives it."""

    def spoil(row) -> None:
        if "attributes" in row:
            row["attributes"] = {key: change(value) for key, value in row["attributes"].items()}

    return rows(name, "data_columns", spoil)


def listed(value: object, change: Callable) -> object:
    return change(value) if isinstance(value, list) else value


def own_fields_win(row) -> None:
    row["attributes"] = {key: value for key, value in row.get("attributes", {}).items() if key not in row and key != "score"}


COLUMNS = group(
    "types and columns",
    refuses("float32 scores refused", "scores", lambda found: found.confidence is not None and found.confidence.dtype == np.float32),
    refuses("float16 scores refused", "scores", lambda found: found.confidence is not None and found.confidence.dtype == np.float16),
    refuses("bool crowd flags refused", "crowd_flags", lambda found: found.data.get("iscrowd", np.zeros(1)).dtype == bool),
    refuses("crowd flags of one byte refused", "crowd_flags", lambda found: found.data.get("iscrowd", np.zeros(1)).dtype == np.uint8),
    refuses("float32 boxes refused", "boxes", lambda found: found.xyxy.dtype == np.float32),
    refuses("bool columns refused", "data_columns", lambda found: any(np.asarray(c).dtype == bool for c in found.data.values())),
    refuses("columns of two dimensions refused", "data_columns", lambda found: any(np.ndim(c) == 2 for c in found.data.values())),
    refuses(
        "columns of three dimensions refused", "data_columns", lambda f: any(np.ndim(c) == 3 for k, c in f.data.items() if k != "xyxyxyxy")
    ),
    refuses("float32 columns refused", "data_columns", lambda found: any(np.asarray(c).dtype == np.float32 for c in found.data.values())),
    rows("scores of six digits", "scores", lambda row: row.update(score=to_digits(row.get("score", 0.0), 6))),
    rows("scores up to 0.999", "scores", lambda row: row.update(score=min(row.get("score", 0.0), 0.999))),
    rows("scores of 0 left out", "scores", lambda row: row.get("score") or row.pop("score", None)),
    whole("scores only if the first image has them", "scores", only_if_the_first_has("score")),
    whole("tracker ids only if the first image has them", "track_ids", only_if_the_first_has("track_id")),
    whole("columns only if the first image has them", "data_columns", only_if_the_first_has("attributes")),
    spoils("crowd flags only if the first image has them", "crowd_flags", flag_only_if_the_first_has),
    rows("tracker ids of 32 bits", "track_ids", lambda row: row.update(track_id=wrapped(32, row.get("track_id", 0)))),
    rows("tracker ids as float64", "track_ids", lambda row: row.update(track_id=int(float(row.get("track_id", 0))))),
    rows("tracker id 0 left out", "track_ids", lambda row: row.get("track_id") or row.pop("track_id", None)),
    attributes("columns of two dimensions left out", lambda value: listed(value, lambda _: None)),
    attributes("the first number of a column of two dimensions", lambda value: listed(value, lambda own: own[0])),
    attributes(
        "columns of three dimensions flattened",
        lambda v: listed(v, lambda own: [x for row in own for x in row] if isinstance(own[0], list) else own),
    ),
    attributes("bools as numbers", lambda value: int(value) if isinstance(value, bool) else value),
    attributes(
        "bools in columns of two dimensions as numbers",
        lambda v: listed(v, lambda own: [int(x) if isinstance(x, bool) else x for x in own]),
    ),
    attributes("whole numbers as fractions", lambda value: float(value) / 3 * 3 if type(value) is int else value),
    attributes("whole numbers over 2^53 as float64", lambda value: int(float(value)) if type(value) is int else value),
    attributes("whole numbers of 32 bits", lambda value: wrapped(32, value) if type(value) is int else value),
    attributes("whole numbers of one signed byte", lambda value: wrapped(8, value) if type(value) is int and 0 < value < 256 else value),
    attributes("numbers as text", lambda value: str(value) if isinstance(value, float) else value),
    attributes("numbers of six digits", lambda value: to_digits(value, 6) if isinstance(value, float) else value),
    attributes("text cut at 32 characters", lambda value: value[:32] if isinstance(value, str) else value),
    attributes("text cut at 255 characters", lambda value: value[:255] if isinstance(value, str) else value),
    attributes("empty text as none", lambda value: None if value == "" else value),
    attributes("text of a number as the number", lambda value: int(value) if isinstance(value, str) and value.isdecimal() else value),
    attributes("line breaks in text lost", lambda value: value.replace("\n", "") if isinstance(value, str) else value),
    rows("columns named like a field left out", "data_columns", own_fields_win),
    whole(
        "oriented boxes of the first image alone",
        "oriented_boxes",
        lambda d: [r.pop("obb", None) for r in d["annotations"] if r["image_id"] > 1],
    ),
    rows(
        "oriented boxes of six digits", "oriented_boxes", lambda row: row.update(obb=[to_digits(value, 6) for value in row.get("obb", [])])
    ),
)


def categories(name: str, breaks: str, change: Callable) -> Saboteur:
    def spoil(document) -> None:
        for row in document["categories"]:
            change(row, document["categories"])

    return whole(name, breaks, spoil)


def ids_changed(change: Callable) -> Callable:
    def spoil(document) -> None:
        for row in document["categories"]:
            row["id"] = change(row["id"])
        for row in document["annotations"]:
            row["category_id"] = change(row["category_id"])

    return spoil


def unused_moved_last(document) -> None:
    used = {row["category_id"] for row in document["annotations"]}
    document["categories"].sort(key=lambda row: row["id"] not in used)


def emptied(picked: Callable) -> Callable:
    """Without images that have no annotation and are picked: `picked(images)` gives the candidates."""

    def spoil(document) -> None:
        used = {row["image_id"] for row in document["annotations"]}
        out = {row["id"] for row in picked(document["images"])} - used
        document["images"] = [row for row in document["images"] if row["id"] not in out]

    return spoil


MAPPINGS = group(
    "mapping and empty images",
    categories(
        "the first supercategory for all", "supercategories", lambda r, d: r.update(supercategory=d[0].get("supercategory", "thing"))
    ),
    categories("the name as supercategory", "supercategories", lambda r, _: r.update(supercategory=r["name"])),
    whole("category ids of 32 bits", "category_ids", ids_changed(lambda number: wrapped(32, number) % 2**31)),
    whole("category ids as float32", "category_ids", ids_changed(lambda number: int(np.float32(number)))),
    whole("categories sorted by id", "categories_in_order", lambda d: d["categories"].sort(key=lambda row: row["id"])),
    whole("categories not in use last", "categories_in_order", unused_moved_last),
    whole("the first image left out if empty", "images_complete", emptied(lambda images: images[:1])),
    whole("the last image left out if empty", "images_complete", emptied(lambda images: images[-1:])),
    whole("empty images after the tenth left out", "images_complete", emptied(lambda images: images[10:])),
)

SCALE: tuple[Saboteur, ...] = (
    *IMAGES,
    *DETECTIONS,
    *CLASSES,
    *CLASS_NAMES,
    *FILE_NAMES,
    *SIZES,
    *MASKS,
    *BOXES,
    *COLUMNS,
    *MAPPINGS,
)
"""Those that depend on what a dataset has."""
