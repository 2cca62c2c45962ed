"""COCO files with other categories: nothing else may change. Judged on the text, and by plain Python."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocoproof import ClassMapping
from cocoproof.export import ExportError
from cocoproof.mapping import Category, MappingError
from cocoproof.sources import Refusals, SourceError, remap_coco
from cocoproof.sources.coco_categories import SourceCategory, own_mapping
from cocoproof.sources.coco_remap import read_coco

from ..examples import thorough

# Numbers in spellings that no writer gives back, unknown keys everywhere, escapes, a NaN, keys in odd places.
TEXT = """{
  "info": {"year": 2.0e3, "x": [1.50, -0.0, 12345678901234567890123]}, "more": {"category_id": 1},
  "annotations": [
    {"id": 10, "category_id": 3, "image_id": 5, "bbox": [1.10, 2.0, 3e0, 4], "area": NaN, "t": "a\\u00e9\\/\\"category_id\\": 3"},
    {"id": 11, "image_id": 5, "category_id":1,"nested": {"category_id": 3}},
    {"category_id": 90  , "id": 12, "image_id": 6}
  ],
  "categories": [
    {"supercategory": "animal", "id": 3, "name": "dog", "colour": [1.0, 2]},
    {"id": 1, "name": "per\\u0073on", "keypoints": ["nose"], "skeleton": []},
    {"name": "brush", "id": 90, "id_": 90}
  ],
  "images": [{"id": 5, "file_name": "a.jpg", "w": 1e2}, {"id": 6, "file_name": "b.jpg"}]
}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "in.json"
    path.write_text(TEXT, encoding="utf-8")
    return path


def by_names(file, target, **options):
    categories = [Category(one.id, one.name) for one in read_coco(file).source_categories()]
    return ClassMapping.from_names(categories, target, **options)


def test_only_ids_names_and_order_change(file, tmp_path):
    out = tmp_path / "out.json"
    report = remap_coco(file, out, mapping=by_names(file, ["human", "brush", "dog"], rename={"person": "human"}, start=7))
    expected = (
        TEXT.replace('"category_id": 3, "image_id"', '"category_id": 9, "image_id"')
        .replace('"category_id":1,', '"category_id":7,')
        .replace('"category_id": 90  ,', '"category_id": 8  ,')
        .replace(TEXT[TEXT.index('{"supercategory"') : TEXT.index('\n  ],\n  "images"')], "@")
        .replace(
            "@",
            '{"id": 7, "name": "human", "keypoints": ["nose"], "skeleton": []},\n'
            '    {"name": "brush", "id": 8, "id_": 90},\n'
            '    {"supercategory": "animal", "id": 9, "name": "dog", "colour": [1.0, 2]}',
        )
    )
    assert out.read_text(encoding="utf-8") == expected
    assert (report.images, report.annotations) == (2, 3)
    assert [(row.class_id, row.class_name, row.category, row.written) for row in report.classes] == [
        (1, "person", "human", 1),
        (3, "dog", "dog", 1),
        (90, "brush", "brush", 1),
    ]


def test_there_and_back_is_byte_for_byte(file, tmp_path):
    there, back = tmp_path / "there.json", tmp_path / "back.json"
    remap_coco(file, there, mapping=by_names(file, ["brush", "dog", "person"], start=0))
    assert there.read_text() != TEXT
    remap_coco(there, back, mapping=by_names(there, [Category(3, "dog"), Category(1, "person"), Category(90, "brush")]))
    assert back.read_text(encoding="utf-8") == TEXT
    # Over itself, and from gzip.
    remap_coco(there, there, mapping=by_names(there, [Category(3, "dog"), Category(1, "person"), Category(90, "brush")]))
    assert there.read_text(encoding="utf-8") == TEXT
    (tmp_path / "in.json.gz").write_bytes(gzip.compress(TEXT.encode()))
    remap_coco(tmp_path / "in.json.gz", back, mapping=by_names(file, [Category(3, "dog"), Category(1, "person"), Category(90, "brush")]))
    assert back.read_text(encoding="utf-8") == TEXT


