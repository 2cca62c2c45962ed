"""Remote roots: fsspec's memory and zip file systems, and web servers on this machine."""

from __future__ import annotations

import functools
import http.server
import json
import re
import socket
import threading
import zipfile
from typing import TYPE_CHECKING

import numpy as np
import pytest

from cocoproof import check
from cocoproof.images import FileState, OpenError, digest, open_root, scan
from cocoproof.images.png_writer import black_png
from cocoproof.images.remote import Remote
from cocoproof.model.findings import Verdict

fsspec = pytest.importorskip("fsspec")

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CONTENT = {
    "a.png": black_png(64, 48),
    "sub/b c#%.png": black_png(30, 20, orientation=6),
    "copy.png": black_png(64, 48),
    "small.png": black_png(8, 8),
    "long.png": black_png(640, 480, orientation=3) + bytes(20_000),
    "text.jpg": b"hello",
    ".hidden.png": b"",
}
NAMES = ["a.png", "sub/b c#%.png", "copy.png", "small.png", "long.png", "text.jpg", "gone.png", "../a.png", "sub", "./sub//b c#%.png"]


class Server(http.server.SimpleHTTPRequestHandler):
    """A web server that knows ranges."""

    ranges = True

    def do_GET(self) -> None:
        if self.path.startswith("/forbidden"):
            self.send_error(403)
            return
        match = re.fullmatch(r"bytes=(\d+)-(\d+)", self.headers.get("Range", ""))
        path = self.translate_path(self.path)
        try:
            with open(path, "rb") as file:  # noqa: PTH123
                data = file.read()
        except OSError:
            self.send_error(404)
            return
        if match and self.ranges:
            start, end = int(match[1]), min(int(match[2]), len(data) - 1)
            part = data[start : end + 1]
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{end}/{len(data)}")
        else:
            part = data
            self.send_response(200)
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part)

    def do_HEAD(self) -> None:
        if self.path.startswith("/forbidden"):
            self.send_error(403)
        else:
            super().do_HEAD()

    def log_message(self, *unused: object) -> None:
        pass


class Plain(Server):
    ranges = False


def write(folder: Path) -> None:
    for name, data in CONTENT.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


