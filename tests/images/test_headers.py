"""Our header readers against Pillow, on pictures of every format that Pillow writes, and on damaged ones."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zlib
from typing import Any

import numpy as np
import pytest

from cocoproof.images.file_formats import Format
from cocoproof.images.header import HEAD_BYTES, Header, UnsupportedHeader, read_header
from cocoproof.images.open_file import OpenError

Image = pytest.importorskip("PIL.Image")
PIL_NAMES = {"JPEG": Format.JPEG, "MPO": Format.JPEG, "PNG": Format.PNG, "GIF": Format.GIF, "BMP": Format.BMP, "DIB": Format.BMP}
PIL_NAMES |= {"WEBP": Format.WEBP, "TIFF": Format.TIFF}


class InMemory:
    """An open file of these bytes, which counts what is read of it."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.size = len(data)
        self.reads: list[tuple[int, int]] = []

    def read(self, length: int, offset: int) -> bytes:
        self.reads.append((length, offset))
        return self.data[offset : offset + length]

    def close(self) -> None:
        pass


def ours(data: bytes) -> Header:
    file = InMemory(data)
    return read_header(file, file.read(HEAD_BYTES, 0))


def pillows(data: bytes) -> tuple[Format, tuple[int, int], int]:
    """Format, stored size and orientation by Pillow, which hands out TIFF pictures turned."""
    with Image.open(io.BytesIO(data)) as picture:
        orientation = picture.getexif().get(274, 1)
        size = picture.size
        if picture.format == "TIFF" and orientation in (5, 6, 7, 8):
            size = size[::-1]
        return PIL_NAMES[picture.format], size, orientation


def noise(mode: str, width: int, height: int) -> Any:
    pixels = np.random.default_rng(width * 1000 + height).integers(0, 256, (height, width, 4), dtype=np.uint8)
    if mode == "I;16":
        return Image.fromarray(pixels[..., :2].copy().view(np.uint16)[..., 0])
    if mode in {"I", "F"}:
        return Image.fromarray(pixels.view(np.int32)[..., 0].astype(np.int32 if mode == "I" else np.float32))
    return Image.fromarray(pixels, "RGBA").convert(mode) if mode != "CMYK" else Image.fromarray(pixels, "CMYK")


WAYS: list[tuple[str, str, dict[str, Any]]] = [
    *(("JPEG", mode, {"quality": 90}) for mode in ("L", "RGB", "CMYK")),
    ("JPEG", "RGB", {"progressive": True}),
    ("JPEG", "RGB", {"icc_profile": b"icc" * 60_000}),  # three segments, the frame beyond what is read at once
    ("JPEG", "RGB", {"comment": b"\xff\xc0\x00\x11\x08\x00\x10\x00\x10" * 900}),  # markers within a segment
    *(("PNG", mode, {}) for mode in ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")),
    ("PNG", "RGB", {"icc_profile": b"icc" * 60_000}),
    *(("GIF", mode, {}) for mode in ("L", "P", "RGB")),
    *(("BMP", mode, {}) for mode in ("1", "L", "P", "RGB", "RGBA")),
    *(("WEBP", mode, {"lossless": lossless}) for mode in ("RGB", "RGBA") for lossless in (False, True)),
    ("WEBP", "RGB", {"icc_profile": b"icc" * 6_000}),
    *(("TIFF", mode, {}) for mode in ("1", "L", "RGB", "RGBA", "CMYK", "I;16", "I", "F")),
    ("TIFF", "RGB", {"compression": "tiff_lzw"}),
    ("TIFF", "RGB", {"big_tiff": True}),
]
SIZES = [(1, 1), (1, 300), (300, 1), (17, 33), (256, 255)]


def written(form: str, mode: str, options: dict[str, Any], size: tuple[int, int], orientation: int = 1) -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    if orientation > 1:
        exif[271] = "a camera of a long name, kept beyond the field itself"
        exif[274] = orientation
    more = {"exif": exif} if orientation > 1 and form in {"JPEG", "PNG", "WEBP", "TIFF"} else {}
    noise(mode, *size).save(out, form, **options, **more)
    return out.getvalue()


@pytest.mark.parametrize(("form", "mode", "options"), WAYS, ids=lambda value: str(value)[:30])
def test_agrees_with_pillow(form: str, mode: str, options: dict[str, Any]) -> None:
    for size in SIZES:
        data = written(form, mode, options, size)
        header = ours(data)
        assert (header.format, (header.width, header.height), header.orientation) == pillows(data)
        assert (header.width, header.height) == size


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation(form: str, orientation: int) -> None:
    data = written(form, "RGB", {}, (30, 20), orientation)
    header = ours(data)
    assert (header.width, header.height, header.orientation) == (30, 20, orientation)
    assert pillows(data) == (header.format, (30, 20), orientation)
    assert header.turned == ((20, 30) if orientation >= 5 else (30, 20))


def test_orientation_in_either_byte_order_and_as_no_number() -> None:
    plain = written("JPEG", "RGB", {}, (30, 20))
    for order, mark in (("<", b"II*\0"), (">", b"MM\0*")):
        for value, kind, expected in ((6, 3, 6), (0, 3, 1), (9, 3, 1), (6, 2, 1), (65535, 3, 1)):
            entry = struct.pack(order + "HHLH2x", 274, kind, 1, value)
            tiff = mark + struct.pack(order + "LH", 8, 1) + entry + bytes(4)
            body = b"Exif\0\0" + tiff
            data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]
            assert ours(data).orientation == expected
    for body in (b"Exif\0\0", b"Exif\0\0II*\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0II*\0\x08\0\0\0\xff\xff"):
        data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]
        assert ours(data)[1:4] == (30, 20, 1)


