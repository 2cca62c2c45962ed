"""The check of meaning finds a wrong repair by itself, whichever fixer made it."""

from __future__ import annotations

import json

import pytest

from cocoproof.cli.main import run
from cocoproof.fix import VerificationFailed
from cocoproof.fix.changes import Change
from cocoproof.fix.fixers import categories as category_fixers
from cocoproof.fix.meaning import MeaningCheck
from cocoproof.mapping import Category, CategoryList
from cocoproof.rules.examples import GONE, dataset, keypoint_dataset, panoptic

LIST = CategoryList(tuple(Category(k, name) for k, name in enumerate(("cat", "dog", "bird"), 1)))
FROM_ZERO = [{"id": k, "name": name} for k, name in enumerate(("cat", "dog", "bird"))]
DANGLING = dataset([{"category_id": k} for k in (3, 1, 2, 3)], categories=FROM_ZERO)


def verify(before, after, *entries):
    MeaningCheck(json.dumps(before).encode()).step(json.dumps(after).encode(), entries)


def changed(document, *path_and_value):
    *path, value = path_and_value
    document = json.loads(json.dumps(document))
    inner = document
    for part in path[:-1]:
        inner = inner[part]
    if value is GONE:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return document


class TestWithoutTheRefusal:
    """The fixer's own refusal is switched off: the verification must find the wrong label."""

    @pytest.fixture(autouse=True)
    def no_refusal(self, monkeypatch):
        monkeypatch.setattr(category_fixers, "_refusal", lambda *_: None)
        monkeypatch.setattr(category_fixers, "_undecided", lambda *_: None)

    def test_a_dangling_reference_that_comes_to_mean_something(self, fixed):
        with pytest.raises(VerificationFailed, match=r"annotation at index 0: its category was \[\], and would be \[\"bird\"\]"):
            fixed(DANGLING, expected=LIST)

    def test_it_is_exit_code_3_and_nothing_is_written(self, tmp_path, capsys):
        (tmp_path / "file.json").write_text(json.dumps(DANGLING))
        (tmp_path / "list.json").write_text(json.dumps({"categories": [{"id": one.id, "name": one.name} for one in LIST]}))
        out = tmp_path / "out.json"
        assert run(["fix", str(tmp_path / "file.json"), "--categories", str(tmp_path / "list.json"), "-o", str(out)]) == 3
        assert not out.exists()
        assert "verification failed" in capsys.readouterr().err

    def test_a_segment_and_an_entry_of_an_lvis_list(self, fixed):
        with pytest.raises(VerificationFailed, match="category of segment 1"):
            fixed(panoptic([{"category_id": 0}, {"category_id": 3}], categories=FROM_ZERO), expected=LIST)
        lvis = dataset(
            [{"category_id": 0, "iscrowd": GONE}],
            categories=FROM_ZERO,
            images=[{"neg_category_ids": [3], "not_exhaustive_category_ids": []}],
        )
        with pytest.raises(VerificationFailed, match="lists of categories"):
            fixed(lvis, expected=LIST)

    def test_a_reference_that_is_a_text(self, fixed):
        with pytest.raises(VerificationFailed, match="would be"):
            fixed(dataset([{"category_id": "1"}], categories=FROM_ZERO), "COCO409", expected=LIST)


class TestRefusal:
    @pytest.mark.parametrize(
        ("row", "reason"),
        [
            ({"category_id": 3}, '1 reference leads to no category now, and would lead to one: id 3 ("bird")'),
            ({"category_id": "1"}, "1 of the references are not integers (COCO103), and would not be renumbered"),
        ],
    )
    def test_it_says_why(self, fixed, row, reason):
        found = fixed(dataset([row], categories=FROM_ZERO), "COCO409", expected=LIST)
        assert found.same
        assert [(one.code, one.count, one.reason) for one in found.left] == [("COCO409", 3, reason)]

    def test_a_dangling_id_that_stays_dangling_is_no_reason(self, fixed):
        document = dataset([{"category_id": 9}, {"category_id": 2}], categories=FROM_ZERO)
        assert json.loads(fixed(document, expected=LIST).data)["annotations"][1]["category_id"] == 3

    def test_a_duplicate_key(self, fixed):
        text = json.dumps(dataset([{"category_id": 1}], categories=FROM_ZERO)).replace(
            '"category_id": 1', '"category_id": 2, "category_id": 1'
        )
        found = fixed(text.encode(), expected=LIST)
        assert found.same
        assert any("duplicate key" in one.reason for one in found.left)

    def test_ids_of_a_section_with_a_duplicate_key_stay_texts(self, fixed):
        text = json.dumps(dataset([{"image_id": "1"}], images=[{"id": "1"}])).replace('"id": "1"', '"id": "2", "id": "1"', 1)
        assert fixed(text.encode(), "COCO103").same


