"""A JPEG or PNG file whose image data are cut off is found by its end, and Pillow's decoder agrees."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image

from cocoproof.images.open_file import FileState
from cocoproof.images.root import open_root
from cocoproof.images.scan import scan

if TYPE_CHECKING:
    from pathlib import Path

FORMATS: dict[str, tuple[str, dict[str, Any]]] = {
    "baseline": ("JPEG", {}),
    "progressive": ("JPEG", {"progressive": True}),
    "thumbnail": ("JPEG", {"exif": b"Exif\0\0" + b"\xff\xd8thumbnail\xff\xd9" * 20}),
    "restarts": ("JPEG", {"restart_marker_rows": 1}),
    "png": ("PNG", {}),
    "grey": ("PNG", {}),
}


def _image(name: str) -> bytes:
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (120, 160) if name == "grey" else (120, 160, 3), dtype=np.uint8)
    out = io.BytesIO()
    kind, options = FORMATS[name]
    Image.fromarray(pixels).save(out, kind, **options)
    return out.getvalue()


def _state(folder: Path, data: bytes) -> tuple[FileState, str]:
    (folder / "a.bin").write_bytes(data)
    with open_root(str(folder)) as root:
        found = scan(root, ["a.bin"], np.array([True]))
    return FileState(found.state[0]), found.faults.get(0, "")


def _decodes(data: bytes) -> bool:
    try:
        Image.open(io.BytesIO(data)).load()
    except OSError:
        return False
    return True


@pytest.mark.parametrize("name", FORMATS)
def test_a_file_is_truncated_where_pillow_cannot_decode_it(name: str, tmp_path: Path) -> None:
    data = _image(name)
    assert _state(tmp_path, data) == (FileState.OK, "")
    for cut in (1, 2, 3, 8, 12, 13, 16, 20, 21, 40, 200, 3000, len(data) // 2):
        shorter = data[:-cut]
        state, reason = _state(tmp_path, shorter)
        # Where Pillow can decode it nothing may be said; PNG's decoder is lenient about the last few bytes, and so are we.
        if _decodes(shorter):
            assert (state, reason) == (FileState.OK, ""), cut
        elif cut > 40 or name not in {"png", "grey"}:
            assert (state, reason.partition(",")[0]) == (FileState.OK, "ends within its image data"), cut


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("trailer", [b"\n", b"\0" * 9000, b"video " * 200_000])
def test_what_follows_the_image_is_no_truncation(name: str, trailer: bytes, tmp_path: Path) -> None:
    assert _state(tmp_path, _image(name) + trailer) == (FileState.OK, "")
