"""Where the sections and rows of a document are, found by the decoder or by the native reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from cocoproof.json_text import REFUSALS
from cocoproof.reading.plain_rows import NotPlain, RowTexts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from msgspec import Raw
    from numpy.typing import NDArray

    from cocoproof.json_text import Text
    from cocoproof.reading.native import NativeLibrary

__all__ = ["SECTIONS", "DocumentLayout", "find_members", "index_text"]

SECTIONS = ("images", "annotations", "categories", "licenses", "videos", "tracks")
_READ_NATIVELY = ("images", "annotations")


@dataclass(frozen=True, eq=False, kw_only=True)
class DocumentLayout:
    """The sections of a document.

    Attributes:
        is_list: Whether the document is a list: its only section is `annotations`.
        keys: The keys of the document in their order.
        starts: Where the value of each key starts.
        rows: The rows of each section that COCO files have; None if its value is not a list.
        row_starts: Where each row starts, int64, for each section with rows.
        suspicious: Sections whose rows may have a duplicate key or a number beyond a double; None if all of the text may have some.
        rest_is_suspicious: The same of what is outside of the sections' rows.
    """

    is_list: bool
    keys: tuple[str, ...]
    starts: Mapping[str, int]
    rows: Mapping[str, Sequence[Raw] | None]
    row_starts: Mapping[str, NDArray[np.int64]]
    suspicious: frozenset[str] | None = None
    rest_is_suspicious: bool = field(default=True)


def find_members(data: Text, top: dict[str, Raw] | list[Raw]) -> DocumentLayout:
    """The layout of a document of which a decoder found the members, which are views of the text."""
    base = _address(data)
    rows: dict[str, Sequence[Raw] | None]
    if isinstance(top, list):
        members: dict[str, Raw] = {}
        rows = {"annotations": top}
    else:
        members = top
        rows = {name: _rows(top[name]) for name in SECTIONS if name in top}
    return DocumentLayout(
        is_list=isinstance(top, list),
        keys=tuple(members),
        starts={key: _address(raw) - base for key, raw in members.items()},
        rows=rows,
        row_starts={name: _row_starts(data, base, found) for name, found in rows.items() if found},
    )


def index_text(data: Text, library: NativeLibrary, on_bytes: Callable[[int], None] | None = None) -> DocumentLayout | None:
    """The layout as the native reader finds it. The rows of the sections that it will read are not validated yet.

    Args:
        data: The text.
        library: The native reader.
        on_bytes: Called from time to time, while the rows are read, with the offset of where they are.

    Returns:
        None if the text is not plain JSON.
    """
    index = library.index(data)
    if index is None:
        return None
    rows: dict[str, Sequence[Raw] | None] = {}
    row_starts: dict[str, NDArray[np.int64]] = {}
    suspicious: set[str] = set()
    rest_is_suspicious = any(member.suspicious for member in index.members)
    for member in index.members:
        name = "annotations" if index.is_list else member.key
        if member.rows is None:
            if name in SECTIONS:
                rows[name] = None
            continue
        starts, ends = (offsets[member.rows.start : member.rows.stop] for offsets in (index.starts, index.ends))
        texts = RowTexts(data, starts, ends, library, on_bytes)
        if name in _READ_NATIVELY:
            rows[name] = texts
        else:
            try:
                has_oddities = texts.validate()
            except NotPlain:
                return None
            if name in SECTIONS:
                rows[name] = texts.texts(0, len(texts))
                if has_oddities:
                    suspicious.add(name)
            else:
                rest_is_suspicious |= has_oddities
        if name in SECTIONS and len(texts):
            row_starts[name] = starts
    return DocumentLayout(
        is_list=index.is_list,
        keys=() if index.is_list else tuple(member.key for member in index.members),
        starts={} if index.is_list else {member.key: member.start for member in index.members},
        rows={name: rows[name] for name in SECTIONS if name in rows},
        row_starts=row_starts,
        suspicious=frozenset(suspicious),
        rest_is_suspicious=rest_is_suspicious,
    )


def _rows(section: Raw) -> list[Raw] | None:
    try:
        return msgspec.json.decode(section, type=list[msgspec.Raw])
    except REFUSALS:
        return None


def _address(buffer: Text | Raw) -> int:
    address: int = np.frombuffer(memoryview(buffer), np.uint8).__array_interface__["data"][0]
    return address


def _row_starts(data: Text, base: int, rows: Sequence[Raw]) -> NDArray[np.int64]:
    """Offsets of rows in the text: they are views of it.

    The address of a view costs a microsecond, so the rows are first assumed to be one separator apart, which is then verified.
    """
    first, last = _address(rows[0]) - base, _address(rows[-1]) - base
    lengths = np.fromiter((len(memoryview(raw)) for raw in rows), np.int64, len(rows))
    gap = (last - first - int(lengths[:-1].sum())) // max(len(rows) - 1, 1)
    starts = first + np.concatenate([[0], np.cumsum(lengths[:-1] + gap)])
    if starts[-1] == last and gap > 0:
        raw = np.frombuffer(memoryview(data), np.uint8)
        separator = np.stack([raw[starts[1:] - k] for k in range(gap, 0, -1)]) if len(rows) > 1 else np.empty((gap, 0))
        is_comma, is_space = separator == ord(","), np.isin(separator, [9, 10, 13, 32])
        if ((is_comma | is_space).all() and (is_comma.sum(0) == 1).all()) or len(rows) == 1:
            return starts.astype(np.int64)
    return np.fromiter((_address(raw) - base for raw in rows), np.int64, len(rows))