@pytest.mark.parametrize(
    ("drop", "left"),
    [(["dog"], [11, 12]), (["person"], [10, 12]), (["brush"], [10, 11]), (["dog", "person"], [12]), (["dog", "brush"], [11])],
)
def test_dropped_rows_go_and_the_rest_stays(file, tmp_path, drop, left):
    out = tmp_path / "out.json"
    kept = [name for name in ("person", "dog", "brush") if name not in drop]
    report = remap_coco(file, out, mapping=by_names(file, kept, drop=drop))
    document = json.loads(out.read_text())
    assert [row["id"] for row in document["annotations"]] == left
    assert [row["category_id"] for row in document["annotations"]] == [
        kept.index({10: "dog", 11: "person", 12: "brush"}[number]) + 1 for number in left
    ]
    assert report.annotations == len(left)
    assert sum(row.dropped for row in report.classes) == 3 - len(left)
    assert [row["name"] for row in document["categories"]] == kept


def test_a_merge_keeps_the_row_of_the_category_that_has_the_name(file, tmp_path):
    out = tmp_path / "out.json"
    report = remap_coco(file, out, mapping=by_names(file, ["person", "thing"], rename={"dog": "person", "brush": "person"}))
    document = json.loads(out.read_text())
    assert {row["category_id"] for row in document["annotations"]} == {1}
    assert document["categories"] == [{"id": 1, "name": "person", "keypoints": ["nose"], "skeleton": []}, {"id": 2, "name": "thing"}]
    assert [row.written for row in report.classes] == [1, 1, 1]


def test_what_the_target_states_beside_id_and_name_is_written(file, tmp_path):
    out = tmp_path / "out.json"
    target = [Category(1, "person", supercategory="being"), Category(2, "dog", supercategory="pet"), Category(3, "brush")]
    remap_coco(file, out, mapping=by_names(file, target))
    assert json.loads(out.read_text())["categories"] == [
        {"id": 1, "name": "person", "keypoints": ["nose"], "skeleton": [], "supercategory": "being"},
        {"supercategory": "pet", "id": 2, "name": "dog", "colour": [1.0, 2]},
        {"name": "brush", "id": 3, "id_": 90},
    ]


def test_ids_are_numbered_anew_only_when_asked(file, tmp_path):
    out = tmp_path / "out.json"
    remap_coco(file, out, mapping=by_names(file, ["person", "brush"], drop=["dog"]), first_image_id=100, first_annotation_id=1)
    document = json.loads(out.read_text())
    assert [row["id"] for row in document["images"]] == [100, 101]
    assert [(row["id"], row["image_id"]) for row in document["annotations"]] == [(1, 100), (2, 101)]


def test_own_mapping_keeps_ids():
    source = [SourceCategory(3, "dog"), SourceCategory(1, "person"), SourceCategory(90, "puppy"), SourceCategory(7, "tree")]
    mapping = own_mapping(source, rename={"puppy": "dog", "person": "human"}, drop=["tree"], start=None)
    assert [(one.id, one.name) for one in mapping.categories] == [(3, "dog"), (1, "human")]
    assert mapping.resolve([3, 1, 90, 7]).tolist() == [3, 1, 3, -1]
    mapping = own_mapping(source, rename={"dog": "pet", "puppy": "pet"}, drop=[], start=0)
    assert [(one.id, one.name) for one in mapping.categories] == [(0, "pet"), (1, "person"), (2, "tree")]
    with pytest.raises(MappingError, match="every category is dropped"):
        own_mapping(source[:1], rename={}, drop=["dog"], start=None)


