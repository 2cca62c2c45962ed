"""Which paths a client may name."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from cocoproof.mcp_server.confinement import OutsideRoot, ServedFolder

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def root(tmp_path: Path) -> ServedFolder:
    (tmp_path / "outside.json").write_text("{}")
    (tmp_path / "root-2").mkdir()
    (tmp_path / "root-2" / "a.json").write_text("{}")
    folder = tmp_path / "root"
    (folder / "below").mkdir(parents=True)
    for name in ("a.json", "-", "--output", "below/b.json", "@list"):
        (folder / name).write_text("{}")
    return ServedFolder.at(folder)


@pytest.mark.parametrize("name", ["a.json", "-", "--output", "below/b.json", "./below/../a.json", "@list"])
def test_files_of_the_folder_are_found(root: ServedFolder, name: str) -> None:
    assert root.file(name) == str((root.folder / name).resolve())
    assert root.file(str(root.folder / name)) == root.file(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        "../outside.json",
        "below/../../outside.json",
        "../root-2/a.json",
        "/etc/passwd",
        "a\0.json",
        "none.json",
        "below",
        ".",
        "x" * 300,
    ],
)
def test_others_are_refused(root: ServedFolder, name: str) -> None:
    with pytest.raises(OutsideRoot):
        root.file(name)


@pytest.mark.parametrize("name", ["https://example.org/a.json", "file:///etc/passwd", "s3://bucket/a.json", "~/a.json"])
def test_addresses_are_names_of_files_that_do_not_exist(root: ServedFolder, name: str) -> None:
    for find in (root.file, root.subfolder):
        with pytest.raises(OutsideRoot):
            find(name)


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege there")
def test_links_out_of_the_folder_are_refused(root: ServedFolder) -> None:
    (root.folder / "link.json").symlink_to(root.folder.parent / "outside.json")
    (root.folder / "inner.json").symlink_to(root.folder / "a.json")
    (root.folder / "folder").symlink_to(root.folder.parent / "root-2")
    (root.folder / "circle.json").symlink_to(root.folder / "circle.json")
    for name in ("link.json", "folder/a.json", "circle.json"):
        with pytest.raises(OutsideRoot):
            root.file(name)
    with pytest.raises(OutsideRoot):
        root.subfolder("folder")
    with pytest.raises(OutsideRoot):
        root.new_file("folder/new.json")
    with pytest.raises(OutsideRoot):
        root.new_file("link.json")
    assert root.file("inner.json") == str(root.folder / "a.json")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no FIFOs")
def test_what_is_no_regular_file_is_refused(root: ServedFolder) -> None:
    os.mkfifo(root.folder / "pipe.json")
    with pytest.raises(OutsideRoot, match="not a regular file"):
        root.file("pipe.json")


def test_a_file_to_be_written_is_new_and_a_coco_file(root: ServedFolder) -> None:
    assert root.new_file("below/new.json.gz") == str(root.folder / "below" / "new.json.gz")
    for name in ("a.json", "new.toml", "new.py", "none/new.json", "../new.json", "below"):
        with pytest.raises(OutsideRoot):
            root.new_file(name)


def test_the_root_is_a_folder(tmp_path: Path) -> None:
    with pytest.raises(OutsideRoot, match="not a folder"):
        ServedFolder.at(tmp_path / "none")
