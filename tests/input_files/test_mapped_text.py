"""Mapped files: the methods of bytes, and what a change of the file does."""

from __future__ import annotations

import ctypes
import gc
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.examples import thorough

from cocoproof import check
from cocoproof.checking.check_file import check_file
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.input_files import mapped_text, spool
from cocoproof.input_files.mapped_text import MappedText, map_file
from cocoproof.input_files.packed_data import Packing, pack
from cocoproof.model.findings import Kind
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading import source as source_module
from cocoproof.reading.native import native_library
from cocoproof.reading.source import read_source

LIBRARY = native_library()
pytestmark = pytest.mark.skipif(LIBRARY is None or os.name == "nt", reason="files are mapped by the native library, and not on Windows")
FILES = Path(__file__).parents[2] / "fixtures"
SETTINGS = CheckSettings(reload=ReloadMode.NEVER)


def mapped(path: Path) -> MappedText:
    assert LIBRARY is not None
    with path.open("rb") as file:
        text = map_file(file.fileno(), LIBRARY)
    assert text is not None
    return text


@pytest.fixture(autouse=True)
def every_file_is_mapped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source_module, "LEAST_MAPPED", 1)


@pytest.mark.parametrize("size", [1, 4095, 4096, 4097, 8192, 70_000])
def test_the_bytes_and_the_nul_after_them(size: int, tmp_path: Path) -> None:
    data = bytes(k * 7 % 127 + 1 for k in range(size))
    file = tmp_path / "a"
    file.write_bytes(data)
    text = mapped(file)
    assert (len(text), text[:], text[0], text[-1]) == (size, data, data[0], data[-1])
    assert bytes(memoryview(text)) == data
    assert np.array_equal(np.frombuffer(memoryview(text), np.uint8), np.frombuffer(data, np.uint8))
    end = np.frombuffer(memoryview(text), np.uint8).__array_interface__["data"][0] + size
    assert ctypes.string_at(end, 1) == b"\0"
    with file.open("ab") as more:
        more.write(b"more")
    assert ctypes.string_at(end, 1) == b"\0"  # a file that grows has no part in it
    assert text[:] == data
    assert text.changed


