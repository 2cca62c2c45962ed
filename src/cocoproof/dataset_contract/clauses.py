"""The clauses of a dataset contract, after it was read and validated."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re
    from collections.abc import Mapping

    from cocoproof.images.file_formats import Format
    from cocoproof.model.json_types import JsonValue

__all__ = ["AttributeClause", "Bounds", "ClauseType", "CountClauses", "DatasetContract", "ImageClauses"]


class ClauseType(str, enum.Enum):
    """The type that a clause demands of an attribute's values."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    """A number without a fraction: 1 and 1.0."""
    NUMBER = "number"
    TEXT = "text"
    LIST = "list"
    """A list; `values`, `min` and `max` are then about its elements."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """The least and the greatest number that is allowed; None for no bound."""

    least: float | None = None
    greatest: float | None = None

    def allow(self, number: float) -> bool:
        """Whether a number lies within the bounds, ends included."""
        return (self.least is None or number >= self.least) and (self.greatest is None or number <= self.greatest)

    @property
    def text(self) -> str:
        """The bounds for messages: `1 to 50`, `at least 1`."""
        if self.least is not None and self.greatest is not None:
            return f"{self.least:,.12g} to {self.greatest:,.12g}" if self.least != self.greatest else f"{self.least:,.12g}"
        return f"at least {self.least:,.12g}" if self.least is not None else f"at most {self.greatest:,.12g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeClause:
    """What is demanded of one attribute, of all annotations or of those of some classes.

    Attributes:
        name: The key in `attributes`.
        type: The type of its values; None for any.
        values: The values that are allowed; None for any. Numbers equal if they are the same number.
        bounds: The range of numbers.
        required: Whether each annotation must have it; null does not count.
        classes: The names of the classes; None for all.
    """

    name: str
    type: ClauseType | None = None
    values: tuple[JsonValue, ...] | None = None
    bounds: Bounds | None = None
    required: bool = False
    classes: tuple[str, ...] | None = None

    def refusal(self, value: JsonValue) -> str | None:
        """What the clause allows, if it does not allow a value; None if it does."""
        if self.type is not None and not _is(self.type, value):
            return f"a value of type {self.type.value}"
        parts = value if isinstance(value, list) and self.type is ClauseType.LIST else [value]
        if self.values is not None and not all(any(_equal(part, one) for one in self.values) for part in parts):
            return f"one of {_listed(self.values)}"
        if self.bounds is not None and not all(_number(part) is not None and self.bounds.allow(_number(part) or 0) for part in parts):
            return self.bounds.text
        return None


def _number(value: JsonValue) -> float | None:
    return None if isinstance(value, bool) or not isinstance(value, int | float) else value


def _is(expected: ClauseType, value: JsonValue) -> bool:
    if expected is ClauseType.BOOLEAN:
        return isinstance(value, bool)
    if expected is ClauseType.TEXT:
        return isinstance(value, str)
    if expected is ClauseType.LIST:
        return isinstance(value, list)
    number = _number(value)
    return number is not None and (expected is ClauseType.NUMBER or isinstance(number, int) or number.is_integer())


def _equal(value: JsonValue, allowed: JsonValue) -> bool:
    return isinstance(value, bool) == isinstance(allowed, bool) and value == allowed


def _listed(values: tuple[JsonValue, ...], limit: int = 8) -> str:
    import json

    shown = ", ".join(json.dumps(value, ensure_ascii=False)[:40] for value in values[:limit])
    return shown if len(values) <= limit else f"{shown} and {len(values) - limit} more"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountClauses:
    """How many rows there may be; None for any number.

    Attributes:
        images, annotations, categories: In the file.
        per_image: Annotations of each image.
        per_class: Annotations of each category.
        classes: Annotations of the class of a name.
    """

    images: Bounds | None = None
    annotations: Bounds | None = None
    categories: Bounds | None = None
    per_image: Bounds | None = None
    per_class: Bounds | None = None
    classes: Mapping[str, Bounds] = field(default_factory=dict)

    @property
    def some(self) -> bool:
        """Whether there is a clause."""
        return any((self.images, self.annotations, self.categories, self.per_image, self.per_class, self.classes))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageClauses:
    """What images may be; None for anything.

    Attributes:
        width, height: Pixels.
        sizes: The allowed pairs of width and height.
        formats: The allowed formats, by the ending of `file_name`.
        file_name: The pattern that all of `file_name` must match.
    """

    width: Bounds | None = None
    height: Bounds | None = None
    sizes: tuple[tuple[int, int], ...] | None = None
    formats: tuple[Format, ...] | None = None
    file_name: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetContract:
    """What a project demands of a dataset.

    Attributes:
        attributes: The clauses of each attribute, by its name; None if the contract has no section of attributes.
        counts: Bounds on numbers of rows.
        images: Sizes, formats and names of images.
        licenses: Names or URLs of the allowed licences; None for any.
        max_ratio: How many times the annotations of the rarest class the most frequent one may have; None for the threshold.
        plain: What the contract was read from, to write it again.
    """

    attributes: Mapping[str, tuple[AttributeClause, ...]] | None = None
    counts: CountClauses = field(default_factory=CountClauses)
    images: ImageClauses = field(default_factory=ImageClauses)
    licenses: tuple[str, ...] | None = None
    max_ratio: float | None = None
    plain: Mapping[str, object] = field(default_factory=dict)
