"""Every byte that is not part of a repair stays what it was."""

from __future__ import annotations

import json

import pytest

from cocoproof.fix import NotFixable, VerificationFailed
from cocoproof.fix.changes import Change, ChangeSet, Cut, Order
from cocoproof.fix.document_text import JsonText
from cocoproof.fix.splice import edits_of, spliced
from cocoproof.fix.text_diff import textual_diff
from cocoproof.fix.verification import nothing_else_changed
from cocoproof.mapping import CategoryList
from cocoproof.rules.examples import GONE, dataset

PRETTY = b"""{
    "info" : {"year": 2.50e3, "x": NaN},
    "images": [
        {"id": 1, "width": 64, "height": 48, "file_name": "Z\\u00fcrich \xc3\xbc.jpg"}
    ],
    "annotations": [
        {
            "id": 0,
            "image_id": 1.0,
            "category_id": 1,
            "bbox": [4.00, 5, 20.0, 16],
            "unknown": {"iscrowd": [1 , 2], "id" :0}
        },
        {
            "area": 1e2, "id": 7, "image_id": 1,
            "category_id": 1,
            "bbox": [4,5,20,5],
            "iscrowd": false}
    ],
    "categories": [{"name": "b", "id": 2},
                   {"id": 1, "name": "a", "z": -0.0}]
}

"""


def test_layout_key_order_digits_and_unknown_keys_stay(fixed):
    due = (
        PRETTY.replace(b'"id": 0,\n', b'"id": 8,\n')
        .replace(b'"image_id": 1.0', b'"image_id": 1')
        .replace(b'"id" :0}\n', b'"id" :0},\n            "iscrowd": 0,\n            "area": 320\n')
        .replace(b'"iscrowd": false', b'"iscrowd": 0')
        .replace(
            b'{"name": "b", "id": 2},\n                   {"id": 1, "name": "a", "z": -0.0}',
            b'{"id": 1, "name": "a", "z": -0.0},\n                   {"name": "b", "id": 2}',
        )
    )
    found = fixed(PRETTY, expected=CategoryList.from_names(["a", "b"]))
    assert found.data.decode() == due.decode()
    assert found.counts == {"COCO103": 2, "COCO106": 1, "COCO207": 1, "COCO401": 1}


@pytest.mark.parametrize("text", [PRETTY.replace(b"\n", b"\r\n"), b"  " + PRETTY, json.dumps(dataset([{"iscrowd": False}])).encode()])
def test_what_is_not_asked_for_stays(fixed, text):
    assert fixed(text, "COCO702").data == text
    assert fixed(text, "COCO702").same


def test_line_ends_of_windows(fixed):
    assert fixed(PRETTY.replace(b"\n", b"\r\n")).data == fixed(PRETTY).data.replace(b"\n", b"\r\n")


@pytest.mark.parametrize(
    ("row", "due"),
    [
        (b'{"id":3,"image_id":1,"category_id":1,"bbox":[4,5,20,16],"area":320}', b'"area":320,"iscrowd":0}'),
        (b'{"id":3, "image_id":1,\n "category_id":1,"bbox":[4,5,20,16],"area":320 }', b'"area":320, "iscrowd":0 }'),
        (b'{"id" : 3 , "image_id":1,"category_id":1,"bbox":[4,5,20,16],"area":320}', b'"area":320 , "iscrowd" : 0}'),
        (b'{"a\\"b":3, "id":3, "image_id":1,"category_id":1,"bbox":[4,5,20,16],"area":320}', b'"area":320, "iscrowd":0}'),
    ],
)
def test_a_new_field_is_written_as_its_neighbours_are(fixed, row, due):
    document = dataset()
    document["annotations"] = ["here"]
    text = json.dumps(document).encode().replace(b'"here"', row)
    assert fixed(text).data == text.replace(row, row[: row.rindex(b'"area"')] + due)


@pytest.mark.parametrize("row", [b"{}", b"{ }", b'{"x": 1}', b"{\n}"])
def test_a_field_of_an_empty_row(fixed, row):
    document = dataset()
    document["annotations"] = ["here"]
    found = fixed(json.dumps(document).encode().replace(b'"here"', row), "COCO102", "COCO106")
    assert json.loads(found.data)["annotations"][0] == json.loads(row) | {"id": 1, "iscrowd": 0}


