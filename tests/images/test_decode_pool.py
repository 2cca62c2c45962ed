"""Decoding in child processes: what is asked, what comes of pictures that do harm, and that limits hold."""

from __future__ import annotations

import io
import os
import struct
import sys
import zlib
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from cocoproof.images.decode_messages import (
    DecodeFailed,
    Grey,
    Job,
    Measure,
    Measured,
    Pixels,
    Render,
    Rendered,
    SegmentCounts,
    SegmentMap,
    UndecodableReply,
)
from cocoproof.images.decode_pool import DecodePool
from cocoproof.images.file_formats import Format
from cocoproof.sandbox.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

Image = pytest.importorskip("PIL.Image")
linux = pytest.mark.skipif(sys.platform != "linux", reason="the memory limit holds on Linux alone")


@pytest.fixture(scope="module")
def workers() -> Iterator[DecodePool]:
    with DecodePool(count=2) as some:
        yield some


def pixels(width: int, height: int, channels: int = 3, seed: int = 0) -> Any:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(seed).integers(0, 256, shape, dtype=np.uint8)


def saved(picture: Any, form: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, form, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def bomb(width: int, height: int) -> bytes:
    """A sound PNG of black pixels, a thousand times smaller than they are."""
    pack = zlib.compressobj(9)
    row = b"\0" + bytes(width * 3)
    body = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, 8, 2, 0, 0, 0))
        + chunk(b"IDAT", body)
        + chunk(b"IEND", b"")
    )


DECODE = Measure(decode=True)


def fault(workers: DecodePool, data: bytes, known: Format, job: Job = DECODE) -> str:
    reply = workers.ask(job, data, known)
    assert isinstance(reply, UndecodableReply), reply
    return reply.reason


