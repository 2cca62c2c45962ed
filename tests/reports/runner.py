"""What GitHub's runner makes of the lines of a log: its two command syntaxes, written anew from how actions/runner reads them.

.NET compares by the rules of a language there, which pass over characters that are not drawn. To be on the safe side a
line is also read without them, and what either reading gives counts.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

__all__ = ["Command", "commands"]

_REGISTERED = {
    *("internal-set-repo-path", "set-env", "set-output", "save-state", "add-mask", "add-path", "add-matcher", "remove-matcher"),
    *("warning", "error", "notice", "debug", "group", "endgroup", "echo", "stop-commands"),
}


@dataclass(frozen=True)
class Command:
    """One order: its name, properties and data."""

    name: str
    properties: dict[str, str]
    data: str


def commands(log: str) -> list[Command]:
    """All orders in a log, in order of their lines."""
    lines = log.replace("\r\n", "\n").replace("\r", "\n").split("\n")  # the reader of a process's output ends lines at CR, too
    found = []
    for line in lines:
        command = _second(line) or _first(line)
        seen = "".join(char for char in line if unicodedata.category(char) not in {"Cf", "Cc", "Mn"})
        bare = _second(seen) or _first(seen)
        assert (command is None) == (bare is None), f"two ways to read {line!a}"
        if command is not None:
            found.append(command)
    return found


def _second(line: str) -> Command | None:
    """`::name key=value,key=value::data` at the start of a line, after any white space."""
    start = line.lstrip()
    if not start.startswith("::"):
        return None
    end = start.find("::", 2)
    if end < 0:
        return None
    return _command(start[2:end], start[end + 2 :], ",", {"%0D": "\r", "%0A": "\n"}, {"%3A": ":", "%2C": ","})


def _first(line: str) -> Command | None:
    """`##[name key=value;key=value]data` anywhere in a line."""
    start = line.find("##[")
    end = line.find("]", start)
    if start < 0 or end < 0:
        return None
    more = {"%3B": ";", "%0D": "\r", "%0A": "\n", "%5D": "]"}
    return _command(line[start + 3 : end], line[end + 1 :], ";", more, more)


def _command(info: str, data: str, comma: str, escapes: dict[str, str], more: dict[str, str]) -> Command | None:
    name, _, listed = info.partition(" ")
    if name.lower() not in _REGISTERED:
        return None
    properties = {}
    for pair in listed.strip().split(comma):
        key, equals, value = pair.partition("=")
        if key and equals and value:
            properties[key.lower()] = _unescape(value, escapes | more)
    return Command(name, properties, _unescape(data, escapes))


def _unescape(text: str, escapes: dict[str, str]) -> str:
    for escaped, char in escapes.items():
        text = text.replace(escaped, char)
    return text.replace("%25", "%")
