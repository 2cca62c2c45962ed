"""Which file names stay below the image folder, by the names alone."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["all_safe", "parts_of", "plain", "unopenable", "unsafe"]

_UNSAFE = (
    (re.compile(r"\0"), "holds a NUL byte, which no file system allows"),
    (re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:/"), "is a URL, not a path under the image folder"),
    (re.compile(r"^[A-Za-z]:"), "starts with a Windows drive: it is valid on one machine only"),
    (re.compile(r"\\"), "holds a backslash: a separator on Windows, part of the name elsewhere; write /"),
    (re.compile(r"^/"), "is absolute: it is valid on one machine only; write it relative to the image folder"),
    (re.compile(r"(?:^|/)\.\.(?:/|$)"), "escapes the image folder with ..: readers open a file outside it, or fail"),
)
"""Pattern of an unsafe name -> message; of several, the first is reported."""

_SUSPICIOUS = re.compile(r"[\0\\:]|^/|(?:^|/)\.\.(?:/|$)")
"""Every unsafe name matches this: one search clears most names."""

_RESERVED = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[1-9\u00b9\u00b2\u00b3]|LPT[1-9\u00b9\u00b2\u00b3]) *(?:[.:].*)?", re.IGNORECASE
)
"""Names of devices on Windows, in every folder and with any extension (Microsoft, "Naming Files, Paths, and Namespaces")."""


def unsafe(name: str) -> str | None:
    """Why a name may lead out of the image folder, or is valid on one system only; None if it is safe.

    The reason is the end of a sentence that begins with the name: "is absolute: ...".
    """
    if _SUSPICIOUS.search(name) is None:
        return None
    return next((said for pattern, said in _UNSAFE if pattern.search(name)), None)


def all_safe(names: Iterable[str]) -> bool:
    """Whether `unsafe` returns None for each of these names, by one search of them all; False also where it has to be asked."""
    # Each name is between bars. One that is unsafe has one of these signs.
    whole = f"|{'|'.join(names)}|"
    return not any(sign in whole for sign in ("\0", "\\", ":", "..", "|/"))


def unopenable(name: str, *, windows: bool = os.name == "nt") -> str | None:
    """Why this system cannot open a file of a safe name; None if it may.

    Args:
        name: A name for which `unsafe` returns None.
        windows: Whether to apply the rules of Windows.
    """
    if not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name):
        return "holds half of a surrogate pair, which no file system allows"
    if windows:
        if ":" in name:
            return "holds a colon, which on Windows opens a stream or a device"
        if any(_RESERVED.fullmatch(part) for part in parts_of(name)):
            return "is the name of a device on Windows"
    return None


def parts_of(name: str) -> list[str]:
    """The folders and the file of a name, without empty parts and `.`, which every system ignores.

    >>> parts_of("train//2017/./a.jpg")
    ['train', '2017', 'a.jpg']
    """
    return [part for part in name.split("/") if part not in {"", "."}]


def plain(name: str) -> str:
    """A normalised name, without empty parts and `.`: two names of the same file become equal.

    >>> plain("./train//2017/a.jpg"), plain("/a.jpg")
    ('train/2017/a.jpg', '/a.jpg')
    """
    if "//" not in name and "./" not in name:  # nearly all names
        return name
    return "/" * name.startswith("/") + "/".join(parts_of(name))
