"""Categories with their order and ids, and the mapping of source classes to them.

The verifier needs only the categories, and starts a third faster without the rest: each name is imported when it is first
used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cocoproof.mapping.category_files import read_category_list, write_lock
    from cocoproof.mapping.category_list import Category, CategoryList
    from cocoproof.mapping.class_ids import DROPPED, REFUSED
    from cocoproof.mapping.class_mapping import ClassMapping
    from cocoproof.mapping.class_matching import SourceClass
    from cocoproof.mapping.errors import CategoryListError, ClassIdError, MappingError, UnmappedClassError
    from cocoproof.mapping.inference import InferredMapping, infer_mapping
    from cocoproof.model.suggestions import nearest

__all__ = [
    "DROPPED",
    "REFUSED",
    "Category",
    "CategoryList",
    "CategoryListError",
    "ClassIdError",
    "ClassMapping",
    "InferredMapping",
    "MappingError",
    "SourceClass",
    "UnmappedClassError",
    "infer_mapping",
    "nearest",
    "read_category_list",
    "write_lock",
]

_MODULES = {
    "DROPPED": "cocoproof.mapping.class_ids",
    "REFUSED": "cocoproof.mapping.class_ids",
    "Category": "cocoproof.mapping.category_list",
    "CategoryList": "cocoproof.mapping.category_list",
    "CategoryListError": "cocoproof.mapping.errors",
    "ClassIdError": "cocoproof.mapping.errors",
    "ClassMapping": "cocoproof.mapping.class_mapping",
    "MappingError": "cocoproof.mapping.errors",
    "SourceClass": "cocoproof.mapping.class_matching",
    "UnmappedClassError": "cocoproof.mapping.errors",
    "InferredMapping": "cocoproof.mapping.inference",
    "infer_mapping": "cocoproof.mapping.inference",
    "nearest": "cocoproof.model.suggestions",
    "read_category_list": "cocoproof.mapping.category_files",
    "write_lock": "cocoproof.mapping.category_files",
}


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        msg = f"module 'cocoproof.mapping' has no attribute {name!r}"
        raise AttributeError(msg)
    value: object = getattr(importlib.import_module(_MODULES[name]), name)
    globals()[name] = value
    return value
