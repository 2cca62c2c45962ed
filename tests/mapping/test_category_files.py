"""Category lists in files: every form that is read, the lock that is written, and what is refused."""

from __future__ import annotations

import gzip
import json
import os
import stat
import sys
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof.mapping import Category, CategoryList, CategoryListError, read_category_list, write_lock
from cocoproof.model.names import is_blank

from ..examples import round_trip
from .saving import saved

if TYPE_CHECKING:
    from pathlib import Path

COCO = {
    "info": {},
    "images": [{"id": 1, "width": 4, "height": 4, "file_name": "a.png"}],
    "annotations": [],
    "categories": [
        {"id": 3, "name": "car", "supercategory": "vehicle", "color": [1, 2, 3]},
        {"id": 1, "name": "person", "keypoints": ["nose", "tail"], "skeleton": [[1, 2]]},
    ],
}


def plain(*names: str) -> CategoryList:
    return CategoryList.from_names(names)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("c.txt", "person\ncar\n", plain("person", "car")),
        ("coco.names", "person\r\n  traffic light \r\n\r\n", plain("person", "traffic light")),
        ("c", "\ufeffperson\n#1\n", plain("person", "#1")),
        ("c.json", '["person", "car"]', plain("person", "car")),
        ("c.json", '\ufeff["person"]', plain("person")),
        ("c.json", '{"names": {"1": "b", "0": "a"}}', plain("a", "b")),
        ("c.json", '[{"id": 2, "name": "b"}]', CategoryList((Category(2, "b"),))),
        (
            "c.json",
            '{"categories": ["a", {"name": "b"}], "start": 0, "contiguous": true}',
            CategoryList((Category(None, "a"), Category(None, "b")), 0, True),
        ),
        ("c.toml", 'names = ["a", "b"]\ncontiguous = false', CategoryList(plain("a", "b").categories, None, False)),
        ("c.toml", "[names]\n3 = 'b'\n1 = 'a'\n", CategoryList((Category(1, "a"), Category(3, "b")))),
        ("data.yaml", "path: x\ntrain: y\nnc: 2\nnames:\n  0: a\n  1: b\n", plain("a", "b")),
        ("data.yml", "names: [a, b]\n", plain("a", "b")),
        ("c.yaml", "- a\n- b\n", plain("a", "b")),
        ("c.yaml", "categories:\n- {id: 4, name: a}\n", CategoryList((Category(4, "a"),))),
        ("c.txt", "a\rb", plain("a", "b")),  # as old Macs ended lines
        ("c.txt", "[a]\n", plain("[a]")),
        ("toml", "a\n", plain("a")),
        ("C.JSON", '["a"]', plain("a")),
        ("C.Yaml", "- a", plain("a")),
        ("c.JSON.GZ", gzip.compress(b'["a"]', mtime=0), plain("a")),
        ("c.toml.gz", gzip.compress(b'names = ["a"]', mtime=0), plain("a")),
        ("c.json.gz", '["a"]', plain("a")),  # unpacked on the way, and not renamed
        ("c.json", gzip.compress(b'["a"]', mtime=0), plain("a")),
        ("c.txt", gzip.compress(b"a\nb", mtime=0), plain("a", "b")),
        ("c.toml", "\ufeffnames = ['a']", plain("a")),
        ("c.yaml", "\ufeff- a", plain("a")),
        ("c.json", '{"names": ["a"], "start": 3, "format_version": 1}', CategoryList(plain("a").categories, 3)),
        ("c.json", '{"names": {"0": "a", "2": "b"}}', CategoryList((Category(0, "a"), Category(2, "b")))),
        ("c.json", '{"names": {"9223372036854775807": "a"}}', CategoryList((Category(2**63 - 1, "a"),))),
        ("c.json", '[{"name": "a", "id": 9223372036854775807}]', CategoryList((Category(2**63 - 1, "a"),))),
        # The name of the data set, no misspelling of a key that is there.
        ("c.yaml", "name: birds\nnames: [a]\n1: x\n", plain("a")),
        # What a COCO file says beside its categories is no demand, and what stands twice there is no concern of ours.
        ("c.json", '{"annotations": [], "categories": ["a"], "start": 5, "contigous": true}', plain("a")),
        ("c.json", '{"images": [{"id": 1, "id": 1}], "images": [], "categories": ["a"]}', plain("a")),
        ("c.json", '{"licenses": [], "categories": ["a"], "start": 5}', CategoryList(plain("a").categories, 5)),
    ],
)
def test_forms(tmp_path: Path, name: str, content: str | bytes, expected: CategoryList) -> None:
    assert read_category_list(saved(tmp_path, name, content)) == expected


@pytest.mark.parametrize("pack", [False, True])
def test_a_whole_coco_file_gives_its_categories_in_its_order(tmp_path: Path, pack: bool) -> None:
    data = json.dumps(COCO).encode()
    path = saved(tmp_path, "c.json.gz" if pack else "c.json", gzip.compress(data) if pack else data)
    assert read_category_list(path) == CategoryList(
        (
            Category(3, "car", "vehicle"),
            Category(1, "person", None, ("nose", "tail"), ((1, 2),)),
        )
    )


