"""Image formats, recognised by content, and other kinds of files that are often found in place of images."""

from __future__ import annotations

import enum
import re

__all__ = ["ENDINGS", "Format", "format_of", "format_of_ending", "no_picture"]


class Format(str, enum.Enum):
    """The formats that are read. Others do not occur in datasets, and some of their readers run programs."""

    JPEG = "JPEG"
    PNG = "PNG"
    GIF = "GIF"
    BMP = "BMP"
    WEBP = "WebP"
    TIFF = "TIFF"
    JPEG2000 = "JPEG 2000"
    AVIF = "AVIF"
    PPM = "PPM"


ENDINGS = {
    ".jpg": Format.JPEG,
    ".jpeg": Format.JPEG,
    ".jpe": Format.JPEG,
    ".jfif": Format.JPEG,
    ".mpo": Format.JPEG,
    ".png": Format.PNG,
    ".apng": Format.PNG,
    ".gif": Format.GIF,
    ".bmp": Format.BMP,
    ".dib": Format.BMP,
    ".webp": Format.WEBP,
    ".tif": Format.TIFF,
    ".tiff": Format.TIFF,
    ".jp2": Format.JPEG2000,
    ".j2k": Format.JPEG2000,
    ".jpx": Format.JPEG2000,
    ".avif": Format.AVIF,
    ".avifs": Format.AVIF,
    ".ppm": Format.PPM,
    ".pgm": Format.PPM,
    ".pbm": Format.PPM,
    ".pnm": Format.PPM,
}
"""Extension in lower case -> format."""

_BEGINNINGS = (
    (b"\xff\xd8\xff", Format.JPEG),
    (b"\x89PNG\r\n\x1a\n", Format.PNG),
    (b"GIF87a", Format.GIF),
    (b"GIF89a", Format.GIF),
    (b"BM", Format.BMP),
    (b"II*\0", Format.TIFF),
    (b"MM\0*", Format.TIFF),
    (b"II+\0", Format.TIFF),  # BigTIFF
    (b"MM\0+", Format.TIFF),
    (b"\0\0\0\x0cjP  \r\n\x87\n", Format.JPEG2000),
    (b"\xff\x4f\xff\x51", Format.JPEG2000),
)

_NO_PICTURES = (
    (re.compile(rb"version https://git-lfs\."), "is a Git LFS pointer, not the image; fetch it with git lfs pull"),
    (re.compile(rb"\.\./|/annex/objects/"), "is a git-annex pointer, not the image; fetch it with git annex get"),
    (re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE), "is an HTML page, probably an error page of a server"),
    (re.compile(rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*|<!DOCTYPE[^>]*>\s*)*<svg", re.DOTALL), "is SVG, a drawing without pixels"),
    (re.compile(rb"\s*<\?xml"), "is XML"),
    (re.compile(rb"\s*[{[]"), "is text that looks like JSON"),
    (re.compile(rb"....ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)", re.DOTALL), "is HEIF, which Pillow and OpenCV do not read"),
    (re.compile(rb"....ftyp", re.DOTALL), "is a video or another file of the MP4 family"),
    (re.compile(rb"\0\0[\1\2]\0"), "is an icon (ICO)"),
    (re.compile(rb"%PDF"), "is a PDF document"),
    (re.compile(rb"%!PS"), "is a PostScript program"),
    (re.compile(rb"8BPS"), "is a Photoshop document (PSD)"),
    (re.compile(rb"PK[\3\5]"), "is a zip archive"),
    (re.compile(rb"\x1f\x8b"), "is compressed with gzip"),
    (re.compile(rb"\0+\Z"), "begins with zero bytes only: its content was lost"),
)
"""Other kinds of files that are often found in place of images."""


def format_of(head: bytes) -> Format | None:
    """The format by the first bytes of a file (32 or more, unless it is shorter); None if it is not one of `Format`."""
    for beginning, known in _BEGINNINGS:
        if head.startswith(beginning):
            return known
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Format.WEBP
    if head[4:8] == b"ftyp" and (head[8:12] in {b"avif", b"avis"} or b"avif" in head[16:64]):
        return Format.AVIF
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in {b" ", b"\t", b"\n", b"\r", b"#"}:
        return Format.PPM
    return None


def format_of_ending(name: str) -> Format | None:
    """The format by a file's extension; None for another extension."""
    dot = name.rfind(".", name.rfind("/") + 1)
    return ENDINGS.get(name[dot:].lower()) if dot >= 0 else None


def no_picture(head: bytes) -> str:
    """What a file without a known image format is, as the end of a sentence: "is a PDF document"."""
    for pattern, said in _NO_PICTURES:
        if pattern.match(head):
            return said
    if head.isascii() and b"\0" not in head:
        return "is text, not an image"
    if b"\xff\xd8\xff" in head:
        return "is not an image: other bytes come before the start of a JPEG"
    return "is not an image of a known format"
