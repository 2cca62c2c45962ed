"""The keywords of a Python call -> a layer of options."""

from __future__ import annotations

import operator
import os
from typing import TYPE_CHECKING

from cocoproof.model.errors import SettingsError
from cocoproof.settings.layer import Origin, SettingsLayer
from cocoproof.settings.options import COUNT, NAMES, RULES, option_named

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_keywords"]


def read_keywords(given: Mapping[str, object]) -> SettingsLayer:
    """The options that a call sets.

    Args:
        given: The arguments by the options' names. None and the empty tuple are options that are not set, but for `max_findings` of
            None, which means no limit: a caller that does not set it leaves it out.

    Raises:
        SettingsError: If a number is negative.
        TypeError: If a number is not an integer.
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
            items = (value,) if isinstance(value, str) else tuple(value or ())  # type: ignore[arg-type]  # the signature of the call declares its type
            if items:
                values[name] = items
        elif isinstance(value, os.PathLike):
            values[name] = os.fspath(value)
        elif value is not None:
            values[name] = value
    return SettingsLayer(origin=Origin.CALL, values=values)
