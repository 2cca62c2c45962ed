"""Columns: one array per field, with the state and the form of every value.

If one field of a row is invalid, the others can still be used, so every column has a state for each row: whether its value may be used
and, if not, why. Floats that must not be used are NaN, integers 0, texts "".
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, overload

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from cocoproof.columns.id_texts import IdTexts
    from cocoproof.geometry.ragged import Ragged

__all__ = ["Column", "NoTexts", "RaggedColumn", "TextColumn", "ValueState", "WrittenForm", "WrittenForms"]


class ValueState(enum.IntEnum):
    """The state of one field of one row."""

    ABSENT = 0
    """The row does not have the key."""
    OK = 1
    """A value that may be used."""
    BROKEN = 2
    """A value of the wrong type or length, or a row that is not an object; a structural rule reports it."""
    OUT_OF_DOMAIN = 3
    """A value of the right type outside its domain, such as a width of 0; a structural rule reports it."""


class WrittenForm(enum.IntEnum):
    """How a value that may be used is written in the file."""

    DUE = 0
    """As the format says, or there is no value."""
    TEXT = 1
    """A number, or numbers in a list, as a text; an id that is a text."""
    BOOLEAN = 2
    """true or false for 1 or 0."""
    FLOAT = 3
    """An integer with a point or an exponent: 1.0."""
    FLAT = 4
    """A polygon without the list of polygons around it."""
    NESTED = 5
    """A list of numbers with further lists in it: keypoints in triples, a box in a list."""
    OBJECT = 6
    """A box as an object with a key for each number."""
    ORIENTED = 7
    """A box of five numbers: centre, size and angle. Its value is the envelope."""


@dataclass(frozen=True, eq=False)
class WrittenForms:
    """How the values of one field are written, where some are not as the format says.

    Attributes:
        codes: uint8 of `WrittenForm`, shape (n,).
        examples: The first value of each form, described for messages: `the string "3"`. It may contain characters of the file.
    """

    codes: NDArray[np.uint8]
    examples: Mapping[int, str]

    def are(self, form: WrittenForm) -> NDArray[np.bool_]:
        """Rows written in a form, shape (n,)."""
        return np.equal(self.codes, form)


class _Stated:
    """The base of all columns: a state for each row."""

    state: NDArray[np.uint8]
    required: bool
    forms: WrittenForms | None

    @cached_property
    def ok(self) -> NDArray[np.bool_]:
        """Rows whose value may be used, shape (n,)."""
        return np.equal(self.state, ValueState.OK)

    @property
    def present(self) -> NDArray[np.bool_]:
        """Rows that have the key, with any value, shape (n,)."""
        return np.not_equal(self.state, ValueState.ABSENT)

    @cached_property
    def literal(self) -> NDArray[np.bool_]:
        """Rows whose value may be used and is written as the format says, shape (n,)."""
        return self.ok if self.forms is None else self.ok & self.forms.are(WrittenForm.DUE)

    @cached_property
    def defective(self) -> NDArray[np.bool_]:
        """Rows whose value a structural rule reports, so that other rules must not use it, shape (n,)."""
        reported = np.greater_equal(self.state, ValueState.BROKEN)
        return reported | ~self.present if self.required else reported


@dataclass(frozen=True, eq=False)
class Column(_Stated):
    """One numeric field of every row.

    Attributes:
        values: int64 or float64, shape (n,) or (n, k).
        state: uint8 of `ValueState`, shape (n,).
        required: Whether a row without the field is reported.
        forms: How the values are written; None if all are as the format says.
        texts: The texts among the ids of a column of ids; None if there are none.
    """

    values: NDArray[np.int64] | NDArray[np.float64]
    state: NDArray[np.uint8]
    required: bool = False
    forms: WrittenForms | None = None
    texts: IdTexts | None = None

    @property
    def has_names(self) -> bool:
        """Whether some ids are not numbers: texts, where not all of them are texts of integers."""
        return self.texts is not None and not self.texts.all_integers

    @cached_property
    def numeric(self) -> NDArray[np.bool_]:
        """Rows with a value that may be used as a number, and not only compared, shape (n,)."""
        if self.texts is None or self.texts.all_integers or self.forms is None:
            return self.ok
        return self.ok & ~self.forms.are(WrittenForm.TEXT)

    def written(self, row: int) -> str | int:
        """The value of a column of integers as the file has it, for messages: a text if it is one."""
        value = int(self.values[row])
        return value if self.texts is None else self.texts.written(value)

    @property
    def floats(self) -> NDArray[np.float64]:
        """The values of a column of floats; of another, a copy as float64."""
        return np.asarray(self.values, np.float64)


@dataclass(frozen=True, eq=False)
class TextColumn(_Stated):
    """One text field of every row.

    Attributes:
        values: One text per row, "" if it must not be used.
        state: uint8 of `ValueState`, shape (n,).
        required: Whether a row without the field is reported.
    """

    values: Sequence[str]
    state: NDArray[np.uint8]
    required: bool = False
    forms: None = None


class NoTexts(Sequence[str]):
    """An empty text for each row of a field that no row has: a list of them would take eight bytes for each."""

    def __init__(self, n: int) -> None:
        self._rows = range(n)

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, row: int) -> str: ...
    @overload
    def __getitem__(self, row: slice) -> NoTexts: ...
    def __getitem__(self, row: int | slice) -> str | NoTexts:
        if isinstance(row, slice):
            return NoTexts(len(self._rows[row]))
        self._rows[row]  # IndexError beyond the end
        return ""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    def __hash__(self) -> int:
        return hash(len(self._rows))


@dataclass(frozen=True, eq=False)
class RaggedColumn(_Stated):
    """One field of every row that is a list of numbers, such as `keypoints`.

    Attributes:
        rows: The numbers; an empty row if they must not be used.
        state: uint8 of `ValueState`, shape (n,).
        required: Whether a row without the field is reported.
        forms: As for `Column`.
    """

    rows: Ragged
    state: NDArray[np.uint8]
    required: bool = False
    forms: WrittenForms | None = None
