"""The fields of a row that are in no column: which of them differ, and how that is said."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.diff.input import ExtraFields

__all__ = ["ChangedField", "changed_fields", "shown_field"]

_WIDEST = 80


class ChangedField(NamedTuple):
    """One field of two rows that are one.

    Attributes:
        name: Its key.
        before: Its value in the first file, None where it has none.
        after: Its value in the second.
        said: The change in few words.
    """

    name: str
    before: object
    after: object
    said: str


def changed_fields(one: ExtraFields, other: ExtraFields) -> Iterator[ChangedField]:
    """The fields that differ, by name. As in JSON, true is not 1, and null is not the lack of a value."""
    for name in sorted(one.keys() | other.keys()):
        if _text(one, name) != _text(other, name):
            said = f"{name} {shown_field(one, name)} -> {shown_field(other, name)}"
            yield ChangedField(name, one.get(name), other.get(name), said)


def shown_field(fields: ExtraFields, name: str) -> str:
    """The value of a field as JSON, cut to 80 characters; "none" where there is none."""
    text = _text(fields, name)
    return text if len(text) <= _WIDEST else text[:_WIDEST] + "..."


def _text(fields: ExtraFields, name: str) -> str:
    return json.dumps(fields[name], ensure_ascii=False, sort_keys=True) if name in fields else "none"
