"""The rows of a COCO document as returned by `json.load`, and their names in messages."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from cocoproof.readers.reload_messages import Held, ReloadFailed
from cocoproof.readers.reload_outcome import MAX_LOSSES, Counts, Ending, LossRows, ReloadLoss

if TYPE_CHECKING:
    from cocoproof.model.findings import Id

__all__ = ["ReloadLosses", "Row", "as_id", "plain", "raised", "real", "rows_of", "shown", "size_of"]

Row: TypeAlias = "dict[str, object]"
"""One image, annotation or category."""

_MAX_SHOWN = 200


@dataclass
class ReloadLosses:
    """Collects losses; the rows of all are kept, and `MAX_LOSSES` losses of each sort."""

    kept: list[ReloadLoss] = field(default_factory=list)
    count: int = 0
    _rows: dict[tuple[str, str, bool], list[int]] = field(default_factory=dict)

    def add(self, loss: ReloadLoss) -> None:
        """Add one loss."""
        table, row = _place(loss.pointer)
        rows = self._rows.setdefault((loss.sort, table, loss.slight), [])
        if len(rows) < MAX_LOSSES:
            self.kept.append(loss)
        self.count += 1
        rows.append(row)

    @property
    def rows(self) -> tuple[LossRows, ...]:
        """The rows of all losses, by their sort."""
        return tuple(
            LossRows(sort, table, tuple(rows) if table else (), len(rows), slight) for (sort, table, slight), rows in self._rows.items()
        )

    def held(self, counts: Counts) -> Held:
        """The message with the losses."""
        return Held(tuple(self.kept), self.count, counts, self.rows)


def _place(pointer: str) -> tuple[str, int]:
    """The section and the row that a pointer leads into; "" and -1 for the document. Results are counted as annotations."""
    first, *rest = pointer.split("/")[1:] or [""]
    if first.isdigit():
        return "annotations", int(first)
    return (first, int(rest[0])) if rest and rest[0].isdigit() else ("", -1)


def rows_of(document: object, section: str) -> list[Row]:
    """The rows of a section; none if it is absent or not a list, with an empty row in place of one that is not an object."""
    rows = document.get(section) if isinstance(document, dict) else None
    return [row if isinstance(row, dict) else {} for row in rows] if isinstance(rows, list) else []


def real(value: object) -> float | None:
    """A JSON number as a float; None for anything else and for what overflows."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        try:
            return float(value)
        except OverflowError:
            return None
    return None


def size_of(image: Row | None) -> tuple[int, int] | None:
    """Height and width of an image if they are whole numbers of 1 or more."""
    if image is None:
        return None
    height, width = image.get("height"), image.get("width")
    if type(height) is int and type(width) is int and height >= 1 and width >= 1:
        return height, width
    return None


def as_id(value: object) -> Id:
    """An id for findings: a value that is not an int64 becomes text."""
    if value is None or (type(value) is int and -(2**63) <= value < 2**63):
        return value
    return shown(value) if not isinstance(value, str) else plain(value)


def shown(value: object) -> str:
    """A value as JSON, cut to 200 characters."""
    if isinstance(value, int) and not isinstance(value, bool) and value.bit_length() > 4 * _MAX_SHOWN:
        return f"a number of {value.bit_length()} bits"
    return plain(json.dumps(value, ensure_ascii=False, default=repr))


def raised(reader: str, error: Exception, hide: str | None = None) -> ReloadFailed:
    """The message for an exception of a reader.

    Args:
        reader: Its name.
        error: What it raised.
        hide: A private path of this machine, of which only the last part is shown.
    """
    text = str(error)
    if hide is not None:
        text = text.replace(hide, Path(hide).name)
    return ReloadFailed(Ending.RAISED, f"{reader} raised {type(error).__name__}: {plain(text)}".removesuffix(": "))


def plain(text: str) -> str:
    """One line that UTF-8 can write, cut to 200 characters."""
    text = re.sub(r"\s+", " ", text[: 2 * _MAX_SHOWN]).strip()
    text = text.encode("utf-8", "backslashreplace").decode()
    return text if len(text) <= _MAX_SHOWN else text[: _MAX_SHOWN - 1] + "…"
