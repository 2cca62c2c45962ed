"""Every small change of a document: each leaf flipped, each key deleted, each element dropped. Plain Python and `json` only.

A change is classified by where it is (`Flip.where`), from the path alone: `id` for the id of a row, `reference` for a field
that names one, `mask` inside a segmentation, `value` for anything else.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cocoproof.diff.diff_files import diff
from cocoproof.diff.input import NotComparable
from cocoproof.reading.source import read_document

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cocoproof.diff.report import DiffReport

__all__ = ["Flip", "Outcome", "flips", "outcome_of", "sample"]

_SECTIONS = ("images", "annotations", "categories", "licenses", "videos", "tracks")


@dataclass(frozen=True)
class Flip:
    """One change: the keys and indices from the root, what is done there, and the value that replaces the old one."""

    path: tuple[str | int, ...]
    verb: str
    value: Any = None

    @property
    def where(self) -> str:
        if self.verb in ("flip", "retype") and len(self.path) == 3 and self.path[0] in _SECTIONS and self.path[2] == "id":
            return "id"
        if self.verb in ("flip", "retype") and len(self.path) == 2 and isinstance(self.path[0], int) and self.path[1] == "id":
            return "id"  # of a row of a results list
        return "mask" if "segmentation" in self.path[:4] else "value"

    def of(self, document: Any) -> Any:
        """The document with this change; it shares what did not change."""
        return _changed(document, self.path, self)


def _changed(value: Any, path: tuple[str | int, ...], flip: Flip) -> Any:
    if len(path) > 1:
        copied = value.copy()
        copied[path[0]] = _changed(value[path[0]], path[1:], flip)
        return copied
    copied = value.copy()
    if flip.verb in ("delete", "drop"):
        del copied[path[0]]
    else:
        copied[path[0]] = flip.value
    return copied


def flips(document: Any) -> Iterator[Flip]:
    """All changes of a document."""
    todo: list[tuple[tuple[str | int, ...], Any]] = [((), document)]
    while todo:
        path, value = todo.pop()
        inner = value.items() if isinstance(value, dict) else enumerate(value)
        for key, entry in inner:
            place = (*path, key)
            yield Flip(place, "delete" if isinstance(value, dict) else "drop")
            if isinstance(entry, (dict, list)) and entry:
                todo.append((place, entry))
            else:
                yield Flip(place, "flip", _other(entry))
                yield Flip(place, "retype", _retyped(entry))


def _other(value: Any) -> Any:
    """Another value of the same type."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value + 0.25 if abs(value) < 1e9 else value * 2 + 1
    if isinstance(value, str):
        return value + "x"
    return {type(None): 0, list: [0], dict: {"x": 0}}[type(value)]


def _retyped(value: Any) -> Any:
    """The same with another JSON type."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, (int, float)):
        return str(value)
    return {str: [value], type(None): "null", list: None, dict: []}[type(value)] if not isinstance(value, str) else [value]


@dataclass
class Outcome:
    """What came of the changes of one document."""

    counts: Counter[str] = field(default_factory=Counter)
    unnoticed: list[tuple[Flip, str]] = field(default_factory=list)

    def take(self, document: Any, flip: Flip) -> None:
        """Compare the document with one change, and count what the report says of it."""
        after = flip.of(document)
        try:
            report = diff(read_document(document), read_document(after))
        except NotComparable:
            self.counts["not comparable"] += 1
            return
        result = outcome_of(flip, report)
        self.counts[result] += 1
        if result.startswith("unnoticed"):
            self.unnoticed.append((flip, result))


def outcome_of(flip: Flip, report: DiffReport) -> str:
    """What a report says of one change: `change`, `listed as ...`, or `unnoticed`."""
    if not report.same:
        return "change"
    if report.renumbered.any:
        return "listed as id" if flip.where == "id" else "unnoticed: only ids are listed"
    if any("segmentation" in note for note in report.notes):
        return "listed as the same pixels" if flip.where == "mask" else "unnoticed: only masks are listed"
    if any(note.startswith("the order of") for note in report.notes):
        return "unnoticed: only an order is listed"
    return "unnoticed: a note" if report.notes else "unnoticed"


def sample(document: Any, most: int, seed: int = 0) -> list[Flip]:
    """Some of the changes, always the same ones; all where there are no more than `most`."""
    every = list(flips(document))
    return every if len(every) <= most else random.Random(seed).sample(every, most)  # noqa: S311
