"""The entry of an image: its file name as COCO stores it, and its size from the file's header."""

from __future__ import annotations

import os
import posixpath
import re
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from cocoproof.export.errors import ExportError
from cocoproof.images import OpenError
from cocoproof.images.disk_file import open_path
from cocoproof.images.header import HEAD_BYTES, UnsupportedHeader, read_header
from cocoproof.mapping.category_list import writable
from cocoproof.model.budgets import IMAGE_SIDE
from cocoproof.model.errors import MissingExtra
from cocoproof.model.suggestions import quoted

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cocoproof.model.json_types import JsonValue

__all__ = ["ImageInfo", "Orientation", "common_folder", "file_name_of", "header_size"]

Orientation: TypeAlias = Literal["stored", "exif"]

_FORMATS = ("JPEG", "PNG", "GIF", "BMP", "PPM", "WEBP", "TIFF", "JPEG2000", "AVIF")
"""The formats that Pillow may open. Others do not occur in datasets, and some of its readers run programs."""

_EXIF_ORIENTATION = 0x0112
_SIMPLE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]*)*")
"""Names that need no further checks: most of them."""

_DRIVE = re.compile(r"[A-Za-z]:")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image as a COCO file lists it.

    Attributes:
        file_name: Relative, with forward slashes.
        width: In pixels, 1 to 2^31 - 1.
        height: In pixels, 1 to 2^31 - 1.
        fields: Further fields of the image's entry, such as `license`; their names are not id, file_name, width or
            height.
    """

    file_name: str
    width: int
    height: int
    fields: Mapping[str, JsonValue] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, value in (("width", self.width), ("height", self.height)):
            if type(value) is not int or not 1 <= value <= IMAGE_SIDE:
                msg = f"{name} is {quoted(value)}; expected an integer number of pixels, 1 to {IMAGE_SIDE}"
                raise ExportError(msg, reason="image-size", image=str(self.file_name))
        clash = {"id", "file_name", "width", "height"} & set(self.fields)
        if clash:
            msg = f"the field {min(clash)!r} is reserved for the exporter"
            raise ExportError(msg, reason="image-fields", image=str(self.file_name))


def file_name_of(path: str | os.PathLike[str], folder: str | None, *, is_name: bool = False) -> str:
    """The `file_name` of an image: its path below a folder, with forward slashes.

    Args:
        path: Absolute or relative; a backslash is a separator on every platform, because readers do not agree on it.
        folder: The folder that names are relative to; None leaves a relative path unchanged.
        is_name: Whether a relative path that is not below the folder is a file name already.

    Raises:
        ExportError: If the path is not below the folder, is absolute without one, escapes it with `..`, or is text that
            JSON cannot represent.
    """
    given = os.fspath(path)
    if folder is None and _SIMPLE.fullmatch(given):
        return given
    if not writable(given) or "\0" in given or not given.strip():
        msg = f"the file name {quoted(given)} cannot be written; expected Unicode text without NUL and without lone surrogates"
        raise ExportError(msg, reason="file-name", image=ascii(given))
    if _SCHEME.match(given):
        msg = f"{quoted(given)} is a URL, not a file; pass the path, or an ImageInfo with the name to write"
        raise ExportError(msg, reason="file-name", image=given)
    name = _plain(given)
    if folder is not None:
        root = _plain(folder)
        if _is_absolute(name) != _is_absolute(root) and not is_name:
            name, root = _plain(_absolute(name)), _plain(_absolute(root))
        prefix = "" if root == "." else root.rstrip("/") + "/"
        if is_name and not _is_absolute(name) and not name.startswith(prefix):
            prefix = ""
        if not name.startswith(prefix):
            msg = f"{quoted(given)} is not below the folder of images, {quoted(folder)}"
            raise ExportError(msg, reason="file-name", image=given)
        name = name[len(prefix) :]
    elif _is_absolute(name):
        msg = f"{quoted(given)} is absolute; pass the folder that file names are relative to: images_dir=..."
        raise ExportError(msg, reason="file-name", image=given)
    if name in (".", "") or name == ".." or name.startswith("../"):
        msg = f"{quoted(given)} escapes the folder of images"
        raise ExportError(msg, reason="file-name", image=given)
    return name


def common_folder(paths: Iterable[str | os.PathLike[str]]) -> str | None:
    """The deepest folder that contains all of these files, with forward slashes; None if there is none.

    >>> common_folder(["a/train/x/1.jpg", "a/train/y/1.jpg"])
    'a/train'
    """
    shared: list[str] | None = None
    for path in paths:
        parts = _plain(os.fspath(path)).split("/")[:-1]
        if shared is None:
            shared = parts
            continue
        same = 0
        while same < min(len(shared), len(parts)) and shared[same] == parts[same]:
            same += 1
        shared = shared[:same]
    if not shared:
        return None
    return "/".join(shared) or "/"


def _plain(path: str) -> str:
    if _SIMPLE.fullmatch(path.removeprefix("/")):
        return path
    return posixpath.normpath(path.replace("\\", "/"))


def _is_absolute(name: str) -> bool:
    return name.startswith("/") or _DRIVE.match(name) is not None


def _absolute(name: str) -> str:
    return name if _is_absolute(name) else os.path.abspath(name)  # noqa: PTH100 - Path.resolve would follow links


def header_size(path: str | os.PathLike[str], orientation: Orientation) -> tuple[int, int]:
    """Width and height of an image in pixels, from the header of its file; the image is not decoded.

    Args:
        path: A regular file.
        orientation: `stored`: as the pixels are stored, which is what Pillow and `torchvision` read. `exif`: after the
            EXIF orientation, which is what OpenCV (and so supervision) reads.

    Raises:
        ExportError: If it is not a regular file, or not an image.
        MissingExtra: If Pillow is needed to read its header and is not installed; names the extra.
    """
    name = os.fspath(path)
    try:
        file = open_path(name)
        try:
            header = read_header(file, file.read(HEAD_BYTES, 0))
        finally:
            file.close()
    except OpenError as refused:
        msg = f"the file {refused.reason}"
        raise ExportError(msg, reason="image-unreadable", image=name) from None
    except UnsupportedHeader:
        return _by_pillow(name, orientation)
    return header.turned if orientation == "exif" else (header.width, header.height)


def _by_pillow(name: str, orientation: Orientation) -> tuple[int, int]:
    """The same for JPEG 2000, AVIF, PPM, and odd headers of other formats."""
    try:
        from PIL import Image
    except ImportError:
        msg = f"the size of {quoted(name)} is read with Pillow: pip install 'cocoproof[images]' (or pass the size: (name, (width, height)))"
        raise MissingExtra(msg) from None
    Image.init()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about large images: none is decoded here
            with Image.open(name, formats=[one for one in _FORMATS if one in Image.OPEN]) as image:
                width, height = image.size
                turned = orientation == "exif" and image.getexif().get(_EXIF_ORIENTATION, 1) in (5, 6, 7, 8)
    except Exception as error:  # Pillow's readers raise whatever a broken header makes them
        detail = getattr(error, "strerror", None) or str(error) or type(error).__name__
        msg = f"the size cannot be read: {detail}"
        raise ExportError(msg, reason="image-unreadable", image=name) from None
    return (int(height), int(width)) if turned else (int(width), int(height))
