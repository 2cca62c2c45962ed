"""What an export does with files, as the interpreter's audit events report it."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["Listener", "listening", "writes_to"]

Listener: TypeAlias = "Callable[[str, tuple[object, ...]], None]"
"""Is called with the name of an event and its arguments, before what it announces."""

_EVENTS = frozenset(
    {"open", "os.chdir", "os.link", "os.mkdir", "os.remove", "os.rename", "os.symlink", "os.truncate", "shutil.copyfile", "shutil.move"}
)

_listeners: list[Listener] = []
_state = {"installed": False}


@contextlib.contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Call a function for each event about files.

    The hook stays in the interpreter, which has no way to remove one; without a listener it does nothing.
    """
    if not _state["installed"]:
        sys.addaudithook(_hook)
        _state["installed"] = True
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if _listeners and event in _EVENTS:
        for listener in tuple(_listeners):
            listener(event, arguments)


def writes_to(event: str, arguments: tuple[object, ...]) -> object:
    """The path that an event opens for writing; None if it does not."""
    if event != "open" or len(arguments) < 3:
        return None
    path, mode, flags = arguments[:3]
    writing = isinstance(mode, str) and any(character in mode for character in "wax+")
    writing |= isinstance(flags, int) and flags >= 0 and bool(flags & (os.O_WRONLY | os.O_RDWR))
    return path if writing else None
