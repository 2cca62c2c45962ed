"""Files that are no category list: the whole message, with the file, the reason and what to do."""

from __future__ import annotations

import gzip
import os
from typing import TYPE_CHECKING

import pytest

from cocoproof.mapping import CategoryListError, read_category_list
from cocoproof.mapping import plain_files as files

from .messages import says
from .saving import saved

if TYPE_CHECKING:
    from pathlib import Path

DEEP = "[" * 100_000
PACKED = gzip.compress(b'["person", "car"]', mtime=0)

REFUSED = [
    ("c.txt", "", "the list has no categories; expected at least one name"),
    ("c.txt", "\n\n", "the list has no categories; expected at least one name"),
    ("c.txt", "a\n\nb\n", "line 2 is empty; every line is a category name: delete the line, or add the missing name"),
    ("c.txt", "a\nb\na\n", "the name 'a' occurs 2 times (places 1, 3); it must be unique"),
    ("c.txt", b"a\nb\xff\n", "line 2 is not UTF-8 (invalid start byte, byte 3); save the file as UTF-8"),
    ("c.txt", '{"names": []}', "line 1 starts with '{\"names\": ', which looks like JSON; name the file .json, or write one name per line"),
    ("c.json", "", "not valid JSON: line 1, column 1: the text ends before the document does"),
    ("c.json", '["a", "b"', "not valid JSON: line 1, column 9: the text ends before the document does"),
    ("c.json", '["a",\n"b" "c"]', "not valid JSON: line 2, column 5: expected ',' or ']'"),
    ("c.json", "3", "the document is neither an object nor a list"),
    ("c.json", "[]", "the list has no categories; expected at least one name"),
    ("c.json", "{}", "there is neither categories nor names; expected one of them, or a list of names as the document"),
    ("c.json", '["a", ""]', "entry 2: a name is blank (''); expected visible text"),
    ("c.json", '["a", 5]', "entry 2 is 5; expected a name, or an object with a name"),
    ("c.json", '[["a"]]', "entry 1 is a list of 1; expected a name, or an object with a name"),
    ("c.json", '{"categories": {}}', "categories is an object; expected a list"),
    ("c.json", '{"categories": [{"id": 1}]}', "categories 1 has no name"),
    ("c.json", '{"categories": [{"nmae": "a"}]}', "categories 1 has no name; is 'nmae' meant?"),
    ("c.json", '{"categories": [{"id": "1", "name": "a"}]}', "categories 1 has id '1'; expected an integer from 0 to 2^63 - 1"),
    ("c.json", '{"categories": [{"id": true, "name": "a"}]}', "categories 1 has id True; expected an integer from 0 to 2^63 - 1"),
    (
        "c.json",
        '{"categories": [{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]}',
        "the id 1 occurs 2 times (places 1, 2); it must be unique",
    ),
    (
        "c.json",
        '{"categories": [{"id": 1, "name": "a", "skeleton": [1]}]}',
        "categories 1: category 'a' has a skeleton that is not a list of pairs of keypoint numbers",
    ),
    (
        "c.json",
        '{"categories": [{"id": 1, "name": "a", "keypoints": "nose"}]}',
        "keypoints of categories 1 is the text 'nose'; expected a list",
    ),
    ("c.json", '{"categories": ["a"], "names": ["a"]}', "both categories and names are given; remove one of them"),
    ("c.json", '{"categories": ["a"], "contigous": true}', "unknown key 'contigous'; did you mean 'contiguous'?"),
    ("c.json", '{"categories": ["a"], "start": "1"}', "start is '1'; expected an integer from 0"),
    ("c.json", '{"categories": ["a"], "contiguous": 1}', "contiguous is 1; expected true or false"),
    ("c.json", '{"names": ["a"], "names": ["b"]}', "duplicate key 'names' in an object"),
    (
        "c.json",
        '{"images": [], "categories": [{"id": 1, "id": 2, "name": "a"}]}',
        "duplicate key 'id' in an object",
    ),
    (
        "c.json",
        '{"start": 1, "names": ["a"], "names": ["b"], "start": 1}',
        "duplicate key 'names' in an object",
    ),
    ("c.json", '{"names": {"x": "a"}}', "the key 'x' is not an id; expected an integer from 0"),
    ("c.json", '{"names": {"1": "a", "01": "b"}}', "the id 1 occurs 2 times (places 1, 2); it must be unique"),
    ("c.json", '{"names": {"0": 5}}', "the name of id 0 is 5; expected text (quote it if it looks like something else)"),
    ("c.json", '{"names": "a"}', "names is the text 'a'; expected a list of names, or a table from id to name"),
    ("c.json", '{"categories": [{"id": ' + "9" * 5_000 + ', "name": "a"}]}', "a number has too many digits"),
    ("c.json", DEEP, "nested too deep; a list of categories needs only a few levels"),
    ("c.json", '["\\ud800"]', "not valid JSON: line 1, column 3: half of a surrogate pair"),
    ("c.json", b'["\xff"]', "line 1 is not UTF-8 (invalid start byte, byte 2); save the file as UTF-8"),
    ("c.json", "[NaN]", "not valid JSON: line 1, column 2: a value is expected"),
    ("c.toml", "names = [", "not valid TOML: …"),
    ("c.toml", "names = ['a']\nnames = ['b']", "not valid TOML: …"),
    ("c.toml", "names = " + DEEP, "nested too deep; a list of categories needs only a few levels"),
    (
        "c.toml",
        'format_version = 2\nnames = ["a"]',
        "format_version is 2; this cocoproof reads version 1: update cocoproof, or write the file again",
    ),
    (
        "c.toml",
        'format_version = true\nnames = ["a"]',
        "format_version is True; this cocoproof reads version 1: update cocoproof, or write the file again",
    ),
    (
        "c.toml",
        "names = [1979-05-27]",
        "a name is datetime.date(1979, 5, 27); expected text (in YAML and TOML, quote names such as yes, no, null and 1)",
    ),
    ("c.yaml", "names: [yes, no]", "a name is True; expected text (in YAML and TOML, quote names such as yes, no, null and 1)"),
    ("c.yaml", "names: {0: a, 0: b}", "line 1: duplicate key 0"),
    ("c.yaml", "names: [a", "not valid YAML: line 1, column 10: …"),
    ("c.yaml", "- " * 20_000 + "a", "nested too deep; a list of categories needs only a few levels"),
    ("c.yaml", "names: !!python/object/apply:os.system [x]", "not valid YAML: …"),
    ("c.yaml", "names: [2001-99-99]", "not readable YAML: …"),
    ("c.yaml", "names: {[a]: b}", "not readable YAML: …"),
    ("c.yaml", "&a [*a]", "entry 1 is a list of 1; expected a name, or an object with a name"),
    ("c.yaml", "5", "found 5; expected a list of names, or an object with names or categories"),
    ("c.yaml", "a", "found the text 'a'; expected a list of names, or an object with names or categories"),
    ("c.yaml", "", "found nothing; expected a list of names, or an object with names or categories"),
    (
        "c.yaml",
        'names: ["\\ud800"]',
        "the name '\\ud800' contains a lone surrogate, which UTF-8 cannot encode; write the complete character",
    ),
    ("c.json.gz", b"\x1f\x8b\x08broken", "the gzip data is damaged: …"),
    ("c.json.gz", PACKED[:-4], "the gzip data is damaged: …"),
    ("c.json.gz", PACKED[:-8] + bytes(8), "the gzip data is damaged: …"),
    ("c.json.gz", PACKED[:12] + b"\xff\xff" + PACKED[14:], "the gzip data is damaged: …"),
    (
        "c.txt",
        '[{"name": "a"}]',
        "line 1 starts with '[{\"name\": ', which looks like JSON; name the file .json, or write one name per line",
    ),
    ("c.txt", '["a", "bc"]', 'line 1 starts with \'["a", "bc"\', which looks like JSON; name the file .json, or write one name per line'),
    ("c.txt", "a\nb\n\nc", "line 3 is empty; every line is a category name: delete the line, or add the missing name"),
    ("c.txt", "\na", "line 1 is empty; every line is a category name: delete the line, or add the missing name"),
    ("c.txt", b"\xff", "line 1 is not UTF-8 (invalid start byte, byte 0); save the file as UTF-8"),
    ("c.txt", b"\n\xff", "line 2 is not UTF-8 (invalid start byte, byte 1); save the file as UTF-8"),
    # Bytes are counted from the file's start, whatever was stepped over.
    ("c.txt", b"\xef\xbb\xbf\n\nb\xff", "line 3 is not UTF-8 (invalid start byte, byte 6); save the file as UTF-8"),
    ("c.json", b'\xef\xbb\xbf["\xff"]', "line 1 is not UTF-8 (invalid start byte, byte 5); save the file as UTF-8"),
    (
        "c.json",
        b'{"images": [{"id": 1}],\n"annotations": [],\n"categories": [\n"a\xff"]}',
        "line 4 is not UTF-8 (invalid start byte, byte 61); save the file as UTF-8",
    ),
    ("c.json", '["a",\n"b",\n', "not valid JSON: line 2, column 4: the text ends before the document does"),
    ("c.json", "\n[1 2]\n\n", "not valid JSON: line 2, column 4: expected ',' or ']'"),
    ("c.json", '["a",\n"b" "c",\n"d"]', "not valid JSON: line 2, column 5: expected ',' or ']'"),
    ("c.json", '{"categories": null}', "categories is nothing; expected a list"),
    ("c.json", '{"categories": "a"}', "categories is the text 'a'; expected a list"),
    ("c.json", '{"images": [], "categories": 7}', "categories is 7; expected a list"),
    ("c.json", '{"categories": ["a", {"id": 1}]}', "categories 2 has no name"),
    ("c.json", '{"categories": ["a", 1.5]}', "categories 2 is 1.5; expected a name, or an object with a name"),
    ("c.json", '[{"Name": "a"}]', "entry 1 has no name; is 'Name' meant?"),
    ("c.yaml", "[{1: a}]", "entry 1 has no name"),
    (
        "c.json",
        '["a", {"name": "b", "id": 9223372036854775808}]',
        "entry 2 has id 9223372036854775808; expected an integer from 0 to 2^63 - 1",
    ),
    ("c.json", '[{"name": "a", "skeleton": "1-2"}]', "skeleton of entry 1 is the text '1-2'; expected a list"),
    ("c.json", '[{"name": "a", "keypoints": {}}]', "keypoints of entry 1 is an object; expected a list"),
    (
        "c.json",
        '[{"name": "a", "keypoints": [1]}]',
        "entry 1: category 'a' has keypoints that are not text; expected a list of their names",
    ),
    ("c.json", '[{"name": "a", "supercategory": 5}]', "entry 1: category 'a' has the supercategory 5; expected text"),
    ("c.json", '{"names": null}', "names is nothing; expected a list of names, or a table from id to name"),
    ("c.json", '{"names": {"00000000000000000001": "a"}}', "the key '00000000000000000001' is not an id; expected an integer from 0"),
    ("c.json", '{"names": {"9223372036854775808": "a"}}', "the key '9223372036854775808' is not an id; expected an integer from 0"),
    ("c.json", '{"names": {"\u0663": "a"}}', "the key '\u0663' is not an id; expected an integer from 0"),
    ("c.json", '{"names": {"\u00b2": "a"}}', "the key '\u00b2' is not an id; expected an integer from 0"),
    ("c.json", '{"names": {"-1": "a"}}', "the key '-1' is not an id; expected an integer from 0"),
    ("c.json", '{"names": ["a"], "start": true}', "start is True; expected an integer from 0"),
    ("c.json", '{"names": ["a"], "Start": 1}', "unknown key 'Start'; did you mean 'start'?"),
    ("c.json", '{"category": ["a"]}', "unknown key 'category'; did you mean 'categories'?"),
    ("c.json", '{"name": ["a"]}', "unknown key 'name'; did you mean 'names'?"),
    ("c.json", '{"names": ["a"], "formatversion": 2}', "unknown key 'formatversion'; did you mean 'format_version'?"),
    ("c.toml", "names = [\n'\x01']", "not valid TOML: …"),
    ("c.yaml", "names:\n  0: a\n  0: b\n", "line 3: duplicate key 0"),
    ("c.yaml", "a: &b {1: x}\nnames: {<<: *b}\n", "not valid YAML: …"),
]


