"""A baseline accepts a defect, and not another one of the same rule in the same place: another wrong value is another defect.

For each rule there are pairs of files, drawn by a seed. Both break the rule at the same row; what is wrong differs. The first file's
defects are accepted, and the second must have a new finding of that rule. The rules in `OF_THE_FILE` have no such pair, each for a reason.
"""

from __future__ import annotations

import io
import json
import random
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from cocoproof.checking.baseline import Baseline
from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.checking.image_sources import ImageOptions
from cocoproof.dataset_contract import interpret
from cocoproof.images.png_writer import black_png, pattern_png, segments_png
from cocoproof.mapping import Category, CategoryList
from cocoproof.model.findings import Kind
from cocoproof.profiles import resolve_policy
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.document import read
from cocoproof.reading.source import Source, read_document
from cocoproof.rules.catalogue import RULES, select
from cocoproof.rules.earlier_splits import EarlierSplits
from cocoproof.rules.examples import (
    GONE,
    captions,
    crowd_pose,
    dataset,
    dense_pose,
    keypoint_dataset,
    lvis,
    panoptic,
    results,
    tracked,
    video,
    whole_body,
)
from cocoproof.rules.result_meaning import EXAMPLE_RESULTS
from cocoproof.rules.split_examples import EARLIER as SPLIT
from cocoproof.rules.split_examples import of_images

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Dice = random.Random
Pair = tuple[Any, Any]
HERE = str(Path.cwd())
SEEDS = 4
_BOX = {"bbox": [4, 5, 20, 16]}

OF_THE_FILE = {
    **dict.fromkeys(("COCO001", "COCO002", "COCO109", "COCO999"), "never accepted"),
    **dict.fromkeys(("COCO004", "COCO610", "COCO612", "COCO606"), "there is one wrong value alone"),
    "COCO007": "ids have no part in a fingerprint, however large; a reference that leads nowhere is COCO301 or COCO302",
    "COCO810": "the wrong value is in the pixels, and a fingerprint has the name of the image and the cause",
    "COCO121": "an attribute is absent; the row and the name of the attribute say what",
    "COCO207": "the id 0 is the only wrong value, and whichever row comes first has it",
    **dict.fromkeys(("COCO407", "COCO408"), "each row that is removed leaves another gap"),
    **dict.fromkeys(("COCO504", "COCO505"), "the form is that of all boxes of the file"),
    **dict.fromkeys(("COCO106", "COCO107", "COCO304", "COCO305", "COCO801"), "something is absent; a row and a field say what"),
    "COCO802": "of a file that does not decode nothing more is known that is the same with every decoder",
    **dict.fromkeys(("COCO901", "COCO903", "COCO904", "COCO905"), "accepted for the file as a whole, see docs/baseline.md"),
    **dict.fromkeys(
        ("COCO306", "COCO307", "COCO411", "COCO613", "COCO614"), "a property of the file as a whole, which counts do not change"
    ),
    "COCO954": "every box is upright, or not",
    "COCO511": "the sizes of all images are exchanged, or not; of some images see tests/rules/test_image_sizes.py",
    "COCO213": "a blank caption is the only wrong value",
    "COCO920": "that results repeat each other is a property of the list; which and how many do depends on the model",
    "COCO902": "told by the row and its mask, or by the two rows that share an id, as COCO201 to COCO203 are",
}


def two(dice: Dice, values: Sequence[Any]) -> tuple[Any, Any]:
    first, second = dice.sample(list(values), 2)
    return first, second


def by(make: Callable[[Any], Any], values: Sequence[Any]) -> Callable[[Dice], Pair]:
    """Pairs of documents that differ in one value."""

    def pair(dice: Dice) -> Pair:
        first, second = two(dice, values)
        return make(first), make(second)

    return pair


def row(field: str, values: Sequence[Any], **others: Any) -> Callable[[Dice], Pair]:
    return by(lambda value: dataset([{}, {field: value, **others}, {}]), values)


def text(old: str, *new: str) -> Callable[[Dice], Pair]:
    """Pairs of texts, for what JSON values cannot show."""
    return by(lambda value: json.dumps(dataset([{"area": 320}])).replace(old, value, 1).encode(), new)


def image(field: str, values: Sequence[Any]) -> Callable[[Dice], Pair]:
    return by(lambda value: dataset(images=[{}, {field: value}]), values)