@thorough(300)
@given(data=st.data(), text=st.binary(min_size=1, max_size=60).map(lambda one: one.translate(bytes(48 + k % 3 for k in range(256)))))
def test_the_methods_are_those_of_bytes(data: st.DataObject, text: bytes, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.getbasetemp() / "methods"
    file.write_bytes(text)
    found = mapped(file)
    part = data.draw(st.sampled_from([b"0", b"1", b"2", b"00", b"012", b"3"]))
    bounds = data.draw(st.tuples(st.integers(-70, 70), st.none() | st.integers(-70, 70)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(mapped_text, "_LEAST_WINDOW", data.draw(st.integers(1, 5)))
        patch.setattr(mapped_text, "_WINDOW", data.draw(st.integers(5, 9)))
        assert found.find(part, *bounds) == text.find(part, *bounds)
        assert found.rfind(part, *bounds) == text.rfind(part, *bounds)
        assert found.count(part[:1], *bounds) == text.count(part[:1], *bounds)
        assert (part in found) == (part in text)
        assert found.isascii() == text.isascii()
    assert found.startswith(part) == text.startswith(part)
    assert found[bounds[0] : bounds[1]] == text[bounds[0] : bounds[1]]


def test_a_copy_to_be_changed_leaves_the_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 10_000)
    text = mapped(file)
    copy = text.to_change()
    copy.overwrite(4_090, b"0123456789")
    assert copy.to_change() is copy
    assert copy[4_089:4_101] == b"x0123456789x"
    assert text[:] == file.read_bytes() == b"x" * 10_000
    with pytest.raises(IndexError):
        copy.overwrite(9_995, b"0123456789")


def test_the_mapping_ends_with_its_last_view(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"x" * 10_000)
    maps = Path("/proc/self/maps")
    text = mapped(file)
    view = memoryview(text)[5_000:]
    del text
    gc.collect()
    assert bytes(view) == b"x" * 5_000
    if maps.exists():
        assert str(file) in maps.read_text()
        view.release()
        gc.collect()
        assert str(file) not in maps.read_text()


MAPPABLE = [path for path in sorted(FILES.glob("*/*.json")) if path.stat().st_size]


@pytest.mark.parametrize("reject", MAPPABLE[::7], ids=lambda path: path.stem)
def test_a_mapped_file_gets_the_report_of_one_that_was_read(reject: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    report = check_file(reject, SETTINGS).report
    assert isinstance(read_source(reject, mapped=True).data, MappedText)
    monkeypatch.setattr(source_module, "LEAST_MAPPED", 1 << 40)
    assert isinstance(read_source(reject, mapped=True).data, bytes)
    assert check_file(reject, SETTINGS).report == report


@pytest.mark.parametrize(
    "text",
    [
        b'\xef\xbb\xbf{"images": [{"id": NaN, "file_name": "a\\ud800"}], "annotations": []}',
        b'{"images": [{"id": 1, "id": 2}], "annotations": [{"id": 1e999, "x": -Infinity}]}',
        b'{"images": [], "annotations": ' + b"[" * 300 + b"]" * 300 + b"}",
        b'{"images": [], "annotations": [',
        b'{"images": ["\xff"]}',
        b"3",
    ],
)
def test_texts_that_only_the_reader_in_python_takes(text: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(text)
    report = check_file(file, SETTINGS).report
    monkeypatch.setattr(source_module, "LEAST_MAPPED", 1 << 40)
    assert check_file(file, SETTINGS).report == report
    assert report.findings
    assert file.read_bytes() == text


def _changed(file: Path, change: object) -> list[str]:
    """The codes found in a file that changes once it was mapped."""
    real = source_module.map_file

    def and_then(*arguments: object, **options: object) -> object:
        text = real(*arguments, **options)  # type: ignore[arg-type]
        change()  # type: ignore[operator]
        return text

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source_module, "map_file", and_then)
        report = check_file(file, SETTINGS).report
    assert report.kind is Kind.UNKNOWN
    assert [finding.message for finding in report.findings if "changed while" in finding.message]
    return [finding.code for finding in report.findings]


def test_a_file_that_changes_while_it_is_read_is_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    whole = b'{"images": [%s], "annotations": []}' % b",".join(b'{"id": %d, "file_name": "a"}' % k for k in range(20_000))

    def written_anew() -> None:
        file.write_bytes(whole.replace(b"file_name", b"\xff\xff\xffe\xffname"))
        os.utime(file, ns=(1, 1))

    for change in (lambda: os.truncate(file, 5_000), lambda: os.truncate(file, 0), lambda: os.truncate(file, 10**6), written_anew):
        file.write_bytes(whole)
        assert _changed(file, change) == ["COCO001"]
    file.write_bytes(whole)
    assert "COCO001" not in [finding.code for finding in check_file(file, SETTINGS).report.findings]


def test_other_bus_errors_are_those_of_the_handler_before() -> None:
    """A fault outside of our mappings still ends the process, by its signal."""
    code = """
        import mmap, os, sys, tempfile
        from cocoproof.input_files.mapped_text import map_file
        from cocoproof.reading.native import native_library
        with tempfile.TemporaryFile() as file:
            file.write(bytes(100_000))
            file.flush()
            ours = map_file(file.fileno(), native_library())
            other = mmap.mmap(file.fileno(), 100_000, access=mmap.ACCESS_READ)
            os.truncate(file.fileno(), 10)
            print(ours[50_000], ours.changed, flush=True)
            other[50_000]
    """
    done = subprocess.run([sys.executable, "-c", textwrap.dedent(code)], capture_output=True, text=True, check=False)
    assert done.stdout == "0 True\n"
    assert done.returncode < 0


@pytest.mark.parametrize("packing", [None, *Packing])
def test_what_is_unpacked_to_much_is_mapped_from_a_temporary_file(
    packing: Packing | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if packing is Packing.ZSTD:
        pytest.importorskip("compression.zstd" if sys.version_info >= (3, 14) else "zstandard")
    monkeypatch.setattr(spool, "HELD_BYTES", 10_000)
    text = b'{"images": [%s], "annotations": []}' % b",".join(b'{"id": %d}' % k for k in range(5_000))
    file = tmp_path / "a.json"
    file.write_bytes(pack(text, packing))
    with file.open() as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        source = read_source("-" if packing is None else file, mapped=True)
    assert isinstance(source.data, MappedText)
    assert (source.content, source.packing, source.is_file) == (text, packing, False)
    assert not source.changed
    assert isinstance(read_source(file).data, bytes)


def test_a_report_through_the_api_of_a_mapped_file(tmp_path: Path) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(b'{"images": [],\n "annotations": [{"id": 1}], "categories": []}')
    finding = next(one for one in check(file, reload="never").findings if one.line is not None)
    assert finding.line == 2
