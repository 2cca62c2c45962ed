"""The classes of a model, in the forms in which training libraries keep them: class id -> name, and perhaps -> category id.

| form | from |
|---|---|
| `{"id2label": {"0": "cat"}}` | Hugging Face transformers, config.json |
| `{"0": "cat"}` | ultralytics, `model.names` |
| `{"thing_classes": [...], "thing_dataset_id_to_contiguous_id": {...}}` | detectron2, the metadata of a dataset |
| `{"classes": [...]}`, perhaps inside `metainfo` | mmdetection, METAINFO |
| `["__background__", "cat", "N/A"]`, perhaps as `categories` | torchvision, the metadata of weights |
| label_map.pbtxt | TensorFlow |

"N/A" and "__background__" take the place of ids that no class has. A list with such places gives the category ids, its indices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from cocoproof.mapping.category_list import Category, CategoryList, refuse_duplicates, whole_number
from cocoproof.mapping.class_matching import MappingParts, SourceClass
from cocoproof.mapping.errors import CategoryListError
from cocoproof.model.suggestions import quoted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from cocoproof.mapping.class_matching import Unmapped

__all__ = ["ClassTable", "names_by_id", "table_in", "table_of_data", "table_of_names"]

_BACKGROUND, _NO_CLASS = "__background__", "N/A"
_META = ("metainfo", "METAINFO", "dataset_meta")
_CLASSES = ("classes", "CLASSES")
_CONTIGUOUS = "thing_dataset_id_to_contiguous_id"


@dataclass(frozen=True, slots=True)
class ClassTable:
    """The classes of a model.

    Attributes:
        names: Class id -> name, ascending.
        category_ids: Class id -> category id; None if only the order is known.
    """

    names: dict[int, str]
    category_ids: dict[int, int] | None

    def categories(self) -> CategoryList:
        """The classes as categories, in the order of the class ids.

        Raises:
            CategoryListError: If a name is a duplicate or blank, or there is none.
        """
        ids = self.category_ids
        return CategoryList(tuple(Category(None if ids is None else ids[number], name) for number, name in self.names.items()))

    def mapping(self, unmapped: Unmapped = "error") -> MappingParts:
        """Each class to the category of its name; categories without known ids are numbered from 1.

        Raises:
            CategoryListError: As `categories`.
        """
        categories = self.categories().with_ids().categories
        ids = {category.name: category.id for category in categories}
        return MappingParts(tuple(SourceClass(number, name, ids[name]) for number, name in self.names.items()), categories, unmapped)


def table_in(value: object) -> ClassTable | None:
    """The class table in a value that was read from a file; None if the value has none of the forms.

    Raises:
        CategoryListError: If it has one of the forms, and its content is not valid.
    """
    if isinstance(value, list):
        return _with_placeholders(value)
    if not isinstance(value, dict):
        return None
    if "id2label" in value:
        return _of_labels(value["id2label"])
    if "thing_classes" in value:
        return _of_metadata(value)
    categories = value.get("categories")
    if isinstance(categories, list):
        return _with_placeholders(categories)
    inner: dict[object, object] = next((value[key] for key in _META if isinstance(value.get(key), dict)), value)
    names = next((inner[key] for key in _CLASSES if _are_texts(inner.get(key))), None)
    if names is not None:
        return table_of_names(names)
    return table_of_names(value) if value and all(_is_id(key) for key in value) else None


def table_of_data(data: Mapping[object, object]) -> ClassTable:
    """The table of ultralytics' data.yaml, of its `names`.

    Raises:
        CategoryListError: If they are not names, or not as many as `nc`.
    """
    names, count = data["names"], data.get("nc")
    if isinstance(names, (list, dict)) and type(count) is int and count != len(names):
        msg = f"nc is {count}, but names has {len(names)} entries; make them agree"
        raise CategoryListError(msg)
    return table_of_names(names)


def table_of_names(names: object) -> ClassTable:
    """The table of a list of names, or of names by class id; the ids are category ids unless they run 0, 1, 2, ...

    Raises:
        CategoryListError: If it is neither.
    """
    if isinstance(names, list):
        return _of_list(names)
    if not isinstance(names, dict):
        msg = f"names is {quoted(names)}; expected a list of names, or a table from id to name"
        raise CategoryListError(msg)
    by_id = names_by_id(names)
    if by_id.get(0) == _BACKGROUND or list(by_id.values()).count(_NO_CLASS) > 1:
        return _without_placeholders(by_id)
    contiguous = list(by_id) == list(range(len(by_id)))
    return ClassTable(by_id, None if contiguous else {number: number for number in by_id})


def names_by_id(table: Mapping[object, object]) -> dict[int, str]:
    """Names by id, ascending, from a table whose keys may be text, as JSON's and TOML's always are.

    Raises:
        CategoryListError: If a key is not an integer from 0, two keys are the same number, or a name is not text.
    """
    found: list[tuple[int, str]] = []
    for key, name in table.items():
        number = _id(key)
        if number is None:
            msg = f"the key {quoted(key)} is not an id; expected an integer from 0"
            raise CategoryListError(msg)
        if not isinstance(name, str):
            msg = f"the name of id {number} is {quoted(name)}; expected text (quote it if it looks like something else)"
            raise CategoryListError(msg)
        found.append((number, name))
    refuse_duplicates((number for number, _ in found), "the id")
    return dict(sorted(found))


def _id(key: object) -> int | None:
    number = whole_number(key)
    if isinstance(key, str) and len(key) < 20 and key.isascii() and key.isdigit():
        number = whole_number(int(key))
    return number


def _is_id(key: object) -> bool:
    return _id(key) is not None


def _are_texts(names: object) -> bool:
    return isinstance(names, list) and bool(names) and all(isinstance(name, str) for name in names)


def _of_list(names: Sequence[object]) -> ClassTable:
    return _with_placeholders(names) or ClassTable(dict(enumerate(CategoryList.from_names(names).names)), None)  # type: ignore[arg-type]


def _with_placeholders(names: Sequence[object]) -> ClassTable | None:
    """The table of a list whose indices are ids, some of no class; None if it has no such places."""
    if not _are_texts(names) or (names[0] != _BACKGROUND and names.count(_NO_CLASS) < 2):
        return None
    return _without_placeholders({number: str(name) for number, name in enumerate(names)})


def _without_placeholders(names: Mapping[int, str]) -> ClassTable:
    kept = {number: name for number, name in names.items() if name not in (_BACKGROUND, _NO_CLASS)}
    return ClassTable(kept, {number: number for number in kept})


def _of_labels(labels: object) -> ClassTable:
    """`id2label` of transformers; a class that is not there has the name "N/A" in models trained on COCO's 91 ids."""
    if not isinstance(labels, dict):
        msg = f"id2label is {quoted(labels)}; expected an object from class id to name"
        raise CategoryListError(msg)
    try:
        names = names_by_id(labels)
    except CategoryListError as error:
        raise error.at("id2label") from None
    if names and all(name == f"LABEL_{number}" for number, name in names.items()):
        msg = "id2label has the names LABEL_0, LABEL_1, ..., which transformers gives to classes without names; set id2label to the names"
        raise CategoryListError(msg)
    return _without_placeholders(names) if _NO_CLASS in names.values() else table_of_names(labels)


