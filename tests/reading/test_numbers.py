"""Lists of numbers: with simdjson and without it, value for value and bit for bit what Python's json reads."""

from __future__ import annotations

import json
import math
import struct
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cocoproof.reading import numbers
from cocoproof.reading.numbers import parse_lists

from ..examples import thorough

FLOATS = st.floats(allow_nan=False, allow_infinity=False)
NUMBERS = st.one_of(
    FLOATS.map(repr),
    FLOATS.map(lambda value: f"{value:.25e}"),
    FLOATS.map(lambda value: f"{value:.3f}"),
    st.integers(-(2**70), 2**70).map(str),
    st.integers(0, 10**400).map(str),
    st.tuples(st.integers(0, 10**25), st.integers(-340, 330)).map(lambda pair: f"{pair[0]}e{pair[1]}"),
    st.sampled_from(["-0", "-0.0", "0", "1E5", "1e+5", "5e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "1e400", "-1e999"]),
    st.sampled_from([str(2**63 - 1), str(2**63), str(2**64 - 1), str(2**64), "9007199254740993", "8.41e21", "9" * 5000]),
)
SPACE = st.sampled_from(["", "", " ", "\n\t "])
OTHERS = st.sampled_from(["true", "null", '"1"', '"]"', "{}", '{"a": [1]}', "[]", "[[]]", "[1]", '""', '"[,"'])


@st.composite
def texts(draw: st.DrawFn, levels: int) -> str:
    """An array of so many levels, now and then with something in it that belongs elsewhere."""
    if levels == 0:
        return draw(OTHERS) if draw(st.integers(0, 25)) == 0 else draw(NUMBERS)
    space = draw(SPACE)
    items = draw(st.lists(texts(levels - 1), max_size=4))
    return f"[{space}{f'{space},'.join(items)}{space}]"


def expected(text: str, levels: int) -> list[list[float]] | None:
    """What Python's json makes of it; None where it is no such list of finite numbers."""
    value: Any = json.loads(text, parse_int=lambda digits: float(digits) if digits != "-0" else 0.0)
    lists = value if levels == 2 else [value]
    for row in lists:
        if not isinstance(row, list) or not all(type(item) is float and math.isfinite(item) for item in row):
            return None
    return lists


def bits(values: list[float]) -> bytes:
    return b"".join(struct.pack("<d", value) for value in values)


@pytest.mark.parametrize("levels", [1, 2])
@pytest.mark.parametrize("parser", ["simdjson", "msgspec"])
@thorough(80)
@given(data=st.data())
@example(data=["[18446744073709551616]", "[1]"])
@example(data=["[[18446744073709551616]]", "[[], [1]]"])
@example(data=["[-0]", "[[-0]]"])
@example(data=["[" * 1500 + "]" * 1500, "[[1]]", "[2]"])
def test_as_pythons_json_reads_them(levels: int, parser: str, data: Any) -> None:
    batch = data if isinstance(data, list) else data.draw(st.lists(texts(levels), max_size=5))
    deep = [text for text in batch if text.startswith("[" * 1000)]
    wanted = [None if text in deep else expected(text, levels) for text in batch]
    with pytest.MonkeyPatch.context() as patch:
        if parser == "msgspec":
            patch.setattr(numbers, "_parser_type", lambda: None)
        elif numbers._parser_type() is None:
            pytest.skip("simdjson is not installed")
        parsed = parse_lists([text.encode() for text in batch], levels)
    assert sorted(parsed.bad) == [k for k, lists in enumerate(wanted) if lists is None]
    assert parsed.counts.tolist() == [len(lists or ()) for lists in wanted]
    rows = [row for lists in wanted for row in lists or ()]
    assert parsed.lengths.tolist() == [len(row) for row in rows]
    assert parsed.values.tobytes() == bits([item for row in rows for item in row])


def test_nothing_to_parse() -> None:
    for levels in (1, 2):
        parsed = parse_lists([], levels)
        assert (len(parsed.values), len(parsed.lengths), len(parsed.counts), parsed.bad) == (0, 0, 0, [])
