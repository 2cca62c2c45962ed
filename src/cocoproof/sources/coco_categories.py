"""The categories of a COCO file, the category that each is mapped to, and the section that is written."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from cocoproof.export.coco_rows import encode_value
from cocoproof.export.errors import ExportError
from cocoproof.json_text import REFUSALS
from cocoproof.mapping import REFUSED, Category, ClassMapping, MappingError
from cocoproof.mapping.category_files import plain_category
from cocoproof.mapping.category_list import whole_number
from cocoproof.model.suggestions import Suggestions, listed, quoted
from cocoproof.reading.edits import Edits
from cocoproof.reading.locator import members

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["SourceCategory", "category_table", "own_mapping", "read_source_categories", "written_categories"]


class _Row(msgspec.Struct):
    id: msgspec.Raw = msgspec.Raw(b"")
    name: msgspec.Raw = msgspec.Raw(b"")


@dataclass(frozen=True, slots=True)
class SourceCategory:
    """A category of the file that is read.

    Attributes:
        id: Its id.
        name: Its name; None if it has none, or if it is not a string.
        raw: Its row as strict JSON; empty if it does not come from the file.
        original: Its row as in the text, of the same length.
    """

    id: int
    name: str | None
    raw: bytes = b""
    original: bytes = b""


def read_source_categories(rows: Iterable[tuple[bytes, bytes]]) -> list[SourceCategory]:
    """The categories of a file.

    Args:
        rows: The rows of the section as strict JSON, and as in the text.

    Raises:
        ExportError: If a row is not a category, or an id is not an integer, or a duplicate.
    """
    found: list[SourceCategory] = []
    ids: set[int] = set()
    for place, (raw, original) in enumerate(rows):
        where = f"categories[{place}]"
        try:
            row = msgspec.json.decode(raw, type=_Row)
        except REFUSALS:
            raise _wrong(f"{where} is not an object") from None
        number = whole_number(msgspec.json.decode(row.id)) if bytes(row.id) else None
        if number is None:
            raise _wrong(f"{where}: id is {quoted(bytes(row.id).decode('utf-8', 'replace'))}; expected an integer from 0")
        if number in ids:
            raise _wrong(f"{where}: duplicate id {number}")
        ids.add(number)
        name = msgspec.json.decode(row.name) if bytes(row.name) else None
        found.append(SourceCategory(number, name if isinstance(name, str) else None, raw, original))
    return found


def _wrong(detail: str) -> ExportError:
    return ExportError(f"{detail}; cocoproof check reports all errors of the file", reason="categories")


def own_mapping(source: Sequence[SourceCategory], *, rename: Mapping[str, str], drop: Sequence[str], start: int | None) -> ClassMapping:
    """The mapping of a file onto its own categories in their order, renamed, merged and dropped.

    A category keeps its id, if `start` does not renumber all. A merged category has the id of the source category with its
    name, or else of the first.

    Raises:
        MappingError: As `ClassMapping.from_names`.
    """
    classes = named(source)
    targets: dict[str, int] = {}
    for category in classes:
        if category.name in drop or category.id is None:
            continue
        name = rename.get(category.name, category.name)
        if name not in targets or name == category.name:
            targets[name] = category.id
    if not targets:
        msg = "every category is dropped; at least one must remain"
        raise MappingError(msg)
    if start is not None:
        return ClassMapping.from_names(classes, list(targets), rename=rename, drop=drop, start=start)
    return ClassMapping.from_names(classes, [Category(number, name) for name, number in targets.items()], rename=rename, drop=drop)


def named(source: Sequence[SourceCategory]) -> list[Category]:
    """The categories with their names, for a mapping by name.

    Raises:
        MappingError: If one has no name, or two have the same name.
    """
    out: list[Category] = []
    owners: dict[str, int] = {}
    for category in source:
        if category.name is None:
            msg = f"category {category.id} of the source has no name; map by ids: --mapping FILE with a table `ids`"
            raise MappingError(msg)
        if owners.setdefault(category.name, category.id) != category.id:
            both = f"{owners[category.name]} and {category.id}"
            msg = f"two categories of the source have the name {quoted(category.name)} (ids {both}); map by ids: --mapping FILE with a table `ids`"
            raise MappingError(msg)
        out.append(Category(category.id, category.name))
    if not out:
        msg = "the source has no categories, so there is nothing to map"
        raise MappingError(msg)
    return out


def category_table(source: Sequence[SourceCategory], mapping: ClassMapping) -> tuple[dict[int, int], dict[int, str]]:
    """The category of each source category, and why it is refused if it is.

    By name if the mapping has names, else by id.

    Returns:
        Source id -> category id, `DROPPED` or `REFUSED`; and the reasons for the refused ones.
    """
    by_name = {row.name: row.id for row in mapping.classes if row.name is not None}
    names = [name for name in by_name if name]
    suggestions = Suggestions(names)
    table: dict[int, int] = {}
    refused: dict[int, str] = {}
    for category in source:
        class_id: int | None = category.id
        if by_name:
            class_id = by_name.get(category.name or "")
        if class_id is None:
            table[category.id] = REFUSED
            hint = suggestions.hint(category.name) if category.name else f"there are {listed(names)}"
            refused[category.id] = f"category {quoted(category.name)} (id {category.id}) is not one of the mapping's classes; {hint}"
            continue
        table[category.id] = int(mapping.resolve([class_id])[0])
        if table[category.id] == REFUSED:
            refused[category.id] = mapping.refusal(class_id).detail
    return table, refused


def written_categories(source: Sequence[SourceCategory], table: Mapping[int, int], mapping: ClassMapping) -> list[bytes]:
    """The rows of the section as they are written, in the mapping's order.

    A row is that of the source category that is mapped to it, byte for byte, except for id, name and what else the mapping
    states. If several are, it is the row of the one with its name, or else of the first.
    """
    out = []
    sources: defaultdict[int | None, list[SourceCategory]] = defaultdict(list)
    for one in source:
        if one.raw:
            sources[table.get(one.id)].append(one)
    for category in mapping.categories:
        own = sources.get(category.id, [])
        row = next((one for one in own if one.name == category.name), own[0] if own else None)
        out.append(encode_value(plain_category(category), "a category") if row is None else _rewritten(row, category))
    return out


def _rewritten(row: SourceCategory, category: Category) -> bytes:
    edits = Edits()
    wanted = plain_category(category)
    there = {member.key: member for member in members(row.raw, 0)}
    for key, value in wanted.items():
        member = there.get(key)
        if member is None:
            continue
        if msgspec.json.decode(row.raw[member.start : member.end], strict=True) != value:
            edits.replace((member.start, member.end), encode_value(value, "a category"))
    text = b"".join(bytes(part) for part in edits.applied(row.original))
    more = {key: value for key, value in wanted.items() if key not in there}
    if not more:
        return text
    closing = text.rstrip().removesuffix(b"}").rstrip()
    return closing + (b"," if not closing.endswith(b"{") else b"") + encode_value(more, "a category")[1:]
