"""Whether the classes of results are a permutation or a shift of the right ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.diagnosis.overlap import wilson_lower

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

__all__ = ["ClassMap", "find_class_map"]

_Z_CLASS = 3.0
"""Standard deviations for one class: alone it errs once in 740 times, and two classes at least must agree (see docs/results.md)."""

_Z_POOLED = 4.0
"""Standard deviations for a numbering that fits all classes together: some tens of them are tried on each file."""

_POOLED_SHARE = 0.5
_POOLED_CLASSES = 3
_POOLED_OBJECTS = 12
_SHIFTS = (-3, -2, -1, 1, 2, 3)


@dataclass(frozen=True, kw_only=True, eq=False)
class ClassMap:
    """How the category ids of results are to be read.

    Attributes:
        meant: Category id in the results -> category id of the ground truth, for the classes that the evidence covers.
        reason: What the numbering is, such as "each id is 1 too low"; "" for a permutation without a name.
        detected: Objects that a result detects, whatever its class.
        right_before: How many of them have the right class as the file is written.
        right_after: How many have the right class once the ids are read by `meant`.
    """

    meant: dict[int, int]
    reason: str
    detected: int
    right_before: int
    right_after: int


def find_class_map(
    truth: NDArray[np.int64], result: NDArray[np.int64], category_ids: NDArray[np.int64], names: Sequence[str]
) -> ClassMap | None:
    """The renumbering that explains the classes of results, if the evidence for one is strong.

    Two kinds of evidence count. A *permutation*: at least two classes whose objects are mostly found under one other id, which in turn is
    mostly used for them (both lower bounds over one half), closed in a cycle or leading to ids that are not used otherwise. A *numbering* that
    fits all classes together: ids shifted by a constant, or places in the list in the stead of ids. The first needs some ten objects a class,
    the second some twelve in all.

    Args:
        truth: Category id of each detected object, int64, shape (d,).
        result: Category id of the result that detects it, int64, shape (d,).
        category_ids: The ids of the ground truth's categories, in the order of the file, int64, shape (k,).
        names: Their names, in the same order.

    Returns:
        The renumbering, or None.
    """
    if not len(truth):
        return None
    found = (
        _numbering(truth, result, category_ids, names) or _permutation(truth, result, category_ids) or _pooled_permutation(truth, result)
    )
    if found is None:
        return None
    meant, reason = found
    read = result.copy()
    for source, target in meant.items():
        read[result == source] = target
    return ClassMap(
        meant=meant,
        reason=reason,
        detected=len(truth),
        right_before=int((truth == result).sum()),
        right_after=int((truth == read).sum()),
    )


def _numbering(
    truth: NDArray[np.int64], result: NDArray[np.int64], category_ids: NDArray[np.int64], names: Sequence[str]
) -> tuple[dict[int, int], str] | None:
    """The systematic numbering that fits best, if it fits far better than the ids as they are."""
    before = truth == result
    best: tuple[int, dict[int, int], str] | None = None
    for reason, written in _numberings(category_ids, names):
        # Where the numbering gives a category its own id it says nothing.
        moved = {int(own): int(new) for own, new in zip(category_ids, written, strict=True) if own != new}
        if len(moved) < 2:
            continue
        expected = np.array([moved.get(int(own), int(own)) for own in truth])
        concerned = expected != truth
        hits = concerned & (result == expected)
        count, tries = int(hits.sum()), int(concerned.sum())
        # A model that gives one class to everything agrees with a numbering for one class only.
        _, which = np.unique(truth[concerned], return_inverse=True)
        agree = 2 * np.bincount(which, weights=hits[concerned]) > np.bincount(which)
        if count < _POOLED_OBJECTS or agree.sum() < max(min(_POOLED_CLASSES, len(moved)), len(agree) / 2):
            continue
        if wilson_lower(count, tries, _Z_POOLED) < _POOLED_SHARE or int((before & concerned).sum()) * 4 > count:
            continue
        if best is None or count > best[0]:
            best = (count, {new: own for own, new in moved.items()}, reason)
    return None if best is None else (best[1], best[2])


def _numberings(category_ids: NDArray[np.int64], names: Sequence[str]) -> Iterator[tuple[str, NDArray[np.int64]]]:
    """Ways in which exporters number classes: the id that each category gets, in the order of the file."""
    by_id = np.sort(category_ids)
    rank = np.searchsorted(by_id, category_ids)
    place = np.arange(len(category_ids))
    alphabet = np.argsort(np.argsort(np.array(list(names), object), kind="stable"), kind="stable") if len(names) else place
    yield "the results hold places in the category list (from 0), not ids", place
    yield "the results hold places in the category list (from 1), not ids", place + 1
    yield "the results hold places among the ids in ascending order (from 0), not ids", rank
    yield "the results hold places among the ids in ascending order (from 1), not ids", rank + 1
    yield "the results hold places among the names in alphabetical order (from 0), not ids", alphabet
    yield "the results hold places among the names in alphabetical order (from 1), not ids", alphabet + 1
    yield "the ids follow the names in alphabetical order", by_id[alphabet]
    for by in _SHIFTS:
        way = "high" if by > 0 else "low"
        yield f"each id is {abs(by)} too {way}", category_ids + by
    for by in _SHIFTS:
        way = "later" if by > 0 else "earlier"
        yield f"each id is that of the category {abs(by)} place{'s' * (abs(by) > 1)} {way}", by_id[(rank + by) % len(by_id)]


def _permutation(truth: NDArray[np.int64], result: NDArray[np.int64], category_ids: NDArray[np.int64]) -> tuple[dict[int, int], str] | None:
    """Classes that are each mostly found under one other id, which is mostly used for them."""
    own, rows = np.unique(truth, return_inverse=True)
    used, columns = np.unique(result, return_inverse=True)
    cells, counts = np.unique(rows * len(used) + columns, return_counts=True)
    per_own, per_used = np.bincount(rows, minlength=len(own)), np.bincount(columns, minlength=len(used))
    row, column = cells // len(used), cells % len(used)
    strong = (wilson_lower(counts, per_own[row], _Z_CLASS) > _POOLED_SHARE) & (
        wilson_lower(counts, per_used[column], _Z_CLASS) > _POOLED_SHARE
    )
    links = {int(own[i]): int(used[j]) for i, j in zip(row[strong], column[strong], strict=True)}
    moved = {c: r for c, r in links.items() if c != r}
    known = {int(one) for one in category_ids}
    settled: dict[int, int] = {}
    for start in moved:
        chain, at = [start], moved[start]
        while at in moved and at not in chain:
            chain.append(at)
            at = moved[at]
        # Closed, or on to an id that the ground truth does not have: no object of that class could have been meant.
        if at == start or (at not in known and len(chain) > 1):
            settled.update({one: moved[one] for one in chain})
    if len(settled) < 2:
        return None
    return {new: own_id for own_id, new in settled.items()}, ""


def _pooled_permutation(truth: NDArray[np.int64], result: NDArray[np.int64]) -> tuple[dict[int, int], str] | None:
    """A permutation of many classes with few objects each: read off one half of the objects, it must hold on the other."""
    half = np.arange(len(truth)) % 2 == 0
    count = tries = before = 0
    agree = classes = 0
    for fitted, tested in ((half, ~half), (~half, half)):
        links = _mutual(truth[fitted], result[fitted])
        moved = _displaced(links)
        concerned = np.isin(truth[tested], list(moved))
        own = truth[tested][concerned]
        hits = np.array([moved[int(one)] for one in own], np.int64) == result[tested][concerned]
        count, tries = count + int(hits.sum()), tries + len(own)
        before += int((own == result[tested][concerned]).sum())
        _, which = np.unique(own, return_inverse=True)
        agree += int((2 * np.bincount(which, weights=hits) > np.bincount(which)).sum())
        classes += len(np.unique(own))
    if count < 2 * _POOLED_OBJECTS or agree < max(2 * _POOLED_CLASSES, classes / 2) or before * 4 > count:
        return None
    if wilson_lower(count, tries, _Z_POOLED) < _POOLED_SHARE:
        return None
    return {new: own for own, new in _displaced(_mutual(truth, result)).items()}, ""


def _displaced(links: dict[int, int]) -> dict[int, int]:
    """Links to another class that is itself found under another id: a class that absorbs others keeps its own objects."""
    moved = {own: new for own, new in links.items() if own != new}
    return {own: new for own, new in moved.items() if new in moved}


def _mutual(truth: NDArray[np.int64], result: NDArray[np.int64]) -> dict[int, int]:
    """Class -> the id that most of its objects are found under, where most of what is found under that id is of the class."""
    own, rows = np.unique(truth, return_inverse=True)
    used, columns = np.unique(result, return_inverse=True)
    cells, counts = np.unique(rows * len(used) + columns, return_counts=True)
    row, column = cells // max(len(used), 1), cells % max(len(used), 1)
    best_row, best_column = np.zeros(len(own), np.int64), np.zeros(len(used), np.int64)
    np.maximum.at(best_row, row, counts)
    np.maximum.at(best_column, column, counts)
    top = (counts == best_row[row]) & (counts == best_column[column])
    links: dict[int, int] = {}
    taken: set[int] = set()
    for i, j in zip(row[top].tolist(), column[top].tolist(), strict=True):
        if int(own[i]) not in links and int(used[j]) not in taken:
            links[int(own[i])] = int(used[j])
            taken.add(int(used[j]))
    return links
