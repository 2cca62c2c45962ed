"""One defect for each rule, to be seeded into a copy of a real file that does not have it."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cocoproof.reading.strict_text import MAX_DEPTH

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["BASES", "SEEDS", "TRUTH", "Seed"]

Json = Any
"""A document as json.load gives it."""

COCO = "MiXaiLL76__faster_coco_eval__instances_val2014_100.json"
KEYPOINTS = "MiXaiLL76__faster_coco_eval__tests-keypoints_dataset-gt_dataset.json"
GETI = "openvinotoolkit__geti-sdk__instances_NONE.json"
SMALL = "lightly-ai__labelformat__instances.json"
CAPTIONS = "openvinotoolkit__datumaro__captions_val.json"
PANOPTIC = "openvinotoolkit__datumaro__panoptic_train.json"
BOXES = "cocodataset__cocoapi__instances_val2014_fakebbox100_results.json"
MASKS = "cocodataset__cocoapi__instances_val2014_fakesegm100_results.json"
BASES = (COCO, KEYPOINTS, GETI, SMALL, CAPTIONS, PANOPTIC, BOXES, MASKS)
TRUTH = {BOXES: COCO, MASKS: COCO}

ONE = 10
"""An annotation of the COCO file: one polygon, not a crowd, well within its image."""
CROWD = 830
"""The first crowd of the COCO file, an uncompressed RLE."""


@dataclass(frozen=True)
class Seed:
    """A defect.

    Attributes:
        code: The rule that must find it.
        base: The file that it is seeded into.
        plant: Changes the document and returns the pointer where it must be found.
        follows: Codes of errors that are true consequences.
        text: Changes the text afterwards, for what JSON values cannot hold.
        lock: Whether the file before the change is the expected category list.
        contiguous: Whether contiguous category ids are asked for.
        why: Why the consequences are true ones.
    """

    code: str
    base: str
    plant: Callable[[Json], str]
    follows: frozenset[str] = frozenset()
    text: Callable[[bytes], bytes] | None = None
    lock: bool = False
    contiguous: bool = False
    why: str = ""


def at(field: str = "", row: int = ONE) -> str:
    return f"/annotations/{row}" + (f"/{field}" if field else "")


def other_case(document: Json) -> str:
    """A file name that is another's in capitals."""
    images = document["images"]
    images[7]["file_name"] = images[3]["file_name"].swapcase()
    return "/images/7/file_name"


def put(value: object, field: str, row: int = ONE, section: str = "annotations") -> Callable[[Json], str]:
    """Set one field of one row."""

    def plant(document: Json) -> str:
        document[section][row][field] = value
        return f"/{section}/{row}/{field}"

    return plant


def drop(field: str, row: int = ONE) -> Callable[[Json], str]:
    def plant(document: Json) -> str:
        del document["annotations"][row][field]
        return at(row=row)

    return plant


def box(change: Callable[[float, float, float, float, Json], list[float]]) -> Callable[[Json], str]:
    """Change a box, knowing its image."""

    def plant(document: Json) -> str:
        row = document["annotations"][ONE]
        image = next(image for image in document["images"] if image["id"] == row["image_id"])
        row["bbox"] = change(*row["bbox"], image)
        return at("bbox")

    return plant


def polygon(change: Callable[[list[float], list[float]], list[float]], place: str = "segmentation/0") -> Callable[[Json], str]:
    """Change the polygon, knowing the box."""

    def plant(document: Json) -> str:
        row = document["annotations"][ONE]
        row["segmentation"] = [change(row["segmentation"][0], row["bbox"])]
        return at(place)

    return plant


def crowd(change: Callable[[dict[str, Any]], dict[str, Any]], place: str) -> Callable[[Json], str]:
    def plant(document: Json) -> str:
        row = document["annotations"][CROWD]
        row["segmentation"] = change(row["segmentation"])
        return at(place, CROWD)

    return plant


def keypoints(change: Callable[[list[float], Json], str]) -> Callable[[Json], str]:
    def plant(document: Json) -> str:
        return "/annotations/0/keypoints" + change(document["annotations"][0]["keypoints"], document["images"][0])

    return plant