class TestNoJson:
    """NaN, Infinity and what is nested too deep are overwritten for reading, by something shorter: nothing of them may be lost."""

    @pytest.mark.parametrize("value", [b"NaN", b"Infinity", b"-Infinity", b"[" * 300 + b" 1 " + b"]" * 300])
    def test_a_field_behind_it(self, fixed, value):
        text = json.dumps(dataset([{"iscrowd": GONE, "segmentation": GONE}])).encode().replace(b'"area": 320', b'"area": ' + value)
        assert fixed(text, "COCO106").data == text.replace(value, value + b', "iscrowd": 0')

    def test_a_key_behind_it_that_goes(self, fixed):
        text = json.dumps(dataset([{"segmentation": []}])).encode().replace(b'"iscrowd": 0', b'"x": -Infinity')
        assert fixed(text, "COCO606", unsafe=True).data == text.replace(b', "segmentation": []', b"")

    def test_an_id_that_is_none(self, fixed):
        text = json.dumps(dataset([{}, {}])).encode().replace(b'"id": 2, "image_id"', b'"id": -Infinity, "image_id"')
        assert fixed(text).same
        assert fixed(text, unsafe=True).data == json.dumps(dataset([{}, {}])).encode()

    def test_two_of_them_are_not_equal(self, fixed):
        text = json.dumps(dataset()).encode().replace(b'"area": 320', b'"area": NaN, "area": Infinity')
        assert fixed(text, "COCO005", unsafe=True).same
        twice = text.replace(b"NaN", b"Infinity")
        assert fixed(twice, "COCO005").data == twice.replace(b'"area": Infinity, ', b"", 1)

    def test_copies_that_differ_in_them(self, fixed):
        text = json.dumps(dataset([{"x": 1}, {"x": 2, "bbox": [4, 5, 20, 16], "segmentation": [[4, 5, 24, 5, 24, 21, 4, 21]]}])).encode()
        text = text.replace(b'"x": 1', b'"x": NaN').replace(b'"x": 2', b'"x": Infinity')
        assert fixed(text, "COCO206", unsafe=True).same
        assert not fixed(text.replace(b"Infinity", b"NaN"), "COCO206", unsafe=True).same

    def test_an_order_of_rows_with_them(self, fixed):
        text = json.dumps(dataset()).encode().replace(b'"name": "cat"', b'"name": "cat", "x": Infinity')
        found = fixed(text, expected=CategoryList.from_names(["dog", "cat"]))
        assert found.data.endswith(
            b'[{"id": 2, "name": "dog", "supercategory": "animal"}, {"id": 1, "name": "cat", "x": Infinity, "supercategory": "animal"}]}'
        )


class TestMark:
    def test_the_byte_order_mark(self, fixed):
        found = fixed(b"\xef\xbb\xbf" + PRETTY, "COCO004")
        assert found.data == PRETTY
        assert found.counts == {"COCO004": 1}

    def test_with_other_repairs(self, fixed):
        assert fixed(b"\xef\xbb\xbf" + PRETTY).data == fixed(PRETTY).data

    def test_of_a_text_that_is_no_json(self, fixed):
        found = fixed(b"\xef\xbb\xbf{broken")
        assert found.data == b"{broken"
        assert found.left[0].code == "COCO002"
        assert fixed(b'\xef\xbb\xbf{"type": "other"}').data == b'{"type": "other"}'

    @pytest.mark.parametrize("text", [b"{broken", b'{"type": "other"}', b"[1, 2]", b"3", b"", b"\xff\xfe{"])
    def test_nothing_can_be_done_about_what_is_no_coco(self, fixed, text):
        with pytest.raises(NotFixable):
            fixed(text)

    def test_nor_if_the_mark_is_not_asked_for(self, fixed):
        with pytest.raises(NotFixable):
            fixed(b"\xef\xbb\xbf{broken", "COCO207")


class TestRepeatedKeys:
    def text(self, old, new):
        return json.dumps(dataset()).encode().replace(old, new, 1)

    @pytest.mark.parametrize(
        ("new", "due"),
        [
            (b'"area": 320, "area": 320, ', b'"area": 320, '),
            (b'"area": 320,"iscrowd" :0, "area": 320, "area": 320, ', b'"iscrowd" :0, "area": 320, '),
            (b'"area": 320, "area": 320.0, ', None),
            (b'"area": 320, "\\u0061rea": 320, ', b'"\\u0061rea": 320, '),
            (b'"nested": {"a": [1, {"b": 2, "b": 2}]}, "area": 320, ', b'"nested": {"a": [1, {"b": 2}]}, "area": 320, '),
        ],
    )
    def test_of_equal_values_the_last_stays(self, fixed, new, due):
        text = self.text(b'"area": 320, ', new).replace(b'"iscrowd": 0, ', b"") if b"iscrowd" in new else self.text(b'"area": 320, ', new)
        assert fixed(text, "COCO005").data == (text if due is None else text.replace(new, due, 1))

    def test_sections(self, fixed):
        categories = json.dumps(dataset()["categories"]).encode()
        text = self.text(b'"info"', b'"categories": ' + categories + b', "info"')
        assert fixed(text).data == json.dumps(dataset()).encode()

    def test_beside_other_repairs_of_the_row(self, fixed):
        text = self.text(b'"area": 320, ', b'"area": "320", "area": "320", ').replace(b'"id": 1, "image_id"', b'"id": 0, "image_id"')
        assert fixed(text).data == json.dumps(dataset()).encode()


