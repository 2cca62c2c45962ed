"""Random files with the category list that they are renumbered by, and an oracle of plain `json` for what their annotations mean.

Nothing here is shared with the program. `mismatches` compares two texts: each annotation, panoptic segment and entry of an LVIS
list must refer to a category of the same name in both, or to none in both.
"""

from __future__ import annotations

import json
import random
import re
from typing import Any

__all__ = ["mismatches", "random_case"]

Json = Any
"""A document as json.load gives it."""

_NAMES = ("cat", "dog", "bird", "horse", "sheep", "cow", "bear", "zebra", "Zürich", "x y")
_INTEGER = re.compile(r"\s*-?(0|[1-9]\d*)(\.0*)?\s*")
_LVIS_LISTS = ("neg_category_ids", "not_exhaustive_category_ids")


def _ids(dice: random.Random, count: int, lowest: int = -1) -> list[int]:
    """Ids of one of the usual kinds: from 0, from 1, shifted, with gaps, or in any order."""
    start = max(dice.choice([0, 0, 1, 1, 2, 7, -1, 90]), lowest)
    ids = list(range(start, start + count))
    if dice.random() < 0.3:
        ids = sorted(dice.sample(range(max(start - 3, lowest), start + 3 * count + 3), count))
    if dice.random() < 0.4:
        dice.shuffle(ids)
    return ids


def _spelt(dice: random.Random, number: int) -> Json:
    """An id, now and then of the wrong type."""
    return dice.choice([str(number), float(number), f" {number} ", "x"]) if dice.random() < 0.04 else number


def random_case(seed: int) -> tuple[str, list[dict[str, Json]]]:
    """A file and a category list of mostly the same names with other ids: the text, and the list's entries."""
    dice = random.Random(seed)  # noqa: S311 - examples
    names = dice.sample(_NAMES, dice.randint(1, 6))
    own = dict(zip(names, _ids(dice, len(names)), strict=True))
    listed = [name for name in names if dice.random() < 0.9] + [name for name in _NAMES if name not in names and dice.random() < 0.1]
    dice.shuffle(listed)
    due = dict(zip(listed, _ids(dice, len(listed), lowest=0), strict=True))
    if listed and dice.random() < 0.25:  # a permutation of the ids that the file has
        due = dict(zip(names, dice.sample([abs(number) for number in own.values()], len(names)), strict=True))
        due = due if len(set(due.values())) == len(due) else {}
    dangling = [*due.values(), *(number + dice.choice([-1, 1]) for number in own.values()), 10**6]
    share = dice.choice([0, 0, 0.2, 0.6])

    def reference() -> Json:
        return _spelt(dice, dice.choice(dangling) if dice.random() < share else dice.choice(list(own.values())))

    kind = dice.choices(["instances", "panoptic", "lvis", "keypoints"], [6, 1, 1, 1])[0]
    images = [{"id": k, "width": 64, "height": 48, "file_name": f"{k}.jpg"} for k in range(dice.randint(1, 3))]
    annotations: list[dict[str, Json]] = []
    for k in range(dice.randint(0, 6)):
        row: dict[str, Json] = {"id": k + 1, "image_id": dice.randrange(len(images))}
        if kind == "panoptic":
            segments = [{"id": 9 + s, "category_id": reference(), "area": 4, "bbox": [1, 2, 2, 2], "iscrowd": 0} for s in range(2)]
            row |= {"file_name": f"{k}.png", "segments_info": segments}
        else:
            row |= {"category_id": reference(), "bbox": [3 + k, 4, 10, 10], "area": 100, "iscrowd": 0}
        if kind == "keypoints":
            row |= {"keypoints": [5, 6, 2, 0, 0, 0], "num_keypoints": 1}
        annotations.append(row)
    if kind == "lvis":
        for image in images:
            image |= {name: [reference() for _ in range(dice.randint(0, 3))] for name in _LVIS_LISTS}
        for k, row in enumerate(annotations):
            row["segmentation"] = [[3 + k, 4, 13 + k, 4, 13 + k, 14, 3 + k, 14]]
    categories = [{"id": number, "name": name, "supercategory": ""} for name, number in own.items()]
    for category in categories:
        category |= {"isthing": 1} if kind == "panoptic" else {}
        category |= {"frequency": "f", "synset": "x.n.01"} if kind == "lvis" else {}
        category |= {"keypoints": ["a", "b"], "skeleton": [[1, 2]]} if kind == "keypoints" else {}
    if dice.random() < 0.03:
        categories.append(dict(dice.choice(categories)))
    text = json.dumps({"info": {}, "licenses": [], "images": images, "annotations": annotations, "categories": categories})
    if annotations and dice.random() < 0.05:  # a key twice, of which readers take one or the other
        text = text.replace('"category_id": ', f'"category_id": {dice.choice(dangling)}, "category_id": ', 1)
    elif dice.random() < 0.02:
        text = text.replace('"annotations": ', '"annotations": [], "annotations": ', 1)
    return text, [{"id": number, "name": name} for name, number in due.items()]


def _as_id(value: Json) -> Json:
    """An id as a person reads it: "3" and 3.0 are 3."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _INTEGER.fullmatch(value):
        return int(float(value))
    return value if type(value) is int else ("text", str(value))


def _meanings(document: Json) -> list[Json]:
    """The names that each annotation, segment and list entry refers to, in the order of the file; an empty list for none."""
    names: dict[Json, list[str]] = {}
    for category in document["categories"]:
        names.setdefault(_as_id(category["id"]), []).append(category["name"])

    def of(reference: Json) -> list[str]:
        return sorted(names.get(_as_id(reference), []))

    found: list[Json] = []
    for row in document["annotations"]:
        found += [of(row[key]) for key in ("category_id",) if key in row]
        found += [of(segment["category_id"]) for segment in row.get("segments_info", [])]
    for image in document["images"]:
        found += [[of(one) for one in image[key]] for key in _LVIS_LISTS if key in image]
    return found


def mismatches(before: str | bytes, after: str | bytes) -> list[tuple[Json, Json]]:
    """The references that mean one thing before and another after."""
    one, other = _meanings(json.loads(before)), _meanings(json.loads(after))
    assert len(one) == len(other)
    return [pair for pair in zip(one, other, strict=True) if pair[0] != pair[1]]
