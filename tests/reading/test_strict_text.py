"""What is mended, what is not, and what leaves no document; Python's strict json is the independent word on what JSON is."""

from __future__ import annotations

import codecs
import json
import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.json_text import syntax
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.document import Document, read
from cocoproof.reading.source import Source
from cocoproof.reading.strict_text import make_strict

from ..examples import thorough

SMALL = '{"images": [{"id": 1, "width": 4, "height": 3, "file_name": "é€😀.png"}],\n "annotations": [],\n "categories": []}'
SYNTAX = {"COCO002", "COCO003", "COCO004", "COCO006", "COCO008"}


def _read(text: str | bytes) -> Document:
    return read(Source("x", text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text))


def _codes(document: Document) -> list[str]:
    return [defect.code for defect in document.defects]


def _at(text: str, document: Document) -> str:
    """What the one syntax defect points at."""
    (defect,) = [defect for defect in document.defects if defect.code in SYNTAX]
    assert defect.offset is not None
    return text.encode()[defect.offset :].decode()


# NaN and Infinity


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "-NaN"])
@pytest.mark.parametrize(
    ("place", "path"),
    [
        ('{"images": [{"id": %s}], "annotations": []}', ("images", 0, "id")),
        ('{"images": [{"x": {"y": [1, %s, 2]}}], "annotations": []}', ("images", 0, "x", "y", 1)),
        ('{"images": [], "annotations": [{"bbox":[%s,1,2,3]}]}', ("annotations", 0, "bbox", 0)),
        ('{"images": [], "annotations": [{"segmentation":[[1,2,3,%s]]}]}', ("annotations", 0, "segmentation", 0, 3)),
        ('{"images": [], "annotations": [%s]}', ("annotations", 0)),
        ('{"images": [], "annotations": %s}', ("annotations",)),
        ('{"images": [], "info": %s}', ("info",)),
        ('[{"image_id": 1, "score": %s}]', (0, "score")),
        ('[{"image_id": 1},\n%s\n]', (1,)),
    ],
)
def test_a_token_that_is_no_number(token: str, place: str, path: tuple[str | int, ...]) -> None:
    text = place % token
    document = _read(text)
    (defect,) = [defect for defect in document.defects if defect.code == "COCO006"]
    assert defect.path == path
    assert text[defect.offset :].startswith(token)
    assert document.readable
    # It is not also of the wrong type: that it is no number says it. A whole section is missed, besides.
    assert [other.code for other in document.defects if other.path == path] == ["COCO006"] or path == ("annotations",)


@given(
    st.lists(
        st.sampled_from(["NaN", "Infinity", "-Infinity", "1", '"NaN"', '"a \\" NaN, "', "null", '"\\\\"', '"é NaN"']),
        min_size=1,
        max_size=8,
    )
)
@thorough(80)
def test_all_tokens_are_named_and_strings_are_left_alone(items: list[str]) -> None:
    text = '{"images": [], "annotations": [], "x": [' + ", ".join(items) + "]}"
    defects = [defect for defect in _read(text).defects if defect.code == "COCO006"]
    assert [defect.path[-1] for defect in defects] == [k for k, item in enumerate(items) if item.lstrip("-") in ("NaN", "Infinity")]
    mended = json.loads(make_strict(text.encode()).data)
    for item, value in zip(items, mended["x"], strict=True):
        assert value == json.loads(item) if item.lstrip("-") not in ("NaN", "Infinity") else isinstance(value, str)


@pytest.mark.parametrize(
    "word", ["nan", "inf", "NaNs", "xNaN", "+Infinity", "Infinity1", "- Infinity", "--NaN", "NaN.0", "_NaN", "None", "True", "NaN_"]
)
def test_words_that_are_nothing(word: str) -> None:
    text = f'{{"images": [], "info": [{word}]}}'
    assert "COCO002" in _codes(_read(text))


def test_a_text_of_the_file_is_no_mark_of_what_was_overwritten() -> None:
    for mark in ("\x7f", "~", "}", "|"):
        row = {"id": mark, "width": 4, "height": None, "file_name": mark}
        for extra in ("", ', "x": NaN', ', "x": NaN, "y": "\\u007F", "z": "~"'):
            document = _read(f'{{"images": [{json.dumps(row, ensure_ascii=False)}], "annotations": []{extra}}}')
            assert [(defect.code, defect.path) for defect in document.defects if defect.code == "COCO103"] == [
                ("COCO103", ("images", 0, "height"))
            ]
            assert document.dataset is not None
            assert document.dataset.images.file_name.values == [mark]
            assert document.dataset.images.id_of(0) == mark
            escaped = _read(f'{{"images": [{json.dumps(row)}], "annotations": []{extra}}}')
            assert _codes(escaped) == _codes(document)