def test_a_thumbnail_is_not_the_picture() -> None:
    """The EXIF segment holds a JPEG of its own; who looks for the marker of a frame finds that one first."""
    small = written("JPEG", "RGB", {}, (16, 12))
    plain = written("JPEG", "RGB", {}, (300, 200))
    tiff = b"II*\0" + struct.pack("<LH", 8, 1) + struct.pack("<HHLH2x", 274, 3, 1, 8) + struct.pack("<L", 26)
    body = b"Exif\0\0" + tiff + small
    assert b"\xff\xc0" in body
    data = plain[:2] + b"\xff\xe1" + struct.pack(">H", len(body) + 2) + body + plain[2:]
    assert ours(data)[1:4] == (300, 200, 8)
    assert pillows(data) == (Format.JPEG, (300, 200), 8)


def test_frames() -> None:
    pages = [noise("RGB", 20, 10), noise("L", 20, 10).convert("RGB"), noise("1", 20, 10).convert("RGB")]
    for form, expected in (("PNG", 3), ("WEBP", 3), ("TIFF", 3), ("GIF", None)):
        out = io.BytesIO()
        pages[0].save(out, form, save_all=True, append_images=pages[1:])
        assert ours(out.getvalue()).frames == expected
        assert ours(out.getvalue())[1:3] == (20, 10)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"])
def test_a_file_cut_anywhere_is_refused_or_has_its_size(form: str) -> None:
    data = written(form, "RGB", {}, (40, 30))
    for end in range(min(len(data), 1200)):
        with contextlib.suppress(OpenError, UnsupportedHeader):
            assert ours(data[:end])[1:3] == (40, 30)
    with pytest.raises(OpenError):
        ours(data[:10])


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF"])
def test_where_both_read_a_damaged_header_they_agree(form: str) -> None:
    """Bytes of the header are changed at random: we raise nothing but our own, and no size differs from Pillow's."""
    chance = random.Random(form)  # noqa: S311
    sound = written(form, "RGB", {}, (40, 30), 6)
    both = 0
    for _ in range(1500):
        data = bytearray(sound)
        for _ in range(chance.choice([1, 1, 2, 4])):
            data[chance.randrange(min(len(data), 700))] = chance.choice([0, 1, 255, chance.randrange(256)])
        try:
            header = ours(bytes(data))
        except (OpenError, UnsupportedHeader):
            continue
        try:
            known, size, _ = pillows(bytes(data))
        except Exception:  # noqa: S112 # whatever a damaged header makes of Pillow
            continue
        both += 1
        assert (header.format, (header.width, header.height)) == (known, size)
    assert both > 100


def test_little_is_read_of_large_files() -> None:
    data = written("JPEG", "RGB", {"quality": 95}, (900, 900)) + bytes(10**7)
    file = InMemory(data)
    read_header(file, file.read(HEAD_BYTES, 0))
    assert file.reads == [(HEAD_BYTES, 0)]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:00\n", "Git LFS"),
        (b"<!DOCTYPE html><html>", "HTML"),
        (b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (b"%PDF-1.7", "PDF"),
        (b"\0\0\1\0\1\0", "ICO"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIF"),
        (b"hello\n", "text"),
        (bytes(4096), "zero bytes"),
        (b"junk\x80\xff\xd8\xff\xe0", "other bytes come before"),
        (b"\x80\x81\x82\x83", "not an image"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, words: str) -> None:
    with pytest.raises(OpenError, match=words):
        ours(data)
