"""What a refusal says depends on the text and the type alone: not on the library, its exception or its message."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any

import msgspec
import pytest

import cocoproof
from cocoproof.checking import baseline
from cocoproof.checking.baseline import BaselineError, read_baseline
from cocoproof.json_text import Fault, JsonError, convert, decode, decode_members, decoding
from cocoproof.mapping import CategoryListError, read_category_list
from cocoproof.reading.defects import Unreadable
from cocoproof.reading.strict_text import make_strict
from cocoproof.sources import JsonLinesSource, Refusals, jsonl
from cocoproof.sources.jsonl_rows import JsonlDetection, JsonlImage

SOURCE = Path(cocoproof.__file__).parent


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    size: tuple[int, int]
    name: Annotated[str, msgspec.Meta(pattern="^[a-z]+$")] = "a"


class Outer(msgspec.Struct):
    inner: list[Inner] | None
    count: Annotated[int, msgspec.Meta(ge=1, le=9)] = 1
    score: float = 0.0
    flag: bool = False
    free: dict[str, Any] = {}
    segmentation: list[list[float]] | Inner | None = None


OUTER = msgspec.json.Decoder(Outer)


@pytest.mark.parametrize(
    ("text", "path", "detail"),
    [
        ("[]", "", "expected object, got array"),
        ("{}", "", "missing required field inner"),
        ('{"inner": 5}', "inner", "expected array, got int"),
        ('{"inner": [{"size": [1, 2]}, {"size": [1]}]}', "inner[1].size", "expected array of length 2, got 1"),
        ('{"inner": [{"size": [1, "2"]}]}', "inner[0].size[1]", "expected int, got str"),
        ('{"inner": [{"size": [1, true]}]}', "inner[0].size[1]", "expected int, got bool"),
        ('{"inner": [{"size": [1, 2.5]}]}', "inner[0].size[1]", "expected int, got float"),
        ('{"inner": [{"size": [1, 2], "name": "A"}]}', "inner[0].name", "expected str matching regex '^[a-z]+$'"),
        ('{"inner": [{}]}', "inner[0]", "missing required field size"),
        ('{"inner": null, "count": 0}', "count", "expected int >= 1"),
        ('{"inner": null, "count": 10}', "count", "expected int <= 9"),
        ('{"inner": null, "count": 1' + "0" * 5000 + "}", "count", "expected int, got float"),
        ('{"inner": null, "score": "1"}', "score", "expected float, got str"),
        ('{"inner": null, "flag": 1}', "flag", "expected bool, got int"),
        ('{"inner": null, "segmentation": "a"}', "segmentation", "expected array or object, got str"),
        ('{"inner": null, "segmentation": [[1], 2]}', "segmentation[1]", "expected array, got int"),
        ('{"inner": null, "segmentation": {"size": null}}', "segmentation.size", "expected array, got null"),
    ],
)
def test_the_value_that_does_not_fit(text: str, path: str, detail: str) -> None:
    with pytest.raises(JsonError) as caught:
        decode(text.encode(), OUTER)
    assert caught.value.problem is None
    assert caught.value.misfit is not None
    assert (caught.value.misfit.path, caught.value.misfit.detail) == (path, detail)
    assert str(caught.value) == (f"{path}: {detail}" if path else detail)
    if len(text) < 1000:
        with pytest.raises(JsonError, match=re.escape(detail)):
            convert(json.loads(text), Outer)


def test_an_unknown_field() -> None:
    with pytest.raises(JsonError) as caught:
        decode(b'{"inner": [{"sise": 1}]}', OUTER)
    assert caught.value.misfit is not None
    assert (caught.value.misfit.path, caught.value.misfit.unknown, caught.value.misfit.known) == ("inner[0]", "sise", ("size", "name"))


def test_values_that_fit_have_no_misfit() -> None:
    text = (
        b'{"inner": [{"size": [1, 2]}], "count": 9, "score": 1, "flag": true, "free": {"a": [{}]}, "segmentation": [[1, 2.5]], "more": 1}'
    )
    assert decode(text, OUTER).count == 9
    assert decoding.find_misfit(json.loads(text), Outer) is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [(b"[1,", Fault.TRUNCATED), (b"[1 2]", Fault.COMMA_EXPECTED_IN_LIST), (b'"\xff"', Fault.NOT_UTF8), (b"[" * 5000, Fault.TOO_DEEP)],
)
def test_a_text_that_is_not_json(text: bytes, fault: Fault) -> None:
    with pytest.raises(JsonError) as caught:
        decode(text, OUTER)
    assert caught.value.problem is not None
    assert caught.value.problem.fault is fault


# Other libraries, as far as we know them: each takes the same texts, and refuses the others in a way of its own.

_DECODER = msgspec.json.Decoder


class StrangeError(ValueError):
    """An exception that no library has today."""


class NewerError(msgspec.DecodeError):
    """A subclass of today's exceptions."""


