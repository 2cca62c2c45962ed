"""The options of a check as options of a command, and the layer of settings that they make."""

from __future__ import annotations

import functools
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from cocoproof.cli.param_types import Codes, Consumers, complete_profile
from cocoproof.model.errors import CocoproofError
from cocoproof.settings.layer import Origin, SettingsLayer
from cocoproof.settings.options import COUNT, FLAG, NAMES, NUMBERS, OPTIONS, RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from cocoproof.settings.options import CheckOption

__all__ = ["config_option", "settings_options", "usage_errors"]

_Command = TypeVar("_Command", bound="Callable[..., object]")

config_option = click.option(
    "--config",
    type=click.Path(exists=True, dir_okay=False),
    metavar="FILE",
    callback=lambda _, __, value: _path(value),
    help="The configuration file; by default cocoproof.toml, or [tool.cocoproof] in pyproject.toml, here or above.",
)
"""`--config`, of every command that reads the configuration."""


def _path(value: str | None) -> Path | None:
    from pathlib import Path

    return None if value is None else Path(value)


@contextmanager
def usage_errors() -> Iterator[None]:
    """Report options that cannot be used as click does: a line, and exit code 2.

    Raises:
        click.UsageError: For an error of cocoproof's.
    """
    try:
        yield
    except CocoproofError as error:
        raise click.UsageError(str(error)) from None


def settings_options(*names: str, helps: Mapping[str, str] | None = None) -> Callable[[_Command], _Command]:
    """Add the options of a check to a command, which gets a `SettingsLayer` of them as the argument `given`.

    Args:
        names: The options' names in Python; none means all.
        helps: Help texts by name, where the command needs others.
    """
    chosen = [option for option in OPTIONS if not names or option.name in names]

    def decorate(command: _Command) -> _Command:
        @functools.wraps(command)
        def with_layer(**arguments: object) -> object:
            values = {option.name: arguments.pop(_parameter(option)) for option in chosen}
            off = {option.name: arguments.pop(f"no_{option.name}") for option in chosen if option.off}
            with usage_errors():
                layer = _layer(chosen, values, off)
            return command(given=layer, **arguments)

        decorated: Callable[..., object] = with_layer
        for option in reversed(chosen):
            for add in reversed(_click_options(option, (helps or {}).get(option.name, option.help))):
                decorated = add(decorated)
        return decorated  # type: ignore[return-value]  # click calls it by keyword

    return decorate


def _parameter(option: CheckOption) -> str:
    return f"given_{option.name}"


def _click_options(option: CheckOption, shown: str) -> Sequence[Callable[[Callable[..., object]], Callable[..., object]]]:
    if option.shown_default:
        shown = f"{shown}  [default: {option.shown_default}]"
    names = (option.long_flag, _parameter(option))
    metavar = option.type.metavar
    if option.type is FLAG:
        added = [click.option(f"{option.long_flag}/--{option.off_key}", _parameter(option), default=None, help=shown)]
    elif option.type is RULES:
        added = [click.option(*names, type=Codes(), multiple=True, metavar=metavar, help=shown)]
    elif option.type is NAMES:
        added = [click.option(*names, type=Consumers(), multiple=True, metavar=metavar, help=shown)]
    elif option.type is NUMBERS:
        added = [click.option(*names, multiple=True, metavar=metavar, help=shown)]
    elif option.type is COUNT:
        added = [click.option(*names, type=click.IntRange(min=0), metavar=metavar, help=shown)]
    elif option.choices:
        added = [click.option(*names, type=click.Choice(option.choices), help=shown)]
    else:
        complete = complete_profile if option.name == "profile" else None
        added = [click.option(*names, metavar=metavar, shell_complete=complete, help=shown)]
    if option.off:
        added.append(click.option(f"--{option.off_key}", f"no_{option.name}", is_flag=True, help=option.off))
    return added


def _layer(chosen: list[CheckOption], values: dict[str, object], off: dict[str, object]) -> SettingsLayer:
    from cocoproof.settings.threshold_values import parse_thresholds

    given: dict[str, object] = {}
    for option in chosen:
        value = values[option.name]
        if off.get(option.name):
            given[option.name] = False
        elif option.type is NUMBERS and isinstance(value, tuple) and value:
            given[option.name] = parse_thresholds(value, option.long_flag)
        elif option.type in (RULES, NAMES) and isinstance(value, tuple):
            items = tuple(item for group in value for item in group)
            if items:
                given[option.name] = items
        elif option.type is COUNT:
            if value is not None:
                given[option.name] = value or None
        elif value is not None and value != ():
            given[option.name] = value
    return SettingsLayer(origin=Origin.COMMAND_LINE, values=given)