# Lone surrogates


@pytest.mark.parametrize(
    ("text", "lone"),
    [
        (r"\ud800", 1),
        (r"\uDFFF", 1),
        (r"\ud83d\ude00", 0),
        (r"\uD83D\uDE00", 0),
        (r"\ude00\ud83d", 2),
        (r"\ud83d\ud83d\ude00", 1),
        (r"\ud83d\ude00\ude00", 1),
        (r"\ud83dx\ude00", 2),
        (r"\\ud800", 0),
        (r"\\\ud800", 1),
        (r"\\\\ud800", 0),
        (r"\\\\\ud800", 1),
        (r"\n\ud800\n", 1),
        (r"\"\ud800\"", 1),
        (r"\ud83d\\ude00", 1),
        (r"\ud83d\n\ude00", 2),
        (r"\ud7ff\ue000", 0),
        (r"\ud800\ud800\ud800", 3),
        (r"\\\ud83d\ude00", 0),
        (r"\\\\\ud83d\ude00\udc00", 1),
    ],
)
def test_half_a_surrogate_pair(text: str, lone: int) -> None:
    whole = f'{{"images": [{{"id": 1, "width": 4, "height": 3, "file_name": "{text}"}}], "annotations": []}}'
    document = _read(whole)
    defects = [defect for defect in document.defects if defect.code == "COCO003"]
    assert len(defects) == lone
    assert document.dataset is not None
    name = json.loads(f'"{text}"')
    # A lone surrogate becomes U+FFFD, and nothing else changes.
    assert document.dataset.images.file_name.values == [re.sub("[\ud800-\udfff]", "\ufffd", name)]
    for defect in defects:
        assert defect.offset is not None
        assert re.match(r"\\u[dD]", whole[defect.offset :])
        assert defect.path == ("images", 0, "file_name")


@given(st.lists(st.sampled_from(["\\\\", "\\ud83d", "\\ude00", "\\n", "x", '\\"', "u", "\\uDBFF", "\\u0041"]), max_size=9))
@thorough(200)
@example(["\\ud83d", "\\ud83d", "\\ude00"])
@example(["\\ud83d", "\\\\", "\\ude00"])
def test_surrogates_as_pythons_json_sees_them(parts: list[str]) -> None:
    text = '["' + "".join(parts) + '"]'
    value = json.loads(text)[0]
    lone = len(re.findall("[\ud800-\udfff]", value))
    mended = make_strict(text.encode())
    assert [defect.code for defect in mended.defects] == ["COCO003"] * lone
    assert json.loads(mended.data)[0] == re.sub("[\ud800-\udfff]", "\ufffd", value)


# Truncation and other syntax


def test_truncated_at_every_byte() -> None:
    data = SMALL.encode()
    for end in range(1, len(data)):
        (defect,) = read(Source("x", data[:end])).defects
        cut_inside_a_character = data[end] & 0xC0 == 0x80
        assert defect.code == ("COCO003" if cut_inside_a_character else "COCO002")
        assert defect.offset is not None
        if not cut_inside_a_character:  # the last character that is no white space
            assert len(data[defect.offset : end].decode().rstrip()) == 1
        if cut_inside_a_character:
            continue
        report = _findings(data[:end])
        assert report[0][1:] == (data[: defect.offset].count(b"\n") + 1, len(data[: defect.offset].decode().rpartition("\n")[2]) + 1)


