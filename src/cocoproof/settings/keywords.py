"""The keywords of a Python call -> a layer of options."""

from __future__ import annotations

import operator
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from cocoproof.mapping import CategoryList
from cocoproof.model.errors import SettingsError
from cocoproof.rules.thresholds import Thresholds
from cocoproof.settings.layer import Origin, SettingsLayer
from cocoproof.settings.options import CONTRACT, COUNT, FILE, FLAG, FOLDER, NAMES, NUMBERS, RULES, option_named

if TYPE_CHECKING:
    from cocoproof.settings.options import OptionType

__all__ = ["read_keywords"]


def read_keywords(given: Mapping[str, object]) -> SettingsLayer:
    """The options that a call sets.

    Args:
        given: The arguments by the options' names. None and the empty tuple are options that are not set, but for `max_findings` of
            None, which means no limit: a caller that does not set it leaves it out.

    Raises:
        SettingsError: If a number is negative.
        TypeError: If a value is of another type than the signature says.
    """
    values: dict[str, object] = {}
    for name, value in given.items():
        kind = option_named(name).type
        if kind is COUNT:
            if value is not None and operator.index(value) < 0:  # type: ignore[arg-type]  # raises TypeError for what is not an integer
                msg = f"{name} must be at least 0, or None for no limit, not {value}"
                raise SettingsError(msg)
            values[name] = value
        elif kind in (RULES, NAMES):
            items = _items(name, value)
            if items:
                values[name] = items
        elif value is not None:
            values[name] = _single(name, kind, value)
    return SettingsLayer(origin=Origin.CALL, values=values)


def _items(name: str, value: object) -> tuple[str, ...]:
    if isinstance(value, str):
        return (value,)
    items = tuple(value) if isinstance(value, Iterable) else (value,) if value is not None else ()
    for item in items:
        if not isinstance(item, str):
            msg = f"{name} must be a str or a sequence of str, and has {item!r}"
            raise TypeError(msg)
    return items


def _single(name: str, kind: OptionType, value: object) -> object:
    """A value that is not a list and not a number; paths become str.

    Raises:
        TypeError: If it is of another type. A value that is only turned into a str later would be an input file of a strange name.
    """
    if isinstance(value, os.PathLike):
        value = os.fspath(value)
    expected: tuple[type, ...]
    if kind is FLAG:
        expected = (bool,)
    elif kind is NUMBERS:
        expected = (Thresholds, dict)
    elif kind is CONTRACT:
        expected = (bool,) if value is False else (str, Mapping)
    elif kind in (FILE, FOLDER):
        expected = (str, bool) if name in {"images", "baseline"} else (str, CategoryList) if name == "categories" else (str,)
    else:
        return value  # a name: it is compared with those that there are
    if not isinstance(value, expected):
        msg = f"{name} must be {option_named(name).annotation or kind.annotation}, not {type(value).__name__}"
        raise TypeError(msg)
    return value
