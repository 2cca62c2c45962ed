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

from cocoproof.coco.names import is_blank
from cocoproof.mapping import Category, CategoryList, CategoryListError, read_category_list, write_lock

from ..examples import round_trip

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


def saved(folder: Path, name: str, content: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


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
    ],
)
def test_forms(tmp_path: Path, name: str, content: str, expected: CategoryList) -> None:
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


DEEP = "[" * 100_000

REFUSED = [
    ("c.txt", "", "there is no category"),
    ("c.txt", "\n\n", "there is no category"),
    ("c.txt", "a\n\nb\n", "line 2 is empty"),
    ("c.txt", "a\nb\na\n", "the name 'a' stands 2 times (places 1, 3)"),
    ("c.txt", b"a\nb\xff\n", "line 2 is not UTF-8"),
    ("c.txt", '{"names": []}', "name the file .json"),
    ("c.json", "", "not valid JSON"),
    ("c.json", '["a", "b"', "not valid JSON"),
    ("c.json", '["a",\n"b" "c"]', "not valid JSON: line 2: "),
    ("c.json", "3", "neither an object nor a list"),
    ("c.json", "[]", "there is no category"),
    ("c.json", "{}", "there is neither categories nor names"),
    ("c.json", '["a", ""]', "entry 2: a name is blank"),
    ("c.json", '["a", 5]', "entry 2 is 5; expected a name"),
    ("c.json", '[["a"]]', "entry 1 is a list of 1"),
    ("c.json", '{"categories": {}}', "categories is an object; expected a list"),
    ("c.json", '{"categories": [{"id": 1}]}', "categories 1 has no name"),
    ("c.json", '{"categories": [{"nmae": "a"}]}', "is 'nmae' meant?"),
    ("c.json", '{"categories": [{"id": "1", "name": "a"}]}', "categories 1 has id '1'; expected a whole number"),
    ("c.json", '{"categories": [{"id": true, "name": "a"}]}', "id True"),
    ("c.json", '{"categories": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}', "the id 1 stands 2 times"),
    ("c.json", '{"categories": [{"id": 1, "name": "a", "skeleton": [1]}]}', "skeleton"),
    (
        "c.json",
        '{"categories": [{"id": 1, "name": "a", "keypoints": "nose"}]}',
        "keypoints of categories 1 is the text",
    ),
    ("c.json", '{"categories": ["a"], "names": ["a"]}', "both categories and names"),
    ("c.json", '{"categories": ["a"], "contigous": true}', "did you mean 'contiguous'?"),
    ("c.json", '{"categories": ["a"], "start": "1"}', "start is '1'"),
    ("c.json", '{"categories": ["a"], "contiguous": 1}', "contiguous is 1"),
    ("c.json", '{"names": ["a"], "names": ["b"]}', "the key 'names' stands twice"),
    ("c.json", '{"images": [], "categories": [{"id": 1, "id": 2, "name": "a"}]}', "the key 'id' stands twice"),
    ("c.json", '{"names": {"x": "a"}}', "the key 'x' is no id"),
    ("c.json", '{"names": {"1": "a", "01": "b"}}', "the id 1 stands 2 times"),
    ("c.json", '{"names": {"0": 5}}', "the name of id 0 is 5"),
    ("c.json", '{"names": "a"}', "names is the text 'a'"),
    ("c.json", '{"categories": [{"id": ' + "9" * 5_000 + ', "name": "a"}]}', "too many digits"),
    ("c.json", DEEP, "nested too deep"),
    ("c.json", '["\\ud800"]', "not valid JSON"),
    ("c.json", b'["\xff"]', "not UTF-8"),
    ("c.json", "[NaN]", "not valid JSON"),
    ("c.toml", "names = [", "not valid TOML"),
    ("c.toml", "names = ['a']\nnames = ['b']", "not valid TOML"),
    ("c.toml", "names = " + DEEP, "nested too deep"),
    ("c.toml", 'format_version = 2\nnames = ["a"]', "format_version is 2"),
    ("c.toml", 'format_version = true\nnames = ["a"]', "format_version is True"),
    ("c.toml", "names = [1979-05-27]", "a name is"),
    ("c.yaml", "names: [yes, no]", "a name is True; expected text (in YAML and TOML, quote"),
    ("c.yaml", "names: {0: a, 0: b}", "the key 0 stands twice"),
    ("c.yaml", "names: [a", "not valid YAML"),
    ("c.yaml", "- " * 20_000 + "a", "nested too deep"),
    ("c.yaml", "names: !!python/object/apply:os.system [x]", "not valid YAML"),
    ("c.yaml", "names: [2001-99-99]", "not readable YAML"),
    ("c.yaml", "names: {[a]: b}", "YAML"),
    ("c.yaml", "&a [*a]", "entry 1 is a list of 1"),
    ("c.yaml", "", "found nothing"),
    ("c.yaml", 'names: ["\\ud800"]', "surrogate"),
    ("c.json.gz", b"\x1f\x8b\x08broken", "broken gzip"),
]


@pytest.mark.parametrize(("name", "content", "said"), REFUSED, ids=range(len(REFUSED)))
def test_refused_with_the_file_and_the_reason(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    path = saved(tmp_path, name, content)
    with pytest.raises(CategoryListError) as caught:
        read_category_list(path)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(path))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600 + len(str(path))


def test_yaml_merge_keys_cannot_explode(tmp_path: Path) -> None:
    lines = ["a0: &a0 {x: 1}"] + [f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}" for i in range(1, 40)]
    with pytest.raises(CategoryListError):
        read_category_list(saved(tmp_path, "c.yaml", "\n".join(lines)))


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    for name, said in [
        ("", "a folder"),
        ("pipe.json", "no regular file"),
        ("none.toml", "No such file"),
        ("a\0b", "null"),
    ]:
        with pytest.raises(CategoryListError) as caught:
            read_category_list(f"{tmp_path}/{name}")
        assert said in str(caught.value)


def test_a_name_in_a_message_cannot_act_on_a_terminal(tmp_path: Path) -> None:
    path = saved(tmp_path, "a\x1b[2J.json", '["a\\u001b[31m", "a\\u001b[31m"]')
    with pytest.raises(CategoryListError) as caught:
        read_category_list(path)
    assert str(caught.value).isprintable()


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
# `cocoproof check FILE --categories THIS` holds a file to it.
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


def test_what_no_screen_shows_is_escaped_in_a_lock(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    deceiving = plain("a\x7fb", "c\u202ed", "e\u2028f", "g\x00h", "caf\u00e9", "\U000e0041i", "\x85j")
    write_lock(deceiving, path)
    assert read_category_list(path) == deceiving
    text = path.read_text("utf-8")
    assert text.replace("\n", "").isprintable()
    assert "caf\u00e9" in text


def test_a_lock_must_be_named_toml(tmp_path: Path) -> None:
    with pytest.raises(CategoryListError, match=r"name it 'lock\.toml'"):
        write_lock(plain("a"), tmp_path / "lock.txt")
    assert not list(tmp_path.iterdir())


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
    with pytest.raises(ImportError, match=r"pip install 'cocoproof\[yaml\]'"):
        read_category_list(saved(tmp_path, "c.yaml", "- a"))
