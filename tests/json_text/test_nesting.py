"""The depth of a text, by brackets outside of strings, against a reader that counts character by character."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.json_text import JsonError, decode_members, inside_strings, is_deeper, nesting, nesting_in_windows, structure

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


@pytest.mark.parametrize("size", [1, 2, 3, 7])
@pytest.mark.parametrize(
    "text",
    [rb'["\\", [], "\"[", {"]": "\\\"}"}]', rb'[[{"a\\\\": "[["}], "\\"]', b'["' + b"\\" * 20 + b'", [1]]', '["é\\u00e9[", {}]'.encode()],
)
def test_windows_change_nothing(text: bytes, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    json.loads(text)
    whole = [array.tolist() for array in nesting(text)]
    inside = inside_strings(text, list(range(len(text))))
    monkeypatch.setattr(structure, "in_windows", lambda data: ((k, data[k : k + size]) for k in range(0, len(data), size)))
    parts = [[array.tolist() for array in part] for part in nesting_in_windows(text)]
    assert [[value for part in parts for value in part[column]] for column in range(3)] == whole
    assert inside_strings(text, list(range(len(text)))) == inside
    assert is_deeper(text, max(whole[2]) - 1)
    assert not is_deeper(text, max(whole[2]))
