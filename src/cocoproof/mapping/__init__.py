"""Which categories there are, in which order and with which ids, and which source class becomes which of them."""

from __future__ import annotations

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
