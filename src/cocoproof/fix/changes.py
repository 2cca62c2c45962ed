"""What is to be changed in a document: values by their place, and never by offsets, which move as soon as one was changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cocoproof.model.json_types import JsonPath

__all__ = ["Change", "ChangeSet", "Cut", "Entry", "NotFixed", "Order", "Tree"]


@dataclass(frozen=True, slots=True)
class Change:
    """One value that is written, or taken away.

    Attributes:
        code: The rule whose breach it mends.
        path: Where: a value that is there, or a key of an object that has no such key yet.
        after: The JSON text to be written; None takes the value away, with its key or as an entry of its list.
        safe: Whether there is one right answer; else it is made on request alone.
    """

    code: str
    path: JsonPath
    after: bytes | None
    safe: bool = True


@dataclass(frozen=True, slots=True)
class Cut:
    """A stretch of the text that is taken away, and that no path leads to: an earlier one of equal keys, or a byte order mark.

    Attributes:
        code: The rule whose breach it mends.
        path: The object that it is cut out of; the empty path is the document.
        span: First byte in the text as it was read, and the byte after the last.
    """

    code: str
    path: JsonPath
    span: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Order:
    """Another order of a list's entries.

    Attributes:
        code: The rule whose breach it mends.
        path: The list.
        order: For each place the index of the entry that is to stand there.
    """

    code: str
    path: JsonPath
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NotFixed:
    """Breaches of a rule that has a fix, but for which there is no right answer in this file.

    Attributes:
        code: The rule.
        count: How many.
        reason: Why they stay.
    """

    code: str
    count: int
    reason: str


Entry: TypeAlias = "Change | Cut | Order"
"""What a fixer proposes."""

Tree: TypeAlias = "dict[str | int, Tree | bytes | None]"
"""Changes by key and index, level by level: what stands at the end of a path is the text to write, or None to take it away."""


@dataclass(eq=False)
class ChangeSet:
    """Changes of one document, of which the later ones stand where two speak of the same place.

    Attributes:
        tree: The values to change.
        cuts: The stretches to take away.
        orders: New orders of lists.
        made: All that went into it, in order.
    """

    tree: Tree = field(default_factory=dict)
    cuts: list[Cut] = field(default_factory=list)
    orders: dict[JsonPath, tuple[int, ...]] = field(default_factory=dict)
    made: list[Entry] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.made)

    def add(self, entries: Sequence[Entry]) -> None:
        """Add what was found at one look at the document: of two changes of one place the first is taken.

        Raises:
            ValueError: If a change lies inside a value that is written anew: it would be lost.
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
                msg = f"a change in {path} lies inside a value that is written anew"
                raise ValueError(msg)
            node = inner
        return node
