"""Source classes matched with categories, by name or by an id table.

Pure functions from the arguments of the caller to the rows of a mapping; `ClassMapping` has the behaviour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypeAlias

from cocoproof.mapping.category_list import MAX_ID, Category, CategoryList, check_name, refuse_duplicates, whole_number
from cocoproof.mapping.errors import CategoryListError, MappingError
from cocoproof.model.suggestions import listed, nearest, quoted

__all__ = ["UNMAPPED", "MappingParts", "MatchOptions", "Names", "SourceClass", "Unmapped", "by_ids", "by_names"]

Unmapped: TypeAlias = Literal["error", "drop", "keep"]

UNMAPPED: tuple[Unmapped, ...] = ("error", "drop", "keep")

Names: TypeAlias = "Sequence[str] | Mapping[int, str] | Sequence[Category] | CategoryList"
"""Classes or categories in any form that a caller may pass: names in order, id -> name, categories, or a category list."""


@dataclass(frozen=True, slots=True)
class SourceClass:
    """One class of the source, with its category.

    Attributes:
        id: The class id of detections.
        name: Its name in the source; None if only an id table is known.
        category_id: Its category; None if it is dropped or has no category.
        dropped: Whether the mapping drops it by name or id.
    """

    id: int
    name: str | None
    category_id: int | None
    dropped: bool = False


class MappingParts(NamedTuple):
    """The parts of a `ClassMapping`."""

    classes: tuple[SourceClass, ...]
    categories: tuple[Category, ...]
    unmapped: Unmapped


@dataclass(frozen=True, slots=True)
class MatchOptions:
    """The arguments besides the two lists of classes.

    Attributes:
        rename: Source name -> category name.
        aliases: Category name -> further names that a source may use for it.
        drop: Source names.
        unmapped: The policy for a source class without a category.
    """

    rename: Mapping[str, str]
    aliases: Mapping[str, Sequence[str]]
    drop: frozenset[str]
    unmapped: Unmapped

    @classmethod
    def of(
        cls,
        rename: Mapping[str, str] | None,
        aliases: Mapping[str, Iterable[str]] | None,
        drop: Iterable[str],
        unmapped: Unmapped,
    ) -> MatchOptions:
        """The options from the caller's arguments, with their types checked.

        Raises:
            MappingError: If one has the wrong type.
        """
        check_unmapped(unmapped)
        renames = {_text(key, "rename"): _text(name, "rename") for key, name in (rename or {}).items()}
        others = {_text(key, "aliases"): _texts(names, f"aliases of {quoted(key)}") for key, names in (aliases or {}).items()}
        return cls(renames, others, frozenset(_texts(drop, "drop")), unmapped)


def _texts(names: object, what: str) -> tuple[str, ...]:
    if isinstance(names, (str, bytes)) or not isinstance(names, Iterable):
        msg = f"{what}: found {quoted(names)}; expected a list or a set of names"
        raise MappingError(msg)
    return tuple(_text(name, what) for name in names)


def _text(name: object, what: str) -> str:
    if not isinstance(name, str):
        msg = f"{what}: found {quoted(name)}; expected a name"
        raise MappingError(msg)
    return str(name)


def check_unmapped(unmapped: str) -> None:
    """Check the policy for unmapped classes.

    Raises:
        MappingError: If it is not error, drop or keep.
    """
    if unmapped not in UNMAPPED:
        msg = f"unmapped is {quoted(unmapped)}; expected {listed(UNMAPPED)}"
        raise MappingError(msg)


def by_names(source: Names, target: Names | None, options: MatchOptions, start: int | None) -> MappingParts:
    """Match source classes with categories by name; see `ClassMapping.from_names`.

    Raises:
        MappingError: If the lists or the options contradict themselves or each other.
    """
    classes = source_classes(source)
    _check_source_names(options, classes)
    renamed = {number: options.rename.get(name, name) for number, name in classes.items()}
    if target is None:
        # The source's own names in order, after renaming, without the dropped ones.
        own = dict.fromkeys(renamed[number] for number, name in classes.items() if name not in options.drop)
        if not own:
            msg = "every source class is dropped; keep at least one, or pass a target"
            raise MappingError(msg)
        categories = target_categories(list(own), start)
    else:
        categories = target_categories(target, start)
    ids = {category.name: category.id for category in categories}
    _check_renames(options, ids)
    known = ids | _alias_ids(options.aliases, ids)
    rows = tuple(
        SourceClass(number, name, None, dropped=True) if name in options.drop else SourceClass(number, name, known.get(renamed[number]))
        for number, name in classes.items()
    )
    return _with_kept(MappingParts(rows, categories, options.unmapped))


def by_ids(
    table: Mapping[int, int],
    target: Names,
    source: Names | None,
    drop: Iterable[int],
    unmapped: Unmapped,
    start: int | None,
) -> MappingParts:
    """Match class ids with category ids by a table; see `ClassMapping.from_ids`.

    Raises:
        MappingError: If an id of the table, or one to drop, does not exist.
    """
    check_unmapped(unmapped)
    wanted = {_id(key, "class"): _id(value, "category") for key, value in table.items()}
    dropped = {_id(key, "class") for key in drop}
    categories = target_categories(target, start)
    there = {category.id for category in categories}
    for key, value in wanted.items():
        if value not in there:
            msg = (
                f"class id {key} is mapped to category id {value}, which is not the id of a category; the ids are {_shown_ids(categories)}"
            )
            raise MappingError(msg)
    both = sorted(wanted.keys() & dropped)
    if both:
        msg = f"class id {both[0]} is both mapped and dropped; remove one of them"
        raise MappingError(msg)
    if source is None:
        if unmapped == "keep":
            msg = "unmapped='keep' needs the names of the source classes: a category must have a name; pass source="
            raise MappingError(msg)
        names: Mapping[int, str | None] = dict.fromkeys(sorted(wanted.keys() | dropped))
    else:
        names = source_classes(source)
        strange = sorted((wanted.keys() | dropped) - names.keys())
        if strange:
            msg = f"class id {strange[0]} is not one of the {len(names)} source classes ({min(names)} to {max(names)})"
            raise MappingError(msg)
    rows = tuple(SourceClass(key, name, wanted.get(key), dropped=key in dropped) for key, name in names.items())
    return _with_kept(MappingParts(rows, categories, unmapped))


def _id(value: object, what: str) -> int:
    number = whole_number(value)
    if number is None:
        msg = f"a {what} id is {quoted(value)}; expected an integer from 0"
        raise MappingError(msg)
    return number


def _shown_ids(categories: Sequence[Category]) -> str:
    ids = [str(category.id) for category in categories]
    return ", ".join(ids[:10]) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")


def source_classes(source: Names) -> dict[int, str]:
    """The source's names by class id: a list counts from 0, a dict is sorted by id.

    Raises:
        MappingError: If it is empty, or a name or an id is invalid or a duplicate.
    """
    try:
        rows = _rows(source, "class")
        names = [row.name if isinstance(row, Category) else row for _, row in rows]
        for name in names:
            check_name(name)
        ids = [number for number, _ in rows]
        if all(number is None for number in ids):
            ids = list(range(len(ids)))
        numbers = [_id(number, "class") for number in ids]
        refuse_duplicates(numbers, "the class id")
        refuse_duplicates((str(name) for name in names), "the class name")
    except CategoryListError as error:
        msg = f"source: {error}"
        raise MappingError(msg) from None
    if not numbers:
        msg = "source: no classes; expected at least one name"
        raise MappingError(msg)
    # str() makes numpy's str_ Python's own.
    return {number: str(name) for number, name in zip(numbers, names, strict=True)}


def target_categories(target: Names, start: int | None) -> tuple[Category, ...]:
    """The target as categories with ids.

    Raises:
        MappingError: If it is empty, a name or an id is invalid or a duplicate, or `start` contradicts it.
    """
    first = None if start is None else _id(start, "start")
    try:
        if isinstance(target, CategoryList):
            return target.with_ids(first).categories
        rows = _rows(target, "category")
        categories = (row if isinstance(row, Category) else Category(number, row) for number, row in rows)
        return CategoryList(tuple(categories)).with_ids(first).categories
    except CategoryListError as error:
        msg = f"target: {error}"
        raise MappingError(msg) from None


def _rows(names: object, what: str) -> list[tuple[int | None, str | Category]]:
    """Each row with its id, if it has one: of a mapping by ascending id, of any other in order."""
    if isinstance(names, Mapping):
        named: list[tuple[int | None, str | Category]] = [(_id(key, what), name) for key, name in names.items()]
        return sorted(named, key=lambda row: row[0] or 0)
    if isinstance(names, (str, bytes, set, frozenset)) or not isinstance(names, Iterable):
        # A set has no order: the ids would change from run to run.
        found = f"a {type(names).__name__}" if isinstance(names, (set, frozenset)) else quoted(names)
        msg = f"found {found}; expected names in order, such as ['person', 'car'], or id -> name"
        raise CategoryListError(msg)
    return [(row.id if isinstance(row, Category) else None, row) for row in names]


def _check_source_names(options: MatchOptions, classes: Mapping[int, str]) -> None:
    names = set(classes.values())
    for what, keys in (("rename", list(options.rename)), ("drop", sorted(options.drop))):
        for key in keys:
            if key not in names:
                meant = nearest(key, classes.values())
                msg = f"{what} names {quoted(key)}, which is not a source class; {_hint(meant, classes.values())}"
                raise MappingError(msg, name=key, nearest=meant)
    for key in options.rename:
        if key in options.drop:
            msg = f"{quoted(key)} is both renamed and dropped; remove one of them"
            raise MappingError(msg, name=key)


def _check_renames(options: MatchOptions, ids: Mapping[str, int | None]) -> None:
    for key, name in options.rename.items():
        if name not in ids:
            meant = nearest(name, ids)
            msg = f"{quoted(key)} is renamed to {quoted(name)}, which is not a category; {_hint(meant, ids)}"
            raise MappingError(msg, name=key, nearest=meant)


def _alias_ids(aliases: Mapping[str, Iterable[str]], ids: Mapping[str, int | None]) -> dict[str, int | None]:
    owners: dict[str, str] = {}
    for name, others in aliases.items():
        if name not in ids:
            meant = nearest(name, ids)
            msg = f"aliases are given for {quoted(name)}, which is not a category; {_hint(meant, ids)}"
            raise MappingError(msg, name=name, nearest=meant)
        for other in others:
            try:
                check_name(other)
            except CategoryListError as error:
                msg = f"aliases of {quoted(name)}: {error}"
                raise MappingError(msg, name=name) from None
            if other in ids and other != name:
                msg = f"{quoted(other)} is an alias of {quoted(name)}, but a category itself; remove one of them"
                raise MappingError(msg, name=other)
            if owners.setdefault(other, name) != name:
                msg = f"{quoted(other)} is an alias of {quoted(owners[other])} and of {quoted(name)}; an alias must be unique"
                raise MappingError(msg, name=other)
    return {other: ids[name] for other, name in owners.items()}


def _hint(meant: str | None, names: Iterable[str]) -> str:
    return f"did you mean {quoted(meant)}?" if meant is not None else f"there are {listed(names)}"


def _with_kept(parts: MappingParts) -> MappingParts:
    """With `unmapped="keep"`: classes without a category get categories of their own, after the target's."""
    if parts.unmapped != "keep":
        return parts
    following = max(category.id for category in parts.categories if category.id is not None)
    taken = {category.name for category in parts.categories}
    rows, categories = [], list(parts.categories)
    for given in parts.classes:
        row = given
        if row.category_id is None and not row.dropped and row.name is not None:
            if row.name in taken:
                msg = f"{quoted(row.name)} has no category and cannot be kept: another category has this name"
                raise MappingError(msg, name=row.name)
            following += 1
            if following > MAX_ID:
                msg = f"{quoted(row.name)} cannot be kept: {MAX_ID} is the largest id"
                raise MappingError(msg, name=row.name)
            categories.append(Category(following, row.name))
            row = replace(row, category_id=following)
        rows.append(row)
    return MappingParts(tuple(rows), tuple(categories), parts.unmapped)
