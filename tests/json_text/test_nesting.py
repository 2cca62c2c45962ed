"""The depth of a text, by brackets outside of strings, against a reader that counts character by character."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.json_text import JsonError, decode_members, is_deeper, nesting

NESTED = st.recursive(
    st.one_of(st.integers(), st.text('[]{}"\\a', max_size=8)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text('[]{}"\\a', max_size=4), inner, max_size=2)),
    max_leaves=12,
)


def levels_of(value: object) -> int:
    """The depth of a value, by its structure."""
    if isinstance(value, (list, dict)):
        return 1 + max((levels_of(item) for item in (value.values() if isinstance(value, dict) else value)), default=0)
    return 0


@given(NESTED)
def test_the_depth_is_that_of_the_value(value: object) -> None:
    depth = nesting(json.dumps(value).encode())[2]
    assert max(depth.tolist(), default=0) == levels_of(value)


@pytest.mark.parametrize(
    ("text", "deeper"),
    [
        ("[" * 1000 + "]" * 1000, False),
        ("[" * 1001 + "]" * 1001, True),
        ('{"a":' * 1001 + "1" + "}" * 1001, True),
        ("[" + ",".join(["[[], {}]"] * 5000) + "]", False),
        ('["' + "[" * 5000 + '"]', False),
        ("[" + ",".join(['":["'] * 5000) + "]", False),
        ("[" + ",".join(['"\\"["'] * 5000) + "]", False),
        ('["' + "]" * 5000 + '", ' + "[" * 1000 + "]" * 1001, True),
        ("[" * 1001, True),
    ],
)
def test_levels_are_counted_outside_of_strings(text: str, deeper: bool) -> None:
    assert is_deeper(text.encode(), 1000) is deeper


@pytest.mark.parametrize("levels", [1_001, 5_000, 100_000])
def test_no_release_of_python_decodes_more_levels_than_another(levels: int) -> None:
    with pytest.raises(JsonError):
        decode_members(b"[" * levels + b"]" * levels)
