"""Categories, and the list of categories that a file is expected to have."""

from __future__ import annotations

import operator
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, SupportsIndex

import numpy as np

from cocoproof.mapping.errors import CategoryListError
from cocoproof.model.names import is_blank
from cocoproof.model.suggestions import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["MAX_ID", "Category", "CategoryList", "whole_number"]

MAX_ID = 2**63 - 1
"""The largest id that a column of int64 holds."""


def whole_number(value: object) -> int | None:
    """The value as an id: an integer, 0 to `MAX_ID`. None for any other value, bools and floats included."""
    # numpy before 2.0 lets its bools be indices.
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, SupportsIndex):
        return None
    try:
        number = operator.index(value)
    except TypeError:  # such as an array of more than one element
        return None
    return number if 0 <= number <= MAX_ID else None


@dataclass(frozen=True, slots=True)
class Category:
    """One category, as a COCO file lists it.

    Attributes:
        id: From 0 to 2^63 - 1; None if only the order matters.
        name: Not blank, and writable as UTF-8. Spaces at its ends and letter case matter.
        supercategory: None if the file has none.
        keypoints: The keypoints' names in order; None if the category has none.
        skeleton: Pairs of keypoint numbers (counted from 1 as in COCO; not checked here); None without a skeleton.

    Raises:
        CategoryListError: If a field has the wrong type or the name is blank.

    >>> Category(1, "person").name
    'person'
    """

    id: int | None
    name: str
    supercategory: str | None = None
    keypoints: tuple[str, ...] | None = None
    skeleton: tuple[tuple[int, int], ...] | None = None

    def __post_init__(self) -> None:
        check_name(self.name)
        # str() makes numpy's str_ Python's own, which every JSON writer takes.
        object.__setattr__(self, "name", str(self.name))
        if self.id is not None:
            number = whole_number(self.id)
            if number is None:
                msg = f"category {quoted(self.name)} has id {quoted(self.id)}; expected an integer from 0 to 2^63 - 1"
                raise CategoryListError(msg)
            # A numpy integer is converted to int, so that it compares, hashes and prints as one.
            object.__setattr__(self, "id", number)
        if self.supercategory is not None and not writable(self.supercategory):
            msg = f"category {quoted(self.name)} has the supercategory {quoted(self.supercategory)}; expected text"
            raise CategoryListError(msg)
        if self.keypoints is not None and not all(writable(keypoint) for keypoint in self.keypoints):
            msg = f"category {quoted(self.name)} has keypoints that are not text; expected a list of their names"
            raise CategoryListError(msg)
        if self.skeleton is not None and not all(_is_edge(edge) for edge in self.skeleton):
            msg = f"category {quoted(self.name)} has a skeleton that is not a list of pairs of keypoint numbers"
            raise CategoryListError(msg)


def check_name(name: object) -> None:
    """Check the name of a category.

    Raises:
        CategoryListError: If it is not text, is blank, or contains a lone surrogate.
    """
    if not isinstance(name, str):
        msg = f"a name is {quoted(name)}; expected text (in YAML and TOML, quote names such as yes, no, null and 1)"
        raise CategoryListError(msg)
    if is_blank(name):
        msg = f"a name is blank ({quoted(name)}); expected visible text"
        raise CategoryListError(msg)
    if not writable(name):
        msg = f"the name {quoted(name)} contains a lone surrogate, which UTF-8 cannot encode; write the complete character"
        raise CategoryListError(msg)


def writable(text: object) -> bool:
    """Whether this is text that UTF-8 can encode: without lone surrogates."""
    if not isinstance(text, str):
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_edge(edge: object) -> bool:
    return isinstance(edge, tuple) and len(edge) == 2 and all(type(end) is int and abs(end) <= MAX_ID for end in edge)


