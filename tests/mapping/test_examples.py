"""The examples in the docstrings do what they show."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import cocoproof.mapping

MODULES = ["cocoproof.mapping"] + [f"cocoproof.mapping.{module.name}" for module in pkgutil.iter_modules(cocoproof.mapping.__path__)]


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


def test_there_are_examples() -> None:
    assert doctest.testmod(importlib.import_module("cocoproof.mapping.class_mapping")).attempted >= 5
