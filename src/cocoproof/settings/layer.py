"""The options that one place sets: a configuration file, a command line, a call, or pytest."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from cocoproof.settings.options import option_named

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Origin", "SettingsLayer"]


class Origin(enum.Enum):
    """Where options are set."""

    CONFIGURATION = "configuration"
    COMMAND_LINE = "command line"
    CALL = "call"
    PYTEST_CONFIGURATION = "pytest configuration"
    PYTEST_COMMAND_LINE = "pytest command line"


@dataclass(frozen=True, kw_only=True)
class SettingsLayer:
    """The options that one place sets.

    Attributes:
        origin: The place.
        values: The values by the options' names in Python; options that are not set are absent. Lists are tuples of str. Switched off
            (`--no-images`) is False, `max_findings` without a limit is None, thresholds are a mapping of names to numbers or a
            `Thresholds`.
        file: The configuration file, if the place is one; relative paths start at its folder.
        folder: The folder that relative paths start at; None for the current one.
    """

    origin: Origin
    values: Mapping[str, object] = field(default_factory=dict)
    file: Path | None = None
    folder: Path | None = None

    @property
    def is_permanent(self) -> bool:
        """Whether the options are those of a project, not of one run: a single run need not be able to satisfy them."""
        return self.origin in {Origin.CONFIGURATION, Origin.PYTEST_CONFIGURATION}

    def with_values(self, **values: object) -> SettingsLayer:
        """The same place with other values."""
        return replace(self, values={**self.values, **values})

    def spelled(self, name: str, value: object = None) -> str:
        """An option as this place writes it, for messages.

        Args:
            name: Its name in Python.
            value: Its value; False is written as the switch that means it.
        """
        option = option_named(name)
        off = value is False and (option.off or option.type.toml is bool)
        key = option.off_key if off else option.toml_key
        if self.origin is Origin.COMMAND_LINE:
            return f"--{key}" if off else option.long_flag
        if self.origin is Origin.CALL:
            return f"{name}={value!r}" if isinstance(value, bool) else name
        if self.origin is Origin.PYTEST_COMMAND_LINE:
            return f"--coco-{key}"
        if self.origin is Origin.PYTEST_CONFIGURATION:
            return f"coco_{key.replace('-', '_')}"
        return f"{key} in {self.file}" if self.file is not None else key

    def path(self, name: str) -> Path:
        """The value of an option that is a path, relative to the folder of this place."""
        return (self.folder or Path()) / str(self.values[name])

    def location(self, name: str) -> str:
        """The value of an option that is a folder; an address with `://` is not relative to anything."""
        value = str(self.values[name])
        return value if "://" in value or self.folder is None else str(self.folder / value)
