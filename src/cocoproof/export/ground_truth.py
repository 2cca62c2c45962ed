"""What results take from their ground truth: image ids by file name, category ids by name."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import msgspec

from cocoproof.export.errors import ExportError
from cocoproof.input_files.packed_data import PackedError, unpack
from cocoproof.input_files.regular_file import read_regular
from cocoproof.json_text import JsonError, convert, decode
from cocoproof.mapping import Category, ClassMapping, MappingError, nearest
from cocoproof.model.suggestions import Suggestions, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["GroundTruth", "TruthImage", "TruthLike", "read_ground_truth", "rebased"]

TruthLike: TypeAlias = "str | os.PathLike[str] | Mapping[str, Any] | Any"
"""A COCO dataset file, the document as `json.load` gives it, or a `pycocotools.coco.COCO`."""


class TruthImage(msgspec.Struct, frozen=True):
    """An image of the ground truth; a missing size is 0."""

    id: int
    file_name: str
    width: int = 0
    height: int = 0


class _TruthCategory(msgspec.Struct, frozen=True):
    id: int
    name: str
    keypoints: list[str] | None = None


class _Truth(msgspec.Struct, frozen=True):
    images: list[TruthImage]
    categories: list[_TruthCategory]


_DECODER = msgspec.json.Decoder(_Truth)


@dataclass(frozen=True)
class GroundTruth:
    """Images and categories that results refer to.

    Attributes:
        images: By file name, with forward slashes.
        categories: In order; names are unique.
    """

    images: dict[str, TruthImage]
    categories: tuple[Category, ...]

    @cached_property
    def _suggestions(self) -> Suggestions:
        return Suggestions(self.images)

    def find(self, path: str | os.PathLike[str]) -> TruthImage:
        """The image whose file name this is, or the end of this path: the longest such name wins.

        Raises:
            ExportError: If there is none; names the most similar one.
        """
        parts = [part for part in re.split(r"[/\\]+", os.fspath(path)) if part not in ("", ".")]
        for begin in range(len(parts)):
            image = self.images.get("/".join(parts[begin:]))
            if image is not None:
                return image
        name = "/".join(parts)
        msg = f"no image of the ground truth has this file name; {self._suggestions.hint(name, 3)}"
        raise ExportError(msg, reason="image-not-in-ground-truth", image=os.fspath(path))


def read_ground_truth(truth: TruthLike) -> GroundTruth:
    """Images and categories of a ground truth.

    Raises:
        ExportError: If it cannot be read or is not a dataset, or two images have the same file name or two categories the same name.
    """
    document = getattr(truth, "dataset", truth)
    try:
        if isinstance(document, (str, os.PathLike)):
            sections = decode(_bytes_of(document), _DECODER)
        else:
            sections = convert({key: document[key] for key in ("images", "categories")}, _Truth)
    except (JsonError, KeyError, TypeError) as error:
        msg = f"the ground truth is not a COCO dataset: {error} (cocoproof check reports all errors)"
        raise ExportError(msg, reason="ground-truth") from None
    images: dict[str, TruthImage] = {}
    for image in sections.images:
        name = "/".join(part for part in re.split(r"[/\\]+", image.file_name) if part not in ("", "."))
        if name in images:
            msg = f"two images of the ground truth have the file name {quoted(image.file_name)}"
            raise ExportError(msg, reason="ground-truth")
        images[name] = image
    ids: set[int] = set()
    names: set[str] = set()
    for category in sections.categories:
        if category.name in names or category.id in ids:
            msg = f"two categories of the ground truth share the name {quoted(category.name)} or the id {category.id}"
            raise ExportError(msg, reason="ground-truth")
        names.add(category.name)
        ids.add(category.id)
    try:
        categories = tuple(
            Category(row.id, row.name, keypoints=None if row.keypoints is None else tuple(row.keypoints)) for row in sections.categories
        )
    except ValueError as error:
        msg = f"a category of the ground truth is invalid: {error}"
        raise ExportError(msg, reason="ground-truth") from None
    return GroundTruth(images, categories)


def _bytes_of(path: str | os.PathLike[str]) -> bytes:
    place = Path(path)
    try:
        return unpack(read_regular(place))
    except (OSError, PackedError) as error:
        msg = f"the ground truth {place} cannot be read: {getattr(error, 'strerror', None) or error}"
        raise ExportError(msg, reason="ground-truth") from None


def rebased(mapping: ClassMapping, truth: GroundTruth) -> ClassMapping:
    """The mapping with the ground truth's category ids, by category name, and with its keypoints.

    Raises:
        ExportError: If a category that a class is mapped to is not in the ground truth; names the most similar one.
    """
    own = {category.name: category for category in truth.categories}
    used = {row.category_id for row in mapping.classes if row.category_id is not None}
    ids: dict[int | None, int | None] = {None: None}
    for category in mapping.categories:
        if category.name in own:
            ids[category.id] = own[category.name].id
        elif category.id in used:
            meant = nearest(category.name, own)
            hint = f"did you mean {quoted(meant)}?" if meant is not None else f"there are {listed(own)}"
            msg = f"category {quoted(category.name)} is not in the ground truth; {hint} Rename it in the mapping, or drop its classes"
            raise ExportError(msg, reason="category-not-in-ground-truth")
    try:
        classes = tuple(replace(row, category_id=ids[row.category_id]) for row in mapping.classes)
        return ClassMapping(classes, truth.categories, mapping.unmapped)
    except MappingError as error:
        raise ExportError(str(error), reason="ground-truth") from None
