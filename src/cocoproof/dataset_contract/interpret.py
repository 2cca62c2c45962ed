"""The plain values of a contract -> its clauses. Every error names the key, and the one that was probably meant.

`schemas/contract/v1.json` accepts the same, for editors.
"""

from __future__ import annotations

import math
import re
import sys
from typing import TYPE_CHECKING, NoReturn, TypeAlias

from cocoproof.dataset_contract.clauses import AttributeClause, Bounds, ClauseType, CountClauses, DatasetContract, ImageClauses
from cocoproof.images.file_formats import Format
from cocoproof.model.errors import SettingsError
from cocoproof.model.suggestions import nearest, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import TypeGuard

    from cocoproof.model.json_types import JsonValue

__all__ = ["FORMATS", "FORMAT_VERSION", "MOST_PATTERN", "interpret"]

FORMAT_VERSION = 1
MOST_PATTERN = 1_000
"""Characters of a pattern of names."""

FORMATS = {format_.name.lower(): format_ for format_ in Format}
"""The names of formats in a contract."""

_Place: TypeAlias = "tuple[str, ...]"

_KEYS = ("$schema", "format-version", "attributes", "counts", "images", "licenses", "balance")
_ATTRIBUTE_KEYS = ("type", "values", "min", "max", "required", "classes")
_COUNT_KEYS = ("images", "annotations", "categories", "annotations-per-image", "annotations-per-class", "classes")
_IMAGE_KEYS = ("width", "height", "sizes", "formats", "file-name")


def interpret(plain: Mapping[str, object], where: str) -> DatasetContract:
    """The contract that plain values mean, as TOML or a dict has them.

    Args:
        plain: The values.
        where: What they are in, for messages.

    Raises:
        SettingsError: If a key is unknown or a value is not what its key takes.
    """
    return _Reading(where).contract(plain)


