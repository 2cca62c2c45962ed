"""The native reader and the reader in Python read every document alike: columns, defects, positions."""

from __future__ import annotations

import dataclasses
import gzip
import json
import math
import os
import random
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cocoproof.columns.tables import Dataset, ValueState
from cocoproof.geometry.mask_runs import MaskRuns
from cocoproof.model.findings import Kind
from cocoproof.reading import document as document_module
from cocoproof.reading import native
from cocoproof.reading.document import Document, read
from cocoproof.reading.native import Field, FieldType, NativeMasks, Numbers, RaggedBuffers, Status, native_library
from cocoproof.reading.source import Source
from cocoproof.testing.strategies import coco_documents

from ..examples import PROFILE, in_each_tier

pytestmark = pytest.mark.skipif(native_library() is None, reason="the native reader was not built")

CORPUS = os.environ.get("COCOPROOF_CORPUS")
ROOT = Path(__file__).parents[2]
FUZZ = pytest.mark.fuzz


def read_with(data: bytes, kind: Kind | None, *, use_native: bool) -> Document:
    """The document as one of the readers reads it."""
    with pytest.MonkeyPatch.context() as patch:
        if not use_native:
            patch.setattr(document_module, "native_library", lambda: None)
        return read(Source("a.json", data), kind)


def contents(value: Any) -> Any:
    """A value that compares equal exactly if all arrays are equal, bit for bit."""
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.shape, np.ascontiguousarray(value).tobytes())
    if isinstance(value, MaskRuns):  # wherever the counts are stored
        return [contents(value[row]) for row in range(len(value))]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: contents(getattr(value, field.name)) for field in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {key: contents(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [contents(entry) for entry in value]
    return value


def assert_same(data: bytes, kind: Kind | None = None) -> bool:
    """Both readers read the same; whether there was a dataset."""
    ours, theirs = (read_with(data, kind, use_native=use_native) for use_native in (True, False))
    assert ours.kind is theirs.kind
    assert list(ours.defects) == list(theirs.defects)
    assert ours.locator.data == theirs.locator.data
    assert ours.locator.sections == theirs.locator.sections
    assert contents(ours.locator.rows) == contents(theirs.locator.rows)
    for field in dataclasses.fields(Dataset) if ours.dataset is not None and theirs.dataset is not None else ():
        assert contents(getattr(ours.dataset, field.name)) == contents(getattr(theirs.dataset, field.name)), field.name
    assert (ours.dataset is None) == (theirs.dataset is None)
    return ours.dataset is not None


def row(number: int) -> dict[str, Any]:
    return {"id": number, "image_id": 1, "category_id": 1, "bbox": [1, 2.5, 30, 4e1], "area": 1200.25, "iscrowd": 0, "segmentation": []}


def document(**annotation: Any) -> bytes:
    images = [{"id": 1, "file_name": "a.jpg", "width": 64, "height": 48, "license": 1, "coco_url": "x"}, {"id": 2}]
    whole = {
        "info": {},
        "licenses": [{"id": 1}],
        "images": images,
        "annotations": [row(1), row(2) | annotation],
        "categories": [{"id": 1, "name": "a"}],
    }
    return json.dumps(whole).encode()


VALUES = [
    *(0, -1, 1.0, 1e400, 2**63, 2**63 - 1, -(2**63), 2**64, True, None, "1", "", [], {}, [[]], [[], [1, 2]], [1, 2, 3, 4], [1, "2", 3, 4]),
    *([[1, 2, 3, 4, 5, 6]], [[1.5, 2], [3, 4, 5, 6]], [[1, [2]]], {"size": [2, 2], "counts": [1, 3]}, {"size": [2, 2], "counts": "13"}),
    *({"counts": [4], "size": [2, 2]}, {"size": [2], "counts": []}, {"size": [2, 2], "counts": [2**63]}, {"size": [2, 2], "counts": [1.0]}),
    *({"size": [2, 2], "counts": "a\\u0041"}, {"size": [2, 2], "counts": [1, 3], "more": 1}, "ä\n\u2028", [5, 6, 2], -0.0, 1e-320),
]


@pytest.mark.parametrize(
    "field", ["id", "image_id", "category_id", "bbox", "area", "iscrowd", "segmentation", "keypoints", "num_keypoints", "ignore", "x"]
)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:30])
@in_each_tier
def test_a_value_of_any_type(field: str, value: Any) -> None:
    data = document(**{field: value})
    every = (None, Kind.KEYPOINTS, Kind.LVIS, Kind.CAPTIONS, Kind.PANOPTIC, Kind.IMAGE_INFO, Kind.RESULTS)
    for kind in every[:3] if PROFILE == "ordinary" else every:
        assert_same(data, kind)


