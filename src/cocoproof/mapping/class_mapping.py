"""The class mapping: the category of each source class."""

from __future__ import annotations

import copy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np

from cocoproof.mapping.category_files import quoted_path, read_category_list
from cocoproof.mapping.category_list import Category, CategoryList, refuse_duplicates, whole_number
from cocoproof.mapping.class_ids import DROPPED, REFUSED, IdLookup
from cocoproof.mapping.class_matching import MappingParts, MatchOptions, Names, SourceClass, Unmapped, by_ids, by_names, check_unmapped
from cocoproof.mapping.errors import CategoryListError, ClassIdError, MappingError, UnmappedClassError
from cocoproof.mapping.inversion import inverted, what_is_lost
from cocoproof.mapping.mapping_files import parse_mapping, write_mapping
from cocoproof.mapping.table import draw_table
from cocoproof.model.suggestions import Suggestions, quoted

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable, Mapping

    from numpy.typing import ArrayLike, NDArray
    from supervision import Detections, KeyPoints

    Carrier = TypeVar("Carrier", Detections, KeyPoints)

__all__ = ["ClassMapping"]


@dataclass(frozen=True)
class ClassMapping:
    """The category of each source class: immutable, and validated when it is made.

    Make one with `from_names`, `from_ids`, `from_categories` or `read`. Every category of the target is listed, whether a
    source class is mapped to it or not. `unmapped` is the policy for a source class without a category:

    - `"error"`: a *detection* of that class is an `UnmappedClassError`. Declaring the class is not: a model may have many
      classes that a dataset never shows. `unmapped_classes` lists them beforehand.
    - `"drop"`: its detections are dropped, like those of the classes in `drop`.
    - `"keep"`: it gets a category of its own, after those of the target, with the next free id.

    A class id that is not one of the source's is always an error, because no class list has it. The exception is a mapping made
    `from_ids` without source names: only its table is known, so `unmapped` applies to every other id. A negative class id is
    always an error.

    Attributes:
        classes: The source classes with their categories.
        categories: The categories in the target's order, each with its id.
        unmapped: The policy for a class without a category.

    Raises:
        MappingError: If ids or names are duplicates, or a class is mapped to a category that does not exist.

    >>> mapping = ClassMapping.from_names(
    ...     source=["dog", "person", "sedan", "tree"],
    ...     target=["person", "car", "dog"],
    ...     rename={"sedan": "car"},
    ...     drop={"tree"},
    ... )
    >>> mapping.apply_ids([0, 1, 2, 3])
    array([ 3,  1,  2, -1])
    >>> print(mapping)
    class id  class   category id  category
           0  dog               3  dog
           1  person            1  person
           2  sedan             2  car
           3  tree              -  (dropped)
    4 classes, 3 categories; any other class id is an error
    """

    classes: tuple[SourceClass, ...]
    categories: tuple[Category, ...]
    unmapped: Unmapped = "error"

    def __post_init__(self) -> None:
        check_unmapped(self.unmapped)
        try:
            ids = CategoryList(self.categories).ids
            refuse_duplicates((row.id for row in self.classes), "the class id")
            named = [row.name for row in self.classes if row.name is not None]
            refuse_duplicates(named, "the class name")
        except CategoryListError as error:
            raise MappingError(str(error)) from None
        if ids is None:
            msg = "the categories have no ids, which a mapping needs: CategoryList.with_ids() adds them"
            raise MappingError(msg)
        if not self.classes or len(named) not in (0, len(self.classes)):
            msg = "expected at least one source class, and a name for each or for none"
            raise MappingError(msg)
        there = frozenset(ids)
        for row in self.classes:
            self._check_class(row, there)

    def _check_class(self, row: SourceClass, ids: frozenset[int]) -> None:
        shown = str(row.id) if row.name is None else f"{row.id} ({quoted(row.name)})"
        if whole_number(row.id) is None:
            msg = f"class id {quoted(row.id)} is not an integer from 0"
            raise MappingError(msg)
        if row.category_id is None:
            if self.unmapped == "keep" and not row.dropped:
                msg = f"class {shown} has no category, though unmapped is 'keep'"
                raise MappingError(msg, name=row.name)
        elif row.dropped or row.category_id not in ids:
            wrong = "contradicts that it is dropped" if row.dropped else "is not the id of a category"
            msg = f"class {shown} is mapped to category id {row.category_id}, which {wrong}"
            raise MappingError(msg, name=row.name)

    @classmethod
    def from_names(
        cls,
        source: Names,
        target: Names | None = None,
        *,
        rename: Mapping[str, str] | None = None,
        aliases: Mapping[str, Iterable[str]] | None = None,
        drop: Iterable[str] = (),
        start: int | None = None,
        unmapped: Unmapped = "error",
    ) -> ClassMapping:
        """Match source classes with categories by name.

        A class is mapped as `rename` states; else to the category with exactly its name; else to the category with its name as an
        alias. `rename` is applied once, to all classes at the same time (two names may be swapped), and several classes may be
        mapped to one category. Letter case and spaces matter: similar names are suggested in the error, never assumed.

        Args:
            source: The class names by class id, from 0; or class id -> name (by ascending id); or categories, whose
                ids are then the class ids.
            target: The category names in order; or category id -> name (by ascending id); or a category list, whose
                ids are kept if it has any. None: the source's names in order, after `rename`, without those in `drop`.
            rename: Source name -> category name. Both must exist.
            aliases: Category name -> further names that a source may use for it. An alias that no source class has is not an
                error, so that one table serves many models.
            drop: Source names whose detections are dropped. Each must exist.
            start: The first category id if the target has no ids; default 1, or the start of a category list. If the target has
                ids, it must be the smallest.
            unmapped: The policy for a source class without a category; see the class.

        Raises:
            MappingError: If a list is empty, a name is blank or a duplicate, a name in `rename`, `aliases` or `drop` is
                unknown (with the most similar known one), or two arguments contradict each other.

        >>> ClassMapping.from_names(["cat", "dog"], start=0).category_list.ids
        (0, 1)
        """
        return cls(*by_names(source, target, MatchOptions.of(rename, aliases, drop, unmapped), start))

    @classmethod
    def from_ids(
        cls,
        table: Mapping[int, int],
        target: Names,
        *,
        source: Names | None = None,
        drop: Iterable[int] = (),
        start: int | None = None,
        unmapped: Unmapped = "error",
    ) -> ClassMapping:
        """Match class ids with category ids by a table.

        Args:
            table: Class id -> category id; several may have the same.
            target: The categories, as for `from_names`; every id on the table's right must be among them.
            source: The names of the source classes, as for `from_names`, if they are known; then every id on the
                table's left must be among them, and any other id is unknown.
            drop: Class ids whose detections are dropped.
            start: The first category id if the target has no ids; default 1.
            unmapped: The policy for a class id without a category; "keep" needs `source`.

        Raises:
            MappingError: If an id is not an integer, does not exist, or is both mapped and dropped.

        >>> ClassMapping.from_ids({0: 1, 1: 3}, {1: "person", 2: "bicycle", 3: "car"}).apply_ids([1, 0])
        array([3, 1])
        """
        return cls(*by_ids(table, target, source, drop, unmapped, start))

    @classmethod
    def from_categories(
        cls,
        target: CategoryList | str | os.PathLike[str],
        *,
        source: Names | None = None,
        rename: Mapping[str, str] | None = None,
        aliases: Mapping[str, Iterable[str]] | None = None,
        drop: Iterable[str] = (),
        start: int | None = None,
        unmapped: Unmapped = "error",
    ) -> ClassMapping:
        """Match source classes with the categories of a list, a lock file or a COCO file, with their ids.

        Args:
            target: A category list, or the path of one in any form that `read_category_list` takes.
            source: As for `from_names`. None: a model whose class k is the k-th category of the list, counted from 0, as one
                trained on COCO's 80 classes outputs 0..79 for the ids 1..90.
            rename: As for `from_names`.
            aliases: As for `from_names`.
            drop: As for `from_names`.
            start: As for `from_names`.
            unmapped: As for `from_names`.

        Raises:
            MappingError: As `from_names`.
            CategoryListError: If the file has no category list.
        """
        wanted = target if isinstance(target, CategoryList) else read_category_list(target)
        return cls.from_names(
            wanted.names if source is None else source,
            wanted,
            rename=rename,
            aliases=aliases,
            drop=drop,
            start=start,
            unmapped=unmapped,
        )

    @classmethod
    def read(cls, path: str | os.PathLike[str]) -> ClassMapping:
        """Read a mapping from a TOML, JSON or YAML file, written by `write` or by hand.

        By hand, the keys are the arguments of `from_names`: `source`, `target`, `rename`, `aliases`, `drop`, `start`,
        `unmapped`. `source` and `target` are lists of names or tables id -> name, or the path of a category list or COCO
        file, relative to the mapping file. A table `ids` (class id -> category id) makes it one for `from_ids`; `drop` then lists
        class ids.

        Raises:
            MappingError: If the file cannot be read or is not a mapping; the message has the file and what to do.
            MissingExtra: If it is YAML and PyYAML is not installed; names the extra.
        """
        place = Path(path)
        try:
            return cls(*parse_mapping(place))
        except (MappingError, CategoryListError) as error:
            known = error if isinstance(error, MappingError) else MappingError(str(error))
            raise known.at(quoted_path(place)) from None

    def write(self, path: str | os.PathLike[str]) -> None:
        """Write the mapping as a TOML, JSON or YAML file, by the path's name, from which `read` gives an equal one.

        The same mapping gives the same bytes. The file is written atomically.

        Raises:
            MappingError: If the path's name does not end in .toml, .json, .yaml or .yml.
            MissingExtra: If it is YAML and PyYAML is not installed.
            OSError: If it cannot be written.
        """
        write_mapping(self._parts, Path(path))

    @property
    def category_list(self) -> CategoryList:
        """The categories as a list to check a file against: names, order and ids, with their start and contiguity."""
        return CategoryList(self.categories).pinned()

    @property
    def unmapped_classes(self) -> tuple[SourceClass, ...]:
        """The source classes that have no category and are not dropped by name: `unmapped` applies to them."""
        return tuple(row for row in self.classes if row.category_id is None and not row.dropped)

    @property
    def _parts(self) -> MappingParts:
        return MappingParts(self.classes, self.categories, self.unmapped)

    @property
    def invertible(self) -> bool:
        """Whether the class of every mapped detection can be recovered: no classes are merged, and none is dropped."""
        return what_is_lost(self._parts) is None

    def inverse(self) -> ClassMapping:
        """The inverse mapping: category ids to class ids.

        Its categories are the source classes, in order, with their own names (or, if the source has none, those of the
        categories that they are mapped to). A category that no class is mapped to is unmapped: an error if detected.

        Raises:
            MappingError: If the mapping is not invertible; the message has what it merges or drops.
        """
        lost = what_is_lost(self._parts)
        if lost is not None:
            msg = f"the mapping cannot be inverted: {lost}"
            raise MappingError(msg)
        return ClassMapping(*inverted(self._parts))

    @cached_property
    def _lookup(self) -> IdLookup:
        unmapped = DROPPED if self.unmapped == "drop" else REFUSED
        # If classes have names, the list is complete: another id means a wrong list, not an unmapped class.
        unknown = unmapped if self.classes[0].name is None else REFUSED
        table = {row.id: row.category_id if row.category_id is not None else DROPPED if row.dropped else unmapped for row in self.classes}
        return IdLookup.of(table, unknown)

    @cached_property
    def _class_names(self) -> dict[int, str | None]:
        return {row.id: row.name for row in self.classes}

    @cached_property
    def _suggestions(self) -> Suggestions:
        return Suggestions([category.name for category in self.categories])

    def resolve(self, class_ids: ArrayLike) -> NDArray[np.int64]:
        """The category id of each class id, without raising for those that have no category.

        Args:
            class_ids: Integers, any shape; not changed.

        Returns:
            int64, the same shape, a new array: the category id, `DROPPED` (-1) or `REFUSED` (-2; `refusal` makes
            the error).

        Raises:
            ClassIdError: If they are not integers (floats, bools and None are not).
        """
        return self._lookup(class_ids)

    def refusal(self, class_id: int, detection: int | None = None) -> UnmappedClassError:
        """The error for a class id that `resolve` refuses.

        Args:
            class_id: The id.
            detection: The index of its detection on the image, from 0.
        """
        name = self._class_names.get(class_id)
        if name is None:
            ids = self._lookup.known
            detail = f"class id {class_id} is not in the mapping, whose {len(ids)} classes have the ids {ids[0]} to {ids[-1]}"
            return UnmappedClassError(detail, class_id=class_id, detection=detection)
        meant = self._suggestions.nearest(name)
        hint = self._suggestions.hint(name) + ("" if meant is not None else ".")
        detail = (
            f"class {quoted(name)} (id {class_id}) has no category; {hint} "
            "Rename it, drop it, or make the mapping with unmapped='drop' or 'keep'"
        )
        return UnmappedClassError(detail, class_id=class_id, class_name=name, nearest=meant, detection=detection)

    def apply_ids(self, class_ids: ArrayLike) -> NDArray[np.int64]:
        """The category id of each class id.

        Args:
            class_ids: Integers, any shape; not changed.

        Returns:
            int64, the same shape, a new array; `DROPPED` (-1) for a class that the mapping drops.

        Raises:
            UnmappedClassError: For the first class id that has no category.
            ClassIdError: If they are not integers.
        """
        resolved = self.resolve(class_ids)
        if resolved.size and resolved.min() == REFUSED:
            first = int(np.flatnonzero(resolved == REFUSED)[0])
            raise self.refusal(int(np.asarray(class_ids).flat[first]), first)
        return resolved

    def apply(self, detections: Carrier) -> Carrier:
        """Detections (or key points) of supervision, with category ids instead of class ids.

        Args:
            detections: `supervision.Detections` or `supervision.KeyPoints`; not changed.

        Returns:
            A new object of the same type that shares no array with the caller's: without the detections that the mapping
            drops, `class_id` the *category id* (not an index into a class list), `data["class_name"]` the category's name.

        Raises:
            UnmappedClassError: For the first detection whose class has no category.
            ClassIdError: If detections have no class ids.
        """
        if detections.class_id is None and len(detections):
            msg = f"the {len(detections)} detections have no class ids; set class_id"
            raise ClassIdError(msg)
        ids = self.apply_ids([] if detections.class_id is None else detections.class_id)
        kept = ids != DROPPED
        # Indexing shares the metadata, and in some releases even an empty object: only a deep copy is safe to change.
        mapped = copy.deepcopy(detections if kept.all() else cast("Carrier", detections[kept]))
        names = {category.id: category.name for category in self.categories}
        mapped.class_id = ids[kept]
        mapped.data = {**mapped.data, "class_name": np.array([names[number] for number in ids[kept].tolist()], np.str_)}
        return mapped

    def table(self) -> str:
        """The mapping as a table of text: one line per source class, then the categories that no class is mapped to."""
        return draw_table(self.classes, self.categories, self.unmapped)

    def __str__(self) -> str:
        return self.table()
