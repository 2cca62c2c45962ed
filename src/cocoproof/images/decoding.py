"""Pillow at work on one picture, in a child process: whatever it does, it does to that process alone."""

from __future__ import annotations

import io
import warnings
import zlib
from typing import TYPE_CHECKING

from PIL import Image, ImageFile, ImageOps, UnidentifiedImageError, features

from cocoproof.images.decode_messages import (
    MOST_SEGMENTS,
    Grey,
    Measure,
    Measured,
    Pixels,
    Render,
    Rendered,
    Reply,
    Request,
    SegmentCounts,
)

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile as OpenPicture

__all__ = ["Undecodable", "answer"]

Image.MAX_IMAGE_PIXELS = None  # the request says how many it may be
ImageFile.LOAD_TRUNCATED_IMAGES = False
warnings.simplefilter("ignore")

_ORIENTATION = 0x0112


class Undecodable(Exception):
    """The picture is at fault; the message continues a sentence about the file."""


def answer(request: Request, data: bytes) -> Reply:
    """Do what is asked with the bytes of a picture's file.

    Raises:
        Undecodable: If the picture is at fault.
        MemoryError: If it needs more than there is.
    """
    picture = _open(request, data)
    job = request.job
    if isinstance(job, Measure):
        return _measured(picture, data, decode=job.decode)
    if isinstance(job, Grey):
        picture.draft("L", (job.width * 8, job.height * 8))
        turned = ImageOps.exif_transpose(_loaded(picture))
        return Pixels(_visible(turned).convert("L").resize((job.width, job.height), Image.Resampling.BOX).tobytes())
    if isinstance(job, Render):
        return _rendered(picture, job)
    return _segments(_loaded(picture))


def _open(request: Request, data: bytes) -> OpenPicture:
    if not all(name in Image.OPEN for name in request.formats):
        Image.init()  # further plugins: a search of the disk
    formats = [name for name in request.formats if name in Image.OPEN]
    if not formats:
        msg = f"is {request.formats[0]}, which the installed Pillow does not read"
        raise Undecodable(msg)
    try:
        picture = Image.open(io.BytesIO(data), formats=formats)
    except MemoryError:
        raise
    except UnidentifiedImageError:
        msg = f"has a header that Pillow does not take for {request.formats[0]}"
        raise Undecodable(msg) from None
    except Exception as error:
        raise _undecodable(error) from None
    pixels = picture.width * picture.height
    if pixels > request.pixels:
        msg = (
            f"is {picture.width} x {picture.height} px by its header: {pixels:,} pixels, more than the {request.pixels:,} that are decoded"
        )
        raise Undecodable(msg)
    return picture


def _loaded(picture: OpenPicture) -> OpenPicture:
    try:
        picture.load()
    except MemoryError:
        raise
    except Exception as error:
        raise _undecodable(error) from None
    return picture


def _undecodable(error: Exception) -> Undecodable:
    text = str(error).strip() or type(error).__name__
    return Undecodable(f"does not decode: {text}"[:300])


def _measured(picture: OpenPicture, data: bytes, *, decode: bool) -> Measured:
    width, height = picture.size
    before = _orientation(picture) if picture.format == "TIFF" else None  # which is gone once Pillow turned the picture
    if decode:
        if picture.format == "PNG":
            _check_sums(data)
        _loaded(picture)
    if before is not None:
        return Measured(*((height, width) if before >= 5 else (width, height)), before)
    return Measured(width, height, _orientation(picture))


def _orientation(picture: OpenPicture) -> int:
    try:
        orientation = picture.getexif().get(_ORIENTATION, 1)
    except MemoryError:
        raise
    except Exception:  # damaged EXIF data, which no reader minds
        orientation = 1
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _check_sums(data: bytes) -> None:
    """Hold the chunks of a PNG to their check sums, which Pillow does not do for image data and OpenCV does."""
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            break
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            msg = f"is damaged: the check sum of its chunk at byte {at:,} is wrong"
            raise Undecodable(msg)
        if data[at + 4 : at + 8] == b"IEND":
            return
        at = end
    msg = f"is cut off: its last chunk, at byte {at:,}, is not whole"
    raise Undecodable(msg)


def _visible(picture: Image.Image) -> Image.Image:
    """The picture in 8-bit grey or colour, on white where it is transparent."""
    if picture.mode in {"I", "F"} or picture.mode.startswith("I;16"):
        values = picture.convert("F")
        low, high = (float(value) for value in values.getextrema())  # type: ignore[arg-type]  # one band
        scale = 255 / (high - low) if high > low else 0.0
        return values.point(lambda value: value * scale - low * scale).convert("L")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        ground = Image.new("RGBA", picture.size, "white")
        return Image.alpha_composite(ground, picture.convert("RGBA")).convert("RGB")
    return picture if picture.mode in {"L", "RGB"} else picture.convert("RGB")


def _rendered(picture: OpenPicture, job: Render) -> Rendered:
    size = picture.size
    if not job.turned and not job.width:
        picture.draft("RGB", (job.longest, job.longest))  # a JPEG is decoded at half its size or less, where that is enough
    whole: Image.Image = _loaded(picture)
    scale = size[0] / whole.width
    if job.turned:
        whole = ImageOps.exif_transpose(whole)
    left, top = max(job.left, 0), max(job.top, 0)
    right, bottom = min(job.left + job.width, whole.width), min(job.top + job.height, whole.height)
    if not job.width or not job.height or right <= left or bottom <= top:
        left, top, right, bottom = 0, 0, whole.width, whole.height
    part = whole.crop((left, top, right, bottom))
    shown_width, shown_height = (round(side * scale) for side in part.size)
    part = _visible(part)
    if max(part.size) > job.longest:
        part.thumbnail((job.longest, job.longest), Image.Resampling.BOX)
    out = io.BytesIO()
    kind = "WEBP" if features.check("webp") else "JPEG"
    part.save(out, kind, quality=65)
    return Rendered(out.getvalue(), kind.lower(), *part.size, left, top, shown_width, shown_height)


def _segments(picture: Image.Image) -> SegmentCounts:
    """Ids and areas of a panoptic PNG: R + 256 G + 65536 B, as `rgb2id` of panopticapi has it; a fourth channel means nothing to it."""
    import numpy as np

    if picture.mode not in {"RGB", "RGBA"}:
        msg = f"is a PNG of mode {picture.mode}; segment ids are written as the colours of an RGB one"
        raise Undecodable(msg)
    colours = np.asarray(picture).reshape(-1, len(picture.mode)).astype(np.uint32)
    flat = colours[:, 0] | colours[:, 1] << 8 | colours[:, 2] << 16
    # Runs of one colour first: they are a hundred times fewer than pixels, and only they are sorted.
    starts = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1))
    lengths = np.diff(np.append(starts, len(flat)))
    ids, which = np.unique(flat[starts], return_inverse=True)
    if len(ids) > MOST_SEGMENTS:
        msg = f"has {len(ids):,} colours: it is a picture, not a map of segments"
        raise Undecodable(msg)
    areas = np.bincount(which.ravel(), weights=lengths, minlength=len(ids)).astype(np.int64)
    return SegmentCounts(picture.width, picture.height, tuple(ids.tolist()), tuple(areas.tolist()))
