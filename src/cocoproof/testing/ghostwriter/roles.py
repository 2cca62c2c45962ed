"""What a parameter of an exporter wants, by its name and its annotation, and the code that gives it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from cocoproof.testing.ghostwriter.target import Parameter

__all__ = ["Layout", "Role", "TypeShape", "code_for", "role_of", "shape_of"]

Role = Literal[
    "dataset", "mapping", "class names", "categories", "class to id", "name to id", "detections", "images", "arrays", "image names",
    "image folder", "boxes", "boxes xywh", "labels", "label names", "scores", "masks", "tracks", "sizes", "widths", "heights",
    "image id", "file", "folder", "stream",
]  # fmt: skip

Layout = Literal["mapping", "lists", "one"]
"""How columns of detections are given: detections by path and all else as one list per dataset; everything as lists; those of one image."""

_SEQUENCES = {"list", "List", "Sequence", "Iterable", "Iterator", "Collection", "tuple", "Tuple", "MutableSequence"}
_MAPPINGS = {"dict", "Dict", "Mapping", "MutableMapping", "OrderedDict"}
_ARRAYS = {"ndarray", "NDArray", "ArrayLike", "array", "Tensor"}
_STREAMS = {"TextIO", "BinaryIO", "IO", "TextIOWrapper", "TextIOBase", "IOBase", "SupportsWrite", "StringIO", "BytesIO"}
_KNOWN = {
    "bool",
    "int",
    "float",
    "complex",
    "str",
    "bytes",
    "Literal",
    "Callable",
    "Path",
    "PathLike",
    "Detections",
    "ClassMapping",
    "set",
    "frozenset",
}
_KNOWN |= _SEQUENCES | _MAPPINGS | _ARRAYS | _STREAMS


@dataclass(frozen=True)
class TypeShape:
    """An annotation without modules, unions with None, and the arguments of arrays.

    Attributes:
        depth: How many sequences there are around the base.
        base: The last part of its name: `float`, `ndarray`, `Detections`, `dict`; "" without an annotation.
        keys: For a dictionary, the base of its keys.
        values: For a dictionary, the base of its values.
    """

    depth: int = 0
    base: str = ""
    keys: str = ""
    values: str = ""

    @property
    def is_known(self) -> bool:
        """Whether there is an annotation that says anything."""
        return self.base not in ("", "Any", "object")


def shape_of(annotation: str) -> TypeShape:
    """The shape of an annotation."""
    try:
        return _shape(ast.parse(annotation.strip(), mode="eval").body) if annotation.strip() else TypeShape()
    except (SyntaxError, ValueError, RecursionError):
        return TypeShape(0, annotation.rpartition(".")[2].strip("<>' "))


def _shape(node: ast.expr) -> TypeShape:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return shape_of(node.value)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        return _first_of([node.left, node.right])
    if isinstance(node, ast.Call) and node.args:  # ForwardRef('Detections')
        return _shape(node.args[0])
    if not isinstance(node, ast.Subscript):
        name = _name(node)
        return TypeShape(1, "") if name in _SEQUENCES else TypeShape(0, name)
    name = _name(node.value)
    inner = list(node.slice.elts) if isinstance(node.slice, ast.Tuple) else [node.slice]
    if name in ("Optional", "Union"):
        return _first_of(inner)
    if name in ("Annotated", "Final"):
        return _shape(inner[0])
    if name in _SEQUENCES:
        within = _shape(inner[0])
        return TypeShape(within.depth + 1, within.base, within.keys, within.values)
    if name in _MAPPINGS and len(inner) == 2:
        return TypeShape(0, "dict", _shape(inner[0]).base, _shape(inner[1]).base)
    return TypeShape(0, name)


def _first_of(nodes: list[ast.expr]) -> TypeShape:
    """The first of a union that is not None."""
    shapes = [_shape(node) for node in nodes]
    return next((shape for shape in shapes if shape.base != "None"), shapes[0])


def _name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Name):
        return node.id
    return str(node.value) if isinstance(node, ast.Constant) else ""


_COLUMNS: dict[str, Role] = {
    "boxes": "boxes", "bboxes": "boxes", "box": "boxes", "bbox": "boxes", "xyxy": "boxes", "xyxys": "boxes", "xywh": "boxes xywh",
    "xywhs": "boxes xywh", "labels": "labels", "label": "labels", "scores": "scores", "score": "scores", "confidence": "scores",
    "confidences": "scores", "conf": "scores", "masks": "masks", "mask": "masks", "tracks": "tracks", "widths": "widths", "width": "widths",
    "heights": "heights", "height": "heights", "sizes": "sizes", "size": "sizes", "shapes": "sizes", "shape": "sizes",
}  # fmt: skip
_WHOLE: dict[str, Role] = {
    "class_ids": "labels", "class_id": "labels", "label_ids": "labels", "track_ids": "tracks", "tracker_ids": "tracks", "tracker_id": "tracks",
    "image_sizes": "sizes", "image_size": "sizes", "image_width": "widths", "image_height": "heights", "image_id": "image id",
    "img_id": "image id", "names": "class names", "class_list": "class names", "classnames": "class names", "class_names": "class names",
    "classes": "class names", "label_names": "class names", "id2label": "class names", "id_to_name": "class names",
    "label2id": "name to id", "name_to_id": "name to id", "class_to_idx": "name to id",
    "categories": "categories", "category_list": "categories", "cats": "categories", "category_rows": "categories",
    "category_names": "class names", "mapping": "mapping", "class_mapping": "mapping", "label_map": "class to id", "class_map": "class to id",
    "id_map": "class to id", "category_ids": "class to id", "cat_ids": "class to id", "class_to_category": "class to id",
    "class_id_to_category_id": "class to id", "category_map": "class to id", "category_mapping": "class to id",
    "detections": "detections", "dets": "detections", "annotations": "detections", "anns": "detections", "predictions": "detections",
    "preds": "detections", "results": "detections", "detection": "detections",
    "fp": "stream", "stream": "stream", "fileobj": "stream", "f": "stream", "fh": "stream", "handle": "stream", "writer": "stream",
    "file_names": "image names", "filenames": "image names", "image_names": "image names", "image_name": "image names", "file_name": "image names",
    "images": "images", "image_paths": "images", "img_paths": "images", "image_files": "images", "img_files": "images", "paths": "images",
    "files": "images", "imgs": "images", "image": "images", "img": "images", "image_path": "images", "img_path": "images", "image_file": "images",
    "dataset": "dataset", "ds": "dataset", "data": "dataset", "source": "dataset", "detection_dataset": "dataset", "samples": "dataset",
}  # fmt: skip
_FOLDERS = {"dir", "folder", "directory", "root", "outdir"}
_FILES = {
    "path",
    "file",
    "filename",
    "filepath",
    "json",
    "output",
    "out",
    "dst",
    "dest",
    "destination",
    "target",
    "to",
    "outfile",
    "outpath",
    "save",
}
_IMAGES = {"image", "images", "img", "imgs", "dataset", "data", "source", "src", "input", "frames"}


def role_of(parameter: Parameter) -> Role | None:
    """What a parameter wants; None if neither its name nor its annotation says so."""
    name, shape = parameter.name.lower().strip("_"), shape_of(parameter.annotation)
    role = _by_annotation(name, shape) or _by_name(name, shape)
    return role if role is None or _fits(role, shape) else None


def _by_annotation(name: str, shape: TypeShape) -> Role | None:
    if shape.base.endswith("DetectionDataset") or shape.base == "BaseDataset":
        return "dataset" if not shape.depth else None
    if shape.base == "ClassMapping":
        return "mapping"
    if shape.base == "Detections" or shape.values == "Detections":
        return "detections"
    if shape.base in _STREAMS:
        return "stream"
    if (
        shape.base in _ARRAYS
        and set(name.split("_")) & {"image", "images", "img", "imgs", "frames"}
        and not set(name.split("_")) & {"sizes", "size"}
    ):
        return "arrays"
    if (shape.keys, shape.values) == ("int", "int"):
        return "class to id"
    if (shape.keys, shape.values) == ("str", "int"):
        return "name to id"
    return None


def _by_name(name: str, shape: TypeShape) -> Role | None:
    words = set(name.split("_"))
    is_path = shape.base in ("str", "Path", "PathLike", "PurePath") and not shape.depth
    if name in _WHOLE and not (is_path and _WHOLE[name] in ("dataset", "detections", "images")):
        role = _WHOLE[name]
        return "label names" if role == "labels" and shape.base == "str" else role
    if name in ("image", "image_path", "img_path", "image_file"):
        return "images"
    if words & _FOLDERS:
        return "image folder" if (words & _IMAGES and not words & {"output", "out", "save"}) or name in ("root", "data_root") else "folder"
    for word in name.split("_"):
        if word in _COLUMNS and not words & _FILES:
            role = _COLUMNS[word]
            if role == "boxes" and "xywh" in words:
                return "boxes xywh"
            return "label names" if role == "labels" and shape.base == "str" else role
    if words & _IMAGES and words & {"path", "file"}:
        return "image folder"
    return "file" if words & _FILES else None


def _fits(role: Role, shape: TypeShape) -> bool:
    """Whether an annotation admits what a role gives; a name that is not known, such as an alias of the user's own, admits anything."""
    if not shape.depth and (not shape.is_known or shape.base not in _KNOWN):
        return True
    base, is_dict = shape.base, shape.base == "dict" or shape.base in _MAPPINGS
    number = base in ("int", "float", "bool", "integer", "floating")
    accepted = {
        "dataset": base.endswith("Dataset"),
        "mapping": base == "ClassMapping" or is_dict,
        "class names": base in ("str", "") or is_dict,
        "categories": is_dict or base in ("str", "", "Any"),
        "class to id": is_dict or base in ("int", ""),
        "name to id": is_dict,
        "detections": base in ("Detections", "") or (is_dict and shape.values in ("Detections", "")),
        "images": base in ("str", "Path", "PathLike", ""),
        "arrays": base in _ARRAYS or is_dict,
        "image names": base in ("str", ""),
        "image folder": base in ("str", "Path", "PathLike"),
        "label names": base in ("str", ""),
        "image id": base == "int",
        "widths": number,
        "heights": number,
        "file": base in ("str", "Path", "PathLike"),
        "folder": base in ("str", "Path", "PathLike"),
        "stream": base in _STREAMS,
    }
    if role in accepted:
        return accepted[role]
    return base in _ARRAYS or (number and shape.depth > 0) or (base == "" and shape.depth > 0)


