"""The classes of models in the forms of training libraries: as category lists, as mappings, and what is refused.

The files are small; their forms are those that the libraries write: transformers' `config.json` (facebook/detr-resnet-50 has one "N/A"),
`model.names` of ultralytics, `weights.meta["categories"]` of torchvision, the metadata of detectron2, METAINFO of mmdetection, label maps of
TensorFlow's object detection API.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from cocoproof import check
from cocoproof.cli.main import run
from cocoproof.mapping import Category, CategoryList, CategoryListError, ClassMapping, MappingError, read_category_list
from cocoproof.rules.examples import dataset

from .messages import says
from .saving import saved

if TYPE_CHECKING:
    from pathlib import Path


def plain(*names: str) -> CategoryList:
    return CategoryList.from_names(names)


def numbered(**names: int) -> CategoryList:
    return CategoryList(tuple(Category(number, name) for name, number in names.items()))


DETR = {"model_type": "detr", "num_queries": 100, "id2label": {"0": "N/A", "1": "cat", "10": "bird", "2": "dog"}, "label2id": {"cat": 1}}
METADATA = {"thing_classes": ["cat", "dog"], "thing_dataset_id_to_contiguous_id": {"18": 1, "17": 0}, "thing_colors": [[0, 0, 0]]}
LABEL_MAP = """\
# The classes.
item {
  name: "/m/01yrx"
  id: 2
  display_name: "cat"
}
item: < id: 0x5, name: 'do' "g"; keypoints { id: 1 label: "nose" } frequency: COMMON ancestor_ids: ["a", "b"] >
item { id: 0 name: 'background' }
"""
CONFIG = """\
_base_ = '../coco.py'
class_name = ('cat', 'dog')
num_classes = len(class_name)
metainfo = dict(classes=class_name, palette=[(220, 20, 60), (119, 11, 32)])
train_dataloader = dict(dataset=dict(type='CocoDataset', metainfo=metainfo, pipeline=[dict(type='A')]))
"""
DATASET = """\
from .base_det_dataset import BaseDetDataset

class CocoDataset(BaseDetDataset):
    METAINFO = {
        'classes': ('cat', 'dog'),
        # palette is a list of color tuples, which is used for visualization.
        'palette': [(220, 20, 60), (119, 11, 32)]
    }

    def load(self):
        raise RuntimeError('executed')
