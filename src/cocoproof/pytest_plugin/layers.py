"""The layers of options of a pytest run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.model.errors import SettingsError
from cocoproof.pytest_plugin.options import destination, ini_key
from cocoproof.settings.configuration_file import read_configuration
from cocoproof.settings.layer import Origin, SettingsLayer
from cocoproof.settings.options import COUNT, FLAG, NAMES, NUMBERS, OPTIONS, RULES
from cocoproof.settings.threshold_values import parse_thresholds

if TYPE_CHECKING:
    import pytest

    from cocoproof.settings.options import CheckOption

__all__ = ["read_layers"]


def read_layers(config: pytest.Config) -> tuple[SettingsLayer, ...]:
    """The project's configuration, pytest's configuration, and pytest's command line, from the most general to the most specific.

    The configuration of cocoproof is searched for from the folder of pytest's configuration file upwards, or from the current folder
    where there is none.

    Raises:
        SettingsError: If a value has the wrong form.
    """
    start = config.inipath.parent if config.inipath else config.invocation_params.dir
    base = config.inipath.parent if config.inipath else config.rootpath
    ini: dict[str, object] = {}
    given: dict[str, object] = {}
    for option in OPTIONS:
        configured = config.getini(ini_key(option))
        if option.off and config.getini(f"coco_{option.off_key.replace('-', '_')}"):
            ini[option.name] = False
        elif configured not in (None, "", []):
            ini[option.name] = _parsed(option, configured, ini_key(option))
        value = config.getoption(destination(option))
        if value is not None and value != []:
            given[option.name] = _parsed(option, value, f"--coco-{option.long_flag.removeprefix('--')}")
    return (
        read_configuration(None, start),
        SettingsLayer(origin=Origin.PYTEST_CONFIGURATION, values=ini, folder=base),
        SettingsLayer(origin=Origin.PYTEST_COMMAND_LINE, values=given, folder=config.invocation_params.dir),
    )


def _parsed(option: CheckOption, value: object, spelled: str) -> object:
    if option.type is FLAG or value is False:
        return value
    if option.type is COUNT:
        return _count(value, spelled)
    if option.type in (RULES, NAMES) and isinstance(value, list):
        return tuple(item.strip() for text in value for item in text.split(",") if item.strip())
    if option.type is NUMBERS and isinstance(value, list):
        return parse_thresholds(value, spelled)
    return value


def _count(value: object, spelled: str) -> int | None:
    """A number of findings; 0 means no limit."""
    text = str(value)
    if not text.isdecimal():
        msg = f"{spelled} must be an integer of at least 0, not {text!r}"
        raise SettingsError(msg)
    return int(text) or None