def layouts_of(role: Role, shape: TypeShape) -> tuple[Layout, ...]:
    """In which layouts a parameter can be given; all of them where it makes no difference."""
    every: tuple[Layout, ...] = ("mapping", "lists", "one")
    if role == "detections":
        if shape.base == "dict" or shape.base in _MAPPINGS:
            return ("mapping",)
        if shape.depth:
            return ("lists",)
        return ("one",) if shape.base == "Detections" else every
    if role in ("image id", "widths", "heights") and not shape.depth:
        return ("one",)
    if role in ("images", "arrays", "image names"):
        if shape.is_known or shape.depth:
            return ("mapping", "lists") if shape.depth or shape.base == "dict" else ("one",)
        return every
    nested = {"boxes": 2, "boxes xywh": 2, "labels": 1, "label names": 1, "scores": 1, "tracks": 1, "masks": 1, "sizes": 1}.get(role)
    if nested is None or not (shape.is_known or shape.depth):
        return every
    many = shape.depth > 0 if shape.base in _ARRAYS or shape.base == "" else shape.depth > nested
    if role == "sizes":
        many = shape.depth > 1
    return ("mapping", "lists") if many else ("one",)


def code_for(role: Role, parameter: Parameter, layout: Layout, *, as_text: bool) -> str:
    """The code of the argument.

    Args:
        role: What the parameter wants.
        parameter: The parameter.
        layout: How columns are given. The code may use `dataset`, `mapping`, `folder`, `path` and `stream`; `image` and `found` in the
            layout of one image; `becomes` for the ids of categories.
        as_text: Whether paths are given as text.
    """
    shape = shape_of(parameter.annotation)
    text = as_text if not shape.is_known else shape.base == "str"
    if role in ("file", "folder"):
        own = "path" if role == "file" else "folder"
        return f"str({own})" if text else own
    if role in _SIMPLE:
        return _SIMPLE[role]
    if role == "class names":
        return _class_names(parameter, shape)
    if role == "categories":
        return _categories(shape)
    if role == "class to id":
        return "list(becomes.values())" if shape.base == "int" else "becomes"
    if role == "mapping" and (shape.base == "dict" or shape.base in _MAPPINGS):
        return "becomes"
    if role == "image folder":
        return "image_folder(dataset)" if text or not shape.is_known else "Path(image_folder(dataset))"
    return _column(role, shape, layout, parameter)


