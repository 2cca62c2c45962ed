"""TOML that is written: read back by the standard library's reader, and readable."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.mapping import toml_text

from ..examples import round_trip

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

TEXT = st.text(max_size=20)
VALUES = st.recursive(st.booleans() | st.integers(-(2**63), 2**63 - 1) | TEXT, lambda inner: st.lists(inner, max_size=3), max_leaves=5)


@round_trip
@given(VALUES)
def test_a_reader_gets_the_value_back(value: Any) -> None:
    read = tomllib.loads(toml_text.key_value("key", value))["key"]
    assert read == value
    assert type(read) is type(value)
    assert tomllib.loads(f"key = {toml_text.inline_table({'a': value, 'b': 1})}")["key"] == {"a": value, "b": 1}


@pytest.mark.parametrize(
    ("value", "spelt"),
    [
        (True, "true"),
        (False, "false"),
        (1, "1"),
        ("a b", '"a b"'),
        ('"\\\n\t', r'"\"\\\n\t"'),
        ("caf\u00e9 \u732b", '"caf\u00e9 \u732b"'),
        ("\x7f\x85", r'"\u007F\u0085"'),
        ("\u2028\u202e\uffff", r'"\u2028\u202E\uFFFF"'),
        ("\U000e0041", r'"\U000E0041"'),
        ("\U00010000", '"\U00010000"'),  # can be seen
        ("\U0001000c", r'"\U0001000C"'),  # cannot
        ([], "[]"),
        (([1, 2], ["a"]), '[[1, 2], ["a"]]'),
    ],
)
def test_how_a_value_is_spelt(value: Any, spelt: str) -> None:
    assert toml_text.value(value) == spelt
    assert toml_text.key_value("a", value) == f"a = {spelt}\n"
    assert toml_text.inline_table({"a": value, "b": 2}) == f"{{ a = {spelt}, b = 2 }}"


@pytest.mark.parametrize(("value", "kind"), [(None, "NoneType"), ({}, "dict"), ([b"a"], "bytes")])
def test_what_no_lock_holds(value: Any, kind: str) -> None:
    with pytest.raises(TypeError) as caught:
        toml_text.value(value)
    assert str(caught.value) == f"not a TOML value: {kind}"
