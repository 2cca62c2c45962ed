"""Whatever a path may lead to: each gives a document or one clear COCO001, and nothing hangs."""

from __future__ import annotations

import gzip
import io
import os
import socket
import sys
import tempfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from cocoproof import check
from cocoproof.input_files import packed_data, regular_file
from cocoproof.model.findings import Kind, Verdict
from cocoproof.reading import source as module
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.source import read_document, read_source

if TYPE_CHECKING:
    from collections.abc import Callable

SMALL = b'{"images": [], "annotations": [], "categories": []}'


def _refused(path: str | os.PathLike[str]) -> str:
    """The message; the report must say the same and nothing else may be judged."""
    with pytest.raises(Unreadable) as caught:
        read_source(path)
    assert caught.value.defect.code == "COCO001"
    report = check(path, reload="never").files[0]
    assert [finding.code for finding in report.findings] == ["COCO001"]
    assert report.kind is Kind.UNKNOWN
    assert {rule.verdict for rule in report.rules} <= {Verdict.FAILED, Verdict.SKIPPED, Verdict.PASSED}
    assert report.findings[0].line is None
    return caught.value.defect.message


def test_a_plain_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(SMALL)
    source = read_source(file)
    assert (source.data, source.is_file, source.is_text) == (SMALL, True, True)


def _folder(path: Path) -> None:
    path.mkdir()


def _fifo(path: Path) -> None:
    os.mkfifo(path)


def _link_to_nothing(path: Path) -> None:
    path.symlink_to(path.with_name("nowhere"))


def _loop(path: Path) -> None:
    path.symlink_to(path)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (_folder, "a folder"),
        (_fifo, "not a regular file"),
        (_link_to_nothing, "a link to a file that does not exist"),
        (_loop, "cannot be read"),
        (lambda path: path.write_bytes(b""), "empty"),
        (Path.resolve, "no such file"),
        (lambda path: path.write_bytes(gzip.compress(b"")), "empty"),
    ],
    ids=["folder", "fifo", "dangling link", "link to itself", "empty", "missing", "empty gzip"],
)
def test_what_is_no_file(make: Callable[[Path], object], says: str, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    make(path)
    assert says in _refused(path)


def test_a_socket() -> None:
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as listener:
        path = Path(short) / "s"  # a socket's path may not be long
        listener.bind(str(path))
        assert "not a regular file" in _refused(path)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there are no devices here")
def test_a_device() -> None:
    assert "not a regular file" in _refused("/dev/zero")


@pytest.mark.parametrize("path", ["a\0b", "x" * 5000, "\ud800", ""])
def test_a_path_that_no_file_can_have(path: str) -> None:
    _refused(path)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(SMALL)
    file.chmod(0)
    if os.access(file, os.R_OK):  # root may read everything

        def refuse(*_: object, **__: object) -> None:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "open", refuse)
    assert "permission" in _refused(file)


def test_a_file_that_vanishes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the look at what it is and the opening."""
    file = tmp_path / "a.json"
    real = regular_file._size_of

    def look_and_remove(path: Path) -> int:
        size = real(path)
        Path(path).unlink()
        return size

    file.write_bytes(SMALL)
    monkeypatch.setattr(regular_file, "_size_of", look_and_remove)
    with pytest.raises(Unreadable, match="no such file"):
        read_source(file)


def test_a_disk_that_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(SMALL)

    def fail(*_: object, **__: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "open", fail)
    assert "Input/output error" in _refused(file)


# gzip


def test_gzip(tmp_path: Path) -> None:
    file = tmp_path / "a.json.gz"
    file.write_bytes(gzip.compress(SMALL[:20]) + gzip.compress(SMALL[20:]))  # members follow each other
    source = read_source(file)
    assert (source.data, source.is_file) == (SMALL, False)


def test_gzip_cut_at_every_byte(tmp_path: Path) -> None:
    packed = gzip.compress(SMALL)
    file = tmp_path / "a"
    for end in range(2, len(packed)):
        file.write_bytes(packed[:end])
        with pytest.raises(Unreadable, match="gzip data is damaged"):
            read_source(file)


def test_gzip_with_a_bit_flipped(tmp_path: Path) -> None:
    """A wrong bit in the header's time or name does no harm; one in the data never passes for a document."""
    packed = gzip.compress(SMALL, mtime=0)
    file = tmp_path / "a"
    messages = set()
    for at in range(10, len(packed)):
        file.write_bytes(packed[:at] + bytes([packed[at] ^ 0x10]) + packed[at + 1 :])
        try:
            data = read_source(file).data
        except Unreadable as error:
            messages.add(error.defect.message[:24])
        else:
            assert data == SMALL  # the bits that fill the last byte up mean nothing
    assert messages == {"the gzip data is damaged"}


