"""The scanner against Python's json, and against itself with and without a decoder to skip with."""

from __future__ import annotations

import json
import math
import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cocoproof.json_text import Fault, SyntaxProblem, accepts, find_problem, line_and_column
from cocoproof.json_text import syntax as module

from ..examples import thorough

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
        "0",
        "e",
        "E+",
        ".",
        "null",
        "tru",
        "true",
        '"a"',
        '"é€😀"',
        "\\u00e9",
        "\\ud83d",
        "\\ude00",
        "\\n",
        "\\x",
        "'",
        "/",
        "1e400",
        "-0.5e-3",
        "01",
        " ",
        "\n",
        "\t",
        "\x7f",
        "\x00",
        "\u2028",
    ]
)


def is_json(text: str) -> bool:
    """Whether a strict reader takes it: Python's json without its own additions."""

    def refuse(_: str) -> None:
        raise ValueError

    try:
        value = json.loads(text, parse_constant=refuse, parse_int=float, parse_float=float)
    except ValueError:
        return False
    return not re.search("[\ud800-\udfff]", json.dumps(value, ensure_ascii=False))


@given(st.lists(TOKENS, max_size=8).map("".join))
@thorough(1000)
@example('"\\ud83d\\ude00"')
@example('"\\ud83d\\u')
@example('"\\ud83dx"')
@example("[1.]")
@example("-")
def test_a_problem_is_found_where_pythons_json_finds_one(text: str) -> None:
    problem = find_problem(text.encode())
    assert (problem is None) is is_json(text)
    if problem is not None and problem.fault is not Fault.WIDE:
        assert 0 <= problem.offset < max(1, len(text.encode()))


PLAIN = st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text()


