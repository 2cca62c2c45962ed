"""Why a JSON value does not fit the type that it is decoded into: the path and the fault, found by walking both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from msgspec import inspect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Misfit", "find_misfit"]


@dataclass(frozen=True, slots=True)
class Misfit:
    """The first value that does not match its type.

    Attributes:
        path: Its path, as in `detections[1].bbox`; empty for the value itself.
        detail: What is wrong, such as "expected int, got str". Unknown fields are only in `unknown`.
        unknown: The field that the type does not have, or None.
        known: The fields that the type has, if one is unknown.
    """

    path: str
    detail: str
    unknown: str | None = None
    known: tuple[str, ...] = ()


def find_misfit(value: object, type_: object) -> Misfit | None:
    """The first misfit in the order of the document, or None.

    Args:
        value: The result of `json.loads` for the text.
        type_: A type that msgspec decodes into.
    """
    return next(_misfits(value, inspect.type_info(type_), ""), None)


def _misfits(value: object, type_: inspect.Type, path: str) -> Iterator[Misfit]:
    options = _options(type_)
    fitting = next((option for option in options if _is_a(value, option)), None)
    if fitting is None:
        names = list(dict.fromkeys(_name(option) for option in options if not isinstance(option, inspect.NoneType)))
        yield Misfit(path, f"expected {' or '.join(names)}, got {_kind(value)}")
    elif isinstance(fitting, inspect.StructType) and isinstance(value, dict):
        yield from _of_struct(value, fitting, path)
    elif isinstance(fitting, inspect.DictType) and isinstance(value, dict):
        for key, item in value.items():
            yield from _misfits(item, fitting.value_type, f"{path}[...]")
            del key
    elif isinstance(fitting, inspect.ListType) and isinstance(value, list):
        for index, item in enumerate(value):
            yield from _misfits(item, fitting.item_type, f"{path}[{index}]")
    elif isinstance(fitting, inspect.TupleType) and isinstance(value, list):
        yield from _of_tuple(value, fitting.item_types, path)
    else:
        yield from _of_scalar(value, fitting, path)


def _of_struct(value: dict[str, object], type_: inspect.StructType, path: str) -> Iterator[Misfit]:
    fields = {field.encode_name: field for field in type_.fields}
    for key, item in value.items():
        if key in fields:
            yield from _misfits(item, fields[key].type, f"{path}.{key}" if path else key)
        elif type_.forbid_unknown_fields:
            yield Misfit(path, f"unknown field {key!r}", key, tuple(fields))
    for name, field in fields.items():
        if field.required and name not in value:
            yield Misfit(path, f"missing required field {name}")


def _of_tuple(value: list[object], types: Sequence[inspect.Type], path: str) -> Iterator[Misfit]:
    if len(value) != len(types):
        yield Misfit(path, f"expected array of length {len(types)}, got {len(value)}")
    for index, (item, type_) in enumerate(zip(value, types, strict=False)):
        yield from _misfits(item, type_, f"{path}[{index}]")


def _of_scalar(value: object, type_: inspect.Type, path: str) -> Iterator[Misfit]:
    if isinstance(type_, (inspect.IntType, inspect.FloatType)) and isinstance(value, (int, float)):
        if type_.ge is not None and value < type_.ge:
            yield Misfit(path, f"expected {_name(type_)} >= {type_.ge}")
        if type_.le is not None and value > type_.le:
            yield Misfit(path, f"expected {_name(type_)} <= {type_.le}")
    if isinstance(type_, inspect.StrType) and isinstance(value, str) and type_.pattern and not re.search(type_.pattern, value):
        yield Misfit(path, f"expected str matching regex {type_.pattern!r}")


def _options(type_: inspect.Type) -> Sequence[inspect.Type]:
    if isinstance(type_, inspect.Metadata):
        return _options(type_.type)
    return type_.types if isinstance(type_, inspect.UnionType) else (type_,)


_NAMES: tuple[tuple[type[inspect.Type] | tuple[type[inspect.Type], ...], str, tuple[type, ...]], ...] = (
    ((inspect.StructType, inspect.DictType), "object", (dict,)),
    ((inspect.ListType, inspect.TupleType), "array", (list,)),
    (inspect.StrType, "str", (str,)),
    (inspect.BoolType, "bool", (bool,)),
    (inspect.IntType, "int", (int,)),
    (inspect.FloatType, "float", (float, int)),
    (inspect.NoneType, "null", (type(None),)),
)
"""A type, its name in JSON, and the Python types that `json.loads` returns for it."""


def _is_a(value: object, type_: inspect.Type) -> bool:
    for types, name, classes in _NAMES:
        if isinstance(type_, types):
            return isinstance(value, classes) and (name == "bool" or not isinstance(value, bool))
    return True  # Any and Raw


def _name(type_: inspect.Type) -> str:
    return next((name for types, name, _ in _NAMES if isinstance(type_, types)), "value")


def _kind(value: object) -> str:
    for _, name, classes in _NAMES:
        if type(value) in classes[:1]:
            return name
    return type(value).__name__
