"""A scan of image files is not changed after it was made."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from cocoproof.images import FileState, open_root, scan
from cocoproof.images.decode_pool import DecodePool
from cocoproof.images.pillow_reader import through_pillow

if TYPE_CHECKING:
    from pathlib import Path


def test_pillow_gives_a_new_scan_and_leaves_the_first_as_it_was(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    (tmp_path / "damaged.png").write_bytes(data[: len(data) // 2] + bytes(50) + data[len(data) // 2 + 50 :])
    names = ["a.png", "damaged.png", "absent.png"]
    with open_root(str(tmp_path)) as root:
        before = scan(root, names, np.ones(3, bool))
        states = before.state.tolist()
        with DecodePool(count=1) as workers:
            after = through_pillow(root, before, workers, decode=True, pixels=10**6)
    assert before.state.tolist() == states
    assert (dict(before.faults), before.decoded) == ({}, False)
    assert after.decoded
    assert list(after.faults) == [1]
    assert after.state.tolist()[2] == FileState.MISSING
    assert after.ok.tolist() == [True, True, False]
    for found in (before, after):
        for field in fields(found):
            column = getattr(found, field.name)
            if isinstance(column, np.ndarray):
                assert not column.flags.writeable, field.name
        with pytest.raises(TypeError):
            found.reasons[0] = "x"
