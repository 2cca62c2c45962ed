"""Finds duplicate keys, and numbers that may overflow, which every fast reader silently accepts.

Rows of one section look alike. The keys and braces of each row, in order, are hashed, for all rows at once; one row of each hash is then
examined exactly, which for a section of a million rows means a handful of rows.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.json_text import string_quotes
from cocoproof.reading.locator import end_of_string

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from cocoproof.json_text import Text

__all__ = ["KeyScan", "has_repeated_key", "repeated_keys", "scan_rows"]

_WINDOW = 1 << 20
_MIX = np.uint64(0x9E3779B97F4A7C15)
_PERIOD = 4096
_SPACES = np.zeros(256, bool)
_SPACES[[9, 10, 13, 32]] = True
_DIGITS = np.zeros(256, bool)
_DIGITS[48:58] = True
_STEPS = 32
"""The number of vectorised steps over white space and keys; longer ones are rare."""
_PUNCTUATION = re.compile(rb'["\[\]{},]')
_LARGE = 1 << 18
"""A row of this many bytes or more is not decoded to see whether it has a duplicate key."""


@cache
def _weights() -> NDArray[np.uint64]:
    """Odd random numbers; numpy.random is imported only where text is scanned."""
    return np.random.default_rng(0).integers(1, 1 << 63, _PERIOD, dtype=np.uint64) | np.uint64(1)


_STEP = 150
"""A double overflows with 309 digits in a row, which contain at least two multiples of 150 bytes."""


@dataclass(frozen=True, slots=True)
class KeyScan:
    """The result of a scan.

    Attributes:
        repeated: Offsets of duplicate keys, except for the first of each, ascending.
        suspects: Offsets inside numbers that may overflow a double, int64, ascending: of the `e` of numbers with an exponent, and
            of some digits of numbers with hundreds of digits.
    """

    repeated: list[int]
    suspects: NDArray[np.int64]


def scan_rows(data: Text, starts: NDArray[np.int64], end: int) -> KeyScan:
    """Scan the rows of one section.

    Args:
        data: Strict JSON.
        starts: Offset of each row, int64, ascending.
        end: Offset where the section ends.
    """
    repeated: list[int] = []
    suspects: list[NDArray[np.int64]] = []
    known: dict[int, bool] = {}
    bounds = np.append(starts, end)
    for first, last in _windows(bounds):
        base = int(bounds[first])
        window = data[base : int(bounds[last])]
        hashes, found = _hash_rows(window, bounds[first:last] - base)
        suspects.append(found + base)
        shapes, examples, shape_of = np.unique(hashes, return_index=True, return_inverse=True)
        guilty = np.zeros(len(shapes), bool)
        for k, (shape, example) in enumerate(zip(shapes.tolist(), examples.tolist(), strict=True)):
            if shape not in known:
                at, until = int(bounds[first + example]), int(bounds[first + example + 1])
                known[shape] = has_repeated_key(data[at:until])
            guilty[k] = known[shape]
        for row in np.flatnonzero(guilty[shape_of]).tolist():
            repeated += repeated_keys(data, int(bounds[first + row]))
    return KeyScan(repeated, np.concatenate(suspects) if suspects else np.empty(0, np.int64))


def repeated_keys(data: Text, start: int) -> list[int]:
    """Offsets of duplicate keys, except for the first of each, in the value that starts at an offset, ascending."""
    found: list[int] = []
    # For each open container: the keys of an object so far; None for a list.
    opened: list[set[str] | None] = []
    key_is_due = False
    at = start
    while match := _PUNCTUATION.search(data, at):
        mark, at = match[0], match.end()
        if mark == b"{":
            opened.append(set())
            key_is_due = True
        elif mark == b"[":
            opened.append(None)
            key_is_due = False
        elif mark == b",":
            key_is_due = opened[-1] is not None
        elif mark in b"}]":
            opened.pop()
            key_is_due = False
        else:
            at = end_of_string(data, match.start())
            keys = opened[-1] if opened else None
            if key_is_due and keys is not None:
                key = json.loads(data[match.start() : at], strict=False)
                if key in keys:
                    found.append(match.start())
                keys.add(key)
                key_is_due = False
        if not opened:
            break
    return found


def _windows(bounds: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """Groups of complete rows of about _WINDOW bytes."""
    first = 0
    while first < len(bounds) - 1:
        last = int(np.searchsorted(bounds, bounds[first] + _WINDOW, side="right")) - 1
        last = min(max(last, first + 1), len(bounds) - 1)
        yield first, last
        first = last


def _hash_rows(window: bytes, starts: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """A hash of each row's keys and braces in order, and the offsets of suspicious numbers outside strings."""
    raw, quotes, (keys, ends), braces = _tokens(window)
    key_hash = _hash_strings(window, keys + 1, ends)
    at = np.concatenate([keys, braces])
    order = np.argsort(at, kind="stable")
    at = at[order]
    tokens = np.concatenate([key_hash, raw[braces].astype(np.uint64)])[order]
    row_of = np.searchsorted(starts, at, side="right") - 1
    first_token = np.searchsorted(at, starts)
    place = np.arange(len(at)) - first_token[row_of]
    hashes = np.zeros(len(starts), np.uint64)
    filled = np.diff(np.append(first_token, len(at))) > 0
    if filled.any():
        hashes[filled] = np.add.reduceat(tokens * _weights()[place % _PERIOD], first_token[filled])
    exponents = np.flatnonzero((raw | 32) == ord("e"))
    exponents = exponents[_DIGITS[raw[exponents - 1]] & (exponents > 0)]
    suspects = np.sort(np.concatenate([exponents, _long_digits(raw)]))
    return hashes, suspects[np.searchsorted(quotes, suspects) % 2 == 0]


