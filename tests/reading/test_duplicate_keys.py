"""Repeated keys and numbers that overflow, against Python's json with a hook, and a walk over its pairs."""

from __future__ import annotations

import json
import re
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cocoproof.reading import document as document_module
from cocoproof.reading import duplicate_keys as module
from cocoproof.reading.document import Document, read
from cocoproof.reading.duplicate_keys import repeated_keys, scan_rows
from cocoproof.reading.source import Source

from ..examples import thorough

SPELLINGS = st.sampled_from(
    [
        '"id"',
        '"\\u0069d"',
        '"\\u0069\\u0064"',
        '"id "',
        '"a"',
        '"\\u0061"',
        '""',
        '"é"',
        '"\\u00e9"',
        '"}{"',
        '"\\""',
        '"\\\\"',
        '"\\\\\\""',
        '":"',
        '"bbox"',
        '"\\/"',
        '"/"',
    ]
)
TEXTS = st.sampled_from(
    ['"{"', '"}"', '"\\\\"', '"\\\\\\""', '"\\"id\\":1,\\"id\\":2"', '"x"', '"["', '"\\""', '"日本"', '":"', '"\\\\u0069d"']
)
SCALARS = st.one_of(TEXTS, st.sampled_from(["1", "-0.5", "1e3", "null", "true", "[]", "{}"]))
SPACE = st.sampled_from(["", "", " ", "\n ", "\t\r\n"])


@st.composite
def values(draw: st.DrawFn, depth: int) -> str:
    """JSON text whose objects may have one key twice, however it is spelt."""
    shape = draw(st.integers(0, 3)) if depth else 3
    space = draw(SPACE)
    if shape in (0, 1):
        pairs = draw(st.lists(st.tuples(SPELLINGS, values(depth - 1)), max_size=4))
        return "{" + space + f"{space},".join(f"{key}{space}:{space}{value}" for key, value in pairs) + space + "}"
    if shape == 2:
        return "[" + f",{space}".join(draw(st.lists(values(depth - 1), max_size=3))) + "]"
    return draw(SCALARS)


@st.composite
def objects(draw: st.DrawFn) -> str:
    pairs = draw(st.lists(st.tuples(SPELLINGS, values(1)), min_size=1, max_size=5))
    return "{" + ",".join(f"{key}:{value}" for key, value in pairs) + "}"


class Pairs(list[tuple[str, Any]]):
    """An object as its pairs, repeated keys and all."""


