"""What a small text file holds, by its name."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cocoproof.mapping.plain_files import PlainFile, read_plain

from .saving import saved

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.toml", "a = [1, 'b']", PlainFile("toml", {"a": [1, "b"]})),
        ("a.json", '{"a": [1, "b"]}', PlainFile("json", {"a": [1, "b"]})),
        ("a.json", '{"categories": [1]}', PlainFile("json", {"categories": [1]})),
        ("a.json", '{"images": 1, "annotations": 2, "categories": [1]}', PlainFile("json", {"categories": [1]}, is_coco=True)),
        ("a.json", '{"images": 1}', PlainFile("json", {"images": 1})),
        ("a.yml", "a: [1, b]", PlainFile("yaml", {"a": [1, "b"]})),
        ("a.txt", "a\r\nb\rc\n", PlainFile("lines", ["a", "b", "c", ""])),
    ],
)
def test_read_plain(tmp_path: Path, name: str, content: str, expected: PlainFile) -> None:
    assert read_plain(saved(tmp_path, name, content)) == expected