REFUSING = {
    "another subclass": NewerError("refused"),
    "the base class": msgspec.MsgspecError("Byte 0: no."),
    "ValueError": StrangeError(""),
    "UnicodeDecodeError": UnicodeDecodeError("utf-8", b"x", 0, 1, "x"),
    "RecursionError": RecursionError("deep"),
    "RuntimeError": RuntimeError("(byte 999999)"),
    "a message with another place": msgspec.ValidationError("JSON is malformed: invalid character (byte 0) - at `$.x`"),
}


def strange(decode_: Any, error: Any) -> Any:
    def fake(text: Any) -> Any:
        try:
            return decode_(text)
        except decoding.REFUSALS:
            raise error from None

    return fake


class StrangeDecoder:
    def __init__(self, type_: Any, error: Any) -> None:
        self.type = type_
        self.decode = strange(_DECODER(type_).decode, error)


SYNTAX = [
    b"",
    b"[",
    b'{"a": 1',
    b"[1 2]",
    b"[1,]",
    b"{'a': 1}",
    b"[nul]",
    b"[] []",
    b'["\xff"]',
    b'["a\nb"]',
    b'["\\x"]',
    b"[" * 3000,
    '{"a":1}'.encode("utf-16"),
]
LINES = [
    b"{",
    b"[]",
    b'{"file_name": "\xff"}',
    b'{"file_name": "a", "fields": {"a": ' + b"[" * 5000 + b"]" * 5000 + b"}}",
    b'{"file_name": "a", "widht": 1}',
    b'{"file_name": "a", "width": 5, "height": 5, "detections": [{"class": "a", "bbox": [1, 2, "3", 4]}]}',
    b'{"file_name": "a", "width": 5, "height": 5, "detections": [{"class": "a", "bbx": [1, 2, 3, 4]}]}',
]


def outcomes(folder: Path) -> list[object]:
    """All that is said about texts that are refused, by every module that reads JSON."""
    said: list[object] = []
    for text in SYNTAX:
        try:
            said.append(make_strict(text).defects)
        except Unreadable as error:
            said.append(error.defect)
        for read, name in ((read_category_list, "c.json"), (read_baseline, "baseline.json")):
            path = folder / name
            path.write_bytes(text)
            with pytest.raises((CategoryListError, BaselineError)) as caught:
                read(path)
            said.append(str(caught.value))
    (folder / "in.jsonl").write_bytes(b"\n".join(LINES))
    refusals = Refusals("skip")
    said.append(
        [len(detections.xyxy) for _, detections in JsonLinesSource(folder / "in.jsonl", classes={0: "a"}, refusals=refusals) if detections]
    )
    said.extend(row.detail for row in refusals.examples)
    return said


@pytest.mark.parametrize("way", REFUSING)
def test_no_message_depends_on_how_a_library_refuses(way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = outcomes(tmp_path)
    error = REFUSING[way]
    for name in ("_decode_object", "_decode_list", "_decode_any"):
        monkeypatch.setattr(decoding, name, strange(getattr(decoding, name), error))
    monkeypatch.setattr(jsonl, "_IMAGE", StrangeDecoder(JsonlImage, error))
    monkeypatch.setattr(jsonl, "_DETECTION", StrangeDecoder(JsonlDetection, error))
    monkeypatch.setattr(baseline, "_DECODER", StrangeDecoder(baseline._File, error))
    with pytest.raises(type(error)):  # the fakes are in place
        decoding._decode_list(b"[1 2]")
    assert outcomes(tmp_path) == expected


def test_members_are_undecoded() -> None:
    assert {key: bytes(raw) for key, raw in decode_members(b' \n{"a": [1], "b": "x"}').items()} == {"a": b"[1]", "b": b'"x"'}  # type: ignore[union-attr]
    assert [bytes(raw) for raw in decode_members(b"[1, {}]")] == [b"1", b"{}"]  # type: ignore[union-attr]
    assert decode_members(b" 5 ") is None
    with pytest.raises(JsonError):
        decode_members(b"5 5")


def test_no_other_module_names_the_exceptions_of_a_json_library() -> None:
    named = re.compile(r"\b(?:msgspec|orjson|simdjson)\.\w*Error\b|from msgspec import .*Error")
    places = {str(path.relative_to(SOURCE)) for path in SOURCE.rglob("*.py") if named.search(path.read_text(encoding="utf-8"))}
    assert places == {"json_text/decoding.py"}