class _Reading:
    def __init__(self, where: str) -> None:
        self._where = where

    def contract(self, plain: Mapping[str, object]) -> DatasetContract:
        table = self._table((), plain, _KEYS)
        version = table.get("format-version", FORMAT_VERSION)
        if isinstance(version, bool) or version != FORMAT_VERSION:
            self._refuse(("format-version",), version, f"{FORMAT_VERSION}, the version that this cocoproof reads")
        if "$schema" in table and not isinstance(table["$schema"], str):
            self._refuse(("$schema",), table["$schema"], "a text")
        balance = self._table(("balance",), table.get("balance", {}), ("max-ratio",))
        ratio = None
        if "max-ratio" in balance:
            ratio = self._number(("balance", "max-ratio"), balance["max-ratio"])
            if ratio < 1:
                self._refuse(("balance", "max-ratio"), ratio, "a number of at least 1")
        return DatasetContract(
            attributes=None if "attributes" not in table else self._attributes(table["attributes"]),
            counts=self._counts(table.get("counts", {})),
            images=self._images(table.get("images", {})),
            licenses=None if "licenses" not in table else self._texts(("licenses",), table["licenses"]),
            max_ratio=ratio,
            plain=plain,
        )

    def _attributes(self, value: object) -> dict[str, tuple[AttributeClause, ...]]:
        table = self._table(("attributes",), value, None)
        return {name: self._clauses(name, given) for name, given in table.items()}

    def _clauses(self, name: str, value: object) -> tuple[AttributeClause, ...]:
        place = ("attributes", name)
        if not isinstance(value, list):
            return (self._clause(place, value),)
        if not value:
            self._refuse(place, value, "a table, or a list of tables that is not empty")
        clauses = tuple(self._clause((*place, str(k)), given) for k, given in enumerate(value))
        seen: set[str] = set()
        for k, clause in enumerate(clauses):
            if clause.classes is None and len(clauses) > 1:
                self._fail((*place, str(k)), "has no classes: of several tables each is for classes of its own")
            for one in clause.classes or ():
                if one in seen:
                    self._fail((*place, str(k), "classes"), f"has {quoted(one)}, and so has an earlier table")
                seen.add(one)
        return clauses

    def _clause(self, place: _Place, value: object) -> AttributeClause:
        table = self._table(place, value, _ATTRIBUTE_KEYS)
        type_ = None if "type" not in table else self._choice((*place, "type"), table["type"], [one.value for one in ClauseType])
        required = table.get("required", False)
        if not isinstance(required, bool):
            self._refuse((*place, "required"), required, "true or false")
        classes = None if "classes" not in table else self._texts((*place, "classes"), table["classes"])
        numeric = type_ in (None, "integer", "number", "list")
        bounds = None
        if "min" in table or "max" in table:
            if not numeric:
                key = "min" if "min" in table else "max"
                self._fail((*place, key), f"is for numbers, and type is {quoted(type_)}")
            limits = [None if key not in table else self._number((*place, key), table[key]) for key in ("min", "max")]
            bounds = self._ordered(place, Bounds(*limits))
        values = None if "values" not in table else self._values((*place, "values"), table["values"])
        clause = AttributeClause(
            name=place[1],
            type=None if type_ is None else ClauseType(type_),
            values=values,
            bounds=bounds,
            required=required,
            classes=classes,
        )
        plain_type = None if clause.type is None or clause.type is ClauseType.LIST else clause.type
        for k, one in enumerate(values or ()):
            refused = AttributeClause(name=clause.name, type=plain_type, bounds=bounds).refusal(one)
            if refused is not None:
                self._refuse((*place, "values", str(k)), one, f"{refused}, as the clause says")
        return clause

    def _values(self, place: _Place, value: object) -> tuple[JsonValue, ...]:
        if not isinstance(value, list) or not value:
            self._refuse(place, value, "a list of texts, numbers or booleans that is not empty")
        for k, one in enumerate(value):
            if not isinstance(one, str | int | float) or (isinstance(one, float) and not math.isfinite(one)):
                self._refuse((*place, str(k)), one, "a text, a number or a boolean")
        return tuple(value)

    def _counts(self, value: object) -> CountClauses:
        table = self._table(("counts",), value, _COUNT_KEYS)
        of_class = self._table(("counts", "classes"), table.get("classes", {}), None)
        bounds = {key: self._bounds(("counts", key), table[key], 0) for key in _COUNT_KEYS if key in table and key != "classes"}
        return CountClauses(
            images=bounds.get("images"),
            annotations=bounds.get("annotations"),
            categories=bounds.get("categories"),
            per_image=bounds.get("annotations-per-image"),
            per_class=bounds.get("annotations-per-class"),
            classes={name: self._bounds(("counts", "classes", name), given, 0) for name, given in of_class.items()},
        )

    def _images(self, value: object) -> ImageClauses:
        table = self._table(("images",), value, _IMAGE_KEYS)
        sizes = formats = None
        if "sizes" in table:
            sizes = self._sizes(("images", "sizes"), table["sizes"])
        if "formats" in table:
            given = self._texts(("images", "formats"), table["formats"])
            formats = tuple(FORMATS[self._choice(("images", "formats", str(k)), one, list(FORMATS))] for k, one in enumerate(given))
        return ImageClauses(
            width=None if "width" not in table else self._bounds(("images", "width"), table["width"], 1),
            height=None if "height" not in table else self._bounds(("images", "height"), table["height"], 1),
            sizes=sizes,
            formats=formats,
            file_name=None if "file-name" not in table else self._pattern(("images", "file-name"), table["file-name"]),
        )

    def _sizes(self, place: _Place, value: object) -> tuple[tuple[int, int], ...]:
        if not isinstance(value, list) or not value:
            self._refuse(place, value, "a list of pairs [width, height] that is not empty")
        pairs = []
        for k, pair in enumerate(value):
            whole = isinstance(pair, list) and len(pair) == 2 and all(_is_whole(one) and one >= 1 for one in pair)
            if not whole:
                self._refuse((*place, str(k)), pair, "[width, height], two integers of at least 1")
            pairs.append((int(pair[0]), int(pair[1])))
        return tuple(pairs)

    def _pattern(self, place: _Place, value: object) -> re.Pattern[str]:
        if not isinstance(value, str) or not value:
            self._refuse(place, value, "a regular expression")
        if len(value) > MOST_PATTERN:
            self._fail(place, f"has {len(value):,} characters, expected at most {MOST_PATTERN:,}")
        try:
            pattern = re.compile(value)
        except (re.error, RecursionError, OverflowError) as error:
            self._fail(place, f"is not a regular expression: {error}")
        return pattern

    def _bounds(self, place: _Place, value: object, least: int) -> Bounds:
        table = self._table(place, value, ("min", "max"))
        if not table:
            self._fail(place, "has neither min nor max")
        for key, one in table.items():
            if not _is_whole(one) or one < least:
                self._refuse((*place, key), one, f"an integer of at least {least}")
        return self._ordered(place, Bounds(table.get("min"), table.get("max")))  # type: ignore[arg-type]  # integers, by the loop above

    def _ordered(self, place: _Place, bounds: Bounds) -> Bounds:
        if bounds.least is not None and bounds.greatest is not None and bounds.least > bounds.greatest:
            self._fail(place, f"has a min of {bounds.least:g} and a max of {bounds.greatest:g}: nothing lies between them")
        return bounds

    def _texts(self, place: _Place, value: object) -> tuple[str, ...]:
        if not isinstance(value, list) or not value:
            self._refuse(place, value, "a list of texts that is not empty")
        for k, one in enumerate(value):
            if not isinstance(one, str):
                self._refuse((*place, str(k)), one, "a text")
        return tuple(value)

    def _choice(self, place: _Place, value: object, choices: list[str]) -> str:
        if not isinstance(value, str) or value not in choices:
            near = nearest(value, choices) if isinstance(value, str) else None
            hint = f"did you mean {quoted(near)}?" if near else f"expected one of {', '.join(choices)}"
            self._fail(place, f"is {quoted(value)}; {hint}")
        return value

    def _number(self, place: _Place, value: object) -> float:
        fits = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) <= sys.float_info.max
        if not fits:
            self._refuse(place, value, "a number")
        return value  # type: ignore[return-value]  # as tested

    def _table(self, place: _Place, value: object, keys: tuple[str, ...] | None) -> dict[str, object]:
        if not isinstance(value, dict):
            self._refuse(place, value, "a table")
        for key in value:
            if not isinstance(key, str):
                self._fail(place, f"has the key {quoted(key)}, which is not a text")
            if keys is not None and key not in keys:
                near = nearest(key, keys)
                hint = f"did you mean {quoted(near)}?" if near else f"known are {', '.join(keys)}"
                self._fail((*place, key), f"is not a key of a contract; {hint}")
        return value

    def _refuse(self, place: _Place, value: object, expected: str) -> NoReturn:
        self._fail(place, f"is {quoted(value)}, expected {expected}")

    def _fail(self, place: _Place, what: str) -> NoReturn:
        shown = ".".join(part if re.fullmatch(r"[\w$-]+", part) else quoted(part) for part in place) or "the contract"
        msg = f"{self._where}: {shown} {what}"
        raise SettingsError(msg)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63
