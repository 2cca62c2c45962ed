"""The options of a check as options and configuration keys of pytest.

pytest imports this module in every run: it imports nothing but pytest and the declarations of the options.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.settings.options import COUNT, FLAG, NAMES, NUMBERS, OPTIONS, RULES

if TYPE_CHECKING:
    import pytest

    from cocoproof.settings.options import CheckOption

__all__ = ["add_check_options", "destination", "ini_key"]


def destination(option: CheckOption) -> str:
    """The attribute of `config.option`."""
    return f"coco_{option.name}"


def ini_key(option: CheckOption) -> str:
    """The key of pytest's configuration."""
    return f"coco_{option.toml_key.replace('-', '_')}"


def add_check_options(parser: pytest.Parser, group: pytest.OptionGroup) -> None:
    """Add `--coco-<option>` and the key `coco_<option>` for every option."""
    for option in OPTIONS:
        _add_to_command_line(group, option)
        _add_to_configuration(parser, option)


def _add_to_command_line(group: pytest.OptionGroup, option: CheckOption) -> None:
    flag = f"--coco-{option.long_flag.removeprefix('--')}"
    shown = f"{option.help}  [default: {option.shown_default}]" if option.shown_default else option.help
    dest = destination(option)
    if option.type is FLAG:
        group.addoption(flag, dest=dest, action="store_const", const=True, default=None, help=shown)
        group.addoption(f"--coco-{option.off_key}", dest=dest, action="store_const", const=False, help=f"Switch {flag} off.")
    elif option.type in (RULES, NAMES, NUMBERS):
        group.addoption(flag, dest=dest, action="append", default=[], metavar=option.type.metavar, help=shown)
    elif option.type is COUNT:
        group.addoption(flag, dest=dest, type=int, default=None, metavar=option.type.metavar, help=shown)
    elif option.choices:
        group.addoption(flag, dest=dest, choices=option.choices, default=None, help=shown)
    else:
        group.addoption(flag, dest=dest, default=None, metavar=option.type.metavar, help=shown)
    if option.off:
        group.addoption(f"--coco-{option.off_key}", dest=dest, action="store_const", const=False, help=option.off)


def _add_to_configuration(parser: pytest.Parser, option: CheckOption) -> None:
    key, shown = ini_key(option), f"COCO files: {option.help}"
    if option.type in (RULES, NAMES, NUMBERS):
        parser.addini(key, shown, type="args", default=[])
    elif option.type is FLAG:
        parser.addini(key, shown, type="bool", default=None)
    else:
        parser.addini(key, shown, default="")
    if option.off:
        parser.addini(f"coco_{option.off_key.replace('-', '_')}", f"COCO files: {option.off}", type="bool", default=False)