names = st.text(min_size=1, max_size=30).filter(lambda name: not is_blank(name))


# Made once: Hypothesis takes longer to make a strategy than to draw from it.
LISTS = st.lists(names, min_size=1, max_size=6, unique=True)
IDS = st.lists(st.integers(0, 2**63 - 1), min_size=6, max_size=6, unique=True)
FIELDS = st.tuples(
    st.none() | st.text(max_size=5),
    st.none() | st.lists(st.text(max_size=5), max_size=3).map(tuple),
    st.none() | st.lists(st.tuples(st.integers(0, 99), st.integers(0, 99)), max_size=3).map(tuple),
)
STARTS = st.none() | st.integers(0, 99)


@st.composite
def category_lists(draw: st.DrawFn) -> CategoryList:
    unique = draw(LISTS)
    ids: list[int | None] = [None] * 6
    if draw(st.booleans()):
        ids = list(draw(IDS))
    rows = tuple(Category(number, name, *draw(FIELDS)) for number, name in zip(ids, unique, strict=False))
    start = draw(STARTS) if ids[0] is None else None
    return CategoryList(rows, start, draw(st.sampled_from([None, False] if ids[0] is not None else [None, True, False])))


@round_trip
@given(category_lists())
def test_a_lock_read_back_is_the_list(quick_folder: Path, listed: CategoryList) -> None:
    path = quick_folder / "roundtrip.lock.toml"
    write_lock(listed, path)
    first = path.read_bytes()
    assert read_category_list(path) == listed.pinned()
    write_lock(read_category_list(path), path)
    assert path.read_bytes() == first


@round_trip
@given(category_lists())
def test_a_coco_file_read_is_its_categories(quick_folder: Path, listed: CategoryList) -> None:
    keys = ("id", "name", "supercategory", "keypoints", "skeleton")
    rows = [{key: getattr(row, key) for key in keys if getattr(row, key) is not None} for row in listed]
    path = quick_folder / "roundtrip.json"
    path.write_text(json.dumps({"images": [], "annotations": [], "categories": rows}), "utf-8")
    assert read_category_list(path).categories == listed.categories


def test_the_lock_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "coco.toml"
    write_lock(read_category_list(saved(tmp_path, "c.json", json.dumps(COCO))), path)
    assert (
        path.read_text("utf-8")
        == """\
# The categories of a COCO dataset, in order. Written by `cocoproof lock`; commit this file.
# `cocoproof check FILE --categories THIS` checks a file against it.
format_version = 1
start = 1
contiguous = false

[[categories]]
id = 3
name = "car"
supercategory = "vehicle"

[[categories]]
id = 1
name = "person"
keypoints = ["nose", "tail"]
skeleton = [[1, 2]]
"""
    )


def test_a_lock_says_of_ids_only_what_the_list_does(tmp_path: Path) -> None:
    for listed, said in [
        (plain("a"), ""),
        (CategoryList.from_names(["a"], start=0), "start = 0\n"),
        (CategoryList(plain("a").categories, None, True), "contiguous = true\n"),
        (CategoryList((Category(5, "a"),)), "start = 5\ncontiguous = true\n"),
    ]:
        write_lock(listed, tmp_path / "c.toml")
        head, _, _ = (tmp_path / "c.toml").read_text("utf-8").partition("\n[[categories]]\n")
        assert head.partition("format_version = 1\n")[2] == said


def test_what_no_screen_shows_is_escaped_in_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    deceiving = plain("a\x7fb", "c\u202ed", "e\u2028f", "g\x00h", "caf\u00e9", "\U000e0041i", "\x85j")
    write_lock(deceiving, path)
    assert read_category_list(path) == deceiving
    text = path.read_text("utf-8")
    assert text.replace("\n", "").isprintable()
    assert "caf\u00e9" in text


def test_a_lock_must_be_named_toml(tmp_path: Path) -> None:
    path = tmp_path / "lock.txt"
    with pytest.raises(CategoryListError) as caught:
        write_lock(plain("a"), path)
    assert str(caught.value) == f"{path}: a lock is a TOML file; name it 'lock.toml'"
    assert not list(tmp_path.iterdir())
    write_lock(plain("a"), tmp_path / "LOCK.TOML")
    assert read_category_list(tmp_path / "LOCK.TOML") == plain("a")


def test_a_failed_write_leaves_the_old_lock_and_no_debris(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "c.toml"
    write_lock(plain("old"), path)
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_lock(plain("new"), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_lock_is_written_through_a_link_and_keeps_its_mode(tmp_path: Path) -> None:
    real, link = tmp_path / "real.toml", tmp_path / "link.toml"
    write_lock(plain("old"), real)
    assert stat.S_IMODE(real.stat().st_mode) & 0o400
    real.chmod(0o640)
    link.symlink_to(real)
    write_lock(plain("new"), link)
    assert link.is_symlink()
    assert read_category_list(real) == plain("new")
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


def test_without_pyyaml_the_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(ImportError) as caught:
        read_category_list(saved(tmp_path, "c.yaml", "- a"))
    assert str(caught.value) == "reading YAML needs PyYAML: pip install 'cocoproof[yaml]' (or write the file as TOML or JSON)"
