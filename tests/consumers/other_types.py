"""Values of another type that pycocotools reads as they are meant (COCO103, a warning): which of them a loader cannot read.

Each loader is given a file, and the same file with values of another type. It must read the two alike, unless its `Consumer` says that it
refuses them.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeAlias

from cocoproof.columns.tables import WrittenForm
from cocoproof.rules.examples import dataset

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cocoproof.consumers.consumer import Consumer

__all__ = ["OTHER_TYPES", "agrees_on"]

OtherType: TypeAlias = tuple[str, WrittenForm]

_FIELDS = {
    "image ids": (("images", "id"), ("annotations", "image_id")),
    "category ids": (("categories", "id"), ("annotations", "category_id")),
    "annotation ids": (("annotations", "id"),),
    "annotations iscrowd": (("annotations", "iscrowd"),),
    "image sizes": (("images", "width"), ("images", "height")),
    "annotations segmentation": (("annotations", "segmentation"),),
}

OTHER_TYPES: tuple[OtherType, ...] = (
    *(
        (kind, form)
        for kind in ("image ids", "category ids", "annotation ids")
        for form in (WrittenForm.TEXT, WrittenForm.FLOAT, WrittenForm.BOOLEAN)
    ),
    ("annotations iscrowd", WrittenForm.BOOLEAN),
    ("annotations iscrowd", WrittenForm.FLOAT),
    ("image sizes", WrittenForm.FLOAT),
    ("annotations segmentation", WrittenForm.TEXT),
)
"""What the values are, and their form."""


def _sound() -> Any:
    return dataset([{}, {"category_id": 2}, {"image_id": 12}], images=[{}, {"id": 12}])


def _changed(other: OtherType) -> Any:
    kind, form = other
    document = copy.deepcopy(_sound())
    for section, field in _FIELDS[kind]:
        for row in document[section]:
            row[field] = _as(row[field], form)
    return document


def _as(value: Any, form: WrittenForm) -> Any:
    if isinstance(value, list):
        return [_as(inner, form) for inner in value]
    if form is WrittenForm.BOOLEAN:
        return bool(value) if value in (0, 1) else value
    return str(value) if form is WrittenForm.TEXT else float(value)


def agrees_on(
    other: OtherType, consumer: Consumer, load: Callable[[Any, Path], Any], folder: Path, key: Callable[[Any], Any] = repr
) -> None:
    """Load a file, and the same with values of another type, and compare with what is said of the consumer.

    Args:
        other: What is of another type.
        consumer: What is said.
        load: Loads a document from a folder.
        folder: An empty folder.
        key: What is compared of the two.
    """
    (folder / "sound").mkdir()
    (folder / "other").mkdir()
    sound = key(load(_sound(), folder / "sound"))
    try:
        reads = key(load(_changed(other), folder / "other")) == sound
    except Exception:  # whatever the loader raises
        reads = False
    assert reads is not (other in consumer.refused_types), other