def sized(others: Any, sizes: Sequence[tuple[int, int]]) -> Callable[[Dice], Pair]:
    """The same annotation on an image of another size."""
    return by(lambda size: dataset([others], images=[{"width": size[0], "height": size[1]}]), sizes)


def categories(orders: Sequence[Sequence[tuple[int, str]]]) -> Callable[[Dice], Pair]:
    return by(lambda order: dataset([], categories=[{"id": number, "name": name} for number, name in order]), orders)


RING = [4, 5, 24, 5, 24, 21, 4, 21]
EARLIER = SPLIT | {
    "videos": [*SPLIT["videos"], {"id": 4, "name": "park"}, {"id": 5, "name": "lake"}],
    "images": [
        *SPLIT["images"],
        {"id": 3, "width": 64, "height": 48, "file_name": "3.jpg"},
        *(
            {"id": k, "width": 64, "height": 48, "file_name": f"{name}_frame_10.jpg", "video_id": k}
            for k, name in enumerate(("park", "lake"), 4)
        ),
    ],
}
LIST = CategoryList(tuple(Category(k, name) for k, name in enumerate(("cat", "dog", "bird", "horse"), 1)))
ORDERS = [[1, 2, 3, 0], [1, 0, 2, 3], [1, 0, 3, 2], [3, 2, 1, 0], [0, 2, 1, 3], [2, 3, 0, 1]]
"""Places of the list's names in the file."""
CYCLES = [[2, 3, 4, 1], [3, 4, 1, 2], [4, 1, 2, 3], [2, 1, 4, 3], [2, 4, 1, 3], [9, 3, 4, 2]]
"""Ids of the list's names in the file."""


def shared(names: Sequence[str], make: Callable[[str, str], Any]) -> Callable[[Dice], Pair]:
    """The same row shares something with one row, and then with another."""

    def pair(dice: Dice) -> Pair:
        own, first, second = dice.sample(list(names), 3)
        return make(own, first), make(own, second)

    return pair


def same_id(section: str, key: str, extra: Any) -> Callable[[str, str], Any]:
    def make(own: str, other: str) -> Any:
        names = sorted({"a", "b", "c", "d"} | {own, other})
        rows = [{**extra(k), "id": 50 if name in {own, other} else 60 + k, key: name} for k, name in enumerate(names)]
        return dataset([]) | {section: rows}

    return make


def same_annotation_id(own: str, other: str) -> Any:
    boxes = {"a": 1, "b": 9, "c": 17, "d": 25}
    rows = [{"id": 50 if name in {own, other} else 60 + x, "bbox": [x, 5, 6, 6], "segmentation": GONE} for name, x in boxes.items()]
    return dataset(rows)


def confusable(own: str, other: str) -> Any:
    spelt = {"a": "cat", "b": "Cat", "c": "CAT", "d": "cAT"}
    return dataset([], categories=[{"name": spelt[own]}, {"name": spelt[other]}])


def colliding(own: str, other: str) -> Any:
    spelt = {"a": "x.jpg", "b": "X.jpg", "c": "x.JPG", "d": "X.JPG"}
    return dataset([], images=[{"file_name": spelt[own]}, {"file_name": spelt[other]}])


def written_otherwise(own: str, other: str) -> Any:
    spelt = {"a": "a.jpg", "b": "./a.jpg", "c": ".//a.jpg", "d": "././a.jpg"}
    return dataset([], images=[{"file_name": spelt[own]}, {"file_name": spelt[other]}])


def near(own: str, other: str) -> Any:
    boxes = {"a": [0, 0, 40, 20], "b": [0, 0, 41, 20], "c": [0, 0, 40, 20.5], "d": [0, 0, 40.5, 20]}
    return dataset([{"bbox": boxes[name], "segmentation": GONE} for name in (own, other)])


def same_segment_id(own: str, other: str) -> Any:
    areas = {"a": 10, "b": 20, "c": 30, "d": 40}
    return panoptic([{"id": 5 if name in {own, other} else 60 + area, "category_id": 1, "area": area} for name, area in areas.items()])


def duplicates(dice: Dice) -> Pair:
    x = dice.randint(1, 20)
    one, other = ({"bbox": [x + k, 5, 20, 16], "segmentation": GONE} for k in range(2))
    return dataset([one, one, other]), dataset([one, other, other])