"""

FORMS: list[tuple[str, Any, CategoryList, dict[int, int]]] = [
    ("config.json", DETR, numbered(cat=1, dog=2, bird=10), {1: 1, 2: 2, 10: 10}),
    ("config.json", {"id2label": {"1": "dog", "0": "cat"}}, plain("cat", "dog"), {0: 1, 1: 2}),
    ("names.json", {"0": "cat", "1": "dog"}, plain("cat", "dog"), {0: 1, 1: 2}),
    ("names.yaml", "0: cat\n1: dog\n", plain("cat", "dog"), {0: 1, 1: 2}),
    ("names.txt", "{0: 'cat', 1: 'dog'}\n", plain("cat", "dog"), {0: 1, 1: 2}),
    ("names", '{0: "cat",\n 1: "dog\'s"}', plain("cat", "dog's"), {0: 1, 1: 2}),
    ("names.txt", "['cat', 'dog']", plain("cat", "dog"), {0: 1, 1: 2}),
    ("names.txt", "('cat', 'dog')", plain("cat", "dog"), {0: 1, 1: 2}),
    ("names.json", "{0: 'cat', 1: 'dog'}", plain("cat", "dog"), {0: 1, 1: 2}),
    ("names.json", " {5: 'cat', 7: 'dog'}\n", numbered(cat=5, dog=7), {5: 5, 7: 7}),
    ("data.yaml", "nc: 2\nnames: [cat, dog]\n", plain("cat", "dog"), {0: 1, 1: 2}),
    ("categories.json", ["__background__", "cat", "N/A", "dog"], numbered(cat=1, dog=3), {1: 1, 3: 3}),
    ("categories.json", ["N/A", "cat", "N/A", "dog"], numbered(cat=1, dog=3), {1: 1, 3: 3}),
    ("meta.json", {"categories": ["__background__", "cat", "N/A", "N/A", "dog"], "min_size": [1, 1]}, numbered(cat=1, dog=4), {1: 1, 4: 4}),
    ("meta.json", {"categories": ["cat", "dog"], "num_params": 1}, plain("cat", "dog"), {0: 1, 1: 2}),
    ("categories.txt", "__background__\ncat\nN/A\ndog\n\n", numbered(cat=1, dog=3), {1: 1, 3: 3}),
    ("categories.txt", "{0: '__background__', 1: 'cat', 2: 'N/A', 3: 'dog'}", numbered(cat=1, dog=3), {1: 1, 3: 3}),
    ("metadata.json", METADATA, numbered(cat=17, dog=18), {0: 17, 1: 18}),
    ("metadata.json", {"thing_classes": ["cat", "dog"]}, plain("cat", "dog"), {0: 1, 1: 2}),
    ("label_map.pbtxt", LABEL_MAP, numbered(cat=2, dog=5), {2: 2, 5: 5}),
    ("label_map.txt", LABEL_MAP, numbered(cat=2, dog=5), {2: 2, 5: 5}),
    ("label_map.pbtxt", 'item { id: 1 name: "caf\\303\\251" }', CategoryList((Category(1, "caf\u00e9"),)), {1: 1}),
    ("config.py", CONFIG, plain("cat", "dog"), {0: 1, 1: 2}),
    ("coco.py", DATASET, plain("cat", "dog"), {0: 1, 1: 2}),
    ("old.py", "data = dict(train=dict(classes=('cat', 'dog')), val=dict(classes=('cat', 'dog')))", plain("cat", "dog"), {0: 1, 1: 2}),
    ("class91.py", "metainfo = dict(CLASSES=(None, 'cat', None, 'dog'))", numbered(cat=1, dog=3), {1: 1, 3: 3}),
    ("metainfo.json", {"classes": ["cat", "dog"], "palette": [[1, 2, 3]]}, plain("cat", "dog"), {0: 1, 1: 2}),
    ("metainfo.json", {"metainfo": {"CLASSES": ["cat", "dog"]}}, plain("cat", "dog"), {0: 1, 1: 2}),
]


def written(folder: Path, name: str, content: Any) -> Path:
    return saved(folder, name, content if isinstance(content, (str, bytes)) else json.dumps(content))


@pytest.mark.parametrize(("name", "content", "expected", "ids"), FORMS, ids=range(len(FORMS)))
def test_class_list_and_mapping(tmp_path: Path, name: str, content: Any, expected: CategoryList, ids: dict[int, int]) -> None:
    path = written(tmp_path, name, content)
    assert read_category_list(path) == expected
    mapping = ClassMapping.read(path)
    assert {row.id: row.category_id for row in mapping.classes} == ids
    assert [category.name for category in mapping.categories] == list(expected.names)


def test_a_mapping_file_refers_to_classes_by_their_own_ids(tmp_path: Path) -> None:
    """Detections of detectron2 have class ids, which its metadata map to the category ids."""
    written(tmp_path, "metadata.json", METADATA)
    recipe = written(tmp_path, "m.json", {"source": "metadata.json", "target": ["dog", "cat"]})
    assert {row.id: row.category_id for row in ClassMapping.read(recipe).classes} == {0: 2, 1: 1}


REFUSED: list[tuple[str, Any, str]] = [
    (
        "config.json",
        {"id2label": {"0": "LABEL_0", "1": "LABEL_1"}},
        "id2label has the names LABEL_0, LABEL_1, ..., which transformers gives to classes without names; set id2label to the names",
    ),
    ("config.json", {"id2label": ["a"]}, "id2label is a list of 1; expected an object from class id to name"),
    ("config.json", {"id2label": {"a": "b"}}, "id2label: the key 'a' is not an id; expected an integer from 0"),
    ("m.json", {"thing_classes": "cat"}, "thing_classes is 'cat'; expected a list of names"),
    (
        "m.json",
        METADATA | {"thing_dataset_id_to_contiguous_id": {"17": 0}},
        "class id 1 is not in thing_dataset_id_to_contiguous_id: there are 2 names, and ids of 1 classes",
    ),
    (
        "m.json",
        METADATA | {"thing_dataset_id_to_contiguous_id": {"17": 0, "18": 1, "19": 2}},
        "class id 2 is not in thing_classes: there are 2 names, and ids of 3 classes",
    ),
    (
        "m.json",
        METADATA | {"thing_dataset_id_to_contiguous_id": {"17": 0, "18": 0}},
        "in thing_dataset_id_to_contiguous_id: the class id 0 occurs 2 times (places 1, 2); it must be unique",
    ),
    (
        "m.json",
        METADATA | {"thing_dataset_id_to_contiguous_id": {"17": "0"}},
        "thing_dataset_id_to_contiguous_id has '17': '0'; expected a category id and a class id, integers from 0",
    ),
    ("data.yaml", "nc: 3\nnames: [cat, dog]\n", "nc is 3, but names has 2 entries; make them agree"),
    ("n.txt", "{0: 'a', 0: 'b'}", "duplicate key 0 in a dict"),
    (
        "n.txt",
        "{0: 'a', 1: load()}",
        "line 1 starts with \"{0: 'a', 1\", which looks like JSON; name the file .json, or write one name per line",
    ),
    ("n.json", "{0: 'a', 1: load()}", "not valid JSON: line 1, column 2: keys must be strings"),
    ("n.json", '{"names": ["a",],}', "not valid JSON: line 1, column 16: trailing comma"),
    ("l.pbtxt", "", "the list has no categories; expected at least one name"),
    ("l.pbtxt", "item {\n id: 1\n}", "line 1: the item with id 1 has neither name nor display_name"),
    ("l.pbtxt", "item {\n name: 'a'\n}", "line 1: the item has no id; expected an integer from 1"),
    (
        "l.pbtxt",
        "item { id: 1 name: 'a' }\nitem { id: 1 name: 'b' }",
        "line 2: the item has id 1, as the item in line 1; ids must be unique",
    ),
    (
        "l.pbtxt",
        "item { id: 0 name: 'cat' }",
        "line 1: id 0 is reserved for the background, and the item is 'cat'; number the classes from 1",
    ),
    ("l.pbtxt", "item { id: 1 nmae: 'a' }", "line 1: an item has no field 'nmae'; did you mean 'name'?"),
    ("l.pbtxt", "item { id: '1' name: 'a' }", "line 1: id is '1'; expected an integer from 1"),
    ("l.pbtxt", "item { id: -1 name: 'a' }", "line 1: id is '-1'; expected an integer from 1"),
    ("l.pbtxt", "item { id: 1 name: cat }", "line 1: name is 'cat'; expected text in quotes"),
    ("l.pbtxt", "item { id: 1 name: 'a' name: 'b' }", "line 1: the item has name twice, here and in line 1"),
    ("l.pbtxt", "item {\n id: 1\n name: 'a'", "line 3: the file ends here; expected '}' or a field"),
    ("l.pbtxt", "item { id: 1 name: 'a }\n", 'line 1: "\'a }" is not part of a label map'),
    ("l.pbtxt", "itme { }", "line 1: found 'itme'; expected 'item {'"),
    ("l.pbtxt", "item { id 1 }", "line 1: found '1' after id; expected ':'"),
    ("l.pbtxt", "item { id: }", "line 1: id has no value"),
    ("l.pbtxt", 'item { id: 1 name: "\\q" }', "line 1: unknown escape '\\\\q' in a text"),
    ("l.pbtxt", 'item { id: 1 name: "\\377" }', "line 1: the escaped bytes of a text are not UTF-8"),
    ("l.pbtxt", "item { keypoints " + "{ a " * 50, "line 1: nested too deep; an item needs only a few levels"),
    ("c.py", "x = 1", "the file sets no class names; expected METAINFO = dict(classes=(...)), or classes = (...)"),
    ("c.py", "classes = ('cat'", "not valid Python: line 1: '(' was never closed"),
    (
        "c.py",
        "classes = load()",
        "line 1: classes is not a list of texts, and the file is not executed; write the class names to a file of their own",
    ),
    (
        "c.py",
        "a = dict(classes=('cat',))\nb = dict(classes=('dog', 'cat'))",
        "the file sets 2 lists of class names (1 from line 1, 2 from line 2); write the one that is meant to a file of its own",
    ),
    ("c.py", "(" * 500, "not valid Python: line 1: too many nested parentheses"),
]


@pytest.mark.parametrize(("name", "content", "said"), REFUSED, ids=range(len(REFUSED)))
def test_refused_with_the_place_and_the_reason(tmp_path: Path, name: str, content: Any, said: str) -> None:
    path = written(tmp_path, name, content)
    with pytest.raises(CategoryListError) as caught:
        read_category_list(path)
    assert says(caught.value, f"{path}: {said}")
    with pytest.raises((CategoryListError, MappingError)):
        ClassMapping.read(path)


@pytest.mark.parametrize(
    ("name", "content"), [("best.pt", b"x"), ("best.PTH", b"x"), ("best", b"PK\x03\x04rest"), ("c.json", b"\x80\x04\x95")]
)
def test_a_model_is_not_unpickled(tmp_path: Path, name: str, content: bytes) -> None:
    path = saved(tmp_path, name, content)
    for read in (read_category_list, ClassMapping.read):
        with pytest.raises(
            (CategoryListError, MappingError), match=r"reading a pickle can run code in it; write its class names to a file"
        ):
            read(path)


def test_python_is_not_executed(tmp_path: Path) -> None:
    mark = tmp_path / "executed"
    content = f"import pathlib\npathlib.Path({str(mark)!r}).touch()\nclasses = ('cat',)\nx = [1][5]\n"
    assert read_category_list(saved(tmp_path, "c.py", content)).names == ("cat",)
    text = f"{{0: __import__('pathlib').Path({str(mark)!r}).touch()}}"
    with pytest.raises(CategoryListError):
        read_category_list(saved(tmp_path, "c.txt", text))
    assert not mark.exists()


def test_wherever_a_class_list_is_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = written(
        tmp_path, "coco.json", dataset(categories=[{"id": 17, "name": "cat"}, {"id": 18, "name": "dog"}], annotations=[{"category_id": 17}])
    )
    metadata = written(tmp_path, "metadata.json", METADATA)
    assert check(document, categories=metadata, reload="never").ok()
    assert run(["mapping", "check", str(metadata), "--categories", str(metadata)]) == 0
    results = written(tmp_path, "results.json", [{"image_id": 1, "category_id": 1, "bbox": [4, 5, 20, 16], "score": 0.5}])
    out = tmp_path / "out.json"
    capsys.readouterr()
    assert run(["export", "coco", str(results), str(out), "--mapping", str(metadata)]) == 0, capsys.readouterr()
    assert [row["category_id"] for row in json.loads(out.read_text())] == [18]
