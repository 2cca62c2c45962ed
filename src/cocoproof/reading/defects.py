"""Defects that reading finds in a document, before any rule runs."""

from __future__ import annotations

from dataclasses import dataclass

from cocoproof.model.errors import CocoproofError

__all__ = ["Defect", "Unreadable"]


@dataclass(frozen=True, slots=True)
class Defect:
    """One defect found while reading.

    Attributes:
        code: The code of the rule that reports it.
        message: What is wrong, without the row, which the report adds.
        path: The keys and indices from the document's root to the value.
        table: The section of the affected row: images, annotations, categories, segments or licenses.
        row: The affected row.
        offset: The byte offset of the value, if the path alone does not find it.
        sort: Of a value of the wrong type, the type that was found, such as "null"; "" for any other defect.
    """

    code: str
    message: str
    path: tuple[str | int, ...] = ()
    table: str | None = None
    row: int | None = None
    offset: int | None = None
    sort: str = ""


class Unreadable(CocoproofError):
    """The input cannot be read as a document.

    Attributes:
        defect: The reason, with its byte offset if it has one.
    """

    def __init__(self, defect: Defect) -> None:
        super().__init__(defect.message)
        self.defect = defect
