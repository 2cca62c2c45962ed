"""What is mended, what is not, and what leaves no document; Python's strict json is the independent word on what JSON is."""

from __future__ import annotations

import codecs
import json
import math
import re
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from cocoproof import check
from cocoproof.reading import text as module
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.document import Document, read
from cocoproof.reading.source import Source
from cocoproof.reading.text import MAX_DEPTH, mend
from cocoproof.verify.check import CheckOptions, check_source
from cocoproof.verify.reloading import ReloadMode

SMALL = '{"images": [{"id": 1, "width": 4, "height": 3, "file_name": "é.png"}],\n "annotations": [],\n "categories": []}'
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


@given(st.lists(st.sampled_from(["NaN", "Infinity", "-Infinity", "1", '"NaN"', '"a \\" NaN, "', "null", '"\\\\"', '"é NaN"']), min_size=1, max_size=8))
@settings(max_examples=80, deadline=None)
def test_all_tokens_are_named_and_strings_are_left_alone(items: list[str]) -> None:
    text = '{"images": [], "annotations": [], "x": [' + ", ".join(items) + "]}"
    defects = [defect for defect in _read(text).defects if defect.code == "COCO006"]
    assert [defect.path[-1] for defect in defects] == [k for k, item in enumerate(items) if item.lstrip("-") in ("NaN", "Infinity")]
    mended = json.loads(mend(text.encode()).data)
    for item, value in zip(items, mended["x"], strict=True):
        assert value == json.loads(item) if item.lstrip("-") not in ("NaN", "Infinity") else isinstance(value, str)


@pytest.mark.parametrize("word", ["nan", "inf", "NaNs", "xNaN", "+Infinity", "Infinity1", "- Infinity", "--NaN", "NaN.0", "_NaN", "None", "True", "NaN_"])
def test_words_that_are_nothing(word: str) -> None:
    text = '{"images": [], "info": [%s]}' % word
    assert "COCO002" in _codes(_read(text))


def test_a_text_of_the_file_is_no_mark_of_what_was_overwritten() -> None:
    for mark in ("\x7f", "~", "}", "|"):
        row = {"id": mark, "width": 4, "height": 3, "file_name": mark}
        for extra in ("", ', "x": NaN', ', "x": NaN, "y": "\x7f", "z": "~"'):
            document = _read('{"images": [%s], "annotations": []%s}' % (json.dumps(row, ensure_ascii=False), extra))
            assert [(defect.code, defect.path) for defect in document.defects if defect.code == "COCO103"] == [("COCO103", ("images", 0, "id"))]
            assert document.dataset is not None
            assert document.dataset.images.file_name.values == [mark]


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
    whole = '{"images": [{"id": 1, "width": 4, "height": 3, "file_name": "%s"}], "annotations": []}' % text
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
@settings(max_examples=200, deadline=None)
@example(["\\ud83d", "\\ud83d", "\\ude00"])
@example(["\\ud83d", "\\\\", "\\ude00"])
def test_surrogates_as_pythons_json_sees_them(parts: list[str]) -> None:
    text = '["' + "".join(parts) + '"]'
    value = json.loads(text)[0]
    lone = len(re.findall("[\ud800-\udfff]", value))
    mended = mend(text.encode())
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
    report = check_source(Source("x", data), CheckOptions(reload=ReloadMode.NEVER))
    return [(finding.code, finding.line, finding.column) for finding in report.findings]


