"""Fixes of plug-ins: the replacements that a rule proposes, as changes of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cocoproof.fix.changes import Change, NotFixed
from cocoproof.model.json_types import json_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from cocoproof.fix.changes import Entry
    from cocoproof.fix.context import FixContext
    from cocoproof.model.json_types import JsonPath
    from cocoproof.rules.rule import Rule

__all__ = ["plugin_fixers"]


def plugin_fixers(rules: Iterable[Rule]) -> tuple[Callable[[FixContext], Iterator[Entry | NotFixed]], ...]:
    """The fixers of those rules that have one of their own."""
    return tuple(_fixer(rule) for rule in rules if rule.fixer is not None)


def _fixer(rule: Rule) -> Callable[[FixContext], Iterator[Entry | NotFixed]]:
    def propose(context: FixContext) -> Iterator[Entry | NotFixed]:
        if rule.fixer is None or not context.wants(rule.code) or context.kind not in rule.kinds:
            return
        try:
            proposed = [Change(rule.code, one.path, json_text(one.value).encode(), one.safe) for one in rule.fixer(context.rule_context)]
        except Exception as error:  # a defect of the plug-in is the verdict on its own findings
            yield NotFixed(rule.code, 1, f"the fix of plug-in {rule.plugin} failed with {type(error).__name__}: {error}"[:300])
            return
        for change in proposed:
            if _is_place(context, change.path):
                yield change
            else:
                yield NotFixed(rule.code, 1, f"the fix of plug-in {rule.plugin} names a place that the file does not have")

    return propose


def _is_place(context: FixContext, path: JsonPath) -> bool:
    """Whether a value is there, or an object that can get it as a new member."""
    if not path:
        return False
    parent = context.text.find(path[:-1])
    return context.text.find(path) is not None or (isinstance(path[-1], str) and parent is not None and bytes(parent)[:1] == b"{")
