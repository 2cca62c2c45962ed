"""Values of `data` columns and metadata as JSON values."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cocoproof.mapping.category_list import writable
from cocoproof.model.suggestions import quoted

if TYPE_CHECKING:
    from collections.abc import Callable

    from cocoproof.model.json_types import JsonValue

__all__ = ["NoJson", "json_column", "json_value"]

_DEPTH = 32
_MIN_INT, _MAX_INT = -(2**63), 2**64 - 1
"""The integers that JSON readers for columns accept, and the encoder writes."""


class NoJson(ValueError):
    """A value that JSON cannot represent; the message names it and the reason."""


def json_value(value: object, depth: int = 0) -> JsonValue:
    """A value in Python's own types, as JSON represents them: numpy's scalars and arrays become numbers and lists.

    Raises:
        NoJson: For NaN and infinities, bytes, dates, objects, keys that are not text, integers beyond 64 bits, lone
            surrogates, and more than 32 levels of nesting.
    """
    if isinstance(value, np.generic | np.ndarray):
        if value.dtype.kind in "mM":  # some units become plain integers
            msg = f"JSON cannot represent a {value.dtype}"
            raise NoJson(msg)
        value = value.tolist()
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not _MIN_INT <= value <= _MAX_INT:
            msg = f"{quoted(value)} does not fit in 64 bits"
            raise NoJson(msg)
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            msg = f"{value} is not a JSON number"
            raise NoJson(msg)
        return float(value)
    if isinstance(value, str):
        if not writable(value):
            msg = f"{quoted(value)} contains a lone surrogate"
            raise NoJson(msg)
        return str(value)
    if depth >= _DEPTH:
        msg = f"it is nested deeper than {_DEPTH} levels"
        raise NoJson(msg)
    if isinstance(value, list | tuple):
        return [json_value(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {_key(key): json_value(one, depth + 1) for key, one in value.items()}
    msg = f"JSON cannot represent a {type(value).__name__}"
    raise NoJson(msg)


def _key(key: object) -> str:
    if not isinstance(key, str) or not writable(key):
        msg = f"the key {quoted(key)} is not a string"
        raise NoJson(msg)
    return str(key)


def json_column(column: object, alive: np.ndarray, refuse: Callable[[int, str], None]) -> list[JsonValue]:
    """One `data` column as JSON values, one per detection.

    Args:
        column: An array or a list of as many values as there are detections.
        alive: bool, shape (n,): the detections that will be written.
        refuse: Called with the index of a detection and the reason why its value is invalid.

    Returns:
        n values; None for a detection that was refused or not alive.
    """
    if isinstance(column, np.ndarray) and _is_plain(column):
        values: list[JsonValue] = column.tolist()
        return values
    out: list[JsonValue] = []
    for index, value in enumerate(column):  # type: ignore[arg-type, var-annotated]  # the caller has checked its length
        try:
            out.append(json_value(value) if alive[index] else None)
        except NoJson as error:
            refuse(index, str(error))
            out.append(None)
    return out


def _is_plain(column: np.ndarray) -> bool:
    """Whether JSON can represent all values of an array of numbers."""
    kind = column.dtype.kind
    return column.itemsize <= 8 and (kind in "biu" or (kind == "f" and bool(np.isfinite(column).all())))