_SIMPLE: dict[str, str] = {
    "dataset": "dataset",
    "mapping": "mapping",
    "stream": "stream",
    "name to id": "{row.name: row.category_id for row in mapping.classes}",
    "image id": "1",
}


def _class_names(parameter: Parameter, shape: TypeShape) -> str:
    if shape.base == "dict" or parameter.name.lower() in ("id2label", "id_to_name"):
        return "dict(enumerate(dataset.classes))"
    return "[row.name for row in mapping.categories]" if "categor" in parameter.name.lower() else "dataset.classes"


def _categories(shape: TypeShape) -> str:
    if shape.base == "str":
        return "[row.name for row in mapping.categories]"
    if (shape.keys, shape.values) == ("int", "str"):
        return "{row.id: row.name for row in mapping.categories}"
    return "category_rows(mapping)"


def _column(role: Role, shape: TypeShape, layout: Layout, parameter: Parameter) -> str:
    one = layout == "one"
    if role == "detections":
        return {"mapping": "dataset.annotations", "lists": "list(dataset.annotations.values())", "one": "found"}[layout]
    if role == "arrays":
        if shape.base == "dict" or shape.values in _ARRAYS:
            return "{path: pixels for path, pixels, _ in dataset}"
        return "next(pixels for _, pixels, _ in dataset)" if one else "[pixels for _, pixels, _ in dataset]"
    if role in ("images", "image names", "sizes", "widths", "heights"):
        each = {
            "images": "Path({})" if shape.base in ("Path", "PathLike") else "{}",
            "image names": "Path({}).name",
            "sizes": "size_of({})",
            "widths": "size_of({})[0]",
            "heights": "size_of({})[1]",
        }[role]
        if one:
            return each.format("image")
        return "dataset.image_paths" if each == "{}" else f"[{each.format('image')} for image in dataset.image_paths]"
    plain = shape.base in ("float", "int", "str", "bool")
    own = {
        "boxes": "{}.xyxy",
        "boxes xywh": "corner_and_size({})",
        "labels": "{}.class_id",
        "label names": "[dataset.classes[k] for k in {}.class_id]",
        "scores": "{}.confidence",
        "masks": "{}.mask",
        "tracks": "{}.tracker_id",
    }[role]
    del parameter
    code = own + (".tolist()" if plain and role in ("boxes", "boxes xywh", "labels") else "")
    return code.format("found") if one else f"[{code.format('one')} for one in dataset.annotations.values()]"
