"""The file name and the size that a file must give an image of the source."""

from __future__ import annotations

import os
import posixpath
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["common_folder", "header_size", "relative_name"]


def common_folder(paths: Iterable[str | os.PathLike[str]]) -> str | None:
    """The deepest folder that holds all of these files; None where there is none."""
    folders = [posixpath.dirname(_slashes(path)) for path in paths]
    if not folders:
        return None
    try:
        return posixpath.commonpath(folders) or None
    except ValueError:  # some absolute, some not
        return None


def relative_name(path: str | os.PathLike[str], folder: str | None) -> str:
    """A path below a folder, with forward slashes; unchanged if it is not below it."""
    name = _slashes(path)
    if folder is None:
        return name
    root = _slashes(folder)
    if posixpath.isabs(name) != posixpath.isabs(root):
        below = posixpath.relpath(_slashes(os.path.abspath(name)), _slashes(os.path.abspath(root)))  # noqa: PTH100 - no link is followed
    else:
        below = posixpath.relpath(name, root)
    return name if below == ".." or below.startswith("../") else below


def _slashes(path: str | os.PathLike[str]) -> str:
    return posixpath.normpath(os.fspath(path).replace("\\", "/"))


def header_size(path: str | None) -> tuple[tuple[int, int] | None, bool, str | None]:
    """Width and height of a picture from its header, whether EXIF turns it, and why they are not known."""
    if path is None or not os.path.isfile(path):  # noqa: PTH113 - a str may not be a valid Path
        return None, False, "the source does not say them, and the pictures are not there"
    try:
        from PIL import Image
    except ImportError:
        return None, False, "they are read with Pillow: pip install 'cocoproof[images]'"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large pictures: none is decoded here
        try:
            with Image.open(path) as picture:
                return (int(picture.width), int(picture.height)), picture.getexif().get(0x0112, 1) in (5, 6, 7, 8), None
        except Exception:  # Pillow's readers raise whatever a broken header makes them
            return None, False, "some pictures cannot be read"
