"""From a pointer to its place and back, against Python's json and a plain count of lines and columns."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cocoproof import check
from cocoproof.model.json_types import JsonPath, pointer
from cocoproof.reading import locator as locate
from cocoproof.reading.document import read
from cocoproof.reading.locator import Locator, Member, end_of_string, members
from cocoproof.reading.source import Source

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

KEYS = st.sampled_from(["id", "bbox", "annotations", "a/b", "m~n", "", "é", "日本", '"', "\\", "}", "a\nb", "0", "😀"])
SCALARS = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 2**40), st.sampled_from([0.5, -1e300, "", "x", '"]', "\\", "é\n", "日本,", "😀", "{"])
)
VALUES = st.recursive(SCALARS, lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4), max_leaves=15)
DOCUMENTS = st.fixed_dictionaries(
    {"images": st.lists(VALUES, max_size=4), "info": VALUES}, optional={"annotations": st.lists(VALUES, max_size=5), "categories": VALUES}
)

WRITERS = {
    "compact": lambda value: json.dumps(value, separators=(",", ":")),
    "plain": json.dumps,
    "text": lambda value: json.dumps(value, ensure_ascii=False),
    "pretty": lambda value: json.dumps(value, ensure_ascii=False, indent=2),
    "crlf": lambda value: json.dumps(value, indent="\t").replace("\n", "\r\n"),
    "padded": lambda value: " \n\n " + json.dumps(value, separators=(" ,\n", "\t: ")) + "\n ",
    "bom": lambda value: "\ufeff" + json.dumps(value, ensure_ascii=False, indent=1),
}


def paths(value: Any, path: JsonPath = ()) -> list[tuple[JsonPath, Any]]:
    """Every value with its path."""
    below = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [(path, value), *(found for key, inner in below for found in paths(inner, (*path, key)))]


def locators(text: str) -> list[Locator]:
    """A locator that knows nothing of the text, and the one that reading made."""
    data = text.encode().replace(b"\xef\xbb\xbf", b"   ", 1) if text.startswith("\ufeff") else text.encode()
    return [Locator(data), read(Source("x", text.encode())).locator]


@pytest.mark.parametrize("writer", sorted(WRITERS))
@given(value=DOCUMENTS)
@settings(max_examples=30, deadline=None)
@example(value={"images": [[], {}, "", [[]]], "info": {"": {"": [0]}}})
def test_there_and_back(writer: str, value: Any) -> None:
    text = WRITERS[writer](value)
    for locator in locators(text):
        for path, inner in paths(value):
            offset = locator.offset_of(path)
            assert offset is not None
            found, end = json.JSONDecoder().raw_decode(locator.data[offset:].decode())
            assert found == inner
            assert type(found) is type(inner)
            assert locator.end_of(offset) == offset + len(locator.data[offset:].decode()[:end].encode())
            assert locator.path_of(offset) == path
            assert _follow(value, pointer(path)) == inner


def _follow(value: Any, text: str) -> Any:
    """RFC 6901, section 4."""
    for part in text.split("/")[1:]:
        key = part.replace("~1", "/").replace("~0", "~")
        value = value[int(key)] if isinstance(value, list) else value[key]
    return value


@given(DOCUMENTS)
@settings(max_examples=12, deadline=None)
def test_every_byte_has_a_path(value: Any) -> None:
    """The innermost value or key that holds a byte; the value at that path holds it too, or its key does."""
    text = WRITERS["pretty"](value)
    known = {path for path, _ in paths(value)}
    for locator in locators(text):
        for offset in range(len(locator.data)):
            path = locator.path_of(offset)
            assert path in known
            start = locator.offset_of(path)
            assert start is not None
            assert offset < locator.end_of(start)
            deeper = [other for other in known if len(other) == len(path) + 1 and other[:-1] == path]
            for other in deeper:
                inner = locator.offset_of(other)
                assert inner is not None
                assert not inner <= offset < locator.end_of(inner)


@pytest.mark.parametrize("writer", sorted(WRITERS))
@given(value=VALUES, data=st.data())
@settings(max_examples=25, deadline=None)
def test_lines_and_columns(writer: str, value: Any, data: st.DataObject) -> None:
    text = WRITERS[writer](value)
    encoded = text.encode()
    chosen = data.draw(st.lists(st.integers(0, len(text) - 1), max_size=8))
    naive = [(text[:at].count("\n") + 1, at - (text.rfind("\n", 0, at) + 1) + 1) for at in chosen]
    offsets = [len(text[:at].encode()) for at in chosen]
    assert Locator(encoded).positions(offsets) == naive


def test_a_path_that_the_document_has_not_gives_its_nearest_ancestor() -> None:
    text = '{"images": [{"id": 1}], "annotations": [{"bbox": [1, 2]}]}'
    for locator in locators(text):
        for path, at in (
            (("images", 0, "width"), '{"id"'),
            (("images", 7), '[{"id"'),
            (("annotations", 0, "bbox", 3), "[1, 2]"),
            (("nothing", "here"), '{"images"'),
        ):
            assert locator.offset_of(path) == text.index(at)


def test_of_two_equal_keys_the_last_counts() -> None:
    text = '{"images": [{"id": 1, "id": 22}], "info": 1, "info": {"a": 3}}'
    for locator in locators(text):
        assert locator.offset_of(("images", 0, "id")) == text.index("22")
        assert locator.offset_of(("info", "a")) == text.index("3}")


def test_an_array_is_walked_once_for_all_findings_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A walk for each finding made two megabytes of empty polygons take minutes."""
    text = json.dumps({"a": [{"deep": [[k] for k in range(500)]}], "b": {str(k): k for k in range(500)}})
    steps = 0

    def counted(data: bytes, start: int) -> Iterator[Member]:
        nonlocal steps
        for member in members(data, start):
            steps += 1
            yield member

    monkeypatch.setattr(locate, "members", counted)
    locator = Locator(text.encode())
    for k in [*range(0, 500, 2), *range(499, 0, -2)]:
        assert locator.offset_of(("a", 0, "deep", k)) == text.index(f"[{k}]")
        assert locator.offset_of(("b", str(k))) == text.index(f'"{k}": ') + len(f'"{k}": ')
    assert steps < 1100


@pytest.mark.parametrize(
    "rest", ['{"images": [{"id": "x"}], "annotations": []}', '{"images": [\n {"id": "x"}], "annotations": []}', '{"é": 1,}']
)
def test_a_byte_order_mark_takes_no_column(tmp_path: pathlib.Path, rest: str) -> None:
    plain, marked = tmp_path / "plain.json", tmp_path / "marked.json"
    plain.write_bytes(rest.encode())
    marked.write_bytes(b"\xef\xbb\xbf" + rest.encode())
    places = [
        [(finding.code, finding.line, finding.column) for finding in check(path, reload="never").findings if finding.code != "COCO004"]
        for path in (plain, marked)
    ]
    assert places[0] == places[1] != []


@pytest.mark.parametrize(
    "text",
    [
        '""',
        '"a"',
        r'"\""',
        r'"\\"',
        r'"\\\""',
        r'"a\"b\\"',
        r'"\\\\\\\""',
        r'"\u0022\""',
        '"' + r"\"" * 1000 + '"',
        '"' + r"\\" * 1001 + '"',
    ],
)
def test_where_a_string_ends(text: str) -> None:
    data = b"[" + text.encode() + b', "next"]'
    assert end_of_string(data, 1) == 1 + len(text)
    assert end_of_string(text.encode()[:-1], 0) == len(text) - 1