@pytest.mark.parametrize(
    ("value", "number", "state"),
    [
        (1, 1, ValueState.OK),
        (0.5, 0.5, ValueState.OK),
        (True, None, ValueState.BROKEN),
        ("1", None, ValueState.BROKEN),
        (None, None, ValueState.BROKEN),
        ([], None, ValueState.BROKEN),
    ],
)
def test_ignore_may_have_any_value(value: Any, number: float | None, state: ValueState) -> None:
    dataset = read(Source("file.json", document(ignore=value))).dataset
    assert dataset is not None
    column = dataset.annotations.ignore
    assert column.state[1] == state
    assert number is None or column.values[1] == number


@pytest.mark.parametrize(
    "text",
    [
        b'{"images": [{"id": 1, "id": 2}], "annotations": [{"id": 1, "id": 2}]}',
        b'{"images": [], "images": [], "annotations": []}',
        b'{"images": [], "im\\u0061ges": [], "annotations": []}',
        b'{"images": [{"\\u0069d": 3, "id": 4}], "annotations": []}',
        b'{"images": [1, "a", null, [], {}], "annotations": [2]}',
        b'{"images": [{"id": 1}}, "annotations": []}',
        b'{"images": [{"id": 1]], "annotations": []}',
        b'{"images": [{"id": 01}], "annotations": []}',
        b'{"images": [{"id": 1,}], "annotations": []}',
        b'{"images": [{"id": 1}], "annotations": [],}',
        b'{"images": [{"id": 1}], "annotations": []} x',
        b'{"images": [{"id": 1}], "annotations": [], "x": [{"a": 1, "a": 2}, 1e999]}',
        b'{"images": [{"id": 1, "x": 1e999}], "annotations": []}',
        b'{"images": [{"id": NaN}], "annotations": []}',
        b'{"images": {"id": 1}, "annotations": 5}',
        b'{"images": [{"file_name": "\\ud83d\\ude00 \\u00e4 \\ud83d"}], "annotations": []}',
        b'{"images": [{"file_name": "\\ud83d\\ude00 \\u00e4 /\\/"}], "annotations": []}',
        b'{"images": [{"file_name": "\\ud83d\\u0041"}], "annotations": []}',
        b'{"images": [{"file_name": "\\ude00"}], "annotations": []}',
        b'{"images": [{"id": -0}], "annotations": [{"id": 1, "area": -0, "bbox": [-0, 0, 1, 1], "segmentation": [[-0, 0, 1, 1, 2, 2]]}], "categories": []}',
        '{"images": [{"file_name": "ä€😀"}], "annotations": []}'.encode(),
        b'{"images": [{"file_name": "\xff"}], "annotations": []}',
        b'{"images": [{"file_name": "a\tb"}], "annotations": []}',
        b'\xef\xbb\xbf{"images": [{"id": 1}], "annotations": []}',
        b'[{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 1e999}, {"image_id": 2, "score": "0.5"}]',
        b'[{"image_id": 1, "category_id": 1, "segmentation": {"size": [2, 2], "counts": "13"}, "score": 0.5}]',
        b"[]",
        b"[1]",
        b"1",
        b"",
        b" \n",
        b'{"images": [' + b"[" * 300 + b"]" * 300 + b'], "annotations": []}',
        b'{"images": [{' + b",".join(b'"k%d": 1' % k for k in range(100)) + b'}], "annotations": []}',
    ],
)
def test_a_text(text: bytes) -> None:
    assert_same(text)


@settings(max_examples=150, deadline=None)
@given(coco_documents(), st.sampled_from([None, 1, "\t"]), st.booleans())
def test_a_generated_document(made: Any, indent: Any, ascii_only: bool) -> None:
    assert_same(json.dumps(made, indent=indent, ensure_ascii=ascii_only).encode())


def damaged(data: bytes, rng: random.Random) -> bytes:
    """A document with one byte or one piece replaced, removed or repeated."""
    at, kind = rng.randrange(len(data)), rng.randrange(4)
    if kind == 0:
        return data[:at] + bytes([rng.choice(b'{}[]",:0123456789.eE+-nt\\u\x00\x7f\xc3 \n')]) + data[at + 1 :]
    if kind == 1:
        return data[:at] + data[at + rng.randint(1, 5) :]
    if kind == 2:
        return data[:at]
    end = at + rng.randint(1, 20)
    return data[:end] + data[at:]


def test_a_damaged_document() -> None:
    rng = random.Random(1)  # noqa: S311 # damage, not a secret
    for data in (document(), document(segmentation={"size": [48, 64], "counts": [5, 9, 3058]}, keypoints=[1, 2, 2]), document(bbox=["1"])):
        for _ in range(150):
            assert_same(damaged(data, rng))


@pytest.mark.slow
def test_a_document_cut_and_flipped_at_every_byte() -> None:
    data = document(segmentation=[[1, 2.5, 3, 4, 5, 6]], keypoints=[1, 2, 2])
    for at in range(len(data)):
        assert_same(data[:at])
        for bit in (1, 4, 32, 128):
            assert_same(data[:at] + bytes([data[at] ^ bit]) + data[at + 1 :])