class TestProof:
    """Each fault of a text that could come of a wrong splice is found."""

    CHANGES = (
        Change("COCO207", ("annotations", 0, "id"), b"9"),
        Change("COCO106", ("annotations", 0, "iscrowd"), b"0"),
        Change("COCO606", ("annotations", 1, "segmentation"), None),
        Change("COCO504", ("annotations", 1, "bbox", 2), b"16"),
        Change("COCO206", ("annotations", 2), None),
        Order("COCO401", ("categories",), (1, 0)),
    )

    def texts(self):
        document = dataset([{}, {}, {}, {}])
        del document["annotations"][0]["iscrowd"]
        before = JsonText(json.dumps(document).encode())
        changes = ChangeSet()
        changes.add(self.CHANGES)
        return before, changes, spliced(before, changes)

    def test_the_right_text_passes(self):
        before, changes, after = self.texts()
        nothing_else_changed(before, JsonText(after), changes)
        made = json.loads(after)
        assert made["annotations"][0]["id"] == 9
        assert "segmentation" not in made["annotations"][1]
        assert [row["id"] for row in made["annotations"]] == [9, 2, 4]
        assert [row["name"] for row in made["categories"]] == ["dog", "cat"]

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            (b'"id": 9', b'"id": 1'),
            (b'"id": 9', b'"id": 9.0'),
            (b', "iscrowd": 0}', b"}"),
            (b'"area": 320', b'"area": 321'),
            (b'"area": 320', b'"area": 320.0'),
            (b'"area": 320', b'"area": 320, "new": 1'),
            (b'"area": 320, ', b""),
            (b"[7, 7, 16, 16]", b"[7, 7, 16, 17]"),
            (b"[7, 7, 16, 16]", b"[7, 7, 20, 16]"),
            (b"[7, 7, 16, 16]", b"[7, 7, 16, 16, 1]"),
            (b"[7, 7, 16, 16]", b'{"7": 7}'),
            (b'"file_name": "1.jpg"', b'"file_name": "2.jpg"'),
            (b'"description": "an example"', b'"description": "another"'),
            (b'"name": "cat"', b'"name": "dog"'),
            (b'{"id": 4', b'{"id": 5'),
            (b'"info": ', b'"more": [], "info": '),
            (b'"licenses": [{"id": 1, "name": "CC0", "url": ""}]', b'"licenses": []'),
        ],
    )
    def test_a_wrong_text_does_not(self, old, new):
        before, changes, after = self.texts()
        wrong = after.replace(old, new, 1)
        assert wrong != after
        with pytest.raises(VerificationFailed):
            nothing_else_changed(before, JsonText(wrong), changes)

    def test_rows_that_changed_places(self):
        before, changes, after = self.texts()
        rows = json.loads(after)
        rows["annotations"][1:] = rows["annotations"][:0:-1]
        with pytest.raises(VerificationFailed):
            nothing_else_changed(before, JsonText(json.dumps(rows).encode()), changes)

    def test_a_change_inside_a_value_that_is_written_anew_is_refused(self):
        changes = ChangeSet()
        changes.add([Change("COCO505", ("annotations", 0, "bbox"), b"[1]")])
        with pytest.raises(ValueError, match="rewritten"):
            changes.add([Change("COCO504", ("annotations", 0, "bbox", 2), b"1")])


class TestTextualDiff:
    def lines(self, text, entries):
        changes = ChangeSet()
        changes.add(entries)
        return list(textual_diff(text, edits_of(JsonText(text), changes), ("a", "b")))

    def test_it_is_what_diff_would_print(self, tmp_path):
        import difflib

        text = PRETTY
        entries = [
            Change("COCO207", ("annotations", 0, "id"), b"8"),
            Change("COCO106", ("annotations", 0, "iscrowd"), b"0"),
            Change("COCO106", ("annotations", 1, "x"), b"0"),
            Change("COCO409", ("categories", 1, "id"), b"5"),
        ]
        changes = ChangeSet()
        changes.add(entries)
        after = spliced(JsonText(text), changes)
        split = [one.decode().splitlines() for one in (text, after)]
        due = list(difflib.unified_diff(*split, "a", "b", lineterm=""))
        assert self.lines(text, entries) == due

    def test_hunks_apart(self):
        rows = [{"id": k, "v": 0} for k in range(60)]
        text = json.dumps({"images": rows}, indent=1).encode()
        found = self.lines(text, [Change("COCO103", ("images", k, "v"), b"1") for k in (0, 20, 21, 59)])
        assert [line for line in found if line.startswith("@@")] == ["@@ -2,7 +2,7 @@", "@@ -82,11 +82,11 @@", "@@ -238,7 +238,7 @@"]
        assert sum(line.startswith("-  ") for line in found) == 4

    def test_endless_lines_are_cut(self):
        text = json.dumps(dataset([{} for _ in range(50)])).encode()
        found = self.lines(text, [Change("COCO207", ("annotations", 40, "id"), b"99")])
        assert len(found) == 5
        assert max(map(len, found)) < 200
        assert '"id": 99' in found[-1]

    def test_nothing(self):
        assert self.lines(PRETTY, []) == []

    def test_a_mark(self):
        text = b"\xef\xbb\xbf" + PRETTY
        assert any(line.startswith("-") for line in self.lines(text, [Cut("COCO004", (), (0, 3))]))
