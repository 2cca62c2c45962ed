"""gzip and zstd data, unpacked as a stream and within limits: data that exceed them are never held."""

from __future__ import annotations

import enum
import zlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = ["ENDINGS", "FREE_BYTES", "MAX_RATIO", "PackedError", "Packing", "pack", "packing_of", "unpack", "unpacked"]


class Packing(str, enum.Enum):
    """How data are compressed."""

    GZIP = "gzip"
    ZSTD = "zstd"


ENDINGS = {".gz": Packing.GZIP, ".zst": Packing.ZSTD}
"""The usual ends of names."""

_MAGIC = {b"\x1f\x8b": Packing.GZIP, b"\x28\xb5\x2f\xfd": Packing.ZSTD}
"""The first bytes (RFC 1952, RFC 8878)."""

MAX_RATIO = 100
"""The highest ratio of unpacked to packed size, above `FREE_BYTES`: COCO files shrink to a tenth, or to a fiftieth if all rows are
alike; gzip can reach a thousand, and zstd some ten thousand."""

FREE_BYTES = 64 << 20
"""Any data may unpack to this size."""

_CHUNK = 1 << 20
_ZSTD_CHUNK = 1 << 12
"""zstandard does not limit what one piece of data unpacks to: four bytes may give 128 KiB, these 128 MiB."""

_NO_ZSTD = "the data is compressed with zstd, which needs the package zstandard: pip install 'cocoproof[zstd]'"


class PackedError(ValueError):
    """Packed data that is damaged, unpacks to too much, or needs a package that is not installed; the message is a clause."""


def packing_of(start: bytes) -> Packing | None:
    """How data are compressed, by their first bytes, four or more; None if they are not."""
    return next((packing for magic, packing in _MAGIC.items() if start.startswith(magic)), None)


def unpack(data: bytes, most: int | None = None) -> bytes:
    """Unpack data in memory; data that are not packed are returned unchanged.

    Args:
        data: The data.
        most: The most bytes that they may unpack to.

    Raises:
        PackedError: If they are damaged, or unpack to more than `most`, or than `FREE_BYTES` and `MAX_RATIO` times their size; or the package
            for zstd is not installed.
    """
    packing = packing_of(data[:4])
    return data if packing is None else b"".join(unpacked([data], packing, size=len(data), most=most))


def unpacked(parts: Iterable[bytes], packing: Packing, *, size: int | None = None, most: int | None = None) -> Iterator[bytes]:
    """Unpack a stream.

    Args:
        parts: The packed data.
        packing: How they are packed.
        size: The number of their bytes; None if it is not known yet: those so far count.
        most: The most bytes that they may unpack to.

    Yields:
        The unpacked data, in pieces.

    Raises:
        PackedError: As `unpack`.
    """
    taken = total = 0

    def counted() -> Iterator[bytes]:
        nonlocal taken
        for part in parts:
            taken += len(part)
            yield part

    try:
        for part in _unpack_gzip(counted()) if packing is Packing.GZIP else _unpack_zstd(counted()):
            total += len(part)
            if most is not None and total > most:
                msg = f"the {packing.value} data unpacks to more than {most} bytes"
                raise PackedError(msg)
            if total > max(FREE_BYTES, MAX_RATIO * (taken if size is None else size)):
                msg = f"the {packing.value} data unpacks to more than {MAX_RATIO} times its size: it looks like a {packing.value} bomb"
                raise PackedError(msg)
            yield part
    except _Damaged as error:
        msg = f"the {packing.value} data is damaged: {error}"
        raise PackedError(msg) from None


def pack(data: bytes, packing: Packing | None) -> bytes:
    """Pack data; the same data give the same bytes.

    Raises:
        PackedError: If the package for zstd is not installed.
    """
    if packing is None:
        return data
    if packing is Packing.GZIP:
        compressor = zlib.compressobj(6, wbits=31)  # its header has no time
        return compressor.compress(data) + compressor.flush()
    module = _zstd()
    if module.__name__ == "zstandard":
        return bytes(module.ZstdCompressor(write_checksum=True).compress(data))
    return bytes(module.compress(data, options={module.CompressionParameter.checksum_flag: 1}))


class _Damaged(Exception):
    pass


def _unpack_gzip(parts: Iterable[bytes]) -> Iterator[bytes]:
    decoder = zlib.decompressobj(31)
    for part in parts:
        rest, is_full = part, False
        while rest or is_full:
            if decoder.eof:  # members follow each other; zeros may fill up the last block of a tape
                rest = rest.lstrip(b"\0")
                if not rest:
                    break
                decoder = zlib.decompressobj(31)
            try:
                out = decoder.decompress(rest, _CHUNK)
            except zlib.error as error:
                raise _Damaged(str(error)) from None
            yield out
            rest = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
            is_full = len(out) == _CHUNK and not decoder.eof
    if not decoder.eof:
        msg = "it ends too early"
        raise _Damaged(msg)


def _unpack_zstd(parts: Iterable[bytes]) -> Iterator[bytes]:
    make, failure, is_limited = _zstd_decoder()
    decoder = make()
    for part in parts:
        for at in range(0, len(part), _ZSTD_CHUNK):
            rest = part[at : at + _ZSTD_CHUNK]
            while rest or (is_limited and not decoder.eof and not decoder.needs_input):
                if decoder.eof:  # frames follow each other
                    decoder = make()
                try:
                    out = decoder.decompress(rest, _CHUNK) if is_limited else decoder.decompress(rest)
                except failure as error:
                    raise _Damaged(str(error)) from None
                yield out
                rest = decoder.unused_data if decoder.eof else b""
    if not decoder.eof:
        msg = "it ends too early"
        raise _Damaged(msg)


def _zstd_decoder() -> tuple[Callable[[], Any], type[Exception], bool]:
    """What makes a decoder of one frame, the exception for damaged data, and whether a decoder limits what it returns at once."""
    module = _zstd()
    if module.__name__ == "zstandard":
        return lambda: module.ZstdDecompressor().decompressobj(), module.ZstdError, False
    return module.ZstdDecompressor, module.ZstdError, True


def _zstd() -> Any:
    """`compression.zstd` of Python 3.14, or the package zstandard.

    Raises:
        PackedError: If there is neither.
    """
    try:
        from compression import zstd  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        try:
            import zstandard
        except ImportError:
            raise PackedError(_NO_ZSTD) from None
        return zstandard
    return zstd
