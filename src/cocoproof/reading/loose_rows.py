"""Rows decoded for fields that the format does not have, beside the columns of those that it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from cocoproof.json_text import REFUSALS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from msgspec import Raw

__all__ = ["decode_rows"]


def decode_rows(rows: Sequence[Raw], kind: type[Any]) -> list[Any]:
    """The rows as structs; those that are not objects are empty, and another rule reports them.

    Args:
        rows: The texts of the rows.
        kind: The struct, whose fields are all optional.
    """
    decode = msgspec.json.Decoder(kind).decode
    out = []
    for raw in rows:
        try:
            out.append(decode(raw))
        except REFUSALS:
            out.append(kind())
    return out