@pytest.mark.parametrize(
    ("text", "at", "says"),
    [
        ("\0\0\0\0\0\0\0\0", "\0", ""),
        ("{'images': []}", "'images'", "keys must be strings"),
        ('{"images": \'a\'}', "'a'", "single quotes"),
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
    ["{", "}", "[", "]", ",", ":", '"', "\\", "NaN", "-", "1", "e", ".", "null", " ", "\n", "é", '"a"', "\\u00", "\t", "'", "/", "\x7f", "0", "1e400", "\\ud83d", "true", "\x00", "\u2028"]
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
@settings(max_examples=500, deadline=None)
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


@pytest.mark.parametrize("bad", [b"\xff", b"\x80", b"\xc3", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xe2\x82", b"\xf0\x9f\x98"])
@pytest.mark.parametrize("before", range(12))
def test_bytes_that_are_no_utf8_wherever_a_chunk_ends(bad: bytes, before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_WINDOW", 8)
    data = b'["' + "é€😀"[: before % 4].encode() + b"x" * before + bad + b' and more"]'
    (defect,) = read(Source("x", data)).defects
    with pytest.raises(UnicodeDecodeError) as caught:
        data.decode()
    assert (defect.code, defect.offset) == ("COCO003", caught.value.start)
    assert f"0x{data[caught.value.start]:02x}" in defect.message


@given(st.text(max_size=20), st.integers(1, 9))
@settings(max_examples=100, deadline=None)
def test_sound_utf8_passes_wherever_a_chunk_ends(text: str, window: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "_WINDOW", window)
        assert mend(json.dumps([text], ensure_ascii=False).encode()).defects == ()


def test_byte_order_mark() -> None:
    document = _read(codecs.BOM_UTF8 + SMALL.encode())
    assert _codes(document) == ["COCO004"]
    assert document.dataset is not None
    assert document.dataset.images.n == 1


# Depth


@pytest.mark.parametrize("levels", [1_001, 5_000, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a": ', "}]")])
def test_deep_values_are_set_aside(levels: int, opening: str, closing: str) -> None:
    deep = opening * levels + "1" + closing * levels
    text = '{"images": [{"id": 1, "width": 4, "height": 3, "file_name": "a", "x": %s}, {"id": "2", "width": 1, "height": 1, "file_name": ""}], "annotations": []}' % deep
    document = _read(text)
    assert sorted((defect.code, defect.path[:3]) for defect in document.defects) == [("COCO008", ("images", 0, "x")), ("COCO103", ("images", 1, "id"))]
    assert document.dataset is not None
    assert document.dataset.images.id.values[0] == 1


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a":' * 100_000, "[" * 100_000 + "]" * 99_999, '[{"":' * 50_000, "]" * 100_000, '["' + "[" * 100_000])
def test_deep_and_never_closed(text: str) -> None:
    assert "COCO002" in _codes(_read(text))


PLACES = {
    "unknown key": '"x": %s',
    "segmentation": '"segmentation": %s',
    "inside a polygon": '"segmentation": [[1, %s]]',
    "inside an RLE": '"segmentation": {"size": [3, 4], "counts": "52", "x": %s}',
    "keypoints": '"keypoints": %s',
    "box": '"bbox": %s',
    "id": '"id": %s',
    "beside a wrong id": '"id": "1", "x": %s',
    "under a repeated key": '"y": {"a": 1, "a": %s}',
}


@pytest.mark.parametrize("place", sorted(PLACES))
@pytest.mark.parametrize(("opening", "closing", "each"), [("[", "]", 1), ('{"a":', "}", 1), ('[{"a":', "}]", 2)])
def test_every_depth_in_every_place(place: str, opening: str, closing: str, each: int) -> None:
    """Near the limit of recursion some stage has a frame less than another; none may raise."""
    for levels in (150, 450, 470, 490, *range(900, 1005, 7)):
        deep = opening * (levels // each) + "1" + closing * (levels // each)
        text = '{"images": [], "annotations": [{%s}], "categories": [{"keypoints": ["a"]}]}' % (PLACES[place] % deep)
        document = _read(text)
        assert "COCO002" not in _codes(document)
        assert document.readable
        if levels > 1000:
            assert "COCO008" in _codes(document)


def test_depth_is_cut_only_where_a_reader_gives_up() -> None:
    """A NaN elsewhere does not make 500 levels too deep."""
    for levels in (MAX_DEPTH + 1, 500):
        text = '{"images": [], "info": NaN, "x": %s}' % ("[" * levels + "]" * levels)
        assert _codes(_read(text)) == ["COCO006"]


# All at once


def test_every_defect_in_one_pass() -> None:
    """The list of issue 2: one file, each defect with pointer, line and column, and sound rows still judged."""
    lines = [
        '{"images": [',
        '  {"id": 1, "width": 40, "height": 30, "file_name": "é.png"},',
        '  {"id": 2, "width": 40, "height": 30, "file_name": "b.png"}],',
        ' "annotations": [',
        '  {"id": 1, "image_id": 1, "category_id": 1, "bbox": [4, 5, 20, 16], "area": NaN, "iscrowd": 0},',
        '  {"id": 2, "image_id": 1, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "area": 321, "iscrowd": 0},',
        '  {"id": "3", "image_id": 2, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "iscrowd": 0},',
        '  {"id": true, "image_id": 2, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "iscrowd": 0},',
        '  {"id": 5.0, "image_id": 2, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "iscrowd": 0},',
        '  {"id": 6, "image_id": 2, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "iscrowd": 0, "é": 1, "segmentation": {"size": [30, 40], "counts": "PPP"}},',
        '  {"id": 7, "image_id": 2, "category_id": 1, "bbox": [4, 5, 20], "area": 320, "iscrowd": 0},',
        "  null,",
        '  {"id": 9, "image_id": 77, "category_id": 1, "bbox": [4, 5, 20, 16], "area": 320, "iscrowd": 0},',
        '  {"id": 10, "image_id": 2, "category_id": 1, "bbox": [4, 5, 0, 16], "area": 320, "iscrowd": 0}],',
        ' "categories": [{"id": 1, "name": "cat"}]}',
    ]
    wanted = {
        ("COCO006", "/annotations/0/area", "NaN"),
        ("COCO005", "/annotations/1/area", '"area": 321'),
        ("COCO103", "/annotations/2/id", '"3"'),
        ("COCO103", "/annotations/3/id", "true"),
        ("COCO103", "/annotations/4/id", "5.0"),
        ("COCO609", "/annotations/5/segmentation", None),
        ("COCO104", "/annotations/6/bbox", "[4, 5, 20]"),
        ("COCO103", "/annotations/7", "null"),
        ("COCO301", "/annotations/8/image_id", "77"),
        ("COCO501", "/annotations/9/bbox", "[4, 5, 0, 16]"),
    }
    report = check_source(Source("x", "\n".join(lines).encode()), CheckOptions(reload=ReloadMode.NEVER))
    for code, place, stands in wanted:
        found = [finding for finding in report.findings if finding.code == code and finding.pointer.startswith(place)]
        assert found, (code, place, [(finding.code, finding.pointer) for finding in report.findings])
        assert found[0].line is not None
        assert found[0].column is not None
        here = lines[found[0].line - 1][found[0].column - 1 :]
        assert stands is None or here.startswith(stands), (code, here)
    by_row = {finding.pointer.split("/")[2]: finding.annotation_id for finding in report.findings if finding.pointer.startswith("/annotations/")}
    assert {by_row["0"], by_row["2"], by_row["8"]} == {1, "3", 9}


def test_unreadable_says_so() -> None:
    with pytest.raises(Unreadable) as caught:
        mend(b"{")
    assert caught.value.defect.code == "COCO002"
    report = check([{"image_id": 1}], reload="never")
    assert report.files[0].path == "<document>"


def _ids(value: int) -> Any:
    return {"images": [{"id": value * k, "width": 1, "height": 1, "file_name": str(k)} for k in range(1, 3000)], "annotations": [], "categories": []}


@pytest.mark.parametrize("step", [2**61 - 1, 2**62, 2**70, 10**30])
def test_ids_that_collide_or_are_huge(step: int) -> None:
    """Ids built to fall on one slot of a hash table cost no more than others, and are told apart."""
    document = read(Source("x", json.dumps(_ids(step)).encode()))
    assert document.dataset is not None
    big = sum(code == "COCO007" for code in _codes(document))
    assert big == sum(step * k > 2**63 - 1 for k in range(1, 3000))
    assert set(_codes(document)) <= {"COCO007"}