@pytest.fixture(params=["folder", "memory", "zip", "zipped", "zip of a server", "server", "server without ranges"])
def root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The same pictures at addresses of each kind."""
    write(tmp_path / "pictures")
    archive = tmp_path / "pictures.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in CONTENT.items():
            packed.writestr(f"in/{name}", data)
    if request.param == "folder":
        yield str(tmp_path / "pictures")
    elif request.param == "memory":
        store = fsspec.filesystem("memory")
        for name, data in CONTENT.items():
            store.pipe_file(f"/cocoproof/{name}", data)
        yield "memory://cocoproof"
        store.rm("/cocoproof", recursive=True)
    elif request.param == "zip":
        yield f"zip://in::{archive}"
    elif request.param == "zipped":
        with zipfile.ZipFile(archive, "w") as packed:
            for name, data in CONTENT.items():
                packed.writestr(name, data)
        yield str(archive)
    else:
        handler = functools.partial(Plain if "without" in request.param else Server, directory=str(tmp_path))
        with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_port}"
            yield f"zip://in::{address}/pictures.zip" if "zip" in request.param else f"{address}/pictures"
            server.shutdown()


def test_every_root_says_the_same(root: str) -> None:
    with open_root(root) as opened:
        found = scan(opened, NAMES, np.ones(len(NAMES), bool))
        states = [FileState(state) for state in found.state]
        assert states[:6] == [FileState.OK] * 5 + [FileState.UNREADABLE]
        assert states[6:8] == [FileState.MISSING, FileState.UNREADABLE]
        assert states[8] in {FileState.UNREADABLE, FileState.MISSING}  # no web server tells a folder
        assert states[9] is FileState.OK
        assert found.width.tolist()[:5] == [64, 30, 64, 8, 640]
        assert found.orientation.tolist()[:5] == [1, 6, 1, 1, 3]
        assert found.size.tolist()[:6] == [len(CONTENT[name]) for name in NAMES[:6]]
        assert digest(opened, "a.png") == digest(opened, "copy.png") != digest(opened, "small.png")
        if opened.listed:
            names = ["a.png", "copy.png", "long.png", "small.png", "sub/b c#%.png", "text.jpg"]
            assert sorted(opened.names()) == names
            assert list(opened.names(below=frozenset({"sub"}))) == ["sub/b c#%.png"]


def test_a_whole_check(root: str, tmp_path: Path) -> None:
    names = ["a.png", "copy.png", "sub/b c#%.png", "gone.png"]
    images = [{"id": k, "file_name": name, "width": 64, "height": 48} for k, name in enumerate(names, 1)]
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"images": images, "annotations": [], "categories": []}))
    report = check(path, images=root, select="COCO80", reload="never", decode=True)
    found = [(finding.code, finding.image_id) for finding in report.findings if finding.code != "COCO808"]
    assert found == [("COCO801", 4), ("COCO803", 3), ("COCO804", 3), ("COCO807", 2)]
    unlisted = next(rule for rule in report.files[0].rules if rule.code == "COCO808")
    if "http" in root and "zip" not in root:
        assert unlisted.verdict is Verdict.SKIPPED
        assert "cannot be listed" in str(unlisted.reason)
    else:
        assert unlisted.count == 3  # small.png, long.png, text.jpg


def test_a_server_that_is_gone_is_not_a_picture_that_is_missing(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{free.getsockname()[1]}"
    with open_root(address) as opened, pytest.raises(OpenError) as told:
        opened.open("a.png")
    assert told.value.state is FileState.UNKNOWN
    assert "could not be fetched" in told.value.reason
    path = tmp_path / "c.json"
    path.write_text(json.dumps({"images": [{"id": 1, "file_name": "a.png", "width": 9, "height": 9}], "annotations": [], "categories": []}))
    report = check(path, images=address, select=["COCO801", "COCO802"], reload="never")
    assert report.findings == ()
    assert report.files[0].rules[1].verdict is Verdict.SKIPPED
    assert "could not be fetched" in str(report.files[0].rules[1].reason)


def test_a_server_that_refuses(tmp_path: Path) -> None:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Server, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        with open_root(f"http://127.0.0.1:{server.server_port}/forbidden") as opened, pytest.raises(OpenError) as told:
            opened.open("a.png")
        server.shutdown()
    assert told.value.state is FileState.UNREADABLE
    assert "permission" in told.value.reason


@pytest.mark.parametrize(
    ("address", "word"),
    [
        ("ftp://host/x", "has the protocol ftp"),
        ("shell://x", "has the protocol shell"),
        ("zip://x::sftp://host/x.zip", "has the protocol sftp"),
        ("simplecache::s3://bucket", "has the protocol simplecache"),
        ("https://host/x?y=z", "query"),
        ("zip://::none.zip", "does not exist"),
        ("memory://none", "does not exist"),
    ],
)
def test_addresses_that_are_none(address: str, word: str) -> None:
    with pytest.raises(OpenError, match=word):
        open_root(address)


def test_a_name_and_a_password_are_not_shown() -> None:
    assert Remote("https://user:secret@host/pictures").name == "https://host/pictures"


def test_without_fsspec(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(OpenError, match=r"cocoproof\[remote\]"):
        open_root("s3://bucket/pictures")


@pytest.mark.slow
def test_a_bomb_in_an_archive_is_not_unpacked(tmp_path: Path) -> None:
    """Only the first bytes are unpacked for a header, and no more than the archive's list promises for the whole."""
    archive = tmp_path / "bomb.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("a.png", black_png(64, 48) + bytes(300_000_000))
    with open_root(str(archive)) as opened:
        found = scan(opened, ["a.png"], np.ones(1, bool))
        assert (found.width[0], found.height[0], found.size[0] > 300_000_000) == (64, 48, True)