@dataclass(frozen=True, slots=True)
class CategoryList:
    """Categories in order: those that a file must have, or the target of a mapping.

    Either every category has an id or none has. None means: not required.

    Attributes:
        categories: In the order that a file must list them; at least one.
        start: The smallest category id; None if it is not required.
        contiguous: True: ids without gaps are required. False: gaps are allowed. None: not stated.

    Raises:
        CategoryListError: If the list is empty, a name or an id is a duplicate, only some categories have an id, or the ids
            contradict `start` or `contiguous`.

    >>> CategoryList.from_names(["person", "car"]).with_ids(start=0).ids
    (0, 1)
    """

    categories: tuple[Category, ...]
    start: int | None = None
    contiguous: bool | None = None

    def __post_init__(self) -> None:
        if not self.categories:
            msg = "the list has no categories; expected at least one name"
            raise CategoryListError(msg)
        refuse_duplicates((category.name for category in self.categories), "the name")
        given = [category.id for category in self.categories if category.id is not None]
        if given and len(given) < len(self.categories):
            bare = next(category.name for category in self.categories if category.id is None)
            msg = (
                f"{len(given)} of {len(self.categories)} categories have an id, {quoted(bare)} has none; give every category an id, or none"
            )
            raise CategoryListError(msg)
        refuse_duplicates(given, "the id")
        self._check_requirements(given)

    def _check_requirements(self, ids: list[int]) -> None:
        if type(self.contiguous) not in (bool, type(None)):
            msg = f"contiguous is {quoted(self.contiguous)}; expected true or false"
            raise CategoryListError(msg)
        if self.start is not None:
            start = whole_number(self.start)
            if start is None or start + len(self.categories) - 1 > MAX_ID:
                msg = f"start is {quoted(self.start)}; expected an integer from 0 that leaves room for every id"
                raise CategoryListError(msg)
            object.__setattr__(self, "start", start)
            if ids and min(ids) != start:
                msg = f"start is {start}, but the smallest id is {min(ids)}; make them agree, or remove start"
                raise CategoryListError(msg)
        if self.contiguous and ids and max(ids) - min(ids) != len(ids) - 1:
            msg = f"contiguous is true, but {len(ids)} ids run from {min(ids)} to {max(ids)}; close the gaps, or set contiguous = false"
            raise CategoryListError(msg)

    @classmethod
    def from_names(cls, names: Iterable[str], *, start: int | None = None) -> CategoryList:
        """A list of names without ids: only the order matters.

        Args:
            names: At least one; unique.
            start: The required id of the first category; None for any.

        Raises:
            CategoryListError: If they are not valid category names.
        """
        if isinstance(names, (str, bytes)):
            msg = f"the names are one text, {quoted(names)}; expected a list of names, such as ['person', 'car']"
            raise CategoryListError(msg)
        return cls(tuple(Category(None, name) for name in names), start=start)

    @property
    def names(self) -> tuple[str, ...]:
        """The names in order."""
        return tuple(category.name for category in self.categories)

    @property
    def ids(self) -> tuple[int, ...] | None:
        """The ids in order; None if the list has none."""
        ids = tuple(category.id for category in self.categories if category.id is not None)
        return ids or None

    def with_ids(self, start: int | None = None) -> CategoryList:
        """The same list with ids: its own, or else contiguous ones in order.

        Args:
            start: The first id; None for the list's own start, or 1 if it has none.

        Raises:
            CategoryListError: If `start` contradicts the list's own ids or start.
        """
        if start is not None and self.start is not None and start != self.start:
            msg = f"start {start} is requested, but the list has {self.start}; remove one of them"
            raise CategoryListError(msg)
        checked = replace(self, start=self.start if start is None else start)
        if checked.ids is not None:
            return checked
        first = 1 if checked.start is None else checked.start
        numbered = tuple(replace(category, id=first + place) for place, category in enumerate(checked.categories))
        return replace(checked, categories=numbered)

    def pinned(self) -> CategoryList:
        """The same list with `start` and `contiguous` set as its ids have them, if it has ids: the content of a lock."""
        if self.ids is None:
            return self
        low, high = min(self.ids), max(self.ids)
        contiguous = self.contiguous if self.contiguous is not None else high - low == len(self.ids) - 1
        return replace(self, start=low, contiguous=contiguous)

    def __len__(self) -> int:
        return len(self.categories)

    def __iter__(self) -> Iterator[Category]:
        return iter(self.categories)


def refuse_duplicates(values: Iterable[str | int], what: str) -> None:
    """Check that values are unique.

    Raises:
        CategoryListError: For a duplicate; with its count and its places, counted from 1.
    """
    everything = list(values)
    counts = Counter(everything)
    if len(counts) == len(everything):
        return
    value, count = next((value, count) for value, count in counts.items() if count > 1)
    places = [str(place) for place, other in enumerate(everything, 1) if other == value][:5]
    msg = f"{what} {quoted(value)} occurs {count} times (places {', '.join(places)}); it must be unique"
    raise CategoryListError(msg)
