"""Bytes -> strict JSON, and the defects that had to be corrected.

Most readers stop at the first NaN. Here a token that is not JSON is reported with its position, and overwritten with a string and
spaces of the same length, so that all offsets stay valid and the rest of the document is still checked. Only a truncated file, other
invalid syntax, or bytes that are not UTF-8 end the reading.
"""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

import numpy as np

from cocoproof.input_files.mapped_text import MappedText
from cocoproof.json_text import (
    MAX_DEPTH,
    Fault,
    JsonError,
    SyntaxProblem,
    accepts,
    bad_utf8,
    decode_members,
    find_problem,
    inside_strings,
    nesting_in_windows,
)
from cocoproof.model.budgets import DEEP_VALUES, SYNTAX_STEPS
from cocoproof.reading.defects import Defect, Unreadable

if TYPE_CHECKING:
    import msgspec
    from numpy.typing import NDArray

    from cocoproof.json_text import Text

__all__ = ["MAX_DEPTH", "StrictText", "make_strict", "overflows", "replaced"]

_T = TypeVar("_T", bound="Text")

_BLANKS = b"\x7f" + bytes(byte for byte in range(0x7E, 0x20, -1) if byte not in b'"\\')
"""Candidates for the string that overwrites a value that is not JSON: with its quotes it has three bytes, like the shortest such
token (NaN), and it has the wrong type wherever a number, a list or an object is expected."""

