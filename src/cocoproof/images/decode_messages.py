"""What the child processes that decode pictures are asked, and what they answer: lines of JSON, the picture's bytes after the request."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "MOST_SEGMENTS",
    "DecodeFailed",
    "Grey",
    "Job",
    "Measure",
    "Measured",
    "Pixels",
    "Render",
    "Rendered",
    "Reply",
    "Request",
    "SegmentCounts",
    "SegmentMap",
    "UndecodableReply",
    "read_reply",
    "read_request",
    "write",
]

MOST_SEGMENTS = 100_000
"""Distinct ids that a panoptic PNG may hold; real ones have under a thousand."""


class Measure(msgspec.Struct, tag="measure", frozen=True, forbid_unknown_fields=True):
    """Open the picture with Pillow, and decode it where `decode` says so. Answered with `Measured`."""

    decode: bool


class SegmentMap(msgspec.Struct, tag="segments", frozen=True, forbid_unknown_fields=True):
    """Decode a panoptic PNG and count the pixels of each id. Answered with `SegmentCounts`."""


class Grey(msgspec.Struct, tag="grey", frozen=True, forbid_unknown_fields=True):
    """Shrink the picture to so many grey pixels, turned as EXIF asks. Answered with `Pixels`."""

    width: int
    height: int


class Render(msgspec.Struct, tag="render", frozen=True, forbid_unknown_fields=True):
    """Cut out a part and shrink it, as a small file. Answered with `Rendered`.

    Attributes:
        left: Of the part, in pixels; what lies outside the picture is cut off.
        top: The same.
        width: Of the part; 0 with `height` 0 for the whole picture.
        height: The same.
        longest: Pixels that the longer side may have afterwards.
        turned: Whether the picture is turned as EXIF asks before anything is cut out.
    """

    left: int
    top: int
    width: int
    height: int
    longest: int
    turned: bool


Job: TypeAlias = Measure | SegmentMap | Grey | Render


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line to the child; so many bytes of the picture's file follow it.

    Attributes:
        job: What is asked.
        formats: What Pillow may take the bytes for, by its names.
        pixels: Pixels above which a picture is not decoded.
        size: How many bytes follow.
    """

    job: Job
    formats: tuple[str, ...]
    pixels: int
    size: int


class Measured(msgspec.Struct, tag="measured", frozen=True, forbid_unknown_fields=True):
    """Width and height as stored, and EXIF's orientation."""

    width: int
    height: int
    orientation: int


class SegmentCounts(msgspec.Struct, tag="segments", frozen=True, forbid_unknown_fields=True):
    """A panoptic PNG: width, height, its distinct ids in ascending order, and the pixels of each."""

    width: int
    height: int
    ids: tuple[int, ...]
    areas: tuple[int, ...]


class Pixels(msgspec.Struct, tag="pixels", frozen=True, forbid_unknown_fields=True):
    """Grey values, row by row."""

    data: bytes


class Rendered(msgspec.Struct, tag="rendered", frozen=True, forbid_unknown_fields=True):
    """A WebP file, or JPEG where Pillow has no WebP, its size, and the part of the picture that it shows, in pixels of the picture."""

    data: bytes
    kind: str
    width: int
    height: int
    left: int
    top: int
    shown_width: int
    shown_height: int


class UndecodableReply(msgspec.Struct, tag="faulty", frozen=True, forbid_unknown_fields=True):
    """The picture is at fault; the reason continues a sentence about the file."""

    reason: str


class DecodeFailed(msgspec.Struct, tag="failed", frozen=True, forbid_unknown_fields=True):
    """Nothing is known about the picture: Pillow is not installed, or the child has a bug."""

    reason: str


Reply: TypeAlias = Measured | SegmentCounts | Pixels | Rendered | UndecodableReply | DecodeFailed

write: Callable[[Request | Reply], bytes] = msgspec.json.Encoder().encode
"""A message as one line of JSON, without the newline."""

read_request: Callable[[bytes], Request] = msgspec.json.Decoder(Request).decode
read_reply: Callable[[bytes], Reply] = msgspec.json.Decoder(Reply).decode
