"""Dialects: what files of a kind have beside the fields of the format, recognised by its keys."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["Dialect", "kind_with_dialects"]


class Dialect(str, enum.Enum):
    """An addition to a kind. A file may have several; the order here is that of reports."""

    ORIENTED_BOXES = "oriented_boxes"
    """Boxes with an angle, or four corners: `obb`, `rotated_bbox`, `xyxyxyxy`, a `bbox` of five numbers, a `rotation`."""

    @property
    def label(self) -> str:
        """What it is called in text: `oriented boxes`."""
        return self.value.replace("_", " ")


def kind_with_dialects(kind: str, dialects: Iterable[Dialect]) -> str:
    """A kind as reports name it: `instances + oriented boxes`."""
    return " + ".join([kind, *(dialect.label for dialect in dialects)])
