"""Class mappings in files: the two forms that are read, and the one that is written.

Both are TOML, JSON or YAML, by the file's name. The *table* is written, with one row per class:

    format_version = 1
    unmapped = "error"
    classes = [
      { id = 0, name = "dog", category = "dog" },
      { id = 1, name = "sedan", category = "car" },
      { id = 2, name = "tree", drop = true },
    ]

    [[categories]]
    id = 1
    name = "car"

`unmapped` applies to a class with neither `category` nor `drop`. A file written by hand is usually a *recipe*, whose keys are
the arguments of `ClassMapping.from_names` (`source`, `target`, `rename`, `aliases`, `drop`, `start`, `unmapped`)
or, with a table `ids`, of `ClassMapping.from_ids`. A file with the classes of a model (`class_tables`) is a mapping as well: each class to
the category of its name.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

from cocoproof.atomic_write import write_atomic
from cocoproof.input_files.packed_data import ENDINGS
from cocoproof.mapping import toml_text
from cocoproof.mapping.category_files import (
    FORMAT_VERSION,
    category_toml,
    interpret,
    plain_category,
    quoted_path,
    read_category_list,
)
from cocoproof.mapping.category_list import whole_number
from cocoproof.mapping.class_matching import (
    UNMAPPED,
    MappingParts,
    MatchOptions,
    Names,
    SourceClass,
    Unmapped,
    by_ids,
    by_names,
)
from cocoproof.mapping.class_tables import ClassTable, names_by_id, table_in, table_of_data, table_of_names
from cocoproof.mapping.errors import CategoryListError, MappingError
from cocoproof.mapping.plain_files import PlainFile, PlainFileError, format_of, read_plain
from cocoproof.model.errors import MissingExtra
from cocoproof.model.suggestions import listed, nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["parse_mapping", "write_mapping"]

_TABLE_KEYS = ("format_version", "unmapped", "classes", "categories")
_RECIPE_KEYS = ("format_version", "unmapped", "source", "target", "rename", "aliases", "drop", "start", "ids")
_OWN_KEYS = {"classes", "source", "target", "ids"}
_CLASS_KEYS = ("id", "name", "category", "drop")

_HEADER = "# The category of each source class. Written by cocoproof; ClassMapping.read reads it.\n"

Row: TypeAlias = "dict[str, toml_text.Scalar | list[object]]"


def parse_mapping(path: Path) -> MappingParts:
    """The content of a mapping file.

    Raises:
        MappingError: If it cannot be read or is not a mapping; without the path.
        CategoryListError: If its categories, or a category list that it refers to, are invalid.
        MissingExtra: If it is YAML and PyYAML is not installed.
    """
    try:
        plain = read_plain(path)
    except PlainFileError as problem:
        raise MappingError(str(problem)) from None
    classes = _class_table(plain)
    if classes is not None:
        return classes.mapping()
    table = plain.value
    if plain.format == "lines":
        msg = "a mapping is a TOML, JSON or YAML file; its name must end in .toml, .json, .yaml or .yml"
        raise MappingError(msg)
    if not isinstance(table, dict) or plain.is_coco:
        msg = "expected an object with the keys source and target (or classes and categories)"
        raise MappingError(msg)
    written = "classes" in table
    _only(table, _TABLE_KEYS if written else _RECIPE_KEYS, "the file")
    version = table.get("format_version", FORMAT_VERSION)
    if isinstance(version, bool) or version != FORMAT_VERSION:
        msg = (
            f"format_version is {quoted(version)}; this cocoproof reads version {FORMAT_VERSION}: update cocoproof, or write the file again"
        )
        raise MappingError(msg)
    unmapped = _unmapped(table.get("unmapped", "error"))
    return _from_table(table, unmapped) if written else _from_recipe(table, unmapped, path)


def _class_table(plain: PlainFile) -> ClassTable | None:
    """The classes of a model, if the file has them in place of a mapping."""
    value = plain.value
    if plain.is_coco:
        return None
    if isinstance(value, list) and plain.format in ("python", "lines"):
        # Elsewhere a list of names without ids is a class list.
        return table_of_names(value) if plain.format == "python" else table_in("\n".join(map(str, value)).strip().split("\n"))
    if plain.format == "label map":
        return table_of_names(value)
    if isinstance(value, dict) and not _OWN_KEYS & value.keys():
        if "names" in value:
            return table_of_data(value)
        categories = value.get("categories")
        if isinstance(categories, list) and categories and all(isinstance(name, str) for name in categories):
            return table_of_names(categories)
    return table_in(value)


def _unmapped(value: object) -> Unmapped:
    for known in UNMAPPED:
        if value == known:
            return known
    msg = f"unmapped is {quoted(value)}; expected {listed(UNMAPPED)}"
    raise MappingError(msg)


def _only(table: Mapping[object, object], keys: tuple[str, ...], what: str) -> None:
    for key in table:
        if key not in keys:
            meant = nearest(key, keys) if isinstance(key, str) else None
            hint = f"did you mean {quoted(meant)}?" if meant is not None else f"there are {listed(keys, len(keys))}"
            msg = f"{what} has the unknown key {quoted(key)}; {hint}"
            raise MappingError(msg)


def _from_table(table: Mapping[object, object], unmapped: Unmapped) -> MappingParts:
    if "categories" not in table:
        msg = "classes are given without categories; give both, or source and target"
        raise MappingError(msg)
    categories = interpret(PlainFile("toml", {"categories": table["categories"]})).with_ids().categories
    ids = {category.name: category.id for category in categories}
    rows = table["classes"]
    if not isinstance(rows, list):
        msg = f"classes is {quoted(rows)}; expected a list"
        raise MappingError(msg)
    return MappingParts(tuple(_class(row, place, ids) for place, row in enumerate(rows, 1)), categories, unmapped)


def _class(row: object, place: int, ids: Mapping[str, int | None]) -> SourceClass:
    if not isinstance(row, dict):
        msg = f"class {place} is {quoted(row)}; expected an object with id, name and category"
        raise MappingError(msg)
    _only(row, _CLASS_KEYS, f"class {place}")
    number, name, category, drop = (row.get(key) for key in _CLASS_KEYS)
    known = whole_number(number)
    if known is None:
        msg = f"class {place} has id {quoted(number)}; expected an integer from 0"
        raise MappingError(msg)
    if name is not None and not isinstance(name, str):
        msg = f"class {place} has the name {quoted(name)}; expected text"
        raise MappingError(msg)
    if drop is not None and not isinstance(drop, bool):
        msg = f"class {place} has drop = {quoted(drop)}; expected true or false"
        raise MappingError(msg)
    if category is None:
        return SourceClass(known, name, None, dropped=bool(drop))
    if not isinstance(category, str) or category not in ids:
        meant = nearest(category, ids) if isinstance(category, str) else None
        hint = f"did you mean {quoted(meant)}?" if meant is not None else f"there are {listed(ids)}"
        msg = f"class {place} is mapped to {quoted(category)}, which is not a category; {hint}"
        raise MappingError(msg, name=name, nearest=meant)
    return SourceClass(known, name, ids[category], dropped=bool(drop))


def _from_recipe(table: Mapping[object, object], unmapped: Unmapped, path: Path) -> MappingParts:
    start = table.get("start")
    if start is not None and whole_number(start) is None:
        msg = f"start is {quoted(start)}; expected an integer from 0"
        raise MappingError(msg)
    source = _names(table.get("source"), "source", path)
    target = _names(table.get("target"), "target", path)
    drop = table.get("drop", [])
    if not isinstance(drop, list):
        msg = f"drop is {quoted(drop)}; expected a list"
        raise MappingError(msg)
    if "ids" in table:
        extra = [key for key in ("rename", "aliases") if key in table]
        if extra or target is None:
            wrong = "it needs target" if target is None else f"{extra[0]} needs names"
            msg = f"ids is a table from class id to category id; {wrong}"
            raise MappingError(msg)
        return by_ids(_id_table(table["ids"]), target, source, drop, unmapped, whole_number(start))
    if source is None:
        msg = "source is missing; expected source (the model's class names) and target (the categories)"
        raise MappingError(msg)
    rename = _text_table(table.get("rename", {}), "rename")
    aliases = _alias_table(table.get("aliases", {}))
    for name in drop:
        if not isinstance(name, str):
            msg = f"drop contains {quoted(name)}; expected names"
            raise MappingError(msg)
    return by_names(source, target, MatchOptions.of(rename, aliases, drop, unmapped), whole_number(start))


def _names(value: object, key: str, path: Path) -> Names | None:
    if value is None:
        return None
    try:
        if isinstance(value, str):
            # Relative to the mapping file, so that the two can be moved and committed together.
            return _classes_of(path.parent / value) if key == "source" else read_category_list(path.parent / value)
        if isinstance(value, dict) and not {"categories", "names"} & value.keys():
            return names_by_id(value)
        if isinstance(value, (list, dict)):
            return interpret(PlainFile("toml", value))
    except CategoryListError as error:
        raise error.at(key) from None
    msg = f"{key} is {quoted(value)}; expected names, a table id -> name, or the path of a category list"
    raise MappingError(msg)


def _classes_of(path: Path) -> Names:
    """The classes in a file, by the ids that detections have."""
    try:
        table = _class_table(read_plain(path))
    except (PlainFileError, CategoryListError):
        table = None  # the same error as of any list, below
    return read_category_list(path) if table is None or table.category_ids is None else table.names


def _id_table(value: object) -> dict[int, int]:
    if not isinstance(value, dict):
        msg = f"ids is {quoted(value)}; expected a table from class id to category id"
        raise MappingError(msg)
    table: dict[int, int] = {}
    for key, wanted in value.items():
        number = whole_number(wanted)
        if number is None:
            msg = f"ids: class id {quoted(key)} is mapped to {quoted(wanted)}; expected a category id, an integer from 0"
            raise MappingError(msg)
        try:
            # Keys are text of digits, because keys in JSON and TOML are always text.
            (known,) = names_by_id({key: "-"})
        except CategoryListError as error:
            raise error.at("ids") from None
        if known in table:
            msg = f"ids: duplicate class id {known}"
            raise MappingError(msg)
        table[known] = number
    return table


def _text_table(value: object, key: str) -> dict[str, str]:
    if not isinstance(value, dict):
        msg = f"{key} is {quoted(value)}; expected a table from name to name"
        raise MappingError(msg)
    for name, other in value.items():
        if not isinstance(name, str) or not isinstance(other, str):
            msg = f"{key} has {quoted(name)} = {quoted(other)}; expected text on both sides (quote it)"
            raise MappingError(msg)
    return value


def _alias_table(value: object) -> dict[str, list[str]]:
    if not isinstance(value, dict):
        msg = f"aliases is {quoted(value)}; expected a table from category name to a list of names"
        raise MappingError(msg)
    for name, others in value.items():
        if not isinstance(name, str) or not isinstance(others, list):
            msg = f"aliases has {quoted(name)} = {quoted(others)}; expected a category name and a list of names"
            raise MappingError(msg)
    return value


def write_mapping(parts: MappingParts, path: Path) -> None:
    """Write a mapping as a table, in the format of the path's name.

    Raises:
        MappingError: If the name has none of the known suffixes.
        MissingExtra: If it is YAML and PyYAML is not installed.
        OSError: If it cannot be written.
    """
    classes, categories, unmapped = parts
    names = {category.id: category.name for category in categories}
    rows = [_class_row(row, names) for row in classes]
    kind = format_of(path)
    if kind not in ("toml", "json", "yaml") or path.suffix.lower() in ENDINGS:
        msg = "a mapping is written as TOML, JSON or YAML; name it .toml, .json, .yaml or .yml"
        raise MappingError(msg, where=quoted_path(path))
    if kind == "toml":
        text = _HEADER
        text += toml_text.key_value("format_version", FORMAT_VERSION) + toml_text.key_value("unmapped", unmapped)
        text += "classes = [\n" + "".join(f"  {toml_text.inline_table(row)},\n" for row in rows) + "]\n"
        text += "".join(category_toml(category) for category in categories)
    else:
        document: dict[str, object] = {
            "format_version": FORMAT_VERSION,
            "unmapped": unmapped,
            "classes": rows,
            "categories": [plain_category(category) for category in categories],
        }
        text = json.dumps(document, ensure_ascii=False, indent=2) + "\n" if kind == "json" else _yaml_text(document)
    write_atomic(path, text.encode())


def _class_row(row: SourceClass, names: Mapping[int | None, str]) -> Row:
    fields: Row = {"id": row.id}
    if row.name is not None:
        fields["name"] = row.name
    if row.category_id is not None:
        fields["category"] = names[row.category_id]
    if row.dropped:
        fields["drop"] = True
    return fields


def _yaml_text(document: dict[str, object]) -> str:
    try:
        import yaml
    except ImportError:
        msg = "writing YAML needs PyYAML: pip install 'cocoproof[yaml]' (or write the file as TOML or JSON)"
        raise MissingExtra(msg) from None
    text: str = yaml.safe_dump(document, sort_keys=False, width=120)
    return text
