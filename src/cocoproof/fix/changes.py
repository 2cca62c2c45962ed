"""Changes of a document: values by their path, and never by offsets, which move with every change."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.model.json_types import JsonPath

__all__ = ["Change", "ChangeSet", "Cut", "Entry", "NotFixed", "Order", "Tree"]


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is written or removed.

    Attributes:
        code: The rule whose finding it fixes.
        path: An existing value, or a key that its object does not have yet.
        after: The JSON text to write; None removes the value, with its key or as an entry of its list.
        safe: Whether the file holds the one right value; otherwise the change is made on request only.
    """

    code: str
    path: JsonPath
    after: bytes | None
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """A part of the text that is removed, and that no path leads to: an earlier one of equal keys, or a byte order mark.

    Attributes:
        code: The rule whose finding it fixes.
        path: The object that holds it; the empty path is the document.
        span: First byte in the text as it was read, and the byte after the last.
    """

    code: str
    path: JsonPath
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Order:
    """Another order of a list's entries.

    Attributes:
        code: The rule whose finding it fixes.
        path: The list.
        order: For each place the index of the entry that goes there.
    """

    code: str
    path: JsonPath
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NotFixed:
    """Findings of a rule that has a fix, for which this file does not hold the right value.

    Attributes:
        code: The rule.
        count: How many.
        reason: Why they are not fixed.
    """

    code: str
    count: int
    reason: str


Entry: TypeAlias = "Change | Cut | Order"
"""What a fixer proposes."""

Tree: TypeAlias = "dict[str | int, Tree | bytes | None]"
"""Changes by key and index, level by level: at the end of a path is the text to write, or None to remove the value."""


@dataclass(eq=False)
class ChangeSet:
    """Changes of one document; of two changes of one place the later one counts.

    Attributes:
        tree: The values to change.
        cuts: The parts of the text to remove.
        orders: New orders of lists.
        made: All changes, in the order in which they were added.
    """

    tree: Tree = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    orders: dict[JsonPath, tuple[int, ...]] = field(default_factory=dict)
    made: list[Entry] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.made)

    def add(self, entries: Sequence[Entry]) -> None:
        """Add the changes of one phase: of two changes of one place the first is taken.

        Raises:
            ValueError: If a change lies inside a value that is rewritten: it would be lost.
        """
        taken: set[JsonPath] = set()
        for entry in entries:
            if isinstance(entry, Change):
                if entry.path in taken:
                    continue
                taken.add(entry.path)
                self._put(entry)
            elif isinstance(entry, Cut):
                self.cuts.append(entry)
            else:
                self.orders[entry.path] = entry.order
                self._node(entry.path)
            self.made.append(entry)

    def _put(self, change: Change) -> None:
        self._node(change.path[:-1])[change.path[-1]] = change.after

    def _node(self, path: JsonPath) -> Tree:
        node = self.tree
        for part in path:
            inner = node.setdefault(part, {})
            if not isinstance(inner, dict):
                msg = f"a change in {path} lies inside a value that is rewritten"
                raise ValueError(msg)
            node = inner
        return node
