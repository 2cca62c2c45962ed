"""Changes by path -> edits of the text, in the layout that the text has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import json

from cocoproof.fix.document_text import entries_of, entry
from cocoproof.reading.edits import Edits
from cocoproof.reading.locator import members

if TYPE_CHECKING:
    from msgspec import Raw

    from cocoproof.fix.changes import ChangeSet, Tree
    from cocoproof.fix.document_text import Container, JsonText
    from cocoproof.model.json_types import JsonPath

__all__ = ["edits_of", "spliced"]

_COMMA, _COLON = b", ", b": "


def spliced(text: JsonText, changes: ChangeSet) -> bytes:
    """The text with the changes made; every other byte is what it was."""
    return b"".join(edits_of(text, changes).applied(text.original))


def edits_of(text: JsonText | None, changes: ChangeSet) -> Edits:
    """The changes as edits of the text; None if the text is not JSON, from which only ranges can be cut."""
    edits = Edits()
    for cut in changes.cuts:
        edits.replace(cut.span, b"")
    if text is not None and text.top is not None:
        start = len(text.data) - len(text.data.lstrip())
        _Splicing(text, changes.orders, edits).walk((), text.top, (start, len(text.data.rstrip())), changes.tree)
    return edits


class _Splicing:
    """One walk through a document, along the changes."""

    def __init__(self, text: JsonText, orders: dict[JsonPath, tuple[int, ...]], edits: Edits) -> None:
        self._text = text
        self._orders = orders
        self._edits = edits

    def walk(self, path: JsonPath, entries: Container, span: tuple[int, int], tree: Tree) -> None:
        """Make the changes within one object or list at a span."""
        if path in self._orders and isinstance(entries, list):
            self._reorder(path, entries, tree)
            return
        added: list[tuple[str, bytes]] = []
        removed: set[str | int] = set()
        for part, node in tree.items():
            raw = entry(entries, part)
            if node is None:
                removed.add(part)
            elif isinstance(node, bytes):
                if raw is not None:
                    self._edits.replace(self._text.span(raw), node)
                else:
                    added.append((str(part), node))
            elif raw is not None:
                self._inside((*path, part), raw, node)
        if isinstance(entries, list) and removed:
            self._edits.remove_rows([self._text.span(raw) for raw in entries], {int(place) for place in removed})
        elif removed:
            found = list(members(self._text.data, span[0]))
            places = {place for place, member in enumerate(found) if member.key in removed}
            self._edits.remove_rows([(member.key_start, self._text.true_end(member.end)) for member in found], places)
        if added:
            self._insert(span, added)

    def _inside(self, path: JsonPath, raw: Raw, tree: Tree) -> None:
        entries = entries_of(raw)
        if entries is not None:
            self.walk(path, entries, self._text.span(raw), tree)

    def _insert(self, span: tuple[int, int], added: list[tuple[str, bytes]]) -> None:
        """Put members behind the last one, parted as the first two are."""
        data = self._text.data
        start, end = span
        at = self._text.true_end(start + len(data[start : end - 1].rstrip()))
        comma, colon = self._style(start)
        parts = [json.encode(key) + colon + value for key, value in added]
        first = b"" if data[start + 1 : at].strip() == b"" else comma
        self._edits.replace((at, at), first + comma.join(parts))

    def _style(self, start: int) -> tuple[bytes, bytes]:
        """The text between two members, and between key and value, in the object that starts at an offset."""
        data = self._text.data
        walk = members(data, start)
        first, second = next(walk, None), next(walk, None)
        if first is None:
            return _COMMA, _COLON
        before = data[first.key_start : first.start]
        colon = before[before.rindex(b'"') + 1 :]
        if second is None:
            return (_COMMA if colon != b":" else b","), colon
        return data[self._text.true_end(first.end) : second.key_start], colon

    def _reorder(self, path: JsonPath, entries: list[Raw], tree: Tree) -> None:
        """Put the entries of a list, changed where they are, into other places of it."""
        texts = []
        for place in self._orders[path]:
            node, raw = tree.get(place), entries[place]
            inner = Edits()
            if isinstance(node, dict):
                _Splicing(self._text, self._orders, inner)._inside((*path, place), raw, node)  # noqa: SLF001 - its own
            texts.append(b"".join(inner.applied(self._text.original, *self._text.span(raw))))
        for raw, text in zip(entries, texts, strict=True):
            self._edits.replace(self._text.span(raw), text)
