"""TOML 1.0 as text, for the few kinds of value in a lock and a mapping file.

The standard library reads TOML and does not write it. Source of the grammar: https://toml.io/en/v1.0.0.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Scalar", "inline_table", "key_value", "text", "value"]

Scalar: TypeAlias = "str | int | float | bool"


def text(string: str) -> str:
    r"""A basic string on one line.

    JSON's escapes are a subset of TOML's, but TOML requires DEL to be escaped, too. Other characters are not escaped, so
    that a diff of a lock is readable, except invisible ones (bidi controls, separators), which could deceive.

    >>> text('a "b"')
    '"a \\"b\\""'
    """
    return "".join(character if character.isprintable() else _escaped(character) for character in json.dumps(string, ensure_ascii=False))


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\u{code:04X}" if character <= "\uffff" else f"\\U{code:08X}"


def value(plain: Scalar | Sequence[object]) -> str:
    """A value on one line: text, a finite number, a bool or a list of such.

    Raises:
        TypeError: If it is anything else.
    """
    if isinstance(plain, bool):
        return "true" if plain else "false"
    if isinstance(plain, int | float):
        return repr(plain)
    if isinstance(plain, str):
        return text(plain)
    if isinstance(plain, (list, tuple)):
        return "[" + ", ".join(value(element) for element in plain) + "]"
    msg = f"not a TOML value: {type(plain).__name__}"
    raise TypeError(msg)


def key_value(key: str, plain: Scalar | Sequence[object]) -> str:
    """One line `key = value`; the key must be a bare one."""
    return f"{key} = {value(plain)}\n"


def inline_table(members: Mapping[str, Scalar | Sequence[object]]) -> str:
    """A table on one line; the keys must be bare ones."""
    return "{ " + ", ".join(f"{key} = {value(plain)}" for key, plain in members.items()) + " }"
