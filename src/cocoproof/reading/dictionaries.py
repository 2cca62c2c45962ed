"""Documents that have dictionaries in the place of lists, as COCO-Text has: read as if they had COCO's sections."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Raw

from cocoproof.json_text import REFUSALS, decode_members
from cocoproof.reading.locator import members, skip_space
from cocoproof.reading.strict_text import replaced

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.input_files.mapped_text import MappedText

__all__ = ["DICTIONARIES", "SECTION_NAMES", "has_dictionaries", "with_lists"]

SECTION_NAMES = {"imgs": "images", "anns": "annotations", "cats": "categories"}
"""What COCO calls each dictionary. A file without `cats` has no categories."""

DICTIONARIES = frozenset({*SECTION_NAMES, "imgToAnns", "img2Anns"})
"""The keys of such a document: COCO-Text has `imgToAnns` (https://github.com/andreasveit/coco-text), TextOCR `img2Anns` in its description
and `imgToAnns` in its files."""

_LOOK = 200
_WORDS = frozenset({"utf8_string", "legibility", "language", "mask", "polygon", "points", "class"})
_ANNOTATED = frozenset({"image_id", "bbox"})
_SPACES = bytes(byte if byte in b"\r\n" else 32 for byte in range(256))

_row = msgspec.json.Decoder(dict[str, Raw]).decode


def has_dictionaries(top: object) -> bool:
    """Whether a document is of COCO-Text's form: `imgs` and `anns` are objects, and most annotations have a box and what was read there.

    Args:
        top: The members of the document, or whatever else it is.
    """
    if not isinstance(top, dict) or not {"imgs", "anns"} <= top.keys() or top.keys() & {"images", "annotations"}:
        return False
    tables = [_row_of(top[name]) for name in ("imgs", "anns")]
    if not all(tables):
        return False
    rows = [_row_of(raw).keys() for _, raw in zip(range(_LOOK), tables[1].values(), strict=False)]
    return 2 * sum(row >= _ANNOTATED and bool(row & _WORDS) for row in rows) > len(rows)


def with_lists(
    data: bytes | MappedText, top: Mapping[str, Raw]
) -> tuple[bytes | MappedText, dict[str, Raw], dict[str, tuple[str, list[str | int]]]]:
    """The same document with lists: each brace of a dictionary is a bracket, and each of its keys is blank, so that all offsets are the same.

    Args:
        data: Strict JSON.
        top: Its members, for which `has_dictionaries` is true.

    Returns:
        The text, the members with COCO's names for the sections, without the index of annotations by image, and for each section its
        own name with the keys of its rows.
    """
    names = {name: section for name, section in SECTION_NAMES.items() if name in top and section not in top}
    parts: dict[str, list[tuple[int, bytes]]] = {}
    keys: dict[str, tuple[str, list[str | int]]] = {}
    for member in members(data, skip_space(data, 0)):
        section = names.get(str(member.key))
        if section is None or data[member.start : member.start + 1] != b"{":
            continue
        rows = list(members(data, member.start))
        # Of duplicate sections readers keep the last.
        keys[section] = (str(member.key), [row.key for row in rows])
        parts[section] = [
            (member.start, b"["),
            *((row.key_start, data[row.key_start : row.start].translate(_SPACES)) for row in rows),
            (member.end - 1, b"]"),
        ]
    data = replaced(data, [part for changed in parts.values() for part in changed])
    found = decode_members(data)
    kept = {
        names.get(name, name): raw
        for name, raw in (found.items() if isinstance(found, dict) else ())
        if name in names or name not in DICTIONARIES
    }
    return data, kept, keys


def _row_of(raw: Raw) -> dict[str, Raw]:
    try:
        return _row(raw)
    except REFUSALS:
        return {}