LETTERS = ("a", "b", "c", "d")
NO_MASK: dict[str, Any] = {"segmentation": GONE}
SKELETONS = [[[0, 1]], [[1, 9]], [[0, 2]], [[-1, 3]], [[1, 4], [4, 2]]]


def changed_results(change: Callable[[Any, Any], Any]) -> Callable[[Any], Any]:
    """The rules' perfect results, each row changed by a value."""
    return lambda value: [row | change(row, value) for row in EXAMPLE_RESULTS]


PAIRS: dict[str, Callable[[Dice], Pair]] = {
    "COCO003": text("1.jpg", "\\ud83d.jpg", "\\ud83e.jpg", "\\udc01.jpg"),
    "COCO005": text('"area": 320', *(f'"area": {k}, "area": 320' for k in (1, 2, 3)), '"area": 320, "area": 7'),
    "COCO006": text('"area": 320', '"area": NaN', '"area": Infinity', '"area": -Infinity', '"area": 1e999', '"area": -1e400'),
    "COCO008": by(
        lambda depth: json.dumps(dataset()).replace('"area": 320', f'"area": 320, "tree": {"[" * depth}{"]" * depth}').encode(),
        [1200, 1300, 1400],
    ),
    "COCO101": by(lambda name: dataset(document={name: GONE}), ["images", "categories"]),
    "COCO102": by(lambda name: dataset([{}, {name: GONE}]), ["image_id", "category_id", "bbox", "id"]),
    "COCO103": row("area", ["7", "8", None, True, [1]]),
    "COCO104": row("bbox", [[4, 5, 20], [4, 5, 21], [4, 5, 20, 16, 1], [4, 5, 20, 16, 2]]),
    "COCO105": row("iscrowd", [2, 7, -1, 100]),
    "COCO108": by(lambda key: dataset(document={key: []}), ["movies", "x", "Images", "scenes"]),
    "COCO201": shared(LETTERS, same_id("images", "file_name", lambda _: {"width": 64, "height": 48})),
    "COCO202": shared(LETTERS, same_annotation_id),
    "COCO203": shared(LETTERS, same_id("categories", "name", lambda _: {"supercategory": ""})),
    "COCO204": by(lambda name: dataset([], categories=[{"name": name}, {"name": name}]), ["cat", "dog", "bird"]),
    "COCO205": shared(LETTERS, written_otherwise),
    "COCO206": duplicates,
    "COCO208": by(lambda name: dataset([], categories=[{}, {"name": name}]), ["", " ", "\t", "\u200b"]),
    "COCO209": shared(LETTERS, confusable),
    "COCO210": shared(LETTERS, near),
    "COCO301": row("image_id", [9, 77, -1, 500]),
    "COCO302": row("category_id", [9, 77, -1, 500]),
    "COCO308": by(lambda moved: dataset([{"category_id": k + moved} for k in (1, 2, 3)], categories=[{}, {}, {}]), [-1, 1, 5, 40]),
    "COCO303": image("license", [9, 77, -1, 500]),
    "COCO401": by(lambda order: dataset([], categories=[{"name": LIST.names[k]} for k in order]), ORDERS),
    "COCO402": by(lambda name: dataset([], categories=[{"name": one} for one in LIST.names if one != name]), ["cat", "dog", "bird"]),
    "COCO403": by(lambda name: dataset([], categories=[{}, {}, {}, {}, {"id": 5, "name": name}]), ["lynx", "fox", "dog "]),
    "COCO404": categories([[(1, "cat"), (k, "dog")] for k in (3, 7, 90)]),
    "COCO405": categories([[(k, "cat"), (m, "dog"), (n, "bird")] for k, m, n in ((2, 1, 3), (3, 2, 1), (1, 3, 2), (3, 1, 2))]),
    "COCO406": categories([[(k, "cat"), (k + 1, "dog")] for k in (0, 2, 7, 90)]),
    "COCO409": by(lambda ids: dataset([], categories=[{"id": n, "name": name} for n, name in zip(ids, LIST.names, strict=True)]), CYCLES),
    "COCO410": by(lambda name: dataset([{"category_id": 0}], categories=[{"id": 0, "name": name}]), ["cat", "dog", "bird"]),
    "COCO501": row("bbox", [[4, 5, 0, 16], [4, 5, -3, 16], [4, 5, 20, 0], [4, 5, 0, 0]], **NO_MASK),
    "COCO502": sized({"bbox": [4, 5, 90, 30], **NO_MASK}, [(64, 48), (60, 48), (64, 30), (10, 9)]),
    "COCO503": sized({"bbox": [94, 5, 9, 30], **NO_MASK}, [(64, 48), (60, 48), (64, 30), (10, 9)]),
    "COCO512": by(
        lambda side: dataset([{"bbox": [40, 50, 30, 40], **NO_MASK}] * 10, images=[{"width": side, "height": 9}] * 2), [9, 20, 28, 35]
    ),
    "COCO513": by(lambda side: dataset([{"bbox": [0, 0, side, 48], **NO_MASK}]), [64, 65, 70, 90]),
    "COCO506": row("area", [1300, 99999, 7, 900]),
    "COCO507": row("area", [0, -1, -320, -0.5]),
    "COCO508": row("bbox", [[4, 5, 50, 16], [4, 5, 40, 16], [14, 5, 20, 16]]),
    "COCO509": row("bbox", [[1, 5, 60, 2], [1, 5, 60, 1.5], [2, 1, 1, 44]], **NO_MASK),
    "COCO510": row("bbox", [[1, 5, 6, 0.2], [1, 5, 6, 0.5], [2, 1, 0.1, 4]], **NO_MASK),
    "COCO601": row("segmentation", [[[*RING, 4]], [[*RING, 5]], [[*RING[2:], 1]]]),
    "COCO602": row("segmentation", [[[4, 5, 24, 21]], [[4, 5, 24, 22]], [[4, 5]], [[]]]),
    "COCO603": sized({"segmentation": [[4, 5, 90, 5, 90, 30, 4, 30]]}, [(64, 48), (60, 48), (64, 20), (10, 9)]),
    "COCO604": row("segmentation", [[[4, 5, 14, 13, 24, 21]], [[4, 5, 4, 5, 4, 5]], [[4, 5, 9, 5, 14, 5]]]),
    "COCO605": row("segmentation", [[[4, 5, 24, 21, 24, 5, 4, 21]], [[4, 5, 24, 21, 24, 5, 4, 20]], [[5, 5, 24, 21, 24, 5, 4, 21]]]),
    "COCO607": sized({"segmentation": {"size": [20, 20], "counts": [0, 400]}}, [(64, 48), (60, 48), (64, 20), (10, 9)]),
    "COCO608": row("segmentation", [{"size": [48, 64], "counts": [197, 16, k]} for k in (1, 2, 3)]),
    "COCO609": row("segmentation", [{"size": [48, 64], "counts": k} for k in ([197, -16, 2891], [197, -17, 2892], "PP", "P", "")]),
    "COCO611": row("segmentation", [{"size": [48, k], "counts": [48 * k]} for k in (64, 65, 66)]),
    "COCO701": by(lambda k: keypoint_dataset([{"keypoints": [6, 7, 2] * k}]), [1, 2, 4, 5]),
    "COCO702": by(lambda k: keypoint_dataset([{"num_keypoints": k}]), [0, 1, 3, 17]),
    "COCO703": by(lambda v: keypoint_dataset([{"keypoints": [6, 7, v, 10, 12, 1, 0, 0, 0]}]), [3, -1, 0.5, 9]),
    "COCO211": by(lambda name: dataset([_BOX, _BOX | {"category_id": 2}], categories=[{}, {"name": name}]), ["x", "y", "z"]),
    "COCO212": by(lambda name: dataset(categories=[{"name": name}, {}]), ["a ", "b ", " c"]),
    "COCO412": by(lambda number: dataset([{"category_id": number}], categories=[{"id": number}]), [10**6, 10**7, 10**8]),
    "COCO413": by(lambda name: dataset(categories=[{"name": name}, {}]), ["a.jpg", "b.jpg", "/c"]),
    "COCO704": by(lambda w: keypoint_dataset([{"keypoints": [60, 7, 2, 10, 12, 1, 0, 0, 0]}], images=[{"width": w}]), [50, 40, 30]),
    "COCO705": by(lambda edges: keypoint_dataset(categories=[{"skeleton": edges}]), SKELETONS),
    "COCO706": by(lambda x: keypoint_dataset([{"keypoints": [6, 7, 2, 10, 12, 1, x, 1, 0]}]), [1, 2, 3]),
    "COCO707": by(
        lambda k: keypoint_dataset([{"keypoints": [6, 7, 2] * k}], categories=[{"keypoints": GONE, "skeleton": GONE}]), [1, 2, 3]
    ),
    "COCO711": by(lambda k: whole_body([{"face_kpts": [6, 7, 2] * k}]), [1, 2, 67]),
    "COCO712": by(lambda part: whole_body([{f"{part}_valid": True}]), ["face", "lefthand", "righthand"]),
    "COCO713": by(lambda share: crowd_pose(images=[{"crowdIndex": share}]), [33, -1, "x", 1.5]),
    "COCO714": by(
        lambda change: dense_pose([change]), [{"dp_I": [1, 2, 25]}, {"dp_I": [1, 2, 26]}, {"dp_U": [0.5]}, {"dp_V": GONE}, {"dp_y": GONE}]
    ),
    "COCO805": image("file_name", ["/a.jpg", "../a.jpg", "/b.jpg"]),
    "COCO806": shared(LETTERS, colliding),
    "COCO851": by(lambda name: dataset([], images=[{"id": 30, "file_name": name}]), ["1.jpg", "2.jpg", "3.jpg"]),
    "COCO852": by(lambda number: dataset([{}], categories=[{"id": number}, {"id": 2}]), [5, 7, 9]),
    "COCO853": by(lambda number: dataset([], images=[{"id": number, "file_name": "x.jpg"}]), [1, 2, 3]),
    "COCO854": by(lambda name: dataset([], images=[{"id": 30, "video_id": name}]), ["park", "lake", "market square"]),
    "COCO855": by(lambda name: dataset([], images=[{"id": 30, "file_name": f"{name}_frame_11.jpg"}]), ["park", "lake"]),
    "COCO856": by(lambda name: dataset([{"category_id": 7}], categories=[{}, {"id": 7, "name": name}]), ["x", "y", "z"]),
    "COCO857": by(lambda changes: of_images(40, **changes), [{"annotated": 4}, {"annotation": {"bbox": [4, 5, 50, 40], "area": 2000}}]),
    "COCO911": by(lambda number: results([{"image_id": number}]), [9, 77, -1]),
    "COCO912": by(lambda number: results([{"category_id": number}]), [9, 77, -1]),
    "COCO913": by(lambda score: results([{"score": score}]), [1.5, -1, "0.5", "0.6", None]),
    "COCO914": by(
        lambda extra: results([{}, extra]),
        [
            {"bbox": GONE, "keypoints": [1, 2, 2]},
            {"keypoints": [1, 2, 2]},
            {"bbox": GONE, "segmentation": {"size": [48, 64], "counts": [3000, 72]}},
        ],
    ),
    "COCO915": by(lambda count: results([{}] * count), [101, 120, 300]),
    "COCO916": by(
        changed_results(lambda row, ids: {"category_id": ids[row["category_id"]]}),
        [{1: 2, 2: 1, 3: 3}, {1: 3, 2: 2, 3: 1}, {1: 0, 2: 1, 3: 2}],
    ),
    "COCO917": by(changed_results(lambda row, by: {"bbox": [side * by for side in row["bbox"]]}), [0.5, 2, 0.25]),
    "COCO918": by(lambda kept: [row for row in EXAMPLE_RESULTS * 6 if row["image_id"] <= kept], [2, 3, 4]),
    "COCO919": by(changed_results(lambda row, by: {"image_id": (row["image_id"] + by - 1) % 12 + 1}), [1, 2, 3]),
    "COCO921": shared(LETTERS, same_segment_id),
    "COCO923": by(lambda value: panoptic(categories=[{"isthing": value}, {}]), [2, -1, 7]),
    "COCO931": by(lambda name: lvis(images=[{}, {name: GONE}]), ["neg_category_ids", "not_exhaustive_category_ids"]),
    "COCO932": by(lambda count: lvis(categories=[{"image_count": count}, {}]), [5, 7, 0]),
    "COCO933": by(lambda number: lvis([{"category_id": number}], images=[{"neg_category_ids": [2, 3, 4]}]), [2, 3, 4]),
    "COCO934": by(lambda number: lvis(images=[{"neg_category_ids": [number]}]), [9, 77, -1]),
    "COCO941": by(lambda number: video([{"video_id": number}]), [9, 77, -1, 500]),
    "COCO942": by(lambda length: video(videos=[{"length": length}]), [1, 2, 4, 90]),
    "COCO943": by(lambda x: tracked([{}, {"image_id": 1, "bbox": [x, 7, 20, 16], "segmentation": GONE}], tracks=None), [7, 9, 20]),
    "COCO944": by(lambda number: tracked([{}, {"category_id": number}], categories=[{}, {}, {}, {}]), [2, 3, 4]),
    "COCO945": by(lambda number: tracked(images=[{}, {"frame_id": number}], videos=[{"length": 5}]), [9, 77, -1]),
    "COCO946": by(lambda name: video(videos=[{}, {"id": 1, "name": name}]), ["a", "b", "c"]),
    "COCO951": row("obb", [[1, 2, 3], [1, 2, 4], "x", [30, 20, -4, 6, 1], {"cx": 4}]),
    "COCO952": row("obb", [[30, 4, 44, 18, 30, 40, 16, 18], [30, 4, 44, 18, 30, 41, 16, 18], [30, 4, 44, 18, 16, 18, 30, 32]]),
    "COCO953": row("bbox", [[4, 5, 50, 16], [4, 5, 40, 16], [14, 5, 20, 16]], obb=[30, 4, 44, 18, 30, 32, 16, 18], **NO_MASK),
    "COCO955": by(
        lambda angle: dataset(
            [{"rotated_bbox": [30, 20, 30, 6, angle], **NO_MASK}], document={"info": {"angle_unit": "degrees", "angle_version": "oc"}}
        ),
        [91, 100, -4, 0],
    ),
    "COCO956": by(lambda angle: dataset([{"attributes": {"rotation": angle}}, {}]), [30, 31, 45, 300]),
    "COCO110": by(lambda make: make(), [captions, panoptic]),
    "COCO111": by(lambda category: dataset([{}, {"category_id": 2}, {"category_id": category, "iscrowd": 1}]), [1, 2]),
    "COCO122": by(lambda name: dataset([{}, {"attributes": {"occluded": True, name: 1}}]), ["truncated", "ocluded", "parked"]),
    "COCO123": by(lambda age: dataset([{}, {"attributes": {"occluded": True, "age": age}}]), [31, 99, -1, 2.5, "3"]),
    "COCO124": by(lambda name: dataset([{"attributes": {name: 1}}, {"attributes": {name: "1"}}]), ["plate", "age", "state"]),
    "COCO131": by(lambda count: dataset([{"bbox": [4, 5, k + 1, 16]} for k in range(count)]), [4, 5, 6]),
    "COCO132": image("width", [65, 70, 20, 4000]),
    "COCO133": image("file_name", ["2.bmp", "2.gif", "2", "2.txt"]),
    "COCO134": image("file_name", ["a.jpg", "train/2.jpg", "2.jpeg"]),
    "COCO135": by(lambda name: dataset(document={"licenses": [{"id": 1, "name": name}]}), ["MIT", "GPL", "CC BY-NC 4.0"]),
    "COCO112": by(lambda number: dataset([{"category_id": number}], categories=[{"id": k} for k in (2, 3, 4, 5, 6)]), [2, 3, 4]),
}


