"""Where a text stops being JSON, by the grammar of RFC 8259.

The scanner reads token by token, keeps the open brackets on a list instead of the call stack, and so supports any depth. Long lists of
objects are skipped in chunks that a fast decoder accepts, so that a fault near the end of a file of hundreds of megabytes is found in
seconds.
"""

from __future__ import annotations

import codecs
import enum
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NoReturn

from cocoproof.json_text.structure import end_of_values, is_deeper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cocoproof.json_text.text import Text

__all__ = ["Fault", "SyntaxProblem", "bad_utf8", "find_problem", "is_wide", "line_and_column"]

_WINDOW = 1 << 24
_LONGEST_SKIP = 1 << 22
_SHORTEST_SKIP = 1 << 12
_GUESSES = 2
_DEEPEST_SKIP = 4

_SPACE = re.compile(rb"[ \t\r\n]*")
_OPENING_LISTS = re.compile(rb"\[+")
_OPENING_OBJECTS = re.compile(rb'(?:\{"[^"\\{\x00-\x1f]*":){1,1000}')
_CLOSING = re.compile(rb"[\]}]+")
_CLOSED_BY = bytes.maketrans(b"[{", b"]}")
_PLAIN = re.compile(rb'[^"\\\x00-\x1f]*')
_NUMBER = re.compile(rb"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_NUMBER_START = re.compile(rb"-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?(?:(?<=[0-9])[eE][+-]?[0-9]*)?)?\Z")
_NUMBER_CHARACTERS = tuple(bytes([byte]) for byte in b"0123456789.eE")
_WORDS = (b"true", b"false", b"null")
_WIDE_ZEROS = {(False, True) * 2, (True, False) * 2, (False, True), (True, False), (False, True, True, True), (True, True, True, False)}
"""Which of the first four bytes are zero in JSON as UTF-16 and UTF-32 (RFC 4627, section 3)."""


class Fault(enum.Enum):
    """What is wrong at the first byte that cannot be part of a JSON document."""

    NOT_UTF8 = "not UTF-8"
    WIDE = "UTF-16 or UTF-32"
    TRUNCATED = "the text ends before the document does"
    MORE_TEXT = "more text follows the document"
    CONTROL_CHARACTER = "an unescaped control character in a string"
    BAD_ESCAPE = "an invalid escape in a string"
    LONE_SURROGATE = "half of a surrogate pair"
    BAD_NUMBER = "an invalid number"
    VALUE_EXPECTED = "a value is expected"
    KEY_EXPECTED = "keys must be strings"
    COLON_EXPECTED = "expected ':'"
    COMMA_EXPECTED_IN_LIST = "expected ',' or ']'"
    COMMA_EXPECTED_IN_OBJECT = "expected ',' or '}'"
    TRAILING_COMMA = "trailing comma"
    TOO_DEEP = "nested too deep"
    NOT_FOUND = "not valid, or nested too deep: the place was not found within the budget of steps"


@dataclass(frozen=True, slots=True)
class SyntaxProblem:
    """The first fault of a text.

    Attributes:
        fault: What is wrong.
        offset: Its byte offset, from 0; for a text that ends too early, the start of its last character; how far the text is valid where the place was not found.
    """

    fault: Fault
    offset: int


def line_and_column(data: Text, offset: int) -> tuple[int, int]:
    """Line and column, both from 1, of a byte of a text in UTF-8; columns count characters."""
    start = data.rfind(b"\n", 0, offset) + 1
    return data.count(b"\n", 0, offset) + 1, len(data[start:offset].decode("utf-8", "replace")) + 1


def is_wide(data: Text) -> bool:
    """Whether the text is UTF-16 or UTF-32, by its first bytes."""
    return data[:2] in (b"\xff\xfe", b"\xfe\xff") or tuple(byte == 0 for byte in data[:4]) in _WIDE_ZEROS


def bad_utf8(data: Text) -> int | None:
    """The offset of the first byte that is not UTF-8, or None."""
    if data.isascii():
        return None
    decoder = codecs.getincrementaldecoder("utf-8")()
    start = 0
    try:
        for start in range(0, len(data), _WINDOW):
            decoder.decode(data[start : start + _WINDOW], final=start + _WINDOW >= len(data))
    except UnicodeDecodeError as error:
        pending = len(error.object) - len(data[start : start + _WINDOW])
        return start - pending + error.start
    return None


