"""Values as short Python code: long sequences by their pattern, so that a dataset of a thousand images can be pasted."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Numbered", "call", "literal", "numbered"]

_SHORT = 6
"""Sequences up to this length are written out."""

_FEW_RUNS = 3
"""A sequence is written as runs of equal elements if a run has at least so many on average."""

_PLAIN_TEXT = 40
"""Characters of a text that is written out."""


@dataclass(frozen=True)
class Numbered:
    """Names that differ by a number that counts up.

    Attributes:
        text: The code of one name, with `k` for its number.
        numbers: The code of the numbers.
    """

    text: str
    numbers: str


def call(value: Any, positional: Sequence[str], spelt: Mapping[str, str] | None = None) -> str:
    """A dataclass as the call that creates it, without fields that have their defaults.

    Args:
        value: The dataclass.
        positional: Fields that are written without their names, in order.
        spelt: The code of fields that are not written by their values.
    """
    own = spelt or {}
    parts = [own.get(name) or literal(getattr(value, name)) for name in positional]
    for entry in fields(value):
        default = entry.default if entry.default_factory is MISSING else entry.default_factory()
        if entry.name not in positional and getattr(value, entry.name) != default:
            parts.append(f"{entry.name}={own.get(entry.name) or literal(getattr(value, entry.name))}")
    return f"{type(value).__name__}({', '.join(parts)})"


def literal(value: Any) -> str:
    """A value of Python's own types as code that gives an equal one."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, Mapping):
        return _mapping(value)
    if isinstance(value, (tuple, list)):
        return _sequence(value)
    return repr(value)


def numbered(names: Sequence[str]) -> Numbered | None:
    """The pattern of names that differ by a number that counts up; None for too few names, and where there is no such pattern."""
    if len(names) <= _SHORT:
        return None
    found = re.fullmatch(r"(.*?)(\d+)(\D*)", names[0], re.DOTALL)
    if found is None:
        return None
    before, digits, after = found.groups()
    first = int(digits)
    for width in dict.fromkeys((0, len(digits))):
        if all(name == f"{before}{number:0{width}d}{after}" for number, name in enumerate(names, first)):
            shown = f"{{k:0{width}d}}" if width > 1 else "{k}"
            text = "f" + repr(before.replace("{", "{{").replace("}", "}}") + "\0" + after.replace("{", "{{").replace("}", "}}"))
            if "\\" in text.replace("\\x00", ""):  # Python before 3.12 has no backslash beside a replacement field
                return None
            return Numbered(text.replace("\\x00", shown), f"range({first}, {first + len(names)})" if first else f"range({len(names)})")
    return None


def _text(value: str) -> str:
    if len(value) <= _PLAIN_TEXT:
        return repr(value)
    runs = [(character, sum(1 for _ in group)) for character, group in itertools.groupby(value)]
    if len(runs) * _FEW_RUNS * 2 > len(value):
        return repr(value)
    return " + ".join(f"{character!r} * {count}" if count > 1 else repr(character) for character, count in runs)


def _mapping(value: Mapping[Any, Any]) -> str:
    keys, values = list(value), list(value.values())
    if len(keys) > _SHORT and _step(keys) == 1:
        over = f"range({keys[0]}, {keys[-1] + 1})" if keys[0] else f"range({len(keys)})"
        if _step(values) == 1:
            off = values[0] - keys[0]
            return f"{{k: k{f' {chr(43) if off > 0 else chr(45)} {abs(off)}' if off else ''} for k in {over}}}"
        return f"dict(zip({over}, {_sequence(values)}))" if _sequence(values).count(",") < len(values) - 1 else _spelt(value)
    return _spelt(value)


def _spelt(value: Mapping[Any, Any]) -> str:
    return "{" + ", ".join(f"{literal(key)}: {literal(own)}" for key, own in value.items()) + "}"


def _sequence(value: Sequence[Any]) -> str:
    opening, closing = ("(", ")") if isinstance(value, tuple) else ("[", "]")
    kind = "tuple" if isinstance(value, tuple) else "list"
    if len(value) > _SHORT:
        step = _step(value)
        if step:
            end = value[-1] + (1 if step > 0 else -1)
            return f"{kind}(range({value[0]}, {end}{f', {step}' if step != 1 else ''}))"
        if all(isinstance(own, str) for own in value) and (pattern := numbered(value)):
            return f"{kind}({pattern.text} for k in {pattern.numbers})"
        runs = [(own, sum(1 for _ in group)) for own, group in itertools.groupby(value)]
        if len(runs) * _FEW_RUNS <= len(value):
            return " + ".join(f"{_row((own,), opening, closing)}{f' * {count}' if count > 1 else ''}" for own, count in runs)
    return _row(value, opening, closing)


def _row(value: Sequence[Any], opening: str, closing: str) -> str:
    comma = "," if len(value) == 1 and opening == "(" else ""
    return opening + ", ".join(map(literal, value)) + comma + closing


def _step(value: Sequence[Any]) -> int:
    """The constant difference of integers, which are in order; 0 where there is none."""
    if len(value) < 2 or not all(type(own) is int for own in value):
        return 0
    step = int(value[1]) - int(value[0])
    return step if all(b - a == step for a, b in itertools.pairwise(value)) else 0
