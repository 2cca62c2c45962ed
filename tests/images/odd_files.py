"""Odd image files, made anew in a folder: what real data sets, broken downloads and people with bad intentions leave there.

python tests/images/odd_files.py NEW_FOLDER           what is found of each, as JSON
python tests/images/odd_files.py NEW_FOLDER --write   and writes the table beside this, odd_files.tsv, to be read before it is committed
"""

from __future__ import annotations

import io
import json
import os
import socket
import struct
import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["TABLE", "judge_all", "make_all"]

TABLE = Path(__file__).with_suffix(".tsv")
WIDTH, HEIGHT = 64, 48


def pixels(width: int = WIDTH, height: int = HEIGHT, channels: int = 3) -> Any:
    shape = (height, width, channels) if channels > 1 else (height, width)
    return np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)


def saved(form: str, picture: Any = None, **options: Any) -> bytes:
    out = io.BytesIO()
    (Image.fromarray(pixels()) if picture is None else picture).save(out, form, **options)
    return out.getvalue()


def several(form: str) -> bytes:
    return saved(form, save_all=True, append_images=[Image.fromarray(pixels() // 2), Image.fromarray(255 - pixels())])


def turned(form: str, orientation: int) -> bytes:
    exif = Image.Exif()
    exif[274] = orientation
    return saved(form, exif=exif)


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">L", len(data)) + kind + data + struct.pack(">L", zlib.crc32(kind + data))


def png(width: int, height: int, body: bytes | None, depth: int = 8, colour: int = 2, before: bytes = b"") -> bytes:
    header = chunk(b"IHDR", struct.pack(">LLBBBBB", width, height, depth, colour, 0, 0, 0))
    middle = b"" if body is None else chunk(b"IDAT", body)
    return b"\x89PNG\r\n\x1a\n" + before + header + middle + chunk(b"IEND", b"")


def zeros(width_bytes: int, height: int) -> bytes:
    """Compressed rows of zeros, without holding them."""
    pack = zlib.compressobj(9)
    row = bytes(width_bytes + 1)
    return b"".join(pack.compress(row) for _ in range(height)) + pack.flush()


def segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def after_start(data: bytes, *inserted: bytes) -> bytes:
    """A JPEG with something put behind its start."""
    return data[:2] + b"".join(inserted) + data[2:]


def with_flipped(data: bytes, at: int) -> bytes:
    return data[:at] + bytes((data[at] ^ 0xFF,)) + data[at + 1 :]


def bmp(width: int, height: int, bits: int, compression: int, body: bytes, palette: bytes = b"") -> bytes:
    info = struct.pack("<LllHHLLllLL", 40, width, height, 1, bits, compression, len(body), 2835, 2835, len(palette) // 4, 0)
    start = 14 + len(info) + len(palette)
    return b"BM" + struct.pack("<LHHL", start + len(body), 0, 0, start) + info + palette + body


def tiff_in_a_circle() -> bytes:
    data = bytearray(saved("TIFF"))
    at = int.from_bytes(data[4:8], "little")
    end = at + 2 + 12 * int.from_bytes(data[at : at + 2], "little")
    data[end : end + 4] = at.to_bytes(4, "little")  # the next directory is this one
    return bytes(data)


def tiff_of_many_fields() -> bytes:
    return b"II*\0" + struct.pack("<LH", 8, 0xFFFF) + bytes(600)


JPEG = saved("JPEG", quality=90)
PNG = saved("PNG")
PALETTE = b"".join(bytes((k, k, k, 0)) for k in range(256))
SOF = JPEG.index(b"\xff\xc0")
GRADIENT = pixels(WIDTH, HEIGHT, 2).view(np.uint16)[..., 0]

CONTENT: dict[str, tuple[str, bytes]] = {
    "sound.jpg": ("a valid JPEG", JPEG),
    "progressive.jpg": ("progressive JPEG", saved("JPEG", progressive=True)),
    "cmyk.jpg": ("JPEG in CMYK", saved("JPEG", Image.fromarray(pixels(channels=4), "CMYK"))),
    "grey.jpg": ("JPEG of one channel", saved("JPEG", Image.fromarray(pixels(channels=1)))),
    "profile.jpg": ("JPEG with a colour profile of three segments before its frame", saved("JPEG", icc_profile=bytes(150_000))),
    "thumbnail.jpg": (
        "JPEG whose EXIF segment holds a smaller JPEG",
        after_start(JPEG, segment(0xE1, b"Exif\0\0II*\0\x08\0\0\0\0\0\0\0\0\0" + saved("JPEG", Image.fromarray(pixels(16, 12))))),
    ),
    "markers_in_comment.jpg": ("JPEG with the bytes of a frame header in a comment", after_start(JPEG, segment(0xFE, b"\xff\xc0\0\x11\x08\0\x09\0\x09" * 99))),
    "mpo.jpg": ("two JPEGs in one file (MPO)", several("MPO")),
    "trailing.jpg": ("JPEG with a zip archive behind it", JPEG + b"PK\x03\x04" + bytes(500)),
    "fill_bytes.jpg": ("JPEG with 100,000 fill bytes between segments", after_start(JPEG, b"\xff" * 100_000)),
    "many_segments.jpg": ("JPEG with 20,000 empty comments", after_start(JPEG, segment(0xFE, b"") * 20_000)),
    "junk_between.jpg": ("JPEG with bytes between its segments", after_start(JPEG, b"\x01\x02\x03")),
    "junk_before.jpg": ("JPEG with bytes before its start", b"junk" + JPEG),
    "cut_header.jpg": ("JPEG truncated in its header", JPEG[: SOF + 6]),
    "cut.jpg": ("JPEG truncated in its pixels", JPEG[: len(JPEG) * 2 // 3]),
    "no_frame.jpg": ("JPEG without a frame header", JPEG[:SOF] + JPEG[SOF + 19 :]),
    "two_frames.jpg": ("JPEG with two frame headers", JPEG[:SOF] + JPEG[SOF : SOF + 19] * 2 + JPEG[SOF + 19 :]),
    "height_0.jpg": ("JPEG of height 0", JPEG[: SOF + 5] + b"\0\0" + JPEG[SOF + 7 :]),
    "12_bits.jpg": ("JPEG of 12 bits per sample", JPEG[: SOF + 4] + b"\x0c" + JPEG[SOF + 5 :]),
    "arithmetic.jpg": ("JPEG marked as arithmetic coding", JPEG[: SOF + 1] + b"\xc9" + JPEG[SOF + 2 :]),
    "exif_damaged.jpg": ("JPEG with an invalid EXIF segment", after_start(JPEG, segment(0xE1, b"Exif\0\0II*\0\xff\xff\xff\x7f"))),
    **{f"exif_{k}.jpg": (f"JPEG with EXIF orientation {k}", turned("JPEG", k)) for k in range(1, 9)},
    "exif_6.png": ("PNG with EXIF orientation 6", turned("PNG", 6)),
    "exif_8.webp": ("WebP with EXIF orientation 8", turned("WEBP", 8)),
    "exif_3.tif": ("TIFF with orientation 3", turned("TIFF", 3)),
    "grey16.png": ("PNG of one channel with 16 bits", saved("PNG", Image.fromarray(GRADIENT))),
    "rgb16.png": ("PNG of three channels with 16 bits", png(WIDTH, HEIGHT, zeros(WIDTH * 6, HEIGHT), depth=16)),
    "palette.png": ("PNG with a palette and transparency", saved("PNG", Image.fromarray(pixels()).quantize(16), transparency=3)),
    "animated.png": ("animated PNG", several("PNG")),
    "cut.png": ("PNG truncated in its pixels", PNG[: len(PNG) // 2]),
    "no_end.png": ("PNG without its last chunk", PNG[:-12]),
    "no_data.png": ("PNG without image data", png(WIDTH, HEIGHT, None)),
    "header_sum.png": ("PNG whose header has a wrong checksum", with_flipped(PNG, 29)),
    "data_sum.png": ("PNG whose image data have a wrong checksum", with_flipped(PNG, len(PNG) - 14)),
    "width_0.png": ("PNG of width 0", png(0, HEIGHT, zeros(1, HEIGHT))),
    "huge_header.png": ("PNG of 2,147,483,647 x 2,147,483,647 px by its header", png(2**31 - 1, 2**31 - 1, zeros(9, 9))),
    "bomb.png": ("PNG of 900 million pixels in 900 KB", png(30_000, 30_000, zeros(30_000 // 8, 30_000), depth=1, colour=0)),
    "large.png": ("valid PNG of 100 million pixels", png(10_000, 10_000, zeros(10_000 // 8, 10_000), depth=1, colour=0)),
    "apple.png": ("PNG in the form that Xcode writes", png(WIDTH, HEIGHT, zeros(WIDTH * 3, HEIGHT), before=chunk(b"CgBI", b"\x50\0\x20\x02"))),
    "animated.gif": ("animated GIF", several("GIF")),
    "no_picture.gif": ("GIF without an image", b"GIF89a" + struct.pack("<HHBBB", WIDTH, HEIGHT, 0, 0, 0) + b"\x3b"),
    "huge_screen.gif": ("GIF with a screen of 65,535 x 65,535 px", b"GIF89a\xff\xff\xff\xff" + saved("GIF")[10:]),
    "text.gif": ("HTML that begins with the letters GIF89a", b"GIF89a/*<html>*/=1;alert(1)"),
    "animated.webp": ("animated WebP", several("WEBP")),
    "lossless.webp": ("lossless WebP", saved("WEBP", lossless=True)),
    "cut.webp": ("WebP truncated in its pixels", saved("WEBP")[:-200]),
    "top_down.bmp": ("BMP of negative height: rows from the top", bmp(WIDTH, -HEIGHT, 24, 0, bytes(WIDTH * 3 * HEIGHT))),
    "run_lengths.bmp": ("BMP with run lengths (RLE8)", bmp(WIDTH, HEIGHT, 8, 1, (bytes((WIDTH, 7)) + b"\0\0") * HEIGHT + b"\0\1", PALETTE)),
    "os2.bmp": ("BMP of OS/2", b"BM" + struct.pack("<LHHL", 26 + WIDTH * 3 * HEIGHT, 0, 0, 26) + struct.pack("<LHHHH", 12, WIDTH, HEIGHT, 1, 24) + bytes(WIDTH * 3 * HEIGHT)),
    "pages.tif": ("TIFF of three pages", several("TIFF")),
    "big.tif": ("BigTIFF", saved("TIFF", big_tiff=True)),
    "float.tif": ("TIFF of floats", saved("TIFF", Image.fromarray(pixels(channels=1).astype(np.float32)))),
    "circle.tif": ("TIFF whose list of pages is a loop", tiff_in_a_circle()),
    "fields.tif": ("TIFF that announces 65,535 fields", tiff_of_many_fields()),
    "picture.jp2": ("JPEG 2000", saved("JPEG2000")),
    "picture.ppm": ("PPM", saved("PPM")),
    "png_inside.jpg": ("PNG named .jpg", saved("PNG", Image.fromarray(pixels() // 2))),
    "jpeg_inside.png": ("JPEG named .png", saved("JPEG", quality=50)),
    "empty.jpg": ("an empty file", b""),
    "one_byte.jpg": ("one byte", b"\xff"),
    "zeros.jpg": ("zero bytes, as after a crash", bytes(10_000)),
    "text.jpg": ("text", b"hello\n"),
    "not_found.jpg": ("the HTML page of a server with error 404", b"<!DOCTYPE html>\n<html><title>404</title></html>\n"),
    "pointer.jpg": ("a Git LFS pointer", b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
    "drawing.svg": ("SVG", b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"/>\n'),
    "phone.heic": ("HEIF, as phones write it", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(500)),
    "icon.ico": ("an icon", saved("ICO")),
    "document.jpg": ("a PDF document", b"%PDF-1.7\n" + bytes(500)),
    "program.jpg": ("a PostScript program", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 64 48\n(%pipe%id) (r) file\n"),
    "archive.jpg": ("a zip archive", b"PK\x03\x04" + bytes(500)),
    "new\nline.jpg": ("a valid JPEG with a line break in its name", saved("JPEG", quality=70)),
    "\u202egpj.png": ("a valid PNG whose name reverses the reading direction", saved("PNG", Image.fromarray(pixels() // 3))),
}  # fmt: skip

SIZES = {
    "large.png": (10_000, 10_000),
    "huge_screen.gif": (65_535, 65_535),
}
"""Width and height that the entry of a file says, where they are not the usual ones."""


def _socket(path: Path) -> None:
    here = Path.cwd()
    os.chdir(path.parent)  # a socket's path may have 107 bytes
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(path.name)
    finally:
        os.chdir(here)


SPECIAL: dict[str, tuple[str, Callable[[Path], object]]] = {
    "folder.jpg": ("a folder", Path.mkdir),
    "fifo.jpg": ("a FIFO", os.mkfifo),
    "socket.jpg": ("a socket", _socket),
    "link_inside.jpg": ("a link to another image of the folder", lambda path: path.symlink_to("sound.jpg")),
    "link_out.jpg": ("a link to an image outside the folder", lambda path: path.symlink_to("../outside.jpg")),
    "link_absolute.jpg": ("an absolute link out of the folder", lambda path: path.symlink_to(path.parent.parent.absolute() / "outside.jpg")),
    "link_loop.jpg": ("a link to itself", lambda path: path.symlink_to("link_loop.jpg")),
    "link_dangling.jpg": ("a link to nothing", lambda path: path.symlink_to("nothing.jpg")),
    "link_device.jpg": ("a link to an endless device", lambda path: path.symlink_to("/dev/zero")),
    "link_fifo.jpg": ("a link to a FIFO", lambda path: path.symlink_to("fifo.jpg")),
    "missing.jpg": ("nothing", lambda _: None),
}  # fmt: skip


def make_all(folder: Path) -> dict[str, str]:
    """Make every file in a folder, and one beside it that no one may open. Returns what each is, by name."""
    folder.mkdir(parents=True)
    (folder.parent / "outside.jpg").write_bytes(JPEG)
    for name, (_, content) in CONTENT.items():
        (folder / name).write_bytes(content)
    for name, (_, make) in SPECIAL.items():
        make(folder / name)
    return {name: what for table in (CONTENT, SPECIAL) for name, (what, _) in table.items()}  # type: ignore[attr-defined]


def judge_all(folder: Path) -> dict[str, Any]:
    """Make every file and judge it, by its header and decoded. Run in a process of its own, for it measures the memory of this one.

    Returns:
        `files`: name, what it is, codes by header, codes by decoding; `opened`: paths and flags that Python's audit hook saw opened;
        `bytes`: the peak memory after the headers, of this process and of its children after decoding.
    """
    import resource
    import sys

    from cocoproof import check

    what = make_all(folder / "images")
    images = [
        {"id": k, "file_name": name, **dict(zip(("width", "height"), SIZES.get(name, (WIDTH, HEIGHT)), strict=True))}
        for k, name in enumerate(what, 1)
    ]
    document = {"images": images, "annotations": [], "categories": []}
    opened: list[tuple[str, int]] = []
    watching = True

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if watching and event == "open" and not isinstance(arguments[0], int):
            opened.append((os.fsdecode(arguments[0]), int(arguments[2] or 0)))

    sys.addaudithook(hook)
    found: list[dict[int, list[str]]] = []
    peaks = []
    for decode in (False, True):
        report = check(document, images=folder / "images", select="COCO80", decode=decode, reload="never", max_findings=None)
        codes: dict[int, list[str]] = {}
        for finding in report.findings:
            codes.setdefault(int(finding.image_id or 0), []).append(finding.code)
        found.append(codes)
        watching = False
        peaks.append(_own_peak())
        watching = True
    watching = False
    peaks.append(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024)
    files = [[name, about, *(" ".join(codes.get(k, ())) or "-" for codes in found)] for k, (name, about) in enumerate(what.items(), 1)]
    return {"files": files, "opened": opened, "bytes": peaks}


def _own_peak() -> int:
    """Bytes of memory that this process had at most. Linux counts to `ru_maxrss` what the process had before it became this program."""
    import resource

    status = Path("/proc/self/status")
    if status.is_file():
        (line,) = (line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) * 1024
    return int(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def main() -> None:
    """Print what `judge_all` says of a new folder, as JSON; with `--write` write the table, too."""
    import sys

    told = judge_all(Path(sys.argv[1]))
    if "--write" in sys.argv:
        lines = ["\t".join(("file", "what it is", "header", "decoded"))]
        lines += ["\t".join((json.dumps(name)[1:-1], *rest)) for name, *rest in told["files"]]
        TABLE.write_text("\n".join(lines) + "\n", encoding="ascii", newline="\n")
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
