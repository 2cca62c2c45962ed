"""Arrays that grow: in memory, in a temporary file, and where there is no room for one."""

from __future__ import annotations

import gc
import os
from pathlib import Path

import numpy as np
import pytest

from cocoproof.reading import growing
from cocoproof.reading.growing import GrowingArray, narrow


def grown(parts: list[np.ndarray], dtype: type[np.generic]) -> np.ndarray:
    array = GrowingArray(dtype)
    for part in parts:
        array.extend(part)
    assert len(array) == sum(map(len, parts))
    return array.finish()


PARTS = [np.arange(size, dtype=np.float64) / 7 for size in (0, 1, 300, 5, 2000, 40, 0, 3, 500, 900)]


@pytest.mark.parametrize("limit", [0, 1000, 9000, 1 << 40])
def test_the_values_are_those_that_were_appended(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "_STEP", 10)
    monkeypatch.setattr(growing, "SPILL_BYTES", limit)
    found = grown(PARTS, np.float64)
    assert np.array_equal(found, np.concatenate(PARTS))
    maps = Path("/proc/self/maps")
    if limit < 1 << 40 and hasattr(os, "posix_fallocate") and maps.exists():
        before = maps.read_text().count("(deleted)")
        del found
        gc.collect()
        assert maps.read_text().count("(deleted)") == before - 1


@pytest.mark.skipif(not hasattr(os, "posix_fallocate"), reason="arrays stay in memory here")
@pytest.mark.parametrize("after", [0, 1, 3])
def test_a_disk_without_room(after: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "_STEP", 10)
    monkeypatch.setattr(growing, "SPILL_BYTES", 100)
    real, calls = os.posix_fallocate, []

    def reserve(descriptor: int, start: int, size: int) -> None:
        calls.append(size)
        if len(calls) > after:
            raise OSError(28, "No space left on device")
        real(descriptor, start, size)

    monkeypatch.setattr(os, "posix_fallocate", reserve)
    assert np.array_equal(grown(PARTS, np.float64), np.concatenate(PARTS))
    assert len(calls) == after + 1  # it is not tried again


@pytest.mark.parametrize("limit", [100, 1 << 40])
def test_integers_that_do_not_fit_32_bits(limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(growing, "_STEP", 10)
    monkeypatch.setattr(growing, "SPILL_BYTES", limit)
    parts = [np.arange(100), np.array([-(2**31), 2**31 - 1]), np.array([2**31]), np.array([-(2**62)]), np.arange(50)]
    assert [narrow(part).dtype for part in parts] == [np.int32, np.int32, np.int64, np.int64, np.int32]
    assert np.array_equal(grown([narrow(part) for part in parts], np.int32), np.concatenate(parts))
    assert grown([narrow(parts[0])], np.int32).dtype == np.int32
