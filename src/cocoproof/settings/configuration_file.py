"""`[tool.cocoproof]` in pyproject.toml, or cocoproof.toml: the options of a project."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.model.errors import SettingsError
from cocoproof.settings.layer import Origin, SettingsLayer
from cocoproof.settings.options import COUNT, OPTIONS

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.settings.options import CheckOption

__all__ = ["KEYS", "read_configuration", "read_configuration_here"]


def _keys() -> dict[str, CheckOption]:
    keys = {}
    for option in OPTIONS:
        keys[option.toml_key] = option
        if option.off:
            keys[option.off_key] = option
    return keys


KEYS: Mapping[str, CheckOption] = _keys()
"""The keys of a configuration, and the option that each sets."""


def read_configuration_here(given: Path | None) -> SettingsLayer:
    """The configuration that `--config` names, or that is found from the current folder upwards.

    Raises:
        SettingsError: As `read_configuration`, and if the current folder was removed.
    """
    try:
        return read_configuration(given, Path.cwd())
    except FileNotFoundError:
        msg = "the current folder does not exist any more"
        raise SettingsError(msg) from None


def read_configuration(given: Path | None, start: Path) -> SettingsLayer:
    """Find and read the configuration.

    Args:
        given: The file that the user named; it is read as cocoproof.toml, or as pyproject.toml by its name.
        start: The folder to search, and then those above it, where no file was named.

    Raises:
        SettingsError: If the file cannot be read, or has a key or a value that no option takes.
    """
    path = given or _find(start)
    if path is None:
        return SettingsLayer(origin=Origin.CONFIGURATION)
    if not path.is_file():  # reading a FIFO would block
        msg = f"configuration {path}: not a regular file"
        raise SettingsError(msg)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        msg = f"configuration {path}: {error.strerror or error}"
        raise SettingsError(msg) from None
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"configuration {path}: {error}"
        raise SettingsError(msg) from None
    tools = document.get("tool", {})
    table = document if path.name != "pyproject.toml" else tools.get("cocoproof", {}) if isinstance(tools, dict) else {}
    return SettingsLayer(origin=Origin.CONFIGURATION, values=_values(path, table), file=path, folder=path.parent)


def _find(start: Path) -> Path | None:
    for folder in (start, *start.parents):
        own = folder / "cocoproof.toml"
        if own.is_file():
            return own
        project = folder / "pyproject.toml"
        if project.is_file():
            try:
                tools = tomllib.loads(project.read_text(encoding="utf-8")).get("tool")
            except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
                return None  # other tools report it; we must not fail on a file that is not ours
            return project if isinstance(tools, dict) and "cocoproof" in tools else None
    return None


def _values(path: Path, table: object) -> dict[str, object]:
    from cocoproof.model.suggestions import nearest  # needed for messages only

    if not isinstance(table, dict):
        msg = f"configuration {path}: [tool.cocoproof] must be a table"
        raise SettingsError(msg)
    values: dict[str, object] = {}
    off: dict[str, object] = {}
    for key, value in table.items():
        if key not in KEYS:
            near = nearest(key, KEYS)
            msg = f"configuration {path}: unknown option {key!r}; " + (
                f"did you mean {near!r}?" if near else f"known are {', '.join(KEYS)}"
            )
            raise SettingsError(msg)
        option = KEYS[key]
        if key == option.toml_key:
            values[option.name] = _checked(path, option, value)
        elif not isinstance(value, bool):
            msg = f"configuration {path}: {key} is {value!r}, expected true or false"
            raise SettingsError(msg)
        elif value:
            off[option.name] = False
    return values | off


def _checked(path: Path, option: CheckOption, value: object) -> object:
    expected = option.type
    fits = isinstance(value, expected.toml) and (expected.toml is bool or not isinstance(value, bool))
    if expected is COUNT:
        fits = fits and isinstance(value, int) and value >= 0
    if isinstance(value, list):
        fits = fits and all(isinstance(one, str) for one in value)
    if not fits:
        msg = f"configuration {path}: {option.toml_key} is {value!r}, expected {expected.expected}"
        raise SettingsError(msg)
    if expected is COUNT:
        return value or None
    return tuple(value) if isinstance(value, list) else value