@FUZZ
def test_a_million_damaged_documents() -> None:
    rng = random.Random()  # noqa: S311 # the same
    bases = [
        document(),
        document(segmentation=[[1, 2.5, 3, 4, 5, 6]]),
        *(path.read_bytes() for path in sorted(ROOT.glob("fixtures/*/*.json"))[:300]),
    ]
    bases = [base for base in bases if base]
    for _ in range(int(os.environ.get("COCOPROOF_FUZZ", "1000000"))):
        assert_same(damaged(rng.choice(bases), rng))


def nearest(text: str) -> list[float]:
    """A number as the native reader reads it, as area and as coordinate; empty if it leaves the number to the other reader."""
    data = document().replace(b"1200.25", text.encode())
    found = read_with(data, None, use_native=True).dataset
    return [] if found is None else found.annotations.area.floats.tolist()


DIGITS = st.integers(0, 10**25).map(str)


@settings(max_examples=400, deadline=None)
@example("9007199254740993", "", "")
@example("1", "00000000000000011102230246251565404236316680908203125", "")
@example("1", "00000000000000011102230246251565404236316680908203126", "")
@example("10000000000000001110223024625156540423631668090820312", "6", "-52")
@example("2", "2250738585072011", "-308")
@example("1", "7976931348623157", "308")
@example("1", "7976931348623159", "308")
@example("4", "9", "-324")
@given(DIGITS, st.one_of(st.just(""), DIGITS), st.one_of(st.just(""), st.integers(-345, 310).map(str)))
def test_a_number_is_rounded_as_pythons_float_rounds_it(whole: str, part: str, power: str) -> None:
    text = whole + (f".{part}" if part else "") + (f"e{power}" if power else "")
    value = float(text)
    if math.isfinite(value):
        assert struct.pack("d", nearest(text)[0]) == struct.pack("d", value)


@settings(max_examples=300, deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_read_back(value: float) -> None:
    assert struct.pack("d", nearest(repr(value))[0]) == struct.pack("d", value)


def test_most_chunks_are_read_natively(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[native.Status] = []
    original = native.NativeLibrary.read_rows

    def spy(self: native.NativeLibrary, *arguments: Any) -> Any:
        found = original(self, *arguments)
        calls.append(found[0])
        return found

    monkeypatch.setattr(native.NativeLibrary, "read_rows", spy)
    assert assert_same(json.dumps({"images": [{"id": 1}], "annotations": [row(k) for k in range(20_000)]}).encode())
    assert len(calls) == 6
    assert set(calls) == {native.Status.PLAIN}


def test_a_chunk_with_an_odd_row_is_decoded_in_python_alone() -> None:
    rows = [row(k) for k in range(20_000)]
    rows[9_000]["id"], rows[9_001]["segmentation"], rows[19_999]["bbox"] = "9000", [1, 2, 3, 4, 5, 6], [1, 2]
    assert assert_same(json.dumps({"images": [{"id": 1}], "annotations": rows}).encode())


@pytest.mark.skipif(CORPUS is None, reason="COCOPROOF_CORPUS is not set")
def test_the_corpus() -> None:
    for path in sorted(Path(CORPUS or "").rglob("*.json*")):
        data = path.read_bytes()
        assert_same(gzip.decompress(data) if path.suffix == ".gz" else data)


def test_no_more_is_written_than_there_is_room_for() -> None:
    """A mapped file can change between the index and the reading, so that a row has more numbers than its size allowed."""
    library = native_library()
    assert library is not None
    rows = [
        b'{"segmentation": [[1, 2, 3, 4, 5, 6, 7]]}',
        b'{"segmentation": [[], [], [], [], [], [], []]}',
        b'{"segmentation": {"size": [3, 4], "counts": [1, 2, 3, 4, 5, 6, 7]}}',
        b'{"keypoints": [1, 2, 3, 4, 5, 6, 7]}',
    ]
    for room in (3, 7, 100):
        for row in rows:
            floats, integers = np.zeros((2, 100)), np.zeros((3, 100), np.int64)
            small = np.zeros(100, np.int64)
            out = RaggedBuffers(
                Numbers(floats[0].ctypes.data, integers[0].ctypes.data, 0, 0, room),
                Numbers(floats[1].ctypes.data, integers[1].ctypes.data, 0, 0, room),
                NativeMasks(*[small.ctypes.data] * 2, 0, *[small.ctypes.data] * 3, integers[2].ctypes.data, 0, room),
            )
            fields = (Field * 2)(
                Field(b"segmentation", 12, FieldType.SEGMENTATION, 0, None, None), Field(b"keypoints", 9, FieldType.NUMBERS, 0, None, None)
            )
            status, _ = library.read_rows(row, np.array([0]), np.array([len(row)]), fields, out)
            assert status is (Status.PLAIN if room >= 7 else Status.ODD)
            assert not floats[:, room:].any()
            assert not integers[:, room:].any()
