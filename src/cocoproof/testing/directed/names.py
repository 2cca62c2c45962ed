"""Names of classes and of image files in directed datasets."""

from __future__ import annotations

import os
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocoproof.testing.directed.dimensions import Level

__all__ = ["class_names_at", "file_names_at"]

_WORDS = ("null", "true", "1", "1.0", "1e3", "nan", "None", "0", "no", "person", "-1", "background", "__ignore__", "[]", "{}")

_OF_CLASSES = {
    "line break": "two\nlines {k}",
    "tab": "a\tb {k}",
    "backslash": "a\\b\\n{k}",
    "quotes": "\"a\" 'b', {k}; `c`",
    "html": "<a href=x>&amp;{k}</a>",
    "emoji": "\U0001f600 {k} \U0001f469\u200d\U0001f680",
    "right to left": "\u05d0\u05d1 {k}",
}


def class_names_at(level: Level, count: int) -> tuple[str, ...]:
    """So many different names.

    Args:
        level: How long they are, or what they have.
        count: How many.
    """
    if isinstance(level, int):
        return tuple(f"{k:a>{level}}" for k in range(count))
    if level == "words":
        return (*_WORDS[:count], *(f"{k} {_WORDS[k % len(_WORDS)]}" for k in range(len(_WORDS), count)))
    if level == "case":
        return tuple(("name {k}", "Name {k}", "NAME {k}")[k % 3].format(k=k // 3) for k in range(count))
    if level == "blanks":
        return tuple(("a {k}", "a {k} ", " a {k}", "a  {k}", "a_{k}", "a\u00a0{k}")[k % 6].format(k=k // 6) for k in range(count))
    if level == "forms":
        pairs = ("\u00e9{k}", "e\u0301{k}", "\ufb01{k}", "fi{k}")
        return tuple(pairs[k % 4].format(k=k // 4) for k in range(count))
    pattern = _OF_CLASSES.get(level, "class {k}") if isinstance(level, str) else "class {k}"
    return tuple(pattern.format(k=k) for k in range(count))


_OF_FILES = {
    "endings": "{k}.PNG",
    "blanks": " a  {k} .png",
    "percent": "a%20b#{k}&c+d.png",
    "quotes": "'{k}\", [a](b).png",
    "dots": "v1.{k}.tar.gz.png",
    "unicode": "\u56f3 {k} \u00df\u00e9.png",
    "deep": "a/b/c/d/e/{k}.png",
}


def file_names_at(level: Level, count: int, *, folders: bool, twins: bool) -> tuple[str, ...]:
    """So many different names of images, with forward slashes.

    Args:
        level: What they have, or how many characters.
        count: How many.
        folders: Whether images may be in folders.
        twins: Whether the file system keeps names apart that are equal but for case or Unicode form.
    """
    if isinstance(level, int):
        return tuple(f"{k:x>{level - 4}}.png" for k in range(count))
    if level == "descending":
        return tuple(f"{count - k}.png" for k in range(count))
    if level == "stems":
        return tuple(f"{k // 2}{('.png', '.bmp')[k % 2]}" for k in range(count))
    if level == "bases" and folders:
        return tuple(f"{'abcdefg'[k % 7]}/{k // 7}.png" for k in range(count))
    if level == "case" and twins:
        return tuple(("a{k}.png", "A{k}.png")[k % 2].format(k=k // 2) for k in range(count))
    if level == "forms" and twins:
        forms = [unicodedata.normalize(form, "\u00e9") for form in ("NFC", "NFD")]
        return tuple(f"{forms[k % 2]}{k // 2}.png" for k in range(count))
    usable = isinstance(level, str) and (folders or level != "deep") and (os.name != "nt" or level not in ("quotes", "blanks"))
    pattern = _OF_FILES.get(str(level), "{k}.png") if usable else "{k}.png"
    return tuple(pattern.format(k=k) for k in range(count))
