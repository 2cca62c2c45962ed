"""gzip data, unpacked within limits: data that exceed them are never held in memory."""

from __future__ import annotations

import gzip
import io
import zlib

__all__ = ["GZIP_MAGIC", "GzipError", "unpack"]

GZIP_MAGIC = b"\x1f\x8b"
"""The first bytes of gzip data."""

MAX_RATIO = 100
"""The highest ratio of unpacked to packed size, above `FREE_BYTES`: COCO files shrink to a tenth, or to a fiftieth if all rows are
alike, and the limit of gzip is a thousandth."""

FREE_BYTES = 64 << 20
"""Any gzip data may unpack to this size."""

_HELD_RATIO = 20
"""Data with a higher ratio are unpacked twice: first to count the bytes, then to keep them."""

_CHUNK = 1 << 20


class GzipError(ValueError):
    """gzip data that is damaged, or unpacks to too much; the message is a clause."""


def unpack(data: bytes, most: int) -> bytes:
    """Unpack gzip data.

    Args:
        data: The data.
        most: The most bytes that it may unpack to.

    Raises:
        GzipError: If it is damaged, or unpacks to more than `most`, or than `FREE_BYTES` and `MAX_RATIO` times its size.
    """
    limit = min(most, max(FREE_BYTES, MAX_RATIO * len(data)))
    held = min(limit, max(FREE_BYTES, _HELD_RATIO * len(data)))
    try:
        unpacked = _read(data, held)
        if unpacked is None and held < limit and _count(data, limit) <= limit:
            unpacked = _read(data, limit)
    except (OSError, EOFError, zlib.error) as error:
        msg = f"the gzip data is damaged: {error}"
        raise GzipError(msg) from None
    if unpacked is None:
        size = f"{most} bytes" if limit == most else f"{MAX_RATIO} times its size: it looks like a gzip bomb"
        msg = f"the gzip data unpacks to more than {size}"
        raise GzipError(msg)
    return unpacked


def _read(data: bytes, limit: int) -> bytes | None:
    """The unpacked data; None if there are more bytes than the limit."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        while part := file.read(_CHUNK):
            if out.tell() + len(part) > limit:
                return None
            out.write(part)
    return out.getvalue()


def _count(data: bytes, limit: int) -> int:
    """The number of unpacked bytes; counting stops soon after the limit."""
    total = 0
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        while total <= limit and (part := file.read(_CHUNK)):
            total += len(part)
    return total