_BOM = codecs.BOM_UTF8
_NON_FINITE = re.compile(rb"-?(?:NaN|Infinity)")
_NUMBER = re.compile(rb"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")
_LONE_SURROGATE = re.compile(
    rb"(?<!\\)(?:\\\\)*(?P<pair>\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})"
    rb"|(?<!\\)(?:\\\\)*(?P<lone>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
_FAULTS = {
    Fault.MORE_TEXT: "one JSON document is expected, more text follows it",
    Fault.VALUE_EXPECTED: "a value is expected (JSON has no single quotes, comments or Python names)",
    Fault.TRAILING_COMMA: "trailing comma: a value is expected after the comma",
}
_OVER_BUDGET = "not checked, over the budget of steps"
_REFUSED = object()


@dataclass(frozen=True, slots=True)
class StrictText(Generic[_T]):
    """A document's text as strict JSON.

    Attributes:
        data: Strict JSON, as long as the source. A byte order mark is replaced by three spaces. Of a mapped file only the pages that are
            corrected are copied.
        top: The members of the object, or of the list, that the document is; None for any other value.
        defects: What was corrected.
        blank: The string that replaced invalid values, and that the document does not contain otherwise; None if none was replaced.
    """

    data: _T
    top: dict[str, msgspec.Raw] | list[msgspec.Raw] | None
    defects: tuple[Defect, ...]
    blank: str | None


def make_strict(data: _T) -> StrictText[_T]:
    """Correct the text so that a strict reader accepts it.

    Raises:
        Unreadable: COCO003 for bytes that are not UTF-8, COCO002 for text that is not a JSON document; with the offset.
    """
    defects: list[Defect] = []
    if data.startswith(_BOM):
        defects.append(
            Defect("COCO004", "starts with a UTF-8 byte order mark: Python's json, and so pycocotools, rejects the file", offset=0)
        )
        data = replaced(data, [(0, b"   ")])
    offset = bad_utf8(data)
    if offset is not None:
        raise Unreadable(Defect("COCO003", _encoding_message(data, offset), offset=offset))
    blank = b""
    top = _members(data)
    if top is _REFUSED:
        blank = next((bytes([byte]) for byte in _BLANKS if not _contains_string(data, byte)), _BLANKS[:1])
        data = _overwrite_tokens(data, blank, defects)
        top = _members(data)
    if top is _REFUSED:
        problem = find_problem(data, accepts=accepts, max_steps=SYNTAX_STEPS)
        if problem is not None:
            raise Unreadable(_explain(data, problem))
        data = _cut_depth(data, blank, defects)  # valid JSON that was rejected: the decoder's limit of depth was exceeded
        top = _members(data)
    if top is _REFUSED:
        raise Unreadable(Defect("COCO008", f"nested too deep for readers (the limit is {MAX_DEPTH} levels)"))
    blanked = any(defect.code in {"COCO006", "COCO008"} for defect in defects)
    return StrictText(data, top, tuple(defects), blank.decode() if blanked else None)


def overflows(data: Text, offsets: NDArray[np.int64]) -> list[Defect]:
    """Find the numbers that overflow a double, such as 1e400.

    Args:
        data: Strict JSON.
        offsets: Offsets in suspicious numbers, outside strings, ascending.
    """
    defects: list[Defect] = []
    end = 0
    for offset in offsets.tolist():
        if offset < end:
            continue
        start = offset
        while start > 0 and data[start - 1] in b"0123456789.eE+-":
            start -= 1
        match = _NUMBER.match(data, start)
        end = match.end() if match else offset
        if match and np.isinf(_as_double(match[0])):
            defects.append(Defect("COCO006", f"the number {_cut(match[0])} is beyond the range of a double", offset=start))
    return defects


def _as_double(number: bytes) -> float:
    try:
        return float(number)
    except OverflowError:
        return float("inf")


def _encoding_message(data: Text, offset: int) -> str:
    if data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[1:2] == b"\0" or data[:1] == b"\0":
        return "the file is UTF-16 or UTF-32; JSON is read as UTF-8: convert it"
    return f"byte 0x{data[offset]:02x} is not UTF-8; JSON is read as UTF-8: convert the file"


def _members(data: Text) -> Any:
    """The members of the document, decoded by a strict reader, or `_REFUSED`."""
    try:
        return decode_members(data)
    except JsonError:
        return _REFUSED


def _explain(data: Text, problem: SyntaxProblem) -> Defect:
    fault, offset = problem.fault, problem.offset
    if fault in (Fault.WIDE, Fault.NOT_UTF8, Fault.LONE_SURROGATE):
        return Defect("COCO003", _encoding_message(data, offset), offset=offset)
    if fault is Fault.NOT_FOUND:
        return Defect(
            "COCO002",
            f"invalid JSON, or nested too deep for readers; up to here it is valid, and what follows is {_OVER_BUDGET}",
            offset=offset,
        )
    if fault is Fault.TRUNCATED:
        what = "the file ends before the document does: it is truncated, or a bracket or quote is not closed"
        return Defect("COCO002", what, offset=offset)
    found = data[offset : offset + 16].decode("utf-8", "replace")[:12]
    return Defect("COCO002", f"invalid JSON: {_FAULTS.get(fault, fault.value)}; found {found!r}", offset=offset)


def _overwrite_tokens(data: _T, blank: bytes, defects: list[Defect]) -> _T:
    """Overwrite NaN and Infinity tokens and lone surrogates, and report each."""
    found = [match.span() for match in _NON_FINITE.finditer(data) if _is_token(data, *match.span())]
    spans = [span for span, inside in zip(found, inside_strings(data, [start for start, _ in found]), strict=True) if not inside]
    defects += [
        Defect("COCO006", f"{data[start:end].decode()} is not a JSON number: strict readers reject the file", offset=start)
        for start, end in spans
    ]
    data = _overwrite(data, blank, spans)
    return _overwrite_surrogates(data, defects) if b"\\u" in data else data


def _overwrite_surrogates(data: _T, defects: list[Defect]) -> _T:
    found = [match.span("lone") for match in _LONE_SURROGATE.finditer(data) if match["lone"] is not None]
    spans = [span for span, inside in zip(found, inside_strings(data, [start for start, _ in found]), strict=True) if inside]
    defects += [
        Defect("COCO003", f"{data[start:end].decode()} is half of a surrogate pair: the text is not valid Unicode", offset=start)
        for start, end in spans
    ]
    return replaced(data, [(start, b"\\ufffd") for start, _ in spans])


def _cut_depth(data: _T, blank: bytes, defects: list[Defect]) -> _T:
    """Overwrite values that start deeper than MAX_DEPTH, including their brackets."""
    found = [
        (at[(step == 1) & (depth == MAX_DEPTH + 1)], at[(step == -1) & (depth == MAX_DEPTH)])
        for at, step, depth in nesting_in_windows(data)
    ]
    starts, ends = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if len(starts) > DEEP_VALUES:
        message = f"{len(starts):,} values are nested more than {MAX_DEPTH} levels deep: readers reject the file"
        raise Unreadable(Defect("COCO008", message, offset=int(starts[0])))
    ends = np.append(ends, len(data) - 1)
    spans = []
    for start in starts.tolist():
        end = int(ends[np.searchsorted(ends, start)]) + 1
        if end - start >= len(blank) + 2:
            spans.append((start, end))
            defects.append(
                Defect(
                    "COCO008",
                    f"nested more than {MAX_DEPTH} levels deep: Python's json before 3.12, and so pycocotools, cannot read the file",
                    offset=start,
                )
            )
    return _overwrite(data, blank, spans)


def _contains_string(data: Text, byte: int) -> bool:
    """Whether a string in the document consists of this character, escaped or not."""
    return any(spelling % byte in data for spelling in (b'"%c"', b'"\\u%04x"', b'"\\u%04X"'))


def _is_token(data: Text, start: int, end: int) -> bool:
    """Whether the word is a complete token: `NaNny` is a syntax error, not a NaN."""
    before, after = data[start - 1 : start], data[end : end + 1]
    return not (before.isalnum() or before in (b"-", b"+", b".") or after.isalnum() or after in (b".", b"_"))


def _overwrite(data: _T, blank: bytes, spans: list[tuple[int, int]]) -> _T:
    return replaced(data, [(start, (b'"' + blank + b'"').ljust(end - start)) for start, end in spans])


def replaced(data: _T, parts: list[tuple[int, bytes]]) -> _T:
    """The text with some parts replaced by others of their length."""
    if not parts:
        return data
    if isinstance(data, MappedText):
        mapped = data.to_change()
        for start, part in parts:
            mapped.overwrite(start, part)
        return cast("_T", mapped)
    out = bytearray(data)
    for start, part in parts:
        out[start : start + len(part)] = part
    return cast("_T", bytes(out))


def _cut(number: bytes, limit: int = 60) -> str:
    text = number.decode("ascii")
    return text if len(text) <= limit else f"{text[:limit]}... ({len(text)} digits)"
