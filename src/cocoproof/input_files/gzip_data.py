"""gzip data, unpacked within limits: what is refused is never held in memory."""

from __future__ import annotations

import gzip
import io
import zlib

__all__ = ["GZIP_MAGIC", "GzipError", "unpack"]

GZIP_MAGIC = b"\x1f\x8b"
"""What gzip data begins with."""

MAX_RATIO = 100
"""How many times its size gzip data may unpack to, once that is more than `FREE_BYTES`: COCO files shrink to a tenth, up
to a fiftieth where all rows are alike, and gzip's most is a thousandth."""

FREE_BYTES = 64 << 20
"""What any gzip data may unpack to."""

_HELD_RATIO = 20
"""How many times its size is held while it is unpacked for the first time; what is more is counted first, and then unpacked again."""

_CHUNK = 1 << 20


class GzipError(ValueError):
    """gzip data that is damaged, or unpacks to too much: what is wrong, in a sentence."""


def unpack(data: bytes, most: int) -> bytes:
    """Unpack gzip data.

    Args:
        data: The data.
        most: Bytes that it may unpack to.

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
    """What data unpacks to; None where that is more than the limit."""
    out = io.BytesIO()
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        while part := file.read(_CHUNK):
            if out.tell() + len(part) > limit:
                return None
            out.write(part)
    return out.getvalue()


def _count(data: bytes, limit: int) -> int:
    """How many bytes data unpacks to; not counted far beyond the limit."""
    total = 0
    with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
        while total <= limit and (part := file.read(_CHUNK)):
            total += len(part)
    return total