def paths_of_repeats(value: Any, path: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The oracle: paths of keys that came before in their object, in the order of the text."""
    found: list[tuple[str | int, ...]] = []
    if isinstance(value, Pairs):
        seen: set[str] = set()
        for key, inner in value:
            if key in seen:
                found.append((*path, key))
            seen.add(key)
            found += paths_of_repeats(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            found += paths_of_repeats(inner, (*path, index))
    return found


def parse(text: str) -> Any:
    return json.loads(text, object_pairs_hook=Pairs)


@given(values(3))
@thorough(150)
@example('{"id":1,"\\u0069d":2}')
@example('{"a":{"a":{"a":1}},"b":[{"a":1},{"a":2}]}')
@example('{"x":"\\"id\\":1","y":"{\\"y\\":","y":1}')
def test_repeats_and_their_places(text: str) -> None:
    data = text.encode()
    found = repeated_keys(data, 0)
    oracle = paths_of_repeats(parse(text))
    assert len(found) == len(oracle)
    assert found == sorted(set(found))
    spelt = [json.loads(re.match(rb'"(?:[^"\\]|\\.)*"', data[offset:])[0]) for offset in found]  # type: ignore[index]
    assert spelt == [path[-1] for path in oracle]


@given(st.lists(objects() | st.just('{"id":1,"bbox":[1,2,3,4]}'), min_size=1, max_size=12), st.sampled_from([1, 40, 1 << 22]))
@thorough(80)
@example(['{"id":1}'] * 5 + ['{"id":1,"id":2}'] + ['{"id":1}'] * 5, 40)
def test_a_section_of_rows(rows: list[str], window: int) -> None:
    text = "[" + ", ".join(rows) + "]"
    data = text.encode()
    lengths = [len(row.encode()) for row in rows]
    starts = np.cumsum([1, *(length + 2 for length in lengths[:-1])])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_WINDOW", window)
        found = scan_rows(data, starts.astype(np.int64), len(data) - 1).repeated
    oracle = paths_of_repeats(parse(text))
    assert len(found) == len(oracle)
    # Each stands in the row that the oracle says.
    assert sorted((np.searchsorted(starts, found, side="right") - 1).tolist()) == [path[0] for path in oracle]


def _read(text: str) -> Document:
    return read(Source("x", text.encode()))


@given(st.lists(objects(), max_size=4), st.lists(objects(), max_size=3), objects(), st.booleans())
@thorough(60)
@example([], [], '{"a":1,"a":2}', True)
def test_pointers_in_a_whole_document(annotations: list[str], images: list[str], info: str, twice: bool) -> None:
    sections = [f'"images": [{", ".join(images)}]', f'"info": {info}', f'"annotations": [\n{",".join(annotations)}]']
    if twice:
        sections.insert(0, '"annotations": [{"id": 3, "id": 4}]')
    text = "{" + ",\n ".join(sections) + "}"
    document = _read(text)
    found = [defect for defect in document.defects if defect.code == "COCO005"]
    oracle = paths_of_repeats(parse(text))
    assert len(found) == len(oracle)
    # Where a section stands twice, a pointer leads into the last of the two: what stands in the first has none.
    assert twice or sorted((defect.path for defect in found), key=str) == sorted(oracle, key=str)
    for defect in found:
        assert defect.offset is not None
        assert text.encode()[defect.offset :].startswith(b'"')


@pytest.mark.parametrize("large", [0, 1 << 18])
@pytest.mark.parametrize(
    ("row", "repeated"),
    [
        ('{"a": [1, {"b": 2}, {"b": 3}], "b": {"a": "}{"}}', False),
        ('{"a": 1, "b": {"c": 1}, "a": 2},', True),
        ('{"a": [{"b": 1, "c": [{}], "b": 2}]}', True),
        ('{"a": 1, "\\u0061": 2}', True),
        ('{"a\\"": 1, "a": "a", "\\"a": ["a", "a"]}', False),
        ('{"é": "{", "e": "}", "é" : 1}]', True),
        ("{}", False),
        ("[1, 2]", False),
    ],
)
def test_keys_of_a_large_row_are_seen_as_those_of_a_small_one(
    row: str, repeated: bool, large: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_LARGE", large)
    assert module.has_repeated_key(row.encode()) is repeated


def test_a_thousand_like_rows_cost_one_look(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[bytes] = []
    real = module.has_repeated_key
    monkeypatch.setattr(module, "has_repeated_key", lambda row: looks.append(row) or real(row))
    rows = [f'{{"id": {k}, "name": "a{k}", "deep": {{"id": 1}}}}' for k in range(1000)]
    rows[700] = '{"id": 700, "name": "a", "deep": {"id": 1, "id": 2}}'
    document = _read(f'{{"images": [{",".join(rows)}], "annotations": []}}')
    assert [defect.path for defect in document.defects if defect.code == "COCO005"] == [("images", 700, "deep", "id")]
    assert len(looks) <= 3  # two shapes of rows, and the rest of the document


BIG = ["1e400", "-1E+309", "9" * 309, "-" + "9" * 400, "9" * 5000, "17976931348623159" + "0" * 292, "12.5e9999", "9" * 310 + ".5"]
FINE = ["1e308", "1.7976931348623157e308", "9" * 308, "0." + "9" * 500, "1" + "0" * 308, "9" * 400 + "e-300", "1e-400", "0e999", "-0.0e400"]


@pytest.mark.parametrize("number", BIG + FINE, ids=lambda text: text[:12] + f"-{len(text)}")
@pytest.mark.parametrize(
    "place",
    [
        '{"images": [{"x": %s}]}',
        '{"images": [], "info": {"a": [1, %s]}}',
        '{"images": [{}], "annotations": [{"area": %s}]}',
        '[{"image_id": 1, "y": {"z": %s}}]',
    ],
)
def test_numbers_beyond_a_double_wherever_they_stand(number: str, place: str) -> None:
    found = [defect for defect in _read(place % number).defects if defect.code == "COCO006"]
    assert len(found) == (number in BIG)
    for defect in found:
        value: Any = json.loads(place % '"here"')
        for step in defect.path:
            value = value[step]
        assert value == "here"
        assert len(defect.message) < 200


def test_a_scan_that_fails_is_no_clean_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs in a thread of its own, whose exceptions nobody sees unless they are taken along."""

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(document_module, "native_library", lambda: None)  # the native reader scans what is suspicious, in no thread
    monkeypatch.setattr(document_module, "scan_rows", fail)
    with pytest.raises(ZeroDivisionError):
        _read('{"images": [{"id": 1}], "annotations": []}')


def test_digits_in_strings_are_no_numbers() -> None:
    text = json.dumps({"images": [{"file_name": "9" * 1000, "x": "1e400", "\\": '"1e400'}], "info": '"' + "8" * 999})
    assert [defect for defect in _read(text).defects if defect.code == "COCO006"] == []