def test_a_mapping_by_ids_merges_categories_of_one_name(tmp_path):
    document = {
        "images": [],
        "annotations": [{"id": 1, "category_id": 0}, {"id": 2, "category_id": 1}],
        "categories": [{"id": 0, "name": "a"}, {"id": 1, "name": "a"}],
    }
    (tmp_path / "in.json").write_text(json.dumps(document))
    with pytest.raises(MappingError, match=r"two categories of the source have the name 'a' \(ids 0 and 1\); map by ids"):
        own_mapping(read_coco(tmp_path / "in.json").source_categories(), rename={}, drop=[], start=None)
    remap_coco(tmp_path / "in.json", tmp_path / "out.json", mapping=ClassMapping.from_ids({0: 5, 1: 5}, {5: "a"}))
    written = json.loads((tmp_path / "out.json").read_text())
    assert written["categories"] == [{"id": 5, "name": "a"}]
    assert [row["category_id"] for row in written["annotations"]] == [5, 5]


def test_panoptic_segments(tmp_path):
    segments = [{"id": 1, "category_id": 3, "area": 1.50}, {"category_id": 1, "id": 2}]
    document = {
        "images": [],
        "annotations": [{"image_id": 5, "segments_info": segments}],
        "categories": [{"id": 1, "name": "a", "isthing": 1}, {"id": 3, "name": "b"}],
    }
    (tmp_path / "in.json").write_text(json.dumps(document))
    remap_coco(tmp_path / "in.json", tmp_path / "out.json", mapping=by_names(tmp_path / "in.json", ["b", "a"], start=10))
    written = json.loads((tmp_path / "out.json").read_text())
    assert [one["category_id"] for one in written["annotations"][0]["segments_info"]] == [10, 11]
    assert written["categories"] == [{"id": 10, "name": "b"}, {"id": 11, "name": "a", "isthing": 1}]
    with pytest.raises(ExportError, match=r"annotations\[0\]\.segments_info\[1\]: a segment would be removed, but its pixels stay"):
        remap_coco(tmp_path / "in.json", tmp_path / "out2.json", mapping=by_names(tmp_path / "in.json", ["b"], drop=["a"]))
    assert not (tmp_path / "out2.json").exists()


def test_the_category_lists_of_lvis_images(tmp_path):
    images = [
        {"id": 1, "neg_category_ids": [1, 2, 3], "not_exhaustive_category_ids": [1]},
        {"id": 2, "neg_category_ids": [1, 4], "not_exhaustive_category_ids": []},
    ]
    document = {"images": images, "annotations": [], "categories": [{"id": k, "name": f"c{k}"} for k in (1, 2, 3, 4)]}
    (tmp_path / "in.json").write_text(json.dumps(document))
    # 1 and 2 become 10, 3 becomes 11, 4 is dropped.
    mapping = ClassMapping.from_ids({1: 10, 2: 10, 3: 11}, {10: "x", 11: "y"}, drop=[4])
    remap_coco(tmp_path / "in.json", tmp_path / "out.json", mapping=mapping)
    first, second = json.loads((tmp_path / "out.json").read_text())["images"]
    assert (first["neg_category_ids"], first["not_exhaustive_category_ids"]) == ([10, 11], [10])
    # Of c2 nobody said that it is absent there.
    assert (second["neg_category_ids"], second["not_exhaustive_category_ids"]) == ([], [])


def test_a_results_list(tmp_path):
    (tmp_path / "in.json").write_text('[{"image_id": 1, "category_id": 3, "score": 0.50}, {"image_id":1,"category_id":1,"score":1e-1}]')
    own = [SourceCategory(1, "a"), SourceCategory(3, "b")]
    mapping = ClassMapping.from_names([Category(1, "a"), Category(3, "b")], ["b", "a"], start=0)
    remap_coco(tmp_path / "in.json", tmp_path / "out.json", mapping=mapping, categories=own)
    assert (
        tmp_path / "out.json"
    ).read_text() == '[{"image_id": 1, "category_id": 0, "score": 0.50}, {"image_id":1,"category_id":1,"score":1e-1}]'


