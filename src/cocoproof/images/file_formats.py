"""The formats of pictures, told by content: those that data sets are made of, and what else is often found in their place."""

from __future__ import annotations

import enum
import re

__all__ = ["ENDINGS", "Format", "format_of", "format_of_ending", "no_picture"]


class Format(str, enum.Enum):
    """What a picture may be. Others are no pictures of a data set, and some readers of theirs run programs."""

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
"""What the end of a file's name, in lower case, says about its content."""

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
    (re.compile(rb"version https://git-lfs\."), "is a Git LFS pointer, not the picture; fetch it with git lfs pull"),
    (re.compile(rb"\.\./|/annex/objects/"), "is a pointer of git-annex, not the picture; fetch it with git annex get"),
    (re.compile(rb"\s*(?:<!doctype html|<html)", re.IGNORECASE), "is an HTML page, as a server sends it in the place of a picture"),
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
    (re.compile(rb"\0+\Z"), "begins with zeros alone: its content was lost"),
)
"""What is often found in the place of a picture."""


def format_of(head: bytes) -> Format | None:
    """The format by the first bytes of a file, 32 or more where it has so many; None for no picture that is taken."""
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
    """The format that a file's name speaks of; None where it speaks of none."""
    dot = name.rfind(".", name.rfind("/") + 1)
    return ENDINGS.get(name[dot:].lower()) if dot >= 0 else None


def no_picture(head: bytes) -> str:
    """What a file is that is no picture, as a message says it: "is a PDF document"."""
    for pattern, said in _NO_PICTURES:
        if pattern.match(head):
            return said
    if head.isascii() and b"\0" not in head:
        return "is text, not a picture"
    if b"\xff\xd8\xff" in head:
        return "is no picture: other bytes come before the start of a JPEG"
    return "is no picture of a known format"