def _findings(data: bytes) -> list[tuple[str, int | None, int | None]]:
    report = check_source(Source("x", data), CheckSettings(reload=ReloadMode.NEVER))
    return [(finding.code, finding.line, finding.column) for finding in report.findings]


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("\0\0\0\0\0\0\0\0", "\0", ""),
        ("{'images': []}", "'images'", "keys must be strings"),
        ("{\"images\": 'a'}", "'a'", "single quotes"),
        ('{"images": [] // all\n}', "// all", "expected ',' or '}'"),
        ("/* a */ {}", "/* a", "single quotes, comments"),
        ('{"images": [1,]}', "]}", "trailing comma"),
        ('{"images": [],}', "}", "trailing comma"),
        ('{"images": []}{"images": []}', '{"images": []}{'[:14], "one JSON document"),
        ('{"images": []}\n{"images": []}\n', '{"images": []}\n', "one JSON document"),
        ("[] []", "[]", "one JSON document"),
        ("1 x", "x", "one JSON document"),
        ('"a" xy', "xy", "one JSON document"),
        ('{"images": None}', "None}", "a value is expected"),
        ('{"images": True}', "True}", "a value is expected"),
        ('{"images": nuxl}', "nuxl}", "a value is expected"),
        ('{"images": [1 2]}', "2]}", "expected ',' or ']'"),
        ('{"images" []}', "[]}", "expected ':'"),
        ("{images: []}", "images", "keys must be strings"),
        ('{"images": "a\tb"}', "\tb", "control character"),
        ('{"im\nages": []}', "\nages", "control character"),
        ('{"images": "a\\xb"}', 'xb"}', "escape"),
        ('{"images": 01}', "1}", ""),
        ('{"images": .5}', ".5}", "a value is expected"),
        ('{"images": +1}', "+1}", "a value is expected"),
        ('{"images": [}', "}", "a value is expected"),
        ("]", "]", "a value is expected"),
        ("\0", "\0", ""),
        ('{"images": []}\0', "\0", "one JSON document"),
        ("image_id,category_id\n1,2\n", "image_id", "a value is expected"),
        ("<html></html>", "<html>", "a value is expected"),
    ],
)
def test_where_and_why_it_is_no_json(text: str, at: str, says: str) -> None:
    document = _read(text)
    (defect,) = document.defects
    assert not document.readable
    assert defect.code == "COCO002"
    assert _at(text, document).startswith(at)
    assert says in defect.message
    assert len(defect.message) < 200


@pytest.mark.parametrize("text", ["", " ", "\n\t \r\n", "\ufeff", "\ufeff  "])
def test_nothing_at_all(text: str) -> None:
    """What is empty but for white space ends before it begins. (An empty file is COCO001, which the source says.)"""
    codes = _codes(_read(text))
    assert codes[-1:] == ["COCO002"]


TOKENS = st.sampled_from(
    [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        '"',
        "\\",
        "NaN",
        "-",
        "1",
        "e",
        ".",
        "null",
        " ",
        "\n",
        "é",
        '"a"',
        "\\u00",
        "\t",
        "'",
        "/",
        "\x7f",
        "0",
        "1e400",
        "\\ud83d",
        "true",
        "\x00",
        "\u2028",
    ]
)


@st.composite
def damaged(draw: st.DrawFn) -> str:
    text = SMALL
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 0, 1, 2, 5]))
        text = text[:start] + draw(TOKENS) + text[end:]
    return text


def _strict(text: str) -> bool:
    """Whether a strict reader takes it: Python's json without its own additions."""

    def refuse(_: str) -> None:
        raise ValueError

    def finite(digits: str) -> float:
        if math.isinf(float(digits)):
            raise ValueError
        return float(digits)

    try:
        value = json.loads(text, parse_constant=refuse, parse_int=finite, parse_float=finite)
    except ValueError:
        return False
    return not re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False))


@given(damaged())
@thorough(500)
@example('"abc" xyz')
@example("1 2")
@example("[1]]")
@example("{} {}")
def test_strict_json_is_what_pythons_json_takes(text: str) -> None:
    document = _read(text)
    codes = {defect.code for defect in document.defects} & SYNTAX
    assert (not codes) is _strict(text)
    if "COCO002" in codes:
        assert not document.readable
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)  # even with NaN and lone surrogates taken


# Encodings


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be"])
@pytest.mark.parametrize("text", [SMALL, '{"a": 1}', "[]", "1"])
def test_other_encodings(encoding: str, text: str) -> None:
    (defect,) = _read(text.encode(encoding)).defects
    assert defect.code == "COCO003"
    assert "UTF-16 or UTF-32" in defect.message


@pytest.mark.parametrize(
    "bad", [b"\xff", b"\x80", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xf0\x9f\x98"]
)
@pytest.mark.parametrize("before", range(12))
def test_bytes_that_are_no_utf8_wherever_a_chunk_ends(bad: bytes, before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(syntax, "_WINDOW", 8)
    data = b'["' + "é€😀"[: before % 4].encode() + b"x" * before + bad + b' and more"]'
    (defect,) = read(Source("x", data)).defects
    with pytest.raises(UnicodeDecodeError) as caught:
        data.decode()
    assert (defect.code, defect.offset) == ("COCO003", caught.value.start)
    assert f"0x{data[caught.value.start]:02x}" in defect.message


@given(st.text(max_size=20), st.integers(1, 9))
@thorough(100)
def test_sound_utf8_passes_wherever_a_chunk_ends(text: str, window: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(syntax, "_WINDOW", window)
        assert make_strict(json.dumps([text], ensure_ascii=False).encode()).defects == ()


def test_byte_order_mark() -> None:
    document = _read(codecs.BOM_UTF8 + SMALL.encode())
    assert _codes(document) == ["COCO004"]
    assert document.dataset is not None
    assert document.dataset.images.n == 1