@pytest.mark.parametrize("value", ["4", '"3"', "3.0", "null", "true", "[]"])
def test_a_category_id_that_is_none_is_named_or_left_out(file, tmp_path, value):
    file.write_text(TEXT.replace('"category_id":1,', f'"category_id":{value},'))
    mapping = by_names(file, ["person", "dog", "brush"])
    with pytest.raises(SourceError, match=r"annotations\[1\]: category_id .* is not a category of the source"):
        remap_coco(file, tmp_path / "out.json", mapping=mapping)
    assert not (tmp_path / "out.json").exists()
    report = remap_coco(file, tmp_path / "out.json", mapping=mapping, refusals=Refusals("skip"))
    assert report.left_out == {"category-unknown": 1}
    assert [row["id"] for row in json.loads((tmp_path / "out.json").read_text())["annotations"]] == [10, 12]


def test_a_category_that_the_mapping_does_not_know(file, tmp_path):
    mapping = ClassMapping.from_names(["persn", "dog", "brush"])
    with pytest.raises(
        SourceError, match=r"annotations\[1\]: category 'person' \(id 1\) is not one of the mapping's classes; did you mean 'persn'\?"
    ):
        remap_coco(file, tmp_path / "out.json", mapping=mapping)


@pytest.mark.parametrize(
    ("categories", "say"),
    [
        ('[{"name": "a"}]', "categories[0]: id is ''"),
        ('[{"id": "1", "name": "a"}]', "categories[0]: id is '\"1\"'"),
        ('[{"id": 1, "name": "a"}, {"id": 1, "name": "b"}]', "categories[1]: duplicate id 1"),
        ("[5]", "categories[0] is not an object"),
        ("{}", "categories is not a list"),
    ],
)
def test_categories_that_cannot_be(tmp_path, categories, say):
    (tmp_path / "in.json").write_text(f'{{"images": [], "annotations": [], "categories": {categories}}}')
    with pytest.raises(ExportError) as caught:
        read_coco(tmp_path / "in.json").source_categories()
    assert say in str(caught.value)


NUMBER = st.sampled_from(
    ["0", "1", "1.0", "1.50", "1e2", "-0.0", "NaN", "null", '"x"', "[]", '{"category_id": 1}', "123456789012345678901234567890"]
)


@thorough(150)
@given(data=st.data())
def test_random_files_against_a_remap_in_plain_python(data, tmp_path_factory):
    """Text to text: rows laid out at random; what is expected is put together from the same parts."""
    space = st.sampled_from(["", " ", "\n  ", "\t"])
    ids = data.draw(st.lists(st.integers(0, 50), min_size=1, max_size=4, unique=True))
    new = data.draw(st.permutations(range(100, 100 + len(ids))))
    dropped = {number for number in ids[1:] if data.draw(st.booleans())}
    becomes = {old: number for old, number in zip(ids, new, strict=True) if old not in dropped}
    rows, expected = [], []
    for _ in range(data.draw(st.integers(0, 5))):
        old = data.draw(st.sampled_from(ids))
        before, after, gap = data.draw(NUMBER), data.draw(NUMBER), data.draw(space)
        row = f'{{"a":{before},"category_id":{gap}%d{gap},"bbox":{after}}}'
        rows.append(row % old)
        if old in becomes:
            expected.append(row % becomes[old])
    comma = "," + data.draw(space)
    order = sorted(becomes, key=becomes.__getitem__)
    text = '{"annotations":[%s],"info":%s,"categories":[%s]}'
    info = data.draw(NUMBER)
    listed = [f'{{"id":{number},"name":"c{number}","x":1.0}}' for number in ids]
    folder = tmp_path_factory.mktemp("remap")
    (folder / "in.json").write_text(text % (comma.join(rows), info, ",".join(listed)))
    mapping = ClassMapping.from_ids(becomes, {becomes[old]: f"c{old}" for old in order}, drop=dropped)
    remap_coco(folder / "in.json", folder / "out.json", mapping=mapping)
    wanted = [f'{{"id":{becomes[old]},"name":"c{old}","x":1.0}}' for old in order]
    assert (folder / "out.json").read_text() == text % (comma.join(expected), info, ",".join(wanted))
