"""What a fixer sees: one file's columns, its text, the findings of the rules, and the options."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

import numpy as np

from cocoproof.checking.engine import broken_rows
from cocoproof.columns.tables import ValueState, WrittenForm
from cocoproof.columns.written_forms import other_forms
from cocoproof.fix.document_text import entries_of
from cocoproof.model.findings import Kind
from cocoproof.rules.catalogue import RULES
from cocoproof.rules.syntax import SAFE_INTEGER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from msgspec import Raw
    from numpy.typing import NDArray

    from cocoproof.columns.tables import Column, Dataset, RaggedColumn
    from cocoproof.fix.document_text import JsonText
    from cocoproof.model.json_types import JsonPath
    from cocoproof.reading.defects import Defect
    from cocoproof.rules.rule import RuleContext

__all__ = ["FRACTIONS", "FixContext", "Fractions", "number_list", "number_text"]

Fractions: TypeAlias = Literal["xywh", "cxcywh", "xyxy"]
"""The forms that boxes in fractions of the image can have: corner, centre or two corners."""

FRACTIONS: tuple[Fractions, ...] = get_args(Fractions)

_BY_CODE = {rule.code: rule for rule in RULES}

_OF_CATEGORIES = frozenset({"COCO705"})
_LISTS = frozenset({"bbox", "segmentation", "keypoints"})
_GEOMETRY = _LISTS | {"area"}

_DECIMALS = 9
_NOISE = 1e-12
"""Share of a number under which its further decimals are what doubles add to a sum or a product: 20.4 - 0.1 is 20.299999999999997."""


def number_text(value: float) -> bytes:
    """A number as it is written: without such noise, and without a point where it is an integer."""
    rounded = round(float(value), _DECIMALS)
    number = rounded if abs(rounded - value) <= _NOISE * max(1.0, abs(value)) else float(value)
    return str(int(number) if number.is_integer() and abs(number) <= SAFE_INTEGER else number).encode()


def number_list(values: Iterable[float]) -> bytes:
    """A list of numbers as it is written, such as a box."""
    return b"[" + b", ".join(map(number_text, values)) + b"]"


@dataclass(frozen=True, eq=False)
class FixContext:
    """One file, read.

    Attributes:
        rule_context: What the rules see.
        text: The text.
        codes: The rules whose findings are fixed.
        fractions: The form of boxes in fractions of the image, None where it is not stated.
    """

    rule_context: RuleContext
    text: JsonText
    codes: frozenset[str]
    fractions: Fractions | None = None

    @property
    def coco(self) -> Dataset:
        """The columns."""
        return self.rule_context.coco

    @property
    def kind(self) -> Kind:
        """What the file was read as."""
        return self.rule_context.coco.kind

    def wants(self, code: str) -> bool:
        """Whether findings of a rule are fixed."""
        return code in self.codes

    def rows(self, code: str) -> NDArray[np.int64]:
        """The rows with findings of a rule, ascending; none where the rule was not selected, or is not for such files."""
        if not self.wants(code):
            return np.empty(0, np.int64)
        rows = broken_rows(_BY_CODE[code], self.rule_context)
        return rows if code in _OF_CATEGORIES else np.setdiff1d(rows, self.written_otherwise)

    @cached_property
    def written_otherwise(self) -> NDArray[np.int64]:
        """Annotations with a box, mask, keypoints or an area that is read as what it means: it is fixed itself first, or nothing is."""
        found = [one.rows for one in other_forms(self.coco) if one.table == "annotations" and one.field in _GEOMETRY]
        return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)

    def wrong_types(self) -> Iterator[JsonPath]:
        """The paths of all values of the wrong type (COCO103), each number of a list by itself; none where the rule was not selected."""
        for defect in self.defects("COCO103"):
            yield defect.path
        for one in other_forms(self.coco) if self.wants("COCO103") else ():
            for row in one.rows.tolist():
                path = self.path(one.table, row, one.field)
                yield from self._texts_below(path) if one.form is WrittenForm.TEXT and one.field in _LISTS else (path,)

    def _texts_below(self, path: JsonPath) -> Iterator[JsonPath]:
        raw = self.text.find(path)
        entries = None if raw is None else entries_of(raw)
        for place, inner in enumerate(entries if isinstance(entries, list) else ()):
            first = bytes(inner)[:1]
            if first == b"[":
                yield from self._texts_below((*path, place))
            elif first == b'"':
                yield (*path, place)

    def defects(self, code: str) -> Sequence[Defect]:
        """The defects that reading found for a rule; none where the rule was not selected."""
        return [defect for defect in self.rule_context.defects if defect.code == code] if self.wants(code) else []

    def path(self, table: str, row: int, *inside: str | int) -> JsonPath:
        """The path of a place in a table's row: images, annotations, categories or segments."""
        if table == "segments":
            segments = self.coco.segments
            return ("annotations", int(segments.owner[row]), "segments_info", int(segments.position[row]), *inside)
        if table == "annotations" and self.kind is Kind.RESULTS:
            return (row, *inside)
        return (table, row, *inside)

    def members(self, row: int) -> Mapping[str, Raw]:
        """The members of an annotation's row, or a result's."""
        return self.text.row("" if self.kind is Kind.RESULTS else "annotations", row)

    def nulls(self, table: str, column: Column | RaggedColumn, field: str) -> NDArray[np.int64]:
        """Rows of a table in which a field is null, which says no more than its absence does."""
        rows = np.flatnonzero(np.equal(column.state, ValueState.BROKEN))
        return np.array([row for row in rows.tolist() if self.raw(table, row, field) == b"null"], np.int64)

    def raw(self, table: str, row: int, field: str) -> bytes | None:
        """The text of a field, overwritten where it was not JSON; None where there is none."""
        raw = self.text.find(self.path(table, row, field))
        return None if raw is None else bytes(raw)

    @cached_property
    def _free_ids(self) -> itertools.chain[int]:
        ids = self.coco.annotations.id
        taken = ids.values[ids.ok]
        above = max(int(taken.max()), 0) if len(taken) else 0
        gaps = itertools.filterfalse({int(one) for one in taken}.__contains__, itertools.count(1))
        return itertools.chain(range(above + 1, SAFE_INTEGER + 1), gaps)

    def free_ids(self, count: int) -> list[bytes]:
        """Ids that no annotation has, as they are written: those above the largest, as long as every reader can hold them."""
        return [str(number).encode() for number in itertools.islice(self._free_ids, count)]
