"""Verifies that a fix changed what it lists and nothing else, and that no rule finds more errors.

The two texts are parsed again and compared value by value. Nothing here knows how the changes were
spliced in: a value that was put into the wrong place, or over its neighbour, is one that differs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.fix.document_text import entries_of
from cocoproof.model.errors import CocoproofError
from cocoproof.model.findings import Verdict
from cocoproof.model.json_types import pointer

if TYPE_CHECKING:
    from msgspec import Raw

    from cocoproof.fix.changes import ChangeSet, Tree
    from cocoproof.fix.document_text import Container, JsonText
    from cocoproof.model.findings import FileReport
    from cocoproof.model.json_types import JsonPath

__all__ = ["VerificationFailed", "nothing_else_changed", "nothing_new_is_wrong"]

_SHOWN = 80


class VerificationFailed(CocoproofError):
    """A fixed text is not what it should be: nothing is written. The message says what is wrong with it."""


def nothing_else_changed(before: JsonText, after: JsonText, changes: ChangeSet) -> None:
    """Compare two texts.

    Args:
        before: The text as it was read.
        after: The fixed text.
        changes: What may differ, and to what.

    Raises:
        VerificationFailed: At the first place that differs and should not, or should and does not.
    """
    if before.top is None or after.top is None:
        raise VerificationFailed("the document is neither an object nor a list")
    _Comparison(before, after, changes).walk((), before.top, after.top, changes.tree)


class _Comparison:
    def __init__(self, before: JsonText, after: JsonText, changes: ChangeSet) -> None:
        self._before = before
        self._after = after
        self._orders = changes.orders
        self._cut = {cut.path[:k] for cut in changes.cuts for k in range(len(cut.path) + 1)}

    def walk(self, path: JsonPath, old: Container, new: Container, tree: Tree) -> None:
        """Compare two objects, or two lists, that may differ as a tree of changes says."""
        if isinstance(old, list) and isinstance(new, list):
            kept = [place for place in self._orders.get(path, range(len(old))) if place not in tree or tree[place] is not None]
            if len(kept) != len(new):
                raise VerificationFailed(f"{_place(path)} has {len(new)} entries, not {len(kept)}")
            for place, raw in zip(kept, new, strict=True):
                self._value((*path, place), old[place], raw, tree.get(place))
        elif isinstance(old, dict) and isinstance(new, dict):
            kept_keys = {key for key in old if key not in tree or tree[key] is not None}
            due = kept_keys | {str(key) for key, node in tree.items() if key not in old and node is not None}
            if due != new.keys():
                odd = min(due ^ new.keys())
                raise VerificationFailed(f"{_place((*path, odd))} was {'added' if odd in new else 'removed'}, and should not be")
            for key in new:
                self._value((*path, key), old.get(key), new[key], tree.get(key))
        else:
            raise VerificationFailed(f"{_place(path)} changed from an object to a list, or the other way round")

    def _value(self, path: JsonPath, old: Raw | None, new: Raw, node: Tree | bytes | None) -> None:
        text = self._after.shown(new)
        if isinstance(node, bytes):
            if text != node:
                raise VerificationFailed(f"{_place(path)} is {_cut(text)}, expected {_cut(node)}")
        elif old is None:
            raise VerificationFailed(f"{_place(path)} was added, and should not be")
        elif isinstance(node, dict) or path in self._cut:
            inner = entries_of(old), entries_of(new)
            if inner[0] is None or inner[1] is None:
                raise VerificationFailed(f"{_place(path)} is neither an object nor a list")
            self.walk(path, inner[0], inner[1], node or {})
        elif text != self._before.shown(old):
            inner = entries_of(old), entries_of(new)
            if inner[0] is not None and inner[1] is not None:
                self.walk(path, inner[0], inner[1], {})  # which says where
            raise VerificationFailed(f"{_place(path)} is {_cut(text)}, and was {_cut(self._before.shown(old))}")


def nothing_new_is_wrong(before: FileReport, after: FileReport) -> None:
    """Compare the reports on two texts.

    Args:
        before: The report before; once values of the wrong type were fixed, for rules can evaluate them only then.
        after: The report on the fixed text.

    Raises:
        VerificationFailed: If a rule finds more errors than before, or crashed.
    """
    errors = {rule.code: rule.summary.errors for rule in before.rules}
    found = {rule.code: rule.count + rule.explained for rule in before.rules}
    for rule in after.rules:
        if rule.verdict is Verdict.CRASHED:
            raise VerificationFailed(f"rule {rule.code} crashed on the fixed text: {rule.reason}")
        # A rule that explains others may have errors only now, where more rows agree: each finding that it explains was there before.
        if rule.summary.errors and rule.consequences and all(found.get(code, 0) >= count for code, count in rule.consequences.items()):
            continue
        if rule.summary.errors > errors.get(rule.code, 0):
            raise VerificationFailed(
                f"{rule.code} finds {rule.summary.errors} errors in the fixed text, and found {errors.get(rule.code, 0)}"
            )


def _place(path: JsonPath) -> str:
    return pointer(path)[:200] or "the document"


def _cut(text: bytes) -> str:
    shown = text.decode("utf-8", "replace")
    return shown if len(shown) <= _SHOWN else shown[:_SHOWN] + "..."