def find_problem(
    data: Text, *, accepts: Callable[[bytes], bool] | None = None, max_depth: int | None = None, max_steps: int | None = None
) -> SyntaxProblem | None:
    """The first fault of a text, or None if it is a JSON document.

    Args:
        data: The text.
        accepts: Whether a decoder accepts a text as JSON; used to skip parts without a fault, never to find one.
        max_depth: A text with more levels of nesting is rejected as too deep.
        max_steps: How many tokens and escapes are looked at one by one before the search ends; lists of rows, and runs of brackets, are not.
    """
    if is_wide(data):
        return SyntaxProblem(Fault.WIDE, 0)
    offset = bad_utf8(data)
    if offset is not None:
        return SyntaxProblem(Fault.NOT_UTF8, offset)
    try:
        _Scanner(data, accepts, max_depth, max_steps).scan()
    except _FoundError as found:
        return found.problem
    return None


class _FoundError(Exception):
    def __init__(self, fault: Fault, offset: int) -> None:
        super().__init__()
        self.problem = SyntaxProblem(fault, offset)


class _State(enum.Enum):
    VALUE = enum.auto()
    VALUE_OR_END = enum.auto()
    KEY = enum.auto()
    KEY_OR_END = enum.auto()
    COLON = enum.auto()
    AFTER = enum.auto()


