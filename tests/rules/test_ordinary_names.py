"""A quick look at all names together never clears one that a look at each would report."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from cocoproof.checking.check_file import check_source
from cocoproof.checking.check_settings import CheckSettings
from cocoproof.images.file_names import all_safe, unsafe
from cocoproof.model.names import is_blank
from cocoproof.readers.reload_run import ReloadMode
from cocoproof.reading.source import Source
from cocoproof.rules import ordinary_names
from cocoproof.rules.catalogue import select
from cocoproof.rules.examples import dataset
from cocoproof.rules.names import blank_rows

NAMES = st.lists(
    st.one_of(st.sampled_from(["a.jpg", "A.JPG", "a/b.jpg", "./a.jpg", "a//b.jpg", "1.jpg"]), st.text("aA|/.\\: \n\0\u3164é", max_size=6)),
    max_size=6,
)


@given(NAMES)
@example(["a", ""])
@example(["a", "/b"])
@example(["a|/b"])
def test_names_that_are_cleared_together_are_clean_one_by_one(names: list[str]) -> None:
    if all_safe(names):
        assert [unsafe(name) for name in names] == [None] * len(names)
    assert blank_rows(names).tolist() == [is_blank(name) for name in names]
    if ordinary_names.are_ordinary(names):
        assert not any(name != name.strip() or not name.isprintable() for name in names)


def test_most_names_are_cleared_together() -> None:
    names = ["000000000009.jpg", "train/1.jpg", "a b.png"]
    assert all_safe(names)
    assert ordinary_names.in_one(names) == "|000000000009.jpg|train/1.jpg|a b.png|"


@given(NAMES)
@example(["a.jpg", "A.JPG", "a.jpg"])
def test_the_rules_find_the_same_without_the_quick_look(names: list[str]) -> None:
    data = json.dumps(dataset(images=[{"file_name": name} for name in names] or [{}])).encode()
    settings = CheckSettings(rules=select(("COCO205", "COCO208", "COCO212", "COCO805", "COCO806")), reload=ReloadMode.NEVER)
    found = check_source(Source("a.json", data), settings).findings
    with pytest.MonkeyPatch.context() as patch:
        for place in ("names.are_ordinary", "path_names.all_safe"):
            patch.setattr(f"cocoproof.rules.{place}", lambda _: False)
        for place in ("names", "image_file_names"):
            patch.setattr(f"cocoproof.rules.{place}.file_names_in_one", lambda _: None)
        assert check_source(Source("a.json", data), settings).findings == found
