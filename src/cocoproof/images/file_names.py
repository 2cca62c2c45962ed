"""Which file names stay below a folder of images, as far as the names alone tell."""

from __future__ import annotations

import os
import re

__all__ = ["parts_of", "plain", "unopenable", "unsafe"]

_UNSAFE = (
    (re.compile(r"\0"), "holds a NUL byte, which no file system takes"),
    (re.compile(r"^[A-Za-z][A-Za-z0-9+.-]+:/"), "is a URL, not a path under the image folder"),
    (re.compile(r"^[A-Za-z]:"), "starts with a Windows drive: it is right on one machine alone"),
    (re.compile(r"\\"), "holds a backslash: a separator on Windows, a letter of the name elsewhere; write /"),
    (re.compile(r"^/"), "is absolute: it is right on one machine alone; write it relative to the image folder"),
    (re.compile(r"(?:^|/)\.\.(?:/|$)"), "climbs out with ..: readers open a file outside the image folder, or refuse"),
)
"""What makes a name unsafe and what to say of it; of several reasons the first is told."""

_SUSPICIOUS = re.compile(r"[\0\\:]|^/|(?:^|/)\.\.(?:/|$)")
"""What every unsafe name holds: most names are cleared by this one look."""

_RESERVED = re.compile(
    r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[1-9\u00b9\u00b2\u00b3]|LPT[1-9\u00b9\u00b2\u00b3]) *(?:[.:].*)?", re.IGNORECASE
)
"""Names of devices on Windows, in every folder and with any ending (Microsoft, "Naming Files, Paths, and Namespaces")."""


def unsafe(name: str) -> str | None:
    """Why a name may lead out of the folder of images, or is right on one system alone; None where it does not.

    The answer continues a sentence that begins with the name: "is absolute: ...".
    """
    if _SUSPICIOUS.search(name) is None:
        return None
    return next((said for pattern, said in _UNSAFE if pattern.search(name)), None)


def unopenable(name: str, *, windows: bool = os.name == "nt") -> str | None:
    """Why a name that is safe is none that this system can open; None where it may be one.

    Args:
        name: A name that `unsafe` has nothing to say of.
        windows: Whether to go by the rules of Windows.
    """
    if not name.isascii() and any("\ud800" <= letter <= "\udfff" for letter in name):
        return "holds half of a surrogate pair, which no file system takes"
    if windows:
        if ":" in name:
            return "holds a colon, which on Windows opens a stream or a device"
        if any(_RESERVED.fullmatch(part) for part in parts_of(name)):
            return "is the name of a device on Windows"
    return None


def parts_of(name: str) -> list[str]:
    """The folders and the file that a name is made of; empty parts and `.` mean nothing to any system.

    >>> parts_of("train//2017/./a.jpg")
    ['train', '2017', 'a.jpg']
    """
    return [part for part in name.split("/") if part not in {"", "."}]


def plain(name: str) -> str:
    """A name without the parts that mean nothing: two names of one file are the same so.

    >>> plain("./train//2017/a.jpg"), plain("/a.jpg")
    ('train/2017/a.jpg', '/a.jpg')
    """
    if "//" not in name and "./" not in name:  # nearly all names
        return name
    return "/" * name.startswith("/") + "/".join(parts_of(name))