def picture(form: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48)).save(out, form)
    return out.getvalue()


WITH_FILES: dict[str, Sequence[tuple[Any, dict[str, bytes]]]] = {
    "COCO803": [(dataset(images=[{"file_name": "1.png"}]), {"1.png": black_png(k, 48)}) for k in (10, 20, 48, 65)],
    "COCO804": [(dataset(images=[{"file_name": "1.png"}]), {"1.png": black_png(64, 48, orientation=k)}) for k in (3, 6, 8)],
    "COCO807": [
        (dataset(images=[{"file_name": f"{k}.png"} for k in range(3)]), {f"{k}.png": black_png(64, 9 + (k == odd)) for k in range(3)})
        for odd in range(3)
    ],
    "COCO808": [
        (dataset(images=[{"file_name": "1.png"}]), {"1.png": black_png(64, 48), name: black_png(8, 8)}) for name in ("2.png", "3.png")
    ],
    "COCO809": [
        (dataset(images=[{"file_name": "1.bmp"}]), {"1.bmp": content}) for content in (black_png(64, 48), picture("JPEG"), picture("GIF"))
    ],
    "COCO858": [
        (
            dataset(images=[{"file_name": f"{k}.png"} for k in range(3)]),
            {
                f"{k}.png": pattern_png(bytes(range(0, 96, 2))) if k != odd else pattern_png(bytes((k * k) % 199 for k in range(48)))
                for k in range(3)
            }
            | {f"{(odd + 1) % 3}.png": pattern_png(bytes(range(3, 99, 2)))},
        )
        for odd in range(3)
    ],
    "COCO922": [(panoptic([{}]), {"1.png": segments_png(64, 48, {1000: area})}) for area in (99, 98, 500)]
    + [(panoptic([{}]), {"1.png": segments_png(64, 48, {1000: 100, other: 5})}) for other in (1, 2)],
}


