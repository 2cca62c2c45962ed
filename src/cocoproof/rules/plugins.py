"""Rules of other packages: those that installed distributions name in the entry point group `cocoproof.rules`.

Nothing is imported, and `importlib.metadata` neither, unless a distribution on the path has such an entry point: to look for one takes a listing of each
folder of the path, and reading the `entry_points.txt` of each distribution.
"""

from __future__ import annotations

import functools
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

from cocoproof.model.errors import SettingsError
from cocoproof.rules.rule import Rule

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

__all__ = ["GROUP", "load_plugins"]

GROUP = "cocoproof.rules"
"""The entry point group."""

_CODE = re.compile(r"[A-Z]{2,10}[0-9]{3,4}")
_NAME = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)+")
_OFF = "--no-plugins runs without plug-ins"


def load_plugins(own: Iterable[Rule]) -> tuple[Rule, ...]:
    """The rules of all plug-ins, by code; loaded once for a path of modules.

    Args:
        own: The rules of cocoproof, whose codes and names are taken.

    Raises:
        SettingsError: If a plug-in cannot be imported, holds no rules, or has a code or a name that is not allowed or is taken.
    """
    found = _loaded(tuple(sys.path))
    taken = {key: "cocoproof" for rule in own for key in (rule.code, rule.name)} if found else {}
    for rule in found:
        for key, what, pattern in ((rule.code, "code", _CODE), (rule.name, "name", _NAME)):
            if not pattern.fullmatch(key) or rule.code.startswith("COCO"):
                expected = "a prefix of its own (two to ten capital letters, not COCO) and three or four digits, such as ACME001, and a name of words with dashes"
                msg = f"plug-in {rule.plugin}: rule {rule.code} {rule.name} has a {what} that is not allowed, expected {expected}; {_OFF}"
                raise SettingsError(msg)
            if key in taken:
                msg = f"plug-in {rule.plugin}: the {what} {key} of a rule is taken by {taken[key]}; {_OFF}"
                raise SettingsError(msg)
        taken |= {rule.code: f"plug-in {rule.plugin}", rule.name: f"plug-in {rule.plugin}"}
    return found


@functools.lru_cache(maxsize=4)
def _loaded(path: tuple[str, ...]) -> tuple[Rule, ...]:
    if not any(_has_plugins(folder) for folder in path):
        return ()
    from importlib.metadata import entry_points  # takes 10 ms and more

    rules = [rule for entry in entry_points(group=GROUP) for rule in _rules_of(entry)]
    return tuple(sorted(rules, key=lambda rule: rule.code))


def _has_plugins(folder: str) -> bool:
    """Whether a distribution in a folder of the path may have an entry point of the group."""
    try:
        with os.scandir(folder or ".") as found:
            names = [one.name for one in found if one.name.endswith((".dist-info", ".egg-info", ".egg"))]
    except FileNotFoundError:
        return False
    except NotADirectoryError:  # a zip file: importlib.metadata looks into it
        return True
    except OSError:
        return False
    for name in names:
        inside = "EGG-INFO" if name.endswith(".egg") else ""
        try:
            with open(os.path.join(folder, name, inside, "entry_points.txt"), "rb") as file:  # noqa: PTH118, PTH123 # half the time of Path
                if GROUP.encode() in file.read():
                    return True
        except OSError:
            continue
    return False


def _rules_of(entry: EntryPoint) -> list[Rule]:
    distribution = entry.dist
    plugin = entry.name if distribution is None else f"{distribution.name} {distribution.version}"
    where = f"plug-in {plugin} ({entry.value})"
    try:
        value = entry.load()
    except Exception as error:
        msg = f"{where} cannot be imported: {type(error).__name__}: {error}"[:500] + f"; {_OFF}"
        raise SettingsError(msg) from error
    rules = [value] if isinstance(value, Rule) else list(value) if isinstance(value, Iterable) else []
    if not rules or not all(isinstance(rule, Rule) for rule in rules):
        msg = f"{where} is not a rule, nor a list of rules; make rules with the decorator cocoproof.plugin.rule; {_OFF}"
        raise SettingsError(msg)
    return [replace(rule, plugin=plugin) for rule in rules]