@given(st.recursive(PLAIN, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)), st.booleans())
@thorough(300)
def test_what_pythons_json_writes_is_accepted(value: object, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    try:
        data = text.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return
    problem = find_problem(data)
    assert problem is None or (problem.fault is Fault.LONE_SURROGATE and re.search(r"\\ud[89a-f]", text))


def test_every_beginning_of_a_document_is_truncated_and_nothing_else() -> None:
    text = '{"a": [1, -2.5e-7, true, false, null, "x\\n\\u00e9\\ud83d\\ude00é", {}, []], "b": {"c": "d"}}'
    for end in range(len(text)):
        problem = find_problem(text[:end].encode())
        assert problem is not None
        assert problem.fault is Fault.TRUNCATED, text[:end]


@pytest.mark.parametrize(
    ("text", "fault", "at"),
    [
        ("[1,]", Fault.TRAILING_COMMA, "]"),
        ('{"a": 1,}', Fault.TRAILING_COMMA, "}"),
        ("[1 2]", Fault.COMMA_EXPECTED_IN_LIST, "2]"),
        ('{"a": 1 "b"}', Fault.COMMA_EXPECTED_IN_OBJECT, '"b"'),
        ('{"a": 1]', Fault.COMMA_EXPECTED_IN_OBJECT, "]"),
        ('{"a" 1}', Fault.COLON_EXPECTED, "1}"),
        ("{a: 1}", Fault.KEY_EXPECTED, "a: 1"),
        ("[,]", Fault.VALUE_EXPECTED, ",]"),
        ('{"a": }', Fault.VALUE_EXPECTED, "}"),
        ("[nul]", Fault.VALUE_EXPECTED, "nul]"),
        ("[01]", Fault.BAD_NUMBER, "1]"),
        ("[1.]", Fault.BAD_NUMBER, ".]"),
        ("[1e]", Fault.BAD_NUMBER, "e]"),
        ("[-]", Fault.BAD_NUMBER, "-]"),
        ('["\\x"]', Fault.BAD_ESCAPE, 'x"]'),
        ('["\\u00g0"]', Fault.BAD_ESCAPE, "u00g0"),
        ('["a\tb"]', Fault.CONTROL_CHARACTER, "\tb"),
        ('["\\ud83d"]', Fault.LONE_SURROGATE, "\\ud83d"),
        ('["\\ude00"]', Fault.LONE_SURROGATE, "\\ude00"),
        ("[] x", Fault.MORE_TEXT, "x"),
        ("]", Fault.VALUE_EXPECTED, "]"),
    ],
)
def test_the_fault_and_its_place(text: str, fault: Fault, at: str) -> None:
    problem = find_problem(text.encode())
    assert problem is not None
    assert problem.fault is fault
    assert text[problem.offset :].startswith(at)


def test_depth_is_found_without_the_call_stack() -> None:
    for deep in ("[" * 100_000 + "]" * 100_000, '{"a":' * 100_000 + "1" + "}" * 100_000):
        assert find_problem(deep.encode()) is None
        problem = find_problem(deep.encode(), max_depth=200)
        assert problem is not None
        assert problem.fault is Fault.TOO_DEEP
        assert deep[: problem.offset].count(deep[0]) == 200


def rows(count: int) -> list[dict[str, object]]:
    return [
        {"id": k, "bbox": [k / 7, k / 11, 4.25, 1e-3], "segmentation": {"size": [3, 4], "counts": "}]},{" * (k % 3)}, "n": "é"}
        for k in range(count)
    ]


@pytest.mark.parametrize("damage", [b"", b"NaN", b"}", b"]", b",", b'"', b"\\", b"\x01", b"{"])
def test_skipping_changes_nothing(damage: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LONGEST_SKIP", 1 << 12)
    monkeypatch.setattr(module, "_SHORTEST_SKIP", 1 << 6)
    sound = json.dumps({"images": rows(40), "annotations": rows(60)}, ensure_ascii=False).encode()
    for at in range(0, len(sound), 397):
        data = sound[:at] + damage + sound[at + math.ceil(len(damage) / 2) :]
        assert find_problem(data, accepts=accepts) == find_problem(data)


@pytest.mark.parametrize("nested", [0, 30])
def test_a_fault_at_the_end_of_a_long_file_is_found_by_skipping(nested: int) -> None:
    asked: list[int] = []

    def counting(chunk: bytes) -> bool:
        asked.append(len(chunk))
        return accepts(chunk)

    data = (
        b'{"annotations": ['
        + b", ".join(json.dumps(row | {"segments_info": rows(nested)}).encode() for row in rows(1000) * (2 if nested else 40))
        + b', {"id": nan}]}'
    )
    problem = find_problem(data, accepts=counting)
    assert problem is not None
    assert problem.fault is Fault.VALUE_EXPECTED
    assert data[problem.offset :] == b"nan}]}"
    assert sum(asked) < 8 * len(data)
    assert len(asked) < 200


def test_line_and_column_count_characters() -> None:
    data = '["é",\n "😀é" x]'.encode()
    assert line_and_column(data, data.index(b"x")) == (2, 7)
    assert line_and_column(data, 0) == (1, 1)


def test_depth_is_found_in_what_a_decoder_that_goes_deeper_would_skip() -> None:
    def goes_deeper(text: bytes) -> bool:
        return find_problem(text) is None

    deep = b'{"a": [{"b": 1}, {"b": ' + b"[" * 250 + b"{}" + b"]" * 250 + b"}]}"
    problem = find_problem(deep, accepts=goes_deeper, max_depth=200)
    assert problem is not None
    assert problem.fault is Fault.TOO_DEEP
    assert problem.offset == deep.index(b"[[") + 200 - 3  # in an object, a list and an object
    assert find_problem(deep, accepts=goes_deeper, max_depth=300) is None


@pytest.mark.parametrize(
    ("text", "fault", "offset"),
    [
        ("[" * 5000 + "]" * 5000, None, None),
        ("[" * 5000 + "]" * 5001, Fault.MORE_TEXT, 10_000),
        ("[" * 5000 + "]" * 2500 + "}" + "]" * 2499, Fault.COMMA_EXPECTED_IN_LIST, 7500),
        ("[" * 5000 + "1" + "]" * 4999, Fault.TRUNCATED, 9999),
        ('{"a":' * 5000 + "1" + "}" * 5000, None, None),
        ('{"a":' * 5000 + "}" * 5000, Fault.VALUE_EXPECTED, 25_000),
        ('{"a":[' * 3000 + "]}" * 3000, None, None),
        ('{"a":[' * 3000 + "]}" * 1500 + "}]" * 1500, Fault.COMMA_EXPECTED_IN_LIST, 21_000),
        ('[{"a":1},' * 3000 + "2" + "]" * 3000, None, None),
        ('{"{":{"b":' * 3000 + "1" + "}" * 6000, None, None),
    ],
)
def test_runs_of_brackets_take_few_steps(text: str, fault: Fault | None, offset: int | None) -> None:
    steps = 60 + 8 * text.count("[{") + 4 * text.count(":[")
    problem = find_problem(text.encode(), max_steps=steps + 4 * text.count('"{"'))
    assert (None if problem is None else (problem.fault, problem.offset)) == (None if fault is None else (fault, offset))
    assert problem == find_problem(text.encode())


def test_the_search_ends_within_its_budget() -> None:
    text = b"[" + b"1," * 500 + b"]"
    assert find_problem(text) == SyntaxProblem(Fault.TRAILING_COMMA, 1001)
    assert find_problem(text, max_steps=100) == SyntaxProblem(Fault.NOT_FOUND, 100)
    escaped = b'"' + b"\\n" * 500 + b"x\0"
    assert find_problem(escaped, max_steps=100) == SyntaxProblem(Fault.NOT_FOUND, 199)