def nothing(document: Json) -> str:
    del document
    return ""


def without(key: str) -> Callable[[Json], str]:
    def plant(document: Json) -> str:
        del document[key]
        return ""

    return plant


def another(section: str, row: int, changes: dict[str, Any], place: str) -> Callable[[Json], str]:
    """Append a copy of a row, changed."""

    def plant(document: Json) -> str:
        rows = document[section]
        rows.append(copy.deepcopy(rows[row]) | changes)
        return f"/{section}/{len(rows) - 1}" + (f"/{place}" if place else "")

    return plant


def category(changes: dict[str, Any], place: str) -> Callable[[Json], str]:
    return another("categories", 0, {"name": "unicorn"} | changes, place)


def same_id(document: Json) -> str:
    rows = document["annotations"]
    rows[ONE + 1]["id"] = rows[ONE]["id"]
    return at("id", ONE + 1)


def same_file(document: Json) -> str:
    document["images"][7]["file_name"] = document["images"][2]["file_name"]
    return "/images/7/file_name"


def near_copy(document: Json) -> str:
    row = copy.deepcopy(document["annotations"][ONE])
    row["id"] = 1
    row["bbox"][2] += 1
    document["annotations"].append(row)
    return at("bbox", len(document["annotations"]) - 1)


def swap_rows(document: Json) -> str:
    rows = document["categories"]
    rows[3], rows[4] = rows[4], rows[3]
    return "/categories/3/name"


def swap_rows_ids(document: Json) -> str:
    swap_rows(document)
    return "/categories/4/id"


def swap_ids(document: Json) -> str:
    first, second = document["categories"][3], document["categories"][4]
    first["id"], second["id"] = second["id"], first["id"]
    return "/categories/3/id"


def lose_unused(document: Json) -> str:
    used = {row["category_id"] for row in document["annotations"]}
    unused = next(row for row in document["categories"] if row["id"] not in used)
    document["categories"].remove(unused)
    return "/categories"


def renumber(change: Callable[[int], int], place: str) -> Callable[[Json], str]:
    """Change the ids of categories, and the references to them."""

    def plant(document: Json) -> str:
        for row in document["categories"]:
            row["id"] = change(row["id"])
        for row in document["annotations"]:
            row["category_id"] = change(row["category_id"])
        return place

    return plant


def lose_annotation(document: Json) -> str:
    del document["annotations"][ONE]
    return "/annotations"


def lose_image(document: Json) -> str:
    lost = document["images"].pop(7)["id"]
    document["annotations"] = [row for row in document["annotations"] if row["image_id"] != lost]
    for number, row in enumerate(document["annotations"], 1):
        row["id"] = number
    return "/images"


def to_corners(document: Json) -> str:
    for row in document["annotations"]:
        x, y, width, height = row["bbox"]
        row["bbox"] = [x, y, x + width, y + height]
    return at("bbox", 0)


def to_fractions(document: Json) -> str:
    sizes = {image["id"]: (image["width"], image["height"]) for image in document["images"]}
    for row in document["annotations"]:
        width, height = sizes[row["image_id"]]
        x, y, w, h = row["bbox"]
        row["bbox"] = [x / width, y / height, w / width, h / height]
    return at("bbox", 0)


def ring_as_crowd(document: Json) -> str:
    """A mask with a hole under iscrowd 1, as supervision writes it, in a file of single polygons."""
    row = document["annotations"][0]
    image = next(image for image in document["images"] if image["id"] == row["image_id"])
    height = image["height"]
    x, y, width, height_of = 10, 20, 30, 40
    runs = [x * height + y]
    for column in range(width):
        holed = 10 <= column < 20
        runs += [10, 20, 10] if holed else [height_of]
        runs.append(height - height_of)
    runs[-1] = image["width"] * height - sum(runs[:-1])
    row |= {"segmentation": {"size": [height, image["width"]], "counts": runs}, "iscrowd": 1, "bbox": [x, y, width, height_of]}
    row["area"] = 30 * 40 - 10 * 20
    return at("iscrowd", 0)