@pytest.mark.parametrize("form", ["JPEG", "PNG", "GIF", "BMP", "WEBP", "TIFF", "JPEG2000", "AVIF", "PPM"])
def test_sound_pictures_decode(workers: DecodePool, form: str) -> None:
    from PIL import features

    if form == "AVIF" and not features.check("avif"):
        pytest.skip("this Pillow has no AVIF")
    data = saved(Image.fromarray(pixels(30, 20)), form)
    assert workers.ask(DECODE, data, Format[form]) == Measured(30, 20, 1)
    assert workers.ask(Measure(decode=False), data, Format[form]) == Measured(30, 20, 1)


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", [2, 6])
def test_stored_size_and_orientation(workers: DecodePool, form: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[274] = orientation
    data = saved(Image.fromarray(pixels(30, 20)), form, exif=exif)
    for decode in (False, True):
        assert workers.ask(Measure(decode), data, Format[form]) == Measured(30, 20, orientation)


def test_damage_behind_the_header(workers: DecodePool) -> None:
    jpeg = saved(Image.fromarray(pixels(200, 200)), "JPEG")
    png = saved(Image.fromarray(pixels(200, 200)), "PNG")
    assert "truncated" in fault(workers, jpeg[: len(jpeg) // 2], Format.JPEG)
    assert "truncated" in fault(workers, png[: len(png) // 2], Format.PNG)
    assert "truncated" in fault(workers, png[:-12], Format.PNG)
    flipped = bytearray(png)
    flipped[len(png) // 2] ^= 1
    assert "checksum" in fault(workers, bytes(flipped), Format.PNG)
    for form, cut in (("GIF", 0.5), ("WEBP", 0.5), ("TIFF", 0.5), ("BMP", 0.5)):
        data = saved(Image.fromarray(pixels(200, 200)), form)
        assert fault(workers, data[: int(len(data) * cut)], Format[form])
    assert isinstance(workers.ask(DECODE, jpeg, Format.JPEG), Measured)


def test_the_format_is_the_one_that_was_told(workers: DecodePool) -> None:
    png = saved(Image.fromarray(pixels(20, 20)), "PNG")
    assert "does not accept" in fault(workers, png, Format.JPEG)
    assert "does not accept" in fault(workers, b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", Format.TIFF)


@pytest.mark.slow
def test_a_bomb_is_refused_by_its_header(workers: DecodePool) -> None:
    data = bomb(20_000, 20_000)
    assert len(data) < 2**21
    assert "400,000,000 pixels" in fault(workers, data, Format.PNG)


@linux
def test_memory_and_time_have_limits() -> None:
    data = bomb(8_000, 8_000)  # 256 MB as Pillow holds it
    with DecodePool(Limits(30, 30, 220_000_000), 1) as few:
        assert "more than 220 MB" in fault(few, data, Format.PNG)
        small = saved(Image.fromarray(pixels(20, 20)), "PNG")
        assert few.ask(DECODE, small, Format.PNG) == Measured(20, 20, 1)
    with DecodePool(Limits(0.05, 30, 2**31), 1) as slow:
        assert slow.ask(DECODE, data, Format.PNG) == DecodeFailed("it took more than 0.05 s to decode")


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
def test_a_process_that_dies_is_replaced(workers: DecodePool) -> None:
    data = saved(Image.fromarray(pixels(20, 20)), "PNG")
    with DecodePool(count=1) as one:
        assert isinstance(one.ask(DECODE, data, Format.PNG), Measured)
        process = one._all[0]._process
        assert process is not None
        assert process._process is not None
        os.kill(process._process.pid, 9)
        assert isinstance(one.ask(DECODE, data, Format.PNG), Measured)


def test_many_threads_share_few_processes(workers: DecodePool) -> None:
    pictures = [saved(Image.fromarray(pixels(10 + k, 20)), "PNG") for k in range(40)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda data: workers.ask(DECODE, data, Format.PNG), pictures))
    assert replies == [Measured(10 + k, 20, 1) for k in range(40)]


def test_segments_against_panopticapis_formula(workers: DecodePool) -> None:
    chance = np.random.default_rng(1)
    colours = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1], [255, 255, 255], [7, 77, 177]], np.uint8)
    picture = colours[chance.integers(0, 6, (40, 50)).repeat(3, axis=1)]
    reply = workers.ask(SegmentMap(), saved(Image.fromarray(picture), "PNG"), Format.PNG)
    wide = picture.astype(np.int64)
    ids, areas = np.unique(wide[..., 0] + 256 * wide[..., 1] + 256 * 256 * wide[..., 2], return_counts=True)  # panopticapi.utils.rgb2id
    assert reply == SegmentCounts(150, 40, tuple(ids.tolist()), tuple(areas.tolist()))
    assert {0, 1, 256, 65536, 16777215} <= set(ids.tolist())


def test_what_is_no_map_of_segments(workers: DecodePool) -> None:
    grey = saved(Image.fromarray(pixels(20, 20, 1)), "PNG")
    assert "mode L" in fault(workers, grey, Format.PNG, SegmentMap())
    noise = saved(Image.fromarray(pixels(600, 400)), "PNG")
    assert "colours" in fault(workers, noise, Format.PNG, SegmentMap())


def test_grey_pixels_are_turned_as_exif_asks(workers: DecodePool) -> None:
    picture = np.zeros((40, 80), np.uint8)
    picture[:, 40:] = 255  # dark on the left; turned by a quarter clockwise: dark above
    exif = Image.Exif()
    exif[274] = 6
    reply = workers.ask(Grey(2, 2), saved(Image.fromarray(picture), "PNG", exif=exif), Format.PNG)
    assert reply == Pixels(bytes([0, 0, 255, 255]))
    reply = workers.ask(Grey(2, 2), saved(Image.fromarray(picture), "PNG"), Format.PNG)
    assert reply == Pixels(bytes([0, 255, 0, 255]))


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "I", "F"])
def test_every_mode_can_be_shown(workers: DecodePool, mode: str) -> None:
    plain = Image.fromarray(pixels(60, 40))
    picture = Image.fromarray(pixels(60, 40, 2).view(np.uint16)[..., 0]) if mode == "I;16" else plain.convert(mode)
    data = saved(picture, "TIFF")
    reply = workers.ask(Render(10, 5, 20, 10, 100, turned=False), data, Format.TIFF)
    assert isinstance(reply, Rendered)
    assert (reply.width, reply.height, reply.left, reply.top, reply.shown_width, reply.shown_height) == (20, 10, 10, 5, 20, 10)
    with Image.open(io.BytesIO(reply.data)) as shown:
        assert (shown.format, shown.size) == (reply.kind.upper(), (20, 10))
    assert isinstance(workers.ask(Grey(3, 3), data, Format.TIFF), Pixels)


def test_parts_and_sizes(workers: DecodePool) -> None:
    data = saved(Image.fromarray(pixels(600, 400)), "JPEG")
    cases = (
        (Render(0, 0, 0, 0, 150, turned=False), (150, 100, 0, 0, 600, 400)),
        (Render(500, 300, 400, 400, 1000, turned=False), (100, 100, 500, 300, 100, 100)),
        (Render(-50, -50, 100, 100, 25, turned=False), (25, 25, 0, 0, 50, 50)),
        (Render(700, 0, 10, 10, 60, turned=False), (60, 40, 0, 0, 600, 400)),  # beside the picture: the whole of it
        (Render(0, 0, 0, 0, 4000, turned=True), (600, 400, 0, 0, 600, 400)),
    )
    for job, expected in cases:
        reply = workers.ask(job, data, Format.JPEG)
        assert isinstance(reply, Rendered)
        assert (reply.width, reply.height, reply.left, reply.top, reply.shown_width, reply.shown_height) == expected


def test_no_answer_is_nothing_known() -> None:
    with DecodePool(count=1) as one:
        one._all[0]._limits = Limits(20, 20, 2**31)
        reply = one.ask(DECODE, b"", Format.PNG)
        assert isinstance(reply, UndecodableReply)
        reply = one.ask(Grey(0, -1), saved(Image.fromarray(pixels(20, 20)), "PNG"), Format.PNG)
        assert isinstance(reply, DecodeFailed)  # a job that makes no sense is no fault of the picture
