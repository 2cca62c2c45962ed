"""`[tool.cocoproof]` in pyproject.toml, or cocoproof.toml: the options of `check`, for everybody who works on a project."""

from __future__ import annotations

import difflib
import sys
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cocoproof.rules.thresholds import Thresholds

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cocoproof.profiles import Policy

__all__ = ["OPTIONS", "Configuration", "config_option", "configuration_here", "make_thresholds", "read_configuration", "standard_of"]

OPTIONS: Mapping[str, type | tuple[type, ...]] = {
    "select": list,
    "ignore": list,
    "profile": str,
    "for": list,
    "fail-on": str,
    "max-findings": int,
    "reload": str,
    "categories": str,
    "contiguous": bool,
    "gt": str,
    "splits": bool,
    "similar": bool,
    "kind": str,
    "images": str,
    "panoptic": str,
    "no-images": bool,
    "decode": bool,
    "thresholds": dict,
    "baseline": str,
}
"""The keys of a configuration and the types of their values."""


class Configuration:
    """What a configuration file says.

    Attributes:
        path: The file; None where there is none.
        values: Its options, by the names of the command line without the dashes before them.
    """

    __slots__ = ("path", "values")

    def __init__(self, path: Path | None, values: Mapping[str, object]) -> None:
        self.path = path
        self.values = values

    def file(self, option: str) -> Path | None:
        """A path among the options, which is relative to the configuration file."""
        value = self.values.get(option)
        return None if value is None or self.path is None else self.path.parent / str(value)

    def place(self, option: str) -> str | None:
        """A folder among the options, which is relative to the configuration file; an address with `://` is none, and stays as it is."""
        value = self.values.get(option)
        return str(value) if isinstance(value, str) and "://" in value else None if value is None else str(self.file(option))

    def inputs(self, categories: Path | None, gt: Path | None) -> dict[str, str]:
        """The files that a run reads besides those that it judges, and what each is, for nothing must be written over them.

        Args:
            categories: The category list of the command line.
            gt: Its ground truth.
        """
        read = {
            self.path: "it is the configuration",
            categories or self.file("categories"): "it is the category list",
            gt or self.file("gt"): "it is the ground truth",
        }
        return {str(path): why for path, why in read.items() if path is not None}

    def words(self, option: str) -> tuple[str, ...]:
        """A list of texts among the options."""
        value = self.values.get(option)
        return tuple(str(one) for one in value) if isinstance(value, list) else ()


config_option = click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    metavar="FILE",
    help="The configuration; else cocoproof.toml or [tool.cocoproof] in pyproject.toml, here or above.",
)
"""`--config`, of every command that heeds the configuration."""


def configuration_here(given: Path | None) -> Configuration:
    """The configuration that `--config` names, or that is found from the current folder upwards.

    Raises:
        click.UsageError: As `read_configuration`, and if the current folder is gone.
    """
    try:
        return read_configuration(given, Path.cwd())
    except FileNotFoundError:
        msg = "the current folder is no longer there"
        raise click.UsageError(msg) from None


def read_configuration(given: Path | None, start: Path) -> Configuration:
    """Find and read the configuration.

    Args:
        given: The file that the user named; it is read as cocoproof.toml, or as pyproject.toml by its name.
        start: The folder to look in, and then upwards, where none was named.

    Raises:
        click.UsageError: If the file cannot be read, or says what no option is.
    """
    path = given or _find(start)
    if path is None:
        return Configuration(None, {})
    if not path.is_file():  # a FIFO would keep us waiting
        msg = f"configuration {path}: this is no regular file"
        raise click.UsageError(msg)
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        msg = f"configuration {path}: {error}"
        raise click.UsageError(msg) from None
    tools = document.get("tool", {})
    values = document if path.name != "pyproject.toml" else tools.get("cocoproof", {}) if isinstance(tools, dict) else {}
    _validate(path, values)
    return Configuration(path, values)


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
                return None  # another tool will say so; it is not ours to fail on
            return project if isinstance(tools, dict) and "cocoproof" in tools else None
    return None


def _validate(path: Path, values: object) -> None:
    if not isinstance(values, dict):
        msg = f"configuration {path}: [tool.cocoproof] is a table"
        raise click.UsageError(msg)
    for key, value in values.items():
        if key not in OPTIONS:
            near = difflib.get_close_matches(key, OPTIONS, 1)
            msg = f"configuration {path}: there is no option {key!r}" + (
                f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(OPTIONS)}"
            )
            raise click.UsageError(msg)
        expected = OPTIONS[key]
        if not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
            names = {list: "a list of texts", str: "a text", int: "a whole number", bool: "true or false", dict: "a table"}
            msg = f"configuration {path}: {key} is {value!r}, expected {names[expected]}"  # type: ignore[index]  # every type of OPTIONS stands here
            raise click.UsageError(msg)
        if isinstance(value, list) and not all(isinstance(one, str) for one in value):
            msg = f"configuration {path}: {key} is a list of texts"
            raise click.UsageError(msg)


def standard_of(configuration: Configuration, profile: str | None, consumers: tuple[str, ...]) -> Policy:
    """What the files are held to: profile and consumers of the command line, each over that of the configuration.

    Raises:
        click.UsageError: If there is no profile of that name.
    """
    from cocoproof.profiles import UnknownProfile, resolve_policy  # `--help` need not load the rules

    configured = configuration.values.get("profile")
    try:
        return resolve_policy(
            profile if profile is not None else None if configured is None else str(configured), consumers or configuration.words("for")
        )
    except UnknownProfile as error:
        raise click.UsageError(str(error)) from None


def make_thresholds(configured: object, given: tuple[str, ...]) -> Thresholds:
    """Thresholds of the configuration's table, and of NAME=VALUE words over it.

    Raises:
        click.UsageError: If a name is unknown or a value is no number of its kind.
    """
    wanted: dict[str, object] = dict(configured) if isinstance(configured, dict) else {}
    for word in given:
        name, equals, number = word.partition("=")
        if not equals:
            msg = f"--threshold takes NAME=VALUE, not {word!r}"
            raise click.UsageError(msg)
        try:
            wanted[name] = int(number) if number.lstrip("-").isdigit() else float(number)
        except ValueError:
            msg = f"--threshold {name}: {number!r} is no number"
            raise click.UsageError(msg) from None
    known = {entry.name.replace("_", "-"): entry for entry in fields(Thresholds)}
    for name, value in wanted.items():
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            msg = f"there is no threshold {name!r}" + (f"; did you mean {near[0]!r}?" if near else f"; there are {', '.join(known)}")
            raise click.UsageError(msg)
        if str(known[name].type) == "int" and not isinstance(value, int):
            msg = f"threshold {name} is a whole number, not {value!r}"
            raise click.UsageError(msg)
    try:
        return Thresholds(**{name.replace("-", "_"): value for name, value in wanted.items()})  # type: ignore[arg-type]  # Thresholds checks its values
    except ValueError as error:
        raise click.UsageError(str(error)) from None
