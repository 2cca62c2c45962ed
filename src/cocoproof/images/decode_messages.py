"""Requests to the child processes that decode images, and their replies: lines of JSON; the bytes of the file follow a request."""

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
    "OpenCvView",
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
"""The most distinct ids in a panoptic PNG; real ones have under a thousand."""


class Measure(msgspec.Struct, tag="measure", frozen=True, forbid_unknown_fields=True):
    """Open the image with Pillow, and decode it if `decode` is true. The reply is `Measured`.

    Attributes:
        decode: Whether to decode it.
        opencv: Whether to compare what OpenCV makes of it. Only with `decode`.
    """

    decode: bool
    opencv: bool = False


class SegmentMap(msgspec.Struct, tag="segments", frozen=True, forbid_unknown_fields=True):
    """Decode a panoptic PNG and count the pixels of each id. The reply is `SegmentCounts`."""


class Grey(msgspec.Struct, tag="grey", frozen=True, forbid_unknown_fields=True):
    """Apply the EXIF orientation and shrink the image to grey pixels of this size. The reply is `Pixels`."""

    width: int
    height: int


class Render(msgspec.Struct, tag="render", frozen=True, forbid_unknown_fields=True):
    """Crop and shrink the image to a small file. The reply is `Rendered`.

    Attributes:
        left: Left edge of the crop in pixels; the crop is clipped to the image.
        top: Top edge of the crop in pixels.
        width: Width of the crop; 0, with `height` 0, for the entire image.
        height: Height of the crop.
        longest: The most pixels of the longer side of the result.
        turned: Whether to apply the EXIF orientation before the crop.
    """

    left: int
    top: int
    width: int
    height: int
    longest: int
    turned: bool


Job: TypeAlias = Measure | SegmentMap | Grey | Render


class Request(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line to the child; `size` bytes of the image file follow it.

    Attributes:
        job: What to do.
        formats: The formats that Pillow may try, by its names.
        pixels: An image with more pixels is not decoded.
        size: The number of bytes that follow.
    """

    job: Job
    formats: tuple[str, ...]
    pixels: int
    size: int


class OpenCvView(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What OpenCV makes of an image, beside Pillow.

    Attributes:
        opencv: OpenCV's name and version; empty if it was not imported.
        pillow: Pillow's name and version.
        difference: How and why the pixels differ, as a clause about the image; empty if they do not.
        turned: Whether OpenCV applied the EXIF orientation; None if there is none, or it cannot be seen.
        skipped: Why the pixels were not compared; empty if they were.
    """

    opencv: str = ""
    pillow: str = ""
    difference: str = ""
    turned: bool | None = None
    skipped: str = ""


class Measured(msgspec.Struct, tag="measured", frozen=True, forbid_unknown_fields=True):
    """Width and height as stored, the EXIF orientation, and what OpenCV makes of the image, if the request asks for it."""

    width: int
    height: int
    orientation: int
    view: OpenCvView | None = None


class SegmentCounts(msgspec.Struct, tag="segments", frozen=True, forbid_unknown_fields=True):
    """A panoptic PNG: width, height, its distinct ids in ascending order, and the number of pixels of each."""

    width: int
    height: int
    ids: tuple[int, ...]
    areas: tuple[int, ...]


class Pixels(msgspec.Struct, tag="pixels", frozen=True, forbid_unknown_fields=True):
    """Grey values, row by row."""

    data: bytes


class Rendered(msgspec.Struct, tag="rendered", frozen=True, forbid_unknown_fields=True):
    """A WebP file (JPEG if Pillow has no WebP), its size, and the part of the image that it shows, in pixels of the image."""

    data: bytes
    kind: str
    width: int
    height: int
    left: int
    top: int
    shown_width: int
    shown_height: int


class UndecodableReply(msgspec.Struct, tag="faulty", frozen=True, forbid_unknown_fields=True):
    """The image does not decode; the reason is the end of a sentence about the file."""

    reason: str


class DecodeFailed(msgspec.Struct, tag="failed", frozen=True, forbid_unknown_fields=True):
    """The image could not be checked: Pillow is not installed, or the child has a bug."""

    reason: str


Reply: TypeAlias = Measured | SegmentCounts | Pixels | Rendered | UndecodableReply | DecodeFailed

write: Callable[[Request | Reply], bytes] = msgspec.json.Encoder().encode
"""A message as one line of JSON, without the newline."""

read_request: Callable[[bytes], Request] = msgspec.json.Decoder(Request).decode
read_reply: Callable[[bytes], Reply] = msgspec.json.Decoder(Reply).decode
