"""Class names in Python source: the configuration files and dataset classes of mmdetection, and values that were printed.

The source is parsed, never executed: only literals, and variables that the module sets to literals, are read.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TypeAlias

from cocoproof.mapping.errors import CategoryListError
from cocoproof.model.suggestions import quoted

__all__ = ["looks_like_literal", "names_in_source", "printed_value"]

_MAX_CHARACTERS = 1 << 20
"""The longest text that is parsed: its tree takes some hundred times as much memory."""

_META = frozenset({"METAINFO", "metainfo", "_metainfo"})
_CLASSES = frozenset({"classes", "CLASSES"})

_Variables: TypeAlias = "dict[str, ast.expr]"


def looks_like_literal(text: str) -> bool:
    """Whether a text starts as a dict, or a list or tuple of texts, that Python printed."""
    start = text.lstrip()[:2].replace('"', "'")
    return start[:1] == "{" or start in ("['", "('")


def printed_value(text: str) -> object:
    """The value of a text that Python printed, such as `{0: 'person', 1: 'car'}`; None if it is not one.

    Raises:
        CategoryListError: If a dict has a key twice, as no printed one has.
    """
    if len(text) > _MAX_CHARACTERS:
        return None
    try:
        tree = ast.parse(text.strip(), mode="eval")
        value: object = ast.literal_eval(tree)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
    for node in ast.walk(tree):
        keys = [ast.literal_eval(key) for key in node.keys if key is not None] if isinstance(node, ast.Dict) else []
        for key, count in Counter(keys).items():
            if count > 1:
                msg = f"duplicate key {quoted(key)} in a dict"
                raise CategoryListError(msg)
    return list(value) if isinstance(value, tuple) else value


def names_in_source(text: str) -> list[str] | dict[int, str]:
    """The class names that a Python file sets.

    They are read from `METAINFO` or `metainfo` (a dict with `classes`), or from `CLASSES` or `classes`, wherever they are set: in the
    module, in a class, or as an argument of `dict(...)`, at any depth.

    Returns:
        The names; by index if some are None, in the places of ids that no class has.

    Raises:
        CategoryListError: If it is not Python, sets no class names, or sets several lists that differ.
    """
    if len(text) > _MAX_CHARACTERS:
        msg = f"has more than {_MAX_CHARACTERS} characters; write the class names to a file of their own"
        raise CategoryListError(msg)
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        place = f"line {error.lineno}: " if isinstance(error, SyntaxError) and error.lineno else ""
        msg = f"not valid Python: {place}{error.msg if isinstance(error, SyntaxError) else error}"
        raise CategoryListError(msg) from None
    except (MemoryError, RecursionError):
        msg = "nested too deep; write the class names to a file of their own"
        raise CategoryListError(msg) from None
    variables = _variables(tree)
    finder = _Finder(variables)
    for name, value, line in _settings(tree):
        finder.add(name, value, line)
    names = finder.names()
    known = {place: name for place, name in enumerate(names) if name is not None}
    return known if len(known) < len(names) else list(known.values())


class _Finder:
    """Collects lists of class names."""

    def __init__(self, variables: _Variables) -> None:
        self._variables = variables
        self._found: list[tuple[list[str | None], int]] = []
        self._unread: list[tuple[str, int]] = []

    def add(self, name: str, value: ast.expr, line: int) -> None:
        """Read one setting, if its name is that of class names."""
        value = self._resolved(value)
        if name in _META:
            classes = next((inner for key, inner in _members(value) if key in _CLASSES), None)
            if classes is None:  # such as metainfo=metainfo, or only a palette
                return
            value = self._resolved(classes)
        elif name not in _CLASSES:
            return
        try:
            names = ast.literal_eval(value)
        except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
            self._unread.append((name, line))
            return
        # None is the place of an id that no class has.
        if isinstance(names, (list, tuple)) and any(names) and all(isinstance(one, (str, type(None))) for one in names):
            self._found.append((list(names), line))
        elif names:
            self._unread.append((name, line))

    def names(self) -> list[str | None]:
        """The names.

        Raises:
            CategoryListError: If there are none, or several lists that differ.
        """
        distinct: list[tuple[list[str | None], int]] = []
        for names, line in self._found:
            if all(names != other for other, _ in distinct):
                distinct.append((names, line))
        if len(distinct) > 1:
            places = ", ".join(f"{len(names)} from line {line}" for names, line in distinct[:5])
            msg = f"the file sets {len(distinct)} lists of class names ({places}); write the one that is meant to a file of its own"
            raise CategoryListError(msg)
        if distinct:
            return distinct[0][0]
        if self._unread:
            name, line = self._unread[0]
            msg = f"line {line}: {name} is not a list of texts, and the file is not executed; write the class names to a file of their own"
            raise CategoryListError(msg)
        msg = "the file sets no class names; expected METAINFO = dict(classes=(...)), or classes = (...)"
        raise CategoryListError(msg)

    def _resolved(self, value: ast.expr) -> ast.expr:
        """The value of a variable that the module sets; variables of variables to a few levels."""
        for _ in range(4):
            if not isinstance(value, ast.Name) or value.id not in self._variables:
                break
            value = self._variables[value.id]
        return value


def _variables(tree: ast.Module) -> _Variables:
    """The variables that the module sets once."""
    values: dict[str, list[ast.expr]] = {}
    for statement in tree.body:
        if isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    values.setdefault(target.id, []).append(statement.value)
    return {name: given[0] for name, given in values.items() if len(given) == 1}


def _settings(tree: ast.Module) -> list[tuple[str, ast.expr, int]]:
    """All names that are given a value: by assignment, as an argument, or as the key of a dict; with the line."""
    found: list[tuple[str, ast.expr, int]] = []
    inner: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            settings = [(target.id, node.value) for target in targets if isinstance(target, ast.Name)]
        elif isinstance(node, (ast.Call, ast.Dict)):
            settings = list(_members(node))
        else:
            continue
        for name, value in settings:
            if name in _META:
                inner.update(id(classes) for key, classes in _members(value) if key in _CLASSES)
            if id(value) not in inner:
                found.append((name, value, value.lineno))
    return found


def _members(node: ast.expr) -> list[tuple[str, ast.expr]]:
    """Keys and values of a dict that is written as `{...}` or as a call with arguments."""
    if isinstance(node, ast.Dict):
        return [
            (key.value, value)
            for key, value in zip(node.keys, node.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        ]
    if isinstance(node, ast.Call):
        return [(keyword.arg, keyword.value) for keyword in node.keywords if keyword.arg is not None]
    return []
