"""Proposes a contract that a dataset keeps: what is the same in all of it, and the bounds of what is not."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.attributes import AttributeType, read_attributes
from cocoproof.columns.license_names import read_license_names
from cocoproof.columns.tables import lookup
from cocoproof.dataset_contract.interpret import FORMAT_VERSION, FORMATS, MOST_PATTERN
from cocoproof.images.file_formats import format_of_ending
from cocoproof.model.budgets import NAME_CHARACTERS
from cocoproof.model.findings import Kind

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from cocoproof.columns.attributes import AttributeColumn
    from cocoproof.columns.tables import Dataset
    from cocoproof.model.json_types import JsonValue

__all__ = ["infer_contract"]

_OBJECTS = frozenset({Kind.INSTANCES, Kind.KEYPOINTS, Kind.LVIS})
_MOST_VALUES = 20
"""Distinct values of an attribute up to which they are listed; a text needs each ten times on average, or it is free text."""
_MOST_SIZES = 4
_EXACT = 2**53
"""Numbers beyond are not proposed as bounds: not every reader of TOML has integers, or doubles that are exact there."""


def infer_contract(coco: Dataset) -> dict[str, object]:
    """The contract as plain values: the rules of a contract find nothing in this dataset.

    Clauses are proposed only for what all rows have and is usable. Lower bounds on the number of images and annotations are 1, because further
    files under the contract may be smaller.
    """
    found: dict[str, object] = {"format-version": FORMAT_VERSION}
    licenses = _licenses(coco)
    if licenses:
        found["licenses"] = licenses
    if coco.kind in _OBJECTS:
        attributes = _attributes(coco)
        if attributes:
            found["attributes"] = attributes
    tables = {"counts": _counts(coco), "images": _images(coco), "balance": _balance(coco)}
    return found | {section: table for section, table in tables.items() if table}


def _per_class(coco: Dataset) -> NDArray[np.int64]:
    rows = coco.annotations.category_row
    return np.bincount(rows[rows >= 0], minlength=coco.categories.n)


def _counts(coco: Dataset) -> dict[str, object]:
    if coco.kind not in _OBJECTS | {Kind.CAPTIONS}:
        return {}
    annotations = coco.annotations
    out: dict[str, object] = {}
    if coco.images.n:
        out["images"] = {"min": 1}
    if annotations.n:
        out["annotations"] = {"min": 1}
    if coco.images.n:
        counts = np.bincount(annotations.image_row[annotations.image_row >= 0], minlength=coco.images.n)
        out["annotations-per-image"] = {"min": int(counts.min()), "max": int(counts.max())}
    if coco.kind is Kind.CAPTIONS:
        return out
    if coco.categories.n:
        out["categories"] = {"min": coco.categories.n, "max": coco.categories.n}
    counts = _per_class(coco)
    by_name: dict[str, int] = {}
    for name, count in zip(coco.categories.name.values, counts.tolist(), strict=True):
        by_name[name] = by_name.get(name, 0) + count
    classes = {name: {"min": 1} for name, count in by_name.items() if count and name}
    return out | ({"classes": classes} if classes else {})


def _images(coco: Dataset) -> dict[str, object]:
    if coco.kind not in _OBJECTS | {Kind.CAPTIONS, Kind.PANOPTIC, Kind.IMAGE_INFO} or not coco.images.n:
        return {}
    images = coco.images
    out: dict[str, object] = {}
    sized = images.width.ok & images.height.ok
    if sized.any():
        pairs = np.unique(np.stack([images.width.values[sized], images.height.values[sized]], axis=1), axis=0)
        (left, top), (right, bottom) = pairs.min(axis=0).tolist(), pairs.max(axis=0).tolist()
        out["width"], out["height"] = {"min": int(left), "max": int(right)}, {"min": int(top), "max": int(bottom)}
        if len(pairs) <= _MOST_SIZES:
            out = {"sizes": [[int(one) for one in pair] for pair in pairs.tolist()]}
    names = [name for name, ok in zip(images.file_name.values, images.file_name.ok.tolist(), strict=True) if ok]
    formats = {format_of_ending(name) for name in names}
    if formats and None not in formats:
        out["formats"] = [name for name, known in FORMATS.items() if known in formats]
    pattern = _pattern(names)
    return out | ({"file-name": pattern} if pattern else {})


def _pattern(names: list[str]) -> str | None:
    r"""A pattern for names that differ in their numbers alone; None if they differ in more.

    >>> _pattern(["train/0001.jpg", "train/0002.jpg"])
    'train/\\d{4}\\.jpg'
    """
    if not names or any(len(name) > NAME_CHARACTERS for name in names):
        return None
    shapes = {tuple(re.split(r"[0-9]+", name)) for name in names}
    if len(shapes) > 1:
        return None
    (texts,) = shapes
    digits = [re.findall(r"[0-9]+", name) for name in names]
    parts = [re.escape(texts[0])]
    for k, text in enumerate(texts[1:]):
        lengths = {len(number[k]) for number in digits}
        parts += [f"\\d{{{min(lengths)}}}" if len(lengths) == 1 else r"\d+", re.escape(text)]
    pattern = "".join(parts)
    return pattern if len(pattern) <= MOST_PATTERN and len(names) > 1 and any(digits) else None


def _licenses(coco: Dataset) -> list[str]:
    """The licences of the images, if each image has one with a name or a URL."""
    images = coco.images
    if coco.kind not in _OBJECTS | {Kind.CAPTIONS, Kind.PANOPTIC, Kind.IMAGE_INFO} or not images.n or not images.license.present.all():
        return []
    row = lookup(coco.licenses, images.license)
    names = read_license_names(coco)
    used = [names[k][0] or names[k][1] for k in np.unique(row[row >= 0]).tolist()]
    known = [one for one in used if one is not None]
    return list(dict.fromkeys(known)) if len(known) == len(used) else []


def _balance(coco: Dataset) -> dict[str, object]:
    counts = _per_class(coco) if coco.kind in _OBJECTS else np.zeros(0, np.int64)
    used = counts[counts > 0]
    if len(used) < 2:
        return {}
    return {"max-ratio": math.ceil(used.max() / used.min())}


def _attributes(coco: Dataset) -> dict[str, object]:
    table = read_attributes(coco.annotation_spans, coco.annotations.n, sampled=False)
    if table.malformed.any():
        return {}
    return {name: _attribute(coco, column) for name, column in table.columns.items()}


def _attribute(coco: Dataset, column: AttributeColumn) -> dict[str, object]:
    clause: dict[str, object] = {}
    codes, places = column.distinct
    stated = column.stated
    values = [column.value_of(code).decoded() for code in codes[np.unique(places[stated])].tolist()]
    kinds = column.stated_types
    number = _range(values)
    if kinds == {AttributeType.BOOLEAN}:
        clause["type"] = "boolean"
    elif kinds == {AttributeType.NUMBER}:
        whole = all(isinstance(one, int) or (isinstance(one, float) and one.is_integer()) for one in values)
        clause["type"] = "integer" if whole else "number"
        clause |= number
    elif kinds == {AttributeType.TEXT}:
        clause["type"] = "text"
        texts = {one for one in values if isinstance(one, str)}
        if any(texts) and len(texts) <= _MOST_VALUES and 10 * len(texts) <= int(stated.sum()) and len(texts) == len(values):
            clause["values"] = sorted(texts)
    elif kinds == {AttributeType.LIST}:
        clause["type"] = "list"
    rows = column.rows
    category = coco.annotations.category_row
    classes = _classes(coco, category[rows])
    concerned = np.ones(coco.annotations.n, bool) if classes is None else np.isin(category, _rows_named(coco, classes))
    having = np.zeros(coco.annotations.n, bool)
    having[rows[stated]] = True
    if having[concerned].all() and concerned.any():
        clause["required"] = True
    return clause | ({} if classes is None else {"classes": classes})


def _range(values: list[JsonValue]) -> dict[str, object]:
    """min and max of numbers; {} if they cannot be written exactly."""
    numbers = [one for one in values if isinstance(one, int | float) and not isinstance(one, bool)]
    if not numbers or len(numbers) != len(values) or any(abs(one) > _EXACT for one in numbers):
        return {}
    return {"min": min(numbers), "max": max(numbers)}


def _classes(coco: Dataset, rows: NDArray[np.int64]) -> list[str] | None:
    """The classes that have an attribute; None if it is of all that have annotations, or of annotations of no known class."""
    names = coco.categories.name.values
    having, used = set(np.unique(rows).tolist()), set(np.flatnonzero(_per_class(coco)).tolist())
    if having == used or -1 in having or not all(names[row] for row in having):
        return None
    return sorted({names[row] for row in having})


def _rows_named(coco: Dataset, classes: list[str]) -> list[int]:
    return [row for row, name in enumerate(coco.categories.name.values) if name in classes]
