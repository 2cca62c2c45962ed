"""Ids of videos and tracks, which the format does not have: integers, texts, or null for none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
from msgspec import UNSET, Raw, UnsetType

from cocoproof.columns.column import Column, ValueState
from cocoproof.columns.id_texts import LEAST_INTEGER, IdTexts, code_of
from cocoproof.json_text import REFUSALS
from cocoproof.reading.lenient_values import INT64
from cocoproof.reading.schema_errors import describe, type_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["loose_ids"]

_decode = msgspec.json.Decoder().decode


def loose_ids(raws: Sequence[Raw | UnsetType], report: Callable[[int, str, str], None]) -> Column:
    """A column of ids. A text is an id of its own, which no integer equals; null is the same as no value.

    Args:
        raws: The text of each row's value.
        report: Called for each value of another type, with the row, the value as it is described in messages, and its type.
    """
    values, state = np.zeros(len(raws), np.int64), np.zeros(len(raws), np.uint8)
    codes: dict[int, str | int] = {}
    for row, raw in enumerate(raws):
        if raw is UNSET:
            continue
        text = bytes(raw)
        if len(text) < 19 and text.removeprefix(b"-").isdigit():
            values[row], state[row] = int(text), ValueState.OK
            continue
        value = _value(text)
        if value is None:
            continue
        number = _code(value, codes)
        state[row] = ValueState.BROKEN if number is None else ValueState.OK
        values[row] = number or 0
        if number is None:
            report(row, describe(value), type_of(value))
    return Column(values, state, texts=IdTexts(codes) if codes else None)


def _value(text: bytes) -> object:
    try:
        return _decode(text)
    except REFUSALS:
        return [text.decode("utf-8", "replace")[:20]]


def _code(value: object, codes: dict[int, str | int]) -> int | None:
    """The number of an id in the column; None for a value that is not an id."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)  # equal as a key of Python's dictionaries
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    if isinstance(value, int) and LEAST_INTEGER <= value <= INT64[1]:
        return value
    code = code_of(value)
    codes[code] = value
    return code
