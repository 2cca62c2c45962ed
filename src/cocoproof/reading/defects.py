"""What reading finds wrong with a document, before any rule looks at it."""

from __future__ import annotations

from dataclasses import dataclass

from cocoproof.model.errors import CocoproofError

__all__ = ["Defect", "Unreadable"]


@dataclass(frozen=True, slots=True)
class Defect:
    """One breach that reading came upon.

    Attributes:
        code: The code of the rule that reports it.
        message: What is wrong, without naming the row: the report does that.
        path: The place, as the keys and indices from the document's root.
        table: The section that holds the row concerned: images, annotations, categories, segments or licenses.
        row: The row concerned.
        offset: The place as a byte offset, where the pointer alone does not find it.
    """

    code: str
    message: str
    path: tuple[str | int, ...] = ()
    table: str | None = None
    row: int | None = None
    offset: int | None = None


class Unreadable(CocoproofError):
    """The input cannot be read as a document at all.

    Attributes:
        defect: Why, with the place in the bytes where there is one.
    """

    def __init__(self, defect: Defect) -> None:
        super().__init__(defect.message)
        self.defect = defect
