"""Files that are not what a path promises: none is waited for, and none is read without end."""

from __future__ import annotations

import gzip
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cocoproof.input_files.gzip_data import FREE_BYTES, MAX_RATIO, GzipError, unpack
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
    with pytest.raises(GzipError, match=f"more than {MAX_RATIO} times its size"):
        unpack(gzip.compress(bytes(FREE_BYTES + 1)), 2**32)
    with pytest.raises(GzipError, match="more than 1000 bytes"):
        unpack(dense, 1000)


def test_a_member_after_the_first_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocoproof.input_files.gzip_data.FREE_BYTES", 1000)
    many = b"".join(gzip.compress(b"a" * 10) for _ in range(200))
    assert unpack(many, 2**32) == b"a" * 2000
    rows = b"".join(b"%d," % k for k in range(50_000))
    assert unpack(gzip.compress(rows), 2**32) == rows


def test_what_unpacks_to_more_than_is_held_at_first_is_unpacked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cocoproof.input_files.gzip_data.FREE_BYTES", 1000)
    monkeypatch.setattr("cocoproof.input_files.gzip_data._HELD_RATIO", 2)
    monkeypatch.setattr("cocoproof.input_files.gzip_data._CHUNK", 100)
    text = b"".join(b'{"id":%d,"iscrowd":0},' % k for k in range(3000))
    packed = gzip.compress(text)
    assert 2 < len(text) / len(packed) < MAX_RATIO
    assert unpack(packed, 2**32) == text
