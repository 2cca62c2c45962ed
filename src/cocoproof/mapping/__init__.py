"""Which categories there are, in which order and with which ids, and which source class becomes which of them.

The verifier needs the categories alone, and starts a third faster for not loading the rest: each name is imported when it is
first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocoproof.mapping.categories import Category, CategoryList
    from cocoproof.mapping.category_files import read_category_list, write_lock
    from cocoproof.mapping.class_ids import DROPPED, REFUSED
    from cocoproof.mapping.class_mapping import ClassMapping
    from cocoproof.mapping.errors import CategoryListError, ClassIdError, MappingError, UnmappedClassError
    from cocoproof.mapping.matching import SourceClass
    from cocoproof.mapping.near import nearest

__all__ = [
    "DROPPED",
    "REFUSED",
    "Category",
    "CategoryList",
    "CategoryListError",
    "ClassIdError",
    "ClassMapping",
    "MappingError",
    "SourceClass",
    "UnmappedClassError",
    "nearest",
    "read_category_list",
    "write_lock",
]

_HOMES = {
    "DROPPED": "class_ids",
    "REFUSED": "class_ids",
    "Category": "categories",
    "CategoryList": "categories",
    "CategoryListError": "errors",
    "ClassIdError": "errors",
    "ClassMapping": "class_mapping",
    "MappingError": "errors",
    "SourceClass": "matching",
    "UnmappedClassError": "errors",
    "nearest": "near",
    "read_category_list": "category_files",
    "write_lock": "category_files",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        msg = f"module 'cocoproof.mapping' has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(importlib.import_module(f"cocoproof.mapping.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