def shorter(points: list[float], image: Json) -> str:
    del image, points[-3:]
    return ""


def odd_visibility(points: list[float], image: Json) -> str:
    del image
    points[2] = 3
    return "/2"


def off_image(points: list[float], image: Json) -> str:
    points[0] = image["width"] + 50
    return "/0"


def unlabelled(points: list[float], image: Json) -> str:
    del image
    place = next(k for k in range(0, len(points), 3) if points[k : k + 3] == [0, 0, 0])
    points[place : place + 2] = [5, 6]
    return f"/{place}"


def from_zero(document: Json) -> str:
    skeleton = document["categories"][0]["skeleton"]
    edges = [[a - 1, b - 1] for a, b in skeleton]
    document["categories"][0]["skeleton"] = edges
    place = next((k, end) for k, edge in enumerate(edges) for end in (0, 1) if edge[end] == 0)
    return f"/categories/0/skeleton/{place[0]}/{place[1]}"


def undefined(document: Json) -> str:
    document["categories"].append({"id": 2, "name": "dog", "supercategory": "animal"})
    document["annotations"][3]["category_id"] = 2
    return at("keypoints", 3)


def result(value: object, field: str) -> Callable[[Json], str]:
    def plant(document: Json) -> str:
        document[5][field] = value
        return f"/5/{field}"

    return plant


def mask_among_boxes(document: Json) -> str:
    row = document[5]
    del row["bbox"]
    row["segmentation"] = {"size": [426, 640], "counts": [1000, 100, 271540]}  # the size of its image
    return "/5"


def many(document: Json) -> str:
    document.extend(copy.deepcopy(document[5]) for _ in range(150))
    return f"/{next(k for k, row in enumerate(document) if row['image_id'] == document[5]['image_id'])}"


def two_segments(document: Json) -> str:
    segments = document["annotations"][0]["segments_info"]
    segments.append(segments[0] | {"category_id": 2})
    return "/annotations/0/segments_info/1/id"


def crowd_of_stuff(document: Json) -> str:
    document["annotations"][0]["segments_info"][0]["iscrowd"] = 1
    return "/annotations/0/segments_info/0/iscrowd"


def no_kind(document: Json) -> str:
    for key in ("images", "annotations", "categories"):
        document[f"{key}_"] = document.pop(key)
    return ""


def nested(document: Json) -> str:
    document["annotations"][ONE]["tree"] = "tree"
    return at("tree") + "/0" * (MAX_DEPTH - 3)


def twice(document: Json) -> str:
    document["annotations"][ONE]["second area"] = 1
    return at("area")


_LOAD = frozenset({"COCO901", "COCO904"})
_PYTHON = "Python's json refuses the text, and so do pycocotools and supervision"