def _of_metadata(value: Mapping[object, object]) -> ClassTable:
    """`thing_classes` of detectron2's metadata, with the category ids of the dataset if they are there."""
    names = value["thing_classes"]
    if not isinstance(names, list) or not _are_texts(names):
        msg = f"thing_classes is {quoted(names)}; expected a list of names"
        raise CategoryListError(msg)
    by_id = dict(enumerate(names))
    if _CONTIGUOUS not in value:
        return ClassTable(by_id, None)
    ids = value[_CONTIGUOUS]
    if not isinstance(ids, dict):
        msg = f"{_CONTIGUOUS} is {quoted(ids)}; expected an object from category id to class id"
        raise CategoryListError(msg)
    pairs: list[tuple[int, int]] = []
    for key, place in ids.items():
        number, own = _id(key), whole_number(place)
        if number is None or own is None:
            msg = f"{_CONTIGUOUS} has {quoted(key)}: {quoted(place)}; expected a category id and a class id, integers from 0"
            raise CategoryListError(msg)
        pairs.append((number, own))
    refuse_duplicates((number for number, _ in pairs), f"in {_CONTIGUOUS}: the category id")
    refuse_duplicates((own for _, own in pairs), f"in {_CONTIGUOUS}: the class id")
    missing = sorted(by_id.keys() ^ {own for _, own in pairs})
    if missing:
        where = "thing_classes" if missing[0] not in by_id else _CONTIGUOUS
        msg = f"class id {missing[0]} is not in {where}: there are {len(by_id)} names, and ids of {len(pairs)} classes"
        raise CategoryListError(msg)
    return ClassTable(by_id, dict(sorted((own, number) for number, own in pairs)))
