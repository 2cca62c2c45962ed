"""A root opens regular files below it, and nothing else, whatever names and links say."""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import struct
import sys
from pathlib import Path

import pytest

from cocoproof.images.folder import Folder
from cocoproof.images.open_file import FileState, OpenError
from cocoproof.images.portable_folder import PortableFolder

posix = pytest.mark.skipif(os.name == "nt", reason="links and FIFOs of POSIX")


KINDS: dict[str, type[Folder] | type[PortableFolder]] = {"portable": PortableFolder}
if os.name != "nt":
    KINDS["posix"] = Folder
kind = "portable"


@pytest.fixture(params=sorted(KINDS))
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder, to be opened in each way that this system knows."""
    global kind  # the helpers below open it
    kind = request.param
    folder = tmp_path / "root"
    (folder / "train" / "2017").mkdir(parents=True)
    (folder / "a.jpg").write_bytes(b"a")
    (folder / "train" / "b.jpg").write_bytes(b"bb")
    (folder / "train" / "2017" / "c.jpg").write_bytes(b"ccc")
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "secret.jpg").write_bytes(b"secret")
    return folder


def content(folder: Path, name: str) -> bytes:
    with KINDS[kind](folder) as root:
        file = root.open(name)
        try:
            return file.read(100, 0)
        finally:
            file.close()


def refusal(folder: Path, name: str) -> OpenError:
    with KINDS[kind](folder) as root, pytest.raises(OpenError) as told:
        root.open(name)
    return told.value


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.jpg", b"a"),
        ("./a.jpg", b"a"),
        (".//a.jpg", b"a"),
        ("train/b.jpg", b"bb"),
        ("train//b.jpg", b"bb"),
        ("train/2017/c.jpg", b"ccc"),
        ("train/./2017/c.jpg", b"ccc"),
    ],
)
def test_opens_what_the_name_means(root: Path, name: str, expected: bytes) -> None:
    assert content(root, name) == expected
    with KINDS[kind](root) as opened:  # twice: the second time the folder is known
        for _ in range(2):
            file = opened.open(name)
            assert file.read(100, 0) == expected
            file.close()


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("b.jpg", FileState.MISSING),
        ("none/b.jpg", FileState.MISSING),
        ("a.jpg/b.jpg", FileState.MISSING),
        ("a.jpg/", FileState.MISSING),
        ("train/b.jpg/.", FileState.MISSING),
        ("x" * 5000, FileState.MISSING),
        ("d/" * 3000 + "x", FileState.MISSING),
        ("\ud800.jpg", FileState.UNREADABLE),
        ("", FileState.UNREADABLE),
        (".", FileState.UNREADABLE),
        ("train", FileState.UNREADABLE),
        ("train/", FileState.UNREADABLE),
        ("train/2017", FileState.UNREADABLE),
        ("..", FileState.UNREADABLE),
        ("../outside/secret.jpg", FileState.UNREADABLE),
        ("train/../a.jpg", FileState.UNREADABLE),
        ("/etc/passwd", FileState.UNREADABLE),
        ("a\0.jpg", FileState.UNREADABLE),
        ("train\\b.jpg", FileState.UNREADABLE),
        ("C:a.jpg", FileState.UNREADABLE),
        ("file:///etc/passwd", FileState.UNREADABLE),
        ("https://example.org/a.jpg", FileState.UNREADABLE),
    ],
)
def test_refuses(root: Path, name: str, state: FileState) -> None:
    refused = refusal(root, name)
    assert refused.state is state
    assert refused.reason.startswith(("is ", "holds ", "escapes ", "does ", "starts ", "ends "))


@posix
def test_links_inside_are_followed(root: Path) -> None:
    (root / "to_file.jpg").symlink_to("a.jpg")
    (root / "to_folder").symlink_to("train/2017", target_is_directory=True)
    (root / "train" / "up.jpg").symlink_to("../a.jpg")
    (root / "absolute.jpg").symlink_to(root / "train" / "b.jpg")
    (root / "itself").symlink_to(root, target_is_directory=True)
    assert content(root, "itself/itself/a.jpg") == b"a"
    (root / "chain.jpg").symlink_to("to_folder/../up.jpg")  # physical: the parent of train/2017
    (root / "train" / "2017" / "b.jpg").symlink_to("../b.jpg")
    assert content(root, "to_file.jpg") == b"a"
    assert content(root, "to_folder/c.jpg") == b"ccc"
    assert content(root, "train/up.jpg") == b"a"
    assert content(root, "absolute.jpg") == b"bb"
    assert content(root, "chain.jpg") == b"a"
    with KINDS[kind](root) as opened:
        for name, size in (("train/2017/b.jpg", 2), ("train/2017/c.jpg", 3), ("to_folder/b.jpg", 2), ("to_folder/c.jpg", 3)):
            for _ in range(2):
                file = opened.open(name)
                assert file.size == size
                file.close()


@posix
def test_a_root_that_is_a_link_is_the_folder_behind_it(root: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(root, target_is_directory=True)
    (root / "by_link.jpg").symlink_to(tmp_path / "link" / "a.jpg")
    assert content(tmp_path / "link", "a.jpg") == b"a"
    assert content(tmp_path / "link", "by_link.jpg") == b"a"
    assert content(root, "by_link.jpg") == b"a"


@posix
def test_links_out_in_circles_and_nowhere_are_not_followed(root: Path, tmp_path: Path) -> None:
    links = {
        "out.jpg": "../outside/secret.jpg",
        "absolute.jpg": str(tmp_path / "outside" / "secret.jpg"),
        "beside.jpg": f"{root}-other/x.jpg",
        "back.jpg": f"{root}/../outside/secret.jpg",
        "far.jpg": "../" * 30 + "etc/passwd",
        "self.jpg": "self.jpg",
        "ping.jpg": "pong.jpg",
        "pong.jpg": "ping.jpg",
        "proc.jpg": "/proc/self/environ",
    }
    for name, target in links.items():
        (root / name).symlink_to(target)
    (root / "folder").symlink_to("../outside", target_is_directory=True)
    (root / "train" / "deep").symlink_to("../folder", target_is_directory=True)
    (root / "dangling.jpg").symlink_to("nothing.jpg")
    for name in (*links, "folder/secret.jpg", "train/deep/secret.jpg"):
        refused = refusal(root, name)
        if name == "beside.jpg" and kind == "portable":  # which only learns that there is nothing
            assert refused.state is FileState.MISSING
            continue
        assert refused.state is FileState.UNREADABLE, name
        assert "link" in refused.reason, name
    assert refusal(root, "dangling.jpg").state is FileState.MISSING


@posix
def test_nothing_but_regular_files_is_opened(root: Path) -> None:
    os.mkfifo(root / "fifo.jpg")
    (root / "to_fifo.jpg").symlink_to("fifo.jpg")
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(root)  # a socket's path may have 107 bytes
        try:
            server.bind("socket.jpg")
        finally:
            os.chdir(here)
        for name, word in (("fifo.jpg", "FIFO"), ("to_fifo.jpg", "FIFO"), ("socket.jpg", "socket"), ("train", "folder")):
            refused = refusal(root, name)
            assert refused.state is FileState.UNREADABLE
            assert word in refused.reason


@posix
def test_permission_is_denied(root: Path) -> None:
    (root / "a.jpg").chmod(0)
    user = os.geteuid()
    with KINDS[kind](root) as opened:
        if user == 0:
            os.seteuid(65534)  # for whom permissions hold
        try:
            with pytest.raises(OpenError, match="permission"):
                opened.open("a.jpg")
        finally:
            os.seteuid(user)


def test_no_root(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    for path in (tmp_path / "none", tmp_path / "file"):
        with pytest.raises(OpenError):
            KINDS[kind](path)
    with pytest.raises(OpenError):
        KINDS[kind]("a\0b")


def test_lists_what_there_is(root: Path) -> None:
    (root / ".hidden").mkdir()
    (root / ".hidden" / "x.jpg").write_bytes(b"")
    (root / ".x.jpg").write_bytes(b"")
    with KINDS[kind](root) as opened:
        assert list(opened.names()) == ["a.jpg", "train/b.jpg", "train/2017/c.jpg"]
        assert list(opened.names(below=frozenset({"", "train/2017", "none"}))) == ["a.jpg", "train/2017/c.jpg"]


@posix
def test_a_listing_does_not_leave(root: Path) -> None:
    (root / "folder").symlink_to("../outside", target_is_directory=True)
    (root / "loop").symlink_to(".", target_is_directory=True)
    with KINDS[kind](root) as opened:
        names = list(opened.names())
        assert [name for name in names if "secret" in name or name.startswith("loop/")] == []
        assert list(opened.names(below=frozenset({"folder"}))) == []


@posix
def test_descriptors_are_given_back(root: Path) -> None:
    (root / "out.jpg").symlink_to("../outside/secret.jpg")
    fds = Path("/dev/fd")
    before = len(list(fds.iterdir()))
    with KINDS[kind](root) as opened:
        for name in ("a.jpg", "train/b.jpg", "train/2017/c.jpg", "out.jpg", "none", "train", "a.jpg/x") * 3:
            with contextlib.suppress(OpenError):
                opened.open(name).close()
        list(opened.names())
    assert len(list(fds.iterdir())) == before


@pytest.mark.skipif(sys.platform != "linux", reason="inotify is Linux's")
def test_the_kernel_saw_nothing_opened_outside(root: Path, tmp_path: Path) -> None:
    """Not by our own bookkeeping: inotify tells of every open of the files outside."""
    outside = tmp_path / "outside"
    (root / "out.jpg").symlink_to("../outside/secret.jpg")
    (root / "abs.jpg").symlink_to(outside / "secret.jpg")
    (root / "folder").symlink_to("../outside", target_is_directory=True)
    libc = ctypes.CDLL(None, use_errno=True)
    watch = libc.inotify_init1(os.O_NONBLOCK)
    opened_mask, is_folder = 0x20, 0x40000000
    assert libc.inotify_add_watch(watch, os.fsencode(outside), opened_mask) >= 0
    try:
        with KINDS[kind](root) as opened:
            for name in ("out.jpg", "abs.jpg", "folder/secret.jpg", "../outside/secret.jpg", str(outside / "secret.jpg"), "folder"):
                with pytest.raises(OpenError):
                    opened.open(name)
            list(opened.names())
        with pytest.raises(BlockingIOError):
            os.read(watch, 4096)
        (outside / "secret.jpg").read_bytes()  # the watch does see
        _, mask, _, _ = struct.unpack_from("iIII", os.read(watch, 4096))
        assert mask & opened_mask
        assert not mask & is_folder
    finally:
        os.close(watch)
