"""Odd image files: what is found of each, that nothing hangs or is opened outside the folder, and that memory is bounded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PIL")
pytestmark = pytest.mark.skipif(os.name == "nt", reason="links, FIFOs and sockets of POSIX")

HERE = Path(__file__).parent
LINES = [line.split("\t") for line in (HERE / "odd_files.tsv").read_text(encoding="ascii").splitlines()[1:]]
EXPECTED = {json.loads(f'"{name}"'): (header, decoded) for name, _, header, decoded in LINES}
MEGABYTE = 10**6


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    """The folder, and what a process of its own found in it. It gets a minute: whoever opens a FIFO or /dev/zero needs more."""
    folder = tmp_path_factory.mktemp("odd")
    run = subprocess.run([sys.executable, HERE / "odd_files.py", folder / "new"], capture_output=True, timeout=60, check=True)
    return folder / "new", json.loads(run.stdout)


def test_there_are_many() -> None:
    assert len(EXPECTED) >= 90
    assert sum(header != "-" for header, _ in EXPECTED.values()) >= 45


def test_each_is_judged_as_the_table_says(judged: tuple[Path, dict[str, Any]]) -> None:
    found = {name: (header, decoded) for name, _, header, decoded in judged[1]["files"]}
    assert {name: codes for name, codes in found.items() if codes != EXPECTED.get(name)} == {}
    assert found.keys() == EXPECTED.keys()


@pytest.mark.skipif(sys.platform != "linux", reason="units of ru_maxrss differ")
def test_memory_is_bounded(judged: tuple[Path, dict[str, Any]]) -> None:
    """Headers take what Python takes; decoding what the largest picture takes that may be decoded: 100 million pixels of a byte each."""
    headers, decoding, children = judged[1]["bytes"]
    assert headers < 250 * MEGABYTE
    assert decoding < 250 * MEGABYTE
    assert 100 * MEGABYTE < children < 500 * MEGABYTE


def test_nothing_outside_the_folder_is_opened(judged: tuple[Path, dict[str, Any]]) -> None:
    """By Python's own account of what was opened. What is opened relative to a folder does not follow a link."""
    folder, told = judged
    opened = told["opened"]
    names = {path for path, _ in opened}
    assert "sound.jpg" in names
    assert not [path for path in names if path.endswith(("outside.jpg", "/dev/zero")) or path in {"fifo.jpg", "socket.jpg", "link_out.jpg"}]
    library = [str(Path(sys.base_prefix)), str(Path(sys.prefix)), str(HERE.parents[1] / "src")]
    for path, flags in opened:
        if not path.startswith("/"):
            assert flags & os.O_NOFOLLOW, path
            assert path in {".", *EXPECTED}, path
        elif path != os.devnull:
            assert path == str(folder / "images") or path.startswith(tuple(library)), path
