"""Files that are not what a path promises: none is waited for, and none is read without end."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cocoproof.input_files.packed_data import FREE_BYTES, MAX_RATIO, PackedError, Packing, pack, packing_of, unpack, unpacked
from cocoproof.input_files.regular_file import NotRegularError, read_regular, regular_lines

KERNEL = Path("/proc/self/status")
kernel_files = pytest.mark.skipif(not KERNEL.exists(), reason="the kernel has no such files here")


@kernel_files
def test_a_file_of_the_kernel_is_empty_whatever_it_would_give(tmp_path: Path) -> None:
    """Others, such as /proc/kmsg, never end; by their mode they are regular, and their size is 0."""
    assert KERNEL.read_bytes()
    link = tmp_path / "a.json"
    link.symlink_to(KERNEL)
    assert read_regular(link, 100) == b""
    assert list(regular_lines(link)) == []


@kernel_files
@pytest.mark.parametrize(
    "command",
    [
        ["check", "LINK.json", "--reload", "never"],
        ["check", "good.json", "--baseline", "LINK.json", "--reload", "never"],
        ["check", "good.json", "--categories", "LINK.json", "--reload", "never"],
        ["export", "jsonl", "LINK.jsonl", "out.json"],
        ["export", "voc", "voc", "out.json"],
        ["lock", "LINK.json"],
    ],
    ids=["check", "baseline", "categories", "jsonl", "voc", "lock"],
)
def test_no_command_waits_for_one(tmp_path: Path, command: list[str]) -> None:
    endless = Path("/proc/kmsg")
    if not os.access(endless, os.R_OK):
        endless = KERNEL
    for name in ("LINK.json", "LINK.jsonl", "voc/a.xml"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).symlink_to(endless)
    (tmp_path / "good.json").write_text('{"images": [], "annotations": [], "categories": []}')
    done = subprocess.run([sys.executable, "-m", "cocoproof", *command], cwd=tmp_path, capture_output=True, timeout=60)
    assert done.returncode in (1, 2), done.stderr
    assert b"defect of cocoproof" not in done.stderr


def test_no_more_is_read_than_asked_for(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"ab\ncd\n\nef")
    assert read_regular(file, 100) == b"ab\ncd\n\nef"
    assert read_regular(file, 3) == b"ab\nc"
    assert list(regular_lines(file)) == [b"ab\n", b"cd\n", b"\n", b"ef"]


def test_what_is_not_a_regular_file_is_said(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    for name, reason in [("link", "a link to a file that does not exist"), (".", "a folder")]:
        with pytest.raises(NotRegularError, match=reason):
            read_regular(tmp_path / name, 10)
        with pytest.raises(NotRegularError, match=reason):
            next(regular_lines(tmp_path / name))
    with pytest.raises(FileNotFoundError):
        read_regular(tmp_path / "nowhere", 10)


def test_gzip_within_its_limits() -> None:
    dense = gzip.compress(bytes(FREE_BYTES))
    assert len(unpack(dense, 2**32)) == FREE_BYTES
    with pytest.raises(PackedError, match=f"more than {MAX_RATIO} times its size"):
        unpack(gzip.compress(bytes(FREE_BYTES + 1)), 2**32)
    with pytest.raises(PackedError, match="more than 1000 bytes"):
        unpack(dense, 1000)


def test_a_member_after_the_first_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocoproof.input_files.packed_data.FREE_BYTES", 1000)
    many = b"".join(gzip.compress(b"a" * 10) for _ in range(200))
    assert unpack(many, 2**32) == b"a" * 2000
    rows = b"".join(b"%d," % k for k in range(50_000))
    assert unpack(gzip.compress(rows), 2**32) == rows


@pytest.mark.parametrize("size", [1, 7, 100, 1 << 20])
def test_gzip_in_pieces_of_any_size(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Members that follow each other, pieces that end anywhere, and zeros at the end."""
    text = b"".join(b'{"id":%d,"iscrowd":0},' % k for k in range(3000))
    packed = gzip.compress(text[:1000]) + gzip.compress(text[1000:]) + bytes(50)
    for chunk in (1, 100, 1 << 20):
        monkeypatch.setattr("cocoproof.input_files.packed_data._CHUNK", chunk)
        pieces = [packed[at : at + size] for at in range(0, len(packed), size)]
        assert b"".join(unpacked(pieces, Packing.GZIP)) == text


def test_the_ratio_of_a_stream_counts_what_has_arrived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocoproof.input_files.packed_data.FREE_BYTES", 1000)
    bomb = gzip.compress(bytes(1 << 20))
    with pytest.raises(PackedError, match="bomb"):
        list(unpacked([bomb[:500], bomb[500:]], Packing.GZIP))


@pytest.mark.parametrize("packing", list(Packing))
def test_packing_and_unpacking(packing: Packing) -> None:
    if packing is Packing.ZSTD:
        pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "zstandard")
    text = b"".join(b'{"id":%d,"iscrowd":0},' % k for k in range(30_000))
    packed = pack(text, packing)
    assert len(packed) < len(text) // 5
    assert packing_of(packed[:4]) is packing
    assert pack(text, packing) == packed  # no time, no chance
    assert unpack(packed + packed) == text + text
    for end in range(4, len(packed), 997):
        with pytest.raises(PackedError, match=f"the {packing.value} data is damaged: it ends too early"):
            unpack(packed[:end])
    with pytest.raises(PackedError, match="damaged"):
        unpack(packed + b"rubbish")
    with pytest.raises(PackedError, match=f"more than {MAX_RATIO} times its size: it looks like a {packing.value} bomb"):
        unpack(pack(bytes(FREE_BYTES + 1), packing))


def test_zstd_without_its_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("compression", "compression.zstd", "zstandard"):
        monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(PackedError, match=r"pip install 'cocoproof\[zstd\]'"):
        unpack(b"\x28\xb5\x2f\xfd and more")