def _after_space(raw: NDArray[np.uint8], at: NDArray[np.int64]) -> NDArray[np.int64]:
    """Offset of the first byte at or after each offset that is not white space; the last byte must not be white space."""
    at = at.copy()
    blank = np.flatnonzero(_SPACES[raw[at]])
    for _ in range(_STEPS):
        if not len(blank):
            return at
        at[blank] += 1
        blank = blank[_SPACES[raw[at[blank]]]]
    solid = np.flatnonzero(~_SPACES[raw])
    at[blank] = solid[np.searchsorted(solid, at[blank])]
    return at


def _long_digits(raw: NDArray[np.uint8]) -> NDArray[np.int64]:
    """Offsets of digits that are followed by _STEP digits: at least one in every run of 2 * _STEP - 1."""
    at = np.arange(0, max(len(raw) - _STEP, 0), _STEP)
    # Few runs are long: the first tests, far apart, leave almost nothing for the others.
    for further in (0, _STEP, _STEP // 2, *range(1, _STEP)):
        at = at[_DIGITS[raw[at + further]]]
        if not len(at):
            break
    return at


def _hash_strings(window: bytes, start: NDArray[np.int64], end: NDArray[np.int64]) -> NDArray[np.uint64]:
    """A 64-bit hash of each of many substrings, eight bytes at a step."""
    padded = window + bytes(16)
    words = np.ndarray((len(window) + 8,), "<u8", padded, strides=(1,))
    length = (end - start).astype(np.uint64)
    out = length * _MIX
    going = np.flatnonzero(end > start)
    for step in range(_STEPS):
        if not len(going):
            return out
        at = start[going] + 8 * step
        bits = (np.minimum(end[going] - at, 8) * 8).astype(np.uint64)
        mask = np.where(bits >= 64, np.uint64(0xFFFFFFFFFFFFFFFF), (np.uint64(1) << (bits % np.uint64(64))) - np.uint64(1))
        mixed = (out[going] ^ (words[at] & mask)) * _MIX
        out[going] = mixed ^ (mixed >> np.uint64(29))
        going = going[end[going] > at + 8]
    if len(going):  # no COCO key has hundreds of bytes
        from hashlib import blake2b
    for k in going.tolist():
        out[k] ^= np.frombuffer(blake2b(window[start[k] : end[k]], digest_size=8).digest(), np.uint64)[0]
    return out


def _tokens(window: bytes) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The bytes, then offsets of the quotes of strings, of the quotes of keys, and of braces; int64, ascending."""
    raw = np.frombuffer(window + bytes(16), np.uint8)
    quotes = string_quotes(window)
    opening, closing = quotes[: len(quotes) // 2 * 2 : 2], quotes[1::2]
    is_key = raw[_after_space(raw, closing + 1)] == ord(":")
    keys = np.stack([opening[is_key], closing[is_key]])
    braces = np.flatnonzero((raw == ord("{")) | (raw == ord("}")))
    return raw, quotes, keys, braces[np.searchsorted(quotes, braces) % 2 == 0]


def _repeats_among_tokens(row: bytes) -> bool:
    """`has_repeated_key` of a large row, from its keys and braces alone: decoding a mask takes sixty bytes per number."""
    _, _, (begins, ends), braces = _tokens(row)
    opened: list[set[str]] = []
    closing = dict(zip(begins.tolist(), ends.tolist(), strict=True))
    for at in np.sort(np.concatenate([begins, braces])).tolist():
        if at in closing:
            key = json.loads(row[at : closing[at] + 1], strict=False)
            if not opened or key in opened[-1]:
                return True  # to be examined exactly
            opened[-1].add(key)
        elif row[at] == ord("{"):
            opened.append(set())
        elif opened:
            opened.pop()
    return False


class _RepeatedKeyError(Exception):
    pass


def _refuse_repeats(pairs: list[tuple[str, object]]) -> None:
    if len({key for key, _ in pairs}) < len(pairs):
        raise _RepeatedKeyError


def has_repeated_key(row: bytes) -> bool:
    """Whether an object in the row has a duplicate key. A comma or bracket may follow the row."""
    if len(row) > _LARGE:
        return _repeats_among_tokens(row)
    try:
        json.JSONDecoder(object_pairs_hook=_refuse_repeats, parse_int=str, strict=False).raw_decode(row.decode("utf-8"))
    except (_RepeatedKeyError, RecursionError):  # too deep for this test: the exact one does not recurse
        return True
    return False
