"""The same dataset written another way: rows in another order, ids numbered anew. Nothing is wrong in it that was not wrong before."""

from __future__ import annotations

import copy
import random
from typing import Any

__all__ = ["shuffled"]

Json = Any
"""A document as json.load gives it."""

_REFERENCES = {"images": ("annotations", "image_id"), "categories": ("annotations", "category_id"), "licenses": ("images", "license")}


def shuffled(document: Json, seed: int = 0, *, numbered_anew: bool = True) -> Json:
    """A copy with the rows of each section shuffled and the ids dealt out anew.

    The ids that a section has stay those that it has: gaps and the lowest one are properties of the file. Of categories the
    ids keep their places in the list, because their order is one, too.

    Args:
        document: An object with sections, or a list of results, whose ids are those of another file.
        seed: Of the dice.
        numbered_anew: Whether ids change; if not, categories stay where they are as well.
    """
    dice = random.Random(seed)  # noqa: S311
    document = copy.deepcopy(document)
    if isinstance(document, list):
        dice.shuffle(document)
        return document
    for section in ("images", "categories", "licenses", "annotations"):
        if section == "categories" and not numbered_anew:
            continue
        rows = document.get(section)
        if not isinstance(rows, list) or (section == "categories" and not _numbered(rows)):
            continue
        before = [row.get("id") if isinstance(row, dict) else None for row in rows]
        _shuffle(rows, dice, fixed=section == "categories")
        if not numbered_anew:
            continue
        known = sorted({value for value in before if type(value) is int})
        if section == "categories":
            dealt = {row["id"]: value for row, value in zip(rows, before, strict=True)}
        else:
            dealt = dict(zip(known, dice.sample(known, len(known)), strict=True))
        _renumber(rows, "id", dealt)
        if section in _REFERENCES:
            other, field = _REFERENCES[section]
            for name, referring in document.items():
                if name == other or (field != "license" and name not in ("images", "categories", "licenses", "annotations")):
                    _renumber(referring, field, dealt)  # sections that COCO does not define refer to images and categories, too
            for row in document.get("annotations") or () if section == "categories" else ():
                _renumber(row.get("segments_info") if isinstance(row, dict) else None, field, dealt)
            for row in document.get("images") or () if section == "categories" else ():
                _renumber_lists(row, dealt)
    return document


def _shuffle(rows: list[Json], dice: random.Random, *, fixed: bool) -> None:
    """Shuffle in place; `fixed`: but for a row with id 0, which readers treat unlike the others."""
    places = [place for place, row in enumerate(rows) if not (fixed and row["id"] == 0)]
    for place, row in zip(places, dice.sample([rows[place] for place in places], len(places)), strict=True):
        rows[place] = row


def _numbered(rows: list[Json]) -> bool:
    """Whether every row has an id of its own."""
    ids = [row.get("id") if isinstance(row, dict) else None for row in rows]
    return all(type(value) is int for value in ids) and len(set(ids)) == len(ids)


def _renumber(rows: Json, field: str, dealt: dict[int, int]) -> None:
    for row in rows if isinstance(rows, list) else ():
        if isinstance(row, dict) and type(row.get(field)) is int:
            row[field] = dealt.get(row[field], row[field])


def _renumber_lists(image: Json, dealt: dict[int, int]) -> None:
    """The lists of category ids of an LVIS image."""
    for field in ("neg_category_ids", "not_exhaustive_category_ids"):
        if isinstance(image, dict) and isinstance(image.get(field), list):
            image[field] = [dealt.get(value, value) if type(value) is int else value for value in image[field]]
