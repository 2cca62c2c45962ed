"""Normal forms piece by piece, against Python's own."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.model import normal_forms
from cocoproof.model.normal_forms import normal_form

TEXTS = [
    "plain",
    "caf\u00e9 " * 60,
    "cafe\u0301 " * 60,
    "\u30ab\u3099" * 200,
    "\u1112\u1161\u11ab" * 100,
    "\ufdfa" * 150,
    "\u0915\u093c" * 150,
]


@pytest.mark.parametrize("form", ["NFC", "NFKC"])
@pytest.mark.parametrize("text", TEXTS, ids=ascii)
def test_long_texts(form: str, text: str) -> None:
    for shift in range(3):
        assert normal_form(form, "x" * shift + text) == unicodedata.normalize(form, "x" * shift + text)  # type: ignore[arg-type]


@given(st.text(st.characters(codec="utf-8"), max_size=60), st.sampled_from(["NFC", "NFKC"]))
def test_any_text(text: str, form: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(normal_forms, "_PIECE", 16)
        assert normal_form(form, text) == unicodedata.normalize(form, text)  # type: ignore[arg-type]


def test_marks_in_masses_are_sorted_in_groups(monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    normalize = unicodedata.normalize
    monkeypatch.setattr(unicodedata, "normalize", lambda form, text: (sizes.append(len(text)), normalize(form, text))[1])
    text = "a" + "\u0301\u0316" * 5_000
    assert sorted(normal_form("NFC", text)) == sorted(normalize("NFC", text))
    assert max(sizes) <= 128