def new_findings(code: str, first: Any, second: Any, **others: Any) -> list[str]:
    """The messages of what is new in the second file where a baseline accepts what the first has."""

    def run(document: Any, baseline: Baseline) -> Any:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        options = CheckSettings(rules=select((code,)), reload=ReloadMode.NEVER, baseline=baseline, **others)
        return check_source(Source("file.json", data), options)

    recording = Baseline(HERE, recording=True)
    accepted = run(first, recording)
    assert accepted.baseline is not None, accepted
    assert accepted.baseline.accepted > 0
    baseline = recording.updated([accepted])
    baseline = Baseline(baseline.folder, baseline.files)
    assert run(first, baseline).findings == ()
    return [finding.message for finding in run(second, baseline).findings]


def held_to(code: str) -> dict[str, Any]:
    rule = next(rule for rule in RULES if rule.code == code)
    given: dict[str, Any] = {"contract": None if rule.contract is None else interpret(rule.contract, "example")}
    if "categories" in rule.requires:
        given["expected"] = LIST
    if "truth" in rule.requires:
        given["truth"] = read(read_document(rule.truth), Kind.INSTANCES)
    if "splits" in rule.requires:
        given["splits"] = EarlierSplits().plus("train.json", read(read_document(EARLIER)).dataset)
    if "consumers" in rule.requires:
        given["policy"] = resolve_policy(None, [consumer.name for consumer in rule.consumers or ()])
    return given


