"""JSON values and places in a JSON document."""

from __future__ import annotations

import json
from typing import TypeAlias

__all__ = ["Id", "JsonPath", "JsonValue", "json_text", "numeric_json_text", "pointer"]

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
"""A JSON value as `json.load` returns it."""

Id: TypeAlias = "int | str | None"
"""An id in a finding: a number, a text if the file has a text instead of a number, or None."""

JsonPath: TypeAlias = "tuple[str | int, ...]"
"""A place in a document: the keys and indices from its root."""


def pointer(path: JsonPath) -> str:
    """The RFC 6901 pointer of a place: `/annotations/0/bbox`; the empty string for the document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)


def json_text(value: object) -> str:
    """A value as JSON text, the keys of objects in alphabetical order: equal texts are equal values, and true is not 1."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def numeric_json_text(value: object) -> str:
    """The same with floats that are whole numbers as integers: 1.0 and 1 are equal numbers."""
    return json_text(_with_integers(value))


def _with_integers(value: object) -> object:
    if isinstance(value, float) and value.is_integer() and abs(value) < 2**53:
        return int(value)
    if isinstance(value, list | tuple):
        return [_with_integers(one) for one in value]
    if isinstance(value, dict):
        return {key: _with_integers(one) for key, one in value.items()}
    return value
