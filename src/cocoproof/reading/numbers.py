"""Lists of numbers, thousands at a time: JSON text -> one flat float64 array and the lengths of the lists."""

from __future__ import annotations

import threading
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from cocoproof.json_text import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from simdjson import Parser

__all__ = ["NumberLists", "parse_lists"]

_LARGE = 1 << 22
"""After a text of this many bytes the parser is discarded, to free its memory."""

_local = threading.local()
_OPEN, _CLOSE, _COMMA = ord("["), ord("]"), ord(",")
_DECODERS: dict[int, msgspec.json.Decoder[Any]] = {
    1: msgspec.json.Decoder(list[list[float]]),
    2: msgspec.json.Decoder(list[list[list[float]]]),
}


@cache
def _parser_type() -> type[Parser] | None:
    """The parser of simdjson, None if it is not installed. It is imported for the first text: a file that the native reader takes needs none."""
    try:
        from simdjson import Parser
    except ImportError:  # no wheel for this Python yet
        return None
    return Parser


class NumberLists:
    """The numbers of a sequence of JSON texts.

    Attributes:
        values: float64, all numbers of all valid texts, in order.
        lengths: int64, the length of each innermost list.
        counts: int64, the number of innermost lists of each text (1 for level 1); 0 for an invalid text.
        bad: Indices of the invalid texts.
    """

    __slots__ = ("bad", "counts", "lengths", "values")

    def __init__(self, values: NDArray[np.float64], lengths: NDArray[np.int64], counts: NDArray[np.int64], bad: list[int]) -> None:
        self.values = values
        self.lengths = lengths
        self.counts = counts
        self.bad = bad


def parse_lists(texts: Sequence[bytes], levels: int) -> NumberLists:
    """Parse lists of finite numbers.

    Args:
        texts: Each a complete JSON array.
        levels: 1 for `[1, 2]`, 2 for `[[1, 2], [3]]`.

    Returns:
        The numbers as the nearest float64. A text with another shape, or with a value that is not a finite number, is invalid.
    """
    try:
        return _parse_all(texts, levels)
    except REFUSALS:
        pass  # RuntimeError: simdjson raises it for integers beyond 64 bits, and for depth
    parsed: list[NumberLists] = []
    bad: list[int] = []
    for k, text in enumerate(texts):
        try:
            # Not simdjson again: it rejects integers beyond 64 bits, which are valid numbers.
            parsed.append(_parse_with_msgspec(b"[" + text + b"]", levels))
        except REFUSALS:
            bad.append(k)
            parsed.append(NumberLists(np.empty(0), np.empty(0, np.int64), np.zeros(1, np.int64), []))
    return NumberLists(
        np.concatenate([part.values for part in parsed]),
        np.concatenate([part.lengths for part in parsed]),
        np.concatenate([part.counts for part in parsed]),
        bad,
    )


def _parse_all(texts: Sequence[bytes], levels: int) -> NumberLists:
    if not texts:
        empty = np.empty(0, np.int64)
        return NumberLists(np.empty(0), empty, empty, [])
    joined = b"[" + b",".join(texts) + b"]"
    parser_type = _parser_type()
    if parser_type is None:
        return _parse_with_msgspec(joined, levels)
    if not hasattr(_local, "parser"):
        _local.parser = parser_type()
    array: Any = _local.parser.parse(joined)  # an Array, because the text starts with a bracket
    values = np.frombuffer(array.as_buffer(of_type="d"), np.float64)
    del array  # the parser reuses its memory, a third of the cost, for the next text; its last document must be freed by then
    if len(joined) > _LARGE:
        del _local.parser  # it keeps sixteen bytes for each number
    return _shape(joined, values, levels)


def _shape(joined: bytes, values: NDArray[np.float64], levels: int) -> NumberLists:
    """Find the lists' lengths from the brackets and commas: the text is known to contain only numbers and lists."""
    raw = np.frombuffer(joined, np.uint8)
    opens, closes = np.flatnonzero(raw == _OPEN), np.flatnonzero(raw == _CLOSE)
    at = np.concatenate([opens, closes])
    order = np.argsort(at, kind="stable")
    is_open = order < len(opens)
    at = at[order]
    del opens, closes, order
    depth = np.cumsum(np.where(is_open, 1, -1))
    # Fewer levels: only empty lists have none, and then nothing is lost.
    if depth.max() > levels + 1 or (depth.max() <= levels and len(values)):
        raise ValueError(levels)
    inner = np.flatnonzero(is_open & (depth == levels + 1))
    start, end = at[inner], at[inner + 1] if len(inner) else at[inner]
    lengths = np.zeros(len(inner), np.int64)
    if len(inner):
        bounds = np.stack([start, end], 1).ravel()
        # int32: numpy is four times slower with int64 here, and a text is under 2 GiB.
        lengths = np.add.reduceat(raw == _COMMA, bounds, dtype=np.int32)[::2].astype(np.int64) + 1
        del bounds
        single = np.flatnonzero(lengths == 1)
        empty = end[single] - start[single] == 1
        lengths[single[empty]] = 0
        for k in single[~empty]:
            lengths[k] = bool(joined[start[k] + 1 : end[k]].strip())
    if lengths.sum() != len(values):  # a number is outside the innermost lists
        raise ValueError(levels)
    if levels == 1:
        return NumberLists(values, lengths, np.ones(len(lengths), np.int64), [])
    outer = at[is_open & (depth == 2)]
    counts = np.diff(np.searchsorted(start, np.append(outer, len(joined))))
    return NumberLists(values, lengths, counts.astype(np.int64), [])


def _parse_with_msgspec(joined: bytes, levels: int) -> NumberLists:
    rows = _DECODERS[levels].decode(joined)
    counts = np.fromiter((len(row) for row in rows), np.int64, len(rows)) if levels == 2 else np.ones(len(rows), np.int64)
    lists = list(chain.from_iterable(rows)) if levels == 2 else rows
    lengths = np.fromiter((len(numbers) for numbers in lists), np.int64, len(lists))
    values = np.fromiter(chain.from_iterable(lists), np.float64, int(lengths.sum()))
    return NumberLists(values, lengths, counts, [])
