"""Parts of documents as text, so that 50 MB are written in a second."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["CATEGORIES", "IMAGES", "annotation", "annotations", "document", "listed", "of_length", "repeated"]

IMAGES = '[{"id":1,"file_name":"a.jpg","width":640,"height":480}]'
CATEGORIES = '[{"id":1,"name":"a"}]'
_BOX = '"bbox":[1,2,41,40],"area":1640,"iscrowd":0'


def document(annotations: str = "[]", *, images: str = IMAGES, categories: str = CATEGORIES, more: str = "") -> bytes:
    """A dataset of these sections; `more` begins with a comma."""
    text = f'{{"info":{{}},"licenses":[],"images":{images},"annotations":{annotations},"categories":{categories}{more}}}'
    return text.encode("utf-8", "surrogatepass")


def listed(rows: Iterable[str]) -> str:
    """A JSON list of these texts."""
    return "[" + ",".join(rows) + "]"


def annotation(fields: str = "", number: int = 1, *, box: str = _BOX, image: int = 1, category: int = 1) -> str:
    """One annotation; `fields` begins with a comma."""
    return f'{{"id":{number},"image_id":{image},"category_id":{category},{box}{fields}}}'


def annotations(count: int, fields: str = "", box: str = _BOX) -> str:
    """Annotations that are equal but for their ids."""
    return listed(annotation(fields, number, box=box) for number in range(1, count + 1))


def repeated(part: str, count: int) -> str:
    """A JSON list of one text again and again."""
    return "[" + ",".join([part] * count) + "]"


def of_length(characters: int, part: str = "a") -> str:
    """A JSON string of about this length."""
    return '"' + part * (characters // len(part)) + '"'
