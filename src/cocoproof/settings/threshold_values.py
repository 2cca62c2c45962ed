"""Thresholds of a configuration's table or of NAME=VALUE texts."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from cocoproof.model.errors import SettingsError
from cocoproof.model.suggestions import nearest
from cocoproof.rules.thresholds import Thresholds

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["make_thresholds", "parse_thresholds"]


def parse_thresholds(given: Iterable[str], option: str) -> dict[str, float]:
    """The numbers of NAME=VALUE texts.

    Args:
        given: The texts.
        option: The option that they are values of, for messages.

    Raises:
        SettingsError: If a text has another form.
    """
    values: dict[str, float] = {}
    for text in given:
        name, equals, number = text.partition("=")
        if not equals:
            msg = f"{option} takes NAME=VALUE, not {text!r}"
            raise SettingsError(msg)
        try:
            values[name] = int(number) if number.lstrip("-").isdigit() else float(number)
        except ValueError:
            msg = f"{option} {name}: {number!r} is not a number"
            raise SettingsError(msg) from None
    return values


def make_thresholds(values: Mapping[str, object]) -> Thresholds:
    """Thresholds by their names with dashes.

    Raises:
        SettingsError: If a name is unknown or a value is not a number of its type.
    """
    known = {entry.name.replace("_", "-"): entry for entry in fields(Thresholds)}
    for name, value in values.items():
        if name not in known:
            near = nearest(name, known)
            msg = f"unknown threshold {name!r}; " + (f"did you mean {near!r}?" if near else f"known are {', '.join(known)}")
            raise SettingsError(msg)
        if str(known[name].type) == "int" and not isinstance(value, int):
            msg = f"threshold {name} must be an integer, not {value!r}"
            raise SettingsError(msg)
    return Thresholds(**{name.replace("-", "_"): value for name, value in values.items()})  # type: ignore[arg-type]  # Thresholds checks its values