@pytest.mark.parametrize("seed", range(SEEDS))
@pytest.mark.parametrize("code", sorted(PAIRS))
def test_another_wrong_value_is_a_new_finding(code: str, seed: int) -> None:
    first, second = PAIRS[code](random.Random(f"{code} {seed}"))  # noqa: S311 - examples
    assert new_findings(code, first, second, **held_to(code))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("code", sorted(WITH_FILES))
def test_another_wrong_file_is_a_new_finding(code: str, seed: int, tmp_path: Path) -> None:
    (first, before), (second, after) = two(random.Random(f"{code} {seed}"), WITH_FILES[code])  # noqa: S311 - examples
    folder = tmp_path / "files"
    folder.mkdir()
    images = ImageOptions(panoptic=str(folder)) if code == "COCO922" else ImageOptions(root=str(folder))

    def put(files: dict[str, bytes]) -> None:
        for old in folder.iterdir():
            old.unlink()
        for name, content in files.items():
            (folder / name).write_bytes(content)

    def run(document: Any, baseline: Baseline) -> Any:
        splits = EarlierSplits(similar=True) if code == "COCO858" else None
        options = CheckSettings(rules=select((code,)), reload=ReloadMode.NEVER, baseline=baseline, images=images, splits=splits)
        return check_source(Source("file.json", json.dumps(document).encode()), options)

    put(before)
    recording = Baseline(HERE, recording=True)
    accepted = run(first, recording)
    assert accepted.baseline.accepted > 0
    baseline = Baseline(HERE, recording.updated([accepted]).files)
    assert run(first, baseline).findings == ()
    put(after)
    assert run(second, baseline).findings != ()


def test_each_rule_has_pairs_or_a_reason() -> None:
    assert {rule.code for rule in RULES} == PAIRS.keys() | WITH_FILES.keys() | OF_THE_FILE.keys()
    assert not (PAIRS.keys() | WITH_FILES.keys()) & OF_THE_FILE.keys()
    assert SEEDS * len(PAIRS) + 2 * len(WITH_FILES) >= 200