class _Scanner:
    def __init__(self, data: Text, accepts: Callable[[bytes], bool] | None, max_depth: int | None, max_steps: int | None) -> None:
        self._data = data
        self._accepts = accepts
        self._max_depth = max_depth
        self._open = bytearray()
        self._skip_size = _LONGEST_SKIP
        self._skip_from = 0
        self._steps = math.inf if max_steps is None else max_steps

    def scan(self) -> None:
        data, at, state = self._data, 0, _State.VALUE
        while True:
            self._step(at)
            at = _end(_SPACE, data, at)
            if at >= len(data):
                if state is _State.AFTER and not self._open:
                    return
                self._truncated()
            if state in (_State.VALUE, _State.VALUE_OR_END):
                skipped = self._skipped(at)
                at, state = (skipped, _State.AFTER) if skipped > at else self._value(at, state)
            elif state is _State.AFTER:
                at, state = self._after(at)
            elif state is _State.COLON:
                if data[at] != ord(":"):
                    raise _FoundError(Fault.COLON_EXPECTED, at)
                at, state = at + 1, _State.VALUE
            else:
                at, state = self._key(at, state)

    def _value(self, at: int, state: _State) -> tuple[int, _State]:
        byte = self._data[at]
        if byte == ord('"'):
            return self._string(at), _State.AFTER
        if byte == ord("["):
            end = _end(_OPENING_LISTS, self._data, at)
            if self._max_depth is not None and len(self._open) + end - at > self._max_depth:
                raise _FoundError(Fault.TOO_DEEP, at + self._max_depth - len(self._open))
            self._open += b"[" * (end - at)
            return end, _State.VALUE_OR_END
        if byte == ord("{"):
            self._open.append(byte)
            if self._max_depth is not None and len(self._open) > self._max_depth:
                raise _FoundError(Fault.TOO_DEEP, at)
            return self._objects(at)
        if byte == ord("]") and self._open[-1:] == b"[":
            if state is _State.VALUE:
                raise _FoundError(Fault.TRAILING_COMMA, at)
            self._open.pop()
            return at + 1, _State.AFTER
        if byte in b"-0123456789":
            return self._number(at), _State.AFTER
        for word in _WORDS:
            if self._data.startswith(word, at):
                return at + len(word), _State.AFTER
            if word.startswith(self._data[at : at + len(word)]):
                self._truncated()
        raise _FoundError(Fault.VALUE_EXPECTED, at)

    def _objects(self, at: int) -> tuple[int, _State]:
        """The offset and the state after the object that opens here, and those that open within, if each is the value of a first key."""
        match = None if self._max_depth is not None else _OPENING_OBJECTS.match(self._data, at)
        if match is None:
            return at + 1, _State.KEY_OR_END
        self._open += b"{" * (match[0].count(b"{") - 1)
        return match.end(), _State.VALUE

    def _step(self, at: int) -> None:
        self._steps -= 1
        if self._steps < 0:
            raise _FoundError(Fault.NOT_FOUND, at)

    def _number(self, at: int) -> int:
        match = _NUMBER.match(self._data, at)
        end = match.end() if match else at + 1
        if match is None or self._data[end : end + 1] in _NUMBER_CHARACTERS:
            if _NUMBER_START.match(self._data, at):
                self._truncated()
            raise _FoundError(Fault.BAD_NUMBER, end if match else at)
        return end

    def _key(self, at: int, state: _State) -> tuple[int, _State]:
        byte = self._data[at]
        if byte == ord('"'):
            return self._string(at), _State.COLON
        if byte != ord("}"):
            raise _FoundError(Fault.KEY_EXPECTED, at)
        if state is _State.KEY:
            raise _FoundError(Fault.TRAILING_COMMA, at)
        self._open.pop()
        return at + 1, _State.AFTER

    def _after(self, at: int) -> tuple[int, _State]:
        if not self._open:
            raise _FoundError(Fault.MORE_TEXT, at)
        in_object = self._open[-1] == ord("{")
        byte = self._data[at]
        if byte == ord(","):
            return at + 1, _State.KEY if in_object else _State.VALUE
        if byte == (ord("}") if in_object else ord("]")):
            return at + self._close(self._data[at : _end(_CLOSING, self._data, at)]), _State.AFTER
        raise _FoundError(Fault.COMMA_EXPECTED_IN_OBJECT if in_object else Fault.COMMA_EXPECTED_IN_LIST, at)

    def _close(self, brackets: bytes) -> int:
        """Close what is open as long as these brackets fit it, and return how many do; the first does."""
        most = min(len(brackets), len(self._open))
        fitting = self._open[-most:][::-1].translate(_CLOSED_BY)
        if fitting != brackets[:most]:
            most = next(k for k, (one, other) in enumerate(zip(fitting, brackets, strict=False)) if one != other)
        del self._open[-most:]
        return most

    def _string(self, at: int) -> int:
        """The offset after the string that starts here."""
        data = self._data
        at += 1
        while True:
            at = _end(_PLAIN, data, at)
            if at >= len(data):
                self._truncated()
            if data[at] == ord('"'):
                return at + 1
            if data[at] != ord("\\"):
                raise _FoundError(Fault.CONTROL_CHARACTER, at)
            self._step(at)
            at = self._escape(at)

    def _escape(self, at: int) -> int:
        kind = self._data[at + 1 : at + 2]
        if not kind:
            self._truncated()
        if kind in b'"\\/bfnrt':
            return at + 2
        if kind != b"u":
            raise _FoundError(Fault.BAD_ESCAPE, at + 1)
        unit = self._unit(at)
        if not 0xD800 <= unit < 0xE000:
            return at + 6
        follows = self._data[at + 6 : at + 8]
        if unit < 0xDC00 and follows != b"\\u" and b"\\u".startswith(follows) and at + 6 + len(follows) == len(self._data):
            self._truncated()
        if unit >= 0xDC00 or follows != b"\\u" or not 0xDC00 <= self._unit(at + 6) < 0xE000:
            raise _FoundError(Fault.LONE_SURROGATE, at)
        return at + 12

    def _unit(self, at: int) -> int:
        digits = self._data[at + 2 : at + 6]
        if digits.strip(b"0123456789abcdefABCDEF"):
            raise _FoundError(Fault.BAD_ESCAPE, at + 1)
        if len(digits) < 4:
            self._truncated()
        return int(digits, 16)

    def _skipped(self, at: int) -> int:
        """The offset after as many values of the list as a decoder accepts at once, or `at`."""
        if self._accepts is None or at < self._skip_from or self._open[-1:] != b"[" or len(self._open) > _DEEPEST_SKIP:
            return at
        while True:
            for end in self._ends(at, at + self._skip_size):
                values = b"[" + self._data[at:end] + b"]"
                # Some decoders go deeper than the limit.
                if self._max_depth is not None and is_deeper(values, self._max_depth + 1 - len(self._open)):
                    continue
                if self._accepts(values):
                    self._skip_size = min(self._skip_size * 2, _LONGEST_SKIP)
                    return end
            if self._skip_size <= _SHORTEST_SKIP:
                self._skip_from = at + _SHORTEST_SKIP
                return at
            self._skip_size //= 2

    def _ends(self, start: int, stop: int) -> Iterator[int]:
        """Where values may end: quick guesses, then what the brackets say."""
        end = stop
        for _ in range(_GUESSES):
            end = self._data.rfind(b"}", start, end)
            if end < 0:
                return
            yield end + 1
        counted = end_of_values(self._data[start:stop])
        if counted:
            yield start + counted

    def _truncated(self) -> NoReturn:
        last = len(self._data) - 1
        while last > 0 and self._data[last] in b" \t\r\n":
            last -= 1
        last = max(last, 0)
        while last and self._data[last] & 0xC0 == 0x80:  # to where the character starts
            last -= 1
        raise _FoundError(Fault.TRUNCATED, last)


def _end(pattern: re.Pattern[bytes], data: Text, at: int) -> int:
    match = pattern.match(data, at)
    return match.end() if match else at