@pytest.mark.parametrize(("name", "content", "said"), REFUSED, ids=range(len(REFUSED)))
def test_refused_with_the_file_and_the_reason(tmp_path: Path, name: str, content: str | bytes, said: str) -> None:
    path = saved(tmp_path, name, content)
    with pytest.raises(CategoryListError) as caught:
        read_category_list(path)
    assert says(caught.value, f"{path}: {said}")
    assert f"{caught.value.where}: {caught.value.detail}" == str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 600 + len(str(path))


def test_yaml_merge_keys_cannot_explode(tmp_path: Path) -> None:
    lines = ["a0: &a0 {x: 1}"] + [f"a{i}: &a{i} {{<<: [*a{i - 1}, *a{i - 1}]}}" for i in range(1, 40)]
    with pytest.raises(CategoryListError):
        read_category_list(saved(tmp_path, "c.yaml", "\n".join(lines)))


def test_what_is_no_regular_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    (tmp_path / "folder.json").mkdir()
    for name, said in [
        ("folder.json", "this is a folder, not a file; expected a file"),
        ("pipe.json", "this is not a regular file (a FIFO, socket or device); expected a file"),
        ("none.toml", "cannot be read: No such file or directory"),
        ("none.toml/c.json", "cannot be read: No such file or directory"),
    ]:
        with pytest.raises(CategoryListError) as caught:
            read_category_list(f"{tmp_path}/{name}")
        assert str(caught.value) == f"{tmp_path}/{name}: {said}"
    with pytest.raises(CategoryListError) as caught:
        read_category_list(f"{tmp_path}/a\0b")
    assert says(caught.value, f"{f'{tmp_path}/a{chr(0)}b'!r}: cannot be read: …")


def test_gzip_is_unpacked_up_to_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = saved(tmp_path, "c.json.gz", PACKED)
    monkeypatch.setattr(files, "_MAX_UNPACKED", 17)
    assert read_category_list(path).names == ("person", "car")
    monkeypatch.setattr(files, "_MAX_UNPACKED", 16)
    with pytest.raises(CategoryListError) as caught:
        read_category_list(path)
    assert str(caught.value) == f"{path}: the gzip data unpacks to more than 16 bytes"


def test_a_name_in_a_message_cannot_act_on_a_terminal(tmp_path: Path) -> None:
    path = saved(tmp_path, "a\x1b[2J.json", '["a\\u001b[31m", "a\\u001b[31m"]')
    with pytest.raises(CategoryListError) as caught:
        read_category_list(path)
    assert str(caught.value).isprintable()
    assert str(caught.value) == f"{str(path)!r}: the name {chr(97) + chr(27) + '[31m'!r} occurs 2 times (places 1, 2); it must be unique"
