"""Category lists in files: every form that is read, and the lock that is written.

The forms, by the file's name:

- `.toml`: a lock (`[[categories]]` tables with `name` and, for all or none, `id`; optionally `supercategory`, `keypoints`,
  `skeleton`; beside them `start`, `contiguous`, `format_version`), or `names = [...]` in place of the tables.
- `.json` (and `.json.gz`, `.json.zst`): a list of names; a list of objects with `name` and so on; an object as in TOML; or a COCO file,
  whose `categories` are read.
- `.yaml`, `.yml`: as JSON; also ultralytics' data.yaml with its `names`.
- `.pbtxt`: TensorFlow's label map; `.py`: the METAINFO of mmdetection.
- any other name: one category name per line, in UTF-8, stripped. Empty lines at the end are skipped, an empty line between names
  is an error. Comments are not supported, because a class may have the name "#1": every line is a name.

The classes of a model are read from JSON and YAML in the forms of `class_tables`. A label map, and a dict or list that Python printed, are
recognised by their content in a file of any other name.

`names` may be a table from id to name, in any order. Keys that run 0, 1, 2, ... are the class indices that every list has by
its order (ultralytics writes data.yaml that way) and do not fix the category ids; other keys are category ids.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.atomic_write import write_atomic
from cocoproof.mapping import toml_text
from cocoproof.mapping.category_list import Category, CategoryList, whole_number
from cocoproof.mapping.class_tables import table_in, table_of_data, table_of_names
from cocoproof.mapping.errors import CategoryListError
from cocoproof.mapping.plain_files import PlainFile, PlainFileError, read_plain
from cocoproof.model.suggestions import nearest, quoted

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

__all__ = [
    "FORMAT_VERSION",
    "category_toml",
    "interpret",
    "plain_category",
    "read_category_list",
    "write_lock",
]

FORMAT_VERSION = 1
"""Version of the lock file and of the mapping file."""

_KEYS = ("categories", "names", "start", "contiguous", "format_version")

_HEADER = """\
# The categories of a COCO dataset, in order. Written by `cocoproof lock`; commit this file.
# `cocoproof check FILE --categories THIS` checks a file against it.
"""


def read_category_list(path: str | os.PathLike[str]) -> CategoryList:
    """Read the expected categories from a file in any of the forms that this module's documentation lists.

    Args:
        path: A lock, a list of names, TOML, JSON, YAML, or another COCO file.

    Raises:
        CategoryListError: If it contains no category list; the message has the file, the place, what was expected and what to do.
        MissingExtra: If it is YAML and PyYAML is not installed; names the extra.
    """
    place = Path(path)
    try:
        return interpret(read_plain(place))
    except PlainFileError as problem:
        raise CategoryListError(str(problem), where=quoted_path(place)) from None
    except CategoryListError as error:
        raise error.at(quoted_path(place)) from None


def quoted_path(path: Path) -> str:
    """A path for a message: quoted if it contains unprintable characters."""
    return str(path) if str(path).isprintable() else quoted(str(path))


def interpret(plain: PlainFile) -> CategoryList:
    """The category list in a file's value.

    Raises:
        CategoryListError: If it is not one.
    """
    value = plain.value
    if plain.format == "lines" and isinstance(value, list):
        return _from_lines(value)
    table = None if plain.is_coco else table_of_names(value) if plain.format == "label map" else table_in(value)
    if table is not None:
        return table.categories()
    if isinstance(value, list):
        return CategoryList(_categories(value, "entry"))
    if not isinstance(value, dict):
        msg = f"found {_kind(value)}; expected a list of names, or an object with names or categories"
        raise CategoryListError(msg)
    return _from_object(value)


def _from_lines(lines: list[object]) -> CategoryList:
    names = [str(line).strip() for line in lines]
    while names and not names[-1]:
        names.pop()
    if names and names[0].startswith(("{", "[{", '["')):
        msg = f"line 1 starts with {quoted(names[0][:10])}, which looks like JSON; name the file .json, or write one name per line"
        raise CategoryListError(msg)
    for number, name in enumerate(names, 1):
        if not name:
            msg = f"line {number} is empty; every line is a category name: delete the line, or add the missing name"
            raise CategoryListError(msg)
    return table_of_names(names).categories()


def _from_object(table: Mapping[object, object]) -> CategoryList:
    _refuse_misspelt(table)
    version = table.get("format_version", FORMAT_VERSION)
    if isinstance(version, bool) or version != FORMAT_VERSION:
        msg = (
            f"format_version is {quoted(version)}; this cocoproof reads version {FORMAT_VERSION}: update cocoproof, or write the file again"
        )
        raise CategoryListError(msg)
    if "categories" in table and "names" in table:
        msg = "both categories and names are given; remove one of them"
        raise CategoryListError(msg)
    if "categories" in table:
        listed = table["categories"]
        if not isinstance(listed, list):
            msg = f"categories is {_kind(listed)}; expected a list"
            raise CategoryListError(msg)
        categories = _categories(listed, "categories")
    elif "names" in table:
        categories = _named(table)
    else:
        msg = "there is neither categories nor names; expected one of them, or a list of names as the document"
        raise CategoryListError(msg)
    start, contiguous = table.get("start"), table.get("contiguous")
    if start is not None and whole_number(start) is None:
        msg = f"start is {quoted(start)}; expected an integer from 0"
        raise CategoryListError(msg)
    if contiguous is not None and not isinstance(contiguous, bool):
        msg = f"contiguous is {quoted(contiguous)}; expected true or false"
        raise CategoryListError(msg)
    return CategoryList(categories, whole_number(start), contiguous)


def _refuse_misspelt(table: Mapping[object, object]) -> None:
    # Other keys are ignored (data.yaml has many), but a misspelt one would be a requirement that is silently lost.
    for key in table:
        meant = nearest(key, _KEYS) if isinstance(key, str) and key not in _KEYS else None
        if meant is not None and meant not in table:
            msg = f"unknown key {quoted(key)}; did you mean {quoted(meant)}?"
            raise CategoryListError(msg)


def _named(table: Mapping[object, object]) -> tuple[Category, ...]:
    names = table["names"]
    if not isinstance(names, (list, dict)):
        msg = f"names is {_kind(names)}; expected a list of names, or a table from id to name"
        raise CategoryListError(msg)
    return table_of_data(table).categories().categories


def _categories(rows: list[object], section: str) -> tuple[Category, ...]:
    return tuple(_category(row, f"{section} {place}") for place, row in enumerate(rows, 1))


def _category(row: object, place: str) -> Category:
    if isinstance(row, str):
        row = {"name": row}
    if not isinstance(row, dict):
        msg = f"{place} is {quoted(row)}; expected a name, or an object with a name"
        raise CategoryListError(msg)
    if "name" not in row:
        meant = nearest("name", [key for key in row if isinstance(key, str)])
        hint = "" if meant is None else f"; is {quoted(meant)} meant?"
        msg = f"{place} has no name{hint}"
        raise CategoryListError(msg)
    number, skeleton = row.get("id"), row.get("skeleton")
    if number is not None and whole_number(number) is None:
        msg = f"{place} has id {quoted(number)}; expected an integer from 0 to 2^63 - 1"
        raise CategoryListError(msg)
    keypoints, edges = _listed(row.get("keypoints"), f"keypoints of {place}"), _listed(skeleton, f"skeleton of {place}")
    if edges is not None:
        edges = tuple(tuple(edge) if isinstance(edge, list) else edge for edge in edges)
    try:
        # Category checks the type of each value; values from a file have any type.
        return Category(
            whole_number(number),
            row["name"],
            row.get("supercategory"),
            keypoints,  # type: ignore[arg-type]
            edges,  # type: ignore[arg-type]
        )
    except CategoryListError as error:
        raise error.at(place) from None


def _listed(value: object, what: str) -> tuple[object, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list):
        msg = f"{what} is {_kind(value)}; expected a list"
        raise CategoryListError(msg)
    return tuple(value)


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, str):
        return f"the text {quoted(value)}"
    if isinstance(value, dict):
        return "an object"
    return quoted(value)


def write_lock(categories: CategoryList, path: str | os.PathLike[str]) -> None:
    """Write a category list as a TOML file to commit.

    The same list gives the same bytes. `start` and `contiguous` are written as the ids have them (`CategoryList.pinned`), so that
    reading the file gives the pinned list. The file is written atomically.

    Args:
        categories: The list.
        path: The file to write; its name must end in .toml.

    Raises:
        CategoryListError: If the path's name does not end in .toml.
        OSError: If it cannot be written.
    """
    place = Path(path)
    if place.suffix.lower() != ".toml":
        msg = f"a lock is a TOML file; name it {quoted(place.stem + '.toml')}"
        raise CategoryListError(msg, where=quoted_path(place))
    pinned = categories.pinned()
    parts = [_HEADER, toml_text.key_value("format_version", FORMAT_VERSION)]
    if pinned.start is not None:
        parts.append(toml_text.key_value("start", pinned.start))
    if pinned.contiguous is not None:
        parts.append(toml_text.key_value("contiguous", pinned.contiguous))
    parts += [category_toml(category) for category in pinned]
    write_atomic(place, "".join(parts).encode())


def plain_category(category: Category) -> dict[str, toml_text.Scalar | list[object]]:
    """A category as it is written: without the fields that it does not have."""
    fields: dict[str, toml_text.Scalar | list[object] | None] = {
        "id": category.id,
        "name": category.name,
        "supercategory": category.supercategory,
        "keypoints": None if category.keypoints is None else list(category.keypoints),
        "skeleton": None if category.skeleton is None else [list(edge) for edge in category.skeleton],
    }
    return {key: value for key, value in fields.items() if value is not None}


def category_toml(category: Category) -> str:
    """A category as one of the `[[categories]]` tables of a TOML file."""
    lines = [toml_text.key_value(key, value) for key, value in plain_category(category).items()]
    return "\n[[categories]]\n" + "".join(lines)
