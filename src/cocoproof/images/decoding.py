"""Decodes one image with Pillow, in a child process: a crash ends only that process."""

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
    from PIL.ImageFile import ImageFile as OpenImage

__all__ = ["Undecodable", "answer"]

Image.MAX_IMAGE_PIXELS = None  # the request has the limit
ImageFile.LOAD_TRUNCATED_IMAGES = False
warnings.simplefilter("ignore")

_ORIENTATION = 0x0112


class Undecodable(Exception):
    """The image does not decode; the message is the end of a sentence about the file."""


def answer(request: Request, data: bytes) -> Reply:
    """Serve a request on the bytes of an image file.

    Raises:
        Undecodable: If the image does not decode.
        MemoryError: If it needs more memory than the limit.
    """
    image = _open(request, data)
    job = request.job
    if isinstance(job, Measure):
        return _measured(image, data, job)
    if isinstance(job, Grey):
        image.draft("L", (job.width * 8, job.height * 8))
        turned = ImageOps.exif_transpose(_loaded(image))
        return Pixels(_visible(turned).convert("L").resize((job.width, job.height), Image.Resampling.BOX).tobytes())
    if isinstance(job, Render):
        return _rendered(image, job)
    return _segments(_loaded(image))


def _open(request: Request, data: bytes) -> OpenImage:
    if not all(name in Image.OPEN for name in request.formats):
        Image.init()  # imports all other plugins, which is slow
    formats = [name for name in request.formats if name in Image.OPEN]
    if not formats:
        msg = f"is {request.formats[0]}, which the installed Pillow does not read"
        raise Undecodable(msg)
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
    except MemoryError:
        raise
    except UnidentifiedImageError:
        msg = f"has a header that Pillow does not accept as {request.formats[0]}"
        raise Undecodable(msg) from None
    except Exception as error:
        raise _undecodable(error) from None
    pixels = image.width * image.height
    if pixels > request.pixels:
        msg = f"is {image.width} x {image.height} px by its header: {pixels:,} pixels, more than the {request.pixels:,} that are decoded"
        raise Undecodable(msg)
    return image


def _loaded(image: OpenImage) -> OpenImage:
    try:
        image.load()
    except MemoryError:
        raise
    except Exception as error:
        raise _undecodable(error) from None
    return image


def _undecodable(error: Exception) -> Undecodable:
    text = str(error).strip() or type(error).__name__
    return Undecodable(f"does not decode: {text}"[:300])


def _measured(image: OpenImage, data: bytes, job: Measure) -> Measured:
    width, height = image.size
    before = _orientation(image) if image.format == "TIFF" else None  # Pillow removes it when it applies it
    if job.decode:
        if image.format == "PNG":
            _check_sums(data)
        _loaded(image)
    view = None
    if job.decode and job.opencv:
        from cocoproof.images.opencv_view import view_of

        view = view_of(image, data, _orientation(image))
    if before is not None:
        return Measured(*((height, width) if before >= 5 else (width, height)), before, view)
    return Measured(width, height, _orientation(image), view)


def _orientation(image: OpenImage) -> int:
    try:
        orientation = image.getexif().get(_ORIENTATION, 1)
    except MemoryError:
        raise
    except Exception:  # damaged EXIF data, which readers ignore
        orientation = 1
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _check_sums(data: bytes) -> None:
    """Verify the checksums of the chunks of a PNG. OpenCV does so, but Pillow does not verify those of image data."""
    at = 8
    while at + 12 <= len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        end = at + 12 + length
        if end > len(data):
            break
        if zlib.crc32(data[at + 4 : end - 4]) != int.from_bytes(data[end - 4 : end], "big"):
            msg = f"is damaged: the checksum of its chunk at byte {at:,} is wrong"
            raise Undecodable(msg)
        if data[at + 4 : at + 8] == b"IEND":
            return
        at = end
    msg = f"is truncated: its last chunk, at byte {at:,}, is incomplete"
    raise Undecodable(msg)


def _visible(image: Image.Image) -> Image.Image:
    """The image in 8-bit grey or colour, with transparent pixels on white."""
    if image.mode in {"I", "F"} or image.mode.startswith("I;16"):
        values = image.convert("F")
        low, high = (float(value) for value in values.getextrema())  # type: ignore[arg-type]  # one band
        scale = 255 / (high - low) if high > low else 0.0
        return values.point(lambda value: value * scale - low * scale).convert("L")
    if image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info:
        ground = Image.new("RGBA", image.size, "white")
        return Image.alpha_composite(ground, image.convert("RGBA")).convert("RGB")
    return image if image.mode in {"L", "RGB"} else image.convert("RGB")


def _rendered(image: OpenImage, job: Render) -> Rendered:
    size = image.size
    if not job.turned and not job.width:
        image.draft("RGB", (job.longest, job.longest))  # decodes a JPEG at half its size or less if that is enough
    whole: Image.Image = _loaded(image)
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


def _segments(image: Image.Image) -> SegmentCounts:
    """Ids and areas of a panoptic PNG: R + 256 G + 65536 B, as in `rgb2id` of panopticapi, which ignores a fourth channel."""
    import numpy as np

    if image.mode not in {"RGB", "RGBA"}:
        msg = f"is a PNG of mode {image.mode}; segment ids are written as the colours of an RGB one"
        raise Undecodable(msg)
    colours = np.asarray(image).reshape(-1, len(image.mode)).astype(np.uint32)
    flat = colours[:, 0] | colours[:, 1] << 8 | colours[:, 2] << 16
    # Only the runs of one colour are sorted: there are a hundred times fewer of them than pixels.
    starts = np.concatenate(([0], np.flatnonzero(flat[1:] != flat[:-1]) + 1))
    lengths = np.diff(np.append(starts, len(flat)))
    ids, which = np.unique(flat[starts], return_inverse=True)
    if len(ids) > MOST_SEGMENTS:
        msg = f"has {len(ids):,} colours: it is an image, not a map of segments"
        raise Undecodable(msg)
    areas = np.bincount(which.ravel(), weights=lengths, minlength=len(ids)).astype(np.int64)
    return SegmentCounts(image.width, image.height, tuple(ids.tolist()), tuple(areas.tolist()))
