"""JSON values and places in a JSON document."""

from __future__ import annotations

from typing import TypeAlias

__all__ = ["JsonPath", "JsonValue", "pointer"]

JsonValue: TypeAlias = "dict[str, JsonValue] | list[JsonValue] | str | int | float | bool | None"
"""A JSON value as `json.load` returns it."""

JsonPath: TypeAlias = "tuple[str | int, ...]"
"""A place in a document: the keys and indices from its root."""


def pointer(path: JsonPath) -> str:
    """The RFC 6901 pointer of a place: `/annotations/0/bbox`; the empty string for the document."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in path)