def test_gzip_with_rubbish_after_it(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(gzip.compress(SMALL) + b"rubbish")
    assert "gzip data is damaged" in _refused(file)


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_bytes(gzip.compress(b" " * (64 << 20)))
    assert file.stat().st_size < 100_000
    monkeypatch.setattr(packed_data, "FREE_BYTES", 3 << 20)
    monkeypatch.setattr(packed_data, "MAX_RATIO", 10)
    on_bytes: list[int] = []
    with pytest.raises(Unreadable, match="unpacks to more than 10 times its size: it looks like a gzip bomb"):
        read_source(file, on_bytes=on_bytes.append)
    assert max(on_bytes) <= 3 << 20  # it stops at once


def test_a_gzip_within_a_gzip_is_no_json(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(gzip.compress(gzip.compress(SMALL)))
    assert [finding.code for finding in check(file, reload="never").findings] == ["COCO003"]


def test_more_than_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a"
    file.write_bytes(SMALL)

    def fail(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr(module, "_file", fail)
    assert _refused(file) == "the memory does not suffice to read the file"


# Standard input and documents


@pytest.mark.parametrize(
    "data", [SMALL, gzip.compress(SMALL)], ids=["plain", "gzip"]
)  # gzip holds the time, and workers must agree on names
def test_standard_input(data: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))
    source = read_source("-")
    assert (source.path, source.data, source.is_file) == ("-", SMALL, False)


def test_empty_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"")))
    with pytest.raises(Unreadable, match="empty"):
        read_source("-")


def test_a_document_in_memory() -> None:
    source = read_document({"images": [{"file_name": "é\ud800"}]})
    assert source.data.isascii()
    assert not source.is_text
    finding = check({"images": [{}], "annotations": []}, reload="never").findings[0]
    assert (finding.line, finding.column) == (None, None)


@pytest.mark.parametrize("value", [{1, 2}, b"x", object(), {"a": {b"k": 1}}])
def test_what_json_has_no_form_for(value: object) -> None:
    with pytest.raises(TypeError, match="a document holds only"):
        read_document({"images": value})  # type: ignore[dict-item]


def test_a_document_that_holds_itself() -> None:
    loop: list[object] = []
    loop.append(loop)
    with pytest.raises(TypeError, match="a document holds only"):
        read_document(loop)  # type: ignore[arg-type]


def test_damage_of_the_stream_itself(tmp_path: Path) -> None:
    """A block of a kind that deflate does not have: zlib raises an error of its own."""
    packed = bytearray(gzip.compress(SMALL, mtime=0))
    packed[10] |= 0b110
    with pytest.raises(zlib.error):
        zlib.decompress(bytes(packed[10:-8]), -15)
    file = tmp_path / "a"
    file.write_bytes(packed)
    assert "gzip data is damaged" in _refused(file)


def test_gzip_that_unpacks_to_far_more_than_a_coco_file_would(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three megabytes that unpack to three gigabytes took all memory of the machine."""
    file = tmp_path / "a.json.gz"
    file.write_bytes(gzip.compress(SMALL + b" " * (4 << 20)))
    assert read_source(file).data.rstrip() == SMALL.rstrip()
    monkeypatch.setattr(packed_data, "FREE_BYTES", 3 << 20)
    assert "gzip bomb" in _refused(file)
    rows = b"".join(b'{"id":%d,"image_id":1,"category_id":1,"bbox":[1,2,3,4],"area":12,"iscrowd":0},' % k for k in range(50_000))
    file.write_bytes(gzip.compress(rows))
    assert read_source(file).data == rows
