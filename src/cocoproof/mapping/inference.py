"""A class mapping inferred from results and their ground truth: which category the ids of the results mean."""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.columns.as_written import as_written
from cocoproof.columns.tables import lookup
from cocoproof.diagnosis.comparison import ResultsComparison
from cocoproof.mapping.category_list import Category, CategoryList
from cocoproof.mapping.class_mapping import ClassMapping
from cocoproof.mapping.errors import CategoryListError, MappingError
from cocoproof.model.findings import Kind
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.document import read
from cocoproof.reading.source import read_source

if TYPE_CHECKING:
    from cocoproof.columns.tables import Dataset

__all__ = ["InferredMapping", "infer_mapping"]

_MIN_DETECTED = 10
_MIN_RIGHT = 0.5


@dataclass(frozen=True, kw_only=True)
class InferredMapping:
    """A mapping from the category ids of a results list to those of its ground truth, with the evidence for it.

    Attributes:
        mapping: The mapping; `ClassMapping.write` writes it, and `cocoproof export coco --mapping` applies it to the results.
        reason: What the numbering is, such as "each id is 1 too low"; "" where ids keep their meaning, or for a permutation without a name.
        detected: Objects of the ground truth that a result detects (IoU from 0.5 on), whatever its class.
        right_before: How many of them have the right class as the results are written.
        right_after: How many have it by the mapping.
        unknown: Ids of the results that no category has and for which evidence is missing: the mapping does not have them.
    """

    mapping: ClassMapping
    reason: str
    detected: int
    right_before: int
    right_after: int
    unknown: tuple[int, ...]

    @property
    def confidence(self) -> float:
        """The fraction of the detected objects whose class is right by the mapping, 0 to 1."""
        return self.right_after / self.detected


def infer_mapping(*, gt: str | os.PathLike[str], results: str | os.PathLike[str]) -> InferredMapping:
    """Infer what the category ids of a results list mean.

    Results and objects are matched by IoU, whatever their classes. Where their classes differ systematically (COCO916), the mapping is the
    renumbering that explains it; where they agree, each id keeps its meaning.

    Args:
        gt: The ground truth, a COCO dataset.
        results: The results list.

    Raises:
        MappingError: If a file cannot be read or is of the wrong kind, or the categories of the ground truth are not a valid list (`where` is
            the file); or if the evidence does not settle what the ids mean (`where` is None).
    """
    found = _infer_table(gt, results)
    source = {one: found.names[one] or f"id {one}" for one in found.table}
    return InferredMapping(
        mapping=ClassMapping.from_ids(found.table, found.categories, source=source),
        reason=found.reason,
        detected=found.detected,
        right_before=found.right_before,
        right_after=found.right_after,
        unknown=found.unknown,
    )


@dataclass(frozen=True, kw_only=True)
class _Table:
    """What the ids of a results list mean.

    Attributes:
        table: Category id in the results -> category id of the ground truth, for every id of the results that is known to mean one.
        names: Name of each id of the results: that of the ground truth's category with this id, or None.
        categories: The ground truth's categories.
        unknown: Ids of the results that no category has and for which evidence is missing.
        reason: What the numbering is, such as "each id is 1 too low"; "" where ids keep their meaning, or for a permutation without a name.
        detected: Objects that a result detects, whatever its class: the evidence.
        right_before: How many of them have the right class as the file is written.
        right_after: How many have it by this table.
    """

    table: dict[int, int]
    names: dict[int, str | None]
    categories: CategoryList
    unknown: tuple[int, ...]
    reason: str
    detected: int
    right_before: int
    right_after: int


def _infer_table(gt: str | os.PathLike[str], results: str | os.PathLike[str]) -> _Table:
    """Infer what each id of the results means.

    Args:
        gt: The ground truth, a COCO dataset.
        results: The results list.

    Raises:
        MappingError: If a file cannot be read or is of the wrong kind, or if the evidence does not settle what the ids mean.
    """
    truth, found = _dataset(gt), _dataset(results)
    if truth.kind is Kind.RESULTS:
        msg = "this is a list of results; the ground truth is a COCO dataset"
        raise MappingError(msg, where=os.fspath(gt))
    if found.kind is not Kind.RESULTS:
        msg = "this is not a list of results"
        raise MappingError(msg, where=os.fspath(results))
    rows = replace(
        found.annotations,
        image_row=lookup(truth.images, found.annotations.image_id),
        category_row=lookup(truth.categories, found.annotations.category_id),
    )
    comparison = ResultsComparison(results=rows, truth=truth)
    categories = _category_list(truth, os.fspath(gt))
    named = {category.id: category.name for category in categories.categories if category.id is not None}
    used = np.unique(rows.category_id.values[rows.category_id.ok]).astype(np.int64).tolist()
    explained = comparison.class_map
    if explained is None:
        return _as_written(comparison, categories, named, used)
    table = {one: explained.meant.get(one, one) for one in used if explained.meant.get(one, one) in named}
    return _Table(
        table=table,
        names={one: named.get(one) for one in used},
        categories=categories,
        unknown=tuple(one for one in used if one not in table),
        reason=explained.reason,
        detected=explained.detected,
        right_before=explained.right_before,
        right_after=explained.right_after,
    )


def _as_written(comparison: ResultsComparison, categories: CategoryList, named: dict[int, str], used: list[int]) -> _Table:
    """Ids that keep their meaning, if the objects confirm it.

    Raises:
        MappingError: If too few objects are detected, or too few of them with the right class.
    """
    detected = comparison.detected
    right = int((comparison.objects.category[detected.object] == comparison.boxes.category[detected.result]).sum())
    if comparison.transform is not None:
        msg = f"the boxes must be corrected first: {comparison.transform.name}"
        raise MappingError(msg)
    if len(detected) < _MIN_DETECTED or right < _MIN_RIGHT * len(detected):
        msg = (
            f"the evidence does not settle what the ids mean: results detect {len(detected)} objects, whatever the class, "
            f"{right} of them have the right class, and no renumbering explains the others"
        )
        raise MappingError(msg)
    return _Table(
        table={one: one for one in used if one in named},
        names={one: named.get(one) for one in used},
        categories=categories,
        unknown=tuple(one for one in used if one not in named),
        reason="",
        detected=len(detected),
        right_before=right,
        right_after=right,
    )


def _category_list(truth: Dataset, where: str) -> CategoryList:
    """The categories of the ground truth that have an id and a name.

    Raises:
        MappingError: If they are not a valid list: two have the same name, or an id is negative.
    """
    table = truth.categories
    rows = np.flatnonzero(table.id.ok & table.name.ok).tolist()
    try:
        return CategoryList(tuple(Category(int(table.id.values[row]), table.name.values[row]) for row in rows))
    except CategoryListError as error:
        msg = f"its categories are not a valid list: {error}"
        raise MappingError(msg, where=where) from None


def _dataset(path: str | os.PathLike[str]) -> Dataset:
    try:
        document = read(read_source(path))
    except Unreadable as error:
        raise MappingError(str(error), where=os.fspath(path)) from None
    if document.dataset is None:
        detail = document.defects[0].message if document.defects else "not a COCO document"
        raise MappingError(detail, where=os.fspath(path))
    return as_written(document.dataset)
