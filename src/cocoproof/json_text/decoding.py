"""Decoding with msgspec, with our own error for texts that it rejects.

The exception class and message of a library change from release to release. So any of `REFUSALS` means that a text is rejected, and
`find_problem` and `find_misfit` find the reason.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, TypeVar

import msgspec

from cocoproof.json_text.fit import Misfit, find_misfit
from cocoproof.json_text.structure import is_deeper
from cocoproof.json_text.syntax import Fault, SyntaxProblem, find_problem, line_and_column

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.json_text.text import Text

__all__ = ["MAX_DEPTH", "REFUSALS", "JsonError", "accepts", "convert", "decode", "decode_members", "fit_error"]

T = TypeVar("T")

REFUSALS: tuple[type[Exception], ...] = (msgspec.MsgspecError, ValueError, TypeError, ArithmeticError, RuntimeError)
"""The exceptions of a decoder for a text that it rejects. The standard classes are those that libraries have used for encoding
(UnicodeDecodeError), depth (RecursionError), size (OverflowError) and integers beyond 64 bits (RuntimeError)."""

MAX_DEPTH = 200
"""A rejected text with more levels of nesting is reported as too deep. Python's json, and so pycocotools, fails near 1,000; COCO files need fewer than ten."""

_READABLE_DEPTH = 1_000
"""Texts with more levels are not decoded. CPython before 3.12 fails at about this depth, and later releases go much deeper (3.12 to 10,000
levels, 3.14 as deep as the stack is): a file must not be valid with one Python and not with another."""

_MARGIN = 50
_SPACE = re.compile(rb"[ \t\r\n]*")
_decode_object = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_decode_list = msgspec.json.Decoder(list[msgspec.Raw]).decode
_decode_any = msgspec.json.Decoder(msgspec.Raw).decode


class JsonError(ValueError):
    """A text that is not JSON, or JSON that does not fit a type.

    Attributes:
        detail: What is wrong, without the place of a syntax problem.
        problem: The syntax problem, or None.
        misfit: The value that does not fit, or None.
    """

    def __init__(self, detail: str, *, problem: SyntaxProblem | None = None, misfit: Misfit | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.problem = problem
        self.misfit = misfit


def decode(data: bytes, decoder: msgspec.json.Decoder[T]) -> T:
    """Decode a text.

    Raises:
        JsonError: If it is not JSON, is nested too deep, or does not fit the decoder's type.
    """
    if is_deeper(data, _READABLE_DEPTH):
        raise _reason(data, decoder.type)
    try:
        return decoder.decode(data)
    except REFUSALS:
        raise _reason(data, decoder.type) from None


def convert(value: object, type_: type[T]) -> T:
    """Convert plain Python values, as returned by `json.loads`, into a type.

    Raises:
        JsonError: If they do not fit.
    """
    try:
        return msgspec.convert(value, type_)
    except REFUSALS:
        raise fit_error(value, type_) from None


def decode_members(data: Text) -> dict[str, msgspec.Raw] | list[msgspec.Raw] | None:
    """The members of the object or list that a document is, undecoded; None for any other value.

    An accepted text can also be decoded some frames deeper in the stack, so that decoding a part of it later does not fail because of depth.

    Raises:
        JsonError: If it is not JSON, or is nested too deep for the decoder. The reason is not included: `find_problem` takes longer.
    """
    if is_deeper(data, _READABLE_DEPTH):
        msg = "nested too deep"
        raise JsonError(msg)
    start = _SPACE.match(data)
    first = data[start.end() : start.end() + 1] if start else b""
    try:
        if first == b"{":
            return _from_below(_decode_object, memoryview(data), _MARGIN)
        if first == b"[":
            return _from_below(_decode_list, memoryview(data), _MARGIN)
        _decode_any(memoryview(data))
    except REFUSALS:
        msg = "not JSON, or nested too deep"
        raise JsonError(msg) from None
    return None


def accepts(data: bytes) -> bool:
    """Whether the decoder accepts a text that is a list."""
    try:
        _decode_list(data)
    except REFUSALS:
        return False
    return True


def fit_error(value: object, type_: object) -> JsonError:
    """The error for a value that a decoder rejected: `value` is the result of `json.loads`."""
    misfit = find_misfit(value, type_)
    if misfit is None:
        return JsonError("does not fit")
    return JsonError(f"{misfit.path}: {misfit.detail}" if misfit.path else misfit.detail, misfit=misfit)


def _reason(data: bytes, type_: object) -> JsonError:
    problem = find_problem(data, accepts=accepts, max_depth=MAX_DEPTH)
    if problem is not None:
        line, column = line_and_column(data, problem.offset)
        kind = "" if problem.fault is Fault.TOO_DEEP else "invalid JSON: "
        return JsonError(f"{kind}{problem.fault.value} (line {line}, column {column})", problem=problem)
    # Integers of any length become floats: Python's int rejects those of thousands of digits.
    return fit_error(json.loads(data, parse_int=_whole), type_)


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) < 1000 else float("inf")


def _from_below(decode_: Callable[[memoryview], T], data: memoryview, frames: int) -> T:
    """Decode from `frames` frames deeper in the stack."""
    return _from_below(decode_, data, frames - 1) if frames else decode_(data)