SEEDS: tuple[Seed, ...] = (
    Seed("COCO001", COCO, nothing, text=lambda text: text[:0]),
    Seed("COCO002", COCO, nothing, text=lambda text: text[:-200]),
    Seed(
        "COCO003",
        COCO,
        put("\ud83d.jpg", "file_name", 3, "images"),
        frozenset({"COCO904"}),
        why="supervision makes a path of it, which cannot be encoded",
    ),
    Seed("COCO004", COCO, nothing, _LOAD, lambda text: b"\xef\xbb\xbf" + text, why=_PYTHON),
    Seed("COCO005", COCO, twice, text=lambda text: text.replace(b'"second area"', b'"area"')),
    Seed("COCO006", COCO, put(float("nan"), "area")),
    Seed("COCO007", COCO, put(2**60, "id")),
    Seed(
        "COCO008",
        COCO,
        nested,
        _LOAD,
        lambda text: text.replace(b'"tree": "tree"', b'"tree": ' + b"[" * 1200 + b"]" * 1200),
        why=_PYTHON,
    ),
    Seed("COCO101", COCO, without("categories"), frozenset({"COCO904"}), why="supervision reads document['categories']"),
    Seed("COCO102", COCO, drop("bbox"), frozenset({"COCO904"}), why="supervision reads annotation['bbox']"),
    Seed("COCO103", COCO, put("42", "image_id"), frozenset({"COCO902"}), why='to pycocotools "42" is no image'),
    Seed("COCO104", COCO, put([4, 5, 20], "bbox"), frozenset({"COCO904"}), why="supervision unpacks four numbers"),
    Seed("COCO105", COCO, put(7, "iscrowd")),
    Seed("COCO106", COCO, drop("area")),
    Seed("COCO107", COCO, without("info")),
    Seed("COCO108", COCO, lambda document: document.update(videos=[]) or "/videos"),
    Seed("COCO109", COCO, no_kind),
    Seed(
        "COCO201",
        COCO,
        another("images", 0, {"file_name": "another.jpg"}, "id"),
        frozenset({"COCO902"}),
        why="pycocotools keeps one of the two",
    ),
    Seed("COCO202", COCO, same_id, frozenset({"COCO902", "COCO903"}), why="pycocotools keeps one of the two, and matches it twice"),
    Seed("COCO203", COCO, category({}, "id"), frozenset({"COCO902"}), why="pycocotools keeps one of the two"),
    Seed("COCO204", COCO, category({"id": 91, "name": "person"}, "name"), frozenset({"COCO904"}), why="supervision goes by name"),
    Seed("COCO205", COCO, same_file, frozenset({"COCO904"}), why="supervision refuses a file_name that stands twice"),
    Seed("COCO206", COCO, another("annotations", ONE, {"id": 1}, "")),
    Seed("COCO207", COCO, put(0, "id"), frozenset({"COCO903"}), why="the annotation does not match itself"),
    Seed("COCO208", COCO, put(" ", "name", 5, "categories")),
    Seed("COCO209", COCO, category({"id": 91, "name": "Person"}, "name")),
    Seed("COCO210", COCO, near_copy),
    Seed("COCO301", COCO, put(999_999, "image_id"), frozenset({"COCO902"}), why="pycocotools finds it under no image"),
    Seed(
        "COCO302",
        COCO,
        put(91, "category_id"),
        frozenset({"COCO902", "COCO904"}),
        why="pycocotools finds it under no category, supervision raises KeyError",
    ),
    Seed("COCO303", COCO, put(99, "license", 3, "images")),
    Seed("COCO304", COCO, category({"id": 91}, "")),
    Seed("COCO305", COCO, another("images", 0, {"id": 1, "file_name": "another.jpg"}, "")),
    Seed("COCO401", COCO, swap_rows, lock=True),
    Seed("COCO402", COCO, lose_unused, lock=True),
    Seed("COCO403", COCO, category({"id": 91}, "name"), lock=True),
    Seed("COCO404", GETI, renumber(lambda old: {2: 7}.get(old, old), "/categories"), contiguous=True),
    Seed("COCO405", COCO, swap_rows_ids),
    Seed("COCO406", GETI, renumber(lambda old: old - 1, "/categories/0/id")),
    Seed("COCO410", GETI, renumber(lambda old: old - 1, "/categories/0/id")),
    Seed("COCO407", GETI, lose_annotation),
    Seed("COCO408", GETI, lose_image),
    Seed("COCO409", COCO, swap_ids, lock=True),
    Seed("COCO501", COCO, box(lambda x, y, _w, h, _: [x, y, 0, h]), frozenset({"COCO903"}), why="such a box matches nothing"),
    Seed("COCO502", COCO, box(lambda x, y, _w, h, image: [x, y, image["width"] - x + 30, h])),
    Seed("COCO503", COCO, box(lambda _x, y, w, h, image: [image["width"] + 5, y, w, h])),
    Seed("COCO504", COCO, to_corners),
    Seed("COCO505", COCO, to_fractions),
    Seed(
        "COCO506", COCO, lambda document: document["annotations"][ONE].update(area=document["annotations"][ONE]["area"] * 4) or at("area")
    ),
    Seed("COCO507", COCO, put(-320, "area")),
    Seed("COCO508", COCO, box(lambda x, y, w, h, _: [x, y, w - 12, h])),
    Seed("COCO509", COCO, box(lambda x, y, w, _h, _: [x, y, w, w / 21])),
    Seed("COCO510", COCO, box(lambda x, y, _w, h, _: [x, y, 0.5, h])),
    Seed("COCO601", COCO, polygon(lambda ring, _: ring[:-1])),
    Seed("COCO602", COCO, polygon(lambda ring, _: ring[:4])),
    Seed("COCO603", COCO, polygon(lambda ring, _: [-30, *ring[1:]], "segmentation/0/0")),
    Seed(
        "COCO604",
        COCO,
        polygon(lambda _, box: [box[0], box[1], box[0] + box[2], box[1] + box[3], box[0] + box[2] / 2, box[1] + box[3] / 2]),
    ),
    Seed(
        "COCO605",
        COCO,
        polygon(lambda _, box: [box[0], box[1], box[0] + box[2], box[1] + box[3], box[0] + box[2], box[1], box[0], box[1] + box[3]]),
    ),
    Seed("COCO606", COCO, put([], "segmentation")),
    Seed("COCO607", COCO, crowd(lambda rle: rle | {"size": rle["size"][::-1]}, "segmentation/size")),
    Seed(
        "COCO608",
        COCO,
        crowd(lambda rle: rle | {"counts": [*rle["counts"][:-1], rle["counts"][-1] + 1]}, "segmentation/counts"),
        frozenset({"COCO904"}),
        why="supervision sums the counts",
    ),
    Seed(
        "COCO609",
        COCO,
        crowd(lambda rle: rle | {"counts": [rle["counts"][0], -5, *rle["counts"][2:]]}, "segmentation/counts"),
        frozenset({"COCO904"}),
        why="supervision sums the counts",
    ),
    Seed("COCO610", COCO, lambda document: put(1, "iscrowd")(document) and at("segmentation")),
    Seed("COCO611", COCO, crowd(lambda rle: rle | {"counts": [rle["size"][0] * rle["size"][1]]}, "segmentation")),
    Seed("COCO612", SMALL, ring_as_crowd),
    Seed("COCO701", KEYPOINTS, keypoints(shorter)),
    Seed("COCO702", KEYPOINTS, put(17, "num_keypoints", 0)),
    Seed("COCO703", KEYPOINTS, keypoints(odd_visibility)),
    Seed("COCO704", KEYPOINTS, keypoints(off_image)),
    Seed("COCO705", KEYPOINTS, from_zero),
    Seed("COCO706", KEYPOINTS, keypoints(unlabelled)),
    Seed("COCO707", KEYPOINTS, undefined),
    Seed("COCO806", COCO, other_case),
    Seed("COCO805", COCO, put("../a.jpg", "file_name", 5, "images"), frozenset({"COCO904"}), why="supervision refuses a path that climbs"),
    Seed("COCO901", CAPTIONS, lambda document: document["annotations"][0].pop("id") and "", frozenset({"COCO102"}), why="that is why"),
    Seed("COCO902", COCO, put(999_999, "image_id"), frozenset({"COCO301"}), why="that is why"),
    Seed("COCO903", COCO, put(0, "id"), frozenset({"COCO207"}), why="that is why"),
    Seed("COCO904", COCO, lambda document: same_file(document) and "", frozenset({"COCO205"}), why="that is why"),
    Seed("COCO905", COCO, put(999_999, "image_id"), frozenset({"COCO301", "COCO902"}), why="that is why"),
    Seed("COCO911", BOXES, result(1, "image_id"), frozenset({"COCO901"}), why="loadRes refuses the list"),
    Seed("COCO912", BOXES, result(12, "category_id"), frozenset({"COCO902"}), why="pycocotools finds it under no category"),
    Seed("COCO913", BOXES, result(1.5, "score")),
    Seed("COCO914", BOXES, mask_among_boxes, frozenset({"COCO901"}), why="loadRes looks for the box of each"),
    Seed("COCO915", BOXES, many),
    Seed("COCO921", PANOPTIC, two_segments),
    Seed("COCO923", PANOPTIC, crowd_of_stuff),
)
"""In the order of the codes. COCO999 is not seeded into a file: a rule is made to fail."""