class TestComparison:
    def test_the_same(self):
        verify(dataset([{}, {}]), dataset([{}, {}]))

    @pytest.mark.parametrize(
        ("path", "value"),
        [
            (("annotations", 0, "category_id"), 2),
            (("annotations", 0, "image_id"), 9),
            (("annotations", 0, "bbox"), [4, 5, 20, 17]),
            (("annotations", 0, "segmentation"), GONE),
            (("annotations", 1), None),
            (("categories", 0, "name"), "lynx"),
            (("categories", 1, "id"), 1),
            (("images", 0, "file_name"), "2.jpg"),
            (("annotations",), []),
            (("images",), []),
        ],
    )
    def test_another_meaning(self, path, value):
        before = dataset([{}, {"category_id": 2}])
        with pytest.raises(VerificationFailed):
            verify(before, changed(before, *path, value))

    @pytest.mark.parametrize("value", ["1", 1.0, " 1 "])
    def test_an_id_of_another_type_means_the_same(self, value):
        verify(dataset([{"image_id": value}]), dataset())

    @pytest.mark.parametrize(
        ("code", "field", "old", "new", "follows"),
        [
            ("COCO103", "bbox", ["4", 5, 20, 16], [4, 5, 20, 16], True),
            ("COCO103", "bbox", ["4", 5, 20, 16], [5, 5, 20, 16], False),
            ("COCO103", "segmentation", [4, 5, 24, 5, 24, 21], [[4, 5, 24, 5, 24, 21]], True),
            ("COCO501", "bbox", [4, 5, 0, 16], [4, 5, 20, 16], True),
            ("COCO501", "bbox", [4, 5, 0, 16], [4, 5, 21, 16], False),
            ("COCO502", "bbox", [54, 5, 20, 16], [54, 5, 10, 16], True),
            ("COCO502", "bbox", [54, 5, 20, 16], [44, 5, 10, 16], False),
            ("COCO504", "bbox", [4, 5, 24, 21], [4, 5, 20, 16], True),
            ("COCO504", "bbox", [4, 5, 24, 21], [4, 5, 20, 21], False),
            ("COCO505", "bbox", [0.5, 0.5, 0.25, 0.25], [32, 24, 16, 12], True),
            ("COCO505", "bbox", [0.5, 0.5, 0.25, 0.25], [24, 18, 16, 12], True),
            ("COCO505", "bbox", [0.5, 0.5, 0.25, 0.25], [32, 24, 16, 13], False),
            ("COCO505", "segmentation", [[0, 0, 1, 0, 1, 1]], [[0, 0, 64, 0, 64, 48]], True),
            ("COCO505", "segmentation", [[0, 0, 1, 0, 1, 1]], [[0, 0, 48, 0, 48, 64]], False),
            ("COCO602", "segmentation", [[4, 5], [4, 5, 24, 5, 24, 21]], [[4, 5, 24, 5, 24, 21]], True),
            ("COCO602", "segmentation", [[4, 5], [4, 5, 24, 5, 24, 21]], [[4, 5]], False),
            ("COCO606", "segmentation", [], GONE, True),
            ("COCO606", "segmentation", [[4, 5, 24, 5, 24, 21]], GONE, False),
            ("COCO610", "segmentation", [[4, 5, 24, 5, 24, 21, 4, 21]], {"size": [48, 64], "counts": [197, 16, 2859]}, True),
            ("COCO610", "segmentation", [[4, 5, 24, 5, 24, 21, 4, 21]], {"size": [48, 64], "counts": [2000, 16, 1056]}, False),
            ("COCO610", "segmentation", [[4, 5, 24, 5, 24, 21, 4, 21]], {"size": [64, 48], "counts": [197, 16, 2859]}, False),
            ("COCO207", "bbox", [4, 5, 20, 16], [4, 5, 20, 17], False),
        ],
    )
    def test_a_declared_change_must_follow_from_the_old_value(self, code, field, old, new, follows):
        path = ("annotations", 0, field)
        before = dataset([{field: old}])
        after = changed(before, *path, new)
        entry = Change(code, path, None if new is GONE else b"")
        if follows:
            verify(before, after, entry)
        else:
            with pytest.raises(VerificationFailed):
                verify(before, after, entry)

    def test_two_boxes_in_fractions_of_two_forms(self):
        before = dataset([{"bbox": [0.5, 0.5, 0.25, 0.25]}] * 2)
        after = changed(changed(before, "annotations", 0, "bbox", [32, 24, 16, 12]), "annotations", 1, "bbox", [24, 18, 16, 12])
        with pytest.raises(VerificationFailed):
            verify(before, after, *(Change("COCO505", ("annotations", k, "bbox"), b"") for k in range(2)))

    def test_keypoints_in_fractions(self):
        before = keypoint_dataset([{"keypoints": [0.5, 0.25, 2, 0.1, 0.1, 1, 0, 0, 0]}])
        entry = Change("COCO505", ("annotations", 0, "keypoints"), b"")
        verify(before, changed(before, "annotations", 0, "keypoints", [32, 12, 2, 6.4, 4.8, 1, 0, 0, 0]), entry)
        with pytest.raises(VerificationFailed):
            verify(before, changed(before, "annotations", 0, "keypoints", [32, 12, 4, 6.4, 4.8, 1, 0, 0, 0]), entry)

    @pytest.mark.parametrize("counts", [[197, 16, 2859], "U6`0[i2"])
    def test_the_envelope_of_runs(self, counts):
        before = dataset([{"bbox": [0, 0, 0, 0], "segmentation": {"size": [48, 64], "counts": counts}}])
        entry = Change("COCO501", ("annotations", 0, "bbox"), b"")
        verify(before, changed(before, "annotations", 0, "bbox", [4, 5, 1, 16]), entry)
        with pytest.raises(VerificationFailed):
            verify(before, changed(before, "annotations", 0, "bbox", [4, 5, 2, 16]), entry)

    def test_rows_that_were_removed(self):
        before = dataset([{}, {}, {"category_id": 2}])
        after = changed(before, "annotations", [before["annotations"][0], before["annotations"][2]])
        verify(before, after, Change("COCO206", ("annotations", 1), None))
        with pytest.raises(VerificationFailed):
            verify(before, after)
